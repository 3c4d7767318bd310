"""Where a connection is looked for, in Airflow's order, and what is said where it is not."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.secrets import BaseSecretsBackend

from airflow_provider_zoomchat.doctor import find
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
                raise RuntimeError("Can't decrypt encrypted password")

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
    assert found.where == "the environment variable AIRFLOW_CONN_ZOOM_OTHER"
    assert found.called == "Connection 'zoom_other'"


@pytest.mark.usefixtures("_in_environment")
def test_a_secrets_backend_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for Airflow, a secrets backend wins over the environment, if it has the connection."""
    monkeypatch.setenv("AIRFLOW__SECRETS__BACKEND", "test_source.Vault")
    found = find("zoom_kept", nothing)
    assert (found.connection.login, found.where) == ("of the vault", "the secrets backend Vault")
    assert find("zoom_other", nothing).connection.login == "of the environment"


@pytest.mark.usefixtures("_in_environment")
def test_a_secrets_backend_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Airflow does, the doctor goes on without a backend that fails, but says so."""
    monkeypatch.setenv("AIRFLOW__SECRETS__BACKEND", "test_source.Broken")
    found = find("zoom_kept", nothing)
    assert found.connection.login == "of the environment"
    assert found.troubles == ("the secrets backend Broken cannot be read (PermissionError)",)


def test_a_connection_that_cannot_be_decrypted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another machine's key is named as the reason."""
    monkeypatch.setenv("AIRFLOW__SECRETS__BACKEND", "test_source.Locked")
    assert (
        "the secrets backend Locked cannot be decrypted: its fernet_key is not the one of this "
        "machine"
    ) in refusal("zoom_locked")


@pytest.mark.usefixtures("_in_environment")
def test_a_connection_that_does_not_exist() -> None:
    """One line tells what to do, and which ids are like the one that was asked for."""
    text = refusal("zoom_othr")
    assert text.startswith("Connection 'zoom_othr' does not exist")
    assert "or set AIRFLOW_CONN_ZOOM_OTHR where the tasks run" in text
    assert "'zoom_other'" in text
    assert "\n" not in text


@pytest.mark.parametrize("conn_id", [CONNECTION, f"zoom://id:{SECRET}@/", "", " ", "a\nb"])
def test_what_is_no_id(conn_id: str) -> None:
    """A connection itself in the place of its id is refused, and not shown."""
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
