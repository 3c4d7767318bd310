"""Whether a message that may have been posted was: what Zoom is asked, and what it says. Pure.

After a send whose end is not known, the messages of its channel are listed. It is found where
exactly one message that nobody else holds has its sender, its words and its thread, and came since
it went out. It is absent only where Zoom surely lists it no more: something newer is listed, and
nothing that it could be.

Source of every rule here, unless named otherwise: https://developers.zoom.us/docs/api/team-chat/
"""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any

from .addresses import url
from .errors import UnreachableError
from .http import Request, Response, UserMessage
from .team_chat import named

#: Messages of one page, Zoom's maximum.
PAGE_SIZE = 50

#: Pages that are read at most. Zoom takes 10 messages a second of a channel, and the time that is
#: looked at has some 15 seconds: four pages are enough.
MAX_PAGES = 20

#: Seconds by which Zoom's clock may differ from what its last answer said: that names whole
#: seconds, and took its time to come. Several of Zoom's servers are assumed to agree.
SLACK = 2.0

#: The same where Zoom has not answered yet: by how much this machine's clock may differ; assumed.
SLACK_UNKNOWN = 60.0

#: Seconds after the end of a call in which Zoom may still post what it has received. That messages
#: are listed in the order of their times is assumed too: whoever sees a later one sees all before.
SETTLES = 3.0


@dataclass(frozen=True)
class Sent:
    """A message that went out: plain values, which are kept until its end is known.

    :param sender: the user, as the call names it.
    :param target: where to; what `team_chat.target` returned.
    :param thread: the id of the first message of its thread, if it is a reply.
    :param text_hash: of its text, see `normalised`.
    :param since: when it went out, in seconds since 1970 by Zoom's clock.
    :param slack: by how many seconds that may be wrong.
    """

    sender: str
    target: tuple[str, str]
    thread: str | None
    text_hash: str
    since: float
    slack: float

    def as_json(self) -> dict[str, Any]:
        """Return it as a JSON value."""
        return {**asdict(self), "target": list(self.target)}

    @classmethod
    def of_json(cls, given: object) -> Sent | None:
        """Return what `as_json` has made; None for anything else."""
        try:
            kept: Any = given
            key, value = kept["target"]
            return cls(**{**kept, "target": (key, value)})
        except (TypeError, KeyError, ValueError):
            return None


def sent(post: UserMessage, now: datetime, ahead: float | None) -> Sent | None:
    """Return a message that goes out now; None if it has no words to know it by.

    :param now: the time on this machine.
    :param ahead: see `clock_ahead`; None where Zoom has not answered yet.
    """
    text = normalised(post.text)
    if not text:
        return None
    since = now.timestamp() + (ahead or 0.0)
    slack = SLACK_UNKNOWN if ahead is None else SLACK
    return Sent(post.sender, post.target, post.thread, _fingerprint(text), since, slack)


def clock_ahead(response: Response) -> float | None:
    """Return by how many seconds Zoom's clock is ahead of this machine's; None if it is not told.

    It is never too high: the header was written before the answer came, and is cut to seconds.

    Source: https://www.rfc-editor.org/rfc/rfc9110#name-date
    """
    try:
        date = parsedate_to_datetime(response.headers.get("date", ""))
        if date.tzinfo is None:  # "-0000"
            date = date.replace(tzinfo=timezone.utc)
        return (date - response.time).total_seconds()
    except (TypeError, ValueError, OverflowError):
        return None


def normalised(text: str) -> str:
    """Return a text without what may differ between what is sent and what is listed.

    Formats stand beside a text and mentions are a part of it, both when it is sent and when it is
    listed. Blanks and breaks of lines, marks without a width, forms of the same letter, and signs
    that are written for HTML (``&amp;``) are assumed to be what may change.
    """
    while (plain := _plainer(text)) != text:
        text = plain
    return text


def _plainer(text: str) -> str:
    # An ampersand that is written many times over would take as many turns.
    once = re.sub(r"&(?:amp;)+", "&", text)
    text = unicodedata.normalize("NFC", html.unescape(once))
    # U+FE0E and U+FE0F choose between the two looks of an emoji.
    seen = (one for one in text if one not in "\ufe0e\ufe0f" and unicodedata.category(one) != "Cf")
    return " ".join("".join(seen).split())


def messages_page(
    base_url: str, sent: Sent, *, since: float, to: float, next_page_token: str | None = None
) -> Request:
    """Return the request for messages of the target of a message, at most `PAGE_SIZE`.

    Needs the scope ``team_chat:read:list_user_messages:admin`` (classic:
    ``chat_message:read:admin`` or ``chat_message:write:admin``). Replies are listed too, since each
    newer message counts.

    :param since: from this second on, since 1970.
    :param to: up to this one.
    :param next_page_token: of the page before, if there is one.

    Answer: 200 ``{"messages": [...], "next_page_token": ""}``; what was deleted is left out.
    """
    params = {
        sent.target[0]: sent.target[1],
        "from": _moment(since),
        "to": _moment(to),
        "page_size": str(PAGE_SIZE),
    }
    if next_page_token:
        params["next_page_token"] = next_page_token
    return Request(
        doing=f"look for a message in {named(sent.target)}",
        api="team_chat",
        method="GET",
        url=url(base_url, "chat", "users", sent.sender, "messages"),
        params=params,
        repeatable=True,
    )


@dataclass(frozen=True)
class Listed:
    """A message as Zoom lists it.

    :param key: its id in the spelling in which ids are compared.
    :param time: in seconds since 1970.
    """

    id: str
    key: str
    sender: str
    thread: str | None
    text_hash: str
    time: float


def read_page(answer: Mapping[str, Any]) -> list[Listed]:
    """Return the messages of a page.

    :raises UnreachableError: there is one that cannot be read, and it may be the one.
    """
    try:
        return [_listed(entry) for entry in answer["messages"]]
    except (TypeError, KeyError, ValueError, AttributeError):
        raise UnreachableError("Zoom's list of messages cannot be read.") from None


def key(message_id: object) -> str:
    """Return an id as ids are compared: Zoom writes one in capitals, small letters or braces."""
    return str(message_id).strip("{}").lower()


@dataclass(frozen=True)
class Found:
    """It was posted."""

    message_id: str


@dataclass(frozen=True)
class Absent:
    """It was not posted."""


@dataclass(frozen=True)
class Unknown:
    """It may have been posted.

    :param why: one sentence.
    """

    why: str


Verdict = Found | Absent | Unknown


def concern(sent: Sent, sender: str, listed: Iterable[Listed]) -> list[Listed]:
    """Return the messages that could be the one that was sent: the sender's, or with its words.

    :param sender: the sender's e-mail address, by which Zoom lists it.
    """
    since = sent.since - sent.slack
    return [
        one
        for one in listed
        if one.time >= since
        and (one.sender.casefold() == sender.casefold() or one.text_hash == sent.text_hash)
    ]


def settled_at(sent: Sent, until: float) -> float:
    """Return from when on Zoom has posted a message or will not post it.

    :param until: when its call was surely over, in seconds since 1970 by Zoom's clock.
    """
    return until + max(SETTLES, sent.slack)


def decide(
    sent: Sent,
    sender: str,
    listed: Collection[Listed],
    *,
    until: float,
    held: Collection[str] = (),
    has_rival: bool = False,
) -> Verdict:
    """Return whether a message was posted.

    :param sender: its sender's e-mail address.
    :param listed: the messages since it went out.
    :param until: when its call was surely over, in seconds since 1970 by Zoom's clock.
    :param held: the `key` of each message that somebody else has posted.
    :param has_rival: whether somebody else may be posting the same words there.
    """
    own = [one for one in concern(sent, sender, listed) if one.key not in held]
    thread = key(sent.thread) if sent.thread else None
    settled = settled_at(sent, until)
    fitting = [
        one
        for one in own
        if (one.text_hash, one.thread) == (sent.text_hash, thread)
        and one.sender.casefold() == sender.casefold()
        and one.time <= settled
    ]
    if len(fitting) == 1 and not has_rival:
        return Found(fitting[0].id)
    if fitting and has_rival:
        return Unknown("Zoom lists it, but another task of this run may have posted it.")
    if fitting:
        return Unknown(f"Zoom lists {len(fitting)} messages with its words.")
    if any(one.time <= settled or one.text_hash == sent.text_hash for one in own):
        return Unknown("Zoom lists a message that could be it, but not as it was sent.")
    if any(one.time > settled for one in listed):
        return Absent()
    return Unknown("Zoom does not list it, nor anything newer.")


def _listed(entry: Mapping[str, Any]) -> Listed:
    message_id, thread = entry["id"], entry.get("reply_main_message_id")
    if not isinstance(message_id, str) or not message_id:
        raise ValueError
    return Listed(
        message_id,
        key(message_id),
        str(entry.get("sender") or ""),
        key(thread) if thread else None,
        _fingerprint(normalised(str(entry.get("message") or ""))),
        float(entry["timestamp"]) / 1000,
    )


def _fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def _moment(seconds: float) -> str:
    """Return a moment as Zoom takes it, in whole seconds."""
    moment = datetime(1970, 1, 1) + timedelta(seconds=int(seconds))
    return f"{moment.isoformat(timespec='seconds')}Z"
