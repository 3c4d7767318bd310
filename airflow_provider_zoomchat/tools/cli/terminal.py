"""What the commands share: colours and characters for terminals, one-line errors."""

from __future__ import annotations

import codecs
import io
import json
import logging
import os
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

_CODES = {
    "bold": "1",
    "faint": "2",
    "italic": "3",
    "underline": "4",
    "strike": "9",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
}


#: What stands for a character where a terminal has no UTF-8; for all others a question mark does.
_PLAIN = str.maketrans(
    {
        **{"✅": "[ok]", "❌": "[failed]", "⚠": "[warning]", "⏳": "[late]", "⏰": "[late]"},
        **{"⏭": "[skipped]", "▶": "[started]", "❓": "[question]", "🔥": "[fire]", "👍": "[yes]"},
        **{"📎": "[file]", "📄": "[file]", "🖼": "[picture]", "📅": "[date]", "🕒": "[time]"},
        **{"─": "-", "│": "|", "└": "`-", "├": "|-", "▌": "|", "█": "#", "░": ".", "•": "*"},
        **{"◉": "(x)", "○": "( )", "☑": "[x]", "☐": "[ ]", "·": "-", "…": "...", "▫": "-"},
        **{"\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2039": "<", "\u203a": ">"},
        **{"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u02cb": "`"},
        **{"\ufe0f": "", "\u200b": "", "\u200d": "", "\u2060": ""},  # which have no width
    }
)


def _in_plain(error: UnicodeError) -> tuple[str, int]:
    """Return what is shown in place of characters that a stream's encoding does not have."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    words = error.object[error.start : error.end].translate(_PLAIN)
    # An é becomes an e, and a space of any width a space.
    shown = (one if one.isascii() else _as_ascii(one) for one in words)
    return "".join(shown), error.end


def _as_ascii(character: str) -> str:
    plain = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    return plain if plain or unicodedata.combining(character) else "?"


codecs.register_error("zoomchat", _in_plain)


def make_printable(stream: TextIO) -> None:
    """Have a stream take any text: what its encoding does not have is shown in ASCII."""
    if not isinstance(stream, io.TextIOWrapper):
        return
    # Python writes UTF-8 there all the same (PEP 540), which is right for a file alone.
    is_plain = stream.isatty() and os.environ.get("LC_ALL") in ("C", "POSIX")
    is_plain = is_plain and not os.environ.get("PYTHONIOENCODING")
    stream.reconfigure(encoding="ascii" if is_plain else None, errors="zoomchat")


def knows(text: str, stream: TextIO) -> bool:
    """Tell whether a stream's encoding has all the characters of a text."""
    try:
        text.encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def print_json(value: Any, stream: TextIO) -> None:
    """Print a JSON value, for people and programs alike, without losing a character."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    if not knows(text, stream):
        text = json.dumps(value, indent=2)
    print(text, file=stream)


class CommandError(Exception):
    """A command could not do what it was asked for; the text says why in one line."""


@contextmanager
def logged_to(stream: TextIO) -> Iterator[None]:
    """Have what the provider logs go to a stream and nowhere else, and what Airflow logs nowhere.

    Airflow, once it is imported, has each log line printed on standard output (2.11 and 3.0).
    """
    log, airflow = (logging.getLogger(name) for name in (__package__.partition(".")[0], "airflow"))
    handler = logging.StreamHandler(stream)
    propagated, log.propagate = log.propagate, False
    level = airflow.level
    airflow.setLevel(logging.CRITICAL + 1)
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.propagate = propagated
        airflow.setLevel(level)


class Paint:
    """Colours for a stream: none unless it is a terminal, and none with ``NO_COLOR``.

    Source: https://no-color.org (set and not empty).
    """

    def __init__(self, stream: TextIO) -> None:
        self.is_on = (
            stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        )

    def __call__(self, text: str, *styles: str) -> str:
        """Return a text in these styles: a name such as ``bold`` or ``red``, or ``#RRGGBB``."""
        if not self.is_on or not styles or not text:
            return text
        codes = ";".join(_code(style) for style in styles)
        return f"\x1b[{codes}m{text}\x1b[0m"


def _code(style: str) -> str:
    if not style.startswith("#"):
        return _CODES[style]
    red, green, blue = (int(style[place : place + 2], 16) for place in (1, 3, 5))
    return f"38;2;{red};{green};{blue}"
