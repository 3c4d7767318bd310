"""HTTP in and out: reads a call, lets the routes answer it, writes the answer.

One raw ASGI application without middleware, since a send has to be quick.
"""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qsl, unquote

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from airflow_provider_zoomchat.sandbox import routes
from airflow_provider_zoomchat.sandbox.calls import Answer, Call, Upload
from airflow_provider_zoomchat.sandbox.chat import Chat, Exchange
from airflow_provider_zoomchat.sandbox.delivery import Line, encode, go_wrong, tracking_id
from airflow_provider_zoomchat.sandbox.sockets import Sockets

BODY_CAP = 2 * 1024 * 1024  # bytes
UPLOAD_CAP = 64 * 1024 * 1024  # bytes; no two of Zoom's pages agree on its own
SECRETS = frozenset({"access_token", "client_secret", "refresh_token", "password"})


class Application:
    """The sandbox as an ASGI application.

    :param sockets: the open connections, so that one can be closed without an answer.
    :param stopping: set when nothing may wait any longer.
    """

    def __init__(self, chat: Chat, sockets: Sockets, stopping: asyncio.Event) -> None:
        self.chat = chat
        self.sockets = sockets
        self.stopping = stopping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        body = await _read_body(scope, receive)
        if body is None:
            await _send(send, Answer(413, {"code": 413, "message": "The body is too large."}))
            return
        call = await _read_call(scope, body)
        if routes.is_own(call):
            await _send(send, routes.answer(self.chat, call))
            return
        with self.chat.lock:
            exchange = _record(self.chat, call)
            fault = self.chat.take_fault(call.path)
        if fault is None:
            answer = routes.answer(self.chat, call)
            self._note(exchange, answer)
            await _send(send, answer)
            return
        line = Line(scope["client"], receive, send, self.sockets, self.stopping)
        answer_given = await go_wrong(fault, line, lambda: routes.answer(self.chat, call), call)
        if answer_given is not None:
            self._note(exchange, answer_given)
            await _send(send, answer_given)

    def _note(self, exchange: Exchange, answer: Answer) -> None:
        with self.chat.lock:
            exchange.status = answer.status
            exchange.answer = _presentable(answer.body)


def _record(chat: Chat, call: Call) -> Exchange:
    exchange = Exchange(
        method=call.method,
        path=call.path,
        query=_presentable(call.query),
        content_type=call.content_type,
        body=_presentable(_body(call)),
        time=chat.timestamp(),
    )
    chat.traffic.append(exchange)
    return exchange


def _body(call: Call) -> Any:
    if call.uploads:
        return {name: vars(upload) for name, upload in call.uploads.items()}
    if call.form is not None:
        return call.form
    return call.body if call.json is None else call.json


def _presentable(value: Any) -> Any:
    """Return a body as JSON can show it, without secrets."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, dict):
        return {name: "***" if name in SECRETS else inner for name, inner in value.items()}
    return value


async def _read_body(scope: Scope, receive: Receive) -> bytes | None:
    """Return the body, or None if it is beyond the cap; then, too, all of it is read."""
    cap = UPLOAD_CAP if scope["path"].endswith("/files") else BODY_CAP
    pieces: list[bytes] = []
    length = 0
    while True:
        event = await receive()
        piece = event.get("body", b"")
        length += len(piece)
        if length <= cap:
            pieces.append(piece)
        if not event.get("more_body", False):
            return b"".join(pieces) if length <= cap else None


async def _read_call(scope: Scope, body: bytes) -> Call:
    raw_path = scope["raw_path"].decode("ascii")
    headers = {name.decode("latin-1"): text.decode("latin-1") for name, text in scope["headers"]}
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    call = Call(
        method=scope["method"],
        path=scope["path"],
        segments=tuple(unquote(segment) for segment in raw_path.split("/")[1:]) or (raw_path,),
        query=dict(query),
        headers=headers,
        body=body,
    )
    if call.content_type == "multipart/form-data":
        call.uploads = await _read_uploads(scope, body)
    return call


async def _read_uploads(scope: Scope, body: bytes) -> dict[str, Upload]:
    async def replay() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    try:
        async with Request(scope, replay).form() as form:
            return {
                name: Upload(part.filename or "", part.size or 0)
                for name, part in form.items()
                if isinstance(part, UploadFile)
            }
    except (MultiPartException, LookupError, ValueError):
        return {}  # the door says what it misses


async def _send(send: Send, answer: Answer) -> None:
    body = b"" if answer.status in (204, 304) else encode(answer.body)
    headers = {"content-length": str(len(body)), "x-zm-trackingid": tracking_id()}
    if answer.status in (204, 304):
        del headers["content-length"]
    else:
        headers["content-type"] = _content_type(answer.body)
    headers.update((name.lower(), text) for name, text in answer.headers.items())
    await send(
        {
            "type": "http.response.start",
            "status": answer.status,
            "headers": [(name.encode(), text.encode()) for name, text in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": body})


def _content_type(body: Any) -> str:
    if isinstance(body, str):
        return "text/html" if body.lstrip().startswith("<") else "text/plain; charset=utf-8"
    return "application/json"
