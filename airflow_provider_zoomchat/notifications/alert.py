"""How an alert is described, and how its placeholders are filled in. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timezone, tzinfo
from typing import TYPE_CHECKING, Any

from ..zoom import sanitize
from ..zoom.errors import ConfigError
from .event import EVENTS, Event

if TYPE_CHECKING:
    from ..zoom.text import Text

#: Names of failed tasks that are shown before the others are counted.
MAX_NAMES = 8


def facts(event: Event) -> dict[str, str]:
    """Return the words that stand for what is known of an event, each with its text.

    ``dag``, ``task`` (with the index of a mapped one), ``run_id``, ``run`` (its date and what
    started it), ``started``, ``took``, ``try`` ("2 of 3", from the second on or before another),
    ``next_try``, ``owner``, ``exception``, ``reason``, ``failures`` ("2 tasks failed"),
    ``failed_tasks`` (the first 8 by name), ``upstream_failed`` (how many), ``deadline``, ``state``
    (of the run), ``subject``, ``body``, ``defaults``, ``log_url``, ``run_url``.
    """
    return {word: text for word, text in _all(event).items() if text}


def _all(event: Event) -> dict[str, str | None]:
    return {
        "dag": event.dag_id,
        "task": _task(event),
        "run_id": event.run_id,
        "run": _run(event),
        "started": time_text(event.started, event.zone),
        "took": span(event.duration),
        "try": _try(event),
        "next_try": time_text(event.next_try, event.zone),
        "owner": event.owner,
        "exception": event.exception,
        "reason": _REASONS.get(event.reason or "", event.reason),
        "failures": _failures(len(event.failed_tasks)),
        "failed_tasks": _names(event.failed_tasks),
        "upstream_failed": str(event.upstream_failed) if event.upstream_failed else None,
        "deadline": time_text(event.deadline, event.zone),
        "subject": event.subject,
        "state": event.state,
        "body": event.body,
        "defaults": ", ".join(event.defaults) or None,
        "log_url": event.log_url,
        "run_url": event.run_url,
    }


def _task(event: Event) -> str | None:
    if event.task_id and event.map_index is not None:
        return f"{event.task_id} [{event.map_index}]"
    return event.task_id


def _run(event: Event) -> str | None:
    """Return when a run is for and what started it; its id where neither is known."""
    date = time_text(event.logical_date or event.run_after, event.zone)
    return ", ".join(part for part in (date, event.run_type) if part) if date else event.run_id


def _try(event: Event) -> str | None:
    if event.try_number is None or event.tries is None:
        return None
    if event.try_number <= 1 and event.name != "task_retry":
        return None
    # Somebody who clears a task gives it more tries than it says.
    return f"{event.try_number} of {max(event.tries, event.try_number)}"


def _failures(count: int) -> str | None:
    return f"{count} task{'s' if count > 1 else ''} failed" if count else None


def _names(tasks: tuple[str, ...]) -> str | None:
    more = f" +{len(tasks) - MAX_NAMES}" if len(tasks) > MAX_NAMES else ""
    return ", ".join(tasks[:MAX_NAMES]) + more or None


def time_text(moment: datetime | None, zone: tzinfo | None) -> str | None:
    """Return a moment in the DAG's time zone, with the name of that."""
    if moment is None:
        return None
    name = "UTC"
    try:
        there = moment.astimezone(zone or timezone.utc)
        name = _zone(there, zone) if zone else name
        moment = there
    except Exception:  # the last day of all has no other time zone, and a zone may be anybody's
        name = _offset(moment)
    return f"{moment:%Y-%m-%d %H:%M:%S}".removesuffix(":00") + f" {name}"


def _zone(there: datetime, zone: tzinfo) -> str:
    """Return how people call a time zone: Europe/Berlin, UTC, UTC+02:00."""
    name = getattr(zone, "key", None) or getattr(zone, "name", None)
    if not isinstance(name, str) or not re.match(r"[A-Za-z]", name):
        return _offset(there)
    if name in ("UTC", "Etc/UTC", "Zulu", "Z"):
        return "UTC"
    # When the clocks are set back, one hour comes twice.
    twice = there.replace(fold=0).utcoffset() != there.replace(fold=1).utcoffset()
    return f"{name} ({there:%Z})" if twice else name


def _offset(moment: datetime) -> str:
    return "UTC" if not moment.utcoffset() else f"UTC{moment.isoformat()[-6:]}"


def span(seconds: float | None) -> str | None:
    """Return a span of time in its two largest units."""
    if seconds is None or seconds < 0.1:
        return None
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    units = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
    parts: list[str] = []
    for unit, size in units:
        count, whole = divmod(whole, size)
        if count or parts:
            parts.append(f"{count} {unit}" if count else "")
    return " ".join(part for part in parts[:2] if part)


#: The words that Airflow gives for the end of a run, in a person's; None where the event says it.
_REASONS = {
    "task_failure": None,
    "success": None,
    "all_tasks_deadlocked": "its tasks wait for each other",
    "timed_out": "it ran longer than dagrun_timeout",
}

#: Every word there may be.
WORDS = tuple(_all(Event("unknown")))


#: Renders a template for the callback's context and these names besides.
Render = Callable[[str, Mapping[str, Any]], str]

#: A word in single braces; those of a template are double.
_WORD = re.compile(r"(?<!\{)\{(\w+)\}(?!\})")

_TEMPLATE = re.compile(r"\{\{|\{%|\{#")

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
        _check_kinds(self)
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
    mask: sanitize.Mask = str,
    notes: list[str] | None = None,
) -> FilledAlert:
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
            why = sanitize.one_line(sanitize.excerpt(str(error), _MAX_RENDERED, mask))
            if notes is not None:
                notes.append(
                    f"This alert goes without its {part}, whose template failed: "
                    f"{type(error).__name__}: {why}"
                )
            return ""
        return sanitize.excerpt(given, _MAX_RENDERED, mask)

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
