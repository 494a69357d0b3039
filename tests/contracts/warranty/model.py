"""A Warranty in plain Python: what each call does, or why it is refused; and the same from events alone."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from .packing import add_months

ZERO = "0x" + "0" * 40
ISSUED, ACTIVE, VOID = 1, 2, 3
FREE = 255
DAY = 86_400


class Refused(Exception):
    """With the reason that the contract gives."""


def refuse_unless(condition: bool, reason: str) -> None:
    if not condition:
        raise Refused(reason)


@dataclass
class Token:
    owner: str
    state: int
    start: int
    terms: int
    transfers: int = 0
    extra_months: int = 0
    approved: str = ZERO


@dataclass
class Model:
    tokens: dict[int, Token] = field(default_factory=dict)
    # legal months, commercial months, transfers, uri
    terms: dict[int, tuple[int, int, int, str]] = field(default_factory=dict)
    operators: set[tuple[str, str]] = field(default_factory=set)
    # budget and what was spent on which day; a window is a day here
    budgets: dict[str, int] = field(default_factory=dict)
    spent: dict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))
    batches: set[tuple[str, int]] = field(default_factory=set)
    paused_until: int = 0

    # What can be read

    def end(self, token: Token) -> int:
        legal, commercial, _, _ = self.terms[token.terms]
        return add_months(token.start, max(legal, commercial) + token.extra_months) if token.start else 0

    def transfers_left(self, token: Token) -> int:
        limit = self.terms[token.terms][2]
        return 0 if token.state == VOID else limit if limit == FREE else limit - token.transfers

    def is_locked(self, token: Token) -> bool:
        return token.state == VOID or (token.state == ACTIVE and self.transfers_left(token) == 0)

    def balance_of(self, holder: str) -> int:
        return sum(token.owner == holder for token in self.tokens.values())

    # What can be done

    def set_issuer(self, now: int, sender: str, issuer: str, budget: int) -> None:
        self.budgets[issuer] = budget
        if not budget:  # removed: what it spent is forgotten with it
            del self.budgets[issuer]
            self.spent.pop((issuer, now // DAY), None)

    def pause(self, now: int, sender: str, duration: int) -> None:
        self.paused_until = max(self.paused_until, now + duration)

    def unpause(self, now: int, sender: str) -> None:
        self.paused_until = 0

    def set_terms(self, now: int, sender: str, number: int, legal: int, commercial: int, limit: int, uri: str) -> None:
        self._check_issuer(now, sender)
        refuse_unless(0 < number < 2**16, "warranty: terms number is not from 1 to 65535")
        refuse_unless(number not in self.terms, "warranty: terms exist")
        refuse_unless(max(legal, commercial) < 2**16, "warranty: too many months")
        refuse_unless(max(legal, commercial) > 0, "warranty: terms give no time")
        refuse_unless(limit <= FREE, "warranty: transfers are over 255")
        self.terms[number] = (legal, commercial, limit, uri)

    def register(self, now: int, sender: str, batch: int, items: list[int]) -> None:
        count = len(items) // 2
        self._check_issuer(now, sender)
        refuse_unless(self.spent.get((sender, now // DAY), 0) + count <= self.budgets[sender], "issuers: over budget")
        self._check_batch(sender, batch)
        refuse_unless(count > 0, "warranty: empty batch")
        refuse_unless(len(items) % 2 == 0, "warranty: items come in pairs")
        new: dict[int, Token] = {}
        for token_id, word in zip(items[::2], items[1::2], strict=True):
            owner, start, terms = f"0x{word >> 96:040x}", word >> 16 & 2**40 - 1, word & 2**16 - 1
            refuse_unless(word >> 56 & 2**40 - 1 == 0, "warranty: item has stray bits")
            refuse_unless(owner != ZERO, "warranty: wallet is the zero address")
            refuse_unless(token_id not in self.tokens and token_id not in new, "warranty: registered already")
            refuse_unless(terms in self.terms, "warranty: no such terms")
            refuse_unless(start <= now, "warranty: start is in the future")
            new[token_id] = Token(owner, ACTIVE if start else ISSUED, start, terms)
        self.spent[sender, now // DAY] += count
        self.batches.add((sender, batch))
        self.tokens |= new

    def extend(self, now: int, sender: str, batch: int, token_id: int, months: int) -> None:
        self._check_issuer(now, sender)
        self._check_batch(sender, batch)
        token = self._existing(token_id)
        refuse_unless(token.state != VOID, "warranty: void")
        refuse_unless(months > 0, "warranty: no months")
        refuse_unless(token.extra_months + months <= 255, "warranty: too many extra months")
        token.extra_months += months
        self.batches.add((sender, batch))

    def void(self, now: int, sender: str, batch: int, token_id: int, reason: str) -> None:
        self._check_issuer(now, sender)
        self._check_batch(sender, batch)
        token = self._existing(token_id)
        refuse_unless(token.state != VOID, "warranty: void")
        token.state = VOID
        self.batches.add((sender, batch))

    def transfer(self, now: int, caller: str, sender: str, receiver: str, token_id: int) -> None:
        token = self._existing(token_id)
        refuse_unless(sender == token.owner, "warranty: sender is not the holder")
        allowed = caller in (token.owner, token.approved) or (token.owner, caller) in self.operators
        refuse_unless(allowed, "warranty: caller is not approved")
        refuse_unless(receiver != ZERO, "warranty: receiver is the zero address")
        refuse_unless(token.state != VOID, "warranty: void")
        refuse_unless(not self.is_locked(token), "warranty: no transfers left")
        token.approved = ZERO
        if sender == receiver:
            return
        token.owner = receiver
        if token.state == ISSUED:
            token.state, token.start = ACTIVE, now
        else:
            token.transfers = min(token.transfers + 1, 255)

    def approve(self, now: int, caller: str, operator: str, token_id: int) -> None:
        token = self._existing(token_id)
        allowed = caller == token.owner or (token.owner, caller) in self.operators
        refuse_unless(allowed, "warranty: caller may not approve")
        token.approved = operator

    def set_approval_for_all(self, now: int, caller: str, operator: str, approved: bool) -> None:
        (self.operators.add if approved else self.operators.discard)((caller, operator))

    def _check_issuer(self, now: int, sender: str) -> None:
        refuse_unless(sender in self.budgets, "issuers: caller is not an issuer")
        refuse_unless(now >= self.paused_until, "guard: paused")

    def _check_batch(self, sender: str, batch: int) -> None:
        refuse_unless((sender, batch) not in self.batches, "issuers: batch already spent")

    def _existing(self, token_id: int) -> Token:
        refuse_unless(token_id in self.tokens, "warranty: no such warranty")
        return self.tokens[token_id]


def rebuilt(logs: list[Any], times: dict[int, int]) -> Model:
    """The whole state, from the events and the times of their blocks."""
    model = Model()
    for log in logs:
        args = {key: value.lower() if isinstance(value, str) else value for key, value in log["args"].items()}
        now = times[log["blockNumber"]]
        match log["event"]:
            case "IssuerSet":
                model.set_issuer(now, "", args["issuer"], args["budget"])
            case "Paused":
                model.paused_until = args["until"]
            case "Unpaused":
                model.paused_until = 0
            case "TermsSet":
                model.terms[args["terms"]] = (
                    args["legal_months"], args["commercial_months"], args["transfers"], args["uri"]
                )  # fmt: skip
            case "Transfer" if args["sender"] == ZERO:
                model.tokens[args["token_id"]] = Token(args["receiver"], ISSUED, 0, 0)
            case "Transfer":
                token = model.tokens[args["token_id"]]
                token.owner, token.approved = args["receiver"], ZERO
                if args["sender"] != args["receiver"] and token.state == ACTIVE:
                    token.transfers = min(token.transfers + 1, 255)
            case "WarrantyRegistered":
                model.tokens[args["token_id"]].terms = args["terms"]
            case "TokenExpiryUpdated":
                token = model.tokens[args["tokenId"]]
                token.start = args["startTime"]
                token.state = ACTIVE if token.start else ISSUED
            case "Registered":
                model.spent[args["issuer"], now // DAY] += args["count"]
                model.batches.add((args["issuer"], args["batch"]))
            case "Extended":
                model.tokens[args["token_id"]].extra_months += args["months"]
                model.batches.add((args["issuer"], args["batch"]))
            case "Voided":
                model.tokens[args["token_id"]].state = VOID
                model.batches.add((args["issuer"], args["batch"]))
            case "Approval":
                model.tokens[args["token_id"]].approved = args["approved"]
            case "ApprovalForAll":
                model.set_approval_for_all(now, args["owner"], args["operator"], args["approved"])
    return model
