"""A conversation of the Team Chat API: a channel or a contact, and how answers show its messages.

Source: https://developers.zoom.us/docs/api/team-chat (OAS) for codes, words and fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from airflow_provider_zoomchat.sandbox import fields, world
from airflow_provider_zoomchat.sandbox.accounts import is_member
from airflow_provider_zoomchat.sandbox.http import Call, refuse
from airflow_provider_zoomchat.sandbox.state import Chat, Message

WRITE, READ = "chat_message:write", "chat_message:read"  # the classic scopes of all calls


@dataclass(frozen=True)
class Conversation:
    """A channel or another person, as one user has access to it."""

    chat: Chat
    user: world.User
    place: world.Channel | world.User

    @classmethod
    def of(
        cls,
        chat: Chat,
        user: world.User,
        target: Mapping[str, str],
        without_target: str = "Must provide either contact or channel parameter.",
    ) -> Conversation:
        """Return the one that ``to_channel`` or ``to_contact`` names.

        :param without_target: Zoom's words where neither does, or both do.
        :raises Refusal: there is none, or the user has no access to it.
        """
        channel_id, contact = target.get("to_channel", ""), target.get("to_contact", "")
        if bool(channel_id) == bool(contact):
            raise refuse(400, 300, without_target)
        if contact:
            person = chat.world.user(contact)
            if person is None or "@xmpp." in contact:
                raise refuse(404, 1001, f"User does not exist: {contact}.")
            return cls(chat, user, person)
        channel = chat.world.channel(channel_id)
        if channel is None or not is_member(user, channel):
            # What a sender hears who is not a member is not documented; of the codes listed for the
            # call this one fits best.
            raise refuse(404, 4130, f"Channel does not exist: {channel_id}.")
        return cls(chat, user, channel)

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


def described(chat: Chat, call: Call, message: Message) -> dict[str, Any]:
    """Return a message as the calls show it that read one, or a list."""
    sender = chat.world.user(message.sender_id)
    shown: dict[str, Any] = {
        "id": message.id,
        "message_type": type_of(message),
        "sender": sender.email if sender else "",
        "send_member_id": sender.member_id if sender else "",
        "sender_display_name": message.sender,
        "timestamp": milliseconds(message.time),
        "interactive_cards": message.interactive_cards,
        **content_of(chat, call, message),
    }
    if message.api == "chatbot":
        shown["bot_message"] = message.content
    return shown


def content_of(chat: Chat, call: Call, message: Message) -> dict[str, Any]:
    """Return what a message says, or a scheduled one, with its files and what it replies to."""
    files = files_of(call, message)
    shown: dict[str, Any] = {
        "message": message.text,
        "at_items": [mentioned(chat, item) for item in message.at_items],
        "rich_text": message.rich_text,
        "files": files,
    }
    if files:
        shown |= files[0]  # from before there were several
    if main := chat.messages.get(message.reply_to or ""):
        shown["reply_main_message_id"] = main.id
        shown["reply_main_message_timestamp"] = milliseconds(main.time)
    return shown


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


def mentioned(chat: Chat, item: Mapping[str, Any]) -> dict[str, Any]:
    """Return a mention as it is read: with the user id and the member id of who is mentioned."""
    person = chat.world.user(item.get("at_contact", "")) if item["at_type"] == 1 else None
    if person is None:
        return dict(item)
    return {**item, "at_contact": person.id, "at_contact_member_id": person.member_id}


def milliseconds(time: str) -> int:
    """Return a message's time as Zoom's answers have it, since 1970."""
    return round(datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp() * 1000)


def moment(query: Mapping[str, str], name: str) -> float:
    """Return a moment of a query in milliseconds since 1970; infinity where there is none."""
    text = query.get(name, "")
    if not text:
        return float("inf")
    found = fields.moment(text)
    if found is None:
        raise refuse(400, 300, f"Invalid parameter: {name}.")
    return found * 1000
