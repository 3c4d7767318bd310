"""What has happened, read from the context that Airflow hands to a callback. Pure.

No two callbacks get the same context, and the same callback not the same one in all versions of
Airflow: objects of Airflow's, of its task runner or of its database, plain dicts (deadlines), or no
more than a DAG, a run id and a reason. So everything is optional here, and nothing that is missing,
that raises when it is looked at or that is of an unexpected kind is an error.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from typing import Any

from ..zoom import plain

#: Characters of an exception that an event keeps.
MOST_OF_EXCEPTION = 4000

#: Characters of any other text from Airflow.
MOST_OF_WORDS = 500

#: Said of a task that could not say anything itself.
LOST = "no word from the task: its process was killed, or its worker was lost"

#: The owner of a task that names none.
#: Source: https://airflow.apache.org/docs/apache-airflow/stable/configurations-ref.html
#: (operators.default_owner).
NOBODY = "airflow"


@dataclass(frozen=True)
class Event:
    """What is known of an event; all but its name may be None or empty.

    In templates of messages it is called ``event``: ``{{ event.dag_id }}`` works in every callback.

    :param name: ``task_started``, ``task_succeeded``, ``task_failed``, ``task_retry``,
        ``task_skipped``, ``dag_succeeded``, ``dag_failed``, ``deadline_missed``,
        ``approval_asked``, ``sla_missed``; ``unknown`` if the context does not tell.
    :param run_after: when a run could start; all that is known of one without a logical date.
    :param try_number: which try this is, from 1.
    :param tries: how many there are at most.
    :param duration: seconds.
    :param exception: its type and its text, harmless, at most 4000 characters.
    :param reason: why Airflow has ended a run.
    :param failed_tasks: the ids of the tasks of a run that failed.
    :param upstream_failed: how many more could not start for that.
    :param options: what a person is asked to choose from, each with the address that chooses it.
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
    options: tuple[tuple[str, str], ...] = field(default=())
    log_url: str | None = None
    run_url: str | None = None


def read_event(context: Mapping[str, Any], mask: Callable[[str], str] = lambda text: text) -> Event:
    """Return what a context tells.

    :param mask: replaces secrets in a text.
    """
    ti = context.get("task_instance") or context.get("ti")
    run = context.get("dag_run")
    task = context.get("task") or _look(ti, "task")
    dag = context.get("dag") or _look(task, "dag")
    name = _name(context, ti, run, task)
    of_task = name.startswith("task_") or name == "approval_asked"
    thing = ti if of_task else run
    tries = _number(_look(ti, "max_tries"))
    log_url = _url(_look(ti, "log_url"))

    def words(value: Any) -> str | None:
        return plain.excerpt(str(value), MOST_OF_WORDS, mask) or None if _is_known(value) else None

    return Event(
        name,
        dag_id=words(_first(_look(ti, "dag_id"), _look(run, "dag_id"), _look(dag, "dag_id"))),
        task_id=words(_first(_look(ti, "task_id"), _look(task, "task_id"))) if of_task else None,
        map_index=_map_index(ti) if of_task else None,
        run_id=words(
            _first(
                _look(run, "run_id"),
                _look(run, "dag_run_id"),
                _look(ti, "run_id"),
                context.get("run_id"),
            )
        ),
        run_type=words(_value(_look(run, "run_type"))),
        logical_date=_moment(
            _first(
                _look(run, "logical_date"),
                _look(run, "execution_date"),
                context.get("logical_date"),
            )
        ),
        run_after=_moment(_look(run, "run_after")),
        started=_moment(_look(thing, "start_date")),
        duration=_duration(thing, name),
        try_number=_number(_look(ti, "try_number")) if of_task else None,
        tries=tries + 1 if of_task and tries is not None else None,
        next_try=_next_try(ti, task) if name == "task_retry" else None,
        owner=words(_owner(task if of_task else dag)),
        exception=LOST if _is_lost(context, ti) else _exception(context.get("exception"), mask),
        reason=words(context.get("reason")),
        deadline=_moment(_look(context.get("deadline"), "deadline_time")),
        subject=words(_look(task, "subject")) if name == "approval_asked" else None,
        body=words(_look(task, "body")) if name == "approval_asked" else None,
        log_url=log_url if of_task else None,
        run_url=_run_url(log_url),
    )


def _name(context: Mapping[str, Any], ti: Any, run: Any, task: Any) -> str:
    if context.get("deadline") is not None:
        return "deadline_missed"
    if "task_list" in context and ti is None:
        return "sla_missed"
    state = str(_value(_look(ti, "state")) or "")
    reason = context.get("reason")
    if reason is not None or (ti is None and task is None and run is not None):
        ended = str(_value(_look(run, "state")) or "")
        if ended in ("success", "failed"):
            return f"dag_{'succeeded' if ended == 'success' else 'failed'}"
        return "dag_succeeded" if reason == "success" else "dag_failed" if reason else "unknown"
    if state in _STATES:
        return _STATES[state]
    if _is_known(context.get("exception")):
        return "task_failed"
    if ti is None and task is None:
        return "unknown"
    if _is_lost(context, ti):
        tries_left = (_number(_look(ti, "try_number")) or 0) <= (
            _number(_look(ti, "max_tries")) or 0
        )
        return "task_retry" if tries_left else "task_failed"
    if _look(task, "options") and _look(task, "subject"):
        return "approval_asked"
    return "task_started" if state == "running" else "unknown"


#: States in which a task's callbacks are called. What is running is starting, or asks somebody.
_STATES = {
    "success": "task_succeeded",
    "failed": "task_failed",
    "up_for_retry": "task_retry",
    "skipped": "task_skipped",
}


def _is_lost(context: Mapping[str, Any], ti: Any) -> bool:
    """Tell whether a callback is called in place of a task that could not do so any more.

    Seen in the DAG processor: Airflow 3 hands it a task instance without a state and no exception,
    Airflow 2 one whose text is where the task was.
    """
    error = context.get("exception")
    if isinstance(error, str):
        return error.startswith("{'DAG Id': ")
    has_number = _number(_look(ti, "try_number")) is not None
    stateless = has_number and _look(ti, "state") is None and context.get("reason") is None
    return stateless and error is None


def _exception(error: Any, mask: Callable[[str], str]) -> str | None:
    """Return an exception in the way Python prints it: its type, its text."""
    if not _is_known(error):
        return None
    kind = type(error).__name__ if isinstance(error, BaseException) else ""
    if kind == "AirflowTaskTimeout":
        return f"{kind}: it ran longer than its execution_timeout"  # Airflow's own text is a PID
    try:
        text = str(error)
    except Exception:  # its own __str__ is at fault, and that is the author's
        text = ""
    text = plain.excerpt(text, MOST_OF_EXCEPTION, mask)
    return ": ".join(part for part in (kind, text) if part) or None


def _map_index(ti: Any) -> str | None:
    rendered = _look(ti, "rendered_map_index")
    if isinstance(rendered, str) and rendered.strip():
        return plain.excerpt(rendered, MOST_OF_WORDS)
    index = _number(_look(ti, "map_index"))
    return str(index) if index is not None and index >= 0 else None


def _duration(thing: Any, name: str) -> float | None:
    """Return how long something took that is over; None if that is not known."""
    if name in ("task_started", "approval_asked"):
        return None
    started, ended = _moment(_look(thing, "start_date")), _moment(_look(thing, "end_date"))
    if started and ended and ended >= started:
        return (ended - started).total_seconds()
    given = _look(thing, "duration")
    if isinstance(given, (int, float)) and not isinstance(given, bool) and math.isfinite(given):
        return float(given) if given >= 0 else None
    return None


def _next_try(ti: Any, task: Any) -> datetime | None:
    """Return when the next try is due, where Airflow says or its delay leaves no doubt."""
    with suppress(Exception):
        return _moment(ti.next_retry_datetime())  # Airflow 2.11
    delay, ended = _look(task, "retry_delay"), _moment(_look(ti, "end_date"))
    if isinstance(delay, timedelta) and ended and not _look(task, "retry_exponential_backoff"):
        return ended + delay
    return None


def _owner(thing: Any) -> str | None:
    """Return whose it is; a DAG lists the owners of its tasks."""
    names = str(_look(thing, "owner") or "").split(",")
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


def _url(value: Any) -> str | None:
    is_address = isinstance(value, str) and value.startswith(("http://", "https://"))
    return "".join(value.split()) if is_address else None


def _moment(value: Any) -> datetime | None:
    if isinstance(value, str):
        with suppress(ValueError):
            value = datetime.fromisoformat(value.strip().replace("Z", "+00:00"))
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=timezone.utc)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=timezone.utc)
    return None


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _value(value: Any) -> Any:
    """Return what stands behind an enum."""
    return getattr(value, "value", value)


def _is_known(value: Any) -> bool:
    return value is not None and value != ""


def _first(*values: Any) -> Any:
    return next((value for value in values if _is_known(value)), None)


def _look(thing: Any, name: str) -> Any:
    """Return an attribute of an object or an entry of a dict; None if there is none to be had."""
    if isinstance(thing, Mapping):
        return thing.get(name)
    try:
        return getattr(thing, name, None)
    except (
        Exception
    ):  # properties of Airflow's may want a database or a supervisor that is not there
        return None
