"""What authors of messages write: Jinja with Airflow's context, `event`, and filters of Zoom's.

- ``{{ task.task_id | zoom_code }}``: in the type of code.
- ``{{ ti.log_url | zoom_link("Log") }}``: words that open an address.
- ``{{ exception | zoom_escape }}``: for authors of Zoom's markdown: as it is, with no format.

The filters fit the door: a user's message gets formats with positions, a bot's and a webhook's gets
Zoom's markdown.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ..zoom import markdown, plain, rich_text
from ..zoom.rich_text import Text

#: What code looks like where Zoom knows colours but no type of code; legible by day and night.
_CODE = {"FontColor": "1F2937", "BackgroundColor": "E5E7EB"}


@dataclass(frozen=True)
class Piece:
    """A part of a message.

    :param kind: ``plain``, ``code`` or ``link``.
    """

    kind: str
    words: str
    url: str = ""


class Marks:
    """The filters of one rendering, and what they were given.

    A filter cannot return a format, only text. So it leaves a mark in the text that `pieces` finds
    again; its number is new each time, so that no text that came from data can hold one.

    :param in_markdown: the author writes Zoom's markdown, so filters write it too.
    """

    def __init__(self, in_markdown: bool) -> None:
        self._in_markdown = in_markdown
        self._number = secrets.randbelow(10**12)
        self._pieces: list[Piece] = []

    @property
    def filters(self) -> dict[str, Callable[..., str]]:
        """The filters by name."""
        return {"zoom_escape": self._escape, "zoom_code": self._code, "zoom_link": self._link}

    def pieces(self, text: str) -> tuple[Piece, ...]:
        """Return a rendered text with its marks replaced by what they stand for."""
        return tuple(piece for piece in self._split(text) if piece.words)

    def _split(self, text: str) -> Iterator[Piece]:
        for index, part in enumerate(re.split(rf"\x02{self._number}\.(\d+)\x03", text)):
            yield self._pieces[int(part)] if index % 2 else Piece("plain", plain.harmless(part))

    def _escape(self, value: Any) -> str:
        text = plain.harmless(str(value))
        return markdown.escape(text) if self._in_markdown else text

    def _code(self, value: Any) -> str:
        text = plain.harmless(str(value))
        return markdown.code(text) if self._in_markdown else self._mark(Piece("code", text))

    def _link(self, value: Any, words: str = "") -> str:
        url = str(value)
        shown = plain.one_line(words or url)
        if not re.match(r"https?://\S+$", url):
            return self._escape(shown)  # Zoom drops a link to anything else
        if self._in_markdown:
            return markdown.link(shown, url)
        return self._mark(Piece("link", shown, url))

    def _mark(self, piece: Piece) -> str:
        self._pieces.append(piece)
        return f"\x02{self._number}.{len(self._pieces) - 1}\x03"


def as_text(pieces: tuple[Piece, ...]) -> Text:
    """Return pieces as a user's message."""
    text = Text("")
    for piece in pieces:
        if piece.kind == "link":
            text += rich_text.link(piece.words, piece.url)
        elif piece.kind == "code":
            text += rich_text.styled(piece.words, **_CODE)
        else:
            text += Text(piece.words)
    return text


def as_markdown(pieces: tuple[Piece, ...]) -> str:
    """Return pieces in Zoom's markdown."""
    write = {
        "link": lambda piece: markdown.link(piece.words, piece.url),
        "code": lambda piece: markdown.code(piece.words),
        "plain": lambda piece: markdown.escape(piece.words),
    }
    return "".join(write[piece.kind](piece) for piece in pieces)


def as_plain(pieces: tuple[Piece, ...]) -> str:
    """Return the words of pieces."""
    return "".join(piece.words for piece in pieces)
