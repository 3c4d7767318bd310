"""An app that acts for the one user who has authorized it: all that a user can do, as that user."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException
from test_operators import Ti, run

from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.notifications.zoom import ZoomChatNotifier
from airflow_provider_zoomchat.operators.zoom import (
    ZoomChatbotMessageOperator,
    ZoomChatMessageOperator,
)
from airflow_provider_zoomchat.sandbox import Sandbox, world
from airflow_provider_zoomchat.tools.cli import main
from airflow_provider_zoomchat.tools.doctor import examine
from airflow_provider_zoomchat.transfers.sql_to_zoom_chat import SqlToZoomChatOperator
from airflow_provider_zoomchat.zoom import client
from airflow_provider_zoomchat.zoom.auth import read_token
from airflow_provider_zoomchat.zoom.cards import card, fields
from airflow_provider_zoomchat.zoom.errors import (
    ConfigError,
    CredentialsError,
    UnreachableError,
    ZoomChatError,
)

Connect = Callable[..., ZoomHook]

pytestmark = pytest.mark.usefixtures("without_variables")


@pytest.fixture
def authorize(connect: Connect, zoom: Sandbox) -> Callable[..., ZoomHook]:
    """Give a hook of an app that a user has authorized."""

    def hook(lasts: float = 3600, **fields: Any) -> ZoomHook:
        found = connect("user_oauth", **fields)
        shared = found.client._shared
        assert shared is not None
        shared.write(read_token({**zoom.authorize(), "expires_in": lasts}, shared.now()))
        return found

    return hook


def test_a_message_lives(authorize: Connect, zoom: Sandbox) -> None:
    """It is sent with a file, answered, edited and deleted as the user, whom calls name "me"."""
    hook = authorize()
    first = hook.send_message(message="one", files=[("a.txt", b"a")])
    assert first
    hook.send_message(message="reply", reply_main_message_id=first)
    hook.edit_message(first, message="two")
    known = hook.describe(first)
    assert (known["app_type"], known["sender"]) == ("user_oauth", "me")
    hook.delete_message(known)
    message, reply = zoom.messages()
    assert message["sender_id"] == world.AIRFLOW.email
    assert (message["text"], message["deleted"]) == ("two", True)
    assert reply["reply_to"] == first
    paths = [each["path"] for each in zoom.requests("/users/")]
    assert all("/users/me/" in path for path in paths)
    assert len(paths) == 5


def test_operators(authorize: Connect, zoom: Sandbox) -> None:
    """The operator of a user's messages works with it, and a bot's does not."""
    authorize()
    ti = Ti()
    message_id = run(
        ZoomChatMessageOperator(task_id="t", message="one", zoom_conn_id="zoom_test"), ti
    )
    assert ti.xcoms["zoom_message"]["message_id"] == message_id
    edit = ZoomChatMessageOperator(
        task_id="t",
        operation="edit",
        message_id=ti.xcoms["zoom_message"],
        message="two",
        zoom_conn_id="zoom_test",
    )
    assert run(edit) == message_id
    assert zoom.message()["text"] == "two"
    with pytest.raises(AirflowFailException, match="needs 'chatbot'"):
        run(ZoomChatbotMessageOperator(task_id="t", message="x", zoom_conn_id="zoom_test"))


def test_a_message_whose_answer_is_lost(authorize: Connect, zoom: Sandbox) -> None:
    """It is found among the messages of the user who has authorized the app."""
    authorize()
    zoom.drop(path="/users/me/messages", accept=True)
    found = run(ZoomChatMessageOperator(task_id="t", message="one", zoom_conn_id="zoom_test"))
    assert found == zoom.message()["id"]


def test_the_other_operators_say_what_they_need(connect: Connect) -> None:
    """The method of a user names both app types that can do it."""
    with pytest.raises(ConfigError, match="needs 'server_to_server' or 'user_oauth'"):
        connect("chatbot").send_message(message="x")


def test_a_report(authorize: Connect, zoom: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The result of a query goes as a text, or as a file, as with the other app of users."""
    authorize()
    monkeypatch.setenv("AIRFLOW_CONN_REPORT", '{"conn_type": "sqlite", "host": ":memory:"}')
    for send_as in (None, "csv"):
        report = SqlToZoomChatOperator(
            task_id="t",
            sql="SELECT 'EMEA' AS region, 31004 AS orders",
            sql_conn_id="report",
            send_as=send_as,
            zoom_conn_id="zoom_test",
        )
        run(report)
    table, file = zoom.messages()
    assert "EMEA" in table["text"]
    assert [each["name"] for each in file["files"]] == ["result.csv"]


def test_cards(authorize: Connect, zoom: Sandbox) -> None:
    """A card is sent and edited as the user, and goes as text where Zoom refuses it."""
    hook = authorize()
    first = hook.send_message(content=card("Load late"))
    assert first
    hook.edit_message(hook.describe(first), content=card("Load done", fields(Rows="48210")))
    assert zoom.shown(zoom.message()) == "Load done\nLoad done\nRows\n48210"
    zoom.owns_cards = False
    hook.send_message(message="Look:", content=card("Load lost"))
    assert zoom.messages()[1]["text"] == "Look:\nLoad lost"
    assert zoom.messages()[1]["interactive_cards"] == []


def test_a_ready_made_alert_as_a_card(authorize: Connect, zoom: Sandbox) -> None:
    """A notifier posts its alert as a card, and people are mentioned in the text above it."""
    authorize()
    ZoomChatNotifier(
        as_card=True, mention="ann@example.com", zoom_conn_id="zoom_test", on_error="raise"
    )({})
    assert len(zoom.message()["interactive_cards"]) == 1
    assert zoom.message()["at_items"][0]["at_contact"] == "ann@example.com"


def test_an_alert(authorize: Connect, zoom: Sandbox) -> None:
    """A notifier mentions people by address, as any user may."""
    authorize()
    ZoomChatNotifier("late", mention="ann@example.com", zoom_conn_id="zoom_test", on_error="raise")(
        {}
    )
    assert "late" in zoom.message()["text"]
    assert zoom.message()["at_items"][0]["at_contact"] == "ann@example.com"


@pytest.mark.parametrize(
    "action",
    [
        lambda hook: hook.send_message(message="x", user_id="ann@example.com"),
        lambda hook: hook.upload_file(("a", b"a"), user_id="ann@example.com"),
        lambda hook: hook.edit_message("m", message="x", user_id="ann@example.com"),
        lambda hook: hook.delete_message("m", user_id="ann@example.com"),
        lambda hook: hook.find_user("ann@example.com"),
    ],
)
def test_nobody_else(
    authorize: Connect, zoom: Sandbox, action: Callable[[ZoomHook], object]
) -> None:
    """Another user is refused before any call."""
    hook = authorize()
    with pytest.raises(ConfigError, match="acts for the user who has authorized it"):
        action(hook)
    assert zoom.requests() == []


def test_its_own_user(authorize: Connect) -> None:
    """The app may know who has authorized it, and "me" may be written."""
    assert authorize(user_id="me").find_user("me")["email"] == world.AIRFLOW.email


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"user_id": "ann@example.com"}, "Acting user (extra user_id) must be empty"),
        ({"password": ""}, "It lacks Client secret (password)"),
        ({"login": ""}, "It lacks Client ID (login)"),
        ({"share_tokens": "perhaps"}, "Share tokens (extra share_tokens) must be true or false"),
    ],
)
def test_wrong_connections(connect: Connect, fields: dict[str, str], words: str) -> None:
    """What is wrong with a connection is told before any call."""
    with pytest.raises(ConfigError) as caught:
        connect("user_oauth", **fields).send_message(message="x")
    assert words in str(caught.value)


def test_messages_of_the_other_app_type(authorize: Connect, zoom: Sandbox) -> None:
    """What a Server-to-Server app has posted as the same user can be answered and edited."""
    theirs = ZoomHook()
    known = theirs.describe(theirs.send_message(message="one"))
    hook = authorize()
    hook.edit_message(known, message="two")
    mine = hook.describe(hook.send_message(message="answer", reply_main_message_id=known))
    theirs.edit_message(mine, message="answered")
    assert [each["text"] for each in zoom.messages()] == ["two", "answered"]


def test_rotation(authorize: Connect, zoom: Sandbox) -> None:
    """A process whose token is over renews it, and the next one finds what it has left."""
    authorize(lasts=0).send_message(message="one")
    client.forget()
    zoom.expire_tokens()
    for text in ("two", "three"):
        client.forget()
        ZoomHook("zoom_test").send_message(message=text)
    grants = [each["body"]["grant_type"] for each in zoom.requests("/oauth/token")]
    assert grants == ["refresh_token", "refresh_token"]
    assert len(zoom.messages()) == 3


def test_a_lost_answer(authorize: Connect, zoom: Sandbox) -> None:
    """If Zoom had not taken the refresh token, the second try works; if it had, nothing does."""
    hook = authorize(lasts=0)
    zoom.drop(path="/oauth/token")
    hook.send_message(message="one")
    client.forget()
    hook = authorize(lasts=0, time_budget=5)
    zoom.drop(path="/oauth/token", accept=True)
    with pytest.raises(CredentialsError) as caught:
        hook.send_message(message="two")
    assert "Zoom said 'Invalid Token!' (HTTP 400" in str(caught.value)
    assert str(caught.value).endswith(" Authorize the app: zoomchat login zoom_test.")
    assert "The refresh token is used up" in str(caught.value)
    assert len(zoom.messages()) == 1


def test_passing_trouble(authorize: Connect, zoom: Sandbox) -> None:
    """Where Zoom does not answer, the refresh token is still there for the next try."""
    authorize(lasts=0)
    zoom.fail(503, path="/oauth/token", times=99)
    with pytest.raises(ZoomChatError) as caught:
        ZoomHook("zoom_test", time_budget=2).send_message(message="one")
    assert caught.value.passing
    zoom.chat.faults.clear()
    ZoomHook("zoom_test").send_message(message="one")
    assert len(zoom.messages()) == 1


def test_nobody_has_authorized_it(connect: Connect, zoom: Sandbox) -> None:
    """The error names the command, and that no retry helps."""
    with pytest.raises(ConfigError) as caught:
        connect("user_oauth", time_budget=3).send_message(message="x")
    assert not caught.value.passing
    assert "nobody has authorized the app" in str(caught.value)
    assert "Authorize the app: zoomchat login zoom_test." in str(caught.value)
    assert zoom.requests() == []


def test_a_client_secret_that_has_changed(authorize: Connect, connect: Connect) -> None:
    """What is stored is of no use to another client secret."""
    authorize()
    with pytest.raises(ConfigError, match="or its Client ID or secret has changed since"):
        connect("user_oauth", password="another", time_budget=3).send_message(message="x")


def test_a_variable_of_the_environment(
    authorize: Connect, zoom: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There a token is good to its end, and its refresh token is not used up for nothing."""
    hook = authorize()
    shared = hook.client._shared
    assert shared is not None
    token = read_token(zoom.authorize(), shared.now())
    monkeypatch.setenv(f"AIRFLOW_VAR_{shared.name.upper()}", shared.sealed(token))
    hook.send_message(message="one")
    zoom.expire_tokens()
    client.forget()
    refreshes = zoom.chat.refresh_tokens.copy()
    with pytest.raises((CredentialsError, UnreachableError), match="AIRFLOW_VAR_"):
        ZoomHook("zoom_test", time_budget=3).send_message(message="two")
    assert len(refreshes) >= 1


@pytest.mark.parametrize("scope", ["", "user:read:user team_chat:update:user_message"])
def test_the_connection_test(authorize: Connect, zoom: Sandbox, scope: str) -> None:
    """It uses the refresh token, names no account, and says what the app may not do."""
    hook = authorize()
    if scope:
        body = {**zoom.authorize(), "scope": scope}
        zoom.fail(200, path="/oauth/token", body=body)
    works, text = hook.test_connection()
    assert works == (not scope)
    assert "user_oauth app with Client ID 'sandbox-user-client-id'" in text
    assert "account" not in text.partition(".")[0]
    if scope:
        assert "team_chat:write:user_message or chat_message:write (to send messages)" in text
        assert ":admin" not in text
        assert "then authorize the app again with zoomchat login" in text


def test_the_doctor(authorize: Connect, zoom: Sandbox) -> None:
    """Every step is right; it knows the user, their channels, and posts for them."""
    authorize()
    steps = list(examine("zoom_test", str, send=True))
    assert {step.outcome for step in steps} == {"ok"}
    said = {step.name: step.text for step in steps}
    assert said["sender"] == "The app's user is Airflow, an active user."
    assert "user-managed General App" in said["app type"]


def test_the_doctor_without_a_login(connect: Connect) -> None:
    """It says what to do, and does not take the app for one of another kind."""
    connect("user_oauth")
    steps = examine("zoom_test", str, time_budget=3)
    failed = [step for step in steps if step.outcome == "failed"]
    assert [step.name for step in failed] == ["token"]
    assert "zoomchat login zoom_test" in failed[0].text


def test_channels(authorize: Connect, capsys: pytest.CaptureFixture[str]) -> None:
    """The command lists the user's channels."""
    authorize()
    capsys.readouterr()  # Airflow's own words
    assert main(["channels", "zoom_test", "--json"]) == 0
    names = {each["name"] for each in json.loads(capsys.readouterr().out)}
    assert {"data-pipelines", "data-team", "incidents"} <= names
    assert "finance" not in names


def test_as_a_look_up_connection(authorize: Connect, zoom: Sandbox) -> None:
    """A bot cannot look people up through it, since it knows its own user alone."""
    authorize()
    connection = zoom.connection("chatbot")
    connection["extra"]["lookup_conn_id"] = "zoom_test"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AIRFLOW_CONN_ZOOM_BOT", json.dumps(connection))
        with pytest.raises(ConfigError, match="has App type 'user_oauth'"):
            ZoomHook("zoom_bot").find_user("ann@example.com")
