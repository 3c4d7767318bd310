"""The message that shows the failures of a group, or of a channel's many DAGs. Pure.

A task that fails many times over, mapped or not, fails for few causes. So failures are told by
cause: the first line of the exception, with numbers and ids left out of the comparison.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timezone

from ..alerts import AMBER, READY_MADE, RED, FilledAlert
from ..event import Event, span, time_text
from .group import Failure, Group, Pairs, final, own_parts

#: Causes, tasks of one cause, and map indexes of one task that are named before the rest is
#: counted.
_MAX_CAUSES, _MAX_TASKS, _MAX_INDEXES = 5, 6, 3

#: What differs between two exceptions of one cause: UUIDs, long hexadecimal ids, numbers.
_VARIABLE = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|0x[0-9a-fA-F]+|[0-9a-f]{12,}|\d+")

#: DAGs of one cause that are named where many DAGs fail.
_MAX_DAGS = 20


def _task_names(failures: Sequence[Failure]) -> str:
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


def _task_lines(failures: Sequence[Failure], upstream_failed: int = 0) -> str:
    """Return failures as lines: each cause, with its tasks below."""
    lines = _lines_by_cause(failures, _task_names, lambda rest: _count(len(rest), "task"))
    if upstream_failed:
        lines.append(f"{_count(upstream_failed, 'task')} could not start")
    return "\n".join(lines)


def _by_cause(failures: Iterable[Failure]) -> list[tuple[str, list[Failure]]]:
    """Return failures by cause, the most frequent one first."""
    causes: dict[str, list[Failure]] = {}
    for failure in failures:
        causes.setdefault(_VARIABLE.sub("#", failure.cause), []).append(failure)
    found = sorted(causes.values(), key=len, reverse=True)
    return [(same[0].cause, same) for same in found]


def _lines_by_cause(
    failures: Iterable[Failure],
    name: Callable[[Sequence[Failure]], str],
    count: Callable[[Sequence[Failure]], str],
) -> list[str]:
    """Return lines: each cause, and below who has failed for it.

    :param name: names those of one cause.
    :param count: counts those of the causes that are not told.
    """
    causes = _by_cause(failures)
    lines = []
    for cause, same in causes[:_MAX_CAUSES]:
        lines += [cause, f"    {name(same)}"] if cause else [name(same)]
    if rest := causes[_MAX_CAUSES:]:
        others = [one for _, same in rest for one in same]
        lines.append(f"{count(others)} of {len(rest)} other causes")
    return lines


def open_alert(
    group: Group,
    failures: Sequence[Failure],
    *,
    since: float,
    total: int = 0,
    in_a_row: int = 1,
    at_least: int = 0,
) -> FilledAlert:
    """Return the message of a group of which tasks have failed.

    What the author has added to the ready-made alerts is shown where the tasks that have it agree,
    as a link to the DAG's runbook does; what the author has taken out of them stays out.

    :param group: of the latest callback.
    :param since: when the first one failed, in seconds since 1970.
    :param total: tasks of the run; 0 if that is not known.
    :param in_a_row: runs that have failed one after another.
    :param at_least: how many failures there are, if more than are known.
    """
    event, alert = group.event, group.alert
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
    of_alert = dict(alert.fields)
    fields = [("Since", _since(event, since)), ("Run", of_alert.get("Run", ""))]
    if in_a_row > 1:
        fields.insert(0, ("In a row", f"{_ordinal(in_a_row)} run that failed"))
    if failed and again:
        fields.append(("Will be tried again", _task_names(again)))
    alone = shown[0] if len(shown) == 1 else None
    if alone:
        fields.append(("Try", alone.tries))
    fields += [(label, of_alert.get(label, "")) for label in ("Reason", "Owner")]
    own_fields = _common(one.fields for one in failures)
    own_links = _common(one.links for one in failures)
    if group.failure is None:
        fields_of_dag, links_of_dag = own_parts(event, alert)
        own_fields |= dict(fields_of_dag)
        own_links |= dict(links_of_dag)
    # A retry says less than a failure that there is besides.
    color = RED if failed and event.name == "task_retry" else alert.color
    return FilledAlert(
        head,
        color,
        tuple((label, text) for label, text in [*fields, *own_fields.items()] if text),
        _task_lines(shown, event.upstream_failed),
        (*_links(event, alert, alone), *own_links.items()),
    )


def _common(every: Iterable[Pairs]) -> dict[str, str]:
    """Return the fields or links of failures that say the same wherever they are said."""
    found: dict[str, set[str]] = {}
    for label, words in (pair for pairs in every for pair in pairs):
        found.setdefault(label, set()).add(words)
    return {label: words.pop() for label, words in found.items() if len(words) == 1}


def recovered_alert(
    group: Group, failures: Sequence[Failure], *, since: float, now: float, tasks: int, known: bool
) -> FilledAlert:
    """Return the message of a group that is over, since its run succeeded.

    :param failures: of tasks that have failed all the same: a run ends well with its last tasks.
    :param tasks: how many had failed at most.
    :param known: whether it is known that no task has failed in the end.
    """
    event, alert = group.event, group.alert
    dag = event.dag_id or "A DAG"
    took = span(max(0.0, now - since))
    after = f" after {took}" if took else ""
    if failures:
        head = f"✅ {dag} succeeded{after}, although {_count(len(failures), 'task')} failed"
    else:
        had = f" ({_count(tasks, 'task')} had failed)" if tasks else ""
        head = f"✅ {dag} {'recovered' if known else 'succeeded'}{after}{had}"
    fields = [("Failed since", _since(event, since))]
    fields += [pair for pair in alert.fields if pair[0] == "Run"]
    own_fields, own_links = own_parts(event, alert)
    links = _links(event, alert)
    # Behind the run stands the list of its failed tasks, of which there is none.
    links = links if failures else links[:1]
    return FilledAlert(
        head, alert.color, (*fields, *own_fields), _task_lines(failures), (*links, *own_links)
    )


def flood_alert(event: Event, refused: Sequence[tuple[str, str, float]]) -> FilledAlert:
    """Return the message of a channel for the alerts that it has refused.

    :param event: any of them, for Airflow's address and the time zone.
    :param refused: of each alert the DAG, the cause, and when it was, in seconds since 1970.
    """
    failures = [Failure(dag, cause=cause, at=at) for dag, cause, at in refused]
    since = _since(event, min(one.at for one in failures))
    lines = _lines_by_cause(failures, _dag_names, lambda rest: _count(len(_dags(rest)), "DAG"))
    head = f"⚠ {_count(len(_dags(failures)), 'more DAG')} failed since {since}"
    base, dag, run = (event.run_url or "").partition("/dags/")
    pages = "/task_instances?task_state=failed"
    if "/runs/" not in run:  # Airflow 2
        pages = "/taskinstance/list/?_flt_3_state=failed"
    links = (("Open failed tasks", f"{base}{pages}"),) if dag else ()
    return FilledAlert(head, AMBER, (), "\n".join(lines), links)


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
    causes = _by_cause(new)
    cause = causes[0][0] if len(causes) == 1 else ""
    return "\n".join(line for line in (f"{count} failed: {_task_names(new)}", cause) if line)


def _links(event: Event, alert: FilledAlert, alone: Failure | None = None) -> Pairs:
    """Return links to the run and its failed tasks; to the log where only one has failed."""
    removed = READY_MADE[event.name].links.keys() - dict(alert.links).keys()
    log_url = alone.log_url if alone and "Open log" not in removed else ""
    found = [("Open log", log_url)] if log_url else []
    if not event.run_url or "Open run" in removed:
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
    return time_text(moment, event.zone) or ""


def _count(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _ordinal(count: int) -> str:
    ending = "th" if count % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(count % 10)
    return f"{count}{ending or 'th'}"
