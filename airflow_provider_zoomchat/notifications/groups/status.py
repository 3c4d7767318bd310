"""What is kept of a group in Airflow: the *status* of its message, and the failures of its tasks.

The status is a Variable. A task records its failure in an XCom of its own. One whose process is
gone cannot: the DAG processor keeps it in a second Variable.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ...hooks.variables import StateError, hashed, retried
from .. import lenient
from ..event import Event, indexed, unindexed
from .group import (
    Failure,
    Group,
    digest,
    final,
    lost_key,
    merged,
    read_record,
    record_key,
    unrecorded,
)
from .state import MessageStatus, Records, Shared, read_status
from .timeouts import EDIT_WAIT, MAX_WAIT

log = logging.getLogger(__name__)

#: Failures that the status holds besides, for a process that cannot read the records.
MAX_KEPT = 100

#: Failed runs that are remembered, so that each is counted once.
_MAX_RUNS = 50

#: Records of tasks whose process is gone, of all runs of a group that share a message.
_MAX_LOST = 200

#: Seconds for which an edit is still expected after it was due, besides `MAX_WAIT`.
_LATE = 15.0


@dataclass(frozen=True)
class GroupStatus(MessageStatus):
    """The status of a group's message.

    :param since: when the first task failed.
    :param failures: what it shows, for processes that cannot read the tasks' records.
    :param told: failures of which people were told, by the message or in its thread; see `told`.
    :param called: people whom the message or its thread has mentioned.
    :param most: the most failures that it has shown.
    :param replies: replies in its thread.
    :param runs: failed runs in a row.
    :param failed_runs: ids of these runs, so that each is counted once.
    :param run_after: when the latest of them was due; 0 if that is not known.
    :param ended: whether the DAG's own callback has shown how the run ended.
    :param editor: the process that makes the next edit.
    :param due: when it will.
    """

    REPEAT_INTERVAL = 24 * 3600.0

    since: float = 0.0
    failures: list[Any] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    called: list[str] = field(default_factory=list)
    most: int = 0
    replies: int = 0
    runs: int = 1
    failed_runs: list[str] = field(default_factory=list)
    run_after: float = 0.0
    ended: bool = False
    editor: str = ""
    due: float = 0.0

    def awaits_message(self, now: float) -> bool:
        """Tell whether a process has claimed, lately or not, a message that is not there yet."""
        return bool(self.claim) and not self.is_open(now)

    def has_editor(self, now: float) -> bool:
        """Tell whether a process makes the next edit, unless it was killed."""
        return bool(self.editor) and abs(now - self.due) < _LATE + MAX_WAIT

    def with_run_of(self, group: Group) -> GroupStatus:
        """Return the status of a group over runs as it is once another run has failed."""
        event = group.event
        if group.by == "run" or event.run_id is None or event.run_id in self.failed_runs:
            return self
        return replace(
            self,
            runs=self.runs + 1,
            failed_runs=[*self.failed_runs, event.run_id][-_MAX_RUNS:],
            run_after=max(_run_after(event), self.run_after),
            failures=[],
            digest="",
            ended=False,
        )

    def ends_with(self, group: Group) -> bool:
        """Tell whether a good run ends the trouble; one before the last that failed does not."""
        good = _run_after(group.event)
        return group.by == "run" or not good or good >= self.run_after

    def showing(self, failures: tuple[Failure, ...], now: float) -> GroupStatus:
        """Return the status of a message that shows some failures from now on."""
        return replace(
            self,
            edited=now,
            digest=digest(failures),
            failures=[asdict(failure) for failure in failures[:MAX_KEPT]],
            most=max(self.most, len(failures)),
        )

    def after_end(self) -> GroupStatus:
        """Return the status once the run has ended: what fails after a clear is told of anew."""
        return replace(self, told=[], digest="", replies=0, ended=True, editing=0.0)


def new_status(
    message: Mapping[str, Any],
    failures: tuple[Failure, ...],
    group: Group,
    *,
    now: float,
    before: GroupStatus,
) -> GroupStatus:
    """Return the status of a group whose message was just posted.

    :param message: where it is; see `ZoomHook.describe`.
    :param failures: what it shows.
    :param now: seconds since 1970.
    :param before: the status until then: the group may have had a message that is too old.
    """
    event, failure = group.event, group.failure
    if not before.message:
        before = GroupStatus(
            since=failures[0].at if failures else now,
            failed_runs=[event.run_id] if event.run_id else [],
            run_after=_run_after(event),
        )
    status = GroupStatus(
        message=dict(message),
        posted=now,
        since=before.since,
        told=told(final(failures), event),
        # The message mentions only the people of this alert.
        called=list(failure.mentions) if failure else [],
        most=before.most,
        runs=before.runs,
        failed_runs=before.failed_runs,
        run_after=before.run_after,
    ).showing(failures, now)
    return status if failure else status.after_end()


def told(failures: Iterable[Failure], event: Event) -> list[str]:
    """Return a short text for each failure of a run, to know later that people were told of it."""
    return [hashed([event.run_id, *one.key])[:8] for one in failures]


def _run_after(event: Event) -> float:
    """Return when a run was due, in seconds since 1970; 0 if that is not known."""
    moment = event.run_after or event.logical_date
    return moment.timestamp() if moment else 0.0


@dataclass(frozen=True)
class RunFailures:
    """The failures of a run, in the order in which they came.

    :param total: tasks of the run; 0 if that is not known.
    :param is_complete: whether none is missing.
    """

    failures: tuple[Failure, ...] = ()
    total: int = 0
    is_complete: bool = False


@dataclass
class Edit:
    """An edit that is under way.

    :param status: the one to write at its end.
    """

    status: GroupStatus


class KeptGroup:
    """What is kept of one group, as all of its processes share it."""

    def __init__(self, group: Group, shared: Shared) -> None:
        self._group = group
        self._shared = shared

    def read(self, *, is_needed: bool = False) -> GroupStatus:
        """Return the status; an empty one if there is none, or none that makes sense."""
        key = self._group.key
        status = read_status(GroupStatus, self._shared.read(key, is_needed=is_needed))
        if status is None:
            log.warning("What Variable %s says is not understood, and is replaced.", key)
        return status or GroupStatus()

    def write(self, status: GroupStatus) -> None:
        """Write the status; where that fails, later failures go by the one that was there."""
        with suppress(StateError):
            self._shared.write(self._group.key, asdict(status))

    def look_again(self, claimed: GroupStatus) -> GroupStatus:
        """Return the status again: a fresh claim stays, an old one goes after three more reads.

        The process of an old claim was killed, or a clock is off. If all tasks took over such
        claims at once, none would stand, and none would post. A claim of another run is waited for
        in the same way: its message will not show this failure, but may be edited.
        """
        if claimed.is_claimed(self._shared.now()) and self._shared.is_of_this_run(claimed.claim):
            return claimed
        for _ in range(3 if self._shared.can_wait else 0):
            self._shared.wait(1.0)
            status = self.read()
            if status != claimed:
                return status
        return replace(claimed, claim="", claimed=0.0)

    def claim_message(self, before: GroupStatus) -> bool:
        """Claim to post the message, and tell whether this claim stands.

        :param before: the status so far.
        """
        claimed = replace(before, claim=self._shared.me, claimed=self._shared.now())
        there = self._shared.write_and_read_back(self._group.key, asdict(claimed))
        # There is none where whoever had claimed to post has failed, or a group has recovered.
        return there is None or there.get("claim") == self._shared.me

    def claim_edit(self, status: GroupStatus, due: float) -> bool:
        """Claim to make the next edit, and tell whether this claim stands.

        :param due: when that will be, in seconds since 1970.
        """
        for _ in range(2):
            claimed = replace(status, editor=self._shared.me, due=due)
            there = self._shared.write_and_read_back(self._group.key, asdict(claimed))
            if there is None:
                return False
            # Another run shows nothing of this one.
            if editor := str(there.get("editor") or ""):
                return editor == self._shared.me or not self._shared.is_of_this_run(editor)
            # Somebody who had not waited for this claim, as the DAG's own callback, has written.
            status = read_status(GroupStatus, there) or status
        return True

    @contextmanager
    def editing(self, status: GroupStatus) -> Iterator[Edit]:
        """Write the status at the start of an edit and at its end, whatever happens in between.

        All others leave the status alone meanwhile: see `Shared.after_edit`.
        """
        now, editor = self._shared.now(), status.editor
        if editor == self._shared.me or not status.has_editor(now):
            editor = ""
        edit = Edit(replace(status, editor=editor, editing=now))
        self.write(edit.status)
        try:
            yield edit
        finally:
            there = edit.status
            if self._shared.now() - now > EDIT_WAIT:  # others may have claimed the next one
                with suppress(StateError):
                    there = self.read()
            # One that is due needs no claim any more.
            editor = there.editor if there.due > self._shared.now() else ""
            self.write(replace(edit.status, editor=editor, due=there.due, editing=0.0))

    def take_back(self, before: GroupStatus) -> None:
        """Take a claim to post away, so that the next one tries.

        :param before: what stood there before it.
        """
        with suppress(StateError):
            there = self._shared.read(self._group.key, is_needed=True) or {}
            if there.get("claim") != self._shared.me:
                return
            if before.message:
                self._shared.write(self._group.key, asdict(before))
            else:
                self._shared.state.delete(self._group.key)

    def forget(self) -> None:
        """Remove the Variables of a group that is over."""
        for key in (self._group.key, lost_key(self._group.key)):
            with suppress(StateError):
                self._shared.state.delete(key)

    def record(self) -> None:
        """Record the failure of this task, where a process that edits the message finds it."""
        group, state = self._group, self._shared.state
        if group.failure is None:
            return
        record = asdict(group.failure)
        if not group.in_dag_processor:
            retried(lambda: state.record(record_key(group.key), record))
            return
        lost = [*self._lost(), {**record, "run": group.event.run_id}]
        self._shared.write(lost_key(group.key), {"failures": lost[-_MAX_LOST:]})

    def _lost(self) -> list[dict[str, Any]]:
        """Return the records of tasks whose process is gone, of all runs of the group."""
        kept = lenient.get_list(self._shared.read(lost_key(self._group.key)), "failures")
        return [one for one in kept if isinstance(one, dict)]

    def failures(self, status: GroupStatus, *, or_stored: bool = False) -> RunFailures:
        """Return all failures of the run that are recorded, this one among them.

        Where there was no time to read them all, those that the status holds and the names of all
        failed tasks stand for the rest.

        :param or_stored: whether those that the status holds are enough where Airflow cannot be
            asked. So it is in the DAG processor of Airflow 3.0, and in a DAG's callback under
            `dag.test()`.
        :raises StateError: Airflow cannot be asked.
        """
        state = self._shared.state
        try:
            records = retried(lambda: state.records(record_key(self._group.key)))
        except StateError:
            if not or_stored:
                raise
            records = Records(is_complete=False)
        found = [*(() if records.is_complete else status.failures), *records.found]
        if not (records.total and state.is_slow()):
            with suppress(StateError):  # a task that was lost is rare
                lost = self._lost()
                found += [one for one in lost if one.get("run") == self._group.event.run_id]
        return self._with_own(found, records)

    def own(self) -> RunFailures:
        """Return the failure of this task alone, for whoever has no time to read the others."""
        return self._with_own((), Records(is_complete=False))

    def _with_own(self, found: Iterable[Any], records: Records) -> RunFailures:
        """Return the failures of some records, this one, and those that were never recorded.

        Failures whose alerts are held back appear only in the DAG's own alert, at its end.

        Airflow 3 calls nobody back for a task that was killed while its worker lived on
        (https://github.com/apache/airflow/issues/60858); only its state tells.

        :param records: in which tasks are named that have ended.
        """
        group, good = self._group, set(records.ended_well)
        failures = [one for one in map(read_record, found) if one is not None]
        failures = [one for one in failures if indexed(*one.key) not in good]
        if group.failure is not None:
            failures.append(group.failure)
        known = merged(failures)
        failed = [name for name in records.failed if unindexed(name)[0] in group.watched]
        # If these are all records, who has left none was killed.
        killed = group.watched if records.is_complete else frozenset()
        names = [*group.event.failed_tasks, *failed]
        known = merged([*known, *unrecorded(names, known, killed, self._shared.now())])
        shown = [one for one in known if group.failure is None or not one.held_back]
        shown.sort(key=lambda one: one.held_back)
        return RunFailures(tuple(shown), records.total, records.is_complete)
