"""The report operator: queries on a real database, to every API of a local Zoom."""

from __future__ import annotations

import json
import sqlite3
import sys
import tempfile
import tracemalloc
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import (
    DAG,
    AirflowException,
    AirflowFailException,
    AirflowSkipException,
)
from test_operators import Store, Ti, run

from airflow_provider_zoomchat.sandbox import Sandbox
from airflow_provider_zoomchat.transfers.sql_to_zoom_chat import SqlToZoomChatOperator
from airflow_provider_zoomchat.zoom.errors import ConfigError
from airflow_provider_zoomchat.zoom.text import Text, markdown, mention

pytest.importorskip("airflow.providers.sqlite")

QUERY = "SELECT region, orders, note FROM orders ORDER BY orders DESC"
AS_TEXT = """\
region   orders  note
-------  ------  -----
EU        48210  –
Übersee       7  a & b"""  # noqa: RUF001


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, airflow_home: str) -> Path:
    """A database with two rows, behind the connection `sales`."""
    path = tmp_path / "sales.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE orders (region, orders, note)")
        connection.execute("INSERT INTO orders VALUES ('EU', 48210, NULL), ('Übersee', 7, 'a & b')")
    connection.close()
    value = json.dumps({"conn_type": "sqlite", "host": str(path)})
    monkeypatch.setenv("AIRFLOW_CONN_SALES", value)
    monkeypatch.setenv("AIRFLOW_CONN_FILES", "fs://")
    monkeypatch.setenv("AIRFLOW_CONN_UNKNOWN", '{"conn_type": "no_db"}')
    return path


def report(**arguments: Any) -> SqlToZoomChatOperator:
    given = {"sql": QUERY, "sql_conn_id": "sales", **arguments}
    return SqlToZoomChatOperator(task_id="report", **given)


def typed(text: str) -> str:
    """Return a user's text with plain blanks and dashes; see `rich_text.in_columns`."""
    return text.replace("\N{FIGURE SPACE}", " ").replace("\N{FIGURE DASH}", "-")


def change(database: Path, sql: str) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute(sql)
    connection.close()


def test_a_text_as_a_user(zoom: Sandbox) -> None:
    """As a user the result is a text, aligned, below the words."""
    ti = Ti()
    message_id = run(report(message="Orders"), ti)
    (message,) = zoom.messages()
    assert typed(message["text"]) == f"Orders\n{AS_TEXT}"
    assert ti.xcoms["zoom_message"]["message_id"] == message_id
    assert ti.xcoms["zoom_message"]["app_type"] == "server_to_server"


@pytest.mark.parametrize("connection", ["zoom_chatbot_default", "zoom_webhook_default"])
def test_a_card_as_a_bot_and_through_a_webhook(zoom: Sandbox, connection: str) -> None:
    """Elsewhere it is a card: the words as its head, the table as a block of code."""
    run(report(message="Orders", zoom_conn_id=connection))
    (message,) = zoom.messages()
    code = AS_TEXT.replace("&", "&amp;")
    assert message["content"] == {
        "head": {"text": "Orders"},
        "body": [{"type": "message", "text": f"```\n{code}\n```", "is_markdown_support": True}],
    }


def test_few_pairs_are_fields(zoom: Sandbox) -> None:
    """A few names with values are shown as the fields of a card, without words too."""
    sql = "SELECT region, orders FROM orders ORDER BY 1"
    run(report(sql=sql, zoom_conn_id="zoom_chatbot_default"))
    items = [
        {"key": "EU", "value": "48210", "short": True},
        {"key": "Übersee", "value": "7", "short": True},
    ]
    (message,) = zoom.messages()
    assert message["content"] == {"body": [{"type": "fields", "items": items}]}


@pytest.mark.parametrize(
    "words", [markdown("**Orders**, ") + mention("ann@example.com"), None], ids=["words", "none"]
)
def test_a_card_as_a_user(
    zoom: Sandbox, monkeypatch: pytest.MonkeyPatch, words: Text | None
) -> None:
    """As a user the words stand above the card; where Zoom takes no card, all is text."""
    for owns_cards in (True, False):
        monkeypatch.setattr(zoom, "owns_cards", owns_cards)
        run(report(message=words, send_as="card"))
    as_card, as_words = zoom.messages()
    (block,) = json.loads(as_card["interactive_cards"][0]["card_json"])["content"]["body"]
    code = AS_TEXT.replace("&", "&amp;")
    assert block == {"type": "message", "text": f"```\n{code}\n```", "is_markdown_support": True}
    assert typed(as_words["text"]).endswith(AS_TEXT)
    for message in zoom.messages() if words else ():
        assert message["text"].startswith("Orders,@ann@example.com")
        assert message["at_items"][0]["at_contact"] == "ann@example.com"


@pytest.mark.parametrize("connection", ["zoom_chatbot_default", "zoom_webhook_default"])
def test_a_text_at_every_api(zoom: Sandbox, connection: str) -> None:
    """Bots and webhooks send a text too, with the table in the type of code."""
    run(report(message="Orders", send_as="text", zoom_conn_id=connection))
    (message,) = zoom.messages()
    (block,) = message["content"]["body"]
    code = AS_TEXT.replace("&", "&amp;")
    assert block["text"] == f"Orders\n```\n{code}\n```"


def test_a_file_as_a_user(zoom: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """All rows go as a file that a spreadsheet opens, and nothing of it stays on the disk."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    run(report(send_as="csv", filename="Übersicht.csv", max_rows=1))
    (message,) = zoom.messages()
    assert message["text"] == "Übersicht.csv: 2 rows"
    (file,) = message["files"]
    lines = "region,orders,note\r\nEU,48210,\r\nÜbersee,7,a & b\r\n"
    assert file["name"] == "Übersicht.csv"
    assert file["sha256"] == sha256(lines.encode("utf-8-sig")).hexdigest()
    assert not list(tmp_path.glob("zoomchat-*"))


def test_a_file_of_many_rows(zoom: Sandbox) -> None:
    """A file has all rows, however many, and its words may be the author's."""
    sql = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25000) "
        "SELECT i FROM n"
    )
    run(report(sql=sql, send_as="csv", message="All of them"))
    (message,) = zoom.messages()
    numbers = "".join(f"{number}\r\n" for number in range(1, 25001))
    assert message["text"] == "All of them"
    assert message["files"][0]["size"] == len(f"\ufeffi\r\n{numbers}".encode())


BROKEN = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000) "
    "SELECT CASE WHEN i < 9000 THEN hex(zeroblob(500)) ELSE abs(-9223372036854775808) END FROM n"
)


def test_a_file_that_is_not_finished(
    zoom: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the query fails after thousands of rows, nothing is sent and no file is left."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(sqlite3.OperationalError, match="integer overflow"):
        run(report(sql=BROKEN, send_as="csv"))
    assert zoom.requests() == []
    assert [path.name for path in tmp_path.iterdir()] == ["sales.db"]


LARGE = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40) "
    "SELECT i, hex(zeroblob(500000)) AS dump FROM n"
)


@pytest.mark.oldest_and_newest
@pytest.mark.parametrize("send_as", ["text", "csv"])
def test_the_memory_for_large_rows(zoom: Sandbox, send_as: str) -> None:
    """Of 40 rows of 1 MB few are in memory at a time, shown or written."""
    tracemalloc.start()
    try:
        run(report(sql=LARGE, send_as=send_as, max_rows=40, max_cell=10))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    (message,) = zoom.messages()
    if send_as == "csv":
        assert message["files"][0]["size"] > 40_000_000
    else:
        assert typed(message["text"]).endswith("\n40  000000000…")
    assert peak < 30_000_000, peak


def test_no_more_is_shown_than_fits(zoom: Sandbox, database: Path) -> None:
    """A long result is cut at max_rows and at what a message may have, and the rest is counted."""
    change(database, "DELETE FROM orders")
    with sqlite3.connect(database) as connection:
        rows = [(f"region 1{number}", number, "<" * 35) for number in range(1206)]
        connection.executemany("INSERT INTO orders VALUES (?, ?, ?)", rows)
    connection.close()
    run(report())
    run(report(max_rows=1000, message="Orders " * 100))
    run(report(max_rows=1000, zoom_conn_id="zoom_chatbot_default", message="Orders"))
    few, many, card = zoom.messages()
    assert few["text"].splitlines()[-1] == "and 1,186 more"
    assert 3900 < len(many["text"]) <= 4096
    (block,) = card["content"]["body"]
    assert 3700 < len(block["text"]) <= 4000
    for text in (many["text"], block["text"].removesuffix("\n```")):
        shown = sum(line.startswith("region 1") for line in text.splitlines())
        assert text.splitlines()[-1] == f"and {1206 - shown:,} more"


EMPTY = "SELECT region FROM orders WHERE orders < 0"


@pytest.mark.parametrize("send_as", [None, "csv"])
def test_an_empty_result(zoom: Sandbox, send_as: str | None) -> None:
    """Without rows the task is skipped, says so, or fails so that retries look again."""
    with pytest.raises(AirflowSkipException):
        run(report(sql=EMPTY, send_as=send_as))
    with pytest.raises(AirflowException, match="gave no rows") as caught:
        run(report(sql=EMPTY, send_as=send_as, on_empty="fail"))
    assert not isinstance(caught.value, AirflowFailException)
    assert zoom.requests() == []
    run(report(sql=EMPTY, send_as=send_as, on_empty="send", message="Orders"))
    run(report(sql=EMPTY, send_as=send_as, on_empty="send", empty_message="All is well."))
    assert [message["text"] for message in zoom.messages()] == ["Orders\nNo rows.", "All is well."]


def test_formats_where_there_are_no_rows(zoom: Sandbox) -> None:
    """What stands in place of a table may have markdown and filters too."""
    operator = report(
        sql=EMPTY,
        on_empty="send",
        markdown=True,
        empty_message="**Nothing**, {{ 'ann@example.com' | zoom_mention }}",
    )
    operator.render_template_fields({})
    run(operator)
    run(report(sql=EMPTY, on_empty="send", message="Orders", empty_message=None))
    first, second = zoom.messages()
    assert first["text"] == "Nothing, @ann@example.com"
    assert [item["at_contact"] for item in first["at_items"]] == ["ann@example.com"]
    assert second["text"] == "Orders"


@pytest.mark.parametrize("connection", ["zoom_chatbot_default", "zoom_webhook_default"])
def test_an_empty_result_elsewhere(zoom: Sandbox, connection: str) -> None:
    """Bots and webhooks say so too."""
    run(report(sql=EMPTY, on_empty="send", zoom_conn_id=connection))
    assert [message["text"] for message in zoom.messages()] == ["No rows."]


def test_a_query_that_fails(zoom: Sandbox) -> None:
    """The database's own error is raised, so that Airflow's retries apply; nothing is sent."""
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        run(report(sql="SELECT * FROM nowhere"))
    assert zoom.requests() == []


def test_several_statements(zoom: Sandbox) -> None:
    """Of several statements the last one's result is posted; parameters go with them."""
    run(
        report(
            sql=["UPDATE orders SET orders = 8 WHERE orders = 7", "SELECT min(orders) FROM orders"]
        )
    )
    run(report(sql="SELECT 1; SELECT 2 AS two;", split_statements=True))
    run(report(sql="SELECT region FROM orders WHERE orders > :least", parameters={"least": 100}))
    shown = [typed(message["text"]).splitlines()[-1] for message in zoom.messages()]
    assert shown == ["          8", "  2", "EU"]


BAD: list[tuple[dict[str, Any], str]] = [
    (
        {"send_as": "csv", "zoom_conn_id": "zoom_chatbot_default"},
        "Bots and webhooks cannot upload files: use a connection with App type server_to_server "
        "or user_oauth, or send_as='card'.",
    ),
    ({"send_as": "csv", "zoom_conn_id": "zoom_webhook_default"}, "cannot upload files"),
    ({"to_jid": "x"}, "to_jid cannot be given here: with App type 'server_to_server', a message"),
    (
        {"to_channel": "x", "zoom_conn_id": "zoom_webhook_default"},
        "takes no target, since a webhook has its channel.",
    ),
    ({"to_channel": "a", "to_contact": "b"}, "Both to_channel and to_contact are given"),
    ({"zoom_conn_id": "zoom_nowhere"}, "Connection 'zoom_nowhere' does not exist."),
    ({"sql": " "}, "sql is missing."),
    ({"sql": []}, "sql is missing."),
    ({"sql": None}, "sql is missing."),
    ({"sql_conn_id": ""}, "sql_conn_id must be a text, not ''."),
    ({"sql_conn_id": "nowhere"}, "Connection 'nowhere' does not exist. Create it under Admin"),
    ({"sql_conn_id": "zoom_default"}, "Connection 'zoom_default' of type 'zoom' gives no hook"),
    ({"sql_conn_id": "files"}, "Connection 'files' of type 'fs' gives no hook that runs queries."),
    ({"sql_hook_params": 5}, "sql_hook_params must be a dict, not a value of type int."),
    ({"message": 5}, "message must be a text, not a value of type int."),
    ({"message": "x" * 3597}, "message has 3597 characters, and above a table it may have 3596."),
    ({"max_rows": 0}, "max_rows must be a whole number from 1 to 5000, not 0."),
    ({"max_cell": "40"}, "max_cell must be a whole number from 3 to 1000, not '40'."),
    ({"filename": "a/b.csv", "send_as": "csv"}, "filename must be a name"),
    ({"filename": "", "send_as": "csv"}, "filename is missing."),
    (
        {"filename": "日" * 84 + ".csv", "send_as": "csv"},
        "filename is 256 bytes long in UTF-8, and a name may have 255. Shorten it.",
    ),
    (
        {"sql_conn_id": "zoom_default"},
        "gives no hook that runs queries. Give sql_conn_id an SQL database, and give "
        "sql_hook_params, like the connection's extra, only what its hook takes.",
    ),
    (
        {"sql_conn_id": "unknown"},
        "Connection 'unknown' of type 'no_db' gives no hook that runs queries, since no provider "
        "for this type is installed. Install that of the database, as a rule "
        "apache-airflow-providers-no-db, or give sql_conn_id an SQL database.",
    ),
]


@pytest.mark.parametrize(("arguments", "words"), BAD, ids=range(len(BAD)))
def test_bad_input(zoom: Sandbox, database: Path, arguments: dict[str, Any], words: str) -> None:
    """Bad input fails the task for good, before the query runs and before any call."""
    sql = "INSERT INTO orders VALUES (1, 2, 3)"
    with pytest.raises(AirflowFailException) as caught:
        run(report(**{"sql": sql, **arguments}))
    assert words in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert zoom.requests() == []
    with sqlite3.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (2,)
    connection.close()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"send_as": "pdf"}, "send_as must be one of text, card, csv, not 'pdf'."),
        ({"on_empty": "wait"}, "on_empty must be one of skip, send, fail, not 'wait'."),
        ({"operation": "edit"}, "operation must be one of send, not 'edit'."),
    ],
)
def test_wrong_choices(arguments: dict[str, Any], words: str) -> None:
    """What is no template is judged while the DAG is parsed."""
    with pytest.raises(ConfigError) as caught:
        report(**arguments)
    assert str(caught.value) == words


@pytest.mark.parametrize("send_as", ["text", "csv"])
def test_a_statement_that_is_no_query(zoom: Sandbox, database: Path, send_as: str) -> None:
    """A statement without a result is no report, and has had its effect."""
    with pytest.raises(AirflowFailException, match="carried out all the same"):
        run(report(sql="INSERT INTO orders VALUES ('US', 1, NULL)", send_as=send_as))
    assert zoom.requests() == []
    # What the error says.
    with sqlite3.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (3,)
    connection.close()


def test_without_common_sql(zoom: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the provider that runs queries, the error names the extra that brings it."""
    monkeypatch.setitem(sys.modules, "airflow.providers.common.sql.hooks.sql", None)
    with pytest.raises(AirflowFailException, match=r"airflow-provider-zoomchat\[sql\]"):
        run(report())


def test_a_retry_does_not_post_again(zoom: Sandbox, database: Path) -> None:
    """A task that is tried again finds what it posted, and edits it if the result has changed."""
    store = Store()
    first = run(report(), store=store)
    assert run(report(), store=store) == first
    change(database, "DELETE FROM orders WHERE region = 'EU'")
    assert run(report(), store=store) == first
    (message,) = zoom.messages()
    assert [typed(text) for text in message["history"]] == [AS_TEXT]
    assert "EU" not in message["text"]


def test_a_retry_leaves_a_file_alone(zoom: Sandbox, database: Path) -> None:
    """A file that was posted stays as it is, with its message."""
    store = Store()
    first = run(report(send_as="csv"), store=store)
    assert run(report(send_as="csv"), store=store) == first
    change(database, "DELETE FROM orders WHERE region = 'EU'")
    assert run(report(send_as="csv"), store=store) == first
    (message,) = zoom.messages()
    assert (message["text"], message["history"]) == ("result.csv: 2 rows", [])
    assert len(zoom.requests("/files")) == 1


def test_a_muted_connection(zoom: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Muted, the query runs and nothing is sent."""
    connection = zoom.connection("server_to_server")
    connection["extra"]["muted"] = True
    monkeypatch.setenv("AIRFLOW_CONN_ZOOM_DEFAULT", json.dumps(connection))
    assert run(report()).startswith("muted-")
    assert run(report(send_as="csv")).startswith("muted-")
    assert zoom.requests() == []


def test_every_argument_is_templated() -> None:
    """All that a run may decide is templated."""
    from inspect import signature

    own = set(signature(SqlToZoomChatOperator.__init__).parameters) - {"self", "kwargs"}
    choices = {"split_statements", "markdown", "send_as", "max_rows", "max_cell", "on_empty"}
    assert set(SqlToZoomChatOperator.template_fields) == own - choices - {"durable"}


def test_templates_are_rendered(zoom: Sandbox, tmp_path: Path) -> None:
    """A query may stand in a file, and is rendered with the task's context like the rest."""
    from airflow.providers.common.compat.sdk import DAG

    (tmp_path / "orders.sql").write_text("SELECT orders FROM orders WHERE region = '{{ region }}'")
    with DAG("reports", template_searchpath=str(tmp_path), schedule=None):
        operator = report(
            sql="orders.sql", sql_conn_id="{{ where }}", message="Orders of {{ region }}"
        )
    operator.resolve_template_files()
    operator.render_template_fields({"region": "EU", "where": "sales"})  # type: ignore[typeddict-unknown-key]
    run(operator)
    assert [typed(message["text"]) for message in zoom.messages()] == [
        "Orders of EU\norders\n------\n 48210"
    ]


def test_formats_and_mentions_above_a_table(zoom: Sandbox) -> None:
    """Words with formats and mentions keep them, on each API in its own way."""
    words = "**Orders** for {{ 'ann@example.com' | zoom_mention }}"
    for connection in ("zoom_default", "zoom_chatbot_default"):
        operator = report(message=words, markdown=True, zoom_conn_id=connection)
        operator.render_template_fields({})
        run(operator)
    user, bot = zoom.messages()
    assert typed(user["text"]) == f"Orders for @ann@example.com\n{AS_TEXT}"
    above, table = bot["content"]["body"]
    assert above["text"].startswith("*Orders* for ")
    assert above["is_markdown_support"]
    assert table["text"].startswith("```\nregion")


def test_the_link_to_zoom(zoom: Sandbox) -> None:
    """The task has the operators' link, whose address stands in the XCom."""
    ti = Ti()
    run(report(), ti)
    assert [link.name for link in SqlToZoomChatOperator.operator_extra_links] == ["Open in Zoom"]
    assert ti.xcoms["zoom_message"]["link"].startswith(f"{zoom.url}/launch/chat/v2/")


def test_texts_that_end_like_files(zoom: Sandbox) -> None:
    """Only sql and message may be files, by their names alone, and digits stay a file's name."""
    with DAG("reports", schedule=None, render_template_as_native_obj=True) as dag:
        task = report(
            sql="SELECT region FROM orders WHERE region = ?",
            parameters=["no such region.sql"],
            message="Made by daily orders.sql",
            on_empty="send",
            empty_message="nothing_in_orders.sql",
            filename="{{ '20260314' }}",
        )
    task.resolve_template_files()
    task.render_template_fields({"dag": dag})
    assert (task.filename, task.parameters) == ("20260314", ["no such region.sql"])
    run(task)
    assert zoom.messages()[-1]["text"] == "Made by daily orders.sql\nnothing_in_orders.sql"
