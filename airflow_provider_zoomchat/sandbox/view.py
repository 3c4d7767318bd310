"""What the page shows of the chat, as JSON values: a place with its newest messages, what changed.

Whoever uses it holds the chat's lock. Messages come as HTML, made by :mod:`.html`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from airflow_provider_zoomchat.sandbox import html, world
from airflow_provider_zoomchat.sandbox.chat import Chat, Message

NEWEST = 100  # messages, and requests, that are shown at a time


class View:
    """One page's look at the chat: all of a place first, then what has changed since.

    :param place: the id of a channel or the e-mail of a person; nothing is where the last message
        was posted.
    """

    def __init__(self, chat: Chat, place: str) -> None:
        self._chat = chat
        self._place = place or _latest(chat)
        self._version = 0
        self._resets = -1  # none was shown yet
        self._panel: Any = None

    def next(self) -> tuple[str, dict[str, Any]] | None:
        """Return what to show next; None if nothing has changed.

        ``snapshot`` is all there is to show, ``changes`` the messages and, if it is another, the
        panel.
        """
        chat = self._chat
        panel = _panel(chat)
        since, self._version = self._version, chat.version
        changed = [each for each in chat.changed_since(since) if each.place == self._place]
        is_new = self._resets != chat.resets
        if is_new or len(changed) > NEWEST:
            self._resets, self._panel = chat.resets, panel
            return "snapshot", {"place": self._place, **page(chat, self._place), "panel": panel}
        if not changed and panel == self._panel:
            return None
        value: dict[str, Any] = {"messages": [_shown(chat, each) for each in changed]}
        if panel != self._panel:
            value["panel"] = self._panel = panel
        return "changes", value


def page(chat: Chat, place: str, before: str = "") -> dict[str, Any]:
    """Return the newest messages of a place, oldest first, and whether there are older ones.

    :param before: the id of a message: only those posted before it.
    """
    found = list(islice(_backwards(chat, place, before), NEWEST + 1))
    messages = [_shown(chat, each) for each in reversed(found[:NEWEST])]
    return {"messages": messages, "older": len(found) > NEWEST}


def exchanges(chat: Chat, message_id: str = "") -> list[dict[str, Any]]:
    """Return the newest requests, latest first; with an id those that name or changed a message."""
    return [
        vars(each)
        for each in islice(
            (
                each
                for each in reversed(chat.traffic)
                if not message_id or message_id in each.messages or message_id in each.path
            ),
            NEWEST,
        )
    ]


def _backwards(chat: Chat, place: str, before: str) -> Iterator[Message]:
    messages: Iterable[Message] = reversed(chat.messages.values())
    is_before = not before
    for message in messages:
        if is_before and message.place == place:
            yield message
        is_before = is_before or message.id == before


def _latest(chat: Chat) -> str:
    for message in reversed(chat.messages.values()):
        return message.place
    return world.DATA_PIPELINES.id


def _shown(chat: Chat, message: Message) -> dict[str, Any]:
    files = (file["id"] for file in message.files)
    images = {each: f"/sandbox/files/{each}" for each in files if chat.files.is_picture(each)}
    return {
        "id": message.id,
        "thread": chat.thread_of(message),
        "html": html.message(vars(message), images),
    }


def _panel(chat: Chat) -> dict[str, Any]:
    return {
        "places": _places(chat),
        "faults": [
            {name: fault.as_json()[name] for name in ("kind", "status", "seconds", "path", "times")}
            for fault in chat.faults
        ],
        "limits": chat.limits,
        "calls": chat.calls,
    }


def _places(chat: Chat) -> list[dict[str, Any]]:
    channels = chat.world.channels
    people = [place for place in chat.posted if place not in channels]
    return [
        *(
            {"key": each.id, "name": f"# {each.name}", "note": _note(each), "posted": count}
            for each in channels.values()
            for count in [chat.posted[each.id]]
        ),
        *(
            {"key": each, "name": f"To {each}", "note": "", "posted": chat.posted[each]}
            for each in people
        ),
    ]


def _note(channel: world.Channel) -> str:
    if channel.archived:
        return "archived"
    if channel.encrypted:
        return "end-to-end encrypted"
    is_member = channel.members is None or world.AIRFLOW.email in channel.members
    return "" if is_member else "Airflow is no member"
