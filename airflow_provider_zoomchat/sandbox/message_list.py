"""The Team Chat API: the messages of a channel, or of a conversation with a contact.

Source: https://developers.zoom.us/docs/api/team-chat (OAS) for parameters, codes and words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from airflow_provider_zoomchat.sandbox.accounts import acting_user, is_member
from airflow_provider_zoomchat.sandbox.conversation import (
    READ,
    WRITE,
    Conversation,
    code_of,
    described,
    milliseconds,
    moment,
)
from airflow_provider_zoomchat.sandbox.http import Answer, Call, one_page, refuse
from airflow_provider_zoomchat.sandbox.state import Chat, Message
from airflow_provider_zoomchat.sandbox.world import User

MAX_PER_PAGE = 50
MAX_SEARCH_KEY = 256  # characters

# "Only provide past chat messages in recent 6 months", of which the longest have 184 days.
HISTORY = 184 * 24 * 3600 * 1000  # milliseconds


def list_messages(chat: Chat, call: Call, user_id: str) -> Answer:
    """``GET /v2/chat/users/{userId}/messages``."""
    user = acting_user(chat, call, user_id, ("team_chat:read:list_user_messages", READ, WRITE))
    query = call.query
    start, end = _span(query, chat.now() * 1000)
    with_changed = call.flag("include_deleted_and_edited_message")
    found = [
        each
        for each in _asked_for(chat, user, query, with_changed)
        # Both ends are assumed to be inclusive.
        if start <= milliseconds(each.time) <= end
        and (with_changed or not each.deleted)
        and not (each.reply_to and call.flag("exclude_child_message"))
    ]
    found.reverse()  # the newest first, as in the samples of Zoom's Postman collection
    # By their numbers, a page follows the one before it whatever is posted or deleted meanwhile.
    shown, page = one_page(call, found, MAX_PER_PAGE, chat.now(), lambda each: -each.number)
    return Answer(
        200,
        {
            **{name: query[name] for name in ("date", "from", "to") if query.get(name)},
            "messages": [_described(chat, call, each, with_changed) for each in shown],
            **page,
        },
    )


def _asked_for(
    chat: Chat, user: User, query: Mapping[str, str], with_changed: bool
) -> list[Message]:
    """Return the messages of a place, and those that a search finds, the oldest first."""
    kind, key = query.get("search_type", ""), query.get("search_key", "")
    if bool(kind) != bool(key) or kind not in ("", "message", "file") or len(key) > MAX_SEARCH_KEY:
        # The words of this and of most other refusals of a parameter are assumed.
        raise refuse(400, 300, f"Invalid parameter: {'search_type' if key else 'search_key'}.")
    if kind and with_changed:
        raise refuse(400, 300, "Invalid parameter: include_deleted_and_edited_message.")
    messages = list(chat.messages.values())
    if not kind or query.get("to_channel") or query.get("to_contact"):
        place = Conversation.of(chat, user, query)
        messages = [each for each in messages if place.holds(each)]
    else:
        messages = [each for each in messages if _reaches(chat, user, each)]
    if not kind:
        return messages

    def words(message: Message) -> str:
        names = [str(file["name"]) for file in message.files]
        return "\n".join(names) if kind == "file" else message.text

    # How Zoom searches is not documented: without regard to case, in the middle of words too.
    return [each for each in messages if key.casefold() in words(each).casefold()]


def _reaches(chat: Chat, user: User, message: Message) -> bool:
    """Tell whether a message stands in one of the user's channels or conversations."""
    if message.channel is None:
        return user.email in (message.sender_id, message.contact)
    channel = chat.world.channel(message.channel)
    return channel is not None and is_member(user, channel)


def _span(query: Mapping[str, str], now: float) -> tuple[float, float]:
    """Return from when to when, in milliseconds since 1970."""
    if query.get("from") and not query.get("date"):
        start = moment(query, "from")
        end = moment(query, "to") if query.get("to") else now
    else:
        # Of both, `date` counts. A day is assumed to be one of UTC.
        today = datetime.fromtimestamp(now / 1000, timezone.utc).strftime("%Y-%m-%d")
        day = query.get("date") or today
        try:
            if not re.fullmatch(r"\d{4}-\d\d-\d\d", day, re.ASCII):
                raise ValueError
            begins = datetime.fromisoformat(f"{day}T00:00:00+00:00")
        except ValueError:
            raise refuse(400, 300, "Invalid parameter: date.") from None
        start = begins.timestamp() * 1000
        end = start + timedelta(days=1).total_seconds() * 1000 - 1
    if start < now - HISTORY:
        raise refuse(400, 300, "Only provide past chat messages in recent 6 months.")
    return start, end


def _described(chat: Chat, call: Call, message: Message, with_changed: bool) -> dict[str, Any]:
    """Return a message as it is listed."""
    shown = described(chat, call, message)
    if message.deleted:
        shown["message"] = ""  # what is left of it is not documented
    # The samples of this call have whole seconds.
    shown["date_time"] = f"{message.time[:19]}Z"
    shown["reactions"] = [
        {
            "emoji": code_of(emoji),
            "total_count": len(names),
            "senders": [
                {"user_id": person.id, "member_id": person.member_id}
                for name in names
                if (person := chat.world.user(name))
            ],
        }
        for emoji, names in message.reactions.items()
    ]
    if with_changed:
        changed = "Deleted" if message.deleted else "Edited" if message.edited else "Normal"
        shown["status"] = changed
    return shown
