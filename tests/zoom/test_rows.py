"""Reading the first rows of whatever has rows."""

from __future__ import annotations

import itertools
import sqlite3
import weakref
from collections import namedtuple
from collections.abc import Iterator
from typing import Any

import pytest

from airflow_provider_zoomchat.zoom.errors import ConfigError
from airflow_provider_zoomchat.zoom.tables import rows
from airflow_provider_zoomchat.zoom.tables.rows import Rows

Point = namedtuple("Point", "x y")


def cursor(sql: str, row_factory: Any = None) -> sqlite3.Cursor:
    database = sqlite3.connect(":memory:")
    database.row_factory = row_factory
    return database.execute(sql)


class Cursor:
    """A cursor over numbers that counts what is fetched of it."""

    def __init__(self, total: int, rowcount: int) -> None:
        self.description = [("n", None)]
        self.rowcount = rowcount
        self.left = iter(range(total))
        self.fetched = 0

    def fetchmany(self, size: int) -> list[tuple[int]]:
        """Return as many rows as are asked for."""
        batch = [(number,) for number in itertools.islice(self.left, size)]
        self.fetched += len(batch)
        return batch


SOURCES: list[tuple[Any, Any, Rows]] = [
    ([("a", 1), ("b", 2)], ["x", "y"], Rows(("x", "y"), (("a", 1), ("b", 2)))),
    ([["a", 1]], None, Rows(("", ""), (("a", 1),))),
    ([{"x": 1}, {"y": 2}], None, Rows(("x", "y"), ((1, None), (None, 2)))),
    ([{"x": 1, "y": 2}], ["y"], Rows(("y",), ((2,),))),
    ([Point(1, 2)], None, Rows(("x", "y"), ((1, 2),))),
    ({"x": 1, "y": 2}, None, Rows(("x", "y"), ((1, 2),))),
    (["a", "b"], None, Rows(("",), (("a",), ("b",)))),
    ([None, 1], ["n"], Rows(("n",), ((None,), (1,)))),
    ([], None, Rows((), ())),
    ([], ["x"], Rows(("x",), ())),
    (((n, n) for n in range(2)), ["a", "a"], Rows(("a", "a"), ((0, 0), (1, 1)))),
    ({"x": 1}.items(), None, Rows(("", ""), (("x", 1),))),
    ([(1,)], [" two\nlines "], Rows(("two lines",), ((1,),))),
]


@pytest.mark.parametrize(("data", "columns", "found"), SOURCES, ids=range(len(SOURCES)))
def test_rows_of_any_shape(data: Any, columns: Any, found: Rows) -> None:
    """Tuples, lists, dicts, named tuples and single values are rows."""
    assert rows.read_rows(data, columns, most=20) == found


@pytest.mark.parametrize("row_factory", [None, sqlite3.Row])
def test_a_cursor(row_factory: Any) -> None:
    """A cursor has the names of its columns."""
    found = rows.read_rows(cursor("select 1 as a, 'x' as b", row_factory), most=20)
    assert found == Rows(("a", "b"), ((1, "x"),))


def test_rows_of_a_database_have_names() -> None:
    """Rows that were fetched from a cursor with named rows keep the names."""
    fetched = cursor("select 1 as a, 'x' as b", sqlite3.Row).fetchall()
    assert rows.read_rows(fetched, most=20) == Rows(("a", "b"), ((1, "x"),))


def test_names_may_be_given_for_a_cursor() -> None:
    """Names that are given go before those of the query."""
    assert rows.read_rows(cursor("select 1 as a"), ["b"], most=20).columns == ("b",)


BAD: list[tuple[Any, Any, str]] = [
    (None, None, "There are no rows in None. Give a list of tuples or dicts"),
    ("a,b", None, "There are no rows in a value of type str."),
    (b"a", None, "There are no rows in a value of type bytes."),
    (5, None, "There are no rows in a value of type int."),
    ({"x": [1, 2]}, None, "A dict of lists has columns and no rows."),
    (
        [(1, 2), (1,)],
        None,
        "row 2 has 1 values, and the table has 2 columns. Give all rows the same",
    ),
    ([(1, 2)], ["x"], "row 1 has 2 values, and the table has 1 columns."),
    ([{"x": 1}, (1,)], None, "row 2 is a list of values, and the first one is a dict."),
    ([(1,), {"x": 1}], None, "row 2 is a dict, and the first one is a list of values."),
    ([(1,), "x"], None, "row 2 is a value, and the first one is a list of values."),
    ([(1,), None], None, "row 2 is a value, and the first one is a list of values."),
    ([{"x": 1}], ["x", "z"], "columns names 'z', which none of the rows has."),
    ([(1,)], 5, "columns must be a list of names, not int."),
    ([(1,)], "x", "columns must be a list of names, not str."),
    ([()], None, "row 1 has no values."),
    ([{}], None, "row 1 has no values."),
]


@pytest.mark.parametrize(("data", "columns", "words"), BAD, ids=range(len(BAD)))
def test_what_is_no_table(data: Any, columns: Any, words: str) -> None:
    """What has no rows, or rows of unlike shapes, is refused in one line that names the row."""
    with pytest.raises(ConfigError) as caught:
        rows.read_rows(data, columns, most=20)
    assert words in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_statement_without_rows() -> None:
    """A cursor whose statement was no query is refused."""
    with pytest.raises(ConfigError, match=r"The statement gives no rows, .* Give a query\."):
        rows.read_rows(cursor("create table t (a)"), most=20)


def test_what_is_free_to_count_is_not_read() -> None:
    """Of a list no more than the first rows is looked at."""
    data: list[Any] = [(1,), (2,), "not looked at"]
    assert rows.read_rows(data, most=2, count_rest=False) == Rows(("",), ((1,), (2,)), 1)


@pytest.mark.parametrize(
    ("total", "rowcount", "count_rest", "more", "known", "fetched"),
    [
        (5000, 5000, True, 4990, True, 10),
        (5000, -1, True, 4990, True, 5000),
        (5000, 10, True, 4990, True, 5000),
        (5000, 2**64 - 1, True, 4990, True, 5000),
        (5000, -1, False, 1, False, 50),
        (10, -1, False, 0, True, 10),
        (10, -1, True, 0, True, 10),
        (9, -1, True, 0, True, 9),
    ],
    ids=[
        "the cursor knows",
        "the cursor does not know",
        "the cursor counts what was fetched",
        "the cursor says nonsense",
        "not to be read on",
        "no more, and not to be read on",
        "no more",
        "fewer",
    ],
)
def test_the_other_rows_of_a_cursor(
    total: int, rowcount: int, count_rest: bool, more: int, known: bool, fetched: int
) -> None:
    """They are counted where that is free, else by reading on, unless that is not wanted."""
    source = Cursor(total, rowcount)
    found = rows.read_rows(source, most=10, count_rest=count_rest)
    assert (len(found.first), found.more, found.more_is_known) == (min(total, 10), more, known)
    assert source.fetched == fetched


class Wide(Cursor):
    """A cursor over large texts behind small ones, that says how many are alive at a time."""

    def __init__(self, small: int, large: int, as_dict: bool = False) -> None:
        super().__init__(small + large, -1)
        self.small = small
        self.as_dict = as_dict
        self.batches: list[int] = []
        self.alive: list[weakref.ref[Row]] = []
        self.most_alive = 0

    def fetchmany(self, size: int) -> list[Any]:
        """Return rows of a text each, as many as are asked for."""
        numbers = [number for (number,) in super().fetchmany(size)]
        rows: list[Any] = [
            Row((b"x" if number < self.small else bytes(200_000),)) for number in numbers
        ]
        if self.as_dict:
            return [{"n": row[0]} for row in rows]
        self.alive = [row for row in self.alive if row() is not None]
        self.most_alive = max(self.most_alive, len(self.alive) + len(rows))
        self.alive += map(weakref.ref, rows)
        self.batches.append(len(rows))
        return rows


class Row(list[bytes]):
    """A row that can be asked for whether it is still there."""

    def __init__(self, values: tuple[bytes, ...]) -> None:
        super().__init__(values)


def test_large_rows_are_fetched_few_at_a_time() -> None:
    """Batches are bounded by size, and one is let go before the next one comes."""
    source = Wide(0, 500)
    assert sum(1 for _ in rows.fetched(source)) == 500
    # Twenty of 200 kB are 4 MB.
    assert max(source.batches) <= 20
    assert source.most_alive <= 21
    behind = Wide(1000, 500)
    assert sum(1 for _ in rows.fetched(behind)) == 1500
    assert max(behind.batches) == rows.BATCH
    assert max(behind.batches[-10:]) <= 20
    small = Wide(1000, 0)
    assert sum(1 for _ in rows.fetched(small)) == 1000
    assert small.batches == [10, 40, *[100] * 9, 50, 0]


@pytest.mark.parametrize("as_dict", [False, True])
def test_large_values_are_not_kept(as_dict: bool) -> None:
    """Of a value no more is held than what any cell may show."""
    found = rows.read_rows(Wide(5, 500, as_dict), most=50)
    assert (len(found.first), found.more) == (50, 455)
    assert {len(value) for (value,) in found.first} == {1, 4001}
    (held,) = rows.read_rows(cursor("select zeroblob(200000) as b"), most=1).first[0]
    assert len(held) == 4001


def test_an_endless_source() -> None:
    """Counting ends somewhere, and what it found is the least that there is."""
    found = rows.read_rows(((number,) for number in itertools.count()), most=10)
    assert (found.more, found.more_is_known) == (rows.MAX_COUNTED, False)


def test_an_error_of_the_source_goes_on() -> None:
    """What goes wrong while rows are read is the source's own to tell."""

    def source() -> Iterator[tuple[int]]:
        yield (1,)
        raise RuntimeError("the server is away")

    with pytest.raises(RuntimeError, match="the server is away"):
        rows.read_rows(source(), most=20)


@pytest.mark.parametrize(
    ("first", "batches"),
    [
        (0, [10, 40, 50, 0]),
        (3, [3, 12, 48, 37, 0]),
        (15, [10, 5, 20, 65, 0]),
        (10, [10, 40, 50, 0]),
    ],
)
def test_the_first_rows_come_alone(first: int, batches: list[int]) -> None:
    """With the rows that are shown no others are fetched: a large result may follow."""
    source = Wide(100, 0)
    assert sum(1 for _ in rows.fetched(source, first)) == 100
    assert source.batches == batches


class Odd(Cursor):
    """A cursor of a driver with rows of its own kind."""

    def __init__(self, row: Any) -> None:
        super().__init__(3, -1)
        self.description = [("b", None), ("a", None)]
        self.row = row

    def fetchmany(self, size: int) -> list[Any]:
        """Return the row as often as there are rows."""
        return [self.row for _ in super().fetchmany(size)]


def test_rows_of_odd_drivers() -> None:
    """Dicts are read in the order of the query, other kinds of rows are fetched as they are."""
    assert rows.read_rows(Odd({"a": 1, "b": 2}), most=1) == Rows(("b", "a"), ((2, 1),), 2)
    assert sum(1 for _ in rows.fetched(Odd(5))) == 3
    (value, short) = rows.read_rows(Odd((memoryview(bytes(9000)), "x")), most=1).first[0]
    assert (type(value), len(value), short) == (bytes, 4001, "x")


@pytest.mark.parametrize(
    ("column", "shown"),
    [(("sales", 2026), "sales / 2026"), (("", "n"), "n"), (None, ""), (5, "5"), ("a\nb", "a b")],
)
def test_names_of_columns(column: Any, shown: str) -> None:
    """A name is one line, with all of its levels."""
    assert rows.name(column) == shown


class Frame:
    """As much of a data frame of pandas as is asked for, with an index of these names."""

    def __init__(self, names: list[Any], keys: list[Any], values: list[tuple[Any, ...]]) -> None:
        self.columns = ["n", ("n", "all")]
        self.index = Index(names, keys)
        self.values = values

    def head(self, count: int) -> Frame:
        """Return the first rows."""
        return Frame(self.index.names, self.index[:count], self.values[:count])

    def itertuples(self, index: bool, name: None) -> Iterator[tuple[Any, ...]]:
        """Yield the rows, without the index as plain tuples."""
        assert (index, name) == (False, None)
        return iter(self.values)

    def __len__(self) -> int:
        return len(self.values)


class Index(list[Any]):
    """The keys of rows, by one or more names."""

    def __init__(self, names: list[Any], keys: list[Any]) -> None:
        super().__init__(keys)
        self.names = names


@pytest.mark.parametrize(
    ("names", "keys", "found"),
    [
        ([None], [0, 1], Rows(("n", "n / all"), ((1, 2),), 1)),
        (["region"], ["EU", "US"], Rows(("region", "n", "n / all"), (("EU", 1, 2),), 1)),
        (
            ["region", "day"],
            [("EU", 1), ("US", 2)],
            Rows(("region", "day", "n", "n / all"), (("EU", 1, 1, 2),), 1),
        ),
    ],
    ids=["a plain index", "one key", "two keys"],
)
def test_a_frame_like_those_of_pandas(names: list[Any], keys: list[Any], found: Rows) -> None:
    """What was grouped by is shown, an index without a name is not, and the rest is counted."""
    assert rows.read_rows(Frame(names, keys, [(1, 2), (3, 4)]), most=1) == found


class Columnar:
    """As much of a data frame of polars as is asked for."""

    columns = ("a", "b")

    def iter_rows(self) -> Iterator[tuple[int, int]]:
        """Yield the rows."""
        return iter([(1, 2), (3, 4)])

    def __len__(self) -> int:
        return 2


def test_a_frame_like_those_of_polars() -> None:
    """Its rows are read one by one, and the rest is counted."""
    assert rows.read_rows(Columnar(), most=1) == Rows(("a", "b"), ((1, 2),), 1)


def test_pandas() -> None:
    """A data frame of pandas is read with the index that it was grouped by."""
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"region": ["EU", "US", "EU"], "orders": [1, 2, None]})
    assert rows.read_rows(frame, most=1) == Rows(("region", "orders"), (("EU", 1.0),), 2)
    summed = frame.groupby("region").sum()
    assert rows.read_rows(summed, most=5) == Rows(("region", "orders"), (("EU", 1.0), ("US", 2.0)))
    both = frame.groupby(["region", "orders"]).size().to_frame(("n", "all"))
    found = rows.read_rows(both, most=5)
    assert found == Rows(("region", "orders", "n / all"), (("EU", 1.0, 1), ("US", 2.0, 1)))
    assert rows.read_rows(frame.head(0), most=5) == Rows(("region", "orders"), ())


def test_polars() -> None:
    """A data frame of polars is read row by row."""
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"region": ["EU", "US"], "orders": [1, None]})
    assert rows.read_rows(frame, most=1) == Rows(("region", "orders"), (("EU", 1),), 1)
    assert rows.read_rows(frame, most=5).first[1] == ("US", None)
