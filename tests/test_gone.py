"""Messages that are not there when they are to be edited or deleted, and Zoom in trouble."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException
from test_operators import Ti, run

from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.operators.zoom import (
    ZoomChatbotMessageOperator,
    ZoomChatMessageOperator,
)
from airflow_provider_zoomchat.sandbox import Sandbox
from airflow_provider_zoomchat.zoom import auth, chatbot, team_chat, users
from airflow_provider_zoomchat.zoom.addresses import ZOOM
from airflow_provider_zoomchat.zoom.errors import GoneError, RejectedError, ZoomChatError
from airflow_provider_zoomchat.zoom.http import Request, Response
from airflow_provider_zoomchat.zoom.responses import parse

API = "https://api.zoom.us/v2"
BOT = chatbot.Bot("v1bot@xmpp.zoom.us", "acc")
NOW = datetime(2026, 11, 26, tzinfo=timezone.utc)
DELETE = team_chat.delete(API, "u", "{M-1}", target=("to_channel", "c0ffee"))
TOKEN = auth.App("id", "secret", "client_credentials").token_request(ZOOM)
EDIT = team_chat.edit(API, "u", "m-1", message="x", target=("to_channel", "c0ffee"))
SEND = team_chat.send(API, "u", message="x", target=("to_channel", "c0ffee"))
BOT_DELETE = chatbot.delete(API, BOT, "m-1")
BOT_EDIT = chatbot.edit(API, BOT, "m-1", card={})
BOT_SEND = chatbot.send(API, BOT, card={}, to_jid="c@conference.xmpp.zoom.us", reply_to="m-1")
OPERATORS = [ZoomChatMessageOperator, ZoomChatbotMessageOperator]
DELETED = "The message has been deleted already: nothing is left to do."


def refusal(request: Request, status: int, body: Any, **headers: str) -> ZoomChatError:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(ZoomChatError) as caught:
        parse(request, Response(status, headers, raw, NOW))
    return caught.value


@pytest.mark.parametrize(
    ("request_", "code", "words", "kind"),
    [
        (DELETE, 300, "Channel does not exist: m-1", GoneError),
        (DELETE, 300, "Channel does not exist: {M-1}.", GoneError),
        (DELETE, 300, "Message does not exist: m-1.", GoneError),
        (DELETE, 300, "Channel does not exist.", GoneError),
        (DELETE, 300, "Channel does not exist: c0ffee", RejectedError),
        (DELETE, 300, "Must provide either contact or channel parameter.", RejectedError),
        (DELETE, 4130, "Channel does not exist: c0ffee", RejectedError),
        (DELETE, 1001, "User does not exist: u", RejectedError),
        (EDIT, 300, "Message does not exist: m-1.", GoneError),
        (EDIT, 300, "Channel does not exist: m-1", GoneError),
        (EDIT, 300, "Channel does not exist: c0ffee", RejectedError),
        (SEND, 300, "Message does not exist: m-0.", RejectedError),
        (BOT_DELETE, 8001, "Invalid message_id.", GoneError),
        (BOT_EDIT, 8001, "Invalid message_id value.", GoneError),
        (BOT_SEND, 8001, "Invalid message_id value.", RejectedError),
        (BOT_DELETE, 7002, "Invalid robot_jid value.", RejectedError),
    ],
)
def test_what_is_gone(request_: Request, code: int, words: str, kind: type[ZoomChatError]) -> None:
    """A message that is not there is told from a channel, a user or a bot that is not."""
    error = refusal(request_, 400, {"code": code, "message": words})
    assert type(error) is kind
    assert not error.passing
    assert (DELETED in str(error)) == (kind is GoneError and request_.method == "DELETE")


@pytest.mark.parametrize("operator", OPERATORS)
def test_deleting_what_is_deleted(zoom: Sandbox, operator: Any) -> None:
    """A task that deletes what somebody has deleted before is done, and its XCom says of what."""
    first = run(operator(task_id="t", message="Hi"))
    ti = Ti()
    for _ in range(2):
        assert run(operator(task_id="t", operation="delete", message_id=first), ti) == first
    assert ti.xcoms["zoom_message"]["message_id"] == first
    assert [call["status"] for call in zoom.requests(first)][1] in (400, 404)


@pytest.mark.parametrize("conn_id", ["zoom_default", "zoom_chatbot_default"])
def test_a_deletion_whose_answer_is_lost(zoom: Sandbox, conn_id: str) -> None:
    """The second try of a deletion hears that the first one did it, and that is no error."""
    hook, bot = ZoomHook(conn_id, time_budget=20), conn_id != "zoom_default"
    message_id = (hook.send_chatbot_message if bot else hook.send_message)(message="Hi")
    assert message_id
    zoom.drop(path=message_id, accept=True)
    delete: Callable[..., Any] = hook.delete_chatbot_message if bot else hook.delete_message
    assert delete(message_id) == message_id
    assert len(zoom.requests(message_id)) == 2
    assert [message["deleted"] for message in zoom.messages()] == [True]


@pytest.mark.parametrize("operator", OPERATORS)
def test_editing_what_is_deleted(zoom: Sandbox, operator: Any) -> None:
    """An edit of what is gone fails, and says that it is gone."""
    first = run(operator(task_id="t", message="Hi"))
    run(operator(task_id="t", operation="delete", message_id=first))
    with pytest.raises(AirflowFailException, match="The message has been deleted, or message_id"):
        run(operator(task_id="t", operation="edit", message_id=first, message="x"))


def test_a_deletion_in_no_channel(zoom: Sandbox) -> None:
    """A deletion in a channel that is not there is an error: the message may be elsewhere."""
    first = run(ZoomChatMessageOperator(task_id="t", message="Hi"))
    delete = ZoomChatMessageOperator(
        task_id="t", operation="delete", message_id=first, to_channel="f" * 32
    )
    with pytest.raises(AirflowFailException, match="code 4130"):
        run(delete)
    assert [message["deleted"] for message in zoom.messages()] == [False]


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (503, {"reason": "Service unavailable", "error": "unavailable"}, {}),
        (503, b"<html>503</html>", {"content-type": "text/html"}),
        (500, b"", {}),
        (502, b"upstream", {}),
    ],
)
def test_the_token_endpoint_in_trouble(status: int, body: Any, headers: dict[str, str]) -> None:
    """Trouble of Zoom's own sends nobody to copy credentials that are right."""
    for request in (
        TOKEN,
        EDIT,
        users.get_user(API, "u"),
    ):
        error = refusal(request, status, body, **headers)
        assert "is in trouble. Try again later" in str(error)
        assert "Copy" not in str(error)
        assert error.passing


def test_two_tokens_at_once() -> None:
    """A token that is refused since another is being made says so, and is tried again."""
    error = refusal(
        TOKEN,
        409,
        {"reason": "Conflict"},
    )
    assert "asked for two tokens at the same moment" in str(error)
    assert error.passing
