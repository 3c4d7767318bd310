"""Where a connection is looked for, in Airflow's order, and what is said where it is not."""

from __future__ import annotations

import json
import threading
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.secrets import BaseSecretsBackend

from airflow_provider_zoomchat._compat import AIRFLOW
from airflow_provider_zoomchat.tools.doctor import find, is_id
from airflow_provider_zoomchat.zoom.errors import ConfigError

SECRET = "s3cr3t-of-mine"
CONNECTION = json.dumps({"conn_type": "zoom", "login": "of the environment", "password": SECRET})


class Vault(BaseSecretsBackend):
    """Knows one connection."""

    def get_connection(self, conn_id: str, *_: Any, **__: Any) -> Any:
        """Return it."""
        if conn_id != "zoom_kept":
            return None
        known = dict.fromkeys(("host", "password", "port", "extra"))
        return SimpleNamespace(conn_type="zoom", login="of the vault", **known)


class Broken(BaseSecretsBackend):
    """Does not answer."""

    def get_connection(self, conn_id: str, *_: Any, **__: Any) -> Any:
        """Fail, with words that nobody may read."""
        raise PermissionError(f"403 for {SECRET}")


class Locked(BaseSecretsBackend):
    """Has a connection that this machine's key does not open."""

    def get_connection(self, conn_id: str, *_: Any, **__: Any) -> Any:
        """Return what fails when it is read, as Airflow's own connections do."""

        class Connection:
            @property
            def conn_type(self) -> str:
                raise RuntimeError("No password for you: FERNET_KEY configuration is missing")

        return Connection()


def nothing() -> str:
    raise AssertionError("Nobody asked for standard input.")


def refusal(conn_id: str) -> str:
    with pytest.raises(ConfigError) as caught:
        find(conn_id, nothing)
    assert SECRET not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def _in_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ZOOM_KEPT", "ZOOM_OTHER"):
        monkeypatch.setenv(f"AIRFLOW_CONN_{name}", CONNECTION)


@pytest.mark.usefixtures("_in_environment")
def test_the_environment() -> None:
    """A variable of the environment is a connection, and is named."""
    found = find("zoom_other", nothing)
    assert found.connection.login == "of the environment"
    assert found.source == "the environment variable AIRFLOW_CONN_ZOOM_OTHER"


@pytest.mark.usefixtures("_in_environment")
def test_a_secrets_backend_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for Airflow, a secrets backend wins over the environment, if it has the connection."""
    monkeypatch.setenv("AIRFLOW__SECRETS__BACKEND", "test_source.Vault")
    found = find("zoom_kept", nothing)
    assert (found.connection.login, found.source) == ("of the vault", "the secrets backend Vault")
    assert find("zoom_other", nothing).connection.login == "of the environment"


@pytest.mark.usefixtures("_in_environment")
def test_a_secrets_backend_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Airflow does, the doctor goes on without a backend that fails, but says so."""
    monkeypatch.setenv("AIRFLOW__SECRETS__BACKEND", "test_source.Broken")
    found = find("zoom_kept", nothing)
    assert found.connection.login == "of the environment"
    assert tuple(found.problems) == ("the secrets backend Broken cannot be read (PermissionError)",)


def test_a_connection_that_cannot_be_decrypted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another machine's key is named as the reason."""
    monkeypatch.setenv("AIRFLOW__SECRETS__BACKEND", "test_source.Locked")
    text = refusal("zoom_locked")
    assert text.startswith(
        "Connection 'zoom_locked' could not be read: the secrets backend Locked cannot be "
        "decrypted: its fernet_key is not the one of this machine"
    )
    assert "Create it" not in text


@pytest.mark.usefixtures("_in_environment")
def test_a_connection_that_does_not_exist(airflow_home: str) -> None:
    """One line tells what to do, and which ids are like the one that was asked for."""
    text = refusal("zoom_othr")
    assert text.startswith("Connection 'zoom_othr' does not exist. Create it under Admin > ")
    assert "or set AIRFLOW_CONN_ZOOM_OTHR where the tasks run" in text
    assert "'zoom_other'" in text
    assert "\n" not in text


def test_an_id_that_no_variable_can_have(airflow_home: str) -> None:
    """A variable is named only where a shell can set one of that name."""
    assert "AIRFLOW_CONN" not in refusal("zoom-prod")


def test_a_variable_in_small_letters(monkeypatch: pytest.MonkeyPatch, airflow_home: str) -> None:
    """A variable that Airflow does not read for its letters is named with the right ones."""
    monkeypatch.setenv("AIRFLOW_CONN_zoom_default", CONNECTION)
    assert refusal("zoom_default") == (
        "Connection 'zoom_default' does not exist. AIRFLOW_CONN_zoom_default is set, but Airflow "
        "reads AIRFLOW_CONN_ZOOM_DEFAULT, in capitals: rename it."
    )


class Postgres(Exception):
    """What SQLAlchemy raises around a driver's words."""

    def __init__(self, words: str) -> None:
        super().__init__("(psycopg2) SELECT password ...")
        self.orig = words


class Away(BaseSecretsBackend):
    """Fails with some words.

    :param words: those of the database's driver.
    """

    def __init__(self, words: str) -> None:
        super().__init__()
        self._words = words

    def get_connection(self, conn_id: str, *_: Any, **__: Any) -> Any:
        """Fail."""
        raise Postgres(self._words)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ('relation "connection" does not exist\nLINE 2', "is not set up here"),
        ("no such table: connection", "is not set up here"),
        ("(1146, \"Table 'airflow.connection' doesn't exist\")", "is not set up here"),
        ('FATAL:  database "airflow" does not exist', "cannot be read (Postgres)"),
        ('FATAL:  role "me" does not exist', "cannot be read (Postgres)"),
    ],
)
def test_a_database_that_fails(monkeypatch: pytest.MonkeyPatch, words: str, said: str) -> None:
    """Only a table that is missing is mended by a migration."""
    monkeypatch.setenv("AIRFLOW__SECRETS__BACKEND", "test_source.Away")
    monkeypatch.setenv("AIRFLOW__SECRETS__BACKEND_KWARGS", json.dumps({"words": words}))
    assert f"could not be read: the secrets backend Away {said}" in refusal("zoom_away")


@pytest.mark.skipif(AIRFLOW < (3, 0), reason="Airflow 2 has no secrets backend for tasks alone")
@pytest.mark.usefixtures("_in_environment")
def test_the_secrets_backend_of_tasks_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """A backend that only tasks ask is asked before all else, then the environment."""
    monkeypatch.setenv("AIRFLOW__WORKERS__SECRETS_BACKEND", "test_source.Vault")
    monkeypatch.setenv("AIRFLOW__SECRETS__BACKEND", "test_source.Broken")
    found = find("zoom_kept", nothing)
    assert (found.source, tuple(found.problems)) == ("the secrets backend Vault", ())
    found = find("zoom_other", nothing)
    assert (found.connection.login, tuple(found.problems)) == ("of the environment", ())


@pytest.mark.parametrize("conn_id", [CONNECTION, f"zoom://id:{SECRET}@/", "", " ", "a\nb"])
def test_what_is_no_id(conn_id: str) -> None:
    """A connection itself in the place of its id is refused, and not shown."""
    assert not is_id(conn_id)
    assert refusal(conn_id).startswith("That is no id of a connection.")


def test_an_airflow_that_cannot_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is wrong with Airflow's configuration is one line."""
    monkeypatch.setenv("AIRFLOW__SECRETS__BACKEND", "nowhere.Vault")
    assert refusal("zoom_kept").startswith("Airflow cannot be asked for connection 'zoom_kept' (")


def test_standard_input_in_no_encoding() -> None:
    """Bytes that are no text are one line."""

    def binary() -> str:
        return b"\xff".decode()

    with pytest.raises(ConfigError, match="Standard input holds no text"):
        find("-", binary)


class Hanging(BaseSecretsBackend):
    """Gives no answer before the test ends."""

    ended = threading.Event()

    def get_connection(self, conn_id: str, *_: Any, **__: Any) -> Any:
        """Wait."""
        self.ended.wait()


def test_a_secrets_backend_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A place that gives no answer is left to itself, and one line says so."""
    monkeypatch.setenv("AIRFLOW__SECRETS__BACKEND", "test_source.Hanging")
    try:
        with pytest.raises(ConfigError, match="gave no answer within 1 s"):
            find("zoom_kept", nothing, seconds=1)
    finally:
        Hanging.ended.set()
