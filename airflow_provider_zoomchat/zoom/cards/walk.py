"""Going through a card: its dicts, its texts, and the texts that people read. Pure.

A card is made of dicts, lists and values; a text is a string, or a `Text` before it is written for
Zoom.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..errors import ConfigError
from ..text import Text

#: Keys whose texts people read, besides the `value` of fields and inputs.
_READ = frozenset(
    {"text", "key", "footer", "alt_text", "placeholder", "author_name", "provider_name"}
)

_PARTS, _VALUES = (Mapping, Sequence), (str, bytes, bytearray)

#: Options that are listed among the others as well.
_REPEATED = ("selected_item", "initial_option")

#: Returns what takes the place of a text. It gets the text, its key, the dict that holds it, the
#: path of that dict, and whether Zoom reads its own markdown there.
ChangeText = Callable[[Any, str, Mapping[str, Any], str, bool], Any]

#: Changes a rebuilt dict in place. It gets the dict, the original, its path, and whether Zoom reads
#: its own markdown in it.
ChangeDict = Callable[[dict[str, Any], Mapping[str, Any], str, bool], None]


def rebuild(
    card: Any,
    change_text: ChangeText,
    change_dict: ChangeDict = lambda *_: None,
    *,
    kinds: type | tuple[type, ...] = (str, Text),
    zoom_markdown: bool = False,
) -> Any:
    """Return a copy of a card with its texts and dicts changed.

    :param kinds: the types of the texts to change; other values stay as they are.
    :param zoom_markdown: Zoom reads its own markdown in all texts of the card.
    :raises ConfigError: the card is nested too deeply.
    """

    def inside(
        part: Any, key: str, holder: Mapping[str, Any], path: str, zoom_markdown: bool
    ) -> Any:
        """Return a dict or a list with what is in it changed."""
        is_dict = isinstance(part, Mapping)
        if is_dict:
            holder, path = part, f"{path}.{key}" if key else path
            zoom_markdown = part.get("is_markdown_support", zoom_markdown) is True
        names = part if is_dict else [f"{key}[{index}]" for index in range(len(part))]
        new: dict[str, Any] = {}
        for name, value in zip(names, part.values() if is_dict else part, strict=True):
            new[name] = value
            if isinstance(value, kinds):
                new[name] = change_text(value, name, holder, path, zoom_markdown)
            elif isinstance(value, _PARTS) and not isinstance(value, _VALUES):
                new[name] = inside(value, name, holder, path, zoom_markdown)
        if not is_dict:
            return list(new.values())
        change_dict(new, part, path, zoom_markdown)
        return new

    if not isinstance(card, _PARTS) or isinstance(card, _VALUES):
        return card
    try:
        return inside(card, "", {}, "content", zoom_markdown)
    except RecursionError:
        raise ConfigError("content is nested too deeply for a card.") from None


def dicts(card: Any, but: tuple[str, ...] = ()) -> Iterator[dict[str, Any]]:
    """Yield every dict in a card, however deep, except those at these keys.

    Nothing recurses. A dict may be changed before the next one is asked for.
    """
    waiting: list[Any] = [card]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            yield part
            waiting += [part[key] for key in reversed(part) if key not in but]
        elif isinstance(part, list):
            waiting += reversed(part)


def texts(card: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield where the texts are that people read: the dict and the key of each.

    The value of a button or an option, an address and an id are for an app.
    """
    for part in dicts(card, _REPEATED):
        for key, value in part.items():
            in_value = key == "value" and ("key" in part or part.get("type") == "plain_text_input")
            if (key in _READ or in_value) and isinstance(value, (str, Text)):
                yield part, key


def length(card: dict[str, Any]) -> int:
    """Return the number of characters that people read in a written card."""
    return sum(len(part[key]) for part, key in texts(card))
