"""The files of a message as HTML: pictures where their bytes are at hand, otherwise boxes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from airflow_provider_zoomchat.sandbox.file_store import size
from airflow_provider_zoomchat.sandbox.html.text import escape

File = Mapping[str, Any]

# What a picture may be fetched from: the page itself, or the sandbox that serves the page. Nothing
# of it comes from a message, and it is checked all the same.
_ADDRESS = re.compile(
    r"data:image/(?:png|jpeg|gif);base64,[A-Za-z0-9+/]+=*|/sandbox/files/[A-Za-z0-9]+"
)


def files(listed: Iterable[File], images: Mapping[str, str]) -> str:
    """Return the files of a message as HTML.

    :param listed: as the message lists them.
    :param images: file id -> where its picture is: a ``data:`` URI, or ``/sandbox/files/{id}``.
    """
    inner = "".join(_file(file, images.get(file["id"], "")) for file in listed)
    return f'<div class="files">{inner}</div>' if inner else ""


def _file(file: File, address: str) -> str:
    name = escape(file["name"])
    if file["image"] and _ADDRESS.fullmatch(address):
        return f'<img src="{address}" alt="{name}" title="{name}">'
    icon = "🖼" if file["image"] else "📄"
    return (
        f'<div class="box"><span class="picture">{icon}</span><div>'
        f'<div class="title"><bdi>{name}</bdi></div><div class="foot">{size(file["size"])}</div>'
        "</div></div>"
    )
