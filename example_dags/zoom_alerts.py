"""Alerts: one notifier, made once, for every task and for the DAG itself.

Nothing is said about what stands in an alert: what failed and why, which run, whose it is, and a
link to this try's log are in it by themselves. Where it goes stands in the connection.

The failures of a run share one message, which turns green if the run is cleared and succeeds.

The DAG fails on purpose: one task loads, the next one fails, is tried again and fails for good.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.providers.common.compat.sdk import DAG, task

from airflow_provider_zoomchat.notifications.zoom import ZoomChatNotifier

alert = ZoomChatNotifier()

with DAG(
    "zoom_alerts",
    schedule=None,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    tags=["zoom", "example"],
    default_args={
        "owner": "data-team",
        "retries": 1,
        "retry_delay": timedelta(seconds=1),
        "on_success_callback": alert,
        "on_retry_callback": alert,
        "on_failure_callback": alert,
    },
    on_failure_callback=alert,
    on_success_callback=ZoomChatNotifier(only_recovered=True),
) as dag:

    @task
    def load_orders() -> int:
        """Load what there is."""
        return 31_004

    @task
    def check_orders() -> None:
        """Find what is wrong with it."""
        raise ValueError("column 'qty' is empty in 12 of 31,004 rows")

    @task
    def publish() -> None:
        """Never come this far."""

    load_orders() >> check_orders() >> publish()
