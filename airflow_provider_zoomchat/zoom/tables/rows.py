"""The first rows of whatever has rows, and how many more there are. Pure.

No more is kept than what is asked for, however much there is. Data frames and cursors are known by
what they can do, since neither pandas nor polars nor a database need be there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from itertools import chain, islice
from sys import getsizeof
from typing import Any

from .. import sanitize
from ..errors import ConfigError
from . import cells

#: How many rows are counted by reading on: an endless source, or a table of a billion rows, has to
#: end somewhere.
MAX_COUNTED = 1_000_000

#: How many rows are fetched from a cursor at a time, at most: how large they are is known only once
#: they are here, and large ones may stand behind small ones.
BATCH = 100

#: Bytes that the rows fetched at a time should have together.
_BATCH_BYTES = 4 * 1024 * 1024

#: Rows of the first batch.
_FIRST = 10

_TEXTS = (str, bytes, bytearray, memoryview)

_REMEDY = (
    "Give a list of tuples or dicts, one for each row, the cursor of a query, or a data frame."
)


@dataclass(frozen=True)
class Rows:
    """The first rows of something.

    `columns` has a name for each value of a row, blank where there is none. `more` is the number of
    rows behind these, or, unless `more_is_known`, the least that it can be.
    """

    columns: tuple[str, ...]
    first: tuple[tuple[Any, ...], ...]
    more: int = 0
    more_is_known: bool = True


def read_rows(data: Any, columns: Any = None, *, most: int, count_rest: bool = True) -> Rows:
    """Return the first rows of some data.

    :param data: rows, each a tuple, a list or a dict (or all of them single values); one dict, for
        one row; a DB-API cursor after its query; a data frame of pandas or polars.
    :param columns: names for the columns; of dicts, the keys to take, in this order.
    :param most: rows to keep.
    :param count_rest: whether the other rows are counted if that means to read on; otherwise it
        is only known whether there are any.
    :raises ConfigError: the rows do not form a table; the error names the row.
    """
    if columns is not None:
        if isinstance(columns, (str, bytes, Mapping)) or not isinstance(columns, Iterable):
            raise ConfigError(f"columns must be a list of names, not {type(columns).__name__}.")
        columns = list(columns)
    names, iterator, total = _opened(data, most)
    # Of a cursor's large rows, all but what is shown is let go at once.
    kept = map(_start, iterator) if hasattr(data, "fetchmany") else iterator
    first = list(islice(kept, most))
    more, known = 0, True
    if len(first) == most and total is not None:
        more = total - most
    elif len(first) == most:
        more, known = _counted(data, iterator, most, count_rest)
    named, rows = _in_columns(names, first, columns)
    return Rows(tuple(map(name, named)), rows, more, known)


def fetched(cursor: Any, first: int = 0) -> Iterator[Any]:
    """Yield the rows of a cursor, a batch at a time: of large rows fewer at a time.

    Source: https://peps.python.org/pep-0249/ (an empty sequence says that there are no more).

    :param first: rows after which the others may not be needed; they come in batches of their own.
    """
    # The first ones tell how large rows are; later batches grow as long as these stay small.
    size, left = min(first or _FIRST, _FIRST), first
    while batch := cursor.fetchmany(size):
        values = (row.values() if isinstance(row, Mapping) else row for row in batch)
        listed = (row for row in values if isinstance(row, Iterable))
        weight = 1 + sum(map(getsizeof, chain.from_iterable(listed)))
        size = max(1, min(BATCH, 4 * size, len(batch) * _BATCH_BYTES // weight))
        left -= len(batch)
        size = min(size, left) if left > 0 else size
        yield from batch
        # Not kept beside the next one.
        del batch, values, listed


def cursor_columns(cursor: Any) -> list[Any]:
    """Return the names of a cursor's columns.

    :raises ConfigError: the statement gives no rows (its `description` is None).
    """
    if cursor.description is None:
        raise ConfigError("The statement gives no rows, so there is no table. Give a query.")
    return [column[0] for column in cursor.description]


def name(column: Any) -> str:
    """Return a column's name in one line; one of several levels, as pandas has, with all of them.

    >>> name(("sales", 2026)), name(None)
    ('sales / 2026', '')
    """
    if isinstance(column, tuple):
        return " / ".join(filter(None, map(name, column)))
    return sanitize.one_line(cells.text(column)[:1000])


def _opened(data: Any, most: int) -> tuple[list[Any] | None, Iterator[Any], int | None]:
    """Return the names of the columns, the rows, and how many these are, if that is free to know.

    The names are None where the rows themselves have them, or nobody has.
    """
    if isinstance(data, Mapping):
        if any(isinstance(value, (list, tuple)) for value in data.values()):
            raise ConfigError(f"A dict of lists has columns and no rows. {_REMEDY}")
        return None, iter([data]), 1
    if hasattr(data, "fetchmany") and hasattr(data, "description"):
        return cursor_columns(data), fetched(data, most), None
    if hasattr(data, "itertuples") and hasattr(data, "columns"):
        return _of_pandas(data, most)
    if hasattr(data, "iter_rows") and hasattr(data, "columns"):
        return list(data.columns), data.iter_rows(), len(data)
    if isinstance(data, _TEXTS) or not isinstance(data, Iterable):
        kind = "None" if data is None else f"a value of type {type(data).__name__}"
        raise ConfigError(f"There are no rows in {kind}. {_REMEDY}")
    return None, iter(data), len(data) if isinstance(data, Sized) else None


def _start(row: Any) -> Any:
    """Return a row of a cursor with no more of its long texts than any cell may show."""
    if isinstance(row, Mapping):
        return dict(zip(row, _start(tuple(row.values())), strict=True))
    if not isinstance(row, (tuple, list)):
        return row
    starts = (value[: cells.MOST_SHOWN] if isinstance(value, _TEXTS) else value for value in row)
    # A part of a memoryview would keep the whole.
    return tuple(bytes(value) if isinstance(value, memoryview) else value for value in starts)


def _of_pandas(frame: Any, most: int) -> tuple[list[Any], Iterator[Any], int]:
    """Return what `_opened` does. An index with a name is what was grouped by, so it is shown."""
    head = frame.head(most)
    rows = head.itertuples(index=False, name=None)
    levels = list(head.index.names)
    if levels == [None] * len(levels):
        return list(head.columns), rows, len(frame)
    keys = head.index if len(levels) > 1 else ((key,) for key in head.index)
    indexed = ((*key, *row) for key, row in zip(keys, rows, strict=True))
    return [*levels, *head.columns], indexed, len(frame)


def _counted(data: Any, rows: Iterator[Any], read: int, count_rest: bool) -> tuple[int, bool]:
    """Return how many rows are left, and whether that is all of them."""
    total = getattr(data, "rowcount", None)
    # -1 is unknown; some drivers count what was fetched so far, and others say 2**64 - 1.
    if isinstance(total, int) and read < total < 2**60:
        return total - read, True
    if not count_rest:
        found = sum(1 for _ in islice(rows, 1))
        return found, not found
    found = sum(1 for _ in islice(rows, MAX_COUNTED + 1))
    return min(found, MAX_COUNTED), found <= MAX_COUNTED


def _in_columns(
    names: list[Any] | None, rows: list[Any], wanted: list[Any] | None
) -> tuple[Sequence[Any], tuple[tuple[Any, ...], ...]]:
    """Return the names of the columns, and each row with a value for each of them."""
    kinds = list(map(_kind, rows))
    for number, kind in enumerate(kinds, 1):
        _check(kind == kinds[0], number, f"is {kind}, and the first one is {kinds[0]}")
    if kinds and kinds[0] == "a dict":
        keys = wanted or names or list(dict.fromkeys(chain.from_iterable(rows)))
        for key in keys:
            if not any(key in row for row in rows):
                raise ConfigError(f"columns names {str(key)[:40]!r}, which none of the rows has.")
        _check(bool(keys), 1, "has no values")
        return keys, tuple(tuple(row.get(key) for key in keys) for row in rows)
    values = [
        (row,) if kind == "a value" else tuple(row) for kind, row in zip(kinds, rows, strict=True)
    ]
    columns = wanted or names or _own_names(rows) or [""] * (len(values[0]) if values else 0)
    for number, row in enumerate(values, 1):
        _check(bool(row), number, "has no values")
        _check(
            len(row) == len(columns),
            number,
            f"has {len(row)} values, and the table has {len(columns)} columns",
        )
    return columns, tuple(values)


def _kind(row: Any) -> str:
    if isinstance(row, Mapping):
        return "a dict"
    is_single = isinstance(row, _TEXTS) or not isinstance(row, Iterable)
    return "a value" if is_single else "a list of values"


def _check(right: bool, number: int, wrong: str) -> None:
    if not right:
        raise ConfigError(
            f"The rows do not form a table: row {number} {wrong}. Give all rows the same shape."
        )


def _own_names(rows: list[Any]) -> list[Any]:
    """Return the names that rows have, as named tuples and the rows of some databases do."""
    row = rows[0] if rows else None
    named = getattr(row, "_fields", None) or getattr(row, "keys", None) or []
    return list(named() if callable(named) else named)
