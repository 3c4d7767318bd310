"""The values in a card, wherever they stand: what a template made of them, and how much is read.

Only JSON values come in here. Nothing recurses, so that no depth is too deep.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

#: Keys that are numbers, and those that are true or false, wherever in a card they stand.
#: `value` is a number in a progress bar alone.
NUMBERS = frozenset(
    {
        *("ts", "size", "limit", "cur_page", "pageNo", "cur_index", "image_index"),
        *("min_length", "max_length"),
    }
)
FLAGS = frozenset(
    {
        *("bold", "italic", "dotted", "short", "editable", "is_markdown_support", "multiline"),
        *("is_split_sidebar", "form", "closable", "closeable", "initial_selected"),
    }
)

#: Keys besides these that are no free texts: Jinja's ``None`` cannot be meant as a word there.
_NO_WORDS = frozenset(
    {
        *("settings", "style", "sub_head", "dialog", "selected_item", "initial_option"),
        *("color", "sidebar_color", "default_sidebar_color"),
        *("link", "img_url", "icon_url", "footer_icon", "title_url", "thumbnail_url"),
        "provider_icon_url",
    }
)

#: Keys that are texts and that a number, or true and false, may be meant for.
_TEXTS = frozenset({"text", "key", "value", "footer"})

#: Keys with what people read, besides the `value` of fields and inputs.
_READ = frozenset(
    {"text", "key", "footer", "alt_text", "placeholder", "author_name", "provider_name"}
)

#: Options that stand among the others as well.
_AGAIN = ("selected_item", "initial_option")


def corrected(card: dict[str, Any]) -> dict[str, Any]:
    """Return the card, in which numbers, flags and texts have become what Zoom wants them to be.

    A template always gives a text, so ``progress_bar("{{ done }}")`` holds ``"42"`` when it is
    sent; and what another task returned may be a number where Zoom wants a text. A key whose value
    is None is one that is left out.
    """
    for part in _dicts(card, ()):
        for key, value in list(part.items()):
            if is_left_out(key, value):
                del part[key]
            elif key in NUMBERS or (key == "value" and part.get("type") == "progress_bar"):
                # Fractions of milliseconds are what clocks give.
                part[key] = _number(value, to_whole=key == "ts")
            elif key in FLAGS:
                part[key] = flag(value)
            elif key in _TEXTS and isinstance(value, (bool, int, float)):
                # Few cards have such a value.
                from ..tables import cells

                part[key] = cells.text(value)
    return card


def is_left_out(key: str, value: Any) -> bool:
    """Tell whether a key counts as not given: None, which Jinja writes as a text."""
    return value is None or (value == "None" and key in NUMBERS | FLAGS | _NO_WORDS)


def flag(value: Any) -> Any:
    """Return true or false for its text, anything else as it is."""
    words = {"true": True, "false": False}
    return words.get(value.strip().lower(), value) if isinstance(value, str) else value


def length(card: dict[str, Any]) -> int:
    """Return the number of characters that people read."""
    return sum(len(part[key]) for part, key in texts(card))


def texts(card: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield where the texts stand that people read: the dict and the key of each.

    Not what a button or an option stands for, nor an address or an id: these go to an app.
    """
    for part in _dicts(card, _AGAIN):
        for key, value in part.items():
            in_value = key == "value" and ("key" in part or part.get("type") == "plain_text_input")
            if isinstance(value, str) and (key in _READ or in_value):
                yield part, key


def _number(value: Any, to_whole: bool) -> Any:
    if isinstance(value, str) and re.fullmatch(r"\s*\d{1,15}(\.\d{1,15})?\s*", value, re.ASCII):
        value = float(value)
    if isinstance(value, float) and (to_whole or value.is_integer()):
        return round(value)
    return value


def _dicts(card: dict[str, Any], but: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Yield every dict in a card, but for those at these keys."""
    waiting: list[Any] = [card]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            yield part
            waiting += [value for key, value in part.items() if key not in but]
        elif isinstance(part, list):
            waiting += part
