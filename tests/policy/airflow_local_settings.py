"""Settings of a deployment: alerts for every DAG."""

from __future__ import annotations

from typing import Any

from airflow_provider_zoomchat.notifications.policy import add_alerts
from airflow_provider_zoomchat.notifications.zoom import ZoomChatNotifier
from airflow_provider_zoomchat.operators.zoom import ZoomChatMessageOperator
from airflow_provider_zoomchat.transfers.sql_to_zoom_chat import SqlToZoomChatOperator


def dag_policy(dag: Any) -> None:
    """Give a DAG its alerts."""
    add_alerts(dag, ZoomChatNotifier(), events=["task_failed", "dag_failed"])


def task_policy(task: Any) -> None:
    """Give messages more tries."""
    if isinstance(task, (ZoomChatMessageOperator, SqlToZoomChatOperator)):
        task.retries = max(task.retries or 0, 2)
