"""Users, channels and conversations: who an app speaks for, and what that user can reach.

Source: https://developers.zoom.us/docs/api/team-chat (OAS) for codes and words.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from airflow_provider_zoomchat.sandbox import world
from airflow_provider_zoomchat.sandbox.http import Answer, Call, Refusal, one_page, refuse
from airflow_provider_zoomchat.sandbox.oauth import require_user_token
from airflow_provider_zoomchat.sandbox.state import Chat, Message

MAX_PER_PAGE = 1000

WRITE, READ = "chat_message:write", "chat_message:read"  # the classic scopes of messages


def acting_user(call: Call, user_id: str, scope: tuple[str, ...] = ()) -> world.User:
    """Return the user a call speaks for.

    An app that a user has authorized speaks for that user, as ``me``, and is told of another id
    that its token is invalid. A Server-to-Server app has no user of its own, so no ``me``.
    Source: https://developers.zoom.us/docs/api/using-zoom-apis/

    :param scope: one of which the token must have, with or without ``:admin``; the first is the
        granular one.
    :raises Refusal: the token is invalid, or no user has this id or e-mail.
    """
    token = require_user_token(call)
    if scope and {each.removesuffix(":admin") for each in token.scopes}.isdisjoint(scope):
        # devforum.zoom.us 108207
        lacking = f"{scope[0]}, {scope[0]}:admin"
        raise refuse(400, 4711, f"Invalid access token, does not contain scopes:[{lacking}].")
    if token.user is not None:
        if user_id != "me":
            raise refuse(401, 124, "Invalid access token.")
        return token.user
    return _user(call.chat, user_id)


def is_member(user: world.User, channel: world.Channel) -> bool:
    """Whether the channel is one of the user's."""
    return channel.members is None or user.email in channel.members


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
            return cls(chat, user, _user(chat, contact))
        channel = _channel(chat, channel_id)
        if not is_member(user, channel):
            # What a sender hears who is not a member is not documented; of the codes listed for the
            # call this one fits best.
            raise _no_channel(channel_id)
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


def can_see(chat: Chat, user: world.User, message: Message) -> bool:
    """Whether a message stands in one of the user's channels or conversations."""
    if message.channel is None:
        return user.email in (message.sender_id, message.contact)
    channel = chat.world.channel(message.channel)
    return channel is not None and is_member(user, channel)


def list_channels(call: Call, user_id: str) -> Answer:
    """``GET /v2/chat/users/{userId}/channels``."""
    scope = "team_chat:read:list_user_channels", "chat_channel:read"
    user = acting_user(call, user_id, scope)
    joined = [channel for channel in call.chat.world.channels.values() if is_member(user, channel)]
    shown, page = one_page(call, joined, MAX_PER_PAGE)
    channels = [_describe(channel, call) for channel in shown]
    return Answer(200, {"channels": channels, "total_records": len(joined), **page})


def read_channel(call: Call, channel_id: str) -> Answer:
    """``GET /v2/chat/channels/{channelId}``."""
    require_user_token(call)
    return Answer(200, _describe(_channel(call.chat, channel_id), call))


def read_user_channel(call: Call, user_id: str, channel_id: str) -> Answer:
    """``GET /v2/chat/users/{userId}/channels/{channelId}``."""
    user = acting_user(call, user_id)
    channel = _channel(call.chat, channel_id)
    if not is_member(user, channel):
        raise refuse(400, 200, "No permission to access this channel.")
    return Answer(200, _describe(channel, call))


def read_user(call: Call, user_id: str) -> Answer:
    """``GET /v2/users/{userId}``."""
    user = acting_user(call, user_id, ("user:read:user", "user:read"))
    return Answer(
        200,
        {
            "id": user.id,
            "email": user.email,
            "first_name": user.display_name,
            "last_name": "",
            "display_name": user.display_name,
            "jid": user.jid,
            "account_id": world.ACCOUNT_ID,
            "status": "active",
            "type": 2,
        },
    )


def link(call: Call, **token: Any) -> str:
    """Return the deep link to a channel, a person or a message."""
    # Links of Zoom's own carry the base64 of compact JSON.
    compact = json.dumps(token, separators=(",", ":")).encode()
    return f"{call.site}/launch/chat/v2/{base64.urlsafe_b64encode(compact).decode().rstrip('=')}"


def follow_link(call: Call, token: str) -> Answer:
    """``GET /launch/chat/v2/{token}``: a channel, a person or a message."""
    try:
        padded = token + "=" * (-len(token) % 4)
        target = json.loads(base64.b64decode(padded, altchars=b"-_"))
        place = call.chat.world.by_jid(target["sid"])
        message_id = quote(str(target.get("mid", "")), safe="@")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        place = None
    if place is None:
        raise Refusal(404, "This link leads to no channel and no person of the sandbox.\n")
    key = place.id if isinstance(place, world.Channel) else place.email
    parts = filter(None, (quote(key, safe="@"), message_id))
    return Answer(302, headers={"location": f"/#{'/'.join(parts)}"})


def follow_bot_link(call: Call) -> Answer:
    """``GET /launch/chat?jid=robot_...``: the bot, whose messages stand in the channels."""
    return Answer(302, headers={"location": "/"})


def _user(chat: Chat, name: str) -> world.User:
    """Return the user with this id, member id or e-mail address; a JID is none of these."""
    user = chat.world.user(name)
    if user is None or "@xmpp." in name:
        raise refuse(404, 1001, f"User does not exist: {name}.")
    return user


def _channel(chat: Chat, channel_id: str) -> world.Channel:
    channel = chat.world.channel(channel_id)
    if channel is None:
        raise _no_channel(channel_id)
    return channel


def _no_channel(channel_id: str) -> Refusal:
    return refuse(404, 4130, f"Channel does not exist: {channel_id}.")


def _describe(channel: world.Channel, call: Call) -> dict[str, Any]:
    return {
        "id": channel.id,
        "jid": channel.jid,
        "name": channel.name,
        "type": channel.type,
        "channel_url": link(call, sid=channel.jid),
        "channel_settings": {"posting_permissions": 1, "mention_all_permissions": 1},
    }
