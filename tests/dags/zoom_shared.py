"""A run whose tasks and callbacks each ask for a token, as processes of their own do."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from airflow.providers.common.compat.sdk import DAG, task

from airflow_provider_zoomchat.notifications.zoom import ZoomChatNotifier
from airflow_provider_zoomchat.operators.zoom import ZoomChatMessageOperator
from airflow_provider_zoomchat.zoom import client


def begin(context: Any) -> None:
    """Forget the token of this process, as a new process would not know it."""
    client.forget()


alert = ZoomChatNotifier(zoom_conn_id="zoom_test", group_by=None, on_error="raise")

with DAG(
    "zoom_shared",
    schedule=None,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    on_failure_callback=[begin, alert],
) as shared:
    post = ZoomChatMessageOperator(
        task_id="post", message="one", zoom_conn_id="zoom_test", pre_execute=begin
    )
    edit = ZoomChatMessageOperator(
        task_id="edit",
        operation="edit",
        message_id=post.output,
        message="two",
        zoom_conn_id="zoom_test",
        pre_execute=begin,
    )

    @task(on_failure_callback=[begin, alert])
    def fail() -> None:
        """Fail."""
        raise ValueError("no data")

    edit >> fail()
