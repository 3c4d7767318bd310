"""The Team Chat API: reactions to a message, and the replies in its thread.

Sources: https://developers.zoom.us/docs/api/team-chat (OAS) for the codes and words.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from airflow_provider_zoomchat.sandbox import fields
from airflow_provider_zoomchat.sandbox.accounts import acting_user
from airflow_provider_zoomchat.sandbox.conversation import (
    READ,
    WRITE,
    Conversation,
    code_of,
    files_of,
    mentioned,
    milliseconds,
    moment,
    type_of,
)
from airflow_provider_zoomchat.sandbox.http import Answer, Call, json_object, refuse
from airflow_provider_zoomchat.sandbox.state import Chat, Message

MAX_REPLIES = 100  # of one answer


def react_to_message(chat: Chat, call: Call, user_id: str, message_id: str) -> Answer:
    """``PATCH /v2/chat/users/{userId}/messages/{messageId}/emoji_reactions``."""
    user = acting_user(chat, call, user_id, ("team_chat:update:message_emoji", WRITE))
    body = json_object(call)
    # The schema requires none of them; that without an action or an emoji nothing can be done is
    # assumed.
    fields.check_fields(body, fields.REACTION, "action", "emoji")
    message = Conversation.of(chat, user, body).message(
        message_id, f"Message does not exist: {message_id}"
    )
    # To add what is there, or remove what is not, is assumed to change nothing.
    emoji = chr(int(body["emoji"][2:], 16))
    chat.react(message, emoji, user.email, add=body["action"] == "add")
    return Answer(204)


def list_replies(chat: Chat, call: Call, user_id: str, message_id: str) -> Answer:
    """``GET /v2/chat/users/{userId}/messages/{messageId}/thread``."""
    user = acting_user(chat, call, user_id, ("team_chat:read:thread_message", READ))
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
    start, end = moment(query, "from"), moment(query, "to")
    if not (query.get("to_channel") or query.get("to_contact")):
        raise refuse(400, 4234, "The `to_channel` cannot be blank.")
    main = Conversation.of(chat, user, query).find(message_id)
    if main is None or main.reply_to:
        # That a reply has no thread of its own is assumed.
        raise refuse(404, 4131, f"Message does not exist: {message_id}.")
    thread = [each for each in chat.find(None, main.id) if not each.deleted]
    # Both ends are assumed to be inclusive.
    replies = [each for each in thread if start <= milliseconds(each.time) <= end]
    total = len(replies)
    if sort == "desc":
        replies.reverse()
    shown = replies[: int(limit)]
    if call.flag("need_main_message", default=True):
        # Assumed: it stands where its time puts it, and does not count.
        shown.insert(0 if sort == "asc" else len(shown), main)
    described = [_described(chat, call, each, user.email) for each in shown]
    for each in described:
        if thread and not each["is_reply"]:
            each["last_reply_time"] = milliseconds(thread[-1].time)
    return Answer(200, {"total": total, "messages": described})


def _described(chat: Chat, call: Call, message: Message, reader: str) -> dict[str, Any]:
    """Return a message of a thread as it is read; what is asked for by name only if it is."""
    sender = chat.world.user(message.sender_id)
    shown: dict[str, Any] = {
        # The specification shows ids of threads in capitals and braces.
        "msg_id": f"{{{message.id.upper()}}}" if message.api == "team_chat" else message.id,
        "message": message.text,
        "is_reply": bool(message.reply_to),
        "timestamp": milliseconds(message.time),
        "sender_user_id": sender.id if sender else "",
        "sender_email": sender.email if sender else "",
        "sender_member_id": sender.member_id if sender else "",
        "sender_display_name": message.sender,
        "message_type": type_of(message),
        "interactive_cards": message.interactive_cards,
    }
    optional: dict[str, Callable[[], dict[str, Any]]] = {
        "need_emoji": lambda: {
            "reactions": [
                {"emoji_id": code_of(emoji), "count": len(users), "is_sender": reader in users}
                for emoji, users in message.reactions.items()
            ]
        },
        "need_attachment": lambda: {"files": files_of(call, message)},
        "need_rich_text": lambda: {"rich_text": message.rich_text},
        "need_at_items": lambda: {"at_items": [mentioned(chat, item) for item in message.at_items]},
    }
    for name, part in optional.items():
        if call.flag(name):
            shown |= part()
    if message.api == "chatbot":
        shown["bot_message"] = message.content
    return shown
