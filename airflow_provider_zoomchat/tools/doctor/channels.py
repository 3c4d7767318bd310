"""The channels that an acting user sees, and the default channel of a connection among them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ...hooks import scopes, targets
from ...hooks.connection import field_label
from ...zoom import channels
from ...zoom.addresses import channel_id
from ...zoom.channels import Channel
from ...zoom.client import ZoomClient
from ...zoom.deadline import Deadline
from ...zoom.errors import ConfigError, UnreachableError, ZoomChatError
from .access import needed_hosts, reach
from .connection import PlainHook, called, connect
from .step import Step, failed, note, ok, skipped

#: Of one list; with `channels.PAGE_SIZE`, 30,000 channels.
MAX_PAGES = 100

#: Seconds for one list.
SECONDS = 60.0


@dataclass(frozen=True)
class Listing:
    """The channels that a user sees, as far as they have come.

    :param total: how many Zoom counts.
    :param left_out: after the last page, what is left out, as a sentence; empty if nothing is.
    """

    channels: list[Channel]
    total: int
    left_out: str = ""


def list_channels(
    client: ZoomClient, api: str, user_id: str, *, seconds: float = SECONDS
) -> Iterator[Listing]:
    """Yield the channels that a user sees, each once: after every page those of all pages so far.

    A page may be empty and yet not be the last. At most `MAX_PAGES` pages are read.

    :param seconds: for all pages together.
    :raises ZoomChatError: Zoom refuses, does not answer, or gives the same page for ever.
    """
    deadline = Deadline(seconds)
    found: dict[str, Channel] = {}
    tokens = {""}
    token, total, limit = "", 0, f"{MAX_PAGES} pages"
    for number in range(MAX_PAGES):
        request = channels.list_page(api, user_id, token)
        try:
            left = min(client.time_budget, deadline.remaining)
            page = channels.page(client.send(request, time_budget=left))
        except ZoomChatError:
            # Only a first page must be there; of the others, what there is time for.
            if deadline.remaining > 0 or not number:
                raise
            limit = f"{seconds:g} s"
            break
        for channel in page.channels:
            found.setdefault(channel.id, channel)
        total = max(page.total, len(found))
        yield Listing(list(found.values()), total)
        token = page.next_page_token
        if not token:
            return
        if token in tokens:
            raise UnreachableError(
                f"Could not list the channels of user {user_id!r}: Zoom returned the same page "
                f"twice ({len(found):,} channels so far). Try again later."
            )
        tokens.add(token)
    counted = f"; Zoom counts {total:,}" if total > len(found) else ""
    left_out = (
        f"The list ends after {limit}, with {len(found):,} channels{counted}. The others are left "
        "out: the link of a channel, copied in Zoom, has its id too (zoomchat channels --link)."
    )
    yield Listing(list(found.values()), total, left_out)


def channels_of(conn_id: str, stdin: Callable[[], str]) -> tuple[str, Iterator[Listing]]:
    """Return the acting user of a connection and the channels that this user sees.

    :param conn_id: its id; ``-`` for one that `stdin` gives as JSON or as a URI.
    :raises ConfigError: there is no such connection, or its app may not list channels.
    :raises UnreachableError: nobody answers at Zoom's hosts.
    """
    hook = connect(conn_id, stdin)
    settings = hook.settings
    if settings.app.api != "team_chat":
        raise ConfigError(
            f"{called(conn_id)} has App type {settings.app_type!r}, and only an app of type "
            "'server_to_server' or 'user_oauth' may list channels. Use such a connection, or copy "
            "the channel's link in Zoom and give it to zoomchat channels --link."
        )
    user_id = targets.user(settings, None)
    for url in needed_hosts(settings).values():
        # A wrong host or proxy is no better at a second try.
        reach(hook, "list the channels", url)
    return user_id, list_channels(hook.client, settings.at.api, user_id)


#: How an id looks (https://developers.zoom.us/docs/api/team-chat/ shows 32 hex digits), and what
#: may be one. A name has blanks, or is shorter.
_ID = re.compile(r"[0-9a-fA-F]{32}")
_PERHAPS_ID = re.compile(r"(?=.*\d)[\w-]{16,64}", re.ASCII)


def check_channel(hook: PlainHook) -> list[Step]:
    """Return whether the default channel is one of the acting user's, and who may post there."""
    settings, text = hook.settings, hook.settings.channel
    if settings.app_type == "incoming_webhook":
        why = "no call tells which channel the Webhook URL leads to. --send tries it."
        return [skipped("channel", f"Not checked: {why}")]
    if text is None:
        why = f"{field_label('channel')} is empty, so each message must name its channel."
        return [note("channel", why)]
    linked = channels.id_in_link(text)
    if linked:
        return [
            failed(
                "channel", f"{field_label('channel')} is a link. Put the id in it there: {linked}"
            )
        ]
    if settings.app_type == "chatbot":
        return [_check_channel_of_bot(hook, text)]
    if settings.app_type == "server_to_server" and settings.user_id is None:
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
    if "@" not in text and not _ID.fullmatch(text):
        return note(
            "channel",
            f"{field_label('channel')} is {text!r}, which does not look like an id (32 digits and "
            "letters a to f) or a JID; is it the name? `zoomchat channels` lists ids, for a "
            "server_to_server or user_oauth connection.",
        )
    try:
        targets.jid(hook.settings, text)
    except ConfigError as error:
        return failed("channel", f"{field_label('channel')}: {error}")
    why = "A bot's token may not look at channels: --send tries it."
    return note("channel", f"Default channel is {text!r}. {why}")


def look_up(hook: PlainHook, user_id: str, text: str) -> tuple[Step, Channel | None]:
    """Return what Zoom tells of a channel, and the channel if the user is a member.

    A name fails, with its channel: it stands where an id belongs.

    :param text: an id, a JID or a name.
    """
    wanted = channel_id(text.strip())
    listing = Listing([], 0)
    try:
        pages = list_channels(
            hook.client, hook.settings.at.api, user_id, seconds=hook.client.time_budget
        )
        for listing in pages:
            for channel in listing.channels:
                if channel.id.lower() == wanted.lower():
                    return _as_member(channel, user_id, wanted), channel
    except ZoomChatError as error:
        if scopes.lacks_scope(error):
            return _look_at(hook, user_id, wanted)
        return failed("channel", error), None
    name = _as_name(wanted)
    named = [one for one in listing.channels if name and one.name.lower() == name]
    if len(named) == 1:
        step = failed(
            "channel", f"{text!r} is the name of a channel. Put its id there: {named[0].id}"
        )
        return step, named[0]
    if named:
        ids = ", ".join(f"{one.id} ({one.kind})" for one in named)
        why = f"{text!r} is the name of {len(named)} channels. Put the id of one there: {ids}"
        return failed("channel", why), None
    if _PERHAPS_ID.fullmatch(wanted):
        step, read = _look_at(hook, user_id, wanted)
        if read or step.outcome == "failed":
            return step, read
    near = _near(name, listing.channels) or "Add that user to the channel, and give its id."
    why = (
        f"{text!r} is neither the id nor the name of one of the {len(listing.channels)} channels "
        f"that {user_id!r} sees. {near} {listing.left_out}"
    )
    return failed("channel", why.strip()), None


def _look_at(hook: PlainHook, user_id: str, wanted: str) -> tuple[Step, Channel | None]:
    """Return what Zoom says of a channel alone, to tell a foreign channel from a missing one."""
    try:
        answer = hook.client.send(channels.read(hook.settings.at.api, user_id, wanted))
    except ZoomChatError as error:
        if not scopes.lacks_scope(error):
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


def _near(name: str, listed: list[Channel]) -> str:
    """Return those channels that may be meant by a name, as a sentence; empty if there are none."""
    by_name = {one.name.lower(): one for one in listed}
    near = difflib.get_close_matches(name, by_name, n=3, cutoff=0.6)
    near += [other for other in by_name if name and name in other and other not in near]
    meant = ", ".join(f"{by_name[other].name!r} is {by_name[other].id}" for other in near[:3])
    return f"Near it: {meant}." if meant else ""


def _as_name(text: str) -> str:
    """Return what a text is as the name of a channel, to be compared."""
    return text.strip().lower().removeprefix("#").strip()
