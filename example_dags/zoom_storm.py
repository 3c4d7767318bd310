"""A storm: many tasks of a run fail, and the channel gets one message.

It appears with the first failure, grows while more tasks fail, tells of them in its thread, and
turns green when the run has succeeded after all. With ``group_by="dag"`` it goes on over the next
runs until one is good; without it, each run has a message of its own.

To see it, trigger the DAG: nothing answers, and its tasks fail. Then clear the run: on their second
try they succeed. Without a scheduler, a second run in which everything answers does the same::

    airflow dags test zoom_storm
    airflow dags test zoom_storm --conf '{"outage": false}'

Uses the connection ``zoom_chatbot_default`` (App type ``chatbot``) and its default channel.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from airflow.providers.common.compat.sdk import DAG, task

from airflow_provider_zoomchat.notifications.zoom import ZoomChatbotNotifier

alert = ZoomChatbotNotifier(group_by="dag")


def is_outage(context: Any) -> bool:
    """Tell whether nothing answers: it does again when a task is tried once more."""
    return bool(context["params"]["outage"]) and context["ti"].try_number == 1


with DAG(
    "zoom_storm",
    description="Many failures, one message",
    schedule=None,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    tags=["zoom", "example"],
    params={"outage": True},
    default_args={"owner": "data-team", "on_failure_callback": alert},
    on_failure_callback=alert,
    on_success_callback=ZoomChatbotNotifier(group_by="dag", only_recovered=True),
) as dag:

    @task
    def load_items(shop: str, **context: Any) -> None:
        """Load what a shop has sold."""
        if is_outage(context):
            raise ConnectionError("the warehouse does not answer")

    @task
    def load_prices(**context: Any) -> None:
        """Load the prices."""
        if is_outage(context):
            raise TimeoutError("no prices within 30 s")

    @task
    def publish() -> None:
        """Publish the report, which waits for all of that."""

    shops = [f"{city}_{number}" for city in ("berlin", "lyon", "porto") for number in range(4)]
    [load_items.expand(shop=shops), load_prices()] >> publish()
