"""The requests that the page shows: all, or those that pass a filter.

Whoever uses it holds the lock of the state.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from airflow_provider_zoomchat.sandbox.state import Chat, Exchange

_PLAIN = json.JSONEncoder(ensure_ascii=False)


@dataclass(frozen=True)
class Filter:
    """Which requests are shown; a field that is empty lets all pass.

    :param message: the id of a message that it names or has changed, or whose files it has
        uploaded.
    :param place: the id of a channel or the e-mail of a person to whom it has posted, or would
        have.
    :param status: the first digit of its status, or "none" without an answer.
    :param words: words that all stand in the request or its answer, in capitals or not.
    """

    message: str = ""
    place: str = ""
    status: str = ""
    words: str = ""


def found_requests(chat: Chat, wanted: Filter) -> Iterator[dict[str, Any]]:
    """Yield the requests that pass a filter, latest first, with bodies and answers as text."""
    message = chat.messages.get(wanted.message)
    ids = {wanted.message, *((message.draft_id, *message.file_ids) if message else ())} - {""}
    words = wanted.words.lower().split()
    for each in reversed(chat.traffic):
        status = str(each.status)[0] if each.status else "none"
        if (
            (not wanted.message or _concerns(each, ids))
            and wanted.status in ("", status)
            and (not wanted.place or _goes_to(chat, each, wanted.place))
            and (not words or _says(each, words))
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
    text = "\n".join(each if isinstance(each, str) else _PLAIN.encode(each) for each in said)
    text = text.lower()
    return all(word in text for word in words)


def _address(exchange: Exchange) -> str:
    query = "&".join(f"{name}={value}" for name, value in exchange.query.items())
    return f"{exchange.path}?{query}" if query else exchange.path


def _readable(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False, indent=2)
