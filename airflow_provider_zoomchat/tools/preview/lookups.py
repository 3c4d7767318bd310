"""What templates ask Airflow for in a run: XComs, variables, connections, params. None is asked."""

from __future__ import annotations

import json
import os
from types import SimpleNamespace
from typing import Any

from .unknown import Note, Unknown

#: Task id and key -> the value that the task left.
XComs = dict[tuple[str, str], Any]


class SampleTask(SimpleNamespace):
    """A task instance: its attributes, its XComs, and the states of its run."""

    xcoms: XComs
    note: Note
    task_id: str
    dag_id: str
    run_id: str
    map_index: int
    state: str

    def __repr__(self) -> str:
        """Return it as Airflow shows its own; see `airflow.models.taskinstance`."""
        at = f"map_index={self.map_index} " if self.map_index != -1 else ""
        return f"<TaskInstance: {self.dag_id}.{self.task_id} {self.run_id} {at}[{self.state}]>"

    def xcom_pull(
        self,
        task_ids: Any = None,
        dag_id: str | None = None,
        key: str = "return_value",
        default: Any = None,
        **_: Any,
    ) -> Any:
        """Return what an earlier task of the preview left, or a stand-in."""
        if isinstance(task_ids, (list, tuple, set)):
            return [self.xcom_pull(each, dag_id, key, default) for each in task_ids]
        if task_ids is None:
            return Unknown("xcom" if key == "return_value" else key, self.note)
        name = str(task_ids) if key == "return_value" else f"{task_ids}.{key}"
        is_elsewhere = dag_id not in (None, self.dag_id)
        there = (str(task_ids), key) in self.xcoms and not is_elsewhere
        return self.xcoms[str(task_ids), key] if there else Unknown(name, self.note)

    def xcom_push(self, key: str, value: Any, **_: Any) -> None:
        """Keep a value for the tasks behind."""
        self.xcoms[self.task_id, key] = value

    def get_task_states(self, **_: Any) -> dict[str, dict[str, str]]:
        """Return how the tasks of a failed run ended, as Airflow 3 does."""
        return {self.run_id: {self.task_id: "failed"}}


class SampleRun(SimpleNamespace):
    """A run of a DAG: its attributes."""

    def __repr__(self) -> str:
        """Return it as Airflow 3 shows its own; see `airflow.models.dagrun`."""
        return (
            f"<DagRun {self.dag_id} @ {self.logical_date}: {self.run_id}, state:{self.state}, "
            f"queued_at: {self.queued_at}. run_type: {self.run_type}>"
        )


class Asset(SimpleNamespace):
    """An asset, a dataset, or an alias of either: the data of it, by which it is shown."""


class Variables:
    """``var.value`` and ``var.json``: what the environment gives; no other place is asked."""

    def __init__(self, note: Note, *, in_json: bool) -> None:
        self._note = note
        self._in_json = in_json

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self.get(name)

    __getitem__ = __getattr__

    def get(self, name: str, default_var: Any = ..., *, default: Any = ...) -> Any:
        """Return a variable, its default, or a stand-in."""
        text = os.environ.get(f"AIRFLOW_VAR_{name.upper()}")
        if text is None:
            given = default_var if default_var is not ... else default
            return Unknown(f"var.{name}", self._note) if given is ... else given
        if not self._in_json:
            return text
        try:
            return json.loads(text)
        except ValueError:
            return Unknown(f"var.{name}", self._note)


class Connections:
    """``conn``: nothing is looked up, as there are secrets in connections."""

    def __init__(self, note: Note) -> None:
        self._note = note

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return Unknown(f"conn.{name}", self._note)

    __getitem__ = get = __getattr__


def params(dag: Any, task: Any, note: Note) -> dict[str, Any]:
    """Return the DAG's and the task's params; one that has no value yet is a stand-in."""
    found: dict[str, Any] = {}
    for holder in (dag, task):
        given = getattr(holder, "params", None) or {}
        for name in given:
            try:
                value = given[name]
            except Exception:  # a value that breaks the param's own rule
                value = Unknown(f"params.{name}", note)
            is_none = type(value).__name__ in ("ArgNotSet", "NOTSET")
            found[name] = Unknown(f"params.{name}", note) if is_none else value
    return found
