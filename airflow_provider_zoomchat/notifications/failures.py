"""The failures of one group of alerts, and the message that shows them. Pure.

A task that fails many times over, mapped or not, fails for few causes. So failures are told by
cause: the first line of the exception, with numbers and ids left out of the comparison.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from typing import Any

from ..zoom import sanitize
from . import lenient
from .alert import Post, facts, span
from .alerts import AMBER, GREEN, RED
from .event import LOST, Event, indexed

#: Causes, tasks of one cause, and map indexes of one task that are named before the rest is
#: counted.
_MAX_CAUSES, _MAX_TASKS, _MAX_INDEXES = 5, 6, 3

#: DAGs of one cause that are named where many DAGs fail.
_MAX_DAGS = 20

#: Characters of a cause.
_MAX_CAUSE = 200

#: Failures that the head holds besides, for a process that cannot read the records.
MAX_KEPT = 100

#: What differs between two exceptions of one cause: UUIDs, long hexadecimal ids, numbers.
_VARIABLE = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|0x[0-9a-fA-F]+|[0-9a-f]{12,}|\d+")


@dataclass(frozen=True)
class Failure:
    """One task that failed, as its own process records it.

    :param index: the map index; -1 of a task that is not mapped.
    :param label: how Airflow's pages call a mapped one.
    :param cause: the first line of the exception.
    :param at: seconds since 1970, by the clock of its machine.
    :param retry: whether Airflow tries it again.
    :param tries: which try of how many: ``2 of 3``.
    :param silenced: whether somebody has silenced its alert.
    :param mentions: whom its alert mentions.
    """

    task_id: str
    index: int = -1
    label: str = ""
    cause: str = ""
    at: float = 0.0
    retry: bool = False
    tries: str = ""
    log_url: str = ""
    silenced: bool = False
    mentions: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, int]:
        """What makes it the same task."""
        return self.task_id, self.index


def cause_of(event: Event) -> str:
    """Return the first line of an event's exception."""
    return sanitize.cut((event.exception or "").strip().partition("\n")[0], _MAX_CAUSE)


def failure_of(event: Event, index: int, mentions: tuple[str, ...] = ()) -> Failure:
    """Return the failure that an event tells of."""
    return Failure(
        event.task_id or "",
        index,
        event.map_index or "",
        cause_of(event),
        retry=event.name == "task_retry",
        tries=facts(event).get("try", ""),
        log_url=event.log_url or "",
        mentions=mentions,
    )


def as_records(failures: tuple[Failure, ...]) -> list[dict[str, Any]]:
    """Return the first of some failures as plain JSON values, for a group's head."""
    return [asdict(failure) for failure in failures[:MAX_KEPT]]


def read_record(value: Any) -> Failure | None:
    """Return the failure of a record; None for anything else, as of a newer version."""
    if not isinstance(value, Mapping):
        return None
    kinds: dict[str, Any] = {
        "task_id": str,
        "index": int,
        "label": str,
        "cause": str,
        "retry": bool,
        "tries": str,
        "log_url": str,
        "silenced": bool,
    }
    given: dict[str, Any] = {name: value.get(name) for name in kinds}
    numbers, mentions = (value.get("index"), value.get("at")), value.get("mentions")
    if not all(map(lenient.is_finite, numbers)) or not all(
        isinstance(given[name], kind) for name, kind in kinds.items()
    ):
        return None
    named = mentions if isinstance(mentions, (list, tuple)) else ()
    known = tuple(one for one in named if isinstance(one, str))
    return Failure(**given, at=value["at"], mentions=known)


def merged(*lists: Iterable[Failure]) -> tuple[Failure, ...]:
    """Return failures in the order in which they came, one for each task, the later one."""
    found: dict[tuple[str, int], Failure] = {}
    for failure in (one for failures in lists for one in failures):
        before = found.get(failure.key)
        if before is None or failure.at >= before.at:
            found[failure.key] = failure
    return tuple(sorted(found.values(), key=lambda failure: failure.at))


def by_cause(failures: Iterable[Failure]) -> list[tuple[str, list[Failure]]]:
    """Return failures by cause, the most frequent one first."""
    causes: dict[str, list[Failure]] = {}
    for failure in failures:
        causes.setdefault(_VARIABLE.sub("#", failure.cause), []).append(failure)
    found = sorted(causes.values(), key=len, reverse=True)
    return [(same[0].cause, same) for same in found]


def names(failures: Sequence[Failure]) -> str:
    """Return the tasks of some failures: ``load [3], [7], [12] and 35 more · check``."""
    tasks: dict[str, list[Failure]] = {}
    for failure in failures:
        tasks.setdefault(failure.task_id, []).append(failure)
    told = []
    for task_id, same in list(tasks.items())[:_MAX_TASKS]:
        indexes = [f"[{one.label or one.index}]" for one in same if one.index >= 0 or one.label]
        more = len(indexes) - _MAX_INDEXES
        shown = ", ".join(indexes[:_MAX_INDEXES]) + (f" and {more} more" if more > 0 else "")
        told.append(f"{task_id} {shown}".strip())
    rest = sum(len(same) for same in list(tasks.values())[_MAX_TASKS:])
    return " · ".join(told) + (f" and {rest} more" if rest else "")


def described(failures: Sequence[Failure], upstream_failed: int = 0) -> str:
    """Return failures as lines: each cause, with its tasks below."""
    lines = _by_cause(failures, names, lambda rest: _count(len(rest), "task"))
    if upstream_failed:
        lines.append(f"{_count(upstream_failed, 'task')} could not start")
    return "\n".join(lines)


def _by_cause(
    failures: Iterable[Failure],
    name: Callable[[Sequence[Failure]], str],
    count: Callable[[Sequence[Failure]], str],
) -> list[str]:
    """Return lines: each cause, and below who has failed for it.

    :param name: names those of one cause.
    :param count: counts those of the causes that are not told.
    """
    causes = by_cause(failures)
    lines = []
    for cause, same in causes[:_MAX_CAUSES]:
        lines += [cause, f"    {name(same)}"] if cause else [name(same)]
    if rest := causes[_MAX_CAUSES:]:
        others = [one for _, same in rest for one in same]
        lines.append(f"{count(others)} of {len(rest)} other causes")
    return lines


def open_post(
    event: Event,
    failures: Sequence[Failure],
    *,
    since: float,
    total: int = 0,
    in_a_row: int = 1,
    at_least: int = 0,
) -> Post:
    """Return the message of a group of which tasks have failed.

    :param event: the latest.
    :param since: when the first one failed, in seconds since 1970.
    :param total: tasks of the run; 0 if that is not known.
    :param in_a_row: runs that have failed one after another.
    :param at_least: how many failures there are, if more than are known.
    """
    failed = final(failures)
    again = [one for one in failures if one.retry]
    dag = event.dag_id or "A DAG"
    shown = failed or again
    many = max(len(shown), at_least)
    count = f"{many} of {_count(total, 'task')}" if total >= many else _count(many, "task")
    if event.name == "dag_failed":
        head = f"❌ {dag} failed" + (f": {count}" if shown else "")
    elif failed:
        head = f"❌ {dag}: {count} failed"
    else:
        head = f"⏳ {dag}: {count} failed and will be tried again"
    known = facts(event)
    fields = [("Since", _since(event, since)), ("Run", known.get("run", ""))]
    if in_a_row > 1:
        fields.insert(0, ("In a row", f"{_ordinal(in_a_row)} run that failed"))
    if failed and again:
        fields.append(("Will be tried again", names(again)))
    alone = shown[0] if len(shown) == 1 else None
    if alone:
        fields.append(("Try", alone.tries))
    fields.append(("Owner", known.get("owner", "")))
    return Post(
        head,
        RED if failed or event.name == "dag_failed" else AMBER,
        tuple((label, text) for label, text in fields if text),
        described(shown, event.upstream_failed),
        _links(event, alone),
    )


def recovered_post(
    event: Event, failures: Sequence[Failure], *, since: float, now: float, tasks: int, known: bool
) -> Post:
    """Return the message of a group that is over, since its run succeeded.

    :param failures: of tasks that have failed all the same: a run ends well with its last tasks.
    :param tasks: how many had failed at most.
    :param known: whether it is known that no task has failed in the end.
    """
    dag = event.dag_id or "A DAG"
    took = span(max(0.0, now - since))
    after = f" after {took}" if took else ""
    if failures:
        head = f"✅ {dag} succeeded{after}, although {_count(len(failures), 'task')} failed"
    else:
        had = f" ({_count(tasks, 'task')} had failed)" if tasks else ""
        head = f"✅ {dag} {'recovered' if known else 'succeeded'}{after}{had}"
    run = facts(event).get("run")
    fields = [("Failed since", _since(event, since)), *([("Run", run)] if run else [])]
    links = _links(event)
    # Behind the run stands the list of its failed tasks, of which there is none.
    links = links if failures else links[:1]
    return Post(head, GREEN, tuple(fields), described(failures), links)


def flood_post(event: Event, refused: Sequence[tuple[str, str, float]]) -> Post:
    """Return the message of a channel for the alerts that it has refused.

    :param event: any of them, for Airflow's address and the time zone.
    :param refused: of each alert the DAG, the cause, and when it was, in seconds since 1970.
    """
    failures = [Failure(dag, cause=cause, at=at) for dag, cause, at in refused]
    since = _since(event, min(one.at for one in failures))
    lines = _by_cause(failures, _dag_names, lambda rest: _count(len(_dags(rest)), "DAG"))
    head = f"⚠ {_count(len(_dags(failures)), 'more DAG')} failed since {since}"
    base, dag, run = (event.run_url or "").partition("/dags/")
    pages = "/task_instances?task_state=failed"
    if "/runs/" not in run:  # Airflow 2
        pages = "/taskinstance/list/?_flt_3_state=failed"
    links = (("Open failed tasks", f"{base}{pages}"),) if dag else ()
    return Post(head, AMBER, (), "\n".join(lines), links)


def _dags(failures: Iterable[Failure]) -> list[str]:
    return list(dict.fromkeys(one.task_id for one in failures))


def _dag_names(failures: Sequence[Failure]) -> str:
    found = _dags(failures)
    more = f" and {len(found) - _MAX_DAGS} more" if len(found) > _MAX_DAGS else ""
    return ", ".join(found[:_MAX_DAGS]) + more


def reply_text(new: Sequence[Failure], *, more: bool) -> str:
    """Return what a reply in the thread of a group says of failures.

    :param more: whether people have been told of others.
    """
    count = _count(len(new), "more task" if more else "task")
    causes = by_cause(new)
    cause = causes[0][0] if len(causes) == 1 else ""
    return "\n".join(line for line in (f"{count} failed: {names(new)}", cause) if line)


def new_mentions(failures: Iterable[Failure], called: Container[str]) -> list[str]:
    """Return the people whom failures mention, and who were not called before."""
    names = dict.fromkeys(name for one in failures for name in one.mentions)
    return [name for name in names if name not in called]


def final(failures: Iterable[Failure]) -> tuple[Failure, ...]:
    """Return the failures that Airflow does not try again."""
    return tuple(one for one in failures if not one.retry)


def digest(failures: Iterable[Failure]) -> str:
    """Return a text that is another one when a message of these failures says something else."""
    parts = [[*one.key, one.cause, one.retry] for one in failures]
    return hashlib.sha256(json.dumps(sorted(parts)).encode()).hexdigest()[:16]


def _links(event: Event, alone: Failure | None = None) -> tuple[tuple[str, str], ...]:
    """Return links to the run and its failed tasks; to the log where only one has failed."""
    found = [("Open log", alone.log_url)] if alone and alone.log_url else []
    if not event.run_url:
        return tuple(found)
    found.append(("Open run", event.run_url))
    if alone:
        return tuple(found)
    # Airflow 3 has a list of a run's tasks that takes a state; 2.11 shows them all in the grid.
    # Source: https://github.com/apache/airflow (airflow-core/src/airflow/ui, SearchParams).
    if "/runs/" in event.run_url:
        found.append(("Open failed tasks", f"{event.run_url}?task_state=failed"))
    return tuple(found)


def _since(event: Event, since: float) -> str:
    moment = datetime.fromtimestamp(since, timezone.utc).replace(microsecond=0)
    return facts(Event("unknown", started=moment, zone=event.zone))["started"]


def _count(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _ordinal(count: int) -> str:
    ending = "th" if count % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(count % 10)
    return f"{count}{ending or 'th'}"


def unrecorded(
    names: Iterable[str], known: Iterable[Failure], watched: Container[str], at: float
) -> list[Failure]:
    """Return the failed tasks of which nothing is recorded.

    :param names: all failed ones, as `event.indexed` calls them.
    :param watched: the tasks that record their failures: of these, one that did not was killed.
    """
    there = {indexed(*one.key) for one in known}
    found = []
    for name in dict.fromkeys(names):
        if name not in there:
            task, _, index = name.partition(" [")
            number = int(index.rstrip("]")) if index else -1
            found.append(Failure(task, number, cause=LOST if task in watched else "", at=at))
    return found
