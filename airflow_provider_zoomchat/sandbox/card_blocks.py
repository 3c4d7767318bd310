"""The blocks of a card: for every type its keys, and the checks of each value. Pure.

A check takes a value and its place in the card, and yields what is wrong with it. ``null`` is
taken for a missing key, and a key that Zoom's documentation does not know for one that Zoom
ignores: both are assumed.

Sources: https://developers.zoom.us/docs/chat/customizing-messages/ and its sub-pages for message,
fields, actions, select, attachments and section; for the other types the type declarations of
Zoom's own SDK, https://github.com/zoom/rivet-javascript (``chatbot.d.ts``). The SDK calls nearly
every key mandatory, more than Zoom's own examples carry (a style of one key, say): so only those
are required without which a block has nothing to show or to answer with.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Check = Callable[[Any, str], Iterator[str]]

_NOTHING: Mapping[str, Check] = {}


def words(value: Any, place: str) -> Iterator[str]:
    """Want a text with at least one character; a blank one has to be sent as a space."""
    # https://developers.zoom.us/docs/chat/customizing-messages/: so for the value of a field.
    if not (isinstance(value, str) and value):
        yield f"{place} must be a text that is not empty"


def text(value: Any, place: str) -> Iterator[str]:
    """Want a text, which may be empty."""
    if not isinstance(value, str):
        yield f"{place} must be a text"


def flag(value: Any, place: str) -> Iterator[str]:
    """Want true or false."""
    if not isinstance(value, bool):
        yield f"{place} must be true or false"


def whole(value: Any, place: str) -> Iterator[str]:
    """Want a whole number from 0 up."""
    if type(value) is not int or value < 0:
        yield f"{place} must be a whole number of at least 0"


def count(value: Any, place: str) -> Iterator[str]:
    """Want a whole number from 1 up."""
    if type(value) is not int or value < 1:
        yield f"{place} must be a whole number of at least 1"


def percent(value: Any, place: str) -> Iterator[str]:
    """Want a number from 0 to 100."""
    # Assumed: Zoom's types say no more than "number".
    if type(value) not in (int, float) or not 0 <= value <= 100:
        yield f"{place} must be a number from 0 to 100"


def address(value: Any, place: str) -> Iterator[str]:
    """Want an address of the web."""
    # Assumed: no page names the schemes, and every example is one of these.
    if not (isinstance(value, str) and re.fullmatch(r"https?://\S+", value, re.IGNORECASE)):
        yield f"{place} must be an address that begins with https:// or http://"


def color(value: Any, place: str) -> Iterator[str]:
    """Want a colour in hex."""
    if not (isinstance(value, str) and re.fullmatch("#(?:[0-9A-Fa-f]{3}){1,2}", value)):
        yield f"{place} must be a colour such as #0E72ED"


def one_of(*allowed: str) -> Check:
    """Want one of these texts, in just this case."""

    def check(value: Any, place: str) -> Iterator[str]:
        if value not in allowed:
            yield f"{place}: {_short(value)} is not one of {', '.join(map(repr, allowed))}"

    return check


def shape(
    required: Mapping[str, Check],
    optional: Mapping[str, Check] = _NOTHING,
    *,
    without: tuple[str, ...] = (),
) -> Check:
    """Want an object with these keys.

    :param without: keys that it must not have.
    """

    def check(value: Any, place: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{place} must be an object"
            return
        for name, inner in {**required, **optional}.items():
            if value.get(name) is not None:
                yield from inner(value[name], f"{place}.{name}")
            elif name in required:
                yield f"{place}.{name} is missing"
        for name in without:
            if value.get(name):
                yield f"{place}.{name} is not for this"

    return check


def each(inner: Check) -> Check:
    """Want an array of at least one such value."""

    def check(value: Any, place: str) -> Iterator[str]:
        # Assumed: an empty array shows nothing, and no example has one.
        if not (isinstance(value, list) and value):
            yield f"{place} must be an array that is not empty"
            return
        for index, item in enumerate(value):
            yield from inner(item, f"{place}[{index}]")

    return check


def both(*checks: Check) -> Check:
    """Want what each of these wants."""

    def check(value: Any, place: str) -> Iterator[str]:
        for inner in checks:
            yield from inner(value, place)

    return check


def _short(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 40 else f"{shown[:40]}..."


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
