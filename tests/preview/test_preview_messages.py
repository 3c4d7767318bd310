"""One message, card or alert on each API, and what a person may hand over."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as st

from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.notifications.alert import EVENTS
from airflow_provider_zoomchat.tools.preview import given, messages, queries, safety
from airflow_provider_zoomchat.tools.preview.shown import Group, PreviewError, is_refused
from airflow_provider_zoomchat.tools.preview.stage import Stage

CARD = {
    "settings": {"default_sidebar_color": "#2e9e5b"},
    "head": {"text": "Quality"},
    "body": [
        {"type": "fields", "items": [{"key": "Rules", "value": "12"}]},
        {"type": "actions", "items": [{"text": "Open", "value": "open"}]},
    ],
}


def preview(what: given.Given, *app_types: str, **names: Any) -> Group:
    with safety.isolated(with_settings=False), safety.quiet():
        return messages.preview(what, app_types, names)[0]


def of_file(path: Path, stdin: str = "", *, markdown: bool = False) -> given.Given:
    return given.file(str(path), lambda: stdin.encode(), markdown=markdown)


def test_a_text_at_every_api() -> None:
    """A text is shown on each API, with its length, its request and no refusal."""
    group = preview(given.message("Load **finished** on {{ ds }}", markdown=True))
    assert [shown.name for shown in group.shown] == ["as a user", "as a bot", "through a webhook"]
    user, bot, webhook = group.shown
    assert user.length == "27 of 4,096 characters; Zoom's specification says 1,024"
    assert bot.length == "29 of 4,000 characters of text"
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
    """A card is shown as a bot and through a webhook; a user cannot post it."""
    path = tmp_path / "card.json"
    path.write_text(json.dumps(CARD))
    what = of_file(path)
    assert [shown.app_type for shown in preview(what).shown] == ["chatbot", "incoming_webhook"]
    with pytest.raises(PreviewError, match="a user cannot post cards"):
        preview(what, "server_to_server")


def test_templates_in_files(tmp_path: Path) -> None:
    """A template is rendered, with a person's names and with files beside it."""
    (tmp_path / "foot.md").write_text("from {{ team }}")
    path = tmp_path / "note.md.j2"
    path.write_text("# {{ ds }}\n{% include 'foot.md' %}")
    group = preview(of_file(path), "server_to_server", team="Sales")
    assert group.shown[0].message
    assert group.shown[0].message["text"] == "2026-03-14\nfrom Sales"
    path = tmp_path / "card.json.j2"
    path.write_text('{"head": {"text": {{ ti.xcom_pull("load") | tojson }}}}')
    group = preview(of_file(path), "chatbot")
    assert group.shown[0].message
    assert group.shown[0].message["text"] == "\u2039load\u203a"


def test_what_needs_a_value() -> None:
    """A template that Python's own functions cannot carry out without a value is no refusal."""
    group = preview(given.message("{{ macros.ds_add(ti.xcom_pull('day'), 1) }}", markdown=False))
    assert not is_refused([group])
    for shown in group.shown:
        assert shown.message is None
        assert shown.notes[0] == "It cannot be shown without a value that only a run knows."
    day = preview(
        given.message("{{ macros.ds_add(ti.xcom_pull('day'), 1) }}", markdown=False),
        "server_to_server",
        xcoms={"day": "2026-03-14"},
    )
    assert day.shown[0].message
    assert day.shown[0].message["text"] == "2026-03-15"


def test_lengths() -> None:
    """What Zoom may refuse is said; what it would refuse is refused."""
    user, bot, _ = preview(given.message("x" * 1025, markdown=False)).shown
    assert user.length.endswith("Zoom's specification says 1,024: Zoom may refuse it")
    assert not user.refusals
    group = preview(given.message("x" * 4001, markdown=False))
    user, bot, _ = group.shown
    assert user.message is not None
    assert bot.refusals[0].startswith("message has 4001 characters")
    assert is_refused([group])


@pytest.mark.parametrize("event", [name for name in EVENTS if name != "unknown"])
def test_alerts(event: str) -> None:
    """The alert for every event is shown on every API, as that event's."""
    with safety.isolated(with_settings=False), safety.quiet():
        group = messages.alert(event, (), {})[0]
    assert [shown.refusals for shown in group.shown] == [[], [], []]
    said = {
        "task_started": "started",
        "task_retry": "will be tried again",
        "deadline_missed": "deadline",
        "approval_asked": "Publish the sales",
        "sla_missed": "SLA",
    }.get(event, event.partition("_")[2])
    for shown in group.shown:
        assert shown.message
        assert said in shown.message["text"]


def test_an_unknown_event() -> None:
    """An event that is none is one line with those that are."""
    with pytest.raises(PreviewError, match=r"no event 'task_exploded'\. The events are task_start"):
        messages.alert("task_exploded", (), {})


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
        ("note.md", b"\xff\xfe", r"it is no UTF-8 \(byte 1\)"),
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
        given.context(str(path))
    with pytest.raises(PreviewError, match="no such file"):
        given.context(str(tmp_path / "nowhere.json"))


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
    assert given.file("-", lambda: b"\xef\xbb\xbfHi\r\n", markdown=False).value == "Hi\n"
    with pytest.raises(PreviewError, match=r"^standard input: it is no UTF-8 \(byte 3\)\.$"):
        given.file("-", lambda: b"Hi\xff", markdown=False)


@settings(deadline=None, max_examples=10)
@examples(st.text(max_size=200))
def test_any_text(text: str) -> None:
    """Whatever somebody writes is shown, or one line says why it is not."""
    try:
        group = preview(given.message(text, markdown=True), "server_to_server")
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
            safety.guard(ZoomHook("zoom_real"), "http://127.0.0.1:1")


def test_connections_are_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connections of a preview hide those of the environment, and only while it lasts."""
    monkeypatch.setenv("AIRFLOW_CONN_ZOOM_DEFAULT", "zoom://real")
    with Stage() as stage:
        hook = stage.hook("zoom_default", "server_to_server")
        assert hook.settings.at.api == f"{stage.zoom.url}/v2"
        assert os.environ["AIRFLOW_CONN_ZOOM_DEFAULT"] != "zoom://real"
    assert os.environ["AIRFLOW_CONN_ZOOM_DEFAULT"] == "zoom://real"


_NUMBERED = ["column 1", "column 2", "column 3", "column 4"]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT region, count(*) AS orders FROM t", ["region", "orders"]),
        ("select distinct t.a, round(sum(b, 1), 2) total, 'x' from t", ["a", "total", "column 3"]),
        ("WITH x AS (SELECT a FROM b) SELECT c FROM x -- , d", ["c"]),
        ("SELECT *", ["column 1"]),
        ("SELECT t.*, NULL, 1, a IS NOT NULL FROM t", _NUMBERED),
        ("", ["column 1"]),
        ("UPDATE t SET a = 1", ["column 1"]),
        ('SELECT "Net", `b` AS [c]', ["Net", "c"]),
        (
            """SELECT a "Total Region", b AS "Sum (EUR)", c AS `Net, all`, d AS [My "own"], """
            """e AS 'It''s', f AS "The ""best""\" """,
            ["Total Region", "Sum (EUR)", "Net, all", 'My "own"', "It's", 'The "best"'],
        ),
        ("SELECT 'one, two from three' AS what, \"from\" FROM t", ["what", "from"]),
        ("SELECT EXTRACT(year FROM d) yr, a IS DISTINCT FROM b AS new FROM t", ["yr", "new"]),
        (
            "SELECT CASE WHEN a = 1 THEN 'from' END AS kase, CASE a WHEN 1 THEN 2 END FROM t",
            ["kase", "column 2"],
        ),
        ("SELECT DISTINCT lower(region) FROM t", ["lower"]),
        ("SELECT DISTINCT ON (a) b, c INTO d", ["b", "c"]),
        ("SELECT TOP 10 a, t.[b c] FROM t", ["a", "b c"]),
        ("SELECT year, type, date, s.order FROM s", ["year", "type", "date", "order"]),
        ("SELECT a::numeric, sum(b)::int, c::text AS d FROM t", ["a", "sum", "d"]),
        ("SELECT a * b, a - t.b, a OR b, x IN (1, 2), a || b ab", [*_NUMBERED, "ab"]),
        ("SELECT sum(a) OVER (PARTITION BY b, c) AS total, d FROM t", ["total", "d"]),
        ("SELECT a, (SELECT max(b) AS c FROM u), d[1, 2] e FROM t", ["a", "column 2", "e"]),
        (
            "WITH x AS (SELECT q, r FROM s), y AS (SELECT 1) SELECT a, b FROM x",
            ["a", "b"],
        ),
        ("SELECT a FROM t UNION ALL SELECT b FROM u", ["a"]),
        ("(SELECT a, b FROM t) UNION (SELECT c, d FROM u)", ["a", "b"]),
        ("SELECT a FROM t; SELECT b, FROM u; -- done", ["b"]),
        ("SELECT \u2039var.column\u203a, \u2039var.other\u203a AS b FROM t", ["column 1", "b"]),
    ],
)
def test_columns_of_a_query(sql: str, expected: list[str]) -> None:
    """The columns of a query are called as it calls them, and have numbers where it does not."""
    assert queries.columns(sql) == expected


@examples(
    st.text(alphabet="SELECT(),'\"* ab\n;", max_size=60)
    | st.text()
    | st.lists(
        st.sampled_from(
            [
                *("select", "from", "as", "distinct", "union", "end", "in", "a", "b.c", "1"),
                *(
                    "'x'",
                    '"q"',
                    "`",
                    "[",
                    "]",
                    "(",
                    ")",
                    ",",
                    ".",
                    ";",
                    "*",
                    "::",
                    "--",
                    "/*",
                    "$$",
                ),
            ]
        ),
        max_size=30,
    ).map(" ".join)
)
def test_columns_of_anything(sql: str) -> None:
    """Whatever a query is, it has a column, and every column a name."""
    assert all(queries.columns(sql) or [""])
