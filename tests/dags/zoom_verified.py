"""DAGs whose messages are posted although Zoom's answer is lost, and tasks with the same words."""

from __future__ import annotations

import functools
import json
import os
from datetime import datetime, timedelta
from typing import Any
from urllib.request import Request, urlopen

from airflow.providers.common.compat.sdk import DAG

from airflow_provider_zoomchat.operators.zoom import ZoomChatMessageOperator

common: dict[str, Any] = {
    "schedule": None,
    "start_date": datetime(2026, 1, 1),
    "catchup": False,
    "default_args": {"retry_delay": timedelta(0)},
}


class Asking(ZoomChatMessageOperator):
    """Ask Zoom once, at once."""

    looks = (0.0,)


class KilledAfterwards(Asking):
    """End the first try with its message out, before that is noted."""

    def execute(self, context: Any) -> Any:
        """Send."""
        if context["ti"].try_number == 1:
            self.message = "try 1"
            self.hook.send_message = lost(self.hook.send_message)  # type: ignore[method-assign]
        return super().execute(context)


def lost(send: Any) -> Any:
    """Return what sends and is killed."""

    @functools.wraps(send)
    def sends(**arguments: Any) -> None:
        send(**arguments)
        raise RuntimeError("killed")

    return sends


def lose_the_second(context: Any) -> None:
    """Let the second of two tasks get no answer; `conf` says whether its message arrives."""
    ti = context["ti"]
    if ti.task_id == "other" or ti.map_index == 1:
        host = json.loads(os.environ["AIRFLOW_CONN_ZOOM_DEFAULT"])["host"]
        arrives = context["dag_run"].conf["arrives"]
        fault = {"kind": "drop", "path": "airflow@example.com/messages", "accept": arrives}
        body, headers = json.dumps(fault).encode(), {"Content-Type": "application/json"}
        urlopen(Request(f"{host}/sandbox/faults", body, headers)).close()


with DAG("zoom_verified_retry", **common) as retry:
    KilledAfterwards(task_id="post", message="try {{ ti.try_number }}", retries=1)

with DAG("zoom_verified_mapped", **common) as mapped:
    Asking.partial(task_id="post", pre_execute=lose_the_second).expand(
        message=["Load finished", "Load finished"]
    )

with DAG("zoom_verified_two", **common) as two:
    one = Asking(task_id="one", message="Load finished")
    other = Asking(task_id="other", message="Load {{ 'finished' }}", pre_execute=lose_the_second)
    one >> other
