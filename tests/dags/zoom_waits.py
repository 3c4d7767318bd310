"""DAGs whose tasks start more than once in a try, and runs that end well although a task failed."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from airflow.providers.common.compat.sdk import DAG, BaseOperator, BaseSensorOperator, task

from airflow_provider_zoomchat.notifications.zoom import ZoomChatNotifier

try:
    from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger
except ImportError:  # Airflow 2.11
    from airflow.triggers.temporal import TimeDeltaTrigger  # type: ignore

alert = ZoomChatNotifier(on_error="raise", group_by=None)
common: dict[str, Any] = {
    "schedule": None,
    "start_date": datetime(2026, 1, 1),
    "catchup": False,
}
callbacks = {
    f"on_{event}_callback": alert for event in ("execute", "success", "failure", "retry", "skipped")
}

#: How often each try of a task has started.
STARTS: Counter[tuple[str, int]] = Counter()


class Deferring(BaseOperator):
    """Wait in the triggerer twice, and fail the first try then if there is another."""

    def execute(self, context: Any) -> None:
        """Start."""
        self.defer(trigger=TimeDeltaTrigger(timedelta(seconds=1)), method_name="again")

    def again(self, context: Any, event: Any = None) -> None:
        """Go on."""
        self.defer(trigger=TimeDeltaTrigger(timedelta(seconds=1)), method_name="end")

    def end(self, context: Any, event: Any = None) -> None:
        """End."""
        if context["ti"].try_number <= self.retries:
            raise ValueError("not this time")


class Rescheduled(BaseSensorOperator):
    """Look four times, and fail the first try at the third look if there is another."""

    def poke(self, context: Any) -> bool:
        """Look."""
        number = context["ti"].try_number
        STARTS[self.task_id, number] += 1
        if number <= self.retries and STARTS[self.task_id, number] == 3:
            raise ValueError("not this time")
        return STARTS[self.task_id, number] > 3


waiting: dict[str, Any] = {"mode": "reschedule", "poke_interval": 1}
again: dict[str, Any] = {"retries": 1, "retry_delay": timedelta(0)}

with DAG("zoom_waits", **{**common, "default_args": callbacks}) as waits:
    Deferring(task_id="defers")
    Deferring(task_id="defers_again", **again)
    Rescheduled(task_id="looks", **waiting)
    Rescheduled(task_id="looks_again", **waiting, **again)


def ending(dag_id: str, *, well: bool) -> DAG:
    """Return a DAG with tasks that fail, whose last task does so or not."""
    with DAG(dag_id, **common, on_success_callback=alert, on_failure_callback=alert) as dag:

        @task
        def extract() -> None:
            """Work."""

        @task
        def load(region: str) -> None:
            """Fail for one of the regions."""
            if region == "us":
                raise ValueError(f"no file for {region}")

        @task
        def check() -> None:
            """Fail."""
            raise ValueError("column 'qty' is missing")

        @task
        def report() -> None:
            """Have nothing to report."""

        @task(trigger_rule="all_done")
        def clean_up() -> None:
            """Clean up whatever has happened."""
            if not well:
                raise ValueError("the disk is full")

        extract() >> [check(), load.expand(region=["eu", "us"])] >> report() >> clean_up()
    return dag


ends_well = ending("zoom_ends_well", well=True)
ends_badly = ending("zoom_ends_badly", well=False)
