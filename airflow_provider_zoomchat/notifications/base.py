"""What the notifiers share: arguments, the time budget, and sending, again or in other forms."""

from __future__ import annotations

import asyncio
import copy
import random
import traceback
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from .._compat import THREADS_MAY_ASK
from ..hooks.app_types import TEAM_CHAT
from ..zoom import sanitize
from ..zoom.deadline import GRACE, Deadline, Result, Threads, within
from ..zoom.errors import RejectedError, UnknownChannelError, UnreachableError, ZoomChatError
from . import lenient
from .arguments import as_alert, check_arguments
from .templating import TERMINATING, TemplatedNotifier, describe_error, redact

if TYPE_CHECKING:
    from ..hooks.zoom import ZoomHook
    from .alerts import Alert
    from .event import Event
    from .rendering import Draft

#: The default of `time_budget` in a callback, and of a notifier that is awaited.
SECONDS, _SECONDS_IF_AWAITED = 10.0, 60.0

#: Seconds at most for the first call, so that there is time for another where no answer comes.
_FIRST_TRY = 4.0

#: The note in an alert that may have been posted before.
_MAY_BE_A_REPEAT = "This may be a repeat: Zoom did not say whether it took the first one."

#: Characters of an alert in the log line that says that it was sent; of an error's traceback.
_MAX_HEAD, _MAX_TRACEBACK = 120, 20_000

#: Arguments of a method of the hook that sends.
Form = dict[str, Any]


class ZoomNotifier(TemplatedNotifier):
    """The notifiers' common part; use one of its three subclasses.

    One object may be used by any number of tasks and DAGs: sending changes neither the notifier nor
    the context.

    :param message: the alert's text in place of the ready-made one; templated.
    :param content: the alert's card instead, a dict with ``head`` or ``body``; templated.
    :param validate: whether the author's card is held against ``card.schema.json`` before it is
        sent; False lets something through that is newer than the schema.
    :param zoom_conn_id: the connection to use.
    :param markdown: whether the author's `message` is markdown: CommonMark, tables, strikethrough.
    :param mention: whom to mention: an e-mail address, a list of them, or ``"all"``.
    :param alerts: alerts that replace the ready-made ones of the same events; as dicts
        (``dataclasses.asdict``) for `AsyncCallback`, whose arguments must be JSON.
    :param time_budget: seconds for the connection, a token, sending and waits. By default 10 in a
        callback, where a task waits, and 60 if awaited, where nobody does: the first connection
        that a triggerer is asked for may take it 10 seconds alone. In a callback, what a template
        asks Airflow for, and on Airflow 3.0 and 3.1 the connection, comes before: it cannot be cut
        short, and an alert is not lost because Airflow answers late.
    :param delivery: ``"at_least_once"`` sends an alert again, and says so in it, if it is not clear
        whether Zoom has posted it; ``"at_most_once"`` does not.
    :param on_error: ``"log"`` logs one line if the alert cannot be sent, ``"raise"`` raises.
    :param group_by: which failures share one message, that grows and turns green when the run
        recovers: ``"run"`` those of a run; ``"dag"`` those of a DAG, over its runs, until one is
        good; None: each has its own. ``"auto"`` is ``"run"`` for ready-made alerts and None for a
        text or a card of the author's own; where that is grouped, later failures are replies.
    :param group_interval: seconds between two edits of such a message.
    :param only_recovered: whether a successful run is reported only if an earlier failure was: for
        ``on_success_callback``.
    :param only_if: takes the `Event` and tells whether there is an alert of it:
        ``lambda event: event.run_type != "backfill"``. If it raises, there is one.
    :param after_runs: an alert of a failure only once so many runs of the DAG have failed in a row,
        this one included. The same notifier in the DAG's ``on_success_callback`` sets the count to
        zero. Where Airflow's Variables cannot be used, there is an alert.
    :param react_when_recovered: whether ✅ is added as a reaction to the group's message when the
        run has recovered: for `ZoomChatNotifier` alone, as ``on_success_callback``.
    :param context: the context to send an alert for, if the notifier is awaited.
    :raises ConfigError: an argument has a wrong type or value.
    """

    def __init__(
        self,
        message: str | None = None,
        *,
        content: dict[str, Any] | str | None = None,
        validate: bool = True,
        zoom_conn_id: str,
        markdown: bool = False,
        mention: str | Sequence[str] | None = None,
        alerts: Sequence[Alert | Mapping[str, Any]] = (),
        time_budget: float | None = None,
        delivery: str = "at_least_once",
        on_error: str = "log",
        group_by: str | None = "auto",
        group_interval: float = 5.0,
        only_recovered: bool = False,
        only_if: Callable[[Event], object] | None = None,
        after_runs: int = 1,
        react_when_recovered: bool = False,
        context: Any = None,
        **unknown: Any,
    ) -> None:
        super().__init__()
        if unknown:
            raise TypeError(
                f"{type(self).__name__}() takes no argument {next(iter(unknown))!r}. It takes "
                f"{', '.join(self.template_fields)}, markdown, alerts, time_budget, delivery, "
                "on_error, group_by, group_interval, only_recovered, only_if, after_runs and "
                "react_when_recovered."
            )
        self.message = message
        self.content = content
        self.validate = validate
        self.zoom_conn_id = zoom_conn_id
        self.markdown = markdown
        self.mention = mention
        self.alerts = [as_alert(alert) for alert in alerts]
        self.time_budget = time_budget
        self.delivery = delivery
        self.on_error = on_error
        self.group_by = group_by
        self.group_interval = group_interval
        self.only_recovered = only_recovered
        self.only_if = only_if
        self.after_runs = after_runs
        self.react_when_recovered = react_when_recovered
        self.context: Any = context or {}
        check_arguments(self)

    def __call__(self, *args: Any) -> None:
        """Send the alert for a callback's context."""
        if len(args) > 1:  # Airflow 2.11 calls an `sla_miss_callback` with five
            self.notify({"dag": args[0], "task_list": args[1]})
        else:
            self.notify(*(args or [{}]))

    def __await__(self) -> Generator[Any, None, None]:
        """Send the alert for the context that the notifier was made with."""
        return self.async_notify(self.context).__await__()

    def notify(self, context: Any) -> None:
        """Send the alert for a callback's context.

        :raises ZoomChatError: it could not be sent, and `on_error` is ``"raise"``.
        """
        try:
            self._send_for(context)
        except BaseException as error:  # some of Airflow's own are no Exception
            self._report(error)

    async def async_notify(self, context: Any) -> None:
        """Send the alert for a context while the event loop goes on with other things.

        Returns None, since the triggerer would store anything else and can store no dict.

        :raises ZoomChatError: it could not be sent, and `on_error` is ``"raise"``.
        """
        # Unlike a thread of asyncio.to_thread, one of sync_to_async may ask the triggerer of
        # Airflow 3.1 for connections.
        from asgiref.sync import sync_to_async

        if type(self).notify is not ZoomNotifier.notify:
            # A subclass that overrides `notify` decides there whether to send anything.
            awaited = copy.copy(self)
            awaited.time_budget = self.time_budget or _SECONDS_IF_AWAITED
            notify = sync_to_async(awaited.notify, thread_sensitive=False, executor=Threads())
            await notify(context)
            return
        deadline = Deadline(self.time_budget or _SECONDS_IF_AWAITED)
        send = sync_to_async(self._send_for, thread_sensitive=False, executor=Threads())
        try:
            await asyncio.wait_for(send(context, deadline), deadline.seconds + GRACE)
        except asyncio.TimeoutError:
            self._report(deadline.passed())
        except BaseException as error:
            self._report(error)

    def _report(self, error: BaseException) -> None:
        """Log or raise what has gone wrong, as `on_error` says; raise what ends the process."""
        if self.on_error == "raise" or isinstance(error, TERMINATING):
            raise error
        if isinstance(error, ZoomChatError):
            self.log.error("No alert was sent. %s", lenient.text(error))
        else:
            lines = traceback.format_exception(type(error), error, error.__traceback__)
            trace = sanitize.excerpt("".join(lines), _MAX_TRACEBACK, redact)
            self.log.error("No alert was sent. %s\n%s", describe_error(error), trace)

    def _send_for(self, context: Any, deadline: Deadline | None = None) -> None:
        """Send the alert for a context, in its group or alone.

        :param deadline: of a notifier that is awaited, whose alerts have no group. In a callback
            the budget starts after rendering: an alert is not lost because Airflow is busy.
        """
        # Airflow's objects may be used only in this thread, and their answers cannot be cut short.
        from .conditions import reason_to_hold_back
        from .groups.sending import send_grouped
        from .groups.state import AirflowState

        draft = self.draft(context)
        if draft is None:
            return
        state = AirflowState.of(context, draft.event)
        reason = reason_to_hold_back(self, draft, state)
        if deadline is None and send_grouped(self, draft, context, state, reason):
            return
        if self.is_only_for_recovery(draft):
            return
        if reason is not None:
            self.log.info("%s: no alert of %r.", reason, redact(draft.ready_made.head))
            return
        self.send(draft, deadline)

    def find_message(self, context: Any) -> dict[str, Any] | None:
        """Return the message that tells of a run's failures, to reply to it or to react to it.

        The notifier has the same connection and target as the one that has alerted.

        :param context: that of a task or of a callback of the run.
        :returns: what is known of it, which the hook's methods and the operators take in place of
            a message id; None if there is no such message, as before the first failure.
        :raises ConfigError: each failure has a message of its own (`group_by`), or it is a
            webhook's, which has no id.
        :raises UnreachableError: Airflow cannot be asked.
        """
        from .groups.sending import message_of

        return message_of(self, context)

    def is_only_for_recovery(self, draft: Draft) -> bool:
        """Tell whether only the group that it ends tells of this success."""
        return self.only_recovered and draft.event.kind.state == "success"

    def send(self, draft: Draft, deadline: Deadline | None = None) -> dict[str, Any]:
        """Send a draft, and return what is known of the message; see `ZoomHook.describe`.

        :param deadline: of a notifier that is awaited: this is a thread of its own already.
        :raises ZoomChatError: it could not be sent in time.
        """
        return self._call_zoom(draft, partial(self._send_with_fallbacks, draft), deadline)

    def change(self, draft: Draft, change: Callable[[ZoomHook], Any]) -> None:
        """Do something else in Zoom, in the time that sending a draft has.

        :raises ZoomChatError: it could not be done in time.
        """
        self._call_zoom(draft, lambda hook, _: change(hook))

    def _call_zoom(
        self,
        draft: Draft,
        call: Callable[[ZoomHook, Deadline], Result],
        deadline: Deadline | None = None,
    ) -> Result:
        from ..hooks.zoom import ZoomHook

        if deadline is not None:
            deadline.check()
            return call(ZoomHook(draft.zoom_conn_id, time_budget=deadline.remaining), deadline)
        seconds = self.time_budget or SECONDS
        hook = ZoomHook(draft.zoom_conn_id, time_budget=seconds)
        if not THREADS_MAY_ASK:
            hook.fetch_all(self.api, draft.arguments)
        started = Deadline(seconds)
        return within(started, lambda: call(hook, started))

    def _send_with_fallbacks(
        self, draft: Draft, hook: ZoomHook, deadline: Deadline
    ) -> dict[str, Any]:
        """Send a draft: again if it may have been lost, elsewhere if its target is gone."""
        from ..zoom.client import Delivery
        from ..zoom.retry import wait_before_retry

        channel = hook.settings_for(self.api).channel
        # The first call leaves time for another, however short the budget is. The client sends at
        # most once: it is repeated here, with a note in the alert.
        hook.delivery = Delivery(timeout=min(_FIRST_TRY, deadline.remaining / 2))
        tries = 0
        while True:
            tries += 1
            try:
                return self._send_best_form(hook, draft, deadline)
            except (RejectedError, UnreachableError, UnknownChannelError) as error:
                hook.delivery = Delivery()
                if not isinstance(error, UnreachableError) and not error.may_have_arrived:
                    fallback = draft.fallback(error, channel)
                    if fallback is None:
                        raise
                    self.log.warning("%s", error)
                    draft = fallback
                    continue
                if not error.may_have_arrived or self.delivery != "at_least_once":
                    raise
                wait = wait_before_retry(
                    error,
                    tries=tries,
                    remaining=deadline.remaining,
                    jitter=random.random(),
                    at_least_once=True,
                )
                if wait is None:
                    raise
                self.log.warning("%s It is sent again in %.1f s.", error, wait)
                deadline.sleep(wait)
                draft = draft.with_note(_MAY_BE_A_REPEAT)

    def _send_best_form(self, hook: ZoomHook, draft: Draft, deadline: Deadline) -> dict[str, Any]:
        """Send a draft; in a simpler form if Zoom refuses its formats, mentions or length."""
        from ..hooks.lost_answers import send_or_find
        from ..zoom.error_codes import NO_SUCH_USER
        from ..zoom.responses import is_about_the_form, is_thread_gone

        refused: list[Form] = []
        reason: RejectedError | None = None
        for form in self.forms(hook, draft, deadline):
            if form in refused:
                continue
            if reason:
                self.log.warning("%s It is sent in a simpler form.", reason)
            deadline.check()
            hook.client.time_budget = deadline.remaining
            try:
                target = hook.target(form)
                post = partial(getattr(hook, self.api.methods["send"]), **form | target.argument)
                message_id = send_or_find(hook, post, deadline.remaining / 4)
            except RejectedError as error:
                if form.get(self.api.thread or "") and is_thread_gone(error):
                    raise  # in any form
                may_be_mention = bool(draft.mentions) and self.api != TEAM_CHAT
                # `send_message` has already tried it without mentions.
                is_unknown_user = error.code == NO_SUCH_USER
                if not (may_be_mention if is_unknown_user else is_about_the_form(error)):
                    raise
                refused.append(form)
                reason = error
            else:
                message: dict[str, Any] = {}
                with suppress(Exception):  # the alert was sent, and a log line is no reason to fail
                    message = hook.describe_at(target, message_id)
                    message |= {
                        "is_card": "content" in form,
                        "is_reduced": draft.is_reduced,
                        "notes": draft.notes,
                        # The one that it is in: the author's may be gone.
                        "thread": form.get(self.api.thread or ""),
                    }
                    self._log_sent(hook, form, message)
                return message
        assert reason is not None  # there is always a form
        raise reason

    def forms(self, hook: ZoomHook, draft: Draft, deadline: Deadline) -> Iterator[Form]:
        """Yield the arguments for the hook, the best form first; each next one is simpler."""
        raise NotImplementedError

    def _log_sent(self, hook: ZoomHook, form: Form, message: Mapping[str, Any]) -> None:
        """Log where an alert was sent, and its first line. A muted connection logs by itself."""
        from ..zoom.cards import as_text

        if hook.settings.muted:
            return
        if "message" in form:
            text = form["message"].message
        else:
            card = form["content"]
            text = lenient.text(lenient.get(lenient.get(card, "head"), "text")) or as_text(card)
        head = sanitize.cut(sanitize.one_line(text.strip().partition("\n")[0]), _MAX_HEAD)
        message_id = message["message_id"]
        suffix = " instead" if message["is_reduced"] else ""
        suffix += f", message id {message_id}" if message_id else ""
        self.log.info("Alert sent to %s%s: %s", message["target"], suffix, redact(head))
