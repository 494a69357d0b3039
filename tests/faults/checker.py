"""An outside witness: reads the chain over plain JSON-RPC and the ledger by SQL, as a file or in PostgreSQL, and never asks the engine."""

from __future__ import annotations

import json
import sqlite3
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg
from eth_abi.abi import decode
from eth_account import Account
from eth_account.typed_transactions import TypedTransaction
from eth_utils.crypto import keccak
from hexbytes import HexBytes

TRANSFER = "0x" + keccak(b"Transfer(address,address,uint256)").hex()
SENT = "0x" + keccak(b"SendNotification(address,address,bytes)").hex()
ZERO = "0x" + "0" * 64


class Witness:
    """What a chain and a ledger (a SQLite file, or a PostgreSQL database by its URL) really hold."""

    def __init__(self, url: str, ledger: Path | str) -> None:
        self.url = url
        self.ledger = ledger

    def rpc(self, method: str, *params: Any) -> Any:
        """One JSON-RPC answer."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        request = urllib.request.Request(self.url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            told = json.load(answer)
        assert "error" not in told, told
        return told["result"]

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Rows of the ledger."""
        if isinstance(self.ledger, str):
            with psycopg.connect(self.ledger.replace("+psycopg", ""), autocommit=True) as database:
                return [_bytes_of(row) for row in database.execute(statement)]  # type: ignore[arg-type, unused-ignore]
        connection = sqlite3.connect(f"file:{self.ledger}?mode=ro", uri=True)
        try:
            return connection.execute(statement).fetchall()
        finally:
            connection.close()

    def contract(self, noun: str) -> str:
        """Where a noun's contract stands, by the ledger."""
        return str(dict(self.rows("SELECT noun, address FROM deployments"))[noun])

    def logs(self, noun: str, *topics: str) -> list[dict[str, Any]]:
        """All logs of a contract."""
        wanted = {"address": self.contract(noun), "topics": list(topics), "fromBlock": "0x0", "toBlock": "latest"}
        found: list[dict[str, Any]] = self.rpc("eth_getLogs", wanted)
        return found

    def minted(self) -> Counter[tuple[str, int]]:
        """How often each (wallet, amount) was minted in points."""
        return Counter(
            ("0x" + log["topics"][2][26:], int(log["data"], 16)) for log in self.logs("points", TRANSFER, ZERO)
        )

    def tokens(self, noun: str) -> Counter[str]:
        """How many tokens of an ERC-721 each wallet was given."""
        return Counter("0x" + log["topics"][2][26:] for log in self.logs(noun, TRANSFER, ZERO))

    def notifications(self) -> Counter[str]:
        """How often each identity was sent."""
        return Counter(
            decode(["bytes"], bytes.fromhex(log["data"][2:]))[0].decode() for log in self.logs("notify", SENT)
        )

    def owed(self, kind: str) -> list[tuple[str, int, str, str]]:
        """Wallet, amount, arguments and state of every operation of a kind."""
        return self.rows(
            "SELECT o.wallet, o.amount, o.args, CASE o.state WHEN 'batched' THEN b.state ELSE o.state END "
            f"FROM operations o LEFT JOIN batches b ON b.id = o.batch_id WHERE o.kind = '{kind}'"
        )

    def check(self, *, nonces: bool = True) -> None:
        """Raise unless everything accepted is on chain exactly once, everything is settled, and no nonce carried two intents.

        ``nonces`` False leaves the last out: where a ledger was restored, the bytes of what was sent since are in none.
        """
        awards = self.owed("points.award")
        assert Counter((wallet, amount) for wallet, amount, _, _ in awards) == self.minted()
        for noun, kind in (("poap", "poap.award"), ("warranty", "warranty.register")):
            assert Counter(wallet for wallet, _, _, _ in self.owed(kind)) == self.tokens(noun), noun
        sent = Counter(json.loads(args)["identity"] for _, _, args, _ in self.owed("notify.send"))
        assert sent == self.notifications()
        states = Counter(state for (state,) in self.rows("SELECT state FROM operations"))
        assert set(states) == {"batched"}, states
        assert {state for (state,) in self.rows("SELECT state FROM batches")} <= {"final", "dissolved"}
        if nonces:
            self.check_nonces()

    def check_nonces(self) -> None:
        """The signer has nothing pending and no gap, and every set of signed bytes for a nonce makes the same call."""
        intents: dict[tuple[str, int], set[tuple[str, str]]] = {}
        for nonce, raw in self.rows("SELECT nonce, raw FROM attempts"):
            signer = Account.recover_transaction(raw).lower()
            call = TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
            assert call["nonce"] == nonce
            known = intents.setdefault((signer, nonce), set())
            if "0x" + bytes(call["to"]).hex() == signer and not call["data"]:
                continue  # spends the nonce and does nothing
            known.add((str(call.get("to")), bytes(call["data"]).hex()))
        assert all(len(calls) <= 1 for calls in intents.values())
        for signer in {signer for signer, _ in intents}:
            latest = int(self.rpc("eth_getTransactionCount", signer, "latest"), 16)
            pending = int(self.rpc("eth_getTransactionCount", signer, "pending"), 16)
            assert latest == pending == len([1 for who, _ in intents if who == signer])


def _bytes_of(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(bytes(one) if isinstance(one, memoryview) else one for one in row)
