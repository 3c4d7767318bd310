"""What a table costs: milliseconds for 10,000 rows of which 50 are shown, memory for a million.

And the memory for a thousand rows of 1 MB each, shown and written into a file: in processes of
their own, since what is asked of the system is the most memory that a process ever had.
"""

from __future__ import annotations

import io
import multiprocessing
import resource
import sqlite3
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from measuring import milliseconds

from airflow_provider_zoomchat.transfers import report
from airflow_provider_zoomchat.zoom.tables import as_text, csv_file, rows, table

RUNS = 101
COLUMNS = ["day", "region", "orders", "amount", "share", "note"]
MANY = 1_000_000


def row(number: int) -> tuple[Any, ...]:
    """Return a row as reports have them, with wide letters in every third."""
    note = ("on time", None, "遅れています 🚨")[number % 3]
    return f"2026-03-{number % 28 + 1:02}", f"region {number}", number, number * 1.1, 0.5, note


def cursor(count: int) -> sqlite3.Cursor:
    """Return a cursor over so many rows, which the database makes as they are fetched."""
    return sqlite3.connect(":memory:").execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
        "SELECT '2026-03-01' AS day, 'region ' || i AS region, i AS orders, i * 1.1 AS amount, "
        "0.5 AS share, 'on time' AS note FROM n",
        [count],
    )


class Nowhere(io.StringIO):
    """A file that keeps nothing."""

    def write(self, text: str) -> int:
        """Take it."""
        return len(text)


def generated(count: int) -> Iterator[tuple[Any, ...]]:
    """Yield so many rows."""
    return map(row, range(count))


def shown(data: Any, columns: list[str] | None = None) -> None:
    """Make a table and its text."""
    as_text(table(data, columns, max_rows=50), 4096)


def as_csv(source: sqlite3.Cursor) -> None:
    """Write all rows."""
    csv_file.write(Nowhere(), rows.cursor_columns(source), rows.fetched(source))


def kilobytes(work: Callable[[], None]) -> float:
    """Return the most memory that some work has at once."""
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1024


def large(count: int) -> sqlite3.Cursor:
    """Return a cursor over so many rows of 1 MB."""
    return sqlite3.connect(":memory:").execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
        "SELECT i, hex(zeroblob(500000)) AS dump FROM n",
        [count],
    )


def large_shown(count: int) -> None:
    """Make a table of its first rows."""
    as_text(table(large(count), max_rows=500), 4096)


def large_as_csv(count: int) -> None:
    """Write it into a file."""
    with tempfile.TemporaryDirectory() as folder:
        report.write(Path(folder, "result.csv"), large(count))


def more_resident(work: Callable[[int], None]) -> tuple[float, float]:
    """Return the megabytes that a thousand rows need beyond ten, and the seconds."""
    work(10)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    work(1000)
    seconds = time.perf_counter() - start
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024, seconds


def main() -> None:
    """Print times and memory."""
    tuples = [row(number) for number in range(10_000)]
    dicts = [dict(zip(COLUMNS, values, strict=True)) for values in tuples]
    for name, work in (
        ("tuples", lambda: shown(tuples, COLUMNS)),
        ("dicts", lambda: shown(dicts)),
        ("a generator", lambda: shown((values for values in tuples), COLUMNS)),
        ("a cursor", lambda: shown(cursor(10_000))),
    ):
        taken = milliseconds(work, RUNS)
        print(f"10,000 rows, 50 shown, {name:12} {taken:7.2f} ms (median of {RUNS})")
    for count in (10_000, MANY):
        for name, work in (
            ("a generator", lambda count=count: shown(generated(count), COLUMNS)),
            ("a cursor", lambda count=count: shown(cursor(count))),
            ("a CSV file", lambda count=count: as_csv(cursor(count))),
        ):
            print(f"{count:9,} rows, {name:12} {kilobytes(work):7.0f} KiB at most")
    for name, wide in (("500 shown", large_shown), ("a CSV file", large_as_csv)):
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            memory, seconds = pool.apply(more_resident, (wide,))
        print(f"1,000 rows of 1 MB, {name:10} {memory:6.1f} MiB more than ten  {seconds:5.1f} s")


if __name__ == "__main__":
    main()
