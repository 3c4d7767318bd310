"""A group of alerts, and its *head*: what is kept of it between two callbacks, a Variable. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from ...hooks.variables import PREFIX, StateError
from .. import lenient
from ..alert import FilledAlert
from ..event import Event
from .failures import Failure, as_records, digest, final
from .timeouts import CLAIM, LONGEST_WAIT

#: The version of what is written; another version's is left alone.
_VERSION = 1

#: Characters of a DAG's id in the name of a Variable, which has 250 at most.
_MAX_NAME = 80

#: Failed runs that are remembered, so that each is counted once.
_MAX_RUNS = 50

#: Seconds for which an edit is still expected after it was due.
_LATE = 15.0

#: Seconds after which a group's message is posted anew.
_REPEAT = 24 * 3600.0


@dataclass(frozen=True)
class Group:
    """The group that one callback belongs to.

    :param key: the name of its Variable.
    :param alert: the callback's alert, as it would be sent alone.
    :param by: ``"run"`` or ``"dag"``.
    :param failure: of the task that has failed; None in a callback of the DAG.
    :param interval: seconds between two edits; with 0 nobody waits for anything.
    :param in_dag_processor: whether the callback runs there: it can write Variables, but no XComs,
        and must not wait, since one callback is called after the other, in a process that is killed
        after 50 s.
    :param dag_has_notifier: whether the DAG's own failure callback shows the final states.
    :param own_text: whether the author has given the text: then it is never replaced.
    :param watched: the tasks that have a notifier of the group, without those that are silenced.
    :param silenced: whether nobody is to be told: then a failure is only recorded, and a recovery
        only edits the message.
    """

    key: str
    event: Event
    alert: FilledAlert
    by: str = "run"
    failure: Failure | None = None
    interval: float = 5.0
    in_dag_processor: bool = False
    dag_has_notifier: bool = False
    own_text: bool = False
    watched: frozenset[str] = frozenset()
    silenced: bool = False

    @property
    def can_wait(self) -> bool:
        """Whether this process may wait for others."""
        return not self.in_dag_processor and self.interval > 0


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


def encode(value: Mapping[str, Any]) -> str:
    """Return a JSON object as the text of a Variable."""
    return json.dumps({"version": _VERSION, **value}, ensure_ascii=False)


def decode(text: object) -> dict[str, Any] | None:
    """Return the JSON object in the text of a Variable; None for garbage.

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


@dataclass(frozen=True)
class Head:
    """What is kept of a group between two callbacks, as JSON in its Variable.

    All times are seconds since 1970.

    :param message: where the message is, see `ZoomHook.describe`; empty before it is posted.
    :param since: when the first task failed.
    :param posted: when the message was posted.
    :param edited: when it was last edited, or was about to be.
    :param failures: what it shows, for processes that cannot read the tasks' records.
    :param digest: of what it shows, so that nothing is edited in vain.
    :param told: failures of which people were told, by the message or in its thread; see `told`.
    :param called: people whom the message or its thread has mentioned.
    :param most: the most failures that it has shown.
    :param replies: replies in its thread.
    :param runs: failed runs in a row.
    :param failed_runs: ids of these runs, so that each is counted once.
    :param run_after: when the latest of them was due.
    :param ended: whether the DAG's own callback has shown how the run ended.
    :param claim: the process that is about to post the message.
    :param claimed: when it said so.
    :param editor: the process that makes the next edit.
    :param due: when it will.
    """

    message: dict[str, Any] = field(default_factory=dict)
    since: float = 0.0
    posted: float = 0.0
    edited: float = 0.0
    failures: list[Any] = field(default_factory=list)
    digest: str = ""
    told: list[str] = field(default_factory=list)
    called: list[str] = field(default_factory=list)
    most: int = 0
    replies: int = 0
    runs: int = 1
    failed_runs: list[str] = field(default_factory=list)
    run_after: float | None = None
    ended: bool = False
    claim: str = ""
    claimed: float = 0.0
    editor: str = ""
    due: float = 0.0

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> Head | None:
        """Return the head that a Variable holds; None if it makes no sense."""
        names = {each.name for each in fields(cls)}
        try:
            head = cls(**{name: value for name, value in found.items() if name in names})
            return head if head._makes_sense() else None
        except TypeError:
            return None

    def _makes_sense(self) -> bool:
        if not isinstance(self.message, dict):
            return False
        times = (self.since, self.posted, self.edited, self.claimed, self.due, self.run_after or 0)
        counts = (self.most, self.replies, self.runs)
        lists = (self.failures, self.told, self.called, self.failed_runs)
        texts = (self.digest, self.claim, self.editor, *self.told, *self.called, *self.failed_runs)
        message_id = self.message.get("message_id") if self.message else self.claim or None
        return (
            all(isinstance(each, str) for each in (message_id, *texts))
            and all(isinstance(each, list) for each in lists)
            and all(map(lenient.is_finite, (*times, *counts)))
        )

    def is_open(self, now: float) -> bool:
        """Tell whether the group has a message that is edited, and not yet posted anew."""
        return bool(self.message) and abs(now - self.posted) <= _REPEAT

    def is_claimed(self, now: float) -> bool:
        """Tell whether a process is about to post the message, unless it was killed."""
        return bool(self.claim) and abs(now - self.claimed) < CLAIM

    def awaits_message(self, now: float) -> bool:
        """Tell whether a process has claimed, lately or not, a message that is not there yet."""
        return bool(self.claim) and not self.is_open(now)

    def has_editor(self, now: float) -> bool:
        """Tell whether a process makes the next edit, unless it was killed."""
        return bool(self.editor) and abs(now - self.due) < _LATE + LONGEST_WAIT

    def with_run_of(self, group: Group) -> Head:
        """Return the head of a group over runs as it is once another run has failed."""
        event = group.event
        if group.by == "run" or event.run_id is None or event.run_id in self.failed_runs:
            return self
        times = [at for at in (_run_after(event), self.run_after) if at is not None]
        return replace(
            self,
            runs=self.runs + 1,
            failed_runs=[*self.failed_runs, event.run_id][-_MAX_RUNS:],
            run_after=max(times, default=None),
            digest="",
            ended=False,
        )

    def ends_with(self, group: Group) -> bool:
        """Tell whether a good run ends the trouble; one before the last that failed does not."""
        good, failed = _run_after(group.event), self.run_after
        return group.by == "run" or good is None or failed is None or good >= failed


def new_head(
    message: Mapping[str, Any],
    failures: tuple[Failure, ...],
    event: Event,
    *,
    now: float,
    before: Head | None = None,
) -> Head:
    """Return the head of a group whose message was just posted.

    :param message: where it is; see `ZoomHook.describe`.
    :param failures: what it shows.
    :param now: seconds since 1970.
    :param before: the head, if the group had a message before.
    """
    head = Head(
        message=dict(message),
        since=failures[0].at if failures else now,
        posted=now,
        edited=now,
        failures=as_records(failures),
        digest=digest(failures),
        told=told(final(failures), event),
        most=len(failures),
        failed_runs=[event.run_id] if event.run_id else [],
        run_after=_run_after(event),
    )
    if before is None:
        return head
    return replace(
        head,
        since=before.since,
        runs=before.runs,
        failed_runs=before.failed_runs,
        run_after=before.run_after,
        most=max(head.most, before.most),
    )


def told(failures: Iterable[Failure], event: Event) -> list[str]:
    """Return a short text for each failure of a run, to know later that people were told of it."""
    return [_hashed([event.run_id, *one.key])[:8] for one in failures]


def _run_after(event: Event) -> float | None:
    moment = event.run_after or event.logical_date
    return moment.timestamp() if moment else None
