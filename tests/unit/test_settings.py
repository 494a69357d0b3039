"""settings: loyalty.toml, the environment, and every value that cannot be."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from loyalty import settings
from loyalty.errors import SettingsError
from loyalty.settings import KNOWN, Settings

ACCOUNT = "0xd8da6bf26964af9d7eed9e03e53415d37aa96045"


def load(folder: Path, text: str) -> Settings:
    """The settings that a loyalty.toml with this text gives."""
    path = folder / settings.FILE
    path.write_text(text, encoding="utf-8")
    return settings.load(path)


def test_a_new_program_starts_with_settings_that_load(tmp_path: Path) -> None:
    """What `loyalty init` writes is read back as the program it names, on the local chain, signed by Anvil's first account."""
    found = load(tmp_path, settings.first('Caf\xe9 "Zur \\ Post"', "CAFE"))
    assert (found.name, found.network) == ('Caf\xe9 "Zur \\ Post"', KNOWN["local"])
    assert (found.signer.anvil, found.points.symbol, found.points.validity_months) == (0, "CAFE", 24)
    assert found.ledger == tmp_path / "ledger.db"
    assert found.state == tmp_path / ".loyalty"


def test_an_empty_file_is_all_defaults(tmp_path: Path) -> None:
    """Nothing has to be said: the program is called what its folder is called."""
    found = load(tmp_path, "")
    assert (found.name, found.network.name, found.storage.kind) == (tmp_path.name, "local", "folder")
    assert found.signer.anvil is None
    assert found.points.budget >= 1


def test_a_file_from_a_windows_editor_is_read(tmp_path: Path) -> None:
    """A byte order mark and CRLF make no difference."""
    assert load(tmp_path, '\ufeff[program]\r\nname = "Shop"\r\n').name == "Shop"


WRONG = [
    ("[program]\nname = true", "[program] name = True is not text"),
    ("[program]\nnetwork = [1]", "[program] network = [1] is not text"),
    ("[program]\nledger = {}", "[program] ledger = {} is not text"),
    ('[program]\nledger = ""', "[program] ledger is a folder"),
    ('[program]\nledger = "."', "[program] ledger is a folder"),
    ('[program]\nnetwork = "mars"', 'has no network "mars"; it knows base-sepolia, local'),
    ('program = "x"', "[program] must be a table"),
    ("points = 3", "[points] must be a table"),
    ("[pionts]\nbudget = 1", 'there is no table "pionts"; it knows networks'),
    ("[points]\nbugdet = 1", '[points] has no setting "bugdet"; it knows address'),
    ("[program]\nnme = 1", '[program] has no setting "nme"; it knows ledger, name, network'),
    ("[points]\nbudget = 0", "[points] budget = 0 is not a whole number from 1 to"),
    ("[points]\nbudget = 18446744073709551616", "[points] budget = 18446744073709551616 is not"),
    ("[points]\nbudget = 1.5", "[points] budget = 1.5 is not a whole number"),
    ("[points]\nbudget = true", "[points] budget = True is not a whole number"),
    ('[points]\nbudget = "100"', "[points] budget = '100' is not a whole number"),
    ("[points]\nbudget = 2026-01-01", "[points] budget = datetime.date(2026, 1, 1) is not"),
    ("[poap]\nperiod_seconds = 0", "[poap] period_seconds = 0 is not a whole number from 1 to 4294967295"),
    ("[poap]\nbudget = -1", "[poap] budget = -1 is not"),
    ("[points]\nvalidity_months = 121", "[points] validity_months = 121 is not a whole number from 0 to 120"),
    ("[points]\ndecimals = 19", "[points] decimals = 19 is not a whole number from 0 to 6"),
    ('[points]\nopen_loop = "yes"', "[points] open_loop = 'yes' is not true or false"),
    ("[points]\nname = false", "[points] name = False is not text"),
    (f'[points]\nname = "{"é" * 33}"', "[points] name has at most 64 bytes"),
    (f'[program]\nname = "{"n" * 60}"', "[points] name has at most 64 bytes; without one it starts with the program's"),
    (f'[warranty]\nsymbol = "{"W" * 17}"', "[warranty] symbol has at most 16 bytes"),
    ('[points]\nowner = "0x12"', '[points] owner: "0x12" is not an address'),
    (f'[poap]\nissuer = "{ACCOUNT.replace("a9", "A9")}"', "[poap] issuer: "),
    ('[warranty]\naddress = "shop.eth"', '[warranty] address: "shop.eth" is not an address'),
    ('[notify]\ncontract = "0x0000000000000000000000000000000000000000"', "[notify] contract: the zero address"),
    ('[notify]\nchannel = "x"', '[notify] channel: "x" is not an address'),
    ("[warranty]\nlegal_months = 601", "[warranty] legal_months = 601 is not a whole number from 0 to 600"),
    ("[warranty]\nlegal_months = 0\ncommercial_months = 0", "[warranty] legal_months and commercial_months are both 0"),
    ('[warranty]\ntransfers = "often"', '[warranty] transfers is "free", "never" or a number'),
    ("[warranty]\ntransfers = 255", '[warranty] transfers is "free", "never" or a number'),
    ("[signer]\nanvil = 10", "[signer] anvil = 10 is not a whole number from 0 to 9"),
    ("[signer]\nanvil = true", "[signer] anvil = True is not"),
    ('[storage]\nkind = "s3"', '[storage] kind is "folder", "ipfs" or "data"'),
    ('[storage]\nipfs = "http://127.0.0.1:5001"', "[storage] ipfs is an address such as /ip4/"),
    ("[networks]\nmine = 3", "[networks.mine] must be a table"),
    ('[networks.mine]\nrpc = "http://127.0.0.1"', "[networks.mine] needs a chain_id"),
    ("[networks.mine]\nchain_id = 0", "[networks.mine] chain_id = 0 is not a whole number from 1"),
    ('[networks.mine]\nchain_id = "1"', "[networks.mine] chain_id = '1' is not"),
    ('[networks.mine]\nchain_id = 1\nrpc = "ws://node"', "[networks.mine] rpc is not an http:// or https:// address"),
    ('[networks.mine]\nchain_id = 1\nname = "other"', '[networks.mine] has no setting "name"'),
    ("[networks.mine]\nchain_id = 1\nmax_fee_gwei = 0", "[networks.mine] max_fee_gwei = 0 is not"),
    ("[networks.local]\nconfirmations = -1", "[networks.local] confirmations = -1 is not"),
    (f"[networks.{'n' * 33}]\nchain_id = 1", "a network's name has at most 32 bytes"),
    ("[points", "is not TOML"),
    ("a = 1\na = 2", "is not TOML"),
    ("[points]\nbudget = " + "1" * 5000, "is not TOML"),
    ("[points]\nbudget = " + "[" * 5000, "is not TOML"),
    ('[points]\nname = "${SHOP_NAME}"', "[points] name is read from the environment variable SHOP_NAME, which is empty"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "told"), WRONG, ids=[text.replace("\n", " ")[:40] for text, _ in WRONG])
def test_a_wrong_value_is_told_in_one_sentence(tmp_path: Path, text: str, told: str) -> None:
    """Whatever is wrong, one line names the file, the table and the key, and says what would be right."""
    with pytest.raises(SettingsError, match=re.escape(told)) as refused:
        load(tmp_path, text)
    said = str(refused.value)
    assert said.startswith(str(tmp_path / settings.FILE))
    assert "\n" not in said and len(said) < 400 + len(str(tmp_path))


def test_every_whole_number_has_its_bounds(tmp_path: Path) -> None:
    """No setting takes a number of any size: each whole number of each table has a least and a most."""
    tables = [table for table in vars(load(tmp_path, "")).values() if is_dataclass(table)]
    numbers = {f.name for table in tables for f in fields(table) if str(f.type).startswith("int")}
    assert len(tables) == 9
    assert numbers == set(settings._BOUNDS)


def test_the_bounds_themselves_are_taken(tmp_path: Path) -> None:
    """The least and the most of every whole number, and the longest of every name, are fine."""
    for end in (0, 1):
        numbers = {name: bounds[end] for name, bounds in settings._BOUNDS.items()}
        text = "\n".join(
            f"[{table}]\n" + "\n".join(f"{name} = {numbers[name]}" for name in names)
            for table, names in {
                "points": ("budget", "period_seconds", "decimals", "validity_months", "block"),
                "warranty": ("legal_months",),
                "signer": ("anvil",),
                "networks.local": ("chain_id", "confirmations", "max_fee_gwei"),
            }.items()
        )
        found = load(tmp_path, text)
        assert (found.points.budget, found.network.chain_id, found.signer.anvil) == tuple(
            settings._BOUNDS[name][end] for name in ("budget", "chain_id", "anvil")
        )
    longest = load(
        tmp_path, f'[points]\nname = "{"n" * 64}"\nsymbol = "{"S" * 16}"\n[networks.{"n" * 32}]\nchain_id = 1'
    )
    assert (len(longest.points.name), len(longest.points.symbol)) == (64, 16)
    assert load(tmp_path, "[warranty]\ntransfers = 254").warranty.transfers == "254"


def test_a_file_that_is_not_text_is_told(tmp_path: Path) -> None:
    """Latin-1 is not TOML."""
    (tmp_path / settings.FILE).write_bytes('name = "caf\xe9"'.encode("latin-1"))
    with pytest.raises(SettingsError, match="is not TOML"):
        settings.load(tmp_path / settings.FILE)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """A folder in the file's place, or nothing, is one sentence."""
    with pytest.raises(SettingsError, match="cannot be read: no such file"):
        settings.load(tmp_path / settings.FILE)
    (tmp_path / settings.FILE).mkdir()
    with pytest.raises(SettingsError, match="cannot be read: is a directory"):
        settings.load(tmp_path / settings.FILE)


def test_the_file_is_found_from_a_folder_below(tmp_path: Path) -> None:
    """The nearest loyalty.toml above the given folder is meant; where there is none, the step is told."""
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    with pytest.raises(
        SettingsError, match=r"there is no loyalty.toml in .* nor above it; make one with: loyalty init"
    ):
        settings.find(below)
    for folder in (tmp_path, tmp_path / "a"):
        (folder / settings.FILE).write_text("")
        assert settings.find(below) == folder / settings.FILE


def test_texts_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """${NAME} stands for an environment variable in any text, also within one."""
    monkeypatch.setenv("SHOP_OWNER", ACCOUNT)
    monkeypatch.setenv("SHOP", "Kiosk")
    found = load(tmp_path, '[program]\nname = "${SHOP}"\n[points]\nowner = "${SHOP_OWNER}"\nname = "${SHOP} Points"')
    assert (found.name, found.points.owner, found.points.name) == ("Kiosk", ACCOUNT, "Kiosk Points")


def test_a_value_from_the_environment_is_checked_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that holds no address is told as its key's fault."""
    monkeypatch.setenv("SHOP_OWNER", "nobody")
    with pytest.raises(SettingsError, match=r"\[points\] owner: "):
        load(tmp_path, '[points]\nowner = "${SHOP_OWNER}"')


def test_a_url_is_read_when_the_node_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program on the local chain needs none of the other networks' secrets; the name of the missing one is told when it is needed."""
    load(tmp_path, '[networks.mine]\nchain_id = 4242\nrpc = "${MINE_RPC}"')
    rpc = load(tmp_path, '[program]\nnetwork = "sepolia"').network.rpc
    with pytest.raises(SettingsError, match=r"the URL of sepolia .* LOYALTY_RPC_SEPOLIA, which is empty; set it"):
        settings.expand(rpc, "the URL of sepolia")
    monkeypatch.setenv("LOYALTY_RPC_SEPOLIA", "https://node.example/key")
    assert settings.expand(rpc, "the URL of sepolia") == "https://node.example/key"


def test_the_environment_chooses_the_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """LOYALTY_NETWORK stands before the file; a network nobody knows is told with those that are known."""
    monkeypatch.setenv("LOYALTY_NETWORK", "base-sepolia")
    assert load(tmp_path, '[program]\nnetwork = "local"').network.chain_id == 84532
    monkeypatch.setenv("LOYALTY_NETWORK", "mars")
    with pytest.raises(SettingsError, match='has no network "mars"'):
        load(tmp_path, "")


def test_known_networks_have_their_chain_ids() -> None:
    """The networks that need no table are the ones their chain ids say."""
    assert {name: network.chain_id for name, network in KNOWN.items()} == {
        "local": 31337, "sepolia": 11155111, "base-sepolia": 84532, "polygon-amoy": 80002,
    }  # fmt: skip
    assert all(network.rpc.startswith("${") for network in KNOWN.values() if network.name != "local")


def test_a_network_of_ones_own(tmp_path: Path) -> None:
    """A table under networks adds a network; one with a known name changes only what it says."""
    found = load(
        tmp_path,
        '[program]\nnetwork = "mine"\n[networks.mine]\nchain_id = 4242\nrpc = "http://127.0.0.1:1"\nconfirmations = 5\n',
    ).network
    assert (found.name, found.chain_id, found.rpc, found.confirmations) == ("mine", 4242, "http://127.0.0.1:1", 5)
    changed = load(tmp_path, '[program]\nnetwork = "sepolia"\n[networks.sepolia]\nconfirmations = 9').network
    assert (changed.chain_id, changed.confirmations, changed.rpc) == (11155111, 9, KNOWN["sepolia"].rpc)
    assert KNOWN["sepolia"].confirmations == 3


def test_numbers_may_stand_for_text(tmp_path: Path) -> None:
    """transfers = 3 needs no quotes."""
    assert load(tmp_path, "[warranty]\ntransfers = 3").warranty.transfers == "3"
