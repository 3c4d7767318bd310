"""Reading an event from a callback's context. Pure.

Each callback has a context of its own, and it differs between versions of Airflow: objects of the
task runner or of the database, plain dicts (deadlines), or only a DAG, a run id and a reason. So
nothing is taken for granted: a value that is missing, raises when it is read, or has an unexpected
type is None.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from typing import Any

from ..zoom import sanitize
from . import lenient
from .event import EVENTS, LOST, Event

#: The owner of a task that names none.
#: Source: https://airflow.apache.org/docs/apache-airflow/stable/configurations-ref.html
#: (operators.default_owner).
DEFAULT_OWNER = "airflow"

#: Characters of a text from Airflow, and of an exception or of what a person is asked.
_MAX_WORDS, _MAX_LONG = 500, 2000

#: Characters of the first line of a cause, of a note, of a member of a group.
_MAX_LINE = 200

#: Causes, notes, and members of a group that are shown.
_MOST_CAUSES, _MOST_NOTES, _MOST_MEMBERS = 3, 3, 3

#: Exceptions of a chain or a group that are looked at.
_MOST_LOOKED_AT = 100

#: Why a run ends, in Airflow's words.
#: Source: https://github.com/apache/airflow (`models/dagrun.py`, `update_state`).
_REASONS = ("task_failure", "success", "all_tasks_deadlocked", "timed_out")

#: The events by the states in which a task's callbacks are called at its end.
_ENDS = {kind.state: name for name, kind in EVENTS.items() if kind.state and not kind.of_run}

#: States in which it starts, or asks somebody; `dag.test()` of Airflow 2 does not change it first.
_STARTING = ("running", "queued", "scheduled")


def read_event(context: Mapping[str, Any], mask: sanitize.Mask = str) -> Event:
    """Return what a context tells.

    :param mask: replaces secrets in a text.
    """
    ti, run = lenient.task_instance(context), lenient.get(context, "dag_run")
    task = lenient.get(context, "task") or lenient.get(ti, "task")
    dag = lenient.get(context, "dag") or lenient.get(task, "dag")
    error, reason = lenient.get(context, "exception"), lenient.get_text("reason", context)
    is_of_run = error is None and _is_of_run(ti is None and task is None, run, reason)
    is_lost = not is_of_run and _is_lost(error, ti)
    name = _name(context, ti, task, run, reason, is_of_run=is_of_run, is_lost=is_lost)
    of_run = EVENTS[name].of_run
    # What has taken its time, and what has an owner.
    timed, owned = (run, dag) if of_run else (ti, task)
    log_url = _log_url(ti)
    zone = lenient.get(dag, "timezone")

    def words(value: Any, most: int = _MAX_WORDS) -> str | None:
        found = lenient.text(value)
        return (sanitize.excerpt(found, most, mask) or None) if found else None

    event = Event(
        name,
        dag_id=words(lenient.get_text("dag_id", ti, run, dag)),
        run_id=words(
            lenient.get_text("run_id", run, ti, context) or lenient.get(run, "dag_run_id")
        ),
        run_type=words(lenient.get(run, "run_type")),
        state=words(lenient.get(run, "state")),
        logical_date=lenient.moment(
            lenient.get(run, "logical_date", "execution_date")
            or lenient.get(context, "logical_date")
        ),
        run_after=lenient.moment(lenient.get(run, "run_after")),
        started=lenient.moment(lenient.get(timed, "start_date")),
        duration=None if EVENTS[name].is_start else _duration(timed),
        owner=words(_owners(owned)),
        reason=words(reason),
        deadline=lenient.moment(lenient.get(lenient.get(context, "deadline"), "deadline_time")),
        run_url=_run_url(log_url),
        zone=zone if isinstance(zone, tzinfo) else None,
    )
    if of_run:
        return event
    tries = lenient.number(lenient.get(ti, "max_tries"))
    event = replace(
        event,
        task_id=words(lenient.get_text("task_id", ti, task)),
        map_index=words(_map_index(ti)),
        try_number=lenient.number(lenient.get(ti, "try_number")),
        tries=None if tries is None else tries + 1,
        next_try=_next_try(ti, task) if name == "task_retry" else None,
        exception=LOST if is_lost else _exception_text(error, mask),
        log_url=log_url,
    )
    if name != "approval_asked":
        return event
    return replace(
        event,
        subject=words(lenient.get(task, "subject")),
        body=words(lenient.get(task, "body"), _MAX_LONG),
        options=tuple((words(option) or "", "") for option in lenient.get_list(task, "options")),
        defaults=tuple(words(option) or "" for option in lenient.get_list(task, "defaults")),
    )


def _name(
    context: Mapping[str, Any],
    ti: Any,
    task: Any,
    run: Any,
    reason: str,
    *,
    is_of_run: bool,
    is_lost: bool,
) -> str:
    of_no_task = ti is None and task is None
    if of_no_task and lenient.get(context, "deadline") is not None:
        return "deadline_missed"
    if of_no_task and lenient.get(context, "task_list") is not None:
        return "sla_missed"
    if is_of_run:
        ended = lenient.get_text("state", run)
        if ended not in ("success", "failed"):
            ended = reason
        return "dag_succeeded" if ended == "success" else "dag_failed" if ended else "unknown"
    state = lenient.get_text("state", ti)
    if state in _ENDS:
        return _ENDS[state]
    if lenient.get_text("exception", context):
        return "task_failed"
    if of_no_task:
        return "unknown"
    if is_lost:
        # Airflow 3.1 and 3.2 call `on_failure_callback` although a try is left.
        done, retries = lenient.get(ti, "try_number"), lenient.number(lenient.get(ti, "max_tries"))
        return "task_retry" if done <= (retries or 0) else "task_failed"
    if state not in _STARTING:
        return "unknown"
    is_question = lenient.get_list(task, "options") and lenient.get_text("subject", task)
    return "approval_asked" if is_question else "task_started"


def _is_of_run(of_no_task: bool, run: Any, reason: str) -> bool:
    """Tell whether a callback without an exception is the DAG's.

    Its context holds any of the run's tasks, and a reason. But the arguments of a Python task stand
    in a context too, and one of them may be called `reason`.
    """
    if of_no_task:
        return run is not None or bool(reason)
    # `dag.test()` of Airflow 2 calls before the run has ended.
    has_ended = lenient.get_text("state", run) in ("success", "failed")
    return bool(reason) and (has_ended or reason in _REASONS)


def _is_lost(error: Any, ti: Any) -> bool:
    """Tell whether a callback is called in place of a task that could not do so any more.

    Seen in the DAG processor: Airflow 3 hands it a task instance without a state and no exception,
    Airflow 2 one whose text is where the task was.
    """
    if isinstance(error, str):
        return error.startswith("{'DAG Id': ")
    has_tried = lenient.number(lenient.get(ti, "try_number")) is not None
    return error is None and has_tried and lenient.get(ti, "state") is None


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
    grows = lenient.get_text("retry_exponential_backoff", task) not in ("", "0", "False")
    if isinstance(delay, timedelta) and ended and not grows:
        with suppress(OverflowError):
            return ended + delay
    return None


def _owners(thing: Any) -> str:
    """Return the owners of a task or a DAG, without the default one."""
    names = [name.strip() for name in lenient.get_text("owner", thing).split(",")]
    return ", ".join(name for name in names if name not in ("", DEFAULT_OWNER))


def _log_url(ti: Any) -> str | None:
    """Return the address of a task's log, if it is that of a page of Airflow's."""
    url = lenient.get_text("log_url", ti)
    # That of Airflow 3.0 lacks a slash: https://airflow.example.comdags/...
    return url if re.match(r"https?://\S+?/dags/\S+$", url) else None


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


def _exception_text(error: Any, mask: sanitize.Mask) -> str | None:
    """Return an exception in the words in which Python prints it; what led to it comes behind.

    ::

        RuntimeError: load failed
        for the shop in Bonn
        Caused by KeyError: 'shop_id'
        While handling TimeoutError: no answer
    """
    if error is None:
        return None
    if type(error).__name__ == "AirflowTaskTimeout":
        # Airflow's own text is a PID.
        return f"{type(error).__name__}: it ran longer than its execution_timeout"
    text = _said(error, _MAX_LONG, mask)
    if not isinstance(error, BaseException):
        return text or None
    lines = [*_notes(error, mask), *_members(error, mask), *_causes(error, mask)]
    # What led to it is short, and often all that helps.
    room = _MAX_LONG - sum(len(line) + 1 for line in lines)
    text = sanitize.cut(text, max(room, _MAX_LONG // 4))
    return sanitize.cut("\n".join((text, *lines)), _MAX_LONG)


def _said(error: Any, limit: int, mask: sanitize.Mask) -> str:
    kind = type(error).__name__ if isinstance(error, BaseException) else ""
    text = sanitize.excerpt(lenient.text(error), limit, mask)
    return ": ".join(part for part in (kind, text) if part)


def _line(error: Any, mask: sanitize.Mask) -> str:
    """Return what an exception says in its first line."""
    said = _said(error, _MAX_LONG, mask).strip()
    return sanitize.cut(said.partition("\n")[0].rstrip(), _MAX_LINE)


def _notes(error: BaseException, mask: sanitize.Mask) -> Iterator[str]:
    """Yield the notes on an exception, which Python has from 3.11 on."""
    for note in lenient.get_list(error, "__notes__")[:_MOST_NOTES]:
        if text := sanitize.excerpt(lenient.text(note), _MAX_LINE, mask):
            yield text


def _causes(error: BaseException, mask: sanitize.Mask) -> Iterator[str]:
    """Yield what led to an exception, the nearest first; of many the last is the root."""
    found: list[tuple[str, BaseException, bool]] = []
    seen = {id(error)}
    while len(seen) < _MOST_LOOKED_AT:
        how, cause = "Caused by", lenient.get(error, "__cause__")
        if cause is None and not lenient.get(error, "__suppress_context__"):
            how, cause = "While handling", lenient.get(error, "__context__")
        if not isinstance(cause, BaseException) or id(cause) in seen:
            break
        # Whoever wraps an error often repeats what it says, as our operators do.
        found.append((how, cause, lenient.text(cause) == lenient.text(error)))
        seen.add(id(cause))
        error = cause
    left_out = len(found) - _MOST_CAUSES
    if left_out > 0:
        found = [*found[: _MOST_CAUSES - 1], found[-1]]
    for index, (how, cause, is_repeated) in enumerate(found):
        if left_out > 0 and index == _MOST_CAUSES - 1:
            yield f"[…{left_out} more…]"
        yield f"{how} {type(cause).__name__ if is_repeated else _line(cause, mask)}"
        yield from _members(cause, mask)


def _members(error: BaseException, mask: sanitize.Mask) -> Iterator[str]:
    """Yield the first members of an exception group, those of groups within it too."""
    members = list(_leaves(error, {id(error)}))
    for member in members[:_MOST_MEMBERS]:
        yield f"- {_line(member, mask)}"
    if len(members) > _MOST_MEMBERS:
        yield f"- and {len(members) - _MOST_MEMBERS} more"


def _leaves(group: BaseException, seen: set[int]) -> Iterator[BaseException]:
    """Yield what a group holds, also one of the package `exceptiongroup` before Python 3.11."""
    for member in lenient.get_list(group, "exceptions"):
        if not isinstance(member, BaseException) or id(member) in seen:
            continue
        seen.add(id(member))
        if len(seen) > _MOST_LOOKED_AT or not lenient.get_list(member, "exceptions"):
            yield member
        else:
            yield from _leaves(member, seen)
