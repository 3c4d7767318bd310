"""A card as plain text, line by line. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Block = Mapping[str, Any]


def plain_text(content: Mapping[str, Any]) -> str:
    """Return a card that was checked as readable lines; Markdown in it stands as it was sent.

    ::

        Load is late
        DAG: sales_daily
        [Retry] [Mute]
    """
    head = content.get("head") or {}
    texts = [head.get("text", ""), (head.get("sub_head") or {}).get("text", "")]
    texts += [line for block in content.get("body") or [] for line in _lines(block)]
    return "\n".join(text for text in texts if text)


def _lines(block: Block) -> Iterator[str]:
    yield from _LINES[block["type"]](block)


def _message(block: Block) -> Iterator[str]:
    yield block["text"]


def _fields(block: Block) -> Iterator[str]:
    yield from (f"{item['key']}: {item['value']}" for item in block["items"])


def _actions(block: Block) -> Iterator[str]:
    yield " ".join(f"[{item['text']}]" for item in block["items"])


def _select(block: Block) -> Iterator[str]:
    names = [item["text"] for item in block.get("select_items") or []] or [block["static_source"]]
    yield _labelled(block, " ".join(f"[{name}]" for name in names))


def _attachment(block: Block) -> Iterator[str]:
    information = block["information"]
    yield f"{information['title']['text']} ({block['resource_url']})"
    yield (information.get("description") or {}).get("text", "")


def _file(block: Block) -> Iterator[str]:
    yield f"{block['title']['text']} ({block['title']['file_url']})"
    yield (block.get("description") or {}).get("text", "")


def _section(block: Block) -> Iterator[str]:
    for inner in block["sections"]:
        yield from _lines(inner)
    yield block.get("footer") or ""


def _pages(block: Block) -> Iterator[str]:
    for page in block["pages"]:
        for inner in page["body"]:
            yield from _lines(inner)


def _divider(block: Block) -> Iterator[str]:
    yield "---"


def _progress(block: Block) -> Iterator[str]:
    yield f"{block['value']:g} %"


def _images(block: Block) -> Iterator[str]:
    yield from (image.get("alt_text") or image["image_url"] for image in block["images"])


def _picker(name: str) -> Callable[[Block], Iterator[str]]:
    def lines(block: Block) -> Iterator[str]:
        yield _labelled(block, f"[{block.get(name) or 'choose'}]")

    return lines


def _radio_buttons(block: Block) -> Iterator[str]:
    chosen = block.get("initial_option")
    value = chosen.get("value") if isinstance(chosen, dict) else chosen
    yield block.get("text") or ""
    for option in block["options"]:
        yield f"({'x' if option['value'] == value else ' '}) {option['text']}"


def _checkboxes(block: Block) -> Iterator[str]:
    yield block.get("text") or ""
    for option in block["options"]:
        yield f"[{'x' if option.get('initial_selected') else ' '}] {option['text']}"


def _text_input(block: Block) -> Iterator[str]:
    yield _labelled(block, f"[{block.get('value') or block.get('placeholder') or ' '}]")


def _video(block: Block) -> Iterator[str]:
    yield f"{block['title']['text']} ({block['video_url']})"


def _labelled(block: Block, rest: str) -> str:
    return f"{block['text']} {rest}" if block.get("text") else rest


_LINES: Mapping[str, Callable[[Block], Iterator[str]]] = {
    "message": _message,
    "fields": _fields,
    "actions": _actions,
    "select": _select,
    "attachments": _attachment,
    "section": _section,
    "page": _pages,
    "file": _file,
    "divider": _divider,
    "progress_bar": _progress,
    "alert": _message,
    "images": _images,
    "image": _images,
    "datepicker": _picker("initial_date"),
    "timepicker": _picker("initial_time"),
    "radio_buttons": _radio_buttons,
    "checkboxes": _checkboxes,
    "plain_text_input": _text_input,
    "video": _video,
}
