"""A DAG whose tasks post a message, react to it, and edit it."""

from __future__ import annotations

from datetime import datetime

from airflow.providers.common.compat.sdk import DAG

from airflow_provider_zoomchat.operators.zoom import (
    ZoomChatMessageOperator,
    ZoomChatReactionOperator,
)

DATA_TEAM = "b7e41f90c25d4a8e83d6017fa9c2be54"  # of the sandbox; not the connection's channel

with DAG("zoom_reactions", schedule=None, start_date=datetime(2026, 1, 1)) as dag:
    post = ZoomChatMessageOperator(task_id="post", message="Load", to_channel=DATA_TEAM)
    seen = ZoomChatReactionOperator(task_id="seen", message_id=post.output, emoji="👀")
    done = ZoomChatMessageOperator(
        task_id="done", operation="edit", message_id=seen.output, message="Loaded"
    )
