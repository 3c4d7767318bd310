"""A call to Zoom and its answer as values, and where a redirect leads. Pure.

A request knows what it tries to do, so that every error can say it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, Protocol
from urllib.parse import SplitResult, parse_qsl, urljoin, urlsplit

from . import sanitize
from .addresses import is_in_domain
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
    :param follows: whether Zoom may send it to another of its hosts; see `redirected`.
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


# The file host redirects an upload to another of Zoom's, such as ``us04file.zoom.us``, and expects
# the same call there, token and all. `requests` would drop the token on the way, and nobody but
# Zoom may get it: so where it goes is decided here. No other call follows a redirect.
# Source: https://developers.zoom.us/docs/api/team-chat/ (uploads); a public C++ client met a 307.

#: In a row; assumed: one is what has been met.
MAX_REDIRECTS = 3

#: Zoom's, and Zoom for Government's. A token of one must not reach the other.
_DOMAINS = ("zoom.us", "zoomgov.com")

#: Not 303, which says that the call was taken and something else is to be read.
_STATUSES = (301, 302, 307, 308)


def redirected(
    request: Request, response: Response, *, answered_by: str | None = None
) -> Request | None:
    """Return the call to make instead; None where the answer stands.

    The method and the body stay, and so do the parameters that the new address does not name:
    without ``postToPersonalChat=false`` the file would be posted in the user's own chat too.

    :param request: the first call. The new one may go to its very server (scheme, host and port),
        or over https to Zoom's domain that it went to; to both if it went to neither.
    :param answered_by: the address that answered, if not that of the first call.
    """
    location = response.headers.get("location", "")
    if not request.follows or response.status not in _STATUSES or not location:
        return None
    try:
        target = urlsplit(urljoin(answered_by or request.url, location))
        base = _base(target, urlsplit(request.url))
    except ValueError:
        return None
    if base is None:
        return None
    query = f"?{target.query}" if target.query else ""
    named = dict(parse_qsl(target.query, keep_blank_values=True))
    return replace(
        request,
        url=f"{base}{target.path}{query}",
        params={name: value for name, value in request.params.items() if name not in named},
    )


def _base(target: SplitResult, first: SplitResult) -> str | None:
    """Return scheme, host and port to go to, or None where the token may not go.

    It is put together anew: what one reader of URLs takes for the host, another may not.
    """
    if _server(target) == _server(first):
        return f"{first.scheme}://{first.netloc}"
    name = target.hostname or ""
    own = [domain for domain in _DOMAINS if is_in_domain(first.hostname, domain)] or _DOMAINS
    if target.scheme != "https" or target.port not in (None, 443):
        return None
    if not re.fullmatch(r"[a-z0-9.-]+", name):
        return None
    return f"https://{name}" if any(is_in_domain(name, domain) for domain in own) else None


def _server(url: SplitResult) -> tuple[str, str | None, int | None]:
    default = {"http": 80, "https": 443}.get(url.scheme)
    return url.scheme, url.hostname, url.port or default
