"""The fields of a Team Chat message: their types, their number, and what Zoom drops in silence.

Source: https://developers.zoom.us/docs/api/team-chat (OAS).
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from airflow_provider_zoomchat.sandbox.card_rules import fault_in, with_flags
from airflow_provider_zoomchat.sandbox.http import parse_json, refuse

FORMATS = {
    "Bold": "",
    "Italic": "",
    "Strikethrough": "",
    "Underline": "",
    "BulletedList": "",
    "NumberedList": "",
    "Quote": "",
    "FontSize": "s|m|l",
    "FontColor": "[0-9A-Fa-f]{6}",
    "BackgroundColor": "[0-9A-Fa-f]{6}",
    "LeftIndent": "[1-9][0-9]*",
    "Paragraph": "h1|h2|h3",
    "AddLink": r"https?://\S+",
}

_Check = tuple[Callable[[Any], bool], str]


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_code_point(value: str) -> bool:
    """Tell whether this is a code point that a text can hold, such as ``U+1F600``."""
    if not re.fullmatch("U\\+[0-9A-F]{4,6}", value):
        return False
    number = int(value[2:], 16)
    return number < 0x110000 and not 0xD800 <= number < 0xE000


def _is_position(value: Any) -> bool:
    return type(value) is int and value >= 0


def _is_list_of(kind: type, most: int | None = None) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, list)
        and all(isinstance(item, kind) for item in value)
        and (most is None or len(value) <= most)
    )


SEND: Mapping[str, _Check] = {
    "message": (_is_text, "must be a string"),
    "to_channel": (_is_text, "must be a string"),
    "to_contact": (_is_text, "must be a string"),
    "reply_main_message_id": (_is_text, "must be a string"),
    "at_items": (_is_list_of(dict), "must be an array of objects"),
    "rich_text": (_is_list_of(dict), "must be an array of objects"),
    "file_ids": (_is_list_of(str, 6), "must be an array of at most 6 strings"),
    "interactive_cards": (_is_list_of(dict, 5), "must be an array of at most 5 objects"),
    "scheduled_time": (_is_text, "must be a string"),
}
# An edit has no formatting in the specification; what the schema does not name is ignored.
EDIT = {
    name: SEND[name] for name in SEND if name not in {"at_items", "rich_text", "scheduled_time"}
}

# `emoji` is one code point: sequences have no form in the specification, so they are refused.
REACTION: Mapping[str, _Check] = {
    "action": (lambda value: value in ("add", "remove"), "must be add or remove"),
    "emoji": (lambda value: _is_text(value) and _is_code_point(value), "is not supported"),
    "to_channel": (_is_text, "must be a string"),
    "to_contact": (_is_text, "must be a string"),
    # The sandbox does not play custom emoji; to take one in silence would mislead.
    "custom_emoji": (lambda value: value is False, "is not played by the sandbox"),
    "custom_emoji_id": (lambda value: value == "", "is not played by the sandbox"),
}

_SPAN: Mapping[str, _Check] = {
    "start_position": (_is_position, "must be an integer of at least 0"),
    "end_position": (_is_position, "must be an integer of at least 0"),
}
_MENTION: Mapping[str, _Check] = {
    **_SPAN,
    "at_type": (lambda value: type(value) is int and value in (1, 2), "must be 1 or 2"),
    "at_contact": (_is_text, "must be a string"),
}
_FORMAT: Mapping[str, _Check] = {
    **_SPAN,
    "format_type": (lambda value: _is_text(value) and value in FORMATS, "is not supported"),
    "format_attr": (_is_text, "must be a string"),
}


def check_fields(
    body: Mapping[str, Any], checks: Mapping[str, _Check], *required: str, prefix: str = ""
) -> None:
    """Refuse a body with fields that are missing or of the wrong type.

    :param prefix: what stands before the names of fields in the answer.
    """
    missing = [(name, "is required") for name in required if name not in body]
    wrong = [
        (name, expected)
        for name, (fits, expected) in checks.items()
        if name in body and not fits(body[name])
    ]
    _refuse_fields([(prefix + name, message) for name, message in missing + wrong])


def moment(text: str) -> float | None:
    """Return a time such as ``2020-05-01T19:13:02Z`` in seconds since 1970; None if it is none.

    Whole seconds alone are taken: milliseconds Zoom refuses, as a public client has seen in
    2026-08.
    """
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text, re.ASCII):
        return None
    try:
        return datetime.fromisoformat(f"{text[:-1]}+00:00").timestamp()
    except ValueError:
        return None


def check_text(text: str, limit: int, has_more: bool) -> None:
    """Refuse a text that is too long, or empty if the message has no more: no file, no card."""
    # Neither answer is documented. Length counts code points, the kindest reading.
    if not text and not has_more:
        _refuse_fields([("message", "must not be empty")])
    if len(text) > limit:
        _refuse_fields([("message", f"must have at most {limit} characters")])


def mentions(items: list[dict[str, Any]], text: str) -> list[dict[str, Any]]:
    """Return the valid mentions."""
    for index, item in enumerate(items):
        required = ["at_type", *_SPAN, *(["at_contact"] if item.get("at_type") == 1 else [])]
        check_fields(item, _MENTION, *required, prefix=f"at_items[{index}].")
    # What becomes of a mention outside the text is not documented; formatting is dropped.
    return [item for item in items if _inside(item, text)]


def formats(items: list[dict[str, Any]], text: str) -> list[dict[str, Any]]:
    """Return the valid formatting.

    An entry without ``format_attr``, with one that does not fit, or outside the text is dropped
    without a word, and so is a link over several lines. What one entry clears of another is left
    to whoever shows the message: it is stored and returned as it was sent.
    """
    # devforum.zoom.us 94890: dropped, and the message is sent all the same.
    for index, item in enumerate(items):
        check_fields(item, _FORMAT, "format_type", *_SPAN, prefix=f"rich_text[{index}].")
    return [
        item
        for item in items
        if _inside(item, text) and _attribute_fits(item) and not _spans_lines(item, text)
    ]


def new_cards(items: Iterable[Mapping[str, Any]], *, owned: bool) -> list[dict[str, str]]:
    """Return the cards of a new message, each with an id of its own.

    Each is a card in a text of JSON.

    :param owned: whether they are the calling app's, which alone are taken.
    :raises Refusal: one of them is not a card; then none of the message is taken.
    """
    return [_new_card(item, 5405, owned=owned) for item in items]


def edited_cards(
    items: Iterable[Mapping[str, Any]], before: Iterable[dict[str, str]], *, owned: bool
) -> list[dict[str, str]]:
    """Return the cards of a message after an edit.

    :param items: each with the ``card_id`` of one to keep, or else with the ``card_json`` of a
        new one.
    :param before: the cards the message had; no other message's can be kept.
    :param owned: as in `new_cards`.
    :raises Refusal: one of them is not a card, or not among those before.
    """
    kept = {card["card_id"]: card for card in before}
    cards = []
    for item in items:
        card_id = item.get("card_id")
        if not card_id:
            cards.append(_new_card(item, 5045, owned=owned))
        elif isinstance(card_id, str) and card_id in kept:
            cards.append(kept[card_id])
        else:
            message = f"Interactive Cards does not exist: {card_id}."
            raise refuse(400, 5046, message, why="card_id is of no card here")
    return cards


def _new_card(item: Mapping[str, Any], code: int, *, owned: bool) -> dict[str, str]:
    text = item.get("card_json")
    card = parse_json(text) if isinstance(text, str) else None
    if isinstance(card, dict):
        # The schema has no place for is_markdown_support but the single message.
        fault = fault_in(with_flags(card.get("content")), is_markdown=False)
    else:
        fault = 'card_json must be a text of JSON such as {"content": {...}}'
    if not (fault or owned):
        fault = "the calling app does not own the card"
    if fault or not isinstance(text, str):
        raise refuse(400, code, "Failed to create interactive card.", why=fault or "")
    return {"card_id": uuid.uuid4().hex[:22], "card_json": text}


def _refuse_fields(errors: list[tuple[str, str]]) -> None:
    """Refuse the body if there are errors, each a field and what is wrong with it."""
    if errors:
        # https://developers.zoom.us/docs/api/errors/
        named = [{"field": field, "message": message} for field, message in errors]
        raise refuse(400, 300, "Validation Failed.", errors=named)


def _inside(item: Mapping[str, Any], text: str) -> bool:
    # The end is inclusive (devforum.zoom.us 94890). No source tells the unit; UTF-16 units are
    # never fewer than code points, so a caller who counts either way is believed.
    length = len(text.encode("utf-16-le", "surrogatepass")) // 2
    return bool(item["start_position"] <= item["end_position"] < length)


def _spans_lines(item: Mapping[str, Any], text: str) -> bool:
    # The specification rules such a link out; that it is dropped is assumed from what becomes of
    # other entries that are not in order.
    units = text.encode("utf-16-le", "surrogatepass")
    inner = units[2 * item["start_position"] : 2 * item["end_position"] + 2]
    return item["format_type"] == "AddLink" and "\n" in inner.decode("utf-16-le", "replace")


def _attribute_fits(item: Mapping[str, Any]) -> bool:
    attribute = item.get("format_attr")
    return attribute is not None and bool(re.fullmatch(FORMATS[item["format_type"]], attribute))
