"""A DAG whose templates give Python's values, with a card."""

from __future__ import annotations

from datetime import datetime

from airflow.providers.common.compat.sdk import DAG
from jinja2 import StrictUndefined

from airflow_provider_zoomchat.operators.zoom import (
    ZoomChatbotMessageOperator,
    ZoomChatMessageOperator,
)

with DAG(
    "native",
    schedule=None,
    start_date=datetime(2026, 1, 1),
    render_template_as_native_obj=True,
    jinja_environment_kwargs={"undefined": StrictUndefined},
) as dag:
    ZoomChatMessageOperator(task_id="text", message="{{ ti.xcom_pull('load') }}")
    ZoomChatMessageOperator(task_id="strict", message="{{ nobody }} and \u2039load\u203a")
    ZoomChatbotMessageOperator(
        task_id="card",
        content={
            "head": {"text": "{{ dag.dag_id }}"},
            "body": [{"type": "message", "text": "{{ ti.xcom_pull('load') }}"}],
        },
    )
