"""DAGs with cards in a user's messages that a real Airflow runs in the tests."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from airflow.providers.common.compat.sdk import DAG

from airflow_provider_zoomchat.operators.zoom import ZoomChatMessageOperator
from airflow_provider_zoomchat.zoom.cards import card, message, progress_bar

common: dict[str, Any] = {"schedule": None, "start_date": datetime(2026, 1, 1), "catchup": False}

with DAG("zoom_users_cards", **common) as cards:
    post = ZoomChatMessageOperator(
        task_id="post",
        message="{{ 'ann@example.com' | zoom_mention }} **look**",
        markdown=True,
        content=card("{{ dag.dag_id }}", progress_bar("{{ ti.try_number * 10 }}")),
    )
    ZoomChatMessageOperator(
        task_id="done",
        operation="edit",
        message_id=post.output,
        content=card("Done", message("**{{ 48210 | zoom_code }}** rows", markdown=True)),
    )
    ZoomChatMessageOperator(task_id="file", content="zoom_card.json.j2")
