"""What an alert asks Airflow for, since no context holds it.

Each question may find nobody who answers: a notifier runs in tasks, in the DAG processor, in the
triggerer, under `dag.test()` and in people's own tests. Then what it asked for is not known.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from .._compat import AIRFLOW, base_url
from .event import Event

log = logging.getLogger(__name__)


def look_up(event: Event, context: Mapping[str, Any]) -> Event:
    """Return an event with all that Airflow knows beyond the context."""
    if event.name == "dag_failed":
        event = _with_failed_tasks(event, context)
    if event.name == "approval_asked":
        event = replace(event, options=tuple(_options(context)))
    if event.run_url is None and event.dag_id and event.run_id:
        event = replace(event, run_url=_run_url(event.dag_id, event.run_id))
    return event


def _with_failed_tasks(event: Event, context: Mapping[str, Any]) -> Event:
    try:
        states = list(_task_states(event, context))
    except Exception as error:
        log.debug("The failed tasks of the run are not known: %r", error)
        return event
    failed = [name for name, state in states if state == "failed"]
    return replace(
        event,
        failed_tasks=tuple(dict.fromkeys(failed)),
        upstream_failed=sum(state == "upstream_failed" for _, state in states),
    )


def _task_states(event: Event, context: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Yield the tasks of a run with their states."""
    if AIRFLOW < (3, 0):
        for ti in context["dag_run"].get_task_instances():
            index = f" [{ti.map_index}]" if ti.map_index >= 0 else ""
            yield f"{ti.task_id}{index}", str(ti.state or "")
        return
    # Allowed in the DAG processor from 3.1 on; 3.0 hands its DAG callbacks no task to ask.
    ti = context["ti"]
    states = ti.get_task_states(dag_id=event.dag_id, run_ids=[event.run_id])
    for name, state in states.get(event.run_id, {}).items():
        yield str(name), str(getattr(state, "value", state) or "")


def _options(context: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Yield what a person may choose, each with the page on which that is chosen.

    Source: https://airflow.apache.org/docs/apache-airflow-providers-standard/stable/operators/hitl.html
    """
    task = context.get("task")
    for option in getattr(task, "options", None) or ():
        try:
            url = task.generate_link_to_ui(  # type: ignore[union-attr]
                task_instance=context.get("task_instance") or context["ti"], options=[option]
            )
        except Exception as error:
            log.debug("There is no link to option %r: %r", option, error)
        else:
            yield str(option), url


def _run_url(dag_id: str, run_id: str) -> str | None:
    """Return the address of a run on Airflow's pages, where no log leads there."""
    base = base_url()
    if not base:
        return None
    dag, run = quote(dag_id, safe=""), quote(run_id, safe="")
    return (
        f"{base}/dags/{dag}/grid?dag_run_id={run}"
        if AIRFLOW < (3, 0)
        else f"{base}/dags/{dag}/runs/{run}"
    )
