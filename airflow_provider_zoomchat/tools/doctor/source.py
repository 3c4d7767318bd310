"""Where a connection comes from: standard input, the environment, or what Airflow asks.

Airflow is imported only for what no text here holds: it takes seconds, and sets up what it needs.
"""

from __future__ import annotations

import difflib
import io
import os
import re
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass

from ...hooks import connection_sources
from ...hooks.connection import how_to_create, variable
from ...hooks.connection_sources import Given, MisreadError, parse_connection
from ...zoom.errors import ConfigError

#: Seconds for all that Airflow asks; importing it takes a few of them.
SECONDS = 60.0

#: What the id of a connection on standard input is.
STDIN = "-"

#: What the name of each connection in the environment begins with.
_PREFIX = variable("")

#: Source: `sanitize_conn_id` in Airflow's `models/connection.py`.
_ID = re.compile(r"[\w#!()\-.:/\\]{1,250}")


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


def find(conn_id: str, stdin: Callable[[], str], *, seconds: float = SECONDS) -> Found:
    """Return a connection, from the first place that has it, in Airflow's order.

    :param conn_id: its id; `STDIN` for one that `stdin` gives as JSON or as a URI.
    :param seconds: for all that Airflow asks.
    :raises ConfigError: it is nowhere, or cannot be read.
    """
    if conn_id == STDIN:
        return Found(
            parse_connection(_text(stdin), "Standard input"), "This connection", "standard input"
        )
    if not is_id(conn_id):
        raise ConfigError(
            "That is no id of a connection. A connection itself goes to standard input, with - for "
            "its id."
        )
    if not connection_sources.has_own_backend():
        # What cannot be read there, Airflow takes for missing, and looks further.
        try:
            if found := _in_environment(conn_id):
                return found
        except MisreadError:
            raise
        except ConfigError:
            pass
    with _quietly():
        return _in_time(conn_id, seconds)


def _text(stdin: Callable[[], str]) -> str:
    try:
        return stdin().strip().removeprefix("\ufeff")  # some editors put that mark in front
    except (UnicodeDecodeError, OSError):
        raise ConfigError("Standard input holds no text.") from None


def _in_environment(conn_id: str, troubles: tuple[str, ...] = ()) -> Found | None:
    given = connection_sources.in_environment(conn_id)
    if given is None:
        return None
    where = f"the environment variable {variable(conn_id)}"
    return Found(given, _called(conn_id), where, troubles)


def _in_time(conn_id: str, seconds: float) -> Found:
    """Return what `_asked_for` does; a place that hangs is left to itself.

    :raises ConfigError: it takes too long.
    """
    ended: list[Found | BaseException] = []

    def run() -> None:
        try:
            ended.append(_asked_for(conn_id))
        except BaseException as error:  # handed to whoever waits
            ended.append(error)

    thread = threading.Thread(target=run, name="zoomchat-doctor", daemon=True)
    thread.start()
    thread.join(seconds)
    if not ended:
        raise ConfigError(
            f"Connection {conn_id!r} could not be read: a secrets backend or Airflow's database "
            f"gave no answer within {seconds:g} s. Give the connection on standard input, with - "
            "for its id."
        )
    if isinstance(ended[0], BaseException):
        raise ended[0]
    return ended[0]


def _asked_for(conn_id: str) -> Found:
    """Return a connection as Airflow finds it, with what it would say of the places it asks."""
    try:
        from ... import _compat

        backends = _compat.secrets_backends()
    except Exception as error:  # whatever is wrong with this Airflow's configuration
        raise ConfigError(
            f"Airflow cannot be asked for connection {conn_id!r} ({type(error).__name__}). Give it "
            "on standard input, with - for its id."
        ) from None
    troubles: list[str] = []
    for backend in backends:
        try:
            if type(backend).__name__ == "EnvironmentVariablesBackend":
                if found := _in_environment(conn_id, tuple(troubles)):
                    return found
                continue
            connection = backend.get_connection(conn_id=conn_id)
            given = connection_sources.copied(connection) if connection else None
        except MisreadError:
            raise
        except ConfigError as error:
            troubles.append(str(error).rstrip("."))
            continue
        except Exception as error:  # Airflow too goes on with the next place
            troubles.append(connection_sources.source_error(backend, conn_id, error).rstrip("."))
            continue
        if given is not None:
            where = connection_sources.source_name(backend)
            return Found(given, _called(conn_id), where, tuple(troubles))
    raise ConfigError(_nowhere(conn_id, troubles))


def _nowhere(conn_id: str, troubles: list[str]) -> str:
    """Return that a connection was not found, and what to do about it."""
    name = variable(conn_id)
    known = {other[len(_PREFIX) :].lower() for other in os.environ if other.startswith(_PREFIX)}
    if troubles:
        words = [str(connection_sources.not_found(conn_id, troubles))]
    else:
        words = [f"Connection {conn_id!r} does not exist."]
        with suppress(Exception):
            from ... import _compat

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
