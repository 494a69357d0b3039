"""units: what people write, turned into what the ledger and the contracts hold."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from eth_utils import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from loyalty import units
from loyalty.errors import SettingsError

CHECKSUMMED = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"
LOWER = CHECKSUMMED.lower()


@pytest.mark.parametrize(
    "written",
    [
        LOWER,
        CHECKSUMMED,
        "0x" + LOWER[2:].upper(),
        "0X" + LOWER[2:].upper(),
        f"  {LOWER}\t",
        f"\N{NO-BREAK SPACE}{LOWER}",
    ],
    ids=["lower", "checksummed", "upper", "0X", "blanks", "no-break space"],
)
def test_address_takes_every_case(written: str) -> None:
    """An address in lower, upper or right mixed case is the same address, blanks around it or not."""
    assert units.address(written) == LOWER


@pytest.mark.parametrize(
    "written",
    [
        LOWER[:-1],
        LOWER + "0",
        LOWER[2:],
        "",
        "0x",
        LOWER.replace("a", "\N{CYRILLIC SMALL LETTER A}"),
        LOWER.replace("9", "\N{FULLWIDTH DIGIT NINE}"),
        LOWER[:20] + "\N{ZERO WIDTH SPACE}" + LOWER[20:],
        LOWER + "\N{ZERO WIDTH SPACE}",
        LOWER[:20] + " " + LOWER[20:],
        LOWER + "\n" + LOWER,
        "0x" + "g" * 40,
        "shop.eth",
        "0x" + "0" * 39 + "\N{SUPERSCRIPT ONE}",
    ],
    ids=[
        "39 digits", "41 digits", "no 0x", "empty", "only 0x", "Cyrillic", "full-width", "zero width inside",
        "zero width after", "blank inside", "two lines", "not hexadecimal", "a name", "superscript",
    ],
)  # fmt: skip
def test_address_refuses_what_only_looks_like_one(written: str) -> None:
    """Anything but 0x and 40 ASCII hexadecimal digits is refused in one line that repeats it."""
    with pytest.raises(SettingsError, match="is not an address") as refused:
        units.address(written)
    assert "\n" not in str(refused.value)


def test_address_refuses_a_wrong_checksum() -> None:
    """A mixed-case address with one letter's case changed is refused: it may be another customer's."""
    with pytest.raises(SettingsError, match="wrong checksum"):
        units.address(CHECKSUMMED.replace("dA", "Da"))


def test_address_refuses_the_zero_address() -> None:
    """Points sent to the zero address would be lost."""
    with pytest.raises(SettingsError, match="zero address"):
        units.address("0x" + "0" * 40)


@given(st.integers(1, 2**160 - 1))
def test_checksum_is_the_one_that_eth_utils_makes(number: int) -> None:
    """Our ERC-55 spelling equals eth_utils', and is read back as the same address."""
    lower = f"0x{number:040x}"
    assert units.checksum(lower) == to_checksum_address(lower)
    assert units.address(units.checksum(lower)) == lower


@pytest.mark.parametrize("written", ["0x12", "0X", " 0xabc"])
def test_is_address_looks_at_the_prefix_alone(written: str) -> None:
    """Whatever starts with 0x is meant as an address, right or wrong; a customer's id never is."""
    assert units.is_address(written)
    assert not units.is_address("customer-" + written)


@pytest.mark.parametrize(("written", "number"), [("1", 1), (100, 100), (" 7 ", 7), ("007", 7), (2**42 - 1, 2**42 - 1)])
def test_amount_takes_whole_positive_numbers(written: str | int, number: int) -> None:
    """Whole numbers are taken as text or as integers, up to what one lot holds."""
    assert units.amount(written) == number


@pytest.mark.parametrize(
    "written",
    [
        "0", "-1", "+1", "1.5", "1e3", "1,5", "1 000", "1_000", "0x10", "", "  ", "NaN", "inf", "1" * 5000, 1.0, True,
        "\N{ARABIC-INDIC DIGIT ONE}\N{ARABIC-INDIC DIGIT TWO}", "\N{FULLWIDTH DIGIT ONE}", "\N{SUPERSCRIPT TWO}",
        2**42, 2**256, -1,
    ],
)  # fmt: skip
def test_amount_refuses_everything_else(written: str | int) -> None:
    """Fractions, signs, exponents, other scripts' digits, nothing and too much are refused in one line."""
    with pytest.raises(SettingsError) as refused:
        units.amount(written)
    assert len(str(refused.value)) < 200 and "\n" not in str(refused.value)


def test_whole_names_what_it_is_about() -> None:
    """A number out of bounds is refused with its name and both bounds; the bounds themselves are in."""
    assert [units.whole(n, "months", least=1, most=12) for n in ("1", 12)] == [1, 12]
    for wrong in ("0", 13, "x", "", "1.0"):
        with pytest.raises(SettingsError, match=r"months is .* from 1 to 12"):
            units.whole(wrong, "months", least=1, most=12)


@pytest.mark.parametrize("written", ["order-1", "a", "A:b/c?d#e", "~" * 200])
def test_key_takes_printable_ascii(written: str) -> None:
    """A key is kept as it is."""
    assert units.key(written) == written


@pytest.mark.parametrize("written", ["", "a b", "a\n", "é", "\N{CYRILLIC SMALL LETTER A}", "a" * 201, "a\0", "\x7f"])
def test_key_refuses_what_another_system_could_change(written: str) -> None:
    """Blanks, control characters, other alphabets and more than 200 characters make no key."""
    with pytest.raises(SettingsError, match="cannot be a key"):
        units.key(written)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1970-01-01", datetime(1970, 1, 1, tzinfo=UTC)),
        ("2026-03-31", datetime(2026, 3, 31, tzinfo=UTC)),
        (" 2026-03-31T18:00 ", datetime(2026, 3, 31, 18, tzinfo=UTC)),
        ("2026-03-31T18:00Z", datetime(2026, 3, 31, 18, tzinfo=UTC)),
        ("2026-03-31T18:00+02:00", datetime(2026, 3, 31, 16, tzinfo=UTC)),
        ("2106-02-07T06:28:15", datetime(2106, 2, 7, 6, 28, 15, tzinfo=UTC)),
    ],
)
def test_moment_is_utc_unless_it_says_otherwise(written: str, meant: datetime) -> None:
    """A date is its first second in UTC; a time without a zone is UTC."""
    assert units.moment(written) == int(meant.timestamp())


@pytest.mark.parametrize(
    "written",
    [
        "",
        "tomorrow",
        "2026-02-30",
        "31.03.2026",
        "2026-1-1",
        "1969-12-31",
        "2106-02-07T06:28:16",
        "9999-12-31T23:59-23:59",
        "\ud800",
    ],
)
def test_moment_refuses_what_is_no_date_or_too_far(written: str) -> None:
    """What is not an ISO date, or needs more than 32 bits, is refused."""
    with pytest.raises(SettingsError, match=r"is not a date|outside the years"):
        units.moment(written)


@given(st.integers(1, 2**32 - 1))
def test_iso_reads_back_as_the_same_minute(seconds: int) -> None:
    """What is shown of a time is that time, down to the minute, and a day alone only where it is midnight."""
    shown = units.iso(seconds)
    assert units.moment(shown.replace(" ", "T")) == seconds - seconds % 60
    assert (len(shown) == 10) == (seconds % 86400 == 0)


@pytest.mark.parametrize(
    ("seconds", "shown"), [(86_400, "1970-01-02"), (86_460, "1970-01-02 00:01"), (1_774_980_000, "2026-03-31 18:00")]
)
def test_iso_leaves_midnight_out(seconds: int, shown: str) -> None:
    """A day's first second is that day."""
    assert units.iso(seconds) == shown


def test_iso_of_no_time_is_a_dash() -> None:
    """A clock that stands still and a time nobody knows are shown alike."""
    assert units.iso(0) == units.iso(None) == "-"


@pytest.mark.parametrize(
    ("wei", "shown"),
    [
        (0, "0"),
        (1, "0.000000000000000001"),
        (21_000 * 10**9, "0.000021"),
        (12_345_678 * 10**6, "0.0000123"),
        (10**14, "0.0001"),
        (123456789012345678, "0.1234"),
        (10**17, "0.1"),
        (10**18, "1"),
        (10 * 10**18, "10"),
        (1_999_999_999_999_999_999, "1.9999"),
        (10_000 * 10**18, "10000"),
    ],
)
def test_ether_keeps_the_digits_that_say_something(wei: int, shown: str) -> None:
    """Four decimals, or three digits that are not zero where the amount is smaller; never more than there is."""
    assert units.ether(wei) == shown


@given(st.integers(0, 10**24))
def test_ether_never_shows_more_than_there_is(wei: int) -> None:
    """The shown amount is at most the true one, and less than a hundredth or 0.0001 below it."""
    whole, _, rest = units.ether(wei).partition(".")
    shown = int(whole) * 10**18 + int(rest.ljust(18, "0"))
    assert 0 <= wei - shown <= max(10**14, wei // 100)


parts = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=4), max_size=4)


@given(parts, parts)
def test_fingerprint_keeps_its_parts_apart(one: list[str], other: list[str]) -> None:
    """Two lists of parts have one fingerprint only when they are the same list."""
    assert (units.fingerprint(*one) == units.fingerprint(*other)) == (one == other)


@given(parts, st.integers(0, 4))
def test_fingerprint_sees_where_a_part_ends(pieces: list[str], cut: int) -> None:
    """The same text cut in another place is another fingerprint."""
    text = "".join(pieces)
    assert units.fingerprint(text, "") != units.fingerprint(text)
    if text[:cut] not in (text, ""):
        assert units.fingerprint(text[:cut], text[cut:]) != units.fingerprint(text, "")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=3), json_values, max_size=4))
def test_canonical_does_not_depend_on_the_order_of_keys(value: dict[str, object]) -> None:
    """The same value gives the same text whatever order its keys came in, and the text is JSON of it."""
    assert units.canonical(dict(reversed(value.items()))) == units.canonical(value)
    assert json.loads(units.canonical(value)) == value


def test_short_shows_both_ends() -> None:
    """An address in a table is told by its first and last four digits."""
    assert units.short(LOWER) == "0xd8da…6045"
