"""Claims under warranties: opened for a customer, looked at, decided, and settled by a repair, another article or a refund."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loyalty import serials, units
from loyalty.contracts import Contract
from loyalty.errors import KeyReused, SettingsError
from loyalty.ledger import Ledger, catalogue, operations
from loyalty.ledger.catalogue import Serial
from loyalty.ledger.operations import New, Operation
from loyalty.outbox.refusals import WAITING
from loyalty.queued import Queued, seen
from loyalty.storage import NO_DOCUMENT, Storage

STATES = ("none", "open", "in review", "approved", "rejected", "cancelled", "repaired", "replaced", "refunded")
"""A claim's states in the contract's order. The first three after none are open, the others closed."""

# What the contract says of a claim, for whoever works on it.
_PLAIN = {
    "warranty: not active": "the warranty is not active",
    "warranty: not covered any more": "the warranty has run out",
    "warranty: lost or stolen": "the article is said to be lost or stolen; when it is back: loyalty warranty flag --clear",
    "warranty: a claim is open": "a claim is open already; settle it first",
    "warranty: no claims left": "its terms allow no further claim",
    "warranty: too soon after the last claim": "its terms ask for more days after the last claim",
    "warranty: not the last claim": "that claim is closed, and there is a later one",
    "warranty: registered already": "the new serial number is registered already",
}


@dataclass(frozen=True)
class Shown:
    """The last claim under a warranty: its number (0: there was none), its state, how many counted so far, when the last one was closed (unix seconds)."""

    serial: str
    claim: int
    state: str
    counted: int
    closed_at: int
    queued: tuple[str, ...]


class Claims:
    """Claims, one at a time under each warranty. Documents stay in the program's folder, and are published nowhere; the SHA-256 of their content goes on chain.

    A step is one of the warranty's last claim. A service that may repeat itself names the ``claim`` by its number: said twice, a step is
    then never one of a later claim.
    """

    def __init__(self, ledger: Ledger, contract: Contract, storage: Storage, signer_address: Callable[[], str]) -> None:
        self._ledger = ledger
        self._contract = contract
        self._storage = storage
        self._signer_address = signer_address

    def open(self, which: str, *, key: str, document: str | Path = "") -> Queued:
        """Queue a claim for a warranty's holder, with a ``document`` (a file) where there is one. The same key is the same claim."""
        known, _ = serials.on_chain(self._ledger, self._contract, which)
        return self._queue("open", "open_claim_for", known, units.key(key), {"document": self._kept(document)})

    def review(self, which: str, *, claim: int | None = None) -> Queued:
        """Queue that the open claim is being looked at."""
        return self._step("review", "review_claim", which, claim, {})

    def approve(self, which: str, *, document: str | Path = "", claim: int | None = None) -> Queued:
        """Queue accepting the open claim; a repair, another article or a refund follows."""
        return self._step("approve", "approve_claim", which, claim, {"document": self._kept(document)})

    def reject(self, which: str, *, reason: str, claim: int | None = None) -> Queued:
        """Queue turning the open claim down, also one that was approved. The reason goes on chain, so it names no person."""
        return self._step(
            "reject", "reject_claim", which, claim, {"reason": public_reason(reason, "a claim is rejected")}
        )

    def cancel(self, which: str, *, claim: int | None = None) -> Queued:
        """Queue withdrawing the open claim, which then counts for nothing: the holder's alone, so for what the signer holds."""
        known, told = serials.on_chain(self._ledger, self._contract, which)
        owner = str(told["owner"]).lower()
        if owner != self._signer_address():
            raise SettingsError(
                f'only the holder of "{known.serial}", {units.checksum(owner)}, can cancel its claim; yours is to reject it: loyalty warranty claim reject'
            )
        return self._step("cancel", "cancel_claim", which, claim, {})

    def repair(self, which: str, *, document: str | Path = "", claim: int | None = None) -> Queued:
        """Queue that the approved claim was settled by a repair; it adds to the legal guarantee what the terms say."""
        return self._step("repair", "repair", which, claim, {"document": self._kept(document)})

    def replace(
        self, which: str, serial: str, *, restart: bool = False, document: str | Path = "", claim: int | None = None
    ) -> Queued:
        """Queue that the approved claim was settled by another article, whose ``serial`` is registered to the same holder.

        Its clock goes on where the old one's stands, with what was left of it; ``restart``: it starts anew.
        """
        known, _ = serials.on_chain(self._ledger, self._contract, which)
        wanted = serials.clean(serial)
        with self._ledger.read() as connection:
            made = catalogue.find_serials(connection, [wanted]).get(wanted)
        if made is not None and not self._replaces(known, made):
            raise KeyReused(f'serial "{wanted}" is registered already; a serial number has one warranty')
        new = None if made else serials.salted(wanted, known.terms)
        args = {"new_id": (made or new).token_id, "restart": restart, "document": self._kept(document)}  # type: ignore[union-attr]
        return self._step("replace", "replace", which, claim, args, new)

    def refund(self, which: str, *, document: str | Path = "", claim: int | None = None) -> Queued:
        """Queue that the approved claim was settled by a refund, which is paid elsewhere: the warranty ends."""
        return self._step("refund", "refund", which, claim, {"document": self._kept(document)})

    def show(self, which: str) -> Shown:
        """The last claim under a warranty as the chain has it, and the steps that are queued."""
        known, _ = serials.on_chain(self._ledger, self._contract, which)
        found = self._contract.read("claim_of", int(known.token_id, 16))
        queued = tuple(o.kind.partition(".")[2] for o in self._pending(known))
        return Shown(known.serial, found["claim"], STATES[found["state"]], found["counted"], found["closed_at"], queued)

    def _step(
        self,
        step: str,
        function: str,
        which: str,
        claim: int | None,
        args: dict[str, Any],
        serial: Serial | None = None,
    ) -> Queued:
        """Queue a step of the last claim, on chain or about to be, or of the one that is named."""
        known, told = serials.on_chain(self._ledger, self._contract, which)
        last = told["claims"] + sum(o.kind == "warranty.open" for o in self._pending(known))
        if last == 0:
            raise SettingsError(f'there is no claim under "{known.serial}"; open one with: loyalty warranty claim open')
        number = last if claim is None else units.whole(claim, "claim", least=1, most=last)
        return self._queue(step, function, known, str(number), {"claim": number, **args}, serial)

    def _queue(
        self, step: str, function: str, known: Serial, name: str, args: dict[str, Any], serial: Serial | None = None
    ) -> Queued:
        key, kind = f"warranty.{step}:{known.serial} {name}", f"warranty.{step}"
        if operations.by_key(self._ledger, key) is None:
            self._check(known, function, args)
        with self._ledger.write() as connection:
            if serial is not None:
                catalogue.add_serials(connection, [serial])
            added = operations.add(connection, [New(key, kind, subject=known.token_id, args=args, note=known.serial)])
            if added.clashes:
                # Raised inside the transaction: nothing of it is kept.
                raise KeyReused(
                    f'that step of a claim under "{known.serial}" was queued already with other contents; the first stands'
                )
        found = operations.by_key(self._ledger, key)
        assert found is not None
        return seen(found, new=added.new == 1)

    def _check(self, known: Serial, function: str, args: dict[str, Any]) -> None:
        """Raise when the contract would refuse the step now. Where another is queued first, it is for the contract to say when both are sent."""
        if self._pending(known):
            return
        # A batch number that is never used: the ledger counts them up from 0.
        batch = () if function == "cancel_claim" else (secrets.randbits(254) | 1 << 254,)
        values = [_value(name, value) for name, value in args.items()]
        reason = self._contract.refusal(self._signer_address(), function, *batch, int(known.token_id, 16), *values)
        if not reason or reason in WAITING:
            return
        if reason == "warranty: claim is not at this step":
            now = self.show(known.serial)
            raise SettingsError(f'claim {now.claim} of "{known.serial}" is {now.state}; that is no step from there')
        raise SettingsError(f'"{known.serial}": {_PLAIN.get(reason, f"the contract refuses it: {reason}")}')

    def _pending(self, known: Serial) -> list[Operation]:
        return [o for o in operations.pending(self._ledger, "warranty.", known.token_id) if o.kind in KINDS]

    def _replaces(self, old: Serial, new: Serial) -> bool:
        """Whether an article was queued in another's place before."""
        made = operations.starting(self._ledger, f"warranty.replace:{old.serial} ")
        return any(o.args["new_id"] == new.token_id for o in made)

    def _kept(self, document: str | Path) -> str:
        return self._storage.keep(Path(document)) if document else NO_DOCUMENT


def public_reason(reason: str, what: str) -> str:
    """A reason as the chain takes it."""
    if not reason.strip() or len(reason.encode()) > 100:
        raise SettingsError(f"{what} for a reason of 1 to 100 bytes, which goes on chain")
    return reason


def _value(name: str, value: Any) -> Any:
    """An argument as the contract's type: ids and documents are kept as text."""
    if name == "new_id":
        return int(value, 16)
    return bytes.fromhex(value[2:]) if name == "document" else value


KINDS = (
    "warranty.open", "warranty.review", "warranty.approve", "warranty.reject", "warranty.cancel", "warranty.repair",
    "warranty.replace", "warranty.refund",
)  # fmt: skip
"""The steps of a claim."""
