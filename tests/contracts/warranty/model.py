"""A Warranty in plain Python: what each call does, or why it is refused; and the same from events alone."""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from .packing import add_months

ZERO = "0x" + "0" * 40
NO_BATCH = 2**256 - 1
NONE, ISSUED, ACTIVE, VOID, REPLACED, REFUNDED, RETURNED = range(7)
NO_CLAIM, OPEN, IN_REVIEW, APPROVED, REJECTED, CANCELLED, REPAIRED, CLAIM_REPLACED, CLAIM_REFUNDED = range(9)
OPEN_STATES = (OPEN, IN_REVIEW, APPROVED)
OVER = {VOID: "warranty: void", REPLACED: "warranty: replaced", REFUNDED: "warranty: refunded"}
FREE = 255
DAY = 86_400


class Refused(Exception):
    """With the reason that the contract gives."""


def refuse_unless(condition: bool, reason: str) -> None:
    if not condition:
        raise Refused(reason)


class Terms(NamedTuple):
    legal_months: int
    commercial_months: int
    transfers: int
    max_claims: int
    cooldown_days: int
    repair_months: int
    recovery_days: int
    uri: str


@dataclass
class Token:
    owner: str
    state: int
    start: int
    terms: int
    production: int = 0
    transfers: int = 0
    extra_months: int = 0
    approved: str = ZERO
    limit: int = FREE
    repaired_months: int = 0
    claims: int = 0
    claim_state: int = NO_CLAIM
    counted: int = 0
    closed_at: int = 0
    services: int = 0
    # lost and stolen, as the holder says and as an issuer says
    holder_says: tuple[bool, bool] = (False, False)
    issuer_says: tuple[bool, bool] = (False, False)
    replaced_by: int = 0
    replaces: int = 0

    @property
    def lost(self) -> bool:
        return self.holder_says[0] or self.issuer_says[0]

    @property
    def stolen(self) -> bool:
        return self.holder_says[1] or self.issuer_says[1]

    def close(self, now: int, to: int, terms: Terms) -> None:
        """What a step of the claim changes in the token."""
        self.claim_state = to
        if to == CANCELLED:
            self.counted -= 1
        elif to > APPROVED:
            self.closed_at = now
        if to == REPAIRED:
            self.repaired_months += terms.repair_months
        self.state = {CLAIM_REPLACED: REPLACED, CLAIM_REFUNDED: REFUNDED}.get(to, self.state)

    def replacement(self, now: int, token_id: int, restart: bool) -> "Token":
        """What the new item begins with."""
        new = Token(self.owner, ACTIVE, now, self.terms, replaces=token_id)
        if restart:
            return new
        kept = ("start", "transfers", "extra_months", "limit", "repaired_months", "counted", "closed_at")
        return replace(new, **{name: getattr(self, name) for name in kept})

    def returned(self, owner: str) -> "Token":
        """What is left once an issuer has taken it back."""
        kept = ("production", "claims", "claim_state", "services", "issuer_says", "replaced_by", "replaces")
        return Token(owner, RETURNED, 0, self.terms, **{name: getattr(self, name) for name in kept})


@dataclass
class Model:
    tokens: dict[int, Token] = field(default_factory=dict)
    terms: dict[int, Terms] = field(default_factory=dict)
    operators: set[tuple[str, str]] = field(default_factory=set)
    centres: set[str] = field(default_factory=set)
    recalls: dict[int, str] = field(default_factory=dict)
    # budget and what was spent on which day; a window is a day here
    budgets: dict[str, int] = field(default_factory=dict)
    spent: dict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))
    batches: set[tuple[str, int]] = field(default_factory=set)
    paused_until: int = 0

    # What can be read

    def legal_end(self, token: Token) -> int:
        months = self.terms[token.terms].legal_months + token.repaired_months
        return add_months(token.start, months) if token.start and months else 0

    def end(self, token: Token) -> int:
        terms = self.terms[token.terms]
        months = max(terms.legal_months + token.repaired_months, terms.commercial_months) + token.extra_months
        return add_months(token.start, months) if token.start else 0

    def limit(self, token: Token) -> int:
        return min(self.terms[token.terms].transfers, token.limit)

    def transfers_left(self, token: Token) -> int:
        limit = self.limit(token)
        return 0 if token.state in OVER else limit if limit == FREE else limit - token.transfers

    def is_locked(self, token: Token) -> bool:
        held = token.state in OVER or token.lost or token.stolen or token.claim_state in OPEN_STATES
        return held or (token.state == ACTIVE and self.transfers_left(token) == 0)

    def balance_of(self, holder: str) -> int:
        return sum(token.owner == holder for token in self.tokens.values())

    # What the owner and the guardian do

    def set_issuer(self, now: int, sender: str, issuer: str, budget: int) -> None:
        self.budgets[issuer] = budget
        if not budget:  # removed: what it spent is forgotten with it
            del self.budgets[issuer]
            self.spent.pop((issuer, now // DAY), None)

    def set_service_centre(self, now: int, sender: str, account: str, allowed: bool) -> None:
        (self.centres.add if allowed else self.centres.discard)(account)

    def pause(self, now: int, sender: str, duration: int) -> None:
        self.paused_until = max(self.paused_until, now + duration)

    def unpause(self, now: int, sender: str) -> None:
        self.paused_until = 0

    # What issuers do

    def set_terms(self, now: int, sender: str, number: int, *given: Any) -> None:
        self._check_issuer(now, sender)
        terms = Terms(*given)
        refuse_unless(0 < number < 2**16, "warranty: terms number is not from 1 to 65535")
        refuse_unless(number not in self.terms, "warranty: terms exist")
        longest = max(terms.legal_months, terms.commercial_months)
        refuse_unless(longest < 2**16, "warranty: too many months")
        refuse_unless(longest > 0, "warranty: terms give no time")
        refuse_unless(terms.transfers <= FREE, "warranty: transfers are over 255")
        legal = terms.repair_months == 0 or terms.legal_months > 0
        refuse_unless(legal, "warranty: no legal guarantee to extend")
        self.terms[number] = terms

    def register(self, now: int, sender: str, batch: int, items: list[int]) -> None:
        count = len(items) // 2
        self._check_budget(now, sender, count)
        self._check_batch(sender, batch)
        refuse_unless(count > 0, "warranty: empty batch")
        refuse_unless(len(items) % 2 == 0, "warranty: items come in pairs")
        new: dict[int, Token] = {}
        for token_id, word in zip(items[::2], items[1::2], strict=True):
            owner, start, terms = f"0x{word >> 96:040x}", word >> 16 & 2**40 - 1, word & 2**16 - 1
            refuse_unless(word >> 72 & 2**24 - 1 == 0, "warranty: item has stray bits")
            refuse_unless(owner != ZERO, "warranty: wallet is the zero address")
            refuse_unless(terms in self.terms, "warranty: no such terms")
            refuse_unless(start <= now, "warranty: start is in the future")
            refuse_unless(token_id != 0, "warranty: id is zero")
            refuse_unless(token_id not in self.tokens and token_id not in new, "warranty: registered already")
            new[token_id] = Token(owner, ACTIVE if start else ISSUED, start, terms, word >> 56 & 2**16 - 1)
        self.spent[sender, now // DAY] += count
        self.batches.add((sender, batch))
        self.tokens |= new

    def extend(self, now: int, sender: str, batch: int, token_id: int, months: int) -> None:
        self._check_issue(now, sender, batch)
        token = self._existing(token_id)
        self._check_alive(token)
        refuse_unless(months > 0, "warranty: no months")
        refuse_unless(token.extra_months + months <= 255, "warranty: too many extra months")
        token.extra_months += months
        self.batches.add((sender, batch))

    def void(self, now: int, sender: str, batch: int, token_id: int, reason: str) -> None:
        self._check_issue(now, sender, batch)
        token = self._existing(token_id)
        self._check_alive(token)
        refuse_unless(token.claim_state not in OPEN_STATES, "warranty: a claim is open")
        token.state = VOID
        self.batches.add((sender, batch))

    def recover(self, now: int, sender: str, batch: int, token_id: int, reason: str) -> None:
        self._check_issue(now, sender, batch)
        token = self._existing(token_id)
        self._check_alive(token)
        days = self.terms[token.terms].recovery_days
        refuse_unless(token.state != ACTIVE or now < token.start + days * DAY, "warranty: too late to recover")
        refuse_unless(token.claim_state not in OPEN_STATES, "warranty: a claim is open")
        self.tokens[token_id] = token.returned(sender)
        self.batches.add((sender, batch))

    def flag(self, now: int, sender: str, batch: int, token_id: int, lost: bool, stolen: bool) -> None:
        self._check_issue(now, sender, batch)
        self._existing(token_id).issuer_says = (lost, stolen)
        self.batches.add((sender, batch))

    def recall(self, now: int, sender: str, batch: int, production: int, uri: str) -> None:
        self._check_issue(now, sender, batch)
        refuse_unless(0 < production < 2**16, "warranty: production is not from 1 to 65535")
        self.recalls[production] = uri
        self.batches.add((sender, batch))

    # Claims

    def open_claim(self, now: int, sender: str, token_id: int, document: bytes) -> None:
        self._check_holder(sender, token_id)
        self._open_claim(now, token_id)

    def open_claim_for(self, now: int, sender: str, batch: int, token_id: int, document: bytes) -> None:
        self._check_issue(now, sender, batch)
        self._open_claim(now, token_id)
        self.batches.add((sender, batch))

    def cancel_claim(self, now: int, sender: str, token_id: int, claim: int) -> None:
        self._check_holder(sender, token_id)
        self._step(now, token_id, claim, (OPEN, IN_REVIEW), CANCELLED)

    def review_claim(self, now: int, sender: str, batch: int, token_id: int, claim: int) -> None:
        self._issuer_steps(now, sender, batch, token_id, claim, (OPEN,), IN_REVIEW)

    def approve_claim(self, now: int, sender: str, batch: int, token_id: int, claim: int, document: bytes) -> None:
        self._issuer_steps(now, sender, batch, token_id, claim, (OPEN, IN_REVIEW), APPROVED)

    def reject_claim(self, now: int, sender: str, batch: int, token_id: int, claim: int, reason: str) -> None:
        self._issuer_steps(now, sender, batch, token_id, claim, OPEN_STATES, REJECTED)

    def repair(self, now: int, sender: str, batch: int, token_id: int, claim: int, document: bytes) -> None:
        self._issuer_steps(now, sender, batch, token_id, claim, (APPROVED,), REPAIRED)

    def refund(self, now: int, sender: str, batch: int, token_id: int, claim: int, document: bytes) -> None:
        self._issuer_steps(now, sender, batch, token_id, claim, (APPROVED,), CLAIM_REFUNDED)

    def replace(
        self, now: int, sender: str, batch: int, token_id: int, claim: int, new_id: int, restart: bool, document: bytes
    ) -> None:
        self._check_budget(now, sender, 1)
        self._check_batch(sender, batch)
        before = replace(self.tokens[token_id]) if token_id in self.tokens else None
        self._step(now, token_id, claim, (APPROVED,), CLAIM_REPLACED)
        try:
            refuse_unless(new_id != 0, "warranty: id is zero")
            refuse_unless(new_id not in self.tokens, "warranty: registered already")
        except Refused:
            self.tokens[token_id] = before
            raise
        self.tokens[new_id] = self.tokens[token_id].replacement(now, token_id, restart)
        self.tokens[token_id].replaced_by = new_id
        self.spent[sender, now // DAY] += 1
        self.batches.add((sender, batch))

    def _open_claim(self, now: int, token_id: int) -> None:
        token = self._existing(token_id)
        terms = self.terms[token.terms]
        refuse_unless(token.state == ACTIVE, "warranty: not active")
        refuse_unless(now < self.end(token), "warranty: not covered any more")
        refuse_unless(not (token.lost or token.stolen), "warranty: lost or stolen")
        refuse_unless(token.claim_state not in OPEN_STATES, "warranty: a claim is open")
        refuse_unless(terms.max_claims == 0 or token.counted < terms.max_claims, "warranty: no claims left")
        again = token.closed_at + terms.cooldown_days * DAY if token.closed_at else 0
        refuse_unless(now >= again, "warranty: too soon after the last claim")
        token.claims += 1
        token.counted += 1
        token.claim_state = OPEN

    def _issuer_steps(
        self, now: int, sender: str, batch: int, token_id: int, claim: int, from_states: tuple[int, ...], to: int
    ) -> None:
        self._check_issue(now, sender, batch)
        self._step(now, token_id, claim, from_states, to)
        self.batches.add((sender, batch))

    def _step(self, now: int, token_id: int, claim: int, from_states: tuple[int, ...], to: int) -> None:
        token = self._existing(token_id)
        refuse_unless(claim == token.claims, "warranty: not the last claim")
        refuse_unless(token.claim_state in from_states, "warranty: claim is not at this step")
        if to not in (REJECTED, CANCELLED):
            refuse_unless(not (token.lost or token.stolen), "warranty: lost or stolen")
        token.close(now, to, self.terms[token.terms])

    # What holders and service centres do

    def report(self, now: int, sender: str, token_id: int, lost: bool, stolen: bool) -> None:
        self._check_holder(sender, token_id)
        self.tokens[token_id].holder_says = (lost, stolen)

    def log_service(self, now: int, sender: str, token_id: int, kind: int, document: bytes) -> None:
        refuse_unless(sender in self.centres, "warranty: caller is not a service centre")
        refuse_unless(now >= self.paused_until, "guard: paused")
        token = self._existing(token_id)
        refuse_unless(1 <= kind <= 4, "warranty: kind is not from 1 to 4")
        token.services += 1

    def set_transfer_limit(self, now: int, sender: str, token_id: int, limit: int) -> None:
        token = self._existing(token_id)
        refuse_unless(self._may_transfer(sender, token), "warranty: caller is not approved")
        refuse_unless(token.state == ACTIVE, "warranty: not active")
        refuse_unless(limit < self.limit(token), "warranty: limit can only be tightened")
        refuse_unless(limit >= token.transfers, "warranty: limit is below the transfers made")
        token.limit = limit

    def transfer(self, now: int, caller: str, sender: str, receiver: str, token_id: int) -> None:
        token = self._existing(token_id)
        refuse_unless(sender == token.owner, "warranty: sender is not the holder")
        refuse_unless(self._may_transfer(caller, token), "warranty: caller is not approved")
        refuse_unless(receiver != ZERO, "warranty: receiver is the zero address")
        self._check_alive(token)
        refuse_unless(not (token.lost or token.stolen), "warranty: lost or stolen")
        refuse_unless(token.claim_state not in OPEN_STATES, "warranty: a claim is open")
        refuse_unless(not self.is_locked(token), "warranty: no transfers left")
        token.approved = ZERO
        if sender == receiver:
            return
        token.owner = receiver
        if token.state == ACTIVE:
            token.transfers = min(token.transfers + 1, 255)
        else:
            token.state, token.start = ACTIVE, now

    def approve(self, now: int, caller: str, operator: str, token_id: int) -> None:
        token = self._existing(token_id)
        allowed = caller == token.owner or (token.owner, caller) in self.operators
        refuse_unless(allowed, "warranty: caller may not approve")
        token.approved = operator

    def set_approval_for_all(self, now: int, caller: str, operator: str, approved: bool) -> None:
        (self.operators.add if approved else self.operators.discard)((caller, operator))

    # Who may, and whether it is there

    def _check_issuer(self, now: int, sender: str) -> None:
        refuse_unless(sender in self.budgets, "issuers: caller is not an issuer")
        refuse_unless(now >= self.paused_until, "guard: paused")

    def _check_issue(self, now: int, sender: str, batch: int) -> None:
        self._check_issuer(now, sender)
        self._check_batch(sender, batch)

    def _check_budget(self, now: int, sender: str, count: int) -> None:
        self._check_issuer(now, sender)
        spent = self.spent.get((sender, now // DAY), 0)
        refuse_unless(spent + count <= self.budgets[sender], "issuers: over budget")

    def _check_batch(self, sender: str, batch: int) -> None:
        refuse_unless(batch != NO_BATCH, "warranty: batch number stands for none")
        refuse_unless((sender, batch) not in self.batches, "issuers: batch already spent")

    def _check_holder(self, sender: str, token_id: int) -> None:
        refuse_unless(sender == self._existing(token_id).owner, "warranty: caller is not the holder")

    def _check_alive(self, token: Token) -> None:
        refuse_unless(token.state not in OVER, OVER.get(token.state, ""))

    def _may_transfer(self, caller: str, token: Token) -> bool:
        return caller in (token.owner, token.approved) or (token.owner, caller) in self.operators

    def _existing(self, token_id: int) -> Token:
        refuse_unless(token_id in self.tokens, "warranty: no such warranty")
        return self.tokens[token_id]


def rebuilt(logs: list[Any], times: dict[int, int], terms: dict[int, Terms]) -> Model:
    """The whole state, from the events and the times of their blocks; `terms` are those set before."""
    model = Model(terms=dict(terms))
    for log in logs:
        args = {key: value.lower() if isinstance(value, str) else value for key, value in log["args"].items()}
        now = times[log["blockNumber"]]
        token = model.tokens.get(args.get("token_id", args.get("tokenId")))
        if args.get("batch", NO_BATCH) != NO_BATCH:
            # Only issuers spend batch numbers, and each of them is told once.
            model.batches.add((args.get("issuer") or args["by"], args["batch"]))
        match log["event"]:
            case "IssuerSet":
                model.set_issuer(now, "", args["issuer"], args["budget"])
            case "Paused":
                model.paused_until = args["until"]
            case "Unpaused":
                model.paused_until = 0
            case "TermsSet":
                model.terms[args["terms"]] = Terms(**{name: args[name] for name in Terms._fields})
            case "Transfer" if args["sender"] == ZERO:
                model.tokens[args["token_id"]] = Token(args["receiver"], ISSUED, 0, 0)
            case "Transfer":
                token.owner, token.approved = args["receiver"], ZERO
            case "TransferCount":
                token.transfers = args["counts"]
            case "WarrantyRegistered":
                token.terms, token.production = args["terms"], args["production"]
            case "TokenExpiryUpdated":
                token.start = args["startTime"]
                # The start of the clock is the only thing that makes a warranty active.
                token.state = ACTIVE if token.start and token.state in (ISSUED, RETURNED) else token.state
            case "Registered":
                model.spent[args["issuer"], now // DAY] += args["count"]
            case "Extended":
                token.extra_months += args["months"]
            case "Voided":
                token.state = VOID
            case "Recovered":
                model.tokens[args["token_id"]] = token.returned(args["issuer"])
            case "ClaimChanged":
                if args["state"] == OPEN:
                    token.claims, token.counted = args["claim"], token.counted + 1
                if args["state"] == CLAIM_REPLACED:
                    model.spent[args["by"], now // DAY] += 1
                token.close(now, args["state"], model.terms[token.terms])
            case "Replaced":
                old, new = model.tokens[args["token_id"]], model.tokens[args["new_id"]]
                model.tokens[args["new_id"]] = old.replacement(new.start, args["token_id"], args["restart"])
                old.replaced_by = args["new_id"]
            case "ServiceCentreSet":
                model.set_service_centre(now, "", args["account"], args["allowed"])
            case "ServiceLogged":
                token.services = args["number"]
            case "Flagged" if args["by_issuer"]:
                token.issuer_says = (args["lost"], args["stolen"])
            case "Flagged":
                token.holder_says = (args["lost"], args["stolen"])
            case "Recalled":
                model.recalls[args["production"]] = args["uri"]
            case "TransferLimitSet":
                token.limit = args["limit"]
            case "Approval":
                model.tokens[args["token_id"]].approved = args["approved"]
            case "ApprovalForAll":
                model.set_approval_for_all(now, args["owner"], args["operator"], args["approved"])
    return model
