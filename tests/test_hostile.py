"""Servers and proxies that behave as Zoom never should: in time, once, and told as it is."""

from __future__ import annotations

import json
import multiprocessing
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.sandbox import Sandbox
from airflow_provider_zoomchat.zoom.client import TOKENS
from airflow_provider_zoomchat.zoom.errors import ConfigError, UnreachableError

Answer = Callable[[socket.socket], None]


class Server:
    """A server that answers every request by the same function, and counts them."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.answer: Answer = lambda connection: None
        self.requests: list[bytes] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            request = b""
            while b"\r\n\r\n" not in request:
                request += connection.recv(65536) or b"\r\n\r\n"
            head, _, body = request.partition(b"\r\n\r\n")
            length = next((line for line in head.split(b"\r\n") if b"ength:" in line), b":0")
            while len(body) < int(length.partition(b":")[2]):
                body += connection.recv(65536)
            self.requests.append(head.partition(b"\r\n")[0])
            try:
                self.answer(connection)
            except OSError:
                return

    def stop(self) -> None:
        """Take no more connections."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def server() -> Iterator[Server]:
    """A server whose answer the test chooses."""
    running = Server()
    yield running
    running.stop()


def webhook(monkeypatch: pytest.MonkeyPatch, url: str, **extra: Any) -> ZoomHook:
    """Return a hook whose first call is the send itself, for a webhook needs no token."""
    fields = {"app_type": "incoming_webhook", "webhook_url": url, "verification_token": "vt0ken"}
    connection = {"conn_type": "zoom", "extra": {**fields, "timeout": 1, **extra}}
    monkeypatch.setenv("AIRFLOW_CONN_ZOOM_HOSTILE", json.dumps(connection))
    return ZoomHook("zoom_hostile", time_budget=2)


def drip(start: bytes, more: bytes = b"x") -> Answer:
    """Return an answer that begins well and never ends."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(start)
        for _ in range(300):
            time.sleep(0.05)
            connection.sendall(more)

    return answer


OK = b"HTTP/1.1 200 OK\r\n"
ENDLESS = {
    "status line": drip(b"HTTP/1.1 2"),
    "header": drip(OK + b"X-Slow: "),
    "100 Continue": drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body": drip(OK + b"Content-Length: 9999\r\n\r\n"),
    "body without length": drip(OK + b"\r\n"),
    "chunks": drip(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "chunk size": drip(OK + b"Transfer-Encoding: chunked\r\n\r\n5;", b"a"),
    "gzip name": drip(
        OK + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x08\x00\x00\x00\x00\x00\x03"
    ),
    "redirect": drip(
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 9999\r\n\r\n"
    ),
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_an_answer_that_never_ends(
    server: Server, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Wherever an answer drips, the call ends with its timeout, once, and says it is unclear."""
    server.answer = ENDLESS[kind]
    started = time.monotonic()
    with pytest.raises(UnreachableError, match="gave no whole answer within 1 s") as caught:
        webhook(monkeypatch, f"http://{server.address}/hook").send_webhook_message(message="Hi")
    assert time.monotonic() - started < 13  # it would drip for 15
    assert caught.value.may_have_arrived
    assert len(server.requests) == 1


def test_a_redirect_with_a_huge_body(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands behind a redirect is not read into memory."""
    taken: list[int] = []

    def answer(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\n\r\n")
        for _ in range(100):
            taken.append(connection.send(b"x" * 1_000_000))

    server.answer = answer
    with pytest.raises(UnreachableError, match="more than 1024 KiB"):
        webhook(monkeypatch, f"http://{server.address}/hook").send_webhook_message(message="Hi")
    assert sum(taken) < 50_000_000


UNREADABLE = {
    "two lengths": OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "a status below 200": b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{}",
    "a status above 599": b"HTTP/1.1 999 What\r\nContent-Length: 2\r\n\r\n{}",
    "no status line": b"zoom zoom zoom\r\n\r\n",
    "a huge header": OK + b"X-Huge: " + b"x" * 70_000 + b"\r\n\r\n{}",
    "too many headers": OK + b"X-One: 1\r\n" * 200 + b"\r\n{}",
    "a wrong chunk": OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
    "gzip that is none": OK + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
    "a redirect to nowhere": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 2\xff0 \r\n\r\n",
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_an_answer_that_cannot_be_read(
    server: Server, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Whatever was written may have arrived, whatever its answer is and how its error is called."""
    server.answer = lambda connection: connection.sendall(UNREADABLE[kind])
    with pytest.raises(UnreachableError) as caught:
        webhook(monkeypatch, f"http://{server.address}/hook").send_webhook_message(message="Hi")
    assert caught.value.may_have_arrived
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda connection: None, id="no answer"),
        pytest.param(lambda connection: connection.sendall(b"HTTP/1.1 20"), id="half an answer"),
    ],
)
def test_an_answer_that_is_lost_behind_a_proxy(
    server: Server, monkeypatch: pytest.MonkeyPatch, answer: Answer
) -> None:
    """A message that a proxy has taken may have arrived, and is not sent again."""
    server.answer = answer
    hook = webhook(monkeypatch, "http://127.0.0.1:9/hook", proxy=f"http://user:pw@{server.address}")
    with pytest.raises(UnreachableError) as caught:
        hook.send_webhook_message(message="Hi")
    assert caught.value.may_have_arrived
    assert len(server.requests) == 1


def test_a_proxy_that_refuses_the_tunnel(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """What never got through the proxy has not arrived, and the proxy is named."""
    server.answer = lambda connection: connection.sendall(
        b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
    )
    hook = webhook(monkeypatch, "https://127.0.0.1:9/hook", proxy=f"http://{server.address}")
    with pytest.raises(UnreachableError, match="the proxy cannot be reached or refuses") as caught:
        hook.send_webhook_message(message="Hi")
    assert not caught.value.may_have_arrived
    assert all(request.startswith(b"CONNECT 127.0.0.1:9 ") for request in server.requests)


def test_a_last_try_without_time(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A try that the budget cuts short says less than the one before, whose reason is told."""

    def refuse_then_be_silent(connection: socket.socket) -> None:
        if len(server.requests) == 1:
            connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        else:
            connection.recv(1)

    server.answer = refuse_then_be_silent
    hook = webhook(
        monkeypatch,
        "https://127.0.0.1:9/hook",
        proxy=f"http://{server.address}",
        timeout=5,
    )
    hook.client.time_budget = 3
    with pytest.raises(UnreachableError, match="the proxy cannot be reached or refuses"):
        hook.send_webhook_message(message="Hi")
    assert len(server.requests) == 2


def test_a_server_without_tls(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where TLS never came up, nothing has arrived."""
    hook = webhook(monkeypatch, f"https://{server.address}/hook")
    server.answer = lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    with pytest.raises(UnreachableError) as caught:
        hook.send_webhook_message(message="Hi")
    assert not caught.value.may_have_arrived


def test_a_ca_bundle_that_is_none(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file without certificates is refused before any call, by the connection test too."""
    bundle = tmp_path / "notes.txt"
    bundle.write_text("no certificates here")
    hook = webhook(monkeypatch, "https://127.0.0.1:9/hook", ca_bundle=str(bundle))
    with pytest.raises(ConfigError, match="holds no certificates that can be read"):
        hook.send_webhook_message(message="Hi")
    works, text = hook.test_connection()
    assert not works
    assert "holds no certificates" in text


def test_a_token_that_is_still_good(zoom: Sandbox) -> None:
    """If the next token cannot be had yet, the message goes out with the one that has not ended."""
    hook = ZoomHook(time_budget=1)
    hook.send_message(message="one")
    place = hook.client._entry
    assert place.token is not None
    object.__setattr__(place.token, "renew_at", 0.0)
    zoom.fail(503, path="/oauth/token", times=9)
    hook.send_message(message="two")
    assert [message["text"] for message in zoom.messages()] == ["one", "two"]


def send_twenty(hook: ZoomHook, name: str, found: Any) -> None:
    """Send and tell the ids."""
    found.put((name, [hook.send_message(message=f"{name} {number}") for number in range(20)]))


def test_forked_processes_do_not_share_connections(zoom: Sandbox) -> None:
    """A hook that was used before a fork gives each child the ids of its own messages."""
    hook = ZoomHook()
    hook.send_message(message="parent")
    context = multiprocessing.get_context("fork")
    found: Any = context.Queue()
    with TOKENS._lock:  # as another thread may hold it at the moment of the fork
        children = [context.Process(target=send_twenty, args=[hook, name, found]) for name in "abc"]
        for child in children:
            child.start()
    ids = dict(found.get(timeout=30) for _ in children)
    for child in children:
        child.join()
    texts = {message["id"]: message["text"] for message in zoom.messages()}
    for name, sent in ids.items():
        assert [texts[message_id] for message_id in sent] == [f"{name} {n}" for n in range(20)]
