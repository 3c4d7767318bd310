"""One value of a table as text, and how much room it takes. Pure.

Room is counted in cells of a type whose letters are all equally wide: Chinese letters and emoji
take two of them, accents that are characters of their own none.
Source of the widths: https://www.unicode.org/reports/tr11/ (UAX 11, East Asian Width).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from functools import lru_cache
from numbers import Number
from typing import Any
from unicodedata import category, east_asian_width

from .. import sanitize

#: Stands for NULL, and so tells it from an empty text.
MISSING = "\N{EN DASH}"

_LONG = (str, bytes, bytearray, memoryview)

#: Characters that are looked at for each cell of room: accents, joiners and blanks take none.
_LOOK = 4

#: Cells of the widest cell.
WIDEST = 1000

#: Characters of a value beyond which no cell shows any.
MOST_SHOWN = _LOOK * WIDEST + 1

_JOINER = "\N{ZERO WIDTH JOINER}"
_AS_EMOJI = "\N{VARIATION SELECTOR-16}"
_SKIN = range(0x1F3FB, 0x1F400)

#: Vowels and finals of Hangul, which are shown within the letter in front of them.
_HANGUL = range(0x1160, 0x1200)


def is_missing(value: object) -> bool:
    """Tell whether a value is NULL: None, or what data frames have in its place.

    Those of pandas are known by their names, because pandas need not be there.
    """
    if isinstance(value, float):
        return value != value
    return value is None or type(value).__name__ in ("NAType", "NaTType")


def is_number(value: object) -> bool:
    """Tell whether a value is a number, which stands on the right of its column."""
    return isinstance(value, Number) and not isinstance(value, bool)


def text(value: Any) -> str:
    """Return a value as a text, whole; NULL is empty.

    Numbers keep their digits and get no separators, since nobody can tell an amount from a year or
    an id. A float is rounded to 15 digits: what stands behind them is noise, as in 0.1 + 0.2. What
    has no text of its own is shown as its type.

    >>> text(0.1 + 0.2), text(True), text(b"\\x01\\xff"), text({"a": None})
    ('0.3', 'true', '0x01ff', '{"a": null}')
    """
    if is_missing(value):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        exact = float.__repr__(value)
        return exact if len(exact) <= 16 else f"{value:.15g}"
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"0x{bytes(value).hex()}"
    if isinstance(value, Decimal) and not value:
        # A zero with many digits behind the point would be 0E-20.
        return f"{value:f}" if (value.as_tuple().exponent in range(-6, 1)) else "0"
    if isinstance(value, (dict, list)):
        try:
            return json.dumps(value, ensure_ascii=False, default=_own)
        except (TypeError, ValueError, RecursionError):
            return _own(value)
    return _own(value)


def _own(value: Any) -> str:
    """Return `str` of a value, or its type if that raises, as with values of some drivers."""
    with suppress(Exception):
        return str(value)
    # Python writes no whole number of thousands of digits, but a Decimal knows how many.
    with suppress(Exception):
        return f"{Decimal(value):.6g}"
    return f"({type(value).__name__})"


def shown(value: Any, cells: int) -> str:
    """Return a value in one harmless line of at most so many cells; NULL is a dash.

    >>> shown("one\\ntwo", 40), shown("a long text", 6)
    ('one two', 'a lon…')
    """
    if is_missing(value):
        return MISSING
    look = _LOOK * cells
    # Of a large value no more is made into a text than what may be shown.
    start = value[: look + 1] if isinstance(value, _LONG) else value
    whole = text(start)
    line = sanitize.one_line(whole[:look])
    return cut(f"{line}…" if len(whole) > look else line, cells)


@lru_cache(8192)
def width(line: str) -> int:
    """Return how many cells a text of one line takes.

    >>> width("abc"), width("日本"), width("e\\u0301"), width("👍🏽")
    (3, 4, 1, 2)
    """
    return len(line) if line.isascii() else sum(cells for _, cells in _signs(line))


def cut(line: str, cells: int) -> str:
    """Return a text of at most so many cells; what is cut off is marked, and no sign is halved.

    >>> cut("日本語", 5), cut("abc", 3)
    ('日本…', 'abc')
    """
    if width(line) <= cells:
        return line
    end, free = 0, cells - 1
    for sign, wide in _signs(line):
        if wide > free:
            break
        end, free = end + len(sign), free - wide
    return f"{line[:end].rstrip().removesuffix('…')}…"


def pad(line: str, cells: int, right: bool = False) -> str:
    """Return a text filled with blanks up to so many cells, on its left if `right` is true."""
    blanks = " " * (cells - width(line))
    return f"{blanks}{line}" if right else f"{line}{blanks}"


def _signs(line: str) -> Iterator[tuple[str, int]]:
    """Yield what is shown as one sign, accents and all, with its cells."""
    start, cells = 0, 0
    for index, character in enumerate(line):
        code, kind = ord(character), category(character)
        wide = 2 if east_asian_width(character) in ("W", "F") else 1
        if kind in ("Mn", "Me", "Cf") or code in _HANGUL:
            wide = 0
        after_joiner = line[index - 1 : index] == _JOINER and kind == "So"
        # A skin tone alone, or a joiner in front of everything, is no part of an emoji.
        joins_emoji = (code in _SKIN or after_joiner) and category(line[start]) == "So"
        if index and (wide == 0 or joins_emoji):
            # An emoji that is narrow in old fonts, such as a heart, is wide with this behind it.
            if (character == _AS_EMOJI or joins_emoji) and cells and not line[start].isspace():
                cells = 2
            continue
        if index:
            yield line[start:index], cells
        start, cells = index, wide
    if line:
        yield line[start:], cells
