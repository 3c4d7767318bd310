"""A message whose answer was lost: Zoom is asked whether it was posted."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import DAG, AirflowFailException
from conftest import dag_file
from test_airflow import AIRFLOW, states
from test_operators import LIST_MESSAGES, KilledStore, Store, Ti, run

from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.operators.zoom import (
    ZoomChatbotMessageOperator,
    ZoomChatMessageOperator,
    ZoomWebhookMessageOperator,
)
from airflow_provider_zoomchat.sandbox import Sandbox, world

MESSAGES = "airflow@example.com/messages"


def post(message: str = "Load is late", **arguments: Any) -> ZoomChatMessageOperator:
    """Return a task that asks Zoom without waiting; what it learns of the clock counts then."""
    task = ZoomChatMessageOperator(task_id="post", message=message, **arguments)
    task.looks = (0.0, 0.0)
    return task


def texts(zoom: Sandbox) -> list[str]:
    return [message["text"] for message in zoom.messages()]


def advance(zoom: Sandbox, seconds: float) -> None:
    """Let Zoom's clock be ahead."""
    now = zoom.chat.now
    zoom.chat.now = lambda: now() + seconds


LOST: dict[str, Callable[[Sandbox], None]] = {
    "no answer": lambda zoom: zoom.drop(path=MESSAGES, accept=True),
    "half an answer": lambda zoom: zoom.cut(path=MESSAGES, accept=True),
    "a 503": lambda zoom: zoom.fail(503, path=MESSAGES, accept=True),
    "no id": lambda zoom: zoom.fail(200, path=MESSAGES, accept=True, body={}),
}


@pytest.mark.parametrize("lose", LOST.values(), ids=LOST)
def test_a_lost_answer(zoom: Sandbox, lose: Callable[[Sandbox], None]) -> None:
    """What Zoom lists was posted: the task succeeds with its id, as if nothing had happened."""
    ti, store = Ti(), Store()
    lose(zoom)
    message_id = run(post(), ti, store)
    assert message_id == zoom.message()["id"] == ti.xcoms["zoom_message"]["message_id"]
    assert store["zoom_message"]["message"]["message_id"] == message_id
    run(post("done", operation="edit", message_id=message_id))
    assert run(post(), store=store) == message_id
    assert texts(zoom) == ["done"]


FORMS: dict[str, dict[str, Any]] = {
    "markdown": {"message": "**a** `b` [c](https://c.example) & <d>\n\n- e\n- f", "markdown": True},
    "a mention": {
        "message": "@Ann: late",
        "at_items": [
            {
                "at_type": 1,
                "at_contact": "ann@example.com",
                "start_position": 0,
                "end_position": 3,
            }
        ],
    },
    "a card": {"message": "Load", "content": {"head": {"text": "Load"}, "body": []}},
    "a card alone": {"message": "", "content": {"head": {"text": "Load late"}, "body": []}},
    "a file": {"message": "Report", "files": [("a.csv", b"1")]},
    "a contact": {"message": "Hi", "to_contact": "ann@example.com"},
    "somebody else": {"message": "Hi", "user_id": "ann@example.com"},
    "by user id": {"message": "Hi", "user_id": world.ANN.id},
}


@pytest.mark.parametrize("arguments", FORMS.values(), ids=FORMS)
def test_every_form(zoom: Sandbox, arguments: dict[str, Any]) -> None:
    """A message is found with formats, mentions, a card or a file, wherever and by whom it is."""
    sender = arguments.get("user_id", "airflow@example.com")
    zoom.drop(path=f"{sender}/messages", accept=True)
    assert run(post(**arguments)) == zoom.messages()[-1]["id"]
    assert len(zoom.messages()) == 1


def test_a_reply(zoom: Sandbox) -> None:
    """A reply is found in its thread, beside the same words outside of it."""
    main = run(post())
    zoom.drop(path=MESSAGES, accept=True)
    found = run(post(reply_main_message_id=main))
    assert [message["reply_to"] for message in zoom.messages()] == [None, main]
    assert found == zoom.messages()[1]["id"]


def test_many_messages_after_it(zoom: Sandbox) -> None:
    """All pages are read."""
    store = KilledStore()
    with pytest.raises(KeyboardInterrupt):
        run(post(), store=store)
    store.is_killed = False
    for number in range(60):
        ZoomHook().send_message(message=f"{number}", user_id="ann@example.com")
    assert run(post(), store=store) == zoom.messages()[0]["id"]
    assert len([call for call in zoom.requests(MESSAGES) if call["method"] == "GET"]) == 2


def test_a_later_try_finds_it(zoom: Sandbox) -> None:
    """What an earlier try was killed over is found by the next, and edited if the text differs."""
    store = KilledStore()
    with pytest.raises(KeyboardInterrupt):
        run(post("try 1"), store=store)
    store.is_killed = False
    ti = Ti()
    message_id = run(post("try 2"), ti, store)
    assert zoom.message()["history"] == ["try 1"]
    assert ti.xcoms["zoom_message"]["message_id"] == message_id == zoom.message()["id"]
    assert run(post("try 2"), store=store) == message_id
    assert texts(zoom) == ["try 2"]


def never_arrived(zoom: Sandbox) -> Store:
    """Return the store of a task that was killed before Zoom had taken its message."""
    store = Store()
    store.set("zoom_message", {})
    zoom.drop(path=MESSAGES)
    with pytest.raises(AirflowFailException):
        run(post(), store=store)
    assert zoom.messages() == []
    assert "sent" in store["zoom_message"]
    return store


def test_what_was_not_posted_is_sent(zoom: Sandbox) -> None:
    """Where something newer is listed and not the message, the next try sends it, once."""
    store = never_arrived(zoom)
    advance(zoom, 60)
    ZoomHook().send_message(message="Good morning", user_id="ann@example.com")
    assert run(post(), store=store) == run(post(), store=store)
    assert texts(zoom) == ["Good morning", "Load is late"]


@pytest.mark.parametrize("seconds", [0.0, 9.0])
def test_what_may_still_come_is_not_sent(zoom: Sandbox, seconds: float) -> None:
    """Nothing newer, or nothing that is newer than the end of its call, proves nothing."""
    store = never_arrived(zoom)
    if seconds:
        advance(zoom, seconds)
        ZoomHook().send_message(message="Good morning", user_id="ann@example.com")
    with pytest.raises(AirflowFailException, match=r"does not list it, nor anything newer\.$"):
        run(post(), store=store)
    assert "Load is late" not in texts(zoom)


def test_a_busy_channel_in_the_same_try(zoom: Sandbox) -> None:
    """A message that was surely not posted goes out again in the same try."""
    zoom.drop(path=MESSAGES)
    now = zoom.chat.now

    class Talking(Store):
        """While the task sends, others go on."""

        def set(self, key: str, value: Any) -> None:
            """Keep it."""
            super().set(key, value)
            if "message" not in value and not zoom.messages():
                zoom.chat.now = lambda: now() + 30
                ZoomHook().send_message(message="Good morning", user_id="ann@example.com")

    run(post(), store=Talking())
    assert texts(zoom) == ["Good morning", "Load is late"]


def test_no_scope(zoom: Sandbox) -> None:
    """Without the scope the error names it, and nothing is sent again."""
    zoom.withhold(LIST_MESSAGES)
    zoom.drop(path=MESSAGES, accept=True)
    with pytest.raises(AirflowFailException) as caught:
        run(post())
    assert str(caught.value).endswith(
        "It may have been posted all the same: look into the chat before you send it again. Zoom "
        f"cannot be asked whether it was. The app lacks the scope {LIST_MESSAGES} or "
        "chat_message:read:admin or chat_message:write:admin (to tell whether a message was "
        "posted). Add it at marketplace.zoom.us > Manage > Created Apps > your app > Scopes > Add "
        "Scopes; a new token is fetched by itself."
    )
    assert len(zoom.messages()) == 1


def test_who_a_user_id_is_cannot_be_asked(zoom: Sandbox) -> None:
    """A sender by user id needs the scope to look users up, which is named."""
    zoom.withhold("user:read:user:admin")
    zoom.drop(path="/messages", accept=True)
    with pytest.raises(AirflowFailException, match=r"lacks the scope user:read:user:admin or"):
        run(post(user_id=world.AIRFLOW.id))


@pytest.mark.parametrize("operator", [ZoomChatbotMessageOperator, ZoomWebhookMessageOperator])
def test_bots_and_webhooks(zoom: Sandbox, operator: Any) -> None:
    """Zoom cannot be asked for what they have posted: as ever, somebody has to look."""
    zoom.drop(path="/im/" if operator is ZoomChatbotMessageOperator else "/webhooks/", accept=True)
    with pytest.raises(AirflowFailException, match=r"before you send it again\.$"):
        run(operator(task_id="t", message="Hi"))
    assert len(zoom.messages()) == 1
    assert not [call for call in zoom.requests() if call["method"] == "GET"]


def test_zoom_is_away(zoom: Sandbox) -> None:
    """Where the list is refused, the task fails as ever, with what Zoom said."""
    zoom.drop(path=MESSAGES, accept=True)
    zoom.fail(403, path=MESSAGES)
    with pytest.raises(AirflowFailException, match="Could not look for a message in channel"):
        run(post())
    assert len(zoom.messages()) == 1


def test_the_same_words_of_another_run(zoom: Sandbox) -> None:
    """Two messages with its words leave it open which one it is."""
    store = KilledStore()
    with pytest.raises(KeyboardInterrupt):
        run(post(), store=store)
    store.is_killed = False
    ZoomHook().send_message(message="Load is late")
    with pytest.raises(AirflowFailException, match="Zoom lists 2 messages with its words"):
        run(post(), store=store)


def test_at_least_once(zoom: Sandbox) -> None:
    """Who prefers a second message to none gets what was asked for."""
    store = KilledStore()
    with pytest.raises(KeyboardInterrupt):
        run(post(), store=store)
    store.is_killed = False
    run(post(delivery="at_least_once"), store=store)
    assert texts(zoom) == ["Load is late", "Load is late"]


class Siblings(Ti):
    """A task instance that sees what other tasks have pushed.

    :param others: the XComs of the others, by task id.
    """

    map_index = 0

    def __init__(self, *others: Any) -> None:
        super().__init__()
        self.others = others
        self.pushed: list[Any] = []

    def xcom_push(self, key: str, value: Any) -> None:
        """Keep it."""
        super().xcom_push(key, value)
        self.pushed.append(self.xcoms[key])

    def xcom_pull(self, task_ids: list[str], key: str, **_: Any) -> list[Any]:
        """Return what all have pushed."""
        assert (task_ids, key) == (["post"], "zoom_message")
        return [self.xcoms.get(key), *self.others]


def in_dag(**arguments: Any) -> ZoomChatMessageOperator:
    with DAG("d", schedule=None):
        return post(**arguments)


def test_who_is_mapped_says_what_it_sends(zoom: Sandbox) -> None:
    """A mapped task tells the others before the message goes out, and its id afterwards."""
    ti = Siblings()
    message_id = run(in_dag(), ti)
    before, after = ti.pushed
    assert (before["message_id"], before["by"]) == (None, ["post", 0])
    assert before["target"] == world.DATA_PIPELINES.id
    assert after["message_id"] == message_id
    assert not {"text_hash", "by"} & after.keys()


@pytest.mark.parametrize("same_target", [True, False])
def test_another_that_may_be_sending_the_same(zoom: Sandbox, same_target: bool) -> None:
    """What may be another task's is not taken, unless that one sends elsewhere."""
    first = Siblings()
    run(in_dag(), first)
    zoom.reset()
    rival = {**first.pushed[0], "by": ["post", 1]}
    if not same_target:
        rival["target"] = world.DATA_TEAM.id
    zoom.drop(path=MESSAGES, accept=True)
    if not same_target:
        assert run(in_dag(), Siblings(rival))
        return
    with pytest.raises(AirflowFailException, match="another task of this run may have posted it"):
        run(in_dag(), Siblings(rival))


def test_what_others_have_posted_cannot_be_read(zoom: Sandbox) -> None:
    """Then it may be another's."""

    class Blind(Siblings):
        def xcom_pull(self, task_ids: list[str], key: str, **_: Any) -> list[Any]:
            """Fail."""
            raise RuntimeError("the API server is away")

    zoom.drop(path=MESSAGES, accept=True)
    with pytest.raises(AirflowFailException, match="another task of this run may have posted it"):
        run(in_dag(), Blind())


@pytest.fixture(scope="module")
def dags(airflow_home: str) -> ModuleType:
    """The DAGs of these tests."""
    return dag_file("zoom_verified")


def ids(run: Any) -> list[str]:
    """Return the message ids that the tasks of a run have returned."""
    found = [
        ti.xcom_pull(task_ids=ti.task_id, map_indexes=ti.map_index)
        for ti in run.get_task_instances()
    ]
    return sorted(filter(None, found))


@pytest.mark.skipif(AIRFLOW < (3, 3), reason="the task state store is of Airflow 3.3")
def test_a_retry_on_a_real_airflow(dags: ModuleType, zoom: Sandbox) -> None:
    """A try that ends between Zoom's acceptance and its note: the next one finds the message."""
    assert states(dags.retry.test()) == {"post": "success"}
    assert zoom.message()["history"] == ["try 1"]
    assert texts(zoom) == ["try 2"]


@pytest.mark.parametrize("name", ["mapped", "two"])
def test_two_with_the_same_words(dags: ModuleType, zoom: Sandbox, name: str) -> None:
    """Tasks of one run with the same words find their own message each."""
    run = getattr(dags, name).test(run_conf={"arrives": True})
    assert set(states(run).values()) == {"success"}
    assert ids(run) == sorted(message["id"] for message in zoom.messages())
    assert len(zoom.messages()) == 2


@pytest.mark.oldest_and_newest
@pytest.mark.parametrize("name", ["mapped", "two"])
def test_another_tasks_message_is_not_taken(dags: ModuleType, zoom: Sandbox, name: str) -> None:
    """A task whose message has not arrived fails beside the same words of another task."""
    run = getattr(dags, name).test(run_conf={"arrives": False})
    assert sorted(str(ti.state) for ti in run.get_task_instances()) == ["failed", "success"]
    assert ids(run) == [zoom.message()["id"]]
