"""A card as plain text, line by line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .cards import read_card
from .tree import Bar, Block, Box, Card, Divider, Fields, Progress, Text


def plain_text(content: Mapping[str, Any]) -> str:
    """Return a card as readable lines; Markdown in it stands as it was sent.

    ::

        Load is late
        DAG: sales_daily
        [Retry] [Mute]
    """
    return "\n".join(filter(None, _lines([read_card(content, is_markdown=False)])))


def _lines(blocks: Iterable[Block]) -> Iterator[str]:
    for block in blocks:
        match block:
            case Text():
                yield block.source
            case Fields():
                yield from (f"{item.key}: {item.value.source}" for item in block.items)
            case Box():
                yield f"{block.title.source} ({block.address})"
                yield block.description.source if block.description else ""
            case Divider():
                yield "---"
            case Progress():
                yield f"{block.percent:g} %"
            case Bar():
                yield from _lines([*block.blocks, *([block.foot] if block.foot else [])])
            case Card():
                yield from _lines(block.bars)
