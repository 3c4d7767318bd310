"""A DAG whose messages hold what earlier tasks have left, in places where not every text fits."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from airflow.providers.common.compat.sdk import DAG, literal, task

from airflow_provider_zoomchat.notifications.zoom import ZoomChatbotNotifier
from airflow_provider_zoomchat.operators.zoom import (
    ZoomChatbotMessageOperator,
    ZoomChatMessageOperator,
)

with DAG("values", schedule=None, start_date=datetime(2026, 1, 1), catchup=False) as dag:

    @task
    def load() -> Any:
        """Never run in a preview."""
        raise SystemExit("this was run")

    left: Any = load()
    as_it_is: Any = literal("{{ ds }}")
    known_later: Any = "{{ ti.xcom_pull('load') }}"
    ZoomChatMessageOperator(task_id="plain", message=left)
    ZoomChatMessageOperator(task_id="literal", message=as_it_is)
    ZoomChatMessageOperator.partial(task_id="mapped").expand(message=left)
    ZoomChatbotMessageOperator(
        task_id="card",
        content={
            "settings": {"default_sidebar_color": "{{ var.value.color }}"},
            "head": {"text": "{{ ti.xcom_pull('load') }}"},
            "body": [
                {"type": "message", "text": "x", "link": "{{ var.value.base }}/report/{{ ds }}"},
                {"type": "fields", "items": [{"key": "a", "value": "b", "short": left["short"]}]},
            ],
        },
    )
    ZoomChatbotMessageOperator(
        task_id="no_card",
        content={"body": [{"type": "fields", "items": "{{ ti.xcom_pull('load') }}"}]},
    )
    ZoomChatbotMessageOperator(task_id="whole_card", content=left)
    ZoomChatbotMessageOperator(
        task_id="wrong_card",
        content={"head": {"text": "{{ var.value.title }}"}, "body": [{"type": "massage"}]},
    )
    ZoomChatMessageOperator(task_id="lists", message="x", at_items=known_later, rich_text=left)
    ZoomChatMessageOperator(
        task_id="mentions",
        message="@Ann",
        at_items=[
            {
                "at_type": 1,
                "at_contact": "{{ var.value.ann }}",
                "start_position": 0,
                "end_position": 3,
            }
        ],
    )
    ZoomChatMessageOperator(
        task_id="decides",
        message="{% if ti.xcom_pull('load') | int > 0 %}rows{% else %}NO ROWS{% endif %}",
    )
    first = ZoomChatMessageOperator(task_id="first", message="one")
    first >> ZoomChatMessageOperator(
        task_id="links", message="{{ ti.xcom_pull('first', key='zoom_message')['link'] }}"
    )
    ZoomChatMessageOperator(
        task_id="objects",
        message="{{ dag }} {{ task }}",
        on_failure_callback=ZoomChatbotNotifier(
            content={"head": {"text": "x"}, "body": [{"type": "{{ var.value.type }}"}]}
        ),
    )
