"""A text of a card as HTML: Markdown where that is on, with its style, its link and its pen.

Source: https://developers.zoom.us/docs/chat/customizing-messages/ and its sub-pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_zoomchat.sandbox.html.markdown import markdown
from airflow_provider_zoomchat.sandbox.html.text import color, link, mapping, plain, string

Part = Mapping[str, Any]


def words(part: Part, is_markdown: bool, name: str = "text") -> str:
    """Return what a part of a card says; one that can be edited has a pen.

    :param name: the key of the text.
    """
    text = string(part.get(name))
    if is_markdown:
        return markdown(text)
    url = part.get("link")
    pen = '<span class="pen">✎</span>' if part.get("editable") is True else ""
    return pen + _styled(part.get("style"), link(url, plain(text, links=not url)))


def bare(part: Part) -> str:
    """Return what a part of a card says, fit to stand in a link."""
    return _styled(part.get("style"), plain(string(part.get("text")), links=False))


def _styled(style: Any, inner: str) -> str:
    given = mapping(style)
    hue, bold, italic = color(given.get("color")), given.get("bold"), given.get("italic")
    rules = [
        f"--ink:{hue}" if hue else "",
        # A head is bold of itself, so a plain one has to say so.
        "font-weight:600" if bold is True else "font-weight:400" if bold is False else "",
        "font-style:italic" if italic is True else "",
    ]
    css = ";".join(rule for rule in rules if rule)
    return f'<div style="{css}">{inner}</div>' if css else inner
