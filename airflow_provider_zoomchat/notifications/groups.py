"""One message for a run that fails: it appears with the first failure, grows, and recovers.

The words are Alertmanager's: alerts form a *group*; its message is edited once in a *group
interval*, and posted anew after the *repeat interval*.

What happens when a task fails: it records its failure, then reads the group's head. Nobody has
posted: it claims to, waits until all claims are written, and the one whose claim stands posts what
is recorded by then. Somebody has: one process at a time waits for the interval to end, then edits.
All others leave at once, since their records were written before that process reads. So nothing is
lost, and where a judgement is wrong (a clock that is off, a process that was killed), a message
comes late or twice.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any, Protocol
from uuid import uuid4

from ..hooks.variables import StateError, retried
from ..zoom.errors import RateLimitError, ZoomChatError
from .alert import Post
from .failures import (
    Failure,
    as_records,
    digest,
    final,
    merged,
    open_post,
    read_record,
    recovered_post,
    reply_text,
    unrecorded,
)
from .flood import MAX_MESSAGES, Channel
from .head import Group, is_head, is_later, lost_key, new_head, with_run
from .state import State
from .timeouts import WAITS, Waits, settle

log = logging.getLogger(__name__)

#: Seconds that a claim to post counts, and how long after it was due an edit is still expected.
_CLAIM, _LATE = 20.0, 15.0

#: Replies in the thread of one group: people are told of these, but not of edits.
_MAX_REPLIES = 5

#: Seconds after which a group's message is posted anew.
_REPEAT = 24 * 3600.0


class Sender(Protocol):
    """What a group needs of Zoom."""

    def post(self, post: Post | None) -> dict[str, Any]:
        """Post a message, or the alert as it is, and return where it is."""

    def edit(self, message: Mapping[str, Any], post: Post) -> None:
        """Put another text into a message."""

    def reply(self, message: Mapping[str, Any], text: str) -> None:
        """Reply in the message's thread."""


class GroupedAlert:
    """One callback of a group: what it writes, posts, edits or leaves to others.

    :param channel: where the messages go.
    :param now: seconds since 1970, by this machine's clock.
    :param sleep: waits that many seconds.
    """

    def __init__(
        self,
        group: Group,
        state: State,
        sender: Sender,
        channel: Channel,
        *,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        waits: Waits = WAITS,
    ) -> None:
        if group.failure is not None:
            failure = replace(group.failure, at=now(), silenced=group.silenced)
            group = replace(group, failure=failure)
        self.group = group
        self._state = state
        self._sender = sender
        self._channel = channel
        self._now = now
        self._sleep = sleep
        self._waits = waits
        self._me = uuid4().hex

    def task_failed(self) -> None:
        """Show a failure in the group's message.

        :raises StateError: nothing was sent.
        :raises ZoomChatError: the group has no message, and none could be posted.
        """
        self.record()
        head = self._head()
        if head is None:
            return self._open(before=None)
        if "message" not in head:
            there = head if self._is_fresh(head) else self._look_again(head)
            if there == head and not self._is_fresh(head):
                return self._open(before=None)
            if there is None or "message" not in there:
                return self._leave("It is in the message that another task is about to post.")
            head = there
        if self._is_old(head):
            return self._open(before=head)
        return self._update(head)

    def dag_failed(self) -> None:
        """Show the final states in the group's message; without one, post the alert."""
        head = self._head()
        if head is None or "message" not in head or self._is_old(head):
            message = self._send(None)
            return self._remember(new_head(message, (), self.group.event, now=self._now()))
        self._show(with_run(head, self.group.event, by=self.group.by), reply=True, must=True)
        return None

    def dag_succeeded(self) -> bool:
        """Tell that the run has recovered, if its group has a message; False if it has none."""
        head = self._head()
        if head is None or "message" not in head:
            return False
        if not is_later(head, self.group.event, by=self.group.by):
            return False
        failures: tuple[Failure, ...] = ()
        with suppress(StateError):
            failures = final(self.failures())
        post = recovered_post(
            self.group.event,
            failures,
            since=head["since"],
            now=self._now(),
            tasks=head["most"],
            known=self._state.total() > 0,
        )
        message = head["message"]
        if not self.group.own_text:
            self._edit(message, post, must=True)
        if self.group.own_text or not self.group.silenced:
            self._reply(message, post.head)
        with suppress(StateError):
            self._state.delete(self.group.key)
            self._state.delete(lost_key(self.group.key))
        return True

    # What is known

    def _head(self) -> dict[str, Any] | None:
        """Return the group's head if it makes sense."""
        head = retried(lambda: self._state.head(self.group.key))
        if head is None:
            return None
        if is_head(head):
            return head
        log.warning("What Variable %s says is not understood, and is replaced.", self.group.key)
        return None

    def _is_fresh(self, claim: Mapping[str, Any]) -> bool:
        return bool(abs(self._now() - claim["claimed"]) < _CLAIM)

    def _look_again(self, claim: dict[str, Any]) -> dict[str, Any] | None:
        """Return the head once a claim that looks old has had the time to become a message.

        Its process was killed, or a clock is off. If all tasks took over such claims at once, none
        would stand, and none would post.
        """
        there: dict[str, Any] | None = claim
        for _ in range(3 if self.group.waits else 0):
            self._sleep(self._waits.take(self.group.key, 1.0))
            there = self._head()
            if there != claim:
                break
        return there

    def record(self) -> None:
        """Record this failure, where a process that edits the message finds it."""
        failure = self.group.failure
        if failure is None:
            return
        if self.group.may_wait:
            retried(lambda: self._state.record(asdict(failure)))
        else:
            lost = {"failures": [*self._lost(), asdict(failure)]}
            retried(lambda: self._state.write_head(lost_key(self.group.key), lost))

    def _lost(self) -> list[Any]:
        """Return the records of tasks whose process is gone."""
        head = retried(lambda: self._state.head(lost_key(self.group.key))) or {}
        found = head.get("failures")
        return found if isinstance(found, list) else []

    def failures(self) -> tuple[Failure, ...]:
        """Return all failures of the run that are recorded, this one among them."""
        records = [*retried(self._state.records), *self._lost()]
        return self._with_own(records, self.group.watched)

    def _shown_before(self, head: Mapping[str, Any]) -> tuple[Failure, ...]:
        """Return what the group's message shows, where the records cannot be read.

        So it is in the DAG processor of Airflow 3.0, and in a DAG's callback under `dag.test()`.
        """
        kept = head.get("failures")
        return self._with_own(kept if isinstance(kept, list) else [], frozenset())

    def _with_own(self, records: Iterable[Any], watched: frozenset[str]) -> tuple[Failure, ...]:
        """Return the failures of some records, this one, and those that were never recorded.

        Those of silenced tasks are in the DAG's own alert alone, and last.

        Airflow 3 calls nobody back for a task that was killed while its worker lived on
        (https://github.com/apache/airflow/issues/60858); only its state tells.
        """
        found = [one for one in map(read_record, records) if one is not None]
        if self.group.failure is not None:
            found.append(self.group.failure)
        known = merged(found)
        killed = [one for one in self._state.failed() if one.partition(" [")[0] in watched]
        names = [*self.group.event.failed_tasks, *killed]
        known = merged(known, unrecorded(names, known, watched, self._now()))
        told = (one for one in known if self.group.failure is None or not one.silenced)
        return tuple(sorted(told, key=lambda one: one.silenced))

    def _is_old(self, head: Mapping[str, Any]) -> bool:
        return bool(abs(self._now() - head["posted"]) > _REPEAT)

    # What is done

    def _open(self, before: dict[str, Any] | None) -> None:
        """Post the group's message, unless another process does."""
        claimed = {**(before or {}), "claim": self._me, "claimed": self._now()}
        if not self._is_mine(claimed, "claim"):
            return self._leave("It is in the message that another task posts.")
        try:
            failures = self.failures()
        except StateError:
            # Others have left for this claim, so the group has its message all the same.
            failures = self._shown_before({})
        runs = before["runs"] if before else 1
        try:
            alone = len(failures) == 1 or self.group.own_text
            since = before["since"] if before else failures[0].at
            post = None if alone else self.post(failures, since=since, in_a_row=runs)
            message = self._send(post)
        except ZoomChatError:
            with suppress(StateError):  # so that the next one tries
                self._state.delete(self.group.key)
            raise
        head = new_head(message, failures, self.group.event, now=self._now())
        head.update(since=since, runs=runs)
        self._remember(head)
        # Whoever saw the claim and left had recorded its failure before this second look.
        with suppress(StateError):
            if digest(self.failures()) != head["digest"]:
                self._show(head, reply=False)
        return None

    def _update(self, head: dict[str, Any]) -> None:
        """Show this failure in the group's message, now, later, or by somebody else."""
        now = self._now()
        head = with_run(head, self.group.event, by=self.group.by)
        if head.get("flusher") and now < head.get("due", 0) + _LATE:
            return self._leave("It is shown by the group's next edit.")
        since_edit = abs(now - head["edited"])
        if self.group.dag_has_notifier and since_edit < self.group.interval:
            return self._leave("It is shown by the group's next edit.")
        due = min(head["edited"], now) + self.group.interval
        if self.group.waits:
            mine = {**head, "flusher": self._me, "due": max(now, due)}
            if not self._is_mine(mine, "flusher"):
                return self._leave("It is shown by the group's next edit.")
            wait = self._waits.take(self.group.key, due - self._now())
            self._sleep(max(0.0, wait))
        # Before the records are read: whoever fails from here on makes an edit of its own.
        self._remember({**head, "edited": self._now(), "flusher": None})
        return self._show(head, reply=True)

    def _is_mine(self, claimed: dict[str, Any], name: str) -> bool:
        """Write a claim, wait until all are written, and tell whether this one stands."""
        began = self._now()
        retried(lambda: self._state.write_head(self.group.key, claimed))
        if not self.group.waits:
            return True
        self._sleep(settle(self._now() - began))
        try:
            there = self._state.head(self.group.key)
        except StateError:
            return True  # a second message is better than none
        return there is None or bool(there.get(name) == self._me)

    def _show(self, head: dict[str, Any], *, reply: bool, must: bool = False) -> None:
        """Edit the group's message, and tell of what is new in its thread."""
        try:
            failures = self.failures()
        except StateError:
            if not must:
                return self._leave("It is shown by the group's next edit.")
            failures = self._shown_before(head)
        failed, shown = final(failures), head["shown"]
        new = failed[shown - len(failed) :] if len(failed) > shown else ()
        message = head["message"]
        is_new = digest(failures) != head.get("digest")
        if not self.group.own_text and (is_new or must):
            post = self.post(failures, since=head["since"], in_a_row=head["runs"])
            edited = self._edit(message, post, must=must)
            if edited is None:
                return None
            message = edited
        told = reply and new and head["replies"] < _MAX_REPLIES
        if told or (self.group.own_text and new):
            self._reply(message, reply_text(new, shown))
        head = {**head, "edited": self._now()}
        with suppress(StateError):
            # Others may have claimed the next edit meanwhile.
            there = self._head() or {}
            head.update({name: there.get(name) for name in ("flusher", "due")})
        # Once a run has ended, whatever fails after it was cleared is told of anew.
        ended = self.group.failure is None
        head["shown"] = 0 if ended else max(len(failed), shown)
        head["digest"] = "" if ended else digest(failures)
        head["failures"] = as_records(failures)
        head["most"] = max(head["most"], len(failures))
        head["replies"] = 0 if ended else head["replies"] + bool(told)
        self._remember({**head, "message": message})
        return None

    def post(self, failures: tuple[Failure, ...], *, since: float, in_a_row: int = 1) -> Post:
        """Return the message that shows some failures."""
        return open_post(
            self.group.event, failures, since=since, total=self._state.total(), in_a_row=in_a_row
        )

    def _edit(self, message: dict[str, Any], post: Post, *, must: bool) -> dict[str, Any] | None:
        """Edit a message; post it anew where Zoom refuses that.

        Returns where it is then; None if it is left to the group's next edit.

        :param must: nobody comes after this one who would show what this edit shows.
        """
        try:
            self._sender.edit(message, post)
            return message
        except ZoomChatError as error:
            if error.passing and not must:
                log.warning("%s The failure is recorded, and shown with the group's next.", error)
                return None
            if self.group.silenced:
                log.warning("%s The group's message stays as it is.", error)
                return None
            log.warning("%s The group's message is posted anew.", error)
        return self._send(post)

    def _send(self, post: Post | None) -> dict[str, Any]:
        """Post a new message.

        :raises RateLimitError: the channel has had too many; Zoom has said so, or would soon.
        """
        if not self._channel.takes_message(self.group.key):
            raise RateLimitError(f"The channel has had {MAX_MESSAGES} new alerts in a minute.")
        return self._sender.post(post)

    def _reply(self, message: Mapping[str, Any], text: str) -> None:
        if not self._channel.takes_reply():
            return self._leave("The thread has no reply, since the channel is busy.")
        try:
            self._sender.reply(message, text)
        except ZoomChatError as error:
            log.warning("%s The group's message says it.", error)

    def _remember(self, head: Mapping[str, Any]) -> None:
        """Write the head; where that fails, the next failure has a message of its own."""
        with suppress(StateError):
            retried(lambda: self._state.write_head(self.group.key, head))

    def _leave(self, why: str) -> None:
        log.info("This alert belongs to the group of its run. %s", why)
