"""The chat as HTML, about as Zoom Team Chat's own client shows it. Pure.

Works on messages as the sandbox's state lists them. What a message says never becomes HTML
itself, runs nothing, and loads nothing but the pictures a caller of this gives an address for.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from airflow_provider_zoomchat.sandbox.html.card import card
from airflow_provider_zoomchat.sandbox.html.document import document
from airflow_provider_zoomchat.sandbox.html.files import files
from airflow_provider_zoomchat.sandbox.html.text import escape, rich

Message = Mapping[str, Any]

#: File id -> where its picture is: a ``data:`` URI, or ``/sandbox/files/{id}``.
Images = Mapping[str, str]

_TIME = slice(11, 16)
_AVATARS = ("#0B5CFF", "#00795E", "#8A3FC7", "#B34700", "#A8246E", "#3D5A80")


def message(message: Message, images: Images = MappingProxyType({})) -> str:
    """Return one message as a piece of HTML; :data:`.style.CSS` is what it wears.

    :param images: of its files; one that is not among them is shown as a box with its name.
    """
    reply = " reply" if message["reply_to"] else ""
    sender = str(message["sender"])
    hue = _AVATARS[sum(map(ord, sender)) % len(_AVATARS)]
    time = escape(message["time"])
    return (
        f'<article class="message{reply}">'
        f'<span class="avatar" style="background-color:{hue}">{escape(sender[:1].upper())}</span>'
        f'<div class="content"><header><bdi class="sender">{escape(sender)}</bdi>'
        f'<time datetime="{time}" title="{time}">{escape(message["time"][_TIME])}</time>'
        f"{_seen_by(message)}</header>{_content(message, images)}</div></article>\n"
    )


def page(messages: Iterable[Message], title: str, images: Images = MappingProxyType({})) -> str:
    """Return the chat as one HTML document: by channel, replies under what they answer.

    :param images: of the files, as ``data:`` URIs such as :meth:`.server.Sandbox.images` gives.
    """
    places: dict[str, list[Message]] = {}
    for each in messages:
        places.setdefault(_place(each), []).append(each)
    chat = "".join(
        f"<section><h2><bdi>{escape(place)}</bdi></h2>\n"
        f"{''.join(message(each, images) for each in _by_thread(posted))}</section>\n"
        for place, posted in places.items()
    )
    return document(title, chat or '<p class="note">Nothing was posted.</p>')


def _content(message: Message, images: Images) -> str:
    if message["deleted"]:
        return '<div class="note">This message was deleted.</div>'
    edited = '<span class="note">(edited)</span>' if message["edited"] else ""
    return f"{_body(message)}{files(message['files'], images)}{edited}"


def _body(message: Message) -> str:
    if isinstance(message["content"], dict):
        return card(message["content"], message["is_markdown_support"])
    text = rich(message["text"], message["rich_text"], message["at_items"])
    words = f'<div class="text">{text}</div>' if message["text"] else ""
    cards = (json.loads(each["card_json"]) for each in message["interactive_cards"])
    return words + "".join(card(each["content"], False) for each in cards)


def _seen_by(message: Message) -> str:
    person = message["visible_to_user"]
    return f'<span class="note">Only visible to {escape(person)}</span>' if person else ""


def _place(message: Message) -> str:
    if message["channel"]:
        return f"# {message['channel_name'] or message['channel']}"
    return f"To {message['contact']}"


def _by_thread(messages: Sequence[Message]) -> Iterable[Message]:
    """Yield each first message and then all that answer it, as one level: Zoom shows no more."""
    firsts: dict[str, str] = {}
    threads: dict[str, list[Message]] = {}
    for each in messages:
        # What a message answers came before it, or is not among these.
        own: str = each["id"]
        parent: str = each["reply_to"] or ""
        first = firsts[own] = firsts.get(parent, own)
        threads.setdefault(first, []).append(each)
    for thread in threads.values():
        yield from thread
