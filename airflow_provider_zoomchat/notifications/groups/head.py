"""The *head* of a group: what is kept of it between two callbacks, in a Variable."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any
from uuid import uuid4

from ...hooks.variables import StateError, StateTimeoutError, hashed, retried
from .. import lenient
from ..event import Event
from .failures import Failure, as_records, digest, final
from .group import Group
from .state import State
from .timeouts import CLAIM, LONGEST_WAIT, WaitBudget, settle, task_key

log = logging.getLogger(__name__)

#: Failed runs that are remembered, so that each is counted once.
_MAX_RUNS = 50

#: Seconds for which an edit is still expected after it was due.
_LATE = 15.0

#: Seconds after which a group's message is posted anew.
_REPEAT = 24 * 3600.0


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
    return [hashed([event.run_id, *one.key])[:8] for one in failures]


def _run_after(event: Event) -> float | None:
    moment = event.run_after or event.logical_date
    return moment.timestamp() if moment else None


class KeptHead:
    """The head of a group as all processes share it, with the claims to post and to edit.

    Airflow has no atomic change, so who claims something writes that, waits until all others have
    written too, and reads back whose claim it is.

    :param now: seconds since 1970, by this machine's clock.
    :param sleep: waits that many seconds.
    """

    def __init__(
        self,
        group: Group,
        state: State,
        *,
        now: Callable[[], float],
        sleep: Callable[[float], None],
        waits: WaitBudget,
    ) -> None:
        self._group = group
        self._state = state
        self._now = now
        self._sleep = sleep
        self._waits = waits
        # Runs of a DAG may share a message, and each reads the records of its own tasks alone.
        self._run = hashed([group.event.run_id])
        #: What stands in a claim of this process.
        self._me = f"{self._run}:{uuid4().hex}"

    def is_of_this_run(self, claim: str) -> bool:
        """Tell whether a process of this run has claimed something."""
        return claim.startswith(self._run)

    def read(self, *, is_needed: bool = False) -> Head:
        """Return the head; an empty one if there is none, or none that makes sense."""
        found = retried(lambda: self._state.read(self._group.key, is_needed=is_needed))
        head = Head() if found is None else Head.of(found)
        if head is None:
            log.warning(
                "What Variable %s says is not understood, and is replaced.", self._group.key
            )
        return head or Head()

    def wait(self, seconds: float) -> None:
        """Wait for other processes, within the time that all notifiers of the task have for it."""
        self._sleep(self._waits.take(task_key(self._group.event), seconds))

    def look_again(self, claimed: Head) -> Head:
        """Return the head again: a fresh claim stays, an old one is removed after three more reads.

        The process of an old claim was killed, or a clock is off. If all tasks took over such
        claims at once, none would stand, and none would post. A claim of another run is waited for
        in the same way: its message will not show this failure, but may be edited.
        """
        if claimed.is_claimed(self._now()) and self.is_of_this_run(claimed.claim):
            return claimed
        head = claimed
        for _ in range(3 if self._group.can_wait else 0):
            self.wait(1.0)
            head = self.read()
            if head != claimed:
                return head
        return replace(claimed, claim="", claimed=0.0)

    def claim_message(self, before: Head) -> bool:
        """Claim to post the message, and tell whether this claim stands.

        :param before: the head so far.
        """
        claimed = replace(before, claim=self._me, claimed=self._now())
        # There is none where whoever had claimed to post has failed, or a group has recovered.
        return self._stands(claimed, lambda there: there is None or there.get("claim") == self._me)

    def claim_edit(self, head: Head, due: float) -> bool:
        """Claim to make the next edit, and tell whether this claim stands.

        :param due: when that will be, in seconds since 1970.
        """

        def is_mine(there: Mapping[str, Any] | None) -> bool:
            # Who ends an edit at this moment may have written over a claim to make the next one,
            # and another run shows nothing of this one.
            editor = str((there or {}).get("editor") or "")
            is_another = editor != self._me and self.is_of_this_run(editor)
            return there is not None and not is_another

        return self._stands(replace(head, editor=self._me, due=due), is_mine)

    def _stands(self, claimed: Head, is_mine: Callable[[Mapping[str, Any] | None], bool]) -> bool:
        """Write a claim, wait until all are written, and tell whether this one stands.

        :param is_mine: judges what is read then.
        """
        began = self._now()
        try:
            retried(lambda: self._state.write(self._group.key, asdict(claimed)))
        except StateTimeoutError:
            return True  # it may be written, and others leave for it
        if not self._group.can_wait:
            return True
        self._sleep(settle(self._now() - began))
        try:
            there = retried(lambda: self._state.read(self._group.key, is_needed=True))
        except StateError:
            return True  # a second message is better than none
        return is_mine(there)

    def take_back(self, before: Head | None) -> None:
        """Take a claim to post away, so that the next one tries.

        :param before: what stood there before it, if there was a message.
        """
        with suppress(StateError):
            there = self._state.read(self._group.key, is_needed=True) or {}
            if there.get("claim") != self._me:
                return
            if before is None:
                self._state.delete(self._group.key)
            else:
                self._state.write(self._group.key, asdict(before))

    def write(self, head: Head) -> None:
        """Write the head; where that fails, later failures go by the one that was there before."""
        with suppress(StateError):
            retried(lambda: self._state.write(self._group.key, asdict(head)))
