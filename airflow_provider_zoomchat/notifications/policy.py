"""Alerts for every DAG of a deployment, without touching one.

Airflow calls the functions of ``airflow_local_settings.py`` for each DAG that it parses:

.. code-block:: python

    # $AIRFLOW_HOME/config/airflow_local_settings.py
    from airflow_provider_zoomchat.notifications.policy import add_alerts


    def dag_policy(dag):
        add_alerts(dag)

Source: https://airflow.apache.org/docs/apache-airflow/stable/administration-and-deployment/cluster-policies.html
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..zoom.errors import ConfigError
from .event import EVENTS

if TYPE_CHECKING:
    from .base import ZoomNotifier

#: What an alert may be sent for; Airflow 3 calls nobody for an SLA.
_CALLBACK_EVENTS = {
    name: kind for name, kind in EVENTS.items() if kind.callback and name != "sla_missed"
}


def add_alerts(
    dag: Any,
    notifier: ZoomNotifier | None = None,
    *,
    events: str | Iterable[str] = ("task_failed",),
    opt_out_tag: str = "no-zoom-alerts",
) -> None:
    """Add a notifier to the callbacks of a DAG and its tasks, beside what is there.

    A callback that has one of this provider's notifiers is left as it is, and so is a DAG with the
    tag: its author has decided.

    Failures of one run share a message, and a run that succeeds after all turns it green: for that
    the DAG gets a success callback, which is silent otherwise.

    :param dag: what Airflow hands to ``dag_policy``.
    :param notifier: what sends the alerts; by default ``ZoomChatNotifier()``.
    :param events: what to alert about: ``task_failed`` for each task that failed, with the cause;
        ``dag_failed`` for each run that failed, with the names of the tasks; ``task_started``,
        ``task_succeeded``, ``task_retry``, ``task_skipped``, ``dag_succeeded``.
    :param opt_out_tag: the tag of DAGs that shall have no alerts.
    :raises ConfigError: an event is none of these, or the notifier is not one, but its class.
    """
    events = (events,) if isinstance(events, str) else tuple(events)
    for event in events:
        if event not in _CALLBACK_EVENTS:
            raise ConfigError(f"events may be {', '.join(_CALLBACK_EVENTS)}, not {event!r}.")
    # Airflow imports a cluster policy while it is being imported itself.
    from .base import ZoomNotifier

    if notifier is not None and not isinstance(notifier, ZoomNotifier):
        name = notifier.__name__ if isinstance(notifier, type) else "ZoomChatNotifier"
        raise ConfigError(f"add_alerts takes a notifier, not {notifier!r:.100}: write {name}().")
    if opt_out_tag in (getattr(dag, "tags", None) or ()):
        return
    if notifier is None:
        from .zoom import ZoomChatNotifier

        notifier = ZoomChatNotifier()
    kinds = [_CALLBACK_EVENTS[event] for event in events]
    for kind in kinds:
        for owner in (dag,) if kind.of_run else dag.tasks:
            _add(owner, kind.callback, notifier)
    ends_something = notifier.group_by is not None or notifier.after_runs > 1
    if ends_something and any(kind.is_failure for kind in kinds):
        recovered = copy.copy(notifier)
        recovered.only_recovered = True
        _add(dag, _CALLBACK_EVENTS["dag_succeeded"].callback, recovered)


def _add(owner: Any, callback: str, notifier: ZoomNotifier) -> None:
    """Add a notifier to a callback of a DAG or a task."""
    from .base import ZoomNotifier

    there = getattr(owner, callback, None) or []
    callbacks = list(there) if isinstance(there, (list, tuple)) else [there]
    if any(isinstance(one, ZoomNotifier) for one in callbacks):
        return
    setattr(owner, callback, [*callbacks, notifier])
    if hasattr(owner, "timetable"):
        # The scheduler reads this alone, and a DAG has set it when it was made.
        setattr(owner, f"has_{callback}", True)
