"""Which words of a message are shown, and how: read from the HTML that shows it. Pure.

So what two APIs show can be compared, however unlike the two ways are in which it was sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import groupby
from typing import Any

from airflow_provider_zoomchat.sandbox import html

Message = Mapping[str, Any]

#: A piece of text and the formats it is shown in.
Run = tuple[str, frozenset[str]]

#: Every format there is.
FORMATS = frozenset(
    {
        *("bold", "italic", "strike", "code", "link", "heading", "quote", "bullet", "number"),
        "mention",
    }
)

# How the HTML of the chat shows each: by an element, a class or a rule of a style.
_TAGS = {
    **{"b": "bold", "i": "italic", "s": "strike", "code": "code", "pre": "code", "a": "link"},
    **{"blockquote": "quote", "ul": "bullet", "ol": "number"},
}
_CLASSES = {
    **{"h1": "heading", "h2": "heading", "h3": "heading", "head": "heading"},
    "mention": "mention",
}
_RULES = {
    "font-weight:600": "bold",
    "font-style:italic": "italic",
    # A user's message has no format for code; a background is the nearest that there is.
    "background-color": "code",
}
_NONE: frozenset[str] = frozenset()
_LINE_END = ("\n", _NONE)

# What stands beside the words: who wrote when, the files, the sign of an edit, the pen.
_APART = {"header", "avatar", "note", "pen", "files", "picture"}
# Inline to HTML, and those of them that are no part of a sentence all the same.
_INLINE = {"a", "b", "i", "s", "u", "span", "code", "bdi", "time"}
_ALONE = {"button", "input", "label"}
_EMPTY = {"br", "hr", "img"}


def emphasis(message: Message) -> list[Run]:
    """Return what a message shows as runs of text, each with its formats.

    ::

        [("Load ", frozenset()), ("failed", frozenset({"bold"})), ("\\n", frozenset())]

    A line end is a run of its own without formats, as several in a row are; none stands at the
    beginning or the end. Formats are those of :data:`FORMATS`.

    :param message: as the sandbox's state lists it, sent through any API.
    """
    reader = _Reader()
    reader.feed(html.message(message))
    reader.close()
    runs = list(_joined(reader.runs))
    while runs and runs[0][0].isspace():
        del runs[0]
    while runs and runs[-1][0].isspace():
        del runs[-1]
    return runs


def shown(message: Message) -> str:
    """Return the words that a message shows, without its sender, time and files."""
    return "".join(text for text, _ in emphasis(message))


@dataclass(frozen=True)
class _Element:
    tag: str
    formats: frozenset[str]
    is_shown: bool


class _Reader(HTMLParser):
    """Collects text with the formats of the elements around it."""

    def __init__(self) -> None:
        super().__init__()
        self.runs: list[Run] = []
        self._open: list[_Element] = [_Element("", _NONE, is_shown=True)]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin an element, on a line of its own unless it is inline."""
        given = {name: value or "" for name, value in attrs}
        names = {tag, *given.get("class", "").split()}
        if tag not in _INLINE or names & _ALONE:
            self._break()
        if tag == "br":
            self.runs.append(_LINE_END)
        if tag in _EMPTY:
            return
        rules = given.get("style", "").split(";")
        rules += [rule.partition(":")[0] for rule in rules]
        formats = {
            *(_TAGS[name] for name in names & _TAGS.keys()),
            *(_CLASSES[name] for name in names & _CLASSES.keys()),
            *(_RULES[rule] for rule in rules if rule in _RULES),
        }
        outer = self._open[-1]
        self._open.append(
            _Element(tag, outer.formats | formats, outer.is_shown and not names & _APART)
        )

    def handle_endtag(self, tag: str) -> None:
        """End an element; behind one that is not inline, a line begins."""
        self._open.pop()
        if tag not in _INLINE:
            self._break()

    def handle_data(self, data: str) -> None:
        """Keep a text if it is shown."""
        element = self._open[-1]
        if not element.is_shown:
            return
        if element.tag == "pre":
            # HTML swallows the line end behind the tag.
            data = data.removeprefix("\n")
        first, *rest = data.split("\n")
        self._keep(first, element.formats)
        for line in rest:
            self.runs.append(_LINE_END)
            self._keep(line, element.formats)

    def _keep(self, text: str, formats: frozenset[str]) -> None:
        if text:
            self.runs.append((text, formats))

    def _break(self) -> None:
        if self.runs and self.runs[-1] != _LINE_END:
            self.runs.append(_LINE_END)


def _joined(runs: list[Run]) -> Iterator[Run]:
    for (_, formats), group in groupby(runs, key=lambda run: (run == _LINE_END, run[1])):
        yield "".join(text for text, _ in group), formats
