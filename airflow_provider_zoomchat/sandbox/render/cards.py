"""A card as blocks: its head, its bars, and what stands beside them.

A card has been checked by the sandbox's `card_rules` before, so documented keys have values of
their types.

Sources: https://developers.zoom.us/docs/chat/customizing-messages/ and its sub-pages,
https://developers.zoom.us/docs/chat/appcardbuilder/.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timezone
from typing import Any

from ..file_store import size
from .text import read_links, read_markdown, read_text
from .tree import (
    PLAIN,
    Bar,
    Block,
    Box,
    Card,
    Divider,
    Field,
    Fields,
    Line,
    Progress,
    Run,
    Style,
    Text,
    color,
    web_address,
)

Part = Mapping[str, Any]

_BLUE = "#0E72ED"  # the bar's colour unless the card names one
_IMAGE = frozenset({"image"})
_INPUT = PLAIN.with_format("input")
_PICTURE = PLAIN.with_format("picture")


def read_card(content: Part, is_markdown: bool) -> Card:
    """Return a card as it is shown.

    :param content: as it was sent.
    :param is_markdown: the message as a whole is marked as Markdown.
    """
    settings = content.get("settings") or {}
    bar = color(settings.get("default_sidebar_color")) or _BLUE
    head = content.get("head") or {}
    bars: list[Bar] = []
    # A bar goes along each section, and along what stands between two of them.
    between: list[Block] = [
        _words(part, is_markdown, role=role)
        for part, role in ((head, "head"), (head.get("sub_head"), "sub-head"))
        if part
    ]
    for block in content.get("body") or ():
        if block["type"] != "section":
            between += _blocks([block], is_markdown, bar)
            continue
        if between:
            bars.append(Bar(bar, tuple(between)))
            between = []
        bars.append(_section(block, is_markdown, bar))
    if between:
        bars.append(Bar(bar, tuple(between)))
    return Card(tuple(bars), is_split=settings.get("is_split_sidebar") is True)


def _blocks(blocks: Iterable[Part], is_markdown: bool, bar: str) -> Iterator[Block]:
    for block in blocks:
        kind = block["type"]
        if kind == "section":
            yield _section(block, is_markdown, bar)
        elif kind == "page":
            # Zoom shows one at a time.
            for number, page in enumerate(block["pages"], 1):
                title = f"Page {number} of {len(block['pages'])}"
                yield Text("", (Line((Run(title),)),), "foot")
                yield from _blocks(page["body"], is_markdown, bar)
        else:
            yield _block(block, is_markdown)


def _block(block: Part, is_markdown: bool) -> Block:
    """Return a block that holds no others."""
    style, label = block.get("style") or {}, block.get("text") or ""
    match block["type"]:
        case "message":
            return _words(block, is_markdown or block.get("is_markdown_support") is True)
        case "alert":
            # No page lists the levels.
            level = (block.get("level") or "").lower()
            known = level if level in ("success", "warning", "error") else "info"
            return _words(block, is_markdown, role=f"alert {known}")
        case "fields":
            return Fields(tuple(_field(item, is_markdown) for item in block["items"]))
        case "divider":
            is_dotted, is_bold = (style.get(name) is True for name in ("dotted", "bold"))
            return Divider(color(style.get("color")), is_dotted, is_bold)
        case "progress_bar":
            return Progress(block["value"])
        case "attachments" | "file" | "video":
            return _box(block, is_markdown)
        case "images" | "image":
            # Placeholders: to fetch an image would be a request to a host the message names.
            images = [
                (image["image_url"], image.get("alt_text") or "") for image in block["images"]
            ]
            runs = tuple(Run(words, Style(_IMAGE, web_address(url))) for url, words in images)
            return Text("\n".join(words or url for url, words in images), (Line(runs),))
        case "actions":
            return _buttons(block)
        case "select":
            return _select(block, label)
        case "datepicker":
            date = block.get("initial_date")
            return _input(label, f"[{date or 'choose'}]", Run(f"📅 {date or 'Choose'}", _INPUT))
        case "timepicker":
            time = block.get("initial_time")
            return _input(label, f"[{time or 'choose'}]", Run(f"🕒 {time or 'Choose'}", _INPUT))
        case "plain_text_input":
            value = block.get("value")
            text = value or block.get("placeholder") or ""
            shown = _INPUT if value else _INPUT.with_format("hint")
            if block.get("multiline") is True:
                shown = shown.with_format("tall")
            return _input(label, f"[{text or ' '}]", Run(text, shown))
        case "radio_buttons" | "checkboxes":
            return _options(block, label)
    raise AssertionError(f"The card's rules know no {block['type']!r}.")


def _section(block: Part, is_markdown: bool, bar: str) -> Bar:
    own = color(block.get("sidebar_color")) or bar
    footer, moment = block.get("footer") or "", _moment(block.get("ts"))
    runs = (read_links(footer) if is_markdown else (Run(footer),)) if footer else ()
    if moment:
        runs = (*runs, Run(f" · {moment}" if footer else moment))
    return Bar(
        own,
        tuple(_blocks(block["sections"], is_markdown, own)),
        is_row=block.get("layout") == "horizontal",
        foot=Text(footer, (Line(runs),), "foot") if runs else None,
    )


def _moment(milliseconds: int | None) -> str:
    """Return the time so many milliseconds after the UTC epoch; nothing if there is none."""
    # 14 digits end in the year 5138; datetime knows no year beyond 9999.
    if milliseconds is None or milliseconds >= 10**14:
        return ""
    return f"{datetime.fromtimestamp(milliseconds / 1000, timezone.utc):%Y-%m-%d %H:%M} UTC"


def _words(part: Part, is_markdown: bool, key: str = "text", role: str = "block") -> Text:
    """Return what a part of a card says: Markdown, or a text with its style and its link."""
    source = part[key]
    if is_markdown:
        return Text(source, read_markdown(source), role)
    link = part.get("link")
    lines = read_text(source, style=_style(part, link), autolink=not link)
    return Text(source, lines, role, is_editable=part.get("editable") is True)


def _title(part: Part, link: str | None = None) -> Text:
    """Return a text that is not Markdown, and has no link but this one."""
    source = part["text"]
    return Text(source, read_text(source, style=_style(part, link), autolink=False))


def _style(part: Part, link: str | None) -> Style:
    style = part.get("style") or {}
    formats = {
        "bold": style.get("bold") is True,
        "regular": style.get("bold") is False,  # a head is bold by itself
        "italic": style.get("italic") is True,
    }
    return Style(
        frozenset(name for name, is_on in formats.items() if is_on),
        web_address(link),
        color(style.get("color")),
    )


def _field(item: Part, is_markdown: bool) -> Field:
    return Field(item["key"], _words(item, is_markdown, "value"), item.get("short") is True)


def _box(block: Part, is_markdown: bool) -> Box:
    """Return an attachment, a file or a video."""
    if block["type"] == "attachments":
        url, image, count = block["resource_url"], block.get("img_url"), block.get("size")
        information = block["information"]
        # Zoom gives the size in bytes.
        about = [block.get("ext"), size(count) if count is not None and count < 10**15 else ""]
        return Box(
            Run("", Style(_IMAGE, web_address(image))) if image else Run(""),
            _title(information["title"], url),
            url,
            _title(information.get("description") or {"text": ""}),
            " · ".join(filter(None, about)),
        )
    title = block["title"]
    if block["type"] == "file":
        url = title["file_url"]
        description = _words(block.get("description") or {"text": ""}, is_markdown)
        return Box(Run("📄", _PICTURE), _title(title, url), url, description)
    url = block["video_url"]
    marked = is_markdown or title.get("is_markdown_support") is True
    # Markdown may have links of its own, and there is no link in a link.
    shown = _words(title, True) if marked else _title(title, block.get("title_url") or url)
    names = filter(None, (block.get(key) for key in ("author_name", "provider_name")))
    return Box(Run("▶", _PICTURE), shown, url, foot=" · ".join(names))


def _buttons(block: Part) -> Text:
    """Return buttons; those beyond the limit stand in a menu."""
    runs = []
    for item in block["items"]:
        known = {(item.get("style") or "").lower()} & {"primary", "danger", "disabled"}
        runs.append(Run(item["text"], Style(frozenset({"button", *known}))))
    source = " ".join(f"[{run.text}]" for run in runs)
    limit = block.get("limit") or len(runs)
    if limit < len(runs):
        runs[limit:] = [Run("More", choices=tuple(runs[limit:]))]
    return Text(source, (Line(tuple(runs)),))


def _select(block: Part, label: str) -> Text:
    source = block.get("static_source")
    if source:
        return _input(label, f"[{source}]", Run(f"Choose from {source}", _INPUT))
    items = block["select_items"]
    # No page shows what the chosen item looks like in JSON; its value or the item are taken.
    chosen = _value(block.get("selected_item"))
    title = next((item["text"] for item in items if item["value"] == chosen), "Choose")
    menu = Run(title, choices=tuple(Run(item["text"]) for item in items))
    return _input(label, " ".join(f"[{item['text']}]" for item in items), menu)


def _input(label: str, source: str, run: Run) -> Text:
    return Text(f"{label} {source}" if label else source, _labelled(label, [run]))


def _options(block: Part, label: str) -> Text:
    """Return options, each with its mark; a plain text has marks of its own."""
    takes_one, chosen = block["type"] == "radio_buttons", _value(block.get("initial_option"))
    sources, runs = [label] if label else [], []
    for item in block["options"]:
        if takes_one:
            mark, plain_mark = ("◉", "(x)") if item["value"] == chosen else ("○", "( )")
        else:
            is_ticked = item.get("initial_selected") is True
            mark, plain_mark = ("☑", "[x]") if is_ticked else ("☐", "[ ]")
        sources.append(f"{plain_mark} {item['text']}")
        runs.append(Run(f"{mark} {item['text']}"))
    return Text("\n".join(sources), _labelled(label, runs))


def _labelled(label: str, runs: Iterable[Run]) -> tuple[Line, ...]:
    """Return a line for each run, below what they are called, if they are called anything."""
    head = (Line((Run(label),), heading="label"),) if label else ()
    return (*head, *(Line((run,)) for run in runs))


def _value(option: Any) -> Any:
    """Return the value of an option, which may be given by its value alone."""
    return option["value"] if isinstance(option, dict) else option
