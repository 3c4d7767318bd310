"""One message, card or alert on each API, and what a person may hand over."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.notifications.event import EVENTS
from airflow_provider_zoomchat.tools.output import without_output
from airflow_provider_zoomchat.tools.preview import messages
from airflow_provider_zoomchat.tools.preview.messages import Message
from airflow_provider_zoomchat.tools.preview.runner import Runner, guard, isolated
from airflow_provider_zoomchat.tools.preview.shown import PreviewError, Section, is_refused
from airflow_provider_zoomchat.tools.preview.stand_ins import SampleDatabase

CARD = {
    "settings": {"default_sidebar_color": "#2e9e5b"},
    "head": {"text": "Quality"},
    "body": [
        {"type": "fields", "items": [{"key": "Rules", "value": "12"}]},
        {"type": "actions", "items": [{"text": "Open", "value": "open"}]},
    ],
}


def preview(message: Message | str, *app_types: str, **names: Any) -> Section:
    if isinstance(message, str):
        message = messages.from_argument(message, markdown=True)
    with isolated(with_settings=False), without_output():
        return messages.preview(message, app_types, names)


def of_file(path: Path, stdin: str = "", *, markdown: bool = False) -> Message:
    return messages.from_file(str(path), lambda: stdin.encode(), markdown=markdown)


def text(group: Section) -> str:
    message = group.shown[0].message
    assert message is not None, group.shown[0].refusals
    return str(message["text"])


def test_a_text_at_every_api() -> None:
    """A text is shown on each API, with its length, its request and no refusal."""
    group = preview("Load **finished** on {{ ds }}")
    assert [shown.name for shown in group.shown] == ["as a user", "as a bot", "through a webhook"]
    user, bot, webhook = group.shown
    assert user.length == (
        "27 of 4,096 characters, the limit in Zoom's samples, and within the 1,024 of its "
        "specification"
    )
    assert bot.length == "29 of 4,000 characters of text, the limit of a card"
    assert [wire.url for shown in group.shown for wire in shown.wires] == [
        "https://api.zoom.us/v2/chat/users/<Acting user>/messages",
        "https://api.zoom.us/v2/im/chat/messages",
        "https://integrations.zoom.us/chat/webhooks/incomingwebhook/<webhook's id>?format=full",
    ]
    assert user.wires[0].body["message"] == "Load finished on 2026-03-14"
    assert user.wires[0].body["to_channel"] == "<Default channel>"
    assert webhook.wires[0].body["content"] == bot.wires[0].body["content"]
    assert not is_refused([group])


def test_a_card(tmp_path: Path) -> None:
    """A card is shown on each API, as a user below its first line."""
    path = tmp_path / "card.json"
    path.write_text(json.dumps(CARD))
    group = preview(of_file(path))
    assert [shown.app_type for shown in group.shown] == [
        "server_to_server",
        "chatbot",
        "incoming_webhook",
    ]
    user, bot, _ = group.shown
    assert user.message
    assert json.loads(user.message["interactive_cards"][0]["card_json"]) == {"content": CARD}
    assert user.message["text"] == "Quality"
    assert user.length == bot.length
    assert user.notes == ["As a user, Zoom takes cards of the app itself alone: others go as text."]
    assert not is_refused([group])


def test_templates_in_files(tmp_path: Path) -> None:
    """A template is rendered, with a person's names and with files beside it."""
    (tmp_path / "foot.md").write_text("from {{ team }}")
    path = tmp_path / "note.md.j2"
    path.write_text("# {{ ds }}\n{% include 'foot.md' %}")
    assert (
        text(preview(of_file(path), "server_to_server", team="Sales")) == "2026-03-14\nfrom Sales"
    )
    path = tmp_path / "card.json.j2"
    path.write_text('{"head": {"text": {{ ti.xcom_pull("load") | tojson }}}}')
    assert text(preview(of_file(path), "chatbot")) == "\u2039load\u203a"


def test_what_needs_a_value() -> None:
    """A template that Python's own functions cannot carry out without a value is no refusal."""
    template = "{{ macros.ds_add(ti.xcom_pull('day'), 1) }}"
    group = preview(template)
    assert not is_refused([group])
    for shown in group.shown:
        assert shown.message is None
        assert shown.notes[0].startswith("It cannot be shown without a value that only a run knows")
    given_day = preview(template, "server_to_server", xcoms={"day": "2026-03-14"})
    assert text(given_day) == "2026-03-15"


def test_lengths() -> None:
    """What Zoom may refuse is said; what it would refuse is refused."""
    user, bot, _ = preview("x" * 1025).shown
    assert user.length.endswith("but above the 1,024 of its specification: Zoom may refuse it")
    assert not user.refusals
    group = preview("x" * 4001)
    user, bot, _ = group.shown
    assert user.message is not None
    assert bot.refusals[0].startswith("message has 4001 characters")
    assert is_refused([group])


@pytest.mark.parametrize("event", [name for name in EVENTS if name != "unknown"])
def test_alerts(event: str) -> None:
    """The alert for every event is shown on every API, as that event's."""
    with isolated(with_settings=False), without_output():
        group = messages.alert(event, (), {})
    assert [shown.refusals for shown in group.shown] == [[], [], []]
    said = {
        "task_started": "started",
        "task_retry": "will be tried again",
        "deadline_missed": "deadline",
        "approval_asked": "Publish the sales",
        "sla_missed": "SLA",
    }.get(event, event.partition("_")[2])
    for shown in group.shown:
        assert said in (shown.message or {})["text"]


def test_an_unknown_event() -> None:
    """An event that is none is one line with those that are."""
    with pytest.raises(PreviewError, match=r"no event 'task_exploded'\. The events are task_start"):
        messages.check_alert("task_exploded")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "card.json",
            '{\n  "head" 3}',
            "card.json, line 2, column 10: this is not JSON. Expecting",
        ),
        ("card.json", "[1]", r"expected a JSON object \(a card\), found an array"),
        ("card.json", "", "is empty"),
        ("card.json", "[" * 100_000, "nested too deeply|no JSON"),
        ("card.json", "1" * 5000, "cannot be read|found a number"),
        ("note.md", b"\xff\xfe", r"it is not UTF-8 \(byte 1\)"),
        ("note.doc", "x", "its name ends in none of .md, .md.j2"),
        ("note.md", " \n", "is empty: Zoom has no empty messages"),
    ],
    ids=["syntax", "array", "blank-card", "deep", "number", "bytes", "name", "blank"],
)
def test_files_that_are_wrong(tmp_path: Path, name: str, content: str | bytes, said: str) -> None:
    """A file that cannot be shown is one line that names it, and the place in it."""
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(PreviewError, match=said) as caught:
        of_file(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            '{"body": [{"type": "massage", "text": "x"}]}',
            r"content.body\[0\].type: 'massage' is no type of block; did you mean 'message'\?",
        ),
        ('{"title": "x"}', "content is not a card: it has neither head nor body"),
        ('{"head": {"text": {{ ds }}}}', "its JSON cannot be read, line 1, column"),
    ],
)
def test_cards_that_are_wrong(tmp_path: Path, content: str, said: str) -> None:
    """A card that breaks a rule is one line: the file, the place, the rule."""
    path = tmp_path / "card.json.j2"
    path.write_text(content)
    with pytest.raises(PreviewError, match=said) as caught:
        preview(of_file(path))
    assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[]", "expected a JSON object"),
        ('{"xcoms": []}', "xcoms must be an object"),
        ("null", "found null"),
        ("{", "line 1, column 2"),
        ('{"ti": 5}', "ti must be an object: a value for each attribute"),
        ('{"dag_run": []}', "dag_run must be an object"),
    ],
)
def test_contexts_that_are_wrong(tmp_path: Path, content: str, said: str) -> None:
    """Names for templates are a JSON object, or one line says what they are."""
    path = tmp_path / "names.json"
    path.write_text(content)
    with pytest.raises(PreviewError, match=said):
        messages.read_names(str(path))
    with pytest.raises(PreviewError, match="no such file"):
        messages.read_names(str(tmp_path / "nowhere.json"))


@pytest.mark.parametrize(
    ("text", "markdown", "kind"),
    [
        ("Load finished", False, "text"),
        ("**Load**", True, "markdown"),
        (json.dumps(CARD), False, "card"),
        ("{{ ds }}", False, "text"),
        ("{% if ds %}x{% endif %}", False, "text"),
    ],
)
def test_standard_input(text: str, markdown: bool, kind: str) -> None:
    """Standard input is a card if it reads like one; nothing at all is one line."""
    assert of_file(Path("-"), text, markdown=markdown).kind == kind
    with pytest.raises(PreviewError, match="standard input is empty"):
        of_file(Path("-"), " \n")


def test_bytes_on_standard_input() -> None:
    """Standard input is UTF-8, with a mark of it at the beginning or none."""
    assert messages.from_file("-", lambda: b"\xef\xbb\xbfHi\r\n", markdown=False).value == "Hi\n"
    with pytest.raises(PreviewError, match=r"^standard input: it is not UTF-8 \(byte 3\)\.$"):
        messages.from_file("-", lambda: b"Hi\xff", markdown=False)


@settings(max_examples=10)
@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    """Whatever somebody writes is shown, or one line says why it is not."""
    try:
        group = preview(text, "server_to_server")
    except PreviewError as error:
        said = [str(error)]
    else:
        said = group.shown[0].refusals
        assert group.shown[0].message or said
    assert not any("\n" in each for each in said)


def test_only_the_sandbox_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hook that leads anywhere else is refused before anything is sent."""
    real = {"conn_type": "zoom", "login": "a", "password": "real-one", "extra": {"account_id": "c"}}
    elsewhere = [
        real,
        {**real, "host": "https://127.0.0.1.example.com"},
        {
            "conn_type": "zoom",
            "host": "http://127.0.0.1:1",
            "extra": {
                "app_type": "incoming_webhook",
                "webhook_url": "https://integrations.zoom.us/chat/webhooks/incomingwebhook/x",
                "verification_token": "real-one",
            },
        },
        {**real, "host": "http://127.0.0.1:1", "extra": {"account_id": "c", "proxy": "http://p"}},
        {**real, "host": "http://127.0.0.1:10"},
    ]
    for connection in elsewhere:
        monkeypatch.setenv("AIRFLOW_CONN_ZOOM_REAL", json.dumps(connection))
        with pytest.raises(PreviewError, match="does not lead to the sandbox"):
            guard(ZoomHook("zoom_real"), "http://127.0.0.1:1")


def test_connections_are_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connections of a preview hide those of the environment, and only while it lasts."""
    monkeypatch.setenv("AIRFLOW_CONN_ZOOM_DEFAULT", "zoom://real")
    with Runner() as runner:
        hook = runner.hook("zoom_default", "server_to_server")
        assert hook.settings.hosts.api == f"{runner.zoom.url}/v2"
        assert os.environ["AIRFLOW_CONN_ZOOM_DEFAULT"] != "zoom://real"
    assert os.environ["AIRFLOW_CONN_ZOOM_DEFAULT"] == "zoom://real"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT region, count(*) AS orders FROM t", ["region", "orders"]),
        ("select distinct t.a, round(sum(b, 1), 2) as total, 'x' from t", ["a", "total", None]),
        ('WITH x AS (SELECT a FROM b) SELECT c AS "Net" FROM x', ["Net"]),
        ("SELECT a, (SELECT max(b) AS c FROM u), 1\nFROM t; ", ["a", None, None]),
        ("SELECT t.*, a + 1 FROM t", [None, None]),
        (["SET x = 1", "SELECT b"], ["b"]),
        ("SELECT *", [None]),
        ("UPDATE t SET a = 1", [None]),
        ("", [None]),
        ("SELECT \u2039var.column\u203a, \u2039var.other\u203a AS b FROM t", [None, "b"]),
        ('SELECT a AS "x""y", b AS [c "d] FROM t', [None, None]),
    ],
)
def test_columns_of_a_query(sql: Any, expected: list[str | None]) -> None:
    """The columns of a query are called as it calls them, and have numbers where it does not."""
    rows: list[Any] = []
    columns: list[Any] = []

    def read(cursor: Any) -> None:
        columns.extend(name for name, *_ in cursor.description)
        rows.extend(cursor.fetchall())

    SampleDatabase(sql).run(sql, handler=read)
    assert columns == [name or f"column {at}" for at, name in enumerate(expected, 1)]
    assert len(rows) == 3
    assert rows[1] == tuple(f"{name} 2" for name in columns)


@given(st.text(alphabet="SELECT(),'\"* ab\n;", max_size=60) | st.text())
def test_columns_of_anything(sql: str) -> None:
    """Whatever a query is, there are rows."""
    SampleDatabase(sql).run(sql, handler=lambda cursor: cursor.fetchone()[0])
