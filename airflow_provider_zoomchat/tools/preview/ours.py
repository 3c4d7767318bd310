"""Whose code a class runs: only what this provider wrote itself is run in a preview. Pure."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from typing import Any

_OURS = __name__.partition(".")[0]

#: Modules with all that is in them. Another provider is an author like any other.
_KNOWN = (
    _OURS,
    *("airflow.sdk", "airflow.models", "airflow.utils"),
    *("airflow.notifications", "airflow.template"),  # ends with Airflow 2.11
    "airflow.providers.common.compat",
    *("builtins", "abc", "typing"),
)

#: What a class may have of its own: it only keeps arguments, or is looked at.
_HARMLESS = {"__init__", "__module__", "__doc__", "__qualname__", "__annotations__", "__slots__"}

#: Runs whatever else is asked for, and no known class has it.
_ANYTHING = {"__getattr__"}


def overridden(kind: type, thing: object = None, *, is_made: bool = False) -> str | None:
    """Return the name of a method of ours, or of Airflow's, that an author's code replaces.

    A class that has nothing but arguments and templates of its own has none.

    :param thing: of this class; a method may be replaced on it alone.
    :param is_made: whether the preview makes one of this class, so that its `__init__` runs.
    """
    known = [each for each in kind.__mro__ if _is_known(each)]
    kept = _kept(kind, known)

    def is_known(name: str, value: Any = None) -> bool:
        if name in _ANYTHING or any(_is_action(vars(each).get(name)) for each in known):
            return True
        # Where known classes keep an argument, a property runs when they look at it.
        return name in kept and hasattr(value, "__set__")

    for foreign in kind.__mro__:
        if not _is_known(foreign):
            if is_made and "__init__" in vars(foreign):
                return "__init__"
            for name in _actions(foreign):
                if is_known(name, vars(foreign)[name]):
                    return name
    for name, value in getattr(thing, "__dict__", {}).items():
        # What is kept of a property is of a known class.
        if (callable(value) or not _is_known(type(value))) and is_known(name):
            return str(name)
    return None


def _kept(kind: type, known: Iterable[type]) -> set[str]:
    """Return the names under which known classes keep arguments, and those that are rendered."""
    fields = inspect.getattr_static(kind, "template_fields", ())
    names = set(fields) if isinstance(fields, (list, tuple)) else set()
    for each in known:
        if "__init__" in vars(each) and each is not object:
            names |= set(inspect.signature(each.__init__).parameters)  # type: ignore[misc]
    return names


def _is_known(kind: type) -> bool:
    return any(f"{kind.__module__}.".startswith(f"{module}.") for module in _KNOWN)


def _actions(kind: type) -> Iterator[str]:
    for name, value in vars(kind).items():
        if name not in _HARMLESS and _is_action(value):
            yield name


def _is_action(value: Any) -> bool:
    return callable(value) or hasattr(value, "__get__")
