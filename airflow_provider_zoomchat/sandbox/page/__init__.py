"""The page that shows the chat, live: the files beside this one, and what its script asks for.

It needs no other host: what it loads comes from the sandbox, and the policy that goes with it lets
the browser load and run nothing else.
"""

from __future__ import annotations

from pathlib import Path

from airflow_provider_zoomchat.sandbox import view
from airflow_provider_zoomchat.sandbox.calls import Answer, Call, refuse
from airflow_provider_zoomchat.sandbox.chat import Chat
from airflow_provider_zoomchat.sandbox.html.style import CSS

_HEADERS = {
    "cache-control": "no-store",
    # A second barrier behind the escaping: nothing that a message says could run or load anything.
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


def document(chat: Chat, call: Call) -> Answer:
    """``GET /``."""
    return _file("page.html", "text/html")


def script(chat: Chat, call: Call) -> Answer:
    """``GET /sandbox/page.js``."""
    return _file("page.js", "text/javascript")


def style(chat: Chat, call: Call) -> Answer:
    """``GET /sandbox/page.css``: that of the messages, and that of what is around them."""
    return _file("page.css", "text/css", CSS)


def messages(chat: Chat, call: Call) -> Answer:
    """``GET /sandbox/messages?place=...&before=...``: those before the one with this number."""
    place, before = (call.query.get(name, "") for name in ("place", "before"))
    if not (before.isascii() and before.isdecimal() and len(before) < 16):
        raise refuse(400, 300, "Invalid parameter: before.")
    return Answer(200, view.page(chat, place, int(before)))


def requests(chat: Chat, call: Call) -> Answer:
    """``GET /sandbox/requests``: the newest; with ``?message=...`` those behind a message."""
    return Answer(200, {"requests": view.exchanges(chat, call.query.get("message", ""))})


def _file(name: str, media_type: str, before: str = "") -> Answer:
    content = before.encode() + Path(__file__).with_name(name).read_bytes()
    return Answer(200, content, {**_HEADERS, "content-type": f"{media_type}; charset=utf-8"})
