"""DAGs that ask in the chat, wait for the answer, and follow it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from airflow.providers.common.compat.sdk import DAG, task

from airflow_provider_zoomchat.operators.zoom import ZoomChatMessageOperator
from airflow_provider_zoomchat.sensors.zoom import ZoomChatReplySensor

DATA_TEAM = "b7e41f90c25d4a8e83d6017fa9c2be54"  # of the sandbox; not the connection's channel
BEGINNING = datetime(2026, 1, 1)


def waiting(dag_id: str, **arguments: Any) -> DAG:
    """Return a DAG that asks, waits, and edits the answer into the question."""
    with DAG(dag_id, schedule=None, start_date=BEGINNING) as dag:
        ask = ZoomChatMessageOperator(task_id="ask", message="Publish?", to_channel=DATA_TEAM)
        answer = ZoomChatReplySensor(task_id="answer", message_id=ask.output, **arguments)
        told = ZoomChatMessageOperator(
            task_id="told",
            operation="edit",
            message_id=ask.output,
            message="{{ ti.xcom_pull('answer')['answer'] }}",
        )
        answer >> told

        @task
        def after(answer: str) -> str:
            return answer

        output: Any = answer.output
        after(output["answer"])
    return dag


OPTIONS = ["publish", "keep back"]

deferred = waiting("zoom_replies_deferred", options=OPTIONS, deferrable=True, poke_interval=0.05)
pattern = waiting(
    "zoom_replies_pattern", pattern=r"rows: (\d+)", deferrable=True, poke_interval=0.05
)
poked = waiting("zoom_replies_poked", options=OPTIONS, poke_interval=0.05)
late = waiting(
    "zoom_replies_late",
    options=OPTIONS,
    deferrable=True,
    poke_interval=0.05,
    timeout=0.2,
    on_timeout="default",
    default="keep back",
)
skipped = waiting(
    "zoom_replies_skipped", deferrable=True, poke_interval=0.05, timeout=0.1, on_timeout="skip"
)
failed = waiting("zoom_replies_failed", deferrable=True, poke_interval=0.05, timeout=0.1)
