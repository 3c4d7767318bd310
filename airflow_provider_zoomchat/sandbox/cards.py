"""Cards: what is one, and how it reads as plain text.

Only what Zoom documents is checked, so a card that passes here may still displease Zoom.
Sources: https://developers.zoom.us/docs/chat/customizing-messages/ and its sub-pages,
https://developers.zoom.us/docs/chat/appcardbuilder/.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

TYPES = frozenset(
    {
        *("message", "fields", "actions", "select", "attachments", "section", "page", "file"),
        *("divider", "progress_bar", "alert", "images", "datepicker", "timepicker"),
        *("radio_buttons", "checkboxes", "plain_text_input", "video"),
    }
)


def fault_in(content: Any, is_markdown: bool) -> str | None:
    """Return why this is no card Zoom would take, or None.

    :param is_markdown: the message as a whole is marked as Markdown.
    """
    return next(_faults(content, is_markdown), None)


def plain_text(content: Mapping[str, Any]) -> str:
    """Return a card that was checked as readable lines."""
    head = content.get("head") or {}
    texts = [head.get("text", ""), (head.get("sub_head") or {}).get("text", "")]
    texts += [line for block in content.get("body") or [] for line in _lines(block)]
    return "\n".join(text for text in texts if text)


def _faults(content: Any, is_markdown: bool) -> Iterator[str]:
    if not isinstance(content, dict) or not (content.get("head") or content.get("body")):
        yield "content must be an object with head or body"
        return
    if not isinstance(content.get("settings", {}), dict):
        yield "settings must be an object"
    head = content.get("head")
    if head is not None:
        yield from _text_faults(head, "head", is_markdown)
        if isinstance(head, dict) and head.get("sub_head") is not None:
            yield from _text_faults(head["sub_head"], "head.sub_head", is_markdown)
    yield from _block_faults(content.get("body") or [], "body", is_markdown)


def _block_faults(blocks: Any, place: str, is_markdown: bool) -> Iterator[str]:
    if not isinstance(blocks, list):
        yield f"{place} must be an array"
        return
    for index, block in enumerate(blocks):
        here = f"{place}[{index}]"
        kind = block.get("type") if isinstance(block, dict) else None
        if not isinstance(kind, str) or kind not in TYPES:
            yield f"{here}: unknown type {kind!r}"
        elif kind == "section":
            yield from _block_faults(block.get("sections"), f"{here}.sections", is_markdown)
        elif kind == "page":
            yield from _page_faults(block.get("pages"), f"{here}.pages", is_markdown)
        elif kind in _CHECKS:
            yield from _CHECKS[kind](block, here, is_markdown)


def _page_faults(pages: Any, place: str, is_markdown: bool) -> Iterator[str]:
    if not isinstance(pages, list):
        yield f"{place} must be an array"
        return
    for index, page in enumerate(pages):
        body = page.get("body") if isinstance(page, dict) else None
        yield from _block_faults(body, f"{place}[{index}].body", is_markdown)


def _text_faults(part: Any, place: str, is_markdown: bool) -> Iterator[str]:
    if not isinstance(part, dict) or not _is_filled(part.get("text")):
        yield f"{place}.text must be a text"
    else:
        yield from _mixed(part, place, is_markdown)


def _message_faults(block: dict[str, Any], place: str, is_markdown: bool) -> Iterator[str]:
    yield from _text_faults(block, place, is_markdown or block.get("is_markdown_support") is True)


def _field_faults(block: dict[str, Any], place: str, is_markdown: bool) -> Iterator[str]:
    for index, item in _items(block.get("items")):
        here = f"{place}.items[{index}]"
        # A blank value has to be sent as one space.
        if not (isinstance(item, dict) and _is_filled(item.get("key"), item.get("value"))):
            yield f"{here} needs key and value, both texts"
        else:
            yield from _mixed(item, here, is_markdown)


def _action_faults(block: dict[str, Any], place: str, is_markdown: bool) -> Iterator[str]:
    for index, item in _items(block.get("items")):
        if not (isinstance(item, dict) and _is_filled(item.get("text"), item.get("value"))):
            yield f"{place}.items[{index}] needs text and value, both texts"


def _select_faults(block: dict[str, Any], place: str, is_markdown: bool) -> Iterator[str]:
    if ("select_items" in block) == ("static_source" in block):
        yield f"{place} needs either select_items or static_source"


def _mixed(part: Mapping[str, Any], place: str, is_markdown: bool) -> Iterator[str]:
    # Seen on the real Zoom, with 400/7001: Markdown beside style, link or editable.
    if is_markdown:
        for name in ("style", "link", "editable"):
            if part.get(name):
                yield f"{place}: {name} cannot be mixed with Markdown"


def _items(items: Any) -> Iterator[tuple[int, Any]]:
    yield from enumerate(items if isinstance(items, list) and items else [None])


def _is_filled(*values: Any) -> bool:
    return all(isinstance(value, str) and value for value in values)


_CHECKS: Mapping[str, Callable[[dict[str, Any], str, bool], Iterator[str]]] = {
    "message": _message_faults,
    "fields": _field_faults,
    "actions": _action_faults,
    "select": _select_faults,
}


def _lines(block: Mapping[str, Any]) -> Iterator[str]:
    kind = block["type"]
    if kind == "message":
        yield block["text"]
    elif kind == "fields":
        yield from (f"{item['key']}: {item['value']}" for item in block["items"])
    elif kind == "actions":
        yield " ".join(f"[{item['text']}]" for item in block["items"])
    elif kind == "section":
        for inner in block["sections"]:
            yield from _lines(inner)
        yield str(block.get("footer") or "")
    elif kind == "page":
        for page in block["pages"]:
            for inner in page["body"]:
                yield from _lines(inner)
    elif isinstance(block.get("text"), str):
        yield block["text"]
