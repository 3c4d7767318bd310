"""The blocks of a card: for every type its keys, and what each of them may be. Pure.

Sources: https://developers.zoom.us/docs/chat/customizing-messages/ and its sub-pages for message,
fields, actions, select, attachments and section; for the other types the type declarations of
Zoom's own SDK, https://github.com/zoom/rivet-javascript (``chatbot.d.ts``). The SDK calls nearly
every key mandatory, more than Zoom's own examples carry (a style of one key, say): so only those
are required without which a block has nothing to show or to answer with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from airflow_provider_zoomchat.sandbox.card_rules import (
    Check,
    address,
    both,
    color,
    count,
    each,
    flag,
    one_of,
    percent,
    shape,
    text,
    whole,
    words,
)

#: The last four are for feedback on an answer, before and after somebody gave it:
#: https://developers.zoom.us/docs/chat/customizing-messages/feedback-buttons/.
BUTTON_STYLES = (
    *("Primary", "Default", "Danger", "Disabled"),
    *("Thumbsup", "Thumbsdown", "Thumbsuped", "Thumbsdowned"),
)

STYLE = shape({}, {"color": color, "bold": flag, "italic": flag})
STYLED = shape({"text": words}, {"style": STYLE})


def _either_source(block: Mapping[str, Any], place: str) -> Iterator[str]:
    has_items = block.get("select_items") is not None
    has_source = block.get("static_source") is not None
    if has_items == has_source:
        yield f"{place} needs either select_items or static_source"
    if has_items and not block.get("text"):
        yield f"{place}.text is missing"


def _lengths(block: Mapping[str, Any], place: str) -> Iterator[str]:
    least, most = block.get("min_length"), block.get("max_length")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        yield f"{place}: min_length {least} is more than max_length {most}"


def _plain_link(part: Mapping[str, Any], place: str) -> Iterator[str]:
    # https://developers.zoom.us/docs/chat/customizing-messages/: a style is not for links.
    if part.get("link") and part.get("style") is not None:
        yield f"{place}.style is not for a link"


def _title(value: Any, place: str) -> Iterator[str]:
    """Want the title of a dialog: a text or, as in the one sample there is, an object with one."""
    # https://github.com/zoom/task-manager-sample; that a bare text does too is assumed.
    if isinstance(value, str):
        yield from words(value, place)
    else:
        yield from shape({"text": words})(value, place)


def _choice(value: Any, place: str) -> Iterator[str]:
    """Want what stands chosen: the option, as in the SDK, or its value alone."""
    if not isinstance(value, str):
        yield from shape({"value": words}, {"text": text})(value, place)


_TEXTS: Mapping[str, Check] = {
    "style": STYLE,
    "link": address,
    "editable": flag,
}
_OPTION: Mapping[str, Check] = {"text": words, "value": words}

_IMAGES = each(shape({"image_url": address}, {"alt_text": text, "image_index": whole}))

BLOCKS: Mapping[str, Check] = {
    "message": both(shape({"text": words}, {**_TEXTS, "is_markdown_support": flag}), _plain_link),
    "fields": shape(
        {
            "items": each(
                both(shape({"key": words, "value": words}, {**_TEXTS, "short": flag}), _plain_link)
            )
        }
    ),
    "actions": shape(
        {
            "items": each(
                shape(
                    _OPTION,
                    {
                        # Assumed: a button that names none is a Default one.
                        "style": one_of(*BUTTON_STYLES),
                        "action": one_of("dialog"),
                        "dialog": shape({"link": address}, {"size": words, "title": _title}),
                    },
                )
            )
        },
        {"limit": count},
    ),
    "select": both(
        shape(
            {},
            {
                "text": words,
                "select_items": each(shape(_OPTION, without=("style",))),
                "static_source": one_of("members", "channels"),
                "selected_item": _choice,
            },
            without=("style",),
        ),
        _either_source,
    ),
    "attachments": shape(
        {"resource_url": address, "information": shape({"title": STYLED}, {"description": STYLED})},
        {"img_url": address, "ext": words, "size": whole},
    ),
    "file": shape(
        {"title": shape({"text": words, "file_url": address})},
        {"icon_url": address, "description": shape({"text": words})},
    ),
    "divider": shape({}, {"style": shape({}, {"bold": flag, "dotted": flag, "color": color})}),
    "progress_bar": shape({"value": percent}),
    # Its levels are listed nowhere.
    # The SDK writes closable, the page closeable.
    "alert": shape({"text": words}, {"level": words, "closable": flag, "closeable": flag}),
    "images": shape({"images": _IMAGES}, {"cur_index": whole}),
    # The page on images has this type for a single one, which the SDK does not know.
    "image": shape({"images": _IMAGES}),
    "datepicker": shape({"action_id": words}, {"initial_date": words, "text": text}),
    "timepicker": shape({"action_id": words}, {"initial_time": words, "text": text}),
    "radio_buttons": shape(
        {"action_id": words, "options": each(shape(_OPTION))},
        {"initial_option": _choice, "text": text},
    ),
    "checkboxes": shape(
        {"action_id": words, "options": each(shape(_OPTION, {"initial_selected": flag}))},
        # With a style they are switches; its values are listed nowhere.
        {"style": words, "text": text},
    ),
    "plain_text_input": both(
        shape(
            {"action_id": words},
            {
                **dict.fromkeys(("text", "value", "placeholder"), text),
                "multiline": flag,
                **dict.fromkeys(("min_length", "max_length"), whole),
            },
        ),
        _lengths,
    ),
    "video": shape(
        {"title": shape({"text": words}, {"is_markdown_support": flag}), "video_url": address},
        {
            **dict.fromkeys(("title_url", "thumbnail_url", "provider_icon_url"), address),
            **dict.fromkeys(("author_name", "provider_name"), text),
            "action_id": words,
        },
    ),
}
