"""What is known of an event, in words for people. Pure."""

from __future__ import annotations

import re
from datetime import datetime, timezone, tzinfo

from .event import Event

#: Names of failed tasks that are shown before the others are counted.
MOST_NAMES = 8


def facts(event: Event) -> dict[str, str]:
    """Return the words that stand for what is known of an event, each with its text.

    ``dag``, ``task`` (with the index of a mapped one), ``run_id``, ``run`` (its date and what
    started it), ``started``, ``took``, ``try`` ("2 of 3", from the second on or before another),
    ``next_try``, ``owner``, ``exception``, ``reason``, ``failures`` ("2 tasks failed"),
    ``failed_tasks`` (the first 8 by name), ``upstream_failed`` (how many), ``deadline``, ``state``
    (of the run), ``subject``, ``body``, ``defaults``, ``log_url``, ``run_url``.
    """
    return {word: text for word, text in _all(event).items() if text}


def _all(event: Event) -> dict[str, str | None]:
    return {
        "dag": event.dag_id,
        "task": _task(event),
        "run_id": event.run_id,
        "run": _run(event),
        "started": _time(event.started, event.zone),
        "took": _span(event.duration),
        "try": _try(event),
        "next_try": _time(event.next_try, event.zone),
        "owner": event.owner,
        "exception": event.exception,
        "reason": _REASONS.get(event.reason or "", event.reason),
        "failures": _failures(len(event.failed_tasks)),
        "failed_tasks": _names(event.failed_tasks),
        "upstream_failed": str(event.upstream_failed) if event.upstream_failed else None,
        "deadline": _time(event.deadline, event.zone),
        "subject": event.subject,
        "state": event.state,
        "body": event.body,
        "defaults": ", ".join(event.defaults) or None,
        "log_url": event.log_url,
        "run_url": event.run_url,
    }


def _task(event: Event) -> str | None:
    if event.task_id and event.map_index is not None:
        return f"{event.task_id} [{event.map_index}]"
    return event.task_id


def _run(event: Event) -> str | None:
    """Return when a run is for and what started it; its id where neither is known."""
    date = _time(event.logical_date or event.run_after, event.zone)
    return ", ".join(part for part in (date, event.run_type) if part) if date else event.run_id


def _try(event: Event) -> str | None:
    if event.try_number is None or event.tries is None:
        return None
    if event.try_number <= 1 and event.name != "task_retry":
        return None
    # Somebody who clears a task gives it more tries than it says.
    return f"{event.try_number} of {max(event.tries, event.try_number)}"


def _failures(count: int) -> str | None:
    return f"{count} task{'s' if count > 1 else ''} failed" if count else None


def _names(tasks: tuple[str, ...]) -> str | None:
    more = f" +{len(tasks) - MOST_NAMES}" if len(tasks) > MOST_NAMES else ""
    return ", ".join(tasks[:MOST_NAMES]) + more or None


def _time(moment: datetime | None, zone: tzinfo | None) -> str | None:
    """Return a moment in the DAG's time zone, with the name of that."""
    if moment is None:
        return None
    name = "UTC"
    try:
        there = moment.astimezone(zone or timezone.utc)
        name = _zone(there, zone) if zone else name
        moment = there
    except Exception:  # the last day of all has no other time zone, and a zone may be anybody's
        name = _offset(moment)
    return f"{moment:%Y-%m-%d %H:%M:%S}".removesuffix(":00") + f" {name}"


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


def _span(seconds: float | None) -> str | None:
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


#: The words that Airflow gives for the end of a run, in a person's; None where the event says it.
_REASONS = {
    "task_failure": None,
    "success": None,
    "all_tasks_deadlocked": "its tasks wait for each other",
    "timed_out": "it ran longer than dagrun_timeout",
}

#: Every word there may be.
WORDS = tuple(_all(Event("unknown")))
