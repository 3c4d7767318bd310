"""Rows as a CSV file."""

from __future__ import annotations

import csv
import datetime
import io
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_zoomchat.zoom.errors import ConfigError
from airflow_provider_zoomchat.zoom.tables import csv_file


def written(columns: list[Any], rows: list[Any]) -> str:
    file = io.StringIO(newline="")
    assert csv_file.write(file, columns, rows) == len(rows)
    return file.getvalue()


def test_a_file() -> None:
    """It has a header and a line for each row, quoted where needed; NULL is nothing."""
    rows = [
        ("a,b", 1, None, True),
        ('say "hi"', 2.5, Decimal("10.50"), False),
        ("two\nlines", -3, datetime.date(2026, 3, 1), b"\xff"),
    ]
    assert written(["k", "n", "v", "ok"], rows) == (
        "k,n,v,ok\r\n"
        '"a,b",1,,true\r\n'
        '"say ""hi""",2.5,10.50,false\r\n'
        '"two\nlines",-3,2026-03-01,0xff\r\n'
    )


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd", "'+cmd"),
        ("-cmd|' /C calc'!A0", "'-cmd|' /C calc'!A0"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("＝1", "'＝1"),  # noqa: RUF001
        ("-", "'-"),
        ("-5", "-5"),
        ("+49", "+49"),
        ("-1,234.5", "-1,234.5"),
        ("-3.5e-7", "-3.5e-7"),
        ("+5 %", "'+5 %"),
        ("+5%", "+5%"),
        (-5, "-5"),
        (-0.1 - 0.2, "-0.30000000000000004"),
        (Decimal("-1E+3"), "-1E+3"),
        ("a=1", "a=1"),
        ("", ""),
    ],
)
def test_formulas(value: Any, kept: str) -> None:
    """What a spreadsheet would compute gets an apostrophe; numbers stay as they are, exactly."""
    (header, row) = csv.reader(io.StringIO(written([value], [(value, "x")]), newline=""))
    assert (header[0], row[0]) == (kept, kept)


def test_rows_as_dicts() -> None:
    """Rows of a cursor that gives dicts are written too."""
    assert written(["a", "b"], [{"a": 1, "b": 2}]) == "a,b\r\n1,2\r\n"


def test_a_file_that_gets_too_large() -> None:
    """A result that Zoom would not take does not fill the disk."""
    with pytest.raises(ConfigError, match="The result is larger than 100,000 bytes"):
        csv_file.write(io.StringIO(), ["n"], [("x" * 10,)] * 20_000, limit=100_000)


@given(
    st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2, max_size=2))
)
def test_any_text_can_be_read_again(rows: list[list[str]]) -> None:
    """What is written is what a reader finds, but for apostrophes and null characters."""
    found = list(csv.reader(io.StringIO(written(["a", "b"], rows), newline="")))[1:]
    assert len(found) == len(rows)
    for was, now in zip(rows, found, strict=True):
        for old, new in zip(was, now, strict=True):
            assert new.removeprefix("'") == old.replace("\x00", "").removeprefix("'")
