"""Faults on demand: what goes wrong with the next calls, and Zoom's rate limits.

An answer may come late, in pieces, without end or not at all. Times are in seconds.
"""

from __future__ import annotations

import json
import re
import uuid
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from http.client import responses
from typing import TYPE_CHECKING, Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from airflow_provider_zoomchat.sandbox.http import Answer, Call, Refusal
from airflow_provider_zoomchat.sandbox.world import Channel, User

if TYPE_CHECKING:
    from airflow_provider_zoomchat.sandbox.state import Chat

KINDS = ("status", "hang", "drop", "cut", "drip", "flood")

# https://developers.zoom.us/docs/api/rate-limits/: calls per second of a Pro account, by label.
PER_SECOND = {"Light": 30, "Medium": 20}

# https://developers.zoom.us/docs/api/team-chat (OAS of February 2026): messages, within seconds,
# and the seconds the channel is then blocked.
FLOOD = ((10, 1, 10), (30, 10, 30), (60, 100, 60), (450, 1000, 300))


def _is_amount(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 86_400


def _is_body(value: Any) -> bool:
    try:
        json.dumps(None if isinstance(value, bytes) else value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def _are_headers(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(name, str)
        and re.fullmatch(r"[A-Za-z0-9-]+", name)
        and isinstance(text, str)
        and text.isascii()
        and text.isprintable()
        for name, text in value.items()
    )


#: What the fields of a fault must be.
_FIELDS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "path": (lambda value: isinstance(value, str), "a text"),
    "times": (lambda value: type(value) is int and value > 0, "a whole number above 0"),
    "accept": (lambda value: isinstance(value, bool), "true or false"),
    "status": (lambda value: type(value) is int, "a whole number"),
    "seconds": (_is_amount, "a number from 0 to 86400"),
    "megabytes": (_is_amount, "a number from 0 to 86400"),
    "body": (_is_body, "a text, bytes or a JSON value"),
    "headers": (_are_headers, "an object of header names and texts"),
}


@dataclass
class Fault:
    """One thing that goes wrong, with the next ``times`` calls whose path contains ``path``.

    :param kind: "status": the answer has this status. "hang": it comes only after so many seconds.
        "drop": the connection is closed without one; "cut": in the middle of it. "drip": the answer
        has no end, and a byte every so many seconds; "flood": it has so many megabytes.
    :param accept: the call takes effect all the same; only the answer fails.
    :raises ValueError: a field has a value that makes no sense.
    """

    kind: str
    path: str = ""
    times: int = 1
    accept: bool = False
    status: int = 0
    seconds: float = 0
    megabytes: float = 0
    body: Any = None  # text, bytes, a JSON value; None = Zoom's own body for the status
    headers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}; it is {self.kind!r}.")
        for name, (fits, expected) in _FIELDS.items():
            if not fits(getattr(self, name)):
                raise ValueError(f"{name} must be {expected}; it is {getattr(self, name)!r}.")
        if self.kind == "status" and not 200 <= self.status <= 599:
            raise ValueError(f"status must be 200 to 599; it is {self.status!r}.")

    def as_json(self) -> dict[str, Any]:
        """Return the fault as ``state.json`` shows it."""
        body = self.body.decode("utf-8", "replace") if isinstance(self.body, bytes) else self.body
        return {**vars(self), "body": body, "headers": dict(self.headers)}


def fault_from_json(value: Any) -> Fault:
    """Return the fault a JSON object describes.

    :raises ValueError: it describes none; the message is one line that says why.
    """
    if not isinstance(value, dict) or "kind" not in value:
        raise ValueError('a fault is a JSON object such as {"kind": "status", "status": 503}.')
    unknown = ", ".join(sorted(value.keys() - Fault.__dataclass_fields__.keys()))
    if unknown:
        raise ValueError(f"a fault has no field {unknown}.")
    return Fault(**{name: given for name, given in value.items() if given is not None})


def zooms_words(status: int, path: str) -> Any:
    """Return the body Zoom itself gives with a status, in the shape of the API at this path."""
    phrase = responses.get(status, f"HTTP {status}")
    code, message = _WORDS.get(status, (status, f"{phrase}."))
    if "/oauth/" in path:
        return {"reason": message, "error": "invalid_request" if status < 500 else "server_error"}
    if "/webhooks/" in path or "/incoming/" in path:
        return message
    if "/v2/im/" in path:
        if status == 401:
            code, message = 7010, "Invalid authorization token."
        return {"code": code, "message": message, "result": False}
    return {"code": code, "message": message}


# https://developers.zoom.us/docs/api/errors/ and /rate-limits/; of others HTTP's words are assumed.
_WORDS = {
    400: (300, "Validation Failed."),
    401: (124, "Invalid access token."),
    403: (200, "Unauthorized request."),
    404: (404, "The requested resource does not exist."),
    429: (
        429,
        "You have reached the maximum per-second rate limit for this API. Try again later.",
    ),
}


async def carry_out(fault: Fault, call: Call, take_effect: Callable[[], Response]) -> Response:
    """Return the answer that a fault makes of a call.

    :param take_effect: carries the call out and returns its proper answer.
    """
    proper = take_effect() if fault.accept else None
    if fault.kind == "status":
        body = zooms_words(fault.status, call.path) if fault.body is None else fault.body
        return Answer(fault.status, body, fault.headers)
    if fault.kind == "hang" and await call.wait(fault.seconds):
        return proper or take_effect()
    # An answer without a body (204) has nothing to cut; any JSON will do then.
    whole = (proper and bytes(proper.body)) or json.dumps({"id": str(uuid.uuid4())}).encode()
    return BrokenAnswer(fault, call, whole)


class BrokenAnswer(Response):
    """An answer that is dropped, cut in the middle, dripped without end, or a flood.

    ASGI has no word for a connection that closes without an answer, so this closes the transport,
    which the server puts into the state of each request.
    """

    media_type = "application/json"

    def __init__(self, fault: Fault, call: Call, whole: bytes) -> None:
        super().__init__(whole, 201)
        self._fault = fault
        self._call = call

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what there is, and close the connection unless that was a whole answer."""
        kind = self._fault.kind
        if kind in ("drip", "flood"):
            del self.headers["content-length"]
        if kind != "drop":
            start = {"type": "http.response.start", "status": 201, "headers": self.raw_headers}
            await send(start)
        async for piece in self._pieces():
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        if kind == "flood":
            await send({"type": "http.response.body", "body": b'"}'})
            return
        scope["state"]["transport"].close()
        await receive()  # until the server knows, or it would answer 500 on its own

    async def _pieces(self) -> AsyncIterator[bytes]:
        if self._fault.kind == "cut":
            yield bytes(self.body[: len(self.body) // 2])
        elif self._fault.kind == "drip":
            yield b"{"
            while await self._call.wait(self._fault.seconds):
                yield b" "
        elif self._fault.kind == "flood":
            yield b'{"id": "'
            for _ in range(round(self._fault.megabytes)):
                if await self._call.wait(0):
                    yield b"x" * 1_000_000


class RateLimits:
    """Counts the calls of the account and the messages of each channel.

    A call that a limit refuses does not count.
    """

    def __init__(self) -> None:
        self._calls = {label: deque[float](maxlen=most) for label, most in PER_SECOND.items()}
        self._messages = defaultdict[str, "deque[float]"](lambda: deque(maxlen=FLOOD[-1][0]))
        self._blocked_until: dict[str, float] = {}

    def allow_call(self, label: str, now: float) -> bool:
        """Count a call, or say that this second has no room for it."""
        calls = self._calls[label]
        if len(calls) == calls.maxlen and calls[0] > now - 1:
            return False
        calls.append(now)
        return True

    def calls_left(self, label: str, now: float) -> int:
        """Return how many more calls this second has room for."""
        return PER_SECOND[label] - sum(time > now - 1 for time in self._calls[label])

    def allow_message(self, channel_id: str, now: float) -> bool:
        """Count a message, or say that the channel is blocked for a while."""
        if now < self._blocked_until.get(channel_id, now):
            return False
        times = self._messages[channel_id]
        pauses = [
            pause
            for most, seconds, pause in FLOOD
            if len(times) >= most and times[-most] > now - seconds
        ]
        if pauses:
            self._blocked_until[channel_id] = now + max(pauses)
            return False
        times.append(now)
        return True


def refuse_rush(call: Call, label: str) -> None:
    """Refuse a call beyond what the account may do in a second, where limits hold."""
    if not call.chat.rates.allow_call(label, call.chat.now()):
        # devforum.zoom.us 18928: the per-second limit comes without Retry-After.
        headers = {**rate_headers(call.chat, label), "X-RateLimit-Type": "QPS"}
        raise Refusal(429, zooms_words(429, call.path), headers=headers)


def refuse_flood(call: Call, place: Channel | User) -> None:
    """Refuse a message to a channel that got too many of them."""
    if not call.chat.options.limits or not isinstance(place, Channel):
        return
    if not call.chat.rates.allow_message(place.id, call.chat.now()):
        # How Zoom signals this block is not documented; 429 is its answer to every other excess.
        # No header tells how long the block lasts.
        why = f"channel {place.name!r} is blocked (flood)"
        raise Refusal(429, zooms_words(429, call.path), why=why)


def rate_headers(chat: Chat, label: str) -> dict[str, str]:
    """Return the headers that tell how much of the limit is left."""
    # https://marketplace.zoom.us/docs/api-reference/rate-limits (older page)
    return {
        "X-RateLimit-Category": label,
        "X-RateLimit-Limit": str(PER_SECOND[label]),
        "X-RateLimit-Remaining": str(chat.rates.calls_left(label, chat.now())),
    }
