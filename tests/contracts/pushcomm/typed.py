"""The protocol's typed messages (EIP-712), hashed and signed by eth-account."""

from typing import Any, NamedTuple

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils import keccak

DOMAIN = "EIP712Domain(string name,uint256 chainId,address verifyingContract)"
TYPES = {
    "Subscribe": "Subscribe(address channel,address subscriber,uint256 nonce,uint256 expiry)",
    "Unsubscribe": "Unsubscribe(address channel,address subscriber,uint256 nonce,uint256 expiry)",
    "SendNotification": (
        "SendNotification(address channel,address recipient,bytes identity,uint256 nonce,uint256 expiry)"
    ),
}
CHAIN = 31337
# The order of secp256k1: every signature has a twin with s on the other side of it.
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


class Signature(NamedTuple):
    v: int
    r: bytes
    s: bytes

    def twin(self) -> "Signature":
        """The same signature on the other side of the order."""
        return Signature(55 - self.v, self.r, (ORDER - int.from_bytes(self.s, "big")).to_bytes(32, "big"))


def fields(signature: str) -> list[dict[str, str]]:
    """The members of a type, as eth-account wants them."""
    members = signature[signature.index("(") + 1 : -1].split(",")
    return [dict(zip(("type", "name"), member.split(), strict=True)) for member in members]


def digest(contract: Any, kind: str, values: tuple[Any, ...], chain: int = CHAIN, name: str = "EPNS COMM V1") -> bytes:
    """What the signer of such a message signs."""
    members = fields(TYPES[kind])
    message = encode_typed_data(
        full_message={
            "types": {"EIP712Domain": fields(DOMAIN), kind: members},
            "primaryType": kind,
            "domain": {"name": name, "chainId": chain, "verifyingContract": str(contract)},
            "message": {member["name"]: plain(value) for member, value in zip(members, values, strict=True)},
        }
    )
    return keccak(b"\x19" + message.version + message.header + message.body)


def plain(value: Any) -> Any:
    return value if isinstance(value, int | bytes) else str(value)


def sign(signer: Any, contract: Any, kind: str, *values: Any, **domain: Any) -> Signature:
    signed = Account.unsafe_sign_hash(digest(contract, kind, values, **domain), signer.key)
    return Signature(signed.v, signed.r.to_bytes(32, "big"), signed.s.to_bytes(32, "big"))
