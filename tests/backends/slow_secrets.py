"""A secrets backend that does not answer, as one behind a network that is down."""

from __future__ import annotations

import time

from airflow.secrets import BaseSecretsBackend


class SlowSecrets(BaseSecretsBackend):
    """Waits for longer than anybody has time."""

    def get_conn_value(self, conn_id: str, team_name: str | None = None) -> str | None:
        """Wait, and find nothing."""
        time.sleep(60)
        return None
