"""What a message shows, as values: blocks, lines, and runs of text. Pure.

A string in it may hold any character; whoever shows it escapes it. Links and colours are safe: they
come from :func:`web_address` and :func:`color`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias


class Style(NamedTuple):
    """How a run of text is shown.

    :param formats: of words: "bold", "regular" (in a head, which is bold by itself), "italic",
        "strike", "underline", "code" and "mention"; of controls: "button" with "primary", "danger"
        or "disabled", "input" with "tall" or "hint"; "image" (the text is its label) and "picture"
        (the text is an icon).
    :param link: an address of the web; empty without a link.
    :param color: of the form #RRGGBB, or empty; so is ``background``.
    :param size: "s", "m", "l", or empty.
    """

    formats: frozenset[str] = frozenset()
    link: str = ""
    color: str = ""
    background: str = ""
    size: str = ""

    def with_format(self, name: str) -> Style:
        """Return this style with one more format."""
        return self._replace(formats=self.formats | {name})


PLAIN = Style()


class Run(NamedTuple):
    """A piece of a line in one style.

    :param choices: of a menu, which the text is the title of.
    """

    text: str
    style: Style = PLAIN
    choices: tuple[Run, ...] = ()


class Line(NamedTuple):
    """A line of a text, or a whole block of code.

    :param heading: "h1", "h2" or "h3"; "label" for what an input is called.
    :param list: "bullet" or "number" for an item of a list.
    :param number: of a numbered item; by default the next number.
    :param indent: in pixels.
    :param is_code: a block of code: one run, which may have line ends.
    """

    runs: tuple[Run, ...] = ()
    heading: str = ""
    list: str = ""
    number: int | None = None
    indent: int = 0
    is_quote: bool = False
    is_code: bool = False


@dataclass(frozen=True)
class Text:
    """Lines, be they words, buttons or inputs.

    :param source: what ``text`` of the message has of it: Markdown as it was sent, for example.
    :param role: "text" (of a user), "head", "sub-head", "block" (in a card), "foot", or "alert"
        with its level.
    """

    source: str
    lines: tuple[Line, ...]
    role: str = "block"
    is_editable: bool = False


class Field(NamedTuple):
    """A row of :class:`Fields`; two short ones stand beside each other."""

    key: str
    value: Text
    is_short: bool


@dataclass(frozen=True)
class Fields:
    """Keys with their values."""

    items: tuple[Field, ...]


@dataclass(frozen=True)
class Box:
    """A title with a description beside an icon.

    :param address: what the title stands for, as the card has it.
    """

    icon: Run
    title: Text
    address: str
    description: Text | None = None
    foot: str = ""


@dataclass(frozen=True)
class Divider:
    """A line across a card."""

    color: str = ""
    is_dotted: bool = False
    is_bold: bool = False


@dataclass(frozen=True)
class Progress:
    """How much of something is done, from 0 to 100."""

    percent: float


@dataclass(frozen=True)
class Bar:
    """Blocks with a coloured bar along them.

    :param is_row: the blocks stand beside each other.
    """

    color: str
    blocks: tuple[Block, ...]
    is_row: bool = False
    foot: Text | None = None


@dataclass(frozen=True)
class Card:
    """A card; ``is_split`` leaves gaps between its bars."""

    bars: tuple[Bar, ...]
    is_split: bool = False


Block: TypeAlias = "Text | Fields | Box | Divider | Progress | Bar | Card"


def color(value: str | None) -> str:
    """Return a colour of the form #RRGGBB, anything else as nothing."""
    return value if value and re.fullmatch("#[0-9A-Fa-f]{6}", value) else ""


def web_address(value: str | None) -> str:
    """Return an address of the web, anything else as nothing."""
    # Anything but http and https could run as a script when it is clicked.
    pattern = r"https?://[^\s\x00-\x1f]+"
    return value if value and re.fullmatch(pattern, value, re.IGNORECASE) else ""


# What HTML cannot hold, or a terminal would obey; tabs and line ends are fine. A lone surrogate
# is valid JSON, but no UTF-8.
_UNSHOWABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def showable(text: str) -> str:
    """Return a text with a replacement for each character that cannot be shown."""
    if not _UNSHOWABLE.search(text):
        return text
    return _UNSHOWABLE.sub("\ufffd", re.sub(r"\r(?=\n|\Z)", "", text))
