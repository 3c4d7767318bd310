"""Cards in a user's messages: over a socket to the sandbox, and what the chat shows afterwards."""

from __future__ import annotations

import json
from dataclasses import replace
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException
from conftest import dag_file

from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.notifications.groups.sending import group_of, send_in
from airflow_provider_zoomchat.notifications.zoom import ZoomChatbotNotifier, ZoomChatNotifier
from airflow_provider_zoomchat.operators.zoom import ZoomChatMessageOperator
from airflow_provider_zoomchat.sandbox import Sandbox
from airflow_provider_zoomchat.sandbox.render.lines import emphasis
from airflow_provider_zoomchat.tools.preview.storm import SampleState
from airflow_provider_zoomchat.zoom.cards import card, fields, message
from airflow_provider_zoomchat.zoom.errors import ConfigError, RejectedError
from airflow_provider_zoomchat.zoom.text import mention

LOAD = card("Load finished", fields(Rows="48210"), color="#2e9e5b")
LINKED = card(
    "Load finished",
    message("**48,210** rows, [log](https://example.com/log)", markdown=True),
    fields(Table="orders"),
)


def cards(posted: dict[str, Any]) -> list[Any]:
    """Return the cards of a message in the sandbox."""
    return [json.loads(each["card_json"])["content"] for each in posted["interactive_cards"]]


def test_a_users_card_lives(zoom: Sandbox) -> None:
    """A card is posted with its first line above it, replaced, and taken away."""
    hook = ZoomHook()
    posted = hook.send_message(content=LOAD)
    assert posted
    (message,) = zoom.messages(text="48210")
    assert (message["text"], cards(message)) == ("Load finished", [LOAD])
    hook.edit_message(posted, message="Now:", content={"head": {"text": "Load late"}})
    assert zoom.shown(zoom.message()) == "Now:\nLoad late"
    hook.edit_message(posted, message="Nothing more")
    assert cards(zoom.message()) == [{"head": {"text": "Load late"}}]
    hook.edit_message(posted, message="Nothing", content={})
    assert (zoom.message()["text"], cards(zoom.message())) == ("Nothing", [])


def test_a_card_below_a_text(zoom: Sandbox) -> None:
    """A message with mentions and formats stands above its card, in a thread too."""
    hook = ZoomHook()
    first = hook.send_message(message="Load")
    text = mention("ann@example.com") + " look"
    hook.send_message(message=text, content=LOAD, reply_main_message_id=first)
    reply = zoom.message(text="look")
    assert (reply["reply_to"], cards(reply)) == (first, [LOAD])
    assert reply["at_items"][0]["at_contact"] == "ann@example.com"


def test_a_refused_card_goes_as_formatted_text(
    zoom: Sandbox, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the app owns no cards, the same words go with their formats, and one line says why."""
    zoom.owns_cards = False
    posted = ZoomHook().send_message(message="See:", content=LINKED)
    sent = zoom.message()
    assert sent["id"] == posted
    assert sent["text"] == "See:\nLoad finished\n48,210 rows, log\nTable: orders"
    assert cards(sent) == []
    bold = {words for words, formats in emphasis(sent) if "bold" in formats}
    assert {"Load finished", "48,210", "Table"} <= bold
    links = [entry["format_attr"] for entry in sent["rich_text"] if entry["format_attr"]]
    assert links == ["https://example.com/log"]
    # Airflow 2 logs through logging, Airflow 3 to the console, and some do both.
    logged = capsys.readouterr().out if "code 5405" not in caplog.text else caplog.text
    assert logged.count("code 5405") == 1
    assert "It goes with text in place of its card." in logged


def test_a_refused_edit_goes_as_words(zoom: Sandbox) -> None:
    """Where Zoom refuses an edit's card, its words take the place of the text and the old card."""
    hook = ZoomHook()
    posted = hook.send_message(content=LOAD)
    assert posted
    zoom.owns_cards = False
    hook.edit_message(posted, content=LINKED)
    edited = zoom.message()
    assert cards(edited) == []
    assert edited["text"] == (
        "Load finished\n48,210 rows, log (https://example.com/log)\nTable: orders"
    )


def test_a_refused_card_and_an_unknown_person(zoom: Sandbox) -> None:
    """A card and a mention may both be refused: what is left is sent."""
    zoom.owns_cards = False
    body = {"code": 1001, "message": "User does not exist: ann@example.com."}
    zoom.fail(404, path="/messages", body=body)
    text = mention("ann@example.com") + " look"
    ZoomHook().send_message(message=text, content=LOAD)
    sent = zoom.message()
    assert sent["text"] == "@ann@example.com look\nLoad finished\nRows: 48210"
    assert sent["at_items"] == []


@pytest.mark.parametrize("code", [5405, 5406, 5045, 5046])
def test_positions_hold_where_a_card_is_refused(zoom: Sandbox, code: int) -> None:
    """Whatever code refuses the card, formats by position stay, and the card's words are plain."""
    bold = {"format_type": "Bold", "format_attr": "", "start_position": 0, "end_position": 2}
    zoom.fail(400, path="/messages", body={"code": code, "message": "No."})
    ZoomHook().send_message(message="See", content=LINKED, rich_text=[bold])
    sent = zoom.message()
    assert sent["rich_text"] == [bold]
    assert "log (https://example.com/log)" in sent["text"]


def test_another_refusal_is_an_error(zoom: Sandbox) -> None:
    """What is refused for another reason than its card is not sent without it."""
    zoom.fail(400, path="/messages", body={"code": 5301, "message": "Message sending failed."})
    with pytest.raises(RejectedError, match="5301"):
        ZoomHook().send_message(content=LOAD)
    assert zoom.messages() == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"content": {"title": "x"}}, "neither head nor body"),
        ({"content": {}}, "neither head nor body"),
        ({"content": {"body": [{"type": "massage"}]}}, "'massage' is no type of block"),
        ({"content": card("a", message("b" * 4001))}, "a card takes no more than 4000"),
        ({"message": "a" * 4097, "content": LOAD}, "no more than 4096"),
        ({"message": " ", "content": LOAD}, "message is empty"),
        ({}, "message is missing"),
    ],
)
def test_what_is_refused_before_a_call(
    zoom: Sandbox, arguments: dict[str, Any], words: str
) -> None:
    """A card of a user's message is checked as a bot's is, and nothing is sent."""
    with pytest.raises(ConfigError, match=words):
        ZoomHook().send_message(**arguments)
    assert zoom.requests() == []


def test_an_unchecked_card(zoom: Sandbox) -> None:
    """A card that is newer than the schema can be sent; Zoom judges it."""
    new = card("Load", {"type": "of next year", "text": "48,210 rows"})
    context: Any = {"ti": _Ti()}
    ZoomChatMessageOperator(task_id="post", content=new, validate=False).execute(context)
    assert zoom.message()["text"] == "Load\n48,210 rows"
    with pytest.raises(AirflowFailException, match="'of next year' is no type of block"):
        ZoomChatMessageOperator(task_id="post", content=new).execute(context)


def failed() -> dict[str, Any]:
    """Return the context of a task that has failed."""
    ti = SimpleNamespace(dag_id="sales", task_id="load", run_id="r", state="failed", try_number=1)
    return {"ti": ti, "exception": ValueError("column 'qty' is missing")}


def test_an_alert_with_a_card(zoom: Sandbox) -> None:
    """An author's card is templated, stands below text and mentions, and has what a bot's has."""
    content = card("{{ event.dag_id }}", message("**{{ exception }}**", markdown=True))
    ZoomChatNotifier(content=content, mention="ann@example.com", on_error="raise")(failed())
    ZoomChatNotifier("{{ ti.task_id }}", content=content, on_error="raise")(failed())
    first, second = zoom.messages()
    assert (first["text"], second["text"]) == ("sales\n@ann@example.com", "load")
    assert first["at_items"][0]["at_contact"] == "ann@example.com"
    assert cards(first) == cards(second)
    assert cards(first)[0]["body"][0]["text"] == "*column 'qty' is missing*"


def test_a_refused_alert_with_a_card(zoom: Sandbox) -> None:
    """Where Zoom refuses an alert's card, the same words go as formatted text, whoever wrote it."""
    zoom.owns_cards = False
    content = card("{{ event.dag_id }} broke", fields(Why="{{ exception }}"))
    ZoomChatNotifier("Look:", content=content, mention="ann@example.com")(failed())
    ZoomChatNotifier(as_card=True)(failed())
    own, ready_made = zoom.messages()
    assert own["text"] == ("Look:\nsales broke\nWhy: column 'qty' is missing\n@ann@example.com")
    assert ("sales broke", frozenset({"bold"})) in emphasis(own)
    assert ready_made["text"].startswith("❌ sales / load failed\nValueError: column")
    assert ready_made["rich_text"]


def test_an_alert_with_a_wrong_card(zoom: Sandbox) -> None:
    """A card that breaks a rule does not lose the alert: the ready-made one names the mistake."""
    ZoomChatNotifier(content={"body": [{"type": "massage"}]})(failed())
    (sent,) = zoom.messages()
    assert sent["text"].startswith("❌ sales / load failed")
    assert "'massage' is no type of block" in sent["text"]


def test_a_ready_made_alert_as_a_card(zoom: Sandbox) -> None:
    """On demand a ready-made alert is the card that a bot posts, below its first line."""
    ZoomChatNotifier(as_card=True, on_error="raise")(failed())
    ZoomChatbotNotifier(on_error="raise")(failed())
    user, bot = zoom.messages()
    assert cards(user) == [bot["content"]]
    assert user["text"] == "❌ sales / load failed"


def test_a_group_whose_channel_is_gone(zoom: Sandbox) -> None:
    """In the connection's channel instead, an edited card says no more than the first did."""
    notifier = ZoomChatNotifier(as_card=True, to_channel="0" * 32, on_error="raise")
    state = SampleState(3)
    for task_id in ("load", "check"):
        context = failed()
        context["ti"].task_id = task_id
        draft = notifier.draft(context)
        group = draft and group_of(notifier, draft, context)
        assert draft
        assert group
        assert send_in(replace(group, interval=0.0), notifier, draft, state)
        sent = zoom.messages()[0]
        assert len(cards(sent)) == 1
        assert "qty" not in zoom.shown(sent)
    assert sent["edited"]
    assert sent["text"] == "❌ sales: 2 of 3 tasks failed"


class _Ti:
    """A task instance that forgets what is pushed."""

    max_tries, try_number = 0, 1

    def xcom_push(self, key: str, value: Any) -> None:
        """Take it."""


@pytest.fixture(scope="module")
def dags(airflow_home: str) -> ModuleType:
    """The DAGs of these tests."""
    return dag_file("zoom_users_cards")


def test_cards_on_a_real_airflow(dags: ModuleType, zoom: Sandbox) -> None:
    """Cards are templated, come from files, are edited by another task, and keep their looks."""
    run = dags.cards.test()
    assert {str(ti.state) for ti in run.get_task_instances()} == {"success"}
    edited = zoom.message(text="48210 rows")
    assert edited["edited"]
    assert edited["text"] == "Done"
    assert edited["history"] == ["@ann@example.com look"]
    (shown,) = cards(edited)
    assert shown["body"] == [
        {"type": "message", "text": "*`48210`* rows", "is_markdown_support": True}
    ]
    file = next(each for each in zoom.messages() if each["id"] != edited["id"])
    assert cards(file) == [{"head": {"text": "zoom_users_cards"}}]
