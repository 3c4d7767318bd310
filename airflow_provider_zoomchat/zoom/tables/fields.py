"""A small table as the fields of a card: pairs of a key and a value. Pure."""

from __future__ import annotations

from typing import Any

from ..errors import ConfigError
from . import cells
from .layout import Table

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
