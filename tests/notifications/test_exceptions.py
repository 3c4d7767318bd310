"""Exceptions in words: with what led to them, their notes, and the members of groups."""

from __future__ import annotations

import pickle
from itertools import pairwise
from typing import Any

import pytest

from airflow_provider_zoomchat.notifications.context import read_event
from airflow_provider_zoomchat.notifications.event import Event


def told(error: Any, mask: Any = str) -> Any:
    """Return what an event says of an exception."""
    return read_event({"ti": {"state": "failed"}, "exception": error}, mask).exception


def raised(*errors: BaseException, implicit: bool = False) -> BaseException:
    """Return the last of these, each raised for the one before it, or while that was handled."""
    for cause, error in pairwise(errors):
        if implicit:
            error.__context__ = cause
        else:
            error.__cause__ = cause
            error.__suppress_context__ = True
    return errors[-1]


class Group(Exception):
    """A group as the package `exceptiongroup` has it before Python 3.11."""

    def __init__(self, text: str, *exceptions: Any) -> None:
        super().__init__(text)
        self.exceptions = exceptions


class Loud(Exception):
    """An exception that cannot say what it is."""

    def __str__(self) -> str:
        raise RuntimeError("not even that")


def noted(error: Any, *notes: Any) -> Any:
    """Return an exception with notes, as `add_note` leaves them from Python 3.11 on."""
    error.__notes__ = list(notes)
    return error


LONG = "x" * 5000
A, B, C, D = KeyError("shop_id"), OSError("second"), ValueError("third"), TypeError("fourth")
LATE = raised(A, B, C, D, ValueError(LONG))


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            raised(KeyError("shop_id"), RuntimeError("load failed")),
            "RuntimeError: load failed\nCaused by KeyError: 'shop_id'",
        ),
        (
            raised(KeyError("shop_id"), RuntimeError("load failed"), implicit=True),
            "RuntimeError: load failed\nWhile handling KeyError: 'shop_id'",
        ),
        (
            raised(OSError("first\nmore\nand more"), ValueError("two\nlines")),
            "ValueError: two\nlines\nCaused by OSError: first",
        ),
        (
            raised(OSError("no answer"), ValueError("no answer")),
            "ValueError: no answer\nCaused by OSError",
        ),
        (
            raised(KeyError(1), KeyError(2), KeyError(3), KeyError(4)),
            "KeyError: 4\nCaused by KeyError: 3\nCaused by KeyError: 2\nCaused by KeyError: 1",
        ),
        (
            raised(*map(KeyError, range(7))),
            "KeyError: 6\nCaused by KeyError: 5\nCaused by KeyError: 4\n[…3 more…]\n"
            "Caused by KeyError: 0",
        ),
        (
            raised(Loud(), ValueError(), Loud()),
            "Loud\nCaused by ValueError\nCaused by Loud",
        ),
        (
            noted(ValueError("broken"), "in row 12\nof 40", Loud(), 5, "last"),
            "ValueError: broken\nin row 12\nof 40\n5",
        ),
        (noted(ValueError("broken"), LONG), None),
        (
            Group("2 failed", KeyError("a"), ValueError("b\nc")),
            "Group: 2 failed\n- KeyError: 'a'\n- ValueError: b",
        ),
        (
            Group("outer", Group("inner", KeyError(1), KeyError(2)), KeyError(3), KeyError(4)),
            "Group: outer\n- KeyError: 1\n- KeyError: 2\n- KeyError: 3\n- and 1 more",
        ),
        (
            raised(Group("2 failed", KeyError(1), KeyError(2)), RuntimeError("late")),
            "RuntimeError: late\nCaused by Group: 2 failed\n- KeyError: 1\n- KeyError: 2",
        ),
        (Group("nothing of the kind", "a text", 5), "Group: nothing of the kind"),
        (LATE, None),
        (raised(Group(LONG, A, B, C, D), *(Group(LONG, ValueError(LONG)) for _ in "abc")), None),
        ("RuntimeError('a text') from KeyError", "RuntimeError('a text') from KeyError"),
    ],
)
def test_a_chain(error: Any, text: str | None) -> None:
    """What led to an exception is told: each cause in a line, notes, the first of a group."""
    said = told(error)
    assert text is None or said == text
    assert said.startswith(type(error).__name__ if isinstance(error, BaseException) else said)
    assert len(said) <= 2000
    if error is LATE:
        assert said.endswith("Caused by KeyError: 'shop_id'")


def test_as_python_raises_them() -> None:
    """What Python has set itself is read: a cause, a context, and one that was suppressed."""
    for statement, line in (
        ("from error", "\nCaused by ZeroDivisionError: division by zero"),
        ("", "\nWhile handling ZeroDivisionError: division by zero"),
        ("from None", ""),
    ):
        code = f"try: 1 / 0\nexcept Exception as error: raise RuntimeError('late') {statement}"
        with pytest.raises(RuntimeError) as caught:
            exec(code)
        assert told(caught.value) == f"RuntimeError: late{line}"


def test_a_group_of_pythons_own() -> None:
    """Python's own groups, which it has from 3.11 on, are told like others."""
    kind: Any = __builtins__.get("ExceptionGroup") if isinstance(__builtins__, dict) else None
    if kind is None:
        pytest.skip("Python has exception groups from 3.11 on")
    assert told(kind("two", [KeyError("a"), kind("one", [ValueError("b")])])) == (
        "ExceptionGroup: two (2 sub-exceptions)\n- KeyError: 'a'\n- ValueError: b"
    )


def test_a_circle() -> None:
    """A chain and a group that lead back to themselves come to an end."""
    one, two = ValueError("one"), ValueError("two")
    one.__context__, two.__context__ = two, one
    assert told(one) == "ValueError: one\nWhile handling ValueError: two"
    group = Group("itself")
    group.exceptions = (group, one)
    assert told(group) == "Group: itself\n- ValueError: one"


def test_a_chain_of_thousands() -> None:
    """Of a chain without an end no more is looked at than anybody could want to know."""
    assert len(told(raised(*map(KeyError, range(10_000))))) < 200
    group = Group("inmost", KeyError(1))
    for _ in range(3000):
        group = Group("outer", group)
    assert told(group).startswith("Group: outer\n- Group: outer")


def test_what_comes_back_from_a_pickle() -> None:
    """A pickle loses what led to an exception but keeps its notes: what is there is told."""
    error = pickle.loads(pickle.dumps(noted(raised(KeyError(1), ValueError("late")), "a note")))
    assert told(error) == "ValueError: late\na note"


def test_secrets() -> None:
    """Neither a cause nor a note nor a member of a group names a secret."""
    dsn = "postgresql://etl:hunter2@db/shop"
    error = raised(
        Group(f"of {dsn}", ValueError(dsn)), noted(ValueError("known-secret"), dsn, "known-secret")
    )
    said = told(error, lambda text: text.replace("known-secret", "***"))
    assert said == (
        "ValueError: ***\npostgresql://etl:***@db/shop\n***\n"
        "Caused by Group: of postgresql://etl:***@db/shop\n- ValueError: postgresql://etl:***@db/shop"
    )
    long = ValueError("." * 190 + dsn + "." * 9000)
    assert "hunter" not in told(raised(long, ValueError("late")))


def test_an_alert_shows_what_led_to_it() -> None:
    """The ready-made alert has room for the whole chain."""
    from airflow_provider_zoomchat.notifications.alerts import (
        TASK_FAILED,
        TASK_RETRY,
        UNKNOWN,
        fill,
    )

    causes = [ConnectionError("refused " * 10), OSError("no route " * 10), KeyError("c" * 90)]
    said = told(raised(*causes, RuntimeError("load failed " * 10)))
    for alert in (TASK_FAILED, TASK_RETRY, UNKNOWN):
        assert fill(alert, Event(alert.event, exception=said)).quote == said
