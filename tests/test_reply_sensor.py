"""The sensor that waits for an answer: what it takes for one, what it returns, when it gives up."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from types import ModuleType
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import (
    DAG,
    AirflowFailException,
    AirflowSensorTimeout,
    AirflowSkipException,
    TaskDeferred,
)
from conftest import dag_file
from test_airflow import AIRFLOW, as_airflows_page_reads_it, run_example, states
from test_operators import Ti, render
from test_user_oauth import authorize

from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.sandbox import Sandbox, world
from airflow_provider_zoomchat.sensors.zoom import ZoomChatReplySensor
from airflow_provider_zoomchat.triggers import polling
from airflow_provider_zoomchat.triggers.zoom import ZoomChatReplyTrigger
from airflow_provider_zoomchat.zoom.errors import ConfigError

Connect = Callable[..., ZoomHook]
__all__ = ["authorize"]

ANN, BOB = "ann@example.com", "bob@example.com"
OPTIONS = ["publish", "keep back"]


def asked(**more: Any) -> str:
    message_id = ZoomHook().send_message(message="Publish?", **more)
    assert message_id
    return message_id


def sensor(message_id: Any, **arguments: Any) -> ZoomChatReplySensor:
    named = {"deferrable": True, "poke_interval": 0.02, "timeout": 20, **arguments}
    return ZoomChatReplySensor(task_id="answer", message_id=message_id, **named)


def context(ti: Ti | None = None) -> Any:
    return {"ti": ti or Ti()}


def deferred(task: ZoomChatReplySensor, ti: Ti | None = None) -> ZoomChatReplyTrigger:
    """Return the trigger to which a task hands over, as Airflow would make it anew."""
    with pytest.raises(TaskDeferred) as caught:
        task.execute(context(ti))
    assert caught.value.method_name == "execute_complete"
    return again(caught.value.trigger)


def again(trigger: Any) -> ZoomChatReplyTrigger:
    path, arguments = trigger.serialize()
    assert path == "airflow_provider_zoomchat.triggers.zoom.ZoomChatReplyTrigger"
    return ZoomChatReplyTrigger(**arguments)


async def first_event(trigger: ZoomChatReplyTrigger) -> dict[str, Any]:
    async for event in trigger.run():
        payload: dict[str, Any] = event.payload
        return payload
    raise AssertionError("the trigger ended without an event")


def fire(trigger: ZoomChatReplyTrigger) -> dict[str, Any]:
    return asyncio.run(first_event(trigger))


def answered(task: ZoomChatReplySensor) -> dict[str, Any]:
    """Return what a task returns, however often it goes to the triggerer and back."""
    try:
        result: dict[str, Any] = task.execute(context())
    except TaskDeferred as deferral:
        trigger = again(deferral.trigger)
    else:
        return result
    while True:
        try:
            found: dict[str, Any] = task.execute_complete(context(), fire(trigger))
        except TaskDeferred as deferral:
            trigger = again(deferral.trigger)
        else:
            return found


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """Give all that was logged: Airflow 2 does so through logging, Airflow 3 to the console."""
    caplog.set_level(logging.INFO)
    printed: list[str] = []

    def read() -> str:
        printed.extend(capfd.readouterr())
        return caplog.text + "".join(printed)

    return read


MODES: dict[str, dict[str, Any]] = {
    "deferred": {"deferrable": True},
    "poked": {"deferrable": False},
}


@pytest.mark.parametrize("mode", MODES)
def test_an_answer_that_is_there(zoom: Sandbox, mode: str) -> None:
    """A reply from before the task began counts: who, what and when, as plain values."""
    message_id = asked()
    reply = zoom.answer(message_id, "  KEEP back\n", by=ANN)
    before = len(zoom.requests())
    found = answered(sensor(message_id, options=OPTIONS, **MODES[mode]))
    assert found == {
        "answer": "keep back",
        "text": "  KEEP back\n",
        "sender": ANN,
        "sender_id": world.ANN.id,
        "sender_name": "Ann",
        "time": found["time"],
        "id": f"{{{reply['id'].upper()}}}",
        "timed_out": False,
    }
    assert datetime.fromisoformat(found["time"]).utcoffset() == timedelta(0)
    assert len(zoom.requests()) == before + 1
    ZoomHook().react(found["id"], "👍")
    assert zoom.message(text="KEEP")["reactions"] == {"👍": ["airflow@example.com"]}


@pytest.mark.parametrize(
    ("arguments", "texts", "expected"),
    [
        ({"options": OPTIONS}, ["hm", "publish?", "Publish"], "publish"),
        ({"pattern": r"(?i)rows: (\d+)"}, ["no", "Rows: 12, please"], "12"),
        ({"pattern": "yes"}, ["x" * 4000, "oh yes"], "yes"),
        ({}, ["x" * 4000], "x" * 4000),
    ],
)
@pytest.mark.parametrize("mode", MODES)
def test_an_answer_that_comes(
    zoom: Sandbox, mode: str, arguments: dict[str, Any], texts: list[str], expected: str
) -> None:
    """The first reply that is an answer ends the waiting, however many others come before it."""
    message_id = asked()
    task = sensor(message_id, **arguments, **MODES[mode])

    def people() -> None:
        for text in texts:
            calls = len(zoom.requests("/thread"))
            while len(zoom.requests("/thread")) == calls:
                time.sleep(0.01)
            zoom.answer(message_id, text, by=ANN)

    thread = threading.Thread(target=people)
    thread.start()
    found = answered(task)
    thread.join()
    assert (found["answer"], found["text"], found["sender"]) == (expected, texts[-1], ANN)


def test_a_pattern_is_matched_in_the_task(zoom: Sandbox) -> None:
    """The trigger hands on what is new, a limited part at a time, and knows no pattern."""
    message_id = asked()
    task = sensor(message_id, pattern="^yes$")
    trigger = deferred(task)
    assert "yes" not in str(trigger.serialize())
    for number in range(30):
        zoom.answer(message_id, f"hm {number}", by=ANN)
    zoom.answer(message_id, "yes", by=BOB)
    event = fire(trigger)
    assert [reply["text"] for reply in event["replies"]] == [f"hm {n}" for n in range(25)]
    with pytest.raises(TaskDeferred) as caught:
        task.execute_complete(context(), event)
    event = fire(again(caught.value.trigger))
    assert [reply["text"] for reply in event["replies"]] == [
        *(f"hm {n}" for n in range(25, 30)),
        "yes",
    ]
    assert task.execute_complete(context(), event)["sender"] == BOB


def test_who_may_answer(zoom: Sandbox, said: Callable[[], str]) -> None:
    """Of those who are named the first counts, by address or id; others are named in the log."""
    message_id = asked()
    zoom.answer(message_id, "publish", by="airflow@example.com")
    zoom.answer(message_id, "publish", by=BOB)
    zoom.answer(message_id, "keep back", by=ANN)
    for name in ("ANN@example.com", world.ANN.id):
        found = answered(sensor(message_id, options=OPTIONS, from_users=[name]))
        assert (found["answer"], found["sender"]) == ("keep back", ANN)
    assert f"A reply of {BOB} at" in said()
    assert "is ignored: its sender is none of from_users." in said()
    assert answered(sensor(message_id, options=OPTIONS))["sender"] == BOB
    assert "its sender is the user who asks, and only from_users lets that one answer." in said()
    mine = answered(sensor(message_id, from_users="airflow@example.com"))
    assert mine["sender"] == "airflow@example.com"


def test_a_bot_does_not_answer(zoom: Sandbox, said: Callable[[], str]) -> None:
    """What an app posts into the thread is no answer, whoever may answer."""
    message_id = asked()
    ZoomHook("zoom_chatbot_default").send_chatbot_message(
        message="publish", reply_to=message_id, to_jid=world.DATA_PIPELINES.jid
    )
    zoom.answer(message_id, "keep back", by=ANN)
    assert answered(sensor(message_id, options=OPTIONS))["answer"] == "keep back"
    assert "is ignored: it is a bot's." in said()


def test_as_oneself(zoom: Sandbox, authorize: Connect, without_variables: None) -> None:
    """An app that acts for one user takes that user's replies for its own, if nobody is named."""
    message_id = authorize().send_message(message="Publish?")
    zoom.answer(message_id or "", "publish", by="airflow@example.com")
    zoom.answer(message_id or "", "keep back", by=ANN)
    assert answered(sensor(message_id, zoom_conn_id="zoom_test"))["sender"] == ANN
    named = sensor(message_id, zoom_conn_id="zoom_test", from_users=["airflow@example.com"])
    assert answered(named)["answer"] == "publish"


def test_two_answers_in_one_second(zoom: Sandbox) -> None:
    """Of two answers at the same moment the first in the thread counts."""
    message_id = asked()
    moment = zoom.chat.now()
    zoom.chat.now = lambda: moment
    zoom.answer(message_id, "keep back", by=BOB)
    zoom.answer(message_id, "publish", by=ANN)
    assert answered(sensor(message_id, options=OPTIONS))["answer"] == "keep back"


def test_an_edited_reply(zoom: Sandbox) -> None:
    """A reply counts with the text that it has when it is read."""
    message_id = asked()
    reply = zoom.answer(message_id, "pubish", by=ANN)
    ZoomHook().edit_message(reply["id"], message="publish", user_id=ANN)
    assert answered(sensor(message_id, options=OPTIONS))["answer"] == "publish"


def test_a_thousand_replies(zoom: Sandbox) -> None:
    """The last of a thousand replies is found, and none of them is read again in the triggerer."""
    now = zoom.chat.now
    message_id = asked()
    start = now() - 1000
    for number in range(1000):
        zoom.chat.now = lambda number=number: start + number * 0.9  # type: ignore[misc]
        zoom.answer(message_id, f"hm {number}", by=ANN)
    zoom.chat.now = now
    task = sensor(message_id, options=OPTIONS)
    trigger = deferred(task)
    zoom.answer(message_id, "publish", by=BOB)
    calls = len(zoom.requests("/thread"))
    event = fire(trigger)
    assert len(zoom.requests("/thread")) == calls + 1
    assert task.execute_complete(context(), event)["sender"] == BOB
    assert answered(sensor(message_id, options=OPTIONS))["sender"] == BOB


def test_only_from_a_moment_on(zoom: Sandbox) -> None:
    """With `since`, a moment or its text, older replies are no answers."""
    message_id = asked()
    zoom.answer(message_id, "publish", by=ANN)
    moment = datetime.fromtimestamp(zoom.chat.now(), timezone.utc) + timedelta(seconds=2)
    zoom.chat.now = lambda: moment.timestamp() + 1
    zoom.answer(message_id, "keep back", by=ANN)
    for since in (moment, moment.isoformat(), moment.isoformat().replace("+00:00", "Z")):
        found = answered(sensor(message_id, options=OPTIONS, since=since))
        assert found["answer"] == "keep back"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("arguments", "outcome"),
    [
        ({}, AirflowSensorTimeout),
        ({"on_timeout": "skip"}, AirflowSkipException),
        ({"on_timeout": "default", "default": "keep back"}, None),
    ],
)
def test_nobody_answers(
    zoom: Sandbox, mode: str, arguments: dict[str, Any], outcome: type[Exception] | None
) -> None:
    """A task that nobody answers fails, is skipped, or has its default, as its author wants."""
    task = sensor(asked(), timeout=0.05, **arguments, **MODES[mode])
    if outcome is None:
        found = answered(task)
        assert found == {
            **dict.fromkeys(("text", "sender", "sender_id", "sender_name", "id"), ""),
            "answer": "keep back",
            "time": found["time"],
            "timed_out": True,
        }
        return
    with pytest.raises(outcome) as caught:
        answered(task)
    assert str(caught.value) == "Nobody has answered within 0:00:00.050000."


def test_a_restart_does_not_begin_anew(zoom: Sandbox) -> None:
    """A trigger that is started again counts its time from the first start, and looks once more."""
    message_id = asked()
    task = sensor(message_id, options=OPTIONS, timeout=3600)
    _, arguments = deferred(task).serialize()
    long_ago = datetime.now(timezone.utc) - timedelta(hours=2)
    late = ZoomChatReplyTrigger(**{**arguments, "started": long_ago.isoformat()})
    assert fire(late) == {"timeout": ""}
    zoom.answer(message_id, "publish", by=ANN)
    assert task.execute_complete(context(), fire(again(late)))["answer"] == "publish"


def test_trouble_passes(zoom: Sandbox, said: Callable[[], str]) -> None:
    """Passing trouble at Zoom is told once, with no retry of its own, and the waiting goes on."""
    message_id = asked()
    zoom.fail(503, path="/thread", times=20)
    task = sensor(message_id, options=OPTIONS)
    task.hook.time_budget = 0.5  # its own look may be repeated
    with suppress(TaskDeferred):
        task.execute(context())
    trigger = again_with(task, message_id)
    zoom.chat.faults.clear()
    zoom.fail(503, path="/thread", times=2)
    zoom.fail(429, path="/thread")
    zoom.drop(path="/thread")
    zoom.answer(message_id, "publish", by=ANN)
    calls = len(zoom.requests("/thread"))
    assert task.execute_complete(context(), fire(trigger))["answer"] == "publish"
    assert len(zoom.requests("/thread")) == calls + 5
    assert said().count("503") >= 2


def again_with(task: ZoomChatReplySensor, message_id: str) -> ZoomChatReplyTrigger:
    with pytest.raises(TaskDeferred) as caught:
        task._defer()
    return again(caught.value.trigger)


def test_trouble_at_the_end(zoom: Sandbox) -> None:
    """A task that gives up while Zoom is in trouble says so."""
    task = sensor(asked(), timeout=0.05)
    trigger = deferred(task)
    zoom.fail(503, path="/thread", times=100)
    with pytest.raises(AirflowSensorTimeout) as caught:
        task.execute_complete(context(), fire(trigger))
    assert "When the thread was last looked at: Could not read the replies" in str(caught.value)


@pytest.mark.parametrize("when", ["before", "while waiting"])
@pytest.mark.parametrize(
    ("happens", "words"),
    [
        ("deleted", "Message does not exist"),
        ("no scope", "team_chat:read:thread_message:admin"),
    ],
)
def test_what_ends_the_waiting(zoom: Sandbox, happens: str, words: str, when: str) -> None:
    """A message that is deleted, or a scope that is missing, fails the task for good, in words."""
    message_id = asked()
    task = sensor(message_id, options=OPTIONS)

    def happen() -> None:
        if happens == "deleted":
            ZoomHook().delete_message(message_id)
        else:
            zoom.withhold("team_chat:read:thread_message:admin")

    if when == "before":
        happen()
        with pytest.raises(AirflowFailException) as caught:
            task.execute(context())
    else:
        trigger = deferred(task)
        happen()
        with pytest.raises(AirflowFailException) as caught:
            task.execute_complete(context(), fire(trigger))
    assert words in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_changed_secret(zoom: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A trigger reads its connection again where Zoom refuses the one that it has."""
    message_id = asked()
    trigger = deferred(sensor(message_id, options=OPTIONS))

    async def wait() -> dict[str, Any]:
        right = zoom.environment()["AIRFLOW_CONN_ZOOM_DEFAULT"]
        wrong = right.replace("sandbox-client-secret", "an-outdated-secret")
        monkeypatch.setenv("AIRFLOW_CONN_ZOOM_DEFAULT", wrong)
        await polling.of_this_loop()._hook("zoom_default")
        monkeypatch.setenv("AIRFLOW_CONN_ZOOM_DEFAULT", right)
        zoom.answer(message_id, "publish", by=ANN)
        return await first_event(trigger)

    assert asyncio.run(wait())["replies"][0]["answer"] == "publish"


def test_many_share_all(zoom: Sandbox) -> None:
    """Triggers of one loop share one connection and one token, and do not call all at once."""
    message_ids = [asked() for _ in range(12)]
    triggers = [deferred(sensor(one, options=OPTIONS)) for one in message_ids]
    zoom.expire_tokens()
    from airflow_provider_zoomchat.zoom import client

    client.forget()
    tokens, calls = len(zoom.requests("/oauth/token")), len(zoom.requests("/thread"))
    for one in message_ids:
        zoom.answer(one, "publish", by=ANN)

    async def wait() -> tuple[float, list[Any]]:
        now = asyncio.get_running_loop().time
        start = now()
        events = await asyncio.gather(*map(first_event, triggers))
        return now() - start, events

    seconds, events = asyncio.run(wait())
    assert [event["replies"][0]["answer"] for event in events] == ["publish"] * 12
    assert len(zoom.requests("/oauth/token")) == tokens + 1
    assert len(zoom.requests("/thread")) == calls + 12
    assert seconds >= 11 / polling.CALLS_PER_SECOND


@pytest.mark.parametrize("on_timeout", ["fail", "skip", "default"])
@pytest.mark.parametrize("muted", ["the connection", "the message"])
def test_muted(zoom: Sandbox, monkeypatch: pytest.MonkeyPatch, muted: str, on_timeout: Any) -> None:
    """Where nobody was asked, the task has its default at once, or is skipped."""
    message_id = "muted-1"
    if muted == "the connection":
        connection = zoom.connection("server_to_server")
        connection["extra"]["muted"] = True
        monkeypatch.setenv("AIRFLOW_CONN_ZOOM_DEFAULT", json.dumps(connection))
        message_id = asked()
    default = "keep back" if on_timeout == "default" else None
    task = sensor(message_id, on_timeout=on_timeout, default=default)
    if on_timeout == "default":
        assert answered(task)["answer"] == "keep back"
    else:
        with pytest.raises(AirflowSkipException, match=r"Nobody was asked\."):
            answered(task)
    assert zoom.requests() == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"message_id": None}, "needs message_id: the output of the task that asks"),
        ({"pattern": "rows: ("}, "pattern 'rows: (' is no regular expression"),
        ({"pattern": "a", "options": OPTIONS}, "both options and pattern are given"),
        ({"on_timeout": "wait"}, "on_timeout must be one of fail, skip, default, not 'wait'"),
        ({"on_timeout": "default"}, "default and on_timeout='default' belong together"),
        ({"default": "keep back"}, "default and on_timeout='default' belong together"),
    ],
)
def test_refused_while_the_dag_is_parsed(arguments: dict[str, Any], words: str) -> None:
    """What can only fail in a run is refused before there is one."""
    with pytest.raises(ConfigError) as caught:
        sensor(**{"message_id": "m", **arguments})
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"message_id": "None"}, "message_id is missing: the task that should have sent"),
        ({"message_id": {"app_type": "incoming_webhook"}}, "'incoming_webhook', and App type"),
        ({"message_id": {"app_type": "chatbot", "message_id": "m"}}, "'chatbot', and App type"),
        ({"zoom_conn_id": "zoom_webhook_default"}, "Use such a connection"),
        ({"options": []}, "options is empty"),
        ({"from_users": ["Ann Smith"]}, "neither an e-mail address nor a user id"),
        ({"since": "yesterday"}, "since 'yesterday' is no moment"),
        ({"since": "2026-01-01T00:00:00"}, "has no time zone"),
        ({"since": "2999-01-01T00:00:00Z"}, "is in the future"),
    ],
)
def test_refused_in_a_run(zoom: Sandbox, arguments: dict[str, Any], words: str) -> None:
    """What is wrong fails the task for good, before anything is asked."""
    with pytest.raises(AirflowFailException) as caught:
        sensor(**{"message_id": "m", **arguments}).execute(context())
    assert words in str(caught.value)
    assert zoom.requests() == []


def test_templates(zoom: Sandbox) -> None:
    """What an author gives may be templates; texts in lists are rendered, and `default`."""
    message_id = asked()
    task = sensor(
        "{{ message }}",
        options=["{{ yes }}", "no"],
        from_users=["{{ who }}"],
        on_timeout="default",
        default="{{ yes }}",
    )
    zoom.answer(message_id, "YES", by=BOB)
    zoom.answer(message_id, "Yes", by=ANN)
    render(task, message=message_id, yes="yes", who=ANN)
    found = answered(task)
    assert (found["answer"], found["sender"], task.default) == ("yes", ANN, "yes")


def test_the_pace_of_a_poking_sensor() -> None:
    """Without an interval of its own it looks less often in time, and never beyond its end."""
    task = sensor("m", deferrable=False, poke_interval=None, timeout=10_000)
    for waited, pause in ((0, 15), (700, 60), (8000, 300), (9990, 10.1)):
        assert task._get_next_poke_interval(0.0, lambda waited=waited: waited, 1) == pause  # type: ignore[misc]
    task = sensor("m", deferrable=False, poke_interval=None, mode="reschedule")
    task.timeout = 10_000
    assert task._get_next_poke_interval(0.0, lambda: 0.0, 1) == 60
    assert sensor("m", poke_interval=7)._get_next_poke_interval(0.0, lambda: 0.0, 1) == 7


def test_airflows_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it waits in the triggerer is Airflow's setting, unless the DAG says it."""
    assert ZoomChatReplySensor(task_id="a", message_id="m").deferrable is False
    monkeypatch.setenv("AIRFLOW__OPERATORS__DEFAULT_DEFERRABLE", "True")
    assert ZoomChatReplySensor(task_id="a", message_id="m").deferrable is True
    assert ZoomChatReplySensor(task_id="a", message_id="m", deferrable=False).deferrable is False


def test_a_dag_survives_airflows_serialization() -> None:
    """A DAG with the sensor, alone and mapped, goes through Airflow's database."""
    with DAG("waits", schedule=None, start_date=datetime(2026, 1, 1)) as dag:
        sensor("m")
        ZoomChatReplySensor.partial(task_id="each", options=OPTIONS).expand(message_id=["a", "b"])
    read = as_airflows_page_reads_it(dag)
    assert [link.name for link in read.get_task("answer").operator_extra_links] == ["Open in Zoom"]
    assert read.get_task("each").task_type == "ZoomChatReplySensor"


@pytest.fixture(scope="module")
def dags(airflow_home: str) -> ModuleType:
    return dag_file("zoom_replies")


@pytest.fixture
def ann(zoom: Sandbox) -> Any:
    """Let Ann answer the first question, when its thread has been looked at for the first time."""
    ended = threading.Event()

    def says(*texts: str) -> None:
        def wait() -> None:
            while not zoom.requests("/thread") and not ended.wait(0.01):
                pass
            for text in texts:
                zoom.answer(zoom.messages()[0], text, by=ANN)
                ended.wait(0.3)

        threading.Thread(target=wait, daemon=True).start()

    yield says
    ended.set()


@pytest.mark.parametrize(
    ("dag", "texts", "answer"),
    [
        ("deferred", ["hm", "Keep  BACK"], "keep back"),
        ("pattern", ["hm", "rows: 12"], "12"),
        ("poked", ["publish"], "publish"),
        ("late", [], "keep back"),
    ],
)
def test_a_run(
    dags: ModuleType, zoom: Sandbox, ann: Any, dag: str, texts: list[str], answer: str
) -> None:
    """A run asks, waits in Airflow's own way, and tells the answer where it has asked."""
    if texts:
        ann(*texts)
    run = getattr(dags, dag).test()
    assert set(states(run).values()) == {"success"}
    question = zoom.messages()[0]
    assert (question["text"], question["channel_name"]) == (answer, "data-team")


@pytest.mark.parametrize(
    ("dag", "expected"),
    [
        ("skipped", {"ask": "success", "answer": "skipped", "told": "skipped", "after": "skipped"}),
        (
            "failed",
            {
                "ask": "success",
                "answer": "failed",
                "told": "upstream_failed",
                "after": "upstream_failed",
            },
        ),
    ],
)
def test_a_run_that_nobody_answers(
    dags: ModuleType, zoom: Sandbox, dag: str, expected: dict[str, str]
) -> None:
    """A run that nobody answers is skipped from there on, or fails."""
    with suppress(AirflowSensorTimeout):  # Airflow 2's dag.test() ends with it
        run = getattr(dags, dag).test()
        assert states(run) == expected
        return
    assert dag == "failed"
    assert AIRFLOW < (3, 0)


@pytest.mark.oldest_and_newest
def test_the_example(airflow_home: str, zoom: Sandbox, ann: Any) -> None:
    """The example asks, goes on as the answer says, and puts that in place of the question."""
    ann("Publish")
    run_example("zoom_ask")
    assert zoom.messages()[0]["text"] == "✅ Sales: publish, says Ann"
