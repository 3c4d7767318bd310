"""Rows as a CSV file that people open in a spreadsheet. Pure: the file is the caller's.

Format of the file: https://www.rfc-editor.org/rfc/rfc4180. It is in UTF-8 with a mark in front,
without which Excel takes it for something else; pandas and most other readers skip the mark.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TextIO

from ..errors import ConfigError
from ..files import MAX_SIZE
from . import cells

#: To open the file with, next to ``newline=""``.
ENCODING = "utf-8-sig"

#: Bytes of the mark in front.
_MARK = 3

#: What a spreadsheet may split a cell of this file at. Where the decimal point is a comma, Excel
#: splits at semicolons, at line ends too then, whatever the quotes say; other programs offer tabs
#: and bars. (At a comma it does not hurt: the quotes hold there.)
_SPLITS = r";|\t\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029"

#: What it may leave out at the beginning of a cell: blanks, control characters, quotes.
_SKIPPED = r'\x00-\x08\x0e-\x1b\x1f \xa0\u1680\u2000-\u200d\u202f\u205f-\u2060\u3000\ufeff"'

#: What begins a formula, which may then read other cells or call out.
#: Source: https://owasp.org/www-community/attacks/CSV_Injection
_BEGINS = r"=+\-@\uff1d\uff0b\uff0d\uff20"

#: Without one of these no text becomes a formula.
_NEEDED = re.compile(rf"[\t\r\n{_BEGINS}]")

_AT_START = re.compile(rf"[\t\r\n]|[{_SKIPPED}]*[{_BEGINS}]")
_BEHIND = re.compile(rf"[{_SPLITS}](?=[{_SKIPPED}]*[{_BEGINS}])")
_CELL = re.compile(rf"[^{_SPLITS}]*")

_PLAIN_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*([eE][+-]?\d+)?%?")


def write(
    file: TextIO, columns: Sequence[Any], rows: Iterable[Any], *, limit: int = MAX_SIZE
) -> int:
    """Write a header and rows, one at a time, and return the number of rows.

    NULL becomes nothing, and bytes their hexadecimal digits. Wherever in a text a spreadsheet might
    find a formula, it gets an apostrophe in front, unless it is a number such as -5.

    :param limit: bytes that the file may have; nothing is written beyond them.
    :raises ConfigError: it would get larger.
    """
    writer = csv.writer(_Bounded(file, limit))
    writer.writerow([_safe(name) for name in columns])
    count = 0
    for row in rows:
        values = row.values() if isinstance(row, Mapping) else row
        writer.writerow([_safe(value) for value in values])
        count += 1
    return count


class _Bounded:
    """A file that takes only so many bytes."""

    def __init__(self, file: TextIO, limit: int) -> None:
        self.file = file
        self.limit = limit
        self.size = _MARK

    def write(self, line: str) -> None:
        """Write a line of the file, unless it makes the file too large."""
        self.size += len(line) if line.isascii() else len(line.encode("utf-8", "replace"))
        if self.size > self.limit:
            raise ConfigError(
                f"The result is larger than {self.limit:,} bytes, and Zoom takes no larger file. "
                "Narrow the query, or send a link to where the data is."
            )
        self.file.write(line)


def _safe(value: Any) -> str:
    if isinstance(value, float) and not cells.is_missing(value):
        return float.__repr__(value)
    # Python before 3.11 cannot write it, and no spreadsheet has any use for it.
    text = cells.text(value).replace("\x00", "")
    if not _NEEDED.search(text) or cells.is_number(value):
        return text
    start = "'" if _AT_START.match(text) and not _starts_number(text, 0) else ""
    return start + _BEHIND.sub(
        lambda split: split[0] + ("" if _starts_number(text, split.end()) else "'"), text
    )


def _starts_number(text: str, start: int) -> bool:
    """Tell whether what may become a cell of its own is a number."""
    cell = _CELL.match(text, start)
    return bool(cell and _PLAIN_NUMBER.fullmatch(cell[0].strip()))
