"""Messages that are to be posted later: Zoom calls each a draft until its time has come.

A user can list and delete them before. Both calls have scopes of user-level apps alone, so an app
that a user has authorized can make them, and a Server-to-Server app cannot.

Source: https://developers.zoom.us/docs/api/team-chat (OAS).
"""

from __future__ import annotations

import uuid
from bisect import insort
from dataclasses import replace
from operator import attrgetter

from airflow_provider_zoomchat.sandbox import fields, world
from airflow_provider_zoomchat.sandbox.conversation import READ, WRITE, Conversation, content_of
from airflow_provider_zoomchat.sandbox.http import Answer, Call, one_page, refuse
from airflow_provider_zoomchat.sandbox.oauth import require_user_token
from airflow_provider_zoomchat.sandbox.state import Chat, Message

SOONEST = 30 * 60  # seconds from now, and a little more
LATEST = 180 * 24 * 60 * 60
MAX_PER_PAGE = 50


def keep(chat: Chat, message: Message, scheduled_time: str) -> Message:
    """Keep a message until its time; return it, with the draft's id as its own.

    :raises Refusal: the time is none, or too near or too far.
    """
    due = fields.moment(scheduled_time)
    if due is None or not SOONEST < due - chat.now() <= LATEST:
        # https://developers.zoom.us/docs/api/team-chat (OAS). The words do name another field; that
        # they also answer what is no time is assumed.
        raise refuse(
            400,
            300,
            "Invalid parameter: send_time. The time requirement is more than 30 minutes from now "
            "and within 180 days.",
        )
    draft = replace(message, scheduled_time=scheduled_time, time=chat.timestamp())
    insort(chat.drafts, draft, key=attrgetter("scheduled_time"))
    return draft


def post_due(chat: Chat) -> None:
    """Post the messages whose time has come.

    Each gets an id of its own, which is assumed: no page tells what becomes of the draft's.
    """
    while chat.drafts and chat.drafts[0].scheduled_time[:19] <= chat.timestamp()[:19]:
        draft = chat.drafts.pop(0)
        posted = replace(draft, id=str(uuid.uuid4()), scheduled_time="", draft_id=draft.id)
        chat.post(posted).time = f"{draft.scheduled_time[:19]}.000Z"


def list_scheduled(chat: Chat, call: Call) -> Answer:
    """``GET /v2/chat/messages/schedule``: the user's own, soonest first (assumed)."""
    user = _user(chat, call, "team_chat:read:list_scheduled_messages", READ, WRITE)
    found, page = one_page(call, _drafts(chat, call, user), MAX_PER_PAGE, chat.now())
    target = {name: call.query[name] for name in ("to_channel", "to_contact") if name in call.query}
    messages = [
        {
            "draft_id": draft.id,
            "create_date": f"{draft.time[:19]}Z",
            "scheduled_time": draft.scheduled_time,
            **content_of(chat, call, draft),
        }
        for draft in found
    ]
    return Answer(200, {**target, **page, "messages": messages})


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
