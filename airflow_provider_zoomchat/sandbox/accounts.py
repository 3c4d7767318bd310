"""Users and channels: who an app speaks for, what that user can reach, and links that lead there.

Source: https://developers.zoom.us/docs/api/team-chat (OAS).
"""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote

from airflow_provider_zoomchat.sandbox import world
from airflow_provider_zoomchat.sandbox.http import Answer, Call, Refusal, one_page, refuse
from airflow_provider_zoomchat.sandbox.oauth import require_scope, require_user_token
from airflow_provider_zoomchat.sandbox.state import Chat

MAX_PER_PAGE = 1000


def acting_user(chat: Chat, call: Call, user_id: str, scope: tuple[str, ...] = ()) -> world.User:
    """Return the user a call speaks for.

    An app that a user has authorized speaks for that user, as ``me``, and is told of another id
    that its token is invalid. A Server-to-Server app has no user of its own, so no ``me``.
    Source: https://developers.zoom.us/docs/api/using-zoom-apis/

    :param scope: that the call needs, see `oauth.require_scope`.
    :raises Refusal: the token is invalid, or no user has this id or e-mail.
    """
    token = require_user_token(chat, call)
    if scope:
        require_scope(token, *scope)
    if token.user is not None:
        if user_id != "me":
            raise refuse(401, 124, "Invalid access token.")
        return token.user
    user = chat.world.user(user_id)
    if user is None or "@xmpp." in user_id:
        raise refuse(404, 1001, f"User does not exist: {user_id}.")
    return user


def is_member(user: world.User, channel: world.Channel) -> bool:
    """Whether the channel is one of the user's."""
    return channel.members is None or user.email in channel.members


def list_channels(chat: Chat, call: Call, user_id: str) -> Answer:
    """``GET /v2/chat/users/{userId}/channels``."""
    scope = "team_chat:read:list_user_channels", "chat_channel:read"
    user = acting_user(chat, call, user_id, scope)
    joined = [channel for channel in chat.world.channels.values() if is_member(user, channel)]
    shown, page = one_page(call, joined, MAX_PER_PAGE, chat.now())
    channels = [_describe(channel, call) for channel in shown]
    return Answer(200, {"channels": channels, "total_records": len(joined), **page})


def read_channel(chat: Chat, call: Call, channel_id: str) -> Answer:
    """``GET /v2/chat/channels/{channelId}``."""
    require_user_token(chat, call)
    return Answer(200, _describe(_channel(chat, channel_id), call))


def read_user_channel(chat: Chat, call: Call, user_id: str, channel_id: str) -> Answer:
    """``GET /v2/chat/users/{userId}/channels/{channelId}``."""
    user = acting_user(chat, call, user_id)
    channel = _channel(chat, channel_id)
    if not is_member(user, channel):
        raise refuse(400, 200, "No permission to access this channel.")
    return Answer(200, _describe(channel, call))


def read_user(chat: Chat, call: Call, user_id: str) -> Answer:
    """``GET /v2/users/{userId}``."""
    user = acting_user(chat, call, user_id, ("user:read:user", "user:read"))
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


def follow_link(chat: Chat, call: Call, token: str) -> Answer:
    """``GET /launch/chat/v2/{token}``: a channel, a person or a message."""
    try:
        padded = token + "=" * (-len(token) % 4)
        target = json.loads(base64.b64decode(padded, altchars=b"-_"))
        place = chat.world.by_jid(target["sid"])
        message_id = str(target.get("mid", ""))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        place = None
    if place is None:
        raise Refusal(404, "This link leads to no channel and no person of the sandbox.\n")
    key = place.id if isinstance(place, world.Channel) else place.email
    parts = (quote(part, safe="@") for part in (key, message_id) if part)
    return Answer(302, headers={"location": f"/#{'/'.join(parts)}"})


def follow_bot_link(chat: Chat, call: Call) -> Answer:
    """``GET /launch/chat?jid=robot_...``: the bot, whose messages stand in the channels."""
    return Answer(302, headers={"location": "/"})


def _channel(chat: Chat, channel_id: str) -> world.Channel:
    channel = chat.world.channel(channel_id)
    if channel is None:
        raise refuse(404, 4130, f"Channel does not exist: {channel_id}.")
    return channel


def _describe(channel: world.Channel, call: Call) -> dict[str, Any]:
    return {
        "id": channel.id,
        "jid": channel.jid,
        "name": channel.name,
        "type": channel.type,
        "channel_url": link(call, sid=channel.jid),
        "channel_settings": {"posting_permissions": 1, "mention_all_permissions": 1},
    }
