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

#: Keys that are texts and that a number may be meant for.
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
    sent; and what another task returned may be a number where Zoom wants a text.
    """
    for part in _dicts(card):
        for key, value in part.items():
            if key in NUMBERS or (key == "value" and part.get("type") == "progress_bar"):
                part[key] = _number(value)
            elif key in FLAGS:
                part[key] = _flag(value)
            elif key in _TEXTS and type(value) in (int, float):
                part[key] = str(value)
    return card


def length(card: dict[str, Any]) -> int:
    """Return the number of characters that people read."""
    return sum(
        len(value)
        for part in _dicts(card)
        for key, value in part.items()
        if isinstance(value, str)
        and (
            key in _READ
            or (key == "value" and ("key" in part or part.get("type") == "plain_text_input"))
        )
    )


def _number(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"\s*\d{1,15}(\.\d{1,15})?\s*", value, re.ASCII):
        number = float(value)
        return int(number) if number.is_integer() else number
    return value


def _flag(value: Any) -> Any:
    words = {"true": True, "false": False}
    return words.get(value.strip().lower(), value) if isinstance(value, str) else value


def _dicts(card: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every dict in a card once."""
    waiting: list[Any] = [card]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            yield part
            waiting += [value for key, value in part.items() if key not in _AGAIN]
        elif isinstance(part, list):
            waiting += part
