"""Messages through an incoming webhook: arguments to requests. Pure.

Zoom answers without a message id, so nothing posted here can be edited, deleted or replied to.
Source, unless named otherwise: https://support.zoom.com KB0067640
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from . import validation
from .http import Request, json_request


def send(
    webhook_url: str,
    *,
    message: str | None = None,
    content: dict[str, Any] | None = None,
    zoom_markdown: Any = None,
) -> Request:
    """Return the request that posts a text or a card into the webhook's channel.

    A plain text goes as it is (``format=message``); a card, or a text with markdown, as
    ``format=full``.

    :param message: a plain text, or one in Zoom's own markdown.
    :param content: instead of it a card, as Zoom takes it.

    Answer: 200; its body is not documented.
    """
    parts = urlsplit(webhook_url.strip())
    call: dict[str, Any] = {
        "doing": "send a message through the webhook",
        "api": "webhook",
        # A webhook has one channel.
        "target": "",
        "method": "POST",
        # What the URL has as its query is an example's format; ours is in params.
        "url": f"{parts.scheme}://{parts.netloc}{parts.path}",
    }
    has_markdown = validation.flag("zoom_markdown", zoom_markdown)
    if message is not None and not has_markdown:
        return Request(
            **call,
            params={"format": "message"},
            # Zoom's own example says JSON of what is a bare text; quotes around it are printed
            # (a public Go client, tried against Zoom 2026-08).
            headers={"Content-Type": "application/json"},
            body=message.encode("utf-8", "replace"),
        )
    card = content or {"body": [{"type": "message", "text": message}]}
    full = (
        {"content": card}
        if has_markdown is None
        else {"is_markdown_support": has_markdown, "content": card}
    )
    return json_request(full, **call, params={"format": "full"})
