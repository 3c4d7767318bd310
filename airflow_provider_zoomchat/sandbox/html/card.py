"""A card as HTML: its head, its coloured bars and its blocks. Nothing is fetched, no input works.

Sources: https://developers.zoom.us/docs/chat/customizing-messages/ and its sub-pages,
https://developers.zoom.us/docs/chat/appcardbuilder/.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from typing import Any

from airflow_provider_zoomchat.sandbox.file_store import size
from airflow_provider_zoomchat.sandbox.html.markdown import links_alone, markdown
from airflow_provider_zoomchat.sandbox.html.text import (
    color,
    escape,
    link,
    mapping,
    moment,
    objects,
    percent,
    string,
)
from airflow_provider_zoomchat.sandbox.html.words import bare, words

Block = Mapping[str, Any]


def attachment(block: Block, is_markdown: bool) -> str:
    """Return a linked title with its description, and a placeholder for its image."""
    information = mapping(block.get("information"))
    title, description = (mapping(information.get(name)) for name in ("title", "description"))
    about = " · ".join(
        part for part in (string(block.get("ext")), _size(block.get("size"))) if part
    )
    return (
        f'<div class="box">{_image(block.get("img_url"), "")}<div>'
        f'<div class="title">{link(block.get("resource_url"), bare(title))}</div>'
        f"{bare(description)}"
        f'<div class="foot">{escape(about)}</div></div></div>'
    )


def file(block: Block, is_markdown: bool) -> str:
    """Return a linked title with its description."""
    title, description = mapping(block.get("title")), mapping(block.get("description"))
    return (
        '<div class="box"><span class="picture">📄</span><div>'
        f'<div class="title">{link(title.get("file_url"), bare(title))}</div>'
        f"{words(description, is_markdown)}</div></div>"
    )


def images(block: Block, is_markdown: bool) -> str:
    """Return a placeholder for each image."""
    return "".join(
        _image(image.get("image_url"), string(image.get("alt_text")))
        for image in objects(block.get("images"))
    )


def video(block: Block, is_markdown: bool) -> str:
    """Return a linked title, and who made it."""
    title = mapping(block.get("title"))
    marked = is_markdown or title.get("is_markdown_support") is True
    url = block.get("title_url") or block.get("video_url")
    # Markdown may have links of its own, and HTML knows no link in a link.
    shown = markdown(string(title.get("text"))) if marked else link(url, bare(title))
    names = [escape(string(block.get(name))) for name in ("author_name", "provider_name")]
    return (
        f'<div class="box"><span class="picture">▶</span><div><div class="title">{shown}</div>'
        f'<div class="foot">{" · ".join(name for name in names if name)}</div></div></div>'
    )


def _image(url: Any, label: str) -> str:
    # A placeholder: to fetch the image would be a request to a host that the message names.
    shown = f'<span class="picture">🖼</span>{escape(label)}'
    return link(url, f'<span class="image">{shown}</span>') if url or label else ""


def _size(count: Any) -> str:
    # Zoom gives it in bytes.
    return size(count) if type(count) is int and 0 <= count < 10**15 else ""


def _actions(block: Block) -> str:
    """Return buttons; those beyond the limit stand in a menu."""
    buttons = [_button(item) for item in objects(block.get("items"))]
    limit = block.get("limit")
    shown = limit if type(limit) is int and limit > 0 else len(buttons)
    return "".join([*buttons[:shown], _menu("More", buttons[shown:])])


def _button(item: Mapping[str, Any]) -> str:
    style = string(item.get("style")).lower()
    known = style if style in ("primary", "danger", "disabled") else "default"
    return f'<span class="button {known}">{escape(string(item.get("text")))}</span>'


def _menu(label: str, choices: Iterable[str]) -> str:
    """Return a menu of HTML that opens without a script, or nothing for no choices."""
    items = "".join(f"<div>{choice}</div>" for choice in choices)
    return f"<details><summary>{escape(label)}</summary>{items}</details>" if items else ""


def _select(block: Block) -> str:
    items = objects(block.get("select_items"))
    source = string(block.get("static_source"))
    # No page shows what the chosen item looks like in JSON; its value or the item are taken.
    chosen = block.get("selected_item")
    chosen = chosen.get("value") if isinstance(chosen, dict) else chosen
    label = next(
        (string(item.get("text")) for item in items if chosen and item.get("value") == chosen),
        f"Choose from {source}" if source else "Choose",
    )
    choices = [escape(string(item.get("text"))) for item in items]
    menu = _menu(label, choices) or f'<span class="input">{escape(label)}</span>'
    return _label(block) + menu


def _picker(icon: str, name: str) -> Callable[[Block], str]:
    def picker(block: Block) -> str:
        value = escape(string(block.get(name))) or "Choose"
        return f'{_label(block)}<span class="input">{icon} {value}</span>'

    return picker


def _radio_buttons(block: Block) -> str:
    chosen = block.get("initial_option")
    chosen = chosen.get("value") if isinstance(chosen, dict) else chosen
    return _label(block) + "".join(
        _choice("◉" if chosen and item.get("value") == chosen else "○", item)
        for item in objects(block.get("options"))
    )


def _checkboxes(block: Block) -> str:
    return _label(block) + "".join(
        _choice("☑" if item.get("initial_selected") is True else "☐", item)
        for item in objects(block.get("options"))
    )


def _choice(mark: str, item: Mapping[str, Any]) -> str:
    return f"<div>{mark} {escape(string(item.get('text')))}</div>"


def _text_input(block: Block) -> str:
    value = escape(string(block.get("value")))
    hint = f'<span class="hint">{escape(string(block.get("placeholder")))}</span>'
    tall = " tall" if block.get("multiline") is True else ""
    return f'{_label(block)}<span class="input{tall}">{value or hint}</span>'


def _label(block: Block) -> str:
    text = escape(string(block.get("text")))
    return f'<div class="label">{text}</div>' if text else ""


BLOCKS: Mapping[str, Callable[[Block], str]] = {
    "actions": _actions,
    "select": _select,
    "datepicker": _picker("📅", "initial_date"),
    "timepicker": _picker("🕒", "initial_time"),
    "radio_buttons": _radio_buttons,
    "checkboxes": _checkboxes,
    "plain_text_input": _text_input,
}


_BLUE = "#0E72ED"  # the bar's colour unless the card names one
_MOST_NESTED = 8  # sections in sections; nobody could read what is deeper


def card(content: Mapping[str, Any], is_markdown: bool) -> str:
    """Return a card as HTML.

    :param is_markdown: the message as a whole is marked as Markdown.
    """
    settings = mapping(content.get("settings"))
    bar = color(settings.get("default_sidebar_color")) or _BLUE
    split = " split" if settings.get("is_split_sidebar") is True else ""
    body = objects(content.get("body"))
    head = _head(mapping(content.get("head")), is_markdown)
    return f'<div class="card{split}">{_bars(head, body, bar, is_markdown)}</div>'


def _head(head: Mapping[str, Any], is_markdown: bool) -> str:
    sub_head = mapping(head.get("sub_head"))
    return "".join(
        f'<div class="{name}">{words(part, is_markdown)}</div>'
        for name, part in (("head", head), ("sub-head", sub_head))
        if part.get("text")
    )


def _bars(head: str, body: Iterable[Block], bar: str, is_markdown: bool) -> str:
    """Return head and body, with a bar along each section and along what stands between them."""
    pieces = [head] if head else []
    groups = []
    for is_section, group in groupby(body, key=lambda block: block.get("type") == "section"):
        if is_section:
            groups += [
                *_barred(pieces, bar),
                *(_block(block, is_markdown, 0, bar) for block in group),
            ]
            pieces = []
        else:
            pieces += [_block(block, is_markdown, 0, bar) for block in group]
    return "".join([*groups, *_barred(pieces, bar)])


def _barred(pieces: list[str], bar: str) -> list[str]:
    inner = "".join(pieces)
    return [f'<div class="bar" style="border-color:{bar}">{inner}</div>'] if inner else []


def _block(block: Block, is_markdown: bool, depth: int, bar: str) -> str:
    kind = string(block.get("type"))
    if kind in ("section", "page"):
        if depth == _MOST_NESTED:
            return "<div>…</div>"
        render = _section if kind == "section" else _pages
        return render(block, is_markdown, depth + 1, bar)
    if kind in _BLOCKS:
        return f'<div class="block">{_BLOCKS[kind](block, is_markdown)}</div>'
    if kind in BLOCKS:
        return f'<div class="block">{BLOCKS[kind](block)}</div>'
    return ""  # no API accepts such a block


def _section(block: Block, is_markdown: bool, depth: int, bar: str) -> str:
    own = color(block.get("sidebar_color")) or bar
    row = " row" if block.get("layout") == "horizontal" else ""
    inner = "".join(
        _block(part, is_markdown, depth, own) for part in objects(block.get("sections"))
    )
    footer = string(block.get("footer"))
    shown = links_alone(footer) if is_markdown else escape(footer)
    below = " · ".join(part for part in (shown, moment(block.get("ts"))) if part)
    foot = f'<div class="foot">{below}</div>' if below else ""
    return "".join(_barred([f'<div class="section{row}">{inner}</div>{foot}'], own))


def _pages(block: Block, is_markdown: bool, depth: int, bar: str) -> str:
    """Return every page; Zoom shows one at a time."""
    pages = objects(block.get("pages"))
    return "".join(
        f'<div class="foot">Page {number} of {len(pages)}</div>'
        + "".join(_block(part, is_markdown, depth, bar) for part in objects(page.get("body")))
        for number, page in enumerate(pages, 1)
    )


def _message(block: Block, is_markdown: bool) -> str:
    return words(block, is_markdown or block.get("is_markdown_support") is True)


def _fields(block: Block, is_markdown: bool) -> str:
    items = "".join(
        f'<div class="{"short" if item.get("short") is True else "long"}">'
        f"<dt>{escape(string(item.get('key')))}</dt>"
        f"<dd>{words(item, is_markdown, 'value')}</dd></div>"
        for item in objects(block.get("items"))
    )
    return f"<dl>{items}</dl>"


def _divider(block: Block, is_markdown: bool) -> str:
    style = mapping(block.get("style"))
    hue = color(style.get("color"))
    rules = [
        f"border-top-color:{hue}" if hue else "",
        "border-top-style:dotted" if style.get("dotted") is True else "",
        "border-top-width:2px" if style.get("bold") is True else "",
    ]
    return f'<hr style="{";".join(rule for rule in rules if rule)}">'


def _progress(block: Block, is_markdown: bool) -> str:
    done = percent(block.get("value"))
    return (
        f'<div class="progress"><div style="width:{done}%"></div></div>'
        f'<div class="foot">{done} %</div>'
    )


def _alert(block: Block, is_markdown: bool) -> str:
    # No page lists the levels.
    level = string(block.get("level")).lower()
    known = level if level in ("info", "success", "warning", "error") else "info"
    return f'<div class="alert {known}">{words(block, is_markdown)}</div>'


_BLOCKS: Mapping[str, Callable[[Block, bool], str]] = {
    "message": _message,
    "fields": _fields,
    "attachments": attachment,
    "file": file,
    "images": images,
    "image": images,
    "divider": _divider,
    "progress_bar": _progress,
    "alert": _alert,
    "video": video,
}
