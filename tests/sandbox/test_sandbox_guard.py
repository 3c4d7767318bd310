"""Who the sandbox answers: programs and its own page, no page of another site."""

from __future__ import annotations

import pytest
import requests

from airflow_provider_zoomchat.sandbox import Sandbox
from airflow_provider_zoomchat.sandbox.guard import stranger

HOST = "127.0.0.1:8765"
PAGE = {"host": HOST, "origin": f"http://{HOST}", "sec-fetch-site": "same-origin"}


@pytest.mark.parametrize(
    "headers",
    [
        {"host": HOST},
        {"host": "localhost"},
        {"host": "LOCALHOST:1"},
        {"host": "[::1]:8765"},
        {"host": "127.8.0.1:80"},
        PAGE,
        {"host": HOST, "sec-fetch-site": "none", "sec-fetch-mode": "navigate"},
        {"host": HOST, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"},
        {"host": HOST, "sec-fetch-site": "same-site", "sec-fetch-mode": "navigate"},
    ],
    ids=str,
)
def test_who_is_answered(headers: dict[str, str]) -> None:
    """Programs, the sandbox's own page and links are answered."""
    assert stranger(headers) == ""


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({}, "loopback"),
        ({"host": "zoom.example.com"}, "loopback"),
        ({"host": "127.0.0.1.example.com"}, "loopback"),
        ({"host": "localhost.example.com:8765"}, "loopback"),
        ({"host": "10.0.0.1:8765"}, "loopback"),
        ({**PAGE, "host": "evil.example:8765", "origin": "http://evil.example:8765"}, "loopback"),
        ({"host": HOST, "origin": "http://127.0.0.1:9999"}, "another site"),
        ({"host": HOST, "origin": f"https://{HOST}"}, "another site"),
        ({"host": HOST, "origin": "null"}, "another site"),
        ({"host": HOST, "origin": ""}, "another site"),
        ({"host": HOST, "origin": "http://localhost:8765"}, "another site"),
        ({"host": HOST, "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, "another"),
        ({"host": HOST, "sec-fetch-site": "same-site"}, "another site"),
        (
            {
                "host": HOST,
                "origin": "null",
                "sec-fetch-site": "cross-site",
                "sec-fetch-mode": "navigate",
            },
            "another site",
        ),
    ],
    ids=str,
)
def test_who_is_refused(headers: dict[str, str], why: str) -> None:
    """Names that are no loopback address, other origins and what they embed are refused."""
    assert why in stranger(headers)


@pytest.mark.parametrize("path", ["/", "/sandbox/state.json", "/sandbox/events", "/v2/users/x"])
def test_refusals(zoom: Sandbox, path: str) -> None:
    """A refusal is one line, at every address, and leaves nothing behind."""
    answer = requests.get(zoom.url + path, headers={"Origin": "https://example.com"}, timeout=5)
    assert answer.status_code == 403
    assert answer.text == "The sandbox answers its own page alone, not that of another site.\n"
    assert zoom.requests() == []
