"""Where Airflow finds a connection, and what is wrong where it finds none.

Hooks and `zoomchat doctor` share this: what tasks cannot read, the doctor cannot read either, and
both say why in the same words. A connection that is given as text is read here as Airflow reads it
(a test compares the two): Airflow takes seconds to import, and some versions quote a text that they
cannot read, with the secrets in it. Errors quote nothing of a value, and a key only if it resembles
a valid one: a misplaced ``&`` in a URI turns a part of a secret into a key.

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
from .connection import Settings, environment_name, how_to_create

#: How the type of a connection looks, which is also what a URI begins with.
CONN_TYPE = re.compile(r"[a-z][\w+.-]*", re.ASCII | re.IGNORECASE)

#: The keys of a connection in JSON; Airflow takes no others. It fails where these are not texts.
_KEYS = ("conn_type", "description", "host", "login", "password", "schema", "port", "extra")
_TEXTS = ("conn_type", "host", "login", "password", "schema")

_ENCODE = (
    "percent-encode what stands in it (@ is %40, : is %3A, / is %2F), or give the connection as "
    "JSON."
)


class MisreadError(ConfigError):
    """A connection that is not read as it was meant, while Airflow finds nothing wrong with it."""


@dataclass
class PlainConnection:
    """The fields of a connection, as Airflow's own object has them."""

    conn_type: str | None = None
    host: str | None = None
    login: str | None = None
    password: str | None = field(default=None, repr=False)
    port: int | None = None
    extra: str | None = field(default=None, repr=False)


class NotFoundError(ConfigError):
    """No source has the connection, or none that has it can be read."""

    #: What is wrong with the sources; each a sentence without its full stop.
    problems: Sequence[str] = ()


@dataclass(frozen=True)
class Found:
    """A connection, and the source that has it.

    :param problems: what is wrong with the sources that were asked before; each a sentence without
        its full stop.
    """

    connection: PlainConnection
    source: str
    problems: Sequence[str] = ()


#: Stands for Airflow's own backend of this name, which is asked without Airflow.
_ENVIRONMENT = "EnvironmentVariablesBackend"


def search(conn_id: str, *, in_task: bool = False) -> Found:
    """Return a connection from the first source that has it, in Airflow's order.

    Like Airflow, it goes on where a source fails. It imports Airflow only if the environment does
    not have the connection, or does not come first.

    :param in_task: ask only what a task may: no task of Airflow 3 reads the database by itself.
    :raises MisreadError: Airflow reads the one in the environment as something else.
    :raises NotFoundError: no source has it, or none that has it can be read.
    """
    problems: list[str] = []
    for backend in _backends(in_task):
        try:
            if backend == _ENVIRONMENT:
                source = f"the environment variable {environment_name(conn_id)}"
                connection = in_environment(conn_id)
            else:
                source = _backend_name(backend)
                connection = _copied(backend.get_connection(conn_id=conn_id))
        except MisreadError:
            raise
        except ConfigError as error:
            problems.append(str(error).rstrip("."))
        except Exception as error:
            problems.append(_backend_error(backend, conn_id, error).rstrip("."))
        else:
            if connection is not None:
                return Found(connection, source, problems)
    raise _not_found(conn_id, problems)


def _backends(in_task: bool) -> Iterator[Any]:
    """Yield Airflow's secrets backends in its order, with `_ENVIRONMENT` for that of the variables.

    Without a backend of somebody's own the environment comes first, before Airflow is imported.
    """
    environment_first = not has_own_backend()
    if environment_first:
        yield _ENVIRONMENT
    from .. import _compat

    for backend in _compat.secrets_backends():
        kind = type(backend).__name__
        if kind == _ENVIRONMENT:
            if not environment_first:
                yield _ENVIRONMENT
        elif not (kind == "MetastoreBackend" and in_task and _compat.AIRFLOW >= (3, 0)):
            yield backend


def _not_found(conn_id: str, problems: Sequence[str]) -> NotFoundError:
    if problems:  # it may well exist, so nobody is told to create it
        text = f"Connection {conn_id!r} could not be read: {'; '.join(problems)}."
    else:
        text = f"Connection {conn_id!r} does not exist. {how_to_create(conn_id)}"
    error = NotFoundError(text)
    error.problems = problems
    return error


def in_environment(conn_id: str) -> PlainConnection | None:
    """Return the connection that stands in the environment, if one does.

    :raises MisreadError: Airflow reads it as something else.
    :raises ConfigError: it cannot be read, and Airflow looks further.
    """
    name = environment_name(conn_id)
    value = os.environ.get(name)
    if not value:
        return None
    try:
        return parse_connection(value, f"the environment variable {name} is set, but it")
    except MisreadError as error:
        raise MisreadError(str(_not_found(conn_id, [str(error).rstrip(".")]))) from None


def environment_secrets(conn_id: str) -> Iterator[str]:
    """Yield what Airflow might log of an unreadable connection in the environment.

    Airflow 2.11 logs why it cannot read one, and the reason may quote a part of a secret.
    """
    value = os.environ.get(environment_name(conn_id), "")
    with suppress(ValueError, RecursionError):
        parsed = json.loads(value)
        if isinstance(parsed, dict):
            yield from (str(part) for item in parsed.items() for part in item)
            return
    address = value.partition("://")[2].partition("/?")[0]
    yield from re.split(r"[/:@?#]+", address)


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


def _backend_name(backend: Any) -> str:
    kind = type(backend).__name__
    return "Airflow's database" if kind == "MetastoreBackend" else f"the secrets backend {kind}"


def _copied(connection: Any) -> PlainConnection | None:
    """Return the fields of Airflow's connection, which are decrypted only when they are read."""
    if not connection:
        return None
    return PlainConnection(*(getattr(connection, one.name) for one in fields(PlainConnection)))


#: How SQLite, PostgreSQL and MySQL say that there is no such table.
_NO_TABLE = re.compile(r"no such table|(relation|table) .*(does not|doesn't) exist", re.IGNORECASE)

#: How Airflow says that it cannot decrypt a connection.
_NO_KEY = re.compile(r"decrypt|fernet", re.IGNORECASE)


def _backend_error(backend: Any, conn_id: str, error: Exception) -> str:
    """Return what is wrong with a source; the error's own text may hold an address or a secret."""
    source = _backend_name(backend)
    # A driver's own words are short; around them SQLAlchemy quotes the query.
    words = str(getattr(error, "orig", "")).strip().partition("\n")[0]
    if _NO_TABLE.search(words):
        return f"{source} is not set up here; airflow db migrate does that"
    if type(error).__name__ == "InvalidToken" or _NO_KEY.search(str(error)):
        return f"{source} cannot be decrypted: its fernet_key is not the one of this machine"
    with suppress(Exception):
        value = backend.get_conn_value(conn_id=conn_id)
        if isinstance(value, str):
            try:
                parse_connection(value, f"{source} has it, but it")
            except ConfigError as why:
                return str(why)
    return f"{source} cannot be read ({type(error).__name__})"


def parse_connection(text: str, called: str) -> PlainConnection:
    """Return the connection in a text: a JSON object, or a URI.

    >>> parse_connection('{"conn_type": "zoom", "extra": {"app_type": "chatbot"}}', "It").conn_type
    'zoom'

    :param called: what errors call the text.
    :raises MisreadError: it is neither, or Airflow reads it as something else than was meant.
    :raises ConfigError: Airflow cannot read it.
    """
    text = text.strip()
    if not text:
        raise ConfigError(f"{called} is empty: give a connection as JSON or as a URI.")
    if text.startswith("{"):
        return _from_json(text, called)
    conn_type, mark, rest = text.partition("://")
    if mark and CONN_TYPE.fullmatch(conn_type):
        return _from_uri(conn_type.lower(), rest, called)
    raise MisreadError(
        f"{called} is neither JSON nor a URI. A connection reads "
        '{"conn_type": "zoom", "login": ..., "extra": {"app_type": ...}} or zoom://...'
    )


def _from_json(text: str, called: str) -> PlainConnection:
    try:
        value = json.loads(text)
        extra = value.get("extra") or None
        extra = extra if isinstance(extra, (str, type(None))) else json.dumps(extra)
    except json.JSONDecodeError as error:
        why = f"line {error.lineno}, column {error.colno}: {error.msg}"
        raise ConfigError(f"{called} is not JSON: {why}.") from None
    except (ValueError, RecursionError):
        raise ConfigError(f"{called} is not JSON that can be read.") from None
    unknown = [key for key in value if key not in _KEYS]
    if unknown:
        typos = likely_typos(unknown, (*_KEYS, *(one.name for one in fields(Settings))))
        others = len(unknown) - len(typos)
        count = f"{others} unknown key{'s' if others > 1 else ''}" if others else ""
        names = " and ".join(filter(None, (", ".join(map(repr, typos)), count)))
        raise ConfigError(
            f"{called} has {names} where Airflow knows only {', '.join(_KEYS)}. "
            'Zoom\'s own stand in extra: {"conn_type": "zoom", "extra": {"app_type": ...}}.'
        )
    wrong = [name for name in _TEXTS if value.get(name) and not isinstance(value[name], str)]
    if wrong:
        raise ConfigError(f"{called} has a {wrong[0]} that is not a text: put it in quotes.")
    try:
        port = int(value["port"]) if value.get("port") else None
    except (TypeError, ValueError, OverflowError):
        raise ConfigError(f"{called} has a port that is not a number.") from None
    texts = {name: value.get(name) for name in ("host", "login", "password")}
    conn_type = (value.get("conn_type") or "").replace("-", "_") or None
    return PlainConnection(conn_type, **texts, port=port, extra=extra)


def _from_uri(conn_type: str, rest: str, called: str) -> PlainConnection:
    protocol = ""
    if "://" in rest:  # as in zoom://http://id:secret@127.0.0.1:8765
        protocol, _, rest = rest.partition("://")
    unreadable = f"{called} is not a URI that Airflow can read: {_ENCODE}"
    if "://" in rest or "@" in protocol or ":" in protocol:
        raise ConfigError(unreadable)
    if protocol and not protocol.isalnum():  # an address in the query that has its own "://"
        raise MisreadError(unreadable)
    try:
        parts = urlsplit(f"//{rest}")
        port = parts.port
    except ValueError:
        raise ConfigError(unreadable) from None
    if "@" in parts.path:
        raise MisreadError(
            f"{called} has an @ behind its first /, so a part of it is not taken for what it is: "
            f"{_ENCODE}"
        )
    host = unquote(parts.hostname or "")
    if "/" in host:  # a URL as host, percent-encoded, whose capitals count
        host = unquote(parts.netloc.rpartition("@")[2].partition(":")[0])
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return PlainConnection(
        conn_type=conn_type.replace("-", "_"),
        host=f"{protocol}://{host}" if protocol and host else host,
        login=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        port=port,
        # __extra__ holds the whole extra as JSON.
        extra=query.get("__extra__", json.dumps(query)) if query else None,
    )


def likely_typos(names: Iterable[str], valid: Sequence[str]) -> dict[str, str]:
    """Return the names that are like a valid one, each with that; the others may be secrets.

    >>> likely_typos(["chanel", "s3cr3t"], ["channel", "label"])
    {'chanel': 'channel'}
    """
    # Assumed: no part of a secret comes so near to a name.
    near = ((name, difflib.get_close_matches(name, valid, n=1, cutoff=0.7)) for name in names)
    return {name: meant[0] for name, meant in sorted(near) if meant}
