"""Values as text, and the room that they take."""

from __future__ import annotations

import datetime
import uuid
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_zoomchat.zoom.tables import cells, rows

#: What data frames have in the place of NULL, known by its name alone.
NA, NAT = type("NAType", (), {})(), type("NaTType", (), {})()

VALUES: list[tuple[Any, str]] = [
    (None, "–"),  # noqa: RUF001
    (float("nan"), "–"),  # noqa: RUF001
    (NA, "–"),  # noqa: RUF001
    (NAT, "–"),  # noqa: RUF001
    ("", ""),
    ("as it is", "as it is"),
    ("one\r\ntwo\tthree", "one two three"),
    ("\x1b[31mred\x1b[0m\x00", "red"),
    ("\u202eabc", "abc"),
    (True, "true"),
    (False, "false"),
    (2026, "2026"),
    (-48210, "-48210"),
    (0.1 + 0.2, "0.3"),
    (1203.3000000000002, "1203.3"),
    (3.0, "3.0"),
    (1e100, "1e+100"),
    (float("inf"), "inf"),
    (Decimal("10.50"), "10.50"),
    (Decimal("0E-20"), "0"),
    (Decimal("-0E+3"), "0"),
    (Decimal("0.00"), "0.00"),
    (Decimal("NaN"), "NaN"),
    (datetime.date(2026, 3, 1), "2026-03-01"),
    (datetime.datetime(2026, 3, 1, 6, tzinfo=datetime.timezone.utc), "2026-03-01 06:00:00+00:00"),
    (datetime.timedelta(hours=1), "1:00:00"),
    (b"\x01\xff", "0x01ff"),
    (bytearray(b"ab"), "0x6162"),
    (memoryview(b"ab"), "0x6162"),
    ({"a": [1, None], "b": "ä"}, '{"a": [1, null], "b": "ä"}'),
    ({(1, 2): 3}, "{(1, 2): 3}"),
    (uuid.UUID(int=0), "00000000-0000-0000-0000-000000000000"),
]


@pytest.mark.parametrize(
    ("value", "shown"), VALUES, ids=lambda value: repr(value).partition(" at 0x")[0][:30]
)
def test_values(value: Any, shown: str) -> None:
    """A value is shown in one line, as its database and people write it."""
    assert cells.shown(value, 40) == shown


class Mute:
    """A value of a driver that has no text."""

    def __str__(self) -> str:
        raise RuntimeError("closed")


def test_values_without_a_text() -> None:
    """What cannot be written is shown as its type, and never ends a report."""
    assert cells.text(Mute()) == "(Mute)"
    assert cells.text({"a": Mute(), "b": 1}) == '{"a": "(Mute)", "b": 1}'
    assert cells.shown([Mute()], 40) == '["(Mute)"]'
    assert rows.name(Mute()) == "(Mute)"
    assert cells.text(10**5000) == "1.00000e+5000"
    assert cells.text({"a": 10**5000}) == "(dict)"


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("abc", 3),
        ("Übung", 5),
        ("日本", 4),
        ("Ｗ", 2),  # noqa: RUF001
        ("e\u0301", 1),
        ("한국", 4),
        ("\u1112\u1161\u11ab", 2),
        ("👍", 2),
        ("👍🏽", 2),
        ("☝🏽", 2),
        ("🏽", 2),
        (" 🏽", 3),
        (" \ufe0f", 1),
        ("\u200d👍", 2),
        ("क\u094d\u200dष", 2),
        ("👨‍👩‍👧", 2),
        ("🏳️‍🌈", 2),
        ("❤️", 2),
        ("🇩🇪", 2),
        ("שלום", 4),
        ("\u200b", 0),
        ("", 0),
    ],
)
def test_widths(text: str, width: int) -> None:
    """Wide letters take two cells, accents none, and an emoji of many parts two in all."""
    assert cells.width(text) == width


@pytest.mark.parametrize(
    ("text", "room", "shown"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdefg", 6, "abcde…"),
        ("one two", 5, "one…"),
        ("日本語", 6, "日本語"),
        ("日本語", 5, "日本…"),
        ("日本語", 4, "日…"),
        ("ab👨‍👩‍👧cd", 5, "ab👨‍👩‍👧…"),
        ("ab👨‍👩‍👧cd", 4, "ab…"),
        ("ae\u0301cd", 3, "ae\u0301…"),
        ("abcde…", 5, "abcd…"),
    ],
)
def test_cuts(text: str, room: int, shown: str) -> None:
    """What is too long is cut between signs, and marked."""
    assert cells.cut(text, room) == shown


def test_a_large_value_costs_little() -> None:
    """Of a megabyte no more is looked at than what may be shown, and the cut is marked."""
    assert cells.shown("x" * 1_000_000, 6) == "xxxxx…"
    assert cells.shown(b"x" * 1_000_000, 6) == "0x787…"
    assert cells.shown("\x00" * 1_000_000, 6) == "…"
    assert cells.shown(" " * 1_000_000 + "a", 6) == "…"


@given(st.text(), st.integers(3, 50))
def test_a_cell_keeps_to_its_room(text: str, room: int) -> None:
    """Whatever a text holds, its cell is one line, fits, and can be filled up exactly."""
    shown = cells.shown(text, room)
    assert len(shown.splitlines()) <= 1
    assert cells.width(shown) <= room
    for right in (True, False):
        assert cells.width(cells.pad(shown, room, right)) == room
