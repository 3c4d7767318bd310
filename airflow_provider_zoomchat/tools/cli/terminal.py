"""What the commands share: what they ask for and print, colours, characters, one-line errors."""

from __future__ import annotations

import argparse
import codecs
import importlib.util
import io
import json
import os
import shutil
import sys
import threading
import unicodedata
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    import webbrowser

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


def say(line: str = "") -> None:
    """Print a line for whoever sits here, beside what the command gives on standard output."""
    print(line, file=sys.stderr, flush=True)


def add_connection(parser: argparse.ArgumentParser) -> None:
    """Describe the argument that names a connection."""
    given = parser.add_argument(
        "conn_id",
        nargs="?",
        default="zoom_default",
        help="the connection's id, by default %(default)s; - reads one as JSON or as a URI from "
        "standard input",
    )
    given.completer = _ids  # type: ignore[attr-defined]


def _ids(**_: object) -> list[str]:
    """Return the ids of the connections to Zoom in the environment, for the shell to complete."""
    start = "AIRFLOW_CONN_"
    found = (name for name, text in os.environ.items() if name.startswith(start) and "zoom" in text)
    return sorted({"zoom_default", *(name.removeprefix(start).lower() for name in found)})


def read_stdin() -> str:
    """Return what stands on standard input; say what it waits for if that is a person."""
    if sys.stdin.isatty():
        print("Paste a connection as JSON or as a URI, then Ctrl-D:", file=sys.stderr)
    return sys.stdin.read()


def need_server() -> None:
    """Check that the sandbox's dependencies are installed.

    :raises CommandError: it is not.
    """
    missing = [
        name
        for name in ("starlette", "uvicorn", "python_multipart")
        if not importlib.util.find_spec(name)
    ]
    if missing:
        needed = "pip install 'airflow-provider-zoomchat[sandbox]'"
        raise CommandError(f"{' and '.join(missing)} not installed: {needed}")


# Text browsers take over the terminal and run no scripts.
_IN_TERMINAL = {"www-browser", "links", "elinks", "lynx", "w3m"}


def open_page(address: str) -> None:
    """Open an address in the browser of whoever sits here, if there is one.

    Does not wait for it: some browsers return only when they are closed.
    """
    browser = _browser()
    if browser is None:
        say(f"# No browser was found here: open {address} in one.")
        return
    threading.Thread(target=browser.open, args=(address,), daemon=True).start()


def _browser() -> webbrowser.BaseBrowser | None:
    """Return the browser to use; None if there is none but one for the terminal, as over SSH."""
    import webbrowser

    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return None
    # What BROWSER names is taken as it is, whether it is there or not.
    is_missing = isinstance(browser, webbrowser.GenericBrowser) and not shutil.which(browser.name)
    return None if is_missing or browser.basename in _IN_TERMINAL else browser
