"""Who sends a message and where it goes: what is given, else what the connection says. Pure."""

from __future__ import annotations

from typing import Any

from ..zoom import arguments, chatbot, team_chat
from ..zoom.addresses import bot_link, channel_id, channel_link
from ..zoom.contacts import is_address
from ..zoom.errors import ConfigError
from .connection import Settings


def user(settings: Settings, user_id: object) -> str:
    """Return the user who posts."""
    given = arguments.optional_text("user_id", user_id) or settings.user_id
    if given == "me" or not given:
        raise ConfigError(
            "No acting user: give user_id, or fill Acting user in the connection, with the e-mail "
            "address of the user who posts ('me' is not for a Server-to-Server app)."
        )
    return given


def target(settings: Settings, to_channel: object, to_contact: object) -> tuple[str, str]:
    """Return where a user's message goes, as Zoom's key and its value."""
    return team_chat.target(to_channel, to_contact, settings.channel)


def bot(settings: Settings, user_jid: object = None) -> chatbot.Bot:
    """Return the bot that posts, and on whose behalf."""
    behalf = _behalf(settings, user_jid) or _behalf(settings, settings.user_jid)
    return chatbot.Bot(settings.robot_jid or "", settings.account_id or "", behalf)


def jid(settings: Settings, to_jid: object) -> str:
    """Return the JID that a bot's message goes to, or the e-mail address of a person to look up."""
    given = arguments.optional_text("to_jid", to_jid) or settings.channel
    if given and settings.lookup_conn_id and is_address(given):
        return given
    return chatbot.jid(to_jid, settings.channel, bot(settings), settings.at.xmpp)


def _behalf(settings: Settings, user_jid: object) -> str | None:
    given = arguments.optional_text("user_jid", user_jid)
    if given and settings.lookup_conn_id and is_address(given):
        return given
    return chatbot.user_jid(user_jid)


def describe(
    settings: Settings,
    message_id: str | None,
    *,
    to_channel: object = None,
    to_contact: object = None,
    user_id: object = None,
    to_jid: object = None,
) -> dict[str, Any]:
    """Return what is known of a message without asking Zoom; see `ZoomHook.describe`."""
    channel: str | None = settings.channel
    sender: str | None = None
    where: str | None = "the webhook's channel"
    if settings.app_type == "server_to_server":
        sender = user(settings, user_id)
        kind, where = target(settings, to_channel, to_contact)
        channel = where if kind == "to_channel" else None
    elif settings.app_type == "chatbot":
        sender = settings.robot_jid
        where = jid(settings, to_jid) if to_jid or channel else None
        channel = where if where and "@conference." in where else None
    link = channel_link(channel_id(channel), settings.at) if channel else None
    if link is None and settings.robot_jid:
        link = bot_link(settings.robot_jid, settings.at)
    return {
        "door": settings.app_type,
        "target": where,
        "message_id": message_id,
        "sender": sender,
        "link": link,
    }
