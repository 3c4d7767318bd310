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

from .as_text import as_text
from .builders import (
    Block,
    Blocks,
    Card,
    alert,
    attachment,
    block,
    card,
    divider,
    field,
    fields,
    file,
    image,
    images,
    message,
    page,
    pages,
    progress_bar,
    section,
    style,
    video,
)
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
