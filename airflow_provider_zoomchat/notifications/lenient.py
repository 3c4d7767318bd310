"""Looking at what a context holds without ever failing. Pure.

Objects of Airflow's, of its database, of JSON: each function returns None for what is not there or
makes no sense.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime, timezone, tzinfo
from enum import Enum
from typing import Any, TypeGuard

#: Above every time and count there is: what is written as text may be any number.
_MAX_NUMBER = 1e11


def url(value: Any) -> str | None:
    """Return the value if it is the URL of a page of Airflow's; else None."""
    # That of Airflow 3.0 lacks a slash: https://airflow.example.comdags/...
    is_address = isinstance(value, str) and re.match(r"https?://\S+?/dags/\S+$", value)
    return value if is_address else None


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


def zone(value: Any) -> tzinfo | None:
    """Return the value if it is a time zone; else None."""
    return value if isinstance(value, tzinfo) else None


def number(value: Any) -> int | None:
    """Return the value if it is a whole number; else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def is_finite(value: Any) -> TypeGuard[float]:
    """Tell whether this is a number that can be calculated with, such as a time or a count."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_number and abs(value) < _MAX_NUMBER  # not so for NaN


def enum(value: Any) -> Any:
    """Return what stands behind an enum; anything else as it is."""
    return value.value if isinstance(value, Enum) else value


def text(value: Any) -> str:
    """Return a value as a text, empty for None and for a value whose `__str__` raises."""
    try:
        return "" if value is None else str(value)
    except Exception:  # its own __str__ is at fault, and that is somebody else's
        return ""


def get_from(name: str, *things: Any) -> Any:
    """Return an attribute or entry of the first of these where it is not empty; else None."""
    found = (get(thing, name) for thing in things)
    return next((value for value in found if text(value)), None)


def get(thing: Any, name: str) -> Any:
    """Return an attribute of an object or an entry of a dict; None if there is none to be had."""
    try:
        return thing.get(name) if isinstance(thing, Mapping) else getattr(thing, name, None)
    except Exception:  # a property may want a database or a supervisor that is not there
        return None


def get_any(context: Any, *names: str) -> Any:
    """Return the first of these entries that is there."""
    found = (get(context, name) for name in names)
    return next((value for value in found if value is not None), None)


def get_list(thing: Any, name: str) -> list[Any]:
    """Return the entries of a list; none of anything else."""
    found = get(thing, name)
    return list(found) if isinstance(found, (list, tuple)) else []
