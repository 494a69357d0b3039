"""Work done in a copy of this process: nothing has to be imported or collected again, and nothing it does is left behind."""

from __future__ import annotations

import json
import os
import signal
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any

LATE = {"status": "timeout"}


class Fork:
    """A copy at work. It, and what it starts, is one group of processes, which ends with it."""

    def __init__(self, work: Callable[[], Any], seconds: float) -> None:
        self.end_by = time.monotonic() + seconds
        self.answer, told = os.pipe()
        self.pid = os.fork()
        if self.pid:
            os.close(told)
            return
        try:
            os.setpgid(0, 0)
            result = work()
        except BaseException:
            result = {"status": "broken", "by": traceback.format_exc()[-2000:]}
        os.write(told, json.dumps(result).encode())
        os._exit(0)

    def result(self) -> Any:
        """What it returned, {"status": "timeout"} where it took too long, and None while it is at work."""
        late = time.monotonic() > self.end_by
        if not late and not os.waitpid(self.pid, os.WNOHANG)[0]:
            return None
        self.end(late)
        with os.fdopen(self.answer, "rb") as pipe:
            return LATE if late else json.loads(pipe.read())

    def end(self, running: bool = True) -> None:
        """End it, and whatever it has left behind."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        if running:
            os.waitpid(self.pid, 0)
