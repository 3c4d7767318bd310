"""Uploads over the wire: streamed, sent on within Zoom, in time, and from the beginning again."""

from __future__ import annotations

import hashlib
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests_mock
from test_wire import certificate  # noqa: F401  (a fixture)

from airflow_provider_zoomchat.sandbox import Sandbox
from airflow_provider_zoomchat.zoom import auth
from airflow_provider_zoomchat.zoom.addresses import hosts_of
from airflow_provider_zoomchat.zoom.client import TokenCache, ZoomClient
from airflow_provider_zoomchat.zoom.errors import (
    ConfigError,
    CredentialsError,
    RejectedError,
    UnreachableError,
    ZoomChatError,
)
from airflow_provider_zoomchat.zoom.files import File, Form, file, upload
from airflow_provider_zoomchat.zoom.transport import Transport

NAME = "Übersicht 📊.csv"
ROWS = b"day,orders\n2026-11-02,17\n"
USER = "airflow@example.com"
FILES = "https://file.zoom.us/v2/chat/users/airflow%40example.com/files"
NEAR = "https://us04file.zoom.us/v2/chat/users/airflow%40example.com/files"
MIB = 1024 * 1024


class Uploader:
    """Uploads files with a client of its own, which has no token yet."""

    def __init__(
        self,
        host: str | None,
        *,
        timeout: float = 10,
        time_budget: float = 60,
        ca_bundle: str | None = None,
    ) -> None:
        at = hosts_of(host)
        self.files = at.files
        self.waits: list[float] = []
        self.client = ZoomClient(
            APP,
            at,
            transport=Transport(
                timeout=timeout,
                ca_bundle=ca_bundle,
                now=lambda: time.monotonic() + sum(self.waits),
            ),
            time_budget=time_budget,
            tokens=TokenCache(),
            now=lambda: time.monotonic() + sum(self.waits),
            sleep=self.waits.append,
        )

    def __call__(self, given: object = (NAME, ROWS)) -> str:
        """Upload a file and return its id."""
        answer = self.client.send(upload(self.files, USER, file(given)))
        return str(answer["id"])


def app() -> auth.App:
    """Return what the sandbox's Server-to-Server app proves itself with."""
    connection = Sandbox().connection("server_to_server")
    account_id = connection["extra"]["account_id"]
    return auth.App(connection["login"], connection["password"], "account_credentials", account_id)


APP = app()


def failure(action: Callable[..., object], *given: object) -> ZoomChatError:
    with pytest.raises(ZoomChatError) as caught:
        action(*given)
    assert len(str(caught.value).splitlines()) == 1
    assert not caught.value.may_have_arrived
    return caught.value


class Wire:
    """Zoom's hosts; any other address raises. What arrived is read as a server would."""

    def __init__(self, mocker: requests_mock.Mocker) -> None:
        self.mocker = mocker
        self.bodies: list[bytes] = []
        self.tokens = iter(f"t0ken{number}" for number in range(1, 9))
        mocker.post(
            "https://zoom.us/oauth/token",
            json=lambda *_: {"access_token": next(self.tokens), "expires_in": 3600},
        )

    def answer(self, url: str, *answers: tuple[int, dict[str, Any] | str]) -> None:
        """Answer uploads to this address, one after the other; a text is where to go instead."""
        coming = iter(answers)

        def respond(request: Any, context: Any) -> str:
            self.bodies.append(b"".join(iter(request.body)))
            assert request.headers["Content-Length"] == str(len(self.bodies[-1]))
            context.status_code, said = next(coming)
            if isinstance(said, str):
                context.headers["Location"] = said
                return ""
            return json.dumps(said)

        self.mocker.post(url, text=respond)

    def uploads(self) -> list[Any]:
        """Return the requests that asked for no token."""
        return [one for one in self.mocker.request_history if "/oauth/" not in one.url]


@pytest.fixture
def wire() -> Iterator[Wire]:
    """Stand in for Zoom's hosts."""
    with requests_mock.Mocker() as mocker:
        yield Wire(mocker)


def test_what_goes_out(wire: Wire) -> None:
    """An upload is one call to the host for files, with a form of one field that is quoted."""
    wire.answer(FILES, (201, {"id": "f1"}))
    assert Uploader(None)() == "f1"
    (request,) = wire.uploads()
    assert request.query == "posttopersonalchat=false"
    assert request.headers["Authorization"] == "Bearer t0ken1"
    assert "Transfer-Encoding" not in request.headers
    kind, _, boundary = request.headers["Content-Type"].partition("; boundary=")
    assert kind == "multipart/form-data"
    assert wire.bodies == [
        (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{NAME}"\r\n'
            f"Content-Type: text/csv\r\n\r\n{ROWS.decode()}\r\n--{boundary}--\r\n"
        ).encode()
    ]


def test_government(wire: Wire) -> None:
    """Zoom for Government has a host for files of its own."""
    wire.mocker.post("https://zoomgov.com/oauth/token", json={"access_token": "t"})
    wire.answer(FILES.replace("zoom.us", "zoomgov.com"), (201, {"id": "f1"}))
    assert Uploader("zoomgov.com")() == "f1"


def test_sent_on(wire: Wire) -> None:
    """A redirect within Zoom is followed with the token, the parameters and the whole body."""
    wire.answer(FILES, (307, f"{NEAR}?region=4"))
    wire.answer(NEAR, (201, {"id": "f1"}))
    assert Uploader(None)() == "f1"
    first, second = wire.uploads()
    assert second.method == "POST"
    assert second.qs == {"region": ["4"], "posttopersonalchat": ["false"]}
    assert second.headers["Authorization"] == first.headers["Authorization"] == "Bearer t0ken1"
    assert wire.bodies[0] == wire.bodies[1]


ELSEWHERE = (
    "Neither the file nor the token was sent there: both go to Zoom's own hosts over https, or to "
    "the connection's. Check Host and Proxy in the connection."
)


def test_sent_elsewhere(wire: Wire) -> None:
    """No other host gets to see the token, and the error names it."""
    wire.answer(FILES, (307, "https://files.evil.example/upload?token=1"))
    error = failure(Uploader(None))
    assert str(error) == (
        f"Could not upload {NAME!r} ({len(ROWS)} bytes): file.zoom.us answered with a redirect to "
        f"files.evil.example (HTTP 307). {ELSEWHERE}"
    )
    assert isinstance(error, RejectedError)
    assert len(wire.uploads()) == 1


def test_sent_in_a_circle(wire: Wire) -> None:
    """Three redirects are followed, and no fourth."""
    wire.answer(FILES, *[(302, FILES)] * 9)
    assert str(failure(Uploader(None))).endswith(
        "file.zoom.us answered with a redirect to file.zoom.us (HTTP 302). Check Host, Proxy and "
        "Webhook URL in the connection."
    )
    assert len(wire.uploads()) == 4


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (400, {"code": 124, "message": "Invalid access token."}),
        (401, {"code": 124, "message": "Access token is expired"}),
        (400, {"code": 4711, "message": "Invalid access token, does not contain scopes:[a]."}),
    ],
)
def test_a_fresh_token(wire: Wire, status: int, said: dict[str, Any]) -> None:
    """The host for files refuses a token with a status of its own; a fresh one is tried once."""
    wire.answer(FILES, (status, said), (201, {"id": "f1"}))
    assert Uploader(None)() == "f1"
    assert [one.headers["Authorization"] for one in wire.uploads()] == [
        "Bearer t0ken1",
        "Bearer t0ken2",
    ]
    assert wire.bodies[0] == wire.bodies[1]
    wire.answer(FILES, *[(status, said)] * 20)
    assert isinstance(failure(Uploader(None)), CredentialsError)
    assert len(wire.uploads()) == 4


@pytest.mark.parametrize(
    ("status", "said", "remedy"),
    [
        (
            400,
            {"code": 4711, "message": "Invalid access token, does not contain scopes:[a]."},
            "files team_chat:write:files:admin (classic: chat_message:write:admin); user_oauth the "
            "same without :admin.",
        ),
        (400, {"code": 5403, "message": "x"}, "ask your Zoom admin (chat settings)."),
        (400, {"code": 300, "message": "Maximum file size exceeded: 1"}, "or a link to it."),
        (404, {"code": 64041, "message": "Route Not Found"}, "check Host in the connection."),
        (403, {"code": 403, "message": "x"}, "shared access permissions in Zoom's settings."),
        (413, {"code": 413, "message": "x"}, "A proxy on the way may take less than Zoom does."),
    ],
)
def test_refusals(wire: Wire, status: int, said: dict[str, Any], remedy: str) -> None:
    """Whatever Zoom refuses a file for, its reader learns what to do."""
    wire.answer(FILES, *[(status, said)] * 20)
    assert str(failure(Uploader(None))).endswith(remedy)


def test_a_proxy_that_takes_no_large_files(wire: Wire) -> None:
    """A page in HTML that says 'too large' is read as what it is."""
    wire.mocker.post(FILES, status_code=413, text="<html>413 Request Entity Too Large")
    assert "file.zoom.us answered with HTML (HTTP 413). Send a smaller" in str(
        failure(Uploader(None))
    )


def test_an_upload_without_an_id(wire: Wire) -> None:
    """An answer that names no file is an error, and no message could have come of it."""
    wire.answer(FILES, *[(201, {})] * 20)
    assert str(failure(Uploader(None))) == (
        f"Could not upload {NAME!r} ({len(ROWS)} bytes): Zoom accepted it (HTTP 201) but named no "
        "id."
    )


def test_a_file_in_the_chat(zoom: Sandbox, tmp_path: Path) -> None:
    """A file arrives with its name and size, and nothing is posted by that."""
    (tmp_path / NAME).write_bytes(ROWS * 9)
    assert Uploader(zoom.url)(tmp_path / NAME)
    assert zoom.requests("/files")[-1]["query"] == {"postToPersonalChat": "false"}
    sent = zoom.requests("/files")[-1]["body"]["file"]
    assert (sent["filename"], sent["size"]) == (NAME, len(ROWS) * 9)
    assert zoom.messages() == []


@pytest.mark.parametrize(
    "fault",
    [
        lambda zoom: zoom.fail(503, path="/files"),
        lambda zoom: zoom.fail(500, path="/files", accept=True),
        lambda zoom: zoom.fail(429, path="/files"),
        lambda zoom: zoom.drop(path="/files", accept=True),
        lambda zoom: zoom.cut(path="/files", accept=True),
        lambda zoom: zoom.hang(30, path="/files"),
    ],
    ids=["503", "500, taken", "429", "drop", "cut", "hang"],
)
def test_once_more(zoom: Sandbox, fault: Callable[[Sandbox], None]) -> None:
    """An upload whose end is not known is made again: it posts nothing, so nothing comes twice."""
    fault(zoom)
    uploading = Uploader(zoom.url, timeout=0.3)
    assert uploading()
    assert len(uploading.waits) == 1
    assert zoom.requests("/files")[-1]["body"]["file"]["size"] == len(ROWS)
    assert zoom.messages() == []


def test_a_large_file_may_take_longer(zoom: Sandbox) -> None:
    """What would be too late for a message is in time for a file of a megabyte."""
    zoom.hang(0.5, path="/files", accept=True)
    uploading = Uploader(zoom.url, timeout=0.2, time_budget=0.4)
    assert uploading(("large.bin", bytes(MIB)))
    assert uploading.waits == []


def test_a_file_that_changes_is_not_sent(zoom: Sandbox, tmp_path: Path) -> None:
    """A file that changes between its check and its end breaks the upload off, for good."""
    path = tmp_path / "growing.csv"
    path.write_bytes(ROWS)
    checked = file(path)
    path.write_bytes(ROWS * 2)
    uploading = Uploader(zoom.url)
    error = failure(uploading, checked)
    assert isinstance(error, ConfigError)
    assert str(error) == (
        f"Could not upload 'growing.csv': it had {len(ROWS)} bytes when it was checked, and now "
        "has more. Send it when whatever writes it is done."
    )
    assert uploading.waits == []
    assert uploading(path)  # the next one has a connection of its own
    assert [one["body"]["file"]["size"] for one in zoom.requests("/files")] == [len(ROWS) * 2]


class Server(ThreadingHTTPServer):
    """A file host that hashes what arrives, and may send on before it has read anything."""

    def __init__(self, pem: Path | None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.ca_bundle = None
        if pem is not None:
            self.url = self.url.replace("http", "https")
            self.ca_bundle = str(pem)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(pem)
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.sends_on_to = ""
        self.hashes: list[str] = []


class Handler(BaseHTTPRequestHandler):
    """Its answers."""

    server: Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Give a token, send on, or take a file."""
        if self.server.sends_on_to and self.path.startswith("/v2/chat/"):
            self._answer(307, {}, Location=self.server.sends_on_to)
            self.close_connection = True
            return
        left, found = int(self.headers["Content-Length"]), hashlib.sha256()
        while left:
            piece = self.rfile.read(min(left, 65536))
            left -= len(piece)
            found.update(piece)
        self.server.hashes.append(found.hexdigest())
        self._answer(201, {"access_token": "t0ken", "id": "f1"})

    def _answer(self, status: int, said: dict[str, str], **headers: str) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(params=["http", "https"])
def host(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A running file host."""
    server = Server(request.getfixturevalue("certificate") if request.param == "https" else None)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def hashed(form: Form) -> str:
    found = hashlib.sha256()
    for piece in form:
        found.update(piece)
    return found.hexdigest()


def test_sent_on_before_the_body_was_read(host: Server, tmp_path: Path) -> None:
    """A host that redirects at once and hangs up is followed, and the file arrives whole there."""
    path = tmp_path / "large.bin"
    path.write_bytes(bytes(range(256)) * (32 * MIB // 256))
    uploading = Uploader(host.url, ca_bundle=host.ca_bundle)
    request = upload(uploading.files, USER, file(path))
    assert isinstance(request.streamed, Form)
    host.sends_on_to = f"{host.url}/v2/near/files"
    assert uploading.client.send(request)["id"] == "f1"
    assert host.hashes[-1] == hashed(request.streamed)


def test_another_port_is_another_server(host: Server) -> None:
    """On a loopback address, too, the token stays with the server that the connection names."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        host.sends_on_to = f"http://{address}/v2/chat/files"
        error = failure(Uploader(host.url, ca_bundle=host.ca_bundle))
        other.setblocking(False)
        with pytest.raises(BlockingIOError):
            other.accept()
    assert f"answered with a redirect to {address} (HTTP 307)" in str(error)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A server that takes connections and never reads nor says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


@pytest.mark.parametrize("size", [MIB // 4, 64 * MIB], ids=["at the end", "in the middle"])
def test_a_peer_that_stands_still(listener: socket.socket, size: int) -> None:
    """An upload of which nothing moves ends long before the time that a slow one may take."""
    address = f"127.0.0.1:{listener.getsockname()[1]}"
    request = upload(f"http://{address}/v2", USER, File("large.bin", size, bytes(size)))
    with pytest.raises(UnreachableError) as caught:
        Transport(timeout=0.1, now=lambda: 0.0).call(request, 1000)
    assert str(caught.value) == (
        f"Could not upload 'large.bin' ({size} bytes): the connection to {address} stood still for "
        "1 s."
    )
    assert not caught.value.may_have_arrived


def test_a_host_that_is_not_there(listener: socket.socket) -> None:
    """A large file makes nobody wait longer for a connection."""
    address = f"127.0.0.1:{listener.getsockname()[1]}"
    listener.close()
    request = upload(f"http://{address}/v2", USER, File("large.bin", MIB, bytes(MIB)))
    with pytest.raises(UnreachableError, match=f"no connection to {address}"):
        Transport(timeout=0.1).call(request, 1e9)
