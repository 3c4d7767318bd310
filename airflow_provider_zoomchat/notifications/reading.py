"""What has happened, read from the context that Airflow hands to a callback. Pure.

No two callbacks get the same context, and the same callback not the same one in all versions of
Airflow: objects of Airflow's, of its task runner or of its database, plain dicts (deadlines), or no
more than a DAG, a run id and a reason. So everything is optional here, and nothing that is missing,
that raises when it is looked at or that is of an unexpected kind is an error.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from ..zoom import plain
from . import look
from .event import NOBODY, Event
from .exceptions import MOST_OF_EXCEPTION, exception_text

#: Characters of any other text from Airflow.
MOST_OF_WORDS = 500

#: Why a run ends, in Airflow's words.
#: Source: https://github.com/apache/airflow (`models/dagrun.py`, `update_state`).
REASONS = ("task_failure", "success", "all_tasks_deadlocked", "timed_out")

#: Said of a task that could not say anything itself.
LOST = "no word from the task: its process was killed, or its worker was lost"


def read_event(context: Mapping[str, Any], mask: plain.Mask = str) -> Event:
    """Return what a context tells.

    :param mask: replaces secrets in a text.
    """
    ti = look.first_there(context, "task_instance", "ti")
    run = look.at(context, "dag_run")
    task = look.first_there(context, "task") or look.at(ti, "task")
    dag = look.first_there(context, "dag") or look.at(task, "dag")
    name = _name(context, ti, run, task)
    log_url = look.url(look.at(ti, "log_url"))

    def words(value: Any, most: int = MOST_OF_WORDS) -> str | None:
        return plain.excerpt(look.text(value), most, mask) or None

    event = Event(
        name,
        dag_id=words(look.first("dag_id", ti, run, dag)),
        run_id=words(look.first("run_id", run, ti, context) or look.at(run, "dag_run_id")),
        run_type=words(look.enum(look.at(run, "run_type"))),
        state=words(look.enum(look.at(run, "state"))),
        logical_date=look.moment(
            look.first("logical_date", run, context) or look.at(run, "execution_date")
        ),
        run_after=look.moment(look.at(run, "run_after")),
        reason=words(look.at(context, "reason")),
        deadline=look.moment(look.at(look.at(context, "deadline"), "deadline_time")),
        run_url=_run_url(log_url),
        zone=look.zone(look.at(dag, "timezone")),
    )
    if name.startswith("dag_") or name in ("deadline_missed", "sla_missed"):
        return replace(
            event,
            owner=words(_owner(dag)),
            started=look.moment(look.at(run, "start_date")),
            duration=_duration(run),
        )
    tries = look.number(look.at(ti, "max_tries"))
    error = look.at(context, "exception")
    event = replace(
        event,
        task_id=words(look.first("task_id", ti, task)),
        map_index=words(_map_index(ti)),
        owner=words(_owner(task)),
        started=look.moment(look.at(ti, "start_date")),
        try_number=look.number(look.at(ti, "try_number")),
        tries=None if tries is None else tries + 1,
        exception=LOST if _is_lost(context, ti) else exception_text(error, mask),
        log_url=log_url,
    )
    if name == "approval_asked":
        return replace(
            event,
            subject=words(look.at(task, "subject")),
            body=words(look.at(task, "body"), MOST_OF_EXCEPTION),
            options=tuple((words(option) or "", "") for option in look.each(task, "options")),
            defaults=tuple(words(option) or "" for option in look.each(task, "defaults")),
        )
    if name == "task_started":
        return event
    next_try = _next_try(ti, task) if name == "task_retry" else None
    return replace(event, duration=_duration(ti), next_try=next_try)


def _name(context: Mapping[str, Any], ti: Any, run: Any, task: Any) -> str:
    of_no_task = ti is None and task is None
    if of_no_task and look.at(context, "deadline") is not None:
        return "deadline_missed"
    if of_no_task and look.at(context, "task_list") is not None:
        return "sla_missed"
    error = look.at(context, "exception")
    if error is None and _is_of_run(context, run, of_no_task):
        ended = look.text(look.enum(look.at(run, "state")))
        if ended in ("success", "failed"):
            return "dag_succeeded" if ended == "success" else "dag_failed"
        reason = look.text(look.at(context, "reason"))
        return "dag_succeeded" if reason == "success" else "dag_failed" if reason else "unknown"
    state = look.text(look.enum(look.at(ti, "state")))
    if state in _STATES:
        return _STATES[state]
    if look.text(error):
        return "task_failed"
    if of_no_task:
        return "unknown"
    if _is_lost(context, ti):
        # Airflow 3.1 and 3.2 call `on_failure_callback` although a try is left.
        done, retries = look.at(ti, "try_number"), look.number(look.at(ti, "max_tries"))
        return "task_retry" if done <= (retries or 0) else "task_failed"
    if state not in _STARTING:
        return "unknown"
    is_question = look.each(task, "options") and look.text(look.at(task, "subject"))
    return "approval_asked" if is_question else "task_started"


#: States in which a task's callbacks are called at its end.
_STATES = {
    "success": "task_succeeded",
    "failed": "task_failed",
    "up_for_retry": "task_retry",
    "skipped": "task_skipped",
}

#: States in which it starts, or asks somebody; `dag.test()` of Airflow 2 does not change it first.
_STARTING = ("running", "queued", "scheduled")


def _is_of_run(context: Mapping[str, Any], run: Any, of_no_task: bool) -> bool:
    """Tell whether a callback is the DAG's.

    Its context holds any of the run's tasks, a reason and no exception. But the arguments of a
    Python task stand in a context too, and one of them may be called `reason`.
    """
    reason = look.text(look.at(context, "reason"))
    if of_no_task:
        return run is not None or bool(reason)
    # `dag.test()` of Airflow 2 calls before the run has ended.
    ended = look.text(look.enum(look.at(run, "state"))) in ("success", "failed")
    return bool(reason) and (ended or reason in REASONS)


def _is_lost(context: Mapping[str, Any], ti: Any) -> bool:
    """Tell whether a callback is called in place of a task that could not do so any more.

    Seen in the DAG processor: Airflow 3 hands it a task instance without a state and no exception,
    Airflow 2 one whose text is where the task was.
    """
    error = look.at(context, "exception")
    if isinstance(error, str):
        return error.startswith("{'DAG Id': ")
    if error is not None or _is_of_run(context, look.at(context, "dag_run"), of_no_task=False):
        return False
    return look.number(look.at(ti, "try_number")) is not None and look.at(ti, "state") is None


def _map_index(ti: Any) -> str | None:
    rendered = look.at(ti, "rendered_map_index")
    if isinstance(rendered, str) and rendered.strip():
        return rendered
    index = look.number(look.at(ti, "map_index"))
    return str(index) if index is not None and index >= 0 else None


def _duration(thing: Any) -> float | None:
    """Return how long something took that is over; None if that is not known."""
    started = look.moment(look.at(thing, "start_date"))
    ended = look.moment(look.at(thing, "end_date"))
    if started and ended and ended >= started:
        return (ended - started).total_seconds()
    given = look.at(thing, "duration")
    if isinstance(given, (int, float)) and not isinstance(given, bool) and math.isfinite(given):
        return float(given) if given >= 0 else None
    return None


def _next_try(ti: Any, task: Any) -> datetime | None:
    """Return when the next try is due, where Airflow says or its delay leaves no doubt."""
    with suppress(Exception):
        return look.moment(ti.next_retry_datetime())  # Airflow 2.11
    delay, ended = look.at(task, "retry_delay"), look.moment(look.at(ti, "end_date"))
    grows = look.text(look.at(task, "retry_exponential_backoff")) not in ("", "0", "False")
    if isinstance(delay, timedelta) and ended and not grows:
        with suppress(OverflowError):
            return ended + delay
    return None


def _owner(thing: Any) -> str | None:
    """Return whose it is; a DAG lists the owners of its tasks."""
    names = look.text(look.at(thing, "owner")).split(",")
    return ", ".join(name.strip() for name in names if name.strip() not in ("", NOBODY)) or None


def _run_url(log_url: str | None) -> str | None:
    """Return the address of the run that a log belongs to, in the ways of Airflow 3 and 2."""
    if log_url is None:
        return None
    before, tasks, _ = log_url.partition("/tasks/")
    if tasks:
        return before
    before, _, behind = log_url.partition("/grid?")
    runs = [part for part in behind.split("&") if part.startswith("dag_run_id=")]
    return f"{before}/grid?{runs[0]}" if runs else None
