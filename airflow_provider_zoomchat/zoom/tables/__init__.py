"""Rows as a table that fits into a message: from a query, from Python, from a data frame.

`rows` reads what is given, `cells` shows a value, `layout` aligns the columns or makes fields of a
card, and `csv_file` writes all rows into a file.
"""

from __future__ import annotations

from .layout import Table, aligned, as_fields, as_text, check_size, suits_fields, table

__all__ = [
    "Table",
    "aligned",
    "as_fields",
    "as_text",
    "check_size",
    "suits_fields",
    "table",
]
