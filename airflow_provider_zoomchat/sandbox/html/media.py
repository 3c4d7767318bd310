"""What a card shows of files, images and videos, as HTML. None of it is fetched.

Sources: https://developers.zoom.us/docs/chat/customizing-messages/ and its sub-pages,
https://developers.zoom.us/docs/chat/appcardbuilder/.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_zoomchat.sandbox.html.markdown import markdown
from airflow_provider_zoomchat.sandbox.html.safe import escape, link, mapping, objects, string
from airflow_provider_zoomchat.sandbox.html.words import bare, words
from airflow_provider_zoomchat.sandbox.sizes import size

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
