"""Who sends a message and where it goes: the arguments, else the connection. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

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
from .app_types import APP_TYPES, TARGETS
from .connection import Settings


@dataclass
class Target:
    """Who sends a message, or asks for it, and where it is or goes: made once for each message.

    The hook's methods take it too, as `argument`, and then resolve nothing again.

    :param sender: the acting user, or the bot's JID; empty for a webhook.
    :param key: Zoom's key for it, which is the hook's argument too: ``to_channel``, ``to_contact``
        or ``to_jid``; empty where nobody says, and for a webhook.
    :param given: an id, a JID, an e-mail address, or a channel's name; empty where nobody says.
    """

    settings: Settings = field(repr=False)
    sender: str
    key: str = ""
    given: str = ""

    def __post_init__(self) -> None:
        #: What was given, or, once that is looked up, the id or the JID of the channel.
        self.value = self.given
        self.is_looked_up = False

    @property
    def place(self) -> tuple[str, str]:
        """Zoom's key and its value."""
        return self.key, self.value

    @property
    def argument(self) -> dict[str, Any]:
        """What a method of the hook is given in place of what it was made from."""
        return {self.key: self} if self.key else {}

    @property
    def is_channel(self) -> bool:
        """Whether it is a channel, and no person."""
        return self.key == "to_channel" or is_channel_jid(self.value)

    def required(self) -> Target:
        """Return it, if there is a target.

        :raises ConfigError: nobody says where a bot's message goes.
        """
        if not self.key:
            raise ConfigError("No target: give to_jid, or fill Default channel in the connection.")
        return self

    def describe(self, message: object) -> dict[str, Any]:
        """Return what is known of a message; see `ZoomHook.describe`.

        :param message: its id, or all that is known of it.
        """
        settings, link = self.settings, None
        where = self.value or None
        channel = where if self.is_channel else None
        if not self.key:
            channel = settings.channel  # a webhook's own, if its connection tells
        if channel and (self.is_looked_up or may_be_channel_id(channel)):
            link = channel_link(channel_id(channel), settings.hosts)
        elif settings.robot_jid:
            link = bot_link(settings.robot_jid, settings.hosts)
        return {
            "app_type": settings.app_type,
            "target": where,
            **({self.key: where} if self.key else {}),
            "message_id": id_of(message),
            "sender": self.sender or None,
            "link": link,
        }


def user(settings: Settings, user_id: object = None, sender: object = None) -> str:
    """Return the user who posts.

    :param sender: who has sent what is changed, if that is known.
    """
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


def of_user(
    settings: Settings,
    user_id: object,
    to_channel: object,
    to_contact: object,
    *,
    message: object = None,
    parent: object = None,
) -> Target:
    """Return who acts, and where a user's message is or goes.

    :param message: what is changed, by its id or by all that is known of it; see `known`.
    :param parent: what it replies to, in the same way; that may be anybody's.
    """
    given = to_channel or to_contact
    if isinstance(given, Target):
        return given
    there = known(message or parent, settings.app_type) if message or not given else {}
    sender = user(settings, user_id, there.get("user_id") if message else None)
    if not given:
        to_channel, to_contact = there.get("to_channel"), there.get("to_contact")
    return Target(settings, sender, *team_chat.target(to_channel, to_contact, settings.channel))


def bot(settings: Settings, user_jid: object = None) -> chatbot.Bot:
    """Return the bot that posts, and on whose behalf."""
    read = partial(validation.optional_text, "user_jid")
    behalf = read(user_jid) or read(settings.user_jid)
    if behalf and not (settings.lookup_conn_id and is_email(behalf)):
        behalf = chatbot.user_jid(behalf)
    return chatbot.Bot(settings.robot_jid or "", settings.account_id or "", behalf)


def of_bot(settings: Settings, to_jid: object, message: object = None) -> Target:
    """Return where a bot's message is or goes, which may be a person's e-mail address to look up.

    :param message: what is changed or replied to; see `known`.
    """
    if isinstance(to_jid, Target):
        return to_jid
    to_jid = to_jid or known(message, settings.app_type).get("to_jid")
    given = validation.optional_text("to_jid", to_jid) or settings.channel
    if given and not (settings.lookup_conn_id and is_email(given)):
        given = chatbot.target_jid(given, bot(settings), settings.hosts.xmpp)
    return Target(settings, settings.robot_jid or "", *(("to_jid", given) if given else ()))
