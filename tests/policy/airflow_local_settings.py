"""Settings of a deployment: alerts for every DAG."""

from __future__ import annotations

from typing import Any

from airflow_provider_zoomchat.notifications.policy import add_alerts


def dag_policy(dag: Any) -> None:
    """Give a DAG its alerts."""
    add_alerts(dag, events=["task_failed", "dag_failed"])
