"""Zoom's own Markdown as HTML: what a card may say where ``is_markdown_support`` is true.

Sources: https://developers.zoom.us/docs/chat/appcardbuilder/ for ``*bold*``, ``_italic_``,
``~strike~``, code and ``<https://url|label>``;
https://developers.zoom.us/docs/chat/customizing-messages/ for ``<!JID|Name>``. Lists, quotes,
images and entities are what users of the real service send. That a mark inside a word is none is
assumed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from airflow_provider_zoomchat.sandbox.html.text import Line, blocks, code, escape, link

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
    | (?P<b>(?<!\w)\*(?=\S)[^*\n]+(?<=\S)\*(?!\w))
    | (?P<i>(?<!\w)_(?=\S)[^_\n]+(?<=\S)_(?!\w))
    | (?P<s>(?<!\w)~{{1,2}}(?=[^\s~])[^~\n]+(?<=\S)~{{1,2}}(?!\w))""",
    re.VERBOSE,
)
_ITEM = re.compile(r"(?:(?P<bullet>-)|(?P<number>\d{1,4})\.) (?P<text>.*)", re.ASCII)
_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}


def markdown(text: str) -> str:
    """Return a Markdown text as HTML."""
    return blocks(_lines(text))


def links_alone(text: str) -> str:
    """Return a text as HTML in which links and mentions are the only Markdown: a footer."""
    return _inline(text, _LINK)


def _lines(text: str) -> Iterator[Line]:
    for index, part in enumerate(_FENCE.split(text)):
        if index % 2:
            yield code(_words(part))
        elif part:
            yield from (_line(line) for line in part.split("\n"))


def _line(text: str) -> Line:
    quote = text.startswith("> ")
    rest = text[2:] if quote else text
    item = _ITEM.fullmatch(rest)
    if item is None:
        return Line(_inline(rest, _TOKEN), quote)
    if item["bullet"]:
        return Line(_inline(item["text"], _TOKEN), quote, "ul")
    return Line(_inline(item["text"], _TOKEN), quote, "ol", int(item["number"]))


def _inline(text: str, tokens: re.Pattern[str]) -> str:
    pieces = []
    end = 0
    for token in tokens.finditer(text):
        pieces += [_words(text[end : token.start()]), _token(token.lastgroup or "", token[0])]
        end = token.end()
    return "".join([*pieces, _words(text[end:])])


def _token(kind: str, text: str) -> str:
    if kind == "code":
        return f"<code>{_words(text[1:-1])}</code>"
    if kind == "angle":
        return _angle(text)
    if kind == "url":
        return link(_plain(text), _words(text))
    inner = text.strip("~") if kind == "s" else text[1:-1]
    return f"<{kind}>{_inline(inner, _TOKEN)}</{kind}>"


def _angle(text: str) -> str:
    """Return a link, a mention or an image; what is none of them as it stands."""
    target, bar, label = text[1:-1].partition("|")
    if target.startswith("!") and label:
        return f'<span class="mention">@{_words(label.removeprefix("@"))}</span>'
    if target.startswith("img:"):
        url = _plain(target.removeprefix("img:"))
        return link(url, f'<span class="image">🖼 {escape(url)}</span>')
    if re.fullmatch(r"https?://\S+", target):
        return link(_plain(target), _words(label if bar and label else target))
    return _words(text)


def _words(text: str) -> str:
    return escape(_plain(text))


def _plain(text: str) -> str:
    return re.sub("&(?:amp|lt|gt);", lambda entity: _ENTITIES[entity[0]], text)
