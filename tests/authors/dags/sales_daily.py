"""The DAG of somebody who tests its alert: the README's first one, with something to do."""

from __future__ import annotations

from datetime import datetime

from airflow.providers.common.compat.sdk import DAG, task

from airflow_provider_zoomchat.notifications.zoom import ZoomChatNotifier

with DAG(
    "sales_daily",
    schedule="@daily",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    default_args={"owner": "data-team", "on_failure_callback": ZoomChatNotifier()},
):

    @task
    def load_orders() -> int:
        """Load them, and tell how many there were."""
        return 48_210

    load_orders()
