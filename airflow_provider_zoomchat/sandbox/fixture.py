"""The sandbox that a test gets from the fixture ``zoom_sandbox``."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from airflow_provider_zoomchat.sandbox.connections import DEFAULT_IDS
from airflow_provider_zoomchat.sandbox.http import parse_json
from airflow_provider_zoomchat.sandbox.server import Sandbox

#: The fields of a connection that stand beside its extra, and those in it.
_BESIDE = ("host", "login", "password")
_EXTRA = (
    *("app_type", "account_id", "user_id", "robot_jid", "user_jid", "lookup_conn_id"),
    *("webhook_url", "verification_token", "secret_token"),
    *("channel", "label", "muted", "timeout", "proxy", "ca_bundle"),
)
FIELDS = (*_BESIDE, *_EXTRA)

#: What a connection of the author's keeps when it leads here.
_KEPT = ("channel", "label", "muted", "timeout")

_PREFIX = "AIRFLOW_CONN_"


class ZoomSandbox(Sandbox):
    """A sandbox with connections to it; every well-formed channel and person is known to it.

    :param setenv: sets an environment variable until the test ends.
    """

    def __init__(self, setenv: Callable[[str, str], None]) -> None:
        super().__init__(open_world=True)
        self._setenv = setenv

    def connect(
        self,
        conn_id: str,
        app_type: str = "server_to_server",
        *,
        signed: bool = False,
        **fields: Any,
    ) -> None:
        """Let a connection lead here until the test ends.

        ::

            zoom_sandbox.connect("zoom_alerts", "chatbot", label="staging")

        :param app_type: "server_to_server", "chatbot" or "incoming_webhook".
        :param signed: a signed incoming webhook.
        :param fields: what is to differ from a connection that works, under the names in which
            Airflow keeps it: ``channel`` (an id), ``label``, ``muted``, ...
        :raises ValueError: there is no such ``app_type``.
        :raises TypeError: there is no such field.
        """
        unknown = [name for name in fields if name not in FIELDS]
        if unknown:
            raise TypeError(
                f"A connection has no field {unknown[0]!r}; its fields are {', '.join(FIELDS)}."
            )
        connection = self.connection(app_type, signed=signed)
        for name, value in fields.items():
            place = connection if name in _BESIDE else connection["extra"]
            place[name] = value
        self._setenv(f"AIRFLOW_CONN_{conn_id.upper()}", json.dumps(connection))

    def connect_all(self, environment: Mapping[str, str]) -> None:
        """Let every connection to Zoom in an environment lead here, and each API's default one.

        A connection that a test has not thought of would lead to the real Zoom.
        """
        for name, value in sorted(environment.items()):
            extra = _extra_of_zoom(value) if name.startswith(_PREFIX) else None
            if extra is None:
                continue
            kept = {field: extra[field] for field in _KEPT if extra.get(field)}
            app_type = extra.get("app_type")
            known = app_type if app_type in DEFAULT_IDS else "server_to_server"
            self.connect(name.removeprefix(_PREFIX), known, **kept)
        for app_type, conn_id in DEFAULT_IDS.items():
            self.connect(conn_id, app_type)


def _extra_of_zoom(connection: str) -> dict[str, Any] | None:
    """Return the extra of a connection, as JSON or as a URI, if it is one to Zoom."""
    if connection.lstrip().startswith("{"):
        value = parse_json(connection)
        extra = value.get("extra") if isinstance(value, dict) else None
        if not isinstance(value, dict) or value.get("conn_type") != "zoom":
            return None
    else:
        parts = connection.partition("?")
        query = dict(parse_qsl(parts[2]))
        if not parts[0].lower().startswith("zoom:"):
            return None
        extra = query.get("__extra__", query)
    if isinstance(extra, str):
        extra = parse_json(extra)
    return extra if isinstance(extra, dict) else {}
