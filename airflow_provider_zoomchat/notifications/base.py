"""What the notifiers share: one alert from a callback's context to Zoom, whatever may happen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from .._compat import THREADS_MAY_ASK
from ..zoom.deadline import Deadline
from ..zoom.errors import ConfigError, RejectedError, ZoomChatError
from . import look
from .limits import GRACE, Threads, within
from .templating import NOT_OURS, TemplatedNotifier, named, traced

if TYPE_CHECKING:
    from ..hooks.zoom import ZoomHook
    from .alert import Alert
    from .drafts import Draft

#: The default of `time_budget` in a callback, and of a notifier that is awaited.
_SECONDS, _SECONDS_IF_AWAITED = 10.0, 60.0

#: Statuses with which Zoom refuses what a message is made of, and codes that say that it does not:
#: sender, target and app would be the same in any form.
#: Source of the codes: https://developers.zoom.us/docs/api/team-chat/ and .../chatbot/
_ABOUT_THE_FORM = (400, 413, 422)
_NOT_ABOUT_THE_FORM = (200, 4130, 5301, 5402, 5403, 5418, 5419, 5420, 5421, 7002, 7003, 7004, 7010)

#: Arguments of a method of the hook that sends.
Form = dict[str, Any]


class ZoomNotifier(TemplatedNotifier):
    """The notifiers' common part; use one of its three subclasses.

    One object serves any number of tasks and DAGs: it never changes, and neither does the context.

    :param zoom_conn_id: the connection to use.
    :param markdown: whether the author's `message` is markdown: CommonMark, tables, strikethrough.
    :param mention: whom to call: an e-mail address, several, or ``"all"``.
    :param alerts: alerts to take in place of the ready-made ones of the same events; for
        `AsyncCallback`, which can hold no objects, as ``dataclasses.asdict`` gives them.
    :param time_budget: seconds for everything: the connection, a token, sending, waits. By default
        10 in a callback, where a task waits, and 60 if awaited, where nobody does: the first
        connection that a triggerer is asked for may take it 10 seconds alone. What a template asks
        Airflow for, and on Airflow 3.0 and 3.1 the connection, counts but cannot be cut short.
    :param on_error: ``"log"`` logs one line if the alert cannot be sent, ``"raise"`` raises.
    :param context: what has happened, if the notifier is awaited.
    :raises ConfigError: an argument makes no sense.
    """

    #: The kind of app that the connection must be of.
    app_type: ClassVar[str]

    def __init__(
        self,
        *,
        zoom_conn_id: str,
        markdown: bool = False,
        mention: str | Sequence[str] | None = None,
        alerts: Sequence[Alert | Mapping[str, Any]] = (),
        time_budget: float | None = None,
        on_error: str = "log",
        context: Any = None,
    ) -> None:
        super().__init__()
        _check(time_budget, on_error)
        self.zoom_conn_id = zoom_conn_id
        self.markdown = markdown
        self.mention = mention
        self.alerts = [_alert(alert) for alert in alerts]
        self.time_budget = time_budget
        self.on_error = on_error
        self.context: Any = context or {}

    def __call__(self, *args: Any) -> None:
        """Send the alert for a callback's context."""
        # Airflow 2.11 calls an `sla_miss_callback` with five arguments; all else comes with one.
        self.notify({"dag": args[0], "task_list": args[1]} if len(args) > 1 else (*args, {})[0])

    def __await__(self) -> Generator[Any, None, None]:
        """Send the alert for the context that the notifier was made with."""
        return self.async_notify(self.context).__await__()

    def notify(self, context: Any) -> None:
        """Send the alert for a callback's context.

        :raises ZoomChatError: it could not be sent, and `on_error` is ``"raise"``.
        """
        deadline = Deadline(self.time_budget or _SECONDS)
        self._carefully(lambda: self._send_soon(context, deadline))

    async def async_notify(self, context: Any) -> None:
        """Send the alert for a context while the event loop goes on with other things.

        Returns None, since the triggerer would store anything else and can store no dict.

        :raises ZoomChatError: it could not be sent, and `on_error` is ``"raise"``.
        """
        # Unlike that of asyncio.to_thread, its thread may ask the triggerer of Airflow 3.1 for
        # connections.
        from asgiref.sync import sync_to_async

        deadline = Deadline(self.time_budget or _SECONDS_IF_AWAITED)
        send = sync_to_async(self._send_now, thread_sensitive=False, executor=Threads())
        error: BaseException | None = None
        try:
            await asyncio.wait_for(send(context, deadline), deadline.seconds + GRACE)
        except asyncio.TimeoutError:
            error = deadline.passed()
        except NOT_OURS:
            raise
        except BaseException as caught:  # some of Airflow's own are no Exception
            error = caught
        self._carefully(lambda: _raise(error))

    def _carefully(self, send: Callable[[], None]) -> None:
        """Send, and let no trouble go further than the author wants."""
        try:
            send()
        except NOT_OURS:
            raise
        except BaseException as error:  # some of Airflow's own are no Exception
            if self.on_error == "raise":
                raise
            known = isinstance(error, ZoomChatError)
            said = look.text(error) if known else f"{named(error)}\n{traced(error)}"
            self.log.error("No alert was sent. %s", said)

    def _send_soon(self, context: Any, deadline: Deadline) -> None:
        """Send from this thread, with all that may hang in another."""
        draft = self.draft(context)  # here, since Airflow's objects belong to this thread
        if draft is None:
            return
        hook = self._hook(draft, deadline)
        if not THREADS_MAY_ASK:
            hook.settings_for(self.app_type)
        within(deadline, lambda: self._deliver(hook, draft, deadline))

    def _send_now(self, context: Any, deadline: Deadline) -> None:
        if (draft := self.draft(context)) is not None:
            self._deliver(self._hook(draft, deadline), draft, deadline)

    def _hook(self, draft: Draft, deadline: Deadline) -> ZoomHook:
        from ..hooks.zoom import ZoomHook

        deadline.check()
        return ZoomHook(draft.zoom_conn_id, time_budget=deadline.remaining)

    def _deliver(self, hook: ZoomHook, draft: Draft, deadline: Deadline) -> None:
        """Send a draft, and in plainer forms if Zoom refuses what it is made of."""
        hook.settings_for(self.app_type)
        refused: list[Form] = []
        reason: RejectedError | None = None
        for form in self._forms(hook, draft, deadline):
            if form in refused:
                continue
            if reason:
                self.log.warning("%s It goes in a plainer form.", reason)
            deadline.check()
            hook.client.time_budget = deadline.remaining
            try:
                self._send(hook, form)
            except RejectedError as error:
                if not _is_about_the_form(error, draft):
                    raise
                refused.append(form)
                reason = error
            else:
                return
        if reason:
            raise reason

    def _forms(self, hook: ZoomHook, draft: Draft, deadline: Deadline) -> Iterator[Form]:
        """Yield what may be sent, the best form first; the next one is for when it is refused."""
        raise NotImplementedError

    def _send(self, hook: ZoomHook, form: Form) -> None:
        raise NotImplementedError


def _alert(given: Any) -> Alert:
    """Return an alert, which the arguments of a deadline can hold as a dict alone."""
    from .alert import Alert

    try:
        return given if isinstance(given, Alert) else Alert(**given)
    except TypeError as error:
        raise ConfigError(f"alerts must be a list of alerts, or of dicts: {error}.") from None


def _check(time_budget: Any, on_error: Any) -> None:
    if on_error not in ("log", "raise"):
        raise ConfigError(f"on_error must be 'log' or 'raise', not {on_error!r}.")
    seconds = 1 if time_budget is None else time_budget
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise ConfigError(f"time_budget must be a number of seconds, not {time_budget!r}.")
    if not 0 < seconds <= 3600:
        raise ConfigError(f"time_budget must be above 0 and up to 3600 s, not {time_budget!r}.")


def _is_about_the_form(error: RejectedError, draft: Draft) -> bool:
    """Tell whether Zoom might take the same message in a plainer form."""
    from ..zoom.users import NO_SUCH_USER

    if error.code == NO_SUCH_USER:  # the target, or one who is mentioned
        return bool(draft.mentions)
    return error.status in _ABOUT_THE_FORM and error.code not in _NOT_ABOUT_THE_FORM


def _raise(error: BaseException | None) -> None:
    if error is not None:
        raise error
