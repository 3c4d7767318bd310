"""What a message says: lines for a terminal, runs of text with formats, plain words. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, NamedTuple

from . import Message, read_message
from .cards import read_card
from .tree import Bar, Block, Box, Card, Divider, Fields, Progress, Run, Text, showable

_TEXT_FORMATS = {"bold", "italic", "strike", "underline", "code", "mention"}

#: A piece of text and the formats it is shown in.
ShownRun = tuple[str, frozenset[str]]

#: Every format there is.
FORMATS = frozenset(
    {
        *("bold", "italic", "strike", "code", "link", "heading", "quote", "bullet", "number"),
        "mention",
    }
)
_LINE_END: ShownRun = ("\n", frozenset())


class Words(NamedTuple):
    """Words in one format.

    :param formats: "bold", "italic", "strike", "underline", "code", "mention", "link", "heading",
        "quote", "bullet", "number"; "strong" (a title, a button), "faint", a colour of the form
        #RRGGBB; and "drawn" for what is not a word of the message, such as the frame of a button.
    """

    text: str
    formats: frozenset[str] = frozenset()


@dataclass
class Line:
    """A line.

    :param bars: the colours of the bars at its left, the outermost first.
    :param mark: what stands before it if it is a quote or an item of a list.
    """

    bars: tuple[str, ...] = ()
    mark: str = ""
    words: list[Words] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its words as one text."""
        return "".join(text for text, _ in self.words)


def read_lines(message: Message) -> list[Line]:
    """Return what a message says as lines, none of them blank at either end.

    :param message: as the sandbox's state lists it; its files are left out.
    """
    lines = [*_blocks(read_message(message), ())]
    if message["deleted"]:
        lines.append(Line(words=[_drawn("This message was deleted.", "faint")]))
    elif message["edited"]:
        lines.append(Line(words=[_drawn("(edited)", "faint")]))
    if message.get("reactions") and not message["deleted"]:
        counts = (f"{emoji} {len(users)}" for emoji, users in message["reactions"].items())
        lines.append(Line(words=[_drawn("  ".join(counts))]))
    lines = [each for line in lines for each in _split(line)]
    filled = [index for index, line in enumerate(lines) if line.text.strip()]
    return lines[filled[0] : filled[-1] + 1] if filled else []


def _blocks(blocks: Iterable[Block], bars: tuple[str, ...]) -> Iterator[Line]:
    for block in blocks:
        match block:
            case Text():
                yield from _text(block, bars)
            case Fields():
                for item in block.items:
                    first, *rest = _text(item.value, bars)
                    words = [Words(item.key), _drawn(": ", "faint"), *first.words]
                    yield from (Line(bars, "", words), *rest)
            case Box():
                first, *rest = _text(block.title, bars, "strong")
                yield from (Line(bars, "", [*_run(block.icon, frozenset()), *first.words]), *rest)
                if block.description:
                    yield from _text(block.description, bars)
                if block.foot:
                    yield Line(bars, "", [Words(block.foot, frozenset({"faint"}))])
            case Divider():
                yield Line(bars, "", [_drawn("─" * 24, "faint")])
            case Progress():
                done = int(block.percent)
                filled = [_drawn("█" * (done // 5)), _drawn("░" * (20 - done // 5), "faint")]
                yield Line(bars, "", filled)
                yield Line(bars, "", [Words(f"{done} %", frozenset({"faint"}))])
            case Bar():
                yield from _blocks(block.blocks, (*bars, block.color))
                if block.foot:
                    yield from _text(block.foot, (*bars, block.color))
            case Card():
                yield from _blocks(block.bars, bars)


def _text(text: Text, bars: tuple[str, ...] = (), *formats: str) -> Iterator[Line]:
    """Yield the lines of a text; there is always one."""
    role = {"head": "heading", "sub-head": "faint", "foot": "faint"}.get(text.role, "")
    number = 0
    for line in text.lines:
        number = number + 1 if line.list == "number" else 0
        number = number if line.number is None else line.number
        mark = "│ " if line.is_quote else ""
        mark += {"bullet": "• ", "number": f"{number}. "}.get(line.list, "")
        heading = "heading" if line.heading in ("h1", "h2", "h3") else "faint"
        names = {*formats, role, line.list, heading if line.heading else ""}
        names |= {"quote"} if line.is_quote else set()
        around = frozenset(filter(None, names))
        yield Line(bars, mark, [words for run in line.runs for words in _run(run, around)])
        for run in line.runs:
            yield from (Line(bars, "", _run(choice, around)) for choice in run.choices)


def _run(run: Run, around: frozenset[str]) -> list[Words]:
    style = run.style
    names = {
        "link": style.link,
        # A user's message has no format for code; a background is the nearest that there is.
        "code": style.background,
        style.color: style.color,
        "faint": style.formats & {"disabled", "hint"},
        "strong": "button" in style.formats,
    }
    formats = around | (style.formats & _TEXT_FORMATS)
    formats |= {name for name, is_on in names.items() if is_on}
    words = Words(run.text, formats)
    if run.choices or style.formats & {"button", "input"}:
        frame = formats | {"drawn"}
        return [Words("[ ", frame), words, Words(" ] ", frame)]
    if "image" in style.formats:
        return [_drawn("🖼 "), words, _drawn(" ")]
    return [_drawn(f"{run.text} ")] if "picture" in style.formats else [words]


def _drawn(text: str, *formats: str) -> Words:
    return Words(text, frozenset({"drawn", *formats}))


def _split(line: Line) -> Iterator[Line]:
    """Split a line at the line ends in its words; a block of code has some."""
    current = Line(line.bars, line.mark)
    for text, formats in line.words:
        first, *rest = text.split("\n")
        current.words += [Words(first, formats)] if first else []
        for each in rest:
            yield current
            current = Line(line.bars, _continued(line.mark))
            current.words += [Words(each, formats)] if each else []
    yield current


def wrap_line(line: Line, width: int) -> Iterator[Line]:
    """Yield a line in pieces of at most so many characters, cut between words where it can be."""
    room = max(20, width - len(line.mark) - 2 * len(line.bars))
    current, used, is_first = Line(line.bars, line.mark), 0, True
    for text, formats in line.words:
        for word in re.findall(rf"\s+|\S{{1,{room}}}", text):
            if used + len(word) > room and used and not word.isspace():
                yield current
                current, used, is_first = Line(line.bars, _continued(line.mark)), 0, False
            if used or is_first or not word.isspace():
                current.words.append(Words(word, formats))
                used += len(word)
    yield current


def _continued(mark: str) -> str:
    """Return what stands before a line that goes on: of a mark, only the bar of a quote."""
    return re.sub("[^│]", " ", mark)


def emphasis(message: Message) -> list[ShownRun]:
    """Return what a message shows as runs of text, each with its formats.

    ::

        [("Load ", frozenset()), ("failed", frozenset({"bold"})), ("\\n", frozenset())]

    A line end is a run of its own without formats, as several in a row are; none stands at the
    beginning or the end. The key and the value of a field, and each button, stand on lines of their
    own. Formats are those of :data:`FORMATS`.

    :param message: as the sandbox's state lists it, sent through any API.
    """
    runs: list[ShownRun] = []
    for line in read_lines(message):
        for text, formats in line.words:
            if "drawn" not in formats:
                runs.append((showable(text), formats & FORMATS))
            elif runs and runs[-1] != _LINE_END:
                runs.append(_LINE_END)
        if not line.words or (runs and runs[-1] != _LINE_END):
            runs.append(_LINE_END)
    joined = [
        ("".join(text for text, _ in group), formats)
        for (_, formats), group in groupby(runs, key=lambda run: (run == _LINE_END, run[1]))
    ]
    filled = [index for index, (text, _) in enumerate(joined) if not text.isspace()]
    return joined[filled[0] : filled[-1] + 1] if filled else []


def shown(message: Message) -> str:
    """Return the words that a message shows, without its sender, time and files."""
    return "".join(text for text, _ in emphasis(message))


def plain_text(content: Mapping[str, Any]) -> str:
    """Return a card as readable lines; Markdown in it stands as it was sent.

    ::

        Load is late
        DAG: sales_daily
        [Retry] [Mute]
    """
    return "\n".join(filter(None, _plain_lines([read_card(content, is_markdown=False)])))


def _plain_lines(blocks: Iterable[Block]) -> Iterator[str]:
    for block in blocks:
        match block:
            case Text():
                yield block.source
            case Fields():
                yield from (f"{item.key}: {item.value.source}" for item in block.items)
            case Box():
                yield f"{block.title.source} ({block.address})"
                yield block.description.source if block.description else ""
            case Divider():
                yield "---"
            case Progress():
                yield f"{block.percent:g} %"
            case Bar():
                yield from _plain_lines([*block.blocks, *([block.foot] if block.foot else [])])
            case Card():
                yield from _plain_lines(block.bars)
