"""From an author's card to the JSON that Zoom takes: read, cut, write, check. Pure.

A block ``{"type": "message", "text": ...}`` may hold CommonMark, marked with ``"markdown": true``,
and any text of a card may be a `Text`. Both are written in Zoom's own markdown, or as plain words
where Zoom reads none.

Source: https://developers.zoom.us/docs/team-chat/customizing-messages/ (markdown)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .. import sanitize, validation
from ..errors import ConfigError
from ..text import Text
from ..text.templating import FilterResults
from ..text.zoom_markdown import write as write_text
from .builders import Card
from .check import check_card, dicts, is_left_out, length, schema, texts, to_flag


class PreparedCard(Card):
    """A card that `prepare` has returned, which is sent unchanged.

    :param source: the card that it was written from, whose texts have formats.
    """

    def __init__(self, card: Card, source: Card) -> None:
        super().__init__(card)
        self.source = source


#: People by what they are mentioned by, each with a JID and a name.
People = Mapping[str, tuple[str, str]]

_NO_RESULTS = FilterResults()

_PARTS, _VALUES = (Mapping, Sequence), (str, bytes, bytearray)

#: Returns what takes the place of a text. It gets the text, its key, the dict that holds it, the
#: path of that dict, and whether Zoom reads its own markdown there.
ChangeText = Callable[[Any, str, Mapping[str, Any], str, bool], Any]

#: Changes a rebuilt dict in place. It gets the dict, the original, its path, and whether Zoom reads
#: its own markdown in it.
ChangeDict = Callable[[dict[str, Any], Mapping[str, Any], str, bool], None]


def read_card(
    card: Card,
    results: FilterResults = _NO_RESULTS,
    *,
    zoom_markdown: bool = False,
    clean: Callable[[str], str] = str,
) -> Card:
    """Return a card in which CommonMark, and every text with a filter's mark, is a `Text`.

    A card that was read may be read again.

    :param results: of the filters with which the card was rendered.
    :param zoom_markdown: Zoom reads its own markdown in all texts of the card.
    :param clean: makes plain words harmless.
    :raises ConfigError: the CommonMark is too long, it stands beside what Zoom takes without
        markdown alone, or the card is nested too deeply.
    """

    def text(
        given: str | Text, key: str, part: Mapping[str, Any], path: str, zoom_markdown: bool
    ) -> Any:
        if isinstance(given, Text) or key == "type":
            return given
        if key == "text" and _is_commonmark(part, path):
            return results.message(given, commonmark=True, clean=clean)
        if results.has_marks(given):
            return results.message(given, zoom_markdown=zoom_markdown, clean=clean)
        return clean(given)

    def block(new: Card, part: Mapping[str, Any], path: str, zoom_markdown: bool) -> None:
        if "markdown" in part and part.get("type") == "message":
            del new["markdown"]
            if _is_commonmark(part, path):
                _check_keys_beside_markdown(new, path)

    found: Card = rebuild(card, text, block, zoom_markdown=zoom_markdown)
    return found


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


def contacts(card: Card) -> tuple[str, ...]:
    """Return who is mentioned in a card that was read, each once."""
    found = (
        contact
        for part in dicts(card)
        for value in part.values()
        if isinstance(value, Text)
        for contact in value.contacts()
    )
    return tuple(dict.fromkeys(found))


def prepare(
    card: Card,
    people: People,
    *,
    zoom_markdown: bool = False,
    limit: int | None = None,
    validate: bool = True,
) -> PreparedCard:
    """Return a card that was read as plain JSON that Zoom takes.

    :param people: the JID and the name of who is mentioned; others are plain words.
    :param zoom_markdown: Zoom reads its own markdown in all texts of the card.
    :param limit: characters of all texts together to which the longest texts are cut.
    :param validate: hold it against ``card.schema.json``.
    :raises ConfigError: it is not JSON, or not a card.
    """
    written = write_card(card, people, zoom_markdown)
    if limit is not None and length(written) > limit:
        written = _cut(card, people, zoom_markdown, limit)
    if validate:
        written = check_card(written, zoom_markdown=zoom_markdown)
    else:
        validation.check_json("content", written)
    return PreparedCard(written, card)


def write_card(card: Card, people: People, zoom_markdown: bool = False) -> Card:
    """Return a card that was read with its texts as strings."""

    def text(given: Any, key: str, part: Mapping[str, Any], path: str, zoom_markdown: bool) -> str:
        if zoom_markdown or (key == "text" and _has_formats(part)):
            return write_text(given, people)
        readable: str = given.readable()
        return readable

    def block(new: Card, part: Mapping[str, Any], path: str, zoom_markdown: bool) -> None:
        if not zoom_markdown and _has_formats(part):
            new["is_markdown_support"] = True

    written: Card = rebuild(card, text, block, kinds=Text, zoom_markdown=zoom_markdown)
    return written


def _cut(card: Card, people: People, zoom_markdown: bool, limit: int) -> Card:
    """Return a written card with at most so many characters: the longest texts are cut first.

    Texts with links and mentions are left whole, unless one is longer than half of the limit. What
    is cut is the text, not its markdown, so that no mark loses its other half.
    """
    card = rebuild(card, lambda text, *_: text, kinds=Text)
    while True:
        written = write_card(card, people, zoom_markdown)
        found = [
            (len(new[key]), part, key)
            for (new, key), (part, _) in zip(texts(written), texts(card), strict=True)
            if len(new[key]) > limit // 2 or not re.search(r"<[^>]*\|", new[key])
        ]
        excess = length(written) - limit
        if excess <= 0 or not found:
            return written
        _, part, key = max(found, key=lambda text: text[0])
        given = part[key]
        size = _length(given)
        smaller = max(size - excess, size // 2, 1)
        part[key] = given.cut(smaller) if isinstance(given, Text) else sanitize.cut(given, smaller)
        if _length(part[key]) >= size:
            return written


def _length(text: str | Text) -> int:
    return len(text.message if isinstance(text, Text) else text)


def _is_commonmark(part: Mapping[str, Any], path: str) -> bool:
    if part.get("type") != "message" or "markdown" not in part:
        return False
    return validation.flag(f"{path}.markdown", part["markdown"]) is True


def _has_formats(part: Mapping[str, Any]) -> bool:
    text = part.get("text")
    return part.get("type") == "message" and isinstance(text, Text) and bool(text.spans)


def _check_keys_beside_markdown(block: Card, path: str) -> None:
    """Refuse what Zoom does not take beside markdown, whatever the text: it may come from data.

    A text without formats is sent without markdown, so the check of the written card would find it
    on some days only.
    """
    for name, rule in schema()["$defs"]["plain_with_markdown"]["properties"].items():
        value = block.get(name)
        if is_left_out(name, value) or (name == "editable" and to_flag(value) is False):
            continue
        raise ConfigError(f"{path}.{name}: {rule['description']}. Leave one of them out.")
