"""A local Anvil of the program's own: started, stopped, and its state kept between runs."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from loyalty import units
from loyalty.chain.node import Node
from loyalty.errors import ChainError, LoyaltyError

_START_SECONDS = 60.0
_STOP_SECONDS = 120.0
_OLDEST = (1, 0)
_INSTALL = "install it with: npm install --global @foundry-rs/anvil"


@dataclass(frozen=True)
class Running:
    """A local Anvil that answers."""

    pid: int
    url: str
    chain_id: int


class LocalChain:
    """The Anvil whose process and state are described in ``folder``."""

    def __init__(self, folder: Path, chain_id: int) -> None:
        self._folder = folder
        self._chain_id = chain_id
        self._described = folder / "anvil.json"
        self.state = folder / "anvil-state.json"

    def start(self, *, port: int = 0, extra: tuple[str, ...] = ()) -> Running:
        """Start Anvil on ``port`` (0: a free one, the last one again where that is free); does nothing when it runs."""
        running = self.status()
        if running is not None:
            return running
        before = self._read()
        if before is not None and _alive(before):
            raise ChainError(
                f"Anvil (process {before['pid']}) runs but does not answer; loyalty chain stop, then start it"
            )
        binary = _binary()
        self._folder.mkdir(parents=True, exist_ok=True)
        resumed = self.state.exists()
        # Anvil makes a new first block at every start, and after a few it may show that one in the old one's place.
        # With the same time in it, it is the same block; 0 where an older version did not write the time down.
        born = (before["born"] if before else 0) if resumed else units.now()
        wanted = port or (before["port"] if before else 0)
        free = _port(wanted)
        if port and free != port:
            raise LoyaltyError(f"port {port} of 127.0.0.1 is in use; choose another, or end what listens there")
        command = [
            binary, "--host", "127.0.0.1", "--port", str(free), "--chain-id", str(self._chain_id),
            "--state", str(self.state), "--state-interval", "60", "--silent",
            *(["--timestamp", str(born)] if born else []), *extra,
        ]  # fmt: skip
        pid = _spawn(command, self._folder / "anvil.log")
        url = f"http://127.0.0.1:{free}"
        self._described.write_text(json.dumps({"pid": pid, "port": free, "chain_id": self._chain_id, "born": born}))
        _wait_for(url, self._chain_id, pid, self._folder / "anvil.log")
        if resumed:
            # Its clock starts at its birth again; it goes on from now, or from the newest block where that is ahead.
            node = Node(url, self._chain_id)
            node.ask("evm_setTime", max(units.now(), node.timestamp()))
        return Running(pid, url, self._chain_id)

    def stop(self) -> bool:
        """Stop Anvil after it has written its state; False when none was running."""
        described = self._read()
        if described is None or not _alive(described):
            return False
        os.kill(described["pid"], signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        while _alive(described):
            if time.monotonic() > deadline:
                raise ChainError(
                    f"Anvil (process {described['pid']}) does not stop; it may still be writing {self.state}"
                )
            time.sleep(0.05)
        return True

    def status(self) -> Running | None:
        """The Anvil that runs for this folder, or None."""
        described = self._read()
        if described is None or not _alive(described):
            return None
        url = f"http://127.0.0.1:{described['port']}"
        return Running(described["pid"], url, described["chain_id"]) if _answers(url, described["chain_id"]) else None

    def url(self) -> str | None:
        """Where this folder's Anvil listens, or listened last; None before its first start."""
        described = self._read()
        return None if described is None else f"http://127.0.0.1:{described['port']}"

    def _read(self) -> dict[str, int] | None:
        try:
            found = {"born": 0} | json.loads(self._described.read_text())
            described = {name: int(found[name]) for name in ("pid", "port", "chain_id", "born")}
        except (OSError, ValueError, KeyError, TypeError):
            return None
        # 0 and less stand for groups of processes, and 1 is nobody's to end.
        return described if described["pid"] > 1 else None


def _binary() -> str:
    """The Anvil to run: beside this Python (a checkout's own), or on PATH; new enough."""
    beside = Path(sys.executable).parent / "anvil"
    found = str(beside) if beside.exists() else shutil.which("anvil")
    if found is None:
        raise LoyaltyError(f"Anvil is not installed; {_INSTALL}")
    told = subprocess.run([found, "--version"], capture_output=True, text=True, timeout=30).stdout
    version = re.search(r"(\d+)\.(\d+)\.\d+", told)
    if version is None or (int(version[1]), int(version[2])) < _OLDEST:
        raise LoyaltyError(
            f"{found} is too old ({told.strip().splitlines()[0] if told.strip() else 'no version'}); {_INSTALL}"
        )
    return found


def _port(wanted: int) -> int:
    """``wanted`` where it is free, else one that is.

    Below those that the system gives to outgoing connections, so that none of these holds it when the chain starts again.
    """
    below = range(20_000, min(_first_outgoing(), 60_000))
    for candidate in (*([wanted] if wanted else []), *random.SystemRandom().sample(below, min(50, len(below))), 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", candidate))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise LoyaltyError("no free port on 127.0.0.1; close something that listens there")


def _first_outgoing() -> int:
    """The lowest port that an outgoing connection may get here; that of most systems where this one does not say."""
    try:
        return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 32_768


def _alive(described: dict[str, int]) -> bool:
    """Whether the Anvil described still runs. One that has ended but was not yet collected does not count, nor does another process that has got its number."""
    pid = described["pid"]
    try:
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    except ChildProcessError:
        pass  # not our child: started by an earlier command
    try:
        os.kill(pid, 0)
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (ProcessLookupError, PermissionError):
        return False
    except FileNotFoundError:
        return not Path("/proc/self").exists()  # it has just ended, or this system does not tell what a process is
    return words[0].endswith(b"anvil") and str(described["port"]).encode() in words


def _answers(url: str, chain_id: int) -> bool:
    try:
        Node(url, chain_id).check()
    except LoyaltyError:
        return False
    return True


def _spawn(command: list[str], log: Path) -> int:
    """Start a process that outlives this one, in a session of its own so that our Ctrl-C is not its."""
    written = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(log), written, 0o644),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    # Not subprocess.Popen: that object would warn of, and wait for, a process that is meant to stay.
    return os.posix_spawn(command[0], command, os.environ, file_actions=actions, setsid=True)


def _wait_for(url: str, chain_id: int, pid: int, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    host, port = url.removeprefix("http://").split(":")
    while time.monotonic() < deadline:
        # Our own child, so asked by its exit alone: its name is not there to be read until it has become Anvil.
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            last = log.read_text(errors="replace").strip().splitlines()[-1:]
            raise ChainError(f"Anvil ended as soon as it was started: {' '.join(last) or f'see {log}'}")
        with socket.socket() as probe:
            # A bare connection first: web3 is slow to import and Anvil starts in a tenth of a second.
            if probe.connect_ex((host, int(port))) == 0 and _answers(url, chain_id):
                return
        time.sleep(0.02)
    raise ChainError(f"Anvil does not answer at {url} after {_START_SECONDS:.0f} s; see {log}")
