"""The sandbox of the pytest fixture ``zoom_sandbox``."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import Any

from airflow_provider_zoomchat.sandbox import connections
from airflow_provider_zoomchat.sandbox.connections import PREFIX
from airflow_provider_zoomchat.sandbox.sandbox import Sandbox


class ZoomSandbox(Sandbox):
    """What the fixture ``zoom_sandbox`` gives: a sandbox to which connections can lead.

    Every well-formed id of a channel and every e-mail address is known to it, but for the channel
    ``00000000000000000000000000000000`` and ``nobody@example.com``.

    :param setenv: sets an environment variable until the test ends.
    """

    def __init__(self, setenv: Callable[[str, str], None] = os.environ.__setitem__) -> None:
        super().__init__(open_world=True)
        self._setenv = setenv

    def begin_test(self, setenv: Callable[[str, str], None]) -> None:
        """Begin anew for another test, with every connection to Zoom leading here."""
        self.renew()
        self._setenv = setenv
        self.connect_all(os.environ)

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

        :param app_type: "server_to_server", "user_oauth", "chatbot" or "incoming_webhook".
        :param signed: a signed incoming webhook.
        :param fields: what is to differ from a connection that works, under the names in which
            Airflow keeps it: ``channel``, ``label``, ``muted``, ...
        :raises ValueError: there is no such ``app_type``.
        :raises TypeError: there is no such field.
        """
        connection = connections.connection(self.url, app_type, signed=signed, **fields)
        self._setenv(f"{PREFIX}{conn_id.upper()}", json.dumps(connection))
        self.chat.world.add_named(str(connection["extra"]["channel"] or ""))

    def connect_all(self, environment: Mapping[str, str]) -> None:
        """Let every connection to Zoom in an environment lead here, and each API's default one.

        A connection that a test has not thought of would lead to the real Zoom.
        """
        for name, text in sorted(environment.items()):
            redirected = connections.redirected(text, self.url) if name.startswith(PREFIX) else None
            if redirected is not None:
                self._setenv(name.upper(), json.dumps(redirected))
                self.chat.world.add_named(str(redirected["extra"].get("channel") or ""))
        for name, text in self.environment().items():
            self._setenv(name, text)
