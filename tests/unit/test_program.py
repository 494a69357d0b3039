"""program: opened from files alone; what it needs of keys and nodes is asked for when it is needed, in one sentence."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from eth_account import Account

import loyalty
from loyalty import units
from loyalty.errors import LoyaltyError, NotDeployed, SettingsError, Unreachable
from loyalty.program import Program
from loyalty.settings import FILE

from . import faulty_node as faults
from .conftest import WALLETS

KEY = "0x" + "5e" * 32
ADDRESS = Account.from_key(KEY).address.lower()
PASSPHRASE = "correct horse"
Shop = Callable[[str], Program]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Open a program whose loyalty.toml has this text."""
    opened: list[Program] = []
    Program.init("Shop", tmp_path).close()

    def open_(text: str) -> Program:
        (tmp_path / FILE).write_text(text)
        opened.append(Program.open(tmp_path))
        return opened[-1]

    yield open_
    for program in opened:
        program.close()


def test_a_new_program_is_two_files(tmp_path: Path) -> None:
    """init writes loyalty.toml and an empty ledger, and returns the program, open."""
    with loyalty.init("Caf\xe9 Z\xfcri", tmp_path / "new" / "shop") as program:
        assert (program.settings.name, program.settings.points.symbol) == ("Caf\xe9 Z\xfcri", "CAFZR")
        assert program.customers.count() == (0, 0)
    names = {path.name for path in (tmp_path / "new" / "shop").iterdir()}
    assert {name for name in names if not name.startswith("ledger.db-")} == {FILE, "ledger.db"}
    loyalty.open(tmp_path / "new" / "shop").close()


def test_nothing_is_written_over(tmp_path: Path) -> None:
    """Where a program or a ledger is already, init refuses and changes nothing."""
    Program.init("Shop", tmp_path).close()
    before = (tmp_path / FILE).read_text()
    with pytest.raises(SettingsError, match=r"loyalty.toml is here already; nothing was changed"):
        Program.init("Other", tmp_path)
    assert (tmp_path / FILE).read_text() == before
    (tmp_path / FILE).unlink()
    with pytest.raises(SettingsError, match=r"ledger.db is here already and may hold what customers are owed"):
        Program.init("Other", tmp_path)
    assert not (tmp_path / FILE).exists()


@pytest.mark.parametrize("name", ["", "  ", "n" * 41, "two\nlines", "bell\a", "\xe9" * 21, "${HOME}"])
def test_a_program_needs_a_name(tmp_path: Path, name: str) -> None:
    """Nothing, too much and what cannot be printed are refused, and no file is made."""
    with pytest.raises(SettingsError, match="a program's name has 1 to 40 printable characters"):
        Program.init(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ['"quoted"', "back\\slash", "# hash", "'; DROP", "[points]", "\N{SNOWMAN}"])
def test_any_name_is_only_a_name(tmp_path: Path, name: str) -> None:
    """Quotes, backslashes and signs that TOML knows stay what they are."""
    with Program.init(name, tmp_path) as program:
        assert program.settings.name == name
        assert program.settings.points.name == f"{name} Points"


def test_a_program_is_found_from_below(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a folder in it, a program is open()."""
    Program.init("Shop", tmp_path).close()
    (tmp_path / "exports").mkdir()
    monkeypatch.chdir(tmp_path / "exports")
    with loyalty.open() as program:
        assert program.settings.folder == tmp_path


def test_a_ledger_that_is_gone_is_told(tmp_path: Path) -> None:
    """A program without its ledger is not opened with an empty one."""
    Program.init("Shop", tmp_path).close()
    (tmp_path / "ledger.db").unlink()
    with pytest.raises(LoyaltyError, match="is missing; restore it from a backup"):
        Program.open(tmp_path)


def test_the_local_chain_was_never_started(shop: Shop) -> None:
    """Before its first start there is no node, and the step is told."""
    with pytest.raises(LoyaltyError, match="the local chain was never started; run: loyalty chain start"):
        _ = shop("").node


def test_a_network_of_ones_own_needs_an_rpc(shop: Shop) -> None:
    """A chain that is not the local one is nowhere without a URL."""
    with pytest.raises(SettingsError, match=r"network mine has no rpc; add it to loyalty.toml: \[networks.mine\] rpc"):
        _ = shop('[program]\nnetwork = "mine"\n[networks.mine]\nchain_id = 4242').node


def test_a_networks_node_is_not_the_local_chain(shop: Shop) -> None:
    """Where loyalty.toml names a node, a local chain would be asked by nobody."""
    program = shop('[program]\nnetwork = "mine"\n[networks.mine]\nchain_id = 4242\nrpc = "http://127.0.0.1:9"')
    with pytest.raises(SettingsError, match="network mine has a node of its own"):
        _ = program.chain
    assert program.node is program.node


def test_a_secret_url_comes_from_the_environment(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read when the node is asked, follows the variable, and is not shown."""
    program = shop('[program]\nnetwork = "sepolia"')
    with pytest.raises(SettingsError, match="LOYALTY_RPC_SEPOLIA, which is empty; set it"):
        _ = program.node
    monkeypatch.setenv("LOYALTY_RPC_SEPOLIA", "http://127.0.0.1:9/canary")
    assert program.node.url == "http://127.0.0.1:9/canary"
    assert "canary" not in repr(program.status())
    monkeypatch.setenv("LOYALTY_RPC_SEPOLIA", "http://127.0.0.1:10/canary")
    assert program.node.url == "http://127.0.0.1:10/canary"


def test_anvils_key_is_for_the_local_chain(shop: Shop) -> None:
    """Index 1 is Anvil's second account; on any other network the setting itself is refused."""
    assert shop("[signer]\nanvil = 1").signer.address == "0x70997970c51812dc3a010c7d01b50e0d17dc79c8"
    with pytest.raises(SettingsError, match=r"\[signer\] anvil is a published key, for chain 31337 alone"):
        _ = shop('[program]\nnetwork = "sepolia"\n[signer]\nanvil = 1').signer


def test_a_key_from_the_environment(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """From LOYALTY_PRIVATE_KEY, or the variable that loyalty.toml names."""
    with pytest.raises(SettingsError, match="LOYALTY_PRIVATE_KEY is empty"):
        _ = shop("").signer
    monkeypatch.setenv("LOYALTY_PRIVATE_KEY", KEY)
    assert shop("").signer.address == ADDRESS
    monkeypatch.setenv("SHOP_KEY", "0x" + "11" * 32)
    assert shop('[signer]\nkey_variable = "SHOP_KEY"').signer.address not in (ADDRESS, "")


def test_a_keystore_is_opened_once_and_late(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its address is known without the passphrase; signing asks for it, by variable or from the person, once."""
    (tmp_path / "keys").mkdir()
    stored = Account.encrypt(KEY, PASSPHRASE, kdf="pbkdf2", iterations=1_000)
    (tmp_path / "keys" / "brand.json").write_text(json.dumps(stored))
    text = '[signer]\nkeystore = "keys/brand.json"'
    program = shop(text)
    assert program.signer_address() == ADDRESS
    with pytest.raises(SettingsError, match=r'keystore "keys/brand.json" needs its passphrase; set LOYALTY_PASSPHRASE'):
        _ = program.signer
    asked: list[str] = []
    program.ask_passphrase = lambda name: asked.append(name) or PASSPHRASE  # type: ignore[func-returns-value]
    assert program.signer.address == program.signer.address == ADDRESS
    assert asked == ["keys/brand.json"]
    monkeypatch.setenv("LOYALTY_PASSPHRASE", PASSPHRASE)
    again = shop(text)
    again.ask_passphrase = lambda name: pytest.fail("asked although the variable is set")
    assert again.signer.address == ADDRESS


def test_status_answers_without_a_node(shop: Shop) -> None:
    """What the ledger knows is told, and what is missing is told as what to do, one sentence each."""
    program = shop("[signer]\nanvil = 0")
    program.points.award(WALLETS[0], 5, key="k1")
    found = program.status()
    assert (found.network, found.chain_id, found.block_number, found.balance) == ("local", 31337, None, None)
    assert found.queue == {"points.award": {"queued": 1}}
    assert found.attention == [
        "the local chain was never started; run: loyalty chain start",
        "points, poap, warranty, rewards, notify: not deployed; run: loyalty deploy",
        "1 operation due and 0 transactions under way; run: loyalty send",
    ]


def test_status_of_a_faulty_node(shop: Shop) -> None:
    """A node that answers nonsense, another chain or nothing is one sentence of what needs attention."""
    with faults.serve(eth_getBalance="0x0") as faulty:
        text = f'[signer]\nanvil = 0\n[networks.local]\nchain_id = 31337\nrpc = "{faulty.url}"'
        program = shop(text)
        assert program.status().balance == 0
        assert any("has no test ETH to pay gas with; top it up" in one for one in program.status().attention)
        for fault, told in (
            (faults.result("0x5"), "is chain 5, but loyalty.toml names chain 31337"),
            (faults.result(None), "answered eth_chainId with something that cannot be"),
        ):
            faulty.always = fault
            found = program.status()
            assert (found.block_number, found.balance, found.node) == (None, None, faulty.url)
            assert told in found.attention[0]


def test_reading_without_contract_or_node_is_one_sentence(shop: Shop) -> None:
    """A balance needs a deployed contract, and a node that is there."""
    program = shop('[networks.local]\nrpc = "http://127.0.0.1:9"\n[signer]\nanvil = 0')
    with pytest.raises(NotDeployed, match="Points is not deployed on chain 31337; run: loyalty deploy"):
        program.points.balance(WALLETS[0])
    with pytest.raises(Unreachable, match=r"no node answers at http://127.0.0.1:9"):
        program.send()


def test_a_rehearsal_keeps_nothing(shop: Shop, tmp_path: Path) -> None:
    """After rehearse() awards, events and stored metadata are seen until the program closes, and then were never there."""
    program = shop("[signer]\nanvil = 0")
    program.points.award(WALLETS[0], 5, key="before")
    program.rehearse()
    program.points.award(WALLETS[0], 5, key="tried")
    made = program.poap.create("Opening")
    assert program.status().queue == {"points.award": {"queued": 2}, "poap.create": {"queued": 1}}
    assert program.storage.get_json(made.uri)["name"] == "Opening"
    scratch = program.storage.folder
    program.close()
    assert not scratch.exists() and not (tmp_path / ".loyalty").exists()
    with Program.open(tmp_path) as again:
        assert again.status().queue == {"points.award": {"queued": 1}}
        assert again.poap.list_() == []


def test_failed_operations_are_listed_and_queued_again(shop: Shop) -> None:
    """Each with its key and reason; retry queues them once."""
    from loyalty.ledger import operations

    program = shop("[signer]\nanvil = 0")
    for n in range(7):
        program.points.award(WALLETS[n], 5, key=f"k{n}")
    for one in operations.take(program.ledger, "points.award", None, units.now(), 9):
        operations.fail(program.ledger, one.id, "points: lot is full")
    assert [(one.key, one.state, one.reason) for one in program.failed()] == [
        (f"k{n}", "failed", "points: lot is full") for n in range(7)
    ]
    told = [one for one in program.status().attention if "failed" in one]
    assert told[0] == "2 more operations failed than are told here; all of them: loyalty retry --dry-run"
    assert told[1] == 'points.award "k0" failed: points: lot is full; correct the cause, then: loyalty retry'
    assert len(told) == 6
    assert (program.retry(), program.retry(), program.failed()) == (7, 0, [])
