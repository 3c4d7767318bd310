"""Where messages go: the channels of an acting user, the default channel, and a test message.

The test message is posted on request, and deleted where Zoom can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from ...hooks import app_types, channel_lookup, targets, user_lookup
from ...hooks.app_types import CHATBOT, TEAM_CHAT, WEBHOOK
from ...hooks.channel_lookup import Listing, list_channels
from ...hooks.connection import field_label
from ...hooks.user_lookup import LookupHook
from ...zoom import channels, chatbot, team_chat, webhook
from ...zoom.addresses import (
    channel_id,
    id_in_link,
    is_channel_id,
    is_channel_jid,
    may_be_channel_id,
)
from ...zoom.channels import Channel
from ...zoom.deadline import Deadline
from ...zoom.errors import ConfigError, GoneError, ZoomChatError
from ...zoom.http import Request
from .access import needed_hosts, reach
from .connection import PlainHook, called, connect
from .step import Step, failed, note, ok, skipped

#: What is posted for a moment.
TEXT = "Test message of `zoomchat doctor`."
_AT_ONCE = f"{TEXT} It is deleted again at once."


def channels_of(conn_id: str, stdin: Callable[[], str]) -> tuple[str, Iterator[Listing]]:
    """Return the acting user of a connection and the channels that this user sees.

    :param conn_id: its id; ``-`` for one that `stdin` gives as JSON or as a URI.
    :raises ConfigError: there is no such connection, or its app may not list channels.
    :raises UnreachableError: nobody answers at Zoom's hosts.
    """
    hook = connect(conn_id, stdin)
    settings = hook.settings
    if settings.app.api != TEAM_CHAT:
        raise ConfigError(
            f"{called(conn_id)} has App type {settings.app_type!r}, and only an app of type "
            f"{' or '.join(map(repr, TEAM_CHAT.app_types))} may list channels. Use such a "
            "connection, or copy the channel's link in Zoom and give it to zoomchat channels "
            "--link."
        )
    user_id = targets.user(settings, None)
    for url in needed_hosts(settings).values():
        # A wrong host or proxy is no better at a second try.
        reach(hook, "list the channels", url)
    return user_id, list_channels(hook.client, settings.hosts.api, user_id)


def check_channel(hook: PlainHook) -> list[Step]:
    """Return whether the default channel is one of the acting user's, and who may post there."""
    settings, text = hook.settings, hook.settings.channel
    if settings.app.api == WEBHOOK:
        why = "no call tells which channel the Webhook URL leads to. --send tries it."
        return [skipped("channel", f"Not checked: {why}")]
    if text is None:
        why = f"{field_label('channel')} is empty, so each message must name its channel."
        return [note("channel", why)]
    linked = id_in_link(text)
    if linked:
        return [
            failed(
                "channel", f"{field_label('channel')} is a link. Put the id in it there: {linked}"
            )
        ]
    if settings.app.api == CHATBOT:
        return [_check_channel_of_bot(hook, text)]
    if not settings.app.acts_for_one_user and settings.user_id is None:
        why = f"{field_label('user_id')} is empty, so nobody's channels can be looked at."
        return [skipped("channel", why)]
    step, channel = look_up(hook, targets.user(settings, None), text)
    if channel is None or channel.posting is None:
        return [step]
    may_post = f"In {channel.name!r} {channels.POSTING[channel.posting]} may post"
    if channel.posting == 1:
        return [step, ok("posting", f"{may_post}.")]
    return [step, note("posting", f"{may_post}: see that the acting user is one of them.")]


def _check_channel_of_bot(hook: PlainHook, text: str) -> Step:
    label = field_label("channel")
    if "@" not in text and not may_be_channel_id(text):
        try:
            other, user_id = channel_lookup.through(hook, text)
        except ConfigError as error:
            return failed("channel", f"{label}: {error}")
        return look_up(other, user_id, text)[0]
    if "@" not in text and not is_channel_id(text):
        return note(
            "channel",
            f"{label} is {text!r}, which does not look like an id (32 digits and letters a to f) "
            "or a JID; is it the name? `zoomchat channels` lists ids, for a server_to_server or "
            "user_oauth connection.",
        )
    try:
        targets.of_bot(hook.settings, text)
    except ConfigError as error:
        return failed("channel", f"{label}: {error}")
    why = "A bot's token may not look at channels: --send tries it."
    return note("channel", f"Default channel is {text!r}. {why}")


def look_up(hook: LookupHook, user_id: str, text: str) -> tuple[Step, Channel | None]:
    """Return what Zoom tells of a channel, and the channel if the user is a member.

    A name is looked up by tasks too, so it is no failure; its id is told, which is better.

    :param text: an id, a JID or a name.
    """
    wanted = channel_id(text.strip())
    listing = Listing([], 0)
    try:
        pages = list_channels(
            hook.client, hook.settings.hosts.api, user_id, seconds=hook.client.time_budget
        )
        for listing in pages:
            for channel in listing.channels:
                if channel.id.lower() == wanted.lower():
                    return _as_member(channel, user_id, wanted), channel
    except ZoomChatError as error:
        if not app_types.lacks_scope(error):
            return failed("channel", error), None
        if may_be_channel_id(wanted):
            return _look_at(hook, user_id, wanted)
        needed = hook.settings.app.list_channels
        why = f"{text!r} is a name, which no task can look up without the scope {needed}. Give the"
        return failed("channel", f"{why} id, which is in its link too (zoomchat channels)."), None
    named = channels.named(listing.channels, wanted)
    if len(named) == 1:
        why = (
            f"{text!r} is the name of a channel, which tasks look up once a day. Its id needs no "
            f"look-up and stays when the channel is renamed. Better put it there: {named[0].id}"
        )
        return note("channel", why), named[0]
    if named:
        return failed("channel", channels.several(named, text)), None
    if may_be_channel_id(wanted):
        step, read = _look_at(hook, user_id, wanted)
        if read or step.outcome == "failed":
            return step, read
    near = channels.near(listing.channels, text)
    near = near or "Add that user to the channel, and give its id."
    why = (
        f"{text!r} is neither the id nor the name of one of the {len(listing.channels)} channels "
        f"that {user_id!r} sees. {near} {listing.left_out}"
    )
    return failed("channel", why.strip()), None


def _look_at(hook: LookupHook, user_id: str, wanted: str) -> tuple[Step, Channel | None]:
    """Return what Zoom says of a channel alone, to tell a foreign channel from a missing one."""
    try:
        answer = hook.client.send(channels.get_channel(hook.settings.hosts.api, user_id, wanted))
    except ZoomChatError as error:
        if not app_types.lacks_scope(error):
            return failed("channel", error), None
        needed = hook.settings.app.list_channels
        why = f"cannot be looked at without the scope {needed}. --send tries it."
        return note("channel", f"Channel {wanted!r} {why}"), None
    channel = channels.channel(answer)
    step = _as_member(channel, user_id, wanted)
    if step.outcome == "ok":  # Zoom shows a public channel to others too
        why = f"Not checked: whether {user_id!r} is a member. --send tries it."
        step = note("channel", f"{channel.id} is {channel.name!r} ({channel.kind}). {why}")
    return step, channel


def _as_member(channel: Channel, user_id: str, wanted: str) -> Step:
    if channel.id != wanted:
        # Tasks send what stands there, and Zoom's ids are not known to be the same in capitals.
        why = f"{wanted!r} is the id of {channel.name!r} in other letters"
        return failed("channel", f"{why}. Put the id there exactly: {channel.id}")
    is_member = f"{channel.id} is {channel.name!r} ({channel.kind}); {user_id!r} is a member."
    return ok("channel", is_member)


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
        behalf = user_lookup.jid("user_jid", bot.user_jid, hook, deadline)
        bot = replace(bot, user_jid=behalf)
        given = targets.of_bot(settings, to).required()
        jid = user_lookup.jid("to_jid", given.value, hook, deadline)
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
        return team_chat.target(None, to, hook.settings.channel)
    step, channel = look_up(hook, user_id, to)
    if channel is None and step.outcome == "failed":
        raise ConfigError(step.text)
    return team_chat.target(channel.id if channel else channel_id(to), None)
