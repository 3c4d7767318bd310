"""What is said, with formats and mentions, whichever of Zoom's APIs sends it.

A `Text` is put together by hand (`mention`, `link`, `styled`), from `markdown`, or by the filters
of a template. `rich_text` writes it as a user's message, `zoom_markdown` for bots and webhooks.
"""

from __future__ import annotations

from .commonmark import markdown
from .model import (
    TABLE,
    Line,
    Span,
    Text,
    concat,
    join,
    link,
    mention,
    mention_all,
    styled,
    units,
)

__all__ = [
    "TABLE",
    "Line",
    "Span",
    "Text",
    "concat",
    "join",
    "link",
    "markdown",
    "mention",
    "mention_all",
    "styled",
    "units",
]
