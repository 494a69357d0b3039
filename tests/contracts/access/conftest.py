"""The actors of the access table, and each contract with all of them in their places."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ape import chain
from eth_account import Account

from .rows import ACTORS

PERIOD = 365 * 86_400


@pytest.fixture(scope="session")
def people(accounts) -> dict[str, Any]:
    """An account for each actor."""
    return dict(zip(ACTORS, accounts[: len(ACTORS)], strict=True))


@pytest.fixture(scope="session")
def appoint(people) -> Callable[[Any], None]:
    """Name everybody in a new contract of the owner's. Who is to be over budget may issue one thing."""

    def name_all(contract: Any) -> None:
        owner = people["owner"]
        contract.offer_ownership(people["pending owner"], sender=owner)
        contract.set_guardian(people["guardian"], sender=owner)
        contract.set_issuer(people["issuer over budget"], 1, PERIOD, sender=owner)
        contract.set_issuer(people["former issuer"], 100, PERIOD, sender=owner)
        contract.set_issuer(people["former issuer"], 0, 0, sender=owner)

    return name_all


@pytest.fixture(scope="session")
def sign() -> Callable[..., bytes]:
    """An EIP-712 signature: ``sign(account, contract, "Claim", "uint256 event_id,address wallet", *values)``."""

    def signed(signer: Any, contract: Any, kind: str, members: str, *values: Any) -> bytes:
        name, version, number, verifying = contract.eip712Domain()[1:5]
        domain = {"name": name, "version": version, "chainId": number, "verifyingContract": verifying}
        fields = [dict(zip(("type", "name"), member.split(), strict=True)) for member in members.split(",")]
        message = {one["name"]: value for one, value in zip(fields, values, strict=True)}
        key = getattr(signer, "private_key", None) or signer.key
        return bytes(Account.sign_typed_data(key, domain, {kind: fields}, message).signature)

    return signed


@pytest.fixture(scope="session")
def deadline() -> int:
    """Long after everything here."""
    return int(chain.blocks.head.timestamp) + 10 * PERIOD
