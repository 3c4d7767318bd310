"""Rows as a CSV file."""

from __future__ import annotations

import csv
import datetime
import io
import re
from contextlib import nullcontext, suppress
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
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
        ("\t=1", "'\t'=1"),
        ("\tx", "'\tx"),
        (" =1", "' =1"),
        ("\ufeff\u200b=1", "'\ufeff\u200b=1"),
        ('"=1"', '\'"=1"'),
        ("\x01\x00=1", "'\x01=1"),
        ("x;=cmd|' /C calc'!A0", "x;'=cmd|' /C calc'!A0"),
        ("x; =1", "x;' =1"),
        ('x;"=1', "x;'\"=1"),
        ("x;\xa0+1+1", "x;'\xa0+1+1"),
        ("x;;@SUM(A1);-y", "x;;'@SUM(A1);'-y"),
        ("x\t=1", "x\t'=1"),
        ("x|=1", "x|'=1"),
        ("x\n=1\r\n-y", "x\n'=1\r\n'-y"),
        ("x\u2028=1", "x\u2028'=1"),
        ("x;＝1", "x;'＝1"),  # noqa: RUF001
        ("5;-3; +4,5 ;-6%", "5;-3; +4,5 ;-6%"),
        ("x;-3 and more", "x;'-3 and more"),
        ("x,=1", "x,=1"),
        ("a;b=1", "a;b=1"),
        ("'=1", "'=1"),
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
        (Fraction(-1, 2), "-1/2"),
        ("-1/2", "'-1/2"),
        (float("nan"), ""),
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


@pytest.mark.parametrize("text", ["x" * 10, "é" * 5, "\udc80" * 10, "x" * 50_000])
def test_a_file_that_gets_too_large(text: str, tmp_path: Path) -> None:
    """Of a result that Zoom would not take, not a byte beyond the limit is on the disk."""
    path, source = tmp_path / "rows.csv", iter([(text,)] * 20_000)

    with (
        pytest.raises(ConfigError, match="The result is larger than 100,000 bytes"),
        path.open("w", newline="", encoding=csv_file.ENCODING, errors="replace") as file,
    ):
        csv_file.write(file, ["n"], source, limit=100_000)
    line = len(text.encode("utf-8", "replace")) + 2
    assert 100_000 - line < path.stat().st_size <= 100_000
    assert 20_000 - len(list(source)) == (path.stat().st_size - 6) // line + 1


def test_a_file_that_just_fits(tmp_path: Path) -> None:
    """Every byte of the file counts, the mark in front too, and the last one may be used."""
    path = tmp_path / "rows.csv"
    for limit, size in ((17, 17), (16, 14)):
        file = path.open("w", newline="", encoding=csv_file.ENCODING)
        with file, suppress(ConfigError) if size < limit else nullcontext():
            csv_file.write(file, ["né"], [("x,",), ("1",)], limit=limit)
        assert path.stat().st_size == size


@given(
    st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2, max_size=2))
)
def test_any_text_can_be_read_again(rows: list[list[str]]) -> None:
    """What is written is what a reader finds, but for apostrophes and null characters."""
    found = list(csv.reader(io.StringIO(written(["a", "b"], rows), newline="")))[1:]
    assert len(found) == len(rows)
    for was, now in zip(rows, found, strict=True):
        for old, new in zip(was, now, strict=True):
            assert new.replace("'", "") == old.replace("\x00", "").replace("'", "")


@given(st.lists(st.text(st.sampled_from("ab1 =-+@;|,\t\r\n\"'")), min_size=2, max_size=2))
def test_no_spreadsheet_finds_a_formula(values: list[str]) -> None:
    """However a program splits the file, with or without an eye for quotes, no cell computes."""
    line = written(["a", "b"], [["x", *values]])
    cells = list(csv.reader(io.StringIO(line, newline="")))[1]
    for delimiter in ";|\t":
        for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
            read = csv.reader(io.StringIO(line, newline=""), delimiter=delimiter, quoting=quoting)
            cells += [cell for row in read for cell in row]
    for cell in cells:
        start = cell.lstrip(' "')
        assert start[:1] not in ("=", "@")
        assert start[:1] not in ("+", "-") or re.match(r"[+-]\d", start)
