"""Which cards Zoom takes: of bots, of webhooks, and in a user's message. Pure.

Only documented rules are checked, so Zoom may still refuse a card that passes here; they are
applied strictly, so that this is rare. ``null`` counts as a missing key, and a key that is not
documented is ignored: both are assumed.

Sources: https://developers.zoom.us/docs/chat/customizing-messages/ and its sub-pages for message,
fields, actions, select, attachments and section, https://developers.zoom.us/docs/chat/appcardbuilder/;
for the other types the type declarations of Zoom's own SDK,
https://github.com/zoom/rivet-javascript (``chatbot.d.ts``). The SDK calls nearly every key
mandatory, more than Zoom's own examples carry (a style of one key, say): so only those are required
without which a block has nothing to show or to answer with.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from airflow_provider_zoomchat.sandbox.http import as_flag

#: Takes a value, its path in the card, and whether the message is Markdown as a whole; yields the
#: faults. Only the first one counts, so a check may rely on those before it.
Check = Callable[[Any, str, bool], Iterator[str]]
_Checks = Mapping[str, Check]


def fault_in(content: Any, is_markdown: bool) -> str | None:
    """Return why this is no card Zoom would take, or None.

    :param is_markdown: the message as a whole is marked as Markdown.
    """
    return next(_card(content, is_markdown), None)


def _card(content: Any, is_markdown: bool) -> Iterator[str]:
    if not isinstance(content, dict) or not (content.get("head") or content.get("body")):
        yield "content must be an object with head or body"
        return
    for name, check in (("settings", _SETTINGS), ("head", _HEAD)):
        if content.get(name) is not None:
            yield from check(content[name], name, is_markdown)
    body = content.get("body")
    if not isinstance(body, list | None):
        yield "body must be an array"
        return
    for index, block in enumerate(body or []):
        yield from _outer_block(block, f"body[{index}]", is_markdown)


def with_flags(part: Any) -> Any:
    """Return a card in which flags that are given as texts are true or false."""
    if isinstance(part, dict):
        return {
            name: as_flag(inner) if name in _FLAGS else with_flags(inner)
            for name, inner in part.items()
        }
    return [with_flags(inner) for inner in part] if isinstance(part, list) else part


# Checks of a value by itself.


def _value(fits: Callable[[Any], bool], wanted: str) -> Check:
    def check(value: Any, path: str, is_markdown: bool) -> Iterator[str]:
        if not fits(value):
            yield f"{path} must be {wanted}"

    return check


def _is_int(value: Any, least: int) -> bool:
    return type(value) is int and value >= least


def _matches(pattern: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and bool(re.fullmatch(pattern, value))


# A blank one has to be sent as a space: so for the value of a field,
# https://developers.zoom.us/docs/chat/customizing-messages/.
_words = _value(lambda value: isinstance(value, str) and value != "", "a text that is not empty")
_text = _value(lambda value: isinstance(value, str), "a text")
_flag = _value(lambda value: isinstance(value, bool), "true or false")
_whole = _value(lambda value: _is_int(value, 0), "a whole number of at least 0")
_count = _value(lambda value: _is_int(value, 1), "a whole number of at least 1")
# Assumed: Zoom's types say no more than "number".
_percent = _value(
    lambda value: type(value) in (int, float) and 0 <= value <= 100, "a number from 0 to 100"
)
# Assumed: no page names the schemes, and every example is one of these.
_address = _value(_matches(r"(?i)https?://\S+"), "an address that begins with https:// or http://")
_color = _value(_matches("#(?:[0-9A-Fa-f]{3}){1,2}"), "a colour such as #0E72ED")


def _one_of(*allowed: str) -> Check:
    """Want one of these texts, in just this case."""

    def check(value: Any, path: str, is_markdown: bool) -> Iterator[str]:
        if value not in allowed:
            shown = repr(value)
            shown = shown if len(shown) <= 40 else f"{shown[:40]}..."
            yield f"{path}: {shown} is not one of {', '.join(map(repr, allowed))}"

    return check


# Checks that are made of others.


def _shape(
    required: _Checks,
    optional: _Checks | None = None,
    *more: Check,
    without: tuple[str, ...] = (),
) -> Check:
    """Want an object with these keys.

    :param more: what else is wanted of it.
    :param without: keys that it must not have.
    """

    def check(value: Any, path: str, is_markdown: bool) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{path} must be an object"
            return
        for name, inner in {**required, **(optional or {})}.items():
            if value.get(name) is not None:
                yield from inner(value[name], f"{path}.{name}", is_markdown)
            elif name in required:
                yield f"{path}.{name} is missing"
        for name in without:
            if value.get(name):
                yield f"{path}.{name} is not for this"
        for inner in more:
            yield from inner(value, path, is_markdown)

    return check


def _each(inner: Check) -> Check:
    """Want an array of at least one such value."""

    def check(value: Any, path: str, is_markdown: bool) -> Iterator[str]:
        # Assumed: an empty array shows nothing, and no example has one.
        if not (isinstance(value, list) and value):
            yield f"{path} must be an array that is not empty"
            return
        for index, item in enumerate(value):
            yield from inner(item, f"{path}[{index}]", is_markdown)

    return check


def _either(text: Check, other: Check) -> Check:
    """Want what the first wants of a text, and of any other value what the second does."""

    def check(value: Any, path: str, is_markdown: bool) -> Iterator[str]:
        yield from (text if isinstance(value, str) else other)(value, path, is_markdown)

    return check


# Rules of a part as a whole.


def _without_markdown(part: Any, path: str, is_markdown: bool) -> Iterator[str]:
    # Seen on the real Zoom, with 400/7001: Markdown beside style, link or editable.
    if is_markdown:
        for name in ("style", "link", "editable"):
            if part.get(name) not in (None, False):
                yield f"{path}: {name} cannot be mixed with Markdown"


def _without_own_markdown(part: Any, path: str, is_markdown: bool) -> Iterator[str]:
    is_markdown = is_markdown or part.get("is_markdown_support") is True
    yield from _without_markdown(part, path, is_markdown)


def _plain_link(part: Any, path: str, is_markdown: bool) -> Iterator[str]:
    # https://developers.zoom.us/docs/chat/customizing-messages/: a style is not for links.
    if part.get("link") and part.get("style") is not None:
        yield f"{path}.style is not for a link"


def _either_source(block: Any, path: str, is_markdown: bool) -> Iterator[str]:
    has_items = block.get("select_items") is not None
    if has_items == (block.get("static_source") is not None):
        yield f"{path} needs either select_items or static_source"
    if has_items and not block.get("text"):
        yield f"{path}.text is missing"


def _lengths(block: Any, path: str, is_markdown: bool) -> Iterator[str]:
    least, most = block.get("min_length"), block.get("max_length")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        yield f"{path}: min_length {least} is more than max_length {most}"


# Where a block may stand.


def _outer_block(block: Any, path: str, is_markdown: bool) -> Iterator[str]:
    kind = block.get("type") if isinstance(block, dict) else None
    check = _SECTION if kind == "section" else _PAGE if kind == "page" else _inner_block
    yield from check(block, path, is_markdown)


def _inner_block(block: Any, path: str, is_markdown: bool) -> Iterator[str]:
    kind = block.get("type") if isinstance(block, dict) else None
    if kind in ("section", "page"):
        # That a section holds no section and no page is what the SDK's types say.
        yield f"{path}: a {kind} stands in the body of a card alone"
    elif not isinstance(kind, str) or kind not in _BLOCKS:
        yield f"{path}: unknown type {kind!r}"
    else:
        yield from _BLOCKS[kind](block, path, is_markdown)


def _block_of_page(block: Any, path: str, is_markdown: bool) -> Iterator[str]:
    # The SDK's types know nothing else in a page.
    if isinstance(block, dict) and block.get("type") == "section":
        yield from _SECTION(block, path, is_markdown)
    else:
        yield f"{path}: a page holds sections alone"


_STYLE = _shape({}, {"color": _color, "bold": _flag, "italic": _flag})
_STYLED = _shape({"text": _words}, {"style": _STYLE})
_SIDEBAR: _Checks = {"default_sidebar_color": _color, "is_split_sidebar": _flag}
_SETTINGS = _shape({}, {**_SIDEBAR, "form": _flag, "form_id": _words})
_SUB_HEAD = _shape({"text": _words}, {"style": _STYLE}, _without_markdown)
_HEAD = _shape({"text": _words}, {"style": _STYLE, "sub_head": _SUB_HEAD}, _without_markdown)

_LOOKS: _Checks = {"style": _STYLE, "link": _address, "editable": _flag}
_KEY_AND_VALUE: _Checks = {"key": _words, "value": _words}
_FIELD = _shape(_KEY_AND_VALUE, {**_LOOKS, "short": _flag}, _plain_link, _without_markdown)

_OPTION: _Checks = {"text": _words, "value": _words}
# What stands chosen: the option, as in the SDK, or its value alone.
_CHOSEN = _either(_text, _shape({"value": _words}, {"text": _text}))
_SELECT_ITEM = _shape(_OPTION, without=("style",))
_CHECKBOX = _shape(_OPTION, {"initial_selected": _flag})
_INPUT: _Checks = {"action_id": _words}

# The title of a dialog is a text or, as in the one sample there is, an object with one:
# https://github.com/zoom/task-manager-sample; that a bare text does too is assumed.
_TITLE = _either(_words, _shape({"text": _words}))
_DIALOG = _shape({"link": _address}, {"size": _words, "title": _TITLE})
# The last four are for feedback on an answer, before and after somebody gave it:
# https://developers.zoom.us/docs/chat/customizing-messages/feedback-buttons/.
# Assumed: a button that names none is a Default one.
_BUTTON_STYLE = _one_of(
    *("Primary", "Default", "Danger", "Disabled"),
    *("Thumbsup", "Thumbsdown", "Thumbsuped", "Thumbsdowned"),
)
_BUTTON = _shape(_OPTION, {"style": _BUTTON_STYLE, "action": _one_of("dialog"), "dialog": _DIALOG})

_INFORMATION = _shape({"title": _STYLED}, {"description": _STYLED})
_LINE = _shape({}, {"bold": _flag, "dotted": _flag, "color": _color})
_IMAGE = _shape({"image_url": _address}, {"alt_text": _text, "image_index": _whole})
_VIDEO_TITLE = _shape({"text": _words}, {"is_markdown_support": _flag})

_BLOCKS: _Checks = {
    "message": _shape(
        {"text": _words},
        {**_LOOKS, "is_markdown_support": _flag},
        _plain_link,
        _without_own_markdown,
    ),
    "fields": _shape({"items": _each(_FIELD)}),
    "actions": _shape({"items": _each(_BUTTON)}, {"limit": _count}),
    "select": _shape(
        {},
        {
            **{"text": _words, "select_items": _each(_SELECT_ITEM), "selected_item": _CHOSEN},
            "static_source": _one_of("members", "channels"),
        },
        _either_source,
        without=("style",),
    ),
    "attachments": _shape(
        {"resource_url": _address, "information": _INFORMATION},
        {"img_url": _address, "ext": _words, "size": _whole},
    ),
    "file": _shape(
        {"title": _shape({"text": _words, "file_url": _address})},
        {"icon_url": _address, "description": _shape({"text": _words})},
    ),
    "divider": _shape({}, {"style": _LINE}),
    "progress_bar": _shape({"value": _percent}),
    # Its levels are listed nowhere. The SDK writes closable, the page closeable.
    "alert": _shape({"text": _words}, {"level": _words, "closable": _flag, "closeable": _flag}),
    "images": _shape({"images": _each(_IMAGE)}, {"cur_index": _whole}),
    # The page on images has this type for a single one, which the SDK does not know.
    "image": _shape({"images": _each(_IMAGE)}),
    "datepicker": _shape(_INPUT, {"initial_date": _words, "text": _text}),
    "timepicker": _shape(_INPUT, {"initial_time": _words, "text": _text}),
    "radio_buttons": _shape(
        {**_INPUT, "options": _each(_shape(_OPTION))}, {"initial_option": _CHOSEN, "text": _text}
    ),
    # With a style they are switches; its values are listed nowhere.
    "checkboxes": _shape({**_INPUT, "options": _each(_CHECKBOX)}, {"style": _words, "text": _text}),
    "plain_text_input": _shape(
        _INPUT,
        {
            **dict.fromkeys(("text", "value", "placeholder"), _text),
            **dict.fromkeys(("min_length", "max_length"), _whole),
            "multiline": _flag,
        },
        _lengths,
    ),
    "video": _shape(
        {"title": _VIDEO_TITLE, "video_url": _address},
        {
            **dict.fromkeys(("title_url", "thumbnail_url", "provider_icon_url"), _address),
            **dict.fromkeys(("author_name", "provider_name"), _text),
            "action_id": _words,
        },
    ),
}
_SECTION = _shape(
    {"sections": _each(_inner_block)},
    {
        **{"sidebar_color": _color, "footer": _words, "footer_icon": _address},
        **{"ts": _whole, "layout": _one_of("horizontal")},  # ts in milliseconds
    },
)
_SECTIONS_ALONE = _shape({"pageNo": _whole, "body": _each(_block_of_page)})
_PAGE = _shape({"pages": _each(_SECTIONS_ALONE)}, {"cur_page": _whole})

#: Every type a block may have.
TYPES = frozenset({*_BLOCKS, "section", "page"})

# The keys whose values are true or false.
_FLAGS = frozenset(
    {
        *("bold", "italic", "editable", "short", "is_markdown_support", "dotted", "closable"),
        *("closeable", "initial_selected", "multiline", "is_split_sidebar", "form"),
    }
)
