"""Cards: small functions that return plain JSON, to be put into one another.

::

    card(
        "Load finished",
        message("48,210 rows"),
        fields({"Table": "orders", "Took": "3 min"}),
        actions(button("Open", "open", "Primary")),
        color="#2e9e5b",
    )

The result is the `content` of a chatbot's or a webhook's message. Any text in it may be a template.
Nothing is checked here; `check.check` does that when the card is sent.
Source: https://developers.zoom.us/docs/chat/customizing-messages/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ..text import Text
from .inputs import (
    actions,
    button,
    checkboxes,
    datepicker,
    dialog,
    option,
    plain_text_input,
    radio_buttons,
    select,
    timepicker,
)
from .parts import (
    Block,
    alert,
    attachment,
    block,
    divider,
    field,
    fields,
    file,
    given,
    image,
    images,
    message,
    numbered,
    progress_bar,
    style,
    video,
)
from .plain import as_text

__all__ = [
    "Block",
    "Blocks",
    "Card",
    "actions",
    "alert",
    "as_text",
    "attachment",
    "block",
    "button",
    "card",
    "checkboxes",
    "datepicker",
    "dialog",
    "divider",
    "field",
    "fields",
    "file",
    "image",
    "images",
    "message",
    "option",
    "page",
    "pages",
    "plain_text_input",
    "progress_bar",
    "radio_buttons",
    "section",
    "select",
    "style",
    "timepicker",
    "video",
]

Card = dict[str, Any]

#: A block; a text, which is a `message`; several of them; or None, which is left out:
#: `alert("Late") if late else None`.
Blocks = Mapping[str, Any] | str | Text | Sequence[Mapping[str, Any] | str | Text | None] | None


def card(
    head: str | None = None,
    *body: Blocks,
    sub_head: str | None = None,
    color: str | None = None,
    style: Mapping[str, Any] | None = None,
    sub_head_style: Mapping[str, Any] | None = None,
    split_sidebar: bool | None = None,
    form_id: str | None = None,
) -> Card:
    """Return a whole card.

    :param head: the headline. Without one there is no `sub_head`.
    :param body: blocks, texts, lists of them, and None, which is left out.
    :param color: of the bar at the left; blue by default. `section` has one of its own.
    :param style: of the headline.
    :param split_sidebar: the bar is interrupted between blocks.
    :param form_id: makes the card a form, of which Zoom tells the app as a whole.
    """
    settings = given(
        default_sidebar_color=color,
        is_split_sidebar=split_sidebar,
        form=None if form_id is None else True,
        form_id=form_id,
    )
    # What has no text stays, so that `check` can say so.
    below = given(text=sub_head, style=sub_head_style) or None
    above = given(text=head, style=style, sub_head=below) or None
    return given(settings=settings or None, head=above, body=list(_each(body)) or None)


def section(
    *blocks: Blocks,
    color: str | None = None,
    footer: str | None = None,
    footer_icon: str | None = None,
    ts: float | str | datetime | None = None,
    horizontal: bool = False,
) -> Block:
    """Return blocks with a bar and a footer of their own. A section holds no other one.

    :param color: of the bar.
    :param footer: of markdown it may have links alone.
    :param ts: a time in the footer, in milliseconds since 1970, or a datetime.
    :param horizontal: blocks stand side by side.
    """
    return block(
        "section",
        sidebar_color=color,
        layout="horizontal" if horizontal else None,
        sections=list(_each(blocks)),
        footer=footer,
        footer_icon=footer_icon,
        ts=round(ts.timestamp() * 1000) if isinstance(ts, datetime) else ts,
    )


def page(*sections: Blocks) -> dict[str, Any]:
    """Return one page for `pages`.

    :param sections: what `section` returned: Zoom takes nothing else.
    """
    return {"body": list(_each(sections))}


def pages(*pages: Mapping[str, Any], cur_page: int = 1) -> Block:
    """Return pages to leaf through.

    :param pages: what `page` returned.
    :param cur_page: the one that is shown first. assumed: Zoom counts from 1.
    """
    return block("page", cur_page=cur_page, pages=numbered(pages, "pageNo", 1))


def _each(parts: Iterable[Any]) -> Iterator[Any]:
    """Yield every block: of those that stand alone, and of those in lists.

    What is none stays as it is, so that `check` can tell its place.
    """
    for part in parts:
        if isinstance(part, Mapping):
            yield dict(part)
        elif isinstance(part, (str, Text)):
            yield message(part)
        # What another task returns can be iterated too, but only once it is there.
        elif isinstance(part, (Sequence, Iterator)) and not isinstance(part, (bytes, bytearray)):
            yield from _each(part)
        elif part is not None:
            yield part
