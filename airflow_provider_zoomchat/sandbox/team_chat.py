"""The Team Chat API: a user's messages, and those that are to be posted later.

Zoom calls the latter drafts until their time has come. A user can list and delete them before. Both
calls have scopes of user-level apps alone, so an app that a user has authorized can make them, and
a Server-to-Server app cannot.

Sources: https://developers.zoom.us/docs/api/team-chat (OAS) for the codes and words.
"""

from __future__ import annotations

import uuid
from bisect import insort
from dataclasses import replace
from operator import attrgetter
from typing import Any

from starlette.datastructures import UploadFile

from airflow_provider_zoomchat.sandbox import fields, world
from airflow_provider_zoomchat.sandbox.accounts import acting_user, link
from airflow_provider_zoomchat.sandbox.conversation import (
    READ,
    WRITE,
    Conversation,
    code_of,
    content_of,
    described,
)
from airflow_provider_zoomchat.sandbox.faults import refuse_flood
from airflow_provider_zoomchat.sandbox.http import (
    Answer,
    Call,
    json_object,
    one_page,
    parse_json,
    refuse,
)
from airflow_provider_zoomchat.sandbox.oauth import require_user_token
from airflow_provider_zoomchat.sandbox.state import Chat, Message

#: When a draft may be posted, in seconds from now: a little more than the first.
SOONEST, LATEST = 30 * 60, 180 * 24 * 60 * 60

MAX_PER_PAGE = 50


def send_message(chat: Chat, call: Call, user_id: str) -> Answer:
    """``POST /v2/chat/users/{userId}/messages``."""
    user = acting_user(chat, call, user_id, ("team_chat:write:user_message", WRITE))
    body = _form(call) if call.content_type == "multipart/form-data" else json_object(call)
    fields.check_fields(body, fields.SEND, "message")
    text, file_ids = body["message"], body.get("file_ids", [])
    interactive_cards = body.get("interactive_cards", [])
    fields.check_text(text, chat.message_limit, bool(file_ids or interactive_cards))
    conversation = Conversation.of(chat, user, body)
    place = conversation.place
    if isinstance(place, world.User) and not (place.is_contact or place == user):
        # Only contacts can be written to, but no code is documented for the others.
        raise refuse(400, 5301, "Message sending failed.")
    if isinstance(place, world.Channel):
        if place.encrypted:
            raise refuse(400, 5419, "Can not send message to an E2E channel.")
        if place.archived:
            raise refuse(400, 5420, "Can not send message to an archived channel.")
    _check_files(chat, file_ids, user)
    interactive_cards = fields.new_cards(interactive_cards, owned=chat.owns_cards)
    at_items = fields.mentions(body.get("at_items", []), text)
    rich_text = fields.formats(body.get("rich_text", []), text)
    reply_to = conversation.thread(body.get("reply_main_message_id"))
    message = _user_message(
        user,
        place,
        text=text,
        at_items=at_items,
        rich_text=rich_text,
        interactive_cards=interactive_cards,
        file_ids=file_ids,
        files=chat.files.described(file_ids),
        reply_to=reply_to,
    )
    if scheduled_time := body.get("scheduled_time"):
        # Whether it counts towards the channel's limit is not documented: it is not there yet.
        return Answer(201, {"id": keep_draft(chat, message, scheduled_time).id})
    refuse_flood(chat, call, place)
    return Answer(201, {"id": chat.post(message, len(call.content)).id})


def edit_message(chat: Chat, call: Call, user_id: str, message_id: str) -> Answer:
    """``PUT /v2/chat/users/{userId}/messages/{messageId}``."""
    user = acting_user(chat, call, user_id, ("team_chat:update:user_message", WRITE))
    body = json_object(call)
    fields.check_fields(body, fields.EDIT)
    conversation = Conversation.of(chat, user, body)
    message = conversation.own_message(message_id, f"Message does not exist: {message_id}.")
    # Whether files and cards survive an edit that does not name them is not documented: they do.
    file_ids = body.get("file_ids", message.file_ids)
    if file_ids and not message.file_ids:
        raise refuse(
            400,
            300,
            "A plain text message that is sent without any files is not allowed to update "
            "with the file.",
        )
    _check_files(chat, [each for each in file_ids if each not in message.file_ids], user)
    text = body.get("message", message.text)
    interactive_cards = fields.edited_cards(
        body.get("interactive_cards", message.interactive_cards),
        message.interactive_cards,
        owned=chat.owns_cards,
    )
    fields.check_text(text, chat.message_limit, bool(file_ids or interactive_cards))
    chat.edit(message, text, len(call.content))
    message.interactive_cards = interactive_cards
    message.file_ids, message.files = file_ids, chat.files.described(file_ids)
    message.at_items, message.rich_text = [], []  # the schema of an edit has neither
    return Answer(204)


def delete_message(chat: Chat, call: Call, user_id: str, message_id: str) -> Answer:
    """``DELETE /v2/chat/users/{userId}/messages/{messageId}``, the target in the query."""
    user = acting_user(chat, call, user_id, ("team_chat:delete:user_message", WRITE))
    without_target = 'You must provide the "to_contact" or the "to_channel" query parameter.'
    conversation = Conversation.of(chat, user, call.query, without_target)
    # The specification does say "Channel" here, and names the message's id.
    chat.delete(conversation.own_message(message_id, f"Channel does not exist: {message_id}"))
    return Answer(204)


def get_message(chat: Chat, call: Call, user_id: str, message_id: str) -> Answer:
    """``GET /v2/chat/users/{userId}/messages/{messageId}``, the target in the query."""
    user = acting_user(chat, call, user_id, ("team_chat:read:user_message", READ))
    conversation = Conversation.of(chat, user, call.query)
    # The specification does say "Channel" here, and names the message's id.
    message = conversation.message(message_id, f"Channel does not exist: {message_id}")
    shown = described(chat, call, message)
    reactions = [
        _reaction(emoji, [each for name in names if (each := chat.world.user(name))])
        for emoji, names in message.reactions.items()
    ]
    # A message's link adds its id and time to the channel's.
    url = link(call, sid=conversation.place.jid, mid=message.id, time=shown["timestamp"])
    more = {"date_time": message.time, "reactions": reactions, "message_url": url}
    return Answer(200, {**shown, **more})


def upload(chat: Chat, call: Call, user_id: str) -> Answer:
    """``POST /v2/chat/users/{userId}/files``, a multipart form with the part ``file``.

    Zoom takes files on a host of their own, ``file.zoom.us``, alone; the sandbox plays all of
    Zoom's hosts at once.
    """
    require_user_token(chat, call, status=400)  # the file host's own status for code 124
    user = acting_user(chat, call, user_id, ("team_chat:write:files", WRITE))
    part = _file_of(call, chat.file_limit)
    name, media_type = part.filename or "", part.content_type or ""
    file = chat.files.add(part.file, name, media_type, user.email)
    if call.flag("postToPersonalChat", default=True):
        chat.post(_user_message(user, user, text="", file_ids=[file.id], files=[vars(file)]))
    return Answer(201, {"id": file.id})


def _form(call: Call) -> dict[str, Any]:
    """Return the fields of a message in a form, as Zoom's older collections send it.

    Source: Zoom's Postman collection of about 2021. All are texts there, ``at_items`` one of JSON;
    that other lists may be so too is assumed.
    """
    if call.form_fault:
        raise refuse(400, 300, call.form_fault)
    if call.uploads:
        # Not documented; to ignore them silently would mislead.
        raise refuse(400, 300, "Upload the file first: POST /v2/chat/users/{userId}/files.")
    body: dict[str, Any] = dict(call.texts)
    for name in ("at_items", "rich_text", "file_ids", "interactive_cards"):
        if name in body:
            body[name] = parse_json(body[name])
    return body


def _file_of(call: Call, limit: int) -> UploadFile:
    """Return the one file of a form; the words of most refusals are not documented."""
    if call.content_type != "multipart/form-data":
        raise refuse(400, 300, "The request body must be multipart/form-data.")
    if call.form_fault:
        raise refuse(400, 300, call.form_fault)
    file = call.uploads.get("file")
    if file is None or not file.filename:
        raise refuse(400, 300, "The multipart form has no file in a part named 'file'.")
    if len(call.uploads) > 1:
        # Assumed: a call takes one file, as the answer has room for one id.
        raise refuse(400, 300, "The multipart form has more than one file.")
    if (file.size or 0) > limit:
        raise refuse(400, 300, f"Maximum file size exceeded: {limit} bytes.")
    if not file.size:
        # Assumed: what becomes of a file without a byte is not documented.
        raise refuse(400, 300, "The file is empty.")
    return file


def _reaction(emoji: str, users: list[world.User]) -> dict[str, Any]:
    return {
        "emoji": code_of(emoji),
        "total_count": len(users),
        "user_ids": [user.id for user in users],
        "member_ids": [user.member_id for user in users],
    }


def _user_message(user: world.User, place: world.Channel | world.User, **content: Any) -> Message:
    return Message(
        id=str(uuid.uuid4()),
        api="team_chat",
        sender=user.display_name,
        sender_id=user.email,
        **place.message_fields,
        **content,
    )


def _check_files(chat: Chat, file_ids: list[str], user: world.User) -> None:
    # Assumed: a file of somebody else's is as unknown as one that was never uploaded.
    own = {file.id for file in chat.files.entries.values() if file.owner == user.email}
    unknown = [file_id for file_id in file_ids if file_id not in own]
    if unknown:
        raise refuse(400, 5404, f"File does not exist: {', '.join(unknown)}.")


def keep_draft(chat: Chat, message: Message, scheduled_time: str) -> Message:
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
    user = _user_of_app(chat, call, "team_chat:read:list_scheduled_messages", READ, WRITE)
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


def cancel_draft(chat: Chat, call: Call, draft_id: str) -> Answer:
    """``DELETE /v2/chat/messages/schedule/{draftId}``, the target in the query."""
    user = _user_of_app(chat, call, "team_chat:delete:scheduled_message", WRITE)
    for draft in _drafts(chat, call, user):
        if draft.id == draft_id:
            chat.drafts.remove(draft)
            return Answer(204)
    raise refuse(400, 5404, f"Invalid draft id: {draft_id}.")


def _user_of_app(chat: Chat, call: Call, *scopes: str) -> world.User:
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
