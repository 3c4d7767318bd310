"""DAGs in which everything happens that an alert may be sent for."""

from __future__ import annotations

import inspect
import os
import signal
import time
from datetime import datetime, timedelta, timezone
from importlib import import_module
from typing import Any

from airflow import __version__
from airflow.providers.common.compat.sdk import DAG, AirflowSkipException, task
from recorder import Recorder, callbacks

AIRFLOW = tuple(int(part) for part in __version__.split(".")[:2])
COMMON: dict[str, Any] = {
    "start_date": datetime(2025, 1, 1, tzinfo=timezone.utc),
    "schedule": None,
    "catchup": False,
    "description": "Loads the sales of the day",
    "tags": ["sales", "daily"],
    "dag_display_name": "Daily sales",
    "default_args": {"owner": "data-team", "retries": 0},
}

with DAG("recorded_tasks", **COMMON) as tasks:

    @task(task_id="load", **callbacks(on_execute="task_started", on_success="task_succeeded"))
    def load() -> int:
        """Work."""
        return 12

    @task(
        task_display_name="Check the numbers",
        doc_md="Ask the *data team*.",
        **callbacks(on_failure="task_failed"),
    )
    def check() -> None:
        """Fail for good."""
        raise ValueError("column 'qty' is missing\nin 3 of 12 rows")

    @task(
        retries=1,
        retry_delay=timedelta(seconds=2),
        **callbacks(on_retry="task_retry", on_failure="task_failed_after_retry"),
    )
    def fetch() -> None:
        """Fail twice."""
        raise ConnectionError("the shop does not answer")

    @task(task_id="forecast", **callbacks(on_skipped="task_skipped"))
    def forecast() -> None:
        """Have nothing to do."""
        raise AirflowSkipException("no forecast on Sundays")

    @task(
        map_index_template="{{ task.op_kwargs['region'] }}",
        **callbacks(on_failure="task_failed_mapped"),
    )
    def load_region(region: str) -> None:
        """Fail for one of several."""
        if region == "us":
            raise ValueError("no file for us")

    load()
    check()
    fetch()
    forecast()
    load_region.expand(region=["eu", "us"])

# What would end a test: Airflow 2 does not survive even the time-out in one.
with DAG("recorded_accidents", **COMMON) as accidents:

    @task(execution_timeout=timedelta(seconds=3), **callbacks(on_failure="task_failed_timeout"))
    def compress() -> None:
        """Take too long."""
        time.sleep(60)

    def lose(*processes: int) -> None:
        """Kill processes as the kernel does when memory runs out."""
        for pid in processes:
            os.kill(pid, signal.SIGKILL)

    @task(task_id="killed", **callbacks(on_failure="task_killed"))
    def killed() -> None:
        """Die, with a supervisor that sees it."""
        lose(os.getpid())

    @task(task_id="lost", **callbacks(on_failure="task_lost"))
    def lost() -> None:
        """Die together with the supervisor, as with a worker whose machine goes away."""
        lose(os.getppid(), os.getpid())

    @task(
        retries=1,
        retry_delay=timedelta(seconds=2),
        **callbacks(on_retry="task_lost_retry", on_failure="task_lost_after_retry"),
    )
    def lost_twice() -> None:
        """Die like that although there is a try left."""
        lose(os.getppid(), os.getpid())

    @task(task_id="marked", **callbacks(on_failure="task_marked_failed"))
    def marked() -> None:
        """Run until somebody sets the state to failed."""
        time.sleep(90)

    compress()
    killed()
    lost()
    lost_twice()
    marked()

with DAG(
    "recorded_run_failed", **COMMON, **callbacks("dag", on_failure="dag_failed")
) as run_failed:

    @task
    def step() -> None:
        """Work."""

    @task
    def broken(region: str = "") -> None:
        """Fail, for one of several if there are several."""
        if region != "eu":
            raise ValueError("column 'qty' is missing")

    extract = step.override(task_id="extract")()
    loaded = broken.override(task_id="load").expand(region=["eu", "us"])
    checked = broken.override(task_id="check")()
    report = step.override(task_id="report")()
    publish = step.override(task_id="publish")()
    # What runs last is not what failed.
    clean_up = step.override(task_id="clean_up", trigger_rule="all_done")()
    leave = step.override(task_id="leave", trigger_rule="all_done")()
    extract >> loaded >> report >> clean_up
    extract >> checked >> publish >> clean_up
    # The run fails by its leaves, so one of them has to.
    [report, publish] >> step.override(task_id="archive")()
    clean_up >> leave

with DAG(
    "recorded_run_succeeded",
    **{**COMMON, "schedule": "@daily"},
    **callbacks("dag", on_success="dag_succeeded"),
) as run_succeeded:
    step.override(task_id="extract")() >> step.override(task_id="load")()

with DAG(
    "recorded_run_timed_out",
    dagrun_timeout=timedelta(seconds=10),
    **COMMON,
    **callbacks("dag", on_failure="dag_timed_out"),
) as run_timed_out:

    @task
    def wait(seconds: int) -> None:
        """Take longer than the run may."""
        time.sleep(seconds)

    wait(30) >> step.override(task_id="load")()

# What a test may run: the accidents would end it, the others need a scheduler.
TESTED: dict[str, DAG] = {dag.dag_id: dag for dag in (tasks, run_failed, run_succeeded)}

if AIRFLOW >= (3, 1):
    from airflow.providers.standard.operators.hitl import HITLOperator

    # Airflow 3.1 has the callback nowhere else.
    deadlines: Any = import_module("airflow.sdk.definitions.deadline")

    late = {"callback": "deadline", "level": "deadline"}
    alerts: list[Any] = [deadlines.AsyncCallback(Recorder, {"case": "deadline_missed", **late})]
    if AIRFLOW >= (3, 2):
        from airflow.sdk.definitions.callback import SyncCallback

        # It takes a function; a class makes a notifier of it, and that is then called.
        alerts.append(SyncCallback(Recorder, {"case": "deadline_missed_sync", **late}))
    for callback in alerts:
        with DAG(
            f"recorded_{callback.kwargs['case']}",
            deadline=deadlines.DeadlineAlert(
                reference=deadlines.DeadlineReference.DAGRUN_QUEUED_AT,
                interval=timedelta(seconds=3),
                callback=callback,
            ),
            **COMMON,
        ):
            wait(25)

    # Before its release 1.20 the operator took the time to answer as `execution_timeout`.
    known = inspect.signature(HITLOperator.__init__).parameters
    name = "response_timeout" if "response_timeout" in known else "execution_timeout"
    patience: dict[str, Any] = {name: timedelta(seconds=10)}
    with DAG("recorded_approval", **COMMON) as approval:
        HITLOperator(
            task_id="approve",
            subject="Publish the sales of {{ run_id }}?",
            body="12 rows, **3** without a quantity.",
            options=["Publish", "Keep back"],
            defaults=["Keep back"],
            params={"reason": "as always"},
            notifiers=[Recorder("approval_asked", "notifiers", "hitl")],
            **patience,
        )
    TESTED[approval.dag_id] = approval
