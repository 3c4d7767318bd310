"""A question: somebody answers in its thread, and the pipeline goes on, or does not.

It waits in the triggerer, so no worker is busy meanwhile; after eight hours silence means no. At
the end the answer stands in place of the question. Uses the connection ``zoom_default`` (App type
``server_to_server``) and its default channel; its app needs the scope to read replies.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from airflow.providers.common.compat.sdk import DAG, task

from airflow_provider_zoomchat.operators.zoom import ZoomChatMessageOperator
from airflow_provider_zoomchat.sensors.zoom import ZoomChatReplySensor

with DAG(
    "zoom_ask",
    description="A question in the chat whose answer a pipeline waits for",
    schedule=None,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    tags=["zoom", "example"],
) as dag:
    ask = ZoomChatMessageOperator(
        task_id="ask",
        message="❓ Sales: 48,210 rows, 12 without a quantity. Publish them?\n"
        "Answer in this thread: publish, or keep back",
    )

    answer = ZoomChatReplySensor(
        task_id="answer",
        message_id=ask.output,
        options=["publish", "keep back"],
        # Without this anybody in the channel may answer.
        # from_users=["ann@example.com", "bob@example.com"],
        timeout=timedelta(hours=8),
        on_timeout="default",
        default="keep back",
        deferrable=True,
    )

    @task.branch
    def decide(reply: Any) -> str:
        return "publish" if reply["answer"] == "publish" else "keep_back"

    @task
    def publish() -> None:
        print("The sales are published.")

    @task
    def keep_back() -> None:
        print("The sales are kept back.")

    told = ZoomChatMessageOperator(
        task_id="told",
        operation="edit",
        message_id=ask.output,
        message="{% set reply = ti.xcom_pull(task_ids='answer') %}"
        "{{ '✅' if reply['answer'] == 'publish' else '✋' }} Sales: {{ reply['answer'] }}, "
        "{{ 'as nobody has answered' if reply['timed_out'] else 'says ' ~ reply['sender_name'] }}",
        trigger_rule="none_failed_min_one_success",
    )

    decide(answer.output) >> [publish(), keep_back()] >> told
