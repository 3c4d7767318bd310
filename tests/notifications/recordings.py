"""Contexts that real Airflows handed to callbacks, as objects again; see `tests/contexts`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from conftest import ROOT

#: Every recording: its path from `tests/contexts`, for example ``3.3.2/task_failed.json``.
NAMES = sorted(
    str(path.relative_to(ROOT / "tests" / "contexts"))
    for path in (ROOT / "tests" / "contexts").glob("*/*.json")
)


class Recorded:
    """An object of Airflow's with the attributes that it had."""

    def __init__(self, attributes: dict[str, Any]) -> None:
        self._attributes = attributes

    def __getattr__(self, name: str) -> Any:
        """Return the attribute, or raise what it raised."""
        value = self.__dict__.get("_attributes", {}).get(name, self)
        if value is self:
            raise AttributeError(name)
        if isinstance(value, dict) and set(value) == {"error"}:
            raise RuntimeError(value["error"])
        return value


def read(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a recording and its context."""
    recording = json.loads((ROOT / "tests" / "contexts" / name).read_text())
    return recording, {key: restored(value) for key, value in recording["context"].items()}


def restored(value: Any) -> Any:
    """Return a recorded value as what it was."""
    if isinstance(value, list):
        return [restored(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"datetime"}:
        return datetime.fromisoformat(value["datetime"])
    if set(value) == {"seconds"}:
        return timedelta(seconds=value["seconds"])
    if set(value) == {"exception", "text"}:
        return type(value["exception"], (Exception,), {})(value["text"])
    if "class" in value:
        return Recorded(dict(_attributes(value.get("attributes", {}))))
    return {key: restored(inner) for key, inner in value.items()}


def _attributes(recorded: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in recorded.items():
        if name.endswith("()"):
            yield name[:-2], _method(restored(value))
        else:
            yield name, restored(value)


def _method(answer: Any) -> Any:
    def call(*args: Any, **kwargs: Any) -> Any:
        if isinstance(answer, dict) and set(answer) == {"error"}:
            raise RuntimeError(answer["error"])
        return answer

    return call
