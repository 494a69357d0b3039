"""What customers and issuers sign: the message, and a look at its signature before it is queued, so that a wrong one stands in nobody's way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from loyalty import units
from loyalty.chain import Node
from loyalty.chain.signer import signed_by
from loyalty.contracts import Contract
from loyalty.errors import SettingsError, Unreachable

_DEEPEST = 100
_DOMAIN = {"name": "string", "version": "string", "chainId": "uint256", "verifyingContract": "address"}


def typed(contract: Contract, name: str, fields: Mapping[str, str], message: Mapping[str, Any]) -> dict[str, Any]:
    """An EIP-712 message called ``name`` for one of our own contracts, which says itself what its domain is (ERC-5267)."""
    return {
        "types": {"EIP712Domain": _listed(_DOMAIN), name: _listed(fields)},
        "primaryType": name,
        "domain": contract.domain,
        "message": dict(message),
    }


def check_place(contract: Contract, chain_id: int, address: str, what: str, things: str) -> None:
    """Raise unless what was signed is for this program's contract: what is signed for one means nothing to another. ``things`` are what the contract holds, in a word."""
    if chain_id != contract.node.chain_id:
        raise SettingsError(
            f"{what} is for chain {chain_id}, and this program is on chain {contract.node.chain_id}; claim it there"
        )
    if address != contract.address:
        raise SettingsError(
            f"{what} is for the {things} at {units.checksum(address)}, and this program's are at {units.checksum(contract.address)}; claim it there"
        )


def _listed(fields: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "type": kind} for name, kind in fields.items()]


def check_signed(node: Node, request: dict[str, Any], signature: bytes, wallet: str) -> None:
    """Raise when a signature cannot be the wallet's: another key's, where the wallet has no code that could accept it.

    A node is asked only about a signature that is not the wallet's own key's; where none answers, the contract decides.
    """
    if not may_be_signed(node, request, signature, wallet):
        raise SettingsError(f"the signature is not {units.checksum(wallet)}'s; sign the request with that wallet")


def may_be_signed(node: Node, request: dict[str, Any], signature: bytes, account: str) -> bool:
    """Whether a signature is the account's own key's, or the account has code that may accept it."""
    if signed_by(request, signature) == account:
        return True
    try:
        return node.has_code(account)
    except Unreachable:
        return True


def parsed(text: str | Mapping[str, Any]) -> Any:
    """What a signed message's JSON holds. Raises ValueError for what is none; ours are flat, so one that is deep is none and is not begun."""
    if not isinstance(text, str):
        return dict(text)
    if text.count("[") + text.count("{") > _DEEPEST:
        raise ValueError("nested too deep")
    return json.loads(text)
