"""The text of a user's message as HTML: formatting and mentions by position, bare addresses.

Sources: https://developers.zoom.us/docs/api/team-chat (OAS) for the kinds of formatting and for
which of them clears which; devforum.zoom.us 94890 for the ends, which are inclusive.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from airflow_provider_zoomchat.sandbox.html.lines import Line, blocks
from airflow_provider_zoomchat.sandbox.html.safe import URL, autolink, color, escape, link

Span = Mapping[str, Any]

#: Of one character: kinds of formatting, each with its attribute.
_Style = dict[str, str]

_LISTS = {"BulletedList": "ul", "NumberedList": "ol"}
_OF_LINES = {*_LISTS, "Quote", "LeftIndent", "Paragraph"}
_TAGS = {"Bold": "b", "Italic": "i", "Strikethrough": "s", "Underline": "u"}

#: What does not take hold behind an earlier entry of the array.
_CLEARS: Mapping[str, set[str]] = {
    "BulletedList": {"NumberedList", "Quote", "LeftIndent"},
    "NumberedList": {"BulletedList", "Quote", "LeftIndent"},
    "Quote": {"LeftIndent", "Paragraph", "FontSize", "FontColor", "BackgroundColor", *_TAGS}
    - {"Italic"},
    "AddLink": {"BackgroundColor", "FontColor", "Underline"},
}

_MOST_INDENT = 400  # pixels


def plain(text: str, *, links: bool = True) -> str:
    """Return a text without formatting as HTML.

    :param links: make links of bare addresses.
    """
    return blocks(Line(autolink(line) if links else escape(line)) for line in text.split("\n"))


def rich(text: str, rich_text: Iterable[Span], at_items: Iterable[Span]) -> str:
    """Return a text as HTML, with formatting and mentions.

    A span outside the text is left out.
    """
    styles = _styles(text, rich_text, at_items)
    return blocks(_lines(text, styles))


def _styles(text: str, rich_text: Iterable[Span], at_items: Iterable[Span]) -> list[_Style]:
    """Return the style of each character."""
    styles: list[_Style] = [{} for _ in text]
    # No page tells the unit of a position. UTF-16 units are assumed, as in JavaScript: an emoji
    # counts as two.
    characters = [index for index, each in enumerate(text) for _ in range(1 + (each > "\uffff"))]
    for span in rich_text:
        kind = span["format_type"]
        places = _places(span, text, characters)
        # Both readings of a link over several lines are guesses; the specification forbids it.
        if kind != "AddLink" or "\n" not in text[places.start : places.stop]:
            _add(styles, places, kind, span.get("format_attr") or "")
    for span in at_items:
        _add(styles, _places({**span, "format_type": ""}, text, characters), "mention", "")
    for found in re.finditer(URL, text):
        places = range(found.start(), found.end())
        if not any({"AddLink", "mention"} & styles[place].keys() for place in places):
            _add(styles, places, "AddLink", found[0])
    return styles


def _places(span: Span, text: str, characters: list[int]) -> range:
    """Return the characters of a span, whole lines of them if its formatting is one of lines."""
    start, end = span["start_position"], span["end_position"]
    if not 0 <= start <= end < len(characters):
        return range(0)
    start, end = characters[start], characters[end]
    if span["format_type"] in _OF_LINES:
        start = text.rfind("\n", 0, start) + 1
        line_end = text.find("\n", end)
        end = line_end if line_end >= 0 else len(text) - 1
    return range(start, end + 1)


def _add(styles: list[_Style], places: range, kind: str, attribute: str) -> None:
    for place in places:
        style = styles[place]
        if not any(kind in _CLEARS.get(earlier, ()) for earlier in style):
            style[kind] = attribute


def _lines(text: str, styles: list[_Style]) -> Iterator[Line]:
    start = 0
    for line in text.split("\n"):
        end = start + len(line)
        # An empty line is styled by its line end; the last line has none.
        style = styles[start] if start < len(styles) else {}
        yield Line(
            _inline(text, styles, range(start, end)),
            quote="Quote" in style,
            list_tag=next((tag for kind, tag in _LISTS.items() if kind in style), ""),
            heading=_one_of(style.get("Paragraph"), "h1", "h2", "h3"),
            indent=_pixels(style.get("LeftIndent", "")),
        )
        start = end + 1


def _inline(text: str, styles: list[_Style], places: range) -> str:
    """Return a part of a line; a link stays one link however much is styled within it."""
    pieces = []
    for url, linked in groupby(places, key=lambda place: styles[place].get("AddLink")):
        runs = groupby(linked, key=lambda place: {**styles[place], "AddLink": ""})
        inner = "".join(_run("".join(text[place] for place in run), style) for style, run in runs)
        pieces.append(link(url, inner) if url else inner)
    return "".join(pieces)


def _run(text: str, style: _Style) -> str:
    html = escape(text)
    for kind, tag in _TAGS.items():
        if kind in style:
            html = f"<{tag}>{html}</{tag}>"
    if "mention" in style:
        html = f'<span class="mention">{html}</span>'
    front, back = (color("#" + style.get(kind, "")) for kind in ("FontColor", "BackgroundColor"))
    size = _one_of(style.get("FontSize"), "s", "m", "l")
    # A background is chosen for dark letters; a dark page has to be told to keep them.
    classes = [f"size-{size}" if size else "", "backed" if back and not front else ""]
    rules = [f"color:{front}" if front else "", f"background-color:{back}" if back else ""]
    given = [
        f' {name}="{separator.join(filter(None, values))}"'
        for name, separator, values in (("class", " ", classes), ("style", ";", rules))
        if any(values)
    ]
    return f"<span{''.join(given)}>{html}</span>" if given else html


def _one_of(value: str | None, *allowed: str) -> str:
    return value if value in allowed else ""


def _pixels(attribute: str) -> int:
    if not re.fullmatch("[1-9][0-9]*", attribute):
        return 0
    return min(int(attribute[:4]), _MOST_INDENT)
