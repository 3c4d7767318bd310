"""A card as plain text: for users' messages, which have no cards, for logs and for tests.

Nothing is checked: what cannot be read is left out, and a type that is not known shows its text.
Marks of Zoom's markdown stay in the texts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any

Part = Mapping[str, Any]

#: Sections within each other: Zoom documents none, and what is deeper is unreadable.
_MOST_NESTED = 8


def as_text(content: object) -> str:
    """Return a card as lines of plain text; a text stays as it is.

    ::

        Load finished
        48,210 rows
        Table: orders
        [Open] [Delete]
        Log (https://example.com/log)
    """
    if isinstance(content, str):
        return content
    card = _dict(content)
    head = _dict(card.get("head"))
    lines = [_word(head.get("text")), _word(_dict(head.get("sub_head")).get("text"))]
    lines += _block_lines(card.get("body"), 0)
    return "\n".join(line for line in lines if line.strip())


def _block_lines(blocks: object, depth: int) -> Iterator[str]:
    for block in _dicts(blocks):
        text, items = block.get("text"), _dicts(block.get("items"))
        match block.get("type"):
            case "section" if depth < _MOST_NESTED:
                yield from _block_lines(block.get("sections"), depth + 1)
                yield _joined(" · ", block.get("footer"), _time(block.get("ts")))
            case "page" if depth < _MOST_NESTED:
                pages = _dicts(block.get("pages"))
                for number, page in enumerate(pages, 1):
                    yield f"Page {number} of {len(pages)}"
                    yield from _block_lines(page.get("body"), depth + 1)
            case "fields":
                for item in items:
                    value = _linked(item.get("value"), item.get("link"))
                    yield _joined(": ", item.get("key"), value)
            case "actions":
                yield " ".join(f"[{_word(item.get('text'))}]" for item in items)
            case "select":
                options = _dicts(block.get("select_items"))
                chosen = _dict(block.get("selected_item")).get("text")
                every = " / ".join(_word(option.get("text")) for option in options)
                yield _joined(": ", text, chosen or every or block.get("static_source"))
            case "radio_buttons":
                chosen = _dict(block.get("initial_option")).get("value")
                for option in _dicts(block.get("options")):
                    mark = "x" if chosen and option.get("value") == chosen else " "
                    yield f"({mark}) {_word(option.get('text'))}"
            case "checkboxes":
                for option in _dicts(block.get("options")):
                    mark = "x" if option.get("initial_selected") is True else " "
                    yield f"[{mark}] {_word(option.get('text'))}"
            case "plain_text_input":
                yield _joined(": ", text, block.get("value") or block.get("placeholder"))
            case "datepicker" | "timepicker":
                yield _word(block.get("initial_date") or block.get("initial_time"))
            case "attachments":
                information = _dict(block.get("information"))
                title = _dict(information.get("title")).get("text")
                yield _linked(title, block.get("resource_url"))
                yield _word(_dict(information.get("description")).get("text"))
            case "file":
                title = _dict(block.get("title"))
                yield _linked(title.get("text"), title.get("file_url"))
                yield _word(_dict(block.get("description")).get("text"))
            case "images" | "image":
                for image in _dicts(block.get("images")):
                    yield _linked(image.get("alt_text"), image.get("image_url"))
            case "video":
                title = _dict(block.get("title")).get("text")
                yield _linked(title, block.get("title_url") or block.get("video_url"))
                yield _joined(" · ", block.get("author_name"), block.get("provider_name"))
            case "progress_bar":
                value = _word(block.get("value"))
                yield f"{value} %" if value else ""
            case "alert":
                yield _joined(": ", block.get("level"), text)
            case "divider":
                yield "---"
            case _:
                yield _linked(text, block.get("link"))


def _linked(words: object, url: object) -> str:
    """Return words with the address they open behind them."""
    shown, address = _word(words), _word(url)
    return f"{shown} ({address})" if shown.strip() and address else shown or address


def _joined(mark: str, *words: object) -> str:
    return mark.join(shown for shown in map(_word, words) if shown.strip())


def _time(milliseconds: object) -> str:
    # 253402300800000 is the year 10000, which datetime does not know.
    if not isinstance(milliseconds, (int, float)) or not 0 <= milliseconds < 253402300800000:
        return ""
    moment = datetime.fromtimestamp(milliseconds // 1000, timezone.utc)
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _word(value: object) -> str:
    """Return a text or a number as text, anything else as nothing."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        # No number in a card is that large, and Python refuses to write the largest.
        return str(value) if abs(value) < 1e15 else ""
    return value if isinstance(value, str) else ""


def _dict(value: object) -> Part:
    return value if isinstance(value, Mapping) else {}


def _dicts(value: object) -> list[Part]:
    return [part for part in value if isinstance(part, Mapping)] if isinstance(value, list) else []
