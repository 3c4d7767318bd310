"""Tasks that are made several times over, by `expand`: the first of them is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from airflow.providers.common.compat.sdk import XComArg

from .unknown import Unknown

#: What a task that is mapped over nothing gets.
_NONE = object()


@dataclass(frozen=True)
class First:
    """The first task that is made.

    :param note: what is to be said of it.
    :param arguments: those that it gets by itself; None if there is no such task.
    :param from_xcoms: the names of those that an earlier task has left: no template is in them.
    """

    note: str
    arguments: Mapping[str, Any] | None = None
    from_xcoms: frozenset[str] = field(default_factory=frozenset)


def is_mapped(task: Any) -> bool:
    """Tell whether a task is made several times over."""
    return hasattr(task, "_expand_input_attr")


def given(task: Any) -> dict[str, Any]:
    """Return what a task was given; a mapped one, what all of its instances are."""
    return {**getattr(task, "partial_kwargs", {}), **getattr(task, "__dict__", {})}


def first(task: Any, ti: Any) -> First:
    """Return the first of a mapped task's instances.

    :param ti: with the XComs of earlier tasks.
    """
    value = getattr(task, task._expand_input_attr).value
    found: Any
    if isinstance(value, Mapping):
        found = {name: _first_of(each, name, ti) for name, each in value.items()}
        is_empty = any(each is _NONE for each in found.values())
        known = {name for name, each in value.items() if isinstance(each, XComArg)}
    else:
        found = _first_of(value, "mapped", ti)
        is_empty = found is _NONE
        known = set(found) if isinstance(value, XComArg) and isinstance(found, Mapping) else set()
    if is_empty:
        return First("It is mapped over nothing: no task is made.")
    if not isinstance(found, Mapping):
        return First("What it is mapped over is known only when it runs.")
    return First("A mapped task: its first message is shown.", found, frozenset(known))


def xcom(value: Any, ti: Any) -> Any:
    """Return what stands behind a reference to an earlier task."""
    task_id = getattr(getattr(value, "operator", None), "task_id", None)
    if task_id is None:  # made of several, or by a function
        return Unknown("xcom", ti.note)
    return ti.xcom_pull(task_ids=task_id, key=getattr(value, "key", "return_value"))


def _first_of(value: Any, name: str, ti: Any) -> Any:
    """Return what the first instance gets; `_NONE` if there is nothing to go through."""
    if isinstance(value, XComArg):
        value = xcom(value, ti)
    if isinstance(value, (list, tuple)):
        return value[0] if value else _NONE
    if isinstance(value, Mapping):
        return next(iter(value.items())) if value else _NONE
    return str(value if isinstance(value, Unknown) else Unknown(name, ti.note))
