"""A bot finds people by e-mail address through its Look-up connection, and by nothing else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException
from test_operators import Ti, run

from airflow_provider_zoomchat.hooks import user_lookup
from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.notifications.zoom import ZoomChatbotNotifier
from airflow_provider_zoomchat.operators.zoom import ZoomChatbotMessageOperator
from airflow_provider_zoomchat.sandbox import Sandbox, world
from airflow_provider_zoomchat.tools.doctor import Step, examine
from airflow_provider_zoomchat.zoom.errors import ConfigError
from airflow_provider_zoomchat.zoom.text import mention

ANN, JID = "ann@example.com", world.ANN.jid
FIELD = "Look-up connection (extra lookup_conn_id)"

#: What a bot's connection may name, with what is said of it.
WRONG = {
    "missing": ("zoom_nowhere", "cannot be used. Connection 'zoom_nowhere' does not exist."),
    "itself": ("zoom_test", "is that connection itself"),
    "a bot": ("zoom_chatbot_default", "is 'zoom_chatbot_default', which has App type 'chatbot'"),
    "a webhook": ("zoom_webhook_default", "which has App type 'incoming_webhook'"),
    "unreadable": ("zoom_cut", "AIRFLOW_CONN_ZOOM_CUT is set, but it is not JSON"),
}


@pytest.fixture(autouse=True)
def _nobody_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    user_lookup.forget()
    monkeypatch.setenv("AIRFLOW_CONN_ZOOM_CUT", '{"conn_type": "zoom", "password": "s3cr3t')


def bot(**arguments: Any) -> ZoomChatbotMessageOperator:
    return ZoomChatbotMessageOperator(task_id="t", zoom_conn_id="zoom_test", **arguments)


def look_ups(zoom: Sandbox) -> int:
    return len(zoom.requests("/v2/users/"))


def test_people_by_address(connect: Callable[..., ZoomHook], zoom: Sandbox) -> None:
    """Target, reader, speaker and mention may all be an e-mail address; Zoom is asked once."""
    connect("chatbot")
    ti = Ti()
    message_id = run(bot(message=mention(ANN), to_jid=ANN, visible_to_user=ANN, user_jid=ANN), ti)
    (sent,) = zoom.requests("/im/chat/messages")
    assert (sent["body"]["to_jid"], sent["body"]["visible_to_user"]) == (JID, JID)
    assert sent["body"]["user_jid"] == JID
    assert sent["body"]["content"]["body"][0]["text"] == f"<!{JID}|Ann>"
    assert look_ups(zoom) == 1
    assert ti.xcoms["zoom_message"]["target"] == ANN
    run(bot(operation="edit", message_id=message_id, message="x", to_jid=ANN, visible_to_user=ANN))
    edit = zoom.requests("/im/chat/messages")[-1]
    assert (edit["body"]["to_jid"], edit["body"]["visible_to_user"]) == (JID, JID)
    assert run(bot(operation="delete", message_id=message_id, user_jid=ANN)) == message_id
    assert zoom.requests("/im/chat/messages")[-1]["query"]["user_jid"] == JID
    assert look_ups(zoom) == 1


def test_a_channel_that_is_a_person(connect: Callable[..., ZoomHook], zoom: Sandbox) -> None:
    """Fields of the connection may hold an address too."""
    connect("chatbot", channel=ANN, user_jid=ANN).send_chatbot_message(message="Hi")
    assert [message["contact"] for message in zoom.messages()] == [ANN]


@pytest.mark.parametrize("argument", ["to_jid", "visible_to_user", "user_jid"])
@pytest.mark.parametrize("case", [None, *WRONG])
def test_an_operator_without_it(
    argument: str,
    case: str | None,
    connect: Callable[..., ZoomHook],
    zoom: Sandbox,
    airflow_home: str,
) -> None:
    """A person as a target, where nobody can be looked up, names the field; nothing is called."""
    connect("chatbot", lookup_conn_id=WRONG[case][0] if case else None)
    with pytest.raises(AirflowFailException) as caught:
        run(bot(message="Hi", **{argument: ANN}))
    assert isinstance(caught.value.__cause__, ConfigError)
    assert argument in str(caught.value)
    assert "Look-up connection" in str(caught.value)
    assert (WRONG[case][1] if case else "own token cannot find people") in str(caught.value)
    assert "s3cr3t" not in str(caught.value)
    assert zoom.requests() == []


def test_a_mention_without_it(
    connect: Callable[..., ZoomHook], zoom: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    """Without the field a mention is plain words, one line says why, and nobody is asked."""
    connect("chatbot", lookup_conn_id=None)
    run(bot(message=mention(ANN) + " " + mention("bob@example.com")))
    assert [message["text"] for message in zoom.messages()] == [f"@{ANN} @bob@example.com"]
    assert look_ups(zoom) == 0
    lines = [one.getMessage() for one in caplog.records if "plain words" in one.getMessage()]
    assert len(lines) <= 1  # Airflow 3 may log past Python's own logging
    assert all(f"{ANN}, bob@example.com. {FIELD} of connection" in line for line in lines)


@pytest.mark.parametrize("case", WRONG)
def test_a_mention_with_a_wrong_one(
    case: str, connect: Callable[..., ZoomHook], zoom: Sandbox, airflow_home: str
) -> None:
    """A field that names a wrong connection fails an operator, and no alert."""
    connect("chatbot", lookup_conn_id=WRONG[case][0])
    with pytest.raises(AirflowFailException) as caught:
        run(bot(message=mention(ANN)))
    assert str(caught.value).startswith(f"{FIELD} of connection 'zoom_test' ")
    assert WRONG[case][1] in str(caught.value)
    notifier = ZoomChatbotNotifier(
        "Hi", mention=ANN, zoom_conn_id="zoom_test", on_error="raise", time_budget=60
    )
    notifier({})
    assert [message["text"] for message in zoom.messages()] == [f"Hi\n@{ANN}"]
    assert look_ups(zoom) == 0


@pytest.mark.parametrize("awaited", [False, True])
def test_alerts(awaited: bool, connect: Callable[..., ZoomHook], zoom: Sandbox) -> None:
    """An alert mentions and reaches people by address, called or awaited."""
    connect("chatbot")
    notifier = ZoomChatbotNotifier(
        "Hi", mention=ANN, to_jid=ANN, zoom_conn_id="zoom_test", on_error="raise", time_budget=60
    )
    asyncio.run(notifier.async_notify({})) if awaited else notifier({})
    (message,) = zoom.messages()
    assert message["contact"] == ANN
    assert f"<!{JID}|Ann>" in json.dumps(message["content"])
    assert look_ups(zoom) == 1


def test_somebody_unknown(connect: Callable[..., ZoomHook], zoom: Sandbox) -> None:
    """A person whom Zoom does not know fails the task, and names where Zoom was asked."""
    connect("chatbot")
    with pytest.raises(AirflowFailException, match="through Look-up connection 'zoom_default'"):
        run(bot(message="Hi", to_jid="nobody@example.com"))
    assert zoom.messages() == []


def test_somebody_without_a_jid(connect: Callable[..., ZoomHook], zoom: Sandbox) -> None:
    """Whom Zoom names no JID of is plain words, and the others are mentioned all the same."""
    hook = connect("chatbot")
    zoom.fail(200, path="/v2/users/carl", body={"id": "c", "email": "carl@example.com"})
    for _ in range(2):
        hook.send_chatbot_message(message=mention("carl@example.com") + " " + mention(ANN))
    texts = [json.dumps(message["content"]) for message in zoom.messages()]
    assert all(f"@carl@example.com <!{JID}|Ann>" in text for text in texts)
    assert look_ups(zoom) == 2  # each is asked for once
    zoom.fail(200, path="/v2/users/dora", body={"id": "d"})
    with pytest.raises(ConfigError, match=r"no JID of to_jid 'dora@example.com': give a JID"):
        hook.send_chatbot_message(message="Hi", to_jid="dora@example.com")


def test_no_time_to_look(connect: Callable[..., ZoomHook], zoom: Sandbox) -> None:
    """Where nobody could be asked for lack of time, the next message asks."""
    hook = connect("chatbot")
    assert user_lookup.find([ANN], hook, 0.0) == {}
    assert user_lookup.find([ANN], hook, 10.0) == {ANN: (JID, "Ann")}


def test_whom_the_hook_finds(connect: Callable[..., ZoomHook], zoom: Sandbox) -> None:
    """The hook of a bot finds users through the other connection; a webhook's finds none."""
    assert connect("chatbot").find_user(ANN)["jid"] == JID
    with pytest.raises(ConfigError, match="Look-up connection"):
        connect("chatbot", lookup_conn_id="").find_user(ANN)
    with pytest.raises(ConfigError, match="needs 'server_to_server'"):
        connect("incoming_webhook").find_user(ANN)
    assert look_ups(zoom) == 1


def test_muted(connect: Callable[..., ZoomHook], zoom: Sandbox) -> None:
    """A muted bot asks nobody, whoever it would write to."""
    connect("chatbot", muted=True)
    run(bot(message=mention(ANN), to_jid=ANN, visible_to_user=ANN))
    assert zoom.requests() == []


def found(conn_id: str) -> list[Step]:
    """Return what the doctor finds of a bot's Look-up connection."""
    return [step for step in examine(conn_id, str) if step.name == "look-up"]


@pytest.mark.parametrize("case", WRONG)
def test_the_doctor_finds_a_wrong_one(
    case: str, connect: Callable[..., ZoomHook], zoom: Sandbox, airflow_home: str
) -> None:
    """The doctor says what tasks say of a Look-up connection that is none."""
    connect("chatbot", lookup_conn_id=WRONG[case][0])
    (step,) = found("zoom_test")
    assert (step.outcome, step.text[: len(FIELD)]) == ("failed", FIELD)
    assert WRONG[case][1] in step.text


def test_the_doctor_on_a_good_one(connect: Callable[..., ZoomHook], zoom: Sandbox) -> None:
    """The doctor ticks one whose app may look people up, and says where there is none."""
    connect("chatbot")
    assert found("zoom_test") == [
        Step("look-up", "ok", f"{FIELD} is 'zoom_default', whose app may look people up.")
    ]
    connect("chatbot", lookup_conn_id=None)
    assert [step.outcome for step in found("zoom_test")] == ["skipped"]
    connect("chatbot", account_id="another")
    assert "of account 'SandboxAccount-0000000'" in found("zoom_test")[-1].text


def test_the_doctor_on_an_app_without_the_scope(
    connect: Callable[..., ZoomHook], zoom: Sandbox
) -> None:
    """An app that may not look people up fails, with the scope that it lacks."""
    connect("chatbot")
    token = {"access_token": "t", "expires_in": 3600, "scope": "team_chat:write:user_message:admin"}
    bots = {"access_token": "t", "expires_in": 3600, "scope": "imchat:bot"}
    zoom.fail(400, path="/oauth/token")
    for body in (bots, token):
        zoom.fail(200, path="/oauth/token", body=body)
    (step,) = found("zoom_test")
    assert step.outcome == "failed"
    assert "lacks the scope user:read:user:admin or user:read:admin" in step.text
