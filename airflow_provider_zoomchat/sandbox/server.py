"""The server: who may call, the record of each call, and the thread in which it runs."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import threading
import uuid
from collections.abc import Callable, Mapping
from email.utils import formatdate
from functools import partial
from typing import Any

import uvicorn
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from airflow_provider_zoomchat.sandbox import faults
from airflow_provider_zoomchat.sandbox.faults import rate_headers, refuse_rush
from airflow_provider_zoomchat.sandbox.http import REASON, Answer, Call, Refusal
from airflow_provider_zoomchat.sandbox.routes import find, is_own
from airflow_provider_zoomchat.sandbox.state import Chat, Exchange

MAX_NOTED = 64 * 1024  # bytes of a body or an answer that an exchange keeps
NOTED = 1024  # approximate bytes of a request without its body
SECRETS = frozenset(
    {"access_token", "client_secret", "refresh_token", "password", "code", "code_verifier"}
)

GRACE = 1  # seconds for open calls when the server stops


class Application:
    """The sandbox as an ASGI application.

    :param chat: the state. It may be replaced: calls that are under way go on with the old one.
    :param is_stopping: whether the server stops, so that nothing may wait any longer.
    """

    def __init__(self, chat: Chat, is_stopping: Callable[[], bool]) -> None:
        self.chat = chat
        self.is_stopping = is_stopping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call, unless a page of another site makes it."""
        # The path as it came: an id may contain an encoded slash.
        raw = {**scope, "path": scope["raw_path"].decode("ascii")}
        call = Call(raw, receive, self.chat, self.is_stopping)
        response: Response
        if reason := foreign_caller(call.method, call.path, call.headers):
            response = Answer(403, f"{reason}\n")
        else:
            try:
                response = await _answer(call)
            except ClientDisconnect:
                return
            finally:
                await call.close()
        for name, text in _headers_of_all(call.chat.now()).items():
            response.headers.setdefault(name, text)
        await response(raw, receive, send)


def _headers_of_all(now: float) -> dict[str, str]:
    """Return headers that every answer has."""
    return {
        # By the clock of the messages: https://www.rfc-editor.org/rfc/rfc9110#name-date
        "date": formatdate(now, usegmt=True),
        # Zoom's support asks for it.
        "x-zm-trackingid": f"SANDBOX_{uuid.uuid4().hex}",
        # No page may put an answer into a frame of its own: https://www.rfc-editor.org/rfc/rfc7034
        "x-frame-options": "DENY",
    }


# Another site's name may resolve to this address (DNS rebinding).
_LOOPBACK = re.compile(r"(127(\.\d{1,3}){3}|localhost|\[::1\])(:\d{1,5})?", re.IGNORECASE)
# Pages that may be linked from anywhere: they show, and change no message.
_LINKED = re.compile(r"/|/sandbox/|/sandbox/files/.*|/launch/.*|/oauth/authorize")


def foreign_caller(method: str, path: str, headers: Mapping[str, str]) -> str:
    """Return why a call is refused as one of another site's page, in one line, or nothing.

    The sandbox listens on a loopback address, which any page of the web may try to reach through
    the browser of whoever runs it. Programs send none of the headers that are looked at here.
    (Starlette's ``TrustedHostMiddleware`` knows names alone, not all of 127.0.0.0/8.)

    Sources: https://fetch.spec.whatwg.org/#origin-header,
    https://w3c.github.io/webappsec-fetch-metadata/.

    :param path: decoded.
    :param headers: names in lower case.
    """
    host, origin = headers.get("host", ""), headers.get("origin")
    if not _LOOPBACK.fullmatch(host):
        return (
            "The sandbox answers on loopback addresses alone: call it by 127.0.0.1 or localhost, "
            "with its port."
        )
    # A link may lead here from anywhere; a frame or a form may not.
    is_link = (
        method == "GET"
        and headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
        and _LINKED.fullmatch(path) is not None
        and origin is None
    )
    is_same_site = headers.get("sec-fetch-site", "none") in ("same-origin", "none")
    is_same_origin = origin is None or origin.lower() == f"http://{host.lower()}"
    if is_same_origin and (is_same_site or is_link):
        return ""
    return "The sandbox answers its own page alone, not that of another site."


async def _answer(call: Call) -> Response:
    """Return the answer to a call; one of Zoom's is noted, and faults happen to it."""
    chat, too_large = call.chat, None
    try:
        await call.read()
    except Refusal as refusal:
        too_large = refusal.answer
    if is_own(call.path):
        return too_large or _carry_out(call)
    with chat:
        exchange = _record(call)
        fault = None if too_large else chat.take_fault(call.path)
    take_effect = partial(_carry_out, call, exchange)
    if fault:
        response = await faults.carry_out(fault, call, take_effect)
    else:
        response = too_large or take_effect()
    if isinstance(response, Answer):  # a whole one
        with chat:
            chat.answered += 1
            exchange.status = response.status_code
            exchange.answer = _noted(_as_json(response.value), len(response.body))
            exchange.why = response.headers.get(REASON, "")
    return response


def _carry_out(call: Call, exchange: Exchange | None = None) -> Response:
    """Carry a call out and return its answer; a refusal is an answer too."""
    chat = call.chat
    with chat:
        before = chat.version
        carry_out, label = find(call.method, call.scope["path"])
        is_limited = chat.options.limits and label
        try:
            if is_limited:
                refuse_rush(call, label)
            response = carry_out(call)
            if is_limited:
                response.headers.update(rate_headers(chat, label))
        except Refusal as refusal:
            response = refusal.answer
        except Exception as error:
            # A caller must be able to tell a fault of the sandbox itself from one of Zoom's.
            message = f"The sandbox itself failed: {error!r}."
            response = Answer(500, {"code": 500, "message": message})
        if exchange is not None:
            exchange.messages = [each.id for each in chat.changed_since(before)]
    return response


def _record(call: Call) -> Exchange:
    chat = call.chat
    chat.calls += 1
    body = _body(call)
    length = len(call.content or _as_bytes(body))
    exchange = Exchange(
        number=chat.calls,
        method=call.method,
        path=call.path,
        query=_without_secrets(call.query),
        content_type=call.content_type,
        body=_noted(body, length),
        time=chat.timestamp(),
    )
    chat.note(exchange, min(MAX_NOTED, length) + NOTED)
    return exchange


def _body(call: Call) -> Any:
    """Return the body as JSON can show it."""
    if call.uploads or call.texts:
        uploads = {
            name: {"filename": upload.filename, "size": upload.size}
            for name, upload in call.uploads.items()
        }
        return {**call.texts, **uploads}
    if call.form_fields is not None:
        return call.form_fields
    return _as_json(call.content) if call.json_value is None else call.json_value


def _as_json(value: Any) -> Any:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _noted(value: Any, length: int) -> Any:
    """Return a body as an exchange keeps it: of a long one the beginning, as text.

    :param length: bytes that came or went.
    """
    shown = _without_secrets(value)
    if length <= MAX_NOTED:
        return shown
    # Cut after masking: cut JSON cannot be parsed.
    beginning = _as_bytes(shown)[:MAX_NOTED].decode("utf-8", "ignore")
    return f"{beginning} ... ({length:,} bytes in all)"


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            # An error's code is a number.
            name: "***" if name in SECRETS and isinstance(inner, str) else inner
            for name, inner in value.items()
        }
    return value


def _as_bytes(value: Any) -> bytes:
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "replace")


class _Protocol(H11Protocol):
    """uvicorn's, with its transport in the state of each request: a fault may have to close it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {"transport": transport}


class ServerThread:
    """uvicorn in a thread of its own, on a loopback address.

    :param port: 0 takes a free one.
    :raises OSError: the port is taken.
    """

    def __init__(self, chat: Chat, port: int) -> None:
        file = socket.create_server(("127.0.0.1", port)).detach()
        # asyncio sees to TCP_NODELAY only for sockets that name their protocol; without it each
        # answer, sent as head and body, waits 40 ms for the client's acknowledgement.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, file)
        self.port: int = listener.getsockname()[1]
        self.application = Application(chat, lambda: self._uvicorn.should_exit)
        self._uvicorn = uvicorn.Server(
            uvicorn.Config(
                self.application,
                http=_Protocol,
                loop="asyncio",
                ws="none",
                lifespan="off",
                proxy_headers=False,
                server_header=False,
                date_header=False,
                access_log=False,
                log_config=None,
                log_level="critical",
                timeout_keep_alive=60,
                timeout_graceful_shutdown=GRACE,
            )
        )
        # A call that comes before it runs waits: the listener is there already.
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(listener)), name="zoom-sandbox", daemon=True
        )
        self._thread.start()

    async def _serve(self, listener: socket.socket) -> None:
        await self._uvicorn.serve(sockets=[listener])
        for connection in list(self._uvicorn.server_state.connections):
            connection.transport.abort()  # its client did not read to the end
        await asyncio.sleep(0)  # for the loop to carry that out

    def stop(self) -> None:
        """End the server, within about a second even if calls hang."""
        self._uvicorn.should_exit = True
        self._thread.join(timeout=5)
