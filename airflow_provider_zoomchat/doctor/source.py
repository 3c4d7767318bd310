"""Where a connection comes from: standard input, the environment, or what Airflow asks.

Airflow is imported only for what no text here holds: it takes seconds, and sets up what it needs.
"""

from __future__ import annotations

import configparser
import difflib
import io
import os
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..hooks.connection import how_to_create, variable
from ..zoom.errors import ConfigError
from .given import Given, read

#: What the id of a connection on standard input is.
STDIN = "-"

#: What the name of each connection in the environment begins with.
_PREFIX = variable("")

#: Source: `sanitize_conn_id` in Airflow's `models/connection.py`.
_ID = re.compile(r"[\w#!()\-.:/\\]{1,250}")

#: How SQLite, PostgreSQL and MySQL say that there is no such table.
_NO_TABLE = re.compile(r"no such table|(relation|table) .*(does not|doesn't) exist", re.IGNORECASE)

#: How Airflow says that it cannot decrypt a connection.
_NO_KEY = re.compile(r"decrypt|fernet", re.IGNORECASE)

#: The classes of Airflow that need no name for their reader.
_KNOWN = {"MetastoreBackend": "Airflow's database"}


@dataclass(frozen=True)
class Found:
    """A connection and where it was found.

    :param called: how errors name it.
    :param troubles: what went wrong in places that were asked before.
    """

    connection: Given
    called: str
    where: str
    troubles: tuple[str, ...] = ()


def is_id(conn_id: str) -> bool:
    """Tell whether a text may be the id of a connection, or is `STDIN`.

    Whoever gives a connection itself in its place must not find its secrets on the screen.
    """
    return conn_id == STDIN or ("://" not in conn_id and bool(_ID.fullmatch(conn_id)))


def find(conn_id: str, stdin: Callable[[], str]) -> Found:
    """Return a connection, from the first place that has it, in Airflow's order.

    :param conn_id: its id; `STDIN` for one that `stdin` gives as JSON or as a URI.
    :raises ConfigError: it is nowhere, or cannot be read.
    """
    if conn_id == STDIN:
        return Found(read(_text(stdin), "Standard input"), "This connection", "standard input")
    if not is_id(conn_id):
        raise ConfigError(
            "That is no id of a connection. A connection itself goes to standard input, with - for "
            "its id."
        )
    if not _has_own_backend() and (found := _in_environment(conn_id)):
        return found
    with _quietly():
        return _asked_for(conn_id)


def _text(stdin: Callable[[], str]) -> str:
    try:
        return stdin()
    except (UnicodeDecodeError, OSError):
        raise ConfigError("Standard input holds no text.") from None


def _in_environment(conn_id: str, troubles: tuple[str, ...] = ()) -> Found | None:
    name = variable(conn_id)
    value = os.environ.get(name)
    if not value:
        return None
    return Found(read(value, name), _called(conn_id), f"the environment variable {name}", troubles)


def _asked_for(conn_id: str) -> Found:
    """Return a connection as Airflow finds it, with what it would say of the places it asks."""
    try:
        from .. import _compat

        backends = _compat.secrets_backends()
    except Exception as error:  # whatever is wrong with this Airflow's configuration
        raise ConfigError(
            f"Airflow cannot be asked for connection {conn_id!r} ({type(error).__name__}). Give it "
            "on standard input, with - for its id."
        ) from None
    troubles: list[str] = []
    for backend in backends:
        name = type(backend).__name__
        where = _KNOWN.get(name, f"the secrets backend {name}")
        if name == "EnvironmentVariablesBackend":
            if found := _in_environment(conn_id, tuple(troubles)):
                return found
            continue
        try:
            connection = backend.get_connection(conn_id=conn_id)
            given = _copied(connection) if connection else None
        except Exception as error:  # Airflow too goes on with the next place
            troubles.append(_trouble(where, error))
            continue
        if given is not None:
            return Found(given, _called(conn_id), where, tuple(troubles))
    raise ConfigError(_nowhere(conn_id, troubles))


def _copied(connection: Any) -> Given:
    """Return the fields of Airflow's connection, which are decrypted only when they are read."""
    return Given(
        conn_type=connection.conn_type,
        host=connection.host,
        login=connection.login,
        password=connection.password,
        port=connection.port,
        extra=connection.extra,
    )


def _trouble(where: str, error: Exception) -> str:
    """Return what is wrong with a place; the error's own text may hold an address or a secret."""
    # A driver's own words are short; around them SQLAlchemy quotes the query.
    words = str(getattr(error, "orig", "")).strip().partition("\n")[0]
    if _NO_TABLE.search(words):
        return f"{where} is not set up here; airflow db migrate does that"
    if type(error).__name__ == "InvalidToken" or _NO_KEY.search(str(error)):
        return f"{where} cannot be decrypted: its fernet_key is not the one of this machine"
    return f"{where} cannot be read ({type(error).__name__})"


def _nowhere(conn_id: str, troubles: list[str]) -> str:
    """Return that a connection was not found, and what to do about it."""
    name = variable(conn_id)
    known = {other[len(_PREFIX) :].lower() for other in os.environ if other.startswith(_PREFIX)}
    if troubles:  # it may well exist, so nobody is told to create it
        words = [f"Connection {conn_id!r} could not be read: {'; '.join(troubles)}."]
    else:
        words = [f"Connection {conn_id!r} does not exist."]
        with suppress(Exception):
            from .. import _compat

            known |= _compat.connection_ids()
    misspelt = next((other for other in os.environ if other.upper() == name != other), None)
    if misspelt:
        words.append(f"{misspelt} is set, but Airflow reads {name}, in capitals: rename it.")
    elif not troubles:
        words.append(how_to_create(conn_id))
    near = difflib.get_close_matches(conn_id, sorted(known - {conn_id}), n=5, cutoff=0.5)
    near += [other for other in sorted(known - {conn_id}) if "zoom" in other and other not in near]
    if near:
        words.append(f"Ids like it: {', '.join(map(repr, near[:5]))}.")
    return " ".join(words)


def _has_own_backend() -> bool:
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


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep what Airflow prints while it is imported and asked off the screen.

    Its log goes for good to the stream that it finds now.
    """
    nowhere = io.TextIOWrapper(io.BytesIO())
    with redirect_stdout(nowhere), redirect_stderr(nowhere), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _called(conn_id: str) -> str:
    return f"Connection {conn_id!r}"
