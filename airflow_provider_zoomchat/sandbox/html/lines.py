"""Lines of a message as HTML: paragraphs, lists, quotes, headings, blocks of code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby


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
