"""Reactions and replies through the hook and the operator: what the chat shows, what they say."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import requests_mock
from airflow.providers.common.compat.sdk import DAG, AirflowFailException
from conftest import dag_file
from test_operators import Ti, render, run
from test_wire import CHANNEL, TOKEN
from test_wire import connect as connect_to_zoom

from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.operators.zoom import ZoomChatReactionOperator
from airflow_provider_zoomchat.sandbox import Sandbox, world
from airflow_provider_zoomchat.zoom.errors import (
    ConfigError,
    CredentialsError,
    GoneError,
    ZoomChatError,
)

Connect = Callable[..., ZoomHook]
__all__ = ["connect_to_zoom"]


def sent(message: str = "Load is late", **more: Any) -> str:
    message_id = ZoomHook().send_message(message=message, **more)
    assert message_id
    return message_id


def test_reactions(zoom: Sandbox) -> None:
    """A reaction is added once, beside those of others, and taken back."""
    hook, message_id = ZoomHook(), sent()
    assert hook.react(message_id, "✅") == message_id
    hook.react(message_id, "U+2705")
    hook.react(message_id, "❤️", user_id="ann@example.com")
    hook.react(message_id, "✅", user_id="ann@example.com")
    assert zoom.message()["reactions"] == {
        "❤": ["ann@example.com"],
        "✅": ["airflow@example.com", "ann@example.com"],
    }
    assert hook.unreact(message_id, "✅") == message_id
    hook.unreact(message_id, "👀")
    assert zoom.message()["reactions"] == {"❤": ["ann@example.com"], "✅": ["ann@example.com"]}


@pytest.mark.parametrize(
    "place", [{"to_channel": world.DATA_TEAM.id}, {"to_contact": "ann@example.com"}], ids=str
)
def test_the_place_goes_along(zoom: Sandbox, place: dict[str, Any]) -> None:
    """A message whose place is known needs no target, for a reaction and for its replies."""
    hook = ZoomHook()
    message_id = sent(**place)
    sent("why?", reply_main_message_id=message_id, **place)
    known = hook.describe(message_id, **place)
    assert hook.react(known, "👀") == message_id
    assert [reply["text"] for reply in hook.replies(known)] == ["why?"]
    assert hook.react(message_id, "✅", **place) == message_id
    assert [reply["text"] for reply in hook.replies(message_id, **place)] == ["why?"]
    assert list(zoom.messages()[0]["reactions"]) == ["👀", "✅"]


def test_replies(zoom: Sandbox) -> None:
    """Replies are read oldest first, with their senders and aware times, from a moment on."""
    hook, first = ZoomHook(), sent()
    assert hook.replies(first) == []
    sent("not in the thread")
    sent("on it", reply_main_message_id=first, user_id="ann@example.com")
    gone = sent("deleted", reply_main_message_id=first)
    hook.delete_message(gone)
    sent("thanks", reply_main_message_id=first)
    on_it, thanks = hook.replies(first)
    assert (on_it["text"], on_it["sender"], on_it["sender_name"]) == (
        "on it",
        "ann@example.com",
        "Ann",
    )
    assert on_it["time"].utcoffset() == timedelta(0)
    assert hook.replies(first, since=thanks["time"]) == [thanks]
    assert hook.replies(first, since=thanks["time"] + timedelta(milliseconds=1)) == []
    # What is read can be reacted to.
    hook.react(on_it["id"], "🙏")
    assert zoom.message(text="on it")["reactions"] == {"🙏": ["airflow@example.com"]}


@pytest.mark.oldest_and_newest
def test_many_replies(zoom: Sandbox) -> None:
    """A thread of several pages is read whole and in its order."""
    now = zoom.chat.now
    first = sent()
    start = now() - 1000
    for number in range(250):
        zoom.chat.now = lambda number=number: start + number * 0.9  # type: ignore[misc]
        sent(f"reply {number}", reply_main_message_id=first)
    zoom.chat.now = now
    replies = ZoomHook().replies(first)
    assert [reply["text"] for reply in replies] == [f"reply {number}" for number in range(250)]
    assert 3 <= len(zoom.requests("/thread")) <= 4


REFUSED: dict[str, tuple[Callable[[ZoomHook], object], str]] = {
    "a name": (lambda hook: hook.react("m", ":smile:"), "emoji ':smile:' is not an emoji"),
    "a skin tone": (lambda hook: hook.react("m", "👍🏽"), "is a skin tone"),
    "to take back": (lambda hook: hook.unreact("m", "🇩🇪"), "is a flag"),
    "no message": (lambda hook: hook.react("", "✅"), "message_id is missing"),
    "no message of replies": (lambda hook: hook.replies(None), "message_id is missing"),  # type: ignore[arg-type]
    "two targets": (
        lambda hook: hook.react("m", "✅", to_channel="c", to_contact="a@b.example"),
        "Both to_channel and to_contact are given",
    ),
    "a bot's message": (
        lambda hook: hook.replies({"app_type": "chatbot", "message_id": "m"}),
        "The message was posted with App type 'chatbot'",
    ),
    "naive": (lambda hook: hook.replies("m", datetime(2026, 1, 1)), "has no time zone"),
    "future": (
        lambda hook: hook.replies("m", datetime(2999, 1, 1, tzinfo=timezone.utc)),
        "is in the future",
    ),
}


@pytest.mark.parametrize(("action", "words"), REFUSED.values(), ids=REFUSED)
def test_refused_before_any_call(
    zoom: Sandbox, action: Callable[[ZoomHook], object], words: str
) -> None:
    """What cannot work is refused before any call."""
    with pytest.raises(ConfigError) as caught:
        action(ZoomHook())
    assert words in str(caught.value)
    assert zoom.requests() == []


@pytest.mark.parametrize("app_type", ["chatbot", "incoming_webhook"])
def test_who_cannot(connect: Connect, zoom: Sandbox, app_type: str) -> None:
    """Neither a bot nor a webhook can react or read replies, and both are told who can."""
    hook = connect(app_type)
    for action in (
        lambda: hook.react("m", "✅"),
        lambda: hook.unreact("m", "✅"),
        lambda: hook.replies("m"),
    ):
        with pytest.raises(ConfigError, match=r"unreact, replies\) needs 'server_to_server'"):
            action()
    assert zoom.requests() == []


GONE = "The message has been deleted, or message_id is "


@pytest.mark.parametrize(
    ("action", "what", "code", "remedy"),
    [
        (lambda hook, m: hook.react(m, "✅"), "add the reaction ✅ to", 300, "that of a message"),
        (
            lambda hook, m: hook.unreact(m, "✅"),
            "remove the reaction ✅ from",
            300,
            "that of a message",
        ),
        (lambda hook, m: hook.replies(m), "read the replies to", 4131, "not that of the first"),
    ],
)
def test_a_message_that_is_gone(
    zoom: Sandbox, action: Callable[[ZoomHook, str], object], what: str, code: int, remedy: str
) -> None:
    """A message that was deleted is told of as such, and no token is renewed for it."""
    message_id = sent()
    ZoomHook().delete_message(message_id)
    with pytest.raises(GoneError) as caught:
        action(ZoomHook(), message_id)
    text = str(caught.value)
    assert text.startswith(f"Could not {what} a message in channel '{world.DATA_PIPELINES.id}': ")
    assert f"code {code}" in text
    assert f"{GONE}{remedy}" in text
    assert len(zoom.requests("/oauth/token")) == 1


@pytest.mark.parametrize(
    ("action", "scope"),
    [
        (lambda hook: hook.react("m", "✅"), "team_chat:update:message_emoji:admin"),
        (lambda hook: hook.replies("m"), "team_chat:read:thread_message:admin"),
    ],
)
def test_a_missing_scope(zoom: Sandbox, action: Callable[[ZoomHook], object], scope: str) -> None:
    """An app without the scope is told which, by the error and by the connection's test."""
    zoom.withhold(scope)
    with pytest.raises(CredentialsError) as caught:
        action(ZoomHook())
    assert scope in str(caught.value)
    assert "user_message" not in str(caught.value)
    assert sent()


@pytest.mark.parametrize("muted", [True, False])
def test_muted(
    connect: Connect,
    zoom: Sandbox,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    muted: bool,
) -> None:
    """A muted connection asks nobody, and the id that one gave does nothing on another."""
    message_id = connect(muted=True).send_message(message="Hi")
    assert message_id
    hook = connect(muted=muted)
    with caplog.at_level(logging.INFO):
        assert hook.react(message_id, "✅") == message_id
        assert hook.unreact(message_id, "✅") == message_id
        assert hook.replies(message_id) == []
    assert zoom.requests() == []
    # Airflow 2 logs through logging, Airflow 3 through structlog.
    logged = caplog.text + capsys.readouterr().out
    assert "No replies are read" in logged
    if muted:
        assert "without that, this would add the reaction ✅ to a message in channel" in logged
    else:
        assert "was never sent, since the connection was muted" in logged


@pytest.mark.oldest_and_newest
@pytest.mark.parametrize("status", [429, 502])
def test_trouble_that_passes(zoom: Sandbox, status: int) -> None:
    """What is safe to do twice is done again after trouble that passes."""
    message_id = sent()
    sent("why?", reply_main_message_id=message_id)
    zoom.fail(status, path="/emoji_reactions", headers={"Retry-After": "0"}, accept=True)
    zoom.fail(status, path="/thread", headers={"Retry-After": "0"})
    ZoomHook().react(message_id, "✅")
    assert len(ZoomHook().replies(message_id)) == 1
    assert zoom.messages()[0]["reactions"] == {"✅": ["airflow@example.com"]}


def test_the_calls_to_zoom(connect_to_zoom: Connect) -> None:
    """The calls to Zoom itself are those of its reference, to the letter."""
    base = "https://api.zoom.us/v2/chat/users/airflow%40example.com/messages/m1"
    hook = connect_to_zoom("threads")
    with requests_mock.Mocker() as wire:
        wire.post("https://zoom.us/oauth/token", json=TOKEN)
        wire.patch(f"{base}/emoji_reactions", status_code=204)
        wire.get(f"{base}/thread", json={"total": 0})
        hook.react("m1", "✅")
        assert hook.replies("m1", datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=timezone.utc)) == []
        _, reaction, thread = wire.request_history
    assert reaction.text == f'{{"action":"add","emoji":"U+2705","to_channel":"{CHANNEL}"}}'
    assert reaction.headers["Content-Type"] == "application/json"
    assert thread.query == (
        f"to_channel={CHANNEL}&from=2026-01-02t03%3a04%3a05z&limit=100&sort=desc"
        "&need_main_message=false"
    )


def reaction(**arguments: Any) -> ZoomChatReactionOperator:
    return ZoomChatReactionOperator(task_id="seen", **arguments)


def test_the_operator(zoom: Sandbox) -> None:
    """A task adds and removes a reaction, returns the id, and leaves all that is known."""
    message_id, ti = sent(), Ti()
    assert run(reaction(message_id=message_id, emoji="👀"), ti) == message_id
    assert ti.xcoms["zoom_message"]["message_id"] == message_id
    assert ti.xcoms["zoom_message"]["to_channel"] == world.DATA_PIPELINES.id
    assert zoom.message()["reactions"] == {"👀": ["airflow@example.com"]}
    run(reaction(message_id=ti.xcoms["zoom_message"], emoji="👀", operation="remove"))
    assert zoom.message()["reactions"] == {}


def test_the_operators_templates(zoom: Sandbox) -> None:
    """All arguments but the switches are templates, the emoji too."""
    message_id = sent(to_channel=world.DATA_TEAM.id)
    with DAG("reactions", schedule=None):
        task = reaction(
            message_id="{{ message }}", emoji="{{ '✅' if rows else '⚠️' }}", to_channel="{{ team }}"
        )
    render(task, message=message_id, rows=0, team=world.DATA_TEAM.id)
    run(task)
    assert list(zoom.message()["reactions"]) == ["⚠"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"message_id": "m", "emoji": ":smile:"}, "emoji ':smile:' is not an emoji"),
        ({"message_id": "", "emoji": "✅"}, "ZoomChatReactionOperator: operation 'add' needs mess"),
        (
            {"message_id": "m", "emoji": "✅", "operation": "send"},
            "must be one of add, remove",
        ),
        ({"message_id": "m", "emoji": "✅", "durable": True}, "takes no durable: it posts no"),
        (
            {"message_id": "m", "emoji": "✅", "to_channel": "c", "to_contact": "a"},
            "both to_channel and to_contact are given",
        ),
    ],
)
def test_refused_while_the_dag_is_parsed(arguments: dict[str, Any], words: str) -> None:
    """What could only fail in a run is refused while the DAG is parsed."""
    with pytest.raises(ConfigError) as caught:
        reaction(**arguments)
    assert words in str(caught.value)


def test_an_operator_that_fails(zoom: Sandbox) -> None:
    """A message that is gone fails the task for good, or is a line in its log."""
    with pytest.raises(AirflowFailException, match="Could not add the reaction ✅"):
        run(reaction(message_id="gone", emoji="✅"))
    assert run(reaction(message_id="gone", emoji="✅", on_error="log")) is None


def test_a_reaction_in_a_dag(zoom: Sandbox, airflow_home: str) -> None:
    """In a real run the message's place goes along, and what the operator returns can be used."""
    dag_file("zoom_reactions").dag.test()
    message = zoom.message()
    assert (message["text"], message["channel_name"]) == ("Loaded", "data-team")
    assert message["reactions"] == {"👀": ["airflow@example.com"]}


def test_errors_are_one_line(zoom: Sandbox) -> None:
    """Whatever Zoom refuses of these calls is one line with a remedy."""
    answers = [
        (400, 200, "No permission."),
        (403, 403, "Authenticated user has not permitted access to the targeted resource."),
        (404, 1001, "User does not exist: x."),
        (404, 4130, "Channel does not exist: x."),
        (400, 4231, "The 'limit' cannot exceed 100."),
        (400, 4234, "The `to_channel` cannot be blank."),
        (400, 300, "Only provide past chat messages in recent 6 months."),
    ]
    for status, code, words in answers:
        for action in (lambda: ZoomHook().react("m", "✅"), lambda: ZoomHook().replies("m")):
            zoom.fail(status, path="/messages/m/", body={"code": code, "message": words})
            with pytest.raises(ZoomChatError) as caught:
                action()
            text = str(caught.value)
            assert len(text.splitlines()) == 1
            assert not text.endswith(")."), text
