"""A deadline: the channel hears of a run that takes too long while it is still running.

Needs Airflow 3.1 or newer; on older ones this file has no DAG. The alert is sent by the triggerer,
which makes the notifier itself: it gets the class and its arguments.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from airflow.providers.common.compat.sdk import DAG, task

from airflow_provider_zoomchat.notifications.zoom import ZoomChatNotifier

try:
    # From Airflow 3.2 on, `from airflow.sdk import` does it too.
    from airflow.sdk.definitions import deadline
except ImportError:
    deadline = None  # type: ignore[assignment]

if deadline:
    with DAG(
        "zoom_deadline_alert",
        schedule=None,
        start_date=datetime(2026, 1, 1),
        catchup=False,
        tags=["zoom", "example"],
        deadline=deadline.DeadlineAlert(
            reference=deadline.DeadlineReference.DAGRUN_QUEUED_AT,
            interval=timedelta(seconds=5),
            callback=deadline.AsyncCallback(
                ZoomChatNotifier, kwargs={"mention": "ann@example.com"}
            ),
        ),
    ) as dag:

        @task
        def load_orders() -> None:
            """Take longer than the deadline allows."""
            time.sleep(30)

        load_orders()
