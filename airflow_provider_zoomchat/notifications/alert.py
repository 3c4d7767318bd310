"""How an alert is described, and how its words are filled in. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..zoom import plain
from ..zoom.errors import ConfigError
from .event import Event
from .facts import WORDS, facts

if TYPE_CHECKING:
    from ..zoom.text import Text

#: Renders a template for the callback's context and these names besides.
Render = Callable[[str, Mapping[str, Any]], str]

#: A word in single braces; those of a template are double.
_WORD = re.compile(r"(?<!\{)\{(\w+)\}(?!\})")

_TEMPLATE = re.compile(r"\{\{|\{%|\{#")

#: Characters of what a template of an alert gives.
_MOST_OF_RENDERED = 2000


@dataclass(frozen=True)
class Alert:
    """What is said of an event.

    Each text may hold words in braces, see `alerts`, and templates, which know the callback's
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
        """Refuse what could only fail at night."""
        if self.event not in EVENTS:
            raise ConfigError(
                f"An alert's event is one of {', '.join(EVENTS)}, not {self.event!r}."
            )
        _check_kinds(self)
        if not re.fullmatch(r"#[0-9A-Fa-f]{6}", self.color):
            raise ConfigError(f"An alert's color reads like #D92D20, not {self.color!r}.")
        every = (*self.heads, *self.fields.values(), self.quote, *self.links.values())
        unknown = {word for text in every for word in _WORD.findall(text)} - set(WORDS)
        if unknown:
            raise ConfigError(
                f"An alert knows no {{{sorted(unknown)[0]}}}. It knows {', '.join(WORDS)}."
            )

    @property
    def heads(self) -> tuple[str, ...]:
        """The heads to choose from."""
        return (self.head,) if isinstance(self.head, str) else tuple(self.head)


@dataclass(frozen=True)
class Post:
    """An alert with its words filled in, for any of Zoom's doors.

    :param quote: a text with formats if it was markdown.
    :param links: words with the address that they open; empty for plain words.
    """

    head: str
    color: str
    fields: tuple[tuple[str, str], ...] = ()
    quote: str | Text = ""
    links: tuple[tuple[str, str], ...] = ()


def _check_kinds(alert: Alert) -> None:
    texts: list[object] = [alert.color, alert.quote]
    texts += [alert.head] if isinstance(alert.head, str) else list(alert.head or [None])
    for part in (alert.fields, alert.links):
        texts += [*part, *part.values()] if isinstance(part, Mapping) else [None]
    length = alert.quote_length
    if not all(isinstance(text, str) for text in texts) or not isinstance(length, int):
        raise ConfigError(
            "An alert's head, color and quote are texts, fields and links are dicts of texts, and "
            f"quote_length is a number: see {alert!r}."
        )


def fill(
    alert: Alert,
    event: Event,
    *,
    render: Render | None = None,
    mask: plain.Mask = str,
    notes: list[str] | None = None,
) -> Post:
    """Return an alert with what is known of an event.

    :param render: renders templates; without it they are left as they are.
    :param mask: replaces secrets in what they give.
    :param notes: gets a line for each part that goes missing, since its template failed.
    """
    known = facts(event)

    def filled(text: str, part: str) -> str:
        """Return a text with its words replaced, or nothing if one of them is not known."""
        if any(word not in known for word in _WORD.findall(text)):
            return ""
        if render is None or not _TEMPLATE.search(text):
            return _WORD.sub(lambda found: known[found.group(1)], text)
        # In one pass: what came from data is no template, and holds no words.
        template = _WORD.sub(r"{{ _words['\1'] }}", text)
        try:
            given = render(template, {"_words": known})
        except Exception as error:
            why = plain.one_line(plain.excerpt(str(error), _MOST_OF_RENDERED, mask))
            if notes is not None:
                notes.append(
                    f"This alert goes without its {part}, whose template failed: "
                    f"{type(error).__name__}: {why}"
                )
            return ""
        return plain.excerpt(given, _MOST_OF_RENDERED, mask)

    heads = (found for head in alert.heads if (found := filled(head, "head")))
    return Post(
        head=next(heads, _NEVER_UNKNOWN[alert.event]),
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
    return plain.cut(quote, alert.quote_length)


#: What is said of an event of which nothing else is known.
_NEVER_UNKNOWN = {
    "task_started": "A task started",
    "task_succeeded": "A task succeeded",
    "task_failed": "A task failed",
    "task_retry": "A task failed and will be tried again",
    "task_skipped": "A task was skipped",
    "dag_succeeded": "A DAG run succeeded",
    "dag_failed": "A DAG run failed",
    "deadline_missed": "A deadline was missed",
    "approval_asked": "An approval is asked for",
    "sla_missed": "An SLA was missed",
    "unknown": "An alert from Airflow",
}

EVENTS = tuple(_NEVER_UNKNOWN)
