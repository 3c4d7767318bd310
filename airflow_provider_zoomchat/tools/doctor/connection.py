"""The connection: where it comes from, what is filled, and what is missing."""

from __future__ import annotations

import dataclasses
import difflib
import json
import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from ...hooks import user_lookup
from ...hooks.app_types import WEBHOOK
from ...hooks.connection import (
    SECRETS,
    STANDARD,
    Settings,
    client_for,
    environment_name,
    field_label,
    how_to_create,
    read_connection,
    shared_token,
)
from ...hooks.connection_sources import (
    CONN_TYPE,
    Found,
    NotFoundError,
    likely_typos,
    parse_connection,
    search,
)
from ...hooks.variables import make_ready
from ...zoom import sanitize, users
from ...zoom.client import ZoomClient
from ...zoom.errors import ConfigError
from ...zoom.http import host
from ...zoom.shared_token import SharedToken
from ..output import quietly
from .step import Step, failed, note, ok

#: Seconds for all that Airflow asks; importing it takes a few of them.
SECONDS = 60.0

#: Seconds for one call with its waits: who asks is sitting in front of it.
TIME_BUDGET = 20.0

#: What the id of a connection on standard input is.
STDIN = "-"


def is_id(conn_id: str) -> bool:
    """Tell whether a text may be the id of a connection, or is `STDIN`.

    A connection given in its place may hold secrets, so it is not printed.
    Source: `sanitize_conn_id` in Airflow's `models/connection.py`.
    """
    return "://" not in conn_id and bool(re.fullmatch(r"[\w#!()\-.:/\\]{1,250}", conn_id))


def find(conn_id: str, stdin: Callable[[], str], *, seconds: float = SECONDS) -> Found:
    """Return a connection from the first place that has it, in Airflow's order.

    A place that gives no answer is left to itself, in a thread of its own.

    :param conn_id: its id; `STDIN` for one that `stdin` gives as JSON or as a URI.
    :param seconds: for all that Airflow asks.
    :raises ConfigError: it is nowhere, or cannot be read.
    """
    if conn_id == STDIN:
        return Found(parse_connection(_text(stdin), "Standard input"), "standard input")
    if not is_id(conn_id):
        raise ConfigError(
            "That is no id of a connection. A connection itself goes to standard input, with - for "
            "its id."
        )
    ended: list[Found | BaseException] = []

    def run() -> None:
        try:
            ended.append(search(conn_id))
        except NotFoundError as error:
            ended.append(_with_hints(conn_id, error))
        except BaseException as error:  # whatever is wrong with this Airflow's configuration
            ended.append(error)

    with quietly():
        thread = threading.Thread(target=run, name="zoomchat-doctor", daemon=True)
        thread.start()
        thread.join(seconds)
    result = ended[0] if ended else None
    if isinstance(result, Found):
        return result
    if isinstance(result, ConfigError):
        raise result
    if result is None:
        why = (
            f"Connection {conn_id!r} could not be read: a secrets backend or Airflow's database "
            f"gave no answer within {seconds:g} s"
        )
    else:
        why = f"Airflow cannot be asked for connection {conn_id!r} ({type(result).__name__})"
    raise ConfigError(f"{why}. Give the connection on standard input, with - for its id.")


def _text(stdin: Callable[[], str]) -> str:
    try:
        return stdin().strip().removeprefix("\ufeff")  # some editors put that mark in front
    except (UnicodeDecodeError, OSError):
        raise ConfigError("Standard input holds no text.") from None


def _with_hints(conn_id: str, error: NotFoundError) -> ConfigError:
    """Return the error for a connection that was not found, with ids that may be meant."""
    name, start = environment_name(conn_id), environment_name("")
    words = str(error)
    ids = {other[len(start) :].lower() for other in os.environ if other.startswith(start)}
    if not error.problems:
        with suppress(Exception):
            from ... import _compat

            ids |= _compat.connection_ids()
    misspelt = next((other for other in os.environ if other.upper() == name != other), None)
    if misspelt:
        words = words.removesuffix(how_to_create(conn_id)).strip()
        words += f" {misspelt} is set, but Airflow reads {name}, in capitals: rename it."
    others = sorted(ids - {conn_id})
    near = difflib.get_close_matches(conn_id, others, n=5, cutoff=0.5)
    near += [other for other in others if "zoom" in other and other not in near]
    if near:
        words += f" Ids like it: {', '.join(map(repr, near[:5]))}."
    return ConfigError(words)


def called(conn_id: str) -> str:
    """Return how errors name a connection."""
    return "This connection" if conn_id == STDIN else f"Connection {conn_id!r}"


@dataclasses.dataclass(frozen=True)
class PlainHook:
    """A connection and its client, as Airflow's hook has them, but without Airflow.

    :param time_budget: seconds for one call with its waits.
    """

    zoom_conn_id: str
    settings: Settings
    time_budget: float = TIME_BUDGET

    @cached_property
    def client(self) -> ZoomClient:
        """The client that sends this connection's requests."""
        if self.settings.shares_token:
            with quietly(), suppress(Exception):  # which says more when the token is asked for
                make_ready()
        return client_for(self.settings, self.zoom_conn_id, time_budget=self.time_budget)

    @property
    def shared(self) -> SharedToken:
        """Where the processes share the token of this connection.

        :raises ConfigError: they do not.
        """
        shared = shared_token(self.settings, self.zoom_conn_id)
        if shared is None:
            raise ConfigError(f"{called(self.zoom_conn_id)} shares no token.")
        return shared

    @cached_property
    def lookup(self) -> PlainHook | ConfigError:
        """The hook through which a bot finds people by e-mail address, or why there is none."""
        return user_lookup.lookup_hook(self, lambda conn_id: connect(conn_id, str))

    def find_user(self, user_id: str, *, time_budget: float | None = None) -> dict[str, Any]:
        """Return what Zoom knows of a user."""
        request = users.get_user(self.settings.hosts.api, user_id)
        return self.client.send(request, time_budget=time_budget)


def connect(conn_id: str, stdin: Callable[[], str]) -> PlainHook:
    """Return the hook of a connection; for the arguments see `find`.

    :raises ConfigError: there is no such connection, or something is wrong with its fields.
    """
    found = find(conn_id, stdin)
    return PlainHook(conn_id, read_connection(found.connection, called(conn_id)))


#: Fields that have a value even where nobody filled them.
_DEFAULTS = {field.name: field.default for field in dataclasses.fields(Settings)}

#: The fields that stand in extra.
_IN_EXTRA = [name for name in _DEFAULTS if name not in STANDARD]

#: How the path of a webhook and a bot's JID look.
#: Sources: https://support.zoom.com KB0067640, https://developers.zoom.us/docs/api/chatbot/
_WEBHOOK = re.compile(r"/(chat/webhooks/incomingwebhook|incoming/hook)/[\w-]+", re.ASCII)
_ROBOT = re.compile(r"v1[\w-]+@xmpp\w*\.[\w.-]+", re.ASCII)


def check_source(conn_id: str, found: Found) -> list[Step]:
    """Return where a connection was found, and whether its type is right."""
    steps = [
        note("connection", f"{problem[:1].upper()}{problem[1:]}; Airflow tries the next source.")
        for problem in found.problems
    ]
    conn_type = found.connection.conn_type
    origin = f"{called(conn_id)} comes from {found.source}"
    if conn_type == "zoom":
        return [*steps, ok("connection", f"{origin}.")]
    remedy = "set its type (conn_type) to 'zoom', or Airflow cannot test it."
    if not conn_type:
        return [*steps, note("connection", f"{origin} and has no type: {remedy}")]
    # What cannot be a type is not shown, for it may be a secret.
    is_type = CONN_TYPE.fullmatch(conn_type)
    shown = f"type {conn_type!r}" if is_type else "a type that cannot be one"
    return [*steps, failed("connection", f"{origin} and has {shown}: {remedy}")]


def check_fields(conn_id: str, found: Found) -> tuple[list[Step], Settings | None]:
    """Return what stands in a connection, and its settings if it is whole."""
    unread = _unread_fields(_extra(found))
    try:
        settings = read_connection(found.connection, called(conn_id))
    except ConfigError as error:
        return [failed("fields", f"{error} Filled: {_filled(found)}."), *unread], None
    doubts = [note("fields", doubt) for doubt in _doubts(settings)]
    filled = "; ".join(
        f"{_short_label(name)} {_shown(name, getattr(settings, name))}"
        for name, default in _DEFAULTS.items()
        if name == "app_type" or getattr(settings, name) not in (None, default)
    )
    steps = [Step("fields", "note" if doubts else "ok", f"{filled}."), *doubts, *unread]
    if settings.muted:
        text = f"{field_label('muted')} is on: nothing is sent, it is only logged."
        steps.append(note("fields", text))
    return steps, settings


def _doubts(settings: Settings) -> Iterator[str]:
    """Yield what does not look like what Zoom gives; only a message tells for certain."""
    path = urlsplit(settings.webhook_url or "").path.rstrip("/")
    if settings.app.api == WEBHOOK and not _WEBHOOK.fullmatch(path):
        yield (
            f"{field_label('webhook_url')} does not look like Zoom's, which is "
            "https://integrations.zoom.us/chat/webhooks/incomingwebhook/... with letters and "
            "digits at its end: copy it again, as /inc connect gave it."
        )
    if settings.robot_jid and not _ROBOT.fullmatch(settings.robot_jid):
        yield (
            f"{field_label('robot_jid')} does not look like Zoom's: v1...@xmpp.zoom.us. It stands "
            "at marketplace.zoom.us > Manage > Created Apps > your app > Features > Surface > Team "
            "Chat Subscription."
        )


def _shown(name: str, value: object) -> str:
    """Return the value of a field as it may be shown; of a secret, only that it is set."""
    if name in SECRETS:
        return "set"
    if name == "proxy":  # which may hold a password
        return repr(host(str(value)))
    if name == "host":
        address = str(value)
        parts = urlsplit(address if "://" in address else f"//{address}")
        server = parts.netloc.rpartition("@")[2]
        value = parts._replace(netloc=server, query="", fragment="").geturl().removeprefix("//")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return repr(sanitize.one_line(value)) if isinstance(value, str) else f"{value:g}"


def _filled(found: Found) -> str:
    """Return which fields are filled in a connection that makes no sense as a whole."""
    values = _extra(found) | {
        name: getattr(found.connection, kept) for name, kept in STANDARD.items()
    }
    return ", ".join(_short_label(name) for name in _DEFAULTS if values.get(name)) or "nothing"


def _unread_fields(extra: dict[str, object]) -> list[Step]:
    """Return which fields of an extra nothing reads, a misspelt one with what it may stand for."""
    unread = extra.keys() - set(_IN_EXTRA)
    typos = likely_typos(unread, _IN_EXTRA)
    texts = [
        f"Nothing reads {sanitize.one_line(name)!r} in extra, perhaps for {meant!r}."
        for name, meant in typos.items()
    ]
    others = len(unread) - len(typos)
    if others:
        texts.append(
            f"{others} field{'s' if others > 1 else ''} in extra that nothing reads, not shown "
            "here: they may be parts of a secret. In a URI, a & in a value is written %26."
        )
    return [note("fields", text) for text in texts]


def _extra(found: Found) -> dict[str, object]:
    try:
        value = json.loads(found.connection.extra or "{}")
    except (ValueError, TypeError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _short_label(name: str) -> str:
    return field_label(name).partition(" (")[0]
