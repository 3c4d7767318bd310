"""HTTP in and out: reads a call, lets the routes answer it, writes the answer.

One raw ASGI application without middleware, since a send has to be quick.
"""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from starlette.types import Receive, Scope, Send

from airflow_provider_zoomchat.sandbox import page_data, routes
from airflow_provider_zoomchat.sandbox.faults import Line, encode, every_head, go_wrong
from airflow_provider_zoomchat.sandbox.file_store import Form
from airflow_provider_zoomchat.sandbox.http import REASON, Answer, Call
from airflow_provider_zoomchat.sandbox.origin_check import stranger
from airflow_provider_zoomchat.sandbox.state import Chat, Exchange

if TYPE_CHECKING:
    from airflow_provider_zoomchat.sandbox.server_thread import Sockets

BODY_CAP = 2 * 1024 * 1024  # bytes, of all but uploaded files
MOST_NOTED = 64 * 1024  # bytes of a body or an answer that an exchange keeps
NOTED = 1024  # bytes that a request takes beside its body, about
PIECE = 64 * 1024  # bytes of a file that is sent
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
        """Serve one request.

        Its body is read to the end whatever becomes of it, or the caller might see the connection
        break before the answer. Nothing of a stranger's body is kept, not even for that long.
        """
        call = _head(scope)
        try:
            if reason := stranger(call.method, call.path, call.headers):
                async for _ in _pieces(receive):
                    pass
                await _send(send, Answer(403, f"{reason}\n"))
            elif await self._read(call, receive):
                await self._serve(call, scope, receive, send)
            else:
                await _send(send, Answer(413, {"code": 413, "message": "The body is too large."}))
        except _GoneError:
            pass
        finally:
            self._tidy(call)

    async def _read(self, call: Call, receive: Receive) -> bool:
        """Read the body; return False if it is larger than any that an API takes."""
        if call.content_type == "multipart/form-data":
            with self.chat.lock:
                path = self.chat.files.place()
            most = min(self.chat.file_limit, self.chat.files.bytes_kept)
            form = Form(call.headers["content-type"], path, most)
            call.uploads = form.uploads
            try:
                async for piece in _pieces(receive):
                    form.feed(piece)
            finally:
                form.close()
            call.form_fault = form.fault
            call.fields = {
                name: text.decode("utf-8", "replace") for name, text in form.texts.items()
            }
            return True
        pieces: list[bytes] = []
        length = 0
        async for piece in _pieces(receive):
            length += len(piece)
            if length <= BODY_CAP:
                pieces.append(piece)
        call.body = b"".join(pieces)
        return length <= BODY_CAP

    async def _serve(self, call: Call, scope: Scope, receive: Receive, send: Send) -> None:
        line = Line(scope["client"], receive, send, self.sockets, self.stopping)
        if call.path == page_data.PATH:
            await page_data.stream(self.chat, call, line)
            return
        if routes.is_own(call):
            await _send(send, routes.answer(self.chat, call))
            return
        with self.chat.lock:
            exchange = _record(self.chat, call)
            fault = self.chat.take_fault(call.path)
        if fault is None:
            answer = self._answer(call, exchange)
            self._note(exchange, answer)
            await _send(send, answer)
            return
        answer_given = await go_wrong(fault, line, lambda: self._answer(call, exchange), call)
        if answer_given is not None:
            self._note(exchange, answer_given)
            await _send(send, answer_given)

    def _answer(self, call: Call, exchange: Exchange) -> Answer:
        with self.chat.lock:
            before = self.chat.version
            answer = routes.answer(self.chat, call)
            exchange.messages = [message.id for message in self.chat.changed_since(before)]
        self._tidy(call)  # before anybody hears of it
        return answer

    def _tidy(self, call: Call) -> None:
        """Delete what was uploaded, unless an API made a file of it."""
        with self.chat.lock:
            for upload in call.uploads.values():
                self.chat.files.discard(upload.path)

    def _note(self, exchange: Exchange, answer: Answer) -> None:
        with self.chat.lock:
            self.chat.answered += 1
            exchange.status = answer.status
            exchange.answer = _noted(answer.body, len(encode(answer.body)))
            exchange.why = answer.headers.get(REASON, "")


def _record(chat: Chat, call: Call) -> Exchange:
    chat.calls += 1
    body = _body(call)
    exchange = Exchange(
        number=chat.calls,
        method=call.method,
        path=call.path,
        query=_presentable(call.query),
        content_type=call.content_type,
        body=_noted(body, len(call.body or encode(body))),
        time=chat.timestamp(),
    )
    chat.note(exchange, min(MOST_NOTED, len(call.body) or len(encode(body))) + NOTED)
    return exchange


def _body(call: Call) -> Any:
    if call.uploads or call.fields:
        uploads = {
            name: {"filename": upload.filename, "size": upload.size}
            for name, upload in call.uploads.items()
        }
        return {**call.fields, **uploads}
    if call.form is not None:
        return call.form
    return call.body if call.json is None else call.json


def _noted(value: Any, length: int) -> Any:
    """Return a body as an exchange keeps it: of a long one the beginning, as text.

    :param length: bytes that came or went.
    """
    shown = _presentable(value)
    if length <= MOST_NOTED:
        return shown
    # Cut behind the secrets' masking, as a text that is cut is no JSON any more.
    beginning = encode(shown)[:MOST_NOTED].decode("utf-8", "ignore")
    return f"{beginning} ... ({length:,} bytes in all)"


def _presentable(value: Any) -> Any:
    """Return a body as JSON can show it, without secrets."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, dict):
        return {name: "***" if name in SECRETS else inner for name, inner in value.items()}
    return value


class _GoneError(Exception):
    """The caller left in the middle of the body."""


async def _pieces(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise _GoneError
        yield event.get("body", b"")
        more = event.get("more_body", False)


def _head(scope: Scope) -> Call:
    """Return a call as far as it is known before its body."""
    raw_path = scope["raw_path"].decode("ascii")
    headers = {name.decode("latin-1"): text.decode("latin-1") for name, text in scope["headers"]}
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    return Call(
        method=scope["method"],
        path=scope["path"],
        segments=tuple(unquote(segment) for segment in raw_path.split("/")[1:]) or (raw_path,),
        query=dict(query),
        headers=headers,
    )


async def _send(send: Send, answer: Answer) -> None:
    file = answer.body if isinstance(answer.body, io.BufferedReader) else None
    body = b"" if file or answer.status in (204, 304) else encode(answer.body)
    length = os.fstat(file.fileno()).st_size if file else len(body)
    headers = {"content-length": str(length), **every_head()}
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
    if file is not None:
        with file:
            while piece := file.read(PIECE):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": body})


def _content_type(body: Any) -> str:
    if isinstance(body, str):
        return "text/html" if body.lstrip().startswith("<") else "text/plain; charset=utf-8"
    return "application/json"
