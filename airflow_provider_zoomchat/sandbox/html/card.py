"""A card as HTML: its head, its coloured bars and its blocks.

Sources: https://developers.zoom.us/docs/chat/customizing-messages/ and its sub-pages,
https://developers.zoom.us/docs/chat/appcardbuilder/.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from typing import Any

from airflow_provider_zoomchat.sandbox.html import inputs, media
from airflow_provider_zoomchat.sandbox.html.markdown import links_alone
from airflow_provider_zoomchat.sandbox.html.safe import (
    color,
    escape,
    mapping,
    moment,
    objects,
    percent,
    string,
)
from airflow_provider_zoomchat.sandbox.html.words import words

Block = Mapping[str, Any]

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
    if kind in inputs.BLOCKS:
        return f'<div class="block">{inputs.BLOCKS[kind](block)}</div>'
    return ""  # no door lets such a block in


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
    "attachments": media.attachment,
    "file": media.file,
    "images": media.images,
    "image": media.images,
    "divider": _divider,
    "progress_bar": _progress,
    "alert": _alert,
    "video": media.video,
}
