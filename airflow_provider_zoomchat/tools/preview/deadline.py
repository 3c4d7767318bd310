"""The context of a missed deadline: Airflow hands its alert no task, but data alone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from .lookups import SampleRun


def context(dag: Any, run: SampleRun, now: datetime) -> dict[str, Any]:
    """Return what a deadline's alert is handed: a run as Airflow's API answers it.

    See `airflow.models.deadline`, and `DAGRunResponse` with `DagVersionResponse` in
    `airflow.api_fastapi.core_api.datamodels`.

    :param now: when it was missed.
    """
    shown_as = str(vars(dag).get("dag_display_name") or dag.dag_id)
    started = _in_json(run.start_date)
    version = {
        "id": "01990000-0000-7000-8000-000000000001",
        "version_number": 1,
        "dag_id": dag.dag_id,
        "bundle_name": "dags-folder",
        "bundle_version": None,
        "created_at": _in_json(run.data_interval_start),
        "dag_display_name": shown_as,
        "bundle_url": None,
    }
    return {
        "dag_run": {
            "dag_run_id": run.run_id,
            "dag_id": dag.dag_id,
            "logical_date": _in_json(run.logical_date),
            "queued_at": _in_json(run.queued_at),
            "start_date": started,
            "end_date": None,
            "duration": None,
            "data_interval_start": _in_json(run.data_interval_start),
            "data_interval_end": _in_json(run.data_interval_end),
            "run_after": _in_json(run.run_after),
            "last_scheduling_decision": started,
            "run_type": run.run_type,
            "state": run.state,
            "triggered_by": "timetable" if run.run_type == "scheduled" else "asset",
            "triggering_user_name": None,
            "conf": {},
            "note": None,
            "dag_versions": [version],
            "bundle_version": None,
            "dag_display_name": shown_as,
            # From Airflow 3.2, and from 3.3.
            "partition_key": None,
            "partition_date": None,
        },
        "deadline": {"id": "01990000-0000-7000-8000-000000000002", "deadline_time": now},
    }


def _in_json(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
