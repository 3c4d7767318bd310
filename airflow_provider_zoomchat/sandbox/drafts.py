"""The Team Chat API: a user's scheduled messages, to be listed and deleted before their time.

Both calls have scopes of user-level apps alone, so an app that a user has authorized can make them,
and a Server-to-Server app cannot.

Source: https://developers.zoom.us/docs/api/team-chat (OAS).
"""

from __future__ import annotations

from typing import Any

from airflow_provider_zoomchat.sandbox import world
from airflow_provider_zoomchat.sandbox.http import Answer, Call, one_page, refuse
from airflow_provider_zoomchat.sandbox.oauth import require_user_token
from airflow_provider_zoomchat.sandbox.state import Chat, Message
from airflow_provider_zoomchat.sandbox.team_chat import (
    READ,
    WRITE,
    Conversation,
    files_of,
    mentioned,
    milliseconds,
)

MAX_PER_PAGE = 50


def list_scheduled(chat: Chat, call: Call) -> Answer:
    """``GET /v2/chat/messages/schedule``: the user's own, soonest first (assumed)."""
    user = _user(chat, call, "team_chat:read:list_scheduled_messages", READ, WRITE)
    found, page = one_page(call, _drafts(chat, call, user), MAX_PER_PAGE, chat.now())
    target = {name: call.query[name] for name in ("to_channel", "to_contact") if name in call.query}
    described = [_described(chat, call, draft) for draft in found]
    return Answer(200, {**target, **page, "messages": described})


def cancel(chat: Chat, call: Call, draft_id: str) -> Answer:
    """``DELETE /v2/chat/messages/schedule/{draftId}``, the target in the query."""
    user = _user(chat, call, "team_chat:delete:scheduled_message", WRITE)
    for draft in _drafts(chat, call, user):
        if draft.id == draft_id:
            chat.drafts.remove(draft)
            return Answer(204)
    raise refuse(400, 5404, f"Invalid draft id: {draft_id}.")


def _user(chat: Chat, call: Call, *scopes: str) -> world.User:
    """Return the user who has authorized the app.

    :param scopes: one of which the token must have; they have no form for an account's app.
    """
    token = require_user_token(chat, call)
    if token.user is None or set(scopes).isdisjoint(token.scopes):
        # devforum.zoom.us 108207
        raise refuse(400, 4711, f"Invalid access token, does not contain scopes:[{scopes[0]}].")
    return token.user


def _drafts(chat: Chat, call: Call, user: world.User) -> list[Message]:
    """Return the user's scheduled messages to the channel or person that a query names."""
    if bool(call.query.get("to_channel")) == bool(call.query.get("to_contact")):
        # For the list these words are assumed.
        raise refuse(400, 300, "Must provide either to_contact or to_channel parameter.")
    place = Conversation.of(chat, user, call.query).place.message_fields
    return [
        each
        for each in chat.drafts
        if each.sender_id == user.email
        and (each.channel, each.contact) == (place["channel"], place["contact"])
    ]


def _described(chat: Chat, call: Call, draft: Message) -> dict[str, Any]:
    files = files_of(call, draft)
    shown: dict[str, Any] = {
        "draft_id": draft.id,
        "create_date": f"{draft.time[:19]}Z",
        "scheduled_time": draft.scheduled_time,
        "message": draft.text,
        "rich_text": draft.rich_text,
        "at_items": [mentioned(chat, item) for item in draft.at_items],
        "files": files,
    }
    if files:
        shown |= files[0]  # from before there were several
    if main := chat.messages.get(draft.reply_to or ""):
        shown["reply_main_message_id"] = main.id
        shown["reply_main_message_timestamp"] = milliseconds(main.time)
    return shown
