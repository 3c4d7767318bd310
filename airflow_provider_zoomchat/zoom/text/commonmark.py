"""Markdown as people write it (CommonMark, tables, strikethrough), read into a `Text`. Pure.

What Zoom cannot show in the same way on every API becomes readable words here, so that all APIs
show the same: a table becomes columns in line, an image its link, a nested list marks in the text.
Nothing disappears: raw HTML is text, an address that Zoom opens no link to stands behind its words,
and there are no definitions of links (``[ERROR]: disk full`` would be one, and would not be seen).
Source of what Zoom can show: https://developers.zoom.us/docs/api/team-chat/ (`rich_text`).
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING

from ..errors import ConfigError
from .model import TABLE, Text, concat, join, link

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline
    from markdown_it.tree import SyntaxTreeNode

#: Characters of a source. Far more than Zoom takes of a message, and still read at once.
MOST_OF_SOURCE = 20_000

#: What stands in front of each level of a list whose marks Zoom cannot show.
_INDENT = "    "

#: Quotes, lists and formats in one another that are read; of the first two, the parser drops what
#: is in there deeper.
_DEEPEST = 19

_RULE = "─" * 12

#: The rest of an address behind its scheme, without what may stand behind it in a sentence.
_ADDRESS = re.compile(r"://[^\s<>()\[\]*`\\\"]*[^\s<>()\[\]*`\\\".,;:!?'_~&]")

_FORMATS = {"strong": "Bold", "em": "Italic", "s": "Strikethrough"}

Fill = Callable[[str], Text]


def markdown(source: str, fill: Fill = Text, address: Callable[[str], str] = str) -> Text:
    """Return the text that a source in markdown stands for.

    The indentation that all its lines share is no part of it, so that it may stand in the middle of
    Python code. A single line end stays one.

    >>> text = markdown("**48,210** rows into `orders`")
    >>> text.message, [span.kind for span in text.spans]
    ('48,210 rows into orders', ['Bold', 'Code'])

    :param fill: turns plain words of the source into a text; what it returns is not read again.
    :param address: the same for the address of a link.
    :raises ConfigError: the source is longer than `MOST_OF_SOURCE` characters.
    """
    if len(source) > MOST_OF_SOURCE:
        raise ConfigError(
            f"message has {len(source)} characters of markdown, and no more than {MOST_OF_SOURCE} "
            "are read. Shorten it, or send a file."
        )
    from markdown_it.tree import SyntaxTreeNode

    dedented = textwrap.dedent("\n".join(source.splitlines()))
    tokens = _parser().parse(dedented)
    if any(
        inner.level >= _DEEPEST for token in tokens for inner in (token, *(token.children or ()))
    ):
        return fill(dedented)
    root = SyntaxTreeNode(tokens)
    return _Reader(dedented.split("\n"), fill, address).blocks(root.children)


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False})
    parser.inline.ruler.before("emphasis", "bare_address", _bare_address)
    return parser.enable(["table", "strikethrough"]).disable("reference")


def _bare_address(state: StateInline, silent: bool) -> bool:
    """Take an address without marks around it as words: Zoom makes a link of it.

    CommonMark would find emphasis in ``https://example.com/_x_/``.
    """
    if not state.src.endswith(("http", "https"), 0, state.pos):
        return False
    found = _ADDRESS.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    if not silent:
        state.pending += found[0]
    state.pos = found.end()
    return True


class _Reader:
    """Reads the blocks of one source.

    :param lines: the source's, to see where an empty one stood.
    """

    def __init__(self, lines: list[str], fill: Fill, address: Callable[[str], str]) -> None:
        self._lines = lines
        self._fill = fill
        self._address = address

    def blocks(self, nodes: Iterable[SyntaxTreeNode]) -> Text:
        """Return blocks below one another, apart where the author has set them apart."""
        parts: list[Text | str] = []
        for node in nodes:
            text = self._block(node)
            if text:
                parts += [self._gap(node), text] if parts else [text]
        return concat(parts)

    def _gap(self, node: SyntaxTreeNode) -> str:
        line = node.map[0] - 1 if node.map else 0
        return "\n\n" if not self._lines[line].strip(" \t>") else "\n"

    def _block(self, node: SyntaxTreeNode) -> Text:
        if node.type == "heading":
            words = self._words(node, " ")
            level = node.tag
            return words.formatted("Paragraph", level) if level <= "h3" else words.formatted("Bold")
        if node.type in ("bullet_list", "ordered_list"):
            return self._list(node)
        if node.type == "blockquote":
            return self.blocks(node.children).formatted("Quote")
        if node.type in ("fence", "code_block"):
            code = self._fill(node.content.rstrip("\n")).message
            return Text(code).formatted("CodeBlock", node.info.strip())
        if node.type == "table":
            return self._table(node)
        if node.type == "hr":
            return Text(_RULE)
        return self._words(node, "\n")

    def _list(self, node: SyntaxTreeNode) -> Text:
        """Return a list as Zoom's, if each item is a line and it counts from 1."""
        number = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else None
        items = [self._item(item) for item in node.children]
        kind = "BulletedList" if number is None else "NumberedList"
        if number in (None, 1) and all(item and "\n" not in item.message for item in items):
            return join("\n", items).formatted(kind)
        marks = ("• " if number is None else f"{number + index}. " for index in range(len(items)))
        return join("\n", (mark + item for mark, item in zip(marks, items, strict=True)))

    def _item(self, node: SyntaxTreeNode) -> Text:
        if not node.children:
            return Text("")
        first, *others = node.children
        words = self._words(first, " ") if first.type == "paragraph" else "\n" + self._inside(first)
        return concat([words, *("\n" + self._inside(other) for other in others)])

    def _inside(self, node: SyntaxTreeNode) -> Text:
        """Return a block of an item, set in."""
        text = self._block(node)
        lines = text.lines()
        if any(span.kind == "CodeBlock" for span in text.spans):
            return text
        return join("\n", (_INDENT + line.mark + line.words for line in lines))

    def _table(self, node: SyntaxTreeNode) -> Text:
        from .. import tables

        (head,), *parts = (part.children for part in node.children)
        right = ["right" in str(cell.attrs.get("style", "")) for cell in head.children]
        first = node.map[0] + 2 if node.map else 0
        body = [self._cells(row, first + index) for part in parts for index, row in enumerate(part)]
        width = max(map(len, body), default=0)
        rows = [[*row, *[""] * (width - len(row))] for row in [self._cells(head), *body]]
        right += [False] * (width - len(right))
        lines = tables.aligned(rows[0], rows[1:], right)
        return Text("\n".join(lines)).formatted("CodeBlock", TABLE)

    def _cells(self, row: SyntaxTreeNode, line: int | None = None) -> list[str]:
        """Return the cells of a row, with those that the parser drops: they have no column.

        :param line: the row's in the source, if there may be any.
        """
        cells = [" ".join(self._words(cell, " ").readable().split()) for cell in row.children]
        if line is None:
            return cells
        source = self._lines[line].strip(" \t>").removeprefix("|").removesuffix("|")
        more = re.split(r"(?<!\\)\|", source)[len(cells) :]
        return cells + [self._fill(cell.strip().replace("\\|", "|")).message for cell in more]

    def _words(self, node: SyntaxTreeNode, line_end: str) -> Text:
        """Return the words of a block.

        :param line_end: what becomes of the end of a line.
        """
        return concat(
            self._inline(inner, line_end) for child in node.children for inner in child.children
        )

    def _inline(self, node: SyntaxTreeNode, line_end: str) -> Text:
        if node.type in ("softbreak", "hardbreak"):
            return Text(line_end)
        if node.type == "code_inline":
            return Text(self._fill(node.content).message).formatted("Code")
        if node.type in _FORMATS:
            inner = concat(self._inline(child, line_end) for child in node.children)
            return inner.formatted(_FORMATS[node.type])
        if node.type in ("link", "image"):
            return self._link(node)
        return self._fill(node.content)

    def _link(self, node: SyntaxTreeNode) -> Text:
        url = self._address(str(node.attrs.get("href") or node.attrs.get("src") or ""))
        # What was filled in may have lines, and a link must not span them.
        words = concat(self._inline(child, " ") for child in node.children)
        words = words.each(lambda run: run.replace("\n", " "))
        title = self._fill(f" ({node.attrs['title']})") if node.attrs.get("title") else ""
        if url.lower().startswith(("http://", "https://")):
            if any(span.kind == "AddLink" for span in words.spans):
                # An image that is a link: there is one address for the words, and one to read.
                words = Text(words.readable())
            linked = words.formatted("AddLink", url) if words else link(url, url)
            return linked + title
        known = words.message in ("", url, url.removeprefix("mailto:"))
        return (words or Text(url)) + ("" if known or not url else f" ({url})") + title
