"""An event: what has happened, in plain values, read from a callback's context. Pure.

Each callback has a context of its own, and it differs between versions of Airflow: objects of the
task runner or of the database, plain dicts (deadlines), or only a DAG, a run id and a reason. So
every value is optional here. A value that is missing, raises when it is read, or has an unexpected
type is None.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any

from ..zoom import sanitize
from . import lenient
from .exceptions import MAX_EXCEPTION, exception_text

#: The owner of a task that names none.
#: Source: https://airflow.apache.org/docs/apache-airflow/stable/configurations-ref.html
#: (operators.default_owner).
DEFAULT_OWNER = "airflow"


@dataclass(frozen=True)
class EventKind:
    """What Airflow does when an event of one kind happens.

    :param head: the head of an alert if nothing else is known.
    :param callback: the attribute of a task or a DAG whose functions Airflow calls, if it has one.
    :param of_run: whether it is about a DAG run, and not about a task.
    :param state: the state in which a task or a run ends with it.
    :param is_failure: whether something has failed, for good or not.
    :param is_grouped: whether the alerts of one run share a message.
    """

    head: str
    callback: str = ""
    of_run: bool = False
    state: str = ""
    is_failure: bool = False
    is_grouped: bool = False


#: All events by their names.
EVENTS = {
    "task_started": EventKind("A task started", "on_execute_callback"),
    "task_succeeded": EventKind("A task succeeded", "on_success_callback", state="success"),
    "task_failed": EventKind(
        "A task failed", "on_failure_callback", state="failed", is_failure=True, is_grouped=True
    ),
    "task_retry": EventKind(
        "A task failed and will be tried again",
        "on_retry_callback",
        state="up_for_retry",
        is_failure=True,
        is_grouped=True,
    ),
    "task_skipped": EventKind("A task was skipped", "on_skipped_callback", state="skipped"),
    "dag_succeeded": EventKind(
        "A DAG run succeeded", "on_success_callback", of_run=True, state="success", is_grouped=True
    ),
    "dag_failed": EventKind(
        "A DAG run failed",
        "on_failure_callback",
        of_run=True,
        state="failed",
        is_failure=True,
        is_grouped=True,
    ),
    "deadline_missed": EventKind("A deadline was missed", of_run=True),
    "approval_asked": EventKind("An approval is asked for"),
    "sla_missed": EventKind("An SLA was missed", "sla_miss_callback", of_run=True),
    "unknown": EventKind("An alert from Airflow"),
}


@dataclass(frozen=True)
class Event:
    """What is known of an event; all but its name may be None or empty.

    In templates of messages it is called ``event``: ``{{ event.dag_id }}`` works in every callback.

    :param name: one of `EVENTS`: ``task_failed``, ``dag_succeeded`` and so on; ``unknown`` if the
        context does not tell.
    :param run_after: when a run could start; all that is known of one without a logical date.
    :param try_number: which try this is, from 1.
    :param tries: how many there are at most.
    :param state: Airflow's word for the state of the run.
    :param duration: seconds.
    :param zone: the DAG's time zone, in which alerts tell its times.
    :param exception: its type and its text, its notes, the first members of a group, and up to
        three exceptions that led to it; harmless, at most 2000 characters.
    :param reason: why Airflow has ended a run.
    :param failed_tasks: the ids of the tasks of a run that failed.
    :param upstream_failed: how many more could not start for that.
    :param options: what a person is asked to choose from, each with the address that chooses it,
        empty if it is not known.
    :param defaults: what is chosen if nobody answers.
    :param log_url: the log of this try.
    :param run_url: Airflow's page of the run.
    """

    name: str
    dag_id: str | None = None
    task_id: str | None = None
    map_index: str | None = None
    run_id: str | None = None
    run_type: str | None = None
    logical_date: datetime | None = None
    run_after: datetime | None = None
    started: datetime | None = None
    state: str | None = None
    duration: float | None = None
    try_number: int | None = None
    tries: int | None = None
    next_try: datetime | None = None
    owner: str | None = None
    exception: str | None = None
    reason: str | None = None
    failed_tasks: tuple[str, ...] = ()
    upstream_failed: int = 0
    deadline: datetime | None = None
    subject: str | None = None
    body: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    defaults: tuple[str, ...] = ()
    log_url: str | None = None
    run_url: str | None = None
    zone: tzinfo | None = None


def indexed(task_id: str, index: int) -> str:
    """Return how alerts call a task: ``load [3]`` with the map index 3, ``load`` with -1."""
    return f"{task_id} [{index}]" if index >= 0 else task_id


def unindexed(name: str) -> tuple[str, int]:
    """Return the id and the map index of a task that `indexed` has named."""
    task_id, _, index = name.partition(" [")
    return task_id, int(index.rstrip("]")) if index else -1


#: Characters of any other text from Airflow.
MAX_WORDS = 500

#: Why a run ends, in Airflow's words.
#: Source: https://github.com/apache/airflow (`models/dagrun.py`, `update_state`).
REASONS = ("task_failure", "success", "all_tasks_deadlocked", "timed_out")

#: The exception of a task whose process or worker has died.
LOST = "no word from the task: its process was killed, or its worker was lost"


def read_event(context: Mapping[str, Any], mask: sanitize.Mask = str) -> Event:
    """Return what a context tells.

    :param mask: replaces secrets in a text.
    """
    ti = lenient.get_any(context, "task_instance", "ti")
    run = lenient.get(context, "dag_run")
    task = lenient.get_any(context, "task") or lenient.get(ti, "task")
    dag = lenient.get_any(context, "dag") or lenient.get(task, "dag")
    name = _name(context, ti, run, task)
    log_url = lenient.url(lenient.get(ti, "log_url"))

    def words(value: Any, most: int = MAX_WORDS) -> str | None:
        return sanitize.excerpt(lenient.text(value), most, mask) or None

    event = Event(
        name,
        dag_id=words(lenient.get_from("dag_id", ti, run, dag)),
        run_id=words(
            lenient.get_from("run_id", run, ti, context) or lenient.get(run, "dag_run_id")
        ),
        run_type=words(lenient.enum(lenient.get(run, "run_type"))),
        state=words(lenient.enum(lenient.get(run, "state"))),
        logical_date=lenient.moment(
            lenient.get_from("logical_date", run, context) or lenient.get(run, "execution_date")
        ),
        run_after=lenient.moment(lenient.get(run, "run_after")),
        reason=words(lenient.get(context, "reason")),
        deadline=lenient.moment(lenient.get(lenient.get(context, "deadline"), "deadline_time")),
        run_url=_run_url(log_url),
        zone=lenient.zone(lenient.get(dag, "timezone")),
    )
    if EVENTS[name].of_run:
        return replace(
            event,
            owner=words(_owner(dag)),
            started=lenient.moment(lenient.get(run, "start_date")),
            duration=_duration(run),
        )
    tries = lenient.number(lenient.get(ti, "max_tries"))
    error = lenient.get(context, "exception")
    event = replace(
        event,
        task_id=words(lenient.get_from("task_id", ti, task)),
        map_index=words(_map_index(ti)),
        owner=words(_owner(task)),
        started=lenient.moment(lenient.get(ti, "start_date")),
        try_number=lenient.number(lenient.get(ti, "try_number")),
        tries=None if tries is None else tries + 1,
        exception=LOST if _is_lost(context, ti) else exception_text(error, mask),
        log_url=log_url,
    )
    if name == "approval_asked":
        return replace(
            event,
            subject=words(lenient.get(task, "subject")),
            body=words(lenient.get(task, "body"), MAX_EXCEPTION),
            options=tuple(
                (words(option) or "", "") for option in lenient.get_list(task, "options")
            ),
            defaults=tuple(words(option) or "" for option in lenient.get_list(task, "defaults")),
        )
    if name == "task_started":
        return event
    next_try = _next_try(ti, task) if name == "task_retry" else None
    return replace(event, duration=_duration(ti), next_try=next_try)


def _name(context: Mapping[str, Any], ti: Any, run: Any, task: Any) -> str:
    of_no_task = ti is None and task is None
    if of_no_task and lenient.get(context, "deadline") is not None:
        return "deadline_missed"
    if of_no_task and lenient.get(context, "task_list") is not None:
        return "sla_missed"
    error = lenient.get(context, "exception")
    if error is None and _is_of_run(context, run, of_no_task):
        ended = lenient.text(lenient.enum(lenient.get(run, "state")))
        if ended in ("success", "failed"):
            return "dag_succeeded" if ended == "success" else "dag_failed"
        reason = lenient.text(lenient.get(context, "reason"))
        return "dag_succeeded" if reason == "success" else "dag_failed" if reason else "unknown"
    state = lenient.text(lenient.enum(lenient.get(ti, "state")))
    if state in _ENDS:
        return _ENDS[state]
    if lenient.text(error):
        return "task_failed"
    if of_no_task:
        return "unknown"
    if _is_lost(context, ti):
        # Airflow 3.1 and 3.2 call `on_failure_callback` although a try is left.
        done, retries = lenient.get(ti, "try_number"), lenient.number(lenient.get(ti, "max_tries"))
        return "task_retry" if done <= (retries or 0) else "task_failed"
    if state not in _STARTING:
        return "unknown"
    is_question = lenient.get_list(task, "options") and lenient.text(lenient.get(task, "subject"))
    return "approval_asked" if is_question else "task_started"


#: The events by the states in which a task's callbacks are called at its end.
_ENDS = {kind.state: name for name, kind in EVENTS.items() if kind.state and not kind.of_run}

#: States in which it starts, or asks somebody; `dag.test()` of Airflow 2 does not change it first.
_STARTING = ("running", "queued", "scheduled")


def _is_of_run(context: Mapping[str, Any], run: Any, of_no_task: bool) -> bool:
    """Tell whether a callback is the DAG's.

    Its context holds any of the run's tasks, a reason and no exception. But the arguments of a
    Python task stand in a context too, and one of them may be called `reason`.
    """
    reason = lenient.text(lenient.get(context, "reason"))
    if of_no_task:
        return run is not None or bool(reason)
    # `dag.test()` of Airflow 2 calls before the run has ended.
    ended = lenient.text(lenient.enum(lenient.get(run, "state"))) in ("success", "failed")
    return bool(reason) and (ended or reason in REASONS)


def _is_lost(context: Mapping[str, Any], ti: Any) -> bool:
    """Tell whether a callback is called in place of a task that could not do so any more.

    Seen in the DAG processor: Airflow 3 hands it a task instance without a state and no exception,
    Airflow 2 one whose text is where the task was.
    """
    error = lenient.get(context, "exception")
    if isinstance(error, str):
        return error.startswith("{'DAG Id': ")
    if error is not None or _is_of_run(context, lenient.get(context, "dag_run"), of_no_task=False):
        return False
    return (
        lenient.number(lenient.get(ti, "try_number")) is not None
        and lenient.get(ti, "state") is None
    )


def _map_index(ti: Any) -> str | None:
    rendered = lenient.get(ti, "rendered_map_index")
    if isinstance(rendered, str) and rendered.strip():
        return rendered
    index = lenient.number(lenient.get(ti, "map_index"))
    return str(index) if index is not None and index >= 0 else None


def _duration(thing: Any) -> float | None:
    """Return how long something took that is over; None if that is not known."""
    started = lenient.moment(lenient.get(thing, "start_date"))
    ended = lenient.moment(lenient.get(thing, "end_date"))
    if started and ended and ended >= started:
        return (ended - started).total_seconds()
    given = lenient.get(thing, "duration")
    if isinstance(given, (int, float)) and not isinstance(given, bool) and math.isfinite(given):
        return float(given) if given >= 0 else None
    return None


def _next_try(ti: Any, task: Any) -> datetime | None:
    """Return when the next try is due, where Airflow says or its delay leaves no doubt."""
    with suppress(Exception):
        return lenient.moment(ti.next_retry_datetime())  # Airflow 2.11
    delay, ended = lenient.get(task, "retry_delay"), lenient.moment(lenient.get(ti, "end_date"))
    grows = lenient.text(lenient.get(task, "retry_exponential_backoff")) not in ("", "0", "False")
    if isinstance(delay, timedelta) and ended and not grows:
        with suppress(OverflowError):
            return ended + delay
    return None


def _owner(thing: Any) -> str | None:
    """Return the owners of a task or a DAG, without the default one; None if there is none."""
    names = lenient.text(lenient.get(thing, "owner")).split(",")
    owners = [name.strip() for name in names if name.strip() not in ("", DEFAULT_OWNER)]
    return ", ".join(owners) or None


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
