"""Who the sandbox answers: programs and its own page, no page of another site."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
import requests

from airflow_provider_zoomchat.sandbox import Sandbox
from airflow_provider_zoomchat.sandbox.server import foreign_caller

HOST = "127.0.0.1:8765"
BY_HOST = {"host": HOST}
PAGE = {"host": HOST, "origin": f"http://{HOST}", "sec-fetch-site": "same-origin"}
LINK = {
    "host": HOST,
    "sec-fetch-site": "cross-site",
    "sec-fetch-mode": "navigate",
    "sec-fetch-dest": "document",
}
EVIL = "evil.example:8765"


@pytest.mark.parametrize(
    "headers",
    [
        *({"host": host} for host in (HOST, "localhost", "LOCALHOST:1", "[::1]:8765")),
        {"host": "127.8.0.1:80"},
        PAGE,
        {"host": HOST, "sec-fetch-site": "none", "sec-fetch-mode": "navigate"},
    ],
    ids=str,
)
@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("POST", "/oauth/token")])
def test_who_is_answered(method: str, path: str, headers: dict[str, str]) -> None:
    """Programs, the sandbox's own page and whoever types an address are answered."""
    assert foreign_caller(method, path, headers) == ""


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize("path", ["/", "/sandbox/", "/sandbox/files/1", "/launch/chat/v2/x"])
def test_links(path: str, site: str) -> None:
    """A link may lead from anywhere to what a person looks at."""
    assert foreign_caller("GET", path, {**LINK, "sec-fetch-site": site}) == ""


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("POST", "/", LINK),
        ("HEAD", "/", LINK),
        *(("GET", "/", {**LINK, "sec-fetch-dest": kind}) for kind in ("iframe", "object", "")),
        ("GET", "/", {**LINK, "origin": "null"}),
        *(("GET", path, LINK) for path in ("/v2/users/me", "/oauth/token", "/sandbox/state.json")),
        *(("GET", path, LINK) for path in ("/sandbox/files", "/x/sandbox/")),
    ],
    ids=str,
)
def test_what_is_no_link(method: str, path: str, headers: dict[str, str]) -> None:
    """A form, a frame, and a link to what programs ask for are refused."""
    assert "another site" in foreign_caller(method, path, headers)


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({}, "loopback"),
        *(({"host": f"{host}.example.com"}, "loopback") for host in ("zoom", "127.0.0.1")),
        *(({"host": host}, "loopback") for host in ("localhost.example.com:8765", "10.0.0.1:8765")),
        ({**PAGE, "host": EVIL, "origin": f"http://{EVIL}"}, "loopback"),
        *(
            ({"host": HOST, "origin": origin}, "another site")
            for origin in (
                *("http://127.0.0.1:9999", f"https://{HOST}", "http://localhost:8765"),
                *("null", ""),
            )
        ),
        ({**BY_HOST, "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, "another site"),
        ({**BY_HOST, "sec-fetch-site": "same-site"}, "another site"),
        (
            {**BY_HOST, "origin": "null", "sec-fetch-site": "cross-site"}
            | {"sec-fetch-mode": "navigate"},
            "another site",
        ),
    ],
    ids=str,
)
def test_who_is_refused(headers: dict[str, str], why: str) -> None:
    """Names that are no loopback address, other origins and what they embed are refused."""
    assert why in foreign_caller("GET", "/", headers)


@pytest.mark.parametrize("path", ["/", "/sandbox/state.json", "/sandbox/events", "/v2/users/x"])
def test_at_every_address(zoom: Sandbox, path: str) -> None:
    """A refusal is one line and leaves nothing behind; no answer may stand in a frame."""
    zoom.fail(503)
    answer = requests.get(zoom.url + path, headers={"Origin": "https://example.com"}, timeout=5)
    assert answer.status_code == 403
    assert answer.text == "The sandbox answers its own page alone, not that of another site.\n"
    assert zoom.requests() == []
    assert len(zoom.state()["faults"]) == 1
    with requests.get(zoom.url + path, stream=True, timeout=5) as answer:
        assert answer.headers["x-frame-options"] == "DENY"


def test_a_body_from_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another site uploads is never written to the disk, however large it is."""
    # Whoever writes there fails.
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    with Sandbox() as zoom:
        for headers, status in (({"Origin": "https://example.com"}, 403), ({}, 500)):
            answer = requests.post(
                f"{zoom.url}/v2/chat/users/me/files",
                files={"file": ("x.csv", b"x" * 3_000_000)},
                headers=headers,
                timeout=5,
            )
            assert answer.status_code == status


def test_a_link_is_no_call(zoom: Sandbox) -> None:
    """Whoever follows a link into the chat meets no fault and is no request to Zoom."""
    zoom.fail(503)
    link = f"{zoom.url}/launch/chat?jid=x"
    assert requests.get(link, allow_redirects=False, timeout=5).status_code == 302
    assert zoom.requests() == []
    assert len(zoom.state()["faults"]) == 1
