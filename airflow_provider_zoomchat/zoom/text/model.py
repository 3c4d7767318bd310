"""A text with formats and mentions, before it is known through which of Zoom's APIs it goes. Pure.

`rich_text` writes it as a user's message, `zoom_markdown` as Zoom's own markdown for bots and
webhooks, and `Text.readable` as plain words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from .. import sanitize
from ..errors import ConfigError

#: Kinds that belong to whole lines; the others to words.
_OF_LINES = frozenset({"Paragraph", "BulletedList", "NumberedList", "Quote", "CodeBlock"})

#: What a ``CodeBlock`` has as its `attr` if it is a table; what an author gives has no line end.
TABLE = "table\n"

#: Formats that must not be split.
_WHOLE = frozenset({"AddLink", "Mention"})


@dataclass(frozen=True)
class Span:
    """A part of a text that is more than plain.

    :param start: its first character.
    :param end: the character behind its last.
    :param kind: Zoom's `format_type`; or ``Code``, ``CodeBlock`` and ``Mention``, for which Zoom
        has none, and ``ZoomMarkdown`` for what its author has written in it.
    :param attr: Zoom's `format_attr`; for a mention, who is meant: an e-mail address, a member id,
        a JID, or "all".

    Source of both: https://developers.zoom.us/docs/api/team-chat/ (`rich_text`).
    """

    start: int
    end: int
    kind: str
    attr: str = ""


@dataclass(frozen=True)
class Text:
    """A text with its spans. Texts and plain words are put together with ``+``.

    >>> text = "Please look, " + mention("ann@example.com") + ": " + styled("late", Bold="")
    >>> text.message
    'Please look, @ann@example.com: late'
    >>> [(span.kind, text.message[span.start : span.end]) for span in text.spans]
    [('Mention', '@ann@example.com'), ('Bold', 'late')]
    """

    message: str
    spans: tuple[Span, ...] = ()

    def __add__(self, other: Text | str) -> Text:
        """Return this text with another, or with plain words, behind it."""
        return concat([self, other]) if isinstance(other, (Text, str)) else NotImplemented

    def __radd__(self, other: str) -> Text:
        """Return plain words with this text behind them."""
        return concat([other, self]) if isinstance(other, str) else NotImplemented

    def __bool__(self) -> bool:
        """Tell whether there is anything to read."""
        return bool(self.message.strip())

    def __str__(self) -> str:
        """Return the words."""
        return self.readable()

    def contacts(self) -> tuple[str, ...]:
        """Return who is mentioned, each once."""
        return tuple(dict.fromkeys(span.attr for span in self.spans if span.kind == "Mention"))

    def without_mentions(self) -> Text:
        """Return the same text with its mentions as plain words."""
        return self.without("Mention")

    def without(self, kind: str) -> Text:
        """Return the same words without one of their formats."""
        return Text(self.message, tuple(span for span in self.spans if span.kind != kind))

    def formatted(self, kind: str, attr: str = "") -> Text:
        """Return the same text with one more format around all of it."""
        whole = (Span(0, len(self.message), kind, attr),) if self.message else ()
        return Text(self.message, (*whole, *self.spans))

    def each(self, change: Callable[[str], Text | str]) -> Text:
        """Return the text with its words and addresses changed, run by run, such as rendered.

        A run is what has the same formats throughout; what is put in may have formats of its own.
        """
        moved, parts, length = {0: 0}, [], 0
        for start, end in pairwise(self._edges()):
            parts.append(concat([change(self.message[start:end])]))
            length += len(parts[-1].message)
            moved[end] = length
        spans = (
            replace(s, start=moved[s.start], end=moved[s.end], attr=_words(change(s.attr)))
            for s in self.spans
        )
        inner = concat(parts)
        kept = tuple(span for span in spans if span.start < span.end)
        return Text(inner.message, (*kept, *inner.spans))

    def cut(self, limit: int) -> Text:
        """Return a text of at most so many characters: head, a mark, tail; see `sanitize.gap`.

        They are counted in the unit of Zoom's positions, in which there are never fewer. A format
        goes on for as far as its words do; a mention or a link that is cut is gone.
        """
        excess = units(self.message) - limit
        if excess <= 0:
            return self
        room = limit
        while True:
            start, end, mark = sanitize.gap(self.message, room)
            head, tail = self._parts([(0, start), (end, len(self.message))])
            excess = units(head.message + mark + tail.message) - limit
            if excess <= 0:
                return head + mark + tail
            room -= excess

    def lines(self) -> Iterator[Line]:
        """Yield the text line by line."""
        ends = [found.span() for found in re.finditer("(?m)^.*$", self.message)]
        numbers: dict[Span, int] = {}
        for words, (_, _, spans) in zip(self._parts(ends), self._swept(ends), strict=True):
            kinds = {span.kind: span for span in spans if span.kind in _OF_LINES}
            items = kinds.get("NumberedList")
            if items:
                numbers[items] = numbers.get(items, 0) + 1
            inner = tuple(span for span in words.spans if span.kind not in _OF_LINES)
            yield Line(Text(words.message, inner), kinds, numbers[items] if items else 0)

    def runs(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Yield the words between two ends of spans, with the formats that all of them have."""
        edges = self._edges()
        for start, end, spans in self._swept(list(pairwise(edges))):
            yield self.message[start:end], {span.kind: span.attr for span in spans}

    def readable(self) -> str:
        """Return the words with what formats say: marks of lists and quotes, addresses of links.

        >>> styled("Log", AddLink="https://example.com").readable()
        'Log (https://example.com)'
        """
        lines = []
        for line in self.lines():
            message = line.words.message
            for span in sorted(line.words.spans, key=lambda span: span.end, reverse=True):
                if span.kind == "AddLink" and span.attr != message[span.start : span.end]:
                    message = f"{message[: span.end]} ({span.attr}){message[span.end :]}"
            lines.append(line.mark + message)
        return "\n".join(lines)

    def _edges(self) -> list[int]:
        ends = {end for span in self.spans for end in (span.start, span.end)}
        return sorted({0, len(self.message)} | ends)

    def _swept(self, ranges: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int, list[Span]]]:
        """Yield ranges, which follow one another, each with the spans in it."""
        coming = sorted(self.spans, key=lambda span: span.start, reverse=True)
        here: list[Span] = []
        for start, end in ranges:
            while coming and (coming[-1].start < end or coming[-1].start == start):
                here.append(coming.pop())
            here = [span for span in here if span.end > start]
            yield start, end, list(here)

    def _parts(self, ranges: Iterable[tuple[int, int]]) -> Iterator[Text]:
        for start, end, spans in self._swept(ranges):
            clipped = (
                replace(span, start=max(span.start, start) - start, end=min(span.end, end) - start)
                for span in spans
                if span.kind not in _WHOLE or (start <= span.start and span.end <= end)
            )
            kept = tuple(span for span in clipped if span.start < span.end)
            yield Text(self.message[start:end], kept)


@dataclass(frozen=True)
class Line:
    """One line of a text.

    :param words: the line with the formats of its words.
    :param kinds: the spans that belong to the line as a whole, by their kind.
    :param number: which line of its numbered list it is, from 1.
    """

    words: Text
    kinds: Mapping[str, Span]
    number: int

    @property
    def mark(self) -> str:
        """What stands in front of it where only plain words are shown."""
        quote = "> " if "Quote" in self.kinds else ""
        bullet = "• " if "BulletedList" in self.kinds else ""
        return quote + (f"{self.number}. " if "NumberedList" in self.kinds else bullet)


def styled(words: str, **formats: str) -> Text:
    """Return a text with formats: Zoom's `format_type` to its `format_attr`, or to ""."""
    spans = (Span(0, len(words), kind, attr) for kind, attr in formats.items())
    return Text(words, tuple(spans) if words else ())


def link(words: str, url: str) -> Text:
    """Return words that open an address; a link may not span lines.

    Zoom opens http and https alone (https://developers.zoom.us/docs/api/team-chat/, AddLink): any
    other address stands behind the words.

    :raises ConfigError: one of them is not a text.
    """
    shown, url = sanitize.one_line(_text("words", words)), _text("url", url).strip()
    is_template = "{" in url  # which is known later
    if not is_template and not re.match(r"https?://\S+$", url, re.IGNORECASE):
        return Text(f"{shown} ({url})" if shown and url else shown or url)
    return styled(shown or url, AddLink=url)


def mention(contact: str, name: str = "") -> Text:
    """Return a mention of a person. Who cannot be found is named in plain words.

    :param contact: an e-mail address; as a user a member id too, as a bot a JID or a user id;
        ``"all"`` for everybody in the channel, of whom bots and webhooks have the words alone.
    :param name: what is shown, by default the `contact`: an address says who is meant even where
        Zoom knows nobody by it.
    :raises ConfigError: one of them is not a text, or `contact` is blank.
    """
    who = _text("contact", contact).strip()
    if not who:
        raise ConfigError("contact is missing: give mention an e-mail address or an id.")
    return styled(f"@{sanitize.one_line(_text('name', name)) or who}", Mention=who)


def concat(texts: Iterable[Text | str]) -> Text:
    """Return texts one directly behind the other."""
    parts: list[str] = []
    spans: list[Span] = []
    length = 0
    for text in texts:
        if isinstance(text, Text):
            spans += (
                replace(span, start=span.start + length, end=span.end + length)
                for span in text.spans
            )
        parts.append(text.message if isinstance(text, Text) else text)
        length += len(parts[-1])
    return Text("".join(parts), tuple(spans))


def join(separator: str, texts: Iterable[Text]) -> Text:
    """Return the texts that have something to read, one behind the other."""
    parts: list[Text | str] = []
    for text in texts:
        if text:
            parts += [separator, text] if parts else [text]
    return concat(parts)


def units(text: str) -> int:
    """Return the length of a text in the unit of Zoom's positions; see `rich_text`."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _words(text: Text | str) -> str:
    return text.message if isinstance(text, Text) else text


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise ConfigError(f"{name} must be a text, not a value of type {type(value).__name__}.")
    return value
