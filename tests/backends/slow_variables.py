"""A secrets backend that has no connections, and does not answer when asked for a Variable."""

from __future__ import annotations

import time

from airflow.secrets import BaseSecretsBackend


class SlowVariables(BaseSecretsBackend):
    """Waits for longer than anybody has time."""

    def get_variable(self, key: str, team_name: str | None = None) -> str | None:
        """Wait, and find nothing."""
        time.sleep(60)
        return None
