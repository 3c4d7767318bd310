"""The operators: their arguments, their verdict on errors, and what they leave behind."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timezone
from types import ModuleType
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import DAG, AirflowFailException, AirflowTaskTimeout
from conftest import dag_file

from airflow_provider_zoomchat.hooks import user_lookup
from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.notifications.zoom import ZoomChatNotifier
from airflow_provider_zoomchat.operators.zoom import (
    ZoomChatbotMessageOperator,
    ZoomChatMessageOperator,
    ZoomWebhookMessageOperator,
)
from airflow_provider_zoomchat.sandbox import Sandbox, world
from airflow_provider_zoomchat.sandbox.render.lines import emphasis
from airflow_provider_zoomchat.zoom import client
from airflow_provider_zoomchat.zoom.errors import ConfigError, RateLimitError
from airflow_provider_zoomchat.zoom.text import Text, mention, styled

CARD = {"head": {"text": "Load"}, "body": [{"type": "message", "text": "done"}]}


#: Without this scope an app cannot tell whether a message was posted.
LIST_MESSAGES = "team_chat:read:list_user_messages:admin"


class Ti:
    """A task instance that keeps what is pushed."""

    max_tries = 2
    try_number = 1

    def __init__(self) -> None:
        self.xcoms: dict[str, Any] = {}

    def xcom_push(self, key: str, value: Any) -> None:
        """Keep it; what is no plain JSON raises here as it does in Airflow."""
        self.xcoms[key] = json.loads(json.dumps(value))


class Store(dict[str, Any]):
    """The store of one task instance, as Airflow 3.3 has it: `get`, `set`, JSON values."""

    def set(self, key: str, value: Any) -> None:
        """Keep a JSON value."""
        self[key] = json.loads(json.dumps(value))

    def delete(self, key: str) -> None:
        """Forget a value."""
        self.pop(key, None)


class KilledStore(Store):
    """A store whose task is killed when its message is out, before it could keep that."""

    is_killed = True

    def set(self, key: str, value: Any) -> None:
        """Keep the mark alone."""
        if self.is_killed and "message" in value:
            raise KeyboardInterrupt
        super().set(key, value)


class MarkedStore(Store):
    """A store that counts what is written."""

    marks = 0

    def set(self, key: str, value: Any) -> None:
        """Count it."""
        self.marks += 1
        super().set(key, value)


class BrokenStore(Store):
    """A store whose Airflow is away after a message is sent."""

    def set(self, key: str, value: Any) -> None:
        """Keep the mark, and fail with all that comes after."""
        if "message" in value:
            raise RuntimeError("the API server is away")
        super().set(key, value)


class BlindStore(Store):
    """A store that cannot be read."""

    def get(self, key: str, default: Any = None) -> Any:
        """Fail."""
        raise RuntimeError("the API server is away")


def run(operator: Any, ti: Ti | None = None, store: Store | None = None) -> Any:
    context: dict[str, Any] = {"ti": ti or Ti()}
    if store is not None:
        context["task_state_store"] = store
    return operator.execute(context)


def render(operator: Any, **context: Any) -> None:
    operator.render_template_fields(context)


def post(**arguments: Any) -> ZoomChatMessageOperator:
    return ZoomChatMessageOperator(task_id="post", **arguments)


def test_send_edit_delete(zoom: Sandbox) -> None:
    """What sending returns is all that editing and deleting need."""
    first = run(post(message="one"))
    second = run(post(message="two"))
    assert run(post(operation="edit", message_id=first, message="three")) == first
    assert run(post(operation="delete", message_id=second)) == second
    assert [(m["text"], m["deleted"]) for m in zoom.messages()] == [("three", False), ("two", True)]


def test_a_bot_sends_edits_deletes(zoom: Sandbox) -> None:
    """The same three actions as a bot."""
    first = run(ZoomChatbotMessageOperator(task_id="t", content=CARD))
    to = world.DATA_PIPELINES.jid
    second = run(ZoomChatbotMessageOperator(task_id="t", message="two", to_jid=to, reply_to=first))
    run(ZoomChatbotMessageOperator(task_id="t", operation="edit", message_id=first, message="new"))
    run(ZoomChatbotMessageOperator(task_id="t", operation="delete", message_id=second))
    assert [(m["text"], m["deleted"]) for m in zoom.messages()] == [("new", False), ("two", True)]


def test_a_webhook_sends(zoom: Sandbox) -> None:
    """A webhook posts and returns None, since Zoom names no id."""
    ti = Ti()
    assert run(ZoomWebhookMessageOperator(task_id="t", message="Hi"), ti) is None
    assert [message["text"] for message in zoom.messages()] == ["Hi"]
    assert ti.xcoms["zoom_message"]["app_type"] == "incoming_webhook"


def test_everything_known_is_pushed(zoom: Sandbox) -> None:
    """The XCom zoom_message has all that is known of the message, as plain JSON."""
    ti = Ti()
    message_id = run(post(message="Hi"), ti)
    known = ti.xcoms["zoom_message"]
    (message,) = zoom.messages()
    age = datetime.now(timezone.utc) - datetime.fromisoformat(known.pop("time"))
    assert abs(age.total_seconds()) < 60
    assert known.pop("link").startswith(f"{zoom.url}/launch/chat/v2/")
    assert known == {
        "app_type": "server_to_server",
        "target": message["channel"],
        "to_channel": message["channel"],
        "message_id": message_id,
        "sender": "airflow@example.com",
    }


@pytest.mark.parametrize("operation", ["", "SEND", "post", None, "{{ params.what }}", ["send"]])
def test_an_unknown_operation(operation: Any) -> None:
    """An unknown operation shows when the DAG is parsed."""
    with pytest.raises(ConfigError, match="operation must be one of send, edit, delete, not"):
        post(message="Hi", operation=operation)


def test_a_webhook_cannot_edit() -> None:
    """The webhook operator has no operation to choose."""
    with pytest.raises(Exception, match="operation"):
        ZoomWebhookMessageOperator(task_id="t", message="Hi", operation="edit")


BAD = [
    (post, {"message": " "}, "message is empty"),
    (post, {"message": "x" * 4097}, "message has 4097 characters"),
    (post, {"message": "Hi", "to_channel": "['a', 'b']"}, "to_channel must be one id, not a text"),
    (post, {"message": "Hi", "to_channel": ["a"]}, "to_channel must be one id, not a value of"),
    (post, {"message": "Hi", "reply_main_message_id": "{'a': 1}"}, ".expand(reply_main_message_"),
    (post, {"message": "Hi", "user_id": "LazyXComSelectSequence([2])"}, "user_id must be one id"),
    (post, {"message": "Hi", "file_ids": ["['a']"]}, "file_ids must be one id"),
    (post, {"operation": "delete", "message_id": "['a', 'b']"}, "message_id=task.output"),
    (post, {"operation": "delete", "message_id": ["a", "b"]}, "message_id must be one id, not a v"),
    (
        ZoomChatbotMessageOperator,
        {"message": "Hi", "reply_to": "m"},
        "reply_to needs the target of its message",
    ),
    (post, {"message": "Hi", "to_channel": "x@xmpp.zoom.us"}, "is a JID of a user or a bot"),
    (post, {"message": "Hi", "user_id": "me"}, "No acting user"),
    (post, {"message": "Hi", "message_id": "m"}, "operation 'send' takes no message_id"),
    (post, {"message": "Hi", "at_items": "Ann"}, "at_items must be a list of dicts"),
    (post, {"operation": "edit", "message": "Hi", "message_id": "None"}, "was it skipped"),
    (
        post,
        {"operation": "edit", "message_id": "m", "message": "Hi", "rich_text": [{}]},
        "operation 'edit' takes no rich_text",
    ),
    (
        post,
        {"operation": "delete", "message_id": "m", "message": "Hi"},
        "operation 'delete' takes no message",
    ),
    (post, {"message": "Hi", "zoom_conn_id": "zoom_chatbot_default"}, "has no app of this kind"),
    (post, {"message": "Hi", "zoom_conn_id": "zoom_nowhere"}, "'zoom_nowhere' does not exist"),
    (ZoomChatbotMessageOperator, {"message": "a", "content": CARD}, "Both message and content"),
    (ZoomChatbotMessageOperator, {"content": "Hi"}, "content is not a card"),
    (ZoomChatbotMessageOperator, {"content": {"text": "Hi"}}, "content is not a card"),
    (ZoomChatbotMessageOperator, {"message": "Hi", "to_jid": "a@b"}, "neither a channel's id"),
    (ZoomChatbotMessageOperator, {"message": "Hi", "user_jid": "a@b"}, "is no user's JID"),
    (
        ZoomChatbotMessageOperator,
        {"message": "Hi", "zoom_conn_id": "zoom_default"},
        "ZoomChatbotMessageOperator (send_chatbot_message",
    ),
    (
        post,
        {"operation": "delete", "message_id": "m", "markdown": True},
        "operation 'delete' takes no markdown",
    ),
]


@pytest.mark.parametrize(("operator", "arguments", "words"), BAD)
def test_bad_input(
    zoom: Sandbox,
    airflow_home: str,
    operator: Callable[..., Any],
    arguments: dict[str, Any],
    words: str,
) -> None:
    """Bad input fails the task for good, in the operator's words, before any call."""
    named = arguments if operator is post else {"task_id": "t", **arguments}
    with pytest.raises(AirflowFailException) as caught:
        run(operator(**named))
    assert words in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert zoom.requests() == []


class OwnOperator(ZoomChatMessageOperator):
    """Somebody's own."""


EARLY: list[tuple[Any, dict[str, Any], str]] = [
    (ZoomChatMessageOperator, {}, "operation 'send' needs message or content."),
    (OwnOperator, {"message": ""}, "operation 'send' needs message or content."),
    (ZoomChatMessageOperator, {"operation": "edit", "message": "Hi"}, "'edit' needs message_id"),
    (OwnOperator, {"operation": "delete", "message_id": None}, "'delete' needs message_id"),
    (
        ZoomChatbotMessageOperator,
        {"operation": "edit", "message_id": ""},
        "'edit' needs message_id",
    ),
    (
        ZoomChatMessageOperator,
        {"operation": "edit", "message_id": "m"},
        "'edit' needs message or content.",
    ),
    (ZoomChatbotMessageOperator, {}, "operation 'send' needs message or content."),
    (ZoomWebhookMessageOperator, {"content": []}, "operation 'send' needs message or content."),
    (
        ZoomChatMessageOperator,
        {"message": "Hi", "to_channel": "a", "to_contact": "b"},
        "both to_channel and to_contact are given",
    ),
]


@pytest.mark.parametrize(("operator", "arguments", "words"), EARLY)
def test_bad_input_while_parsing(operator: Any, arguments: dict[str, Any], words: str) -> None:
    """What could only fail in a run is refused when the DAG is parsed, by the class's name."""
    with pytest.raises(ConfigError) as caught:
        operator(task_id="t", **arguments)
    assert str(caught.value).startswith(f"{operator.__name__}: ")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "make", [OwnOperator, OwnOperator.partial, ZoomWebhookMessageOperator.partial]
)
def test_an_unknown_argument(make: Any) -> None:
    """A misspelt argument is named with the class that was used."""
    name = "ZoomWebhookMessageOperator" if "Webhook" in str(make) else "OwnOperator"
    with pytest.raises(Exception, match=rf"(?s){name}.*mesage"):  # Airflow 2 has one of its own
        make(task_id="t", mesage="Hi")


def test_files_that_are_sent_are_no_templates(zoom: Sandbox, tmp_path: Any) -> None:
    """A path with the ending of a template is a file to upload, and an id is an id."""
    path = tmp_path / "cards.json.j2"
    path.write_text("{{ this_is_sent_as_it_is }}")
    task = post(message="The template", files=[str(path)], user_id="airflow@example.com")
    task.resolve_template_files()
    render(task)
    run(task)
    assert [file["name"] for file in zoom.messages()[-1]["files"]] == ["cards.json.j2"]


def test_templates_may_choose_the_place() -> None:
    """Two places of which a template leaves one empty are no mistake."""
    post(message="Hi", to_channel="{{ params.channel }}", to_contact="ann@example.com")


def test_no_channel_anywhere(zoom: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a target the error names both places where one can be set."""
    connection = zoom.connection("server_to_server")
    del connection["extra"]["channel"]
    monkeypatch.setenv("AIRFLOW_CONN_ZOOM_DEFAULT", json.dumps(connection))
    with pytest.raises(AirflowFailException, match="or fill Default channel in the connection"):
        run(post(message="Hi"))
    assert zoom.requests() == []


def test_a_refusal_fails_for_good(zoom: Sandbox) -> None:
    """What no retry can cure is not retried."""
    with pytest.raises(AirflowFailException, match="Channel does not exist"):
        run(post(message="Hi", to_channel="0" * 32))


def test_passing_trouble_goes_to_airflows_retries(zoom: Sandbox) -> None:
    """What may pass is raised as it is, with its data."""
    zoom.fail(429, path="/chat/users", headers={"Retry-After": "600"})
    with pytest.raises(RateLimitError) as caught:
        run(post(message="Hi"))
    assert caught.value.retry_after == 600


def test_a_message_that_may_have_arrived_is_not_retried(zoom: Sandbox) -> None:
    """Airflow's retries would post again what may be there already, so the task fails for good."""
    zoom.withhold(LIST_MESSAGES)
    zoom.drop(path="/chat/users", accept=True)
    with pytest.raises(AirflowFailException, match="look into the chat before you send it again"):
        run(post(message="Hi"))
    assert len(zoom.messages()) == 1


def test_a_muted_connection(zoom: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Muted, a whole pipeline of messages runs through and sends nothing."""
    connection = zoom.connection("server_to_server")
    connection["extra"]["muted"] = True
    monkeypatch.setenv("AIRFLOW_CONN_ZOOM_DEFAULT", json.dumps(connection))
    store = Store()
    first, second = Ti(), Ti()
    ids = [run(post(message="one"), ti, store) for ti in (first, second)]
    assert all(message_id.startswith("muted-") for message_id in ids)
    assert ids[0] != ids[1]
    assert first.xcoms["zoom_message"]["message_id"] == ids[0]
    edit = post(operation="edit", message_id=ids[0], message="two")
    assert run(edit) == ids[0]
    assert run(post(message="three", reply_main_message_id=ids[0]))
    assert run(post(operation="delete", message_id=ids[0])) == ids[0]
    assert zoom.requests() == []
    assert store == {}


def test_what_was_muted_once(zoom: Sandbox) -> None:
    """Unmuted in between, a message that was never sent is not changed, nor is it a thread."""
    muted = "muted-89c8dbf087244bf3a5a5a69ad3c334ec"
    assert run(post(operation="edit", message_id=muted, message="two")) == muted
    assert run(post(operation="delete", message_id=muted)) == muted
    assert zoom.requests() == []
    run(post(message="three", reply_main_message_id=muted))
    to = world.DATA_PIPELINES.jid
    run(ZoomChatbotMessageOperator(task_id="t", message="four", to_jid=to, reply_to=muted))
    assert [(m["text"], m["reply_to"]) for m in zoom.messages()] == [
        ("three", None),
        ("four", None),
    ]


def test_a_retry_does_not_post_again(zoom: Sandbox) -> None:
    """A task that is tried again finds what it posted, and pushes the same XComs."""
    store, again = Store(), Ti()
    first = run(post(message="one"), store=store)
    assert run(post(message="one"), again, store) == first
    assert again.xcoms["zoom_message"]["message_id"] == first
    assert len(zoom.messages()) == 1
    assert len(zoom.requests("/chat/users")) == 1


def test_a_retry_with_another_text_edits(zoom: Sandbox) -> None:
    """If the text has changed since, the earlier message gets it; a third try leaves it alone.

    A format that has changed is a change too.
    """
    store = Store()
    first = run(post(message="try 1", rich_text=[]), store=store)
    assert run(post(message="try 2"), store=store) == first
    assert run(post(message="try 2"), store=store) == first
    (message,) = zoom.messages()
    assert (message["text"], message["history"]) == ("try 2", ["try 1"])
    assert len(zoom.requests("/chat/users")) == 2
    store, bot = Store(), ZoomChatbotMessageOperator
    first = run(bot(task_id="t", message="Load " + styled("late", Bold="")), store=store)
    assert run(bot(task_id="t", message="Load late"), store=store) == first
    content = {"body": [{"type": "message", "text": "Load late"}]}
    assert zoom.messages()[-1]["content"] == content


def test_a_retry_after_somebody_deleted_the_message(zoom: Sandbox) -> None:
    """What was deleted and has a new text is posted anew: nobody sees it twice."""
    for operator in (ZoomChatMessageOperator, ZoomChatbotMessageOperator):
        zoom.reset()
        store = Store()
        first = run(operator(task_id="t", message="try 1"), store=store)
        run(operator(task_id="t", operation="delete", message_id=first))
        second = run(operator(task_id="t", message="try 2"), store=store)
        assert second != first
        assert [(m["text"], m["deleted"]) for m in zoom.messages()] == [
            ("try 1", True),
            ("try 2", False),
        ]
        assert store["zoom_message"]["message"]["message_id"] == second


def test_a_retry_whose_edit_is_refused_fails(zoom: Sandbox) -> None:
    """Any other refusal of the edit does not lead to a second message."""
    store = Store()
    run(post(message="try 1"), store=store)
    zoom.fail(400, path="/messages/", body={"code": 200, "message": "No permission."})
    with pytest.raises(AirflowFailException, match="Could not edit a message"):
        run(post(message="try 2"), store=store)
    assert len(zoom.messages()) == 1


def test_a_retried_reply_with_formats_edits(zoom: Sandbox) -> None:
    """What an edit cannot carry does not stop a retry from editing."""
    store = Store()
    main = run(post(message="main"))
    bold = [{"format_type": "Bold", "start_position": 0, "end_position": 2}]
    run(post(message="try 1", reply_main_message_id=main, rich_text=bold), store=store)
    run(post(message="try 2", reply_main_message_id=main, rich_text=bold), store=store)
    assert [message["text"] for message in zoom.messages()] == ["main", "try 2"]


def test_a_retried_reply_is_where_its_thread_is(zoom: Sandbox) -> None:
    """A retry edits a reply in the channel of what it replies to, as a user and as a bot."""
    other = next(c["id"] for c in zoom.state()["channels"] if c["name"] == "data-team")
    kinds: list[tuple[Any, str, str]] = [
        (ZoomChatMessageOperator, "to_channel", "reply_main_message_id"),
        (ZoomChatbotMessageOperator, "to_jid", "reply_to"),
    ]
    for operator, place, thread in kinds:
        zoom.reset()
        ti, store = Ti(), Store()
        run(operator(task_id="main", message="main", **{place: other}), ti)
        main = {thread: ti.xcoms["zoom_message"]}
        run(operator(task_id="t", message="try 1", **main), store=store)
        run(operator(task_id="t", message="try 2", **main), store=store)
        assert [(m["text"], m["channel_name"]) for m in zoom.messages()] == [
            ("main", "data-team"),
            ("try 2", "data-team"),
        ]
        change = zoom.requests("/messages/")[-1]
        assert other in str(change["body"][place])


def test_another_place_is_another_message(zoom: Sandbox) -> None:
    """A try that goes to another channel posts there."""
    store = Store()
    other = next(c["id"] for c in zoom.state()["channels"] if c["name"] == "data-team")
    run(post(message="one"), store=store)
    run(post(message="one", to_channel=other), store=store)
    assert [m["channel_name"] for m in zoom.messages()] == ["data-pipelines", "data-team"]


@pytest.mark.parametrize(
    ("again", "max_tries"),
    [
        ({"durable": False}, 2),
        # Clearing raises the task instance's max_tries, which tells it from a retry.
        ({}, 3),
    ],
    ids=["switched off", "cleared"],
)
def test_what_posts_again(zoom: Sandbox, again: dict[str, Any], max_tries: int) -> None:
    """Without durable each try posts, and so does a task that was cleared."""
    store, ti = Store(), Ti()
    run(post(message="one", **again), store=store)
    ti.max_tries = max_tries
    run(post(message="one", **again), ti, store)
    assert len(zoom.messages()) == 2
    assert bool(store) == (again == {})


def test_a_bots_retry_edits_and_a_webhooks_keeps(zoom: Sandbox) -> None:
    """A bot's message is edited; a webhook's cannot be, and is not posted twice either."""
    for operator in (ZoomChatbotMessageOperator, ZoomWebhookMessageOperator):
        store = Store()
        for text in ("try 1", "try 2"):
            run(operator(task_id="t", message=text), store=store)
    bot, webhook = zoom.messages()
    assert (bot["text"], webhook["text"]) == ("try 2", "try 1")


def test_a_store_that_fails_after_the_send(zoom: Sandbox) -> None:
    """The message is out, so the task succeeds; a later try does not know, and does not post."""
    zoom.withhold(LIST_MESSAGES)
    store = BrokenStore()
    assert run(post(message="one"), store=store)
    with pytest.raises(AirflowFailException, match="look into the chat before you send it again"):
        run(post(message="one"), store=store)
    assert len(zoom.messages()) == 1


def test_a_store_that_cannot_be_read(zoom: Sandbox) -> None:
    """Before the first try nothing can be in it; a later try waits for Airflow."""
    assert run(post(message="one"), store=BlindStore())
    again = Ti()
    again.try_number = 2
    with pytest.raises(RuntimeError, match="the API server is away"):
        run(post(message="one"), again, BlindStore())
    assert len(zoom.messages()) == 1


def test_a_try_that_died_while_sending(zoom: Sandbox) -> None:
    """A later try that finds only the mark does not send again; a cleared one does."""
    zoom.withhold(LIST_MESSAGES)
    store, cleared = KilledStore(), Ti()
    cleared.max_tries = 3
    with pytest.raises(KeyboardInterrupt):
        run(post(message="one"), store=store)
    store.is_killed = False
    with pytest.raises(AirflowFailException, match="An earlier try ended while it was sending"):
        run(post(message="one"), store=store)
    assert len(zoom.messages()) == 1
    run(post(message="one"), cleared, store)
    assert len(zoom.messages()) == 2


class LateStore(Store):
    """A store that keeps, beside its value, how many calls of Zoom's API there were before."""

    def __init__(self, zoom: Sandbox) -> None:
        self.before: list[tuple[str, list[str]]] = []
        self.zoom = zoom

    def _note(self, what: str) -> None:
        self.before.append((what, [call["path"].split("/")[-1] for call in self.zoom.requests()]))

    def set(self, key: str, value: Any) -> None:
        """Note it."""
        self._note("message" if "message" in value else "mark")
        super().set(key, value)

    def delete(self, key: str) -> None:
        """Note it."""
        self._note("no mark")
        super().delete(key)


@pytest.mark.oldest_and_newest
def test_the_mark_is_set_when_the_message_goes_out(zoom: Sandbox) -> None:
    """Not while the task waits for a token or a limit: what ends it then has posted nothing."""
    store = LateStore(zoom)
    zoom.fail(429, path="/chat/users", headers={"Retry-After": "1"})
    run(post(message="one"), store=store)
    assert store.before == [
        ("mark", ["token"]),
        ("no mark", ["token", "messages"]),
        ("mark", ["token", "messages"]),
        ("message", ["token", "messages", "messages"]),
    ]


def test_the_mark_is_taken_back_before_another_token(zoom: Sandbox) -> None:
    """A refused token is renewed without a mark, for that may take its time."""
    store = LateStore(zoom)
    zoom.fail(401, path="/chat/users")
    run(post(message="one"), store=store)
    assert [what for what, _ in store.before] == ["mark", "no mark", "mark", "message"]


def test_a_mark_that_cannot_be_left(zoom: Sandbox) -> None:
    """Where Airflow's store is away, nothing goes out, and Airflow's own error is seen."""

    class Away(Store):
        def set(self, key: str, value: Any) -> None:
            """Fail."""
            raise OSError("the API server is away")

    with pytest.raises(OSError, match="the API server is away"):
        run(post(message="one"), store=Away())
    assert zoom.messages() == []
    assert zoom.requests("/chat/") == []


def test_a_timeout_while_the_mark_is_kept(zoom: Sandbox) -> None:
    """A try that is cut off before its first byte leaves no mark, so the next one sends."""

    class Slow(Store):
        def set(self, key: str, value: Any) -> None:
            """Keep the mark, and be cut off."""
            super().set(key, value)
            if "message" not in value and not zoom.messages() and not self.was_cut_off:
                self.was_cut_off = True
                raise AirflowTaskTimeout("Timeout")

        was_cut_off = False

    store = Slow()
    with pytest.raises(AirflowTaskTimeout):
        run(post(message="one"), store=store)
    assert store == {}
    run(post(message="one"), store=store)
    assert len(zoom.messages()) == 1


@pytest.mark.oldest_and_newest
def test_at_least_once_sends_again(zoom: Sandbox) -> None:
    """With delivery="at_least_once" an unclear send is repeated, by the next try too."""
    store = KilledStore()
    zoom.fail(503, path="/chat/users")
    assert run(post(message="one", delivery="at_least_once"), store=Store())
    with pytest.raises(KeyboardInterrupt):
        run(post(message="two"), store=store)
    store.is_killed = False
    run(post(message="two", delivery="at_least_once"), store=store)
    assert [message["text"] for message in zoom.messages()] == ["one", "two", "two"]


@pytest.mark.parametrize("operation", ["send", "edit", "delete"])
def test_an_outage_need_not_fail_a_task(
    zoom: Sandbox, caplog: pytest.LogCaptureFixture, capfd: Any, operation: str
) -> None:
    """With on_error="log" one line says what was not done, and the task returns None."""
    zoom.fail(403, path="/chat/", times=9)
    message_id = None if operation == "send" else "7df8cc5b-efc4-4e08-9083-9823b8871c82"
    message = None if operation == "delete" else "one"
    ti = Ti()
    task = post(operation=operation, message=message, message_id=message_id, on_error="log")
    assert run(task, ti) is None
    assert ti.xcoms == {}
    # Airflow 2 logs through logging, and to the console besides; Airflow 3 to the console.
    places = (caplog.text, "".join(capfd.readouterr()))
    said = "The task succeeds all the same (on_error='log')."
    assert max(place.count(said) for place in places) == 1


def test_an_edit_of_what_was_not_posted(zoom: Sandbox) -> None:
    """What a logged error left without an id is named by the edit, or logged as well."""
    with pytest.raises(AirflowFailException, match="message_id is missing"):
        run(post(operation="edit", message_id="None", message="done"))
    assert run(post(operation="edit", message_id="None", message="done", on_error="log")) is None


@pytest.mark.parametrize("name", ["delivery", "on_error"])
def test_choices_are_checked_while_parsing(name: str) -> None:
    """A misspelt choice is refused before anything runs."""
    with pytest.raises(ConfigError, match=f"{name} must be one of .*, not 'maybe'"):
        post(message="one", **{name: "maybe"})


def test_what_surely_did_not_arrive_leaves_no_mark(zoom: Sandbox) -> None:
    """A refusal or a limit is no reason for the next try not to send."""
    store = Store()
    zoom.fail(429, path="/chat/users", headers={"Retry-After": "600"})
    with pytest.raises(RateLimitError):
        run(post(message="one"), store=store)
    assert store == {}
    client.forget()  # a retry is a process of its own
    assert run(post(message="one"), store=store)
    assert len(zoom.messages()) == 1


def test_another_reader_is_another_message(zoom: Sandbox) -> None:
    """What one person alone may see is not edited into something for another."""
    store = Store()
    users = [user["id"] for user in zoom.state()["users"]][:2]
    for user in users:
        operator = ZoomChatbotMessageOperator(task_id="t", message=user, visible_to_user=user)
        run(operator, store=store)
    assert [message["visible_to_user"] for message in zoom.messages()] == users


def test_empty_arguments_are_not_given(zoom: Sandbox) -> None:
    """What is empty may be shared by all operations of a `partial`."""
    message_id = run(post(message="one", at_items=[], reply_main_message_id=""))
    run(post(operation="edit", message_id=message_id, message="two", at_items=[]))
    shared: dict[str, Any] = {"content": "", "zoom_markdown": False}
    first = run(ZoomChatbotMessageOperator(task_id="t", message="one", **shared))
    run(ZoomChatbotMessageOperator(task_id="t", operation="delete", message_id=first, **shared))


@pytest.mark.parametrize(
    "operator",
    [ZoomChatMessageOperator, ZoomChatbotMessageOperator, ZoomWebhookMessageOperator],
)
def test_every_argument_is_templated(operator: Any, zoom: Sandbox) -> None:
    """All arguments but those that switch something are templated, and each reaches the hook."""
    from inspect import signature

    own = set(signature(operator.__init__).parameters) - {"self", "kwargs"}
    assert set(operator.template_fields) == own - {"operation", "durable", *operator.untemplated}
    methods = [signature(getattr(ZoomHook, name)) for name in operator.methods.values()]
    reached = {name for method in methods for name in method.parameters} - {"self"}
    assert reached == {*operator.template_fields, *operator.untemplated} - {"zoom_conn_id"}


def test_templates_are_rendered(zoom: Sandbox) -> None:
    """Texts, cards and ids are rendered with the task's context."""
    operator = ZoomChatbotMessageOperator(
        task_id="t",
        content={"head": {"text": "{{ run_id }}"}},
        zoom_markdown="{{ true }}",  # type: ignore[arg-type]
        to_jid="{{ where }}",
        zoom_conn_id="{{ conn }}",
    )
    channel = next(c["id"] for c in zoom.state()["channels"] if c["name"] == "data-team")
    operator.render_template_fields(
        {"run_id": "r1", "where": channel, "conn": "zoom_chatbot_default"}  # type: ignore[typeddict-unknown-key]
    )
    run(operator)
    (message,) = zoom.messages()
    assert (message["text"], message["channel_name"]) == ("r1", "data-team")
    assert message["is_markdown_support"]


ANN = {"id": world.ANN.id, "jid": world.ANN.jid, "display_name": "Ann Lee"}
CONTEXT: dict[str, Any] = {
    "url": "https://a.example/log",
    "name": "load_orders",
    "error": "ValueError: *b* <!all> _c_",
    "rows": [["orders", 48210], ["items", 7]],
    "owner": "ann@example.com",
}
FILTERS = (
    "{{ owner | zoom_mention }} {{ url | zoom_link('Log') }} {{ name | zoom_code }} "
    "{{ error | zoom_escape }}\n{{ rows | zoom_table }}"
)
TABLE = "orders  48210\nitems       7"


def rendered(operator: Any, **more: Any) -> Any:
    """Return an operator whose templates Airflow has rendered."""
    operator.render_template_fields({**CONTEXT, **more})
    return operator


def say(zoom: Sandbox, operator: Any) -> list[tuple[str, frozenset[str]]]:
    """Run an operator whose bot may look Ann up, and return what its message shows."""
    user_lookup.forget()
    zoom.fail(200, path="/v2/users/", body=ANN)
    run(rendered(operator))
    return emphasis(zoom.messages()[-1])


PLAIN, MENTION, LINK, CODE = (frozenset(kinds) for kinds in ((), ["mention"], ["link"], ["code"]))
OPERATORS = [ZoomChatMessageOperator, ZoomChatbotMessageOperator, ZoomWebhookMessageOperator]


@pytest.mark.parametrize("markdown", [False, True], ids=["words", "markdown"])
@pytest.mark.parametrize("kind", OPERATORS)
def test_filters_at_every_api(zoom: Sandbox, kind: Any, markdown: bool) -> None:
    """A template's filters show the same on every API, in plain words and in markdown."""
    shown = say(zoom, kind(task_id="t", message=FILTERS, markdown=markdown))
    words = "".join(part for part, _ in shown)
    called = "@Ann Lee" if kind is ZoomChatbotMessageOperator else "@ann@example.com"
    assert read(words) == f"{called} Log load_orders {CONTEXT['error']}\n{TABLE}"
    by_words = {read(part): kinds for part, kinds in shown}
    assert by_words["Log"] == LINK
    assert by_words["load_orders"] == CODE
    assert by_words[TABLE.partition("\n")[0]] == CODE
    if kind is not ZoomWebhookMessageOperator:
        assert by_words[called] == MENTION


def read(words: str) -> str:
    """Return words as they read, whatever wide and narrow blanks are in them."""
    blank = words.replace("\N{FIGURE SPACE}", " ").replace("\N{MODIFIER LETTER GRAVE ACCENT}", "`")
    return blank.replace("\N{HAIR SPACE}", "")


def test_filters_on_the_wire(zoom: Sandbox) -> None:
    """Filters become positions for a user, and Zoom's markdown for a bot."""
    say(zoom, post(message=FILTERS))
    say(zoom, ZoomChatbotMessageOperator(task_id="t", message=FILTERS))
    user, bot = zoom.messages()
    assert user["at_items"] == [
        {"at_type": 1, "at_contact": "ann@example.com", "start_position": 0, "end_position": 15}
    ]
    assert {entry["format_type"] for entry in user["rich_text"]} == {
        *("AddLink", "FontColor", "BackgroundColor")
    }
    (block,) = bot["content"]["body"]
    assert block["is_markdown_support"] is True
    assert block["text"] == (
        f"<!{world.ANN.jid}|Ann Lee> <https://a.example/log|Log> `load_orders` "
        "ValueError: *\N{HAIR SPACE}b* &lt;!all&gt; _\N{HAIR SPACE}c_\n"
        f"```\n{TABLE}\n```"
    )


@pytest.mark.parametrize("kind", OPERATORS[1:])
@pytest.mark.parametrize("as_json", [False, True], ids=["dict", "JSON"])
def test_filters_in_a_card(zoom: Sandbox, kind: Any, as_json: bool) -> None:
    """In a card, too, each text has what its filters gave, as far as Zoom can show it there."""
    card = {
        "head": {"text": "{{ name | zoom_code }}"},
        "body": [
            {"type": "message", "text": "**{{ name | zoom_escape }}** `x`", "markdown": True},
            {"type": "message", "text": "**{{ name | zoom_code }}**"},
            {"type": "message", "text": "plain {{ name }}", "style": {"bold": True}},
            {"type": "fields", "items": [{"key": "Log", "value": "{{ url | zoom_link('Log') }}"}]},
        ],
    }
    operator = kind(task_id="t", content=json.dumps(card) if as_json else card)
    say(zoom, operator)
    content = zoom.messages()[-1]["content"]
    assert content["head"]["text"] == "load_orders"
    assert [block.get("text") for block in content["body"]] == [
        "*load_orders* `x`",
        "*\N{HAIR SPACE}*\N{HAIR SPACE}`load_orders`*\N{HAIR SPACE}*\N{HAIR SPACE}",
        "plain load_orders",
        None,
    ]
    assert [block.get("is_markdown_support") for block in content["body"]] == [
        True,
        True,
        None,
        None,
    ]
    assert content["body"][3]["items"][0]["value"] == "Log (https://a.example/log)"


def test_zooms_own_markdown_with_filters(zoom: Sandbox) -> None:
    """Who writes Zoom's markdown keeps it, and the filters speak it."""
    operator = ZoomChatbotMessageOperator(
        task_id="t", message="*{{ name | zoom_code }}* _x_", zoom_markdown=True
    )
    say(zoom, operator)
    assert zoom.messages()[-1]["content"]["body"][0]["text"] == "*`load_orders`* _x_"


@pytest.mark.parametrize("kind", OPERATORS)
def test_a_text_is_templated(zoom: Sandbox, kind: Any) -> None:
    """A text that was put together by functions may hold templates, and keeps its formats."""
    message = styled("{{ name }}", Bold="") + " {{ name | zoom_escape }}: " + mention("{{ owner }}")
    shown = say(zoom, kind(task_id="t", message=message))
    assert shown[0] == ("load_orders", frozenset({"bold"}))
    assert shown[1][0].startswith(" load_orders: ")
    assert "@" in "".join(words for words, _ in shown)


def test_rendered_twice(zoom: Sandbox) -> None:
    """A task whose templates are rendered again, as after a deferral, sends the same."""
    operator = post(message="{{ name | zoom_code }} **", markdown=True)
    run(rendered(rendered(operator)))
    (message,) = zoom.messages()
    assert message["text"] == "load_orders **"


@pytest.mark.parametrize("kind", OPERATORS)
def test_markdown_that_is_edited_and_retried(zoom: Sandbox, kind: Any) -> None:
    """A retry whose markdown has changed edits what was posted, as every other text."""
    store = Store()
    run(kind(task_id="t", message="**try 1**", markdown=True), store=store)
    run(kind(task_id="t", message="**try 2**", markdown=True), store=store)
    (message,) = zoom.messages()
    number = 1 if kind is ZoomWebhookMessageOperator else 2
    assert "".join(words for words, _ in emphasis(message)) == f"try {number}"


@pytest.mark.parametrize("kind", OPERATORS[1:])
def test_files_where_there_are_none(kind: Any) -> None:
    """Bots and webhooks can upload no file, which shows when the DAG is parsed."""
    with pytest.raises(ConfigError) as caught:
        kind(task_id="t", message="Hi", files=["report.csv"])
    assert str(caught.value) == (
        f"{kind.__name__} takes no files: bots and webhooks can upload none. "
        "Send them with ZoomChatMessageOperator, or put a link into the card."
    )


def test_a_retry_leaves_files_alone(zoom: Sandbox) -> None:
    """What an edit does to files is not documented: a message with files stays as it was."""
    store = Store()
    files = [("a.csv", b"1")]
    uploaded = ZoomHook().upload_file(("b.csv", b"2"))
    first = run(post(message="try 1", files=files, file_ids=[uploaded]), store=store)
    assert run(post(message="try 2", files=files, file_ids=[uploaded]), store=store) == first
    (message,) = zoom.messages()
    assert (message["text"], [file["name"] for file in message["files"]]) == (
        "try 1",
        ["b.csv", "a.csv"],
    )


def test_an_upload_is_no_message(zoom: Sandbox) -> None:
    """While files go out nothing is marked as on its way: a lost worker has posted nothing."""
    store = MarkedStore()
    zoom.fail(403, path="/files")
    with pytest.raises(AirflowFailException, match="Could not upload"):
        run(post(message="Hi", files=[("a.csv", b"1")]), store=store)
    assert store.marks == 0
    run(post(message="Hi", files=[("a.csv", b"1")]), store=store)
    assert store.marks == 2


def test_data_with_lines_in_markdown_that_is_set_in(zoom: Sandbox) -> None:
    """The indentation that counts is the author's, whatever lines the data has."""
    operator = post(message="\n    ## Head\n\n    {{ said }}\n\n    **b**\n", markdown=True)
    render(operator, said="one\ntwo")
    run(operator)
    (message,) = zoom.messages()
    assert message["text"] == "Head\n\none\ntwo\n\nb"


def test_words_that_read_like_python(zoom: Sandbox) -> None:
    """Where a DAG renders to Python values, what is no template stays as it is written."""
    with DAG("native", render_template_as_native_obj=True, schedule=None):
        text = post(message="48,210" + mention("ann@example.com") + " {{ n }}")
        card = ZoomChatbotMessageOperator(
            task_id="card", content={"head": {"text": "48,210"}, "body": []}
        )
    for operator in (text, card):
        render(operator, n=7)
        run(operator)
    assert [message["text"] for message in zoom.messages()] == [
        "48,210@ann@example.com 7",
        "48,210",
    ]


def test_what_airflows_page_shows_of_a_card() -> None:
    """A card with formats is plain JSON there."""
    block = {"type": "message", "text": "**{{ n }}** {{ 'x_y' | zoom_code }}", "markdown": True}
    operator = ZoomChatbotMessageOperator(task_id="card", content={"body": [block]})
    render(operator, n=5)
    assert json.loads(json.dumps(operator.content)) == {
        "body": [{"type": "message", "text": "*5* `x_y`", "is_markdown_support": True}]
    }


def test_a_text_is_pushed_as_json(zoom: Sandbox) -> None:
    """A message with formats leaves plain JSON behind."""
    ti, store = Ti(), Store()
    assert run(post(message=Text("Hi") + styled("!", Bold="")), ti, store)
    assert ti.xcoms["zoom_message"]["app_type"] == "server_to_server"
    assert store


@pytest.fixture(scope="module")
def dags(airflow_home: str) -> ModuleType:
    """The DAGs of these tests."""
    return dag_file("zoom_texts")


def test_filters_on_a_real_airflow(dags: ModuleType, zoom: Sandbox) -> None:
    """Airflow itself renders the filters, with what another task has returned."""
    user_lookup.forget()
    zoom.fail(200, path="/v2/users/", body=ANN)
    dags.filters.test()
    shown = [emphasis(message) for message in zoom.messages()]
    assert len(shown) == 3
    for runs in shown:
        assert runs[0] == ("zoom_texts_filters", frozenset({"bold"}))
        lines = read("".join(words for words, _ in runs)).split("\n")
        assert lines[0].startswith("zoom_texts_filters by @")
        assert [line.split() for line in lines if line.strip("-\N{FIGURE DASH} ")][1:] == [
            ["table", "rows"],
            ["load_orders", "48210"],
            ["items", "7"],
        ]
    assert [len(message["at_items"]) for message in zoom.messages()] == [1, 0, 0]


def test_filters_of_mapped_tasks(dags: ModuleType, zoom: Sandbox) -> None:
    """Each of the tasks that one was mapped to has texts of its own."""
    dags.mapped.test()
    shown = [
        "".join(f"{words}[{'+'.join(sorted(kinds))}]" for words, kinds in emphasis(message))
        for message in zoom.messages()
    ]
    assert sorted(map(read, shown)) == [
        "**1** *[]",
        "0[bold] *[]",
        "0[bold] []a_b[code]",
        "1[italic]",
    ]


def test_functions_on_a_real_airflow(dags: ModuleType, zoom: Sandbox) -> None:
    """A text with formats goes through Airflow's own serialization and rendering."""
    dags.functions.test()
    (message,) = zoom.messages()
    assert message["text"] == "@ann@example.com: zoom_texts_functions failed"
    assert [entry["format_type"] for entry in message["rich_text"]] == ["Bold"]
    assert message["at_items"][0]["at_contact"] == "ann@example.com"


def test_targets_between_delimiters_of_the_dags_own() -> None:
    """Which of two templates is empty shows only in a run, whatever the DAG's delimiters are."""
    targets: Any = {"to_channel": "{= a =}", "to_contact": "{= b =}"}
    assert ZoomChatMessageOperator(task_id="post", message="Hi", **targets).to_contact == "{= b =}"
    assert ZoomChatNotifier("Hi", **targets).to_contact == "{= b =}"
