"""A message whose worker is killed after Zoom has taken it, before Zoom has said so."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.providers.common.compat.sdk import DAG

from airflow_provider_zoomchat.operators.zoom import ZoomChatMessageOperator


def write_pids(context: Any) -> None:
    """Tell which processes to kill: that of the task, and the worker's that has started it."""
    if context["ti"].try_number == 1:
        Path(os.environ["AIRFLOW_HOME"], "pids").write_text(f"{os.getpid()} {os.getppid()}")


with DAG("lost_answer", schedule=None, start_date=datetime(2026, 1, 1), catchup=False):
    ZoomChatMessageOperator(
        task_id="post",
        message="✅ Load **finished** & <checked>",
        markdown=True,
        retries=1,
        retry_delay=timedelta(seconds=1),
        pre_execute=write_pids,
    )
