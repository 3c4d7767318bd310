"""The same markdown through all three of Zoom's APIs: as a user, as a bot, through a webhook.

Each API has formats of its own; what one cannot show becomes readable words. Somebody is mentioned
by e-mail address; a bot looks the address up, and who is not found is named in plain words.

Uses the default connection of each API, and its channel.
"""

from __future__ import annotations

from datetime import datetime

from airflow.providers.common.compat.sdk import DAG

from airflow_provider_zoomchat.operators.zoom import (
    ZoomChatbotMessageOperator,
    ZoomChatMessageOperator,
    ZoomWebhookMessageOperator,
)
from airflow_provider_zoomchat.zoom.cards import actions, button, card, fields, message

REPORT = """
    ## Orders of {{ ds }}

    **48,210 rows** are in `sales.orders`, _12 of them_ without a price. ~~Nobody~~ Somebody
    should look: {{ params.owner | zoom_mention }} ([how to](https://wiki.example.com/prices)).

    1. find the rows
    2. ask the **shop**

    | region | orders | share |
    |:-------|-------:|------:|
    | EMEA   | 31,004 |  64 % |
    | APAC   | 12,850 |  27 % |
    | 日本   |  4,356 |   9 % |

    > Prices come from the shop, see [its page](https://shop.example.com).
"""

with DAG(
    "zoom_formatting",
    description="Markdown, mentions and cards in Zoom Team Chat",
    schedule=None,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    params={"owner": "ann@example.com"},
    tags=["zoom", "example"],
) as dag:
    as_user = ZoomChatMessageOperator(task_id="as_user", message=REPORT, markdown=True)

    as_bot = ZoomChatbotMessageOperator(task_id="as_bot", message=REPORT, markdown=True)

    through_webhook = ZoomWebhookMessageOperator(
        task_id="through_webhook", message=REPORT, markdown=True
    )

    as_card = ZoomChatbotMessageOperator(
        task_id="as_card",
        content=card(
            "Orders of {{ ds }}",
            message("**48,210 rows** are in `sales.orders`.", markdown=True),
            fields({"Without a price": "12", "Owner": "{{ params.owner }}"}),
            actions(button("Open the table", "open", style="Primary")),
            color="#2e9e5b",
        ),
    )

    as_user >> as_bot >> through_webhook >> as_card
