"""A user's message with formats and mentions: their positions are computed here. Pure.

Zoom takes them as positions into the plain text, both ends inclusive (devforum.zoom.us 94890, and
the example of `at_items` in https://developers.zoom.us/docs/api/team-chat/). The unit is documented
nowhere; taken for UTF-16 units, which Zoom's clients count in. That differs from characters behind
an emoji alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from . import plain

Entry = dict[str, Any]


@dataclass(frozen=True)
class Span:
    """A part of a text that is more than plain.

    :param start: its first character.
    :param end: the character behind its last.
    :param entry: what Zoom is told of it, without the positions.
    :param is_mention: whether it belongs into `at_items`.
    """

    start: int
    end: int
    entry: Entry
    is_mention: bool = False


@dataclass(frozen=True)
class Text:
    """A text with its spans.

    >>> text = styled("Failed", Bold="") + Text(": ") + link("Log", "https://example.com")
    >>> text.message
    'Failed: Log'
    >>> [(entry["format_type"], entry["start_position"], entry["end_position"])
    ...  for entry in text.rich_text()]
    [('Bold', 0, 5), ('AddLink', 8, 10)]
    """

    message: str
    spans: tuple[Span, ...] = ()

    def __add__(self, other: Text) -> Text:
        """Return this text with another behind it."""
        by = len(self.message)
        moved = (replace(span, start=span.start + by, end=span.end + by) for span in other.spans)
        return Text(self.message + other.message, (*self.spans, *moved))

    def __bool__(self) -> bool:
        """Tell whether there is anything to read."""
        return bool(self.message.strip())

    def rich_text(self) -> list[Entry]:
        """Return the formats as Zoom wants them."""
        return [entry for span, entry in self._positioned() if not span.is_mention]

    def at_items(self) -> list[Entry]:
        """Return the mentions as Zoom wants them."""
        return [entry for span, entry in self._positioned() if span.is_mention]

    def without_mentions(self) -> Text:
        """Return the same text with its mentions as plain words."""
        return Text(self.message, tuple(span for span in self.spans if not span.is_mention))

    def cut(self, limit: int) -> Text:
        """Return a text of at most so many characters: head, a mark, tail; see `plain.gap`.

        They are counted in the unit of positions, in which there are never fewer.

        A format goes on for as far as its words do; a mention or a link that is cut is gone, for
        half an address is none.
        """
        excess = _units(self.message) - limit
        if excess <= 0:
            return self
        room = limit
        while True:
            start, end, mark = plain.gap(self.message, room)
            short = self._part(0, start) + Text(mark) + self._part(end, len(self.message))
            excess = _units(short.message) - limit
            if excess <= 0:
                return short
            room -= excess

    def _part(self, start: int, end: int) -> Text:
        spans = []
        for span in self.spans:
            first, last = max(span.start, start), min(span.end, end)
            whole = (first, last) == (span.start, span.end)
            if first < last and (whole or not _is_address(span)):
                spans.append(replace(span, start=first - start, end=last - start))
        return Text(self.message[start:end], tuple(spans))

    def _positioned(self) -> Iterator[tuple[Span, Entry]]:
        for span in self.spans:
            start = _units(self.message[: span.start])
            end = start + _units(self.message[span.start : span.end]) - 1
            yield span, {**span.entry, "start_position": start, "end_position": end}


def styled(words: str, **formats: str) -> Text:
    """Return a text with formats: Zoom's `format_type` to its `format_attr`, "" where it has none.

    Source of both: https://developers.zoom.us/docs/api/team-chat/ (`rich_text`).
    """
    entries = ({"format_type": kind, "format_attr": attr} for kind, attr in formats.items())
    return Text(words, tuple(Span(0, len(words), entry) for entry in entries) if words else ())


def link(words: str, url: str) -> Text:
    """Return words that open an address; a link may not span lines."""
    return styled(plain.one_line(words) or url, AddLink=url)


def mention(contact: str) -> Text:
    """Return a mention of a person, by e-mail address or member id, or of "all".

    Zoom shows the words of the message; an address says who is meant even where it is no mention.
    """
    words = f"@{contact}"
    who = {"at_type": 2} if contact == "all" else {"at_type": 1, "at_contact": contact}
    return Text(words, (Span(0, len(words), who, is_mention=True),))


def join(separator: str, texts: Iterable[Text]) -> Text:
    """Return the texts that have something to read, one behind the other."""
    joined = Text("")
    for text in texts:
        if text:
            joined = joined + Text(separator) + text if joined else text
    return joined


def _is_address(span: Span) -> bool:
    return span.is_mention or span.entry["format_type"] == "AddLink"


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
