"""Connections that are set and cannot be read: what tasks and the doctor say of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from airflow.secrets import BaseSecretsBackend

from airflow_provider_zoomchat._compat import AIRFLOW
from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.notifications.zoom import ZoomChatNotifier
from airflow_provider_zoomchat.sandbox import Sandbox
from airflow_provider_zoomchat.tools.doctor import examine, find
from airflow_provider_zoomchat.zoom.errors import ConfigError

SECRET = "s3cr3t-of-mine"
NAME = "AIRFLOW_CONN_ZOOM_TEST"
START = f"Connection 'zoom_test' could not be read: the environment variable {NAME} is set, but it "
ENCODE = "percent-encode what stands in it (@ is %40, : is %3A, / is %2F), or give the connection"
GOOD = {"conn_type": "zoom", "login": "id", "password": SECRET, "extra": {"account_id": "acc"}}


def changed(**fields: Any) -> str:
    return json.dumps({**GOOD, **fields})


UNREADABLE = {
    "cut": (changed()[:60], "is not JSON: line 1, column 50: Unterminated string starting at."),
    "a comma too many": (changed()[:-1] + ",}", "is not JSON: line 1, column 9"),
    "a slash": (
        f"zoom://id:{SECRET}/x@/?account_id=acc",
        f"is not a URI that Airflow can read: {ENCODE}",
    ),
    "a slash behind digits": (
        f"zoom://id:12/{SECRET}@/?account_id=acc",
        f"has an @ behind its first /, so a part of it is not taken for what it is: {ENCODE}",
    ),
    "a port": (f"zoom://id:p@host:{SECRET}/", f"is not a URI that Airflow can read: {ENCODE}"),
    "an unknown key": (
        changed(account_id=SECRET),
        "has 'account_id' where Airflow knows only conn",
    ),
    "half a secret": (
        changed(**{SECRET: 1}),
        "has 1 unknown key where Airflow knows only conn_type",
    ),
    "a number": (
        changed(password=98765432),
        "has a password that is not a text: put it in quotes.",
    ),
    "a list": (changed(login=[SECRET]), "has a login that is not a text: put it in quotes."),
    "true": (changed(host=True), "has a host that is not a text: put it in quotes."),
    "no number for a port": (changed(port=SECRET), "has a port that is not a number."),
    "a list for a port": (changed(port=[SECRET]), "has a port that is not a number."),
    "a bare list": (json.dumps([SECRET]), "is neither JSON nor a URI."),
    "a bare secret": (SECRET, "is neither JSON nor a URI."),
    "blanks": ("  ", "is empty: give a connection as JSON or as a URI."),
}


def refusal(function: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        function()
    text = str(caught.value)
    assert "\n" not in text
    for secret in (SECRET, "s3cr3t", "98765432"):
        assert secret not in text
    return text


def nothing() -> str:
    raise AssertionError("Nobody asked for standard input.")


@pytest.mark.parametrize("case", UNREADABLE)
def test_set_but_unreadable(
    case: str,
    monkeypatch: pytest.MonkeyPatch,
    airflow_home: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Such a connection is not called missing, and tasks and doctor say the same of it."""
    if AIRFLOW < (3, 0):
        # As it is where tasks run. In a test's process Airflow 2 does not mask anything.
        from airflow import settings

        monkeypatch.setattr(settings, "MASK_SECRETS_IN_LOGS", True)
        from airflow.utils.log.secrets_masker import _secrets_masker

        caplog.handler.addFilter(_secrets_masker())
    text, words = UNREADABLE[case]
    monkeypatch.setenv(NAME, text)
    said = refusal(lambda: ZoomHook("zoom_test").send_message(message="Hi"))
    assert said.startswith(START + words)
    assert "does not exist" not in said
    assert SECRET not in caplog.text
    assert refusal(lambda: find("zoom_test", nothing)) == said
    (step,) = examine("zoom_test", nothing)
    assert (step.name, step.outcome, step.text) == ("connection", "failed", said)
    assert ZoomHook("zoom_test").test_connection() == (False, said)


def test_an_alert_says_it_too(monkeypatch: pytest.MonkeyPatch, airflow_home: str) -> None:
    """An alert that could not be sent says what is wrong with its connection."""
    monkeypatch.setenv(NAME, changed(password=98765432))
    notifier = ZoomChatNotifier(zoom_conn_id="zoom_test", on_error="raise")
    said = refusal(lambda: notifier({}))
    assert said.startswith(f"{START}has a password that is not a text")


@pytest.mark.parametrize("extra", ["[1]", "7", '"text"', "[1", f'"{SECRET}"', "{"])
def test_an_extra_that_is_no_object(
    extra: str, monkeypatch: pytest.MonkeyPatch, airflow_home: str
) -> None:
    """An extra that is no object is named, by tasks and by the doctor."""
    monkeypatch.setenv(NAME, changed(extra=extra))
    words = "Connection 'zoom_test': Extra is not a JSON object."
    assert refusal(lambda: ZoomHook("zoom_test").send_message(message="Hi")) == words
    steps = list(examine("zoom_test", nothing))
    assert [step.text.startswith(words) for step in steps if step.outcome == "failed"] == [True]


class Cut(BaseSecretsBackend):
    """Keeps a connection of which a part is missing."""

    def get_conn_value(self, conn_id: str, *_: Any, **__: Any) -> str | None:
        """Return it."""
        return changed()[:60] if conn_id == "zoom_test" else None


class Down(BaseSecretsBackend):
    """Does not answer."""

    def get_connection(self, conn_id: str, *_: Any, **__: Any) -> Any:
        """Fail, with words that nobody may read."""
        raise PermissionError(f"403 for {SECRET}")


@pytest.mark.parametrize(
    ("backend", "words"),
    [
        ("Cut", "the secrets backend Cut has it, but it is not JSON: line 1, column 50"),
        ("Down", "the secrets backend Down cannot be read (PermissionError)"),
    ],
)
def test_in_a_secrets_backend(
    backend: str, words: str, monkeypatch: pytest.MonkeyPatch, airflow_home: str
) -> None:
    """A secrets backend whose connection cannot be read is named, by tasks and by the doctor."""
    monkeypatch.setenv("AIRFLOW__SECRETS__BACKEND", f"test_unreadable.{backend}")
    said = refusal(lambda: ZoomHook("zoom_test").send_message(message="Hi"))
    assert said.startswith(f"Connection 'zoom_test' could not be read: {words}")
    assert refusal(lambda: find("zoom_test", nothing)).startswith(said[:-1])


@pytest.mark.parametrize("backend", ["Cut", "Down"])
def test_behind_a_secrets_backend(
    backend: str, zoom: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Airflow does, tasks and doctor go on to a connection that can be read."""
    monkeypatch.setenv("AIRFLOW__SECRETS__BACKEND", f"test_unreadable.{backend}")
    monkeypatch.setenv(NAME, json.dumps(zoom.connection("server_to_server")))
    assert ZoomHook("zoom_test").send_message(message="Hi")
    found = find("zoom_test", nothing)
    assert found.source == f"the environment variable {NAME}"
    assert len(found.problems) == 1


@pytest.mark.skipif(AIRFLOW >= (3, 0), reason="no task of Airflow 3 looks into the database itself")
def test_behind_the_environment(
    zoom: Sandbox, monkeypatch: pytest.MonkeyPatch, airflow_home: str
) -> None:
    """A variable that cannot be read hides no connection in Airflow's database."""
    from airflow.models import Connection
    from airflow.utils.session import create_session

    given = zoom.connection("server_to_server")
    stored = Connection(conn_id="zoom_stored", **{**given, "extra": json.dumps(given["extra"])})
    monkeypatch.setenv("AIRFLOW_CONN_ZOOM_STORED", changed()[:60])
    with create_session() as session:
        session.add(stored)
    try:
        assert ZoomHook("zoom_stored").send_message(message="Hi")
        found = find("zoom_stored", nothing)
        assert found.source == "Airflow's database"
        assert "AIRFLOW_CONN_ZOOM_STORED is set, but it is not JSON" in found.problems[0]
    finally:
        with create_session() as session:
            session.query(Connection).filter_by(conn_id="zoom_stored").delete()
