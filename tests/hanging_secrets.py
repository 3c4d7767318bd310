"""A secrets backend that does not answer, as one behind a network that is down."""

from __future__ import annotations

import threading

from airflow.secrets import BaseSecretsBackend

#: Set when the test has ended.
ENDED = threading.Event()


class HangingSecrets(BaseSecretsBackend):
    """Waits for longer than anybody has time, and finds nothing.

    :param waits_for: what it does not answer: ``conn_value`` or ``variable``.
    """

    def __init__(self, waits_for: str) -> None:
        super().__init__()
        self._waits_for = waits_for

    def get_conn_value(self, conn_id: str, team_name: str | None = None) -> str | None:
        """Find nothing."""
        if self._waits_for == "conn_value":
            ENDED.wait(60)
        return None

    def get_variable(self, key: str, team_name: str | None = None) -> str | None:
        """Find nothing."""
        if self._waits_for == "variable":
            ENDED.wait(60)
        return None
