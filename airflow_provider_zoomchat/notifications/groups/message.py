"""One message for a run that fails: it appears with the first failure, grows, and recovers.

The words are Alertmanager's: alerts form a *group*; its message is edited once in a *group
interval*, and posted anew after the *repeat interval*.

What happens when a task fails: it records its failure, then reads the group's head. Nobody has
posted: it claims to, waits until all claims are written, and the one whose claim stands posts what
is recorded by then. Somebody has: one process at a time waits for the interval to end, then edits.
All others leave at once, since their records were written before that process reads. Where that
judgement is wrong (a clock that is off, a claim that was written over), a message comes twice.

What that process shows is all there is until the next failure, or the DAG's own callback. So it has
more time for what others rely on, and where Airflow is slow, it leaves out all else.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from ...hooks.variables import StateError
from ...zoom.errors import RateLimitError, UnreachableError, ZoomChatError
from ..alerts import FilledAlert
from .failures import MAX_KEPT, Failure, as_records, digest, final, new_mentions
from .flood import MAX_MESSAGES, Channel
from .group import Group, Sender
from .head import Head, KeptHead, new_head, told
from .records import Records
from .state import State
from .summary import open_alert, recovered_alert, reply_text
from .timeouts import LONGEST_WAIT, WAIT_BUDGET, WaitBudget

log = logging.getLogger(__name__)

#: Failures of which it is remembered that people were told.
_MAX_TOLD = 1000

#: Replies in the thread of one group: people are told of these, but not of edits.
_MAX_REPLIES = 5


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
        waits: WaitBudget = WAIT_BUDGET,
    ) -> None:
        if group.failure is not None:
            failure = replace(group.failure, at=now(), held_back=group.held_back)
            group = replace(group, failure=failure)
        self.group = group
        self.records = Records(group, state, now)
        self._state = state
        self._sender = sender
        self._channel = channel
        self._now = now
        self._waits = waits
        self._kept = KeptHead(group, state, now=now, sleep=sleep, waits=waits)

    def task_failed(self) -> None:
        """Show a failure in the group's message.

        :raises StateError: nothing was sent.
        :raises ZoomChatError: the group has no message, and none could be posted.
        """
        self.records.add()
        if self._waits.zoom_hangs:
            return self._leave("Zoom does not answer; a later alert of the group shows it.")
        head = self._kept.read()
        if head.awaits_message(self._now()):
            head = self._kept.look_again(head)
        if head.awaits_message(self._now()):
            return self._leave("It is in the message that another task is about to post.")
        try:
            return self._update(head) if head.is_open(self._now()) else self._open(head)
        except UnreachableError as error:
            self._note_hang(error)
            raise

    def dag_failed(self) -> None:
        """Show the final states in the group's message; without one, post the alert."""
        head = self._kept.read()
        if not head.message:
            message = self._send(None)
            head = new_head(message, (), self.group.event, now=self._now())
            return self._kept.write(replace(head, ended=True))
        head = head.with_run_of(self.group)
        failures = self.records.failures_or_stored(head)
        if head.is_open(self._now()):
            return self._show(head, failures, reply=True, is_last=True)
        message = self._send(self.filled_alert(failures, head))
        now, event = self._now(), self.group.event
        return self._kept.write(new_head(message, failures, event, now=now, before=head))

    def dag_succeeded(self) -> bool:
        """Tell that the run has recovered, if its group has a message; False if it has none."""
        head = self._kept.read(is_needed=True)
        if not head.message or not head.ends_with(self.group):
            return False
        failures: tuple[Failure, ...] = ()
        known = False
        with suppress(StateError):
            failures = final(self.records.failures(Head()))
            known = self._state.total() > 0 and self._state.has_all_records()
        alert = recovered_alert(
            self.group,
            failures,
            since=head.since,
            now=self._now(),
            tasks=head.most,
            known=known,
        )
        message = head.message
        if not self.group.own_text:
            edited = self._edit(message, alert, has_next=False)
            if edited is None:  # nobody is told of the recovery; the next one may show it
                return True
            message = edited
        if self.group.own_text or not self.group.held_back:
            self._reply(message, alert.head)
        with suppress(StateError):
            self._state.delete(self.group.key)
        self.records.forget_lost()
        try:
            self._sender.mark_recovered(message)
        except ZoomChatError as error:
            log.warning("%s The recovery is told without it.", error)
        return True

    def _open(self, before: Head) -> None:
        """Post the group's message, unless another process does.

        :param before: the head so far; of a message that is too old, if it names one.
        """
        is_first = not before.message
        before = before if is_first else before.with_run_of(self.group)
        if not self._kept.claim_message(before):
            if self.group.by == "dag":  # the other task's run may be another, which shows its own
                head = self._kept.look_again(self._kept.read())
                if head.is_open(self._now()) and not head.claim:
                    return self._update(head)
            return self._leave("It is in the message that another task posts.")
        try:
            # Others have left for this claim, so the group has its message all the same.
            failures = self.records.own()
            if not self._state.is_slow():  # else there is only time for the second look below
                failures = self.records.failures_or_stored(Head())
            keeps_alert = (len(failures) == 1 and is_first) or self.group.own_text
            message = self._send(None if keeps_alert else self.filled_alert(failures, before))
        except RateLimitError:
            raise  # the claim stays for a while: what the channel refuses is told of a DAG once
        except BaseException:
            self._kept.take_back(before if not is_first else None)
            raise
        now, event = self._now(), self.group.event
        head = new_head(message, failures, event, now=now, before=None if is_first else before)
        # The message mentions only the people of this alert.
        called = list(self.group.failure.mentions if self.group.failure else ())
        head = replace(head, called=called)
        self._kept.write(head)
        # Whoever saw the claim and left had recorded its failure before this second look.
        with suppress(StateError):
            failures = self.records.failures(head)
            if digest(failures) != head.digest or new_mentions(failures, head.called):
                self._show(head, failures, reply=self.group.own_text)
        self._channel.remove_old_groups()
        return None

    def _update(self, head: Head) -> None:
        """Show this failure in the group's message, now, later, or by somebody else."""
        now, later = self._now(), "It is shown by the group's next edit."
        if head.has_editor(now) and self._kept.is_of_this_run(head.editor):
            return self._leave(later)
        # In the DAG processor nobody waits. Its callback for the DAG itself comes after these.
        is_early = abs(now - head.edited) < self.group.interval and not head.ended
        if is_early and self.group.dag_has_notifier and not self.group.can_wait:
            return self._leave(later)
        head = head.with_run_of(self.group)
        wait = max(0.0, min(head.edited, now) + self.group.interval - now)
        if self.group.can_wait:
            due = now + min(wait, LONGEST_WAIT)
            if not self._kept.claim_edit(head, due):
                return self._leave(later)
            self._kept.wait(wait - (self._now() - now))
            # Meanwhile its message may have been posted anew, or the run may have recovered.
            head = self._kept.read(is_needed=True)
            if not head.message:
                return self._leave("The group is over.")
            head = head.with_run_of(self.group)
        # Before the records are read: whoever fails from here on makes an edit of its own.
        head = replace(head, edited=self._now(), editor="")
        self._kept.write(head)
        try:
            failures = self.records.failures(head)
        except StateError:
            if self._has_next(head):
                return self._leave(later)
            failures = self.records.failures_or_stored(head)
        return self._show(head, failures, reply=True)

    def _has_next(self, head: Head) -> bool:
        """Tell whether a callback comes for certain that shows what this one does not."""
        return self.group.dag_has_notifier and not head.ended

    def _show(
        self, head: Head, failures: tuple[Failure, ...], *, reply: bool, is_last: bool = False
    ) -> None:
        """Edit the group's message, and tell of what is new in its thread.

        :param is_last: whether this is how the run ends, which is shown whatever was before.
        """
        alert = self.filled_alert(failures, head)
        if not self.group.own_text and (is_last or digest(failures) != head.digest):
            has_next = self._has_next(head) and not is_last
            message = self._edit(head.message, alert, has_next=has_next)
            if message is None:
                return None
            head = replace(head, message=message)
        head = self._tell(head, failures, alert, reply=reply)
        with suppress(StateError):
            # Others may have claimed the next edit meanwhile; one that is due needs no claim.
            there = self._kept.read()
            editor = there.editor if there.due > self._now() else ""
            head = replace(head, editor=editor, due=there.due)
        head = replace(
            head,
            edited=self._now(),
            digest=digest(failures),
            failures=as_records(failures),
            most=max(head.most, len(failures)),
        )
        if self.group.failure is None:  # what fails after it was cleared is told of anew
            head = replace(head, told=[], digest="", replies=0, ended=True)
        return self._kept.write(head)

    def _tell(
        self, head: Head, failures: tuple[Failure, ...], alert: FilledAlert, *, reply: bool
    ) -> Head:
        """Reply to the group's message with what is new, and return the head that knows so.

        :param alert: what the message says.
        :param reply: whether people are told; those whom nothing has mentioned always are.
        """
        event, failed, known = self.group.event, final(failures), set(head.told)
        new = [one for one in failed if told([one], event)[0] not in known]
        called = new_mentions(failed, head.called)
        words = reply_text(new or failed, more=bool(known))
        ended, has_told = self.group.failure is None, False
        if self.group.own_text and (new or ended):
            self._sender.reply(head.message, alert.head if ended else words, called)
            has_told = True
        elif called or (reply and new and head.replies < _MAX_REPLIES):
            has_told = self._reply(head.message, words, called)
        if reply and not has_told:
            return head
        return replace(
            head,
            told=[*head.told, *told(new, event)][-_MAX_TOLD:],
            called=[*head.called, *(called if has_told else ())][-_MAX_TOLD:],
            replies=head.replies + has_told,
        )

    def filled_alert(self, failures: tuple[Failure, ...], head: Head | None = None) -> FilledAlert:
        """Return the message that shows some failures.

        :param head: that of the group, if it has a message.
        """
        if head is None or not head.message:
            head = Head(since=failures[0].at if failures else self._now())
        return open_alert(
            self.group,
            failures,
            since=head.since,
            total=self._state.total(),
            in_a_row=head.runs,
            at_least=head.most if len(failures) == MAX_KEPT else 0,
        )

    def _edit(
        self, message: dict[str, Any], alert: FilledAlert, *, has_next: bool
    ) -> dict[str, Any] | None:
        """Edit a message; post it anew where Zoom refuses that.

        Returns where it is then; None if it is left to the group's next edit.

        :param has_next: whether a callback comes for certain that shows what this edit shows.
        """
        try:
            self._sender.edit(message, alert)
            return message
        except ZoomChatError as error:
            self._note_hang(error)
            if self.group.held_back or (error.passing and has_next):
                log.warning("%s What is recorded is shown with the group's next edit.", error)
                return None
            if error.passing:  # another message would not get through either
                raise
            log.warning("%s The group's message is posted anew.", error)
        return self._send(alert)

    def _send(self, alert: FilledAlert | None) -> dict[str, Any]:
        """Post a new message.

        :raises RateLimitError: the channel has had too many; Zoom has said so, or would soon.
        """
        # To count takes two calls more, for which others wait.
        if not self._state.is_slow() and not self._channel.count_message(self.group.key):
            raise RateLimitError(f"The channel has had {MAX_MESSAGES} new alerts in a minute.")
        return self._sender.post(alert)

    def _reply(self, message: Mapping[str, Any], text: str, mentions: Sequence[str] = ()) -> bool:
        """Reply in the message's thread, and return whether that was done.

        :param mentions: people who are told even while the channel is busy.
        """
        is_busy = self._waits.zoom_hangs or not self._channel.count_reply()
        if is_busy and not mentions:
            self._leave("The thread has no reply, since the channel is busy.")
            return False
        try:
            self._sender.reply(message, text, mentions)
        except ZoomChatError as error:
            self._note_hang(error)
            log.warning("%s The group's message says it.", error)
            return False
        return True

    def _note_hang(self, error: ZoomChatError) -> None:
        """Note that Zoom does not answer, where other callbacks wait for this one to end.

        The DAG processor calls one after the other, and is killed after 50 s.
        """
        if isinstance(error, UnreachableError) and self.group.in_dag_processor:
            self._waits.zoom_hangs = True

    def _leave(self, why: str) -> None:
        log.info("This alert belongs to the group of its run. %s", why)
