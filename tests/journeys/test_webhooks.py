"""A backend is told what became of its operations: checked with the Standard Webhooks library, on a real server that fails, hangs and comes back."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from loyalty.program import Program
from tests.journeys.shop import ANVIL, Shop

SECRET = "whsec_bG95YWx0eS1sb3lhbHR5LWxveWFsdHktbG95YWx0eQ=="


@dataclass
class Backend:
    """A server that keeps what it was told, and answers as it is told to."""

    url: str = ""
    status: int = 200
    told: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def messages(self) -> list[dict[str, Any]]:
        """What was told, each verified as the library does, with its id."""
        found = []
        for headers, body in self.told:
            found.append(json.loads(json.dumps(Webhook(SECRET).verify(body, headers))) | {"id": headers["webhook-id"]})
        return found


@pytest.fixture
def backend() -> Iterator[Backend]:
    """It listens for as long as the test lasts."""
    about = Backend()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            about.told.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(about.status)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    about.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    yield about
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def brand(tmp_path_factory: pytest.TempPathFactory, backend: Backend) -> Iterator[Shop]:
    """A deployed shop that tells the backend."""
    shop = Shop(tmp_path_factory.mktemp("webhooks"), {"HOOK_SECRET": SECRET})
    shop("init", "Maple Records")
    settings = shop.folder / "loyalty.toml"
    settings.write_text(settings.read_text() + f'\n[webhooks]\nurl = "{backend.url}"\nsecret = "${{HOOK_SECRET}}"\n')
    shop("chain", "start")
    try:
        shop("deploy", "--yes")
        shop("webhooks", "deliver")
        backend.told.clear()
        yield shop
    finally:
        shop("chain", "stop")


def test_each_operation_is_told_once_it_is_on_chain(brand: Shop, backend: Backend) -> None:
    """After send the backend has one message for each award, signed so that the library of its other side takes it."""
    for number in range(3):
        brand("points", "award", ANVIL[1], str(10 + number), "--key", f"order-{number}")
    brand("send", "--yes")
    messages = backend.messages()
    assert [(one["type"], one["data"]["key"], one["data"]["amount"]) for one in messages] == [
        ("operation.confirmed", f"order-{n}", 10 + n) for n in range(3)
    ]
    assert all(one["data"]["transaction"].startswith("0x") and one["data"]["wallet"] == ANVIL[1] for one in messages)
    brand("send", "--yes")
    assert len(backend.told) == 3
    headers, body = backend.told[0]
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body.replace(b"10", b"11"), headers)


def test_what_was_not_taken_is_told_again_under_the_same_id(brand: Shop, backend: Backend) -> None:
    """A backend that is down, moved or broken costs no award, and gets the same message later; a redirect is not followed."""
    brand("points", "award", ANVIL[1], "5", "--key", "late")
    for status in (500, 302, 410):
        backend.status = status
        if status == 500:
            brand("send", "--yes")
        else:
            due_now(brand)
            assert "1 message not taken (0 given up)" in brand("webhooks", "deliver", code=1).err
    assert brand("points", "balance", ANVIL[1], "--json").json["points"] == 5
    backend.status = 204
    due_now(brand)
    assert brand("webhooks", "deliver", "--json").json == {"delivered": 1, "failed": 0, "given_up": 0}
    assert len({headers["webhook-id"] for headers, _ in backend.told}) == 1 and len(backend.told) == 4
    assert brand("webhooks", "deliver", "--json").json["delivered"] == 0


def test_killed_before_it_is_crossed_out_it_is_told_again(brand: Shop, backend: Backend) -> None:
    """A sender that dies right after the backend has answered tells it again, with the same id: at least once, never lost."""
    brand("points", "award", ANVIL[1], "5", "--key", "twice")
    brand("send", "--yes", code=-9, LOYALTY_CRASH_AT="told")
    brand("send", "--yes")
    first, second = (headers["webhook-id"] for headers, _ in backend.told)
    assert first == second


def test_given_up_after_ten_tries_and_said(brand: Shop, backend: Backend) -> None:
    """What nobody took for three days is given up, status says so, and a command tries it again."""
    brand("points", "award", ANVIL[1], "5", "--key", "lost")
    backend.status = 503
    brand("send", "--yes")
    for _ in range(9):
        due_now(brand)
        brand("webhooks", "deliver", code=1)
    assert "1 message to your backend given up after ten tries" in brand("status").out
    backend.status = 200
    assert brand("webhooks", "deliver", "--json").json["delivered"] == 0
    brand("webhooks", "retry")
    assert brand("webhooks", "deliver", "--json").json["delivered"] == 1


def test_failures_and_reorganisations_are_told(brand: Shop, backend: Backend) -> None:
    """An award that the contract refuses is told with its reason; one whose block is gone is told, and told again when it is back."""
    with opened(brand) as program:
        budget = program.settings.points.budget
        program.points.award(ANVIL[2], budget + 1, key="too-much")
        program.points.award(ANVIL[2], 7, key="fine")
        program.send()
        assert program.wait(program.points.award(ANVIL[2], 7, key="fine"), 0).state in ("final", "confirmed")
        program.node.ask("anvil_reorg", 1, [])
        program.send()
    events = [(one["type"].partition(".")[2], one["data"]["key"]) for one in backend.messages()]
    assert ("failed", "too-much") in events
    assert [event for event, key in events if key == "fine"] == ["confirmed", "reorged", "confirmed"]
    (reason,) = [one["data"]["reason"] for one in backend.messages() if one["data"]["key"] == "too-much"]
    assert "budget" in reason


@pytest.mark.parametrize(
    ("url", "secret", "told"),
    [
        ("http://shop.example/hook", SECRET, "is an https:// address"),
        ("ftp://127.0.0.1/", SECRET, "is an https:// address"),
        ("https://[", SECRET, "is not a URL"),
        ("https://shop.example/hook", "whsec_short", "whsec_ and base64"),
        ("https://shop.example/hook", "", "whsec_ and base64"),
    ],
)
def test_a_wrong_setting_is_one_sentence(brand: Shop, url: str, secret: str, told: str) -> None:
    """A URL or a secret that cannot be is said before anything is told; the secret is not repeated."""
    settings = brand.folder / "loyalty.toml"
    start = settings.read_text().partition("[webhooks]")[0]
    settings.write_text(start + f'[webhooks]\nurl = "{url}"\nsecret = "{secret}"\n')
    err = brand("webhooks", "deliver", code=1).err
    assert told in err and "short" not in err
    settings.write_text(start)
    assert "names nobody to tell" in brand("webhooks", "deliver", code=1).err


def test_a_backend_that_waits(brand: Shop) -> None:
    """wait() returns what became of an operation that somebody else sends, or what it still is when the time is over."""
    with opened(brand) as program, opened(brand) as other:
        award = program.points.award(ANVIL[3], 9, key="waited-for")
        assert program.wait(award, 0.1).state == "queued"
        sender = threading.Thread(target=other.send)
        sender.start()
        done = program.wait(award, 30)
        sender.join()
    assert done.state == "final" and done.tx_hash is not None


def test_metrics_and_logs(brand: Shop) -> None:
    """Prometheus reads what the program is like; with --log json each step of a send is a line, and no line has a key in it."""
    brand("points", "award", ANVIL[1], "5", "--key", "seen")
    lines = [json.loads(line) for line in brand("--log", "json", "send", "--yes", "--json").err.splitlines()]
    assert [one["event"] for one in lines] == ["formed", "signed", "sent", "final"]
    assert all(SECRET not in json.dumps(one) for one in lines)
    text = brand("metrics").out
    assert 'loyalty_operations{kind="points.award",state="final"} 1.0' in text
    assert "loyalty_node_up 1.0" in text and "loyalty_attention" in text


def due_now(brand: Shop) -> None:
    """As if the time until the next try were over."""
    from sqlalchemy import text

    with opened(brand) as program, program.ledger.write() as connection:
        connection.execute(text("UPDATE notices SET next_at = 0 WHERE next_at IS NOT NULL"))


def opened(brand: Shop) -> Program:
    """The shop's program, with its secret in the environment."""
    import os

    os.environ.update(brand.environment)
    return Program.open(brand.folder)
