"""A query that is not run: its columns, as far as it names them, and rows that are made up."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

#: Rows of a query that is not run.
ROWS = 3

#: A token of SQL: its kind, as `sqlparse` tells it, and its text.
_Token: TypeAlias = tuple[Any, str]

#: What stands behind the columns of a select.
_BEHIND = {
    *("FROM", "INTO", "WHERE", "GROUP", "HAVING", "ORDER"),
    *("UNION", "EXCEPT", "INTERSECT", "MINUS"),
}

#: Words behind which an expression goes on, so that the next is no name of it.
_GOES_ON = {"AND", "OR", "NOT", "IS", "IN", "BETWEEN", "OVER", "COLLATE", "INTERVAL"}

#: Words that end an expression and name nothing.
_VALUES = {"END", "NULL", "TRUE", "FALSE"}


class SampleDatabase:
    """The hook of a database that is not asked: its rows are made up.

    :param sql: the query, or several.
    """

    def __init__(self, sql: object) -> None:
        statements = list(sql) if isinstance(sql, (list, tuple)) else [sql]
        self.columns = columns(str(statements[-1]))

    def run(self, sql: object, *, handler: Callable[[Any], Any], **_: Any) -> None:
        """Hand over a cursor with sample rows."""
        handler(_Cursor(self.columns))


class _Cursor:
    """A database's cursor, as far as a report reads it."""

    def __init__(self, names: Sequence[str]) -> None:
        self.description = [(name, None, None, None, None, None, None) for name in names]
        self._rows = [tuple(f"{name} {row}" for name in names) for row in range(1, ROWS + 1)]

    def fetchmany(self, size: int = 1) -> list[tuple[str, ...]]:
        """Return the next rows."""
        rows, self._rows = self._rows[:size], self._rows[size:]
        return rows

    def fetchall(self) -> list[tuple[str, ...]]:
        """Return the rows that are left."""
        return self.fetchmany(ROWS)

    def fetchone(self) -> tuple[str, ...] | None:
        """Return the next row."""
        return next(iter(self.fetchmany()), None)


def columns(sql: str) -> list[str]:
    """Return what a query's columns are called, where it says so; the others have numbers.

    Of several statements the last that selects counts, and of several selects the outermost: the
    first of those that a `UNION` joins, as databases have it.

    >>> columns('WITH x AS (SELECT a FROM t) SELECT region, sum(a) AS "Sum (EUR)" FROM x')
    ['region', 'Sum (EUR)']
    """
    for statement in reversed(_statements(sql)):
        selects = [
            (depth, place)
            for place, (depth, (_, text)) in enumerate(statement)
            if text.upper() == "SELECT"
        ]
        if selects:
            depth, place = min(selects)
            found = _expressions(statement[place + 1 :], depth)
            return [_name(each) or f"column {number}" for number, each in enumerate(found, 1)]
    return ["column 1"]


def _statements(sql: str) -> list[list[tuple[int, _Token]]]:
    """Return the tokens of each statement, each with the number of brackets around it."""
    # Airflow's own SQL provider brings it. Only its lexer takes any text in no time.
    from sqlparse import lexer, tokens

    depth = 0
    found: list[list[tuple[int, _Token]]] = [[]]
    for kind, text in lexer.tokenize(sql):  # type: ignore[no-untyped-call]
        if kind in tokens.Whitespace or kind in tokens.Comment:
            continue
        if text == ";":
            found.append([])
            depth = 0
            continue
        depth -= text in (")", "]")
        found[-1].append((depth, (kind, text)))
        depth += text in ("(", "[")
    return found


def _expressions(tokens: Iterable[tuple[int, _Token]], outermost: int) -> list[list[_Token]]:
    """Return what a select selects; of what is in brackets, the brackets."""
    found: list[list[_Token]] = [[]]
    before = ""
    for depth, (kind, text) in tokens:
        word = text.upper()
        # A column may be called by such a word, and `IS DISTINCT FROM` compares.
        is_behind = word.partition(" ")[0] in _BEHIND and before not in (".", "DISTINCT")
        if depth < outermost or (depth == outermost and is_behind):
            break
        if depth > outermost:
            continue
        if text == ",":
            found.append([])
        elif text == ".":  # what is in front of it is no part of the name
            del found[-1][-1:]
        elif word not in ("DISTINCT", "ALL") or found[-1]:
            found[-1].append((kind, text))
        before = word
    return [each for each in found if each] or [[]]


def _name(expression: Sequence[_Token]) -> str | None:
    """Return what a column is called, the function if it is only that; None if nothing tells."""
    from sqlparse import tokens

    texts = [text for _, text in expression]
    while texts[-2:-1] == ["::"]:  # a type
        texts = texts[:-2]
    if texts[1:] == ["(", ")"]:
        texts = texts[:1]
    *front, last = texts or [""]
    if front and front[-1].upper() == "AS":
        return _unquoted(last)
    if front:
        kind, text = expression[len(front) - 1]
        is_sign = kind in tokens.Operator or kind in tokens.Wildcard or kind in tokens.Punctuation
        if text.upper() in _GOES_ON or (is_sign and text not in (")", "]")):
            return None
    is_word = re.fullmatch(r"[^\W\d][\w$#]*", last) and last.upper() not in _VALUES
    return _unquoted(last) if is_word or last.startswith(('"', "`", "[")) else None


def _unquoted(name: str) -> str:
    quote = name[:1]
    if quote not in ('"', "'", "`", "["):
        return name
    return name[1:-1].replace(2 * quote, quote)
