"""Texts with formats and mentions, for each of Zoom's APIs.

A `Text` is put together by hand (`mention`, `link`, `styled`), from `markdown`, or by the filters
of a template. `rich_text` writes it as a user's message, `zoom_markdown` for bots and webhooks.
"""

from __future__ import annotations

from .commonmark import markdown as markdown
from .model import TABLE as TABLE
from .model import Line as Line
from .model import Span as Span
from .model import Text as Text
from .model import concat as concat
from .model import join as join
from .model import link as link
from .model import mention as mention
from .model import styled as styled
from .model import units as units
