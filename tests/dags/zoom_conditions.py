"""DAGs with alerts that have conditions, and with tasks that ask about their run."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from typing import Any

from airflow.providers.common.compat.sdk import DAG, task

from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.notifications.runs import failed_tasks
from airflow_provider_zoomchat.notifications.zoom import ZoomChatbotNotifier, ZoomChatNotifier


def wrong(event: Any) -> bool:
    """Fail for a reason of its own."""
    raise KeyError("no such owner")


def answer(context: Any) -> None:
    """Reply to the alert, as a callback behind it."""
    message = bot.find_message(context)
    ZoomHook("zoom_chatbot_default").send_chatbot_message(message="I look", reply_to=message)


common: dict[str, Any] = {
    "schedule": None,
    "start_date": datetime(2026, 1, 1),
    "catchup": False,
    "default_args": {"retry_delay": timedelta(0)},
}
unwanted = ZoomChatNotifier(only_if=lambda event: event.task_id != "unwanted", on_error="raise")
faulty = ZoomChatNotifier(only_if=wrong, to_channel="b7e41f90c25d4a8e83d6017fa9c2be54")
third = ZoomChatNotifier(after_runs=2, only_recovered=True, on_error="raise")
bot = ZoomChatbotNotifier(on_error="raise")


@task
def fails() -> None:
    """Fail until it is mended."""
    if "ZOOM_CONDITIONS_MENDED" not in os.environ:
        raise ValueError("column 'qty' is missing")


with DAG("zoom_conditions_some", **common) as some:
    alerted: dict[str, Any] = {"on_failure_callback": [unwanted]}
    (
        fails.override(task_id="unwanted", **alerted)()
        >> fails.override(task_id="wanted", trigger_rule="all_done", **alerted)()
    )

with DAG("zoom_conditions_faulty", **common) as faulty_dag:
    fails.override(task_id="check", on_failure_callback=[faulty])()

with DAG(
    "zoom_conditions_row", **common, on_failure_callback=third, on_success_callback=third
) as row:
    both: dict[str, Any] = {"on_failure_callback": third, "on_retry_callback": third}
    fails.override(task_id="one", retries=1, **both)()
    fails.override(task_id="two", **both)()

with DAG("zoom_conditions_thread", **common) as thread:
    fails.override(task_id="one", on_failure_callback=[bot, answer])()

with DAG("zoom_conditions_states", **common) as names:

    @task
    def load(part: int) -> None:
        """Fail for one of two."""
        if part:
            raise ValueError(f"no part {part}")

    @task(trigger_rule="all_done")
    def tell(**context: Any) -> list[str]:
        """Return what has failed."""
        return sorted(failed_tasks(context))

    told = tell()
    load.expand(part=[0, 1]) >> told
    fails.override(task_id="check")() >> fails.override(task_id="never")() >> told
