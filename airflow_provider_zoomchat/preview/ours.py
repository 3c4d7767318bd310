"""Whose code a class runs: only what this provider wrote itself is run in a preview. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_OURS = __name__.partition(".")[0]
_KNOWN = (_OURS, "airflow", "builtins", "abc", "typing")

#: What a class may have of its own: it only keeps arguments, or is looked at.
_HARMLESS = {"__init__", "__module__", "__doc__", "__qualname__", "__annotations__", "__slots__"}


def overridden(kind: type) -> str | None:
    """Return the name of a method of ours, or of Airflow's, that an author's class replaces.

    A class that has nothing but arguments and templates of its own has none.
    """
    known = [each for each in kind.__mro__ if _is_known(each)]
    for foreign in kind.__mro__:
        if _is_known(foreign):
            continue
        for name in _deeds(foreign):
            if any(_is_deed(vars(each).get(name)) for each in known):
                return name
    return None


def _is_known(kind: type) -> bool:
    return kind.__module__.partition(".")[0] in _KNOWN


def _deeds(kind: type) -> Iterator[str]:
    for name, value in vars(kind).items():
        if name not in _HARMLESS and _is_deed(value):
            yield name


def _is_deed(value: Any) -> bool:
    return callable(value) or hasattr(value, "__get__")
