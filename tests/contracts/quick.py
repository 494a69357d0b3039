"""What keeps ape quick over thousands of transactions; without it the suite passes just the same, in twice the time.

Ape asks the node again, for every call, what does not change here; and web3 sends each question through a library made
for the whole web. Neither shortens what is tested: the same bytes go to the same node.
"""

import threading
from dataclasses import make_dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

import requests
from ape.api import ReceiptAPI
from ape.contracts.base import ContractMethodHandler
from ape.exceptions import ContractLogicError, TransactionError
from ape.utils import abi
from ape_ethereum import provider
from ape_ethereum.ecosystem import Ethereum
from ape_ethereum.transactions import TransactionType
from ape_foundry.provider import FoundryProvider
from web3._utils.http_session_manager import HTTPSessionManager
from web3.eth import Eth

JSON = {"Content-Type": "application/json"}
PATIENCE = 60  # seconds


class Wire(HTTPConnection):
    """Puts a question in one packet, not its head and its body in two."""

    def _send_output(self, message_body: bytes | None = None, encode_chunked: bool = False) -> None:
        packet = b"\r\n".join([*self._buffer, b"", message_body or b""])  # type: ignore[attr-defined]
        self._buffer.clear()  # type: ignore[attr-defined]
        self.send(packet)


@cache
def connection(host: str, port: int, thread: int) -> Wire:
    """A connection that stays open, for each node and thread."""
    return Wire(host, port, timeout=PATIENCE)


def post(self: HTTPSessionManager, endpoint_uri: str, data: bytes, **_: Any) -> bytes:
    """An answer of the local node."""
    url = urlsplit(endpoint_uri)
    wire = connection(url.hostname or "", url.port or 80, threading.get_ident())
    try:
        wire.request("POST", "/", data, JSON)
        answer = wire.getresponse()
        content = answer.read()
    except (OSError, HTTPException) as exc:  # not up yet: ape knows this library's errors
        wire.close()
        raise requests.ConnectionError(str(exc)) from exc
    assert answer.status == 200, (answer.status, content[:500])
    return content


def wait(self: Eth, transaction_hash: Any, timeout: float = PATIENCE, poll_latency: float = 0.001) -> Any:
    """Look for a receipt every millisecond: web3 waits for a tenth of a second where it is not there at once."""
    return wait_for_receipt(self, transaction_hash, timeout, poll_latency)


wait_for_receipt = Eth.wait_for_transaction_receipt


def refused(self: FoundryProvider, exception: Exception, revert_message: str | None = None, **known: Any) -> Exception:
    """The reason of a refusal, without the lines of source that led there: ape walks the trace for them, for seconds."""
    said = (revert_message or "").removeprefix("revert: ")
    known["set_ape_traceback"] = False
    return ContractLogicError(base_err=exception, revert_message=said or TransactionError.DEFAULT_MESSAGE, **known)


def dataclass_once(name: str, fields: list[str], **more: Any) -> type:
    """Ape makes the class of a struct anew for each one that it decodes."""
    key = (name, *fields)
    if key not in structs:
        structs[key] = make_dataclass(name, fields, **more)
    return structs[key]


structs: dict[tuple[str, ...], type] = {}


def quicken() -> None:
    """Once, before anything connects."""
    HTTPSessionManager.make_post_request = post  # type: ignore[method-assign]
    Eth.wait_for_transaction_receipt = wait  # type: ignore[method-assign]
    # Anvil's block limit, more than its blocks cost here, and that it mines at once.
    FoundryProvider.max_gas = 30_000_000  # type: ignore[assignment]
    FoundryProvider.base_fee = FoundryProvider.priority_fee = 10**10  # type: ignore[assignment]
    FoundryProvider.auto_mine = True  # type: ignore[assignment]
    Ethereum.default_transaction_type = TransactionType.DYNAMIC  # type: ignore[assignment]
    # That a contract has code, that a mined transaction counts, and what it would have printed.
    ContractMethodHandler._validate_is_contract = lambda self: None  # type: ignore[method-assign]
    ReceiptAPI._await_sender_nonce_increment = lambda self: None  # type: ignore[method-assign]
    FoundryProvider._handle_execution_reverted = refused  # type: ignore[method-assign]
    abi.make_dataclass = dataclass_once  # type: ignore[assignment]
    provider._post_send_transaction = lambda tx, receipt: None  # type: ignore[assignment]
