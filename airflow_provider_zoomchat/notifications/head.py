"""A group of alerts, and what is kept of it between two callbacks: its *head*, a Variable. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..hooks.variables import PREFIX, StateError
from . import lenient
from .event import Event
from .failures import Failure, as_records, digest, final

#: The version of what is written; another version's is left alone.
_VERSION = 1

#: Characters of a DAG's id in the name of a Variable, which has 250 at most.
_MAX_NAME = 80

#: What the head of a group with a message holds in numbers.
_NUMBERS = ("since", "edited", "posted", "most", "replies", "runs")

#: Failed runs that are remembered, so that each is counted once.
_MAX_RUNS = 50


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


def record_key(key: str) -> str:
    """Return the key of the XComs in which the tasks of a group record their failures.

    Each group has its own: a task may alert two channels, and another task only one of them.
    """
    return f"{PREFIX}failure_{key.rpartition('_')[2]}"


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
    """Return the head that a text is; None for garbage.

    :raises StateError: a newer version has written it, and goes on using it.
    """
    try:
        found = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    version = found.pop("version", None)
    if isinstance(version, int) and version > _VERSION:
        raise StateError(f"version {version} of airflow-provider-zoomchat has written it")
    return found if version == _VERSION else None


def is_head(head: Mapping[str, Any]) -> bool:
    """Tell whether this is the head of a group: with a message, or with a claim to post one."""
    if not lenient.is_finite(head.get("claimed", 0)) or not lenient.is_finite(head.get("due", 0)):
        return False
    if "message" not in head:
        return "claimed" in head
    texts = (head.get(name) for name in ("told", "called", "failed_runs"))
    message = head["message"]
    return (
        isinstance(message, dict)
        and isinstance(message.get("message_id"), str)
        and all(lenient.is_finite(head.get(name)) for name in _NUMBERS)
        and all(isinstance(each, list) and all(map(_is_text, each)) for each in texts)
    )


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def new_head(
    message: Mapping[str, Any],
    failures: tuple[Failure, ...],
    event: Event,
    *,
    now: float,
    before: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the head of a group whose message was just posted.

    :param message: where it is; see `ZoomHook.describe`.
    :param failures: what it shows.
    :param now: seconds since 1970.
    :param before: the head, if the group had a message before.
    """
    new = {
        "message": dict(message),
        "since": failures[0].at if failures else now,
        "posted": now,
        "edited": now,
        "failures": as_records(failures),
        "digest": digest(failures),
        "told": told(final(failures), event),
        "called": [],
        "most": len(failures),
        "replies": 0,
        "runs": 1,
        "failed_runs": [event.run_id],
        "run_after": _run_after(event),
        "ended": False,
    }
    if before is None:
        return new
    kept = {name: before.get(name) for name in ("since", "runs", "failed_runs", "run_after")}
    return {**new, **kept, "most": max(new["most"], before["most"])}


def told(failures: Iterable[Failure], event: Event) -> list[str]:
    """Return a short text for each failure of a run, to know later that people were told of it."""
    return [_hashed([event.run_id, *one.key])[:8] for one in failures]


def with_run(head: dict[str, Any], event: Event, *, by: str) -> dict[str, Any]:
    """Return the head of a group over runs as it is once a run fails."""
    if by == "run" or event.run_id is None or event.run_id in head["failed_runs"]:
        return head
    times = [at for at in (_run_after(event), head.get("run_after")) if lenient.is_finite(at)]
    return {
        **head,
        "runs": head["runs"] + 1,
        "failed_runs": [*head["failed_runs"], event.run_id][-_MAX_RUNS:],
        "run_after": max(times, default=None),
        "digest": "",
        "ended": False,
    }


def is_later(head: Mapping[str, Any], event: Event, *, by: str) -> bool:
    """Tell whether a good run ends the trouble; one before the last that failed does not."""
    mine, theirs = _run_after(event), head.get("run_after")
    return by == "run" or mine is None or not lenient.is_finite(theirs) or mine >= theirs


def _run_after(event: Event) -> float | None:
    moment = event.run_after or event.logical_date
    return moment.timestamp() if moment else None
