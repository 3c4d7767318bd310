"""Rows as a table that fits into a message: aligned columns of text, or fields of a card. Pure.

Rows that are not shown are counted, so that nobody takes twenty rows for all of them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..errors import ConfigError
from . import cells, rows

#: Pairs that a card shows well; of more, a table is the shorter.
_MOST = 10

#: Cells. Two pairs that are no wider may stand side by side.
_SHORT = 20


def suits_fields(table: Table) -> bool:
    """Tell whether a card shows a table better as pairs than as columns.

    That is a single row, or a few rows of a name and a value, with nothing left out.
    """
    if table.more or table.more_columns or not table.rows:
        return False
    if len(table.rows) == 1:
        return len(table.columns) <= _MOST and all(table.columns)
    return len(table.columns) == 2 and len(table.rows) <= _MOST and not table.right[0]


def as_fields(table: Table) -> list[dict[str, Any]]:
    """Return a table as the items of a card's block ``fields``.

    A single row gives its columns as pairs; a table of two columns gives its rows.

    :raises ConfigError: it has more of both.

    >>> from .tables import table
    >>> as_fields(table({"Table": "orders", "Rows": 48210}))[1]
    {'key': 'Rows', 'value': '48210', 'short': True}
    """
    if len(table.rows) == 1:
        pairs = list(zip(table.columns, table.rows[0], strict=True))
    elif len(table.columns) == 2:
        pairs = [(key, value) for key, value in table.rows]
    else:
        raise ConfigError(
            f"A table of {len(table.columns)} columns and {len(table.rows)} rows makes no fields: "
            "fields are one row, or two columns. Show it as text."
        )
    # A blank value is one space, or Zoom refuses the card; assumed: so is a blank key.
    # Source: https://developers.zoom.us/docs/team-chat/customizing-messages/ (fields)
    return [
        {
            "key": key or " ",
            "value": value or " ",
            "short": max(cells.width(key), cells.width(value)) <= _SHORT,
        }
        for key, value in pairs
    ]


#: Cells. A column is not made narrower than that.
_NARROWEST = 3

#: Cells. A column that is cut shorter says nothing, so columns are left out first.
_READABLE = 12

#: Rows of a table whose cells have to be made narrower.
_FEW = 10


@dataclass(frozen=True)
class Table:
    """The part of some rows that is shown.

    `rows` are texts of one line, and `right` says which columns are numbers. `more` is the number
    of rows behind these; where it is not all of them, `more_is_known` is false. `more_columns` is
    the number of columns that found no room.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[bool, ...]
    more: int = 0
    more_is_known: bool = True
    more_columns: int = 0


def table(
    data: Any,
    columns: Sequence[str] | None = None,
    *,
    max_rows: int = 20,
    max_cell: int = 40,
    count_rest: bool = True,
) -> Table:
    """Return the first rows of some data as a table.

    No more than these rows are kept, so memory stays flat on a cursor of a million rows.

    :param data: rows, each a tuple, a list or a dict (or all of them single values); one dict, for
        one row; a DB-API cursor after its query; a data frame of pandas (with its index, if that
        has a name) or of polars.
    :param columns: names for the columns; of dicts, the keys to take, in this order.
    :param max_rows: rows to show.
    :param max_cell: the width at which a cell is cut, in cells: a Chinese letter or an emoji takes
        two.
    :param count_rest: whether the other rows are counted if that means to read on, up to a million
        of them; otherwise the table only says that there are more.
    :raises ConfigError: a size is wrong, or the rows do not form a table: the error names the row.

    >>> print(as_text(table([("orders", 48210), ("items", 7)], ["table", "rows"])))
    table    rows
    ------  -----
    orders  48210
    items       7
    """
    check_size(max_rows=max_rows, max_cell=max_cell)
    found = rows.read_rows(data, columns, most=max_rows, count_rest=count_rest)
    return Table(
        columns=tuple(cells.cut(name, max_cell) for name in found.columns),
        rows=tuple(tuple(cells.shown(value, max_cell) for value in row) for row in found.first),
        right=tuple(map(_are_numbers, zip(*found.first, strict=True)))
        or (False,) * len(found.columns),
        more=found.more,
        more_is_known=found.more_is_known,
    )


def check_size(*, max_rows: Any, max_cell: Any) -> None:
    """Refuse a size that no table in a message can have.

    :raises ConfigError: one is not a whole number, or out of range: `max_rows` from 1 to 5000,
        `max_cell` from 3 to 1000.
    """
    sizes = (("max_rows", max_rows, 1, 5000), ("max_cell", max_cell, _NARROWEST, cells.WIDEST))
    for name, value, least, most in sizes:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ConfigError(
                f"{name} must be a whole number from {least} to {most}, not {value!r}."
            )


def as_text(table: Table, limit: int | None = None) -> str:
    """Return a table as lines of text: its columns' names, a rule, its rows, and what is missing.

    To keep to the limit, rows are left out from the end and counted. If not even one has room,
    cells are made narrower, then columns are left out from the right, and at last what remains is
    made as narrow as can be.

    :param limit: characters of the whole.
    :raises ConfigError: the limit has no room for even one column of one row.

    >>> print(as_text(Table(("day", "rows"), (("Mon", "7"), ("Tue", "12")), (False, True), more=9)))
    day  rows
    ---  ----
    Mon     7
    Tue    12
    and 9 more
    """
    if limit is None:
        return _lines(table, len(table.rows))
    # Each column takes a character at least.
    table = _first_columns(table, limit)
    for least in (_READABLE, _NARROWEST):
        for narrower in _narrower(table, least):
            if (shown := _fitting(narrower, limit)) is not None:
                return shown
        table = narrower
        if (shown := _of_fewer_columns(table, limit)) is not None:
            return shown
    raise ConfigError(f"A table has no room in {limit} characters. Leave it more.")


def aligned(
    columns: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[bool]
) -> list[str]:
    """Return the lines of a table whose columns stand one below the other.

    :param columns: names in one line each; if all are blank, neither they nor a rule is shown.
    :param rows: texts in one line each, for every row as many as there are columns.
    :param right: which columns stand on the right.
    """
    shown = [columns, *rows] if any(columns) else list(rows)
    widths = [max(1, *map(cells.width, column)) for column in zip(*shown, strict=True)]
    if any(columns):
        shown.insert(1, ["-" * width for width in widths])
    return [
        "  ".join(map(cells.pad, line, widths, right)).rstrip() if line else "" for line in shown
    ]


def _are_numbers(column: Sequence[Any]) -> bool:
    values = [value for value in column if not cells.is_missing(value)]
    return bool(values) and all(map(cells.is_number, values))


def _lines(table: Table, count: int) -> str:
    """Return the text of a table with so many of its rows."""
    lines = aligned(table.columns, table.rows[:count], table.right)
    if not table.rows:
        lines.append("(no rows)")
    rest = len(table.rows) - count + table.more
    missing = [f"and {'' if table.more_is_known else 'at least '}{rest:,} more"] if rest else []
    if rest == 1 and not table.more_is_known:
        missing = ["and more"]
    if table.more_columns:
        missing.append(f"{table.more_columns:,} of the columns left out")
    return "\n".join([*lines, "; ".join(missing)] if missing else lines)


def _narrower(table: Table, least: int) -> Iterator[Table]:
    """Yield a table as it is, and then with ever narrower cells, down to so many of them."""
    yield table
    # Where not even one line had room, hardly more of them will have.
    rows = table.rows[:_FEW]
    more = table.more + len(table.rows) - len(rows)
    widest = max((cells.width(cell) for row in (table.columns, *rows) for cell in row), default=0)
    while widest > least:
        widest = max(least, widest * 2 // 3)
        yield replace(
            table,
            columns=tuple(cells.cut(name, widest) for name in table.columns),
            rows=tuple(tuple(cells.cut(cell, widest) for cell in row) for row in rows),
            more=more,
        )


def _of_fewer_columns(table: Table, limit: int) -> str | None:
    """Return a table with as many of its columns as fit beside each other; None if none does."""

    def fits(count: int) -> bool:
        return _fitting(_first_columns(table, count), limit) is not None

    count = _most(fits, len(table.columns))
    return _fitting(_first_columns(table, count), limit) if count else None


def _first_columns(table: Table, count: int) -> Table:
    """Return a table with its first columns alone."""
    return replace(
        table,
        columns=table.columns[:count],
        rows=tuple(row[:count] for row in table.rows),
        right=table.right[:count],
        more_columns=table.more_columns + max(0, len(table.columns) - count),
    )


def _fitting(table: Table, limit: int) -> str | None:
    """Return a table with as many of its rows as fit; None if none of its rows fits.

    A table of nothing but blank cells is an empty text, and fits.
    """
    every = len(table.rows)
    if sum(len(cell) for row in table.rows for cell in row) <= limit:
        whole = _lines(table, every)
        if len(whole) <= limit:
            return whole
    count = _most(lambda count: len(_lines(table, count)) <= limit, every)
    return _lines(table, count) if count else None


def _most(fits: Callable[[int], object], most: int) -> int:
    """Return the greatest number that fits, where smaller ones fit too; 0 if none does.

    It is looked for from below, since to try a number costs as much as it is large.
    """
    bound = 1
    while bound < most and fits(bound):
        bound *= 2
    return bisect_left(range(1, min(bound, most) + 1), True, key=lambda n: not fits(n))
