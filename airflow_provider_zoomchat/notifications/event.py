"""An event: what has happened, in plain values, and in the words of alerts. Pure.

`context` reads it from what a callback gets. Every value may be missing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timezone, tzinfo


@dataclass(frozen=True)
class EventKind:
    """What Airflow does when an event of one kind happens.

    :param head: the head of an alert if nothing else is known.
    :param callback: the attribute of a task or a DAG whose functions Airflow calls, if it has one.
    :param of_run: whether it is about a DAG run, and not about a task.
    :param state: the state in which a task or a run ends with it.
    :param is_start: whether a try of a task starts with it.
    :param is_failure: whether something has failed, for good or not.
    :param is_grouped: whether the alerts of one run share a message.
    """

    head: str
    callback: str = ""
    of_run: bool = False
    state: str = ""
    is_start: bool = False
    is_failure: bool = False
    is_grouped: bool = False

    @property
    def ends_run(self) -> bool:
        """Whether a DAG run ends with it, so that its callback is the DAG's."""
        return self.of_run and bool(self.state)


#: All events by their names.
EVENTS = {
    "task_started": EventKind("A task started", "on_execute_callback", is_start=True),
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
    "approval_asked": EventKind("An approval is asked for", is_start=True),
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

    @property
    def kind(self) -> EventKind:
        """What Airflow does when this happens."""
        return EVENTS[self.name]


#: The exception of a task whose process or worker has died.
LOST = "no word from the task: its process was killed, or its worker was lost"


def indexed(task_id: str, index: int) -> str:
    """Return how alerts call a task: ``load [3]`` with the map index 3, ``load`` with -1."""
    return f"{task_id} [{index}]" if index >= 0 else task_id


def unindexed(name: str) -> tuple[str, int]:
    """Return the id and the map index of a task that `indexed` has named."""
    task_id, _, index = name.partition(" [")
    return task_id, int(index.rstrip("]")) if index else -1


#: Names of failed tasks that are shown before the others are counted.
_MAX_NAMES = 8

#: The words that Airflow gives for the end of a run, in a person's; None where the event says it.
#: Source: https://github.com/apache/airflow (`models/dagrun.py`, `update_state`).
REASONS = {
    "task_failure": None,
    "success": None,
    "all_tasks_deadlocked": "its tasks wait for each other",
    "timed_out": "it ran longer than dagrun_timeout",
}


def facts(event: Event) -> dict[str, str]:
    """Return the words that stand for what is known of an event, each with its text.

    ``dag``, ``task`` (with the index of a mapped one), ``run_id``, ``run`` (its date and what
    started it), ``started``, ``took``, ``try`` ("2 of 3", from the second on or before another),
    ``next_try``, ``owner``, ``exception``, ``reason``, ``failures`` ("2 tasks failed"),
    ``failed_tasks`` (the first 8 by name), ``upstream_failed`` (how many), ``deadline``, ``state``
    (of the run), ``subject``, ``body``, ``defaults``, ``log_url``, ``run_url``.
    """
    return {word: text for word, text in _words(event).items() if text}


def _words(event: Event) -> dict[str, str | None]:
    failed = event.failed_tasks
    more = f" +{len(failed) - _MAX_NAMES}" if len(failed) > _MAX_NAMES else ""
    is_mapped = event.task_id and event.map_index is not None
    # When a run is for and what started it; its id where neither is known.
    date = time_text(event.logical_date or event.run_after, event.zone)
    run = ", ".join(part for part in (date, event.run_type) if part) if date else event.run_id
    return {
        "dag": event.dag_id,
        "task": f"{event.task_id} [{event.map_index}]" if is_mapped else event.task_id,
        "run_id": event.run_id,
        "run": run,
        "started": time_text(event.started, event.zone),
        "took": span(event.duration),
        "try": try_text(event),
        "next_try": time_text(event.next_try, event.zone),
        "owner": event.owner,
        "exception": event.exception,
        "reason": REASONS.get(event.reason or "", event.reason),
        "failures": f"{len(failed)} task{'s' * (len(failed) > 1)} failed" if failed else None,
        "failed_tasks": ", ".join(failed[:_MAX_NAMES]) + more,
        "upstream_failed": str(event.upstream_failed or ""),
        "deadline": time_text(event.deadline, event.zone),
        "subject": event.subject,
        "state": event.state,
        "body": event.body,
        "defaults": ", ".join(event.defaults),
        "log_url": event.log_url,
        "run_url": event.run_url,
    }


def try_text(event: Event) -> str | None:
    """Return which try of how many a task is in: from the second on, or before another one."""
    if event.try_number is None or event.tries is None:
        return None
    if event.try_number <= 1 and event.name != "task_retry":
        return None
    # Somebody who clears a task gives it more tries than it says.
    return f"{event.try_number} of {max(event.tries, event.try_number)}"


def time_text(moment: datetime | None, zone: tzinfo | None) -> str | None:
    """Return a moment in the DAG's time zone, with the name of that."""
    if moment is None:
        return None
    try:
        there = moment.astimezone(zone or timezone.utc)
        name = _zone(there, zone) if zone else "UTC"
    except Exception:  # the last day of all has no other time zone, and a zone may be anybody's
        there, name = moment, _offset(moment)
    return f"{there:%Y-%m-%d %H:%M:%S}".removesuffix(":00") + f" {name}"


def _zone(there: datetime, zone: tzinfo) -> str:
    """Return how people call a time zone: Europe/Berlin, UTC, UTC+02:00."""
    name = getattr(zone, "key", None) or getattr(zone, "name", None)
    if not isinstance(name, str) or not re.match(r"[A-Za-z]", name):
        return _offset(there)
    if name in ("UTC", "Etc/UTC", "Zulu", "Z"):
        return "UTC"
    # When the clocks are set back, one hour comes twice.
    twice = there.replace(fold=0).utcoffset() != there.replace(fold=1).utcoffset()
    return f"{name} ({there:%Z})" if twice else name


def _offset(moment: datetime) -> str:
    return "UTC" if not moment.utcoffset() else f"UTC{moment.isoformat()[-6:]}"


def span(seconds: float | None) -> str | None:
    """Return a span of time in its two largest units."""
    if seconds is None or seconds < 0.1:
        return None
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    units = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
    parts: list[str] = []
    for unit, size in units:
        count, whole = divmod(whole, size)
        if count or parts:
            parts.append(f"{count} {unit}" if count else "")
    return " ".join(part for part in parts[:2] if part)


#: Every word there may be.
WORDS = tuple(_words(Event("unknown")))
