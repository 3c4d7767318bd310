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
from dataclasses import dataclass, replace
from typing import Any

from ..zoom import markdown, plain, rich_text
from ..zoom.rich_text import Text

#: Characters of a message beyond which its middle is not even looked at; what is sent is shorter.
MOST_OF_MESSAGE = 20_000

#: Characters of the words of a link.
MOST_OF_WORDS = 300

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
    :param mask: replaces secrets.
    """

    def __init__(self, in_markdown: bool, mask: plain.Mask = str) -> None:
        self._in_markdown = in_markdown
        self._mask = mask
        self._number = secrets.randbelow(10**12)
        self._pieces: list[Piece] = []

    @property
    def filters(self) -> dict[str, Callable[..., str]]:
        """The filters by name."""
        return {"zoom_escape": self._escape, "zoom_code": self._code, "zoom_link": self._link}

    def pieces(self, text: str) -> tuple[Piece, ...]:
        """Return a rendered text with its marks replaced by what they stand for.

        Whatever a template may have done to a mark, nothing of it is left.
        """
        return tuple(piece for piece in self._split(text) if piece.words)

    def _split(self, text: str) -> Iterator[Piece]:
        for index, part in enumerate(re.split(rf"\ue000{self._number}\.(\d+)\ue001", text)):
            if index % 2:
                yield self._pieces[int(part)]
            else:
                broken = re.sub(rf"\ue000?{self._number}(\.\d*)?\ue001?", "", part)
                yield Piece("plain", plain.fit(broken, MOST_OF_MESSAGE, self._mask))

    def _escape(self, value: Any) -> str:
        text = self._shown(value)
        return markdown.escape(text) if self._in_markdown else text

    def _code(self, value: Any) -> str:
        text = self._shown(value)
        return markdown.code(text) if self._in_markdown else self._mark(Piece("code", text))

    def _link(self, value: Any, words: str = "") -> str:
        url = str(value)[:MOST_OF_MESSAGE]
        shown = plain.cut(plain.one_line(self._shown(words or url)), MOST_OF_WORDS)
        # Zoom drops a link to anything else, and one with a secret in it leads nowhere any more.
        if not re.match(r"https?://\S+$", url) or self._mask(plain.harmless(url)) != url:
            return self._escape(shown)
        if self._in_markdown:
            return markdown.link(shown, url)
        return self._mark(Piece("link", shown, url))

    def _shown(self, value: Any) -> str:
        return plain.fit("" if value is None else str(value), MOST_OF_MESSAGE, self._mask)

    def _mark(self, piece: Piece) -> str:
        self._pieces.append(piece)
        return f"\ue000{self._number}.{len(self._pieces) - 1}\ue001"


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
    """Return pieces as plain words, with the address of a link behind it."""
    return "".join(
        piece.words + (f" ({piece.url})" if piece.url not in ("", piece.words) else "")
        for piece in pieces
    )


def shortened(pieces: tuple[Piece, ...], limit: int) -> tuple[Piece, ...]:
    """Return pieces of at most so many characters with their addresses; the longest is cut."""
    excess = sum(len(piece.words) + len(piece.url) for piece in pieces) - limit
    if excess <= 0 or not pieces:
        return pieces
    longest = max(range(len(pieces)), key=lambda index: len(pieces[index].words))
    piece = pieces[longest]
    words = plain.cut(piece.words, max(1, len(piece.words) - excess, len(piece.words) // 2))
    if len(words) >= len(piece.words):
        return pieces
    cut = (*pieces[:longest], replace(piece, words=words), *pieces[longest + 1 :])
    return shortened(cut, limit)
