"""The fields of a connection: its type, what is filled, and what is missing. Pure."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Generator, Iterator
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from ...hooks.connection import SECRETS, STANDARD, Settings, label, read_connection
from ...hooks.connection_sources import KIND, nearest
from ...zoom import sanitize
from ...zoom.errors import ConfigError
from ...zoom.http import host
from .source import Found

Outcome = Literal["ok", "failed", "note", "skipped"]


class Step(NamedTuple):
    """What was looked at, what came of it, and what was found.

    :param outcome: ``note`` is worth knowing and no failure; ``skipped`` could not be looked at.
    :param text: one line, without secrets; of a failure, with what to do about it.
    """

    name: str
    outcome: Outcome
    text: str


#: Fields that have a value even where nobody filled them.
_DEFAULTS = {field.name: field.default for field in dataclasses.fields(Settings)}

#: How the path of a webhook and a bot's JID look.
#: Sources: https://support.zoom.com KB0067640, https://developers.zoom.us/docs/api/chatbot/
_WEBHOOK = re.compile(r"/(chat/webhooks/incomingwebhook|incoming/hook)/[\w-]+", re.ASCII)
_ROBOT = re.compile(r"v1[\w-]+@xmpp\w*\.[\w.-]+", re.ASCII)

#: The fields that stand in extra.
_IN_EXTRA = [name for name in _DEFAULTS if name not in STANDARD]


def check_fields(found: Found) -> Generator[Step, None, Settings | None]:
    """Yield what stands in a connection, and return it if it is whole."""
    for trouble in found.troubles:
        yield Step("connection", "note", f"{_sentence(trouble)}; Airflow looks further.")
    kind = found.connection.conn_type
    if kind == "zoom":
        yield Step("connection", "ok", f"{found.called} comes from {found.where}.")
    else:
        yield Step(
            "connection",
            "failed" if kind else "note",
            f"{found.called} comes from {found.where} and has "
            + (_type(kind) if kind else "no type")
            + ": set its type (conn_type) to 'zoom', or Airflow cannot test it.",
        )
    try:
        settings = read_connection(found.connection, found.called)
    except ConfigError as error:
        yield Step("fields", "failed", f"{error} Filled: {_filled_names(found)}.")
        yield from _unread(found)
        return None
    doubts = list(_doubts(settings))
    yield Step("fields", "note" if doubts else "ok", f"{'; '.join(_described(settings))}.")
    for doubt in doubts:
        yield Step("fields", "note", doubt)
    yield from _unread(found)
    if settings.muted:
        yield Step("fields", "note", f"{label('muted')} is on: nothing is sent, it is only logged.")
    return settings


def _doubts(settings: Settings) -> Iterator[str]:
    """Yield what does not look like what Zoom gives; only a message tells for certain."""
    path = urlsplit(settings.webhook_url or "").path.rstrip("/")
    if settings.app_type == "incoming_webhook" and not _WEBHOOK.fullmatch(path):
        yield (
            f"{label('webhook_url')} does not read like one of Zoom's, which is "
            "https://integrations.zoom.us/chat/webhooks/incomingwebhook/... with letters and "
            "digits at its end: copy it again, as /inc connect gave it."
        )
    if settings.robot_jid and not _ROBOT.fullmatch(settings.robot_jid):
        yield f"{label('robot_jid')} does not read like one of Zoom's: v1...@xmpp.zoom.us."


def _type(kind: str) -> str:
    """Return the type of a connection; what cannot be one is not shown, for it may be a secret."""
    return f"type {kind!r}" if KIND.fullmatch(kind) else "a type that cannot be one"


def _described(settings: Settings) -> Iterator[str]:
    """Yield every field that is filled; of a secret, only that it is."""
    for name, default in _DEFAULTS.items():
        value = getattr(settings, name)
        if name == "app_type" or value not in (None, default):
            yield f"{label(name).partition(' (')[0]} {_shown(name, value)}"


def _shown(name: str, value: object) -> str:
    if name in SECRETS:
        return "set"
    if name == "proxy":  # which may hold a password
        return repr(host(str(value)))
    if name == "host":
        return repr(sanitize.one_line(_without_secrets(str(value))))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return repr(sanitize.one_line(value)) if isinstance(value, str) else f"{value:g}"


def _without_secrets(address: str) -> str:
    """Return a host or a URL without a password, a query and a fragment."""
    parts = urlsplit(address if "://" in address else f"//{address}")
    server = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=server, query="", fragment="").geturl().removeprefix("//")


def _filled_names(found: Found) -> str:
    """Return the fields that are filled in a connection that makes no sense as a whole."""
    extra = _extra(found)
    names = [
        name
        for name in _DEFAULTS
        if (getattr(found.connection, STANDARD[name]) if name in STANDARD else extra.get(name))
    ]
    return ", ".join(label(name).partition(" (")[0] for name in names) or "nothing"


def _unread(found: Found) -> Iterator[Step]:
    """Yield which fields of the extra nothing reads, a misspelt one with what it may stand for."""
    unread = sorted(_extra(found).keys() - set(_IN_EXTRA))
    meant = {name: known for name in unread if (known := nearest(name, _IN_EXTRA))}
    for name, known in meant.items():
        text = f"Nothing reads {sanitize.one_line(name)!r} in extra, perhaps for {known!r}."
        yield Step("fields", "note", text)
    others = len(unread) - len(meant)
    if others:
        yield Step(
            "fields",
            "note",
            f"{others} field{'s' if others > 1 else ''} in extra that nothing reads, not shown "
            "here: they may be parts of a secret. In a URI, a & in a value is written %26.",
        )


def _extra(found: Found) -> dict[str, object]:
    try:
        value = json.loads(found.connection.extra or "{}")
    except (ValueError, TypeError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
