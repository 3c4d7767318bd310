"""The page's live connection: server-sent events, as the chat changes.

Each connection begins with all there is to show, so a page is right again after any break without
being loaded anew.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import json

from airflow_provider_zoomchat.sandbox.calls import Call
from airflow_provider_zoomchat.sandbox.chat import Chat
from airflow_provider_zoomchat.sandbox.delivery import Line
from airflow_provider_zoomchat.sandbox.view import View

PATH = "/sandbox/events"

TICK = 0.05  # seconds between two looks at the chat: what comes in between goes out together


async def stream(chat: Chat, call: Call, line: Line) -> None:
    """Answer ``GET /sandbox/events`` until the page is closed or the sandbox stops.

    ``place`` is what to show, by default the place of the last message; with ``message`` the part
    of it around that message.
    """
    await line.begin(200, content_type="text/event-stream", cache_control="no-store")
    view = View(chat, call.query.get("place", ""), call.query.get("message", ""))
    while True:
        with chat.lock:
            event = view.next()
        if event is not None:
            name, value = event
            await line.write(f"event: {name}\ndata: {json.dumps(value)}\n\n".encode())
        if not await line.waited(TICK):
            break
    await line.write(b"", last=True)
