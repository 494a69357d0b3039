"""The command line as a process of its own, in a fraction of a start's time: forked off one that has imported everything.

Arguments, folder, environment, standard streams, exit code and signals are a process's; only the imports are done before.
That `loyalty` starts from nothing is shown where it is typed: in the README's session, on a terminal, and from the wheel.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

PATIENCE = 120  # seconds
# The command line, and the libraries that it imports where it needs them.
IMPORTED = (
    *("loyalty.cli.top", "loyalty.program", "loyalty.demo", "web3", "eth_account.messages", "eth_utils.crypto"),
    *("rlp", "rich.console", "rich.progress", "alembic.command", "segno", "ipfshttpclient"),
)


def run(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], stdin: bytes = b""
) -> tuple[bytes, bytes, int]:
    """What ``loyalty`` prints on both streams, and how it ends (-9 where it was killed)."""
    with tempfile.TemporaryDirectory() as streams:
        files = [Path(streams) / name for name in ("in", "out", "err")]
        for file, content in zip(files, (stdin, b"", b""), strict=True):
            file.write_bytes(content)
        wanted = {"arguments": arguments, "folder": folder, "environment": dict(environment), "files": files}
        server = _server()
        server.sendall(json.dumps(wanted, default=str).encode() + b"\n")
        ended = server.recv(64)
        assert ended, f"loyalty {' '.join(arguments)} was not run"
        return files[1].read_bytes(), files[2].read_bytes(), int(ended)


@cache
def _server() -> socket.socket:
    """What the commands are forked off; it ends when this process does."""
    ours, theirs = socket.socketpair()
    with theirs:
        command = [sys.executable, __file__, str(theirs.fileno())]
        process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
    ours.settimeout(PATIENCE)
    atexit.register(lambda: (ours.close(), process.wait()))
    return ours


def _serve(descriptor: int) -> None:
    """Fork for each question, one after the other, and answer with the exit code."""
    for name in IMPORTED:
        importlib.import_module(name)
    gc.freeze()  # a fork that looks for garbage would copy all of it
    with socket.socket(fileno=descriptor) as client:
        for line in client.makefile():
            child = os.fork()
            if not child:
                client.close()
                _become(**json.loads(line))
            ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            client.sendall(str(ended).encode())


def _become(arguments: list[str], folder: str, environment: dict[str, str], files: list[str]) -> None:
    """In the fork: be the process that was asked for, and end as it does."""
    for number, name in enumerate(files):
        opened = os.open(name, os.O_WRONLY if number else os.O_RDONLY)
        os.dup2(opened, number)
        os.close(opened)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = ["loyalty", *arguments]
    from loyalty.cli import main

    code = 1
    try:
        main()
    except SystemExit as ended:
        code = int(ended.code or 0)
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # not the way out through all modules, which takes longer than most commands


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
