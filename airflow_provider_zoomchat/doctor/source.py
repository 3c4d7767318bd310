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

from ..zoom.errors import ConfigError
from .given import Given, read

#: What the id of a connection on standard input is.
STDIN = "-"

_VARIABLE = "AIRFLOW_CONN_"

#: Source: `sanitize_conn_id` in Airflow's `models/connection.py`.
_ID = re.compile(r"[\w#!()\-.:/\\]{1,250}")

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


def find(conn_id: str, stdin: Callable[[], str]) -> Found:
    """Return a connection, from the first place that has it, in Airflow's order.

    :param conn_id: its id; `STDIN` for one that `stdin` gives as JSON or as a URI.
    :raises ConfigError: it is nowhere, or cannot be read.
    """
    if conn_id == STDIN:
        return Found(read(_text(stdin), "Standard input"), "This connection", "standard input")
    if "://" in conn_id or not _ID.fullmatch(conn_id):
        # Whoever gives a connection itself in its place must not find its secrets on the screen.
        raise ConfigError(
            "That is no id of a connection. A connection itself goes to standard input, with - for "
            "its id."
        )
    variable = _VARIABLE + conn_id.upper()
    value = os.environ.get(variable)
    if value and not _has_own_backend():
        return Found(read(value, variable), _called(conn_id), _in_environment(variable))
    with _quietly():
        return _asked_for(conn_id, variable)


def _text(stdin: Callable[[], str]) -> str:
    try:
        return stdin()
    except (UnicodeDecodeError, OSError):
        raise ConfigError("Standard input holds no text.") from None


def _asked_for(conn_id: str, variable: str) -> Found:
    """Return a connection as Airflow finds it, with what it would say of the places it asks."""
    try:
        from .. import _compat

        backends = _compat.secrets_backends()
    except Exception as error:  # whatever is wrong with this Airflow's configuration
        raise ConfigError(
            f"Airflow cannot be asked for connection {conn_id!r} ({type(error).__name__}). Give it "
            f"as {variable}, or on standard input."
        ) from None
    troubles: list[str] = []
    for backend in backends:
        name = type(backend).__name__
        where = _KNOWN.get(name, f"the secrets backend {name}")
        if name == "EnvironmentVariablesBackend":
            if value := os.environ.get(variable):
                where = _in_environment(variable)
                return Found(read(value, variable), _called(conn_id), where, tuple(troubles))
            continue
        try:
            connection = backend.get_connection(conn_id=conn_id)
            given = _copied(connection) if connection else None
        except Exception as error:  # Airflow too goes on with the next place
            troubles.append(_trouble(where, error))
            continue
        if given is not None:
            return Found(given, _called(conn_id), where, tuple(troubles))
    raise ConfigError(_nowhere(conn_id, variable, troubles))


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
    if "no such table" in words or "does not exist" in words:
        return f"{where} is not set up here; airflow db migrate does that"
    if type(error).__name__ == "InvalidToken" or "decrypt" in str(error):
        return f"{where} cannot be decrypted: its fernet_key is not the one of this machine"
    return f"{where} cannot be read ({type(error).__name__})"


def _nowhere(conn_id: str, variable: str, troubles: list[str]) -> str:
    known = {name[len(_VARIABLE) :].lower() for name in os.environ if name.startswith(_VARIABLE)}
    if not troubles:
        with suppress(Exception):
            from .. import _compat

            known |= _compat.connection_ids()
    near = difflib.get_close_matches(conn_id, sorted(known), n=5, cutoff=0.5)
    near += [name for name in sorted(known) if "zoom" in name and name not in near]
    return " ".join(
        [
            f"Connection {conn_id!r} does not exist"
            + (f", as far as could be seen: {'; '.join(troubles)}." if troubles else "."),
            "Create it under Admin > Connections with type Zoom Team Chat, or set "
            f"{variable} where the tasks run.",
            *([f"Ids like it: {', '.join(map(repr, near[:5]))}."] if near else []),
        ]
    )


def _has_own_backend() -> bool:
    """Tell whether Airflow asks a secrets backend of its own before it looks into the environment.

    Source: https://airflow.apache.org/docs/apache-airflow/stable/security/secrets/secrets-backend/
    """
    if any(os.environ.get(f"AIRFLOW__SECRETS__BACKEND{how}") for how in ("", "_CMD", "_SECRET")):
        return True
    home = os.environ.get("AIRFLOW_HOME", "~/airflow")
    file = Path(os.environ.get("AIRFLOW_CONFIG", f"{home}/airflow.cfg")).expanduser()
    config = configparser.RawConfigParser(strict=False)
    with suppress(configparser.Error, OSError, UnicodeError):
        config.read(file, encoding="utf-8")
    return any(config.get("secrets", f"backend{how}", fallback="") for how in ("", "_cmd"))


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


def _in_environment(variable: str) -> str:
    return f"the environment variable {variable}"
