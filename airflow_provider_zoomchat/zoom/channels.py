"""Channels: which ones a user sees, what they are called, and who may post there. Pure.

Source of every rule here, unless named otherwise: https://developers.zoom.us/docs/api/team-chat/
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import sanitize
from .addresses import url
from .http import Request

#: Channels of one page. Zoom gives up to 1000, but a channel with a long name has some 2 KB, and
#: an answer may have 1 MiB (`transport.MAX_ANSWER`).
PAGE_SIZE = 300

#: What Zoom's `type` says.
KINDS = {
    1: "private",
    2: "private, own organisation",
    3: "public",
    4: "group",
    5: "public, guests too",
}

#: What Zoom's `posting_permissions` says.
POSTING = {1: "all members", 2: "its owner and admins alone", 3: "chosen members alone"}


@dataclass(frozen=True)
class Channel:
    """A channel as Zoom lists it; its texts are in one line and without control characters.

    :param posting: a key of `POSTING`; None where Zoom does not say.
    """

    id: str
    jid: str
    name: str
    kind: str
    posting: int | None


@dataclass(frozen=True)
class Page:
    """A part of a list of channels.

    :param total: how many channels the whole list has.
    :param next_page_token: what the next page is asked for with; empty on the last one. It lives
        15 minutes.
    """

    channels: tuple[Channel, ...]
    total: int
    next_page_token: str


def list_page(base_url: str, user_id: str, next_page_token: str = "") -> Request:
    """Ask for a page of the channels that a user is a member of.

    Answer: 200 for `page_of`. Needs ``team_chat:read:list_user_channels`` or ``chat_channel:read``.
    """
    params = {"page_size": str(PAGE_SIZE)}
    if next_page_token:
        params["next_page_token"] = next_page_token
    return Request(
        doing=f"list the channels of user {user_id!r}",
        api="team_chat",
        method="GET",
        url=url(base_url, "chat", "users", user_id, "channels"),
        params=params,
        repeatable=True,
    )


def get_channel(base_url: str, user_id: str, channel: str) -> Request:
    """Ask for one channel, as a user sees it.

    Answer: 200 for `channel`; 400 with code 200 for who is no member; 404 with code 4130 for what
    is no channel. Needs ``team_chat:read:user_channel`` or ``chat_channel:read``.
    """
    return Request(
        doing=f"look up channel {channel!r}",
        api="team_chat",
        method="GET",
        url=url(base_url, "chat", "users", user_id, "channels", channel),
        repeatable=True,
        id_key="id",
    )


def page_of(answer: Mapping[str, Any]) -> Page:
    """Return what Zoom answered to `list_page`; entries without an id are left out."""
    listed = answer.get("channels")
    entries = listed if isinstance(listed, list) else []
    read = (
        channel(entry)
        for entry in entries
        if isinstance(entry, dict) and isinstance(entry.get("id"), str)
    )
    found = tuple(one for one in read if one.id)
    total = answer.get("total_records")
    token = answer.get("next_page_token")
    return Page(
        found,
        total if isinstance(total, int) else len(found),
        token if isinstance(token, str) else "",
    )


def channel(entry: Mapping[str, Any]) -> Channel:
    """Return the channel of an entry of Zoom's list, or of an answer to `get_channel`."""
    settings = entry.get("channel_settings")
    kind = entry.get("type")
    posting = settings.get("posting_permissions") if isinstance(settings, dict) else None
    return Channel(
        id=sanitize.one_line(str(entry["id"])),
        jid=sanitize.one_line(str(entry.get("jid") or "")),
        name=sanitize.one_line(str(entry.get("name") or "")),
        kind=KINDS.get(kind, "unknown") if isinstance(kind, int) else "unknown",
        posting=posting if isinstance(posting, int) and posting in POSTING else None,
    )


def as_name(text: str) -> str:
    """Return a text as the name of a channel, without the ``#`` that people write before it.

    >>> as_name(" #Data-Team")
    'Data-Team'
    """
    return text.strip().removeprefix("#").strip()


def folded(text: str) -> str:
    """Return the name of a channel as names are compared, in small letters."""
    return as_name(text).casefold()


def named(listed: Iterable[Channel], text: str) -> list[Channel]:
    """Return the channels with a name; if one has it in the same letters, that one alone."""
    name = folded(text)
    found = [one for one in listed if name and folded(one.name) == name]
    same = [one for one in found if one.name == text.strip()]
    return same if len(same) == 1 else found


def several(found: Sequence[Channel], text: str) -> str:
    """Return what to do about a name that several channels have."""
    ids = ", ".join(f"{one.id} ({one.kind})" for one in found)
    return f"{text!r} is the name of {len(found)} channels. Give the id of one of them: {ids}"


def near(listed: Sequence[Channel], text: str) -> str:
    """Return those channels that may be meant by a name, as a sentence; empty if there are none."""
    name, by_name = folded(text), {folded(one.name): one for one in listed}
    found = difflib.get_close_matches(name, by_name, n=3, cutoff=0.6)
    found += [other for other in by_name if name and name in other and other not in found]
    meant = ", ".join(f"{by_name[other].name!r} is {by_name[other].id}" for other in found[:3])
    return f"Near it: {meant}." if meant else ""
