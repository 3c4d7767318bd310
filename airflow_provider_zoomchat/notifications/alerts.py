"""The ready-made alerts: what is said of each event. Values to copy and to change.

.. code-block:: python

    from dataclasses import replace
    from airflow_provider_zoomchat.notifications import alerts

    mine = replace(
        alerts.TASK_FAILED,
        head="🔥 {task} broke",
        links={**alerts.TASK_FAILED.links, "Runbook": "https://wiki.example.com/{dag}"},
    )
    ZoomChatNotifier(alerts=[mine])

Words in braces stand for what is known of the event; `event.facts` lists them. What is not known is
left out: a field or a link with such a word in it is not shown, and of several heads the first is
taken of which everything is known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..zoom import sanitize
from ..zoom.errors import ConfigError
from .event import EVENTS, WORDS, Event, facts

if TYPE_CHECKING:
    from ..zoom.text import Text

#: A word in single braces; those of a template are double.
_WORD = re.compile(r"(?<!\{)\{(\w+)\}(?!\})")

#: Characters of what a template of an alert gives.
_MAX_RENDERED = 2000


@dataclass(frozen=True)
class Alert:
    """What is said of an event.

    Each text may hold words in braces, see `facts`, and templates, which know the callback's
    context and ``event``: ``"https://wiki.example.com/{dag}"``, ``"{{ params.runbook }}"``.

    :param event: the name of the event, for example ``task_failed``; see `Event`.
    :param head: the first line; of several the first whose words are all known.
    :param color: of the bar and the head: ``#`` and six digits.
    :param fields: what stands below, each with its label.
    :param quote: what is set apart: as a rule the exception.
    :param markdown: whether the quote is markdown, as the body of a question to a person is.
    :param quote_length: characters of it that are shown, head and tail.
    :param links: words that open an address.
    :raises ConfigError: a part is of another kind, or a word in braces is none that is known.
    """

    event: str
    head: str | tuple[str, ...]
    color: str = "#175CD3"
    fields: Mapping[str, str] = field(default_factory=dict)
    quote: str = ""
    quote_length: int = 300
    links: Mapping[str, str] = field(default_factory=dict)
    markdown: bool = False

    def __post_init__(self) -> None:
        """Check the placeholders when the alert is written, not when it is sent."""
        if self.event not in EVENTS:
            raise ConfigError(
                f"An alert's event is one of {', '.join(EVENTS)}, not {self.event!r}."
            )
        texts: list[object] = [self.color, self.quote]
        texts += [self.head] if isinstance(self.head, str) else list(self.head or [None])
        for part in (self.fields, self.links):
            texts += [*part, *part.values()] if isinstance(part, Mapping) else [None]
        if not all(isinstance(text, str) for text in texts) or not isinstance(
            self.quote_length, int
        ):
            raise ConfigError(
                "An alert's head, color and quote are texts, fields and links are dicts of texts, "
                f"and quote_length is a number: see {self!r}."
            )
        if not re.fullmatch(r"#[0-9A-Fa-f]{6}", self.color):
            raise ConfigError(f"An alert's color reads like #D92D20, not {self.color!r}.")
        every = (*self.heads, *self.fields.values(), self.quote, *self.links.values())
        unknown = {word for text in every for word in _WORD.findall(text)} - set(WORDS)
        if unknown:
            raise ConfigError(
                f"Unknown placeholder {{{sorted(unknown)[0]}}} in an alert. There are "
                f"{', '.join(WORDS)}."
            )

    @property
    def heads(self) -> tuple[str, ...]:
        """The heads to choose from."""
        return (self.head,) if isinstance(self.head, str) else tuple(self.head)


@dataclass(frozen=True)
class FilledAlert:
    """An alert with its words filled in, for any of Zoom's APIs.

    :param quote: a text with formats if it was markdown.
    :param links: words with the address that they open; empty for plain words.
    """

    head: str
    color: str
    fields: tuple[tuple[str, str], ...] = ()
    quote: str | Text = ""
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Templates:
    """How the templates of an alert are written and rendered: a DAG may have its own delimiters.

    :param start_in: tells whether one may start in a text.
    :param variable: what stands before and behind a name in them.
    :param render: renders one for the callback's context, and these names besides; returns the
        error if it fails.
    """

    start_in: Callable[[str], bool]
    variable: tuple[str, str]
    render: Callable[[str, Mapping[str, Any]], str | BaseException]


def fill(
    alert: Alert,
    event: Event,
    *,
    templates: Templates | None = None,
    mask: sanitize.Mask = str,
    notes: list[str] | None = None,
) -> FilledAlert:
    """Return an alert with what is known of an event.

    :param templates: without it templates are left as they are.
    :param mask: replaces secrets in what they give.
    :param notes: gets a line for each part that goes missing, since its template failed.
    """
    known = facts(event)

    def filled(text: str, part: str) -> str:
        """Return a text with its words replaced, or nothing if one of them is not known."""
        if any(word not in known for word in _WORD.findall(text)):
            return ""
        if templates is None or not templates.start_in(text):
            return _WORD.sub(lambda found: known[found[1]], text)
        # In one pass: what came from data is no template, and holds no words.
        start, end = templates.variable
        template = _WORD.sub(lambda found: f"{start} _words['{found[1]}'] {end}", text)
        given = templates.render(template, {"_words": known})
        if isinstance(given, str):
            return sanitize.excerpt(given, _MAX_RENDERED, mask)
        why = sanitize.one_line(sanitize.excerpt(str(given), _MAX_RENDERED, mask))
        if notes is not None:
            notes.append(
                f"This alert goes without its {part}, whose template failed: "
                f"{type(given).__name__}: {why}"
            )
        return ""

    heads = (found for head in alert.heads if (found := filled(head, "head")))
    return FilledAlert(
        head=next(heads, EVENTS[alert.event].head),
        color=alert.color,
        fields=tuple(
            (label, found)
            for label, text in alert.fields.items()
            if (found := filled(text, f"field {label!r}"))
        ),
        quote=_quote(alert, filled(alert.quote, "quote")),
        links=event.options
        + tuple(
            (words, url)
            for words, text in alert.links.items()
            # Zoom drops a link to anything else.
            if re.match(r"https?://\S+$", url := filled(text, f"link {words!r}"))
        ),
    )


def _quote(alert: Alert, quote: str) -> str | Text:
    if alert.markdown:
        from ..zoom.text import markdown

        with suppress(ConfigError):  # nobody reads markdown that is nested like that
            return markdown(quote).cut(alert.quote_length)
    return sanitize.cut(quote, alert.quote_length)


RED, AMBER, GREEN, GREY, BLUE = "#D92D20", "#B54708", "#067647", "#667085", "#175CD3"

_OF_TASK = {"Run": "{run}", "Try": "{try}", "Started": "{started}", "Took": "{took}"}
_OF_RUN = {"Run": "{run}", "Started": "{started}", "Took": "{took}"}
_FAILED = {"Failed": "{failed_tasks}", "Upstream failed": "{upstream_failed}"}
_OWNER = {"Owner": "{owner}"}
_OPEN_RUN = {"Open run": "{run_url}"}
_OPEN_LOG = {"Open log": "{log_url}", **_OPEN_RUN}

#: Characters of an exception with what led to it: with all else below what Zoom takes for certain.
_WITH_CAUSES = 600


def _heads(mark: str, said: str) -> tuple[str, ...]:
    """Return heads for a task of which more or less is known.

    The mark is for notices of phones, which have no colours. It is of those that count as one in
    every unit, so that the positions of formats behind it are right in any.
    """
    known = ("{dag} / {task}", "{task}", "{dag}: a task")
    return tuple(f"{mark} {words} {said}" for words in known)


TASK_STARTED = Alert(
    "task_started",
    _heads("▶", "started"),
    BLUE,
    {"Run": "{run}", "Try": "{try}"},
    links=_OPEN_LOG,
)
TASK_SUCCEEDED = Alert(
    "task_succeeded", _heads("✅", "succeeded"), GREEN, _OF_TASK, links=_OPEN_LOG
)
TASK_FAILED = Alert(
    "task_failed",
    _heads("❌", "failed"),
    RED,
    {**_OF_TASK, **_OWNER},
    quote="{exception}",
    quote_length=_WITH_CAUSES,
    links=_OPEN_LOG,
)
TASK_RETRY = Alert(
    "task_retry",
    _heads("⏳", "failed and will be tried again"),
    AMBER,
    {**_OF_TASK, "Next try": "{next_try}", **_OWNER},
    quote="{exception}",
    quote_length=_WITH_CAUSES,
    links=_OPEN_LOG,
)
TASK_SKIPPED = Alert(
    "task_skipped", _heads("⏭", "was skipped"), GREY, {"Run": "{run}"}, links=_OPEN_LOG
)
DAG_SUCCEEDED = Alert(
    "dag_succeeded",
    # A run ends well with its last tasks, whatever has failed before them.
    ("✅ {dag} succeeded, although {failures}", "✅ {dag} succeeded"),
    GREEN,
    {**_FAILED, **_OF_RUN},
    links=_OPEN_RUN,
)
DAG_FAILED = Alert(
    "dag_failed",
    "❌ {dag} failed",
    RED,
    {
        **_FAILED,
        "Reason": "{reason}",
        **_OF_RUN,
        **_OWNER,
    },
    links=_OPEN_RUN,
)
DEADLINE_MISSED = Alert(
    "deadline_missed",
    "⏰ {dag} has missed its deadline",
    AMBER,
    {
        "Deadline": "{deadline}",
        "Run": "{run}",
        "Started": "{started}",
        "State": "{state}",
        **_OWNER,
    },
    links=_OPEN_RUN,
)
APPROVAL_ASKED = Alert(
    "approval_asked",
    ("❓ {subject}", "❓ {dag} / {task} asks for an approval"),
    BLUE,
    {"Asked by": "{dag} / {task}", "Run": "{run}", "By default": "{defaults}", **_OWNER},
    quote="{body}",
    quote_length=2000,
    markdown=True,
)
SLA_MISSED = Alert("sla_missed", "⏰ {dag} has missed an SLA", AMBER, _OWNER)
UNKNOWN = Alert(
    "unknown",
    ("An alert from {dag} / {task}", "An alert from {dag}"),
    GREY,
    {"Run": "{run}", **_OWNER},
    quote="{exception}",
    quote_length=_WITH_CAUSES,
    links=_OPEN_LOG,
)

#: The ready-made alert of each event: all of the above.
READY_MADE: Mapping[str, Alert] = {
    alert.event: alert for alert in tuple(globals().values()) if isinstance(alert, Alert)
}
