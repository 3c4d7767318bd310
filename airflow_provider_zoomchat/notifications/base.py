"""What the notifiers share: one alert from a callback's context to Zoom, whatever may happen."""

from __future__ import annotations

import asyncio
from collections import ChainMap
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import BaseNotifier

from .._compat import THREADS_MAY_ASK, redact
from ..zoom import plain
from ..zoom.errors import ConfigError, RejectedError, ZoomChatError
from . import look
from .alerts import Alert
from .drafts import Draft, draft_for
from .event import Event, read_event
from .limits import GRACE, Deadline, Threads, within
from .lookups import is_echo, look_up
from .templates import Marks

if TYPE_CHECKING:
    import jinja2

    from ..hooks.zoom import ZoomHook

#: The default of `time_budget` in a callback, and of a notifier that is awaited.
_SECONDS, _SECONDS_IF_AWAITED = 10.0, 60.0

#: What somebody else wants: to end the process, the task or the waiting.
_NOT_OURS = (KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError)

#: Statuses with which Zoom refuses what a message is made of, and codes that say that it does not:
#: sender, target and app would be the same in any form.
#: Source of the codes: https://developers.zoom.us/docs/api/team-chat/ and .../chatbot/
_ABOUT_THE_FORM = (400, 413, 422)
_NOT_ABOUT_THE_FORM = (200, 4130, 5301, 5402, 5403, 5418, 5419, 5420, 5421, 7002, 7003, 7004, 7010)

#: A user who does not exist may be the target, or one who is mentioned.
_NO_SUCH_USER = 1001

#: Characters of an error that is none of ours.
_MOST_OF_ERROR = 300

#: Arguments of a method of the hook that sends.
Form = dict[str, Any]


class ZoomNotifier(BaseNotifier):
    """The notifiers' common part; use one of its three subclasses.

    One object serves any number of tasks and DAGs: it never changes, and neither does the context.

    :param zoom_conn_id: the connection to use.
    :param mention: whom to call: an e-mail address, several, or ``"all"``.
    :param alerts: alerts to take in place of the ready-made ones of the same events; for
        `AsyncCallback`, which can hold no objects, as ``dataclasses.asdict`` gives them.
    :param time_budget: seconds for everything: the connection, a token, sending, waits. By default
        10 in a callback, where a task waits, and 60 if awaited, where nobody does: the first
        connection that a triggerer is asked for may take it 10 seconds alone.
    :param on_error: ``"log"`` logs one line if the alert cannot be sent, ``"raise"`` raises.
    :param context: what has happened, if the notifier is awaited.
    :raises ConfigError: an argument makes no sense.
    """

    template_ext: Sequence[str] = (".md.j2", ".json.j2")

    #: The kind of app that the connection must be of.
    app_type: ClassVar[str]

    def __init__(
        self,
        *,
        zoom_conn_id: str,
        mention: str | Sequence[str] | None = None,
        alerts: Sequence[Alert | Mapping[str, Any]] = (),
        time_budget: float | None = None,
        on_error: str = "log",
        context: Any = None,
    ) -> None:
        super().__init__()
        _check(time_budget, on_error)
        self.zoom_conn_id = zoom_conn_id
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
        except _NOT_OURS:
            raise
        except BaseException as caught:  # some of Airflow's own are no Exception
            error = caught
        self._carefully(lambda: _raise(error))

    def get_template_env(self, dag: Any = None) -> jinja2.Environment:
        """Return where templates are rendered: as the DAG says, where it has a say.

        Never to native types, since a message is a text. Without a DAG an unknown name is an error
        too, instead of an empty text that nobody notices.
        """
        from jinja2 import Environment, StrictUndefined

        with suppress(Exception):  # what a DAG has that is none, or asks for what is not there
            env = dag.get_template_env(force_sandboxed=True)
            if isinstance(env, Environment):
                return env
        env = super().get_template_env(dag=None)
        env.undefined = StrictUndefined
        return env

    def _render(self, template: jinja2.Template, context: Any, dag: Any = None) -> Any:
        # That of BaseNotifier wants a DAG.
        return super(BaseNotifier, self)._render(template, context, None)

    def _should_render_native(self, dag: Any = None) -> bool:
        return False

    def _carefully(self, send: Callable[[], None]) -> None:
        """Send, and let no trouble go further than the author wants."""
        try:
            send()
        except _NOT_OURS:
            raise
        except BaseException as error:  # some of Airflow's own are no Exception
            if self.on_error == "raise":
                raise
            known = isinstance(error, ZoomChatError)
            said = look.text(error) if known else _named(error)
            self.log.error("No alert was sent. %s", said, exc_info=not known)

    def _send_soon(self, context: Any, deadline: Deadline) -> None:
        """Send from this thread, with all that may hang in another."""
        draft = self._draft(context)  # here, since Airflow's objects belong to this thread
        if draft is None:
            return
        hook = self._hook(draft, deadline)
        if not THREADS_MAY_ASK:
            hook.settings_for(self.app_type)
        within(deadline, lambda: self._deliver(hook, draft, deadline))

    def _send_now(self, context: Any, deadline: Deadline) -> None:
        if (draft := self._draft(context)) is not None:
            self._deliver(self._hook(draft, deadline), draft, deadline)

    def _hook(self, draft: Draft, deadline: Deadline) -> ZoomHook:
        from ..hooks.zoom import ZoomHook

        deadline.check()
        return ZoomHook(draft.zoom_conn_id, time_budget=deadline.remaining)

    def _draft(self, context: Any) -> Draft | None:
        """Return what is to be said; None if that was said before.

        Whatever context and templates hold, there is something to say.
        """
        context = context if isinstance(context, Mapping) else {}
        event = Event("unknown")
        try:
            event = read_event(context, redact)
            if is_echo(event, context):
                return None
            event = look_up(event, context)
        except Exception as error:
            self.log.warning("The context of a callback is not as expected: %s", _named(error))
        marks = Marks(bool(getattr(self, "is_markdown_support", None)), redact)
        given: dict[str, Any] = {}
        failed: dict[str, str] = {}
        for name in self.template_fields:
            try:
                given[name] = self._rendered(getattr(self, name), context, event, marks)
            except _NOT_OURS:
                raise
            except BaseException as error:  # some of Airflow's own are no Exception
                failed[name] = _named(error)
        if "zoom_conn_id" in failed:
            why = failed["zoom_conn_id"]
            raise ConfigError(f"The connection is not known: zoom_conn_id: {why}.")
        return draft_for(event, self.alerts, given, failed, marks, redact)

    def _rendered(self, value: Any, context: Any, event: Event, marks: Marks) -> Any:
        if not self._is_template(value):
            return value
        env = self.get_template_env(dag=look.at(context, "dag"))
        env.filters.update(marks.filters)
        # The context itself stays as it is: it belongs to Airflow, and to the next callback.
        names: Any = ChainMap({"event": event}, context)
        return self.render_template(value, names, env)

    def _is_template(self, value: Any) -> bool:
        if isinstance(value, str):
            return "{" in value or value.endswith(tuple(self.template_ext))
        return value is not None and not isinstance(value, (bool, int, float))

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
    if error.code == _NO_SUCH_USER:
        return bool(draft.mentions)
    return error.status in _ABOUT_THE_FORM and error.code not in _NOT_ABOUT_THE_FORM


def _named(error: BaseException) -> str:
    """Return what an error of somebody else's says, in one line and without secrets."""
    text = plain.one_line(plain.excerpt(look.text(error), _MOST_OF_ERROR, redact))
    return ": ".join(part for part in (type(error).__name__, text) if part)


def _raise(error: BaseException | None) -> None:
    if error is not None:
        raise error
