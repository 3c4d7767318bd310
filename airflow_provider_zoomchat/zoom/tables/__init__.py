"""Rows as a table that fits into a message: from a query, from Python, from a data frame.

`rows` reads what is given, `cells` shows a value, `layout` aligns the columns or makes fields of a
card, and `csv_file` writes all rows into a file.
"""

from __future__ import annotations

from .layout import Table as Table
from .layout import aligned as aligned
from .layout import as_fields as as_fields
from .layout import as_text as as_text
from .layout import check_size as check_size
from .layout import suits_fields as suits_fields
from .layout import table as table
