"""Send a card as a bot, edit it when more is known, and delete another.

Uses the connection ``zoom_chatbot_default`` (App type ``chatbot``) and its default channel.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from airflow.providers.common.compat.sdk import DAG

from airflow_provider_zoomchat.operators.zoom import ZoomChatbotMessageOperator


def quality_card(color: str, state: str, **facts: str) -> dict[str, Any]:
    """Return a card with a coloured bar; an edit replaces the whole card, so it is made twice."""
    return {
        "settings": {"default_sidebar_color": color},
        "head": {"text": "Data quality of orders", "sub_head": {"text": state}},
        "body": [
            {
                "type": "fields",
                "items": [
                    {"key": key, "value": value, "short": True} for key, value in facts.items()
                ],
            }
        ],
    }


with DAG(
    "zoom_chatbot_messages",
    description="Send, edit and delete cards in Zoom Team Chat",
    schedule=None,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    tags=["zoom", "example"],
) as dag:
    ask = ZoomChatbotMessageOperator(
        task_id="ask",
        message="Checking 12 rules, please do not write to the table",
    )

    card = ZoomChatbotMessageOperator(
        task_id="card",
        content=quality_card("#8c8c8c", "checking", Run="{{ run_id }}", Rules="12"),
    )

    edit_card = ZoomChatbotMessageOperator(
        task_id="edit_card",
        operation="edit",
        message_id=card.output,
        content=quality_card("#2e9e5b", "all rules hold", Run="{{ run_id }}", Rules="12 of 12"),
    )

    withdraw = ZoomChatbotMessageOperator(
        task_id="withdraw",
        operation="delete",
        message_id=ask.output,
    )

    ask >> card >> edit_card >> withdraw
