"""The gate between a message and HTML: every value that came from one passes a function of here.

A card is checked only as far as Zoom documents it, so any of its values may be of any type.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

#: A bare address in a text; the stop that ends a sentence is none of it.
URL = r"https?://[^\s<>\"]*[^\s<>\".,;:!?)\]}'*_~]"

# What HTML cannot hold, or a terminal would obey; tabs and line ends are fine. A lone surrogate
# is valid JSON, but no UTF-8.
_UNSHOWABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def escape(text: str) -> str:
    """Return a text as HTML that reads like it, fit for attributes too."""
    return html.escape(_UNSHOWABLE.sub("\ufffd", re.sub(r"\r(?=\n|\Z)", "", text)))


def string(value: Any) -> str:
    """Return a text or a number as text, anything else as nothing."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else ""


def mapping(value: Any) -> Mapping[str, Any]:
    """Return a JSON object, anything else as an empty one."""
    return value if isinstance(value, dict) else {}


def objects(value: Any) -> list[Mapping[str, Any]]:
    """Return the JSON objects in an array; anything else holds none."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def percent(value: Any) -> int:
    """Return a number, or one in a text, as 0 to 100; anything else is 0."""
    found = re.fullmatch(r"(\d{1,3})(\.\d*)?", string(value))
    return min(int(found[1]), 100) if found else 0


def color(value: Any) -> str:
    """Return a colour of the form #RRGGBB, anything else as nothing."""
    return value if re.fullmatch("#[0-9A-Fa-f]{6}", string(value)) else ""


def moment(milliseconds: Any) -> str:
    """Return the time so many milliseconds after the UTC epoch; nothing if there is none."""
    text = string(milliseconds)
    # 14 digits end in the year 5138; datetime knows no year beyond 9999.
    if not re.fullmatch(r"\d{1,14}", text, re.ASCII):
        return ""
    return f"{datetime.fromtimestamp(int(text) / 1000, timezone.utc):%Y-%m-%d %H:%M} UTC"


def link(url: Any, inner: str) -> str:
    """Return HTML as a link; without one if the address is not of the web.

    :param inner: HTML.
    """
    # Anything but http and https could run as a script when it is clicked.
    if not re.fullmatch(r"https?://[^\s\x00-\x1f]+", string(url), re.IGNORECASE):
        return inner
    return f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{inner}</a>'


def autolink(text: str) -> str:
    """Return a text as HTML, with its bare addresses as links."""
    pieces = re.split(f"({URL})", text)
    return "".join(
        link(piece, escape(piece)) if index % 2 else escape(piece)
        for index, piece in enumerate(pieces)
    )
