"""A secrets backend that does not answer, as one behind a network that is down."""

from __future__ import annotations

import threading

from airflow.secrets import BaseSecretsBackend

#: What it does not answer: ``conn_value`` or ``variable``. It has none of the other.
WAITS_FOR = ""
#: Set when the test has ended.
ENDED = threading.Event()


class HangingSecrets(BaseSecretsBackend):
    """Waits for longer than anybody has time, and finds nothing."""

    def get_conn_value(self, conn_id: str, team_name: str | None = None) -> str | None:
        """Find nothing."""
        if WAITS_FOR == "conn_value":
            ENDED.wait(60)
        return None

    def get_variable(self, key: str, team_name: str | None = None) -> str | None:
        """Find nothing."""
        if WAITS_FOR == "variable":
            ENDED.wait(60)
        return None
