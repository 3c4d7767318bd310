"""Runs in which many tasks fail at once, until somebody mends what is wrong."""

from __future__ import annotations

import os
import signal
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

with DAG(
    "storm_killed",
    default_args={"on_failure_callback": ZoomChatNotifier()},
    on_failure_callback=ZoomChatNotifier(),
    **COMMON,
):

    @task
    def dies(number: int) -> None:
        """Be killed, as by a kernel that runs out of memory.

        Airflow 3 calls none of the task's callbacks then (apache/airflow#60858), only the DAG's.
        """
        os.kill(os.getpid(), signal.SIGKILL)

    dies.expand(number=list(range(40)))

with DAG("storm_lost", default_args={"on_failure_callback": ZoomChatNotifier()}, **COMMON):

    @task
    def is_lost(number: int) -> None:
        """Be killed together with the worker, as a pod is.

        After the heartbeat's time-out Airflow calls the task's callbacks, in the DAG processor.
        """
        os.kill(os.getppid(), signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)

    is_lost.expand(number=list(range(40)))
