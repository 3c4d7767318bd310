"""How a report is put together: as a text, as a card, as a file. Pure but for the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..zoom import arguments, files, tables
from ..zoom.arguments import MAX_CARD_TEXT
from ..zoom.errors import ConfigError
from ..zoom.tables import csv_file, rows
from ..zoom.tables import fields as table_fields
from ..zoom.text import TABLE, Text, units, zoom_markdown
from .doors import Door

#: Characters that a message has to leave for its table.
_LEAST = 500

#: Characters that a mention may have more in Zoom's markdown, with its JID.
_MENTION = 100


def words(message: Any, markdown: bool, door: Door) -> Text:
    """Return the words above a table; blank if there are none.

    :param markdown: whether `message` is CommonMark.
    :raises ConfigError: they leave no room for a table.
    """
    if message is None or (isinstance(message, str) and not message.strip()):
        return Text("")
    text = arguments.text(message, markdown)
    length, most = _length(text, door.zoom_markdown), _room(door) - _LEAST
    if length > most:
        raise ConfigError(
            f"message has {length} characters, and above a table it may have {most}. Shorten it."
        )
    return text


def filename(value: Any) -> str:
    """Return the name of a file, which holds no folder."""
    if not isinstance(value, str) or not value.strip():
        raise ConfigError("filename is missing. Give it a name such as result.csv.")
    name = value.strip()
    if not name.isprintable() or set(name) & set('/\\"') or set(name) <= {"."}:
        raise ConfigError(f"filename must be a name without folders and quotes, not {name[:40]!a}.")
    if len(name.encode()) > files.MAX_NAME:
        raise ConfigError(
            f"filename is {len(name.encode())} bytes long in UTF-8, and a name may have "
            f"{files.MAX_NAME}. Shorten it."
        )
    return name


def text(table: tables.Table, above: Text, door: Door, room: int | None = None) -> Text:
    """Return a table as a text, below some words.

    :param room: characters of all, by default what the door takes.
    :raises ConfigError: the words leave no room for a table.
    """
    left = (room or _room(door)) - _length(above, door.zoom_markdown) - 1
    shown = _fitting(table, left, door.zoom_markdown)
    code = Text(shown).formatted("CodeBlock", TABLE)
    return above + "\n" + code if above else code


def card(table: tables.Table, above: Text, room: int | None = None) -> dict[str, Any]:
    """Return a table as a card, below some words: as fields if that shows it better.

    :param room: characters of all, by default what a card takes.
    :raises ConfigError: the words leave no room for a table.
    """
    room = (room or MAX_CARD_TEXT) - _length(above, in_zoom_markdown=True)
    fields = table_fields.as_fields(table) if table_fields.suits_fields(table) else []
    block: dict[str, Any] = {"type": "fields", "items": fields}
    if not fields or sum(len(item["key"] + item["value"]) for item in fields) > room:
        code = zoom_markdown.block(_fitting(table, room, in_zoom_markdown=True))
        block = {"type": "message", "text": code, "is_markdown_support": True}
    if above.spans:
        # A head would show its formats and mentions as plain words.
        return {"body": [{"type": "message", "text": above}, block]}
    return {**({"head": {"text": above.message}} if above else {}), "body": [block]}


def write(path: Path, cursor: Any) -> int:
    """Write all rows of a cursor into a CSV file, and return the number of rows."""
    with path.open("w", newline="", encoding=csv_file.ENCODING, errors="replace") as file:
        return csv_file.write(file, rows.cursor_columns(cursor), rows.fetched(cursor))


def _room(door: Door) -> int:
    """Return how many characters of text there are."""
    return MAX_CARD_TEXT if door.zoom_markdown else arguments.MAX_MESSAGE


def _length(text: Text, in_zoom_markdown: bool) -> int:
    if not in_zoom_markdown:
        return units(text.message)
    # Who is mentioned is looked up later.
    return len(zoom_markdown.write(text)) + _MENTION * len(text.contacts())


def _fitting(table: tables.Table, room: int, in_zoom_markdown: bool) -> str:
    """Return a table as a text of at most so many characters, counted as it is written."""
    limit = room
    while True:
        shown = tables.as_text(table, limit)
        length = len(zoom_markdown.block(shown)) if in_zoom_markdown else units(shown)
        if length <= room:
            return shown
        # What is written as an entity takes more room than it shows, and so does an emoji.
        limit = min(limit - 1, limit * room // length)
