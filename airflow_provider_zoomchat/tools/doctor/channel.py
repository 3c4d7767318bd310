"""The channel of a connection: found by id, JID or name among those that the user sees."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator

from ...hooks import scopes, targets
from ...hooks.connection import Settings, client_for, label, read_connection
from ...zoom import channels
from ...zoom.addresses import channel_id
from ...zoom.channels import Channel
from ...zoom.client import ZoomClient
from ...zoom.deadline import Deadline
from ...zoom.errors import ConfigError, UnreachableError, ZoomChatError
from ...zoom.http import Request
from . import access
from .access import lacks_scope
from .connection import Step
from .source import find

#: Of one list; with `channels.PAGE_SIZE`, 30,000 channels.
MAX_PAGES = 100

#: Seconds for one list.
SECONDS = 60.0


class Listing:
    """The channels that a user sees, page by page: pages of channels, and how many Zoom counts.

    A page may be empty and yet not be the last. What has no end is not listed to its end.

    :param seconds: for all pages together.
    """

    def __init__(
        self, client: ZoomClient, api: str, user_id: str, *, seconds: float = SECONDS
    ) -> None:
        self._client = client
        self._api = api
        self._user_id = user_id
        self._seconds = seconds
        #: After the last page: what is left out, as a sentence; empty if nothing is.
        self.left_out = ""

    def __iter__(self) -> Iterator[tuple[list[Channel], int]]:
        """Yield the channels of one page after the other, each once.

        :raises ZoomChatError: Zoom refuses, does not answer, or gives the same page for ever.
        """
        deadline = Deadline(self._seconds)
        seen: set[str] = set()
        tokens = {""}
        token, total, limit = "", 0, f"{MAX_PAGES} pages"
        for number in range(MAX_PAGES):
            try:
                page = self._page(token, deadline)
            except ZoomChatError:
                # Only a first page must be there; of the others, what there is time for.
                if deadline.remaining > 0 or not number:
                    raise
                limit = f"{self._seconds:g} s"
                break
            new = {channel.id: channel for channel in page.channels if channel.id not in seen}
            seen.update(new)
            total = max(page.total, len(seen))
            yield list(new.values()), total
            token = page.next_page_token
            if not token:
                return
            if token in tokens:
                raise UnreachableError(
                    f"Could not list the channels of user {self._user_id!r}: there is no end to "
                    f"Zoom's pages ({len(seen):,} channels so far). Try again later."
                )
            tokens.add(token)
        counted = f"; Zoom counts {total:,}" if total > len(seen) else ""
        self.left_out = (
            f"The list ends after {limit}, with {len(seen):,} channels{counted}. The others are "
            "left out: the link of a channel, copied in Zoom, has its id too (zoomchat channels "
            "--link)."
        )

    def _page(self, token: str, deadline: Deadline) -> channels.Page:
        seconds = min(self._client.time_budget, deadline.remaining)
        request = channels.list_page(self._api, self._user_id, token)
        return channels.page(self._client.send(request, time_budget=seconds))


def of_connection(conn_id: str, stdin: Callable[[], str]) -> tuple[str, Listing]:
    """Return the acting user of a connection and the pages of what that user sees.

    :param conn_id: its id; ``-`` for one that `stdin` gives as JSON or as a URI.
    :raises ConfigError: there is no such connection, or its app may not list channels.
    :raises UnreachableError: nobody answers at Zoom's hosts.
    """
    found = find(conn_id, stdin)
    settings = read_connection(found.connection, found.called)
    if settings.app_type != "server_to_server":
        raise ConfigError(
            f"{found.called} has App type {settings.app_type!r}, and only an app of type "
            "'server_to_server' may list channels. Use a connection of that type, or copy the "
            "channel's link in Zoom and give it to zoomchat channels --link."
        )
    user_id = targets.user(settings, None)
    client = client_for(settings, time_budget=access.TIME_BUDGET)
    for url in access.addresses(settings).values():
        # A wrong host or proxy is no better at a second try.
        client.reach(Request("list the channels", "team_chat", "GET", url, repeatable=True))
    return user_id, Listing(client, settings.at.api, user_id)


#: How an id looks (https://developers.zoom.us/docs/api/team-chat/ shows 32 hex digits), and what
#: may be one. A name has blanks, or is shorter.
_ID = re.compile(r"[0-9a-fA-F]{32}")
_PERHAPS_ID = re.compile(r"[\w-]{16,64}", re.ASCII)


def check_channel(settings: Settings, client: ZoomClient) -> tuple[Step, Channel | None]:
    """Return whether the default channel is one of the acting user's, and the channel."""
    given, user_id = settings.channel, settings.user_id
    if settings.app_type == "incoming_webhook":
        text = "Not checked: no call tells which channel the Webhook URL leads to. --send tries it."
        return Step("channel", "skipped", text), None
    if given is None:
        text = f"{label('channel')} is empty, so each message must name its channel."
        return Step("channel", "note", text), None
    linked = channels.id_in_link(given)
    if linked:
        text = f"{label('channel')} is a link. Put the id in it there: {linked}"
        return Step("channel", "failed", text), None
    if settings.app_type == "chatbot":
        return _of_a_bot(settings, given), None
    if user_id is None:
        text = f"{label('user_id')} is empty, so nobody's channels can be looked at."
        return Step("channel", "skipped", text), None
    return look_up(settings, client, user_id, given)


def _of_a_bot(settings: Settings, given: str) -> Step:
    if "@" not in given and not _ID.fullmatch(given):
        return Step(
            "channel",
            "note",
            f"{label('channel')} is {given!r}, which does not look like an id (32 digits and "
            "letters a to f) or a JID; is it the name? `zoomchat channels` lists ids, for a "
            "server_to_server connection.",
        )
    try:
        targets.jid(settings, given)
    except ConfigError as error:
        return Step("channel", "failed", f"{label('channel')}: {error}")
    return Step(
        "channel",
        "note",
        f"Default channel is {given!r}. A bot's token may not look at channels: --send tries it.",
    )


def look_up(
    settings: Settings, client: ZoomClient, user_id: str, given: str
) -> tuple[Step, Channel | None]:
    """Return what is known of a channel, and the channel if the user is a member.

    A name fails, with its channel: it stands where an id belongs.
    """
    wanted = channel_id(given.strip())
    try:
        found, others, left_out = _listed(settings, client, user_id, wanted)
    except ZoomChatError as error:
        if lacks_scope(error):
            return _read(settings, client, user_id, wanted)
        return Step("channel", "failed", str(error)), None
    if found:
        return _member(found, user_id, wanted), found
    name = _name(wanted)
    named = [one for one in others if name and one.name.lower() == name]
    if len(named) == 1:
        text = f"{given!r} is the name of a channel. Put its id there: {named[0].id}"
        return Step("channel", "failed", text), named[0]
    if named:
        ids = ", ".join(f"{one.id} ({one.kind})" for one in named)
        text = f"{given!r} is the name of {len(named)} channels. Put the id of one there: {ids}"
        return Step("channel", "failed", text), None
    if _PERHAPS_ID.fullmatch(wanted) and re.search(r"\d", wanted):
        step, read = _read(settings, client, user_id, wanted)
        if step.outcome != "note":
            return step, read
    text = f"{_unknown(given, user_id, others)} {left_out}".strip()
    return Step("channel", "failed", text), None


def _listed(
    settings: Settings, client: ZoomClient, user_id: str, wanted: str
) -> tuple[Channel | None, list[Channel], str]:
    """Return the channel with an id, those that were seen on the way to it, what is left out."""
    seen: list[Channel] = []
    pages = Listing(client, settings.at.api, user_id, seconds=client.time_budget)
    for page, _ in pages:
        seen += page
        for channel in page:
            if channel.id.lower() == wanted.lower():
                return channel, seen, ""
    return None, seen, pages.left_out


def _read(
    settings: Settings, client: ZoomClient, user_id: str, wanted: str
) -> tuple[Step, Channel | None]:
    """Return what Zoom says of a channel alone, which tells a stranger's from one that is none."""
    try:
        answer = client.send(channels.read(settings.at.api, user_id, wanted))
    except ZoomChatError as error:
        if lacks_scope(error):
            text = (
                f"Channel {wanted!r} cannot be looked at without the scope {scopes.LIST_CHANNELS}."
            )
            return Step("channel", "note", f"{text} --send tries it."), None
        return Step("channel", "failed", str(error)), None
    found = channels.channel(answer)
    step = _member(found, user_id, wanted)
    if step.outcome == "ok":  # Zoom shows a public channel to others too
        text = f"{found.id} is {found.name!r} ({found.kind}). Not checked: whether {user_id!r} is"
        step = Step("channel", "note", f"{text} a member. --send tries it.")
    return step, found


def _member(channel: Channel, user_id: str, wanted: str) -> Step:
    if channel.id != wanted:
        # Tasks send what stands there, and Zoom's ids are not known to be the same in capitals.
        text = (
            f"{wanted!r} is the id of {channel.name!r} in other letters. Put the id there exactly"
        )
        return Step("channel", "failed", f"{text}: {channel.id}")
    text = f"{channel.id} is {channel.name!r} ({channel.kind}); {user_id!r} is a member."
    return Step("channel", "ok", text)


def _unknown(given: str, user_id: str, others: list[Channel]) -> str:
    """Return that a user has no such channel, with those that may be meant."""
    words = _name(given)
    names = {one.name.lower(): one for one in others}
    near = difflib.get_close_matches(words, names, n=3, cutoff=0.6)
    near += [name for name in names if words and words in name and name not in near]
    meant = ", ".join(f"{names[name].name!r} is {names[name].id}" for name in near[:3])
    return (
        f"{given!r} is neither the id nor the name of one of the {len(others)} channels that "
        f"{user_id!r} sees. "
        + (f"Near it: {meant}." if meant else "Add that user to the channel, and give its id.")
    )


def _name(given: str) -> str:
    """Return what a text is as the name of a channel, to be compared."""
    return given.strip().lower().removeprefix("#").strip()
