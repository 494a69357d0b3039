"""A node on loopback that answers as told, as nodes do on bad days."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Fault = Callable[["Handler", Any], None]
"""What to do with one request (its JSON, read already)."""


class FaultyNode:
    """Answers each request by the next of ``faults``, and from then on by ``results`` (by method)."""

    def __init__(self, results: dict[str, Any]) -> None:
        self.results = results
        self.faults: list[Fault] = []
        self.always: Fault | None = None
        self.asked: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"node": self}))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> FaultyNode:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def next(self) -> Fault:
        """What the next request meets."""
        return self.faults.pop(0) if self.faults else self.always or right


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    node: FaultyNode
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_POST(self) -> None:
        """Read a request and meet it as told."""
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.node.asked += [one["method"] for one in (request if isinstance(request, list) else [request])]
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.node.next()(self, request)
            self.wfile.flush()

    def answer(self, body: bytes, status: int = 200, kind: str = "application/json", length: int | None = None) -> None:
        """Send a body; a ``length`` that is not its own promises more than comes."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)
        if length is not None:
            self.close_connection = True

    def log_message(self, *arguments: object) -> None:
        """Nothing on stderr."""


def _one(node: FaultyNode, request: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": request["id"], "result": node.results.get(request["method"])}


def right(handler: Handler, request: Any) -> None:
    """Answer as a node should."""
    if isinstance(request, list):
        handler.answer(json.dumps([_one(handler.node, one) for one in request]).encode())
    else:
        handler.answer(json.dumps(_one(handler.node, request)).encode())


def drop(handler: Handler, request: Any) -> None:
    """Close the connection without a word."""
    handler.close_connection = True
    handler.connection.close()


def hang(handler: Handler, request: Any) -> None:
    """Say nothing for longer than anybody waits."""
    time.sleep(1)
    handler.close_connection = True


def status(code: int, body: bytes = b"<html><body>Bad gateway</body></html>") -> Fault:
    """Answer with an HTTP status and a page."""
    return lambda handler, request: handler.answer(body, code, "text/html")


def raw(body: bytes, length: int | None = None) -> Fault:
    """Answer with these bytes."""
    return lambda handler, request: handler.answer(body, length=length)


def truncated(handler: Handler, request: Any) -> None:
    """Promise the whole answer, send half of it, and close."""
    body = json.dumps(_one(handler.node, request)).encode()
    handler.answer(body[: len(body) // 2], length=len(body))


def result(value: Any) -> Fault:
    """Answer with this result, whatever was asked."""
    return lambda handler, request: handler.answer(
        json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": value}).encode()
    )


def error(value: Any) -> Fault:
    """Answer with this JSON-RPC error."""
    return lambda handler, request: handler.answer(
        json.dumps({"jsonrpc": "2.0", "id": request["id"], "error": value}).encode()
    )


def batch(change: Callable[[list[dict[str, Any]]], Any]) -> Fault:
    """Answer a batch with what ``change`` makes of the right answers."""
    return lambda handler, request: handler.answer(
        json.dumps(change([_one(handler.node, one) for one in request])).encode()
    )


@contextlib.contextmanager
def serve(**results: Any) -> Iterator[FaultyNode]:
    """A faulty node with these results."""
    with FaultyNode({"eth_chainId": "0x7a69", "eth_blockNumber": "0x10", **results}) as node:
        yield node
