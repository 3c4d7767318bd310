"""Carries a fault out: the answer that comes late, in pieces, without end or not at all."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable
from typing import Any

from starlette.types import Receive, Send

from airflow_provider_zoomchat.sandbox.calls import Answer, Call
from airflow_provider_zoomchat.sandbox.faults import Fault
from airflow_provider_zoomchat.sandbox.sockets import Sockets


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
