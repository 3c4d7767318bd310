"""What an alert asks Airflow for, since no context holds it.

Each question may find nobody who answers: a notifier runs in tasks, in the DAG processor, in the
triggerer, under `dag.test()` and in people's own tests. Then what it asked for is not known.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

from .._compat import AIRFLOW, base_url, states_in_process
from . import look, parts
from .event import Event

log = logging.getLogger(__name__)

#: What Airflow takes where no address is configured; on the reader's machine is no Airflow.
#: Source: https://github.com/apache/airflow (`log_url` of a task instance).
_NOBODYS = r"http://localhost:8080/"


def look_up(event: Event, context: Mapping[str, Any]) -> Event:
    """Return an event with all that Airflow knows beyond the context."""
    if event.name in ("dag_failed", "dag_succeeded"):
        event = _with_failed_tasks(event, context)
    if event.duration is not None:
        event = parts.with_whole_time(event, context)
    if event.dag_id and event.run_id:
        event = _with_addresses(event, context)
    return event


@cache
def _say_that_links_are_missing() -> None:
    """Say so once in a process."""
    section = "webserver" if AIRFLOW < (3, 0) else "api"
    log.warning(
        "Alerts go without links to Airflow's pages, since its configuration does not name their "
        "address. Set [%s] base_url (AIRFLOW__%s__BASE_URL).",
        section,
        section.upper(),
    )


def is_echo(event: Event, context: Mapping[str, Any]) -> bool:
    """Tell whether a callback is called for what was no reason to call it.

    For a task that was skipped, Airflow 2 calls `on_success_callback` too, behind
    `on_skipped_callback`; only then has the task an end. And whatever waits without a worker starts
    again, without a new try, when it waits no more.
    """
    if event.name in ("task_started", "approval_asked"):
        return parts.is_another(context)
    ended = look.at(look.first_there(context, "task_instance", "ti"), "end_date") is not None
    return AIRFLOW < (3, 0) and event.name == "task_skipped" and ended


def _with_failed_tasks(event: Event, context: Mapping[str, Any]) -> Event:
    try:
        states = list(_task_states(event, context))
    except Exception as error:
        log.debug("The failed tasks of the run are not known: %s", type(error).__name__)
        return event
    failed = [name for name, state in states if state == "failed"]
    return replace(
        event,
        failed_tasks=tuple(dict.fromkeys(failed)),
        upstream_failed=sum(state == "upstream_failed" for _, state in states),
    )


def _task_states(event: Event, context: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Yield the tasks of a run with their states."""
    if AIRFLOW < (3, 0):
        for ti in context["dag_run"].get_task_instances():
            yield _indexed(ti.task_id, ti.map_index), str(ti.state or "")
        return
    states: Mapping[str, Any] = {}
    try:
        if AIRFLOW >= (3, 1):  # 3.0 ends the DAG processor for being asked
            states = context["ti"].get_task_states(dag_id=event.dag_id, run_ids=[event.run_id])
    except NameError:  # nobody is there to be asked
        pass
    if not states:
        for task_id, index, state in states_in_process(event.dag_id or "", event.run_id or ""):
            yield _indexed(task_id, index), state
    known = look.each(look.at(context, "dag"), "task_ids")
    for name, state in states.get(event.run_id or "", {}).items():
        yield _task_name(str(name), known), look.text(look.enum(state))


def _indexed(task_id: str, map_index: int) -> str:
    return f"{task_id} [{map_index}]" if map_index >= 0 else task_id


def _task_name(name: str, known: Collection[str]) -> str:
    """Return how alerts call a task; Airflow calls mapped ones ``load_0`` and ``load_1`` here."""
    task_id, _, index = name.rpartition("_")
    is_mapped = name not in known and task_id in known and index.isdigit()
    return f"{task_id} [{index}]" if is_mapped else name


def _with_addresses(event: Event, context: Mapping[str, Any]) -> Event:
    """Return an event with the addresses on Airflow's pages that it lacks.

    Airflow 3.0 knows none in its DAG processor and a wrong one elsewhere, no version that of a
    deadline's run, and none has those of the answers to a question that its pages understand.
    """
    base = base_url()
    if not base and re.match(_NOBODYS, event.log_url or event.run_url or ""):
        event = replace(event, log_url=None, run_url=None)
    base = base or (event.log_url or "").partition("/dags/")[0]
    if not base:
        _say_that_links_are_missing()
        return event
    run_url = f"{base}/dags/{quote(event.dag_id or '', safe='')}"
    run = quote(event.run_id or "", safe="")
    if AIRFLOW < (3, 0):
        return replace(event, run_url=event.run_url or f"{run_url}/grid?dag_run_id={run}")
    run_url = f"{run_url}/runs/{run}"
    event = replace(event, run_url=event.run_url or run_url)
    if event.task_id is None:
        return event
    index = look.number(look.at(look.first_there(context, "task_instance", "ti"), "map_index"))
    mapped = f"/mapped/{index}" if index is not None and index >= 0 else ""
    task_url = f"{run_url}/tasks/{quote(event.task_id, safe='')}{mapped}"
    log_url = f"{task_url}?try_number={event.try_number}" if event.try_number else task_url
    if event.name == "approval_asked":
        event = replace(event, options=tuple(_options(event, task_url, look.at(context, "task"))))
    return replace(event, log_url=event.log_url or log_url)


def _options(event: Event, task_url: str, task: Any) -> Iterable[tuple[str, str]]:
    """Yield what a person may choose, each with the page where it is chosen already.

    Seen on the pages of Airflow 3.1 to 3.3: they read JSON, where Airflow's own
    `generate_link_to_ui` writes Python, and decode it twice. If a question has defaults, these are
    chosen whatever an address says, except between Approve and Reject; the page itself then offers
    all options.
    """
    options = [look.text(option) for option in look.each(task, "options")]
    page = f"{task_url}/required_actions"
    may_choose = not event.defaults or set(options) == {"Approve", "Reject"}
    for option, (words, _) in zip(options, event.options, strict=False):
        chosen = urlencode({"_options": json.dumps([option]).replace("%", "%25")})
        yield words, f"{page}?{chosen}" if may_choose else page
