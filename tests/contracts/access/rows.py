"""What a row of the access table says, and the rows that every contract shares."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

# In the order of docs/access.md. What "partner" and "issuer" are where a contract has none, its stage says.
ACTORS = (
    "owner",
    "pending owner",
    "issuer",
    "issuer over budget",
    "former issuer",
    "guardian",
    "partner",
    "customer",
    "stranger",
)
EVERYONE = frozenset(ACTORS)

NOT_OWNER = "ownership: caller is not the owner"
NOT_PENDING = "ownership: caller is not the pending owner"
NOT_GUARDIAN = "guard: caller is not the guardian"
NOT_ISSUER = "issuers: caller is not an issuer"
OVER_BUDGET = "issuers: over budget"


@dataclass(frozen=True)
class Row:
    """A call that is right in every respect but, perhaps, its caller: who may make it, and what each other is told."""

    args: tuple[Any, ...]
    may: frozenset[str]
    told: str = ""
    but: dict[str, str] = field(default_factory=dict)

    def outcome(self, actor: str) -> str:
        """Empty when the actor may, else the refusal."""
        return "" if actor in self.may else self.but.get(actor, self.told)


def everyone(*args: Any) -> Row:
    """Anybody may, each for itself."""
    return Row(args, EVERYONE)


def only(who: str, told: str, *args: Any, **but: str) -> Row:
    """Those named, separated by commas; the others are told so, or what ``but`` says of one."""
    may = frozenset(name.strip() for name in who.split(","))
    return Row(args, may, told, {name.replace("_", " "): text for name, text in but.items()})


def issuing(*args: Any) -> Row:
    """An issuer may, as long as its budget lasts."""
    return only("issuer", NOT_ISSUER, *args, issuer_over_budget=OVER_BUDGET)


def issuers_free(*args: Any) -> Row:
    """An issuer may, whatever its budget."""
    return only("issuer, issuer over budget", NOT_ISSUER, *args)


def shared(people: dict[str, Any]) -> dict[str, Row]:
    """Ownership, guard, issuers and the metadata of the collection."""
    stranger, issuer = people["stranger"].address, people["issuer"].address
    return {
        "offer_ownership": only("owner", NOT_OWNER, stranger),
        "accept_ownership": only("pending owner", NOT_PENDING),
        "set_guardian": only("owner", NOT_OWNER, stranger),
        "pause": only("owner, guardian", NOT_GUARDIAN, 60),
        "unpause": only("owner", NOT_OWNER),
        "set_issuer": only("owner", NOT_OWNER, stranger, 5, 60),
        "stop_issuer": only("owner, guardian", NOT_GUARDIAN, issuer),
        "set_contract_uri": only("owner", NOT_OWNER, "ipfs://new"),
    }
