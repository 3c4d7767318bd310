"""The text of a message as HTML: formats and mentions by position, lines, links, escaping.

Every value that came from a message passes a function of here: a card is checked only as far as
Zoom documents it, so any of its values may be of any type.

Sources: https://developers.zoom.us/docs/api/team-chat (OAS) for the kinds of formatting;
devforum.zoom.us 94890 for the ends, which are inclusive;
https://developers.zoom.us/docs/chat/customizing-messages/ and its sub-pages for cards.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import groupby
from typing import Any

from airflow_provider_zoomchat.sandbox.html.spans import Style, styles

#: A bare address in a text; the stop that ends a sentence is none of it.
URL = r"https?://[^\s<>\"]*[^\s<>\".,;:!?)\]}'*_~]"

# What HTML cannot hold, or a terminal would obey; tabs and line ends are fine. A lone surrogate
# is valid JSON, but no UTF-8.
_UNSHOWABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def escape(text: str) -> str:
    """Return a text as HTML that reads like it, fit for attributes too."""
    return html.escape(_UNSHOWABLE.sub("\ufffd", re.sub(r"\r(?=\n|\Z)", "", text)))


def string(value: Any) -> str:
    """Return a text or a number as text, anything else as nothing."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else ""


def mapping(value: Any) -> Mapping[str, Any]:
    """Return a JSON object, anything else as an empty one."""
    return value if isinstance(value, dict) else {}


def objects(value: Any) -> list[Mapping[str, Any]]:
    """Return the JSON objects in an array; anything else holds none."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def percent(value: Any) -> int:
    """Return a number, or one in a text, as 0 to 100; anything else is 0."""
    found = re.fullmatch(r"(\d{1,3})(\.\d*)?", string(value))
    return min(int(found[1]), 100) if found else 0


def color(value: Any) -> str:
    """Return a colour of the form #RRGGBB, anything else as nothing."""
    return value if re.fullmatch("#[0-9A-Fa-f]{6}", string(value)) else ""


def moment(milliseconds: Any) -> str:
    """Return the time so many milliseconds after the UTC epoch; nothing if there is none."""
    text = string(milliseconds)
    # 14 digits end in the year 5138; datetime knows no year beyond 9999.
    if not re.fullmatch(r"\d{1,14}", text, re.ASCII):
        return ""
    return f"{datetime.fromtimestamp(int(text) / 1000, timezone.utc):%Y-%m-%d %H:%M} UTC"


def link(url: Any, inner: str) -> str:
    """Return HTML as a link; without one if the address is not of the web.

    :param inner: HTML.
    """
    # Anything but http and https could run as a script when it is clicked.
    if not re.fullmatch(r"https?://[^\s\x00-\x1f]+", string(url), re.IGNORECASE):
        return inner
    return f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{inner}</a>'


def autolink(text: str) -> str:
    """Return a text as HTML, with its bare addresses as links."""
    pieces = re.split(f"({URL})", text)
    return "".join(
        link(piece, escape(piece)) if index % 2 else escape(piece)
        for index, piece in enumerate(pieces)
    )


@dataclass(frozen=True)
class Line:
    """One line, or a block that stands between lines.

    :param html: what it says.
    :param list_tag: "ul" or "ol" for an item of a list.
    :param number: what a numbered item is called; by default the next number.
    :param heading: "h1", "h2" or "h3".
    :param indent: in pixels.
    :param is_block: ``html`` is a block of its own.
    """

    html: str
    quote: bool = False
    list_tag: str = ""
    number: int | None = None
    heading: str = ""
    indent: int = 0
    is_block: bool = False


def blocks(lines: Iterable[Line]) -> str:
    """Return the lines as HTML; neighbours in one quote or one list stand together."""
    pieces = []
    for quote, group in groupby(lines, key=lambda line: line.quote):
        inner = _lists(group)
        pieces.append(f"<blockquote>{inner}</blockquote>" if quote else inner)
    return "".join(pieces)


def code(html: str) -> Line:
    """Return a block of code.

    :param html: the code, escaped.
    """
    # HTML swallows a line end right behind the tag.
    return Line(f"<pre>\n{html}</pre>", is_block=True)


def _lists(lines: Iterable[Line]) -> str:
    pieces = []
    for tag, group in groupby(lines, key=lambda line: line.list_tag):
        inner = "".join(_item(line) if tag else _line(line) for line in group)
        pieces.append(f"<{tag}>{inner}</{tag}>" if tag else inner)
    return "".join(pieces)


def _item(line: Line) -> str:
    number = "" if line.number is None else f' value="{line.number}"'
    return f"<li{number}>{_line(line)}</li>"


def _line(line: Line) -> str:
    if line.is_block:
        return line.html
    heading = f" {line.heading}" if line.heading else ""
    indent = f' style="margin-left:{line.indent}px"' if line.indent else ""
    return f'<div class="line{heading}"{indent}>{line.html or "<br>"}</div>'


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
