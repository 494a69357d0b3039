"""chain.signer: whose key signs, for which chain, and that the key is nowhere to be seen."""

from __future__ import annotations

import json
import traceback
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.typed_transactions import TypedTransaction
from eth_utils import keccak
from hexbytes import HexBytes
from hypothesis import given
from hypothesis import strategies as st
from rlp.exceptions import ObjectSerializationError

from loyalty.chain import Signer
from loyalty.chain import signer as signers
from loyalty.errors import SettingsError

KEY = "0x" + "5e" * 32
"""A key of these tests alone."""

ADDRESS = Account.from_key(KEY).address.lower()
PASSPHRASE = "correct horse battery staple"
TO = "0xd8da6bf26964af9d7eed9e03e53415d37aa96045"
VARIABLE = "SHOP_KEY"


@pytest.fixture
def signer(monkeypatch: pytest.MonkeyPatch) -> Signer:
    """A key that is nobody's published one."""
    monkeypatch.setenv(VARIABLE, KEY)
    return signers.from_environment(VARIABLE)


@pytest.fixture(scope="module")
def stored() -> dict[str, Any]:
    """A keystore as eth_account writes it, with a hash that is quick to make."""
    return Account.encrypt(KEY, PASSPHRASE, kdf="pbkdf2", iterations=1_000)


@pytest.fixture
def keystore(stored: dict[str, Any], tmp_path: Path) -> Path:
    """Its file."""
    path = tmp_path / "brand.json"
    path.write_text(json.dumps(stored))
    return path


@given(
    st.integers(0, 2**64 - 1), st.sampled_from([TO, ""]), st.binary(max_size=100), st.integers(21_000, 2**24),
    st.integers(1, 2**60), st.integers(0, 1),
)  # fmt: skip
def test_the_same_transaction_has_the_same_bytes(
    nonce: int, to: str, data: bytes, gas: int, fee: int, tip: int
) -> None:
    """Signing again gives the same bytes and hash; decoded, they are the transaction that was asked for, from the signer."""
    anvil = signers.from_anvil(3)
    signed = anvil.sign(31337, nonce, to, data, gas, fee, tip)
    assert signed == signers.from_anvil(3).sign(31337, nonce, to, data, gas, fee, tip)
    made = TypedTransaction.from_bytes(HexBytes(signed.raw))
    assert signed.tx_hash == "0x" + keccak(signed.raw).hex()
    fields = made.as_dict()
    assert (fields["chainId"], fields["nonce"], fields["gas"], fields["value"]) == (31337, nonce, gas, 0)
    assert (fields["maxFeePerGas"], fields["maxPriorityFeePerGas"], bytes(fields["data"])) == (fee, tip, data)
    assert bytes(fields["to"]).hex() == to[2:]
    assert Account.recover_transaction(signed.raw).lower() == anvil.address


def test_anvils_accounts_are_the_published_ten() -> None:
    """The mnemonic gives the accounts that are kept from signing elsewhere."""
    assert {signers.from_anvil(index).address for index in range(10)} == signers.ANVIL_ACCOUNTS


@pytest.mark.parametrize("chain_id", [1, 11155111, 31338, 0])
def test_a_published_key_signs_for_a_local_chain_alone(chain_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Anvil's accounts refuse any other chain, wherever the key comes from."""
    key = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
    monkeypatch.setenv(VARIABLE, key)
    for anvil in (signers.from_anvil(0), signers.from_environment(VARIABLE)):
        assert anvil.sign(31337, 0, TO, b"", 21_000, 1, 1).raw
        with pytest.raises(SettingsError, match="one of Anvil's published accounts: anybody can empty it") as refused:
            anvil.sign(chain_id, 0, TO, b"", 21_000, 1, 1)
        assert key[2:] not in str(refused.value)


def test_any_other_key_signs_for_any_chain(signer: Signer) -> None:
    """A brand's own key is not held back."""
    raw = signer.sign(1, 0, TO, b"", 21_000, 1, 1).raw
    assert TypedTransaction.from_bytes(HexBytes(raw)).as_dict()["chainId"] == 1


def test_a_typed_signature_is_65_bytes_of_the_signer(signer: Signer) -> None:
    """An EIP-712 signature is r, s and v, and recovers to the address."""
    from eth_account.messages import encode_typed_data

    typed = {
        "types": {
            "EIP712Domain": [{"name": "name", "type": "string"}],
            "Redeem": [{"name": "amount", "type": "uint256"}],
        },
        "primaryType": "Redeem",
        "domain": {"name": "Shop"},
        "message": {"amount": 5},
    }
    signature = signer.sign_typed(typed)
    assert len(signature) == 65
    recovered = Account.recover_message(encode_typed_data(full_message=typed), signature=signature)
    assert recovered.lower() == signer.address == ADDRESS


def test_a_key_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """With or without 0x and blanks around it."""
    for written in (KEY, KEY[2:], f"  {KEY}\n", KEY.upper().replace("X", "x")):
        monkeypatch.setenv(VARIABLE, written)
        assert signers.from_environment(VARIABLE).address == ADDRESS


SECRET = "5e5e5e5e"


@pytest.mark.parametrize(
    "written",
    [
        KEY[:-1],
        KEY[:-2],
        KEY + "5e",
        KEY[:-2] + "zz",
        "5e5e5e5e is the key",
        "0x" + "0" * 64,
        "0x" + "f" * 64,
        "\N{SNOWMAN}5e5e5e5e",
        "0x",
    ],
)
def test_a_wrong_key_is_refused_without_repeating_it(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that is none is one sentence that names the variable and repeats nothing of it, nor does its traceback."""
    monkeypatch.setenv(VARIABLE, written)
    with pytest.raises(SettingsError, match="SHOP_KEY does not hold a private key: 64 hexadecimal digits") as refused:
        signers.from_environment(VARIABLE)
    assert SECRET not in "".join(traceback.format_exception(refused.value))


def test_no_key_is_told_with_the_way_out() -> None:
    """An empty variable is told, and that a keystore would do."""
    with pytest.raises(
        SettingsError, match="SHOP_KEY is empty; put the signer's private key there, or name a keystore"
    ):
        signers.from_environment(VARIABLE)


def test_a_keystore_of_eth_account_opens(keystore: Path) -> None:
    """A file that eth_account wrote opens with its passphrase, and tells its address without."""
    assert signers.from_keystore(str(keystore), PASSPHRASE).address == ADDRESS
    assert signers.keystore_address(str(keystore)) == ADDRESS


def test_a_keystore_as_wallets_write_it_opens(tmp_path: Path) -> None:
    """The usual hash (scrypt) opens too."""
    path = tmp_path / "scrypt.json"
    path.write_text(json.dumps(Account.encrypt(KEY, PASSPHRASE, kdf="scrypt", iterations=2**12)))
    assert json.loads(path.read_text())["crypto"]["kdf"] == "scrypt"
    assert signers.from_keystore(str(path), PASSPHRASE).address == ADDRESS


def test_an_alias_of_ape_is_found(keystore: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is no file is looked for among ape's accounts; a file of that name comes first."""
    monkeypatch.setenv("APE_DATA_FOLDER", str(tmp_path / "ape"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        SettingsError, match=r'there is no keystore "shop".*; make one with: ape accounts generate shop'
    ):
        signers.keystore_path("shop")
    accounts = tmp_path / "ape" / "accounts"
    accounts.mkdir(parents=True)
    keystore.rename(accounts / "shop.json")
    assert signers.from_keystore("shop", PASSPHRASE).address == ADDRESS
    (tmp_path / "shop").write_text("{}")
    assert signers.keystore_path("shop") == Path("shop")


def test_a_keystore_beside_loyalty_toml_is_found(keystore: Path, tmp_path: Path) -> None:
    """A relative path counts from the program's folder, wherever the command is run; one from home or the root is itself."""
    assert signers.from_keystore("brand.json", PASSPHRASE, tmp_path).address == ADDRESS
    assert signers.keystore_address("brand.json", tmp_path) == ADDRESS
    assert signers.keystore_path(str(keystore), Path("/nowhere")) == keystore


@pytest.mark.parametrize("passphrase", ["", "correct horse", PASSPHRASE + " ", "\N{SNOWMAN}"])
def test_a_wrong_passphrase_is_one_sentence(keystore: Path, passphrase: str) -> None:
    """The sentence names the file and shows neither the passphrase nor anything of the key; nor does its traceback."""
    with pytest.raises(SettingsError, match=r"the passphrase does not open .*brand.json; try again") as refused:
        signers.from_keystore(str(keystore), passphrase)
    told = "".join(traceback.format_exception(refused.value))
    assert SECRET not in told and PASSPHRASE not in told
    assert "\n" not in str(refused.value)


def _without(stored: dict[str, Any], *path: str) -> dict[str, Any]:
    changed = json.loads(json.dumps(stored))
    inner = changed
    for name in path[:-1]:
        inner = inner[name]
    del inner[path[-1]]
    return changed


@pytest.mark.parametrize(
    "change",
    [
        lambda s: "",
        lambda s: "not json",
        lambda s: "[]",
        lambda s: "5",
        lambda s: "null",
        lambda s: "{}",
        lambda s: "[" * 100_000,
        lambda s: json.dumps({**s, "version": 1}),
        lambda s: json.dumps({**s, "version": 9}),
        lambda s: json.dumps({**s, "crypto": 5}),
        lambda s: json.dumps(_without(s, "crypto")),
        lambda s: json.dumps(_without(s, "crypto", "mac")),
        lambda s: json.dumps(_without(s, "crypto", "kdfparams")),
        lambda s: json.dumps(_without(s, "crypto", "kdfparams", "salt")),
        lambda s: json.dumps({**s, "crypto": {**s["crypto"], "kdf": "md5"}}),
        lambda s: json.dumps({**s, "crypto": {**s["crypto"], "ciphertext": "zz"}}),
        lambda s: json.dumps({**s, "crypto": {**s["crypto"], "ciphertext": 5}}),
        lambda s: "\ufeff{}",
    ],
)
def test_a_file_that_is_no_keystore_is_one_sentence(stored: dict[str, Any], change: Any, tmp_path: Path) -> None:
    """Whatever is wrong with the file, it is told as no keystore, and its address is not known."""
    path = tmp_path / "wrong.json"
    path.write_text(change(stored))
    with pytest.raises(
        SettingsError, match=r"wrong.json is not an Ethereum keystore \(version 3\)|does not open"
    ) as refused:
        signers.from_keystore(str(path), PASSPHRASE)
    assert "\n" not in str(refused.value)
    assert signers.keystore_address(str(path)) in (None, ADDRESS)


def test_a_keystore_that_cannot_be_read_is_one_sentence(keystore: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another user's file, for one."""

    def refuse(*arguments: Any, **named: Any) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(SettingsError, match=r"brand.json cannot be read: permission denied"):
        signers.from_keystore(str(keystore), PASSPHRASE)


def test_a_keystore_without_its_address_is_opened_for_it(stored: dict[str, Any], tmp_path: Path) -> None:
    """Some wallets leave the address out; then it is not known before the passphrase."""
    path = tmp_path / "quiet.json"
    path.write_text(json.dumps(_without(stored, "address")))
    assert signers.keystore_address(str(path)) is None
    assert signers.from_keystore(str(path), PASSPHRASE).address == ADDRESS


def test_nothing_shows_the_key(signer: Signer) -> None:
    """Neither the signer's text, nor its fields' texts, nor what it signs with, holds the key."""
    shown = [repr(signer), str(signer), f"{signer}", repr(vars(signer)), repr(signer._account), repr([signer])]
    shown.append(repr(signer.sign(1, 0, TO, b"", 21_000, 1, 1)))
    assert all(SECRET not in text.lower() for text in shown)
    assert repr(signer) == f"Signer({ADDRESS})"
    raw = signer.sign(1, 0, TO, b"", 21_000, 1, 1).raw
    assert bytes.fromhex(KEY[2:]) not in raw


def test_a_failing_signature_does_not_show_the_key(signer: Signer) -> None:
    """A transaction that cannot be encoded raises without the key in its traceback."""
    with pytest.raises(ObjectSerializationError) as refused:
        signer.sign(1, -1, TO, b"", 21_000, 1, 1)
    assert SECRET not in "".join(traceback.format_exception(refused.value)).lower()
