"""The sandbox that a test gets from the fixture ``zoom_sandbox``."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from airflow_provider_zoomchat.sandbox.connections import DEFAULT_IDS
from airflow_provider_zoomchat.sandbox.server import Sandbox

#: The fields of a connection that stand beside its extra, and those in it.
_BESIDE = ("host", "login", "password")
_EXTRA = (
    *("app_type", "account_id", "user_id", "robot_jid", "user_jid"),
    *("webhook_url", "verification_token", "secret_token"),
    *("channel", "label", "muted", "timeout", "proxy", "ca_bundle"),
)
FIELDS = (*_BESIDE, *_EXTRA)


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

    def connect_defaults(self) -> None:
        """Let the default connection of every door lead here."""
        for app_type, conn_id in DEFAULT_IDS.items():
            self.connect(conn_id, app_type)
