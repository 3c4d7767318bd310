"""A group of alerts, and what is kept of it between two callbacks: its *head*, a Variable. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..hooks.variables import PREFIX
from .event import Event
from .failures import Failure, as_records, digest, final

#: The version of what is written; another version's is left alone.
_VERSION = 1

#: Characters of a DAG's id in the name of a Variable, which has 250 at most.
_MAX_NAME = 80

#: What the head of a group with a message holds in numbers.
_NUMBERS = ("since", "edited", "posted", "shown", "most", "replies", "runs")


@dataclass(frozen=True)
class Group:
    """The group that one callback belongs to.

    :param key: the name of its Variable.
    :param by: ``"run"`` or ``"dag"``.
    :param failure: of the task that has failed; None in a callback of the DAG.
    :param interval: seconds between two edits; with 0 nobody waits for anything.
    :param may_wait: whether this process may wait: not in the DAG processor, which calls one
        callback after the other and is killed after 50 s.
    :param dag_has_notifier: whether the DAG's own failure callback shows the final states.
    :param own_text: whether the author has given the text: then it is never replaced.
    :param watched: the tasks that have a notifier of the group, without those that are silenced.
    :param silenced: whether nobody is to be told: then a failure is recorded for others alone, and
        a recovery edits the message alone.
    """

    key: str
    event: Event
    by: str = "run"
    failure: Failure | None = None
    interval: float = 5.0
    may_wait: bool = True
    dag_has_notifier: bool = False
    own_text: bool = False
    watched: frozenset[str] = frozenset()
    silenced: bool = False

    @property
    def waits(self) -> bool:
        """Tell whether this process waits for others at all."""
        return self.may_wait and self.interval > 0


def group_key(event: Event, where: Iterable[object], *, by: str) -> str:
    """Return the name of the Variable of a group.

    :param where: what the message depends on: the connection, the target, the thread.
    :param by: ``"run"`` or ``"dag"``. Backfills are no part of a DAG's other runs.
    """
    run = event.run_id if by == "run" else event.run_type == "backfill"
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", event.dag_id or "")[:_MAX_NAME]
    return f"{PREFIX}group_{name}_{_hashed([*map(str, where), event.dag_id, by, run])}"


def lost_key(key: str) -> str:
    """Return the name of the Variable for a group's tasks that cannot record their failure.

    Their processes are gone, and the DAG processor can write no XCom.
    """
    return f"{key}_lost"


def channel_key(where: Iterable[object]) -> str:
    """Return the name of the Variable of a channel's messages.

    :param where: as in `group_key`.
    """
    return f"{PREFIX}channel_{_hashed([*map(str, where)])}"


def flood_key(where: Iterable[object]) -> str:
    """Return the start of the names of the Variables for what one channel has refused.

    :param where: as in `group_key`.
    """
    return f"{PREFIX}flood_{_hashed([*map(str, where)])}"


def _hashed(parts: list[Any]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def encode(head: Mapping[str, Any]) -> str:
    """Return a head as the text of a Variable."""
    return json.dumps({"version": _VERSION, **head}, ensure_ascii=False)


def decode(text: object) -> dict[str, Any] | None:
    """Return the head that a text is; None for garbage, and for one of a newer version."""
    try:
        found = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return None
    if not isinstance(found, dict) or found.pop("version", None) != _VERSION:
        return None
    return found


def is_head(head: Mapping[str, Any]) -> bool:
    """Tell whether this is the head of a group: with a message, or with a claim to post one."""
    if "message" not in head:
        return isinstance(head.get("claimed"), (int, float))
    numbers = (head.get(name) for name in _NUMBERS)
    is_open = isinstance(head["message"], dict)
    return is_open and all(isinstance(number, (int, float)) for number in numbers)


def new_head(
    message: Mapping[str, Any], failures: tuple[Failure, ...], event: Event, *, now: float
) -> dict[str, Any]:
    """Return the head of a group whose message was just posted.

    :param message: where it is; see `ZoomHook.describe`.
    :param failures: what it shows.
    :param now: seconds since 1970.
    """
    return {
        "message": dict(message),
        "since": failures[0].at if failures else now,
        "posted": now,
        "edited": now,
        "failures": as_records(failures),
        "digest": digest(failures),
        "shown": len(final(failures)),
        "most": len(failures),
        "replies": 0,
        "runs": 1,
        "run": event.run_id,
        "run_after": _run_after(event),
    }


def with_run(head: dict[str, Any], event: Event, *, by: str) -> dict[str, Any]:
    """Return the head of a group over runs as it is once another run fails."""
    if by == "run" or head.get("run") in (None, event.run_id):
        return head
    new = {"run": event.run_id, "run_after": _run_after(event), "runs": head["runs"] + 1}
    return {**head, **new, "shown": 0, "digest": ""}


def is_later(head: Mapping[str, Any], event: Event, *, by: str) -> bool:
    """Tell whether a good run ends the trouble; an older one says nothing of it."""
    if by == "run" or head.get("run") == event.run_id:
        return True
    mine, theirs = _run_after(event), head.get("run_after")
    return mine is None or not isinstance(theirs, float) or mine > theirs


def _run_after(event: Event) -> float | None:
    moment = event.run_after or event.logical_date
    return moment.timestamp() if moment else None
