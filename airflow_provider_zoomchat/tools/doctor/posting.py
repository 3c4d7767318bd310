"""Whether a message gets through: one that is posted on request, and deleted where Zoom can."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from ...hooks import channel_lookup, targets, user_lookup
from ...hooks.app_types import CHATBOT, WEBHOOK
from ...zoom import chatbot, team_chat, webhook
from ...zoom.deadline import Deadline
from ...zoom.errors import ConfigError, GoneError, ZoomChatError
from ...zoom.http import Request
from ...zoom.ids import channel_id, is_channel_jid, may_be_channel_id
from .channels import look_up
from .connection import PlainHook
from .step import Step, failed, note, ok, skipped

#: What is posted for a moment.
TEXT = "Test message of `zoomchat doctor`."
_AT_ONCE = f"{TEXT} It is deleted again at once."


class _Test(NamedTuple):
    """A test message.

    :param place: where it goes, as errors name it.
    :param deletion: returns what deletes the message with an id; None where Zoom cannot.
    """

    request: Request
    place: str
    deletion: Callable[[str], Request] | None = None


def send_test_message(hook: PlainHook, to: str | None) -> Iterator[Step]:
    """Post a test message, delete it again, and yield what came of it.

    A Ctrl-C while it is sent or deleted comes through, after the step that says where it is.

    :param to: a channel's id, JID or name, or a person's e-mail address; for a bot a channel's id,
        or a JID. By default the connection's channel.
    """
    if hook.settings.muted:
        yield skipped("posting", "The connection is muted, so nothing is sent.")
        return
    try:
        test = _test_message(hook, to)
    except ZoomChatError as error:
        yield failed("posting", error)
        return
    lasting = "What a webhook posts cannot be deleted"
    if test.deletion is None:
        yield note("posting", f"{lasting}: Zoom gives it no id. A test message goes out now.")
    try:
        answer = hook.client.send(test.request)
    except KeyboardInterrupt:
        text = f"Sending was interrupted: the test message may stand in {test.place}."
        yield failed("posting", text)
        raise
    except ZoomChatError as error:
        yield failed("posting", error)
        return
    if test.deletion is None:
        yield ok("posting", f"The test message is in the channel. {lasting} by this.")
        return
    message_id = str(answer[test.request.id_key or "id"])
    stays = f"Test message {message_id!r} stays in {test.place}"
    try:
        # Where the first answer was lost, the second try hears that there is nothing to delete.
        with suppress(GoneError):
            hook.client.send(test.deletion(message_id))
    except KeyboardInterrupt:
        yield failed("posting", f"{stays}, for its deletion was interrupted.")
        raise
    except ZoomChatError as error:
        yield failed("posting", f"{stays}: {error}")
    else:
        yield ok("posting", f"A test message was posted to {test.place} and deleted again.")


def _test_message(hook: PlainHook, to: str | None) -> _Test:
    settings, base_url = hook.settings, hook.settings.hosts.api
    if settings.app.api == WEBHOOK:
        if to is not None:
            raise ConfigError("A webhook posts into its own channel alone: drop --to.")
        return _Test(webhook.send(settings.webhook_url or "", message=TEXT), "the channel")
    if settings.app.api == CHATBOT:
        deadline = Deadline(hook.time_budget)
        bot = targets.bot(settings)
        if bot.user_jid:
            behalf = user_lookup.jid("user_jid", bot.user_jid, hook, deadline)
            bot = replace(bot, user_jid=behalf)
        jid = user_lookup.jid("to_jid", targets.bot_target(settings, to), hook, deadline)
        jid = channel_lookup.jid_of(jid, hook)
        body = [{"type": "message", "text": _AT_ONCE}]
        card: dict[str, Any] = {"head": {"text": "zoomchat doctor"}, "body": body}
        send = chatbot.send(base_url, bot, card=card, to_jid=jid)
        return _Test(send, repr(jid), partial(chatbot.delete, base_url, bot))
    user_id = targets.user(settings, None)
    target = _target(hook, user_id, to)
    send = team_chat.send(base_url, user_id, message=_AT_ONCE, target=target)
    return _Test(send, repr(target[1]), partial(team_chat.delete, base_url, user_id, target=target))


def _target(hook: PlainHook, user_id: str, to: str | None) -> tuple[str, str]:
    """Return where a user's message goes, as Zoom's key and value."""
    if to is None and hook.settings.channel and not may_be_channel_id(hook.settings.channel):
        to = hook.settings.channel
    if to is None or ("@" in to and not is_channel_jid(to)):
        return targets.target(hook.settings, None, to)
    step, channel = look_up(hook, user_id, to)
    if channel is None and step.outcome == "failed":
        raise ConfigError(step.text)
    return targets.target(hook.settings, channel.id if channel else channel_id(to), None)
