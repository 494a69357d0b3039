"""How each kind of operation becomes a contract call: which function, how many at once, and the exact bytes.

The packed formats are the contracts' own (contracts/Points.vy, Poap.vy, Warranty.vy); a test encodes them a second way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from loyalty.chain import abi
from loyalty.ledger.operations import Operation

# EIP-7825: no transaction may ask for more gas than this since Osaka.
GAS_CAP = 2**24

DROP_HEADER = bytes.fromhex("600b5981380380925939f300")
"""Initcode that deploys whatever follows it as code, after one zero byte (so that the code can never run)."""

_Encode = Callable[[int, str, Sequence[Operation]], bytes]


@dataclass(frozen=True)
class Wire:
    """One kind's way to the chain.

    ``noun`` is whose contract is called; ``most`` operations fit in one call; ``numbered`` calls spend a batch number.
    ``one_subject``: only operations with the same subject share a call; ``by_wallet``: they go in the order of their wallets.
    ``unless_true``: the call does not revert when it is refused but returns false; this is what to tell a person then.
    ``emits``: a call that worked leaves an event; one that leaves none did nothing. ``parent``: the key of what must be on chain first.
    ``gas_each`` and ``gas_base`` say what a call costs before it can be estimated: measured with ``make bench``, rounded up.
    """

    noun: str
    encode: _Encode
    gas_each: int
    gas_base: int = 60_000
    most: int = 1
    numbered: bool = True
    one_subject: bool = False
    by_wallet: bool = False
    unless_true: str = ""
    emits: bool = True
    parent: Callable[[Operation], str] | None = None


def _award(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    if len(members) == 1:
        return abi.encode("Points", "award_one", number, members[0].wallet, members[0].amount)
    words = b"".join(bytes.fromhex(m.wallet[2:]) + m.amount.to_bytes(12, "big") for m in members)
    # Two arguments: the number, and where the array starts; encoded by hand, for a million rows.
    head = number.to_bytes(32, "big") + (64).to_bytes(32, "big") + len(members).to_bytes(32, "big")
    return abi.selector("Points", "award") + head + words


def _revoke(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    (m,) = members
    return abi.encode(
        "Points", "revoke", number, m.wallet, m.amount, bytes.fromhex(m.args["reference"][2:]), m.args["reason"]
    )


def _redeem(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    (m,) = members
    reference, signature = bytes.fromhex(m.args["reference"][2:]), bytes.fromhex(m.args["signature"][2:])
    return abi.encode(
        "Points", "redeem_for", m.wallet, m.amount, reference, int(m.args["number"]), m.args["deadline"], signature
    )


def _sweep(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    return abi.encode("Points", "sweep", [m.wallet for m in members])


def _create_event(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    (m,) = members
    a = m.args
    return abi.encode(
        "Poap",
        "create_event",
        int(m.subject),
        a["start"],
        a["end"],
        a["max_supply"],
        a["transferable"],
        a["burn_auth"],
        a["uri"],
    )


def _drop(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    event = int(members[0].subject)
    if len(members) == 1:
        return abi.encode("Poap", "award", number, event, members[0].wallet)
    wallets = b"".join(sorted(bytes.fromhex(m.wallet[2:]) for m in members))
    return abi.encode("Poap", "drop", number, event, DROP_HEADER + wallets)


def _terms(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    (m,) = members
    a = m.args
    return abi.encode("Warranty", "set_terms", int(m.subject), a["legal"], a["commercial"], a["transfers"], a["uri"])


def _register(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    words: list[int] = []
    for m in members:
        words += [int(m.subject, 16), int(m.wallet, 16) << 96 | m.args["start"] << 16 | m.args["terms"]]
    return abi.encode("Warranty", "register", number, words)


def _extend(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    (m,) = members
    return abi.encode("Warranty", "extend", number, int(m.subject, 16), m.args["months"])


def _void(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    (m,) = members
    return abi.encode("Warranty", "void", number, int(m.subject, 16), m.args["reason"])


def _notify(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    (m,) = members
    channel = m.args["channel"]
    # A broadcast or a subset is addressed to the channel itself: the protocol's rule (PIPs, notification standards).
    recipient = m.wallet if m.args["type"] == 3 else channel
    return abi.encode("PushComm", "sendNotification", channel, recipient, m.args["identity"].encode())


def _subscribe(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    (m,) = members
    a = m.args
    function = "subscribe" if a["on"] else "unsubscribe"
    if "signature" not in a:
        return abi.encode("PushComm", function, a["channel"])
    signature = bytes.fromhex(a["signature"][2:])
    v, r, s = signature[64], signature[:32], signature[32:64]
    return abi.encode("PushComm", f"{function}BySig", a["channel"], m.wallet, a["nonce"], a["expiry"], v, r, s)


def _delegate(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    (m,) = members
    return abi.encode("PushComm", "addDelegate" if m.args["on"] else "removeDelegate", m.wallet)


def _deploy(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    (m,) = members
    return abi.creation(m.args["contract"], *m.args["arguments"])


_NOT_A_DELEGATE = "the signer may not send for this channel; send with the channel's own key, or let the channel name the signer: loyalty notify delegate"


def _event(m: Operation) -> str:
    return f"poap.create:{m.subject}"


def _terms_of(m: Operation) -> str:
    return f"warranty.terms:{m.args['terms']}"


CONTRACTS = {"points": "Points", "poap": "Poap", "warranty": "Warranty", "notify": "PushComm"}
"""The nouns that have a contract, in the order they are deployed, and what it is called."""

KINDS: dict[str, Wire] = {
    "deploy": Wire("", _deploy, 3_500_000, numbered=False, one_subject=True),
    "points.award": Wire("points", _award, 25_500, most=600),
    "points.revoke": Wire("points", _revoke, 60_000),
    "points.redeem": Wire("points", _redeem, 95_000, numbered=False),
    "points.sweep": Wire("points", _sweep, 30_000, most=150, numbered=False, emits=False),
    "poap.create": Wire("poap", _create_event, 200_000, numbered=False),
    # 1,228 wallets of 20 bytes are the most that one contract's code may hold (EIP-170).
    "poap.award": Wire("poap", _drop, 6_700, 120_000, most=1_228, one_subject=True, by_wallet=True, parent=_event),
    "warranty.terms": Wire("warranty", _terms, 140_000, numbered=False),
    "warranty.register": Wire("warranty", _register, 55_000, most=200, parent=_terms_of),
    "warranty.extend": Wire("warranty", _extend, 70_000),
    "warranty.void": Wire("warranty", _void, 70_000),
    "notify.send": Wire("notify", _notify, 45_000, 0, numbered=False, unless_true=_NOT_A_DELEGATE),
    "notify.subscribe": Wire("notify", _subscribe, 110_000, 0, numbered=False, emits=False),
    "notify.delegate": Wire("notify", _delegate, 120_000, 0, numbered=False),
}
