"""Zoom's own Markdown as lines: what a card may say where ``is_markdown_support`` is true.

Sources: https://developers.zoom.us/docs/chat/appcardbuilder/ for ``*bold*``, ``_italic_``,
``~strike~``, code and ``<https://url|label>``;
https://developers.zoom.us/docs/chat/customizing-messages/ for ``<!JID|Name>``. Lists, quotes,
images and entities are what users of the real service send. That a mark inside a word has no
meaning is assumed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .tree import PLAIN, Line, Run, Style, web_address

_FENCE = re.compile(r"\n?```\n?(.*?)\n?```\n?", re.DOTALL)

# A bare address, as in `text`, in a text that writes some characters as entities: "&" may stand in
# an address, "<" and ">" end it.
_URL = (
    r"https?://(?:&amp;|(?!&(?:amp|lt|gt);)[^\s<>\"])*"
    r"(?!&(?:amp|lt|gt);)[^\s<>\".,;:!?)\]}'*_~]"
)

_LINK = re.compile(rf"(?P<angle><[^<>\n]+>)|(?P<url>{_URL})")

# A pair of marks holds none of its own kind, so nesting ends by itself.
_TOKEN = re.compile(
    rf"""(?P<code>`[^`\n]+`)
    | (?P<angle><[^<>\n]+>)
    | (?P<url>{_URL})
    | (?P<bold>(?<!\w)\*(?=\S)[^*\n]+(?<=\S)\*(?!\w))
    | (?P<italic>(?<!\w)_(?=\S)[^_\n]+(?<=\S)_(?!\w))
    | (?P<strike>(?<!\w)~{{1,2}}(?=[^\s~])[^~\n]+(?<=\S)~{{1,2}}(?!\w))""",
    re.VERBOSE,
)
_LINE = re.compile(
    r"(?P<quote>> )?(?:(?:(?P<bullet>-)|(?P<number>\d{1,4})\.) )?(?P<text>.*)", re.ASCII
)
_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}


def read_markdown(text: str) -> tuple[Line, ...]:
    """Return the lines of a Markdown text."""
    return tuple(_lines(text))


def read_links(text: str) -> tuple[Run, ...]:
    """Return a text in which links and mentions are the only Markdown: a footer."""
    return tuple(_runs(text, _LINK, PLAIN))


def _lines(text: str) -> Iterator[Line]:
    for index, part in enumerate(_FENCE.split(text)):
        if index % 2:
            yield Line((Run(_decoded(part), PLAIN.with_format("code")),), is_code=True)
        elif part:
            yield from (_line(line) for line in part.split("\n"))


def _line(text: str) -> Line:
    parts = _LINE.fullmatch(text)
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
        yield from _token(token.lastgroup or "", token[0], style)
        end = token.end()
    if text[end:]:
        yield Run(_decoded(text[end:]), style)


def _token(kind: str, text: str, style: Style) -> Iterator[Run]:
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
