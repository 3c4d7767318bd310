"""Silences: alerts that nobody wants for a while, with a reason and an end.

The word is Alertmanager's. One Variable holds all of them, since each alert reads it. The command
`zoomchat silence` writes it, and so may a person:

.. code-block:: json

    {"version": 1, "silences": [{"id": "3f9a1c", "dags": "sales_*", "tasks": "load_*",
     "until": "2026-03-17T06:00:00+00:00", "reason": "JIRA-123", "by": "ann"}]}

Where the Variable cannot be read, every alert goes out. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timezone
from fnmatch import fnmatchcase
from typing import Any

from ..hooks.variables import PREFIX
from ..zoom import sanitize
from . import lenient
from .event import Event

#: The Variable, and what Airflow's page says of it.
KEY = f"{PREFIX}silences"
DESCRIPTION = (
    "Alerts in Zoom that nobody wants for a while. Set by the command `zoomchat silence` of "
    "airflow-provider-zoomchat; `zoomchat silences` lists them."
)

#: The version of what is written.
_VERSION = 1


class SilencesError(Exception):
    """The Variable does not hold silences that this version reads."""


@dataclass(frozen=True)
class Silence:
    """One silence.

    :param dags: a shell's pattern for DAG ids: ``*``, ``?``, ``[ab]``.
    :param until: its end, aware; in UTC once it is read.
    :param tasks: a pattern for task ids, with which alerts of the DAG itself are not silenced.
    :param by: who made it.
    """

    id: str
    dags: str
    until: datetime
    reason: str
    tasks: str | None = None
    by: str | None = None

    def __str__(self) -> str:
        return f"Silenced until {self.end} ({sanitize.one_line(self.reason)})"

    @property
    def what(self) -> str:
        """Its patterns in words."""
        return f"DAGs {self.dags}" + (f", tasks {self.tasks}" if self.tasks else "")

    @property
    def end(self) -> str:
        """Its end in words."""
        return f"{self.until:%Y-%m-%d %H:%M} UTC"

    def covers(self, event: Event) -> bool:
        """Tell whether alerts of an event are silenced, before the end.

        Requests for approval never are: a run waits for the answer.
        """
        if event.name == "approval_asked" or event.dag_id is None:
            return False
        if not fnmatchcase(event.dag_id, self.dags):
            return False
        if self.tasks is None:
            return True
        return event.task_id is not None and fnmatchcase(event.task_id, self.tasks)


_FIELDS = {field.name for field in fields(Silence)}
_NEEDED = ("id", "dags", "until", "reason")


def encode(silences: Iterable[Silence]) -> str:
    """Return silences as the text of the Variable."""
    entries = [
        {name: value for name, value in asdict(one).items() if value is not None}
        | {"until": one.until.isoformat()}
        for one in silences
    ]
    return json.dumps({"version": _VERSION, "silences": entries}, ensure_ascii=False)


def decode(text: str | None) -> tuple[Silence, ...]:
    """Return the silences in the text of the Variable; none where it is not set.

    :raises SilencesError: it holds something else, or what a newer version has written.
    """
    if text is None:
        return ()
    try:
        found = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        raise _wrong("it is no JSON") from None
    version = found.get("version") if isinstance(found, dict) else None
    if isinstance(version, int) and version > _VERSION:
        raise SilencesError(
            f"Variable {KEY} has version {version}, which a newer airflow-provider-zoomchat has "
            "written: upgrade this one."
        )
    entries = found.get("silences") if version == _VERSION else None
    if not isinstance(entries, list):
        raise _wrong(f'it is no object with "version": {_VERSION} and a list "silences"')
    return tuple(_read(entry, f"silences[{index}]") for index, entry in enumerate(entries))


def _read(entry: Any, path: str) -> Silence:
    """Return a silence. A slip in a pattern's name must not silence more than was meant."""
    if not isinstance(entry, dict):
        raise _wrong(f"{path} is no object")
    for name in entry:
        if name not in _FIELDS:
            raise _wrong(f"{path} has {name!r:.50}, which is none of {', '.join(_FIELDS)}")
    for name in _NEEDED:
        if name not in entry:
            raise _wrong(f"{path} lacks {name!r}")
    for name, value in entry.items():
        if not isinstance(value, str) or not value.strip():
            raise _wrong(f"{path}.{name} must be a text")
    until = lenient.moment(entry["until"])
    if until is None:
        raise _wrong(f"{path}.until must be a time such as 2026-03-17T06:00:00+00:00")
    try:
        until = until.astimezone(timezone.utc)
    except OverflowError:
        raise _wrong(f"{path}.until is out of range") from None
    return Silence(**{**entry, "until": until})


def _wrong(what: str) -> SilencesError:
    return SilencesError(
        f"Variable {KEY} cannot be understood: {what}. Correct it, or delete it: it holds the "
        "silences of alerts in Zoom."
    )


def active(silences: Iterable[Silence], now: float) -> tuple[Silence, ...]:
    """Return the silences that have not ended.

    :param now: seconds since 1970.
    """
    return tuple(one for one in silences if one.until.timestamp() > now)


def silence_of(event: Event, silences: Iterable[Silence]) -> Silence | None:
    """Return the silence that alerts of an event fall under, the last to end; None if none does.

    :param silences: those that have not ended.
    """
    covering = [one for one in silences if one.covers(event)]
    return max(covering, key=lambda one: one.until, default=None)
