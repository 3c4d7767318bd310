"""Connections that are set and cannot be read, which Airflow takes for missing.

What is said of them quotes nothing of their values.
"""

from __future__ import annotations

import configparser
import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..zoom.errors import ConfigError
from .connection import how_to_create, variable
from .given import Given, MisreadError, read

#: The classes of Airflow that need no name for their reader.
_KNOWN = {"MetastoreBackend": "Airflow's database"}

#: How SQLite, PostgreSQL and MySQL say that there is no such table.
_NO_TABLE = re.compile(r"no such table|(relation|table) .*(does not|doesn't) exist", re.IGNORECASE)

#: How Airflow says that it cannot decrypt a connection.
_NO_KEY = re.compile(r"decrypt|fernet", re.IGNORECASE)


def in_environment(conn_id: str) -> Given | None:
    """Return the connection that stands in the environment, if one does.

    :raises MisreadError: Airflow reads it as something else.
    :raises ConfigError: it cannot be read, and Airflow looks further.
    """
    name = variable(conn_id)
    value = os.environ.get(name)
    if not value:
        return None
    try:
        return read(value, f"the environment variable {name} is set, but it")
    except MisreadError as error:
        raise MisreadError(str(nowhere(conn_id, [str(error)]))) from None


def masks(conn_id: str) -> Iterator[str]:
    """Yield what Airflow might log of an unreadable connection in the environment.

    Airflow 2.11 logs why it cannot read one, and the reason may quote a part of a secret.
    """
    value = os.environ.get(variable(conn_id), "")
    with suppress(ValueError, RecursionError):
        given = json.loads(value)
        if isinstance(given, dict):
            yield from (str(part) for key in given for part in (given[key], key))
            return
    address = value.partition("://")[2].partition("/?")[0]
    yield from re.split(r"[/:@?#]+", address)


def where(backend: Any) -> str:
    """Return what one of Airflow's places for connections is called."""
    name = type(backend).__name__
    return _KNOWN.get(name, f"the secrets backend {name}")


def copied(connection: Any) -> Given:
    """Return the fields of Airflow's connection, which are decrypted only when they are read."""
    return Given(
        conn_type=connection.conn_type,
        host=connection.host,
        login=connection.login,
        password=connection.password,
        port=connection.port,
        extra=connection.extra,
    )


def trouble(backend: Any, conn_id: str, error: Exception) -> str:
    """Return what is wrong with a place; the error's own text may hold an address or a secret."""
    place = where(backend)
    # A driver's own words are short; around them SQLAlchemy quotes the query.
    words = str(getattr(error, "orig", "")).strip().partition("\n")[0]
    if _NO_TABLE.search(words):
        return f"{place} is not set up here; airflow db migrate does that"
    if type(error).__name__ == "InvalidToken" or _NO_KEY.search(str(error)):
        return f"{place} cannot be decrypted: its fernet_key is not the one of this machine"
    with suppress(Exception):
        value = backend.get_conn_value(conn_id=conn_id)
        if isinstance(value, str):
            try:
                read(value, f"{place} has it, but it")
            except ConfigError as why:
                return str(why)
    return f"{place} cannot be read ({type(error).__name__})"


def troubles(conn_id: str) -> list[str]:
    """Return what is wrong where Airflow has looked for a connection in vain, as tasks see it."""
    from .. import _compat  # which imports Airflow; the doctor does without as long as it can

    found = []
    try:
        in_environment(conn_id)
    except ConfigError as error:
        found.append(str(error))
    for backend in _compat.secrets_backends():
        name = type(backend).__name__
        # No task of Airflow 3 may look into the database by itself.
        if name == "EnvironmentVariablesBackend" or (
            name == "MetastoreBackend" and _compat.AIRFLOW >= (3, 0)
        ):
            continue
        try:
            connection = backend.get_connection(conn_id=conn_id)
            if connection:
                copied(connection)
        except Exception as error:  # whatever a backend raises, Airflow goes on without it
            found.append(trouble(backend, conn_id, error))
    return found


def nowhere(conn_id: str, found: list[str]) -> ConfigError:
    """Return the error for a connection that nothing gives.

    :param found: what is wrong in the places where it might be.
    """
    if found:  # it may well exist, so nobody is told to create it
        said = "; ".join(one.rstrip(".") for one in found)
        return ConfigError(f"Connection {conn_id!r} could not be read: {said}.")
    return ConfigError(f"Connection {conn_id!r} does not exist. {how_to_create(conn_id)}")


def has_own_backend() -> bool:
    """Tell whether Airflow asks a secrets backend of its own before it looks into the environment.

    Source: https://airflow.apache.org/docs/apache-airflow/stable/security/secrets/secrets-backend/
    """
    home = os.environ.get("AIRFLOW_HOME", "~/airflow")
    file = Path(os.environ.get("AIRFLOW_CONFIG", f"{home}/airflow.cfg")).expanduser()
    config = configparser.RawConfigParser(strict=False)
    with suppress(configparser.Error, OSError, UnicodeError):
        config.read(file, encoding="utf-8")
    return any(
        os.environ.get(f"AIRFLOW__{section}__{option}{how}".upper())
        or config.get(section, f"{option}{how}", fallback="")
        for section, option in (("secrets", "backend"), ("workers", "secrets_backend"))
        for how in ("", "_cmd", "_secret")
    )
