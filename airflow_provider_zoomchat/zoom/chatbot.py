"""Messages that a bot posts: arguments to requests. Pure.

Source of every rule here, unless named otherwise: https://developers.zoom.us/docs/api/chatbot/
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import validation
from .addresses import channel_jid, is_channel_jid, is_email, is_user_jid, url
from .errors import ConfigError
from .http import Request, json_request

#: A client-credentials token has the scope ``imchat:bot`` alone.
#: Source: https://developers.zoom.us/docs/team-chat/installation-and-authentication/
LOOK_UP = (
    "A bot's own token cannot find people by e-mail address: fill Look-up connection (extra "
    "lookup_conn_id) with a server_to_server connection of the same account, or give a JID."
)


@dataclass(frozen=True)
class Bot:
    """Who posts: what stands in every call of one bot."""

    robot_jid: str
    account_id: str
    user_jid: str | None = None


def send(
    base_url: str,
    bot: Bot,
    *,
    card: dict[str, Any],
    to_jid: str,
    reply_to: str | None = None,
    visible_to_user: Any = None,
    zoom_markdown: Any = None,
) -> Request:
    """Return the request that posts a card as the bot.

    :param card: what `cards.prepare.prepare` returned.
    :param to_jid: what `target_jid` returned.
    :param reply_to: the id of the message to reply to.
    :param visible_to_user: only this user sees it; admin-managed apps only
        (https://developers.zoom.us/docs/team-chat/send-edit-and-delete-messages/).

    Answer: 201 ``{"message_id": ..., "sent_time": ...}``.
    """
    body = {
        **_body(bot, card, zoom_markdown),
        "to_jid": to_jid,
        "reply_to": reply_to,
        "visible_to_user": validation.optional_text("visible_to_user", visible_to_user),
    }
    return json_request(
        {key: value for key, value in body.items() if value is not None},
        doing=f"send a bot message to {to_jid!r}",
        api="chatbot",
        method="POST",
        url=url(base_url, "im", "chat", "messages"),
        id_key="message_id",
        target=to_jid.lower(),
    )


def edit(
    base_url: str,
    bot: Bot,
    message_id: str,
    *,
    card: dict[str, Any],
    to_jid: str | None = None,
    visible_to_user: Any = None,
    zoom_markdown: Any = None,
) -> Request:
    """Return the request that replaces the whole card of a message that the bot sent.

    `to_jid` stands in no schema, but clients that were tried against Zoom send it
    (https://github.com/porter-liu/hermes-zoom-team-chat, https://github.com/Jericho/ZoomNet).

    :param visible_to_user: as for `send`. It stands in no schema either, but in Zoom's guide
        (https://developers.zoom.us/docs/team-chat/send-edit-and-delete-messages/).

    Answer: 200 ``{"message_id": ...}``.
    """
    body = {
        **_body(bot, card, zoom_markdown),
        "to_jid": to_jid,
        "visible_to_user": validation.optional_text("visible_to_user", visible_to_user),
    }
    return json_request(
        {key: value for key, value in body.items() if value is not None},
        doing="edit a bot message",
        api="chatbot",
        method="PUT",
        url=url(base_url, "im", "chat", "messages", message_id),
        repeatable=True,
    )


def delete(base_url: str, bot: Bot, message_id: str) -> Request:
    """Return the request that deletes a message the bot sent. Account and bot go into the query.

    Zoom's older guide puts them into the body; the reference and clients that were tried against
    Zoom (https://github.com/Jericho/ZoomNet) use the query.

    Answer: 200 with the deleted message.
    """
    params = {"account_id": bot.account_id, "robot_jid": bot.robot_jid}
    if bot.user_jid:
        params["user_jid"] = bot.user_jid
    return Request(
        doing="delete a bot message",
        api="chatbot",
        method="DELETE",
        url=url(base_url, "im", "chat", "messages", message_id),
        params=params,
        repeatable=True,
    )


def target_jid(given: str, bot: Bot, xmpp: str) -> str:
    """Return the JID that a bot message goes to; a bare channel id becomes its JID."""
    if given == bot.robot_jid:
        raise ConfigError(f"to_jid {given!r} is the bot's own JID: give a channel or a user.")
    if "@" in given and not (is_user_jid(given) or is_channel_jid(given)):
        raise ConfigError(
            f"to_jid {given!r} is neither a channel's id nor a JID. A channel is "
            f"<channel id>@conference.{xmpp}, a person <user id in lower case>@{xmpp}."
            f"{_by_address(given)}"
        )
    return channel_jid(given, xmpp)


def user_jid(given: str) -> str:
    """Return the JID of the user on whose behalf a bot speaks."""
    if is_channel_jid(given) or not is_user_jid(given):
        raise ConfigError(
            f"user_jid {given!r} is no user's JID: it reads <user id in lower case>@xmpp.zoom.us."
            f"{_by_address(given)}"
        )
    return given


def _by_address(given: str) -> str:
    """Return how a person can be given by e-mail address, where one is given."""
    return f" {LOOK_UP}" if is_email(given) else ""


def _body(bot: Bot, card: dict[str, Any], zoom_markdown: Any) -> dict[str, Any]:
    return {
        "robot_jid": bot.robot_jid,
        "account_id": bot.account_id,
        "content": card,
        "user_jid": bot.user_jid or None,
        "is_markdown_support": validation.flag("zoom_markdown", zoom_markdown),
    }
