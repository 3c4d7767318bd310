"""Rows as a table that fits into a message: from a query, from Python, from a data frame.

`rows` reads what is given, `cells` shows a value, `layout` puts the columns one below the other,
`fields` makes a card's fields of them, and `csv_file` writes all of them into a file.
"""

from __future__ import annotations

from .fields import as_fields, suits_fields
from .layout import Table, aligned, as_text, check_size, table

__all__ = [
    "Table",
    "aligned",
    "as_fields",
    "as_text",
    "check_size",
    "suits_fields",
    "table",
]
