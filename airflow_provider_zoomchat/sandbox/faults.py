"""Faults on demand: what goes wrong with the next calls, and the answers that carry it out.

An answer may come late, in pieces, without end or not at all.
"""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.types import Receive, Send

from airflow_provider_zoomchat.sandbox.http import Answer, Call

if TYPE_CHECKING:
    from airflow_provider_zoomchat.sandbox.server_thread import Sockets

KINDS = {
    "status": "answer with this status",
    "hang": "answer only after so many seconds",
    "drop": "close the connection without an answer",
    "cut": "close the connection in the middle of the answer",
    "drip": "answer without end, a byte every so many seconds",
    "flood": "answer with so many megabytes",
}


@dataclass
class Fault:
    """One thing that goes wrong, with the next ``times`` calls whose path contains ``path``.

    With ``accept`` the call takes effect all the same; the caller only hears nothing good of it.

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

    def answer(self, path: str) -> Answer:
        """Return the answer of a ``status`` fault to a call of this path."""
        body = zooms_words(self.status, path) if self.body is None else self.body
        return Answer(self.status, body, self.headers)

    def as_json(self) -> dict[str, Any]:
        """Return the fault as ``state.json`` shows it."""
        body = self.body.decode("utf-8", "replace") if isinstance(self.body, bytes) else self.body
        return {**vars(self), "body": body, "headers": dict(self.headers)}


def from_json(value: Any) -> Fault:
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
    code, message = _WORDS.get(status, (status, f"HTTP {status}."))
    if "/oauth/" in path:
        return {"reason": message, "error": "invalid_request" if status < 500 else "server_error"}
    if "/webhooks/" in path or "/incoming/" in path:
        return message
    if "/v2/im/" in path:
        if status == 401:
            code, message = 7010, "Invalid authorization token."
        return {"code": code, "message": message, "result": False}
    return {"code": code, "message": message}


# https://developers.zoom.us/docs/api/errors/ and /rate-limits/; those of 5xx are not documented.
_WORDS = {
    400: (300, "Validation Failed."),
    401: (124, "Invalid access token."),
    403: (200, "Unauthorized request."),
    404: (404, "The requested resource does not exist."),
    409: (409, "Conflict."),
    429: (
        429,
        "You have reached the maximum per-second rate limit for this API. Try again later.",
    ),
    500: (500, "Internal Server Error."),
    502: (502, "Bad Gateway."),
    503: (503, "Service Unavailable."),
    504: (504, "Gateway Timeout."),
}

_Check = Callable[[Any], bool]
_FIELDS: dict[str, tuple[_Check, str]] = {
    "path": (lambda value: isinstance(value, str), "a text"),
    "times": (lambda value: type(value) is int and value > 0, "a whole number above 0"),
    "accept": (lambda value: isinstance(value, bool), "true or false"),
    "status": (lambda value: type(value) is int, "a whole number"),
    "seconds": (lambda value: _is_amount(value), "a number from 0 to 86400"),
    "megabytes": (lambda value: _is_amount(value), "a number from 0 to 86400"),
    "body": (lambda value: _is_body(value), "a text, bytes or a JSON value"),
    "headers": (
        lambda value: (
            isinstance(value, Mapping)
            and all(_is_header(name, text) for name, text in value.items())
        ),
        "an object of header names and texts",
    ),
}


def _is_amount(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 86_400


def _is_body(value: Any) -> bool:
    if isinstance(value, bytes):
        return True
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def _is_header(name: Any, text: Any) -> bool:
    return (
        isinstance(name, str)
        and re.fullmatch(r"[A-Za-z0-9-]+", name) is not None
        and isinstance(text, str)
        and text.isascii()
        and text.isprintable()
    )


class Line:
    """The connection of one request, whose body has been read."""

    def __init__(
        self,
        client: tuple[str, int],
        receive: Receive,
        send: Send,
        sockets: Sockets,
        stopping: asyncio.Event,
    ) -> None:
        self._client = client
        self._receive = receive
        self._send = send
        self._sockets = sockets
        self._stopping = stopping

    async def begin(self, status: int, **headers: str) -> None:
        """Send the head of an answer; names of headers with ``_`` for ``-``."""
        named = {"content_type": "application/json", **headers}
        pairs = [
            (name.replace("_", "-").encode(), text.encode())
            for name, text in {**every_head(), **named}.items()
        ]
        await self._send({"type": "http.response.start", "status": status, "headers": pairs})

    async def write(self, data: bytes, *, last: bool = False) -> None:
        """Send a piece of the body."""
        await self._send({"type": "http.response.body", "body": data, "more_body": not last})

    async def waited(self, seconds: float) -> bool:
        """Wait; return False at once when the client goes or the sandbox stops."""
        ends = [
            asyncio.ensure_future(self._receive()),  # nothing but the client's goodbye can come
            asyncio.ensure_future(self._stopping.wait()),
        ]
        done, pending = await asyncio.wait(
            ends, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
        )
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        return not done

    async def close(self, *, flush: bool = False) -> None:
        """Close the connection; what is written but not sent yet goes out only with ``flush``."""
        self._sockets.close(self._client, flush=flush)
        await self._receive()  # until the server knows, or it would answer 500 on its own


async def go_wrong(
    fault: Fault, line: Line, carry_out: Callable[[], Answer], call: Call
) -> Answer | None:
    """Do what the fault says; return the answer that is still to be sent, if any."""
    taken = carry_out() if fault.accept else None
    if fault.kind == "status":
        return fault.answer(call.path)
    if fault.kind == "hang" and await line.waited(fault.seconds):
        return taken or carry_out()
    if fault.kind == "cut":
        # An answer without a body (204) has nothing to cut; any JSON will do then.
        whole = encode((taken and taken.body) or {"id": str(uuid.uuid4())})
        await line.begin(201, content_length=str(len(whole)))
        await line.write(whole[: len(whole) // 2])
        await line.close(flush=True)
        return None
    if fault.kind == "drip":
        await line.begin(201)
        await line.write(b"{")
        while await line.waited(fault.seconds):
            await line.write(b" ")
    if fault.kind == "flood":
        await line.begin(201)
        await line.write(b'{"id": "')
        for _ in range(round(fault.megabytes)):
            if not await line.waited(0):
                break
            await line.write(b"x" * 1_000_000)
        await line.write(b'"}', last=True)
        return None
    # drop, the end of a drip, and a hang nobody waits for any longer
    await line.close()
    return None


def every_head() -> dict[str, str]:
    """Return the headers of every answer: an ``x-zm-trackingid`` of its own, and no frames.

    Zoom's support asks for the tracking id. No page may put an answer into a frame of its own.
    """
    # https://www.rfc-editor.org/rfc/rfc7034
    return {"x-zm-trackingid": f"SANDBOX_{uuid.uuid4().hex}", "x-frame-options": "DENY"}


def encode(body: Any) -> bytes:
    """Return the bytes of an answer's body."""
    if body is None:
        return b""
    if isinstance(body, bytes):
        return body
    # A text that came in as JSON may hold half a surrogate pair.
    text = body if isinstance(body, str) else json.dumps(body, allow_nan=False)
    return text.encode("utf-8", "replace")
