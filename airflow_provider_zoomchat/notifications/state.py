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
from typing import Any, Protocol, TypeVar

from .._compat import AIRFLOW, THREADS_MAY_ASK, has_supervisor, is_task_of_database, variables
from ..zoom.deadline import Deadline
from ..zoom.errors import UnreachableError
from . import lenient
from .event import Event
from .head import decode, encode
from .timeouts import within

#: The key of the XCom in which a task records its failure.
RECORD = "zoomchat_failure"

#: Seconds for one call. In the DAG processor the first one takes 2.5 s.
_CALL, _CALL_IN_DAG_PROCESSOR = 3.0, 5.0

#: States of a task of which no failure is to be told.
_NOT_FAILED = ("", "none", "success", "skipped", "upstream_failed", "removed")

Result = TypeVar("Result")


class StateError(Exception):
    """Airflow's state could not be read or written."""


class StateTimeoutError(StateError):
    """Airflow gave no answer in time."""


def tried(ask: Callable[[], Result]) -> Result:
    """Ask Airflow up to three times, unless it does not answer at all."""
    for _ in range(2):
        try:
            return ask()
        except StateTimeoutError:
            raise
        except StateError:
            continue
    return ask()


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
        """Return how many tasks the run has; 0 if that is not known."""


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
        self._states: dict[str, str] | None = None

    @staticmethod
    def is_there(context: Mapping[str, Any], event: Event) -> bool:
        """Tell whether Airflow can be asked at all: not in a test that calls a notifier itself."""
        ti = lenient.first_there(context, "task_instance", "ti")
        if AIRFLOW < (3, 0):
            return is_task_of_database(ti)
        return has_supervisor() or (event.name.startswith("dag_") and ti is not None)

    def head(self, key: str) -> dict[str, Any] | None:
        """Return what is known of a group; None if there is nothing, or nothing that is read."""
        return decode(self._ask(lambda: variables().get(key)))

    def write_head(self, key: str, head: Mapping[str, Any]) -> None:
        """Replace what is known of a group."""
        what = f"An open group of Zoom alerts of DAG {self._event.dag_id}. It goes by itself."
        self._ask(lambda: variables().set(key, encode(head), what))

    def delete(self, key: str) -> None:
        """Remove what is known of a group."""
        self._ask(lambda: variables().delete(key))

    def record(self, value: Mapping[str, Any]) -> None:
        """Record the failure of this task; replaces an earlier one of the same task."""
        self._ask(lambda: self._ti.xcom_push(key=RECORD, value=dict(value)))

    def records(self) -> list[Any]:
        """Return the recorded failures of the run, in no order."""
        if self._in_dag_processor and AIRFLOW[:2] == (3, 0):
            raise StateError("the DAG processor of Airflow 3.0 cannot ask for XComs")
        self._states = None
        states = self._task_states()
        tasks = sorted(
            {name.partition(" [")[0] for name, state in states.items() if state not in _NOT_FAILED}
        )
        if not tasks:
            return []
        found = self._ask(lambda: self._ti.xcom_pull(task_ids=tasks, key=RECORD))
        return [one for one in found or [] if one is not None and not _is_over(one, states)]

    def total(self) -> int:
        """Return how many tasks the run has; 0 if that is not known."""
        return len(self._states or {})

    def _task_states(self) -> dict[str, str]:
        from .airflow_lookups import task_states

        if self._states is None:
            asked = self._event, self._context
            in_task = not self._in_dag_processor
            self._states = dict(self._ask(lambda: list(task_states(*asked, in_task=in_task))))
        return self._states

    def _ask(self, function: Callable[[], Result]) -> Result:
        """Call Airflow, for no longer than it may take.

        In Airflow 3.0 and 3.1 only one thread may ask, so there a call cannot be cut short.
        """
        try:
            return within(Deadline(self._seconds), function) if THREADS_MAY_ASK else function()
        except UnreachableError:
            raise StateTimeoutError(f"no answer within {self._seconds:g} s") from None
        except Exception as error:
            raise StateError(f"{type(error).__name__}: {lenient.text(error)[:200]}") from error


def _is_over(record: object, states: Mapping[str, str]) -> bool:
    """Tell whether a task whose failure is recorded has ended well since."""
    task, index = lenient.at(record, "task_id"), lenient.number(lenient.at(record, "index"))
    name = f"{task} [{index}]" if index is not None and index >= 0 else str(task)
    return states.get(name) in ("success", "skipped")
