"""The parts of one try: a task that defers, or that is rescheduled, ends and starts again.

Airflow calls `on_execute_callback` at the start of each part, and only some of its versions count
the time from the first one on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from .._compat import AIRFLOW, first_rescheduled
from . import look
from .event import Event


def is_another(context: Mapping[str, Any]) -> bool:
    """Tell whether a task that starts has started in this try before."""
    ti = look.first_there(context, "task_instance", "ti")
    task = look.first_there(context, "task") or look.at(ti, "task")
    method = _next_method(ti)
    if method and look.at(task, "start_from_trigger") is True:
        # Its first part was the trigger's, which calls nobody.
        return bool(method != look.at(look.at(task, "start_trigger_args"), "next_method"))
    if method:
        return True
    if AIRFLOW < (3, 0):
        return first_rescheduled(ti) is not None
    # Airflow counts as well, before the task has ever run, that its DAG file was not there yet.
    # What may be rescheduled says so: sensors, each for its mode.
    may_be = look.at(task, "reschedule")
    return bool(look.number(look.at(context, "task_reschedule_count"))) and may_be is True


def with_whole_time(event: Event, context: Mapping[str, Any]) -> Event:
    """Return an event with when its try began, and how long all of its parts took."""
    ti = look.first_there(context, "task_instance", "ti")
    try:
        began = _began(ti, context)
    except Exception:  # nobody answers
        began = None
    if began is not None and event.started is not None and began < event.started:
        before = (event.started - began).total_seconds()
        duration = None if event.duration is None else event.duration + before
        return replace(event, started=began, duration=duration)
    return event if began is not None or _is_whole(ti, context) else _without_time(event)


def _is_whole(ti: Any, context: Mapping[str, Any]) -> bool:
    """Tell whether a task instance knows when its try began.

    Airflow 3.0 and 3.1 know of a try that defers no more than its last part, and no version of 3
    of one that was rescheduled once another try is due.
    """
    if AIRFLOW < (3, 0):
        return True
    is_rescheduled = bool(look.number(look.at(context, "task_reschedule_count")))
    return not is_rescheduled and not (_next_method(ti) and AIRFLOW < (3, 2))


def _without_time(event: Event) -> Event:
    return replace(event, started=None, duration=None)


def _began(ti: Any, context: Mapping[str, Any]) -> datetime | None:
    if AIRFLOW < (3, 0):
        return look.moment(first_rescheduled(ti))  # it knows itself when a try began that defers
    if began := look.moment(look.at(_from_server(ti), "start_date")):
        return began
    # Without a state it is the DAG processor's, which may not be asked.
    if look.number(look.at(context, "task_reschedule_count")) and look.at(ti, "state") is not None:
        return look.moment(ti.get_first_reschedule_date(context))
    return None


def _next_method(ti: Any) -> str:
    holder = ti if AIRFLOW < (3, 0) else _from_server(ti)
    method = look.at(holder, "next_method")
    return method if isinstance(method, str) else ""


def _from_server(ti: Any) -> Any:
    return look.at(ti, "_ti_context_from_server")
