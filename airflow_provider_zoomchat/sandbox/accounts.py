"""Tokens, users and channels: who an app is, who it speaks for, and what that user can reach.

Source: https://developers.zoom.us/docs/api/team-chat (OAS); for tokens see each function.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from airflow_provider_zoomchat.sandbox import world
from airflow_provider_zoomchat.sandbox.http import Answer, Call, Refusal, refuse
from airflow_provider_zoomchat.sandbox.state import Chat

MAX_PER_PAGE = 1000


def issue_token(chat: Chat, call: Call) -> Answer:
    """``POST /oauth/token``."""
    # https://developers.zoom.us/docs/internal-apps/s2s-oauth/: in the query or in the body. (One
    # report says that the query is no longer read: devforum.zoom.us 124925.) Which of two counts is
    # not documented: the body's.
    if call.form_fields is None and call.content.strip():
        raise _refuse_token("The request body must be application/x-www-form-urlencoded.")
    form = {**call.query, **(call.form_fields or {})}
    app = _app(call.headers.get("authorization", ""))
    grant_type = form.get("grant_type", "")
    # https://developers.zoom.us/docs/integrations/oauth-error-messages/ (4706, 4705): no shape or
    # words are given for these two; the names of the errors are those of RFC 6749.
    if not grant_type:
        raise _refuse_token("Missing grant type.")
    if grant_type not in {known.grant_type for known in world.APPS.values()}:
        raise _refuse_token("Unsupported grant type.", "unsupported_grant_type")
    if grant_type != app.grant_type:
        if grant_type == "account_credentials":
            # Zoom's words to an app of another type, as public code quotes them.
            raise _refuse_token("Account does not enabled the OAuth app type")
        raise _refuse_token("Unsupported grant type.", "unsupported_grant_type")
    if grant_type == "account_credentials" and form.get("account_id") != world.ACCOUNT_ID:
        raise _refuse_token("Account does not exist")
    token = chat.issue_token(grant_type)
    return Answer(
        200,
        {
            "access_token": token,
            "token_type": "bearer",
            "expires_in": int(chat.token_lifetime),
            "scope": " ".join(chat.tokens[token].scopes),
            "api_url": call.site,
        },
    )


def require_user_token(chat: Chat, call: Call, *, status: int = 401) -> None:
    """Let only the token of the Server-to-Server app pass.

    :param status: of the refusal; the file host has its own.
    """
    # https://developers.zoom.us/docs/api/team-chat (OAS). What a bot's token is told is not
    # documented beyond "fails" (devforum.zoom.us 88038); the same words are the likeliest.
    token = chat.tokens.get(_bearer(call))
    if token is None or token.grant_type != world.SERVER_TO_SERVER.grant_type:
        raise refuse(status, 124, "Invalid access token.")
    if token.ends <= chat.now():
        raise refuse(status, 124, "Access token is expired.")


def require_scope(chat: Chat, call: Call, scope: str, classic: str) -> None:
    """Let only a token with a scope pass, in either of Zoom's spellings.

    :param scope: the granular one; both without ``:admin``, which counts as well.
    """
    held = {each.removesuffix(":admin") for each in chat.tokens[_bearer(call)].scopes}
    if held.isdisjoint((scope, classic)):
        # devforum.zoom.us 108207
        lacking = f"{scope}, {scope}:admin"
        raise refuse(400, 4711, f"Invalid access token, does not contain scopes:[{lacking}].")


def require_bot_token(chat: Chat, call: Call) -> None:
    """Refuse any token but the bot's."""
    # https://developers.zoom.us/docs/api/chatbot (OAS), devforum.zoom.us 88038
    if not call.headers.get("authorization"):
        raise refuse(401, 7010, "Missing Authorization header.", result=False)
    token = chat.tokens.get(_bearer(call))
    live = token is not None and token.ends > chat.now()
    if not live or token is None or token.grant_type != world.CHATBOT.grant_type:
        raise refuse(401, 7010, "Invalid authorization token.", result=False)


def _app(authorization: str) -> world.App:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        # Error 4706 has no documented words.
        raise _refuse_token("Missing client_id or client_secret", "invalid_client")
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        client_id = secret = ""
    app = world.APPS.get(client_id)
    if app is None or app.client_secret != secret:
        # 400 is what clients of the real endpoint saw; Zoom's older pages say 401.
        raise _refuse_token("Invalid client_id or client_secret", "invalid_client")
    return app


def _bearer(call: Call) -> str:
    scheme, _, value = call.headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""


def _refuse_token(reason: str, error: str = "invalid_request") -> Refusal:
    return Refusal(400, {"reason": reason, "error": error})


def acting_user(
    chat: Chat, call: Call, user_id: str, scope: tuple[str, str] | None = None
) -> world.User:
    """Return the user a call speaks for.

    :param scope: that the call needs, see `require_scope`.
    :raises Refusal: the token is invalid, or no user has this id or e-mail. ``me`` is refused:
        https://developers.zoom.us/docs/api/using-zoom-apis/ keeps it for apps with a user of
        their own, which a Server-to-Server app has not.
    """
    require_user_token(chat, call)
    if scope:
        require_scope(chat, call, *scope)
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
    size_text = call.query.get("page_size", "10")
    size = int(size_text) if size_text.isdecimal() and len(size_text) < 5 else 0
    if not 1 <= size <= MAX_PER_PAGE:
        raise refuse(400, 300, "Invalid parameter: page_size.")
    start = _start_of_page(call.query.get("next_page_token", ""), len(joined))
    end = start + size
    return Answer(
        200,
        {
            "channels": [_describe(channel, call) for channel in joined[start:end]],
            "page_size": size,
            "total_records": len(joined),
            "next_page_token": _page_token(end) if end < len(joined) else "",
        },
    )


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


def _page_token(start: int) -> str:
    return base64.urlsafe_b64encode(f"page:{start}".encode()).decode()


def _start_of_page(token: str, total: int) -> int:
    if not token:
        return 0
    # There are so few channels that looking for the token beats decoding it.
    for start in range(1, total):
        if _page_token(start) == token:
            return start
    raise refuse(400, 300, "The next page token is invalid or expired.")
