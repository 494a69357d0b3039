"""The demo's visitor: one customer whose key is at hand, and who meets what only a signature or a decision can show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from loyalty.chain import signer as signers
from loyalty.errors import LoyaltyError
from loyalty.program import Program

VISITOR = "visitor"
FAIR, BAG, SERIAL = "Record fair", "Tote bag", "TT-0001"
WELCOME, BONUS, PRICE = 300, 50, 200

_ANVIL = 1  # the visitor's key is one of Anvil's published ones

Say = Callable[[str], None]
Send = Callable[[], object]


@dataclass(frozen=True)
class Visit:
    """What the visitor has in the end, read from the chain."""

    wallet: str
    points: int
    badges: tuple[str, ...]
    rewards: tuple[str, ...]
    warranty: str
    claim: str
    until: int
    epoch: int
    unclaimed: int


def visit(program: Program, best: Sequence[str], send: Send, say: Say) -> Visit:
    """Let the visitor in: a voucher, an epoch, a claim link, a warranty claim and a reward, each once, however often the demo runs."""
    _arrive(program, best, send)
    say(f"The visitor brings a voucher over {WELCOME} points; an epoch credits {len(best) + 1} customers by one root")
    _claim(program)
    _open_claim(program)
    send()
    _buy(program)
    _settle(program, "approve", send)
    _settle(program, "repair", send)
    say(
        f'The visitor has the badge of "{FAIR}" by a link, bought a "{BAG}" with points, and got {SERIAL} repaired under warranty'
    )
    return _look(program)


def _arrive(program: Program, best: Sequence[str], send: Send) -> None:
    """What the brand sets up and signs, before the visitor does anything."""
    folder = program.settings.state
    wallet = signers.from_anvil(_ANVIL).address
    program.customers.import_(_write(folder / "visitor.csv", f"customer_id,wallet\n{VISITOR},{wallet}\n"))
    program.poap.create(FAIR, city="Fort Washington")
    program.rewards.create(BAG, price=PRICE, stock=100, limit=2, description="Black cotton, one LP wide")
    program.warranty.terms("Turntable", months=24, legal_months=24, max_claims=3, repair_months=12)
    program.warranty.register(VISITOR, SERIAL, "Turntable")
    program.points.claim_voucher(program.points.voucher(VISITOR, WELCOME, key="welcome").text)
    rows = "".join(f"{who},{BONUS},bonus-{who}\n" for who in (VISITOR, *best))
    program.points.publish_epoch(_write(folder / "bonus.csv", f"customer_id,amount,key\n{rows}"))
    send()


def _claim(program: Program) -> None:
    """What is there for the taking: the epoch's points, and the badge behind a link."""
    program.points.claim_epoch([VISITOR])
    if FAIR not in [badge.name for badge in program.poap.badges(VISITOR)]:
        [link] = program.poap.link.create(FAIR).links
        program.poap.link.claim(link.url, VISITOR)


def _open_claim(program: Program) -> None:
    program.warranty.claim.open(SERIAL, key="no-sound")


def _settle(program: Program, step: str, send: Send) -> None:
    """The next step of the claim, if it has not been taken."""
    if program.warranty.show(SERIAL).claim_state in ("open", "approved"):
        getattr(program.warranty.claim, step)(SERIAL, claim=1)
        send()


def _buy(program: Program) -> None:
    """The visitor signs; whoever pays the gas cannot change a word of it."""
    if not program.rewards.owned(VISITOR):
        request = program.rewards.purchase(VISITOR, BAG)
        signature = signers.from_anvil(_ANVIL).sign_typed(request)
        program.rewards.buy(request, signature, key="visitor-bag")


def _look(program: Program) -> Visit:
    warranty, balance = program.warranty.show(SERIAL), program.points.balance(VISITOR)
    epoch = program.points.epoch()
    if not program.rewards.owned(VISITOR):
        raise LoyaltyError("the visitor's order is not on chain; run: loyalty status")
    return Visit(
        wallet=balance.wallet,
        points=balance.points,
        badges=tuple(badge.name for badge in program.poap.badges(VISITOR)),
        rewards=tuple(f"{one.quantity} {one.name}" for one in program.rewards.owned(VISITOR)),
        warranty=warranty.state,
        claim=warranty.claim_state,
        until=warranty.end,
        epoch=epoch.number,
        unclaimed=epoch.unclaimed,
    )


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path
