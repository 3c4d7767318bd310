"""Whose code a class runs: only what this provider wrote itself is run in a preview. Pure."""

from __future__ import annotations

from collections.abc import Iterator
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


def overridden(kind: type, thing: object = None) -> str | None:
    """Return the name of a method of ours, or of Airflow's, that an author's code replaces.

    A class that has nothing but arguments and templates of its own has none.

    :param thing: of this class; a method may be replaced on it alone.
    """
    known = [each for each in kind.__mro__ if _is_known(each)]

    def is_known(name: str) -> bool:
        return name in _ANYTHING or any(_is_deed(vars(each).get(name)) for each in known)

    for foreign in kind.__mro__:
        if not _is_known(foreign):
            for name in _deeds(foreign):
                if is_known(name):
                    return name
    for name, value in getattr(thing, "__dict__", {}).items():
        # What is kept of a property is of a known class.
        if (callable(value) or not _is_known(type(value))) and is_known(name):
            return str(name)
    return None


def _is_known(kind: type) -> bool:
    return any(f"{kind.__module__}.".startswith(f"{module}.") for module in _KNOWN)


def _deeds(kind: type) -> Iterator[str]:
    for name, value in vars(kind).items():
        if name not in _HARMLESS and _is_deed(value):
            yield name


def _is_deed(value: Any) -> bool:
    return callable(value) or hasattr(value, "__get__")
