"""A preview as one HTML page: no script, no request, nothing beside it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...sandbox.render import html
from .shown import Section, Shown
from .text import APPROXIMATE, answered, body_text, place, state

_TEMPLATE = html.template(Path(__file__).with_name("page.html"))
_CSS = Path(__file__).with_name("page.css").read_text("utf-8")


def page(sections: Sequence[Section]) -> str:
    """Return a preview as an HTML document."""
    return html.document(
        _TEMPLATE,
        _CSS,
        title=f"Preview: {sections[0].title if sections else 'nothing'}",
        sections=sections,
        approximate=APPROXIMATE,
        below=_below,
        message=html.message,
        request=lambda wire: f"{wire.method} {wire.url}{answered(wire)}",
        body=body_text,
    )


def _below(one: Shown) -> list[str]:
    """Return what is said below the name of a message."""
    where = place(one)
    return [each for each in (where if where != one.name else "", state(one), *one.places) if each]
