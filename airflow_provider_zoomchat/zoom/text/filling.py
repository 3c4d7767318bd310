"""A rendered template with what its filters gave put in. Pure.

How the words between the marks are read depends on where they stand: as plain words, as markdown,
or as Zoom's own markdown, which goes as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .commonmark import markdown
from .slots import Slots
from .spans import Text, concat

Clean = Callable[[str], str]


def message(
    source: str,
    slots: Slots,
    *,
    in_markdown: bool = False,
    in_zooms_markdown: bool = False,
    clean: Clean = str,
) -> Text:
    """Return a rendered message.

    :param clean: makes plain words harmless.
    :raises ConfigError: the markdown is too long to be read.
    """
    if in_markdown:
        return markdown(clean(source), slots.fill, slots.words)
    kind = "ZoomMarkdown" if in_zooms_markdown else ""
    parts = (part if isinstance(part, Text) else clean(part) for part in slots.parts(source))
    return concat(
        Text(part).formatted(kind) if kind and isinstance(part, str) else part for part in parts
    )


def card(part: Any, slots: Slots, *, in_zooms_markdown: bool = False, clean: Clean = str) -> Any:
    """Return a rendered card in which every text that has marks is a `Text`."""
    if isinstance(part, str):
        if slots.has_marks(part):
            return message(part, slots, in_zooms_markdown=in_zooms_markdown, clean=clean)
        return clean(part)
    if isinstance(part, Mapping):
        inner = part.get("is_markdown_support", in_zooms_markdown) is True
        # Keys and types are Zoom's words, whatever cleaning would make of them.
        found = {
            key: value
            if key == "type"
            else card(value, slots, in_zooms_markdown=inner, clean=clean)
            for key, value in part.items()
        }
        if part.get("markdown") is True and isinstance(part.get("text"), str):
            found["text"] = message(part["text"], slots, in_markdown=True, clean=clean)
        return found
    if isinstance(part, Sequence) and not isinstance(part, bytes):
        return [
            card(each, slots, in_zooms_markdown=in_zooms_markdown, clean=clean) for each in part
        ]
    return part
