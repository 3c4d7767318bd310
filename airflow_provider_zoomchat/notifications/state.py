"""What the processes of an Airflow know together of an alert: its Variables and XComs.

Each task is a process of its own, so whatever they share is in Airflow's database. Three places are
used (tried on Airflow 2.11 to 3.3):

- A task's own XCom: one writer, gone when the task runs again. There it records its failure.
- A Variable for a group of alerts, its *head*: which message shows the group, and who edits it
  next. Variables are all that the DAG processor may write.
- A Variable for all silences, which alerts only read.

Airflow has no compare-and-set. Who wants to be the only one to do something writes a claim, waits
until whoever wrote at the same moment has written too, and reads back whose claim it is.

Every call may fail or hang, as a secrets backend may that is asked for each Variable. Then
`StateError` is raised, and an alert goes out on its own.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from .._compat import AIRFLOW, has_supervisor, is_in_test, is_task_of_database, variables
from ..hooks.variables import StateError, StateTimeoutError, ask
from ..zoom.deadline import Result
from . import lenient, silences
from .event import LOST, Event, indexed
from .failures import read_record
from .head import decode, encode

log = logging.getLogger(__name__)

#: The key of the XCom in which a task records its failure.
RECORD = "zoomchat_failure"

#: Seconds for one call, and for the first one in the DAG processor, which starts an API server in
#: its process for it: 2.5 s on an idle machine.
_CALL, _FIRST_CALL_IN_DAG_PROCESSOR = 3.0, 15.0

#: States of a task of which no failure is to be told.
_NOT_FAILED = ("", "none", "success", "skipped", "upstream_failed", "removed")

#: What Airflow's page says of each Variable.
_DESCRIPTION = "Which message in Zoom shows some alerts. Kept by airflow-provider-zoomchat."


class Patience:
    """How long the callbacks of one process wait for Airflow's answers.

    The DAG processor calls one callback after the other and is killed after 50 s
    (`[dag_processor] dag_file_processor_timeout`), so what hangs may hang only once.
    """

    def __init__(self) -> None:
        self._has_answered = False
        self._hangs = False

    def ask(self, function: Callable[[], Result], *, in_dag_processor: bool) -> Result:
        """Call Airflow, for no longer than it may take.

        :raises StateError: it failed, or took too long, or an earlier one has.
        """
        if self._hangs:
            raise StateTimeoutError("an earlier question had no answer")
        is_slow = in_dag_processor and not self._has_answered
        try:
            result = ask(function, _FIRST_CALL_IN_DAG_PROCESSOR if is_slow else _CALL)
        except StateTimeoutError:
            self._hangs = in_dag_processor
            raise
        self._has_answered = True
        return result


PATIENCE = Patience()


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

    def failed(self) -> Sequence[str]:
        """Return the tasks that had failed for good by then, as `event.indexed` calls them."""


class AirflowState:
    """The state as Airflow keeps it, for one callback.

    :param context: that of the callback.
    :param in_dag_processor: whether it is called there, not in a task's process.
    """

    def __init__(
        self,
        context: Mapping[str, Any],
        event: Event,
        *,
        in_dag_processor: bool,
        patience: Patience = PATIENCE,
    ) -> None:
        self._context = context
        self._event = event
        self._ti = lenient.first_there(context, "task_instance", "ti")
        self._patience = patience
        self._states: Mapping[str, str] = {}
        self._silences: tuple[silences.Silence, ...] = ()
        self.in_dag_processor = in_dag_processor
        #: Whether every call so far was answered in time.
        self.answers = True

    @classmethod
    def of(cls, context: Mapping[str, Any], event: Event) -> AirflowState | None:
        """Return the state for a callback; None in a test that calls a notifier itself."""
        ti = lenient.first_there(context, "task_instance", "ti")
        if AIRFLOW < (3, 0):
            is_there = is_task_of_database(ti) or event.name == "sla_missed"
        else:
            is_there = has_supervisor() or (event.name.startswith("dag_") and ti is not None)
        if not is_there:
            return None
        # Under `dag.test()` of Airflow 3.0 a task's callback looks like that of a killed one.
        may_be = event.name.startswith("dag_") or event.exception == LOST
        return cls(context, event, in_dag_processor=may_be and not is_in_test(ti))

    def variable(self, key: str) -> str | None:
        """Return the text of a Variable; None if there is none."""
        found: str | None = self._ask(lambda: variables().get(key, None))
        return found

    def silence(self, now: Callable[[], float] = time.time) -> silences.Silence | None:
        """Return the silence that the alert falls under; None if it is to go out.

        :param now: seconds since 1970.
        """
        try:
            found = silences.decode(self.variable(silences.KEY))
            self._silences = silences.active(found, now())
            return silences.silence_of(self._event, self._silences)
        except Exception as error:  # whatever it is, it is no reason to hold an alert back
            log.warning("Silences cannot be read, so this alert goes out. %s", error)
        return None

    def silences_task(self, task_id: str) -> bool:
        """Tell whether the failure of another task of the run is silenced, once `silence` is."""
        event = replace(self._event, name="task_failed", task_id=task_id)
        return silences.silence_of(event, self._silences) is not None

    def head(self, key: str) -> dict[str, Any] | None:
        """Return what is known of a group; None if there is nothing, or nothing that is read."""
        return decode(self.variable(key))

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
        if self.in_dag_processor and AIRFLOW == (3, 0):
            raise StateError("the DAG processor of Airflow 3.0 cannot ask for XComs")
        from .airflow_lookups import task_states

        asked, in_task = (self._event, self._context), not self.in_dag_processor
        states = self._ask(lambda: dict(task_states(*asked, in_task=in_task)))
        self._states = states
        tasks = sorted(
            {name.partition(" [")[0] for name, state in states.items() if state not in _NOT_FAILED}
        )
        if not tasks:
            return []
        found = self._ask(lambda: self._ti.xcom_pull(task_ids=tasks, key=RECORD))
        return [one for one in found or [] if one is not None and not _is_over(one, states)]

    def total(self) -> int:
        """Return how many tasks the run had when the records were read; 0 if that is not known."""
        return len(self._states)

    def failed(self) -> Sequence[str]:
        """Return the tasks that had failed for good by then, as `event.indexed` calls them."""
        return [name for name, state in self._states.items() if state == "failed"]

    def _ask(self, function: Callable[[], Result]) -> Result:
        try:
            return self._patience.ask(function, in_dag_processor=self.in_dag_processor)
        except StateTimeoutError:
            self.answers = False
            raise


def _is_over(record: object, states: Mapping[str, str]) -> bool:
    """Tell whether a task whose failure is recorded has ended well since."""
    failure = read_record(record)
    return failure is not None and states.get(indexed(*failure.key)) in ("success", "skipped")
