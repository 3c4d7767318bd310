"""One message for a run that fails: it appears with the first failure, grows, and recovers.

The words are Alertmanager's: alerts form a *group*; its message is edited once in a *group
interval*, and posted anew after the *repeat interval*.

What happens when a task fails: it records its failure, then reads the status of the group. Nobody
has posted: it claims to, waits until all claims are written, and the one whose claim stands posts
what is recorded by then. Somebody has: one process at a time waits for the interval to end, then
edits. All others leave at once, since their records were written before that process reads. Who
fails while an edit is under way waits for its end, then claims the next one. Where a judgement is
wrong (a clock that is off, an edit that takes longer than others wait), people are told twice.

What that process shows is all there is until the next failure, or the DAG's own callback. So it has
more time for what others rely on, and where Airflow is slow, it leaves out all else.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from ...hooks.variables import StateError
from ...zoom.errors import RateLimitError, UnreachableError, ZoomChatError
from ..alerts import FilledAlert
from .flood import MAX_MESSAGES, Channel
from .group import Group, Sender, digest, final, new_mentions
from .state import Shared
from .status import MAX_KEPT, GroupStatus, KeptGroup, RunFailures, new_status, told
from .summary import open_alert, recovered_alert, reply_text
from .timeouts import HANGS, MAX_WAIT

log = logging.getLogger(__name__)

#: Failures of which it is remembered that people were told.
_MAX_TOLD = 1000

#: Replies in the thread of one group: people are told of these, but not of edits.
_MAX_REPLIES = 5

#: Why a failure is shown by no message of its group.
_OVER = "The group is over."


class GroupedAlert:
    """One callback of a group: what it writes, posts, edits or leaves to others.

    :param channel: where the messages go.
    """

    def __init__(self, group: Group, shared: Shared, sender: Sender, channel: Channel) -> None:
        if group.failure is not None:
            failure = replace(group.failure, at=shared.now(), held_back=group.held_back)
            group = replace(group, failure=failure)
        self.group = group
        self.kept = KeptGroup(group, shared)
        self._shared = shared
        self._sender = sender
        self._channel = channel
        self._now = shared.now

    def task_failed(self) -> None:
        """Show a failure in the group's message.

        :raises StateError: nothing was sent.
        :raises ZoomChatError: the group has no message, and none could be posted.
        """
        self.kept.record()
        if self._zoom_hangs:
            return _leave("Zoom does not answer; a later alert of the group shows it.")
        status = self.kept.read()
        if status.awaits_message(self._now()):
            status = self.kept.look_again(status)
        if status.awaits_message(self._now()):
            return _leave("It is in the message that another task is about to post.")
        if status.is_open(self._now()):
            return self._update(status)
        return self._open(status)

    def dag_failed(self) -> None:
        """Show the final states in the group's message; without one, post the alert."""
        status = self.kept.read()
        alert, found = None, RunFailures()
        if status.message:
            status = status.with_run_of(self.group)
            found = self.kept.failures(status, or_stored=True)
            if status.is_open(self._now()):
                return self.kept.write(self._show(status, found, reply=True))
            alert = self.filled_alert(found, status)
        return self.kept.write(self._post(alert, found, status))

    def dag_succeeded(self) -> bool:
        """Tell that the run has recovered, if its group has a message; False if it has none."""
        status = self.kept.read(is_needed=True)
        message = status.message
        if not message or not status.ends_with(self.group):
            return False
        found = RunFailures()
        with suppress(StateError):
            found = self.kept.failures(GroupStatus())
        alert = recovered_alert(
            self.group,
            final(found.failures),
            since=status.since,
            now=self._now(),
            tasks=status.most,
            known=found.is_complete and found.total > 0,
        )
        if not self.group.own_text:
            edited = self._edit(message, alert, has_next=False)
            if edited is None:  # nobody is told of the recovery; the next one may show it
                return True
            message = edited
        if self.group.own_text or not self.group.held_back:
            self._reply(message, alert.head)
        self.kept.forget()
        try:
            self._sender.mark_recovered(message)
        except ZoomChatError as error:
            log.warning("%s The recovery is told without it.", error)
        return True

    def _open(self, before: GroupStatus) -> None:
        """Post the group's message, unless another process does.

        :param before: the status so far; of a message that is too old, if it names one.
        """
        is_first = not before.message
        before = before if is_first else before.with_run_of(self.group)
        if not self.kept.claim_message(before):
            if self.group.by == "dag":  # the other task's run may be another, which shows its own
                status = self.kept.look_again(self.kept.read())
                if status.is_open(self._now()) and not status.claim:
                    return self._update(status)
            return _leave("It is in the message that another task posts.")
        try:
            # Others have left for this claim, so the group has its message all the same.
            found = self.kept.own()
            if not self._shared.state.is_slow():  # else there is time for the second look alone
                found = self.kept.failures(GroupStatus(), or_stored=True)
            keeps_alert = (len(found.failures) == 1 and is_first) or self.group.own_text
            alert = None if keeps_alert else self.filled_alert(found, before)
            status = self._post(alert, found, before)
        except RateLimitError:
            raise  # the claim stays for a while: what the channel refuses is told of a DAG once
        except BaseException:
            self.kept.take_back(before)
            raise
        # Whoever saw the claim and left had recorded its failure before this second look.
        with self.kept.editing(status) as edit, suppress(StateError):
            found = self.kept.failures(status)
            is_more = digest(found.failures) != status.digest
            if is_more or new_mentions(found.failures, status.called):
                edit.status = self._show(status, found, reply=self.group.own_text)
        self._channel.remove_old_groups()
        return None

    def _update(self, status: GroupStatus) -> None:
        """Show this failure in the group's message, now, later, or by somebody else."""
        later = "It is shown by the group's next edit."
        status = self._shared.after_edit(status, self.kept.read)
        if not status.message:
            return _leave(_OVER)
        now = self._now()
        if status.has_editor(now) and self._shared.is_of_this_run(status.editor):
            return _leave(later)
        # In the DAG processor nobody waits. Its callback for the DAG itself comes after these.
        is_early = abs(now - status.edited) < self.group.interval
        if is_early and self._has_next(status) and not self.group.can_wait:
            return _leave(later)
        status = status.with_run_of(self.group)
        if self.group.can_wait:
            wait = max(0.0, min(status.edited, now) + self.group.interval - now)
            if not self.kept.claim_edit(status, now + min(wait, MAX_WAIT)):
                return _leave(later)
            self._shared.wait(wait - (self._now() - now))
            # Meanwhile its message may have been posted anew, or the run may have recovered.
            status = self._shared.after_edit(self.kept.read(is_needed=True), self.kept.read)
            if not status.message:
                return _leave(_OVER)
            status = status.with_run_of(self.group)
        # Before the records are read: whoever fails from here on makes an edit of its own.
        with self.kept.editing(replace(status, edited=self._now())) as edit:
            try:
                found = self.kept.failures(edit.status, or_stored=not self._has_next(status))
            except StateError:
                return _leave(later)
            edit.status = self._show(edit.status, found, reply=True)
        return None

    def _has_next(self, status: GroupStatus) -> bool:
        """Tell whether a callback comes for certain that shows what this one does not."""
        is_last = self.group.failure is None
        return self.group.dag_has_notifier and not status.ended and not is_last

    def _show(self, status: GroupStatus, found: RunFailures, *, reply: bool) -> GroupStatus:
        """Edit the group's message, tell of what is new in its thread, and return the status then.

        How the run ends is shown whatever was before.
        """
        is_last = self.group.failure is None
        alert = self.filled_alert(found, status)
        if not self.group.own_text and (is_last or digest(found.failures) != status.digest):
            message = self._edit(status.message, alert, has_next=self._has_next(status))
            if message is None:
                return status
            if message is not status.message:
                status = replace(status, message=message, posted=self._now())
        status = self._tell(status, found, alert, reply=reply).showing(found.failures, self._now())
        return status.after_end() if is_last else status

    def _tell(
        self, status: GroupStatus, found: RunFailures, alert: FilledAlert, *, reply: bool
    ) -> GroupStatus:
        """Reply to the group's message with what is new, and return the status that knows so.

        :param alert: what the message says.
        :param reply: whether people are told; those whom nothing has mentioned always are.
        """
        event, failed, known = self.group.event, final(found.failures), set(status.told)
        new = [one for one in failed if told([one], event)[0] not in known]
        called = new_mentions(failed, status.called)
        words = reply_text(new or failed, more=bool(known))
        ended, has_told = self.group.failure is None, False
        if self.group.own_text and (new or ended):
            with self._noting_hang():
                self._sender.reply(status.message, alert.head if ended else words, called)
            has_told = True
        elif called or (reply and new and status.replies < _MAX_REPLIES):
            has_told = self._reply(status.message, words, called)
        if reply and not has_told:
            return status
        return replace(
            status,
            told=[*status.told, *told(new, event)][-_MAX_TOLD:],
            called=[*status.called, *(called if has_told else ())][-_MAX_TOLD:],
            replies=status.replies + has_told,
        )

    def filled_alert(self, found: RunFailures, status: GroupStatus) -> FilledAlert:
        """Return the message that shows some failures.

        :param status: that of the group, empty if it has no message.
        """
        failures = found.failures
        if not status.message:
            status = GroupStatus(since=failures[0].at if failures else self._now())
        return open_alert(
            self.group,
            failures,
            since=status.since,
            total=found.total,
            in_a_row=status.runs,
            at_least=status.most if len(failures) == MAX_KEPT else 0,
        )

    def _edit(
        self, message: dict[str, Any], alert: FilledAlert, *, has_next: bool
    ) -> dict[str, Any] | None:
        """Edit a message; post it anew where Zoom refuses that.

        Returns where it is then; None if it is left to the group's next edit.

        :param has_next: whether a callback comes for certain that shows what this edit shows.
        """
        try:
            with self._noting_hang():
                self._sender.edit(message, alert)
            return message
        except ZoomChatError as error:
            if self.group.held_back or (error.passing and has_next):
                log.warning("%s What is recorded is shown with the group's next edit.", error)
                return None
            if error.passing:  # another message would not get through either
                raise
            log.warning("%s The group's message is posted anew.", error)
        return self._send(alert)

    def _post(
        self, alert: FilledAlert | None, found: RunFailures, before: GroupStatus
    ) -> GroupStatus:
        """Post the group's message, and return its status.

        :param alert: what it says; None for the alert as it is.
        :param found: what it shows.
        :param before: the status so far.
        """
        message = self._send(alert)
        now = self._now()
        return new_status(message, found.failures, self.group, now=now, before=before)

    def _send(self, alert: FilledAlert | None) -> dict[str, Any]:
        """Post a new message.

        :raises RateLimitError: the channel has had too many; Zoom has said so, or would soon.
        """
        # To count takes two calls more, for which others wait.
        if not self._shared.state.is_slow() and not self._channel.count_message(self.group.key):
            raise RateLimitError(f"The channel has had {MAX_MESSAGES} new alerts in a minute.")
        with self._noting_hang():
            return self._sender.post(alert)

    def _reply(self, message: Mapping[str, Any], text: str, mentions: Sequence[str] = ()) -> bool:
        """Reply in the message's thread, and return whether that was done.

        :param mentions: people who are told even while the channel is busy.
        """
        is_busy = self._zoom_hangs or not self._channel.count_reply()
        if is_busy and not mentions:
            _leave("The thread has no reply, since the channel is busy.")
            return False
        try:
            with self._noting_hang():
                self._sender.reply(message, text, mentions)
        except ZoomChatError as error:
            log.warning("%s The group's message says it.", error)
            return False
        return True

    @property
    def _zoom_hangs(self) -> bool:
        """Whether an earlier callback of this process has waited for Zoom in vain."""
        return self.group.conn_id in self._shared.waits.hanging

    @contextmanager
    def _noting_hang(self) -> Iterator[None]:
        """Note if Zoom does not answer where other callbacks wait for this one to end.

        The DAG processor calls one after the other, and is killed after 50 s.
        """
        began = self._now()
        try:
            yield
        except UnreachableError:
            if self.group.in_dag_processor and abs(self._now() - began) > HANGS:
                self._shared.waits.hanging.add(self.group.conn_id)
            raise


def _leave(why: str) -> None:
    log.info("This alert belongs to the group of its run. %s", why)
