"""DAG files: every message of their DAGs, of tasks in the order in which they run, then alerts."""

from __future__ import annotations

import importlib
import itertools
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ... import _compat
from ...notifications.base import ZoomNotifier
from ...notifications.event import EVENTS
from . import storm
from .context import SampleRun, sample_task
from .runner import NOT_REFUSED, Runner, described
from .senders import Use, arguments_of, operator_class, own_code, rendered, show_task, show_use
from .shown import CALLED, STORM, PreviewError, Section, Shown

#: Places of one alert that are named; more are only counted.
_MOST_PLACES = 6


@dataclass(frozen=True)
class Wanted:
    """What a person wants to see of DAG files.

    :param task_id: only the messages of this task.
    :param alert: only the alerts for this event; with `shown.STORM` how the message for failures
        grows and recovers.
    :param names: what templates see in place of what they would; ``xcoms`` by task id.
    :param app_types: only the messages of these App types; nothing is any.
    """

    task_id: str | None = None
    alert: str | None = None
    names: Mapping[str, Any] = field(default_factory=dict)
    app_types: Sequence[str] = ()

    def has_task_of(self, uses: Sequence[Use]) -> bool:
        """Tell whether the task has one of these notifiers; any does for None."""
        ids = [task.task_id for use in uses for task in use.tasks]
        return self.task_id is None or self.task_id in ids


def preview(paths: Sequence[str], wanted: Wanted) -> list[Section]:
    """Return the messages of DAG files.

    :param paths: DAG files, zip archives of them, and folders.
    :raises PreviewError: there is nothing to show.
    """
    dags: list[Any] = []
    failed: list[Section] = []
    where, task_id, alert = ", ".join(paths), wanted.task_id, wanted.alert
    with _importable(paths):
        for path in dict.fromkeys(paths):
            found, errors = _load(path)
            # Airflow gives those of one file in any order.
            dags += sorted(found, key=lambda dag: str(dag.dag_id))
            failed += errors
        if not dags:
            raise PreviewError(failed[0].missing[0] if failed else f"{where} has no DAG here.")
        if task_id is not None and not any(task_id in dag.task_ids for dag in dags):
            known = ", ".join(str(each) for dag in dags for each in dag.task_ids)
            raise PreviewError(f"{where} has no task {task_id!r}. It has {known[:300]}.")
        of_dag = _storms if alert == STORM else _messages
        with Runner() as runner:
            sections = [each for dag in dags for each in of_dag(runner, dag, wanted)]
    shown = [each for each in sections if each.shown or each.missing] + failed
    if not shown:
        which = f"task {task_id!r}" if task_id else f"DAG {', '.join(dag.dag_id for dag in dags)}"
        what = "Zoom notifier" if alert else "Zoom task and no Zoom notifier"
        of = f" for {'failures' if alert == STORM else alert}" if alert else ""
        api = " on this API" if wanted.app_types else ""
        raise PreviewError(f"{where}: {which} has no {what}{of}{api}.")
    return shown


def _messages(runner: Runner, dag: Any, wanted: Wanted) -> list[Section]:
    """Return the messages of a DAG's tasks and notifiers, and what cannot be shown."""
    section, sample = Section(f"DAG {dag.dag_id}"), SampleRun(dag, wanted.names)
    for task in dag.topological_sort() if wanted.alert is None else ():
        kind = operator_class(task)
        if kind is None:
            continue
        is_wanted = wanted.task_id in (None, task.task_id)
        if why := own_code(f"task {task.task_id}", task, kind, "execute"):
            section.missing += [why] if is_wanted else []
            continue
        # Those before the wanted one, too: it may edit what they have sent.
        shown = show_task(runner, sample, task, app_types=wanted.app_types)
        section.shown += [shown] if is_wanted else []
    uses, failed = _uses(dag)
    for use in uses:
        if wanted.alert not in (None, use.event) or not wanted.has_task_of([use]):
            continue
        if why := use.own_code:
            section.missing.append(why)
            continue
        task = next(iter([*use.tasks, *dag.tasks]), None) or sample_task(use.event)
        if use.event == "approval_asked":
            # What it asks may be a template, which has been rendered by then.
            task = rendered(sample, task, Shown("", ""), use.event)[0] or task
        section.shown.append(show_use(runner, sample, use, task))
    if wanted.task_id is None and wanted.alert in (None, "deadline_missed"):
        section.missing += failed
    app_types = wanted.app_types or CALLED
    section.shown = [each for each in section.shown if each.app_type in app_types]
    return [section]


def _storms(runner: Runner, dag: Any, wanted: Wanted) -> list[Section]:
    """Return how the messages for failures grow and recover, and what cannot be shown."""
    rest = Section(f"DAG {dag.dag_id}")
    found, ours = [rest], []
    for use in _uses(dag)[0]:
        if not EVENTS[use.event].is_grouped:
            continue
        if use.own_code is None:
            ours.append(use)
        elif wanted.has_task_of([use]):
            rest.missing.append(use.own_code)
    for same in storm.sharing(ours):
        app_type = same[0].notifier.api.app_type
        if app_type in (wanted.app_types or CALLED) and wanted.has_task_of(same):
            title = f"{rest.title}, alert {STORM} {CALLED[app_type]}"
            moments = storm.moments(runner, SampleRun(dag, wanted.names), same)
            found.append(Section(title, list(moments)))
    return found


def _uses(dag: Any) -> tuple[list[Use], list[str]]:
    """Return the notifiers of a DAG, the same one for the same event once; and what failed."""
    found: list[Use] = []
    failed: list[str] = []
    for owner in (*dag.topological_sort(), dag):
        task = None if owner is dag else owner
        for event, kind in EVENTS.items():
            if kind.callback and kind.of_run == (owner is dag):
                _add(found, getattr(owner, kind.callback, None), event, kind.callback, task)
        _add(found, arguments_of(owner).get("notifiers"), "approval_asked", "notifiers", task)
    deadlines = getattr(dag, "deadline", None) or ()
    for deadline in deadlines if isinstance(deadlines, Iterable) else [deadlines]:
        try:
            notifier = _of_deadline(getattr(deadline, "callback", None))
        except Exception as error:
            failed.append(f"a deadline of the DAG: {described(error)}")
        else:
            _add(found, notifier, "deadline_missed", "a deadline")
    for use in found:
        use.places = list(_in_fewer_words(use.places))
    return found, failed


def _add(found: list[Use], given: Any, event: str, place: str, task: Any = None) -> None:
    for notifier in given if isinstance(given, (list, tuple)) else [given]:
        if not isinstance(notifier, ZoomNotifier):
            continue
        for use in found:
            # What a task asks is its own.
            is_same = use.event == event and (event != "approval_asked" or use.tasks == [task])
            if is_same and _are_equal(use.notifier, notifier):
                break
        else:
            use = Use(notifier, event)
            found.append(use)
        use.tasks += [] if task is None else [task]
        use.places.append(f"{place} of {'the DAG' if task is None else task.task_id}")


def _are_equal(one: ZoomNotifier, other: ZoomNotifier) -> bool:
    try:
        return type(one) is type(other) and vars(one) == vars(other)
    except Exception:  # an argument that cannot be compared
        return False


def _in_fewer_words(places: list[str]) -> Iterator[str]:
    """Yield the places, shortened: ``on_failure_callback of load, check and 58 more``."""
    for name, group in itertools.groupby(places, key=lambda place: place.partition(" of ")[0]):
        owners = [place.partition(" of ")[2] for place in group]
        more = len(owners) - _MOST_PLACES
        shown = ", ".join(owners[:_MOST_PLACES]) + (f" and {more} more" if more > 0 else "")
        yield f"{name} of {shown}"


def _of_deadline(callback: Any) -> ZoomNotifier | None:
    """Return the notifier that a triggerer would make of a deadline's callback."""
    module, _, name = str(getattr(callback, "path", "")).rpartition(".")
    kind = getattr(importlib.import_module(module), name) if module else None
    if not (isinstance(kind, type) and issubclass(kind, ZoomNotifier)):
        return None
    return kind(**(getattr(callback, "kwargs", None) or {}))


@contextmanager
def _importable(paths: Iterable[str]) -> Iterator[None]:
    """Have DAG files import their neighbours, and those of Airflow's own folder of DAGs."""
    root = Path(_compat.dags_folder()).expanduser().resolve()
    before = list(sys.path)
    for path in map(Path, paths):
        file = path.resolve()
        sys.path += [str(file if file.is_dir() else file.parent)]
        sys.path += [str(root)] if root in file.parents else []
    try:
        yield
    finally:
        sys.path[:] = before


def _load(path: str) -> tuple[list[Any], list[Section]]:
    """Return the DAGs of a file, an archive or a folder, and what to say of files that failed.

    :raises PreviewError: it is not there, or ends what reads it.
    """
    if not Path(path).exists():
        raise PreviewError(f"{path}: no such file.")
    absolute = str(Path(path).resolve())
    try:
        dags, errors = _compat.dags_in(absolute)
    except NOT_REFUSED:
        raise
    except BaseException as error:  # it may end Python
        raise PreviewError(f"{path} cannot be read: {described(error)}.") from None
    failed = []
    for file, text in errors.items():
        # As the person has named it.
        name = file.replace(absolute, path.rstrip("/"), 1)
        failed.append(Section(name, missing=[_import_error(text, name, file)], has_failed=True))
    return dags, failed


def _import_error(text: str, path: str, absolute: str) -> str:
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
