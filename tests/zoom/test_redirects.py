"""Where an upload may be sent on to."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

import pytest

from airflow_provider_zoomchat.zoom.files import file, upload
from airflow_provider_zoomchat.zoom.http import Request, Response, redirected

ZOOM = "https://file.zoom.us/v2"
GOVERNMENT = "https://file.zoomgov.com/v2"
LOCAL = "http://127.0.0.1:8765/v2"
GATEWAY = "https://zoom.example.com/gateway/v2"


def request(base: str = ZOOM) -> Request:
    return upload(base, "u", file(("a.csv", b"a"))).with_headers(Authorization="Bearer t0ken")


def answer(location: str | None, status: int = 307) -> Response:
    headers = {} if location is None else {"location": location}
    return Response(status, headers, b"", datetime(2026, 11, 2, tzinfo=timezone.utc))


@pytest.mark.parametrize(
    ("base", "location", "url"),
    [
        (ZOOM, "https://us04file.zoom.us/v2/f", "https://us04file.zoom.us/v2/f"),
        (ZOOM, "HTTPS://US04FILE.Zoom.US:443/v2/f#top", "https://us04file.zoom.us/v2/f"),
        (ZOOM, "//us04file.zoom.us/v2/f", "https://us04file.zoom.us/v2/f"),
        (ZOOM, "https://zoom.us/f?a=1&b=%20", "https://zoom.us/f?a=1&b=%20"),
        (ZOOM, "/v3/f", "https://file.zoom.us/v3/f"),
        (ZOOM, "other", "https://file.zoom.us/v2/chat/users/u/other"),
        (GOVERNMENT, "https://us1file.zoomgov.com/f", "https://us1file.zoomgov.com/f"),
        (LOCAL, "http://127.0.0.1:8765/f", "http://127.0.0.1:8765/f"),
        (LOCAL, "https://us04file.zoom.us/f", "https://us04file.zoom.us/f"),
        (GATEWAY, "https://zoom.example.com:443/f", "https://zoom.example.com/f"),
        (GATEWAY, "https://us1file.zoomgov.com/f", "https://us1file.zoomgov.com/f"),
        # Readers of URLs do not agree on the host of this; the one that is named gets the call.
        (ZOOM, "https://evil.example\\@file.zoom.us/f", "https://file.zoom.us/f"),
    ],
)
def test_followed(base: str, location: str, url: str) -> None:
    """An upload goes on to Zoom's own hosts and to the connection's, with everything it has."""
    first = request(base)
    assert redirected(first, answer(location)) == replace(first, url=url)


@pytest.mark.parametrize(
    ("base", "location"),
    [
        (ZOOM, "https://evil.example/f"),
        (ZOOM, "http://file.zoom.us/f"),
        (ZOOM, "ftp://file.zoom.us/f"),
        (ZOOM, "https://notzoom.us/f"),
        (ZOOM, "https://zoom.us.evil.example/f"),
        (ZOOM, "https://file.zoom.us@evil.example/f"),
        (ZOOM, "https://file.zoom.us\\@evil.example/f"),
        (ZOOM, "https://file.zoom.us:8443/f"),
        (ZOOM, "https://file.zoom.us:port/f"),
        (ZOOM, "https://file.zoom.us\u2100.evil.example/f"),
        (ZOOM, "https://[::1/f"),
        (ZOOM, "https://file.zoomgov.com/f"),
        (ZOOM, "http://127.0.0.1:8765/f"),
        (ZOOM, ""),
        (ZOOM, None),
        (GOVERNMENT, "https://file.zoom.us/f"),
        (LOCAL, "http://127.0.0.1:8766/f"),
        (LOCAL, "http://localhost:8765/f"),
        (LOCAL, "https://127.0.0.1:8765/f"),
        (GATEWAY, "http://zoom.example.com/f"),
        (GATEWAY, "https://other.example.com/f"),
    ],
)
def test_not_followed(base: str, location: str | None) -> None:
    """The token goes to no other host, scheme or port, whatever the address looks like."""
    assert redirected(request(base), answer(location)) is None


@pytest.mark.parametrize(
    ("status", "follows"),
    [(status, status in (301, 302, 307, 308)) for status in (200, 201, *range(300, 309), 400)],
)
def test_statuses(status: int, follows: bool) -> None:
    """Each status that says 'make this call there' is followed, and no other."""
    assert bool(redirected(request(), answer("/f", status))) is follows


def test_only_uploads_follow() -> None:
    """A message, which could arrive twice, is not sent on."""
    assert redirected(replace(request(), follows=False), answer("/f")) is None


@pytest.mark.parametrize(
    ("query", "params"),
    [
        ("", {"postToPersonalChat": "false"}),
        ("?key=1", {"postToPersonalChat": "false"}),
        ("?key=1&postToPersonalChat=false", {}),
    ],
)
def test_parameters_go_along_once(query: str, params: dict[str, str]) -> None:
    """What keeps the file out of the user's own chat is never lost on the way."""
    target = redirected(request(), answer(f"/f{query}"))
    assert target is not None
    assert target.url == f"https://file.zoom.us/f{query}"
    assert target.params == params


def test_a_second_redirect_starts_at_the_host_before() -> None:
    """An address without a host belongs to whoever gave it; trust is that of the first call."""
    target = redirected(request(), answer("/g"), answered_by="https://us04file.zoom.us/f")
    assert target is not None
    assert target.url == "https://us04file.zoom.us/g"
    assert redirected(request(), answer("/g"), answered_by="https://files.example.com/f") is None
