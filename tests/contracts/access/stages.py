"""Each contract with every actor in its place, and the rows of its functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ape import chain
from eth_account import Account
from eth_utils import keccak

from ..pushcomm.typed import sign
from .rows import NOT_GUARDIAN, NOT_ISSUER, NOT_OWNER, Row, everyone, issuers_free, issuing, only, shared

ZERO = "0x" + "0" * 40
WORD = bytes(32)
FRESH = "0x" + "11" * 20
# A batch number nobody has used.
BATCH = 10**6
# PushComm's refusals, which are custom errors.
ERRORS = ("CallerNotAdmin()", "UnauthorizedCaller(address)", "CallerNotGovernance()")
NOTES = {
    "Points": "A closed loop. Every actor holds points. The shop is a Rewards contract; a partner is one of the closed loop's.",
    "Poap": "The customer holds the badges. The partner is the only issuer of one event that has issuers of its own.",
    "Warranty": "The customer holds the warranties. The partner is a service centre.",
    "Rewards": "The customer holds points, goods and open orders.",
    "PushComm": "The owner is PushComm's admin, the issuer is the channel, the partner its delegate, the guardian is Core. "
    "The others are subscribers. A refused `sendNotification` does not revert but returns false: the protocol's rule.",
}


@dataclass(frozen=True)
class Stage:
    """What a contract is set up with."""

    project: Any
    owner: Any
    people: dict[str, Any]
    appoint: Callable[[Any], None]
    sign: Callable[..., bytes]
    deadline: int
    mock: Callable[[str], Any]

    def __getitem__(self, actor: str) -> Any:
        return self.people[actor]

    def deploy(self, name: str, *args: Any) -> Any:
        """The contract, with the issuer's budget, and everybody named in it."""
        contract = self.owner.deploy(
            getattr(self.project, name), *args, self.owner, self["issuer"], 10**6, 365 * 86_400
        )
        self.appoint(contract)
        return contract


def some(entry: Any, people: dict[str, Any]) -> Any:
    """Any value of a view's argument."""
    if entry.type.endswith("[]"):
        return []
    if entry.type == "address":
        return people["customer"].address
    return {"string": "", "bytes": b"", "bytes32": WORD, "bytes4": WORD[:4], "bool": False}.get(entry.type, 1)


def points(stage: Stage) -> tuple[Any, dict[str, Row]]:
    """Points in a closed loop; everybody has some, the customer some frozen neighbours."""
    s = stage
    contract = s.deploy("Points", "Points", "PTS", 0, 24, False, "ipfs://c")
    customer, issuer, partner = (s[name].address for name in ("customer", "issuer", "partner"))
    contract.set_partner(partner, True, sender=s.owner)
    contract.award(0, [int(p.address, 16) << 96 | 100 for p in s.people.values()], sender=s["issuer"])
    contract.award_one(0, customer, 1, sender=s["issuer over budget"])
    for account in s.people.values():
        contract.approve(account, 10, sender=s["customer"])
    # A tree of one leaf: its root is the leaf, its proof is empty.
    leaf = keccak(keccak(bytes(12) + bytes.fromhex(customer[2:]) + (7).to_bytes(32, "big")))
    contract.publish_epoch(1, leaf, 7, sender=s["issuer"])
    contract.freeze(FRESH, sender=s.owner)
    voucher = s.sign(
        s["issuer"],
        contract,
        "Award",
        "address account,uint256 amount,uint256 number,uint256 start,uint256 deadline",
        *(customer, 5, 9, 0, s.deadline),
    )
    redemption = s.sign(
        s["customer"],
        contract,
        "Redeem",
        "address account,uint256 amount,bytes32 reference,uint256 number,uint256 deadline",
        *(customer, 5, WORD, 9, s.deadline),
    )
    closed = "points: transfers are closed"
    no_shop = "points: caller is not a shop"
    shop = s.owner.deploy(s.project.PushComm, s.owner, "any contract").address
    rows = shared(s.people) | {
        "award": issuing(BATCH, [int(customer, 16) << 96 | 1]),
        "award_one": issuing(BATCH, customer, 1),
        "award_for": everyone(issuer, customer, 5, 9, 0, s.deadline, voucher),
        "publish_epoch": issuing(BATCH, leaf, 1),
        "claim": everyone(customer, 7, []),
        "claim_many": everyone([int(customer, 16) << 96 | 7], []),
        "revoke": issuers_free(BATCH, customer, 1, WORD, "returned"),
        "redeem": everyone(1, WORD),
        "redeem_for": everyone(customer, 5, WORD, 9, s.deadline, redemption),
        "cancel_numbers": everyone([77]),
        "sweep": everyone([customer]),
        "transfer": everyone(partner, 1),
        "transferFrom": everyone(customer, partner, 1),
        "transferAtEpoch": everyone(contract.lots_of(customer)[0].month, partner, 1),
        "transferFromAtEpoch": everyone(contract.lots_of(customer)[0].month, customer, partner, 1),
        "approve": everyone(partner, 1),
        "permit": only("", closed, customer, partner, 1, s.deadline, 27, WORD, WORD),
        "freeze": only("owner, guardian", NOT_GUARDIAN, customer),
        "unfreeze": only("owner", NOT_OWNER, FRESH),
        "set_partner": only("owner", NOT_OWNER, customer, True),
        "set_shop": only("owner", NOT_OWNER, shop, True),
        "spend_for": only("", no_shop, customer, 1, WORD),
        "restore": only("", no_shop, customer, WORD, []),
    }
    return contract, rows


def poap(stage: Stage) -> tuple[Any, dict[str, Row]]:
    """Event 1 is soulbound, 2 is transferable, 3 is for its own issuer alone."""
    s = stage
    contract = s.deploy("Poap", "Proofs", "POAP", "ipfs://c")
    customer, issuer, stranger = (s[name].address for name in ("customer", "issuer", "stranger"))
    header = bytes.fromhex("600b5981380380925939f300")
    for event, transferable in ((1, False), (2, True), (3, False)):
        contract.create_event(event, 0, 0, 0, transferable, 2, "ipfs://e", sender=s["issuer"])
    contract.set_issuer(s["partner"], 100, 86_400, sender=s.owner)
    contract.set_event_issuer(3, s["partner"], True, sender=s.owner)
    contract.drop(0, 1, header + bytes.fromhex(customer[2:]), sender=s["issuer"])
    contract.award(1, 2, customer, sender=s["issuer"])
    contract.award(0, 1, stranger, sender=s["issuer over budget"])
    key = Account.create()
    claim, link = "uint256 event_id,address wallet,uint256 number,uint256 deadline", "uint256 event_id,address key"
    voucher = s.sign(s["issuer"], contract, "Claim", claim, 1, FRESH, 9, s.deadline)
    linked = s.sign(
        s["issuer"], contract, "Link", f"{link},uint256 number,uint256 deadline", 1, key.address, 9, s.deadline
    )
    received = s.sign(key, contract, "Receive", "uint256 event_id,address wallet", 1, FRESH)
    bound, free = contract.token_of(1, customer), contract.token_of(2, customer)
    may_not_move = "poap: caller may not move this badge"
    partner_too = "issuer, issuer over budget, partner"
    return contract, shared(s.people) | {
        "create_event": only(partner_too, NOT_ISSUER, 9, 0, 0, 0, False, 0, ""),
        "drop": _own_event(BATCH, 3, header + bytes.fromhex(FRESH[2:])),
        "drop_again": _own_event(BATCH, 3, 1, 0),
        "award": _own_event(BATCH, 3, FRESH),
        "claim": everyone(issuer, 1, FRESH, 9, s.deadline, voucher),
        "claim_link": everyone(issuer, 1, key.address, 9, s.deadline, linked, FRESH, received),
        "cancel_numbers": everyone([77]),
        "burn": only(f"{partner_too}, customer", NOT_ISSUER, bound),
        "approve": only("customer", "poap: caller may not approve", stranger, free),
        "setApprovalForAll": everyone(stranger, True),
        "transferFrom": only("customer", may_not_move, customer, stranger, free),
        "safeTransferFrom": only("customer", may_not_move, customer, stranger, free),
        "set_event_issuer": only("owner", NOT_OWNER, 1, issuer, True),
        "set_event_uri": only("owner", NOT_OWNER, 1, ""),
        "freeze_event": only("owner", NOT_OWNER, 1),
    }


def _own_event(*args: Any) -> Row:
    """An event that has an issuer of its own: other issuers are refused, after their budget was looked at."""
    not_this = "poap: caller may not issue this event"
    return only("partner", NOT_ISSUER, *args, issuer=not_this, issuer_over_budget="issuers: over budget")


def warranty(stage: Stage) -> tuple[Any, dict[str, Row]]:
    """The customer holds one warranty with nothing open, one with an open claim and one with an approved one."""
    s = stage
    contract = s.deploy("Warranty", "Warranties", "WAR", "ipfs://c")
    customer, stranger = s["customer"].address, s["stranger"].address
    contract.set_service_centre(s["partner"], True, sender=s.owner)
    contract.set_terms(1, 24, 0, 255, 0, 0, 12, 14, "ipfs://t", sender=s["issuer"])
    now = chain.blocks.head.timestamp

    def item(number: int) -> list[int]:
        return [number, int(customer, 16) << 96 | now << 16 | 1]

    quiet, claimed, approved = 11, 12, 13
    contract.register(0, item(quiet) + item(claimed) + item(approved), sender=s["issuer"])
    contract.register(0, item(14), sender=s["issuer over budget"])
    for token in (claimed, approved):
        contract.open_claim(token, WORD, sender=s["customer"])
    contract.approve_claim(1, approved, 1, WORD, sender=s["issuer"])
    not_holder, not_approved = "warranty: caller is not the holder", "warranty: caller is not approved"
    return contract, shared(s.people) | {
        "set_terms": issuers_free(2, 24, 0, 255, 0, 0, 0, 0, "ipfs://t"),
        "register": issuing(BATCH, item(99)),
        "extend": issuers_free(BATCH, quiet, 6),
        "void": issuers_free(BATCH, quiet, "sold twice"),
        "recover": issuers_free(BATCH, quiet, "returned"),
        "open_claim": only("customer", not_holder, quiet, WORD),
        "open_claim_for": issuers_free(BATCH, quiet, WORD),
        "cancel_claim": only("customer", not_holder, claimed, 1),
        "review_claim": issuers_free(BATCH, claimed, 1),
        "approve_claim": issuers_free(BATCH, claimed, 1, WORD),
        "reject_claim": issuers_free(BATCH, claimed, 1, "worn out"),
        "repair": issuers_free(BATCH, approved, 1, WORD),
        "refund": issuers_free(BATCH, approved, 1, WORD),
        "replace": issuing(BATCH, approved, 1, 100, False, WORD),
        "set_service_centre": only("owner", NOT_OWNER, stranger, True),
        "log_service": only("partner", "warranty: caller is not a service centre", quiet, 1, WORD),
        "report": only("customer", not_holder, quiet, True, False),
        "flag": issuers_free(BATCH, quiet, True, False),
        "recall": issuers_free(BATCH, 7, "ipfs://notice"),
        "setTransferLimit": only("customer", not_approved, quiet, 3),
        "approve": only("customer", "warranty: caller may not approve", stranger, quiet),
        "setApprovalForAll": everyone(stranger, True),
        "transferFrom": only("customer", not_approved, customer, stranger, quiet),
        "safeTransferFrom": only("customer", not_approved, customer, stranger, quiet),
    }


def pushcomm(stage: Stage) -> tuple[Any, dict[str, Row]]:
    """The issuer is a channel, the partner its delegate, the guardian the Core contract."""
    s = stage
    contract = s.owner.deploy(s.project.PushComm, s.owner, "LOCAL")
    identity = b"0+3+Hello+Body text abcd"
    channel, partner, stranger = (s[name].address for name in ("issuer", "partner", "stranger"))
    contract.setEPNSCoreAddress(s["guardian"], sender=s.owner)
    contract.addDelegate(partner, sender=s["issuer"])
    for account in s.people.values():
        contract.subscribe(channel, sender=account)
    signer = Account.create()
    by_signer = (channel, signer.address, 0, s.deadline)
    note = (channel, stranger, identity, 0, s.deadline)
    delegate = Account.from_key(s["partner"].private_key)
    admin, core = "CallerNotAdmin()", "UnauthorizedCaller(address)"
    return contract, {
        "initialize": only("", "pushcomm: already initialized", FRESH, "LOCAL"),
        "subscribe": everyone(FRESH),
        "batchSubscribe": everyone([FRESH]),
        "unsubscribe": everyone(channel),
        "batchUnsubscribe": everyone([channel]),
        "subscribeBySig": everyone(*by_signer, *sign(signer, contract, "Subscribe", *by_signer)),
        "unsubscribeBySig": everyone(*by_signer, *sign(signer, contract, "Unsubscribe", *by_signer)),
        "sendNotifBySig": everyone(
            *(channel, stranger, partner, identity, 0, s.deadline),
            *sign(delegate, contract, "SendNotification", *note),
        ),
        "subscribeViaCore": only("guardian", core, channel, FRESH),
        "unSubscribeViaCore": only("guardian", core, channel, stranger),
        "addDelegate": everyone(FRESH),
        "removeDelegate": everyone(partner),
        "sendNotification": only("issuer, partner", "returns false", channel, stranger, identity),
        "changeUserChannelSettings": everyone(channel, 1, "1-0"),
        "verifyChannelAlias": everyone("alias"),
        "setGovernanceAddress": only("owner", admin, FRESH),
        "setEPNSCoreAddress": only("owner", admin, FRESH),
        "setPushTokenAddress": only("owner", admin, FRESH),
        "transferPushChannelAdminControl": only("owner", admin, FRESH),
    }


def rewards(stage: Stage) -> tuple[Any, dict[str, Row]]:
    """Reward 1 is transferable and refundable; the customer has two open orders of it, 2 was put up by who is now over budget."""
    s = stage
    points = s.owner.deploy(s.project.Points, "Points", "PTS", 0, 24, False, "", s.owner, s.owner, 10**6, 86_400)
    contract = s.deploy("Rewards", "Rewards", "RWD", "ipfs://c", points)
    points.set_shop(contract, True, sender=s.owner)
    points.award(0, [int(p.address, 16) << 96 | 100 for p in s.people.values()], sender=s.owner)
    customer, stranger = s["customer"].address, s["stranger"].address
    contract.create_reward(0, 1, 5, 100, 0, 0, 0, 3, ZERO, ZERO, "ipfs://r", sender=s["issuer"])
    contract.create_reward(0, 2, 5, 1, 0, 0, 0, 0, ZERO, ZERO, "ipfs://r", sender=s["issuer over budget"])
    contract.buy(1, 2, 5, sender=s["customer"])
    lots = [points.lots_of(customer)[0].month << 96 | 10]
    signature = s.sign(
        s["customer"],
        contract,
        "Buy",
        "address account,uint256 reward,uint256 quantity,uint256 price,uint256 number,uint256 deadline",
        *(customer, 1, 1, 5, 9, s.deadline),
    )
    may_not_move = "rewards: caller may not move this reward"
    return contract, shared(s.people) | {
        "create_reward": issuing(BATCH, 9, 5, 10, 0, 0, 0, 0, ZERO, ZERO, "ipfs://r"),
        "add_stock": issuing(BATCH, 1, 1),
        "set_price": issuers_free(BATCH, 1, 6),
        "close_reward": only("owner, guardian, issuer, issuer over budget", NOT_GUARDIAN, 1),
        "buy": everyone(1, 1, 5),
        "buy_for": everyone(customer, 1, 1, 5, 9, s.deadline, signature),
        "fulfil": issuers_free(BATCH, [1]),
        "cancel": only("customer", "rewards: caller did not place this order", 1, lots),
        "cancel_for": issuers_free(BATCH, 1, lots, "out of stock"),
        "cancel_numbers": everyone([77]),
        "safeTransferFrom": only("customer", may_not_move, customer, stranger, 1, 1, b""),
        "safeBatchTransferFrom": only("customer", may_not_move, customer, stranger, [1], [1], b""),
        "setApprovalForAll": everyone(stranger, True),
    }
