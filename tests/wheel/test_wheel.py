"""The built wheel alone, in a clean environment with the newest of everything it needs and neither ape nor vyper."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent

WALLET = "0x00000000005dbcb0d0513fcda746382fe8a53468"

# Ten lines, as a shop's backend would have them.
BACKEND = f"""
import loyalty
with loyalty.open(".") as program:
    for _ in range(2):  # a webhook that is delivered twice
        award = program.points.award("{WALLET}", 120, key="order-1001", note="order 1001")
    assert not award.new
    print("queued:", award.state)
    sent = program.send()
    print("sent:", sent.operations)
    print("balance:", program.points.balance("{WALLET}").points)
"""


class Installed:
    """A virtual environment that holds the wheel and what pip found for it."""

    def __init__(self, home: Path, folder: Path) -> None:
        self.bin = home / "bin"
        self.folder = folder
        anvil = shutil.which("anvil", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
        assert anvil is not None
        tools = home / "tools"
        tools.mkdir()
        (tools / "anvil").symlink_to(Path(anvil).resolve())
        self.env = {"PATH": f"{self.bin}{os.pathsep}{tools}{os.pathsep}/usr/bin:/bin", "HOME": str(home)}

    def run(self, *command: str, code: int = 0) -> str:
        """The output of a command of this environment."""
        done = subprocess.run(
            [str(self.bin / command[0]), *command[1:]],
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    """The wheel, built from this checkout and installed with the newest requirements that pip finds."""
    home, folder = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("brand")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(home / "dist"), str(ROOT)],
        check=True,
        capture_output=True,
    )
    venv.create(home, with_pip=True, clear=False)
    (wheel,) = (home / "dist").glob("*.whl")
    subprocess.run([str(home / "bin" / "pip"), "install", "--quiet", str(wheel)], check=True, capture_output=True)
    shop = Installed(home, folder)
    try:
        yield shop
    finally:
        if (folder / "loyalty.toml").exists():
            shop.run("loyalty", "chain", "stop")


def test_it_brings_neither_ape_nor_vyper(installed: Installed) -> None:
    """The wheel needs no development tool: none of them is installed with it."""
    names = installed.run("pip", "list", "--format=freeze").lower()
    print(names)
    for tool in ("eth-ape", "vyper", "snekmate", "pytest"):
        assert f"{tool}==" not in names


def test_the_first_programme(installed: Installed) -> None:
    """init, chain, deploy, import, award, send and balance work from the wheel, and a script of ten lines beside them."""
    installed.run("loyalty", "init", "Wheel Shop")
    installed.run("loyalty", "chain", "start")
    assert "Points" in installed.run("loyalty", "deploy", "--yes")
    customers, awards = installed.folder / "customers.csv", installed.folder / "awards.csv"
    customers.write_text(f"customer_id,wallet\n7,{WALLET}\n")
    awards.write_text("customer_id;amount;key\n7;30;welcome-7\n")
    installed.run("loyalty", "customers", "import", "customers.csv")
    installed.run("loyalty", "points", "award", "awards.csv")
    installed.run("loyalty", "send", "--yes")
    assert "30" in installed.run("loyalty", "points", "balance", "7")
    script = installed.folder / "backend.py"
    script.write_text(BACKEND)
    assert installed.run("python", "backend.py").splitlines() == ["queued: queued", "sent: 1", "balance: 150"]


def test_the_demo_has_its_data(installed: Installed) -> None:
    """The wheel carries the demo's purchases: it runs where there is no checkout, and its books agree."""
    try:
        assert "agree" in installed.run("loyalty", "demo", "--folder", "demo")
    finally:
        installed.run("loyalty", "--folder", "demo", "chain", "stop")
