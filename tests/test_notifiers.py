"""The notifiers, over a socket to the local Zoom."""

from __future__ import annotations

import asyncio
import functools
import json
import os
import re
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime, timedelta, timezone
from itertools import cycle
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest
import requests_mock
from airflow.providers.common.compat.sdk import DAG

from airflow_provider_zoomchat._compat import AIRFLOW, mask_secret
from airflow_provider_zoomchat.hooks import user_lookup
from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.notifications.alerts import DEADLINE_MISSED, TASK_FAILED
from airflow_provider_zoomchat.notifications.policy import add_alerts
from airflow_provider_zoomchat.notifications.zoom import (
    ZoomChatbotNotifier,
    ZoomChatNotifier,
    ZoomWebhookNotifier,
)
from airflow_provider_zoomchat.sandbox import Sandbox, world
from airflow_provider_zoomchat.sandbox.render.lines import emphasis
from airflow_provider_zoomchat.zoom.errors import (
    ConfigError,
    CredentialsError,
    RateLimitError,
    RejectedError,
    UnreachableError,
)
from airflow_provider_zoomchat.zoom.text import link, styled

NESTED: dict[str, Any] = {"type": "section"}
for _ in range(3000):
    NESTED = {"type": "section", "sections": [NESTED]}

NOW = datetime(2026, 11, 20, 6, tzinfo=timezone.utc)
NOTIFIERS = [ZoomChatNotifier, ZoomChatbotNotifier, ZoomWebhookNotifier]


def failed(task_id: str = "load_orders", error: Any = None, **more: Any) -> dict[str, Any]:
    """Return the context of a task that has failed."""
    task = SimpleNamespace(task_id=task_id, owner="data-team")
    ti = SimpleNamespace(
        dag_id="sales_daily",
        task_id=task_id,
        run_id="r_1",
        map_index=-1,
        try_number=1,
        max_tries=0,
        state="failed",
        start_date=NOW,
        end_date=None,
        task=task,
        log_url=f"https://a.example/dags/sales_daily/runs/r_1/tasks/{task_id}?try_number=1",
    )
    error = ValueError("column 'qty' is missing") if error is None else error
    return {"ti": ti, "task": task, "run_id": "r_1", "exception": error, **more}


def texts(zoom: Sandbox) -> list[str]:
    """Return the texts of the messages in the chat."""
    return [message["text"] for message in zoom.messages()]


@pytest.mark.parametrize("kind", NOTIFIERS)
def test_no_argument_at_all(zoom: Sandbox, kind: Any) -> None:
    """With no argument, an alert that a person can act on stands in the connection's channel."""
    kind(on_error="raise")(failed())
    (message,) = zoom.messages("data-pipelines")
    for words in (
        "❌ sales_daily / load_orders failed",
        "ValueError: column 'qty' is missing",
        "Owner: data-team",
        "Open log",
        "Open run",
    ):
        assert words in message["text"]
    shown = json.dumps(message["content"] or message["rich_text"])
    assert "https://a.example/dags/sales_daily/runs/r_1/tasks/load_orders?try_number=1" in shown


@pytest.mark.parametrize("kind", NOTIFIERS)
@pytest.mark.parametrize(
    "context",
    [
        {},
        {"dag": SimpleNamespace(dag_id="sales_daily"), "run_id": "r_1", "reason": "task_failure"},
        {"ti": {"dag_id": "sales_daily", "task_id": "t", "state": "failed"}, "exception": "a text"},
        {"deadline": {"deadline_time": NOW}, "dag_run": {"dag_id": "d", "dag_run_id": "r"}},
        "no context",
        None,
    ],
)
def test_any_context(zoom: Sandbox, kind: Any, context: Any) -> None:
    """Empty, of three keys, of dicts, or no context at all: there is an alert."""
    kind(on_error="raise")(context)
    (text,) = texts(zoom)
    assert "None" not in text


def test_one_object_for_many_tasks(zoom: Sandbox) -> None:
    """One notifier serves many tasks, and neither it nor their contexts are changed."""
    target = f"{{{{ '{world.DATA_TEAM.id}' }}}}"
    notifier = ZoomChatNotifier("{{ ti.task_id }}: {{ exception }}", to_channel=target)
    assert notifier.log  # which Airflow makes when it is asked for
    before = dict(vars(notifier))
    contexts = [failed("one"), failed("two", ValueError("other"))]
    copies = [dict(context) for context in contexts]
    for context in contexts:
        notifier(context)
    assert [message["text"] for message in zoom.messages("data-team")] == [
        "one: column 'qty' is missing",
        "two: other",
    ]
    assert vars(notifier) == before
    assert contexts == copies


@pytest.mark.parametrize("kind", NOTIFIERS)
def test_what_came_from_data_is_harmless(zoom: Sandbox, kind: Any) -> None:
    """Jinja, Zoom's markdown, mentions, control characters and turned text are shown as words."""
    mask_secret("open-sesame-42")
    error = ValueError(
        "{{ 7 * 6 }} {% raw %} *b* _i_ <!all|all> <https://evil.example|x> @all"
        " \x1b[31m\x00\u202e open-sesame-42"
    )
    kind("{{ exception }}", on_error="raise")(failed("a_b_c", error))
    kind(on_error="raise")(failed("a_b_c", error))
    words = "{{ 7 * 6 }} {% raw %} *b* _i_ <!all|all> <https://evil.example|x> @all  ***"
    mine, ready_made = zoom.messages()
    assert mine["text"] == words
    assert f"ValueError: {words}" in ready_made["text"]
    assert "sales_daily / a_b_c failed" in ready_made["text"]
    for message in (mine, ready_made):
        assert message["at_items"] == []
        for block in (message["content"] or {"body": []})["body"]:
            assert not (words in str(block.get("text")) and block.get("is_markdown_support"))


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"message": "{{ nobody.knows }}"}, "message: UndefinedError: 'nobody' is undefined"),
        ({"message": "{% if %}"}, "message: TemplateSyntaxError: Expected an expression"),
        ({"message": "{{ 1 / 0 }}"}, "message: ZeroDivisionError: division by zero"),
        ({"message": "there_is_no.md.j2"}, "message: "),
        ({"message": "{{ '' }}"}, "message is empty."),
        ({"mention": "{{ owner_of(task) }}"}, "UndefinedError: 'owner_of' is undefined"),
        ({"to_channel": "{{ params.channel }}"}, "UndefinedError"),
    ],
)
def test_a_template_that_fails(zoom: Sandbox, arguments: dict[str, Any], why: str) -> None:
    """A template's error does not lose the alert: the ready-made one goes out and names it."""
    ZoomChatNotifier(**arguments, on_error="raise")(failed())
    (text,) = texts(zoom)
    assert text.startswith("❌ sales_daily / load_orders failed\n")
    assert f"failed: {why}" in text


def test_a_template_that_fails_beside_one_that_does_not(zoom: Sandbox) -> None:
    """A deadline has no DAG, where Airflow would leave what it does not know empty in silence."""
    context = {"deadline": {"deadline_time": NOW}, "dag_run": {"dag_id": "d", "dag_run_id": "r_1"}}
    ZoomChatNotifier("{{ dag_run.run_id }}")(context)
    ZoomChatNotifier("{{ event.dag_id }} {{ event.run_id }} is late")(context)
    first, second = texts(zoom)
    assert "has no attribute 'run_id'" in first
    assert second == "d r_1 is late"


def test_what_is_not_known_reads_as_nothing(zoom: Sandbox) -> None:
    """In an author's text too, what is not known is not called None."""
    words = "task: {{ event.task_id }}{{ event.task_id | zoom_code }}{{ event.owner }}."
    ZoomChatNotifier(words, on_error="raise")({})
    assert texts(zoom) == ["task: ."]


def test_message_files(zoom: Sandbox, tmp_path: Path) -> None:
    """A text and a card may stand in files beside the DAG; a subclass may have other endings."""

    class OfTexts(ZoomChatNotifier):
        template_ext = (".txt",)

    (tmp_path / "alert.txt").write_text("{{ ti.task_id }} is {{ word }}, too")
    (tmp_path / "alert.md.j2").write_text("{{ ti.task_id | zoom_code }} is {{ word }}")
    (tmp_path / "alert.json.j2").write_text('{"head": {"text": {{ ti.task_id | tojson }}}}')
    dag = DAG(
        "sales_daily",
        schedule=None,
        start_date=NOW,
        template_searchpath=str(tmp_path),
        user_defined_macros={"word": "broken"},
        render_template_as_native_obj=True,
    )
    ZoomChatNotifier("alert.md.j2", on_error="raise")(failed(dag=dag))
    ZoomChatbotNotifier(content="alert.json.j2", on_error="raise")(failed(dag=dag))
    OfTexts("alert.txt", on_error="raise")(failed(dag=dag))
    OfTexts("alert.md.j2", on_error="raise")(failed(dag=dag))
    broken = "load_orders is broken"
    assert texts(zoom) == [broken, "load_orders", f"{broken}, too", broken]


def test_native_objects_stay_text(zoom: Sandbox) -> None:
    """A message that reads like a number stays a text, whatever the DAG renders to."""
    dag = DAG("d", schedule=None, start_date=NOW, render_template_as_native_obj=True)
    ZoomChatNotifier("{{ 6 * 7 }}", on_error="raise")(failed(dag=dag))
    assert texts(zoom) == ["42"]


def test_filters(zoom: Sandbox) -> None:
    """Filters of the templates give what the API has: formats here, markdown there."""
    words = "{{ ti.task_id | zoom_code }} broke, see {{ ti.log_url | zoom_link('log') }}"
    ZoomChatNotifier(words)(failed())
    ZoomChatbotNotifier(words)(failed())
    ZoomWebhookNotifier(f"*{words}*", zoom_markdown=True)(failed())
    user, bot, webhook = zoom.messages()
    assert user["text"] == "load_orders broke, see log"
    assert {entry["format_type"] for entry in user["rich_text"]} == {
        *("AddLink", "FontColor", "BackgroundColor")
    }
    assert bot["text"].startswith("`load_orders` broke, see <https://a.example/dags/")
    assert webhook["text"] == f"*{bot['text']}*"


@pytest.mark.parametrize("kind", NOTIFIERS)
def test_markdown(zoom: Sandbox, kind: Any) -> None:
    """An author's markdown is read, and what came from data stays words where it is escaped."""
    words = (
        "**{{ ti.task_id | zoom_escape }}** failed: {{ exception | zoom_escape }}\n"
        "- [log]({{ ti.log_url }})\n- {{ ti.task_id | zoom_code }}"
    )
    error = ValueError("*b* [x](evil.example) <!all>")
    kind(words, markdown=True, on_error="raise")(failed(error=error))
    (message,) = zoom.messages()
    shown = [(part.replace("\u200a", ""), set(kinds)) for part, kinds in emphasis(message)]
    assert ("load_orders", {"bold"}) in shown
    assert (f" failed: {error}", set()) in shown
    assert ("log", {"bullet", "link"}) in shown
    assert ("load_orders", {"bullet", "code"}) in shown
    assert message["at_items"] == []


def test_markdown_that_nobody_could_read(zoom: Sandbox) -> None:
    """However long or deep an author's markdown is, there is an alert."""
    sources = ("*" * 1_000_000, "> " * 9000 + "a", "**a " * 3000 + "b** " * 3000)
    for kind, words in zip(NOTIFIERS, sources, strict=True):
        kind("{{ words }}", markdown=True, on_error="raise")(failed(words=words))
    assert len(zoom.messages()) == 3


SPLIT: list[dict[str, Any]] = [
    {"message": "[log](https://e.example/{{ a | zoom_escape }}{{ b }})", "markdown": True},
    {"message": r"[log](https://e.example/sup\_ersecret99)", "markdown": True},
]
SPLIT_IN_A_CARD = [
    {"type": "message", "text": "x {{ a | zoom_escape }}{{ b }}"},
    {"type": "message", "text": r"sup\_ersecret99 **x**", "markdown": True},
]


def test_a_secret_in_two_parts(zoom: Sandbox) -> None:
    """A secret that filters or escapes have hidden is in no address and in no card."""
    mask_secret("sup_ersecret99")
    for given in SPLIT:
        ZoomChatNotifier(**given, on_error="raise")(failed(a="sup_er", b="secret99"))
    for block in SPLIT_IN_A_CARD:
        notifier = ZoomChatbotNotifier(content={"body": [block]}, on_error="raise")
        notifier(failed(a="sup_er", b="secret99"))
    assert len(zoom.messages()) == 4
    assert "sup_ersecret99" not in json.dumps(zoom.requests("/messages"))


def test_a_long_text_is_cut_between_its_formats(zoom: Sandbox) -> None:
    """However long a text is when it is written for a bot, no link is cut through."""
    words = ", ".join(f"[the log of run {i}](https://e.example/runs/{i}/log)" for i in range(100))
    ZoomChatbotNotifier(words, markdown=True, on_error="raise")(failed())
    (message,) = zoom.messages()
    (block,) = message["content"]["body"]
    assert len(block["text"]) <= 4000
    assert re.sub(r"<https://[^|>]*\|[^>]*>", "", block["text"]).count("https") == 0


@pytest.mark.parametrize("kind", NOTIFIERS)
def test_a_text_with_formats(zoom: Sandbox, kind: Any) -> None:
    """A text that was put together by functions is templated, masked and keeps its formats."""
    mask_secret("open-sesame-42")
    message = (
        styled("{{ ti.task_id }}", Bold="")
        + " of "
        + link("{{ ti.dag_id }}", "{{ ti.log_url }}")
        + ": {{ word }}"
    )
    kind(message, on_error="raise")(failed(word="open-sesame-42"))
    (sent,) = zoom.messages()
    shown = [(part.replace("\u200a", ""), set(kinds)) for part, kinds in emphasis(sent)]
    assert shown == [
        ("load_orders", {"bold"}),
        (" of ", set()),
        ("sales_daily", {"link"}),
        (": ***", set()),
    ]


CARDS: dict[str, tuple[Any, str]] = {
    "a type that nobody knows": (
        {"body": [{"type": "header", "text": "x"}]},
        "content.body[0].type: 'header' is no type of block",
    ),
    "an empty field": (
        {"body": [{"type": "fields", "items": [{"key": "a", "value": ""}]}]},
        "content.body[0].items[0].value",
    ),
    "a list": ([1], "content is not a card"),
    "a text": ("no card", "content is not a card: it is a text, but not one in JSON"),
    "no JSON": ({"head": {"text": float("nan")}}, "content cannot be written as JSON"),
    "objects": ({"head": {"text": {1}}}, "content cannot be written as JSON"),
    "nested": ({"body": [NESTED]}, "content: RecursionError"),
}


@pytest.mark.usefixtures("no_collection")
@pytest.mark.parametrize("validate", [True, False], ids=["checked", "unchecked"])
@pytest.mark.parametrize("case", CARDS.values(), ids=CARDS)
@pytest.mark.parametrize("kind", [ZoomChatbotNotifier, ZoomWebhookNotifier])
def test_a_card_that_is_wrong(
    zoom: Sandbox, kind: Any, case: tuple[Any, str], validate: bool
) -> None:
    """Whatever is wrong with an author's card, the ready-made alert goes out, with the reason."""
    content, why = case
    kind(content=content, validate=validate, on_error="raise")(failed())
    (text,) = texts(zoom)
    assert text.startswith("❌ sales_daily / load_orders failed\n")
    assert why in text or (not validate and "Zoom refused it" in text)
    assert len(zoom.requests("/im/") or zoom.requests("webhook")) <= (1 if validate else 2)


def test_an_authors_card_with_markdown(zoom: Sandbox) -> None:
    """A card's own markdown and filters are read for an alert as for a message."""
    card = {
        "head": {"text": "{{ ti.task_id }}"},
        "body": [
            {"type": "message", "text": "**{{ exception | zoom_escape }}**", "markdown": True}
        ],
    }
    ZoomChatbotNotifier(content=card, on_error="raise")(failed())
    (message,) = zoom.messages()
    assert message["content"] == {
        "head": {"text": "load_orders"},
        "body": [
            {"type": "message", "text": "*column 'qty' is missing*", "is_markdown_support": True}
        ],
    }


def test_mentions_in_an_authors_text(zoom: Sandbox) -> None:
    """An author mentions people in the text too; whom a bot finds by an address, it asks once."""
    user_lookup.forget()
    zoom.fail(200, path="/v2/users/", body={"id": "u", "jid": world.ANN.jid, "display_name": "Ann"})
    words = "{{ 'ann@example.com' | zoom_mention }}, look"
    for kind in NOTIFIERS:
        kind(words, on_error="raise")(failed())
    user, bot, webhook = zoom.messages()
    assert [entry["at_contact"] for entry in user["at_items"]] == ["ann@example.com"]
    assert bot["text"] == f"<!{world.ANN.jid}|Ann>, look"
    assert webhook["text"] == "@ann@example.com, look"
    assert len(zoom.requests("/v2/users/")) == 1


def test_a_mention_in_a_text_that_zoom_refuses(zoom: Sandbox) -> None:
    """If Zoom does not know whom an author mentions in the text, the alert goes without."""
    zoom.fail(404, path="/chat/users", body={"code": 1001, "message": "User does not exist."})
    words = "{{ 'gone@example.com' | zoom_mention }} **look**"
    ZoomChatNotifier(words, markdown=True, on_error="raise")(failed())
    (message,) = zoom.messages()
    assert message["text"] == "@gone@example.com look"
    assert message["at_items"] == []
    assert [entry["format_type"] for entry in message["rich_text"]] == ["Bold"]


@pytest.mark.parametrize("mention", [None, "gone@example.com"])
def test_a_target_that_is_unknown(zoom: Sandbox, mention: str | None) -> None:
    """A contact whom Zoom does not know is tried at most twice: with mentions and without."""
    body = {"code": 1001, "message": "User does not exist."}
    zoom.fail(404, path="/chat/users", body=body, times=9)
    with pytest.raises(RejectedError):
        ZoomChatNotifier(mention=mention, on_error="raise")(failed())
    assert len(zoom.requests("/chat/users")) == (2 if mention else 1)


@pytest.mark.parametrize("kind", NOTIFIERS)
def test_credentials_that_zoom_refuses(zoom: Sandbox, logged: Callable[[], str], kind: Any) -> None:
    """No other form of an alert is tried, and nothing says that one was sent."""
    body = {"code": 4711, "message": "Invalid access token, does not contain scopes."}
    zoom.fail(400, body=body, times=9)
    kind()(failed())
    assert len([each for each in zoom.requests() if each["status"] == 400]) == 1
    assert "in a simpler form" not in (log := logged())
    assert "No alert was sent" in log


def test_a_refusal_with_a_status_of_success(zoom: Sandbox) -> None:
    """A card that Zoom refuses with a code in an answer of 200 goes in a simpler form."""
    zoom.fail(200, path="/im/chat", body={"code": 7001, "message": "Invalid content."})
    ZoomChatbotNotifier(on_error="raise")(failed())
    assert len(zoom.messages()) == 1


def test_the_label(connect: Callable[..., ZoomHook], zoom: Sandbox) -> None:
    """The connection's label stands in front of every alert."""
    connect(label="staging")
    ZoomChatNotifier(zoom_conn_id="zoom_test")(failed())
    ZoomChatNotifier("mine", zoom_conn_id="zoom_test")(failed())
    connect("chatbot", label="staging")
    ZoomChatbotNotifier(zoom_conn_id="zoom_test")(failed())
    ZoomChatbotNotifier("mine", zoom_conn_id="zoom_test")(failed())
    assert [text.partition("\n")[0] for text in texts(zoom)] == [
        "[staging] ❌ sales_daily / load_orders failed",
        "[staging] mine",
        "[staging] ❌ sales_daily / load_orders failed",
        "[staging] mine",
    ]


def test_mentions_of_a_user(zoom: Sandbox) -> None:
    """People are mentioned with the positions of their names, templated."""
    ZoomChatNotifier(mention=["{{ ti.task.owner }}", "ann@example.com", "all"])(failed())
    (message,) = zoom.messages()
    assert "\n@data-team @ann@example.com @all\n" in message["text"]
    found = {
        message["text"][entry["start_position"] : entry["end_position"] + 1]
        for entry in message["at_items"]
    }
    assert found == {"@ann@example.com", "@all"}


def test_a_mention_that_zoom_refuses(zoom: Sandbox) -> None:
    """An alert whose mention is refused goes without it, as plain text."""
    zoom.fail(404, path="/chat/users", body={"code": 1001, "message": "User does not exist."})
    ZoomChatNotifier(mention="gone@example.com", on_error="raise")(failed())
    (message,) = zoom.messages()
    assert "@gone@example.com" in message["text"]
    assert message["at_items"] == []
    assert message["rich_text"] != []


def test_mentions_of_a_bot(zoom: Sandbox) -> None:
    """A bot mentions by JID or user id; somebody whom Zoom does not know stays plain text."""
    ZoomChatbotNotifier(
        mention=f"{world.ANN.jid}|Ann {world.BOB.id} nobody@example.com all", on_error="raise"
    )(failed())
    (message,) = zoom.messages()
    line = message["content"]["body"][0]
    assert line["is_markdown_support"] is True
    assert line["text"] == (
        f"<!{world.ANN.jid}|Ann> <!{world.BOB.jid}|{world.BOB.id}> @nobody@example.com @all"
    )


def test_a_bot_that_looks_people_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Look-up connection finds the JID of an address, once for all alerts of the process."""
    user_lookup.forget()
    user = {"conn_type": "zoom", "login": "s2s", "password": "s3cret", "extra": {"account_id": "a"}}
    monkeypatch.setenv("AIRFLOW_CONN_ZOOM_PEOPLE", json.dumps(user))
    extra = {"app_type": "chatbot", "account_id": "a", "robot_jid": "v1x@xmpp.zoom.us"}
    extra["lookup_conn_id"] = "zoom_people"
    connection = {"conn_type": "zoom", "login": "lookup", "password": "s3cret", "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_ZOOM_CHATBOT_DEFAULT", json.dumps(connection))
    with requests_mock.Mocker() as wire:
        wire.post(
            "https://zoom.us/oauth/token",
            json={"access_token": "t0ken-of-a-bot", "expires_in": 3600},
        )
        users = wire.get(
            "https://api.zoom.us/v2/users/ann%40example.com",
            json={"id": "u", "jid": "u@xmpp.zoom.us", "display_name": "Ann Lee"},
        )
        sent = wire.post(
            "https://api.zoom.us/v2/im/chat/messages", status_code=201, json={"message_id": "m"}
        )
        for _ in range(2):
            ZoomChatbotNotifier(
                to_jid="c1" * 16, mention="ann@example.com", on_error="raise", time_budget=60
            )(failed())
        assert users.call_count == 1
        body = sent.last_request.json()["content"]["body"]
    assert body[0]["text"] == "<!u@xmpp.zoom.us|Ann Lee>"


def test_lengths(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long alert is cut to 4096 characters, and to 1024 if Zoom finds that too long."""
    long = "\n".join(f"line {number} of a report" for number in range(1000))
    for limit in (4096, 1024):
        with Sandbox(message_limit=limit) as zoom:
            for name, value in zoom.environment().items():
                monkeypatch.setenv(name, value)
            ZoomChatNotifier(long, mention="ann@example.com", on_error="raise")(failed())
            (message,) = zoom.messages()
        assert limit * 0.9 < len(message["text"]) <= limit
        assert message["text"].startswith("line 0 of a report\nline 1 of")
        assert message["text"].endswith("line 999 of a report\n@ann@example.com")
        assert " characters cut…] " in message["text"]
        assert len(message["at_items"]) == 1


def test_the_length_of_a_card(zoom: Sandbox) -> None:
    """The texts of a card are cut to 4000 characters."""
    card = {"head": {"text": "head"}, "body": [{"type": "message", "text": "x" * 9000}]}
    ZoomChatbotNotifier(content=card, on_error="raise")(failed())
    (message,) = zoom.messages()
    assert 3900 < len(message["text"]) <= 4001


@pytest.mark.parametrize("kind", [ZoomChatbotNotifier, ZoomWebhookNotifier])
def test_a_card_that_zoom_refuses(zoom: Sandbox, kind: Any) -> None:
    """An author's card that Zoom refuses is replaced by the ready-made alert, which says so."""
    content = {"body": [{"type": "header", "text": "no such type"}]}
    kind(content=content, validate=False, on_error="raise")(failed())
    (text,) = texts(zoom)
    assert text.startswith("❌ sales_daily / load_orders failed")
    assert text.endswith("Zoom refused it; the log of Airflow says why.")


def test_a_zoom_that_wants_it_plain(zoom: Sandbox) -> None:
    """If Zoom refuses all that is special, the alert still goes as plain words."""
    for _ in range(2):
        zoom.fail(400, path="/im/", body={"code": 7001, "message": "Invalid Request body format."})
    ZoomChatbotNotifier("mine", on_error="raise")(failed())
    (message,) = zoom.messages()
    assert message["text"].startswith("❌ sales_daily / load_orders failed\nValueError: ")
    assert [block["type"] for block in message["content"]["body"]] == ["message"]


FAULTS: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"status": 401}, CredentialsError, "HTTP 401"),
    (
        {"status": 404, "body": {"code": 4130, "message": "Channel does not exist"}},
        RejectedError,
        "4130",
    ),
    ({"status": 503}, RejectedError, "may have been posted"),
]


@pytest.mark.parametrize(("fault", "kind", "words"), FAULTS)
def test_trouble_is_logged(
    zoom: Sandbox, logged: Callable[[], str], fault: dict[str, Any], kind: Any, words: str
) -> None:
    """What cannot be sent costs a line at error level with the remedy, and nothing else."""
    zoom.fail(path="/chat/users", times=999, **fault)
    ZoomChatNotifier(delivery="at_most_once", time_budget=3)(failed())
    lines = logged()
    assert "No alert was sent. Could not send a message to channel" in lines
    assert words in lines
    assert "Traceback" not in lines
    assert zoom.messages() == []


@pytest.mark.oldest_and_newest
@pytest.mark.parametrize(("fault", "kind", "words"), FAULTS)
def test_trouble_is_raised_on_request(
    zoom: Sandbox, fault: dict[str, Any], kind: type[Exception], words: str
) -> None:
    """With on_error="raise" the same trouble is raised, in sync and in async."""
    zoom.fail(path="/chat/users", times=999, **fault)
    notifier = ZoomChatNotifier(on_error="raise", delivery="at_most_once", time_budget=3)
    with pytest.raises(kind, match=words):
        notifier(failed())
    with pytest.raises(kind, match=words):
        asyncio.run(notifier.async_notify(failed()))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"zoom_conn_id": "nowhere"}, "Connection 'nowhere' does not exist."),
        ({"zoom_conn_id": "zoom_chatbot_default"}, "has App type 'chatbot', and"),
        ({"zoom_conn_id": "{{ nix }}"}, "The connection is not known: zoom_conn_id: Undefined"),
        (
            {"to_channel": "{{ 'a' }}", "to_contact": "b"},
            "Both to_channel and to_contact are given",
        ),
    ],
)
def test_a_wrong_set_up(
    airflow_home: str, zoom: Sandbox, arguments: dict[str, Any], words: str
) -> None:
    """What is wrong with connection or target is named before anything is sent."""
    with pytest.raises(ConfigError, match=words):
        ZoomChatNotifier(**arguments, on_error="raise")(failed())
    assert zoom.requests("/chat") == []


@pytest.mark.parametrize(
    ("app_type", "kind", "argument"),
    [
        ("server_to_server", ZoomChatNotifier, "to_channel or to_contact"),
        ("chatbot", ZoomChatbotNotifier, "to_jid"),
    ],
)
def test_no_channel_anywhere(
    connect: Callable[..., ZoomHook], app_type: str, kind: Any, argument: str
) -> None:
    """Without a channel the error names both places where one can be set."""
    connect(app_type, channel="")
    with pytest.raises(ConfigError) as error:
        kind(zoom_conn_id="zoom_test", on_error="raise")(failed())
    assert str(error.value) == (
        f"No target: give {argument}, or fill Default channel in the connection."
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"on_error": "ignore"}, "on_error must be one of raise, log, not 'ignore'."),
        ({"time_budget": 0}, "time_budget must be above 0"),
        ({"time_budget": "10"}, "time_budget must be a number of seconds"),
        ({"alerts": ["task_failed"]}, "alerts must be a list of alerts, or of dicts"),
        ({"alerts": [{"event": "task_failed"}]}, "missing 1 required positional argument: 'head'"),
    ],
)
def test_wrong_arguments(arguments: dict[str, Any], words: str) -> None:
    """Arguments that make no sense are refused while the DAG is parsed."""
    for kind in NOTIFIERS:
        with pytest.raises(ConfigError, match=words):
            kind(**arguments)
    with pytest.raises(TypeError, match="mesage"):
        ZoomChatNotifier(mesage="x")
    with pytest.raises(ConfigError, match="Both message and content"):
        ZoomWebhookNotifier("x", content={})


def test_muted(connect: Callable[..., ZoomHook], zoom: Sandbox, logged: Callable[[], str]) -> None:
    """A muted connection logs what would have been sent, and sends nothing."""
    connect(muted=True)
    ZoomChatNotifier(zoom_conn_id="zoom_test", on_error="raise")(failed())
    lines = logged()
    assert "is muted; without that, this would send a message to channel" in lines
    assert "load_orders failed" in lines
    assert zoom.requests() == []


@pytest.mark.parametrize("path", ["/oauth/token", "/chat/users"])
@pytest.mark.parametrize("is_awaited", [False, True], ids=["called", "awaited"])
def test_a_zoom_that_hangs(
    zoom: Sandbox, logged: Callable[[], str], path: str, is_awaited: bool
) -> None:
    """However long Zoom hangs, the budget ends it, and one line says so."""
    zoom.hang(60, path=path)
    notifier = ZoomChatNotifier(time_budget=1)
    if is_awaited:
        asyncio.run(notifier.async_notify(failed()))
    else:
        notifier(failed())
    # Without an end it would be sent after a minute.
    assert "No alert was sent. " in logged()


@pytest.mark.skipif((3, 0) <= AIRFLOW < (3, 2), reason="its threads cannot ask side by side")
def test_a_secrets_backend_that_hangs(
    hangs: Callable[[str], None], logged: Callable[[], str]
) -> None:
    """The budget covers the look-up of the connection too."""
    hangs("conn_value")
    ZoomChatNotifier(time_budget=1)({})
    assert "Could not send it within 1 s (time_budget)" in logged()


def test_async(zoom: Sandbox) -> None:
    """An awaited notifier sends the same, returns nothing, and lets the loop go on."""
    all_wait, may_send = threading.Barrier(11), threading.Event()

    class Waiting(ZoomChatNotifier):
        def forms(self, *arguments: Any) -> Any:
            all_wait.wait(60)
            assert may_send.wait(60)
            return super().forms(*arguments)

    async def let_them() -> None:
        while all_wait.n_waiting < 10:
            await asyncio.sleep(0.01)
        may_send.set()
        all_wait.wait(60)

    async def run() -> list[Any]:
        sent = [
            Waiting(f"number {number}", context=failed(), time_budget=60) for number in range(10)
        ]
        return await asyncio.gather(*sent, let_them())

    assert asyncio.run(run()) == [None] * 11
    assert sorted(texts(zoom)) == sorted(f"number {number}" for number in range(10))


@pytest.mark.skipif(AIRFLOW < (3, 1), reason="deadlines came with Airflow 3.1")
def test_a_callback_of_a_deadline(zoom: Sandbox) -> None:
    """A deadline takes the class and its arguments, and makes the notifier in the triggerer."""
    from airflow.sdk.definitions.deadline import AsyncCallback

    mine = asdict(replace(DEADLINE_MISSED, head="late: {run_id}", fields={}))
    callback = AsyncCallback(ZoomChatNotifier, kwargs=json.loads(json.dumps({"alerts": [mine]})))
    assert callback.path == "airflow_provider_zoomchat.notifications.zoom.ZoomChatNotifier"
    context = {"dag_run": {"dag_run_id": "r_1"}, "deadline": {}}

    async def run() -> Any:
        return await ZoomChatNotifier(**callback.kwargs, context=context)

    assert asyncio.run(run()) is None
    assert texts(zoom) == ["late: r_1"]


def test_an_sla_of_airflow_2(zoom: Sandbox) -> None:
    """The five arguments of an `sla_miss_callback` give an alert as well."""
    dag = SimpleNamespace(dag_id="sales_daily")
    ZoomChatNotifier(on_error="raise")(dag, "load_orders on 2026-11-20", "", [], [])
    assert texts(zoom) == ["⏰ sales_daily has missed an SLA"]


def test_an_unexpected_error(zoom: Sandbox, logged: Callable[[], str]) -> None:
    """Even a fault that nobody thought of stays in the log, with its traceback."""

    class Faulty(ZoomChatNotifier):
        def forms(self, *arguments: Any) -> Any:
            raise BaseException("a fault like no other")

    Faulty()(failed())
    asyncio.run(Faulty().async_notify(failed()))
    lines = logged()
    assert "No alert was sent. BaseException: a fault like no other" in lines
    with pytest.raises(BaseException, match="like no other"):
        Faulty(on_error="raise")(failed())


class Odd:
    """An object that does nothing of what it is asked."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(name)

    def __bool__(self) -> bool:
        raise RuntimeError("bool")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("eq")

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize("key", ["ti", "task", "dag", "dag_run", "exception", "reason", "deadline"])
def test_an_odd_object(zoom: Sandbox, key: str) -> None:
    """An object that raises whatever is asked of it does not lose the alert."""
    ZoomChatNotifier(on_error="raise")({**failed(), key: Odd()})
    context = failed()
    for name in ("dag_id", "task_id", "map_index", "state", "owner", "end_date"):
        setattr(context["ti"], name, Odd())
    ZoomChatNotifier("{{ event.name }}", on_error="raise")(context)
    assert len(zoom.messages()) == 2


def test_the_last_day_of_all(zoom: Sandbox) -> None:
    """Dates at the end of time are no reason to be silent."""
    context = failed()
    context["ti"].state = "up_for_retry"
    context["ti"].end_date = datetime.max.replace(tzinfo=timezone(timedelta(hours=-5)))
    context["task"].retry_delay = timedelta(days=1)
    context["dag_run"] = SimpleNamespace(logical_date=context["ti"].end_date)
    ZoomChatNotifier(on_error="raise")(context)
    assert len(zoom.messages()) == 1


@pytest.mark.parametrize(
    "dag",
    [
        MagicMock(),
        DAG("d", schedule=None, jinja_environment_kwargs={"extensions": ["not.there"]}),
    ],
)
def test_a_dag_without_templates(zoom: Sandbox, dag: Any) -> None:
    """A DAG that cannot render, or that is a stand-in, leaves the alert as it is."""
    ZoomChatNotifier(on_error="raise")(failed(dag=dag))
    ZoomChatNotifier("{{ event.task_id }}", on_error="raise")(failed(dag=dag))
    assert texts(zoom)[0].startswith("❌ sales_daily / load_orders failed")
    assert texts(zoom)[1] == "load_orders"


SECRET = "open-sesame-4711"


@pytest.mark.parametrize(
    "error",
    [
        f"login with {SECRET} failed",
        "\x1b[31mopen\x1b[0m-sesame-4711",
        "open\x00-sesame\u202e-4711",
        "\x00" * 5992 + SECRET + "q" * 30_000,
        "q" * 30_000 + SECRET + "\x00" * 5992,
        (SECRET + " ") * 3000,
        "\x00" * 13_312 + SECRET + "x" * 30_000,
    ],
)
def test_no_part_of_a_secret(zoom: Sandbox, error: str) -> None:
    """However a secret stands in a text, and wherever that is cut, no part of it is shown."""
    mask_secret(SECRET)
    context = failed(error=ValueError(error))
    context["ti"].rendered_map_index = SECRET
    for message in (
        None,
        "{{ exception }}",
        "{{ event.exception }}",
        "{{ (exception | string)[:9] | zoom_code }}{{ (exception | string)[9:] }}",
        "{{ ('https://a.example/' ~ exception) | zoom_link('log') }}",
        "{{ (exception | string)[0] }}" + SECRET,
    ):
        ZoomChatNotifier(message, mention=SECRET, on_error="raise")(context)
        ZoomChatbotNotifier(message, on_error="raise")(context)
    card = {"head": {"text": "{{ exception }}"}, "body": [{"type": "message", "text": SECRET}]}
    ZoomChatbotNotifier(content=card, on_error="raise")(context)
    sent = json.dumps([zoom.messages(), zoom.requests("/chat")])
    for part in ("sesame", "open-s", "me-4711"):
        assert part not in sent


def test_filters_in_a_card(zoom: Sandbox, tmp_path: Path) -> None:
    """In a card's texts filters give words, or markdown where the block has it."""
    words = "{{ event.task_id | zoom_code }} {{ event.log_url | zoom_link('log') }}"
    card = {
        "head": {"text": words},
        "body": [{"type": "message", "text": words, "is_markdown_support": True}],
    }
    (tmp_path / "alert.json.j2").write_text(json.dumps(card))
    dag = DAG("d", schedule=None, start_date=NOW, template_searchpath=str(tmp_path))
    for content in (card, "alert.json.j2"):
        ZoomChatbotNotifier(content=content, on_error="raise")(failed(dag=dag))
    for message in zoom.messages():
        content = message["content"]
        assert content["head"]["text"].startswith("load_orders log (https://a.example/dags/")
        assert content["body"][0]["text"].startswith("`load_orders` <https://a.example/dags/")


def test_a_muted_bot_asks_nobody(connect: Callable[..., ZoomHook], zoom: Sandbox) -> None:
    """A muted connection calls Zoom for no mention either."""
    connect("chatbot", muted=True)
    ZoomChatbotNotifier(zoom_conn_id="zoom_test", mention="zz@example.com")(failed())
    assert zoom.requests() == []


def test_mentions_that_take_long(zoom: Sandbox) -> None:
    """A look-up that hangs costs the mentions, and not the alert."""
    user_lookup.forget()
    zoom.hang(60, path="/v2/users", times=9)
    addresses = [f"person{number}@example.com" for number in range(4)]
    ZoomChatbotNotifier(mention=addresses, time_budget=3, on_error="raise")(failed())
    assert len(zoom.requests("/v2/users")) == 1
    (message,) = zoom.messages()
    assert "@person0@example.com @person1@example.com" in message["text"]


def test_a_busy_airflow(zoom: Sandbox) -> None:
    """However late Airflow answers a template, a callback sends its alert."""
    slow = "{% for _ in range(3) %}{{ nap() }}{% endfor %}"
    dag = DAG(
        "d",
        schedule=None,
        start_date=NOW,
        user_defined_macros={"nap": lambda: time.sleep(0.5)},
    )
    ZoomChatNotifier(f"{slow}Late", time_budget=1, on_error="raise")(failed(dag=dag))
    assert texts(zoom) == ["Late"]


@pytest.mark.oldest_and_newest
def test_nothing_comes_late(zoom: Sandbox) -> None:
    """What was given up is not sent behind anybody's back."""
    dag = DAG(
        "d",
        schedule=None,
        start_date=NOW,
        user_defined_macros={"nap": lambda: time.sleep(2.5)},
    )
    alert = ZoomChatNotifier("{{ nap() }}", time_budget=1, on_error="raise")
    with pytest.raises(UnreachableError, match="a template, a question to Airflow"):
        asyncio.run(alert.async_notify(failed(dag=dag)))
    time.sleep(1.5)
    assert zoom.requests() == []


def test_awaited_after_a_fork(zoom: Sandbox) -> None:
    """A process that was forked can await alerts as its parent did."""
    asyncio.run(ZoomChatNotifier("parent", on_error="raise").async_notify(failed()))
    child = os.fork()
    if child == 0:
        try:
            asyncio.run(ZoomChatNotifier("child", on_error="raise").async_notify(failed()))
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert texts(zoom) == ["parent", "child"]


def test_called_without_a_context(zoom: Sandbox) -> None:
    """A notifier that is called with nothing sends what it can."""
    ZoomChatNotifier(on_error="raise")()
    assert texts(zoom) == ["An alert from Airflow"]


UNCLEAR = {
    "500": lambda zoom: zoom.fail(500, path="/chat"),
    "502 in HTML": lambda zoom: zoom.fail(502, path="/chat", body="<html>Bad gateway"),
    "503": lambda zoom: zoom.fail(503, path="/chat"),
    "a dropped connection": lambda zoom: zoom.drop(path="/chat"),
    "half an answer": lambda zoom: zoom.cut(path="/chat"),
    "no answer": lambda zoom: zoom.hang(30, path="/chat"),
}


@pytest.mark.oldest_and_newest
@pytest.mark.parametrize(("trouble", "kind"), zip(UNCLEAR, cycle(NOTIFIERS), strict=False))
def test_an_alert_is_sent_again(zoom: Sandbox, trouble: str, kind: Any) -> None:
    """What may not have arrived goes again within the time, and says that it may be a repeat."""
    UNCLEAR[trouble](zoom)
    kind(on_error="raise", time_budget=60)(failed())
    assert "This may be a repeat" in zoom.messages()[-1]["text"]
    assert zoom.messages()[-1]["text"].count("This may be a repeat") == 1


@pytest.mark.parametrize("delivery", ["at_least_once", "at_most_once"])
@pytest.mark.parametrize("group_by", ["run", None])
def test_an_alert_that_is_there_is_not_repeated(
    zoom: Sandbox, logged: Callable[[], str], delivery: Any, group_by: Any
) -> None:
    """An alert of a user that Zoom lists has arrived, although its answer was lost."""
    zoom.drop(path="/chat/users", accept=True)
    ZoomChatNotifier(on_error="raise", delivery=delivery, group_by=group_by)(failed())
    assert "This may be a repeat" not in zoom.message()["text"]
    assert f"message id {zoom.message()['id']}" in logged()


@pytest.mark.oldest_and_newest
def test_an_awaited_alert_is_sent_again(zoom: Sandbox) -> None:
    """The same holds where a notifier is awaited."""
    zoom.fail(503, path="/chat", times=2)
    asyncio.run(ZoomChatNotifier(on_error="raise", time_budget=60).async_notify(failed()))
    assert "This may be a repeat" in zoom.messages()[-1]["text"]


def test_at_most_once_on_request(zoom: Sandbox) -> None:
    """With delivery="at_most_once" an answer that is lost on its way does not double the alert."""
    zoom.withhold("team_chat:read:list_user_messages:admin")
    zoom.drop(path="/chat/users", accept=True)
    with pytest.raises(UnreachableError, match="may have been posted"):
        ZoomChatNotifier(on_error="raise", delivery="at_most_once")(failed())
    assert len(zoom.messages()) == 1


def test_a_limit_beyond_the_time_is_not_run_into(zoom: Sandbox) -> None:
    """After one refusal with its time, the process makes no call that cannot succeed."""
    zoom.fail(429, path="/chat/users", headers={"Retry-After": "600"}, times=99)
    for _ in range(20):
        with pytest.raises(RateLimitError) as caught:
            ZoomChatNotifier(on_error="raise")(failed())
    assert len(zoom.requests("/chat/users")) == 1
    assert "so it was not asked" in str(caught.value)
    # Another channel has a limit of its own.
    zoom.reset()
    ZoomChatNotifier(on_error="raise", to_channel=world.DATA_TEAM.id)(failed())


@pytest.mark.oldest_and_newest
def test_many_alerts_for_a_blocked_channel(zoom: Sandbox) -> None:
    """Without a time, calls are few and grow rarer, and the budget is used to its end."""
    zoom.fail(429, path="/chat/users", times=999)
    notifier = ZoomChatNotifier(time_budget=3)
    threads = [threading.Thread(target=notifier, args=[failed()]) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(zoom.requests("/chat/users")) < 30 + 10


@pytest.mark.oldest_and_newest
def test_a_block_that_ends_within_the_time(zoom: Sandbox) -> None:
    """All alerts that wait arrive, once, as soon as the channel takes messages again."""
    zoom.fail(429, path="/chat/users", times=3)
    threads = [threading.Thread(target=ZoomChatNotifier(), args=[failed()]) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(zoom.messages()) == 5


def failing_message(given: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        given(failed())
    return str(caught.value)


@pytest.mark.parametrize("kind", NOTIFIERS)
def test_a_class_instead_of_an_object(kind: Any) -> None:
    """Airflow calls it with the context, which makes an object: the error says what to write."""
    for given in (kind, functools.partial(kind, mention="all"), type("Own", (kind,), {})):
        name = "Own" if getattr(given, "__name__", "") == "Own" else kind.__name__
        assert f"write {name}() instead of {name}" in failing_message(given)


@pytest.mark.parametrize("message", [5, 1.5, True, ["text"], b"text", ("a", "b")])
@pytest.mark.parametrize("kind", NOTIFIERS)
def test_a_message_that_is_no_text(kind: Any, message: Any) -> None:
    """A wrong type shows when the DAG is parsed."""
    with pytest.raises(ConfigError, match=f"message must be a text, not {type(message).__name__}"):
        kind(message)


@pytest.mark.parametrize(
    ("notifier", "words"),
    [
        (ZoomChatNotifier, "write ZoomChatNotifier()"),
        (ZoomChatbotNotifier, "write ZoomChatbotNotifier()"),
        (functools.partial(ZoomChatNotifier), "write ZoomChatNotifier()"),
        (5, "not 5: write ZoomChatNotifier()"),
        ([ZoomChatNotifier()], "add_alerts takes a notifier"),
        (print, "add_alerts takes a notifier"),
    ],
)
def test_add_alerts_takes_notifiers(notifier: Any, words: str) -> None:
    """Anything else would be silent, so the policy refuses it."""
    with DAG("d", schedule=None) as dag, pytest.raises(ConfigError) as caught:
        add_alerts(dag, notifier)
    assert words in str(caught.value)


class TeamNotifier(ZoomChatNotifier):
    """An alert with an argument of its own, which is silent for tests."""

    template_fields = [*ZoomChatNotifier.template_fields, "runbook", "not_there"]  # noqa: RUF012

    def __init__(self, runbook: str, **kwargs: Any) -> None:
        super().__init__("{{ event.task_id }}: see {{ runbook }}", **kwargs)
        self.runbook = runbook

    def notify(self, context: Any) -> None:
        """Say nothing about tests."""
        if context.get("params") != {"test": True}:
            super().notify(context)


@pytest.mark.parametrize("is_awaited", [False, True])
def test_a_subclass(zoom: Sandbox, is_awaited: bool) -> None:
    """Its own argument is rendered and known to the message; its own `notify` decides."""

    def call(context: Any) -> None:
        if is_awaited:
            asyncio.run(notifier.async_notify(context))
        else:
            notifier(context)

    notifier = TeamNotifier("https://wiki.example.com/{{ ti.dag_id }}", on_error="raise")
    call(failed(params={"test": True}))
    assert zoom.messages() == []
    call(failed(params={}))
    assert "load_orders: see https://wiki.example.com/sales_daily" in texts(zoom)[0]


@pytest.mark.parametrize("kind", NOTIFIERS)
def test_an_alert_that_reads_like_a_file(zoom: Sandbox, kind: Any) -> None:
    """A sentence that ends in a file's name is one, and a block in quotes is not indented."""
    kind("See the notes in weekly.md.j2", on_error="raise")(failed())
    block = """
        {{ event.task_id }}
          is broken
    """
    kind(block, on_error="raise")(failed())
    assert texts(zoom) == ["See the notes in weekly.md.j2", "load_orders\n  is broken"]


DATA = "{task} {{ 7 * 7 }} {% raw %}"


@pytest.mark.parametrize("kind", NOTIFIERS)
def test_templates_in_an_alert(zoom: Sandbox, kind: Any) -> None:
    """They are rendered like any other; what data brings is neither a template nor a word."""
    own = replace(
        TASK_FAILED,
        head="{{ params.data }} in {task}",
        fields={"Team": "{{ params.team }}, {{event.task_id}}", "Bad": "{{ nobody.there }}"},
        links={"Runbook": "{{ params.wiki }}/{dag}"},
        quote="{{ params.data }} {exception}",
    )
    context = failed(params={"data": DATA, "team": "orders", "wiki": "https://wiki.example.com"})
    kind(alerts=[own], on_error="raise")(context)
    (message,) = zoom.messages()
    assert f"{DATA} in load_orders" in message["text"]
    assert f"{DATA} ValueError: column 'qty' is missing" in message["text"]
    assert "orders, load_orders" in message["text"]
    assert "goes without its field 'Bad', whose template failed: UndefinedError" in message["text"]
    shown = json.dumps(message["content"] or message["rich_text"])
    assert "https://wiki.example.com/sales_daily" in shown


@pytest.mark.parametrize(
    ("owner", "mentioned"),
    [
        ("airflow", []),
        ("ann@example.com, airflow", ["@ann@example.com"]),
        ("ann@example.com, ben@example.com", ["@ann@example.com", "@ben@example.com"]),
        ("data-team", ["@data-team"]),
    ],
)
def test_an_owner_is_mentioned(zoom: Sandbox, owner: str, mentioned: list[str]) -> None:
    """Each owner is, but not the one that Airflow gives to tasks without."""
    context = failed()
    context["task"].owner = owner
    ZoomChatNotifier(mention="{{ task.owner }}", on_error="raise")(context)
    (text,) = texts(zoom)
    assert re.findall(r"@\S+", text.splitlines()[1]) == mentioned


def test_only_what_people_read_is_cut(zoom: Sandbox) -> None:
    """What a button stands for reaches its app whole; what is read is made to fit."""
    value = "v" * 4061
    content = {
        "head": {"text": "h" * 3000},
        "body": [
            {"type": "message", "text": "m" * 3000},
            {"type": "actions", "items": [{"text": "Open", "value": value, "style": "Default"}]},
            {
                "type": "images",
                "images": [
                    {
                        "image_url": f"https://example.com/{'u' * 900}.png",
                        "alt_text": "a" * 4100,
                        "image_index": 0,
                    }
                ],
            },
        ],
    }
    ZoomChatbotNotifier(content=content, on_error="raise")(failed())
    sent = zoom.messages()[-1]["content"]
    assert sent["body"][1]["items"][0]["value"] == value
    assert sent["body"][2]["images"][0]["image_url"].endswith("uuu.png")
    read = [sent["head"]["text"], sent["body"][0]["text"], sent["body"][2]["images"][0]["alt_text"]]
    assert all("characters cut" in text for text in read)
    assert sum(map(len, read)) <= 4000


def test_a_thread_that_is_gone(zoom: Sandbox) -> None:
    """The alert goes to the same place without its thread, and says so."""
    first = ZoomHook().send_message(message="first", to_channel=world.DATA_TEAM.id)
    assert first
    ZoomHook().delete_message(first, to_channel=world.DATA_TEAM.id)
    notifier = ZoomChatNotifier(
        to_channel=world.DATA_TEAM.id, reply_main_message_id=first, on_error="raise"
    )
    notifier(failed())
    alert = zoom.messages()[-1]
    assert (alert["channel"], alert["reply_to"]) == (world.DATA_TEAM.id, None)
    assert "It was meant for a thread that is gone" in alert["text"]
    assert "ValueError" in alert["text"]


def test_a_bots_thread_that_is_gone(zoom: Sandbox) -> None:
    """The same as a bot."""
    ZoomChatbotNotifier(reply_to="7df8cc5b-efc4-4e08-9083-9823b8871c82", on_error="raise")(failed())
    assert "It was meant for a thread that is gone" in zoom.messages()[-1]["text"]


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        (ZoomChatNotifier, {"to_channel": "0" * 32}),
        (ZoomChatNotifier, {"to_contact": "gone@example.com"}),
        (ZoomChatbotNotifier, {"to_jid": f"{'0' * 32}@conference.xmpp.zoom.us"}),
        (ZoomChatbotNotifier, {"to_jid": "gone-user@xmpp.zoom.us"}),
    ],
)
def test_a_place_that_is_gone(
    zoom: Sandbox, kind: Any, target: dict[str, str], logged: Callable[[], str]
) -> None:
    """The connection's channel hears that there was an alert, but not what was meant for few."""
    kind("for few: {{ exception }}", **target, on_error="raise")(failed())
    alert = zoom.messages()[-1]
    assert alert["channel"] == world.DATA_PIPELINES.id
    assert "load_orders failed" in alert["text"]
    assert "for few" not in alert["text"]
    assert "ValueError" not in alert["text"]
    assert f"It was meant for '{next(iter(target.values()))}', which is refused" in alert["text"]
    lines = [line for line in logged().splitlines() if "Alert sent to" in line]
    assert lines
    for line in lines:
        assert re.search(rf"Alert sent to {alert['channel']}\S* instead, message id ", line)


def test_no_other_place(zoom: Sandbox, connect: Callable[..., ZoomHook]) -> None:
    """Where the connection's own channel is gone as well, or there is none, the error says so."""
    for channel in ("1" * 32, ""):
        connect(channel=channel)
        notifier = ZoomChatNotifier(to_channel="0" * 32, zoom_conn_id="zoom_test", on_error="raise")
        with pytest.raises(RejectedError, match="Channel does not exist"):
            notifier(failed())
