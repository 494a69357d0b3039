"""The engine without a net: on contracts that take a batch number again and again, it still pays everybody once."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from loyalty.chain import abi
from loyalty.outbox.crash import STEPS
from loyalty.program import Program
from scripts.build_artifacts import CONTRACTS, compile_contract
from tests.faults.shop import RUNS, Shop, deployed, killed_and_finished
from tests.faults.test_kill_send import SEND_STEPS

# Three contracts are compiled for it, which takes the better part of a minute.
pytestmark = pytest.mark.skipif(RUNS == 1, reason="part of `make test-faults`")

GUARDS = [f'assert {name} & bit == 0, "issuers: batch already spent"' for name in ("word", "bits")]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop whose contracts have forgotten that a batch number counts once."""
    source = tmp_path_factory.mktemp("unguarded") / "contracts"
    shutil.copytree(CONTRACTS, source)
    issuers = source / "issuers.vy"
    text = issuers.read_text()
    for guard in GUARDS:
        assert text.count(guard) == 1
        text = text.replace(guard, guard.replace("== 0", "!= 2**255 + 1"))
    issuers.write_text(text)
    guarded = abi.artifact
    compiled = {name: compile_contract(source / f"{name}.vy") for name in ("Points", "Poap", "Warranty")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(abi, "artifact", lambda name: compiled.get(name) or guarded(name))
        with deployed(tmp_path_factory.mktemp("shop")) as shop:
            patch.undo()
            yield shop


def test_a_number_counts_as_often_as_it_comes(shop: Shop) -> None:
    """The guard is off indeed: the same number pays twice where an engine sends it twice."""
    with Program.open(shop.folder) as program:
        points, signer = program.status().contracts["points"], program.signer
        call = abi.encode("Points", "award_one", 2**70, "0x" + "99" * 20, 1)
        for _ in range(2):
            assert program.node.refusal(signer.address, points, call) == ""
            nonce = program.node.nonce(signer.address)
            program.node.broadcast(signer.sign(31337, nonce, points, call, 200_000, 10**11, 10**9).raw)
            while program.node.nonce(signer.address) == nonce:
                pass
        assert program.points.balance("0x" + "99" * 20).points == 2


@pytest.mark.parametrize("run", range(RUNS))
@pytest.mark.parametrize("step", SEND_STEPS)
def test_killed_it_pays_once_all_the_same(shop: Shop, step: str, run: int) -> None:
    """Killed at any of its steps, the engine pays each award, badge and warranty once, with nobody on chain to stop it."""
    killed_and_finished(shop, step, 1 + (run * 7 + STEPS.index(step)) % 6)
    owed = Counter((wallet, amount) for wallet, amount, _, _ in shop.witness.owed("points.award"))
    minted = shop.witness.minted()
    del minted["0x" + "99" * 20, 1]
    assert (minted - owed, owed - minted) == (Counter(), Counter())
    for noun, kind in (("poap", "poap.award"), ("warranty", "warranty.register")):
        assert shop.witness.tokens(noun).total() == len(shop.witness.owed(kind))


def test_the_library_has_the_guard() -> None:
    """What is shipped is another contract than the one tried here."""
    assert "batch already spent" in Path(CONTRACTS / "issuers.vy").read_text()
