"""DAGs with formatted texts that a real Airflow runs in the tests."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from airflow.providers.common.compat.sdk import DAG, task

from airflow_provider_zoomchat.operators.zoom import (
    ZoomChatbotMessageOperator,
    ZoomChatMessageOperator,
    ZoomWebhookMessageOperator,
)
from airflow_provider_zoomchat.zoom.text import mention, styled

common: dict[str, Any] = {"schedule": None, "start_date": datetime(2026, 1, 1), "catchup": False}

SOURCE = """
    **{{ dag.dag_id | zoom_escape }}** by {{ "ann@example.com" | zoom_mention }}

    {{ ti.xcom_pull("rows") | zoom_table(["table", "rows"]) }}
"""

with DAG("zoom_texts_filters", **common) as filters:

    @task
    def rows() -> list[list[Any]]:
        """Give rows."""
        return [["load_orders", 48210], ["items", 7]]

    user = ZoomChatMessageOperator(task_id="user", message=SOURCE, markdown=True)
    bot = ZoomChatbotMessageOperator(task_id="bot", message=SOURCE, markdown=True)
    webhook = ZoomWebhookMessageOperator(task_id="webhook", message=SOURCE, markdown=True)
    rows() >> user >> bot >> webhook

MARKED = {"type": "message", "text": "**{{ ti.map_index }}** {{ '*' | zoom_escape }}"}

with DAG("zoom_texts_mapped", **common) as mapped:
    texts = ZoomChatMessageOperator.partial(task_id="text", markdown=True).expand(
        message=["**{{ ti.map_index }}** {{ 'a_b' | zoom_code }}", "*{{ ti.map_index }}*"]
    )
    cards = ZoomChatbotMessageOperator.partial(task_id="card").expand(
        content=[{"body": [{**MARKED, "markdown": markdown}]} for markdown in (True, False)]
    )
    texts >> cards

with DAG("zoom_texts_functions", **common) as functions:
    ZoomChatMessageOperator(
        task_id="user",
        message=mention("ann@example.com") + ": " + styled("{{ dag.dag_id }}", Bold="") + " failed",
    )
