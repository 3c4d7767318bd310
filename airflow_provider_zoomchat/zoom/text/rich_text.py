"""A text as a user's message: the plain text, and positions for formats and mentions. Pure.

Both ends of a position are inclusive (devforum.zoom.us 94890, and the example of `at_items` in
https://developers.zoom.us/docs/api/team-chat/). The unit is documented nowhere; taken for UTF-16
units, which Zoom's clients count in. That differs from characters behind an emoji alone.

Zoom reads formats in their order, and some clear others. So they are told in an order in which none
is lost, and what Zoom would drop all the same is left out: a quote takes links and lists alone, a
link no colours. Source: https://developers.zoom.us/docs/api/team-chat/ (`rich_text`).
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate
from typing import Any

from ..addresses import is_person
from .model import TABLE, Span, Text

Entry = dict[str, Any]
Range = tuple[int, int]

#: What code looks like where Zoom knows colours but no type of code; legible by day and night.
_CODE = (("FontColor", "1F2937"), ("BackgroundColor", "E5E7EB"))

#: As wide as a digit, both of them.
_BLANK, _DASH = "\N{FIGURE SPACE}", "\N{FIGURE DASH}"

_ORDER = {"Quote": 0, "Paragraph": 1, "BulletedList": 2, "NumberedList": 3, "AddLink": 4}
_ON_A_QUOTE = frozenset({"Quote", "BulletedList", "NumberedList", "AddLink"})
_NOT_ON_A_LINK = frozenset({"FontColor", "BackgroundColor", "Underline"})


def in_columns(text: Text) -> Text:
    """Return a text whose tables stay in line as well as they can where letters differ in width.

    Zoom has no type of code for users' messages, so the blanks and rules of a table become those
    that are as wide as a digit. (Assumed: in a client's font they are, as in most.)
    """
    message = text.message
    for span in text.spans:
        if span.kind == "CodeBlock" and span.attr == TABLE:
            table = message[span.start : span.end]
            table = re.sub(r"(?m)^ +|(?<= ) | (?= )", lambda blanks: _BLANK * len(blanks[0]), table)
            table = re.sub(rf"(?m)^[-{_BLANK}]+$", lambda rule: rule[0].replace("-", _DASH), table)
            message = message[: span.start] + table + message[span.end :]
    return Text(message, text.spans)


def formats(text: Text) -> list[Entry]:
    """Return the formats of a text as `rich_text` wants them."""
    position = _positions(text.message)
    spans = sorted(_shown(text), key=lambda span: (_ORDER.get(span.kind, 9), span.start))
    return [
        {"format_type": span.kind, "format_attr": span.attr, **position(span)} for span in spans
    ]


def mentions(text: Text) -> list[Entry]:
    """Return the mentions of a text as `at_items` wants them; unknown contacts are skipped."""
    position = _positions(text.message)
    return [
        {
            **({"at_type": 2} if span.attr == "all" else {"at_type": 1, "at_contact": span.attr}),
            **position(span),
        }
        for span in text.spans
        if span.kind == "Mention" and (span.attr == "all" or is_person(span.attr))
    ]


def _shown(text: Text) -> Iterator[Span]:
    """Yield the formats that Zoom has, where they can be."""
    quotes, links = _ranges(text, "Quote"), _ranges(text, "AddLink")
    for span in text.spans:
        kinds = _CODE if span.kind in ("Code", "CodeBlock") else ((span.kind, span.attr),)
        for kind, attr in kinds if span.kind not in ("Mention", "ZoomMarkdown") else ():
            rest: Iterable[Range] = [(span.start, span.end)]
            if kind not in _ON_A_QUOTE:
                rest = _without(rest, quotes)
            if kind in _NOT_ON_A_LINK:
                rest = _without(rest, links)
            yield from (Span(start, end, kind, attr) for start, end in rest)


def _ranges(text: Text, kind: str) -> list[Range]:
    """Return where a text has a format, in order, as ranges that do not overlap."""
    found: list[Range] = []
    for start, end in sorted((span.start, span.end) for span in text.spans if span.kind == kind):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found


def _without(ranges: Iterable[Range], others: list[Range]) -> Iterator[Range]:
    """Yield what is left of ranges where none of the others is."""
    for start, end in ranges:
        first = bisect_right(others, start, key=lambda other: other[1])
        behind = bisect_left(others, end, key=lambda other: other[0])
        for other in others[first:behind]:
            if start < other[0]:
                yield start, other[0]
            start = other[1]
        if start < end:
            yield start, end


def _positions(message: str) -> Callable[[Span], dict[str, int]]:
    """Return what gives the positions of a span in this message."""
    before = [0, *accumulate(1 + (character > "\uffff") for character in message)]
    return lambda span: {"start_position": before[span.start], "end_position": before[span.end] - 1}
