"""Every message of a DAG file: of its tasks in the order in which they run, then its alerts."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from ... import _compat
from . import callbacks, dagfile, lookups, mapped, ours, sample, tasks, templates, views
from .shown import Group, PreviewError, Shown
from .stage import Stage

#: Places of one alert that are named; of a DAG of sixty tasks, nobody reads sixty.
_MOST_PLACES = 6


def preview(
    path: str, *, task_id: str | None, names: Mapping[str, Any], app_types: tuple[str, ...]
) -> list[Group]:
    """Return the messages of a DAG file.

    :param task_id: only those of this task.
    :param names: what templates see in place of what they would; `xcoms` by task id.
    :param app_types: only those of these App types.
    :raises PreviewError: there is nothing to show.
    """
    dags, missing = [], []
    for dag in dagfile.load(path):
        if method := ours.overridden(type(dag), dag):
            name = vars(dag).get("dag_id", "DAG")
            missing.append(
                Group(f"DAG {name}", missing=[_not_shown("its messages", type(dag), method)])
            )
        else:
            dags.append(dag)
    if any(task_id in dag.task_ids for dag in dags):
        missing = []  # the task is in another
    elif task_id is not None and not missing:
        known = ", ".join(str(each) for dag in dags for each in dag.task_ids)
        raise PreviewError(f"{path} has no task {task_id!r}. It has {known[:300]}.")
    with Stage() as stage:
        groups = [_of_dag(stage, dag, task_id, names, app_types) for dag in dags] + missing
    found = [group for group in groups if group.shown or group.missing]
    if not found:
        which = f"task {task_id!r}" if task_id else f"DAG {', '.join(dag.dag_id for dag in dags)}"
        where = " on this API" if app_types else ""
        raise PreviewError(f"{path}: {which} has no Zoom task and no Zoom notifier{where}.")
    return found


def _of_dag(
    stage: Stage,
    dag: Any,
    task_id: str | None,
    names: Mapping[str, Any],
    app_types: tuple[str, ...],
) -> Group:
    group = Group(f"DAG {dag.dag_id}")
    note = templates.Noted()
    templates.prepare(dag, note)
    xcoms: lookups.XComs = {
        (str(name), "return_value"): value for name, value in names.get("xcoms", {}).items()
    }

    def context(task: Any, event: str) -> dict[str, Any]:
        return sample.context(
            dag,
            task,
            event,
            xcoms=xcoms,
            names=names,
            macros=templates.macros(_compat.template_macros()),
            note=note,
            base_url=_compat.base_url(),
        )

    def add(shown: Shown, is_wanted: bool) -> None:
        shown.notes += note.taken()
        if is_wanted and (not app_types or shown.app_type in app_types):
            group.shown.append(shown)

    for task in dag.topological_sort():
        kind = tasks.kind_of(task)
        is_wanted = task_id in (None, task.task_id)
        if kind is None:
            continue
        if method := ours.overridden(kind, task, is_made=mapped.is_mapped(task)):
            if is_wanted:
                group.missing.append(_not_shown(f"task {task.task_id}", kind, method))
            continue
        # Those before the wanted one, too: it may edit what they have sent.
        add(tasks.show(stage, task, context(task, ""), xcoms, app_types=app_types), is_wanted)
    uses, failed = dagfile.uses(dag)
    for use in uses:
        if task_id is not None and not _is_of(use, task_id):
            continue
        if replaced := _replaced(use.notifier):
            group.missing.append(_not_shown(use.places[0], *replaced))
            continue
        task = use.task or next(iter(dag.tasks), None)
        if use.event == "approval_asked":
            # What it asks may be a template.
            task = views.rendered(task, context(task, ""))
        add(
            callbacks.show(
                stage,
                use.notifier,
                context(task, use.event),
                name=f"alert {use.event}",
                places=tuple(_places(use.places)),
            ),
            is_wanted=True,
        )
    if task_id is None:
        group.missing += failed
    return group


def _is_of(use: dagfile.Use, task_id: str) -> bool:
    return any(place.endswith(f" of {task_id}") for place in use.places)


def _places(places: list[str]) -> list[str]:
    """Return the places in fewer words: ``on_failure_callback of load, check and 58 more``."""
    said = []
    for name, group in itertools.groupby(places, key=lambda place: place.partition(" of ")[0]):
        owners = [place.partition(" of ")[2] for place in group]
        more = len(owners) - _MOST_PLACES
        shown = ", ".join(owners[:_MOST_PLACES]) + (f" and {more} more" if more > 0 else "")
        said.append(f"{name} of {shown}")
    return said


def _replaced(notifier: Any) -> tuple[type, str] | None:
    """Return the class and the method of its author's in a notifier, or in an alert of it."""
    for each in (notifier, *vars(notifier).get("alerts", ())):
        if method := ours.overridden(type(each), each):
            return type(each), method
    return None


def _not_shown(name: str, kind: type, method: str) -> str:
    return f"{name}: {kind.__name__} has its own {method}, which a preview does not run."
