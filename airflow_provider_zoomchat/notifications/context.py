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
from .event import EVENTS, LOST, REASONS, Event

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

#: The events by the states in which a task's callbacks are called at its end, and a run's.
_ENDS = {kind.state: name for name, kind in EVENTS.items() if kind.state and not kind.of_run}
_ENDS_OF_RUN = {kind.state: name for name, kind in EVENTS.items() if kind.state and kind.of_run}

#: States in which it starts, or asks somebody; `dag.test()` of Airflow 2 does not change it first.
_STARTING = ("running", "queued", "scheduled")

#: What is read of a context, of its task instance, of its run and of its task.
_OF_CONTEXT = (
    *("dag_run", "task", "dag", "exception", "reason", "deadline", "task_list"),
    *("run_id", "logical_date"),
)
_OF_INSTANCE = (
    *("task", "dag_id", "run_id", "task_id", "map_index", "rendered_map_index", "state"),
    *("start_date", "end_date", "duration", "try_number", "max_tries", "log_url"),
)
_OF_RUN = (
    *("dag_id", "run_id", "dag_run_id", "run_type", "state", "logical_date", "execution_date"),
    *("run_after", "start_date", "end_date", "duration"),
)
_OF_TASK = (
    *("dag", "task_id", "owner", "subject", "body", "options", "defaults"),
    *("retry_delay", "retry_exponential_backoff"),
)

#: The values of one of them by name; None for what is not there.
Values = Mapping[str, Any]


def read_event(context: Mapping[str, Any], mask: sanitize.Mask = str) -> Event:
    """Return what a context tells.

    :param mask: replaces secrets in a text.
    """
    given = lenient.get_all(context, *_OF_CONTEXT)
    instance, the_run = lenient.task_instance(context), given["dag_run"]
    ti, run = lenient.get_all(instance, *_OF_INSTANCE), lenient.get_all(the_run, *_OF_RUN)
    the_task = given["task"] or ti["task"]
    task = lenient.get_all(the_task, *_OF_TASK)
    dag = lenient.get_all(given["dag"] or task["dag"], "dag_id", "owner", "timezone")
    has_task = instance is not None or the_task is not None
    error, reason = given["exception"], lenient.text(given["reason"])
    is_of_run = error is None and _is_of_run(has_task, the_run, lenient.text(run["state"]), reason)
    is_lost = not is_of_run and _is_lost(error, ti)
    if not has_task and given["deadline"] is not None:
        name = "deadline_missed"
    elif not has_task and given["task_list"] is not None:
        name = "sla_missed"
    elif is_of_run:
        ended = lenient.text(run["state"])
        ended = ended if ended in _ENDS_OF_RUN else reason
        name = _ENDS_OF_RUN.get(ended, "dag_failed" if ended else "unknown")
    else:
        name = _event_of_task(ti, task, error, is_lost=is_lost, has_task=has_task)
    of_run = EVENTS[name].of_run
    # What has taken its time, and what has an owner.
    timed, owned = (run, dag) if of_run else (ti, task)
    log_url = _log_url(ti["log_url"])

    def words(*values: Any, most: int = _MAX_WORDS) -> str | None:
        """Return the first of these values that has a text, as a text."""
        found = next(filter(None, map(lenient.text, values)), "")
        return (sanitize.excerpt(found, most, mask) or None) if found else None

    event = Event(
        name,
        dag_id=words(ti["dag_id"], run["dag_id"], dag["dag_id"]),
        run_id=words(run["run_id"], ti["run_id"], given["run_id"], run["dag_run_id"]),
        run_type=words(run["run_type"]),
        state=words(run["state"]),
        logical_date=lenient.moment(
            run["logical_date"] or given["logical_date"] or run["execution_date"]
        ),
        run_after=lenient.moment(run["run_after"]),
        started=lenient.moment(timed["start_date"]),
        duration=None if EVENTS[name].is_start else _duration(timed),
        owner=words(_owners(owned["owner"])),
        reason=words(reason),
        deadline=lenient.moment(lenient.get(given["deadline"], "deadline_time")),
        run_url=_run_url(log_url),
        zone=dag["timezone"] if isinstance(dag["timezone"], tzinfo) else None,
    )
    if of_run:
        return event
    tries = lenient.number(ti["max_tries"])
    event = replace(
        event,
        task_id=words(ti["task_id"], task["task_id"]),
        map_index=words(_map_index(ti)),
        try_number=lenient.number(ti["try_number"]),
        tries=None if tries is None else tries + 1,
        next_try=_next_try(instance, ti, task) if name == "task_retry" else None,
        exception=LOST if is_lost else _exception_text(error, mask),
        log_url=log_url,
    )
    if name != "approval_asked":
        return event
    return replace(
        event,
        subject=words(task["subject"]),
        body=words(task["body"], most=_MAX_LONG),
        options=tuple((words(option) or "", "") for option in lenient.get_list(task, "options")),
        defaults=tuple(words(option) or "" for option in lenient.get_list(task, "defaults")),
    )


def _event_of_task(
    ti: Values, task: Values, error: object, *, is_lost: bool, has_task: bool
) -> str:
    """Return the name of a task's event."""
    state = lenient.text(ti["state"])
    if state in _ENDS:
        return _ENDS[state]
    if lenient.text(error):
        return "task_failed"
    if not has_task:
        return "unknown"
    if is_lost:
        # Airflow 3.1 and 3.2 call `on_failure_callback` although a try is left.
        retries = lenient.number(ti["max_tries"]) or 0
        return "task_retry" if ti["try_number"] <= retries else "task_failed"
    if state not in _STARTING:
        return "unknown"
    is_question = lenient.get_list(task, "options") and lenient.text(task["subject"])
    return "approval_asked" if is_question else "task_started"


def _is_of_run(has_task: bool, run: object, state: str, reason: str) -> bool:
    """Tell whether a callback without an exception is the DAG's.

    Its context holds any of the run's tasks, and a reason. But the arguments of a Python task stand
    in a context too, and one of them may be called `reason`.
    """
    if not has_task:
        return run is not None or bool(reason)
    # `dag.test()` of Airflow 2 calls before the run has ended.
    return bool(reason) and (state in _ENDS_OF_RUN or reason in REASONS)


def _is_lost(error: object, ti: Values) -> bool:
    """Tell whether a callback is called in place of a task that could not do so any more.

    Seen in the DAG processor: Airflow 3 hands it a task instance without a state and no exception,
    Airflow 2 one whose text is where the task was.
    """
    if isinstance(error, str):
        return error.startswith("{'DAG Id': ")
    return error is None and lenient.number(ti["try_number"]) is not None and ti["state"] is None


def _map_index(ti: Values) -> str | None:
    rendered = ti["rendered_map_index"]
    if isinstance(rendered, str) and rendered.strip():
        return rendered
    index = lenient.number(ti["map_index"])
    return str(index) if index is not None and index >= 0 else None


def _duration(timed: Values) -> float | None:
    """Return how long something took that is over; None if that is not known."""
    started, ended = lenient.moment(timed["start_date"]), lenient.moment(timed["end_date"])
    if started and ended and ended >= started:
        return (ended - started).total_seconds()
    given = timed["duration"]
    if isinstance(given, (int, float)) and not isinstance(given, bool) and math.isfinite(given):
        return float(given) if given >= 0 else None
    return None


def _next_try(instance: Any, ti: Values, task: Values) -> datetime | None:
    """Return when the next try is due, where Airflow says or its delay leaves no doubt."""
    with suppress(Exception):
        return lenient.moment(instance.next_retry_datetime())  # Airflow 2.11
    delay, ended = task["retry_delay"], lenient.moment(ti["end_date"])
    grows = lenient.text(task["retry_exponential_backoff"]) not in ("", "0", "False")
    if isinstance(delay, timedelta) and ended and not grows:
        with suppress(OverflowError):
            return ended + delay
    return None


def _owners(given: Any) -> str:
    """Return the owners of a task or a DAG, without the default one."""
    names = [name.strip() for name in lenient.text(given).split(",")]
    return ", ".join(name for name in names if name not in ("", DEFAULT_OWNER))


def _log_url(given: Any) -> str | None:
    """Return the address of a task's log, if it is that of a page of Airflow's."""
    url = lenient.text(given)
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
