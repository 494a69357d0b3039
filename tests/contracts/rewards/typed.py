"""What a customer signs to buy without gas (EIP-712)."""

from typing import Any

from eth_account import Account
from eth_account.messages import SignableMessage, encode_typed_data
from eth_utils import keccak

FIELDS = {
    "account": "address",
    "reward": "uint256",
    "quantity": "uint256",
    "price": "uint256",
    "number": "uint256",
    "deadline": "uint256",
}


def typed(rewards: Any, *values: Any, **domain: Any) -> SignableMessage:
    """What a wallet shows: the values of the fields in their order, and what is different about the domain."""
    message = dict(zip(FIELDS, values, strict=True))
    return encode_typed_data(
        {"name": "Shop Rewards", "version": "1", "chainId": 31337, "verifyingContract": rewards.address} | domain,
        {"Buy": [{"name": name, "type": type} for name, type in FIELDS.items()]},
        message | {"account": str(message["account"])},
    )


def sign(key: str, message: SignableMessage) -> bytes:
    """r, s and v of a key."""
    return bytes(Account.sign_message(message, key).signature)


def digest(message: SignableMessage) -> bytes:
    """What is signed in the end."""
    return keccak(b"\x19\x01" + message.header + message.body)
