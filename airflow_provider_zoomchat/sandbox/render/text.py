"""Texts as lines: a user's, with formats and mentions by their positions, and Zoom's own Markdown.

Sources for users' texts: https://developers.zoom.us/docs/api/team-chat (OAS) for the kinds of
formatting, and for which of them clears which; devforum.zoom.us 94890 for the ends, which are
inclusive.

Sources for what a card may say where ``is_markdown_support`` is true:
https://developers.zoom.us/docs/chat/appcardbuilder/ for ``*bold*``, ``_italic_``, ``~strike~``,
code and ``<https://url|label>``; https://developers.zoom.us/docs/chat/customizing-messages/ for
``<!JID|Name>``. Lists, quotes, images and entities are what users of the real service send. That a
mark inside a word has no meaning is assumed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from .tree import PLAIN, Line, Run, Style, color, web_address

#: A bare address in a text, without the punctuation that ends a sentence.
URL = r"https?://[^\s<>\"]*[^\s<>\".,;:!?)\]}'*_~]"

#: The formatting of one character: its kinds, each with its attribute.
Kinds = Mapping[str, str]

#: Characters of a text, a kind of formatting, its attribute.
Span = tuple[range, str, str]

_FORMATS = {
    **{"Bold": "bold", "Italic": "italic", "Strikethrough": "strike", "Underline": "underline"},
    "mention": "mention",
}
_LISTS = {"BulletedList": "bullet", "NumberedList": "number"}
_OF_LINES = {*_LISTS, "Quote", "LeftIndent", "Paragraph"}

#: Kinds that have no effect after an entry of one of these kinds.
_CLEARED_BY: Mapping[str, tuple[str, ...]] = {
    "BulletedList": ("NumberedList",),
    "NumberedList": ("BulletedList",),
    "Quote": ("BulletedList", "NumberedList"),
    "LeftIndent": ("BulletedList", "NumberedList", "Quote"),
    **dict.fromkeys(("Bold", "Strikethrough", "Paragraph", "FontSize"), ("Quote",)),
    **dict.fromkeys(("Underline", "FontColor", "BackgroundColor"), ("Quote", "AddLink")),
}

_MOST_INDENT = 400  # pixels

_FENCE = re.compile(r"\n?```\n?(.*?)\n?```\n?", re.DOTALL)

# A bare address, as in `text`, in a text that writes some characters as entities: "&" may stand in
# an address, "<" and ">" end it.
_MARKDOWN_URL = (
    r"https?://(?:&amp;|(?!&(?:amp|lt|gt);)[^\s<>\"])*"
    r"(?!&(?:amp|lt|gt);)[^\s<>\".,;:!?)\]}'*_~]"
)

_LINK = re.compile(rf"(?P<angle><[^<>\n]+>)|(?P<url>{_MARKDOWN_URL})")

# A pair of marks holds none of its own kind, so nesting ends by itself.
_TOKEN = re.compile(
    rf"""(?P<code>`[^`\n]+`)
    | (?P<angle><[^<>\n]+>)
    | (?P<url>{_MARKDOWN_URL})
    | (?P<bold>(?<!\w)\*(?=\S)[^*\n]+(?<=\S)\*(?!\w))
    | (?P<italic>(?<!\w)_(?=\S)[^_\n]+(?<=\S)_(?!\w))
    | (?P<strike>(?<!\w)~{{1,2}}(?=[^\s~])[^~\n]+(?<=\S)~{{1,2}}(?!\w))""",
    re.VERBOSE,
)
_MARKDOWN_LINE = re.compile(
    r"(?P<quote>> )?(?:(?:(?P<bullet>-)|(?P<number>\d{1,4})\.) )?(?P<text>.*)", re.ASCII
)
_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}


def read_text(
    text: str,
    rich_text: Iterable[Mapping[str, Any]] = (),
    at_items: Iterable[Mapping[str, Any]] = (),
    *,
    style: Style = PLAIN,
    autolink: bool = True,
) -> tuple[Line, ...]:
    """Return the lines of a text.

    :param rich_text: the formatting; a span outside the text is left out, as a mention is.
    :param at_items: the mentions.
    :param style: of the whole text.
    :param autolink: whether bare addresses become links.
    """
    spans = _spans(text, rich_text, at_items)
    addresses = list(re.finditer(URL, text)) if autolink else []
    if not spans and not addresses:  # fast path for large texts
        return tuple(_line({}, (Run(line, style),) if line else ()) for line in text.split("\n"))
    kinds = formatting(len(text), spans)
    for address in addresses:
        within = kinds[address.start() : address.end()]
        if not any("AddLink" in each or "mention" in each for each in within):
            linked = [{**each, "AddLink": address[0]} for each in within]
            kinds[address.start() : address.end()] = linked
    lines = []
    start = 0
    for line in text.split("\n"):
        end = start + len(line)
        runs = [
            Run("".join(text[place] for place in places), _style(found, style))
            for found, places in groupby(range(start, end), key=kinds.__getitem__)
        ]
        # An empty line is formatted by its line end; the last line has none.
        lines.append(_line(kinds[start] if start < len(kinds) else {}, tuple(runs)))
        start = end + 1
    return tuple(lines)


def formatting(length: int, spans: Sequence[Span]) -> list[Kinds]:
    """Return the formatting of each character of a text.

    Of several spans of one kind the last one counts. There may be thousands on the same characters,
    so sets of characters are held as the bits of a number, which are combined at once.
    """
    held: dict[str, int] = defaultdict(int)  # kind -> the characters that have it
    layers = []
    for places, kind, attribute in spans:
        bits = ((1 << len(places)) - 1) << places.start
        for other in _CLEARED_BY.get(kind, ()):
            bits &= ~held[other]
        held[kind] |= bits
        layers.append((bits, kind, attribute))
    found: list[dict[str, str]] = [{} for _ in range(length)]
    for layer, kind, attribute in reversed(layers):
        bits = layer & held[kind]  # those that no later span of the kind has taken
        held[kind] ^= bits
        while bits:
            found[(bits & -bits).bit_length() - 1][kind] = attribute
            bits &= bits - 1
    return [*found]


def _spans(
    text: str, rich_text: Iterable[Mapping[str, Any]], at_items: Iterable[Mapping[str, Any]]
) -> list[Span]:
    items = [*rich_text, *({**each, "format_type": "mention"} for each in at_items)]
    if not items:
        return []
    # No page tells the unit of a position. UTF-16 units are assumed, as in JavaScript: an emoji
    # counts as two.
    characters = [index for index, each in enumerate(text) for _ in range(1 + (each > "\uffff"))]
    spans = []
    for item in items:
        kind = item["format_type"]
        start, end = item["start_position"], item["end_position"]
        if not 0 <= start <= end < len(characters):
            continue
        start, end = characters[start], characters[end] + 1
        if kind in _OF_LINES:
            start = text.rfind("\n", 0, start) + 1
            line_end = text.find("\n", end - 1)
            end = line_end + 1 if line_end >= 0 else len(text)
        spans.append((range(start, end), kind, item.get("format_attr") or ""))
    return spans


def _style(kinds: Kinds, style: Style) -> Style:
    """Return the style of a run in a text of this style."""
    if not kinds:
        return style
    link = web_address(kinds.get("AddLink"))
    return Style(
        style.formats | {name for kind, name in _FORMATS.items() if kind in kinds},
        link or style.link,
        color("#" + kinds.get("FontColor", "")) or ("" if link else style.color),
        color("#" + kinds.get("BackgroundColor", "")),
        _one_of(kinds.get("FontSize"), "s", "m", "l"),
    )


def _line(kinds: Kinds, runs: tuple[Run, ...]) -> Line:
    indent = kinds.get("LeftIndent", "")
    return Line(
        runs,
        heading=_one_of(kinds.get("Paragraph"), "h1", "h2", "h3"),
        list=next((name for kind, name in _LISTS.items() if kind in kinds), ""),
        indent=min(int(indent[:4]), _MOST_INDENT) if re.fullmatch("[1-9][0-9]*", indent) else 0,
        is_quote="Quote" in kinds,
    )


def _one_of(value: str | None, *allowed: str) -> str:
    return value if value in allowed else ""


def read_markdown(text: str) -> tuple[Line, ...]:
    """Return the lines of a Markdown text."""
    lines: list[Line] = []
    for index, part in enumerate(_FENCE.split(text)):
        if index % 2:
            lines.append(Line((Run(_decoded(part), PLAIN.with_format("code")),), is_code=True))
        elif part:
            lines += map(_markdown_line, part.split("\n"))
    return tuple(lines)


def read_links(text: str) -> tuple[Run, ...]:
    """Return a text in which links and mentions are the only Markdown: a footer."""
    return tuple(_runs(text, _LINK, PLAIN))


def _markdown_line(text: str) -> Line:
    parts = _MARKDOWN_LINE.fullmatch(text)
    assert parts  # the last group takes whatever is left
    return Line(
        tuple(_runs(parts["text"], _TOKEN, PLAIN)),
        list="bullet" if parts["bullet"] else "number" if parts["number"] else "",
        number=int(parts["number"]) if parts["number"] else None,
        is_quote=bool(parts["quote"]),
    )


def _runs(text: str, tokens: re.Pattern[str], style: Style) -> Iterator[Run]:
    end = 0
    for token in tokens.finditer(text):
        if token.start() > end:
            yield Run(_decoded(text[end : token.start()]), style)
        yield from _marked(token.lastgroup or "", token[0], style)
        end = token.end()
    if text[end:]:
        yield Run(_decoded(text[end:]), style)


def _marked(kind: str, text: str, style: Style) -> Iterator[Run]:
    if kind == "code":
        yield Run(_decoded(text[1:-1]), style.with_format("code"))
    elif kind == "angle":
        yield _angle(text, style)
    elif kind == "url":
        yield Run(_decoded(text), style._replace(link=web_address(_decoded(text))))
    else:
        inner = text.strip("~") if kind == "strike" else text[1:-1]
        yield from _runs(inner, _TOKEN, style.with_format(kind))


def _angle(text: str, style: Style) -> Run:
    """Return a link, a mention or an image; anything else as it stands."""
    target, _, label = text[1:-1].partition("|")
    if target.startswith("!") and label:
        name = _decoded(label.removeprefix("@"))
        return Run(f"@{name}", style.with_format("mention"))
    if target.startswith("img:"):
        url = _decoded(target.removeprefix("img:"))
        return Run(f"🖼 {url}", style._replace(link=web_address(url)))
    if re.fullmatch(r"https?://\S+", target):
        link = web_address(_decoded(target))
        return Run(_decoded(label or target), style._replace(link=link))
    return Run(_decoded(text), style)


def _decoded(text: str) -> str:
    return re.sub("&(?:amp|lt|gt);", lambda entity: _ENTITIES[entity[0]], text)
