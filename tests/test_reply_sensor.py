"""Tasks that wait for an answer: in whole runs, and in each way in which Airflow can wait."""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from types import ModuleType
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import (
    DAG,
    AirflowFailException,
    AirflowSensorTimeout,
    AirflowSkipException,
    BaseOperator,
    TaskDeferred,
)
from conftest import dag_file
from test_airflow import states
from test_operators import Ti, render, run
from test_reactions_and_replies import Connect, sent

from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.operators.zoom import (
    ZoomChatbotMessageOperator,
    ZoomChatMessageOperator,
    ZoomWebhookMessageOperator,
)
from airflow_provider_zoomchat.sandbox import Sandbox, world
from airflow_provider_zoomchat.sensors.zoom import ZoomChatReplySensor
from airflow_provider_zoomchat.zoom.errors import ConfigError

OPTIONS = ["publish", "keep back"]
ANN, BOB = "ann@example.com", "bob@example.com"
THREAD = "/thread"

#: How a task may wait, and the seconds after which it is over if nobody answers.
WAYS: dict[str, dict[str, Any]] = {"deferred": {"deferrable": True}, "poked": {"deferrable": False}}


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Each way to wait."""
    return WAYS[request.param]


@pytest.fixture(scope="module")
def dags(airflow_home: str) -> ModuleType:
    """The DAGs of these tests."""
    return dag_file("zoom_replies")


@pytest.fixture
def logged(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> Iterator[Callable[[str], int]]:
    """Count words in the log: Airflow 2 logs through logging too, Airflow 3 to the console."""
    console: list[str] = []

    def count(words: str) -> int:
        console.extend(capfd.readouterr())
        return max(caplog.text.count(words), "".join(console).count(words))

    with caplog.at_level(logging.INFO):
        yield count


def sensor(message_id: Any, **arguments: Any) -> ZoomChatReplySensor:
    waits: dict[str, Any] = {"poke_interval": 0.03, "timeout": 30, "deferrable": True}
    return ZoomChatReplySensor(task_id="answer", message_id=message_id, **waits | arguments)


def through_json(value: Any) -> Any:
    return json.loads(json.dumps(value))


def started_anew(trigger: Any) -> Any:
    """Return a trigger as another triggerer starts it: of what Airflow's database has."""
    path, arguments = trigger.serialize()
    module, name = path.rsplit(".", 1)
    return getattr(importlib.import_module(module), name)(**through_json(arguments))


def deferred(task: ZoomChatReplySensor, ti: Ti | None = None) -> Any:
    """Return the trigger to which a task hands over."""
    with pytest.raises(TaskDeferred) as caught:
        run(task, ti)
    return started_anew(caught.value.trigger)


def event_of(trigger: Any) -> dict[str, Any]:
    async def first() -> Any:
        return await anext(trigger.run())

    payload: dict[str, Any] = through_json(asyncio.run(first()).payload)
    return payload


def wait(task: ZoomChatReplySensor, ti: Ti | None = None) -> Any:
    """Run a task to its end, its triggers too, and return what it returns."""
    try:
        return run(task, ti)
    except TaskDeferred as caught:
        trigger = started_anew(caught.trigger)
    while True:
        try:
            return task.execute_complete({}, event_of(trigger))
        except TaskDeferred as caught:
            trigger = started_anew(caught.trigger)


@contextmanager
def meanwhile(zoom: Sandbox, *actions: Callable[[], object]) -> Iterator[None]:
    """Do this while a task waits: each when the thread has been looked at twice more."""
    over = threading.Event()

    def act() -> None:
        for action in actions:
            looks = len(zoom.requests(THREAD))
            while len(zoom.requests(THREAD)) < looks + 2:
                if over.wait(0.01):
                    return
            action()

    people = threading.Thread(target=act)
    people.start()
    try:
        yield
    finally:
        over.set()
        people.join()


def answers_later(zoom: Sandbox, *texts: str, by: str = ANN) -> Any:
    def answer(text: str) -> Callable[[], object]:
        return lambda: zoom.answer(zoom.messages()[0], text, by=by)

    return meanwhile(zoom, *map(answer, texts))


@pytest.mark.parametrize("name", ["deferred", "poked"])
def test_a_whole_run(dags: ModuleType, zoom: Sandbox, name: str) -> None:
    """A task asks, one waits, and what follows has the answer, in both ways to wait."""
    with answers_later(zoom, "hm", " Keep  BACK\n"):
        assert states(getattr(dags, name).test()) == dict.fromkeys(
            ("ask", "answer", "told", "after"), "success"
        )
    assert [message["text"] for message in zoom.messages()] == ["keep back", "hm", " Keep  BACK\n"]
    assert zoom.messages()[0]["channel_name"] == "data-team"
    assert len(zoom.requests("/oauth/token")) == 1


def test_a_pattern_in_a_whole_run(dags: ModuleType, zoom: Sandbox) -> None:
    """What a pattern finds is the answer; the task is woken by other replies, and waits on."""
    with answers_later(zoom, "which ones?", "only the new rows: 12", "rows: 13"):
        assert states(dags.pattern.test())["answer"] == "success"
    assert zoom.messages()[0]["text"] == "12"


@pytest.mark.oldest_and_newest
@pytest.mark.parametrize(
    ("name", "expected", "text"),
    [
        ("late", {"answer": "success", "told": "success", "after": "success"}, "keep back"),
        ("skipped", {"answer": "skipped", "told": "skipped", "after": "skipped"}, "Publish?"),
        (
            "failed",
            {"answer": "failed", "told": "upstream_failed", "after": "upstream_failed"},
            "Publish?",
        ),
    ],
)
def test_nobody_answers(
    dags: ModuleType, zoom: Sandbox, name: str, expected: dict[str, str], text: str
) -> None:
    """When the time is over, the task has its default, is skipped, or fails."""
    assert states(getattr(dags, name).test()) == {"ask": "success", **expected}
    assert [message["text"] for message in zoom.messages()] == [text]


def test_what_it_returns(zoom: Sandbox, way: dict[str, Any]) -> None:
    """The answer tells who, what and when, and all that is known of the message is an XCom."""
    message_id, ti = sent(to_channel=world.DATA_TEAM.id), Ti()
    task = sensor(message_id, options=OPTIONS, to_channel=world.DATA_TEAM.id, **way)
    with answers_later(zoom, " PUBLISH "):
        answer = wait(task, ti)
    time = datetime.fromisoformat(answer.pop("time"))
    reply = ZoomHook().replies(ti.xcoms["zoom_message"])[0]
    assert (time, time.utcoffset()) == (reply["time"], timedelta(0))
    assert answer == {
        "answer": "publish",
        "text": " PUBLISH ",
        "sender": ANN,
        "sender_id": world.ANN.id,
        "sender_name": "Ann",
        "id": reply["id"],
        "timed_out": False,
    }
    assert ti.xcoms["zoom_message"]["message_id"] == message_id
    assert ti.xcoms["zoom_message"]["to_channel"] == world.DATA_TEAM.id
    ZoomHook().react(answer["id"], "👍", to_channel=world.DATA_TEAM.id)
    assert list(zoom.messages()[1]["reactions"]) == ["👍"]


def test_the_first_of_two_in_a_second(zoom: Sandbox, way: dict[str, Any]) -> None:
    """Of two answers in the same moment the first in the thread counts."""
    message_id, now = sent(), zoom.chat.now()

    def both() -> None:
        zoom.chat.now = lambda: now + 1
        zoom.answer(message_id, "keep back", by=BOB)
        zoom.answer(message_id, "publish", by=ANN)

    with meanwhile(zoom, both):
        answer = wait(sensor(message_id, options=OPTIONS, **way))
    assert (answer["answer"], answer["sender"]) == ("keep back", BOB)


def test_an_answer_from_before(zoom: Sandbox, way: dict[str, Any]) -> None:
    """Who answers before the task waits has answered, and nothing is deferred."""
    message_id = sent()
    zoom.answer(message_id, "publish", by=ANN)
    zoom.answer(message_id, "keep back", by=BOB)
    assert run(sensor(message_id, options=OPTIONS, **way))["answer"] == "publish"


def test_since(zoom: Sandbox, way: dict[str, Any]) -> None:
    """Replies from before the given moment are none of the task's."""
    message_id, now = sent(), zoom.chat.now
    zoom.chat.now = lambda: now() - 3600
    zoom.answer(message_id, "publish", by=ANN)
    zoom.chat.now = now
    since = (datetime.now(timezone.utc) - timedelta(minutes=5)).isoformat()
    with answers_later(zoom, "keep back"):
        answer = wait(sensor(message_id, options=OPTIONS, since=since, **way))
    assert answer["answer"] == "keep back"


@pytest.mark.parametrize(
    ("since", "words"),
    [
        ("2999-01-01T00:00:00Z", "since 2999-01-01T00:00:00+00:00 is in the future"),
        ("2026-01-01T00:00:00", "has no time zone"),
        ("yesterday", "since 'yesterday' is no moment in ISO 8601"),
    ],
)
def test_a_since_that_is_none(zoom: Sandbox, way: dict[str, Any], since: str, words: str) -> None:
    """A moment that no reply can have fails the task for good, before anybody is asked."""
    with pytest.raises(AirflowFailException, match=words.replace("+", r"\+")):
        wait(sensor("m", since=since, **way))
    assert zoom.requests() == []


def test_an_edited_reply(zoom: Sandbox, way: dict[str, Any]) -> None:
    """A reply counts with the words that it has: what is edited into an answer is one."""
    message_id = sent()

    def mend() -> None:
        reply = zoom.messages()[1]["id"]
        ZoomHook().edit_message(reply, message="publish", user_id=ANN)

    with meanwhile(zoom, lambda: zoom.answer(message_id, "pulbish", by=ANN), mend):
        answer = wait(sensor(message_id, options=OPTIONS, **way))
    assert (answer["answer"], answer["text"], answer["sender"]) == ("publish", "publish", ANN)


def test_an_answer_that_was_edited_away(zoom: Sandbox, way: dict[str, Any]) -> None:
    """What a reply said before it was edited, and seen, is no answer."""
    message_id = sent()
    reply = zoom.answer(message_id, "publish", by=ANN)
    ZoomHook().edit_message(reply["id"], message="no, wait", user_id=ANN)
    with answers_later(zoom, "keep back"):
        assert wait(sensor(message_id, options=OPTIONS, **way))["answer"] == "keep back"


def test_bots_and_whoever_asks(
    zoom: Sandbox, way: dict[str, Any], logged: Callable[[str], int]
) -> None:
    """What a bot replies is no answer, nor what the user replies who asks; the log says so."""
    message_id = sent()
    sent("publish", reply_main_message_id=message_id)
    to_jid = world.DATA_PIPELINES.jid
    run(
        ZoomChatbotMessageOperator(
            task_id="b", message="publish", to_jid=to_jid, reply_to=message_id
        )
    )
    with answers_later(zoom, "keep back"):
        assert wait(sensor(message_id, options=OPTIONS, **way))["answer"] == "keep back"
    assert logged("is ignored: it is a bot's.") == 1
    assert logged("A reply of airflow@example.com at ") == 1
    assert logged("is ignored: its sender is the user who asks") == 1


def test_whoever_asks_may_be_named(zoom: Sandbox, way: dict[str, Any]) -> None:
    """Somebody who posts by an app of their own may answer, where named."""
    message_id = sent()
    sent("publish", reply_main_message_id=message_id)
    people = [ANN, "Airflow@example.com"]
    answer = wait(sensor(message_id, options=OPTIONS, from_users=people, **way))
    assert answer["sender"] == "airflow@example.com"


@pytest.mark.parametrize("bob", [BOB.upper(), world.BOB.id])
def test_from_users(
    zoom: Sandbox, way: dict[str, Any], bob: str, logged: Callable[[str], int]
) -> None:
    """Only those who are named can answer; the others are ignored with one line in the log."""
    message_id = sent()
    with meanwhile(
        zoom,
        lambda: zoom.answer(message_id, "publish", by=ANN),
        lambda: zoom.answer(message_id, "keep back", by=BOB),
    ):
        answer = wait(sensor(message_id, options=OPTIONS, from_users=[bob], **way))
    assert (answer["answer"], answer["sender"]) == ("keep back", BOB)
    assert logged("A reply of ann@example.com at ") == 1


def test_any_reply(zoom: Sandbox, way: dict[str, Any]) -> None:
    """Without options and pattern whatever somebody replies is the answer."""
    with answers_later(zoom, "on it, wait"):
        assert wait(sensor(sent(), **way))["answer"] == "on it, wait"


def test_a_reply_of_4000_characters(zoom: Sandbox, way: dict[str, Any]) -> None:
    """The longest reply that Zoom has comes through whole, where a pattern finds its end."""
    text = "word " * 798 + "rows: 77 "
    with answers_later(zoom, text[:4000]):
        answer = wait(sensor(sent(), pattern=r"rows: (\d+)", **way))
    assert (answer["answer"], answer["text"]) == ("77", text[:4000])


@pytest.mark.oldest_and_newest
def test_a_long_thread(zoom: Sandbox, way: dict[str, Any]) -> None:
    """A thread of several pages is read once; from then on a look is one call."""
    message_id, now = sent(), zoom.chat.now
    start = now() - 2000
    for number in range(250):
        zoom.chat.now = lambda number=number: start + number * 6  # type: ignore[misc]
        zoom.answer(message_id, f"reply {number}", by=ANN)
    zoom.chat.now = now
    looks = [lambda: None] * 8
    with meanwhile(zoom, *looks, lambda: zoom.answer(message_id, "publish", by=BOB)):
        assert wait(sensor(message_id, options=OPTIONS, **way))["sender"] == BOB
    later_pages = ["to" in call["query"] for call in zoom.requests(THREAD)]
    assert later_pages[:5].count(True) in (2, 3)
    assert True not in later_pages[5:]
    assert len(later_pages) > 7


def test_no_message_of_a_webhook(zoom: Sandbox, way: dict[str, Any]) -> None:
    """A webhook tells no message id, and a task that waits for its answers says so."""
    message_id = run(ZoomWebhookMessageOperator(task_id="ask", message="Publish?"))
    with DAG("webhook", schedule=None):
        task = sensor("{{ asked }}", **way)
    render(task, asked=message_id)
    with pytest.raises(AirflowFailException, match="message_id is missing: the task that should"):
        wait(task)
    assert zoom.requests(THREAD) == []


@pytest.mark.parametrize("app_type", ["chatbot", "incoming_webhook"])
def test_who_cannot_wait(
    connect: Connect, zoom: Sandbox, way: dict[str, Any], app_type: str
) -> None:
    """A connection that cannot read replies fails the task for good, and says who can."""
    connect(app_type)
    with pytest.raises(AirflowFailException, match="needs 'server_to_server'"):
        wait(sensor("m", zoom_conn_id="zoom_test", **way))
    assert zoom.requests() == []


def test_a_message_that_is_deleted(zoom: Sandbox, way: dict[str, Any]) -> None:
    """A message that is deleted while a task waits ends the waiting, and the error says why."""
    message_id = sent()
    with (
        meanwhile(zoom, lambda: ZoomHook().delete_message(message_id)),
        pytest.raises(AirflowFailException, match="The message has been deleted, or message_id is"),
    ):
        wait(sensor(message_id, **way))


def test_a_missing_scope(zoom: Sandbox, way: dict[str, Any]) -> None:
    """An app that cannot read replies is told which scope it lacks."""
    message_id = sent()
    zoom.withhold("team_chat:read:thread_message:admin")
    with pytest.raises(AirflowFailException, match="team_chat:read:thread_message:admin"):
        wait(sensor(message_id, **way))


TROUBLE: dict[str, Callable[[Sandbox], None]] = {
    "no answer": lambda zoom: zoom.drop(path=THREAD, times=2),
    "half an answer": lambda zoom: zoom.cut(path=THREAD, times=2),
    "a limit": lambda zoom: zoom.fail(429, path=THREAD, headers={"Retry-After": "0"}, times=2),
    "a 503": lambda zoom: zoom.fail(503, path=THREAD, times=2),
    "an ended token": lambda zoom: zoom.expire_tokens(),
}


@pytest.mark.parametrize("happen", TROUBLE.values(), ids=TROUBLE)
def test_passing_trouble(
    zoom: Sandbox, happen: Callable[[Sandbox], None], way: dict[str, Any]
) -> None:
    """Trouble that passes is waited out, and an answer is found after it."""
    message_id = sent()
    with meanwhile(zoom, lambda: happen(zoom), lambda: zoom.answer(message_id, "publish", by=ANN)):
        assert wait(sensor(message_id, options=OPTIONS, **way))["answer"] == "publish"


def test_trouble_at_the_first_look(zoom: Sandbox, logged: Callable[[str], int]) -> None:
    """Zoom may be out of reach when a task begins to wait; the log says so, once each."""
    message_id = sent()
    sent("publish", reply_main_message_id=message_id)
    zoom.fail(503, path=THREAD, times=5)
    task = sensor(message_id, options=OPTIONS)
    trigger = deferred(task)
    zoom.answer(message_id, "keep back", by=ANN)
    answer = task.execute_complete({}, event_of(trigger))
    assert (answer["answer"], answer["sender"]) == ("keep back", ANN)
    assert logged("Looking again later") == 2


def test_trouble_until_the_end(zoom: Sandbox) -> None:
    """Who could not look when the time was over is told what the matter was."""
    trigger = deferred(task := sensor(sent(), timeout=0.2))
    zoom.fail(503, path=THREAD, times=1000)
    event = event_of(trigger)
    with pytest.raises(AirflowSensorTimeout) as caught:
        task.execute_complete({}, event)
    words = str(caught.value)
    assert words.startswith("Nobody has answered within 0:00:00.200000. When the thread was last ")
    assert "HTTP 503" in words
    assert len(words.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, AirflowSkipException),
        ({"on_timeout": "skip"}, AirflowSkipException),
        ({"on_timeout": "default", "default": "keep back"}, "keep back"),
    ],
)
def test_muted(
    connect: Connect, zoom: Sandbox, way: dict[str, Any], arguments: dict[str, Any], expected: Any
) -> None:
    """Nobody answers what a muted connection has not asked: the default, else a skipped task."""
    connect(muted=True)
    ask = ZoomChatMessageOperator(task_id="ask", message="Publish?", zoom_conn_id="zoom_test")
    task = sensor(run(ask), zoom_conn_id="zoom_test", **way, **arguments)
    if expected is AirflowSkipException:
        with pytest.raises(AirflowSkipException, match=r"Nobody was asked\."):
            wait(task)
    else:
        answer = wait(task)
        assert datetime.fromisoformat(answer.pop("time")).utcoffset() == timedelta(0)
        nobody = dict.fromkeys(("text", "sender", "sender_id", "sender_name", "id"), "")
        assert answer == {"answer": expected, **nobody, "timed_out": True}
    assert zoom.requests() == []


def test_another_triggerer(zoom: Sandbox, logged: Callable[[str], int]) -> None:
    """A trigger that another triggerer starts again has the time and the replies of the first."""
    message_id = sent()
    zoom.answer(message_id, "pulbish", by=ANN)
    task = sensor(message_id, options=OPTIONS, timeout=0.3)
    trigger = deferred(task)
    zoom.answer(message_id, "which one?", by=BOB)

    async def killed() -> None:
        with pytest.raises(TimeoutError if hasattr(asyncio, "timeout") else asyncio.TimeoutError):
            await asyncio.wait_for(anext(trigger.run()), 0.25)

    began = trigger.arguments["started"]
    asyncio.run(killed())
    again = started_anew(trigger)
    assert again.arguments["started"] == began
    assert event_of(again) == {"timeout": ""}
    waited = datetime.now(timezone.utc) - datetime.fromisoformat(began)
    assert waited >= timedelta(seconds=0.3)
    assert logged("A reply of ann@example.com at ") == 1
    assert logged("A reply of bob@example.com at ") >= 1


def test_no_reply_is_judged_twice(zoom: Sandbox, logged: Callable[[str], int]) -> None:
    """A task that is woken by a reply that is no answer, and waits on, has seen that reply."""
    with answers_later(zoom, "hm", "rows: 5"):
        assert wait(sensor(sent(), pattern=r"rows: (\d+)"))["answer"] == "5"
    assert logged("is ignored: it is none of the answers") == 1


def test_many_replies_at_once(zoom: Sandbox) -> None:
    """What a pattern is to judge goes to the task in parts, in order, and none is left out."""
    message_id = sent()
    trigger = deferred(task := sensor(message_id, pattern=r"rows: (\d+)"))
    for number in range(60):
        zoom.answer(message_id, f"reply {number}", by=ANN)
    zoom.answer(message_id, "rows: 1", by=ANN)
    zoom.answer(message_id, "rows: 2", by=ANN)
    sizes: list[int] = []
    while True:
        event = event_of(trigger)
        sizes.append(len(event["replies"]))
        try:
            answer = task.execute_complete({}, event)
            break
        except TaskDeferred as caught:
            trigger = started_anew(caught.trigger)
    assert (answer["answer"], sizes) == ("1", [25, 25, 12])


def test_a_connection_that_is_gone(
    zoom: Sandbox, monkeypatch: pytest.MonkeyPatch, airflow_home: str
) -> None:
    """A trigger whose connection was deleted ends with what Airflow says of that."""
    trigger = deferred(task := sensor(sent()))
    monkeypatch.delenv("AIRFLOW_CONN_ZOOM_DEFAULT")
    with pytest.raises(AirflowFailException, match="zoom_default"):
        task.execute_complete({}, event_of(trigger))


def test_a_secret_that_is_changed(
    connect: Connect, zoom: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trigger goes on with the secret that Airflow has now."""
    message_id = sent()
    connect()
    trigger = deferred(sensor(message_id, options=OPTIONS, zoom_conn_id="zoom_test"))

    def change() -> None:
        # Zoom refuses the secret that the trigger has read, and takes the one that Airflow has now.
        connect(label="new secret")
        zoom.fail(401, path=THREAD, times=2)

    with meanwhile(zoom, change, lambda: zoom.answer(message_id, "publish", by=ANN)):
        assert event_of(trigger)["replies"][0]["answer"] == "publish"


def test_a_secret_that_stays_wrong(connect: Connect, zoom: Sandbox) -> None:
    """A trigger whose secret is refused, and is that of Airflow still, ends."""
    connect()
    trigger = deferred(sensor(sent(), zoom_conn_id="zoom_test"))
    zoom.fail(401, path=THREAD, times=100)
    assert "HTTP 401" in event_of(trigger)["error"]


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no message": ({"message_id": ""}, "ZoomChatReplySensor needs message_id"),
    "a webhook's": ({"message_id": None}, "ZoomChatReplySensor needs message_id"),
    "a pattern": ({"pattern": "rows: ("}, "pattern 'rows: (' is no regular expression"),
    "two kinds": ({"pattern": "a", "options": ["a"]}, "both options and pattern are given"),
    "one option": ({"options": "publish"}, "options must be a list of texts"),
    "no option": ({"options": []}, "options is empty"),
    "the same twice": ({"options": ["keep back", "Keepback"]}, "two are the same"),
    "nobody": ({"from_users": []}, "from_users is empty"),
    "a name": ({"from_users": ["Ann Lee"]}, "neither an e-mail address nor a user id"),
    "an outcome": ({"on_timeout": "retry"}, "on_timeout must be one of fail, skip, default"),
    "no default": ({"on_timeout": "default"}, "default and on_timeout='default' belong together"),
    "a default": ({"default": "a"}, "default and on_timeout='default' belong together"),
    "soft_fail": (
        {"on_timeout": "default", "default": "a", "soft_fail": True},
        "soft_fail skips the task",
    ),
    "two places": (
        {"to_channel": "c", "to_contact": ANN},
        "both to_channel and to_contact are given",
    ),
}


@pytest.mark.parametrize(("arguments", "words"), REFUSED.values(), ids=REFUSED)
def test_refused_while_the_dag_is_parsed(arguments: dict[str, Any], words: str) -> None:
    """What could only fail in a run is refused while the DAG is parsed, in one line."""
    with pytest.raises(ConfigError) as caught:
        sensor(**{"message_id": "m", **arguments})
    assert words in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_templates(zoom: Sandbox) -> None:
    """Options, people and the default are templates; values of tasks stay what they are."""
    message_id = sent()
    zoom.answer(message_id, "Sales", by=ANN)
    with DAG("templates", schedule=None):
        task = sensor(
            "{{ asked }}", options=["{{ table }}", "none"], from_users=["{{ people[0] }}"]
        )
    render(task, asked=message_id, table="sales", people=[ANN])
    assert run(task)["answer"] == "sales"


def test_mapped(zoom: Sandbox) -> None:
    """A mapped sensor is checked when its values are known."""
    with DAG("mapped", schedule=None):
        mapped = ZoomChatReplySensor.partial(task_id="answer").expand(message_id=["a", "b"])
    assert isinstance(mapped.operator_class, type)
    assert issubclass(mapped.operator_class, BaseOperator)


def test_the_pace_of_a_worker(zoom: Sandbox) -> None:
    """The longer a task waits in a worker, the seldomer it looks."""
    gentle = ZoomChatReplySensor(task_id="a", message_id="m", timeout=86_400)
    slow = ZoomChatReplySensor(task_id="b", message_id="m", timeout=86_400, mode="reschedule")
    own = ZoomChatReplySensor(task_id="c", message_id="m", poke_interval=7)

    def pauses(task: Any) -> list[float]:
        waits = [0.0, 599.0, 601.0, 7201.0, 86_390.0]
        return [task._get_next_poke_interval(None, lambda w=w: w, 1) for w in waits]

    assert pauses(gentle) == pytest.approx([15, 15, 60, 300, 10.1])
    assert pauses(slow) == pytest.approx([60, 60, 60, 300, 10.1])
    assert pauses(own) == [7] * 5
