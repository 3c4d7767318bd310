"""What the examples leave out: a start, a skip, mapped tasks, a good end, a stored connection."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

from airflow.providers.common.compat.sdk import DAG, AirflowSkipException, task

# From Airflow 3.2 on, `from airflow.sdk import` does it too.
from airflow.sdk.definitions import deadline

from airflow_provider_zoomchat.notifications.zoom import (
    ZoomChatbotNotifier,
    ZoomChatNotifier,
    ZoomWebhookNotifier,
)

COMMON: dict[str, Any] = {
    "schedule": None,
    "start_date": datetime(2026, 1, 1),
    "catchup": False,
    "default_args": {"owner": "data-team"},
}

with DAG("standalone_tasks", on_success_callback=ZoomChatbotNotifier(), **COMMON):

    @task(on_execute_callback=ZoomChatNotifier())
    def load() -> None:
        """Work."""

    @task(on_skipped_callback=ZoomWebhookNotifier())
    def forecast() -> None:
        """Have nothing to do."""
        raise AirflowSkipException("no forecast on Sundays")

    @task(on_success_callback=ZoomChatbotNotifier())
    def load_region(region: str) -> str:
        """Work on one of several."""
        return region

    load()
    forecast()
    load_region.expand(region=["eu", "us"])

with DAG(
    "standalone_deadline",
    deadline=deadline.DeadlineAlert(
        reference=deadline.DeadlineReference.DAGRUN_QUEUED_AT,
        interval=timedelta(seconds=5),
        callback=deadline.AsyncCallback(
            ZoomChatNotifier, kwargs={"zoom_conn_id": "zoom_in_database"}
        ),
    ),
    **COMMON,
):

    @task
    def take_long() -> None:
        """Take longer than the deadline allows."""
        time.sleep(30)

    take_long()
