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
Nothing is checked here; `check.check_card` does that when the card is sent.
Source: https://developers.zoom.us/docs/chat/customizing-messages/
"""

from __future__ import annotations

from .as_text import as_text as as_text
from .builders import Block as Block
from .builders import Blocks as Blocks
from .builders import Card as Card
from .builders import alert as alert
from .builders import attachment as attachment
from .builders import block as block
from .builders import card as card
from .builders import divider as divider
from .builders import field as field
from .builders import fields as fields
from .builders import file as file
from .builders import image as image
from .builders import images as images
from .builders import message as message
from .builders import page as page
from .builders import pages as pages
from .builders import progress_bar as progress_bar
from .builders import section as section
from .builders import style as style
from .builders import video as video
from .inputs import actions as actions
from .inputs import button as button
from .inputs import checkboxes as checkboxes
from .inputs import datepicker as datepicker
from .inputs import dialog as dialog
from .inputs import option as option
from .inputs import plain_text_input as plain_text_input
from .inputs import radio_buttons as radio_buttons
from .inputs import select as select
from .inputs import timepicker as timepicker
