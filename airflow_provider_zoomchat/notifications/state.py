"""What the processes of an Airflow know together of an alert: its Variables and XComs.

Each task is a process of its own, so whatever they share is in Airflow's database. Two places are
used (tried on Airflow 2.11 to 3.3):

- A task's own XCom: one writer, gone when the task runs again. There it records its failure.
- A Variable for a group of alerts, its *head*: which message shows the group, and who edits it
  next. Variables are all that the DAG processor may write.

Airflow has no compare-and-set. Who wants to be the only one to do something writes a claim, waits
until whoever wrote at the same moment has written too, and reads back whose claim it is.

Every call may fail or hang, as a secrets backend may that is asked for each Variable. Then
`StateError` is raised, and an alert goes out on its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from .._compat import AIRFLOW, has_supervisor, is_task_of_database, variables
from ..hooks.variables import StateError, ask
from ..zoom.deadline import Result
from . import lenient
from .event import Event, indexed
from .failures import read_record
from .head import decode, encode

#: The key of the XCom in which a task records its failure.
RECORD = "zoomchat_failure"

#: Seconds for one call. In the DAG processor the first one takes 2.5 s.
_CALL, _CALL_IN_DAG_PROCESSOR = 3.0, 5.0

#: States of a task of which no failure is to be told.
_NOT_FAILED = ("", "none", "success", "skipped", "upstream_failed", "removed")

#: What Airflow's page says of each Variable.
_DESCRIPTION = "Which message in Zoom shows some alerts. Kept by airflow-provider-zoomchat."


class State(Protocol):
    """What a group of alerts needs of Airflow."""

    def head(self, key: str) -> dict[str, Any] | None:
        """Return what is known of a group; None if there is nothing, or nothing that is read."""

    def write_head(self, key: str, head: Mapping[str, Any]) -> None:
        """Replace what is known of a group."""

    def delete(self, key: str) -> None:
        """Remove what is known of a group."""

    def record(self, value: Mapping[str, Any]) -> None:
        """Record the failure of this task; replaces an earlier one of the same task."""

    def records(self) -> list[Any]:
        """Return the recorded failures of the run, in no order."""

    def total(self) -> int:
        """Return how many tasks the run had when the records were read; 0 if that is not known."""


class AirflowState:
    """The state as Airflow keeps it, for one callback.

    :param context: that of the callback.
    :param in_dag_processor: whether it is called there, not in a task's process.
    """

    def __init__(self, context: Mapping[str, Any], event: Event, *, in_dag_processor: bool) -> None:
        self._context = context
        self._event = event
        self._ti = lenient.first_there(context, "task_instance", "ti")
        self._seconds = _CALL_IN_DAG_PROCESSOR if in_dag_processor else _CALL
        self._in_dag_processor = in_dag_processor
        self._total = 0

    @staticmethod
    def is_there(context: Mapping[str, Any], event: Event) -> bool:
        """Tell whether Airflow can be asked at all: not in a test that calls a notifier itself."""
        ti = lenient.first_there(context, "task_instance", "ti")
        if AIRFLOW < (3, 0):
            return is_task_of_database(ti)
        return has_supervisor() or (event.name.startswith("dag_") and ti is not None)

    def head(self, key: str) -> dict[str, Any] | None:
        """Return what is known of a group; None if there is nothing, or nothing that is read."""
        return decode(self._ask(lambda: variables().get(key, None)))

    def write_head(self, key: str, head: Mapping[str, Any]) -> None:
        """Replace what is known of a group."""
        self._ask(lambda: variables().set(key, encode(head), _DESCRIPTION))

    def delete(self, key: str) -> None:
        """Remove what is known of a group."""
        self._ask(lambda: variables().delete(key))

    def record(self, value: Mapping[str, Any]) -> None:
        """Record the failure of this task; replaces an earlier one of the same task."""
        self._ask(lambda: self._ti.xcom_push(key=RECORD, value=dict(value)))

    def records(self) -> list[Any]:
        """Return the recorded failures of the run, in no order."""
        if self._in_dag_processor and AIRFLOW == (3, 0):
            raise StateError("the DAG processor of Airflow 3.0 cannot ask for XComs")
        from .airflow_lookups import task_states

        asked, in_task = (self._event, self._context), not self._in_dag_processor
        states = self._ask(lambda: dict(task_states(*asked, in_task=in_task)))
        self._total = len(states)
        tasks = sorted(
            {name.partition(" [")[0] for name, state in states.items() if state not in _NOT_FAILED}
        )
        if not tasks:
            return []
        found = self._ask(lambda: self._ti.xcom_pull(task_ids=tasks, key=RECORD))
        return [one for one in found or [] if one is not None and not _is_over(one, states)]

    def total(self) -> int:
        """Return how many tasks the run had when the records were read; 0 if that is not known."""
        return self._total

    def _ask(self, function: Callable[[], Result]) -> Result:
        """Call Airflow, for no longer than it may take."""
        return ask(function, self._seconds)


def _is_over(record: object, states: Mapping[str, str]) -> bool:
    """Tell whether a task whose failure is recorded has ended well since."""
    failure = read_record(record)
    return failure is not None and states.get(indexed(*failure.key)) in ("success", "skipped")
