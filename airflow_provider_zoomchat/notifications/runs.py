"""What a task may ask about the run that it is part of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .airflow_lookups import failed, task_states
from .context import read_event


def failed_tasks(context: Mapping[str, Any]) -> list[str]:
    """Return the tasks of a run that have failed so far, as alerts call them: ``load [3]``.

    For a task that runs when all others are done: ``trigger_rule="all_done"``, or a teardown. Tasks
    that could not start for that are left out. Templates of alerts have ``event.failed_tasks``.

    .. code-block:: python

        @task(trigger_rule="all_done")
        def tell(**context):
            failed = failed_tasks(context)

    :param context: that of the task, or of a callback.
    :raises Exception: Airflow's own, if it cannot be asked.
    """
    event = read_event(context)
    return list(failed(task_states(event, context, in_task=not event.kind.ends_run)))
