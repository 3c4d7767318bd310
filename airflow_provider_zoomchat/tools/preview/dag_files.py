"""DAG files: every message of their DAGs, of tasks in the order in which they run, then alerts."""

from __future__ import annotations

import importlib
import itertools
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ... import _compat
from ...notifications.base import ZoomNotifier
from ...notifications.event import EVENTS
from . import senders, storm
from .context import SampleRun, sample_task
from .runner import NOT_REFUSED, Runner, named
from .senders import Use
from .shown import CALLED, STORM, PreviewError, Section, Shown

#: Places of one alert that are named; more are only counted.
_MOST_PLACES = 6


def preview(
    paths: Sequence[str],
    *,
    task_id: str | None = None,
    alert: str | None = None,
    names: Mapping[str, Any],
    app_types: Sequence[str] = (),
) -> list[Section]:
    """Return the messages of DAG files.

    :param paths: DAG files, zip archives of them, and folders.
    :param task_id: only those of this task.
    :param alert: only the alerts for this event; with `shown.STORM` how the message for failures
        grows and recovers.
    :param names: what templates see in place of what they would; ``xcoms`` by task id.
    :param app_types: only those of these App types.
    :raises PreviewError: there is nothing to show.
    """
    dags: list[Any] = []
    failed: list[Section] = []
    with _importable(paths):
        for path in dict.fromkeys(paths):
            found, errors = _load(path)
            dags += found
            failed += [
                Section(file, missing=[error], has_failed=True) for file, error in errors.items()
            ]
        where = ", ".join(paths)
        if not dags and failed:
            raise PreviewError(failed[0].missing[0])
        if not dags:
            raise PreviewError(f"{where} has no DAG here.")
        if task_id is not None and not any(task_id in dag.task_ids for dag in dags):
            known = ", ".join(str(each) for dag in dags for each in dag.task_ids)
            raise PreviewError(f"{where} has no task {task_id!r}. It has {known[:300]}.")
        with Runner() as runner:
            sections = [
                section
                for dag in dags
                for section in (
                    _storms(runner, dag, task_id, names, app_types)
                    if alert == STORM
                    else [_of_dag(runner, dag, task_id, names, app_types, alert)]
                )
            ]
    shown = [each for each in sections if each.shown or each.missing] + failed
    if not shown:
        which = f"task {task_id!r}" if task_id else f"DAG {', '.join(dag.dag_id for dag in dags)}"
        what = "Zoom notifier" if alert else "Zoom task and no Zoom notifier"
        of = f" for {'failures' if alert == STORM else alert}" if alert else ""
        api = " on this API" if app_types else ""
        raise PreviewError(f"{where}: {which} has no {what}{of}{api}.")
    return shown


def _of_dag(
    runner: Runner,
    dag: Any,
    task_id: str | None,
    names: Mapping[str, Any],
    app_types: Sequence[str],
    alert: str | None,
) -> Section:
    section = Section(f"DAG {dag.dag_id}")
    sample = SampleRun(dag, names)

    def add(shown: Shown, *, is_wanted: bool = True) -> None:
        if is_wanted and (not app_types or shown.app_type in app_types):
            section.shown.append(shown)

    for task in dag.topological_sort() if alert is None else ():
        operator = senders.operator_class(task)
        is_wanted = task_id in (None, task.task_id)
        if operator is None:
            continue
        if method := senders.replaced(task, operator, "execute"):
            if is_wanted:
                section.missing.append(_not_shown(f"task {task.task_id}", operator, method))
            continue
        # Those before the wanted one, too: it may edit what they have sent.
        shown = senders.show_task(runner, sample, task, app_types=app_types)
        add(shown, is_wanted=is_wanted)
    uses, failed = _uses(dag)
    for use in uses:
        if alert not in (None, use.event) or not _is_of(task_id, [use]):
            continue
        if why := _own_method(use):
            section.missing.append(why)
            continue
        name = f"alert {use.event}"
        task = next(iter([*use.tasks, *dag.tasks]), None) or sample_task(use.event)
        if use.event == "approval_asked":
            # What it asks may be a template, which has been rendered by then.
            task = senders.rendered(sample, task, Shown(name, ""), use.event)[0] or task
        add(
            senders.show_notifier(
                runner,
                sample,
                use.notifier,
                task,
                use.event,
                name=name,
                places=tuple(use.places),
            )
        )
    if task_id is None and alert in (None, "deadline_missed"):
        section.missing += failed
    return section


def _storms(
    runner: Runner,
    dag: Any,
    task_id: str | None,
    names: Mapping[str, Any],
    app_types: Sequence[str],
) -> list[Section]:
    """Return how the messages for failures grow and recover, and what cannot be shown."""
    rest = Section(f"DAG {dag.dag_id}")
    found = [rest]
    uses = [use for use in _uses(dag)[0] if EVENTS[use.event].is_grouped]
    rest.missing = [why for use in uses if _is_of(task_id, [use]) and (why := _own_method(use))]
    for same in storm.sharing(use for use in uses if not _own_method(use)):
        app_type = same[0].notifier.api.app_type
        if app_type in (app_types or CALLED) and _is_of(task_id, same):
            title = f"{rest.title}, alert {STORM} {CALLED[app_type]}"
            found.append(Section(title, list(storm.moments(runner, SampleRun(dag, names), same))))
    return found


def _is_of(task_id: str | None, uses: Sequence[Use]) -> bool:
    """Tell whether a task has one of these; any does for None."""
    return task_id is None or any(task.task_id == task_id for use in uses for task in use.tasks)


def _own_method(use: Use) -> str | None:
    """Return why a preview does not run a notifier; None if it does."""
    kind = type(use.notifier)
    method = senders.replaced(use.notifier, kind, "notify", "async_notify", "__call__")
    return method and _not_shown(use.places[0], kind, method)


def _not_shown(name: str, kind: type, method: str) -> str:
    return f"{name}: {kind.__name__} has its own {method}, which a preview does not run."


def _in_fewer_words(places: list[str]) -> Iterator[str]:
    """Yield the places, shortened: ``on_failure_callback of load, check and 58 more``."""
    for name, group in itertools.groupby(places, key=lambda place: place.partition(" of ")[0]):
        owners = [place.partition(" of ")[2] for place in group]
        more = len(owners) - _MOST_PLACES
        shown = ", ".join(owners[:_MOST_PLACES]) + (f" and {more} more" if more > 0 else "")
        yield f"{name} of {shown}"


def _uses(dag: Any) -> tuple[list[Use], list[str]]:
    """Return the notifiers of a DAG, the same one for the same event once; and what failed."""
    found: list[Use] = []
    failed: list[str] = []
    for task in dag.topological_sort():
        for event, name in _callbacks(of_run=False):
            _add(found, getattr(task, name, None), event, task, f"{name} of {task.task_id}")
        asked = senders.arguments_of(task).get("notifiers")
        _add(found, asked, "approval_asked", task, f"notifiers of {task.task_id}")
    for event, name in _callbacks(of_run=True):
        _add(found, getattr(dag, name, None), event, None, f"{name} of the DAG")
    deadlines = getattr(dag, "deadline", None) or ()
    for deadline in deadlines if isinstance(deadlines, Iterable) else [deadlines]:
        try:
            notifier = _of_deadline(getattr(deadline, "callback", None))
        except Exception as error:
            failed.append(f"a deadline of the DAG: {named(error)}")
        else:
            _add(found, notifier, "deadline_missed", None, "a deadline of the DAG")
    for use in found:
        use.places = list(_in_fewer_words(use.places))
    return found, failed


def _callbacks(*, of_run: bool) -> Iterator[tuple[str, str]]:
    """Yield the events of tasks, or of DAGs, that have a callback, with its name."""
    for event, kind in EVENTS.items():
        if kind.callback and kind.of_run == of_run:
            yield event, kind.callback


def _add(found: list[Use], given: Any, event: str, task: Any, place: str) -> None:
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
        use.places.append(place)


def _are_equal(one: ZoomNotifier, other: ZoomNotifier) -> bool:
    if one is other:
        return True
    try:
        return type(one) is type(other) and vars(one) == vars(other)
    except Exception:  # an argument that cannot be compared
        return False


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


def _load(path: str) -> tuple[list[Any], dict[str, str]]:
    """Return the DAGs of a file, an archive or a folder, and a line for each file that failed.

    :raises PreviewError: it is not there, or ends what reads it.
    """
    if not Path(path).exists():
        raise PreviewError(f"{path}: no such file.")
    absolute = str(Path(path).resolve())
    try:
        dags, errors = _compat.dags_in(absolute)
    except NOT_REFUSED:
        raise
    except BaseException as error:  # it may end Python, and some of Airflow's are no Exception
        raise PreviewError(f"{path} cannot be read: {named(error)}.") from None
    # As the person has named it.
    shown_as = {file: file.replace(absolute, path.rstrip("/"), 1) for file in errors}
    return dags, {
        shown_as[file]: _import_error(text, shown_as[file], file) for file, text in errors.items()
    }


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
