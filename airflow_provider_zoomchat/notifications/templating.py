"""From a callback's context to a draft, with the templates of the notifier's author rendered."""

from __future__ import annotations

import asyncio
from collections import ChainMap
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import BaseNotifier

from .. import _compat
from .._compat import default_owner
from ..hooks.app_types import Api
from ..zoom import masking, sanitize
from ..zoom.errors import ConfigError
from . import lenient

if TYPE_CHECKING:
    from ..zoom.text.templating import MessageTemplates
    from .alerts import Alert
    from .rendering import Draft

#: Raised to end the process, the task or an await: never held back.
TERMINATING = (KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError)

#: Characters of the text of any other error.
_MAX_ERROR = 300

#: What the names of files end with whose content is a message or a card.
_FILES = (".md.j2", ".json.j2")

#: The arguments of every notifier that are templates.
TEMPLATED = ("message", "content", "mention", "zoom_conn_id")


class TemplatedNotifier(BaseNotifier):
    """A notifier that renders for one callback and stays as it is for the next.

    Airflow's notifiers render into themselves, and render rendered values again.
    """

    #: What else the names of such files end with; for subclasses. None here:
    #: Airflow would take any text with such an ending for a file, also in lists and ids.
    template_ext: Sequence[str] = ()

    #: The author's own ready-made alerts.
    alerts: Sequence[Alert]

    #: Whether the author's message is markdown.
    markdown: bool

    #: Whether it, or all of the author's card, is Zoom's own markdown.
    zoom_markdown: bool | None = None

    #: The API that the connection's app must call. Its `arguments` go to the hook as they are.
    api: ClassVar[Api]

    def draft(self, context: Any, *, include_repeated: bool = False) -> Draft | None:
        """Return the alert for a context; None if the callback repeats an earlier one.

        :param include_repeated: whether to return the alert of a repeated callback too.

        A wrong context or template never prevents an alert: it gives the ready-made one, with a
        note.
        """
        # Imported here: DAG files are parsed much more often than alerts are sent.
        from ..zoom.text.templating import MessageTemplates, has_template
        from ..zoom.users import read_mentions
        from .airflow_lookups import is_repeated_callback, look_up
        from .alerts import Templates
        from .context import DEFAULT_OWNER, read_event
        from .event import Event
        from .rendering import draft_for

        context = context if isinstance(context, Mapping) else {}
        event = Event("unknown")
        try:
            event = read_event(context, _compat.redact)
            if not include_repeated and is_repeated_callback(event, context):
                return None
            event = look_up(event, context)
        except Exception as error:
            self.log.warning(
                "The context of a callback is not as expected: %s", describe_error(error)
            )
        templates = MessageTemplates(redact)
        # The context itself stays as it is: it belongs to Airflow, and to the next callback.
        names: Any = ChainMap({"event": event}, context)
        env = self.get_template_env(dag=lenient.get(context, "dag"))
        arguments: dict[str, Any] = {}
        failed: dict[str, str] = {}
        own = (*TEMPLATED, *self.api.arguments)
        # Fields of a subclass come first: templates of the others may name them.
        for name in sorted(self.template_fields, key=lambda name: name in own):
            try:
                value = getattr(self, name)
                if value is not None and not isinstance(value, bool):
                    value = self._rendered(name, value, names, env, templates)
            except TERMINATING:
                raise
            except BaseException as error:  # some of Airflow's own are no Exception
                failed[name] = describe_error(error)
                continue
            (arguments if name in own else names)[name] = value

        # Of its own: the filters would leave marks, which are replaced in messages alone.
        plain = self.get_template_env(dag=lenient.get(context, "dag"))

        def render(template: str, words: Any) -> str | BaseException:
            try:
                return str(self._render(plain.from_string(template), ChainMap(words, names)))
            except TERMINATING:
                raise
            except BaseException as error:  # some of Airflow's own are no Exception
                return error

        if "zoom_conn_id" in failed:
            why = failed["zoom_conn_id"]
            raise ConfigError(f"The connection is not known: zoom_conn_id: {why}.")
        no_owner = (default_owner(), DEFAULT_OWNER)
        mentions = read_mentions(arguments.get("mention"))
        arguments["mention"] = tuple(who for who in mentions if who not in no_owner)
        in_alert = Templates(
            start_in=partial(has_template, env=plain),
            variable=(plain.variable_start_string, plain.variable_end_string),
            render=render,
        )
        return draft_for(event, self, arguments, failed, templates.results, redact, in_alert)

    def _rendered(
        self, name: str, value: Any, names: Any, env: Any, templates: MessageTemplates
    ) -> Any:
        """Return an argument with its templates rendered."""
        from ..zoom.text import Text
        from ..zoom.text.templating import load

        if isinstance(value, str):
            if name == "message":
                # Before rendering: rendered values may have several lines.
                value = sanitize.dedented(value)
            if name in ("message", "content"):
                value = load(value, env, (*_FILES, *self.template_ext))
        if isinstance(value, (str, Text)):
            return templates.render(value, env, lambda found: self._render(found, names))
        env.filters.update(templates.by_name)
        return self.render_template(value, names, env)

    def get_template_env(self, dag: Any = None) -> Any:
        """Return the environment of the DAG, or one of its own if there is no DAG.

        It never renders to native types, since a message is a text. Without a DAG an unknown name
        is an error, not an empty text that nobody notices.
        """
        from jinja2 import Environment, StrictUndefined

        env: Any = None
        with suppress(Exception):  # not a DAG, or one whose extensions are not installed
            env = dag.get_template_env(force_sandboxed=True)
        if not isinstance(env, Environment):
            env = super().get_template_env(dag=None)
            env.undefined = StrictUndefined
        # None is shown as nothing.
        env.finalize = env.finalize or (lambda value: "" if value is None else value)
        return env

    def _render(self, template: Any, context: Any, dag: Any = None) -> Any:
        # That of BaseNotifier wants a DAG, which may render to Python values.
        return super(BaseNotifier, self)._render(template, context, None)


def redact(text: str) -> str:
    """Return a text without the secrets that Airflow knows of, and without those in addresses."""
    return masking.without_passwords(_compat.redact(text))


def describe_error(error: BaseException) -> str:
    """Return the type and the text of any error, in one line and without secrets."""
    text = sanitize.one_line(sanitize.excerpt(lenient.text(error), _MAX_ERROR, _compat.redact))
    return ": ".join(part for part in (type(error).__name__, text) if part)
