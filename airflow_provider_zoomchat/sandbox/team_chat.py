"""The Team Chat API: a user's messages, and those that are to be posted later.

Zoom calls the latter drafts until their time has come. A user can list and delete them before. Both
calls have scopes of user-level apps alone, so an app that a user has authorized can make them, and
a Server-to-Server app cannot.

Sources: https://developers.zoom.us/docs/api/team-chat (OAS) for the codes and words.
"""

from __future__ import annotations

import uuid
from typing import Any

from starlette.datastructures import UploadFile

from airflow_provider_zoomchat.sandbox import fields, world
from airflow_provider_zoomchat.sandbox.accounts import READ, WRITE, Conversation, acting_user
from airflow_provider_zoomchat.sandbox.faults import refuse_flood
from airflow_provider_zoomchat.sandbox.http import (
    Answer,
    Call,
    json_object,
    one_page,
    parse_json,
    refuse,
)
from airflow_provider_zoomchat.sandbox.messages import MAX_PER_PAGE, content_of
from airflow_provider_zoomchat.sandbox.oauth import require_user_token
from airflow_provider_zoomchat.sandbox.state import Chat, Message

#: When a draft may be posted, in seconds from now: a little more than the first.
SOONEST, LATEST = 30 * 60, 180 * 24 * 60 * 60


def send_message(call: Call, user_id: str) -> Answer:
    """``POST /v2/chat/users/{userId}/messages``."""
    user = acting_user(call, user_id, ("team_chat:write:user_message", WRITE))
    body = _form(call) if call.content_type == "multipart/form-data" else json_object(call)
    fields.check_fields(body, fields.SEND, "message")
    text, file_ids = body["message"], body.get("file_ids", [])
    interactive_cards = body.get("interactive_cards", [])
    fields.check_text(text, call.chat.options.message_limit, bool(file_ids or interactive_cards))
    conversation = Conversation.of(call.chat, user, body)
    place = conversation.place
    if isinstance(place, world.User) and not (place.is_contact or place == user):
        # Only contacts can be written to, but no code is documented for the others.
        raise refuse(400, 5301, "Message sending failed.")
    if isinstance(place, world.Channel):
        if place.encrypted:
            raise refuse(400, 5419, "Can not send message to an E2E channel.")
        if place.archived:
            raise refuse(400, 5420, "Can not send message to an archived channel.")
    _check_files(call.chat, file_ids, user)
    interactive_cards = fields.new_cards(interactive_cards, owned=call.chat.options.owns_cards)
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
        files=call.chat.files.described(file_ids),
        reply_to=reply_to,
    )
    if scheduled_time := body.get("scheduled_time"):
        due = fields.moment(scheduled_time)
        if due is None or not SOONEST < due - call.chat.now() <= LATEST:
            # The words do name another field; that they also answer what is no time is assumed.
            raise refuse(
                400,
                300,
                "Invalid parameter: send_time. The time requirement is more than 30 minutes from "
                "now and within 180 days.",
            )
        # Whether it counts towards the channel's limit is not documented: it is not there yet.
        return Answer(201, {"id": call.chat.schedule(message, scheduled_time).id})
    refuse_flood(call, place)
    return Answer(201, {"id": call.chat.post(message, len(call.content)).id})


def edit_message(call: Call, user_id: str, message_id: str) -> Answer:
    """``PUT /v2/chat/users/{userId}/messages/{messageId}``."""
    user = acting_user(call, user_id, ("team_chat:update:user_message", WRITE))
    body = json_object(call)
    fields.check_fields(body, fields.EDIT)
    conversation = Conversation.of(call.chat, user, body)
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
    _check_files(call.chat, [each for each in file_ids if each not in message.file_ids], user)
    text = body.get("message", message.text)
    interactive_cards = fields.edited_cards(
        body.get("interactive_cards", message.interactive_cards),
        message.interactive_cards,
        owned=call.chat.options.owns_cards,
    )
    fields.check_text(text, call.chat.options.message_limit, bool(file_ids or interactive_cards))
    call.chat.edit(message, text, len(call.content))
    message.interactive_cards = interactive_cards
    message.file_ids, message.files = file_ids, call.chat.files.described(file_ids)
    message.at_items, message.rich_text = [], []  # the schema of an edit has neither
    return Answer(204)


def delete_message(call: Call, user_id: str, message_id: str) -> Answer:
    """``DELETE /v2/chat/users/{userId}/messages/{messageId}``, the target in the query."""
    user = acting_user(call, user_id, ("team_chat:delete:user_message", WRITE))
    without_target = 'You must provide the "to_contact" or the "to_channel" query parameter.'
    conversation = Conversation.of(call.chat, user, call.query, without_target)
    # The specification does say "Channel" here, and names the message's id.
    call.chat.delete(conversation.own_message(message_id, f"Channel does not exist: {message_id}"))
    return Answer(204)


def react_to_message(call: Call, user_id: str, message_id: str) -> Answer:
    """``PATCH /v2/chat/users/{userId}/messages/{messageId}/emoji_reactions``."""
    user = acting_user(call, user_id, ("team_chat:update:message_emoji", WRITE))
    body = json_object(call)
    # The schema requires none of them; that without an action or an emoji nothing can be done is
    # assumed.
    fields.check_fields(body, fields.REACTION, "action", "emoji")
    message = Conversation.of(call.chat, user, body).message(
        message_id, f"Message does not exist: {message_id}"
    )
    # To add what is there, or remove what is not, is assumed to change nothing.
    emoji = chr(int(body["emoji"][2:], 16))
    call.chat.react(message, emoji, user.email, add=body["action"] == "add")
    return Answer(204)


def upload(call: Call, user_id: str) -> Answer:
    """``POST /v2/chat/users/{userId}/files``, a multipart form with the part ``file``.

    Zoom takes files on a host of their own, ``file.zoom.us``, alone; the sandbox plays all of
    Zoom's hosts at once.
    """
    require_user_token(call, status=400)  # the file host's own status for code 124
    user = acting_user(call, user_id, ("team_chat:write:files", WRITE))
    part = _file_of(call)
    name, media_type = part.filename or "", part.content_type or ""
    file = call.chat.files.add(part.file, name, media_type, user.email)
    if call.flag("postToPersonalChat", default=True):
        call.chat.post(_user_message(user, user, text="", file_ids=[file.id], files=[vars(file)]))
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


def _file_of(call: Call) -> UploadFile:
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
    limit = call.chat.options.file_limit
    if (file.size or 0) > limit:
        raise refuse(400, 300, f"Maximum file size exceeded: {limit} bytes.")
    if not file.size:
        # Assumed: what becomes of a file without a byte is not documented.
        raise refuse(400, 300, "The file is empty.")
    return file


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


def list_scheduled(call: Call) -> Answer:
    """``GET /v2/chat/messages/schedule``: the user's own, soonest first (assumed)."""
    user = _user_of_app(call, "team_chat:read:list_scheduled_messages", READ, WRITE)
    found, page = one_page(call, _drafts(call, user), MAX_PER_PAGE)
    target = {name: call.query[name] for name in ("to_channel", "to_contact") if name in call.query}
    messages = [
        {
            "draft_id": draft.id,
            "create_date": f"{draft.time[:19]}Z",
            "scheduled_time": draft.scheduled_time,
            **content_of(call, draft),
        }
        for draft in found
    ]
    return Answer(200, {**target, **page, "messages": messages})


def cancel_draft(call: Call, draft_id: str) -> Answer:
    """``DELETE /v2/chat/messages/schedule/{draftId}``, the target in the query."""
    user = _user_of_app(call, "team_chat:delete:scheduled_message", WRITE)
    for draft in _drafts(call, user):
        if draft.id == draft_id:
            call.chat.drafts.remove(draft)
            return Answer(204)
    raise refuse(400, 5404, f"Invalid draft id: {draft_id}.")


def _user_of_app(call: Call, *scopes: str) -> world.User:
    """Return the user who has authorized the app.

    :param scopes: one of which the token must have; they have no form for an account's app.
    """
    token = require_user_token(call)
    if token.user is None or set(scopes).isdisjoint(token.scopes):
        # devforum.zoom.us 108207
        raise refuse(400, 4711, f"Invalid access token, does not contain scopes:[{scopes[0]}].")
    return token.user


def _drafts(call: Call, user: world.User) -> list[Message]:
    """Return the user's scheduled messages to the channel or person that a query names."""
    # For the list these words are assumed.
    without_target = "Must provide either to_contact or to_channel parameter."
    place = Conversation.of(call.chat, user, call.query, without_target).place.message_fields
    return [
        each
        for each in call.chat.drafts
        if each.sender_id == user.email
        and (each.channel, each.contact) == (place["channel"], place["contact"])
    ]
