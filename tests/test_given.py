"""A connection in a text: read as Airflow reads it, and quoted nowhere."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_zoomchat.hooks.connection import Settings, read_connection
from airflow_provider_zoomchat.hooks.connection_sources import parse_connection
from airflow_provider_zoomchat.zoom.errors import ConfigError

SECRET = "s3cr3t-of-mine"
EXTRA = {"account_id": "acc", "user_id": "airflow@example.com", "channel": "c1", "muted": True}


def airflow_reads(text: str) -> Settings:
    """Return the settings of a text that Airflow itself has read."""
    from airflow.models import Connection

    if text.startswith("{"):
        connection: Any = Connection.from_json(text, conn_id="x")
    else:
        connection = Connection(conn_id="x", uri=text)
    assert connection.conn_type == parse_connection(text, "It").conn_type
    return read_connection(connection, "It")


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"conn_type": "zoom", "login": "id", "password": SECRET, "extra": EXTRA}),
        json.dumps(
            {"conn_type": "zoom", "login": "id", "password": SECRET, "extra": json.dumps(EXTRA)}
        ),
        json.dumps(
            {
                "conn_type": "zoom",
                "description": "ours",
                "schema": "",
                "host": "http://127.0.0.1",
                "port": "8765",
                "login": "id",
                "password": SECRET,
                "extra": EXTRA,
            }
        ),
        f"zoom://id:{SECRET}@/?account_id=acc&user_id=airflow%40example.com&muted=true",
        "zoom://id:p%40%2Fss@zoomgov.com/?account_id=acc&timeout=5&label=a+b",
        f"zoom://id:{SECRET}@http%3A%2F%2F127.0.0.1:8765/?account_id=acc",
        f"zoom://http://id:{SECRET}@127.0.0.1:8765/?account_id=acc",
        f"zoom://id:{SECRET}@/?__extra__=%7B%22account_id%22%3A+%22acc%22%7D",
        f"ZOOM://id:{SECRET}@/?account_id=acc&channel=",
        f"my-zoom://id:{SECRET}@/?account_id=acc",
    ],
)
def test_a_connection_is_read_as_airflow_reads_it(text: str) -> None:
    """What the doctor looks at is what a task would have."""
    assert read_connection(parse_connection(text, "It"), "It") == airflow_reads(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "It is empty"),
        (" \n", "It is empty"),
        (SECRET, "It is neither JSON nor a URI"),
        (f'{{"password": "{SECRET}",}}', "It is not JSON: line 1, column"),
        (f'["{SECRET}"]', "It is neither JSON nor a URI"),
        (f'{{"conn_type": "zoom", "password": {{"{SECRET}": 1}}}}', "It has a password that is no"),
        ('{"conn_type": 5}', "It has a conn_type that is not a text: put it in quotes."),
        (f"zoom://id:12/{SECRET}@/?account_id=acc", "It has an @ behind its first /"),
        (f"zoom://i/d:{SECRET}@/?account_id=acc", "It has an @ behind its first /"),
        (f'{{"password": {"9" * 5000}}}', "It "),
        ("{" * 100_000, "It is not JSON"),
        (f'{{"port": "{SECRET}"}}', "It has a port that is not a number."),
        ('{"port": {}, "login": "a"}', None),
        (f'{{"conn_type": "zoom", "app_type": "{SECRET}"}}', "It has 'app_type' where Airflow"),
        ('{"port": 1e999}', "It has a port that is not a number."),
        (f'{{"{SECRET}": 1, "password": "p"}}', "It has 1 unknown key where Airflow knows only"),
        (f'{{"app_type": 1, "{SECRET}": 1, "x": 1}}', "It has 'app_type' and 2 unknown keys where"),
        (f'{{"extra": {"[" * 100_000}', "It is not JSON that can be read."),
        (f"password: {SECRET}\nhost: https://zoom.us", "It is neither JSON nor a URI."),
        (f"AIRFLOW_CONN_X={SECRET}\nY=zoom://", "It is neither JSON nor a URI."),
        (f"'{SECRET}' zoom://id:p@/", "It is neither JSON nor a URI."),
        (f'\ufeff{{"password": "{SECRET}",}}', "It is neither JSON nor a URI"),
        (f"zoom://id:{SECRET}@host:port/", "It is not a URI that Airflow can read"),
        (f"zoom://id:{SECRET}@[/", "It is not a URI that Airflow can read"),
        (f"zoom://?webhook_url=https://x.io/{SECRET}", "It is not a URI that Airflow can read"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_what_is_no_connection(text: str, words: str | None) -> None:
    """What cannot be read is one line that holds nothing of the text's values."""
    if words is None:
        assert parse_connection(text, "It").port is None
        return
    with pytest.raises(ConfigError) as caught:
        parse_connection(text, "It")
    message = str(caught.value)
    assert message.startswith(words)
    assert "\n" not in message
    assert SECRET not in message.lower()


@given(st.text() | st.text().map("zoom://{}".format) | st.text().map('{{"extra": {}}}'.format))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Whatever the text is, it is a connection or one line that says why not."""
    said = ""
    try:
        parse_connection(text, "It")
    except ConfigError as error:
        said = str(error)
    assert "\n" not in said
