"""The EPNS / Push notification format: identities as they go on chain, and messages as they are read back.

Source: the protocol's notification standards (github.com/push-protocol, PIPs) and its SDK's payload helpers.
An identity is ``<storage type>+<pointer>``: type 0 holds the message itself, 1 an IPFS address, 2 the whole payload as JSON.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Any

from loyalty.errors import SettingsError

BROADCAST, TARGETED, SUBSET = 1, 3, 4
"""Notification types: to every subscriber, to one wallet, to a list of wallets."""

LIMITS = {"title": 50, "body": 180, "subject": 80, "message": 500, "link": 255, "image": 255}
"""Characters that the protocol's clients show; what is longer they cut."""

MAX_RECIPIENTS = 1_000
"""Wallets that one subset notification may name."""

MAX_IDENTITY = 8_192
"""Bytes that our contract takes as an identity: a list of about a hundred wallets, or the address of a longer one."""

_LINKS = ("https://", "ipfs://")

# Which of the channel's settings a message falls under, as the nodes filter: option, type, and a slider's value.
_FILTER = re.compile(r"[1-9][0-9]{0,2}(-(1|[23]-[0-9]{1,9}))?")

# Characters that make a text read other than it is: they turn its direction around.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True)
class Message:
    """What a customer reads: the notification on the lock screen (title, body), and inside (subject, message, link, image).

    ``expiry`` (unix seconds) is when it stops being shown; a ``silent`` one makes no sound, a ``hidden`` one is for programs and in no list.
    ``category`` is the channel's setting that it falls under: ``2`` for the second, or with a slider's value ``3-2-10``.
    """

    title: str
    body: str
    subject: str = ""
    message: str = ""
    link: str = ""
    image: str = ""
    expiry: int = 0
    silent: bool = False
    hidden: bool = False
    category: str = ""

    def cut(self) -> Message:
        """The same with its texts as long as clients show them, each cut one ending in an ellipsis. Links are not cut: that would break them."""
        long = {name: getattr(self, name) for name in ("title", "body", "subject", "message")}
        short = {
            name: text[: LIMITS[name] - 1].rstrip() + "…" for name, text in long.items() if len(text) > LIMITS[name]
        }
        return replace(self, **short)

    def check(self) -> None:
        """Raise for what a client would cut, could not parse, or should not be sent."""
        if self.category and not _FILTER.fullmatch(self.category):
            raise SettingsError(
                f'the category "{self.category[:20]}" is none; write the number of a setting of the channel, such as 2, or with a slider\'s value 3-2-10'
            )
        for name, limit in LIMITS.items():
            text: str = getattr(self, name)
            if len(text) > limit:
                raise SettingsError(f"the {name} has {len(text)} characters and clients show {limit}; shorten it")
            if any(map(_hidden, text)):
                raise SettingsError(f"the {name} holds a control character; remove it")
        if not self.title.strip() or not self.body.strip():
            raise SettingsError("a notification needs a title and a body")
        for name in ("link", "image"):
            text = getattr(self, name)
            if text and not text.startswith(_LINKS):
                raise SettingsError(f'the {name} "{text[:60]}" is not an https:// address; wallets open no other')

    @property
    def plain(self) -> bool:
        """Whether it is only a title and a body, so that it fits into identity type 0."""
        inside = self.subject or self.message or self.link or self.image
        more = self.expiry or self.silent or self.hidden or self.category
        return not inside and not more and "+" not in self.title


def caip(chain_id: int, checksummed: str) -> str:
    """A wallet with its chain, as CAIP-10 writes it."""
    return f"eip155:{chain_id}:{checksummed}"


def payload(message: Message, kind: int, recipients: str | list[str]) -> str:
    """The payload as JSON, keys in the order the protocol's SDK writes and signs them; recipients are CAIP-10."""
    data: dict[str, Any] = {
        "acta": message.link,
        "aimg": message.image,
        "amsg": message.message or message.body,
        "asub": message.subject,
        "type": str(kind),
    }
    # In this order, and only where there is something to say.
    if message.expiry:
        data["etime"] = message.expiry
    for name in ("hidden", "silent"):
        if getattr(message, name):
            data[name] = True
    if message.category:
        data["index"] = message.category if "-" in message.category else f"{message.category}-1"
    document = {
        "notification": {"title": message.title, "body": message.body},
        "data": data,
        "recipients": recipients if isinstance(recipients, str) else dict.fromkeys(recipients),
    }
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


def minimal(kind: int, message: Message) -> str:
    """Identity type 0: the title may hold no plus sign, the body may."""
    return f"0+{kind}+{message.title}+{message.body}"


def stored(uri: str) -> str:
    """Identity type 1: the payload is at this ipfs:// address."""
    return f"1+{uri.removeprefix('ipfs://')}"


def direct(payload_json: str) -> str:
    """Identity type 2: the payload itself."""
    return f"2+{payload_json}"


@dataclass(frozen=True)
class Parsed:
    """An identity read back. ``recipients`` are lower-case addresses where the payload names any; ``pointer`` is what could not be read here."""

    kind: int
    title: str
    body: str
    subject: str = ""
    message: str = ""
    link: str = ""
    image: str = ""
    recipients: tuple[str, ...] = ()
    pointer: str = ""
    expiry: int = 0
    silent: bool = False
    hidden: bool = False
    category: str = ""


def pointer(identity: str) -> str | None:
    """The IPFS address inside an identity of type 1."""
    storage, _, rest = identity.partition("+")
    return rest if storage == "1" else None


def parse(identity: str, fetched: str | None = None) -> Parsed:
    """Read an identity as the protocol's nodes do; ``fetched`` is the payload of a type 1.

    Anybody can put any text on chain, so this never raises, leaves out links to other than web addresses, and shows a
    character that a terminal would obey as one it cannot show.
    """
    storage, _, rest = identity.partition("+")
    if storage == "0":
        kind, _, text = rest.partition("+")
        title, plus, body = text.partition("+")
        # One digit, as the nodes read it.
        if len(kind) == 1 and kind in "0123456789" and title and plus:
            return Parsed(int(kind), _clean(title), _clean(body), subject=_clean(title), message=_clean(body))
    if storage == "2" or (storage == "1" and fetched is not None):
        try:
            return _parsed_payload(json.loads(rest if storage == "2" else fetched or ""))
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
            pass
    return Parsed(0, "", "", pointer=_clean(identity[:200]))


def _parsed_payload(document: dict[str, Any]) -> Parsed:
    data, shown = document["data"], document["notification"]
    named = document.get("recipients") or ""
    listed = [named] if isinstance(named, str) else list(named)
    return Parsed(
        kind=int(data["type"]),
        title=_clean(shown["title"]),
        body=_clean(shown["body"]),
        subject=_clean(data.get("asub")),
        message=_clean(data.get("amsg")),
        link=_link(data.get("acta")),
        image=_link(data.get("aimg")),
        recipients=tuple(_clean(r).rpartition(":")[2].lower() for r in listed if r),
        expiry=_time(data.get("etime")),
        silent=_flag(data.get("silent")),
        hidden=_flag(data.get("hidden")),
        category=_clean(data.get("index"))[:20],
    )


def _flag(value: Any) -> bool:
    """True, or as the nodes write it "1"."""
    return value is True or str(value) == "1"


def _time(value: Any) -> int:
    """Unix seconds; 0 for what is none."""
    try:
        found = int(value or 0)
    except (ValueError, TypeError, OverflowError):
        return 0
    return found if 0 < found < 2**53 else 0


def _link(value: Any) -> str:
    link = _clean(value)
    return link if link.startswith((*_LINKS, "http://")) else ""


def _clean(value: Any) -> str:
    """Text that can be shown anywhere."""
    return "".join("\ufffd" if _hidden(c) else c for c in str(value or ""))


def _hidden(character: str) -> bool:
    """Whether a character is obeyed rather than shown (control, half a surrogate pair, a change of direction). A line end is fine."""
    return character != "\n" and (unicodedata.category(character) in ("Cc", "Cs") or character in _TURNING)
