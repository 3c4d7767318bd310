"""A report that Zoom refuses as too long: it goes again with fewer rows, and once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException
from test_operators import Store, run
from test_sql_to_zoom_chat import change, database, report, typed

from airflow_provider_zoomchat.sandbox import Sandbox
from airflow_provider_zoomchat.zoom.errors import RejectedError
from airflow_provider_zoomchat.zoom.responses import is_too_long

__all__ = ["database"]

ROWS = 40
SQL = "SELECT region, orders, note FROM orders ORDER BY orders"
PATHS = {
    "zoom_default": "/messages",
    "zoom_chatbot_default": "/im/chat/messages",
    "zoom_webhook_default": "/chat/webhooks",
}


@pytest.fixture(autouse=True)
def many(database: Path) -> None:
    """Forty rows, which are more than 1,024 characters and fewer than 4,000."""
    change(database, "DELETE FROM orders")
    with sqlite3.connect(database) as connection:
        rows = [(f"region 1{number:03}", number, "x" * 35) for number in range(ROWS)]
        connection.executemany("INSERT INTO orders VALUES (?, ?, ?)", rows)
    connection.close()


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A local Zoom that holds to the 1,024 characters of its specification."""
    with Sandbox(message_limit=1024) as zoom:
        for name, value in zoom.environment().items():
            monkeypatch.setenv(name, value)
        yield zoom


def many_rows(**arguments: Any) -> Any:
    return report(**{"sql": SQL, "max_rows": ROWS, **arguments})


def counted(text: str) -> int:
    """Return how many rows a table shows; see that the others are counted, and that it fits."""
    lines = typed(text).removesuffix("\n```").splitlines()
    shown = sum(line.startswith("region 1") for line in lines)
    assert lines[-1] == f"and {ROWS - shown} more"
    assert 900 < len(text) <= 1024
    return shown


def test_a_text_as_a_user(strict: Sandbox) -> None:
    """A text that is too long goes again in 1,024 characters, with its words and the count."""
    words = "**Orders**, {{ 'ann@example.com' | zoom_mention }}"
    operator = many_rows(message=words, markdown=True)
    operator.render_template_fields({})
    message_id = run(operator)
    (message,) = strict.messages()
    assert message["id"] == message_id
    assert message["text"].startswith("Orders, @ann@example.com\nregion")
    assert 10 < counted(message["text"]) < ROWS
    assert [item["at_contact"] for item in message["at_items"]] == ["ann@example.com"]
    assert len(strict.requests(PATHS["zoom_default"])) == 2


@pytest.mark.parametrize("send_as", ["card", "text"])
@pytest.mark.parametrize("connection", ["zoom_chatbot_default", "zoom_webhook_default"])
def test_a_card(zoom: Sandbox, connection: str, send_as: str) -> None:
    """A bot's or a webhook's refusal leaves its reason open, and fewer rows are tried once."""
    zoom.fail(400, path=PATHS[connection])
    run(many_rows(message="Orders", zoom_conn_id=connection, send_as=send_as))
    (message,) = zoom.messages()
    assert counted(message["content"]["body"][0]["text"]) > 10
    assert len(zoom.requests(PATHS[connection])) == 2


@pytest.mark.parametrize("connection", PATHS)
def test_a_table_that_is_refused_for_good(zoom: Sandbox, connection: str) -> None:
    """If the shorter one is refused as well, the task fails for good after two calls."""
    too_long = {"code": 300, "message": "The message is too long."}
    zoom.fail(400, body=too_long, path=PATHS[connection], times=9)
    with pytest.raises(AirflowFailException, match="The message is too long"):
        run(many_rows(zoom_conn_id=connection))
    assert (zoom.messages(), len(zoom.requests(PATHS[connection]))) == ([], 2)


@pytest.mark.parametrize("connection", PATHS)
def test_a_table_that_is_short(zoom: Sandbox, connection: str) -> None:
    """One that has no more than 1,024 characters anyway is not tried again."""
    zoom.fail(400, body={"code": 300, "message": "too long"}, path=PATHS[connection])
    with pytest.raises(AirflowFailException, match="too long"):
        run(many_rows(zoom_conn_id=connection, sql=f"{SQL} LIMIT 5"))
    assert (zoom.messages(), len(zoom.requests(PATHS[connection]))) == ([], 1)


def test_another_refusal(zoom: Sandbox) -> None:
    """What has nothing to do with length is not tried again."""
    gone = {"code": 300, "message": "Channel does not exist: c0ffee"}
    zoom.fail(400, body=gone, path=PATHS["zoom_default"])
    with pytest.raises(AirflowFailException, match="Channel does not exist"):
        run(many_rows())
    assert len(zoom.requests(PATHS["zoom_default"])) == 1


@pytest.mark.parametrize("length", [1020, 3000])
def test_words_that_are_too_long(strict: Sandbox, length: int) -> None:
    """Where the words leave no room for a table in 1,024 characters, the error says so."""
    with pytest.raises(AirflowFailException) as caught:
        run(many_rows(message="Orders " * (length // 7)))
    assert "With message above it, a table has no room in 1,024 characters" in str(caught.value)
    assert "HTTP 400, code 300" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert strict.messages() == []


def test_words_without_a_table(strict: Sandbox) -> None:
    """The author's own words are not cut: Zoom's refusal stands, with the limit."""
    empty = f"{SQL.replace('ORDER', 'WHERE orders < 0 ORDER')}"
    with pytest.raises(AirflowFailException, match="it may have 1024 characters"):
        run(many_rows(sql=empty, on_empty="send", empty_message="x" * 1100))
    with pytest.raises(AirflowFailException, match="it may have 1024 characters"):
        run(many_rows(send_as="csv", message="x" * 1100))
    assert strict.messages() == []


def test_a_header_that_is_too_long(strict: Sandbox, database: Path) -> None:
    """Columns whose names alone are too long are made narrower or left out, and counted."""
    names = ", ".join(f"orders AS a_column_with_a_very_long_name_{number}" for number in range(60))
    run(many_rows(sql=f"SELECT {names} FROM orders"))
    (message,) = strict.messages()
    assert message["text"].endswith("of the columns left out")
    assert len(message["text"]) <= 1024


def test_emoji(strict: Sandbox, database: Path) -> None:
    """Zoom may count an emoji as two characters, so a table has room for that."""
    change(database, "UPDATE orders SET note = '🚨🚨🚨🚨🚨🚨🚨🚨🚨🚨🚨🚨'")
    run(many_rows())
    (message,) = strict.messages()
    assert len(message["text"].encode("utf-16-le")) <= 2 * 1024


def test_a_retry_does_not_post_again(strict: Sandbox, database: Path) -> None:
    """A retry knows the report again that went out with fewer rows, and edits it alike."""
    store = Store()
    words = "[Orders](https://wiki.example.com/orders) " + "of the day " * 40
    first = run(many_rows(message=words, markdown=True), store=store)
    assert run(many_rows(message=words, markdown=True), store=store) == first
    assert len(strict.requests(PATHS["zoom_default"])) == 2
    change(database, "DELETE FROM orders WHERE orders = 0")
    assert run(many_rows(message=words, markdown=True), store=store) == first
    (message,) = strict.messages()
    assert len(message["history"]) == 1
    assert "region 1000" not in message["text"]
    assert "region 1001" in message["text"]
    assert 900 < len(message["text"]) <= 1024


def test_an_answer_that_is_lost(strict: Sandbox) -> None:
    """If the second, shorter one may have been posted, nobody posts a third."""
    store = Store()
    strict.fail(400, body={"code": 300, "message": "too long"}, path=PATHS["zoom_default"])
    strict.fail(502, path=PATHS["zoom_default"])
    for _ in range(2):
        task = many_rows()
        task.looks = (0.0,)
        with pytest.raises(AirflowFailException, match="look into the chat"):
            run(task, store=store)
    calls = strict.requests(PATHS["zoom_default"])
    assert len([call for call in calls if call["method"] == "POST"]) == 2


@pytest.mark.parametrize(
    ("status", "code", "said", "expected"),
    [
        (400, 300, "Validation Failed. (message: must have at most 1024 characters)", True),
        (400, 300, "Validation Failed. (message: Invalid field.)", True),
        (400, 300, "The message is too long.", True),
        (400, 300, "message length must be less than 1024", True),
        (400, 300, "Message exceeds the limit", True),
        (422, 300, "Text must be no longer than 1024", True),
        (200, 300, "message too long", True),
        (413, None, "", True),
        (413, 300, "", True),
        (400, 7001, "Invalid Request Body format", True),
        (400, None, "", True),
        (400, 300, "Channel does not exist: c0ffee", False),
        (400, 300, "Either contact or channel must be given", False),
        (400, 300, "Message does not exist.", False),
        (400, 300, "", True),
        (400, 300, "Validation Failed.", True),
        (400, 7004, "Not authorized", False),
        (400, 5301, "Message sending failed", False),
        (404, 4130, "Channel does not exist", False),
        (401, 124, "Invalid access token", False),
        (403, None, "", False),
    ],
)
def test_what_is_too_long(status: int, code: int | None, said: str, expected: bool) -> None:
    """A refusal tells of the length if its words do, or if it says nothing that excludes it."""
    error = RejectedError("Could not", status, code)
    error.said = said
    assert is_too_long(error) is expected
