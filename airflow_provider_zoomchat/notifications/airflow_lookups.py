"""What an alert asks Airflow for, since no context holds it.

A notifier runs in tasks, in the DAG processor, in the triggerer, under `dag.test()` and in tests.
Each question may fail there; then the value stays unknown.

A task that defers or is rescheduled ends and starts again. Airflow calls `on_execute_callback` at
the start of each part, and only some of its versions count the time from the first one on.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

from .._compat import (
    AIRFLOW,
    DAG_PROCESSOR_READS_XCOMS,
    base_url,
    first_rescheduled,
    states_in_process,
)
from . import lenient
from .event import Event, indexed

log = logging.getLogger(__name__)

#: Airflow's default address, which is wrong on any machine but its own.
#: Source: https://github.com/apache/airflow (`log_url` of a task instance).
_DEFAULT_ADDRESS = r"http://localhost:8080/"


def look_up(event: Event, context: Mapping[str, Any]) -> Event:
    """Return an event with all that Airflow knows beyond the context."""
    if event.kind.ends_run:
        try:
            states = list(task_states(event, context))
        except Exception as error:
            log.debug("The failed tasks of the run are not known: %s", type(error).__name__)
        else:
            event = replace(
                event,
                failed_tasks=failed(states),
                upstream_failed=sum(state == "upstream_failed" for _, state in states),
            )
    if event.duration is not None:
        event = _with_total_duration(event, context)
    if event.dag_id and event.run_id:
        event = _with_addresses(event, context)
    return event


def is_repeated_callback(event: Event, context: Mapping[str, Any]) -> bool:
    """Tell whether a callback repeats an earlier one.

    For a task that was skipped, Airflow 2 calls `on_success_callback` too, behind
    `on_skipped_callback`; only then has the task an end. And whatever waits without a worker starts
    again, without a new try, when it waits no more.
    """
    ti = lenient.task_instance(context)
    if not event.kind.is_start:
        is_skip = AIRFLOW < (3, 0) and event.name == "task_skipped"
        return is_skip and lenient.get(ti, "end_date") is not None
    task = lenient.get(context, "task") or lenient.get(ti, "task")
    method = _next_method(ti)
    if method and lenient.get(task, "start_from_trigger") is True:
        # Its first part ran in the triggerer, which calls no callback.
        return bool(method != lenient.get(lenient.get(task, "start_trigger_args"), "next_method"))
    if method:
        return True
    if AIRFLOW < (3, 0):
        return first_rescheduled(ti) is not None
    # The count includes waits for a missing DAG file, so it is trusted only for tasks with
    # `reschedule` set: sensors.
    return _is_rescheduled(context) and lenient.get(task, "reschedule") is True


def _with_total_duration(event: Event, context: Mapping[str, Any]) -> Event:
    """Return an event with when its try began, and how long all of its parts took."""
    ti = lenient.task_instance(context)
    try:
        began = _began(ti, context)
    except Exception:  # there is no supervisor, or no database
        began = None
    if began is not None and event.started is not None and began < event.started:
        before = (event.started - began).total_seconds()
        return replace(event, started=began, duration=(event.duration or 0.0) + before)
    # Airflow 3.0 and 3.1 know of a try that defers no more than its last part, and no version of 3
    # of one that was rescheduled once another try is due.
    is_part = AIRFLOW >= (3, 0) and (
        _is_rescheduled(context) or (AIRFLOW < (3, 2) and bool(_next_method(ti)))
    )
    return replace(event, started=None, duration=None) if is_part and began is None else event


def _began(ti: Any, context: Mapping[str, Any]) -> datetime | None:
    """Return when the first part of a try began; None where Airflow does not tell."""
    if AIRFLOW < (3, 0):
        return lenient.moment(first_rescheduled(ti))  # it knows itself when a try began that defers
    if began := lenient.moment(lenient.get(_from_server(ti), "start_date")):
        return began
    # Without a state it is the DAG processor's, which may not be asked.
    if _is_rescheduled(context) and lenient.get(ti, "state") is not None:
        return lenient.moment(ti.get_first_reschedule_date(context))
    return None


def _is_rescheduled(context: Mapping[str, Any]) -> bool:
    return bool(lenient.number(lenient.get(context, "task_reschedule_count")))


def _next_method(ti: Any) -> str:
    return lenient.text(lenient.get(ti if AIRFLOW < (3, 0) else _from_server(ti), "next_method"))


def _from_server(ti: Any) -> Any:
    return lenient.get(ti, "_ti_context_from_server")


def task_states(
    event: Event, context: Mapping[str, Any], *, in_task: bool = False
) -> Iterable[tuple[str, str]]:
    """Yield the tasks of a run with their states.

    :param in_task: whether this is a task's process, not the DAG processor.
    """
    if AIRFLOW < (3, 0):
        for ti in context["dag_run"].get_task_instances():
            yield indexed(ti.task_id, ti.map_index), str(ti.state or "")
        return
    states: Mapping[str, Any] = {}
    try:
        if in_task or DAG_PROCESSOR_READS_XCOMS:
            states = context["ti"].get_task_states(dag_id=event.dag_id, run_ids=[event.run_id])
    except NameError:  # there is no supervisor
        pass
    if not states:
        for task_id, index, state in states_in_process(event.dag_id or "", event.run_id or ""):
            yield indexed(task_id, index), state
    known = lenient.get_list(lenient.get(context, "dag"), "task_ids")
    for name, state in states.get(event.run_id or "", {}).items():
        # Airflow calls mapped tasks ``load_0`` and ``load_1`` here.
        task_id, _, index = name.rpartition("_")
        is_mapped = name not in known and task_id in known and index.isdigit()
        yield indexed(task_id, int(index)) if is_mapped else name, lenient.text(state)


def failed(states: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return the names of the tasks that have failed, each once."""
    return tuple(dict.fromkeys(name for name, state in states if state == "failed"))


def _with_addresses(event: Event, context: Mapping[str, Any]) -> Event:
    """Return an event with the addresses on Airflow's pages that it lacks.

    Airflow 3.0 knows none in its DAG processor and a wrong one elsewhere, no version that of a
    deadline's run, and none has those of the answers to a question that its pages understand.
    """
    base = base_url()
    if not base and re.match(_DEFAULT_ADDRESS, event.log_url or event.run_url or ""):
        event = replace(event, log_url=None, run_url=None)
    base = base or (event.log_url or "").partition("/dags/")[0]
    if not base:
        _warn_of_missing_links()
        return event
    run_url = f"{base}/dags/{quote(event.dag_id or '', safe='')}"
    run = quote(event.run_id or "", safe="")
    if AIRFLOW < (3, 0):
        return replace(event, run_url=event.run_url or f"{run_url}/grid?dag_run_id={run}")
    run_url = f"{run_url}/runs/{run}"
    event = replace(event, run_url=event.run_url or run_url)
    if event.task_id is None:
        return event
    index = lenient.number(lenient.get(lenient.task_instance(context), "map_index"))
    mapped = f"/mapped/{index}" if index is not None and index >= 0 else ""
    task_url = f"{run_url}/tasks/{quote(event.task_id, safe='')}{mapped}"
    log_url = f"{task_url}?try_number={event.try_number}" if event.try_number else task_url
    if event.name == "approval_asked":
        event = replace(
            event, options=tuple(_options(event, task_url, lenient.get(context, "task")))
        )
    return replace(event, log_url=event.log_url or log_url)


def _options(event: Event, task_url: str, task: Any) -> Iterable[tuple[str, str]]:
    """Yield what a person may choose, each with the page where it is chosen already.

    Seen on the pages of Airflow 3.1 to 3.3: they read JSON, where Airflow's own
    `generate_link_to_ui` writes Python, and decode it twice. If a question has defaults, these are
    chosen whatever an address says, except between Approve and Reject; the page itself then offers
    all options.
    """
    options = [lenient.text(option) for option in lenient.get_list(task, "options")]
    page = f"{task_url}/required_actions"
    may_choose = not event.defaults or set(options) == {"Approve", "Reject"}
    for option, (words, _) in zip(options, event.options, strict=False):
        chosen = urlencode({"_options": json.dumps([option]).replace("%", "%25")})
        yield words, f"{page}?{chosen}" if may_choose else page


@cache
def _warn_of_missing_links() -> None:
    """Say so once in a process."""
    section = "webserver" if AIRFLOW < (3, 0) else "api"
    log.warning(
        "Alerts go without links to Airflow's pages, since its configuration does not name their "
        "address. Set [%s] base_url (AIRFLOW__%s__BASE_URL).",
        section,
        section.upper(),
    )
