"""Texts with formats inside a card: where they may stand, and how they are written. Pure.

A block ``{"type": "message", "text": ...}`` may hold markdown as people write it, marked with
``"markdown": true``, or a `Text`. Neither is Zoom's: both become Zoom's own markdown, or plain
words where Zoom reads none.

Source: https://developers.zoom.us/docs/team-chat/customizing-messages/ (markdown)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .. import arguments
from ..errors import ConfigError
from ..text import Text, commonmark, zoom_markdown
from . import values
from .schema import schema

Card = dict[str, Any]


def read(card: Card) -> Card:
    """Return a card in which what is markdown has become a `Text`.

    :raises ConfigError: the markdown is too long, it stands beside what Zoom takes without markdown
        alone, or the card is nested too deeply to be read.
    """
    try:
        found: Card = _read(card, "content")
    except RecursionError:
        raise ConfigError("content is nested too deeply for a card.") from None
    return found


def _read(part: Any, place: str) -> Any:
    if isinstance(part, Mapping):
        found = {key: _read(value, f"{place}.{key}") for key, value in part.items()}
        if "markdown" in found and found.get("type") == "message":
            is_markdown = arguments.flag(f"{place}.markdown", found.pop("markdown"))
            if is_markdown:
                _check_alone(found, place)
            if is_markdown and isinstance(found.get("text"), str):
                found["text"] = commonmark.markdown(found["text"])
        return found
    if isinstance(part, Sequence) and not isinstance(part, (str, bytes)):
        return [_read(inner, f"{place}[{index}]") for index, inner in enumerate(part)]
    return part


def _check_alone(block: Card, place: str) -> None:
    """Refuse what Zoom takes without markdown alone, whatever the words: they may come from data.

    Plain words are sent as such, so the check of the card would find it on some days only.
    """
    for name, rule in schema()["$defs"]["plain_with_markdown"]["properties"].items():
        value = block.get(name)
        if values.is_left_out(name, value) or (name == "editable" and values.flag(value) is False):
            continue
        raise ConfigError(f"{place}.{name}: {rule['description']}. Leave one of them out.")


def contacts(part: Any) -> tuple[str, ...]:
    """Return who is mentioned in a card that was read, each once."""
    return tuple(dict.fromkeys(contact for text in _texts(part) for contact in text.contacts()))


def write(part: Any, people: Mapping[str, tuple[str, str]], in_markdown: bool = False) -> Any:
    """Return a card that was read as plain JSON values.

    :param people: the JID and the name of who is mentioned.
    :param in_markdown: Zoom reads its markdown in all texts of the card.
    """
    if isinstance(part, Text):
        return zoom_markdown.write(part, people) if in_markdown else part.readable()
    if isinstance(part, Mapping):
        text = part.get("text")
        if part.get("type") == "message" and isinstance(text, Text) and text.spans:
            formatted = {**part, "text": zoom_markdown.write(text, people)}
            return formatted if in_markdown else {**formatted, "is_markdown_support": True}
        inner = part.get("is_markdown_support", in_markdown) is True
        return {key: write(value, people, inner) for key, value in part.items()}
    if isinstance(part, list):
        return [write(inner, people, in_markdown) for inner in part]
    return part


def _texts(part: Any) -> Iterator[Text]:
    if isinstance(part, Text):
        yield part
    elif isinstance(part, Mapping):
        for value in part.values():
            yield from _texts(value)
    elif isinstance(part, list):
        for value in part:
            yield from _texts(value)
