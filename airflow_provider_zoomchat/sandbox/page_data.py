"""What the sandbox's page shows: a place with its newest messages, and server-sent events.

Whoever uses it holds the lock of the state. Messages come as HTML, made by :mod:`.render.html`.
Each connection begins with all there is to show, so a page is right again after any break without
being loaded anew.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Iterator
from itertools import islice
from typing import Any
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

from airflow_provider_zoomchat.sandbox import drafts, world
from airflow_provider_zoomchat.sandbox.http import Answer, Call, Refusal
from airflow_provider_zoomchat.sandbox.render import html
from airflow_provider_zoomchat.sandbox.state import Chat, Message


def follow_link(chat: Chat, call: Call, token: str) -> Response:
    """``GET /launch/chat/v2/{token}``: a channel, a person or a message."""
    try:
        padded = token + "=" * (-len(token) % 4)
        target = json.loads(base64.b64decode(padded, altchars=b"-_"))
        place = chat.world.by_jid(target["sid"])
        message_id = str(target.get("mid", ""))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        place = None
    if place is None:
        raise Refusal(404, "This link leads to no channel and no person of the sandbox.\n")
    key = place.id if isinstance(place, world.Channel) else place.email
    parts = (quote(part, safe="@") for part in (key, message_id) if part)
    return Answer(302, headers={"location": f"/#{'/'.join(parts)}"})


def follow_bot_link(chat: Chat, call: Call) -> Response:
    """``GET /launch/chat?jid=robot_...``: the bot, whose messages stand in the channels."""
    return Answer(302, headers={"location": "/"})


NEWEST = 100  # messages that are shown at a time
DRAWN = 10 * NEWEST  # messages of which the HTML is kept
TICK = 0.05  # seconds between updates; changes in between are sent together


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
        chat = self._chat
        drafts.post_due(chat)
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
        return page(chat, place)
    ordered = list(_backwards(chat, place))[::-1]
    end = max(NEWEST, ordered.index(message) + NEWEST // 2)
    return page(chat, place, before=ordered[min(end, len(ordered)) - 1].number + 1)


def page(chat: Chat, place: str, before: float = float("inf")) -> dict[str, Any]:
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
    version = 0 if message.scheduled_time else chat.version_of(message)
    key = message.id, version, message.replies
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
        "limits": chat.limits,
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
    is_member = channel.members is None or world.AIRFLOW.email in channel.members
    return "" if is_member else "Airflow is no member"


def stream(chat: Chat, call: Call) -> Response:
    """``GET /sandbox/events``: server-sent events until the page is closed or the sandbox stops.

    ``place`` is what to show, by default the place of the last message; with ``message`` the part
    of it around that message.
    """
    view = View(chat, call.query.get("place", ""), call.query.get("message", ""))

    async def events() -> AsyncIterator[str]:
        is_stopping = False
        while not is_stopping:
            is_stopping = call.is_stopping()  # so that the last changes are sent too
            with chat.lock:
                event = view.next()
            if event is not None:
                name, value = event
                yield f"event: {name}\ndata: {json.dumps(value)}\n\n"
            await asyncio.sleep(TICK)

    headers = {"content-type": "text/event-stream", "cache-control": "no-store"}
    return StreamingResponse(events(), headers=headers)
