"""The account that signs: from an Ethereum keystore, the environment, or Anvil's published keys on chain 31337."""

from __future__ import annotations

import contextlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loyalty import units
from loyalty.errors import SettingsError

LOCAL_CHAIN = 31337
"""Anvil's own chain id: the only one where its published keys may sign."""

_KEY = re.compile(r"(0[xX])?[0-9a-fA-F]{64}", re.ASCII)

# The mnemonic that Anvil prints at every start: "test test test … junk".
_ANVIL_MNEMONIC = "test " * 11 + "junk"

ANVIL_ACCOUNTS = frozenset(
    {
        "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266",
        "0x70997970c51812dc3a010c7d01b50e0d17dc79c8",
        "0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc",
        "0x90f79bf6eb2c4f870365e785982e1f101e93b906",
        "0x15d34aaf54267db7d7c367839aaf71a00a2c6a65",
        "0x9965507d1a55bcc2695c58ba16fb37d819b0a4dc",
        "0x976ea74026e726554db657fa54763abd0c3a0aa9",
        "0x14dc79964da2c08b23698b3d3cc7ca32193d9955",
        "0x23618e81e3f5cdf7f54c3d65f7fbc0abf5b21e8f",
        "0xa0ee7a142d267c1f36714e4a8f75612f20a79720",
    }
)
"""The ten accounts that mnemonic gives, which every Anvil funds."""


@dataclass(frozen=True)
class Signed:
    """Signed bytes and the hash they will be known by."""

    raw: bytes
    tx_hash: str


class Signer:
    """Signs transactions of one account for one chain. The key is in nothing this object shows."""

    def __init__(self, account: Any) -> None:
        self._account = account
        self.address: str = account.address.lower()

    def __repr__(self) -> str:
        return f"Signer({self.address})"

    def check(self, chain_id: int) -> None:
        """Raise when this account must not sign for a chain."""
        check(self.address, chain_id)

    def sign(self, chain_id: int, nonce: int, to: str, data: bytes, gas: int, max_fee: int, priority: int) -> Signed:
        """An EIP-1559 transaction, signed. The same arguments always give the same bytes (RFC 6979)."""
        self.check(chain_id)
        transaction = {
            "type": 2,
            "chainId": chain_id,
            "nonce": nonce,
            "to": units.checksum(to) if to else b"",
            "value": 0,
            "data": data,
            "gas": gas,
            "maxFeePerGas": max_fee,
            "maxPriorityFeePerGas": priority,
        }
        signed = self._account.sign_transaction(transaction)
        return Signed(raw=bytes(signed.raw_transaction), tx_hash="0x" + bytes(signed.hash).hex())

    def sign_typed(self, typed: dict[str, Any]) -> bytes:
        """An EIP-712 signature, 65 bytes (r, s, v)."""
        return bytes(self._account.sign_typed_data(full_message=typed).signature)

    def sign_text(self, text: str) -> str:
        """A text's signature as wallets make it (EIP-191, version 0x45), 65 bytes in hexadecimal."""
        from eth_account.messages import encode_defunct

        return "0x" + bytes(self._account.sign_message(encode_defunct(text=text)).signature).hex()


def from_anvil(index: int) -> Signer:
    """The ``index``-th of the accounts every Anvil funds. They are public: chain 31337 alone."""
    from eth_account import Account

    Account.enable_unaudited_hdwallet_features()
    return Signer(Account.from_mnemonic(_ANVIL_MNEMONIC, account_path=f"m/44'/60'/0'/0/{index}"))


def new_key() -> bytes:
    """A private key that nobody has had before."""
    from eth_account import Account

    return bytes(Account.create().key)


def from_key(key: bytes) -> Signer:
    """The account of a private key that came in a claim link."""
    from eth_account import Account

    try:
        return Signer(Account.from_key(key))
    except ValueError:  # zero, or above the curve's order; the message would repeat the key
        raise SettingsError("the key in the link is none; copy the link again") from None


def from_environment(variable: str) -> Signer:
    """The private key in an environment variable (64 hexadecimal digits)."""
    from eth_account import Account

    key = os.environ.get(variable, "").strip()
    if not key:
        raise SettingsError(
            f"the environment variable {variable} is empty; put the signer's private key there, or name a keystore in loyalty.toml"
        )
    # eth_account would fill a key that has lost a digit up with a zero: somebody else's account.
    if _KEY.fullmatch(key):
        with contextlib.suppress(ValueError):  # zero, or above the curve's order
            return Signer(Account.from_key(key))
    raise SettingsError(f"{variable} does not hold a private key: 64 hexadecimal digits")


def from_keystore(name: str, passphrase: str, folder: Path = Path()) -> Signer:
    """An Ethereum keystore (version 3): a path (from ``folder``), or the alias of an account that `ape accounts` made."""
    from eth_account import Account

    path = keystore_path(name, folder)
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return Signer(Account.from_key(Account.decrypt(stored, passphrase)))
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}") from None
    except ValueError as error:
        if "MAC mismatch" in str(error):
            raise SettingsError(f"the passphrase does not open {path}; try again") from None
        raise SettingsError(f"{path} is not an Ethereum keystore (version 3)") from None
    except (KeyError, TypeError, AttributeError, NotImplementedError, RecursionError):
        raise SettingsError(f"{path} is not an Ethereum keystore (version 3)") from None


def keystore_path(name: str, folder: Path = Path()) -> Path:
    """Where a keystore is: ``name`` itself (from ``folder``) when it is a file, else ape's folder of accounts."""
    direct = folder / Path(name).expanduser()
    ape = Path(os.environ.get("APE_DATA_FOLDER", "~/.ape")).expanduser() / "accounts" / f"{name}.json"
    for path in (direct, ape):
        if path.is_file():
            return path
    raise SettingsError(
        f'there is no keystore "{name}": neither {direct} nor {ape}; make one with: ape accounts generate {name}'
    )


def keystore_address(name: str, folder: Path = Path()) -> str | None:
    """The address that a keystore names in clear, lower case; most do."""
    try:
        stored = json.loads(keystore_path(name, folder).read_text(encoding="utf-8"))
        found = str(stored.get("address", "")).lower().removeprefix("0x")
    except (OSError, ValueError, AttributeError, RecursionError):
        return None
    return "0x" + found if re.fullmatch("[0-9a-f]{40}", found) else None


def signed_by(typed: dict[str, Any], signature: bytes) -> str | None:
    """The account whose key made an EIP-712 signature, lower case; None where it is no key's signature."""
    from eth_account import Account
    from eth_account.messages import encode_typed_data

    try:
        return str(Account.recover_message(encode_typed_data(full_message=typed), signature=signature)).lower()
    except Exception:  # eth-account raises many kinds for bytes that are no signature
        return None


def text_signed_by(text: str, signature: str) -> str | None:
    """The account whose key signed a text (EIP-191), lower case; None where it is no key's signature."""
    from eth_account import Account
    from eth_account.messages import encode_defunct

    try:
        return str(Account.recover_message(encode_defunct(text=text), signature=signature)).lower()
    except Exception:  # eth-account raises many kinds for what is no signature
        return None


def check(address: str, chain_id: int) -> None:
    """Raise when an account must not sign for a chain: Anvil's published keys are for the local one alone."""
    if address in ANVIL_ACCOUNTS and chain_id != LOCAL_CHAIN:
        raise SettingsError(
            f"{units.checksum(address)} is one of Anvil's published accounts: anybody can empty it, so it signs on chain {LOCAL_CHAIN} alone"
        )
