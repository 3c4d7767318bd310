"""The page that shows the chat, live: its files, the messages of a place, requests.

Whoever uses it holds the lock of the state. Messages come as HTML, made by :mod:`.render.html`.
Each connection begins with all there is to show, so a page is right again after any break without
being loaded anew. It needs no other host: what it loads comes from the sandbox, and the policy that
goes with it lets the browser load and run nothing else.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from starlette.responses import Response, StreamingResponse

from airflow_provider_zoomchat.sandbox import world
from airflow_provider_zoomchat.sandbox.accounts import is_member
from airflow_provider_zoomchat.sandbox.http import Answer, Call, refuse
from airflow_provider_zoomchat.sandbox.render import html
from airflow_provider_zoomchat.sandbox.state import Chat, Exchange, Message

NEWEST = 100  # messages, and requests, that are shown at a time
DRAWN = 10 * NEWEST  # messages of which the HTML is kept
TICK = 0.05  # seconds between updates; changes in between are sent together

_UNESCAPED_JSON = json.JSONEncoder(ensure_ascii=False)
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


def document(call: Call) -> Answer:
    """``GET /``."""
    return _file("page.html", "text/html")


def part(call: Call, name: str) -> Answer:
    """``GET /sandbox/page/...``: the page's scripts, and its style with that of the messages."""
    if name == "page.css":
        return _file(name, "text/css", html.CSS)
    if name not in _SCRIPTS:
        raise refuse(404, 404, f"The page has no part {name!r}.")
    return _file(name, "text/javascript")


def messages(call: Call) -> Answer:
    """``GET /sandbox/messages?place=...&before=...``: those before the one with this number."""
    place, before = (call.query.get(name, "") for name in ("place", "before"))
    if not (before.isascii() and before.isdecimal() and len(before) < 16):
        raise refuse(400, 300, "Invalid parameter: before.")
    return Answer(200, messages_of(call.chat, place, int(before)))


def requests(call: Call) -> Answer:
    """``GET /sandbox/requests``: the newest; with ``?message=...`` those behind a message.

    ``place`` is the id of a channel or the e-mail of a person, ``status`` the first digit of the
    status, or ``none``; ``words`` all stand in the request or its answer.
    """
    wanted = (call.query.get(name, "") for name in ("message", "place", "status", "words"))
    return Answer(200, {"requests": list(islice(found_requests(call.chat, *wanted), NEWEST))})


def stream(call: Call) -> Response:
    """``GET /sandbox/events``: server-sent events until the page is closed or the sandbox stops.

    ``place`` is what to show, by default the place of the last message; with ``message`` the part
    of it around that message.
    """
    view = View(call.chat, call.query.get("place", ""), call.query.get("message", ""))

    async def events() -> AsyncIterator[str]:
        is_stopping = False
        while not is_stopping:
            is_stopping = call.is_stopping()  # so that the last changes are sent too
            event = view.next()
            if event is not None:
                name, value = event
                yield f"event: {name}\ndata: {json.dumps(value)}\n\n"
            await asyncio.sleep(TICK)

    headers = {"content-type": "text/event-stream", "cache-control": "no-store"}
    return StreamingResponse(events(), headers=headers)


class View:
    """One page's look at the chat: all of a place first, then what has changed since.

    :param place: the id of a channel or the e-mail of a person; nothing is where the last message
        was posted.
    :param message_id: of a message to be shown with those around it, instead of the newest.
    """

    def __init__(self, chat: Chat, place: str, message_id: str = "") -> None:
        self._chat = chat
        self._sought = message_id
        self._place = place or _latest(chat)
        self._version = 0
        self._life = ""  # nothing was shown yet
        self._panel: Any = None

    def next(self) -> tuple[str, dict[str, Any]] | None:
        """Return what to show next; None if nothing has changed.

        ``snapshot`` is all there is to show, ``changes`` the messages and, if it is another, the
        panel.
        """
        with self._chat:
            return self._next(self._chat)

    def _next(self, chat: Chat) -> tuple[str, dict[str, Any]] | None:
        panel = _panel(chat, self._place)
        since, self._version = self._version, chat.version
        changed = _with_mains(chat, chat.changed_since(since))
        changed = [each for each in changed if chat.place_of(each) == self._place]
        if self._life != chat.life or len(changed) > NEWEST:
            self._life, self._panel = chat.life, panel
            sought, self._sought = self._sought, ""
            shown = around(chat, self._place, sought)
            return "snapshot", {"place": self._place, "life": chat.life, **shown, "panel": panel}
        if not changed and panel == self._panel:
            return None
        value: dict[str, Any] = {"messages": [_drawn(chat, each) for each in changed]}
        if panel != self._panel:
            value["panel"] = self._panel = panel
        return "changes", value


def around(chat: Chat, place: str, message_id: str) -> dict[str, Any]:
    """Return a message of a place with those around it, and whether there are older and newer.

    Without such a message it is the newest of the place.
    """
    message = chat.messages.get(message_id)
    if message is None or chat.place_of(message) != place:
        return messages_of(chat, place)
    ordered = list(_backwards(chat, place))[::-1]
    end = max(NEWEST, ordered.index(message) + NEWEST // 2)
    return messages_of(chat, place, before=ordered[min(end, len(ordered)) - 1].number + 1)


def messages_of(chat: Chat, place: str, before: float = float("inf")) -> dict[str, Any]:
    """Return messages of a place, oldest first, and whether there are older and newer ones.

    :param before: the number of a message: the newest of those posted before it.
    """
    found = list(islice(_backwards(chat, place, before), NEWEST + 1))
    newest = next(_backwards(chat, place), None)
    return {
        "messages": [_drawn(chat, each) for each in reversed(found[:NEWEST])],
        "older": len(found) > NEWEST,
        "newer": newest is not None and newest.number >= before,
    }


def _drawn(chat: Chat, message: Message) -> dict[str, Any]:
    """Return a message as the page shows it, made once for all pages."""
    # A message that waits for its time has no version yet, and does not change.
    key = message.id, chat.versions.get(message.id, 0), message.replies
    if key not in chat.drawn:
        ids = (file["id"] for file in message.files)
        images = {each: f"/sandbox/files/{each}" for each in ids if chat.files.is_picture(each)}
        chat.drawn[key] = {
            "id": message.id,
            "number": message.number,
            "thread": message.id if message.scheduled_time else chat.thread_of(message),
            "reactions": message.reactions,
            "deleted": message.deleted,
            "html": html.message(vars(message), images),
        }
        if len(chat.drawn) > DRAWN:
            chat.drawn.popitem(last=False)
    return chat.drawn[key]


def _with_mains(chat: Chat, changed: list[Message]) -> list[Message]:
    """Return messages with the first ones of their threads, which count the replies."""
    found = {each.id: each for each in changed}
    for each in changed:
        main = chat.messages[chat.thread_of(each)]
        found.setdefault(main.id, main)
    return list(found.values())


def _backwards(chat: Chat, place: str, before: float = float("inf")) -> Iterator[Message]:
    for message in reversed(chat.messages.values()):
        if message.number < before and chat.place_of(message) == place:
            yield message


def _latest(chat: Chat) -> str:
    for message in reversed(chat.messages.values()):
        return chat.place_of(message)
    return world.DATA_PIPELINES.id


def _panel(chat: Chat, place: str) -> dict[str, Any]:
    return {
        "places": _places(chat),
        "scheduled": [_drawn(chat, each) for each in chat.drafts if each.place == place],
        "faults": [
            {name: getattr(fault, name) for name in ("kind", "status", "seconds", "path", "times")}
            for fault in chat.faults
        ],
        "limits": chat.options.limits,
        "calls": chat.calls,
        "answered": chat.answered,
    }


def _places(chat: Chat) -> list[dict[str, Any]]:
    channels = chat.world.channels
    people = [place for place in chat.posted if place not in channels]
    return [
        *(_listed(chat, each.id, f"# {each.name}", _note(each)) for each in channels.values()),
        *(_listed(chat, each, f"To {each}", "") for each in people),
    ]


def _listed(chat: Chat, key: str, name: str, note: str) -> dict[str, Any]:
    return {"key": key, "name": name, "note": note, "posted": chat.posted[key]}


def _note(channel: world.Channel) -> str:
    if channel.archived:
        return "archived"
    if channel.encrypted:
        return "end-to-end encrypted"
    return "" if is_member(world.AIRFLOW, channel) else "Airflow is no member"


def found_requests(
    chat: Chat, message_id: str = "", place: str = "", status: str = "", words: str = ""
) -> Iterator[dict[str, Any]]:
    """Yield the requests that fit, latest first, with bodies and answers as text.

    A filter that is empty lets all pass.

    :param message_id: of a message that it names or has changed, or whose files it has uploaded.
    :param place: the id of a channel or the e-mail of a person to whom it has posted, or would
        have.
    :param status: the first digit of its status, or "none" without an answer.
    :param words: words that all stand in the request or its answer, in capitals or not.
    """
    message = chat.messages.get(message_id)
    ids = {message_id, *((message.draft_id, *message.file_ids) if message else ())} - {""}
    wanted = words.lower().split()
    for each in reversed(chat.traffic):
        if (
            (not message_id or _concerns(each, ids))
            and status in ("", str(each.status)[0] if each.status else "none")
            and (not place or _goes_to(chat, each, place))
            and (not wanted or _says(each, wanted))
        ):
            texts = {"body": _readable(each.body), "answer": _readable(each.answer)}
            yield {**vars(each), "path": _address(each), **texts}


def _concerns(exchange: Exchange, ids: set[str]) -> bool:
    answer = exchange.answer
    return (
        not ids.isdisjoint(exchange.messages)
        or not ids.isdisjoint(exchange.path.split("/"))
        or (isinstance(answer, dict) and answer.get("id") in ids)
    )


def _goes_to(chat: Chat, exchange: Exchange, place: str) -> bool:
    changed = (chat.messages[each] for each in exchange.messages if each in chat.messages)
    if any(chat.place_of(each) == place for each in changed):
        return True
    # What was refused has changed nothing, and names where it was to go.
    body = exchange.body if isinstance(exchange.body, dict) else {}
    for name in ("to_channel", "to_contact", "to_jid"):
        named = exchange.query.get(name) or body.get(name)
        if isinstance(named, str) and _is_place(chat, named, place):
            return True
    return False


def _is_place(chat: Chat, named: str, place: str) -> bool:
    channel_id = named.lower().removesuffix("@conference.xmpp.zoom.us")
    if place in chat.world.channels:
        return channel_id == place.lower()
    person = chat.world.user(place)
    names = (person.id, person.member_id, person.email, person.jid) if person else ()
    return named.lower() in (name.lower() for name in names)


def _says(exchange: Exchange, words: list[str]) -> bool:
    said = (exchange.method, _address(exchange), exchange.why, exchange.body, exchange.answer)
    # JSON without the indentation it is shown with, which takes several times as long: ten thousand
    # may be searched.
    text = "\n".join(
        each if isinstance(each, str) else _UNESCAPED_JSON.encode(each) for each in said
    )
    text = text.lower()
    return all(word in text for word in words)


def _address(exchange: Exchange) -> str:
    query = "&".join(f"{name}={value}" for name, value in exchange.query.items())
    return f"{exchange.path}?{query}" if query else exchange.path


def _readable(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False, indent=2)


def _file(name: str, media_type: str, before: str = "") -> Answer:
    content = before.encode() + (_FOLDER / name).read_bytes()
    return Answer(200, content, {**_HEADERS, "content-type": f"{media_type}; charset=utf-8"})
