"""What the library tells as it sends, for programs: the logger "loyalty", each record with fields, and a form of them as JSON lines.

Records name kinds, numbers, hashes and public addresses. Keys, passphrases, URLs and customers are in none.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

LOG = logging.getLogger("loyalty")
LOG.addHandler(logging.NullHandler())


def told(event: str, **fields: object) -> None:
    """Tell one step, with what it is about."""
    LOG.info(event, extra={"loyalty": fields})


class JsonLines(logging.Formatter):
    """One JSON object a line: when, how grave, what, and its fields."""

    def format(self, record: logging.LogRecord) -> str:
        """A record as a line."""
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        about = {"time": when, "level": record.levelname.lower(), "event": record.getMessage()}
        return json.dumps(about | getattr(record, "loyalty", {}), default=str)


def to_stderr() -> None:
    """Tell every step on stderr, as JSON lines."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    LOG.addHandler(handler)
    LOG.setLevel(logging.INFO)
