"""Send, edit, answer and delete messages as a user.

Uses the connection ``zoom_default`` (App type ``server_to_server``) and its default channel.
"""

from __future__ import annotations

from datetime import datetime

from airflow.providers.common.compat.sdk import DAG

from airflow_provider_zoomchat.operators.zoom import ZoomChatMessageOperator

with DAG(
    "zoom_chat_messages",
    description="Send, edit, answer and delete messages in Zoom Team Chat",
    schedule=None,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    tags=["zoom", "example"],
) as dag:
    post = ZoomChatMessageOperator(
        task_id="post",
        message="⏳ Nightly load of {{ dag.dag_id }} has started",
    )

    # The output of a sending task is the message id, so the next task needs nothing else.
    edit = ZoomChatMessageOperator(
        task_id="edit",
        operation="edit",
        message_id=post.output,
        message="✅ Nightly load of {{ dag.dag_id }} has finished: 3 tables, 48,210 rows",
    )

    reply = ZoomChatMessageOperator(
        task_id="reply",
        reply_main_message_id=post.output,
        message="orders 31,004 · customers 12,850 · returns 4,356",
    )

    mistake = ZoomChatMessageOperator(
        task_id="mistake",
        message="This one was meant for another channel",
    )

    take_back = ZoomChatMessageOperator(
        task_id="take_back",
        operation="delete",
        message_id=mistake.output,
    )

    post >> edit >> reply >> mistake >> take_back
