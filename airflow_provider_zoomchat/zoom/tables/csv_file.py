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

#: Rows after which the size of the file is looked at.
_STEP = 10_000

#: To open the file with, next to ``newline=""``.
ENCODING = "utf-8-sig"

#: What spreadsheets take for a formula, which may then read other cells or call out.
#: Source: https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = re.compile(r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")

_PLAIN_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*([eE][+-]?\d+)?%?")


def write(
    file: TextIO, columns: Sequence[Any], rows: Iterable[Any], *, limit: int = MAX_SIZE
) -> int:
    """Write a header and rows, one at a time, and return the number of rows.

    NULL becomes nothing, and bytes their hexadecimal digits. A text that a spreadsheet would take
    for a formula gets an apostrophe in front, unless it is a number such as -5.

    :param limit: bytes that the file may have.
    :raises ConfigError: it gets larger.
    """
    writer = csv.writer(file)
    writer.writerow([_safe(name) for name in columns])
    count = 0
    for row in rows:
        values = row.values() if isinstance(row, Mapping) else row
        writer.writerow([_safe(value) for value in values])
        count += 1
        # In steps, since asking means to empty the buffer.
        if count % _STEP == 0 and file.tell() > limit:
            raise ConfigError(
                f"The result is larger than {limit:,} bytes, and Zoom takes no larger file. "
                "Narrow the query, or send a link to where the data is."
            )
    return count


def _safe(value: Any) -> str:
    if isinstance(value, float) and not cells.is_missing(value):
        return float.__repr__(value)
    # Python before 3.11 cannot write it, and no spreadsheet has any use for it.
    text = cells.text(value).replace("\x00", "")
    if cells.is_number(value) or not _FORMULA.match(text) or _PLAIN_NUMBER.fullmatch(text):
        return text
    return f"'{text}"
