"""push: the notification format of the EPNS / Push protocol, as it goes out and as it comes back."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty import push
from loyalty.errors import SettingsError
from loyalty.push import BROADCAST, SUBSET, TARGETED, Message

CUSTOMER = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
OTHER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
FULL = Message("Hello", "Body text", "asub text", "amsg text", "https://cta.example", "https://img.example/x.png")


def test_a_payload_is_the_sdks_bytes() -> None:
    """The published SDK's payload for the same message, without the keys it writes only on demand, byte for byte."""
    assert push.payload(FULL, TARGETED, push.caip(11155111, CUSTOMER)) == (
        '{"notification":{"title":"Hello","body":"Body text"},"data":{"acta":"https://cta.example",'
        '"aimg":"https://img.example/x.png","amsg":"amsg text","asub":"asub text","type":"3"},'
        '"recipients":"eip155:11155111:0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"}'
    )


def test_what_a_message_may_say_beside_its_text() -> None:
    """Expiry, hidden, silent and the setting it falls under stand after the type, in the SDK's order, and only where they are asked for."""
    whole = replace(FULL, expiry=1999999999, hidden=True, silent=True, category="2")
    told = json.loads(push.payload(whole, TARGETED, push.caip(1, CUSTOMER)))["data"]
    assert list(told)[5:] == ["etime", "hidden", "silent", "index"]
    assert (told["etime"], told["hidden"], told["silent"], told["index"]) == (1999999999, True, True, "2-1")
    slider = push.payload(replace(FULL, category="3-2-10"), TARGETED, push.caip(1, CUSTOMER))
    assert json.loads(slider)["data"]["index"] == "3-2-10"
    found = push.parse(push.direct(push.payload(whole, TARGETED, push.caip(1, CUSTOMER))))
    assert (found.expiry, found.hidden, found.silent, found.category) == (1999999999, True, True, "2-1")


@pytest.mark.parametrize("etime", [None, "", "soon", -5, 2**60, 1e400, True, [], {}, "12"])
def test_an_expiry_of_others_is_a_time_or_none(etime: Any) -> None:
    """Whatever stands there, it is read as unix seconds or as no expiry."""
    payload = {
        "notification": {"title": "t", "body": "b"},
        "data": {"type": "3", "etime": etime, "hidden": "1", "silent": "0"},
    }
    found = push.parse(push.direct(json.dumps(payload)))
    assert found.expiry in (0, 1, 12) and found.hidden and not found.silent


def test_texts_are_cut_where_it_is_asked_for() -> None:
    """Each text that is too long ends in an ellipsis at the length that clients show; links stay whole, and the rest as it was."""
    long = Message("t" * 60, "b" * 181, "s" * 80, "m" * 501, link="https://" + "x" * 300)
    cut = long.cut()
    assert [len(getattr(cut, name)) for name in ("title", "body", "subject", "message")] == [50, 180, 80, 500]
    assert cut.title == "t" * 49 + "…" and cut.subject == long.subject and cut.link == long.link
    with pytest.raises(SettingsError, match="the link has 308 characters"):
        cut.check()
    assert FULL.cut() == FULL


def test_a_subset_names_its_wallets_as_keys() -> None:
    """A list of recipients is an object whose values are null, in the order given."""
    text = push.payload(FULL, SUBSET, [push.caip(1, CUSTOMER), push.caip(1, OTHER)])
    assert text.endswith(f'"type":"4"}},"recipients":{{"eip155:1:{CUSTOMER}":null,"eip155:1:{OTHER}":null}}}}')


def test_text_is_written_as_it_is() -> None:
    """What is not ASCII is not escaped, as JSON.stringify leaves it; a message without a text of its own has its body's."""
    text = push.payload(Message("Gr\xfc\xdfe \N{PARTY POPPER}", "1 + 1"), BROADCAST, push.caip(1, OTHER))
    assert "Gr\xfc\xdfe \N{PARTY POPPER}" in text
    assert json.loads(text)["data"] == {"acta": "", "aimg": "", "amsg": "1 + 1", "asub": "", "type": "1"}


def test_identities_are_the_protocols() -> None:
    """Type 0 holds title and body, type 1 an IPFS address without its scheme, type 2 the payload."""
    assert push.minimal(TARGETED, Message("Hello", "Body text")) == "0+3+Hello+Body text"
    assert push.stored("ipfs://bafkrei") == "1+bafkrei"
    assert push.direct('{"a":1}') == '2+{"a":1}'


@pytest.mark.parametrize(
    ("identity", "kind", "title", "body"),
    [
        ("0+3+Hello+Body text", 3, "Hello", "Body text"),
        ("0+1+Hello+1+1=2+", 1, "Hello", "1+1=2+"),
        ("0+3+Hello+", 3, "Hello", ""),
        ("0+3+Hello++", 3, "Hello", "+"),
    ],
)
def test_type_0_is_read_as_the_nodes_read_it(identity: str, kind: int, title: str, body: str) -> None:
    """The type is one digit, the title goes to the next plus sign, the body has the rest, plus signs and all."""
    found = push.parse(identity)
    assert (found.kind, found.title, found.body) == (kind, title, body)
    assert (found.subject, found.message, found.pointer) == (title, body, "")


@pytest.mark.parametrize(
    "identity",
    [
        "", "0", "0+", "0+3", "0+3+Hello", "0+3++Body", "0+x+Hello+Body", "0+33+Hello+Body", "0+\N{ARABIC-INDIC DIGIT THREE}+a+b",
        "0+" + "1" * 5000 + "+a+b", "2+", "2+x", "2+[]", "2+{}", '2+{"data":{},"notification":{}}', "9+3+a+b", "2+" + "[" * 100_000,
        '2+{"notification":{"title":"t","body":"b"},"data":{"type":1e400}}',
        '2+{"notification":{"title":"t","body":"b"},"data":{"type":NaN}}',
        '2+{"notification":{"title":"t","body":"b"},"data":{"type":"' + "1" * 5000 + '"}}',
        '2+{"notification":"t","data":{"type":"1"}}',
        '2+{"notification":{"title":"t","body":"b"},"data":{"type":"1"},"recipients":5}',
        "1+bafkrei",
    ],
    ids=lambda identity: identity[:30],
)  # fmt: skip
def test_what_cannot_be_read_is_a_pointer(identity: str) -> None:
    """An identity that is not the protocol's is shown as it is, cut short, and never raises."""
    found = push.parse(identity)
    assert (found.kind, found.title, found.body, found.pointer) == (0, "", "", identity[:200])


def test_a_payload_is_read_back_whole() -> None:
    """Types 1 and 2 give all that was sent, and the recipients as plain lower-case addresses."""
    text = push.payload(FULL, SUBSET, [push.caip(1, CUSTOMER), push.caip(1, OTHER)])
    assert push.parse("9+bafkrei", text).pointer == "9+bafkrei", "a payload counts for a type that fetches one"
    for found in (push.parse(push.direct(text)), push.parse("1+bafkrei", text)):
        assert (found.kind, found.title, found.body, found.subject, found.message) == (
            4,
            *list(vars(FULL).values())[:4],
        )
        assert (found.link, found.image) == (FULL.link, FULL.image)
        assert found.recipients == (CUSTOMER.lower(), OTHER.lower())


def test_keys_that_others_leave_out_are_empty() -> None:
    """A payload without links or with null in their place is read, as the SDK reads it."""
    found = push.parse('2+{"notification":{"title":"t","body":"b"},"data":{"type":3,"asub":null}}')
    assert (found.kind, found.title, found.subject, found.message, found.link, found.recipients) == (
        3,
        "t",
        "",
        "",
        "",
        (),
    )


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//x", "HTTPS:/x", 5, {}]
)
def test_a_link_to_no_web_address_is_left_out(link: Any) -> None:
    """A link that a browser would run or read a file with is not passed on; the message is."""
    data = {"type": "1", "acta": link, "aimg": link, "amsg": "m", "asub": "s"}
    found = push.parse("2+" + json.dumps({"notification": {"title": "t", "body": "b"}, "data": data}))
    assert (found.link, found.image, found.message) == ("", "", "m")


@pytest.mark.parametrize(
    "bad", ["\x1b[2J", "\x07", "\0", "\x7f", "\x9b", "\r", "\u202e", "\u2066", "\ud800"], ids=lambda c: f"{ord(c[0]):x}"
)
def test_nothing_that_a_terminal_obeys_comes_back(bad: str) -> None:
    """Escape sequences, half surrogates and turns of direction are shown as one character that stands for them."""
    payload = json.dumps({"notification": {"title": bad, "body": "b" + bad}, "data": {"type": "1"}})
    for found in (push.parse(f"0+1+{bad}+b{bad}"), push.parse("2+" + payload), push.parse(bad)):
        shown = found.title + found.body + found.pointer
        assert shown.encode().decode() == shown.replace(bad[0], "")
        assert "\N{REPLACEMENT CHARACTER}" in shown


def test_joined_emoji_and_lines_stay_whole() -> None:
    """A family, a flag and a line end are text."""
    text = "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}\n\N{REGIONAL INDICATOR SYMBOL LETTER C}"
    assert push.parse(f"0+1+t+{text}").body == text


@settings(max_examples=300)
@given(st.text(), st.none() | st.text())
def test_parse_never_raises(identity: str, fetched: str | None) -> None:
    """Whatever text stands on chain, and whatever its address gives, parsing answers with text that can be encoded."""
    for text in (identity, "0+" + identity, "0+3+" + identity, "1+" + identity, "2+" + identity):
        found = push.parse(text, fetched)
        shown = "".join((found.title, found.body, found.subject, found.message, found.pointer, *found.recipients))
        assert shown.encode().decode() == shown


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
payloads = st.fixed_dictionaries(
    {},
    optional={
        "notification": json_values | st.fixed_dictionaries({"title": json_values, "body": json_values}),
        "data": json_values
        | st.fixed_dictionaries(
            {"type": json_values},
            optional={name: json_values for name in ("acta", "aimg", "amsg", "asub")},
        ),
        "recipients": json_values,
    },
)


@settings(max_examples=300)
@given(payloads)
def test_no_payload_makes_parse_raise(payload: dict[str, Any]) -> None:
    """JSON of about the right shape, with anything in its fields, is read or is a pointer."""
    text = json.dumps(payload)
    found = push.parse("2+" + text)
    assert isinstance(found.kind, int)
    assert found == push.parse("1+bafkrei", text) or found.pointer


plain = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cf"]), min_size=1, max_size=50)


@given(
    plain.filter(lambda t: "+" not in t), st.text(st.characters(exclude_categories=["Cc", "Cs", "Cf"]), max_size=180)
)
def test_a_minimal_message_comes_back(title: str, body: str) -> None:
    """Whatever the words, with plus signs in the body, title and body are read back as they were."""
    found = push.parse(push.minimal(TARGETED, Message(title, body)))
    assert (found.kind, found.title, found.body) == (TARGETED, title, body)


def test_limits_are_the_protocols() -> None:
    """The lengths at which its nodes cut, the wallets of a subset, and its numbers for whom a message goes to."""
    assert push.LIMITS == {"title": 50, "body": 180, "subject": 80, "message": 500, "link": 255, "image": 255}
    assert push.MAX_RECIPIENTS == 1_000
    assert (BROADCAST, TARGETED, SUBSET) == (1, 3, 4)


@pytest.mark.parametrize("name", list(push.LIMITS))
def test_what_clients_cut_is_refused(name: str) -> None:
    """A text of exactly the length that clients show is fine, one character more is refused by name."""
    limit = push.LIMITS[name]
    start = "https://" if name in ("link", "image") else ""
    good = {"title": "t", "body": "b", name: start + "x" * (limit - len(start))}
    Message(**good).check()
    with pytest.raises(SettingsError, match=f"the {name} has {limit + 1} characters and clients show {limit}"):
        Message(**{**good, name: good[name] + "x"}).check()


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (Message("", "b"), "needs a title and a body"),
        (Message("t", "  "), "needs a title and a body"),
        (Message("t", "b\x1b[2J"), "the body holds a control character"),
        (Message("t\0", "b"), "the title holds a control character"),
        (Message("t\u202e", "b"), "the title holds a control character"),
        (Message("t\udcff", "b"), "the title holds a control character"),
        (Message("t", "b", link="http://shop.example"), 'the link "http://shop.example" is not an https:// address'),
        (Message("t", "b", link="javascript:alert(1)"), "is not an https:// address"),
        (Message("t", "b", image="shop.example/x.png"), 'the image "shop.example/x.png" is not'),
        (Message("t", "b", category="news"), 'the category "news" is none'),
        (Message("t", "b", category="0"), 'the category "0" is none'),
        (Message("t", "b", category="1-2"), 'the category "1-2" is none'),
    ],
)
def test_what_should_not_be_sent_is_refused(message: Message, why: str) -> None:
    """Nothing to read, what a terminal obeys, and links that wallets do not open."""
    with pytest.raises(SettingsError, match=why):
        message.check()


def test_plain_is_what_type_0_can_hold() -> None:
    """A title and a body are plain; anything more, or a plus sign in the title, is not."""
    assert Message("Hello", "1 + 1").plain
    assert not Message("1 + 1", "Hello").plain
    assert not any(
        replace(Message("t", "b"), **more).plain
        for more in ({"expiry": 1}, {"silent": True}, {"hidden": True}, {"category": "1"})
    )
    assert not any(Message("t", "b", **{name: "https://x"}).plain for name in ("subject", "message", "link", "image"))


def test_only_type_1_points_elsewhere() -> None:
    """The IPFS address of a stored payload, and of nothing else."""
    assert push.pointer("1+bafkrei+x") == "bafkrei+x"
    assert [push.pointer(i) for i in ("0+3+a+b", "2+{}", "", "11+x")] == [None] * 4
