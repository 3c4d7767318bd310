"""Which formatting holds at each character of a text: later spans over earlier ones. Pure.

A kind of formatting may clear others, which then do not take hold where it stands in front of them
in the array.

Source: https://developers.zoom.us/docs/api/team-chat (OAS) for which of them clears which.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

#: Of one character: kinds of formatting, each with its attribute.
Style = Mapping[str, str]

#: Places in a text, a kind of formatting, its attribute.
Span = tuple[range, str, str]

_TEXT_STYLES = {"Bold", "Italic", "Strikethrough", "Underline"}

#: What does not take hold behind an earlier entry of the array.
_CLEARS: Mapping[str, set[str]] = {
    "BulletedList": {"NumberedList", "Quote", "LeftIndent"},
    "NumberedList": {"BulletedList", "Quote", "LeftIndent"},
    "Quote": {"LeftIndent", "Paragraph", "FontSize", "FontColor", "BackgroundColor", *_TEXT_STYLES}
    - {"Italic"},
    "AddLink": {"BackgroundColor", "FontColor", "Underline"},
}


def styles(length: int, spans: Sequence[Span]) -> list[Style]:
    """Return the style of each character of a text.

    Thousands of spans may lie on each other, so the text is gone through once, from border to
    border; neighbours without a border between them share one style.
    """
    found: list[Style] = []
    # Of the spans at a place, by kind: their indexes in the array, in order.
    active: dict[str, list[int]] = defaultdict(list)
    for start, end, borders in _borders(length, spans):
        for index in borders:
            places, kind, _ = spans[index]
            if places.start == start:
                insort(active[kind], index)
            else:
                del active[kind][bisect_left(active[kind], index)]
        found += [_style(active, spans)] * (end - start)
    return found


def _borders(length: int, spans: Iterable[Span]) -> Iterator[tuple[int, int, list[int]]]:
    """Yield the pieces of a text, each with the spans that begin or end where it begins."""
    borders: dict[int, list[int]] = {0: [], length: []}
    for index, (places, _, _) in enumerate(spans):
        if places:
            borders.setdefault(places.start, []).append(index)
            borders.setdefault(places.stop, []).append(index)
    for start, end in pairwise(sorted(borders)):
        yield start, end, borders[start]


def _style(active: Mapping[str, Sequence[int]], spans: Sequence[Span]) -> Style:
    begins: dict[str, int] = {}  # kind -> the first span of it, for those that take hold
    for first, kind in sorted((indexes[0], kind) for kind, indexes in active.items() if indexes):
        if not any(kind in _CLEARS.get(earlier, ()) for earlier in begins):
            begins[kind] = first
    style = {}
    for kind in begins:
        cleared = min(
            (first for other, first in begins.items() if kind in _CLEARS.get(other, ())),
            default=len(spans),
        )
        # The last one in front of whatever clears the kind.
        last = active[kind][bisect_left(active[kind], cleared) - 1]
        style[kind] = spans[last][2]
    return style
