"""Who sends a message and where it goes: the arguments, else the connection. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ..zoom import chatbot, team_chat, validation
from ..zoom.addresses import (
    bot_link,
    channel_id,
    channel_link,
    is_channel_jid,
    is_email,
    may_be_channel_id,
)
from ..zoom.errors import ConfigError
from .app_types import APP_TYPES, CHATBOT, TARGETS, TEAM_CHAT
from .connection import Settings


class ExistingMessage(NamedTuple):
    """A message that a user has posted.

    :param user: who asks for it, or changes it.
    :param target: where it is, as Zoom's key and its value.
    """

    message_id: str
    user: str
    target: tuple[str, str]


def user(settings: Settings, user_id: object, message: object = None) -> str:
    """Return the user who posts.

    :param message: what is changed, if it is known who sent that; see `known`.
    """
    sender = known(message, settings.app_type).get("user_id")
    if settings.app.acts_for_one_user:
        # https://developers.zoom.us/docs/api/using-zoom-apis/: another user id is refused (124).
        if validation.optional_text("user_id", user_id) not in (None, "me"):
            raise ConfigError(
                f"user_id cannot be given: an app of type {settings.app_type!r} acts for the user "
                "who has authorized it, and for nobody else."
            )
        return "me"
    given = validation.optional_text("user_id", user_id or sender) or settings.user_id
    if given == "me" or not given:
        raise ConfigError(
            "No acting user: give user_id, or fill Acting user in the connection, with the e-mail "
            "address of the user who posts ('me' is not for a Server-to-Server app)."
        )
    return given


def id_of(message: object) -> object:
    """Return the id of a message that is given by its id, or by all that is known of it."""
    return message.get("message_id") if isinstance(message, Mapping) else message


def known(message: object, app_type: str) -> dict[str, str]:
    """Return where a message is and who sent it, under the hook's names; empty for a plain id.

    :param message: an id, or what `describe` returned, as the XCom ``zoom_message`` holds it.
    :param app_type: of the app that is to change it, or to reply.
    :raises ConfigError: an app of another type has posted it.
    """
    if not isinstance(message, Mapping):
        return {}
    by = message.get("app_type")
    if by is not None and (by not in APP_TYPES or APP_TYPES[by].api != APP_TYPES[app_type].api):
        raise ConfigError(
            f"The message was posted with App type {by!r}, and App type {app_type!r} can neither "
            "change it nor reply to it: use the operator and the connection that posted it."
        )
    found = {name: message.get(name) for name in TARGETS}
    if by in (None, app_type):
        found["user_id"] = message.get("sender")
    return {name: value for name, value in found.items() if isinstance(value, str) and value}


def target(
    settings: Settings, to_channel: object, to_contact: object, message: object = None
) -> tuple[str, str]:
    """Return where a user's message goes, as Zoom's key and its value.

    :param message: what is changed or replied to, if it is known where that is; see `known`.
    """
    if not (to_channel or to_contact):
        there = known(message, settings.app_type)
        to_channel, to_contact = there.get("to_channel"), there.get("to_contact")
    return team_chat.target(to_channel, to_contact, settings.channel)


def bot(settings: Settings, user_jid: object = None) -> chatbot.Bot:
    """Return the bot that posts, and on whose behalf."""
    behalf = _behalf(settings, user_jid) or _behalf(settings, settings.user_jid)
    return chatbot.Bot(settings.robot_jid or "", settings.account_id or "", behalf)


def bot_target(settings: Settings, to_jid: object) -> str:
    """Return the JID that a bot's message goes to, or the e-mail address of a person to look up."""
    given = validation.optional_text("to_jid", to_jid) or settings.channel
    if given and settings.lookup_conn_id and is_email(given):
        return given
    return chatbot.target_jid(to_jid, settings.channel, bot(settings), settings.hosts.xmpp)


def _behalf(settings: Settings, user_jid: object) -> str | None:
    given = validation.optional_text("user_jid", user_jid)
    if given and settings.lookup_conn_id and is_email(given):
        return given
    return chatbot.user_jid(user_jid)


def describe(
    settings: Settings,
    message: object = None,
    *,
    parent: object = None,
    to_channel: object = None,
    to_contact: object = None,
    user_id: object = None,
    to_jid: object = None,
    look_up: Callable[[str, str], str],
) -> dict[str, Any]:
    """Return what is known of a message; see `ZoomHook.describe`.

    :param message: what is edited or deleted, by its id or by all that is known of it.
    :param parent: what it replies to, in the same way.
    :param look_up: returns the id or the JID of a channel that may be given by name; its other
        argument is who posts.
    """
    channel: str | None = settings.channel
    sender: str | None = None
    value: str | None = "the webhook's channel"
    named: dict[str, str] = {}
    if settings.app.api == TEAM_CHAT:
        sender = user(settings, user_id, message)
        key, value = target(settings, to_channel, to_contact, message or parent)
        value = look_up(value, sender) if key == "to_channel" else value
        channel = value if key == "to_channel" else None
        named = {key: value}
    elif settings.app.api == CHATBOT:
        sender = settings.robot_jid
        to_jid = to_jid or known(message or parent, settings.app_type).get("to_jid")
        value = look_up(bot_target(settings, to_jid), "") if to_jid or channel else None
        channel = value if value and is_channel_jid(value) else None
        named = {"to_jid": value} if value else {}
    is_known = channel is not None and may_be_channel_id(channel)  # else it was not looked up
    link = channel_link(channel_id(channel), settings.hosts) if channel and is_known else None
    if link is None and settings.robot_jid:
        link = bot_link(settings.robot_jid, settings.hosts)
    return {
        "app_type": settings.app_type,
        "target": value,
        **named,
        "message_id": id_of(message),
        "sender": sender,
        "link": link,
    }
