from __future__ import annotations

import base64
import hashlib
import hmac
import time
from typing import Any

import pytest
import requests

from airflow_provider_zoomchat.sandbox import Sandbox


def post(zoom: Sandbox, body: str, layout: str | None = "message", **change: Any) -> Any:
    """Post to the plain webhook, with another address or authorization if a test wants it so."""
    extra = zoom.connection("incoming_webhook")["extra"]
    return requests.post(
        change.get("url", extra["webhook_url"]),
        params={"format": layout} if layout else None,
        data=body.encode(),
        headers={"Authorization": change.get("prefix", "") + extra["verification_token"]},
    )


@pytest.mark.parametrize(
    ("layout", "body", "text"),
    [
        ("message", "Load is late", "Load is late"),
        ("message", '"Load is late"', '"Load is late"'),
        (None, "Load is late", "Load is late"),
        ("fields", '{"DAG": "load", "Try": 2}', "DAG: load\nTry: 2"),
        ("full", '{"content": {"head": {"text": "Late"}}}', "Late"),
    ],
    ids=["message", "quoted", "none", "fields", "full"],
)
def test_formats(zoom: Sandbox, layout: str | None, body: str, text: str) -> None:
    """Each format is read as Zoom reads it."""
    answer = post(zoom, body, layout)

    assert (answer.status_code, answer.text) == (200, "ok")
    (message,) = zoom.messages()
    assert (message["text"], message["sender"]) == (text, "Airflow alerts")


@pytest.mark.parametrize(
    ("layout", "body"),
    [
        ("message", " "),
        ("message", "x" * 4001),
        (None, '{"DAG": "load"}'),
        ("fields", '{"DAG": {"id": "load"}}'),
        ("fields", "[]"),
        ("full", '{"head": {"text": "Late"}}'),
        ("full", '{"content": {"body": [{"type": "header"}]}}'),
        ("img", "x"),
    ],
)
def test_refused(zoom: Sandbox, layout: str | None, body: str) -> None:
    """A body that does not fit its format is refused with a short text."""
    answer = post(zoom, body, layout)

    assert answer.status_code == 400
    assert "\n" not in answer.text
    assert zoom.messages() == []


def test_address_and_token(zoom: Sandbox) -> None:
    """The older address works too; a scheme in front of the verification token is refused."""
    url = zoom.connection("incoming_webhook")["extra"]["webhook_url"]
    older = url.replace("/chat/webhooks/incomingwebhook/", "/incoming/hook/")
    bearer = post(zoom, "Late", prefix="Bearer ")

    assert post(zoom, "Late", url=older).status_code == 200
    assert (bearer.status_code, bearer.text) == (401, "Invalid signature")


def signed(zoom: Sandbox, body: str, *, age: float = 0, alter: str = "") -> requests.Response:
    extra = zoom.connection("incoming_webhook", signed=True)["extra"]
    timestamp = str(int((time.time() - age) * 1000))
    text = f"message&{timestamp}&{body}"
    digest = hmac.new(extra["secret_token"].encode(), text.encode(), hashlib.sha256).digest()
    return requests.post(
        extra["webhook_url"],
        params={"format": "message", "timestamp": timestamp},
        data=(body + alter).encode(),
        headers={"Authorization": base64.b64encode(digest).decode()},
    )


def test_signed(zoom: Sandbox) -> None:
    """A signature over format, timestamp and the exact body lets a message in."""
    assert signed(zoom, "Späte Ladung").status_code == 200
    assert zoom.messages()[0]["text"] == "Späte Ladung"


@pytest.mark.parametrize(("age", "alter"), [(1801, ""), (0, "!")], ids=["old", "altered"])
def test_bad_signature(zoom: Sandbox, age: float, alter: str) -> None:
    """An old signature and an altered body are refused."""
    answer = signed(zoom, "Late", age=age, alter=alter)

    assert (answer.status_code, answer.text) == (401, "Invalid signature")


def test_unsigned(zoom: Sandbox) -> None:
    """A signed connection misses the timestamp first."""
    url = zoom.connection("incoming_webhook", signed=True)["extra"]["webhook_url"]
    answer = post(zoom, '"Late"', None, url=url)

    assert (answer.status_code, answer.text) == (400, "Missed timestamp")
