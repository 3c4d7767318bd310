"""One post that follows a pipeline from start to end: every step edits it.

Readers of the channel see one message that changes instead of a message for each step. Uses the
connection ``zoom_default`` (App type ``server_to_server``) and its default channel.
"""

from __future__ import annotations

from datetime import datetime

from airflow.providers.common.compat.sdk import DAG, task

from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.operators.zoom import ZoomChatMessageOperator

ORDERS = {"north": [120, 80, 45], "south": [200, 15], "west": [60, 60, 60, 10]}


def board(headline: str, *done: str) -> str:
    """Return the text of the post: a line for each step, with what is known of it so far."""
    steps = ("extract", "transform", "load")
    lines = [f"✅ {step}: {result}" for step, result in zip(steps, done, strict=False)]
    lines += [f"▫️ {step}" for step in steps[len(done) :]]
    return "\n".join([headline, *lines])


with DAG(
    "zoom_pipeline_status",
    description="A status post that the steps of a pipeline edit",
    schedule=None,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    tags=["zoom", "example"],
) as dag:
    status = ZoomChatMessageOperator(task_id="status", message=board("⏳ Sales report: running"))

    @task
    def extract(message_id: str) -> dict[str, list[int]]:
        found = f"{sum(len(amounts) for amounts in ORDERS.values())} orders"
        ZoomHook().edit_message(message_id, message=board("⏳ Sales report: running", found))
        return ORDERS

    @task
    def transform(orders: dict[str, list[int]]) -> dict[str, int]:
        return {region: sum(amounts) for region, amounts in orders.items()}

    totals = transform(extract(status.output))

    finished = ZoomChatMessageOperator(
        task_id="finished",
        operation="edit",
        message_id=status.output,
        message=board(
            "✅ Sales report: finished",
            "9 orders",
            "{{ ti.xcom_pull(task_ids='transform') | length }} regions",
            "total {{ ti.xcom_pull(task_ids='transform').values() | sum }}",
        ),
    )

    status >> totals >> finished
