"""Whether messages get through: what the channel says, and on request a message that is tried."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from ...hooks import targets
from ...hooks.connection import Settings
from ...zoom import channels, chatbot, team_chat, webhook
from ...zoom.addresses import channel_id
from ...zoom.channels import Channel
from ...zoom.client import ZoomClient
from ...zoom.errors import ConfigError, GoneError, ZoomChatError
from ...zoom.http import Request
from . import access, channel
from .connection import Step

#: What is posted for a moment.
TEXT = "Test message of `zoomchat doctor`."
_AT_ONCE = f"{TEXT} It is deleted again at once."

_INTERRUPTED = "Sending was interrupted: the test message may stand in"


def permissions(channel: Channel | None) -> Iterator[Step]:
    """Yield who may post in a channel, where Zoom says so."""
    if channel is None or channel.posting is None:
        return
    who = channels.POSTING[channel.posting]
    if channel.posting == 1:
        yield Step("posting", "ok", f"In {channel.name!r} {who} may post.")
    else:
        yield Step(
            "posting",
            "note",
            f"In {channel.name!r} {who} may post: see that the acting user is one of them.",
        )


def attempt(settings: Settings, client: ZoomClient, to: str | None) -> Iterator[Step]:
    """Post a test message, delete it again, and yield what came of it.

    A Ctrl-C while it is sent or deleted comes through, after the step that says where it is.

    :param to: a channel's id, JID or name, or a person's e-mail address; for a bot a channel's id,
        or a JID. By default the connection's channel.
    """
    if settings.muted:
        yield Step("posting", "skipped", "The connection is muted, so nothing is sent.")
    elif settings.app_type == "incoming_webhook":
        yield from _through_webhook(settings, client, to)
    else:
        yield from _and_back(settings, client, to)


def _through_webhook(settings: Settings, client: ZoomClient, to: str | None) -> Iterator[Step]:
    if to is not None:
        yield Step("posting", "failed", "A webhook posts into its own channel alone: drop --to.")
        return
    lasting = "What a webhook posts cannot be deleted"
    yield Step("posting", "note", f"{lasting}: Zoom gives it no id. A test message goes out now.")
    try:
        client.send(webhook.send(settings.webhook_url or "", message=TEXT))
    except KeyboardInterrupt:
        yield Step("posting", "failed", f"{_INTERRUPTED} the channel.")
        raise
    except ZoomChatError as error:
        yield Step("posting", "failed", str(error))
    else:
        yield Step("posting", "ok", f"The test message is in the channel. {lasting} by this.")


def _and_back(settings: Settings, client: ZoomClient, to: str | None) -> Iterator[Step]:
    try:
        request, where = _message(settings, client, to)
    except ZoomChatError as error:
        yield Step("posting", "failed", str(error))
        return
    try:
        message_id = str(client.send(request)[request.id_key or "id"])
    except KeyboardInterrupt:
        yield Step("posting", "failed", f"{_INTERRUPTED} {where[1]!r}.")
        raise
    except ZoomChatError as error:
        yield Step("posting", "failed", str(error))
        return
    stays = f"Test message {message_id!r} stays in {where[1]!r}"
    try:
        _delete(settings, client, message_id, where)
    except KeyboardInterrupt:
        yield Step("posting", "failed", f"{stays}, for its deletion was interrupted.")
        raise
    except ZoomChatError as error:
        yield Step("posting", "failed", f"{stays}: {error}")
    else:
        text = f"A test message was posted to {where[1]!r} and deleted again."
        yield Step("posting", "ok", text)


def _message(
    settings: Settings, client: ZoomClient, to: str | None
) -> tuple[Request, tuple[str, str]]:
    """Return the test message, and where it goes as Zoom's key and value."""
    if settings.app_type == "chatbot":
        card: dict[str, Any] = {"head": {"text": "zoomchat doctor"}}
        card["body"] = [{"type": "message", "text": _AT_ONCE}]
        jid = access.jid(settings, targets.jid(settings, to), client)
        bot = access.bot(settings, client)
        return chatbot.send(settings.at.api, bot, card=card, to_jid=jid), ("to_jid", jid)
    user = targets.user(settings, None)
    where = _where(settings, client, user, to)
    return team_chat.send(settings.at.api, user, message=_AT_ONCE, target=where), where


def _where(settings: Settings, client: ZoomClient, user: str, to: str | None) -> tuple[str, str]:
    if to is None:
        return targets.target(settings, None, None)
    if "@" in to and "@conference." not in to:
        return targets.target(settings, None, to)
    step, found = channel.look_up(settings, client, user, to)
    if found is None and step.outcome == "failed":
        raise ConfigError(step.text)
    return targets.target(settings, found.id if found else channel_id(to), None)


def _delete(
    settings: Settings, client: ZoomClient, message_id: str, where: tuple[str, str]
) -> None:
    if settings.app_type == "chatbot":
        bot = access.bot(settings, client)
        deletion = chatbot.delete(settings.at.api, bot, message_id)
    else:
        user = targets.user(settings, None)
        deletion = team_chat.delete(settings.at.api, user, message_id, target=where)
    # Where the first answer was lost, the second try hears that there is nothing to delete.
    with suppress(GoneError):
        client.send(deletion)
