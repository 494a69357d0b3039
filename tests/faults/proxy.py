"""A node that lies: everything goes to the real one behind it, but for what a test says."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Lie = Callable[[str, list[Any]], Any]
"""Called with method and parameters; what it returns is the answer, TRUTH asks the real node, a Refusal is an error."""

TRUTH = object()


@dataclass(frozen=True)
class Refusal:
    """A JSON-RPC error."""

    code: int
    message: str


BEFORE = object()
"""Close the connection without asking the real node: the request never arrived."""

SILENCE = object()
"""Ask the real node, and close the connection without a word: the request arrived and its answer did not."""


@contextmanager
def between(url: str, lie: Lie) -> Iterator[str]:
    """The URL of a proxy in front of ``url`` for as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            many = asked if isinstance(asked, list) else [asked]
            answers = [self._answer(one) for one in many]
            if None in answers:
                self.close_connection = True
                return
            body = json.dumps(answers if isinstance(asked, list) else answers[0]).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _answer(self, one: dict[str, Any]) -> dict[str, Any] | None:
            told = lie(one["method"], one.get("params", []))
            if told is BEFORE:
                return None
            if isinstance(told, Refusal):
                return {"jsonrpc": "2.0", "id": one["id"], "error": {"code": told.code, "message": told.message}}
            if told is not TRUTH and told is not SILENCE:
                return {"jsonrpc": "2.0", "id": one["id"], "result": told}
            request = urllib.request.Request(url, json.dumps(one).encode(), {"Content-Type": "application/json"})
            with urllib.request.urlopen(request, timeout=30) as answer:
                found: dict[str, Any] = json.load(answer)
            return None if told is SILENCE else found

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
