"""What customers sign: looked at before it is queued, so that a wrong signature stands in nobody's way."""

from __future__ import annotations

from typing import Any

from loyalty import units
from loyalty.chain import Node
from loyalty.chain.signer import signed_by
from loyalty.errors import SettingsError, Unreachable


def check_signed(node: Node, request: dict[str, Any], signature: bytes, wallet: str) -> None:
    """Raise when a signature cannot be the wallet's: another key's, where the wallet has no code that could accept it.

    A node is asked only about a signature that is not the wallet's own key's; where none answers, the contract decides.
    """
    if signed_by(request, signature) == wallet:
        return
    try:
        if node.has_code(wallet):
            return
    except Unreachable:
        return
    raise SettingsError(f"the signature is not {units.checksum(wallet)}'s; sign the request with that wallet")
