"""Telling a backend what became of its operations: one signed HTTP POST for each, at least once, under an id that stays.

The form is that of Standard Webhooks (standardwebhooks.com, version 1.0.0): headers webhook-id, webhook-timestamp and
webhook-signature, an HMAC-SHA256 over "id.timestamp.body" with the secret that both sides have.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from loyalty import units
from loyalty.errors import SettingsError
from loyalty.ledger import Ledger, notices
from loyalty.ledger.notices import Notice
from loyalty.outbox.crash import reached

# Seconds until the next try after the first, the second ... failure: what Standard Webhooks advises. Then it is given up.
RETRIES = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
TIMEOUT = 15.0
_ROUND = 20.0  # seconds that one round of telling may take: a backend that hangs holds nothing up
_PAGE = 100
_PREFIX = "whsec_"


@dataclass(frozen=True)
class Told:
    """What one round did: how many the backend has, how many are to be tried again, and how many were given up."""

    delivered: int = 0
    failed: int = 0
    given_up: int = 0


class Webhooks:
    """What a backend is told, at ``url``, signed with ``secret``. Without a URL nothing is noted and nobody is told."""

    def __init__(self, ledger: Ledger, url: str, secret: str) -> None:
        self._ledger = ledger
        self._url = url
        self._secret = secret

    def deliver(self) -> Told:
        """Tell what is due, oldest first, for twenty seconds at most. Raises SettingsError where loyalty.toml names no URL or no secret."""
        key = self._key()
        delivered = failed = given_up = 0
        ends = time.monotonic() + _ROUND
        with self._ledger.alone("webhooks") as alone:
            while alone and failed < 3 and time.monotonic() < ends:
                some = notices.due(self._ledger, units.now(), _PAGE)
                for one in some:
                    error = self._post(one, key)
                    reached("told")
                    if error is None:
                        notices.told(self._ledger, [one.id])
                        delivered += 1
                        continue
                    failed += 1
                    wait = RETRIES[one.tries] if one.tries < len(RETRIES) else None
                    given_up += wait is None
                    notices.failed(self._ledger, one, error, None if wait is None else units.now() + wait)
                    if failed >= 3 or time.monotonic() > ends:
                        break  # it is away: the rest of them would only wait too
                if len(some) < _PAGE:
                    break
        return Told(delivered, failed, given_up)

    def retry(self) -> int:
        """Try what was given up once more, in the next round; how many that is."""
        return notices.again(self._ledger)

    def _post(self, one: Notice, key: bytes) -> str | None:
        """Send one; None when the backend has it, else what went wrong."""
        import requests

        message = message_id(one)
        body = json.dumps(payload(one), separators=(",", ":"), ensure_ascii=False).encode()
        stamp = str(units.now())
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message,
            "webhook-timestamp": stamp,
            "webhook-signature": sign(key, message, stamp, body),
        }
        try:
            answer = requests.post(
                self._url, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False, stream=True
            )
            answer.close()
        except requests.RequestException as error:
            return type(error).__name__  # its text repeats the URL, which may hold a secret
        return None if 200 <= answer.status_code < 300 else f"HTTP {answer.status_code}"

    def _key(self) -> bytes:
        if not self._url:
            raise SettingsError("loyalty.toml names nobody to tell; add [webhooks] url and secret")
        return secret_key(self._secret)


def message_id(one: Notice) -> str:
    """The id that a message keeps however often it is sent."""
    return "msg_" + hashlib.sha256(f"{one.key}\n{one.event}\n{one.id}".encode()).hexdigest()[:32]


def payload(one: Notice) -> dict[str, Any]:
    """What a message says."""
    key = one.key.partition(":")[2]
    told = {
        "key": key, "kind": one.kind, "wallet": units.checksum(one.wallet) if one.wallet else "",
        "customer_id": one.customer_id, "amount": one.amount, "transaction": one.tx_hash, "reason": one.reason,
    }  # fmt: skip
    return {
        "type": f"operation.{one.event}",
        "timestamp": datetime.fromtimestamp(one.created_at, UTC).isoformat(),
        "data": told,
    }


def sign(key: bytes, message: str, stamp: str, body: bytes) -> str:
    """The signature header of a message."""
    mac = hmac.new(key, f"{message}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(mac).decode()


def secret_key(secret: str) -> bytes:
    """The bytes of a secret as both sides write it: whsec_ and base64 of 24 to 64 bytes."""
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(_PREFIX) or not 24 <= len(key) <= 64:
        # Not repeated.
        raise SettingsError(
            "[webhooks] secret is whsec_ and base64 of 24 to 64 random bytes, such as from: openssl rand -base64 32"
        )
    return key
