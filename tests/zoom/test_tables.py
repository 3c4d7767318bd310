"""Tables: as aligned text within a limit, and as the fields of a card."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from airflow_provider_zoomchat.zoom.errors import ConfigError
from airflow_provider_zoomchat.zoom.tables import Table, as_text, cells, table
from airflow_provider_zoomchat.zoom.tables.layout import as_fields, suits_fields

ORDERS = [("EU", 48210, 3.5), ("Übersee", 7, None), ("日本 👍🏽", 1203, 12.25)]
COLUMNS = ["region", "orders", "took"]


def lines(*shown: str) -> str:
    return "\n".join(shown)


def test_a_column_without_values() -> None:
    """A column is one of numbers only if it has any: of NULL alone it stands on the left."""
    assert table([(None, None, 1), (None, 2, "x")]).right == (False, True, False)


def test_a_table() -> None:
    """Columns stand one below the other, numbers on the right, wide letters counted as wide."""
    assert as_text(table(ORDERS, COLUMNS)) == lines(
        "region   orders   took",
        "-------  ------  -----",
        "EU        48210    3.5",
        "Übersee       7      –",  # noqa: RUF001
        "日本 👍🏽    1203  12.25",
    )


def test_rows_beyond_the_first_are_counted() -> None:
    """What is not shown is counted, with separators."""
    shown = as_text(table([(number,) for number in range(1206)], ["n"], max_rows=3))
    assert shown == lines("n", "-", "0", "1", "2", "and 1,203 more")


@pytest.mark.parametrize(
    ("more", "known", "said"),
    [
        (0, True, None),
        (1, True, "and 1 more"),
        (1, False, "and more"),
        (1_000_000, False, "and at least 1,000,000 more"),
    ],
)
def test_how_many_more(more: int, known: bool, said: str | None) -> None:
    """The last line says how many rows there are more, as well as that is known."""
    shown = as_text(Table(("n",), (("1",),), (True,), more, known))
    assert shown.splitlines()[3:] == ([said] if said else [])


@pytest.mark.parametrize(
    ("data", "columns", "shown"),
    [
        ([], ["a", "b"], "a  b\n-  -\n(no rows)"),
        ([], None, "(no rows)"),
        ([("x", 1), ("yy", 22)], None, "x    1\nyy  22"),
        (["one", "two"], None, "one\ntwo"),
        ([("", 1)], ["", "n"], "   n\n-  -\n   1"),
        ([(1, 2)], ["n", "n"], "n  n\n-  -\n1  2"),
        ([("x", "a\nb"), (None, "")], ["k", "v"], "k  v\n-  ---\nx  a b\n–"),  # noqa: RUF001
        ([(True,), (False,)], ["ok"], "ok\n-----\ntrue\nfalse"),
        ([(1,), ("x",)], ["n"], "n\n-\n1\nx"),
    ],
    ids=[
        "no rows",
        "nothing at all",
        "no names",
        "single values",
        "a blank name",
        "the same name twice",
        "line ends and NULL",
        "true and false are no numbers",
        "a column of both",
    ],
)
def test_odd_tables(data: Any, columns: Any, shown: str) -> None:
    """Tables with little in them are readable too."""
    assert as_text(table(data, columns)) == shown


def test_long_cells_are_cut() -> None:
    """Cells and names are cut at their width."""
    shown = as_text(table([("x" * 50,)], ["name of the column"], max_cell=10))
    assert shown == lines("name of t…", "----------", "xxxxxxxxx…")


@pytest.mark.parametrize("value", [0, -1, 5001, 2.5, None, True, "20"])
@pytest.mark.parametrize("name", ["max_rows", "max_cell"])
def test_wrong_sizes(name: str, value: Any) -> None:
    """A size that no table can have is refused by its name."""
    with pytest.raises(
        ConfigError, match=rf"^{name} must be a whole number from [13] to \d+, not "
    ):
        table([(1,)], **{name: value})


def test_rows_are_left_out_to_keep_a_limit() -> None:
    """From the end, whole, as few as possible, and they are counted with the others."""
    whole = table([("row", number) for number in range(40)], ["a", "b"], max_rows=20)
    assert as_text(whole, 60) == lines(
        "a    b", "---  -", "row  0", "row  1", "row  2", "row  3", "row  4", "and 35 more"
    )
    assert as_text(whole, 59).splitlines()[-2:] == ["row  3", "and 36 more"]


def test_narrower_cells_where_no_row_has_room() -> None:
    """If not even one row fits, cells are cut until one does."""
    wide = table([("x" * 40, "y" * 40)] * 3, ["a", "b"])
    shown = as_text(wide, 90)
    assert len(shown) <= 90
    assert shown.splitlines()[2].count("…") == 2
    assert shown.splitlines()[-1].startswith("and ")


def test_fewer_columns_where_no_row_has_room() -> None:
    """If cells cannot be narrower, columns are left out from the right, which is said."""
    shown = as_text(table([tuple(range(1000, 1300))], [f"c{n}" for n in range(300)]), 200)
    assert len(shown) <= 200
    last = shown.splitlines()[-1]
    kept = len(shown.splitlines()[2].split())
    assert last == f"{300 - kept} of the columns left out"


def test_columns_are_left_out_before_cells_say_nothing() -> None:
    """Cells stay readable as long as one column has room; only then are they made narrower."""
    wide = table([tuple("x" * 30 for _ in range(60))] * 3, [f"column_{n}" for n in range(60)])
    shown = as_text(wide, 400)
    assert len(shown) <= 400
    header, _, first, *_, last = shown.splitlines()
    assert {len(cell) for cell in first.split()} == {12}
    kept = len(header.split())
    assert last.endswith(f"{60 - kept} of the columns left out")
    assert as_text(table([("x" * 30, "y" * 30)], ["a", "b"]), 60) == lines(
        "a", "-" * 12, f"{'x' * 11}…", "1 of the columns left out"
    )
    assert as_text(table([("x" * 30,)], ["a"]), 20) == lines("a", "-" * 8, f"{'x' * 7}…")


def test_a_giant_table_costs_what_is_shown_of_it() -> None:
    """Of rows and columns that cannot be shown, next to nothing is looked at."""
    wide = [("遅れています 🚨" * 3,) * 50] * 200
    giant = table(wide, [f"c{n}" for n in range(50)], max_rows=200)
    looked_at: list[str] = []

    class Cell(str):
        """A text that tells when it is looked at."""

        def isascii(self) -> bool:
            """Tell it."""
            looked_at.append(self)
            return super().isascii()

    rows = tuple(tuple(Cell(f"{cell}{n}") for n, cell in enumerate(row)) for row in giant.rows)
    assert len(as_text(replace(giant, rows=rows), 4096)) <= 4096
    assert len(looked_at) < 5_000


def test_a_limit_without_room() -> None:
    """A limit in which nothing can be shown is refused."""
    with pytest.raises(ConfigError, match="A table has no room in 5 characters"):
        as_text(table([("abc",)], ["abc"]), 5)


TABLES = st.integers(1, 6).flatmap(
    lambda width: st.tuples(
        st.lists(st.text(max_size=30), min_size=width, max_size=width),
        st.lists(
            st.tuples(*[st.none() | st.integers() | st.text(max_size=60)] * width), max_size=30
        ),
    )
)


@given(TABLES, st.integers(400, 2000))
@example(given=([""], [("",)]), limit=400)
def test_any_table_keeps_to_its_limit(given: tuple[list[str], list[Any]], limit: int) -> None:
    """Whatever the rows hold, the text fits, its columns are aligned, and each row is counted."""
    columns, data = given
    whole = table(data, columns, max_rows=20)
    shown = as_text(whole, limit)
    assert len(shown) <= limit
    body = shown.split("\n")
    more = 0
    if body[-1].startswith("and "):
        more = int(body.pop().split()[1].partition(";")[0].replace(",", ""))
    body = [line for line in body if "columns left out" not in line and line != "(no rows)"]
    header = 2 if any(whole.columns) else 0
    assert len(body) - header + more == len(data)
    if header:
        assert max(map(cells.width, body)) <= max(cells.width(body[1]), 0)


@pytest.mark.parametrize(
    ("data", "columns", "suits"),
    [
        ([("done", 5), ("failed", 2)], ["state", "n"], True),
        ({"Table": "orders", "Rows": 48210, "Took": "3 min"}, None, True),
        ([("a",)] * 2, ["one"], False),
        ([(1, 2), (3, 4)], ["id", "n"], False),
        ([("a", 1)] * 11, ["k", "n"], False),
        ([("a", 1, 2)] * 2, ["k", "n", "m"], False),
        ([("a", 1)], None, False),
        ([tuple(range(11))], [f"c{n}" for n in range(11)], False),
        ([], ["k", "n"], False),
    ],
    ids=[
        "names and values",
        "one row",
        "one column",
        "numbers and values",
        "too many rows",
        "three columns",
        "no names",
        "too many columns",
        "no rows",
    ],
)
def test_what_suits_fields(data: Any, columns: Any, suits: bool) -> None:
    """Fields are for one row, or a few rows of a name and a value."""
    assert suits_fields(table(data, columns)) is suits
    assert not suits_fields(table([("a", 1)] * 9, ["k", "n"], max_rows=5))


def test_fields_of_one_row() -> None:
    """One row gives a pair for each column; Zoom wants one space where there is nothing."""
    assert as_fields(table([{"Table": "orders", "Note": "", "Error": "x" * 30}])) == [
        {"key": "Table", "value": "orders", "short": True},
        {"key": "Note", "value": " ", "short": True},
        {"key": "Error", "value": "x" * 30, "short": False},
    ]


def test_fields_of_two_columns() -> None:
    """Two columns give a pair for each row."""
    assert as_fields(table([("done", 5), ("", None)], ["state", "n"])) == [
        {"key": "done", "value": "5", "short": True},
        {"key": " ", "value": "–", "short": True},  # noqa: RUF001
    ]


def test_what_makes_no_fields() -> None:
    """More columns and rows cannot be pairs."""
    with pytest.raises(ConfigError, match=r"A table of 3 columns and 2 rows makes no fields: "):
        as_fields(table([(1, 2, 3)] * 2))
