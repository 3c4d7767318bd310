"""A DAG file: its DAGs, as Airflow itself reads them, and the notifiers that they use."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ... import _compat
from ...notifications.base import ZoomNotifier
from . import mapped, ours
from .shown import PreviewError
from .stage import NOT_REFUSED, named

_TASKS = {
    "on_execute_callback": "task_started",
    "on_success_callback": "task_succeeded",
    "on_retry_callback": "task_retry",
    "on_failure_callback": "task_failed",
    "on_skipped_callback": "task_skipped",
}
_DAG = {
    "on_success_callback": "dag_succeeded",
    "on_failure_callback": "dag_failed",
    "sla_miss_callback": "sla_missed",
}


@dataclass
class Use:
    """A notifier with an event that it is used for.

    :param task: a task that it is used by; None if only the DAG does.
    :param places: where it is used, for example ``on_failure_callback of load``.
    """

    notifier: ZoomNotifier
    event: str
    task: Any
    places: list[str] = field(default_factory=list)


def load(path: str) -> list[Any]:
    """Return the DAGs of a file, or of a zip archive of them.

    :raises PreviewError: it is not there, cannot be imported, or has none.
    """
    if not Path(path).is_file():
        what = "a folder; give one DAG file of it" if Path(path).is_dir() else "no such file"
        raise PreviewError(f"{path}: {what}.")
    file = Path(path).resolve()
    absolute = str(file)
    root = Path(_compat.dags_folder()).expanduser().resolve()
    # Its neighbours, and those of Airflow's own folder of DAGs, can be imported.
    folders = [str(file.parent), *([str(root)] if root in file.parents else [])]
    before = list(sys.path)
    sys.path += folders
    try:
        dags, errors = _compat.dags_in(absolute)
    except NOT_REFUSED:
        raise
    except BaseException as error:  # it may end Python, and some of Airflow's are no Exception
        raise PreviewError(f"{path} cannot be read: {named(error)}.") from None
    finally:
        sys.path[:] = before
    for text in errors.values():
        raise PreviewError(_said(text, path, absolute))
    if not dags:
        raise PreviewError(f"{path} has no DAG here.")
    return dags


def uses(dag: Any) -> tuple[list[Use], list[str]]:
    """Return the notifiers of a DAG, the same one for the same event once; and what failed."""
    found: list[Use] = []
    failed: list[str] = []
    for task in dag.topological_sort():
        for name, event in _TASKS.items():
            _add(found, getattr(task, name, None), event, task, f"{name} of {task.task_id}")
        asked = mapped.given(task).get("notifiers")
        _add(found, asked, "approval_asked", task, f"notifiers of {task.task_id}")
    for name, event in _DAG.items():
        _add(found, getattr(dag, name, None), event, None, f"{name} of the DAG")
    for callback in _deadlines(dag):
        try:
            notifier = _of_deadline(callback)
        except Exception as error:
            said = str(error) if isinstance(error, PreviewError) else named(error)
            failed.append(f"a deadline of the DAG: {said}")
        else:
            _add(found, notifier, "deadline_missed", None, "a deadline of the DAG")
    return found, failed


def _add(found: list[Use], given: Any, event: str, task: Any, place: str) -> None:
    for notifier in given if isinstance(given, (list, tuple)) else [given]:
        if not isinstance(notifier, ZoomNotifier):
            continue
        for use in found:
            # What a task asks is its own.
            is_same = use.event == event and (event != "approval_asked" or use.task is task)
            if is_same and _are_equal(use.notifier, notifier):
                use.places.append(place)
                break
        else:
            found.append(Use(notifier, event, task, [place]))


def _are_equal(one: ZoomNotifier, other: ZoomNotifier) -> bool:
    if one is other:
        return True
    try:
        return type(one) is type(other) and vars(one) == vars(other)
    except Exception:  # an argument that cannot be compared
        return False


def _deadlines(dag: Any) -> Iterator[Any]:
    given = getattr(dag, "deadline", None) or ()
    for deadline in given if isinstance(given, Iterable) else [given]:
        yield getattr(deadline, "callback", None)


def _of_deadline(callback: Any) -> Any:
    """Return the notifier that a triggerer would make of a deadline's callback."""
    path = str(getattr(callback, "path", ""))
    module, _, name = path.rpartition(".")
    kind = getattr(importlib.import_module(module), name) if module else None
    if not (isinstance(kind, type) and issubclass(kind, ZoomNotifier)):
        return None
    if method := ours.overridden(kind, is_made=True):
        raise PreviewError(f"{name} has its own {method}, which a preview does not run.")
    return kind(**(getattr(callback, "kwargs", None) or {}))


def _said(text: str, path: str, absolute: str) -> str:
    """Return an import error in one line: the file with the line, and the error."""
    late = re.search(r"import timeout for .* after ([\d.]+) ?s", text)
    if late:
        return f"{path} takes longer than {float(late[1]):g} s to import."
    lines = [line.strip() for line in text.strip().splitlines()] or ["it cannot be imported"]
    numbers = re.findall(rf'"?{re.escape(absolute)}"?, line (\d+)', text)
    place = f"{path}, line {numbers[-1]}" if numbers else path
    variable = re.search(r"Variable (\S+) does not exist", lines[-1])
    hint = ""
    if variable:
        name = variable[1].strip("'\"")
        hint = f" For a preview, set AIRFLOW_VAR_{name.upper()}."
    return f"{place}: {lines[-1][:300]}{hint}"
