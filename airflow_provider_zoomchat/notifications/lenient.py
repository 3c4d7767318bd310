"""Looking at what a context holds without ever failing. Pure.

Objects of Airflow's, of its database, of JSON: each function returns None for what is not there or
makes no sense.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import fields
from datetime import date, datetime, timezone
from enum import Enum
from typing import Any, TypeGuard, TypeVar

Kept = TypeVar("Kept")

#: Above every time and count there is: what is written as text may be any number.
_MAX_NUMBER = 1e11


def moment(value: Any) -> datetime | None:
    """Return the value as an aware datetime, also from a text in ISO 8601; else None."""
    if isinstance(value, str):
        with suppress(ValueError):
            value = datetime.fromisoformat(value.strip().replace("Z", "+00:00"))
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=timezone.utc)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=timezone.utc)
    return None


def number(value: Any) -> int | None:
    """Return the value if it is a whole number; else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def is_finite(value: Any) -> TypeGuard[float]:
    """Tell whether this is a number that can be calculated with, such as a time or a count."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_number and abs(value) < _MAX_NUMBER  # not so for NaN


def text(value: Any) -> str:
    """Return a value as a text: an enum as its value, None and one whose `__str__` raises as ""."""
    try:
        value = value.value if isinstance(value, Enum) else value
        return "" if value is None else str(value)
    except Exception:  # its own __str__ is at fault, and that is somebody else's
        return ""


def get(thing: Any, *names: str) -> Any:
    """Return the first of these attributes of an object, or entries of a dict, that is not None.

    None if there is none to be had.
    """
    for name in names:
        with suppress(
            Exception
        ):  # a property may want a database or a supervisor that is not there
            value = thing.get(name) if isinstance(thing, Mapping) else getattr(thing, name, None)
            if value is not None:
                return value
    return None


def get_all(thing: Any, *names: str) -> dict[str, Any]:
    """Return these attributes of an object, or entries of a dict; None for what is not there."""
    found: dict[str, Any] = dict.fromkeys(names)
    for name in names:
        with suppress(Exception):
            found[name] = thing.get(name) if isinstance(thing, Mapping) else getattr(thing, name)
    return found


def get_list(thing: Any, name: str) -> list[Any]:
    """Return the entries of a list; none of anything else."""
    found = get(thing, name)
    return list(found) if isinstance(found, (list, tuple)) else []


#: Which values of JSON a dataclass takes for its fields, by their types.
_FITS: Mapping[str, Callable[[Any], bool]] = {
    "str": lambda value: isinstance(value, str),
    "bool": lambda value: isinstance(value, bool),
    "int": lambda value: number(value) is not None and is_finite(value),
    "float": is_finite,
    "list[Any]": lambda value: isinstance(value, list),
    "list[str]": lambda value: isinstance(value, list) and all(isinstance(v, str) for v in value),
    "dict[str, Any]": lambda value: isinstance(value, dict),
}


def as_dataclass(kind: Callable[..., Kept], found: Mapping[str, Any]) -> Kept | None:
    """Return the values of a JSON object as a dataclass; what it has besides is left out.

    :returns: None if a value is missing that has no default, or one is not of its field's type.
    """
    values = {}
    for each in fields(kind):  # type: ignore[arg-type]
        if each.name in found:
            values[each.name] = found[each.name]
            fits = _FITS.get(str(each.type))
            if fits and not fits(values[each.name]):
                return None
    try:
        return kind(**values)
    except TypeError:
        return None


def get_dict(thing: Any, name: str) -> dict[str, Any]:
    """Return a dict; an empty one in place of anything else."""
    found = get(thing, name)
    return found if isinstance(found, dict) else {}


def task_instance(context: Any) -> Any:
    """Return the task instance of a context; None if it has none."""
    return get(context, "task_instance", "ti")
