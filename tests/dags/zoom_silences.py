"""A DAG whose alerts somebody silences."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from airflow.providers.common.compat.sdk import DAG, task

from airflow_provider_zoomchat.notifications.zoom import (
    ZoomChatbotNotifier,
    ZoomChatNotifier,
    ZoomWebhookNotifier,
)


def awaited(context: Any) -> None:
    """Send an alert as the triggerer does."""
    asyncio.run(ZoomChatNotifier("awaited", on_error="raise").async_notify(context))


NOTIFIERS: list[Any] = [
    kind(on_error="raise") for kind in (ZoomChatNotifier, ZoomChatbotNotifier, ZoomWebhookNotifier)
]

with DAG(
    "zoom_silences",
    schedule=None,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    default_args={"on_failure_callback": [*NOTIFIERS, awaited]},
    on_failure_callback=NOTIFIERS,
) as dag:

    @task(on_execute_callback=ZoomChatNotifier(on_error="raise"))
    def load(number: int) -> None:
        """Fail."""
        raise ValueError(f"part {number} is missing")

    @task
    def check() -> None:
        """Fail too."""
        raise ValueError("all is missing")

    load.expand(number=[1, 2])
    check()
