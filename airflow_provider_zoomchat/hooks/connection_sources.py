"""Where Airflow finds a connection, and what is wrong where it finds none.

A connection that is given as text is read as Airflow reads it: Airflow itself takes seconds to
import, and some versions quote a text that they cannot read, with the secrets in it. Errors quote
nothing of a value, and a key only if it resembles a known one: a misplaced ``&`` in a URI turns a
part of a secret into a key.

Source: https://airflow.apache.org/docs/apache-airflow/stable/howto/connection.html
"""

from __future__ import annotations

import configparser
import difflib
import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from ..zoom.errors import ConfigError
from .connection import Settings, how_to_create, variable

#: How alike two names are, from 0 to 1; assumed: no part of a secret comes so near to a name.
_ALIKE = 0.7

#: How the type of a connection looks, which is also what a URI begins with.
KIND = re.compile(r"[a-z][\w+.-]*", re.ASCII | re.IGNORECASE)


def nearest(name: str, known: Sequence[str]) -> str | None:
    """Return the known name that another one is like.

    >>> nearest("chanel", ["channel", "label"])
    'channel'
    """
    return next(iter(difflib.get_close_matches(name, known, n=1, cutoff=_ALIKE)), None)


def quoted_names(names: Iterable[str], known: Sequence[str]) -> str:
    """Return keys as a text: those that are like a known one, and how many others there are.

    >>> quoted_names(["chanel", "s3cr3t"], ["channel", "label"])
    "'chanel' and 1 unknown key"
    """
    typed = sorted(names)
    like = [repr(name) for name in typed if nearest(name, known)]
    others = len(typed) - len(like)
    count = f"{others} unknown key{'s' if others > 1 else ''}"
    return " and ".join([*([", ".join(like)] if like else []), *([count] if others else [])])


#: The keys of a connection in JSON. Airflow takes no others.
_KEYS = ("conn_type", "description", "host", "login", "password", "schema", "port", "extra")

#: Those of them that are texts, and that Airflow fails to read where they are not.
_TEXTS = ("conn_type", "host", "login", "password", "schema")

#: All names that may be shown where they stand in the wrong place.
_NAMES = (*_KEYS, *(one.name for one in fields(Settings)))

_ENCODE = (
    "percent-encode what stands in it (@ is %40, : is %3A, / is %2F), or give the connection as "
    "JSON."
)

#: The key of a URI's query that holds the whole extra as JSON.
_EXTRA = "__extra__"


class MisreadError(ConfigError):
    """A connection that is not read as it was meant, while Airflow finds nothing wrong with it."""


@dataclass
class Given:
    """The fields of a connection as they were given."""

    conn_type: str | None = None
    host: str | None = None
    login: str | None = None
    password: str | None = field(default=None, repr=False)
    port: int | None = None
    extra: str | None = field(default=None, repr=False)


def parse_connection(text: str, called: str) -> Given:
    """Return the connection in a text: a JSON object, or a URI.

    >>> parse_connection('{"conn_type": "zoom", "extra": {"app_type": "chatbot"}}', "It").conn_type
    'zoom'

    :param called: what errors call the text.
    :raises ConfigError: it is neither.
    """
    text = text.strip()
    if not text:
        raise ConfigError(f"{called} is empty: give a connection as JSON or as a URI.")
    if text.startswith("{"):
        return _from_json(text, called)
    kind, mark, rest = text.partition("://")
    if mark and KIND.fullmatch(kind):
        return _from_uri(kind, rest, called)
    raise MisreadError(
        f"{called} is neither JSON nor a URI. A connection reads "
        '{"conn_type": "zoom", "login": ..., "extra": {"app_type": ...}} or zoom://...'
    )


def _from_json(text: str, called: str) -> Given:
    try:
        value = json.loads(text)
        extra = value.get("extra")
        extra = extra if isinstance(extra, str) else json.dumps(extra) if extra else None
    except json.JSONDecodeError as error:
        why = f"line {error.lineno}, column {error.colno}: {error.msg}"
        raise ConfigError(f"{called} is not JSON: {why}.") from None
    except (ValueError, RecursionError):
        raise ConfigError(f"{called} is not JSON that can be read.") from None
    unknown = [key for key in value if key not in _KEYS]
    if unknown:
        raise ConfigError(
            f"{called} has {quoted_names(unknown, _NAMES)} where Airflow knows only "
            f"{', '.join(_KEYS)}. "
            'Zoom\'s own stand in extra: {"conn_type": "zoom", "extra": {"app_type": ...}}.'
        )
    wrong = [name for name in _TEXTS if value.get(name) and not isinstance(value[name], str)]
    if wrong:
        raise ConfigError(f"{called} has a {wrong[0]} that is not a text: put it in quotes.")
    return Given(
        conn_type=_kind(value.get("conn_type")),
        host=value.get("host"),
        login=value.get("login"),
        password=value.get("password"),
        port=_port(value.get("port"), called),
        extra=extra,
    )


def _from_uri(kind: str, rest: str, called: str) -> Given:
    protocol = None
    if "://" in rest:  # as in zoom://http://id:secret@127.0.0.1:8765
        protocol, _, rest = rest.partition("://")
    try:
        parts = urlsplit(f"//{rest}")
        port = parts.port
        if "://" in rest or (protocol is not None and not protocol.isalnum()):
            raise ValueError  # an address in the query that has its own "://"
    except ValueError:
        raise ConfigError(f"{called} is not a URI that Airflow can read: {_ENCODE}") from None
    if "@" in parts.path:
        raise MisreadError(
            f"{called} has an @ behind its first /, so a part of it is not taken for what it is: "
            f"{_ENCODE}"
        )
    host = _host(parts.netloc, parts.hostname or "")
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return Given(
        conn_type=_kind(kind),
        host=f"{protocol}://{host}" if protocol and host else host,
        login=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        port=port,
        extra=query.get(_EXTRA, json.dumps(query)) if query else None,
    )


def _host(netloc: str, hostname: str) -> str:
    host = unquote(hostname)
    if "/" in host:  # a URL as host, percent-encoded, whose capitals count
        host = unquote(netloc.rpartition("@")[2].partition(":")[0])
    return host


def _port(value: Any, called: str) -> int | None:
    try:
        return int(value) if value else None
    except (TypeError, ValueError, OverflowError):
        raise ConfigError(f"{called} has a port that is not a number.") from None


def _kind(value: Any) -> str | None:
    return str(value).lower().replace("-", "_") if value else None


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
        return parse_connection(value, f"the environment variable {name} is set, but it")
    except MisreadError as error:
        raise MisreadError(str(not_found(conn_id, [str(error)]))) from None


def environment_secrets(conn_id: str) -> Iterator[str]:
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


def source_name(backend: Any) -> str:
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


def source_error(backend: Any, conn_id: str, error: Exception) -> str:
    """Return what is wrong with a place; the error's own text may hold an address or a secret."""
    place = source_name(backend)
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
                parse_connection(value, f"{place} has it, but it")
            except ConfigError as why:
                return str(why)
    return f"{place} cannot be read ({type(error).__name__})"


def source_errors(conn_id: str) -> list[str]:
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
            found.append(source_error(backend, conn_id, error))
    return found


def not_found(conn_id: str, found: list[str]) -> ConfigError:
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
