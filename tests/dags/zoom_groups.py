"""DAGs of which all tasks fail, and that recover."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime
from typing import Any

from airflow.providers.common.compat.sdk import DAG, task

from airflow_provider_zoomchat.notifications import alerts
from airflow_provider_zoomchat.notifications.zoom import (
    ZoomChatbotNotifier,
    ZoomChatNotifier,
    ZoomWebhookNotifier,
)

COMMON: dict[str, Any] = {"schedule": None, "start_date": datetime(2026, 1, 1), "catchup": False}


def load(number: int) -> None:
    """Fail, as long as something is wrong."""
    if "ZOOM_GROUPS_MENDED" not in os.environ:
        raise ValueError(f"part {number} is missing")


def dag_of(name: str, notifier: Any, tasks: int = 3, **more: Any) -> Any:
    """Return a DAG whose tasks fail: one called "check", the others mapped."""
    with DAG(
        f"zoom_groups_{name}",
        default_args={"on_failure_callback": notifier},
        **{**COMMON, "on_failure_callback": notifier, **more},
    ) as dag:
        task(task_id="load")(load).expand(number=list(range(tasks - 1)))
        task(task_id="check")(load)(tasks)
    return dag


user = dag_of("user", ZoomChatNotifier(on_error="raise"), tasks=7)
card = dag_of(
    "card",
    ZoomChatNotifier(on_error="raise", as_card=True, group_by="dag"),
    # It edits what is there, whatever form it would post itself.
    on_success_callback=ZoomChatNotifier(on_error="raise", group_by="dag", only_recovered=True),
)
bot = dag_of("bot", ZoomChatbotNotifier(on_error="raise"), tasks=7)
webhook = dag_of("webhook", ZoomWebhookNotifier(on_error="raise"), tasks=7)
webhook_of_tasks = dag_of(
    "webhook_of_tasks", ZoomWebhookNotifier(on_error="raise"), tasks=7, on_failure_callback=None
)
alone = dag_of("alone", ZoomChatNotifier(on_error="raise", group_by=None))
own = dag_of("own", ZoomChatNotifier("{{ dag.dag_id }} broke", on_error="raise", group_by="run"))
# The DAG's own alert has a link of its own, and says nothing of the run.
changed = [
    replace(
        alerts.TASK_FAILED,
        fields={
            "Team": "{{ dag.tags and 'Loads' }}",
            "Step": "{task}",
            **alerts.TASK_FAILED.fields,
        },
        links={**alerts.TASK_FAILED.links, "Runbook": "https://wiki.example.com/{dag}"},
    ),
    replace(
        alerts.DAG_FAILED,
        color="#663399",
        fields={"Owner": "{owner}"},
        links={"Wiki": "https://wiki.example.com/"},
    ),
]
added_to = dag_of("added_to", ZoomChatNotifier(on_error="raise", alerts=changed), tags=["loads"])
added_to_card = dag_of(
    "added_to_card", ZoomChatbotNotifier(on_error="raise", alerts=changed), tags=["loads"]
)
elsewhere = dag_of("elsewhere", ZoomChatNotifier(to_channel="0" * 32, on_error="raise"))
over_runs = dag_of(
    "over_runs",
    ZoomChatNotifier(on_error="raise", group_by="dag"),
    on_success_callback=ZoomChatNotifier(
        on_error="raise", group_by="dag", only_recovered=True, react_when_recovered=True
    ),
)
with DAG(
    "zoom_groups_out_of_reach",
    default_args={"on_failure_callback": ZoomChatNotifier(on_error="raise", time_budget=1)},
    **COMMON,
) as out_of_reach:
    task(task_id="check")(load)(8)
