"""How each kind of operation becomes a contract call: which function, how many at once, and the exact bytes.

The packed formats are the contracts' own (contracts/Points.vy, Poap.vy, Warranty.vy); a test encodes them a second way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from loyalty.chain import Node, abi
from loyalty.ledger import Ledger
from loyalty.ledger.operations import Operation
from loyalty.outbox import epochs

# EIP-7825: no transaction may ask for more gas than this since Osaka.
GAS_CAP = 2**24

DROP_HEADER = bytes.fromhex("600b5981380380925939f300")
"""Initcode that deploys whatever follows it as code, after one zero byte (so that the code can never run)."""

_Encode = Callable[[int, str, Sequence[Operation]], bytes]
_Prepare = Callable[[Ledger, Node, str, Sequence[Operation]], list[Operation]]


@dataclass(frozen=True)
class Done:
    """How to tell that an operation was done already, by another way: refused for one of ``reasons``, and ``view`` says yes to what ``ask`` gives."""

    reasons: tuple[str, ...]
    view: str
    ask: Callable[[str, Operation], tuple[object, ...]]
    means: str


@dataclass(frozen=True)
class Wire:
    """One kind's way to the chain.

    ``noun`` is whose contract is called; ``most`` operations fit in one call; ``numbered`` calls spend a batch number.
    ``one_subject``: only operations with the same subject share a call; ``by_wallet``: they go in the order of their wallets.
    ``unless_true``: the call does not revert when it is refused but returns false; this is what to tell a person then.
    ``emits``: a call that worked leaves an event; one that leaves none did nothing. ``parent``: the key of what must be on chain first, if anything.
    ``done``: how to tell that the chain has it already; then it is ended quietly.
    ``prepare`` adds what a call needs of the chain as it is now. ``alone``: the next call waits until this one is mined. ``first``: before all that is not.
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
    done: Done | None = None
    prepare: _Prepare | None = None
    alone: bool = False
    first: bool = False


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


def _voucher(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    (m,) = members
    a = m.args
    signature = bytes.fromhex(a["signature"][2:])
    return abi.encode(
        "Points", "award_for", a["issuer"], m.wallet, m.amount, int(a["number"]), a["start"], a["deadline"], signature
    )


def _withdraw(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    return abi.encode("Points", "cancel_numbers", [int(m.args["number"]) for m in members])


def _publish(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    (m,) = members
    return abi.encode("Points", "publish_epoch", number, bytes.fromhex(m.subject[2:]), m.amount)


def _claim_epoch(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    claims = [int(m.wallet, 16) << 96 | len(m.args["proof"]) << 88 | m.args["cumulative"] for m in members]
    return abi.encode(
        "Points", "claim_many", claims, [bytes.fromhex(one[2:]) for m in members for one in m.args["proof"]]
    )


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
    event = _event_number(members[0])
    if len(members) == 1:
        return abi.encode("Poap", "award", number, event, members[0].wallet)
    wallets = b"".join(sorted(bytes.fromhex(m.wallet[2:]) for m in members))
    return abi.encode("Poap", "drop", number, event, DROP_HEADER + wallets)


def _drop_again(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    event, source, listed = map(int, members[0].subject.split())
    if len(members) < members[0].args["count"]:
        return _drop(number, signer, members)  # the list as a whole is refused, where some of it have the badge
    return abi.encode("Poap", "drop_again", number, event, source, listed)


def _claim(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    (m,) = members
    a, event, signature = m.args, int(m.subject), bytes.fromhex(m.args["signature"][2:])
    signed, deadline = int(a["number"]), int(a["deadline"])
    if "key" not in a:
        return abi.encode("Poap", "claim", a["issuer"], event, m.wallet, signed, deadline, signature)
    received = bytes.fromhex(a["key_signature"][2:])
    return abi.encode(
        "Poap", "claim_link", a["issuer"], event, a["key"], signed, deadline, signature, m.wallet, received
    )


def _cancel(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    return abi.encode("Poap", "cancel_numbers", [int(m.args["number"]) for m in members])


def _event_issuer(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    (m,) = members
    return abi.encode("Poap", "set_event_issuer", int(m.subject), m.wallet, m.args["on"])


def _art(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    (m,) = members
    return abi.encode("Poap", "set_event_uri", int(m.subject), m.args["uri"])


def _freeze(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    (m,) = members
    return abi.encode("Poap", "freeze_event", int(m.subject))


def _terms(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    (m,) = members
    a = m.args
    # Terms that were queued before there were claims have no rules of them.
    rules = [a.get(rule, 0) for rule in ("max_claims", "cooldown_days", "repair_months", "recovery_days")]
    return abi.encode(
        "Warranty", "set_terms", int(m.subject), a["legal"], a["commercial"], a["transfers"], *rules, a["uri"]
    )


def _register(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    words: list[int] = []
    for m in members:
        made = m.args.get("production", 0) << 56
        words += [int(m.subject, 16), int(m.wallet, 16) << 96 | made | m.args["start"] << 16 | m.args["terms"]]
    return abi.encode("Warranty", "register", number, words)


def _extend(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    (m,) = members
    return abi.encode("Warranty", "extend", number, int(m.subject, 16), m.args["months"])


def _void(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    (m,) = members
    return abi.encode("Warranty", "void", number, int(m.subject, 16), m.args["reason"])


def _create_reward(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    (m,) = members
    a = m.args
    sale = (
        a["price"],
        a["stock"],
        a["start"],
        a["end"],
        a["limit"],
        a["flags"],
        a["collection"],
        a["implementation"],
        a["uri"],
    )
    return abi.encode("Rewards", "create_reward", number, int(m.subject), *sale)


def _stock(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    (m,) = members
    return abi.encode("Rewards", "add_stock", number, int(m.subject), m.amount)


def _price(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    (m,) = members
    return abi.encode("Rewards", "set_price", number, int(m.subject), m.amount)


def _close(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    (m,) = members
    return abi.encode("Rewards", "close_reward", int(m.subject))


def _buy(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    (m,) = members
    a = m.args
    signed = (int(a["price"]), int(a["number"]), a["deadline"], bytes.fromhex(a["signature"][2:]))
    return abi.encode("Rewards", "buy_for", m.wallet, int(m.subject), m.amount, *signed)


def _fulfil(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    return abi.encode("Rewards", "fulfil", number, [int(m.subject) for m in members])


def _cancel_order(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    (m,) = members
    lots = [int(lot) for lot in m.args["lots"]]
    return abi.encode("Rewards", "cancel_for", number, int(m.subject), lots, m.args["reason"])


def _document(m: Operation) -> bytes:
    return bytes.fromhex(m.args["document"][2:])


def _open_claim(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    (m,) = members
    return abi.encode("Warranty", "open_claim_for", number, int(m.subject, 16), _document(m))


def _claim_step(function: str) -> _Encode:
    """A step of a claim that says no more than which one."""

    def encode(number: int, signer: str, members: Sequence[Operation]) -> bytes:
        (m,) = members
        return abi.encode("Warranty", function, number, int(m.subject, 16), m.args["claim"])

    return encode


def _claim_paper(function: str) -> _Encode:
    """A step of a claim that has a document."""

    def encode(number: int, signer: str, members: Sequence[Operation]) -> bytes:
        (m,) = members
        return abi.encode("Warranty", function, number, int(m.subject, 16), m.args["claim"], _document(m))

    return encode


def _reject(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    (m,) = members
    return abi.encode("Warranty", "reject_claim", number, int(m.subject, 16), m.args["claim"], m.args["reason"])


def _cancel_claim(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    (m,) = members
    return abi.encode("Warranty", "cancel_claim", int(m.subject, 16), m.args["claim"])


def _replace(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    (m,) = members
    a = m.args
    ids = int(m.subject, 16), a["claim"], int(a["new_id"], 16)
    return abi.encode("Warranty", "replace", number, *ids, a["restart"], _document(m))


def _service(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    (m,) = members
    return abi.encode("Warranty", "log_service", int(m.subject, 16), m.args["kind"], _document(m))


def _centre(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    (m,) = members
    return abi.encode("Warranty", "set_service_centre", m.wallet, m.args["on"])


def _flag(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    (m,) = members
    return abi.encode("Warranty", "flag", number, int(m.subject, 16), m.args["lost"], m.args["stolen"])


def _recall(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    (m,) = members
    return abi.encode("Warranty", "recall", number, int(m.subject), m.args["uri"])


def _recover(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    (m,) = members
    return abi.encode("Warranty", "recover", number, int(m.subject, 16), m.args["reason"])


def _sell(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    (m,) = members
    return abi.encode("Warranty", "transferFrom", signer, m.wallet, int(m.subject, 16))


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


def _govern(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    (m,) = members
    return abi.encode(CONTRACTS[m.kind.partition(".")[2]], m.subject, *m.args["arguments"])


def _deploy(number: int, signer: str, members: Sequence[Operation]) -> bytes:
    (m,) = members
    return abi.creation(m.args["contract"], *m.args["arguments"])


_NOT_A_DELEGATE = "the signer may not send for this channel; send with the channel's own key, or let the channel name the signer: loyalty notify delegate"


def _event_number(m: Operation) -> int:
    """The event of a badge: its subject, or the first word of one that says more."""
    return int(m.subject.partition(" ")[0])


def _event(m: Operation) -> str:
    return f"poap.create:{_event_number(m)}"


_HAS_BADGE = Done(
    ("poap: wallet already has this badge", "issuers: number already spent"),
    "issued",
    lambda signer, m: (_event_number(m), m.wallet),
    "the wallet has this badge already, by another way",
)
_PAID = Done(
    ("issuers: number already spent",),
    "number_spent",
    lambda signer, m: (m.args["issuer"], int(m.args["number"])),
    "the voucher was used or cancelled already, by another way",
)


def _terms_of(m: Operation) -> str:
    return f"warranty.terms:{m.args['terms']}"


def _reward(m: Operation) -> str:
    return f"rewards.create:{m.subject}"


CONTRACTS = {"points": "Points", "poap": "Poap", "warranty": "Warranty", "rewards": "Rewards", "notify": "PushComm"}
"""The nouns that have a contract, in the order they are deployed, and what it is called."""

BADGES = ("poap.award", "poap.again", "poap.claim")
"""The kinds that give a badge: their subject, or its first word, is the event."""

KINDS: dict[str, Wire] = {
    "deploy": Wire("", _deploy, 4_800_000, numbered=False, one_subject=True),
    "points.award": Wire("points", _award, 25_500, most=600),
    "points.revoke": Wire("points", _revoke, 60_000),
    "points.redeem": Wire("points", _redeem, 95_000, numbered=False),
    "points.sweep": Wire("points", _sweep, 30_000, most=150, numbered=False, emits=False),
    "points.voucher": Wire("points", _voucher, 55_000, numbered=False, done=_PAID),
    "points.withdraw": Wire("points", _withdraw, 28_000, 25_000, most=256, numbered=False, emits=False),
    "points.epoch": Wire("points", _publish, 35_000, parent=epochs.parent, prepare=epochs.follows, alone=True),
    # 2,000 hashes are the most that all proofs of a call may have: 100 claims from a million wallets.
    "points.claim": Wire(
        "points", _claim_epoch, 75_000, 30_000, most=100, numbered=False, emits=False, prepare=epochs.with_proofs
    ),
    "poap.create": Wire("poap", _create_event, 200_000, numbered=False),
    # 1,228 wallets of 20 bytes are the most that one contract's code may hold (EIP-170).
    "poap.award": Wire(
        "poap", _drop, 6_700, 120_000, most=1_228, one_subject=True, by_wallet=True, parent=_event, done=_HAS_BADGE
    ),
    "poap.again": Wire(
        "poap",
        _drop_again,
        2_300,
        120_000,
        most=1_228,
        one_subject=True,
        by_wallet=True,
        parent=_event,
        done=_HAS_BADGE,
    ),
    "poap.claim": Wire("poap", _claim, 100_000, 0, numbered=False, done=_HAS_BADGE),
    # Numbers that were used in the meantime are passed over: where all were, there is no event.
    "poap.cancel": Wire("poap", _cancel, 3_000, 50_000, most=256, numbered=False, emits=False),
    "poap.issuer": Wire("poap", _event_issuer, 60_000, 0, numbered=False, parent=_event),
    "poap.art": Wire("poap", _art, 130_000, 0, numbered=False, parent=_event),
    "poap.freeze": Wire("poap", _freeze, 40_000, 0, numbered=False, parent=_event),
    "warranty.terms": Wire("warranty", _terms, 140_000, numbered=False),
    "warranty.register": Wire("warranty", _register, 55_000, most=200, parent=_terms_of),
    "warranty.extend": Wire("warranty", _extend, 70_000),
    "warranty.void": Wire("warranty", _void, 70_000),
    "warranty.open": Wire("warranty", _open_claim, 70_000, 0),
    "warranty.review": Wire("warranty", _claim_step("review_claim"), 55_000, 0),
    "warranty.approve": Wire("warranty", _claim_paper("approve_claim"), 55_000, 0),
    "warranty.reject": Wire("warranty", _reject, 65_000, 0),
    "warranty.cancel": Wire("warranty", _cancel_claim, 55_000, 0, numbered=False),
    "warranty.repair": Wire("warranty", _claim_paper("repair"), 65_000, 0),
    "warranty.replace": Wire("warranty", _replace, 200_000, 0),
    "warranty.refund": Wire("warranty", _claim_paper("refund"), 65_000, 0),
    "warranty.service": Wire("warranty", _service, 70_000, 0, numbered=False),
    "warranty.centre": Wire("warranty", _centre, 60_000, 0, numbered=False),
    "warranty.flag": Wire("warranty", _flag, 55_000, 0),
    "warranty.recall": Wire("warranty", _recall, 130_000, 0),
    "warranty.recover": Wire("warranty", _recover, 90_000, 0),
    "warranty.sell": Wire("warranty", _sell, 75_000, 0, numbered=False),
    "rewards.create": Wire("rewards", _create_reward, 200_000),
    "rewards.stock": Wire("rewards", _stock, 60_000, parent=_reward),
    "rewards.price": Wire("rewards", _price, 60_000, parent=_reward),
    "rewards.close": Wire("rewards", _close, 60_000, numbered=False, parent=_reward),
    "rewards.buy": Wire("rewards", _buy, 220_000, numbered=False, parent=_reward),
    "rewards.fulfil": Wire("rewards", _fulfil, 9_000, most=200),
    "rewards.cancel": Wire("rewards", _cancel_order, 120_000),
    "notify.send": Wire("notify", _notify, 45_000, 0, numbered=False, unless_true=_NOT_A_DELEGATE),
    "notify.subscribe": Wire("notify", _subscribe, 110_000, 0, numbered=False, emits=False),
    "notify.delegate": Wire("notify", _delegate, 120_000, 0, numbered=False),
}
KINDS |= {
    f"admin.{noun}": Wire(noun, _govern, 60_000, 0, numbered=False, first=True)
    for noun in CONTRACTS
    if noun != "notify"  # the protocol's contract has an admin of its own kind
}
"""What owner and guardian do, on each of our own contracts: what stops a stolen key waits for nothing else."""
