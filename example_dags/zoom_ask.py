"""A question in the chat: a task waits for the answer, and the DAG goes on or stops by it.

Somebody answers in the thread of the question, with *publish* or *keep back*; the question is then
edited into its answer. The task waits in the triggerer and takes no worker's slot meanwhile. Uses
the connection ``zoom_default`` (App type ``server_to_server``), whose app has the scope
``team_chat:read:thread_message:admin``.

To try it without an account, ``zoomchat sandbox --open`` shows the chat with a box to answer in.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from airflow.providers.common.compat.sdk import DAG, task

from airflow_provider_zoomchat.operators.zoom import ZoomChatMessageOperator
from airflow_provider_zoomchat.sensors.zoom import ZoomChatReplySensor

with DAG(
    "zoom_ask",
    description="Ask in the chat, wait for the answer, and follow it",
    schedule=None,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    tags=["zoom", "example"],
) as dag:
    ask = ZoomChatMessageOperator(
        task_id="ask",
        message="❓ 12 of 48,210 rows have no quantity. Answer here: publish, or keep back?",
    )
    answer = ZoomChatReplySensor(
        task_id="answer",
        message_id=ask.output,
        options=["publish", "keep back"],
        timeout=timedelta(hours=4),
        on_timeout="default",
        default="keep back",
        deferrable=True,
    )
    told = ZoomChatMessageOperator(
        task_id="told",
        operation="edit",
        message_id=ask.output,
        message="12 of 48,210 rows have no quantity: {{ ti.xcom_pull('answer')['answer'] }}, "
        "says {{ ti.xcom_pull('answer')['sender_name'] or 'the clock' }}.",
    )

    @task.branch
    def decide(reply: dict[str, Any]) -> str:
        return "publish" if reply["answer"] == "publish" else "keep_back"

    @task
    def publish() -> None:
        print("48,210 rows are published.")

    @task
    def keep_back() -> None:
        print("Nothing is published.")

    answer >> told
    reply: Any = answer.output
    decide(reply) >> [publish(), keep_back()]
