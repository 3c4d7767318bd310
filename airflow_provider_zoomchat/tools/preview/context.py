"""The template context of a sample run: the names that this version of Airflow gives.

Airflow itself builds it, from the real DAG and task, with a run and a task instance of its own
classes. What it would ask its server or its database for is a placeholder, or a sample.
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

from airflow.providers.common.compat.sdk import DAG, BaseOperator, Connection

from ... import _compat
from ..._compat import AIRFLOW
from ...notifications.event import EVENTS
from .messages import OBJECTS
from .placeholders import Placeholder, Record, TypedPlaceholder
from .runner import AIRFLOW_URL, NOW

#: When the run of a preview began.
_STARTED = NOW - timedelta(minutes=6, seconds=12)

#: Why tasks fail.
ERROR = ValueError("column 'qty' is missing")

#: Names of the context that stand for a question to Airflow.
_ASKED = ("conf", "inlet_events", "outlet_events", "task_state_store", "asset_state_store")

#: What DAGs may wait for.
_ASSET = "asset" if AIRFLOW >= (3, 0) else "dataset"


class Overlay:
    """An object of Airflow's with some attributes replaced; it is shown as Airflow shows it."""

    def __init__(self, behind: Any, **instead: Any) -> None:
        vars(self).update(instead, _behind=behind)

    def __getattr__(self, name: str) -> Any:
        if "_behind" not in vars(self):  # it is being copied
            raise AttributeError(name)
        return getattr(self._behind, name)

    def __dir__(self) -> list[str]:
        return [*dir(self._behind), *vars(self)]

    def __repr__(self) -> str:
        return repr(self._behind)


class SampleRun:
    """A run of a DAG: what its templates see, and what its tasks leave.

    :param names: what stands in place of anything else in contexts; under ``xcoms``, what tasks
        left, by their ids.
    """

    def __init__(self, dag: Any, names: Mapping[str, Any]) -> None:
        self.dag = dag
        #: Of the message that is being shown.
        self.record = Record()
        #: What tasks left, by their ids and keys.
        self.xcoms: dict[tuple[str, str], Any] = {
            (str(task_id), "return_value"): value
            for task_id, value in names.get("xcoms", {}).items()
        }
        self._names = {name: value for name, value in names.items() if name != "xcoms"}
        kinds = [kind.__name__ for kind in type(dag.timetable).__mro__]
        self._waits_for_assets = f"{_ASSET.title()}TriggeredTimetable" in kinds
        self._run_type = f"{_ASSET}_triggered" if self._waits_for_assets else "scheduled"
        self.run_id = f"{self._run_type}__{_STARTED.isoformat()}"

    def placeholder(self, name: str) -> Placeholder:
        """Return what stands for a value that only a run knows."""
        return Placeholder(name, self.record)

    def pull(
        self,
        task_ids: Any = None,
        dag_id: str | None = None,
        key: str = "return_value",
        *_: Any,
        **__: Any,
    ) -> Any:
        """Return what a task of the preview left, or a placeholder; see `xcom_pull` of Airflow."""
        if isinstance(task_ids, (list, tuple, set)):
            return [self.pull(each, dag_id, key) for each in task_ids]
        found = (str(task_ids or ""), key)
        if found in self.xcoms and dag_id in (None, self.dag.dag_id):
            return self.xcoms[found]
        path = [found[0], "" if key == "return_value" else key]
        return self.placeholder(".".join(filter(None, path)) or "xcom")

    def context(
        self, task: Any, event: str = "", *, map_index: int = -1, error: BaseException = ERROR
    ) -> dict[str, Any]:
        """Return what Airflow hands to a task, or to a callback.

        :param task: the task that it is about; of a DAG's event, any of its tasks.
        :param event: what has happened, as `notifications.event` calls it; "" while a task runs.
        :param error: why the task has failed.
        """
        if event == "deadline_missed":
            return self._with_names(_of_deadline(self.dag, self._run_values(event)))
        if event == "sla_missed":
            return self._with_names({"dag": self.dag, "task_list": task.task_id})
        ti_values = self._ti_values(task, event, map_index)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            run, ti, found = _compat.template_context(
                # Airflow wants a valid value for each param, and asks its server for the assets
                # of an alias. A task is one of this DAG, whatever DAG it was made in.
                Overlay(
                    task,
                    dag=Overlay(self.dag, params={}),
                    dag_id=self.dag.dag_id,
                    params={},
                    inlets=[],
                    outlets=[],
                ),
                self._run_values(event),
                ti_values,
                # What Airflow 2 asks its database for is a placeholder, of no message.
                session=Placeholder("database", Record()),
            )
        found |= {"inlets": task.inlets, "outlets": task.outlets, "params": self._params(task)}
        if AIRFLOW >= (3, 3) and (task.inlets or task.outlets):
            found["asset_state_store"] = None
        for name in found:
            is_of_earlier_run = name.startswith("prev_") and name.endswith("_success")
            is_of_trigger = name.startswith("triggering_") and self._waits_for_assets
            if name in _ASKED or is_of_earlier_run or is_of_trigger:
                found[name] = self.placeholder(name)
        # What Airflow has in this version, it would ask its server or its database for.
        failed = ["load_orders", *self.dag.task_ids][-1]
        others = [Overlay(ti, task_id=failed, state="failed")]
        run = Overlay(
            run,
            **_if_there(
                run,
                get_task_instances=lambda *_, **__: others,
                get_task_instance=lambda *_, **__: others[0],
            ),
        )
        ti = Overlay(
            ti,
            task=task,
            xcom_pull=self.pull,
            xcom_push=lambda key, value, **_: self.xcoms.update({(task.task_id, key): value}),
            **_if_there(
                ti,
                get_task_states=lambda **_: {self.run_id: {failed: "failed"}},
                log_url=self._log_url(task, ti_values["try_number"]),
                hostname="worker-1",
            ),
        )
        found |= {"dag": self.dag, "task": task, "dag_run": run, "ti": ti, "task_instance": ti}
        found["conn"] = _Connections("conn", self.record)
        found["var"] = SimpleNamespace(
            value=_Variables(self, str), json=_Variables(self, json.loads)
        )
        if event in ("task_failed", "task_retry"):
            found["exception"] = error
        elif event.startswith("task_") and event != "task_started" and AIRFLOW >= (3, 0):
            found["exception"] = None
        if event.startswith("dag_"):
            found["reason"] = "task_failure" if event == "dag_failed" else "success"
        return self._with_names(found)

    def _run_values(self, event: str) -> dict[str, Any]:
        return {
            "dag_id": self.dag.dag_id,
            "run_id": self.run_id,
            "run_type": self._run_type,
            "state": {"dag_failed": "failed", "dag_succeeded": "success"}.get(event, "running"),
            "logical_date": _STARTED,
            "data_interval_start": _STARTED - timedelta(days=1),
            "data_interval_end": _STARTED,
            "run_after": _STARTED,
            "start_date": _STARTED,
            "end_date": NOW if event.startswith("dag_") else None,
            "clear_number": 0,
            "conf": {},
            "consumed_asset_events": [],
        }

    def _ti_values(self, task: Any, event: str, map_index: int) -> dict[str, Any]:
        retries = task.retries if isinstance(task.retries, int) else 0
        is_first = event in ("task_retry", "task_started", "")
        state = EVENTS[event].state if event in EVENTS else ""
        is_over = bool(state) and event != "task_skipped"
        return {
            "state": state or "running",
            "try_number": 1 if is_first else retries + 1,
            "max_tries": max(retries, 1) if event == "task_retry" else retries,
            "map_index": map_index,
            "start_date": NOW - timedelta(minutes=4, seconds=12),
            "end_date": NOW if is_over else None,
            "duration": 252.0 if is_over else None,
        }

    def _log_url(self, task: Any, try_number: int) -> str:
        dag_id, run_id, task_id = (
            quote(each, safe="") for each in (self.dag.dag_id, self.run_id, task.task_id)
        )
        base = _compat.base_url() or AIRFLOW_URL
        return f"{base}/dags/{dag_id}/runs/{run_id}/tasks/{task_id}?try_number={try_number}"

    def _params(self, task: Any) -> dict[str, Any]:
        """Return the DAG's and the task's params; one without a valid value is a placeholder."""
        params = type(self.dag.params)(suppress_exception=True)
        params.update(self.dag.params)
        params.update(task.params or {})
        return {
            name: self.placeholder(f"params.{name}") if value is None else value
            for name, value in params.dump().items()
        }

    def _with_names(self, found: dict[str, Any]) -> dict[str, Any]:
        """Return a context with what a person gives in it; of Airflow's objects, attributes.

        An object that the context lacks is left out: an alert tells by them what it is about.
        """
        for name, value in self._names.items():
            there = found.get(name)
            if name not in OBJECTS:
                found[name] = value
            elif isinstance(there, dict):
                found[name] = {**there, **value}
            elif there is not None:
                same = [each for each in OBJECTS if found.get(each) is there]
                found |= dict.fromkeys(same, Overlay(there, **value))
        return found


class _Variables:
    """``var.value`` or ``var.json``: what the environment gives; no other place is asked."""

    def __init__(self, run: SampleRun, read: Callable[[str], Any]) -> None:
        self._run = run
        self._read = read

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self.get(name)

    __getitem__ = __getattr__

    def get(self, name: str, default_var: Any = ..., *, default: Any = ...) -> Any:
        """Return a variable, its default, or a placeholder."""
        with suppress(KeyError, ValueError):
            return self._read(os.environ[f"AIRFLOW_VAR_{name.upper()}"])
        given = default_var if default_var is not ... else default
        if given is not ...:
            return given
        if self._read is str:
            return TypedPlaceholder(f"var.{name}", self._run.record, "")
        return self._run.placeholder(f"var.{name}")


class _Connections(Placeholder):
    """``conn``: connections by their ids; no place is asked for them."""

    def _part(self, behind: str) -> Placeholder:
        return TypedPlaceholder(f"{self._name}{behind}", self._record, Connection(conn_id="any"))


def _if_there(thing: Any, **attributes: Any) -> dict[str, Any]:
    """Return those attributes that objects of Airflow's have in this version."""
    return {name: value for name, value in attributes.items() if hasattr(thing, name)}


def _of_deadline(dag: Any, run: dict[str, Any]) -> dict[str, Any]:
    """Return what a deadline's alert is handed: no task, but a run as Airflow's API answers it.

    See `airflow.models.deadline`.
    """
    of_dag = {
        "dag_id": dag.dag_id,
        "dag_model": {"dag_display_name": str(dag.dag_display_name or dag.dag_id)},
        "bundle_version": None,
    }
    version = {
        **of_dag,
        "id": "01990000-0000-7000-8000-000000000001",
        "version_number": 1,
        # With a name, Airflow 3.1.0 would ask its database for the bundle's address.
        "bundle_name": "",
        "bundle_url": None,
        "created_at": run["data_interval_start"],
    }
    unset = ("duration", "triggering_user_name", "note", "partition_key", "partition_date")
    values = {
        **of_dag,
        **run,
        **dict.fromkeys(unset),
        "dag_run_id": run["run_id"],
        "queued_at": run["start_date"],
        "last_scheduling_decision": run["start_date"],
        "triggered_by": "timetable" if run["run_type"] == "scheduled" else "asset",
        "dag_versions": [version],
    }
    answer = _compat.run_answer(values)
    answer["dag_versions"][0]["bundle_name"] = "dags-folder"
    deadline = {"id": "01990000-0000-7000-8000-000000000002", "deadline_time": NOW}
    return {"dag_run": answer, "deadline": deadline}


def sample_task(event: str) -> Any:
    """Return a task, in a DAG, for an alert of which no DAG file is known."""
    with DAG("sales_daily", schedule=None, default_args={"owner": "data-team"}):
        task: Any = BaseOperator(
            task_id="publish" if event == "approval_asked" else "load_orders",
            retry_delay=timedelta(minutes=5),
        )
    if event == "approval_asked":
        task = Overlay(
            task,
            subject="Publish the sales of 2026-03-14?",
            body="48,210 rows, 12 without a quantity.",
            options=["Publish", "Keep back"],
        )
    return task
