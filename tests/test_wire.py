"""What goes over the wire to the real hosts, where no sandbox can stand."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import requests_mock

from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.zoom.errors import UnreachableError

CHANNEL = "c1" * 16
TOKEN = {"access_token": "t0ken", "expires_in": 3600, "scope": "chat_message:write:admin"}


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Callable[..., ZoomHook]:
    """Give a hook whose connection leads to Zoom itself; each has an app of its own."""

    def hook(client_id: str, **fields: Any) -> ZoomHook:
        extra = {"account_id": "acc", "user_id": "airflow@example.com", "channel": CHANNEL}
        host = fields.pop("host", None)
        connection = {
            "conn_type": "zoom",
            "login": client_id,
            "password": "s3cret",
            "extra": extra | fields,
        }
        monkeypatch.setenv("AIRFLOW_CONN_ZOOM_WIRE", json.dumps(connection | {"host": host}))
        return ZoomHook("zoom_wire", time_budget=2)

    return hook


@pytest.fixture
def wire() -> Iterator[requests_mock.Mocker]:
    """Stand in for Zoom's hosts; any other address raises."""
    with requests_mock.Mocker() as mocker:
        mocker.post("https://zoom.us/oauth/token", json=TOKEN)
        yield mocker


def test_two_calls_for_a_first_message(
    connect: Callable[..., ZoomHook], wire: requests_mock.Mocker
) -> None:
    """A first message takes a token from zoom.us and one call to api.zoom.us, with that token."""
    wire.post(
        "https://api.zoom.us/v2/chat/users/airflow%40example.com/messages",
        status_code=201,
        json={"id": "m1"},
    )
    assert connect("two-calls").send_message(message="Hi") == "m1"
    token, message = wire.request_history
    assert token.url == "https://zoom.us/oauth/token"
    assert token.text == "grant_type=account_credentials&account_id=acc"
    assert token.headers["Authorization"].startswith("Basic ")
    assert message.headers["Authorization"] == "Bearer t0ken"
    assert message.json() == {"message": "Hi", "to_channel": CHANNEL}


def test_government(connect: Callable[..., ZoomHook], wire: requests_mock.Mocker) -> None:
    """Zoom for Government is another set of hosts."""
    wire.post("https://zoomgov.com/oauth/token", json=TOKEN)
    wire.delete("https://api.zoomgov.com/v2/chat/users/airflow%40example.com/messages/m1")
    connect("gov", host="zoomgov.com").delete_message("m1")
    assert wire.request_history[1].qs == {"to_channel": [CHANNEL]}


def test_the_connections_proxy_and_certificates_are_used(
    connect: Callable[..., ZoomHook],
    wire: requests_mock.Mocker,
    monkeypatch: pytest.MonkeyPatch,
    certificate: Path,
) -> None:
    """What the connection names wins over the environment, and TLS is always checked."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/elsewhere.pem")
    monkeypatch.setenv("HTTPS_PROXY", "http://other.example.com:1")
    wire.post(requests_mock.ANY, json=TOKEN | {"id": "m1"})
    proxy = "http://proxy.example.com:3128"
    connect("proxied", proxy=proxy, ca_bundle=str(certificate)).send_message(message="Hi")
    for request in wire.request_history:
        assert request.proxies["https"] == proxy
        assert request.verify == str(certificate)
    connect("direct").send_message(message="Hi")
    assert wire.request_history[-1].proxies["https"] == "http://other.example.com:1"
    assert wire.request_history[-1].verify == "/elsewhere.pem"


def test_a_netrc_does_not_replace_the_token(
    connect: Callable[..., ZoomHook],
    wire: requests_mock.Mocker,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """An entry for Zoom's host in a netrc file is none of our credentials."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine api.zoom.us login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    wire.post(requests_mock.ANY, json=TOKEN | {"id": "m1"})
    connect("netrc").send_message(message="Hi")
    assert wire.request_history[-1].headers["Authorization"] == "Bearer t0ken"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for this machine that nobody trusts, with its key, in one file."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(timezone.utc)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def tls_zoom(certificate: Path) -> Iterator[str]:
    """A server with that certificate that answers every call with a token and an id."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            body = json.dumps(TOKEN | {"id": "m1"}).encode()
            self.send_response(201)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_untrusted_certificate(connect: Callable[..., ZoomHook], tls_zoom: str) -> None:
    """A certificate that is not trusted is named with its remedy, and nothing was sent."""
    with pytest.raises(UnreachableError) as caught:
        connect("tls-no", host=tls_zoom).send_message(message="Hi")
    assert str(caught.value).endswith(
        f"the certificate of {tls_zoom[8:]} is not trusted here. Put the certificate authority of "
        "your proxy or network into a file and fill its path as CA bundle in the connection."
    )
    assert not caught.value.may_have_arrived


def test_a_certificate_that_the_connection_trusts(
    connect: Callable[..., ZoomHook], tls_zoom: str, certificate: Path
) -> None:
    """With the certificate as CA bundle, the message goes out."""
    hook = connect("tls-yes", host=tls_zoom, ca_bundle=str(certificate))
    assert hook.send_message(message="Hi") == "m1"
