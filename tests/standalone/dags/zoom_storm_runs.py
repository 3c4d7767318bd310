"""Runs in which many tasks fail at once, until somebody mends what is wrong."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Any

from airflow.providers.common.compat.sdk import DAG, task

from airflow_provider_zoomchat.notifications.zoom import ZoomChatbotNotifier, ZoomChatNotifier

COMMON: dict[str, Any] = {"schedule": None, "start_date": datetime(2026, 1, 1), "catchup": False}

#: Where it is written that a DAG does not fail any more.
MENDED = Path(os.environ["AIRFLOW_HOME"], "mended")


def fail(number: int) -> None:
    """Fail for one of two causes."""
    if MENDED.exists():
        return
    raise ValueError(f"part {number}: column is missing" if number % 4 else "no answer")


for name, notifier in (("user", ZoomChatNotifier), ("bot", ZoomChatbotNotifier)):
    with DAG(
        f"storm_{name}",
        default_args={"on_failure_callback": notifier()},
        on_failure_callback=notifier() if name == "bot" else None,
        on_success_callback=notifier(only_recovered=True),
        **COMMON,
    ):
        task(task_id="load")(fail).expand(number=list(range(40)))
