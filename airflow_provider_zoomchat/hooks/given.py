"""A connection that is given as text, read as Airflow reads it. Pure.

Airflow itself takes seconds to import, and some versions quote a text that they cannot read, with
the secrets in it. Nothing of the text is quoted here.

Source: https://airflow.apache.org/docs/apache-airflow/stable/howto/connection.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from ..zoom.errors import ConfigError
from .connection import Settings
from .names import KIND, shown

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


def read(text: str, called: str) -> Given:
    """Return the connection in a text: a JSON object, or a URI.

    >>> read('{"conn_type": "zoom", "extra": {"app_type": "chatbot"}}', "It").conn_type
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
        raise ConfigError(f"{called} is no JSON: {why}.") from None
    except (ValueError, RecursionError):
        raise ConfigError(f"{called} is no JSON that can be read.") from None
    unknown = [key for key in value if key not in _KEYS]
    if unknown:
        raise ConfigError(
            f"{called} has {shown(unknown, _NAMES)} where Airflow knows only {', '.join(_KEYS)}. "
            'Zoom\'s own stand in extra: {"conn_type": "zoom", "extra": {"app_type": ...}}.'
        )
    wrong = [name for name in _TEXTS if value.get(name) and not isinstance(value[name], str)]
    if wrong:
        raise ConfigError(f"{called} has a {wrong[0]} that is no text: put it in quotes.")
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
        raise ConfigError(f"{called} is no URI that Airflow can read: {_ENCODE}") from None
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
        raise ConfigError(f"{called} has a port that is no number.") from None


def _kind(value: Any) -> str | None:
    return str(value).lower().replace("-", "_") if value else None
