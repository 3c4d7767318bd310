"""The HTML of a message as lines for a terminal: bars, bullets, words with their formats. Pure.

It reads the HTML that the sandbox's page shows, as `sandbox.emphasis` does, so that the two look
the same; it needs more of it, the bars of a card and its buttons.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from ...sandbox import html

#: Words in one format: a name of a style, or ``#RRGGBB``.
Run = tuple[str, frozenset[str]]

_PLAIN: frozenset[str] = frozenset()

_TAGS = {"b": "bold", "i": "italic", "s": "strike", "u": "underline", "a": "underline"}
_CLASSES = {
    **dict.fromkeys(("h1", "h2", "h3", "head", "title", "button"), "bold"),
    **dict.fromkeys(("sub-head", "foot", "label", "hint", "pen", "note", "disabled"), "faint"),
    "mention": "blue",
}
_RULES = {"font-weight:600": "bold", "font-style:italic": "italic"}
_CODE = "yellow"

#: Between the label of a field and its value.
_COLON: Run = (": ", frozenset({"faint"}))

#: Who wrote when, and the files, which are said elsewhere.
_APART = {"header", "avatar", "pen", "files"}
_INLINE = {"a", "b", "i", "s", "u", "span", "code", "bdi", "time"}
_EMPTY = {"br", "hr", "img"}


@dataclass
class Line:
    """A line: the colours of the bars at its left, what stands before its words, and these."""

    bars: tuple[str, ...] = ()
    mark: str = ""
    runs: list[Run] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its words."""
        return "".join(text for text, _ in self.runs)


def lines(message: Mapping[str, Any]) -> list[Line]:
    """Return a message, as the sandbox lists it, as lines; none of them blank at either end."""
    reader = _Reader()
    reader.feed(html.message(message))
    reader.close()
    found = reader.lines
    while found and not found[0].text.strip():
        del found[0]
    while found and not found[-1].text.strip():
        del found[-1]
    return found


def wrapped(line: Line, width: int) -> Iterator[Line]:
    """Yield a line in pieces of at most so many characters, cut between words where it can be."""
    room = max(20, width - len(line.mark) - 2 * len(line.bars))
    current, used, mark = Line(line.bars, line.mark), 0, line.mark
    for text, styles in line.runs:
        for word in re.findall(rf"\s+|\S{{1,{room}}}", text):
            if used + len(word) > room and used and not word.isspace():
                yield current
                mark = " " * len(mark) if "│" not in mark else mark
                current, used = Line(line.bars, mark), 0
            if not (word.isspace() and not used and current.mark is not line.mark):
                current.runs.append((word, styles))
                used += len(word)
    yield current


@dataclass(frozen=True)
class _Element:
    tag: str
    styles: frozenset[str] = _PLAIN
    bars: tuple[str, ...] = ()
    mark: str = ""
    is_shown: bool = True
    behind: str = ""


class _Reader(HTMLParser):
    """Collects lines with what the elements around them say of them."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[Line] = []
        self._open = [_Element("")]
        self._counts: list[int] = []
        self._current: Line | None = None
        self._is_item = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin an element, on a line of its own unless it is inline."""
        given = {name: value or "" for name, value in attrs}
        names = {tag, *given.get("class", "").split()}
        outer = self._open[-1]
        is_summary = "summary" in names
        if tag not in _INLINE and tag not in ("dd", "br"):
            self._break()
        self._is_item = self._is_item or tag == "li"
        if tag == "hr":
            self._keep("─" * 24, frozenset({"faint"}))
        if tag == "br":
            self._line_end()
        if tag in _EMPTY:
            self._current = None if tag == "hr" else self._current
            return
        if tag == "ol":
            self._counts.append(0)
        if tag == "dd":
            self._keep(*_COLON)
        rules = given.get("style", "").split(";")
        colors = [found[1] for rule in rules if (found := re.match(r"border-color:(#\w{6})", rule))]
        around = "[ ", " ]"
        is_button = bool(names & {"button", "input"}) or is_summary
        self._open.append(
            _Element(
                tag,
                outer.styles | _styles(names, rules),
                outer.bars + (tuple(colors) if "bar" in names else ()),
                outer.mark + self._mark(tag),
                outer.is_shown and not names & _APART,
                f"{around[1]} " if is_button else " " if names & {"image", "picture"} else "",
            )
        )
        if is_button:
            self._keep(around[0], self._open[-1].styles)
        if done := re.match(r"width:(\d+)%", rules[0]):
            count = int(done[1]) // 5
            self._keep("█" * count, outer.styles)
            self._keep("░" * (20 - count), frozenset({"faint"}))

    def handle_endtag(self, tag: str) -> None:
        """End an element; behind one that is not inline, a line begins."""
        element = self._open.pop()
        if element.behind and element.is_shown:
            self._open.append(element)
            self._keep(element.behind, element.styles)
            self._open.pop()
        if tag == "ol":
            self._counts.pop()
        if tag not in _INLINE and tag != "dt":
            self._current = None

    def handle_data(self, data: str) -> None:
        """Keep a text if it is shown."""
        element = self._open[-1]
        if not element.is_shown or (not data.strip() and "\n" in data and not self._is_kept):
            return
        if element.tag == "pre":
            data = data.removeprefix("\n")  # HTML swallows it, too
        first, *rest = data.split("\n")
        self._keep(first, element.styles)
        for line in rest:
            self._line_end()
            self._keep(line, element.styles)

    @property
    def _is_kept(self) -> bool:
        """Whether line ends in the HTML are those of the message."""
        return any(each.tag in ("pre", "div", "span") for each in self._open)

    def _mark(self, tag: str) -> str:
        if tag == "blockquote":
            return "│ "
        if tag != "li":
            return ""
        if any(each.tag == "ol" for each in reversed(self._open)) and self._counts:
            self._counts[-1] += 1
            return f"{self._counts[-1]}. "
        return "• "

    def _break(self) -> None:
        """End the line, unless it only says what comes now."""
        if self._current is None or self._current.runs[-1:] != [_COLON]:
            self._current = None

    def _line_end(self) -> None:
        if self._current is None:
            self._begin()
        self._current = None

    def _begin(self) -> Line:
        element = self._open[-1]
        # A bullet stands before the first line of its item, and a quote's bar before each.
        is_first, self._is_item = self._is_item, False
        mark = element.mark if is_first or "│" in element.mark else " " * len(element.mark)
        self._current = Line(element.bars, mark)
        self.lines.append(self._current)
        return self._current

    def _keep(self, text: str, styles: frozenset[str]) -> None:
        if text and self._open[-1].is_shown:
            line = self._current or self._begin()
            line.runs.append((text, styles))


def _styles(names: Iterable[str], rules: Iterable[str]) -> frozenset[str]:
    found = {_TAGS[name] for name in names if name in _TAGS}
    found |= {_CLASSES[name] for name in names if name in _CLASSES}
    found |= {_RULES[rule] for rule in rules if rule in _RULES}
    found |= {rule[6:] for rule in rules if re.fullmatch(r"--ink:#\w{6}", rule)}
    is_code = any(rule.startswith("background-color:") for rule in rules)
    if is_code or not {"code", "pre"}.isdisjoint(names):
        found.add(_CODE)
    return frozenset(found)
