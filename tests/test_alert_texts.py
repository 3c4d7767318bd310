"""What alerts say and what they keep to themselves, over a socket to the local Zoom."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from test_notifiers import failed, texts

from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.notifications.zoom import ZoomChatbotNotifier, ZoomChatNotifier
from airflow_provider_zoomchat.sandbox import Sandbox

DSN = "postgresql://etl:hunter2-hunter2@db/shop"


@pytest.mark.parametrize(
    "message",
    [
        None,
        "{{ exception }}",
        "{{ event.exception }}",
        "{{ params.dsn }}",
        "{{ params.dsn | zoom_code }}",
        "{{ params.dsn[:20] | zoom_code }}{{ params.dsn[20:] }}",
        "{{ ('https://etl:hunter2-hunter2@a.example/' ~ ds) | zoom_link('log of db/shop') }}",
        "{{ 1 / 0 if exception else '' }} {{ params.dsn }}",
        "{{ no_such_name(params.dsn) }}",
    ],
)
def test_a_password_in_an_address(zoom: Sandbox, message: str | None) -> None:
    """A password that Airflow knows nothing of is shown in no form of an alert, its host is."""
    context = failed(error=ValueError(f"no route to {DSN}"), params={"dsn": DSN}, ds="2026-11-20")
    ZoomChatNotifier(message, mention=DSN, on_error="raise")(context)
    ZoomChatNotifier(message, markdown=True, on_error="raise")(context)
    ZoomChatbotNotifier(message, on_error="raise")(context)
    if message:
        card = {"head": {"text": message}, "body": [{"type": "message", "text": DSN}]}
        ZoomChatbotNotifier(content=card, on_error="raise")(context)
    assert "hunter2" not in json.dumps([zoom.messages(), zoom.requests("/chat")])
    assert all("db/shop" in text for text in texts(zoom))


def test_a_link_that_was_signed(zoom: Sandbox) -> None:
    """A signed address that the author hands on as a link stays one; in an error it is masked."""
    url = "https://a.example/report?X-Amz-Signature=abc123"
    ZoomChatNotifier("{{ url | zoom_link('Report') }}: {{ event.exception }}", on_error="raise")(
        failed(error=ValueError(url), url=url)
    )
    (message,) = zoom.messages()
    assert message["text"] == "Report: ValueError: https://a.example/report?X-Amz-Signature=***"
    assert url in json.dumps(message["rich_text"])


def test_a_password_in_the_log(zoom: Sandbox, caplog: Any, capsys: Any) -> None:
    """The line, and the traceback, for an error that nobody thought of name no password."""

    class Faulty(ZoomChatNotifier):
        def _send(self, hook: ZoomHook, form: Any) -> Any:
            raise RuntimeError(f"no route to {DSN}")

    caplog.set_level(logging.INFO)
    Faulty()(failed())
    out, err = capsys.readouterr()
    logged = caplog.text + out + err
    assert "No alert was sent. RuntimeError: no route to postgresql://etl:***@db/shop" in logged
    assert "Traceback (most recent call last)" in logged
    assert "hunter2" not in logged
