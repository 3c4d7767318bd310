"""What the commands share: colours for terminals, one-line errors."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

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
