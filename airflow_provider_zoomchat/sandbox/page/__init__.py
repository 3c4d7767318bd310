"""The page that shows the chat, live: the files beside this one, and what its script asks for.

It needs no other host: what it loads comes from the sandbox, and the policy that goes with it lets
the browser load and run nothing else.
"""

from __future__ import annotations

from pathlib import Path

from airflow_provider_zoomchat.sandbox import page_data, traces
from airflow_provider_zoomchat.sandbox.http import Answer, Call, refuse
from airflow_provider_zoomchat.sandbox.render.html import CSS
from airflow_provider_zoomchat.sandbox.state import Chat
from airflow_provider_zoomchat.sandbox.traces import Fit

_FOLDER = Path(__file__).parent
_SCRIPTS = {path.name for path in _FOLDER.glob("*.js")}
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


def part(chat: Chat, call: Call, name: str) -> Answer:
    """``GET /sandbox/page/...``: the page's scripts, and its style with that of the messages."""
    if name == "page.css":
        return _file(name, "text/css", CSS)
    if name not in _SCRIPTS:
        raise refuse(404, 404, f"The page has no part {name!r}.")
    return _file(name, "text/javascript")


def messages(chat: Chat, call: Call) -> Answer:
    """``GET /sandbox/messages?place=...&before=...``: those before the one with this number."""
    place, before = (call.query.get(name, "") for name in ("place", "before"))
    if not (before.isascii() and before.isdecimal() and len(before) < 16):
        raise refuse(400, 300, "Invalid parameter: before.")
    return Answer(200, page_data.page(chat, place, int(before)))


def requests(chat: Chat, call: Call) -> Answer:
    """``GET /sandbox/requests``: the newest; with ``?message=...`` those behind a message.

    ``place`` is the id of a channel or the e-mail of a person, ``status`` the first digit of the
    status, or ``none``; ``words`` all stand in the request or its answer.
    """
    names = ("message", "place", "status", "words")
    fit = Fit(*(call.query.get(name, "") for name in names))
    return Answer(200, {"requests": traces.exchanges(chat, fit)})


def _file(name: str, media_type: str, before: str = "") -> Answer:
    content = before.encode() + (_FOLDER / name).read_bytes()
    return Answer(200, content, {**_HEADERS, "content-type": f"{media_type}; charset=utf-8"})
