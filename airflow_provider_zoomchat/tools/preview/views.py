"""What templates see of a DAG and of its tasks: their data. No method and no property is run."""

from __future__ import annotations

import datetime
import inspect
from collections.abc import Mapping
from decimal import Decimal
from pathlib import PurePath
from typing import Any
from uuid import UUID

from . import mapped
from .lookups import params
from .unknown import Note, Unknown

#: Where types are that cannot do anything when they are looked at; an author's own may.
_HARMLESS = {"builtins", "collections", "datetime", "decimal", "pathlib", "pendulum", "uuid"}
_PLAIN = (
    *(str, bytes, int, float, Decimal, UUID, PurePath),
    *(datetime.date, datetime.time, datetime.timedelta),
)

#: Levels of lists and dicts; one that holds itself has no end.
_DEPTH = 20


class View:
    """The attributes of an object that are data; anything else of it is known only in a run.

    An attribute that is set on the view itself goes before.
    """

    def __init__(self, name: str, given: Mapping[str, Any], note: Note, **more: Any) -> None:
        self._name = name
        self._given = given
        self._note = note
        vars(self).update(more)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._given:
            raise AttributeError(name)
        return plain(self._given[name], f"{self._name}.{name}", self._note)

    def __str__(self) -> str:
        """Return it as Airflow shows its own."""
        if self._name == "dag":
            return f"<DAG: {self.dag_id}>"
        return f"<Task({self.task_type}): {self.task_id}>"

    __repr__ = __str__

    def renew(self, thing: Any) -> None:
        """Show the attributes that an object has by now."""
        self._given = vars(thing)


def of_dag(dag: Any, note: Note) -> View:
    """Return what templates see of a DAG."""
    more = {"get_template_env": dag.get_template_env} if hasattr(dag, "get_template_env") else {}
    return View(
        "dag",
        vars(dag),
        note,
        dag_id=dag.dag_id,
        owner=getattr(dag, "owner", None),
        params=params(dag, None, note),
        task_ids=list(getattr(dag, "task_ids", None) or ()),
        **more,
    )


def of_task(task: Any, dag: View, note: Note) -> Any:
    """Return what templates see of a task; None if there is none."""
    if task is None or isinstance(task, View):
        return task
    kind = getattr(task, "operator_class", type(task))
    return View(
        "task",
        mapped.given(task),
        note,
        task_id=task.task_id,
        task_type=getattr(kind, "__name__", "task"),
        dag=dag,
        dag_id=dag.dag_id,
        params=params(None, task, note),
    )


def rendered(task: Any, context: Mapping[str, Any]) -> Any:
    """Return what templates see of a task whose own are rendered, as far as they can be.

    :param context: of its run.
    """
    view = context["task"]
    if mapped.is_mapped(task):
        for name, value in (mapped.first(task, context["ti"]).arguments or {}).items():
            setattr(view, name, plain(value, f"task.{name}", context["ti"].note))
    kind = getattr(task, "operator_class", type(task))
    fields = inspect.getattr_static(kind, "template_fields", ())
    for name in fields if isinstance(fields, (list, tuple)) else ():
        value = getattr(view, name, None)
        if isinstance(value, str):
            try:
                env = context["dag"].get_template_env(force_sandboxed=True)
                setattr(view, name, env.from_string(value).render(**context))
            except Exception:  # the task fails of this, and its alert is shown all the same
                continue
    return view


def plain(value: Any, name: str, note: Note, depth: int = 0) -> Any:
    """Return a value with stand-ins in it for all that is no data, such as a function."""
    if is_data(value) or isinstance(value, (Unknown, View)):
        return value
    if depth < _DEPTH:
        if type(value) is dict:
            return {
                key: plain(inner, f"{name}.{key}", note, depth + 1) for key, inner in value.items()
            }
        if type(value) in (list, tuple, set, frozenset):
            found = [plain(inner, name, note, depth + 1) for inner in value]
            return tuple(found) if isinstance(value, tuple) else found
    return Unknown(name, note)


def is_data(value: Any) -> bool:
    """Tell whether a value is one of Python's own that does nothing when it is looked at."""
    where = type(value).__module__.partition(".")[0]
    return value is None or (isinstance(value, _PLAIN) and where in _HARMLESS)
