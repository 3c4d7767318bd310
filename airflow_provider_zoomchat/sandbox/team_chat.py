"""The Team Chat API: a user's messages.

Sources: https://developers.zoom.us/docs/api/team-chat (OAS) for the codes and words.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.datastructures import UploadFile

from airflow_provider_zoomchat.sandbox import fields, schedule, world
from airflow_provider_zoomchat.sandbox.accounts import acting_user, is_member, link
from airflow_provider_zoomchat.sandbox.http import Answer, Call, json_object, parse_json, refuse
from airflow_provider_zoomchat.sandbox.oauth import require_user_token
from airflow_provider_zoomchat.sandbox.rate_limits import refuse_flood
from airflow_provider_zoomchat.sandbox.state import Chat, Message

WRITE, READ = "chat_message:write", "chat_message:read"  # the classic scopes of all calls


def send(chat: Chat, call: Call, user_id: str) -> Answer:
    """``POST /v2/chat/users/{userId}/messages``."""
    user = acting_user(chat, call, user_id, ("team_chat:write:user_message", WRITE))
    body = _form(call) if call.content_type == "multipart/form-data" else json_object(call)
    fields.check_fields(body, fields.SEND, "message")
    text, file_ids = body["message"], body.get("file_ids", [])
    interactive_cards = body.get("interactive_cards", [])
    fields.check_text(text, chat.message_limit, bool(file_ids or interactive_cards))
    place = _place(chat, user, body)
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
    reply_to = Conversation(chat, user, place).thread(body.get("reply_main_message_id"))
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
        return Answer(201, {"id": schedule.keep(chat, message, scheduled_time).id})
    refuse_flood(chat, call, place)
    return Answer(201, {"id": chat.post(message, len(call.content)).id})


def edit(chat: Chat, call: Call, user_id: str, message_id: str) -> Answer:
    """``PUT /v2/chat/users/{userId}/messages/{messageId}``."""
    user = acting_user(chat, call, user_id, ("team_chat:update:user_message", WRITE))
    body = json_object(call)
    fields.check_fields(body, fields.EDIT)
    conversation = Conversation(chat, user, _place(chat, user, body))
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


def delete(chat: Chat, call: Call, user_id: str, message_id: str) -> Answer:
    """``DELETE /v2/chat/users/{userId}/messages/{messageId}``, the target in the query."""
    user = acting_user(chat, call, user_id, ("team_chat:delete:user_message", WRITE))
    without_target = 'You must provide the "to_contact" or the "to_channel" query parameter.'
    conversation = Conversation(chat, user, _place(chat, user, call.query, without_target))
    # The specification does say "Channel" here, and names the message's id.
    chat.delete(conversation.own_message(message_id, f"Channel does not exist: {message_id}"))
    return Answer(204)


def read(chat: Chat, call: Call, user_id: str, message_id: str) -> Answer:
    """``GET /v2/chat/users/{userId}/messages/{messageId}``, the target in the query."""
    user = acting_user(chat, call, user_id, ("team_chat:read:user_message", READ))
    place = _place(chat, user, call.query)
    # The specification does say "Channel" here, and names the message's id.
    unknown = f"Channel does not exist: {message_id}"
    message = Conversation(chat, user, place).message(message_id, unknown)
    sender = chat.world.user(message.sender_id)
    time = milliseconds(message.time)
    files = files_of(call, message)
    shown: dict[str, Any] = {
        "id": message.id,
        "message": message.text,
        "message_type": type_of(message),
        "sender": sender.email if sender else "",
        "send_member_id": sender.member_id if sender else "",
        "sender_display_name": message.sender,
        "date_time": message.time,
        "timestamp": time,
        "reactions": [
            _reaction(emoji, [each for name in names if (each := chat.world.user(name))])
            for emoji, names in message.reactions.items()
        ],
        "at_items": [mentioned(chat, item) for item in message.at_items],
        "rich_text": message.rich_text,
        "interactive_cards": message.interactive_cards,
        "files": files,
        # A message's link adds its id and time to the channel's.
        "message_url": link(call, sid=place.jid, mid=message.id, time=time),
    }
    if files:
        shown |= files[0]  # from before there were several
    if main := chat.messages.get(message.reply_to or ""):
        shown["reply_main_message_id"] = main.id
        shown["reply_main_message_timestamp"] = milliseconds(main.time)
    if message.api == "chatbot":
        shown["bot_message"] = message.content
    return Answer(200, shown)


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


def files_of(call: Call, message: Message) -> list[dict[str, Any]]:
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


def type_of(message: Message) -> str:
    """Return Zoom's word for what a message is made of; that files have one alone is assumed."""
    return "file_and_text" if message.file_ids else "plain_text_message"


def code_of(emoji: str) -> str:
    """Return an emoji as Zoom writes it: ``U+1F600``."""
    return f"U+{ord(emoji):04X}"


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


def _place(
    chat: Chat,
    user: world.User,
    target: Mapping[str, str],
    without_target: str = "Must provide either contact or channel parameter.",
) -> world.Channel | world.User:
    channel_id, contact = target.get("to_channel", ""), target.get("to_contact", "")
    if bool(channel_id) == bool(contact):
        raise refuse(400, 300, without_target)
    if contact:
        person = chat.world.user(contact)
        if person is None or "@xmpp." in contact:
            raise refuse(404, 1001, f"User does not exist: {contact}.")
        return person
    channel = chat.world.channel(channel_id)
    if channel is None or not is_member(user, channel):
        # What a sender hears who is not a member is not documented; of the codes listed for the
        # call this one fits best.
        raise refuse(404, 4130, f"Channel does not exist: {channel_id}.")
    return channel


@dataclass(frozen=True)
class Conversation:
    """A channel or another person, as one user has access to it."""

    chat: Chat
    user: world.User
    place: world.Channel | world.User

    @classmethod
    def of(cls, chat: Chat, user: world.User, target: Mapping[str, str]) -> Conversation:
        """Return the one that ``to_channel`` or ``to_contact`` names."""
        return cls(chat, user, _place(chat, user, target))

    def find(self, message_id: str) -> Message | None:
        """Return a message that stands here."""
        message = self._find(message_id)
        return message if message is not None and self.holds(message) else None

    def message(self, message_id: str, unknown: str) -> Message:
        """Return a message that stands here.

        :param unknown: Zoom's words where there is none.
        """
        message = self._find(message_id)
        if message is None:
            raise refuse(400, 300, unknown)
        if not self.holds(message):
            raise refuse(400, 200, "The contact or the channel parameter provided is invalid.")
        return message

    def own_message(self, message_id: str, unknown: str) -> Message:
        """Return a message that the user has sent."""
        message = self.message(message_id, unknown)
        if message.sender_id != self.user.email:
            raise refuse(400, 200, "Only the sender of this message can make updates.")
        return message

    def thread(self, main_id: str | None) -> str | None:
        """Return the id of the message to reply to, if any."""
        if not main_id:
            return None
        main = self.find(main_id)
        if main is None:
            # Not documented for a send; these are the words of an edit.
            raise refuse(400, 300, f"Message does not exist: {main_id}.")
        if main.reply_to:
            raise refuse(400, 5402, "This only supports replies to a main message.")
        return main.id

    def _find(self, message_id: str) -> Message | None:
        # Zoom's examples also show the id of a user's message in capitals and braces.
        plain = message_id[1:-1].lower() if message_id.startswith("{") else message_id
        message = self.chat.messages.get(plain)
        return None if message is None or message.deleted else message

    def holds(self, message: Message) -> bool:
        """Tell whether a message stands here."""
        if isinstance(self.place, world.Channel):
            return message.channel == self.place.id
        # A conversation of two: each of them names the other.
        return {message.sender_id, message.contact} == {self.user.email, self.place.email}


def _check_files(chat: Chat, file_ids: list[str], user: world.User) -> None:
    # Assumed: a file of somebody else's is as unknown as one that was never uploaded.
    own = {file.id for file in chat.files.entries.values() if file.owner == user.email}
    unknown = [file_id for file_id in file_ids if file_id not in own]
    if unknown:
        raise refuse(400, 5404, f"File does not exist: {', '.join(unknown)}.")


def mentioned(chat: Chat, item: Mapping[str, Any]) -> dict[str, Any]:
    """Return a mention as it is read: with the user id and the member id of who is mentioned."""
    person = chat.world.user(item.get("at_contact", "")) if item["at_type"] == 1 else None
    if person is None:
        return dict(item)
    return {**item, "at_contact": person.id, "at_contact_member_id": person.member_id}


def milliseconds(time: str) -> int:
    """Return a message's time as Zoom's answers have it, since 1970."""
    return round(datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp() * 1000)
