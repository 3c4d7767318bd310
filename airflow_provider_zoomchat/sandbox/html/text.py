"""The text of a user's message as HTML: formatting and mentions by position, bare addresses.

Sources: https://developers.zoom.us/docs/api/team-chat (OAS) for the kinds of formatting;
devforum.zoom.us 94890 for the ends, which are inclusive.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from airflow_provider_zoomchat.sandbox.html.lines import Line, blocks
from airflow_provider_zoomchat.sandbox.html.safe import URL, autolink, color, escape, link
from airflow_provider_zoomchat.sandbox.html.spans import Style, styles

Span = Mapping[str, Any]

_LISTS = {"BulletedList": "ul", "NumberedList": "ol"}
_OF_LINES = {*_LISTS, "Quote", "LeftIndent", "Paragraph"}
_TAGS = {"Bold": "b", "Italic": "i", "Strikethrough": "s", "Underline": "u"}

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
    return blocks(_lines(text, _styles(text, rich_text, at_items)))


def _styles(text: str, rich_text: Iterable[Span], at_items: Iterable[Span]) -> list[Style]:
    """Return the style of each character."""
    # No page tells the unit of a position. UTF-16 units are assumed, as in JavaScript: an emoji
    # counts as two.
    characters = [index for index, each in enumerate(text) for _ in range(1 + (each > "\uffff"))]
    spans = []
    for span in rich_text:
        kind = span["format_type"]
        places = _places(span, text, characters)
        # Both readings of a link over several lines are guesses; the specification forbids it.
        if kind != "AddLink" or "\n" not in text[places.start : places.stop]:
            spans.append((places, kind, span.get("format_attr") or ""))
    for span in at_items:
        places = _places({**span, "format_type": ""}, text, characters)
        spans.append((places, "mention", ""))
    found = styles(len(text), spans)
    for address in re.finditer(URL, text):
        within = found[address.start() : address.end()]
        if not any({"AddLink", "mention"} & style.keys() for style in within):
            linked = [{**style, "AddLink": address[0]} for style in within]
            found[address.start() : address.end()] = linked
    return found


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


def _lines(text: str, styles: list[Style]) -> Iterator[Line]:
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


def _inline(text: str, styles: list[Style], places: range) -> str:
    """Return a part of a line; a link stays one link however much is styled within it."""
    pieces = []
    for url, linked in groupby(places, key=lambda place: styles[place].get("AddLink")):
        runs = groupby(linked, key=lambda place: {**styles[place], "AddLink": ""})
        inner = "".join(_run("".join(text[place] for place in run), style) for style, run in runs)
        pieces.append(link(url, inner) if url else inner)
    return "".join(pieces)


def _run(text: str, style: Style) -> str:
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
    rules = [f"--ink:{front}" if front else "", f"background-color:{back}" if back else ""]
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
