from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from airflow_provider_zoomchat.sandbox import Sandbox, oauth, world
from airflow_provider_zoomchat.sandbox.activity_log import SHOWN
from airflow_provider_zoomchat.sandbox.state import Message
from airflow_provider_zoomchat.sandbox.world import DATA_PIPELINES, DATA_TEAM, Channel


def post(zoom: Sandbox, name: str, text: str, at: Channel = DATA_PIPELINES, **more: Any) -> None:
    zoom.chat.post(
        Message(name, "team_chat", at.id, at.name, None, "Airflow", "a@example.com", text, **more)
    )


def ids(found: list[dict[str, Any]]) -> list[str]:
    return [message["id"] for message in found]


@pytest.mark.parametrize("channel", [DATA_TEAM.id, DATA_TEAM.jid, DATA_TEAM.name])
def test_by_channel(zoom: Sandbox, channel: str) -> None:
    """A channel goes by id, JID and name; what is found is a copy, not the chat itself."""
    post(zoom, "1", "Late")
    post(zoom, "2", "Late", at=DATA_TEAM)

    assert ids(zoom.messages(channel)) == ["2"]
    found = zoom.message(channel, "Late")
    assert found["id"] == "2"
    found["text"] = "changed"
    assert zoom.message(channel)["text"] == "Late"


def test_by_what_is_shown(zoom: Sandbox) -> None:
    """Words are found in a text, on either kind of card, and as they are shown or were sent."""
    card = {"content": {"head": {"text": "Rows of March"}}}
    content = {"head": {"text": "Load"}, "body": [{"type": "message", "text": "*48* rows"}]}
    post(zoom, "text", "Load finished")
    post(zoom, "user card", "", interactive_cards=[{"card_json": json.dumps(card)}])
    post(zoom, "bot card", "Load\n*48* rows", content=content, is_markdown_support=True)

    assert ids(zoom.messages(text="finished")) == ["text"]
    assert ids(zoom.messages(text="Rows of March")) == ["user card"]
    assert ids(zoom.messages(text="48 rows")) == ids(zoom.messages(text="*48* rows"))
    assert ids(zoom.messages(text="48 rows")) == ["bot card"]
    assert zoom.messages(text="finished late") == []


def test_by_thread(zoom: Sandbox) -> None:
    """A thread is every answer below its first message, and not that one."""
    post(zoom, "1", "Load")
    post(zoom, "2", "48 rows", reply_to="1")
    post(zoom, "3", "to that", reply_to="2")
    post(zoom, "4", "Another", at=DATA_TEAM)
    post(zoom, "5", "unseen", reply_to="gone")
    first = zoom.message(text="Load")

    assert ids(zoom.messages(thread=first)) == ids(zoom.messages(thread="1")) == ["2", "3"]
    assert zoom.message(thread=first, text="rows")["id"] == "2"
    assert zoom.messages(thread="4") == []
    assert ids(zoom.messages()) == ["1", "2", "3", "4", "5"]


def test_none_fits(zoom: Sandbox) -> None:
    """A test that finds nothing is told what there is instead."""
    post(zoom, "1", "❌ Load failed\nat 6", at=DATA_TEAM)
    with pytest.raises(AssertionError) as caught:
        zoom.message(channel="data-pipelines", text="failed", thread={"id": "7"})

    first, *rest = str(caught.value).splitlines()
    assert first == (
        "There is no message with channel='data-pipelines', text='failed', thread='7'. "
        "What was posted:"
    )
    assert "#data-team" in rest
    assert any("❌ Load failed" in line for line in rest)


def test_several_fit(zoom: Sandbox) -> None:
    """A test that finds several messages sees the newest of them, and no others."""
    post(zoom, "done", "done")
    for number in range(SHOWN + 5):
        post(zoom, str(number), f"row {number};")
    with pytest.raises(AssertionError) as caught:
        zoom.message(text="row")

    text = str(caught.value)
    begins = f"There are {SHOWN + 5} messages with text='row', not one:\n\n(5 older ones)\n\n#data"
    assert text.startswith(begins)
    assert [words in text for words in ("row 4;", "row 5;", "done")] == [False, True, False]


def test_what_was_refused(zoom: Sandbox) -> None:
    """Of an alert that Zoom refused, which nobody else saw, the refusal is shown."""
    token = oauth.new_token(zoom.chat, world.SERVER_TO_SERVER)
    path = "/v2/chat/users/airflow@example.com/messages"
    headers = {"Authorization": f"Bearer {token}"}
    zoom.drop(path="/chat/users")
    with pytest.raises(requests.ConnectionError):
        requests.post(zoom.url + path, json={}, headers=headers)
    body = {"message": "Late", "to_channel": "0" * 32}
    requests.post(zoom.url + path, json=body, headers=headers)
    requests.post(zoom.url + "/oauth/token", auth=("nobody", "x"))
    with pytest.raises(AssertionError) as caught:
        zoom.message(text="Late")

    lines = str(caught.value).splitlines()
    assert "Nothing was posted." in lines
    dropped, unknown, no_token = lines[lines.index("Calls that failed:") + 1 :]
    assert dropped == f"  POST {path}: no answer"
    assert unknown.startswith(f"  POST {path}: 404, Channel does not exist")
    assert no_token.startswith("  POST /oauth/token: 400, ")
    assert token not in str(caught.value)


def test_odd_traffic(zoom: Sandbox) -> None:
    """Where nobody called, the connection is suspected; no call tells a terminal anything."""
    with pytest.raises(AssertionError, match="No call came: does the connection lead here"):
        zoom.message(text="Late")
    requests.get(f"{zoom.url}/v2/%1b[2J", timeout=5)
    with pytest.raises(AssertionError, match=r"GET /v2/\ufffd\[2J: 404"):
        zoom.message()
