"""What an owner or a guardian orders of a contract: checked against who may before any gas is spent, then queued, or written down for a Safe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from loyalty import units
from loyalty.chain import abi
from loyalty.contracts import Contract
from loyalty.errors import LoyaltyError
from loyalty.ledger import Ledger, operations
from loyalty.ledger.operations import New, Operation
from loyalty.queued import Queued, queue, seen

NOBODY = "0x" + "0" * 40


@dataclass(frozen=True)
class Order:
    """One call of an owner's or guardian's: to ``target``, with ``data``, by any of ``may``.

    ``queued`` is None where it was only written down (``calldata``), and where the contract has it so already (``stands``).
    """

    contract: str
    function: str
    arguments: tuple[Any, ...]
    target: str
    data: str
    may: tuple[str, ...]
    stands: bool = False
    queued: Queued | None = None


@dataclass(frozen=True)
class Function:
    """Whose a function is, what it sets (an order for the same thing takes the place of one that failed), and how to see that it is so already."""

    may: tuple[str, ...]
    sets: str
    stands: Callable[[Contract, tuple[Any, ...], str], bool]


_OWNER, _EITHER = ("owner",), ("guardian", "owner")

FUNCTIONS: dict[str, Function] = {
    "set_issuer": Function(_OWNER, "issuer", lambda c, a, who: c.read("budget_of", a[0])[:2] == (a[1], a[2])),
    "stop_issuer": Function(_EITHER, "issuer", lambda c, a, who: not c.read("is_issuer", a[0])),
    "set_guardian": Function(_OWNER, "guardian", lambda c, a, who: _reads(c, "guardian") == a[0]),
    "pause": Function(_EITHER, "pause", lambda c, a, who: bool(c.read("paused_until") >= c.node.timestamp() + a[0])),
    "unpause": Function(_OWNER, "pause", lambda c, a, who: bool(c.read("paused_until") <= c.node.timestamp())),
    "set_partner": Function(_OWNER, "partner", lambda c, a, who: c.read("is_partner", a[0]) == a[1]),
    "set_shop": Function(_OWNER, "shop", lambda c, a, who: c.read("is_shop", a[0]) == a[1]),
    "freeze": Function(_EITHER, "frozen", lambda c, a, who: bool(c.read("is_frozen", a[0]))),
    "unfreeze": Function(_OWNER, "frozen", lambda c, a, who: not c.read("is_frozen", a[0])),
    "offer_ownership": Function(_OWNER, "owner", lambda c, a, who: _reads(c, "pending_owner") == a[0]),
    "accept_ownership": Function(("pending_owner",), "owner", lambda c, a, who: _reads(c, "owner") == who),
    "set_contract_uri": Function(_OWNER, "uri", lambda c, a, who: c.read("contractURI") == a[0]),
}
"""What can be ordered, by the contracts' own names."""


def order(
    ledger: Ledger,
    contract: Contract,
    signer: Callable[[], str],
    function: str,
    *arguments: Any,
    calldata: bool = False,
) -> Order:
    """Queue a call that only an owner or guardian may make, by the programme's signer; with ``calldata``, write it down for somebody else's.

    Raises LoyaltyError, with who must sign, when the signer is not one of them.
    """
    known = FUNCTIONS[function]
    who = "" if calldata else signer()
    roles = {_reads(contract, role): role for role in known.may}
    may = tuple(address for address in roles if address != NOBODY)
    data = "0x" + abi.encode(contract.name, function, *arguments).hex()
    made = Order(contract.noun, function, arguments, contract.address, data, may)
    if calldata:
        return made
    key, earlier = _earlier(ledger, made)
    last = earlier[-1] if earlier else None
    if last and last.state in _UNDER_WAY:
        # What the chain has now is not what it will have when this order's turn comes.
        if (last.subject, last.args) == (function, {"arguments": list(arguments)}):
            return replace(made, queued=seen(last, new=False))
    elif known.stands(contract, arguments, who):
        _give_up(ledger, earlier)
        return replace(made, stands=True)
    if who not in may:
        raise LoyaltyError(_whose(contract, function, {one: roles[one] for one in may}, who))
    _give_up(ledger, earlier)
    return replace(made, queued=queue(ledger, _new(made, f"{key}{len(earlier) + 1}")))


_UNDER_WAY = ("queued", "formed", "signed", "sent")


def _earlier(ledger: Ledger, made: Order) -> tuple[str, list[Operation]]:
    """How the keys of orders about the same thing begin, and the orders there were: set, set otherwise and set again are three operations."""
    start = f"admin.{made.contract}:{FUNCTIONS[made.function].sets}:{_about(made)}:"
    every = operations.of_wallet(ledger, _about(made), f"admin.{made.contract}")
    return start, [one for one in every if one.key.startswith(start)]


def _new(made: Order, key: str) -> New:
    args = {"arguments": list(made.arguments)}
    return New(key, f"admin.{made.contract}", wallet=_about(made), subject=made.function, args=args, note=made.function)


def _about(made: Order) -> str:
    """Whom an order is about, if anybody."""
    first = str(made.arguments[0]) if made.arguments else ""
    return first if units.is_address(first) else ""


def _give_up(ledger: Ledger, earlier: list[Operation]) -> None:
    """End orders that failed when there is a newer one about the same: retried later, they would undo it."""
    for one in earlier:
        if one.state == "failed":
            operations.cancel(ledger, one.key)


def _whose(contract: Contract, function: str, roles: dict[str, str], who: str) -> str:
    if not roles:
        return f"{contract.noun} has been offered to nobody; its owner {units.checksum(_reads(contract, 'owner'))} offers it first: loyalty admin offer-ownership"
    needs = " or ".join(f"the {role.replace('_', ' ')} {units.checksum(one)}" for one, role in roles.items())
    return (
        f"{function} of {contract.noun} needs {needs}, and the signer is {units.checksum(who)}; nothing was queued: "
        "sign with that account, or add --calldata and hand it what is printed"
    )


def _reads(contract: Contract, role: str) -> str:
    found: str = contract.read(role)
    return found.lower()
