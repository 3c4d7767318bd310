"""The Team Chat API: messages that are read: one, those of a place, the replies of a thread.

Source: https://developers.zoom.us/docs/api/team-chat (OAS) for parameters, codes, words and fields.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from airflow_provider_zoomchat.sandbox import fields
from airflow_provider_zoomchat.sandbox.accounts import (
    READ,
    WRITE,
    Conversation,
    acting_user,
    can_see,
    link,
)
from airflow_provider_zoomchat.sandbox.http import Answer, Call, one_page, refuse
from airflow_provider_zoomchat.sandbox.state import Chat, Message
from airflow_provider_zoomchat.sandbox.world import User

MAX_PER_PAGE = 50
MAX_REPLIES = 100  # of one answer
MAX_SEARCH_KEY = 256  # characters

# "Only provide past chat messages in recent 6 months", of which the longest have 184 days.
DAY = 24 * 3600 * 1000  # milliseconds
HISTORY = 184 * DAY


def get_message(call: Call, user_id: str, message_id: str) -> Answer:
    """``GET /v2/chat/users/{userId}/messages/{messageId}``, the target in the query."""
    user = acting_user(call, user_id, ("team_chat:read:user_message", READ))
    conversation = Conversation.of(call.chat, user, call.query)
    # The specification does say "Channel" here, and names the message's id.
    message = conversation.message(message_id, f"Channel does not exist: {message_id}")
    shown = _described(call, message)
    reactions = [
        {
            "emoji": _code_of(emoji),
            "total_count": len(people),
            "user_ids": [each.id for each in people],
            "member_ids": [each.member_id for each in people],
        }
        for emoji, people in _reactions(call, message)
    ]
    # A message's link adds its id and time to the channel's.
    url = link(call, sid=conversation.place.jid, mid=message.id, time=shown["timestamp"])
    more = {"date_time": message.time, "reactions": reactions, "message_url": url}
    return Answer(200, {**shown, **more})


def list_messages(call: Call, user_id: str) -> Answer:
    """``GET /v2/chat/users/{userId}/messages``."""
    user = acting_user(call, user_id, ("team_chat:read:list_user_messages", READ, WRITE))
    query = call.query
    start, end = _span(query, call.chat.now() * 1000)
    with_changed = call.flag("include_deleted_and_edited_message")
    found = [
        each
        for each in _asked_for(call.chat, user, query, with_changed)
        # Both ends are assumed to be inclusive.
        if start <= each.milliseconds <= end
        and (with_changed or not each.deleted)
        and not (each.reply_to and call.flag("exclude_child_message"))
    ]
    found.reverse()  # the newest first, as in the samples of Zoom's Postman collection
    # By their numbers, a page follows the one before it whatever is posted or deleted meanwhile.
    shown, page = one_page(call, found, MAX_PER_PAGE, lambda each: -each.number)
    return Answer(
        200,
        {
            **{name: query[name] for name in ("date", "from", "to") if query.get(name)},
            "messages": [_listed(call, each, with_changed) for each in shown],
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
        messages = [each for each in messages if can_see(chat, user, each)]
    if not kind:
        return messages

    def words(message: Message) -> str:
        names = [str(file["name"]) for file in message.files]
        return "\n".join(names) if kind == "file" else message.text

    # How Zoom searches is not documented: without regard to case, in the middle of words too.
    return [each for each in messages if key.casefold() in words(each).casefold()]


def _span(query: Mapping[str, str], now: float) -> tuple[float, float]:
    """Return from when to when, in milliseconds since 1970."""
    if query.get("from") and not query.get("date"):
        start, end = _moment(query, "from"), _moment(query, "to")
    else:
        # Of both, `date` counts. A day is assumed to be one of UTC.
        today = datetime.fromtimestamp(now / 1000, timezone.utc).strftime("%Y-%m-%d")
        day = query.get("date") or today
        begins = fields.moment(f"{day}T00:00:00Z")
        if begins is None:
            raise refuse(400, 300, "Invalid parameter: date.")
        start = begins * 1000
        end = start + DAY - 1
    if start < now - HISTORY:
        raise refuse(400, 300, "Only provide past chat messages in recent 6 months.")
    return start, end


def _listed(call: Call, message: Message, with_changed: bool) -> dict[str, Any]:
    """Return a message as it is listed."""
    shown = _described(call, message)
    if message.deleted:
        shown["message"] = ""  # what is left of it is not documented
    # The samples of this call have whole seconds.
    shown["date_time"] = f"{message.time[:19]}Z"
    shown["reactions"] = [
        {
            "emoji": _code_of(emoji),
            "total_count": len(people),
            "senders": [{"user_id": each.id, "member_id": each.member_id} for each in people],
        }
        for emoji, people in _reactions(call, message)
    ]
    if with_changed:
        changed = "Deleted" if message.deleted else "Edited" if message.edited else "Normal"
        shown["status"] = changed
    return shown


def list_replies(call: Call, user_id: str, message_id: str) -> Answer:
    """``GET /v2/chat/users/{userId}/messages/{messageId}/thread``."""
    user = acting_user(call, user_id, ("team_chat:read:thread_message", READ))
    query = call.query
    limit = query.get("limit", "10")
    if not re.fullmatch(r"[0-9]{1,9}", limit) or int(limit) < 1:
        # The words are assumed: the specification has none for this.
        raise refuse(400, 300, "Invalid parameter: limit.")
    if int(limit) > MAX_REPLIES:
        raise refuse(400, 4231, f"The 'limit' cannot exceed {MAX_REPLIES}.")
    sort = query.get("sort", "desc")
    if sort not in ("asc", "desc"):
        raise refuse(400, 4232, "The `sort` can only be passed `asc` or `desc`.")
    if not query.get("from"):
        raise refuse(400, 4233, "The `from` cannot be blank.")
    start, end = _moment(query, "from"), _moment(query, "to")
    if not (query.get("to_channel") or query.get("to_contact")):
        raise refuse(400, 4234, "The `to_channel` cannot be blank.")
    main = Conversation.of(call.chat, user, query).find(message_id)
    if main is None or main.reply_to:
        # That a reply has no thread of its own is assumed.
        raise refuse(404, 4131, f"Message does not exist: {message_id}.")
    thread = [each for each in call.chat.find(None, main.id) if not each.deleted]
    # Both ends are assumed to be inclusive.
    within = [each for each in thread if start <= each.milliseconds <= end]
    if sort == "desc":
        within.reverse()
    replies = [_replied(call, each, user.email) for each in within[: int(limit)]]
    if call.flag("need_main_message", default=True):
        # Assumed: it stands where its time puts it, and does not count.
        first = _replied(call, main, user.email)
        if thread:
            first["last_reply_time"] = thread[-1].milliseconds
        replies.insert(0 if sort == "asc" else len(replies), first)
    return Answer(200, {"total": len(within), "messages": replies})


def _replied(call: Call, message: Message, reader: str) -> dict[str, Any]:
    """Return a message of a thread as it is read; what is asked for by name only if it is."""
    sender = call.chat.world.user(message.sender_id)
    shown: dict[str, Any] = {
        # The specification shows ids of threads in capitals and braces.
        "msg_id": f"{{{message.id.upper()}}}" if message.api == "team_chat" else message.id,
        "message": message.text,
        "is_reply": bool(message.reply_to),
        "timestamp": message.milliseconds,
        "sender_user_id": sender.id if sender else "",
        "sender_email": sender.email if sender else "",
        "sender_member_id": sender.member_id if sender else "",
        "sender_display_name": message.sender,
        **_kind_of(message),
    }
    if call.flag("need_emoji"):
        shown["reactions"] = [
            {"emoji_id": _code_of(emoji), "count": len(users), "is_sender": reader in users}
            for emoji, users in message.reactions.items()
        ]
    if call.flag("need_attachment"):
        shown["files"] = _files_of(call, message)
    if call.flag("need_rich_text"):
        shown["rich_text"] = message.rich_text
    if call.flag("need_at_items"):
        shown["at_items"] = [_mentioned(call.chat, item) for item in message.at_items]
    return shown


def _described(call: Call, message: Message) -> dict[str, Any]:
    """Return a message as the calls show it that read one, or a list."""
    sender = call.chat.world.user(message.sender_id)
    return {
        "id": message.id,
        "sender": sender.email if sender else "",
        "send_member_id": sender.member_id if sender else "",
        "sender_display_name": message.sender,
        "timestamp": message.milliseconds,
        **_kind_of(message),
        **content_of(call, message),
    }


def content_of(call: Call, message: Message) -> dict[str, Any]:
    """Return what a message says, or a scheduled one, with its files and what it replies to."""
    files = _files_of(call, message)
    shown: dict[str, Any] = {
        "message": message.text,
        "at_items": [_mentioned(call.chat, item) for item in message.at_items],
        "rich_text": message.rich_text,
        "files": files,
    }
    if files:
        shown |= files[0]  # from before there were several
    if main := call.chat.messages.get(message.reply_to or ""):
        shown["reply_main_message_id"] = main.id
        shown["reply_main_message_timestamp"] = main.milliseconds
    return shown


def _files_of(call: Call, message: Message) -> list[dict[str, Any]]:
    """Return the files of a message as they are read."""
    return [
        {
            "file_id": file["id"],
            "file_name": file["name"],
            "file_size": file["size"],
            "download_url": f"{call.site}/sandbox/files/{file['id']}",
        }
        for file in message.files
    ]


def _kind_of(message: Message) -> dict[str, Any]:
    """Return what a message is made of, in Zoom's word and with its cards."""
    return {
        # That files have one word alone is assumed.
        "message_type": "file_and_text" if message.file_ids else "plain_text_message",
        "interactive_cards": message.interactive_cards,
        **({"bot_message": message.content} if message.api == "chatbot" else {}),
    }


def _reactions(call: Call, message: Message) -> list[tuple[str, list[User]]]:
    """Return the emoji of a message with those who have reacted so."""
    return [
        (emoji, [each for name in names if (each := call.chat.world.user(name))])
        for emoji, names in message.reactions.items()
    ]


def _code_of(emoji: str) -> str:
    """Return an emoji as Zoom writes it: ``U+1F600``."""
    return f"U+{ord(emoji):04X}"


def _mentioned(chat: Chat, item: Mapping[str, Any]) -> dict[str, Any]:
    """Return a mention as it is read: with the user id and the member id of who is mentioned."""
    person = chat.world.user(item.get("at_contact", "")) if item["at_type"] == 1 else None
    if person is None:
        return dict(item)
    return {**item, "at_contact": person.id, "at_contact_member_id": person.member_id}


def _moment(query: Mapping[str, str], name: str) -> float:
    """Return a moment of a query in milliseconds since 1970; infinity where there is none."""
    text = query.get(name, "")
    if not text:
        return float("inf")
    found = fields.moment(text)
    if found is None:
        raise refuse(400, 300, f"Invalid parameter: {name}.")
    return found * 1000
