"""A DAG with everything that a preview finds hard."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from airflow.providers.common.compat.sdk import DAG, task

from airflow_provider_zoomchat.notifications.zoom import ZoomChatbotNotifier, ZoomChatNotifier
from airflow_provider_zoomchat.operators.zoom import (
    ZoomChatbotMessageOperator,
    ZoomChatMessageOperator,
)
from airflow_provider_zoomchat.transfers.sql_to_zoom_chat import SqlToZoomChatOperator


class TeamMessage(ZoomChatMessageOperator):
    """Has nothing but arguments of its own."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(message="From the team: {{ ds }}", **kwargs)


class Careful(ZoomChatMessageOperator):
    """Does something of its own."""

    def execute(self, context: Any) -> str | None:
        """Do what nobody may do in a preview."""
        raise SystemExit("this was run")


class Loud(ZoomChatNotifier):
    """Does something of its own, too."""

    def notify(self, context: Any) -> None:
        """Do what nobody may do in a preview."""
        raise SystemExit("this was run")


def alert() -> ZoomChatNotifier:
    """Return a notifier that equals the others."""
    return ZoomChatNotifier("{{ event.task_id }} broke: {{ nobody.knows }}", mention="{{ whom }}")


with DAG(
    "awkward",
    schedule=None,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    params={"owner": "ann@example.com"},
    default_args={"owner": "data-team", "on_failure_callback": alert()},
    on_failure_callback=[ZoomChatbotNotifier(), Loud()],
) as dag:

    @task
    def load() -> int:
        """Never run in a preview."""
        raise SystemExit("this was run")

    TeamMessage(task_id="team", on_failure_callback=alert())
    Careful(task_id="careful", message="x")
    ZoomChatMessageOperator.partial(task_id="mapped").expand(message=["one {{ ds }}", "two"])
    ZoomChatMessageOperator.partial(task_id="mapped_later").expand(message=load())
    ZoomChatMessageOperator(
        task_id="unknown",
        message="{{ var.value.team }} / {{ conn.db.host }} / {{ nobody }} / {{ params.owner }}",
        to_channel="{{ var.value.channel }}",
    )
    ZoomChatMessageOperator(
        task_id="counts",
        message=(
            "{{ ti.xcom_pull('load') | length }} of {{ ti.xcom_pull('load') + 1 }}"
            "{% for row in ti.xcom_pull('load').rows %}, {{ row.name | upper }}{% endfor %}"
        ),
    )
    ZoomChatMessageOperator(
        task_id="edit",
        operation="edit",
        message_id="{{ ti.xcom_pull('elsewhere') }}",
        message="Edited",
    )
    ZoomChatbotMessageOperator(
        task_id="answer",
        message="An answer",
        reply_to="{{ ti.xcom_pull('elsewhere') }}",
    )
    ZoomChatMessageOperator(
        task_id="files", message="A chart", files=["/nowhere/chart.png", "{{ ti.xcom_pull('x') }}"]
    )
    ZoomChatMessageOperator(task_id="mistaken", message="{{ 1 / 0 }}")
    ZoomChatMessageOperator(task_id="unclosed", message="{{ ds ")
    ZoomChatMessageOperator(task_id="long", message="x" * 5000)
    SqlToZoomChatOperator(
        task_id="report",
        sql="SELECT region, count(*) AS orders FROM orders",
        sql_conn_id="nowhere",
        message="Orders",
    )
    SqlToZoomChatOperator(
        task_id="card_report",
        sql="SELECT region FROM orders",
        sql_conn_id="nowhere",
        zoom_conn_id="zoom_chatbot_default",
    )
