"""What issuers and links sign (EIP-712), hashed and signed by eth-account."""

from typing import Any

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils import keccak

DOMAIN = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
TYPES = {
    "Claim": "Claim(uint256 event_id,address wallet,uint256 number,uint256 deadline)",
    "Link": "Link(uint256 event_id,address key,uint256 number,uint256 deadline)",
    "Receive": "Receive(uint256 event_id,address wallet)",
}
FOREVER = 2**256 - 1
# What a link carries: a key made for it.
KEY = Account.from_key(b"\x11" * 32)
# The order of secp256k1: every signature has a twin with s on the other side of it.
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def fields(signature: str) -> list[dict[str, str]]:
    """The members of a type, as eth-account wants them."""
    members = signature[signature.index("(") + 1 : -1].split(",")
    return [dict(zip(("type", "name"), member.split(), strict=True)) for member in members]


def digest(contract: Any, kind: str, *values: Any, **domain: Any) -> bytes:
    """What the signer of such a message signs; `domain` says what is different about the domain."""
    plain = [value if isinstance(value, int) else str(value) for value in values]
    members = fields(TYPES[kind])
    message = encode_typed_data(
        full_message={
            "types": {"EIP712Domain": fields(DOMAIN), kind: members},
            "primaryType": kind,
            "domain": {"name": "Proofs", "version": "1", "chainId": 31337, "verifyingContract": str(contract)} | domain,
            "message": {member["name"]: value for member, value in zip(members, plain, strict=True)},
        }
    )
    return keccak(b"\x19" + message.version + message.header + message.body)


def sign(signer: Any, contract: Any, kind: str, *values: Any, **domain: Any) -> bytes:
    """The signature of a key: an account of ape's, or one of eth-account's."""
    key = getattr(signer, "private_key", None) or signer.key
    return bytes(Account.unsafe_sign_hash(digest(contract, kind, *values, **domain), key).signature)


def twin(signature: bytes) -> bytes:
    """The same signature on the other side of the order."""
    s = ORDER - int.from_bytes(signature[32:64])
    return signature[:32] + s.to_bytes(32) + bytes([55 - signature[64]])


def compact(signature: bytes) -> bytes:
    """The same signature in 64 bytes (EIP-2098)."""
    return signature[:32] + bytes([signature[32] | (signature[64] - 27) << 7]) + signature[33:64]


def voucher(
    signer: Any, poap: Any, event: int, wallet: Any, number: int = 0, deadline: int = FOREVER, **domain: Any
) -> tuple[Any, ...]:
    """The arguments of claim."""
    signature = sign(signer, poap, "Claim", event, wallet, number, deadline, **domain)
    return str(signer), event, str(wallet), number, deadline, signature


def link(
    signer: Any,
    poap: Any,
    event: int,
    wallet: Any,
    number: int = 0,
    deadline: int = FOREVER,
    key: Any = KEY,
    **domain: Any,
) -> tuple[Any, ...]:
    """The arguments of claim_link."""
    signature = sign(signer, poap, "Link", event, key.address, number, deadline, **domain)
    receive = sign(key, poap, "Receive", event, wallet)
    return str(signer), event, key.address, number, deadline, signature, str(wallet), receive


# What an issuer signs, by the function that takes it.
MESSAGES = {"claim": voucher, "claim_link": link}
