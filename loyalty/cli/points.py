"""Points."""

from __future__ import annotations

import click

from loyalty.cli import base, show, signing
from loyalty.cli.base import (
    InOrder,
    calldata_option,
    dry_run_option,
    json_lines_option,
    json_option,
    skip_bad_option,
)


@click.group("points", cls=InOrder)
def group() -> None:
    """Award points, read them, spend them, take them back.

    \b
    Example:   loyalty points award awards.csv
    """


@group.command()
@click.argument("file_or_who", metavar="FILE.csv|WHO")
@click.argument("amount", required=False)
@click.option(
    "--key", metavar="KEY", help="What makes this award one of a kind, such as the order's number. WHO needs it."
)
@click.option("--note", default="", metavar="TEXT", help="Kept in the ledger, with the award.")
@click.option(
    "--not-before", default="", metavar="DATE", help="Hold it back until then (2026-03-31, or 2026-03-31T18:00, UTC)."
)
@skip_bad_option
@click.option("--only-new", is_flag=True, help="Of a file that repeats rows of an earlier one, take the others.")
@click.option(
    "--label",
    default="",
    metavar="NAME",
    help="Count every row as new under this name, even if an earlier file had it.",
)
@dry_run_option
@json_option
def award(
    file_or_who: str,
    amount: str | None,
    key: str | None,
    note: str,
    not_before: str,
    skip_bad: bool,
    only_new: bool,
    label: str,
    dry_run: bool,
    json: bool,
) -> None:
    """Queue awards: a file of them, or one.

    One is for WHO (a wallet or a customer's id) and AMOUNT, under --key. The CSV has wallet or customer_id, amount, and where there are any key and note; "-" reads standard input. All rows
    or none. A key that was seen before is left alone, so a file can be sent again; with other contents it is refused.

    \b
    Example:   loyalty points award awards.csv --dry-run
               loyalty points award c-1042 100 --key order-77
    """
    from loyalty import units

    if amount is None:
        if units.is_address(file_or_who):
            raise click.UsageError("one award takes an amount and a key: loyalty points award WHO AMOUNT --key KEY")
        if key or note or not_before:
            raise click.UsageError("--key, --note and --not-before are for one award; a file has columns key and note")
        with base.opened() as program:
            done = program.points.award_file(
                file_or_who, skip_bad=skip_bad, dry_run=dry_run, label=label, only_new=only_new
            )
        show.taken(done, "award", unit="points", json=json)
        return
    if not key:
        raise click.UsageError("--key is missing: what makes this award one of a kind, such as the order's number")
    if skip_bad or label or only_new:
        raise click.UsageError("--skip-bad, --only-new and --label are for files")
    due = units.moment(not_before) if not_before else 0
    with base.opened(dry_run=dry_run) as program:
        one = program.points.award(file_or_who, units.amount(amount), key=key, note=note, not_before=due)
    later = f", not before {units.iso(due)}" if due else ""
    what = f'{one.amount:,} points for {show.whom(one)} under key "{one.key}"{later}'
    show.queued(one, what, json=json, dry_run=dry_run)


@group.command()
@click.argument("key")
@dry_run_option
@json_option
def cancel(key: str, dry_run: bool, json: bool) -> None:
    """Cancel the award under KEY, before it is paid.

    Points held back with --not-before are taken back like this, at no cost; once they are on their way they can only be revoked. A voucher is withdrawn on chain, while nobody has claimed it.

    \b
    Example:   loyalty points cancel order-77
    """
    with base.opened(dry_run=dry_run) as program:
        done = program.points.cancel(key)
    if done.kind == "points.withdraw":
        what = f'the withdrawal of voucher "{done.key}" of {show.whom(done)}'
        show.queued(done, what, json=json, dry_run=dry_run)
        return
    if json:
        show.emit(done)
        return
    did = "Would be cancelled" if dry_run and done.new else "Cancelled" if done.new else "Cancelled already"
    rest = "Nothing was written." if dry_run else "Nothing is sent for it."
    show.say(f'{did}: {done.amount:,} points for {show.whom(done)} under key "{done.key}". {rest}')


@group.command()
@click.argument("who")
@click.argument("amount")
@click.option("--key", required=True, metavar="KEY", help="What makes this award one of a kind, as with award.")
@click.option("--note", default="", metavar="TEXT", help="Kept in the ledger, with the award.")
@click.option("--start", default="", metavar="DATE", help="From when it is good. Default: at once.")
@click.option("--deadline", default="", metavar="DATE", help="Its last good day, or moment. Default: for 30 days.")
@click.option("--out", default="", metavar="FILE", help="Write it there, and not to the screen.")
@dry_run_option
@json_option
def voucher(
    who: str, amount: str, key: str, note: str, start: str, deadline: str, out: str, dry_run: bool, json: bool
) -> None:
    """Sign AMOUNT points for WHO, to be claimed later.

    A customer or a till can carry the voucher, and whoever puts it on chain pays its gas; it pays WHO alone, and once. The same key gives the same voucher again, or signs it anew with other dates.

    \b
    Example:   loyalty points voucher c-1042 100 --key order-77 --out voucher.json
    """
    from loyalty import units

    begins, ends = units.moment(start) if start else 0, units.last_second(deadline) if deadline else 0
    with base.opened(dry_run=dry_run) as program:
        done = program.points.voucher(who, units.amount(amount), key=key, note=note, start=begins, deadline=ends)
    worth = done.state in ("good", "early", "queued")
    if out and worth and not dry_run:
        show.write(out, done.text + "\n")
    if json:
        show.emit(done)
        return
    how = "Signed" if done.new else f"Known already ({done.state})"
    what = f'{done.amount:,} points for {show.whom(done)} under key "{done.key}", good until {units.iso(done.deadline)}'
    if done.new and dry_run:
        show.say(f"Would be signed: {what}. Nothing was written.")
    elif not worth:
        show.say(f"{how}: {what}. Nothing was written.")
    elif out:
        show.say(f"{how}: {what}. Wrote {out}. Next: loyalty points claim {out}")
    else:
        show.say(done.text)
        show.aside(f"{how}: {what}.")


@group.command()
@json_lines_option
def vouchers(json: bool) -> None:
    """List the vouchers, and what became of each.

    Oldest first. Early ones are not good yet; a queued one is on its way to the chain.

    \b
    Example:   loyalty points vouchers
    """
    from loyalty import units

    with base.opened() as program:
        found = program.points.vouchers()
    if json:
        show.emit_lines(found)
    elif found:
        rows = [(v.key, show.address(v.wallet), v.amount, v.state, units.iso(v.deadline), v.note) for v in found]
        show.table(("KEY", "WALLET", "AMOUNT", "STATE", "GOOD UNTIL", "NOTE"), rows)
    else:
        show.say("There are no vouchers yet. Next: loyalty points voucher WHO AMOUNT --key KEY")


@group.command()
@click.argument("file")
@dry_run_option
@json_option
def claim(file: str, dry_run: bool, json: bool) -> None:
    """Put a voucher on chain, and pay its gas.

    FILE is what loyalty points voucher wrote; "-" reads standard input. What the chain would refuse (used, expired, altered, of another chain) is refused here.

    \b
    Example:   loyalty points claim voucher.json && loyalty send
    """
    text = show.read(file)
    with base.opened(dry_run=dry_run) as program:
        done = program.points.claim_voucher(text)
    show.queued(done, f"{done.amount:,} points for {show.whom(done)} by voucher", json=json, dry_run=dry_run)


@group.command()
@click.argument("file", metavar="FILE.csv")
@click.option("--out", default="", metavar="FILE", help="Write the tree there, for claim pages.")
@skip_bad_option
@click.option("--only-new", is_flag=True, help="Of a file that repeats rows of an earlier one, take the others.")
@click.option("--label", default="", metavar="NAME", help="Count every row as new under this name.")
@dry_run_option
@json_option
def publish_epoch(file: str, out: str, skip_bad: bool, only_new: bool, label: str, dry_run: bool, json: bool) -> None:
    """Queue one root for all awards of a file.

    Customers claim what it owes them, or you do for them; until then the points are reserved and cost nothing. The CSV is the one that award takes, of what was earned since the last epoch: a row that was awarded
    before, in whatever way, is left alone. "-" reads standard input.

    \b
    Example:   loyalty points publish-epoch earned.csv --out tree.json && loyalty send
    """
    with base.opened() as program:
        done = program.points.publish_epoch(
            file, skip_bad=skip_bad, dry_run=dry_run, label=label, only_new=only_new, out=out
        )
    if done.epoch and not json:
        show.say(f"Epoch {done.epoch} owes {show.many(done.wallets, 'wallet')}; its root is {done.root}.")
    show.taken(done, "award", unit="points", json=json)


@group.command()
@click.option("--out", default="", metavar="FILE", help="Write its tree there, for claim pages.")
@json_option
def epoch(out: str, json: bool) -> None:
    """Show the epoch that can be claimed from.

    Its points expire together, at the end of a month; the next epoch takes along what is unclaimed.

    \b
    Example:   loyalty points epoch
    """
    from loyalty import units

    with base.opened() as program:
        found = program.points.epoch(out=out)
    if json:
        show.emit(found)
        return
    show.pairs(
        (
            ("Epoch", found.number),
            ("Root", found.root),
            ("Wallets", found.wallets),
            ("Claimed", found.claimed),
            ("Unclaimed", found.unclaimed),
            ("Waiting", found.waiting),
            ("Expires", units.iso(found.expires) if found.expires else "never"),
        )
    )


@group.command()
@click.argument("who")
@json_option
def proof(who: str, json: bool) -> None:
    """Print what WHO needs to claim from the epoch.

    Their amount and the hashes that lead to the root: anybody may send them to the contract's claim.

    \b
    Example:   loyalty points proof c-1042 --json
    """
    with base.opened() as program:
        found = program.points.proof(who)
    if json:
        show.emit(found)
        return
    show.pairs(
        (
            ("Wallet", show.address(found.wallet)),
            ("Epoch", found.epoch),
            ("Root", found.root),
            ("Earned", found.cumulative),
            ("Claimed", found.claimed),
            *(("Proof" if not n else "", one) for n, one in enumerate(found.proof)),
        )
    )


@group.command()
@click.argument("who", nargs=-1)
@click.option("--all", "everyone", is_flag=True, help="For everybody that the epoch owes something.")
@dry_run_option
@json_option
def claim_epoch(who: tuple[str, ...], everyone: bool, dry_run: bool, json: bool) -> None:
    """Claim from the epoch for customers, and pay the gas.

    Up to a hundred in a transaction. Who was paid already is left out.

    \b
    Example:   loyalty points claim-epoch c-1042 c-1043 && loyalty send
               loyalty points claim-epoch --all --dry-run
    """
    if bool(who) == everyone:
        raise click.UsageError("name wallets or customers, or --all")
    with base.opened(dry_run=dry_run) as program:
        done = program.points.claim_epoch(None if everyone else who)
    if json:
        show.emit(done)
        return
    for wallet in done.nothing:
        show.aside(f"{show.address(wallet)} is not in epoch {done.epoch}.")
    rest = f"({done.known:,} known, {done.paid:,} paid already)"
    what = f"{show.many(done.new, 'claim')}"
    if not done.new:
        show.say(f"Nothing to claim {rest}.")
    elif dry_run:
        show.say(f"{what} would be queued {rest}, {done.amount:,} points in all. Nothing was written.")
    else:
        show.say(f"{what} queued {rest}, {done.amount:,} points in all. Next: loyalty send")


@group.command()
@click.argument("who")
@json_option
def balance(who: str, json: bool) -> None:
    """Show what WHO can spend, and when it expires.

    WHO is a wallet or a customer's id. What is queued for them is not on chain yet, and is counted apart.

    \b
    Example:   loyalty points balance c-1042
    """
    from loyalty import units

    with base.opened() as program:
        found = program.points.balance(who)
    if json:
        show.emit(found)
        return
    show.pairs(
        (
            ("Wallet", show.address(found.wallet)),
            ("Points", found.points),
            ("Queued", found.queued),
            ("Expired", found.expired),
            *((("Unclaimed", found.unclaimed),) if found.unclaimed else ()),
        )
    )
    for lot in found.lots:
        show.say(
            f"{lot.amount:,} expire on {units.iso(lot.expires)}" if lot.expires else f"{lot.amount:,} never expire"
        )


@group.command()
@click.argument("who")
@json_lines_option
def history(who: str, json: bool) -> None:
    """Show every change of WHO's points on chain.

    Oldest first, each with its key and note where the ledger has them.

    \b
    Example:   loyalty points history c-1042
    """
    with base.opened() as program:
        moves = program.points.history(who)
    if json:
        show.emit_lines(moves)
    elif moves:
        rows = [(m.block_number, m.what, f"{m.amount:+,}", f"{m.balance:,}", m.key, m.tx_hash, m.note) for m in moves]
        show.table(("BLOCK", "WHAT", "AMOUNT", "BALANCE", "KEY", "TRANSACTION", "NOTE"), rows)
    else:
        show.say("Nothing has happened on chain yet.")


@group.command()
@click.argument("who")
@click.argument("amount")
@click.option(
    "--reference", required=True, metavar="REF", help="What the points are spent on, such as the till receipt's number."
)
@click.option(
    "--deadline", default="", metavar="DATE", help="Until when the signature may be used. Default: for one hour."
)
@signing.options
@dry_run_option
@json_option
def redeem(
    who: str,
    amount: str,
    reference: str,
    deadline: str,
    sign_with: str | None,
    sign_with_anvil: int | None,
    signature: str | None,
    request: str | None,
    dry_run: bool,
    json: bool,
) -> None:
    """Spend AMOUNT of WHO's points, as they sign it.

    The points are burnt, and the program pays the gas. Without a signature this prints the message to sign (EIP-712), which any wallet can. There is one redemption per
    reference: the same again is left alone.

    \b
    Example:   loyalty points redeem c-1042 50 --reference till-9 > request.json
               loyalty points redeem c-1042 50 --reference till-9 --request request.json --signature 0x...
    """
    from loyalty import units

    way = signing.Way(sign_with, sign_with_anvil, signature, request)
    way.check()
    points, until = units.amount(amount), units.moment(deadline) if deadline else 0
    with base.opened(dry_run=dry_run) as program:
        wallet = base.wallet(program, who)

        def message() -> dict[str, object]:
            return program.points.redemption(who, points, reference=reference, deadline=until)

        if not way.given:
            again = ("loyalty", "points", "redeem", who, str(points), "--reference", reference)
            signing.ask_to_sign(message(), wallet, again)
            return
        asked, signature_bytes = signing.signed(program, way, wallet, message)
        done = program.points.redeem(asked, signature_bytes, reference=reference)
    show.queued(done, f'{done.amount:,} points of {show.whom(done)} spent on "{reference}"', json=json, dry_run=dry_run)


@group.command()
@click.argument("who")
@click.argument("amount")
@click.option(
    "--reference", required=True, metavar="REF", help="What it is about, such as the order that was returned."
)
@click.option("--reason", required=True, metavar="TEXT", help="Goes on chain for all to read, so it names no person.")
@click.option("--key", default="", metavar="KEY", help="Tells two revocations under one reference apart.")
@dry_run_option
@json_option
def revoke(who: str, amount: str, reference: str, reason: str, key: str, dry_run: bool, json: bool) -> None:
    """Take AMOUNT points back from WHO, or what is left.

    The chain says how many were missing. There is one revocation per reference, unless keys say otherwise: the same again is left alone.

    \b
    Example:   loyalty points revoke c-1042 100 --reference order-77 --reason "order returned"
    """
    from loyalty import units

    with base.opened(dry_run=dry_run) as program:
        done = program.points.revoke(who, units.amount(amount), reference=reference, reason=reason, key=key)
    show.queued(
        done, f'up to {done.amount:,} points back from {show.whom(done)} for "{reference}"', json=json, dry_run=dry_run
    )


@group.command()
@click.argument("who", required=False, default="")
@dry_run_option
@json_lines_option
def sweep(who: str, dry_run: bool, json: bool) -> None:
    """Burn the expired points of WHO, or of every wallet.

    Explorers then show what can be spent. Expired points cannot be spent in any case. Swept twice is swept once.

    \b
    Example:   loyalty points sweep --dry-run
    """
    with base.opened(dry_run=dry_run) as program:
        swept = program.points.sweep(who)
    if json:
        show.emit_lines(swept)
        return
    new = [one for one in swept if one.new]
    if not new:
        show.say("Nothing to burn: no wallet has expired points that are not swept already.")
        return
    show.table(("WALLET", "EXPIRED"), [(show.address(one.wallet), one.amount) for one in new])
    of = f"{sum(one.amount for one in new):,} expired points of {show.many(len(new), 'wallet')}"
    if dry_run:
        show.say(f"{of} would be queued to be burnt. Nothing was written.")
    else:
        show.say(f"{of} queued to be burnt. Next: loyalty send")


@group.command()
@click.argument("who")
@calldata_option
@dry_run_option
@json_option
def freeze(who: str, calldata: bool, dry_run: bool, json: bool) -> None:
    """Stop WHO from spending and sending points.

    The guardian's or the owner's, as when a customer's key was stolen. They can still be given points, and points can be taken back from them.

    \b
    Example:   loyalty points freeze c-1042 && loyalty send
    """
    with base.opened(dry_run=dry_run) as program:
        done = program.points.freeze(who, calldata=calldata)
    show.ordered(done, json=json, dry_run=dry_run)


@group.command()
@click.argument("who")
@calldata_option
@dry_run_option
@json_option
def unfreeze(who: str, calldata: bool, dry_run: bool, json: bool) -> None:
    """Let WHO spend points again.

    The owner's.

    \b
    Example:   loyalty points unfreeze c-1042 && loyalty send
    """
    with base.opened(dry_run=dry_run) as program:
        done = program.points.unfreeze(who, calldata=calldata)
    show.ordered(done, json=json, dry_run=dry_run)
