"""A comparison of the books as a document that can be kept: JSON, signed by the operator's key (EIP-191) over everything but the signature."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loyalty import units
from loyalty.chain import Signer
from loyalty.chain.signer import text_signed_by
from loyalty.errors import SettingsError

if TYPE_CHECKING:
    from loyalty.audit import Books

_FORM = "loyalty books 1"


@dataclass(frozen=True)
class Verified:
    """A report whose signature holds: who signed it and when (unix seconds), for which block, and what it says."""

    signer: str
    made_at: int
    chain_id: int
    block_number: int
    agree: bool
    differences: int


def signed(books: Books, signer: Signer) -> str:
    """The report, and its signature in it."""
    about = {"report": _FORM, "made_at": units.now(), "signer": units.checksum(signer.address), "agree": books.agree}
    told = about | asdict(books)
    return json.dumps(told | {"signature": signer.sign_text(_text(told))}, indent=2, ensure_ascii=False) + "\n"


def verify(report: str | Path) -> Verified:
    """Who signed a report. Raises SettingsError where it is none, or was changed since."""
    try:
        told = json.loads(Path(report).read_text(encoding="utf-8"))
        signature = told.pop("signature")
        about = Verified(
            units.address(told["signer"]), told["made_at"], told["chain_id"], told["block_number"], told["agree"],
            len(told["differences"]),
        )  # fmt: skip
    except OSError as error:
        raise SettingsError(f"{report} cannot be read: {(error.strerror or str(error)).lower()}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise SettingsError(f"{report} is no signed report; make one with: loyalty audit reconcile --sign") from error
    if text_signed_by(_text(told), str(signature)) != about.signer:
        raise SettingsError(
            f"{report} is not what {told['signer']} signed: it was changed since, or somebody else's key signed it"
        )
    return about


def _text(told: dict[str, Any]) -> str:
    """What is signed: the keys in order and no space, so that how a file is laid out does not matter."""
    return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
