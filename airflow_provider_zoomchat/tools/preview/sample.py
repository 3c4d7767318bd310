"""The context that templates and alerts see: of a run that never was, the same on every Airflow."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

from . import deadline, mapped, views
from .given import OBJECTS
from .lookups import Asset, Connections, SampleRun, SampleTask, Variables, XComs, params
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

#: Of a DAG that waits for assets - datasets in Airflow 2 - its timetable and its runs' type.
_TRIGGERED = {
    "AssetTriggeredTimetable": "asset_triggered",
    "DatasetTriggeredTimetable": "dataset_triggered",
}

#: Where Airflow has the classes of assets and of datasets.
_OF_ASSETS = ("airflow.sdk.", "airflow.datasets")

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
        return _laid_over(deadline.context(dag, run, NOW), names)
    seen = views.of_dag(dag, note)
    if event == "sla_missed":
        late = getattr(task, "task_id", "load_orders")
        return _laid_over({"dag": seen, "task_list": late}, names)
    of_run = event.startswith("dag_")
    ti = _task_instance(dag, task, event, run.run_id, base_url or AIRFLOW)
    ti.dag_run, ti.xcoms, ti.note = run, xcoms, note
    ti.task = views.of_task(task, seen, note)
    is_triggered = run.run_type in _TRIGGERED.values()
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
        **{name: _assets(task, name, note) for name in ("inlets", "outlets")},
        **{
            name: Unknown(name, note) if is_triggered else {}
            for name in ("triggering_asset_events", "triggering_dataset_events")
        },
        **_times(run),
    }
    if event in ("task_failed", "task_retry"):
        found["exception"] = _ERROR
    if of_run:
        found["reason"] = "task_failure" if event == "dag_failed" else "success"
    return _laid_over(found, names)


def _laid_over(found: dict[str, Any], names: Mapping[str, Any]) -> dict[str, Any]:
    """Put what a person gives in place of the sample's; of Airflow's objects, only attributes.

    An object that the context has not is left out: an alert tells by them what it is about.
    """
    for name, value in names.items():
        there = found.get(name)
        if name not in OBJECTS:
            found[name] = value
        elif isinstance(there, dict):
            found[name] = {**there, **value}
        elif there is not None:
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


def _run(dag: Any, event: str) -> SampleRun:
    import pendulum

    started = pendulum.instance(NOW) - timedelta(minutes=6, seconds=12)
    state = {"dag_failed": "failed", "dag_succeeded": "success"}.get(event, "running")
    run_type = _run_type(dag)
    run_id = f"{run_type}__{started.isoformat()}"
    failed = SampleTask(
        task_id=_any_task(dag), dag_id=dag.dag_id, run_id=run_id, map_index=-1, state="failed"
    )
    return SampleRun(
        dag_id=dag.dag_id,
        run_id=run_id,
        run_type=run_type,
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


def _run_type(dag: Any) -> str:
    """Return Airflow's word for what starts a DAG's runs."""
    kinds = [kind.__name__ for kind in type(vars(dag).get("timetable")).__mro__]
    return next((_TRIGGERED[kind] for kind in kinds if kind in _TRIGGERED), "scheduled")


def _task_instance(dag: Any, task: Any, event: str, run_id: str, base_url: str) -> SampleTask:
    task_id = getattr(task, "task_id", None) or _any_task(dag)
    retries = getattr(task, "retries", 0)
    retries = retries if isinstance(retries, int) else 0
    done = 1 if event in ("task_retry", "task_started", "") else retries + 1
    run = f"{base_url}/dags/{quote(dag.dag_id, safe='')}/runs/{quote(run_id, safe='')}"
    is_over = event not in ("", "task_started", "task_skipped", "approval_asked")
    return SampleTask(
        task_id=task_id,
        dag_id=dag.dag_id,
        run_id=run_id,
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


def _assets(task: Any, name: str, note: Note) -> list[Any]:
    """Return the assets that a task declares, as data.

    :param name: of the argument that declares them.
    """
    is_view = isinstance(task, views.View)
    given = getattr(task, name, None) if is_view else mapped.given(task).get(name)
    each = given if isinstance(given, (list, tuple)) else [] if given is None else [given]
    return [_asset(one, f"{name}[{number}]", note) for number, one in enumerate(each)]


def _asset(given: Any, name: str, note: Note) -> Any:
    # A subclass is its author's, and so may be what its attributes do.
    if not type(given).__module__.startswith(_OF_ASSETS):
        return views.plain(given, name, note)
    return Asset(
        **{
            key: views.plain(getattr(given, key), f"{name}.{key}", note)
            for key in ("name", "uri", "group", "extra")
            if hasattr(given, key)
        }
    )


def _times(run: SampleRun) -> dict[str, Any]:
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
