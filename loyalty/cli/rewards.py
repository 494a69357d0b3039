"""Rewards."""

from __future__ import annotations

from typing import Any

import click

from loyalty.cli import base, show, signing
from loyalty.cli.base import InOrder, dry_run_option, json_lines_option, json_option

_REWARD = click.argument("reward")


@click.group("rewards", cls=InOrder)
def group() -> None:
    """What customers buy with their points.

    A reward has a price, a stock and a picture, a sound or a model; buying burns the points and mints it in one call.

    \b
    Example:   loyalty rewards create "Tote bag" --price 200 --stock 50
    """


@group.command()
@click.argument("name")
@click.option("--price", type=int, required=True, metavar="POINTS", help="What one costs.")
@click.option("--stock", type=int, required=True, metavar="N", help="How many there are.")
@click.option("--description", default="", metavar="TEXT")
@click.option("--image", default="", metavar="FILE|URL", help="Its picture: a file, which is stored, or an address.")
@click.option(
    "--media", default="", metavar="FILE|URL", help="A sound, a video or a 3D model (.glb) beside the picture."
)
@click.option("--url", default="", metavar="URL", help="The reward's page.")
@click.option("--start", default="", metavar="DATE", help="The first day of the sale.")
@click.option("--end", default="", metavar="DATE", help="The last day of the sale.")
@click.option("--limit", type=int, default=0, metavar="N", help="How many one wallet may buy; 0: no limit.")
@click.option("--transferable", is_flag=True, help="It may change hands; else it stays with who bought it.")
@click.option(
    "--refundable/--final",
    default=True,
    show_default=True,
    help="Whether customers may cancel an order until it is fulfilled.",
)
@click.option(
    "--collection",
    default="",
    metavar="ADDRESS",
    help="Only token-bound accounts (ERC-6551) of this collection may buy, such as avatars.",
)
@click.option(
    "--implementation", default="", metavar="ADDRESS", help="The code of those accounts, which says whose they are."
)
@dry_run_option
@json_option
def create(name: str, dry_run: bool, json: bool, **settings: Any) -> None:
    """Queue a new reward called NAME.

    A name is used once: the same again with the same settings is left alone, and with others it is refused.

    \b
    Example:   loyalty rewards create "Tote bag" --price 200 --stock 50 --limit 2 --image bag.png
    """
    with base.opened(dry_run=dry_run) as program:
        made = program.rewards.create(name, **settings)
    if json:
        show.emit(made)
        return
    show.pairs((("Reward", made.reward), ("Name", made.name), ("Metadata", made.uri), ("State", made.state)))
    show.say("Nothing was written." if dry_run else "Next: loyalty send")


@group.command("list")
@json_lines_option
def list_(json: bool) -> None:
    """List every reward.

    By number, with how far its creation is. For price and stock: loyalty rewards show.

    \b
    Example:   loyalty rewards list
    """
    with base.opened() as program:
        rewards = program.rewards.list_()
    if json:
        show.emit_lines(rewards)
    elif rewards:
        show.table(("REWARD", "NAME", "STATE", "METADATA"), [(r.reward, r.name, r.state, r.uri) for r in rewards])
    else:
        show.say("There are no rewards yet; make one with: loyalty rewards create NAME --price POINTS --stock N")


@group.command("show")
@_REWARD
@json_option
def show_(reward: str, json: bool) -> None:
    """Show REWARD as the chain has it now: price, stock and rules.

    REWARD is its number or its name.

    \b
    Example:   loyalty rewards show "Tote bag"
    """
    from loyalty import units

    with base.opened() as program:
        found = program.rewards.show(reward)
    if json:
        show.emit(found)
        return
    rules = [
        "may change hands" if found.transferable else "stays with its buyer",
        "may be cancelled until fulfilled" if found.refundable else "cannot be cancelled by its buyer",
        *(["closed for good"] if found.closed else []),
        *([f"for accounts of {show.address(found.collection)} alone"] if found.collection else []),
    ]
    show.pairs(
        (
            ("Reward", f"{found.reward} {found.name}"),
            ("Price", f"{show.many(found.price, 'point')}"),
            ("In stock", found.stock),
            ("Sold", found.sold),
            (
                "Sale",
                f"{units.iso(found.start)} to {units.iso(found.end)}" if found.start or found.end else "at any time",
            ),
            ("Per wallet", found.limit or "no limit"),
            ("Rules", "; ".join(rules)),
            ("Metadata", found.uri),
        )
    )


@group.command("add-stock")
@_REWARD
@click.argument("quantity", type=int)
@click.option("--key", required=True, metavar="KEY", help="What makes this delivery one of a kind, such as its number.")
@dry_run_option
@json_option
def add_stock(reward: str, quantity: int, key: str, dry_run: bool, json: bool) -> None:
    """Queue QUANTITY more of REWARD.

    The same key is the same delivery.

    \b
    Example:   loyalty rewards add-stock "Tote bag" 20 --key delivery-7
    """
    with base.opened(dry_run=dry_run) as program:
        done = program.rewards.add_stock(reward, quantity, key=key)
    show.queued(done, f'{quantity:,} more of "{done.note}" under key "{key}"', json=json, dry_run=dry_run)


@group.command("set-price")
@_REWARD
@click.argument("price", type=int)
@click.option("--key", required=True, metavar="KEY", help="What makes this change one of a kind, such as its date.")
@dry_run_option
@json_option
def set_price(reward: str, price: int, key: str, dry_run: bool, json: bool) -> None:
    """Queue another PRICE for REWARD.

    Whoever signed for the old price is refused, not overcharged. The same key is the same change.

    \b
    Example:   loyalty rewards set-price "Tote bag" 150 --key sale-2026
    """
    with base.opened(dry_run=dry_run) as program:
        done = program.rewards.set_price(reward, price, key=key)
    show.queued(done, f'the price of "{done.note}", {show.many(price, "point")}', json=json, dry_run=dry_run)


@group.command()
@_REWARD
@dry_run_option
@json_option
def close(reward: str, dry_run: bool, json: bool) -> None:
    """Queue the end of REWARD's sale, for good.

    What was bought stays bought, and its orders can still be fulfilled or cancelled.

    \b
    Example:   loyalty rewards close "Tote bag"
    """
    with base.opened(dry_run=dry_run) as program:
        done = program.rewards.close(reward)
    show.queued(done, f'the end of the sale of "{done.note}"', json=json, dry_run=dry_run)


@group.command()
@click.argument("who")
@_REWARD
@click.option("--quantity", type=int, default=1, show_default=True, metavar="N", help="How many.")
@click.option(
    "--key", required=True, metavar="KEY", help="What makes this purchase one of a kind, such as the cart's number."
)
@click.option(
    "--deadline", default="", metavar="DATE", help="Until when the signature may be used. Default: for one hour."
)
@signing.options
@dry_run_option
@json_option
def buy(
    who: str,
    reward: str,
    quantity: int,
    key: str,
    deadline: str,
    sign_with: str | None,
    sign_with_anvil: int | None,
    signature: str | None,
    request: str | None,
    dry_run: bool,
    json: bool,
) -> None:
    """Buy REWARD with WHO's points, as they sign it.

    The points are burnt and the reward minted in one call, and the program pays the gas. Without a signature this prints the message to sign (EIP-712), which any wallet can. There is one
    purchase per key: the same again is left alone.

    \b
    Example:   loyalty rewards buy c-1042 "Tote bag" --key cart-9 > request.json
               loyalty rewards buy c-1042 "Tote bag" --key cart-9 --request request.json --signature 0x...
    """
    from loyalty import units

    way = signing.Way(sign_with, sign_with_anvil, signature, request)
    way.check()
    until = units.moment(deadline) if deadline else 0
    with base.opened(dry_run=dry_run) as program:
        wallet = base.wallet(program, who)

        def message() -> dict[str, object]:
            return program.rewards.purchase(who, reward, quantity, deadline=until)

        if not way.given:
            again = ("loyalty", "rewards", "buy", who, reward, "--quantity", str(quantity), "--key", key)
            signing.ask_to_sign(message(), wallet, again)
            return
        asked, signature_bytes = signing.signed(program, way, wallet, message)
        done = program.rewards.buy(asked, signature_bytes, key=key)
    price = int(asked["message"]["price"]) * done.amount
    what = (
        f"{done.amount:,} of reward {asked['message']['reward']} for {show.whom(done)}, for {show.many(price, 'point')}"
    )
    show.queued(done, what, json=json, dry_run=dry_run)


@group.command()
@click.argument("who", required=False, default="")
@click.option("--state", type=click.Choice(("open", "fulfilled", "cancelled")), help="Only those.")
@json_lines_option
def orders(who: str, state: str | None, json: bool) -> None:
    """List the orders, of WHO or of everybody.

    Oldest first, from the chain.

    \b
    Example:   loyalty rewards orders --state open
    """
    with base.opened() as program:
        found = program.rewards.orders(who, state=state or "")
    if json:
        show.emit_lines(found)
    elif found:
        rows = [
            (o.order, o.customer_id or show.address(o.wallet), o.name, o.quantity, o.points, o.state) for o in found
        ]
        show.table(("ORDER", "WHO", "REWARD", "QUANTITY", "POINTS", "STATE"), rows)
    else:
        show.say("There are no such orders.")


@group.command()
@click.argument("orders", nargs=-1, required=True, metavar="ORDER...")
@dry_run_option
@json_lines_option
def fulfil(orders: tuple[str, ...], dry_run: bool, json: bool) -> None:
    """Queue that orders were handed over.

    After that they cannot be cancelled. All or none; the same again is left alone.

    \b
    Example:   loyalty rewards fulfil 12 13 14
    """
    with base.opened(dry_run=dry_run) as program:
        done = program.rewards.fulfil(*orders)
    if json:
        show.emit_lines(done)
        return
    new = sum(one.new for one in done)
    if dry_run:
        show.say(f"{show.many(new, 'order')} would be fulfilled ({len(done) - new} known). Nothing was written.")
    else:
        show.say(f"{show.many(new, 'order')} queued as fulfilled ({len(done) - new} known). Next: loyalty send")


@group.command()
@click.argument("order")
@click.option("--reason", required=True, metavar="TEXT", help="Goes on chain for all to read, so it names no person.")
@dry_run_option
@json_option
def cancel(order: str, reason: str, dry_run: bool, json: bool) -> None:
    """Queue that an open ORDER is cancelled.

    The points come back with the expiry they had, the reward is burnt, and the stock returns.

    \b
    Example:   loyalty rewards cancel 12 --reason "out of stock"
    """
    with base.opened(dry_run=dry_run) as program:
        done = program.rewards.cancel(order, reason=reason)
    what = f"the end of order {order}, with {show.many(done.amount, 'point')} back to {show.whom(done)}"
    show.queued(done, what, json=json, dry_run=dry_run)


@group.command()
@click.argument("who")
@json_lines_option
def owned(who: str, json: bool) -> None:
    """List the rewards that WHO holds.

    WHO is a wallet or a customer's id.

    \b
    Example:   loyalty rewards owned c-1042
    """
    with base.opened() as program:
        found = program.rewards.owned(who)
    if json:
        show.emit_lines(found)
    elif found:
        show.table(("REWARD", "NAME", "QUANTITY"), [(o.reward, o.name, o.quantity) for o in found])
    else:
        show.say("None yet.")
