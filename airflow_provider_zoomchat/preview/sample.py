"""The context that templates and alerts see: of a run that never was, the same on every Airflow."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

from . import views
from .given import OBJECTS
from .lookups import RUN_ID, Connections, SampleTask, Variables, XComs, params
from .safety import AIRFLOW
from .unknown import Note, Unknown

#: When the run of a preview takes place.
NOW = datetime(2026, 3, 14, 6, 6, 12, tzinfo=timezone.utc)

#: The states in which a task's callbacks are called.
_STATES = {
    "task_started": "running",
    "task_succeeded": "success",
    "task_failed": "failed",
    "task_retry": "up_for_retry",
    "task_skipped": "skipped",
    "approval_asked": "running",
}

#: What is shown of a failure.
_ERROR = ValueError("column 'qty' is missing")


def context(
    dag: Any,
    task: Any,
    event: str,
    *,
    xcoms: XComs,
    names: Mapping[str, Any],
    macros: Any,
    note: Note,
    base_url: str | None = None,
) -> dict[str, Any]:
    """Return what Airflow hands to a task, or to a callback.

    :param dag: the DAG, of which only what any version has is read.
    :param task: the task that it is about; of a DAG's event any of its tasks, or None.
    :param event: what happens, as `notifications.event` calls it; ``""`` while a task runs.
    :param xcoms: what earlier tasks left; what this one leaves is put in.
    :param names: what stands in place of anything else.
    :param macros: Airflow's macros.
    :param base_url: the address of Airflow's pages.
    """
    run = _run(dag, event)
    if event == "deadline_missed":
        return _laid_over(_deadline(dag, run), names)
    seen = views.of_dag(dag, note)
    if event == "sla_missed":
        late = getattr(task, "task_id", "load_orders")
        return _laid_over({"dag": seen, "task_list": late}, names)
    of_run = event.startswith("dag_")
    ti = _task_instance(dag, task, event, base_url or AIRFLOW)
    ti.dag_run, ti.xcoms, ti.note = run, xcoms, note
    ti.task = views.of_task(task, seen, note)
    found = {
        "dag": seen,
        "dag_run": run,
        "run_id": run.run_id,
        "params": params(dag, task, note),
        "var": SimpleNamespace(
            value=Variables(note, in_json=False), json=Variables(note, in_json=True)
        ),
        "conn": Connections(note),
        "conf": Unknown("conf", note),
        "macros": macros,
        "test_mode": False,
        "ti": ti,
        "task_instance": ti,
        "task": ti.task,
        "task_instance_key_str": f"{dag.dag_id}__{ti.task_id}__20260314",
        "map_index_template": None,
        "expanded_ti_count": None,
        "inlets": [],
        "outlets": [],
        "triggering_asset_events": {},
        "triggering_dataset_events": {},
        **_times(run),
    }
    if event in ("task_failed", "task_retry"):
        found["exception"] = _ERROR
    if of_run:
        found["reason"] = "task_failure" if event == "dag_failed" else "success"
    return _laid_over(found, names)


def _laid_over(found: dict[str, Any], names: Mapping[str, Any]) -> dict[str, Any]:
    """Put what a person gives in place of the sample's; of Airflow's objects, only attributes."""
    for name, value in names.items():
        there = found.get(name)
        if name not in OBJECTS or not isinstance(value, dict) or there is None:
            found[name] = value
        elif isinstance(there, dict):
            found[name] = {**there, **value}
        else:
            vars(there).update(value)
    found.pop("xcoms", None)
    return found


def task_and_dag(event: str) -> tuple[Any, Any]:
    """Return a task and a DAG for an alert of which no DAG file is known."""
    dag = SimpleNamespace(dag_id="sales_daily", owner="data-team", params={}, task_ids=[])
    task = SimpleNamespace(
        task_id="publish" if event == "approval_asked" else "load_orders",
        dag=dag,
        owner="data-team",
        retry_delay=timedelta(minutes=5),
    )
    if event == "approval_asked":
        task.subject = "Publish the sales of 2026-03-14?"
        task.body = "48,210 rows, 12 without a quantity."
        task.options = ["Publish", "Keep back"]
    return task, dag


def _run(dag: Any, event: str) -> SimpleNamespace:
    import pendulum

    started = pendulum.instance(NOW) - timedelta(minutes=6, seconds=12)
    state = {"dag_failed": "failed", "dag_succeeded": "success"}.get(event, "running")
    failed = SimpleNamespace(task_id=_any_task(dag), map_index=-1, state="failed")
    return SimpleNamespace(
        dag_id=dag.dag_id,
        run_id=RUN_ID,
        run_type="scheduled",
        state=state,
        logical_date=started,
        execution_date=started,
        data_interval_start=started - timedelta(days=1),
        data_interval_end=started,
        run_after=started,
        queued_at=started,
        start_date=started,
        end_date=pendulum.instance(NOW) if event.startswith("dag_") else None,
        conf={},
        external_trigger=False,
        # As Airflow 2 has it.
        get_task_instances=lambda *_, **__: [failed],
        get_task_instance=lambda *_, **__: failed,
    )


def _task_instance(dag: Any, task: Any, event: str, base_url: str) -> SampleTask:
    task_id = getattr(task, "task_id", None) or _any_task(dag)
    retries = getattr(task, "retries", 0)
    retries = retries if isinstance(retries, int) else 0
    done = 1 if event in ("task_retry", "task_started", "") else retries + 1
    run = f"{base_url}/dags/{quote(dag.dag_id, safe='')}/runs/{quote(RUN_ID, safe='')}"
    is_over = event not in ("", "task_started", "task_skipped", "approval_asked")
    return SampleTask(
        task_id=task_id,
        dag_id=dag.dag_id,
        run_id=RUN_ID,
        map_index=-1,
        try_number=done,
        max_tries=max(retries, 1) if event == "task_retry" else retries,
        state=_STATES.get(event, "failed" if event == "dag_failed" else "running"),
        start_date=NOW - timedelta(minutes=4, seconds=12),
        end_date=NOW if is_over else None,
        duration=252.0 if is_over else None,
        hostname="worker-1",
        operator=getattr(task, "task_type", type(task).__name__),
        log_url=f"{run}/tasks/{quote(task_id, safe='')}?try_number={done}",
        mark_success_url="",
    )


def _any_task(dag: Any) -> str:
    ids = list(getattr(dag, "task_ids", None) or ())
    return str(ids[-1]) if ids else "load_orders"


def _deadline(dag: Any, run: SimpleNamespace) -> dict[str, Any]:
    return {
        "dag_run": {
            "dag_id": dag.dag_id,
            "dag_run_id": run.run_id,
            "run_type": run.run_type,
            "state": run.state,
            "logical_date": run.logical_date.isoformat(),
            "start_date": run.start_date.isoformat(),
        },
        "deadline": {"id": "sample", "deadline_time": NOW.isoformat()},
    }


def _times(run: SimpleNamespace) -> dict[str, Any]:
    at = run.logical_date
    earlier = at - timedelta(days=1)
    return {
        "logical_date": at,
        "execution_date": at,
        "data_interval_start": run.data_interval_start,
        "data_interval_end": run.data_interval_end,
        "prev_data_interval_start_success": earlier - timedelta(days=1),
        "prev_data_interval_end_success": earlier,
        "prev_start_date_success": earlier,
        "prev_end_date_success": earlier,
        "ds": at.strftime("%Y-%m-%d"),
        "ds_nodash": at.strftime("%Y%m%d"),
        "ts": at.isoformat(),
        "ts_nodash": at.strftime("%Y%m%dT%H%M%S"),
        "ts_nodash_with_tz": at.isoformat().replace("-", "").replace(":", ""),
    }
