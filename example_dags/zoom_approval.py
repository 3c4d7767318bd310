"""An approval: the channel is asked, and each option is a link that leads to the answer.

Needs Airflow 3.1 or newer, and its standard provider; elsewhere this file has no DAG. The links
open Airflow's page of the question with that option chosen, so whoever answers needs a login there.
"""

from __future__ import annotations

from datetime import datetime

from airflow.providers.common.compat.sdk import DAG, AirflowException

from airflow_provider_zoomchat.notifications.zoom import ZoomChatbotNotifier
from airflow_provider_zoomchat.operators.zoom import ZoomChatbotMessageOperator

try:
    from airflow.providers.standard.operators import hitl
except (ImportError, AirflowException):
    hitl = None  # type: ignore[assignment]

if hitl:
    with DAG(
        "zoom_approval",
        schedule=None,
        start_date=datetime(2026, 1, 1),
        catchup=False,
        tags=["zoom", "example"],
    ) as dag:
        ask = hitl.HITLOperator(
            task_id="ask",
            subject="Publish the sales of {{ dag_run.run_after.date() }}?",
            body="48,210 rows, 12 without a quantity.",
            options=["Publish", "Keep back"],
            notifiers=[ZoomChatbotNotifier()],
        )
        answer = ZoomChatbotMessageOperator(
            task_id="answer",
            message="Sales: {{ ti.xcom_pull('ask')['chosen_options'][0] }}",
        )
        ask >> answer
