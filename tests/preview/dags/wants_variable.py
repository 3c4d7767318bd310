"""A DAG file that asks Airflow for a variable while it is read."""

from __future__ import annotations

from airflow.models import Variable
from airflow.providers.common.compat.sdk import DAG

from airflow_provider_zoomchat.operators.zoom import ZoomChatMessageOperator

with DAG("wants_variable", schedule=None) as dag:
    ZoomChatMessageOperator(task_id="post", message=Variable.get("zoom_preview_team"))
