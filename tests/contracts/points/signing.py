"""Typed messages to Points, as wallets sign them, and signatures that are none."""

from typing import Any

from eth_account import Account
from eth_account.messages import SignableMessage, encode_typed_data
from eth_keys.datatypes import Signature
from eth_keys.exceptions import BadSignature, ValidationError
from eth_utils import keccak

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def typed(points: Any, kind: str, fields: dict[str, str], values: tuple[Any, ...], **domain: Any) -> SignableMessage:
    """What a wallet shows and signs; keywords change the domain."""
    return encode_typed_data(
        {"name": "Shop Points", "version": "1", "chainId": 31337, "verifyingContract": points.address} | domain,
        {kind: [{"name": name, "type": type} for name, type in fields.items()]},
        dict(zip(fields, (str(v) if hasattr(v, "address") else v for v in values), strict=True)),
    )


def digest(message: SignableMessage) -> bytes:
    """The 32 bytes that are signed."""
    return keccak(b"\x19\x01" + message.header + message.body)


def sign(signer: Any, message: SignableMessage) -> bytes:
    """A key's signature: r, s, v."""
    return bytes(Account.sign_message(message, signer.private_key).signature)


def twin(signature: bytes) -> bytes:
    """The same signature with the other s, which recovers to the same signer."""
    s = ORDER - int.from_bytes(signature[32:64], "big")
    return signature[:32] + s.to_bytes(32, "big") + bytes([27 + 28 - signature[64]])


def compact(signature: bytes) -> bytes:
    """The same signature in the 64 bytes of EIP-2098."""
    return signature[:32] + bytes([signature[32] | (signature[64] - 27) << 7]) + signature[33:64]


# What is done to a good signature, none of which may be taken.
MALFORMED = {
    "empty": lambda good: b"",
    "short": lambda good: good[:64],
    "long": lambda good: good + b"\0",
    "EIP-2098": compact,
    "high s": twin,
    "v 0 or 1": lambda good: good[:64] + bytes([good[64] - 27]),
    "the other v": lambda good: good[:64] + bytes([27 + 28 - good[64]]),
    "v 29": lambda good: good[:64] + bytes([29]),
    "zeros": lambda good: bytes(65),
    "zeros with v 29": lambda good: bytes(64) + bytes([29]),
}


def of_numbers(hashed: bytes, r: int, s: int) -> tuple[str, bytes] | None:
    """Whose signature r and s are over these 32 bytes, with v 27, and its bytes; None where r is no point's."""
    try:
        key = Signature(vrs=(0, r, s)).recover_public_key_from_msg_hash(hashed)
    except (BadSignature, ValidationError, ValueError):
        return None
    return key.to_checksum_address(), r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([27])
