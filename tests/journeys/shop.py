"""A brand's folder, and the real command line in it: every call is a process."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import signal
import sqlite3
import subprocess
import sys
import termios
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loyalty.chain import Node, signer
from tests import command

LOYALTY = [sys.executable, "-m", "loyalty"]

ANVIL = (
    "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
    "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
    "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
    "0x90F79bf6EB2c4f870365E785982E1f101E93b906",
    "0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65",
    "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc",
)
"""The first of the accounts every Anvil funds; the shop itself signs with number 0."""


def wallet(number: int) -> str:
    """An address that nobody holds the key of, in lower case."""
    return f"0x{0xBEEF_0000 + number:040x}"


@dataclass(frozen=True)
class Ran:
    """What one command printed, and how it ended."""

    out: str
    err: str
    code: int

    @property
    def said(self) -> str:
        """The last line of the result: what happens next."""
        return self.out.splitlines()[-1]

    @property
    def json(self) -> Any:
        """The result of --json, as one document."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """The result of --json, one object per line."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True)
class Shop:
    """A folder with (or without) a program, and what its environment holds."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: str, code: int = 0, stdin: str | bytes = b"", **environment: str) -> Ran:
        """Run ``loyalty``; the exit code must be ``code``."""
        given = stdin.encode() if isinstance(stdin, str) else stdin
        out, err, ended = command.run(arguments, self.folder, self._env(environment), given)
        ran = Ran(out.decode(), err.decode(), ended)
        assert ran.code == code, f"loyalty {' '.join(arguments)} ended with {ran.code}:\n{ran.out}{ran.err}"
        return ran

    def refuses(self, *arguments: str, stdin: str | bytes = b"", **environment: str) -> list[str]:
        """What a command that fails says on stderr; it prints no result and leaves the ledger as it was."""
        before = self.dump()
        ran = self(*arguments, code=1, stdin=stdin, **environment)
        assert ran.out == ""
        assert self.dump() == before
        return ran.err.splitlines()

    def write(self, name: str, content: str | bytes) -> str:
        """Put a file into the folder."""
        (self.folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return name

    def dump(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table of the ledger."""
        path = self.folder / "ledger.db"
        if not path.exists():
            return {}
        with contextlib.closing(sqlite3.connect(path)) as ledger:
            tables = [name for (name,) in ledger.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return {table: sorted(ledger.execute(f"SELECT * FROM {table}"), key=repr) for table in tables}

    def files(self) -> list[str]:
        """Every file of the folder, but for what SQLite keeps beside the ledger and Anvil writes on its own."""
        found = (path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file())
        return sorted(name for name in found if "ledger.db-" not in name and "anvil" not in name)

    def transacts(self, index: int, to: str, data: bytes) -> None:
        """Send a transaction of one of Anvil's accounts, outside of any program, and wait until it worked."""
        node = Node(self("chain", "status", "--json").json["url"], 31337)
        account = signer.from_anvil(index)
        made = account.sign(31337, node.nonce(account.address), to, data, 500_000, 10**11, 10**9)
        node.broadcast(made.raw)
        deadline = time.monotonic() + 20
        while (receipt := node.receipt(made.tx_hash)) is None:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert receipt.succeeded

    def started(self, *arguments: str) -> subprocess.Popen[str]:
        """A command that runs on, and can be interrupted even where this test run cannot."""
        return subprocess.Popen(
            [*LOYALTY, *arguments],
            cwd=self.folder,
            env=self._env({}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def on_terminal(self, *arguments: str, types: str, at: str, **environment: str) -> Ran:
        """Run with a terminal on stdin and stderr, and type ``types`` once it shows ``at``; ``err`` is what the terminal showed."""
        ours, theirs = pty.openpty()

        def own_the_terminal() -> None:
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        process = subprocess.Popen(
            [*LOYALTY, *arguments],
            cwd=self.folder,
            env=self._env({"TERM": "xterm", **environment}),
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=own_the_terminal,
        )
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # Linux's way to say that the other side has closed
            while some := os.read(ours, 4096):
                shown += some
                if types and at.encode() in shown:
                    time.sleep(0.1)  # the question is out before echo is off
                    os.write(ours, types.encode())
                    types = ""
        os.close(ours)
        out, _ = process.communicate(timeout=60)
        return Ran(out.decode(), shown.decode(), process.returncode)

    def _env(self, more: dict[str, str]) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("LOYALTY_")}
        return clean | {"TERM": "dumb"} | self.environment | more
