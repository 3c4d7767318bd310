"""An event: all that is known of what has happened, in plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

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
