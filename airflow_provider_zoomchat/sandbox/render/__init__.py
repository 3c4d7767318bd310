"""What a message looks like, read from what the sandbox's state lists.

A message is read into the small tree of :mod:`.tree`: a user's text and Zoom's Markdown by
:mod:`.text`, a card by :mod:`.cards`. The tree is shown as HTML by :mod:`.html`, and by
:mod:`.lines` as lines for a terminal and as plain words. All of it is pure.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from .cards import read_card
from .text import read_text
from .tree import Block, Text

Message = Mapping[str, Any]


def read_message(message: Message) -> Iterator[Block]:
    """Yield what a message says as blocks, without its files; nothing if it was deleted."""
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
