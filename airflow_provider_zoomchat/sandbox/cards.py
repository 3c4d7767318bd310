"""Which cards Zoom takes: those of bots and webhooks, and those in a user's message. Pure.

Only what Zoom documents is checked, so a card that passes here may still displease Zoom; what is
documented is held to strictly, so that as few as possible do.
Sources: https://developers.zoom.us/docs/chat/customizing-messages/ and its sub-pages,
https://developers.zoom.us/docs/chat/appcardbuilder/; for each type, see ``card_blocks``.

A user's message has ``interactive_cards``, each a card in a text of JSON. The app that calls has to
own a card; in the sandbox it does.
Source: https://developers.zoom.us/docs/api/team-chat (OAS).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from airflow_provider_zoomchat.sandbox.card_blocks import (
    BLOCKS,
    STYLE,
    STYLED,
    address,
    color,
    each,
    flag,
    one_of,
    shape,
    whole,
    words,
)
from airflow_provider_zoomchat.sandbox.card_text import plain_text
from airflow_provider_zoomchat.sandbox.http import Refusal, as_flag, parse_json

__all__ = ["TYPES", "fault_in", "plain_text"]

#: Every type a block may have.
TYPES = frozenset({*BLOCKS, "section", "page"})

#: The keys whose values are true or false.
FLAGS = frozenset(
    {
        *("bold", "italic", "editable", "short", "is_markdown_support", "dotted", "closable"),
        *("closeable", "initial_selected", "multiline", "is_split_sidebar", "form"),
    }
)

_SETTINGS = shape(
    {},
    {
        "default_sidebar_color": color,
        "is_split_sidebar": flag,
        "form": flag,
        "form_id": words,
    },
)
_HEAD = shape({"text": words}, {"style": STYLE, "sub_head": STYLED})


def with_flags(part: Any) -> Any:
    """Return a card in which flags that are given as texts are true or false."""
    if isinstance(part, dict):
        return {
            name: as_flag(inner) if name in FLAGS else with_flags(inner)
            for name, inner in part.items()
        }
    return [with_flags(inner) for inner in part] if isinstance(part, list) else part


def fault_in(content: Any, is_markdown: bool) -> str | None:
    """Return why this is no card Zoom would take, or None.

    :param is_markdown: the message as a whole is marked as Markdown.
    """
    # No second fault is asked for, so that a check may rely on those before it.
    return next(_faults(content, is_markdown), None)


def _faults(content: Any, is_markdown: bool) -> Iterator[str]:
    if not isinstance(content, dict) or not (content.get("head") or content.get("body")):
        yield "content must be an object with head or body"
        return
    if content.get("settings") is not None:
        yield from _SETTINGS(content["settings"], "settings")
    head = content.get("head")
    if head is not None:
        yield from _HEAD(head, "head")
        yield from _mixed(head, "head", is_markdown)
        yield from _mixed(head.get("sub_head"), "head.sub_head", is_markdown)
    body = content.get("body")
    if not isinstance(body, list | None):
        yield "body must be an array"
        return
    for index, block in enumerate(body or []):
        yield from _block(block, f"body[{index}]", is_markdown)


def _block(block: Any, place: str, is_markdown: bool) -> Iterator[str]:
    kind = block.get("type") if isinstance(block, dict) else None
    if kind == "section":
        yield from _section(block, place, is_markdown)
    elif kind == "page":
        yield from _page(block, place, is_markdown)
    else:
        yield from _inner(block, place, is_markdown)


def _section(block: Any, place: str, is_markdown: bool) -> Iterator[str]:
    # That a section holds no section and no page is what the SDK's types say.
    yield from shape(
        {"sections": each(lambda inner, here: _inner(inner, here, is_markdown))},
        {
            "sidebar_color": color,
            "footer": words,
            "footer_icon": address,
            "ts": whole,  # milliseconds
            "layout": one_of("horizontal"),
        },
    )(block, place)


def _page(block: Any, place: str, is_markdown: bool) -> Iterator[str]:
    def section(inner: Any, here: str) -> Iterator[str]:
        # The SDK's types know nothing else in a page.
        if isinstance(inner, dict) and inner.get("type") == "section":
            yield from _section(inner, here, is_markdown)
        else:
            yield f"{here}: a page holds sections alone"

    pages = each(shape({"pageNo": whole, "body": each(section)}))
    yield from shape({"pages": pages}, {"cur_page": whole})(block, place)


def _inner(block: Any, place: str, is_markdown: bool) -> Iterator[str]:
    kind = block.get("type") if isinstance(block, dict) else None
    if kind in ("section", "page"):
        yield f"{place}: a {kind} stands in the body of a card alone"
    elif not isinstance(kind, str) or kind not in BLOCKS:
        yield f"{place}: unknown type {kind!r}"
    else:
        yield from BLOCKS[kind](block, place)
        marked = is_markdown or (kind == "message" and block.get("is_markdown_support") is True)
        yield from _mixed(block if kind == "message" else None, place, marked)
        for index, item in enumerate(block["items"] if kind == "fields" else ()):
            yield from _mixed(item, f"{place}.items[{index}]", marked)


def _mixed(part: Mapping[str, Any] | None, place: str, is_markdown: bool) -> Iterator[str]:
    # Seen on the real Zoom, with 400/7001: Markdown beside style, link or editable.
    if is_markdown and part:
        for name in ("style", "link", "editable"):
            if part.get(name) not in (None, False):
                yield f"{place}: {name} cannot be mixed with Markdown"


def made(items: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return the cards of a new message, each with an id of its own.

    :raises Refusal: one of them is none; then none of the message is taken.
    """
    return [_made(item, 5405) for item in items]


def edited(
    items: Iterable[Mapping[str, Any]], before: Iterable[dict[str, str]]
) -> list[dict[str, str]]:
    """Return the cards of a message behind an edit.

    :param items: each with the ``card_id`` of one to keep, or else with the ``card_json`` of a
        new one.
    :param before: the cards the message had; no other message's can be kept.
    :raises Refusal: one of them is none, or not among those before.
    """
    known = {card["card_id"]: card for card in before}
    return [
        _kept(item["card_id"], known) if item.get("card_id") else _made(item, 5045)
        for item in items
    ]


def _made(item: Mapping[str, Any], code: int) -> dict[str, str]:
    text = item.get("card_json")
    card = parse_json(text) if isinstance(text, str) else None
    if isinstance(card, dict):
        # The schema has no place for is_markdown_support but the single message.
        fault = fault_in(with_flags(card.get("content")), is_markdown=False)
    else:
        fault = 'card_json must be a text of JSON such as {"content": {...}}'
    if fault or not isinstance(text, str):
        raise _refuse(code, "Failed to create interactive card.", fault or "")
    return {"card_id": uuid.uuid4().hex[:22], "card_json": text}


def _kept(card_id: Any, known: Mapping[str, dict[str, str]]) -> dict[str, str]:
    if not isinstance(card_id, str) or card_id not in known:
        said = f"Interactive Cards does not exist: {card_id}."
        raise _refuse(5046, said, "card_id is of no card here")
    return known[card_id]


def _refuse(code: int, message: str, why: str) -> Refusal:
    return Refusal(400, {"code": code, "message": message}, why=why)
