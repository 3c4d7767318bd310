"""What the notifiers share: one alert from a callback's context to Zoom, whatever may happen."""

from __future__ import annotations

import asyncio
from collections import ChainMap
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import BaseNotifier

from .._compat import THREADS_MAY_ASK, redact
from ..zoom import plain
from ..zoom.errors import ConfigError, CredentialsError, RejectedError, ZoomChatError
from .alerts import Alert
from .drafts import Draft, draft_for
from .event import Event, read_event
from .limits import GRACE, Deadline, threads, within
from .lookups import is_echo, look_up
from .templates import Marks

if TYPE_CHECKING:
    import jinja2

    from ..hooks.zoom import ZoomHook

#: The default of `time_budget` in a callback, and of a notifier that is awaited.
_SECONDS, _SECONDS_IF_AWAITED = 10.0, 60.0

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
        self.notify(args[0] if len(args) == 1 else {"dag": args[0], "task_list": args[1]})

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
        send = sync_to_async(self._send_now, thread_sensitive=False, executor=threads())
        error: Exception | None = None
        try:
            await asyncio.wait_for(send(context, deadline), deadline.remaining + GRACE)
        except asyncio.TimeoutError:
            error = deadline.passed()
        except Exception as caught:
            error = caught
        self._carefully(lambda: _raise(error))

    def get_template_env(self, dag: Any = None) -> jinja2.Environment:
        """Return where templates are rendered: as the DAG says, where it has a say.

        Never to native types, since a message is a text. Without a DAG an unknown name is an error
        too, instead of an empty text that nobody notices.
        """
        if hasattr(dag, "get_template_env"):
            env: jinja2.Environment = dag.get_template_env(force_sandboxed=True)
            return env
        from jinja2 import StrictUndefined

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
        except Exception as error:
            if self.on_error == "raise":
                raise
            known = isinstance(error, ZoomChatError)
            said = error if known else f"{type(error).__name__}: {plain.one_line(str(error))}"
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

        return ZoomHook(draft.zoom_conn_id, time_budget=deadline.remaining)

    def _draft(self, context: Any) -> Draft | None:
        """Return what is to be said; None if that was said before.

        Whatever context and templates hold, there is something to say.
        """
        context = context if isinstance(context, Mapping) else {}
        event = read_event(context, redact)
        if is_echo(event, context):
            return None
        event = look_up(event, context)
        marks = Marks(in_markdown=bool(getattr(self, "is_markdown_support", None)))
        given: dict[str, Any] = {}
        failed: list[str] = []
        for name in self.template_fields:
            try:
                given[name] = self._rendered(name, context, event, marks)
            except Exception as error:
                failed.append(f"{name}: {type(error).__name__}: {redact(str(error))}")
        if "zoom_conn_id" not in given:
            raise ConfigError(f"The connection is not known: {'; '.join(failed)}.")
        draft = draft_for(event, self.alerts, given, marks, redact)
        return draft.noting("; ".join(failed)) if failed else draft

    def _rendered(self, name: str, context: Any, event: Event, marks: Marks) -> Any:
        value = getattr(self, name)
        if value is None or isinstance(value, bool):
            return value
        env = self.get_template_env(dag=context.get("dag"))
        env.filters.update(marks.filters)
        # The context itself stays as it is: it belongs to Airflow, and to the next callback.
        names: Any = ChainMap({"event": event}, context)
        return self.render_template(value, names, env)

    def _deliver(self, hook: ZoomHook, draft: Draft, deadline: Deadline) -> None:
        """Send a draft, and in plainer forms if Zoom refuses what it is made of."""
        hook.settings_for(self.app_type)
        refused: list[Form] = []
        reason: RejectedError | None = None
        for form in self._forms(hook, draft, deadline):
            if form in refused:
                continue
            if reason:
                self.log.warning("%s Trying it in a plainer form.", reason)
            hook.client.time_budget = deadline.remaining
            try:
                self._send(hook, form)
            except RejectedError as error:
                if error.passing or isinstance(error, CredentialsError):
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


def _raise(error: Exception | None) -> None:
    if error is not None:
        raise error
