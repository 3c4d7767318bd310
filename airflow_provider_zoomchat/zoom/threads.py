"""The replies in a thread: which part is asked for, and reading what comes. Pure.

Source of every rule here, unless named otherwise: https://developers.zoom.us/docs/api/team-chat/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

from .addresses import url
from .errors import ConfigError
from .http import Request
from .team_chat import named

#: Replies of one page, Zoom's maximum.
PAGE_SIZE = 100

#: How far back is read if nobody says. Zoom lists messages of "recent 6 months", of which the
#: shortest have 181 days; that a thread ends there too is assumed.
LIFE = timedelta(days=180)

#: By how much the clocks of Zoom and of this machine may differ; assumed.
_CLOCKS = timedelta(minutes=5)

_SECOND = timedelta(seconds=1)


class Thread(NamedTuple):
    """A thread as it was read.

    :param replies: as `read_reply` gives them, oldest first.
    :param asked_by: who sent the first message, by e-mail address and id; empty if Zoom did not
        tell, or was not asked.
    """

    replies: list[dict[str, Any]]
    asked_by: tuple[str, ...] = ()


def read_since(since: object, now: datetime) -> datetime:
    """Return the moment from which on replies are wanted.

    :param since: an aware moment; None is as long ago as Zoom tells.
    :param now: aware.
    :raises ConfigError: it is naive, or in the future.
    """
    if since is None:
        return now - LIFE
    if not isinstance(since, datetime):
        raise ConfigError(f"since must be a datetime, not a value of type {type(since).__name__}.")
    if since.utcoffset() is None:
        raise ConfigError(
            f"since {since.isoformat()} has no time zone: give an aware datetime, such as the time "
            "of a reply, or one with tzinfo=timezone.utc."
        )
    if since > now + _CLOCKS:
        raise ConfigError(
            f"since {since.isoformat()} is in the future: no reply can be that new. Check its time "
            "zone."
        )
    return max(since, datetime(1970, 1, 1, tzinfo=timezone.utc))


def replies_page(
    base_url: str,
    user_id: str,
    message_id: str,
    *,
    since: datetime,
    to: datetime | None,
    target: tuple[str, str],
    need_main_message: bool = False,
) -> Request:
    """Return the request for the newest replies of a thread, at most `PAGE_SIZE`.

    Needs the scope ``team_chat:read:thread_message:admin`` (classic: ``chat_message:read:admin``).

    :param message_id: of the first message of the thread.
    :param to: replies up to this moment; None is Zoom's now.
    :param target: where the message is; what `team_chat.target` returned.
    :param need_main_message: whether the first message is wanted too.

    Answer: 200 ``{"total": ..., "messages": [...]}``; 404 with code 4131 where there is no such
    message.
    """
    params = {
        target[0]: target[1],
        "from": _in_seconds(since),
        "limit": str(PAGE_SIZE),
        "sort": "desc",
        "need_main_message": "true" if need_main_message else "false",
    }
    if to is not None:
        params["to"] = _in_seconds(to)
    return Request(
        doing=f"read the replies to a message in {named(target)}",
        api="team_chat",
        method="GET",
        url=url(base_url, "chat", "users", user_id, "messages", message_id, "thread"),
        params=params,
        repeatable=True,
    )


def read_all(ask: Callable[[datetime | None], Mapping[str, Any]], since: datetime) -> Thread:
    """Return a thread with all its replies, oldest first, each once.

    Zoom has no token for a next page. So the newest page comes first, and each next one ends where
    the one before began; whether Zoom counts that moment in does not matter, since the two overlap.
    A page may be shorter than Zoom's maximum and not the last, as where replies were deleted, so
    the end is a page with nothing new, or a short one with as many as Zoom counts in all.

    More than `PAGE_SIZE` replies within two seconds would end it early: Zoom takes no more than ten
    messages of a channel in a second.

    :param ask: returns Zoom's answer to `replies_page` for the end that it is given.
    """
    found: dict[str, dict[str, Any]] = {}
    asked_by: tuple[str, ...] = ()
    to: datetime | None = None
    while to is None or to >= since:
        answer = ask(to)
        entries = _list(answer.get("messages"))
        asked_by = asked_by or _sender_of_first(entries)
        replies = [reply for reply in map(read_reply, entries) if reply is not None]
        new = {reply["id"]: reply for reply in replies if reply["id"] not in found}
        found |= new
        total = answer.get("total")
        is_short = len(entries) < PAGE_SIZE and isinstance(total, int) and len(found) >= total
        if not new or is_short:
            break
        oldest = min(reply["time"] for reply in replies).replace(microsecond=0) + _SECOND
        to = oldest if to is None else min(oldest, to - _SECOND)
    # Zoom is asked in whole seconds, and so may give what is a little older.
    wanted = [reply for reply in found.values() if reply["time"] >= since]
    return Thread(sorted(reversed(wanted), key=lambda reply: reply["time"]), asked_by)


def read_reply(entry: object) -> dict[str, Any] | None:
    """Return a reply as Zoom lists it, as plain values; None for what is not a reply.

    ``sender`` is the e-mail address; of somebody whose address Zoom does not tell, who may be of
    another account, the user id or the member id. ``sender_id`` is the user id or the member id.
    ``is_bot`` tells of a message that an app has sent: it has a ``bot_message``, or nobody as its
    sender (assumed: the reference says no more of it than that it is an object).
    """
    if not isinstance(entry, Mapping) or entry.get("is_reply") is False:
        return None
    reply_id, milliseconds = entry.get("msg_id"), entry.get("timestamp")
    if not isinstance(reply_id, str) or not isinstance(milliseconds, int):
        return None
    people = _people(entry)
    try:
        time = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return None
    return {
        "id": reply_id,
        "text": str(entry.get("message") or ""),
        "sender": people[0] if people else "",
        "sender_id": people[-1] if people else "",
        "sender_name": str(entry.get("sender_display_name") or ""),
        "is_bot": bool(entry.get("bot_message")) or not people,
        "time": time,
    }


def _people(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """Return by what the sender of a message is known: e-mail address, user id or member id."""
    email = entry.get("sender_email")
    user_id = entry.get("sender_user_id") or entry.get("sender_member_id")
    return tuple(str(name) for name in (email, user_id) if name)


def _sender_of_first(entries: list[Any]) -> tuple[str, ...]:
    first = (one for one in entries if isinstance(one, Mapping) and one.get("is_reply") is False)
    return _people(next(first, {}))


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _in_seconds(moment: datetime) -> str:
    """Return a moment as Zoom takes it.

    With milliseconds it is refused (code 300, "Invalid parameter: from."), as the author of a
    public client has seen in 2026-08.
    """
    utc = moment.astimezone(timezone.utc).replace(tzinfo=None)
    return f"{utc.isoformat(timespec='seconds')}Z"
