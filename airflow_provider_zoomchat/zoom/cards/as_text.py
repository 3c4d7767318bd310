"""A card as a text: for users' messages where Zoom refuses the card, for logs and for tests.

Nothing is checked: what cannot be read is left out, and a type that is not known shows its text.
Marks of Zoom's markdown stay in strings; a `Text` keeps its formats.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any

from ..text import Text, join, link

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
    return content if isinstance(content, str) else as_formatted(content).readable()


def as_formatted(content: object) -> Text:
    """Return the same lines with formats: a bold head and bold keys, styles, links.

    :param content: a card as it is sent; or one that `prepare.read_card` returned, whose texts have
        formats of their own.
    """
    card = _dict(content)
    head = _dict(card.get("head"))
    lines = [_word(head.get("text")).formatted("Bold"), _styled(_dict(head.get("sub_head")))]
    return join("\n", [*lines, *_block_lines(card.get("body"), 0)])


def first_line(content: object) -> str:
    """Return the first line of a card, mostly its head; a mark if there are no words in it."""
    return as_formatted(content).message.strip().partition("\n")[0] or "…"


def _block_lines(blocks: object, depth: int) -> Iterator[Text]:
    for block in _dicts(blocks):
        text, items = block.get("text"), _dicts(block.get("items"))
        match block.get("type"):
            case "section" if depth < _MOST_NESTED:
                yield from _block_lines(block.get("sections"), depth + 1)
                yield _joined(" · ", block.get("footer"), _time(block.get("ts")))
            case "page" if depth < _MOST_NESTED:
                pages = _dicts(block.get("pages"))
                for number, page in enumerate(pages, 1):
                    yield Text(f"Page {number} of {len(pages)}")
                    yield from _block_lines(page.get("body"), depth + 1)
            case "fields":
                for item in items:
                    value = _linked(item.get("value"), item.get("link"))
                    yield _joined(": ", _word(item.get("key")).formatted("Bold"), value)
            case "actions":
                yield join(" ", ("[" + _word(item.get("text")) + "]" for item in items))
            case "select":
                options = _dicts(block.get("select_items"))
                chosen = _dict(block.get("selected_item")).get("text")
                every = _joined(" / ", *(option.get("text") for option in options))
                yield _joined(": ", text, chosen or every or block.get("static_source"))
            case "radio_buttons":
                chosen = _dict(block.get("initial_option")).get("value")
                for option in _dicts(block.get("options")):
                    mark = "x" if chosen and option.get("value") == chosen else " "
                    yield f"({mark}) " + _word(option.get("text"))
            case "checkboxes":
                for option in _dicts(block.get("options")):
                    mark = "x" if option.get("initial_selected") is True else " "
                    yield f"[{mark}] " + _word(option.get("text"))
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
                yield value + " %" if value else value
            case "alert":
                yield _joined(": ", block.get("level"), text)
            case "divider":
                yield Text("---")
            case _:
                yield _linked(_styled(block), block.get("link"))


def _styled(part: Part) -> Text:
    """Return the words of a head or a block, bold and italic where its style says so."""
    words, style = _word(part.get("text")), _dict(part.get("style"))
    for flag, kind in (("bold", "Bold"), ("italic", "Italic")):
        if style.get(flag) is True:
            words = words.formatted(kind)
    return words


def _linked(words: object, url: object) -> Text:
    """Return words that open an address."""
    shown, address = _word(words), _word(url).message
    # Zoom shows no other format in a link of a card.
    return link(shown.message, address) if address else shown


def _joined(mark: str, *words: object) -> Text:
    return join(mark, map(_word, words))


def _time(milliseconds: object) -> str:
    # 253402300800000 is the year 10000, which datetime does not know.
    if not isinstance(milliseconds, (int, float)) or not 0 <= milliseconds < 253402300800000:
        return ""
    moment = datetime.fromtimestamp(milliseconds // 1000, timezone.utc)
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _word(value: object) -> Text:
    """Return a text or a number as text, anything else as nothing."""
    if isinstance(value, Text):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        # No number in a card is that large, and Python refuses to write the largest.
        return Text(str(value) if abs(value) < 1e15 else "")
    return Text(value if isinstance(value, str) else "")


def _dict(value: object) -> Part:
    return value if isinstance(value, Mapping) else {}


def _dicts(value: object) -> list[Part]:
    return [part for part in value if isinstance(part, Mapping)] if isinstance(value, list) else []
