"""A call to Zoom and its answer as values. Pure.

A request knows what it tries to do, so that every error can say it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, Protocol

from . import sanitize
from .errors import UnreachableError

ApiName = Literal["team_chat", "chatbot", "webhook", "token"]

#: Added to an error when the call may have taken effect and must not be made again unseen.
MAY_HAVE_ARRIVED = (
    "It may have been posted all the same: look into the chat before you send it again."
)

#: Bytes per second that the slowest network is assumed to carry; assumed: 2 Mbit/s.
SLOWEST = 256 * 1024


class Streamed(Protocol):
    """A body that is read piece by piece while it goes out, and so needs no memory.

    It has a length in bytes, and each iteration begins anew: a call may be made again.
    """

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[bytes]: ...


@dataclass(frozen=True)
class UserMessage:
    """What a user's message is recognised by in the list of its channel.

    :param sender: the user, as the call names it.
    :param target: where it goes, as Zoom's key and its value.
    :param thread: the id of the first message of its thread, if it is a reply.
    """

    sender: str
    target: tuple[str, str]
    thread: str | None
    text: str


@dataclass(frozen=True)
class Request:
    """One HTTP call.

    :param doing: what it tries to do, to stand behind "Could not".
    :param api: the Zoom API that is called; codes mean different things on each.
    :param repeatable: whether making it twice does no more than making it once.
    :param id_key: the key of the answer that holds the message id; an answer without is an error.
    :param streamed: the body, if it is not held in memory.
    :param follows: whether Zoom may send it to another of its hosts; see `redirects`.
    :param target: where a message goes, for Zoom limits the messages to each channel; see
        `retry.Blocks`.
    :param post: what it posts, if it can be looked for afterwards; see `posted`.
    """

    doing: str
    api: ApiName
    method: str
    url: str = field(repr=False)
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    repeatable: bool = False
    id_key: str | None = None
    streamed: Streamed | None = field(default=None, repr=False)
    follows: bool = False
    target: str | None = field(default=None, repr=False)
    post: UserMessage | None = field(default=None, repr=False)

    @property
    def transfer_time(self) -> float:
        """Seconds that the body may take on a slow network, beyond those of any call."""
        return 0.0 if self.streamed is None else len(self.streamed) / SLOWEST

    def with_headers(self, **headers: str) -> Request:
        """Return the same request with more headers."""
        return replace(self, headers={**self.headers, **headers})


@dataclass(frozen=True)
class Response:
    """What came back.

    :param headers: with names in lower case.
    :param time: when it came, aware.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    time: datetime


def json_request(content: Any, **request: Any) -> Request:
    """Return a request with a JSON body.

    Source of the content type: https://developers.zoom.us/docs/api/team-chat/.
    """
    return Request(
        **request,
        headers={"Content-Type": "application/json"},
        body=json.dumps(content, separators=(",", ":")).encode(),
    )


def unclear(request: Request, problem: str) -> UnreachableError:
    """Return the error for a call that went out and whose end is not known.

    :param problem: what went wrong, in whole sentences.
    """
    remedy = "" if request.repeatable else MAY_HAVE_ARRIVED
    return UnreachableError(
        f"Could not {request.doing}: {problem} {remedy}".strip(),
        may_have_arrived=not request.repeatable,
    )


def host(url: str) -> str:
    """Return the host of a URL: all of it that may stand in an error.

    >>> host("socks5h://user:secret@proxy.example.com:1080/path")
    'proxy.example.com:1080'
    """
    match = re.match(r"[a-z][a-z0-9+.-]*://([^/?#]*)", url, re.IGNORECASE)
    return sanitize.one_line(match.group(1).rpartition("@")[2]) if match else "the server"
