"""A message, as the sandbox's state lists it, as blocks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from .cards import read_card
from .text import read_text
from .tree import Block, Text

Message = Mapping[str, Any]


def read_message(message: Message) -> Iterator[Block]:
    """Yield what a message says, without its files; nothing if it was deleted."""
    if message["deleted"]:
        return
    if isinstance(message["content"], dict):
        yield read_card(message["content"], message["is_markdown_support"])
        return
    if message["text"]:
        lines = read_text(message["text"], message["rich_text"], message["at_items"])
        yield Text(message["text"], lines, "text")
    for card in message["interactive_cards"]:
        yield read_card(json.loads(card["card_json"])["content"], is_markdown=False)
