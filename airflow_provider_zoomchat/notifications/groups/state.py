"""What the processes of an Airflow know together of an alert: its Variables and XComs.

Each task is a process of its own, so whatever they share is in Airflow's database. Three places are
used (tried on Airflow 2.11 to 3.3):

- A task's own XCom: one writer, gone when the task runs again. There it records its failure.
- A Variable for a group of alerts, its *head*: which message shows the group, and who edits it
  next. Variables are all that the DAG processor may write.
- A Variable for all silences, which alerts only read.

How processes agree without a compare-and-set is in `hooks/variables.py` and `head.py`, how long a
call may take in `timeouts.py`.
Where a call fails or hangs, `StateError` is raised, and an alert goes out on its own.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

from ..._compat import (
    AIRFLOW,
    DAG_PROCESSOR_READS_XCOMS,
    has_supervisor,
    is_in_test,
    is_task_of_database,
    variables,
    xcoms_of_run,
)
from ...hooks.variables import StateError, StateTimeoutError
from ...zoom.deadline import Deadline, Result
from .. import lenient, silences
from ..event import LOST, Event, unindexed
from .group import decode, encode
from .timeouts import PATIENCES, Patience

log = logging.getLogger(__name__)

#: States of a task that may have recorded a failure, the surest first: in its own callback it is
#: running still.
_MAY_HAVE_FAILED = ("failed", "up_for_retry", "restarting", "running")

#: States of a task that has ended well.
_ENDED_WELL = ("success", "skipped")

#: Tasks whose XComs are asked for at once: Airflow 3 makes a call for each. Seconds for all.
_TASKS_AT_ONCE, _RECORDS = 50 if AIRFLOW < (3, 0) else 1, 4.0

#: What Airflow's page says of each Variable.
_DESCRIPTION = "Which message in Zoom shows some alerts. Kept by airflow-provider-zoomchat."


class State(Protocol):
    """What a group of alerts needs of Airflow."""

    def read(self, key: str, *, is_needed: bool = False) -> dict[str, Any] | None:
        """Return the JSON object in a Variable; None if there is none, or garbage.

        :param is_needed: whether others rely on it, see `timeouts.Patience.ask`.
        """

    def write(self, key: str, value: Mapping[str, Any]) -> None:
        """Replace the JSON object in a Variable."""

    def delete(self, key: str) -> None:
        """Remove a Variable."""

    def record(self, key: str, value: Mapping[str, Any]) -> None:
        """Record the failure of this task; replaces an earlier one of the same task and key."""

    def records(self, key: str) -> list[Any]:
        """Return the failures of the run that are recorded under a key, in no order."""

    def has_all_records(self) -> bool:
        """Tell whether there was time to read all of them."""

    def is_slow(self) -> bool:
        """Tell whether answers take so long that only what must be done is to be done."""

    def total(self) -> int:
        """Return how many tasks the run had when the records were read; 0 if that is not known."""

    def failed(self) -> Sequence[str]:
        """Return the tasks that had failed for good by then, as `event.indexed` calls them."""

    def ended_well(self) -> Sequence[str]:
        """Return the tasks that had succeeded or were skipped by then."""


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
        patience: Patience | None = None,
    ) -> None:
        self._context = context
        self._event = event
        self._ti = lenient.task_instance(context)
        self._patience = patience or PATIENCES.of(event, in_dag_processor=in_dag_processor)
        self._has_all_records = True
        self._states: Mapping[str, str] = {}
        self._silences: tuple[silences.Silence, ...] = ()
        self.in_dag_processor = in_dag_processor
        #: Whether every call so far was answered in time.
        self.answers = True

    @classmethod
    def of(cls, context: Mapping[str, Any], event: Event) -> AirflowState | None:
        """Return the state for a callback; None where there is none, as in a unit test."""
        ti = lenient.task_instance(context)
        if AIRFLOW < (3, 0):
            is_there = is_task_of_database(ti) or event.name == "sla_missed"
        else:
            is_there = has_supervisor() or (event.kind.ends_run and ti is not None)
        if not is_there:
            return None
        # Under `dag.test()` of Airflow 3.0 a task's callback looks like that of a killed one.
        may_be = event.kind.ends_run or event.exception == LOST
        return cls(context, event, in_dag_processor=may_be and not is_in_test(ti))

    def variable(self, key: str, *, is_needed: bool = False) -> str | None:
        """Return the text of a Variable; None if there is none."""
        found: str | None = self._ask(lambda: variables().get(key, None), is_needed=is_needed)
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
        """Tell whether the failure of another task of the run is silenced.

        Needs a call of `silence` before it; without one, False.
        """
        event = replace(self._event, name="task_failed", task_id=task_id)
        return silences.silence_of(event, self._silences) is not None

    def read(self, key: str, *, is_needed: bool = False) -> dict[str, Any] | None:
        """Return the JSON object in a Variable; None if there is none, or garbage."""
        return decode(self.variable(key, is_needed=is_needed))

    def write(self, key: str, value: Mapping[str, Any]) -> None:
        """Replace the JSON object in a Variable."""
        self._ask(lambda: variables().set(key, encode(value), _DESCRIPTION), is_needed=True)

    def delete(self, key: str) -> None:
        """Remove a Variable."""
        self._ask(lambda: variables().delete(key), is_needed=True)

    def record(self, key: str, value: Mapping[str, Any]) -> None:
        """Record the failure of this task; replaces an earlier one of the same task and key."""
        self._ask(lambda: self._ti.xcom_push(key=key, value=dict(value)), is_needed=True)

    def records(self, key: str) -> list[Any]:
        """Return the failures of the run that are recorded under a key, in no order."""
        if self.in_dag_processor and not DAG_PROCESSOR_READS_XCOMS:
            raise StateError("the DAG processor of Airflow 3.0 cannot ask for XComs")
        from ..airflow_lookups import task_states

        asked, in_task = (self._event, self._context), not self.in_dag_processor
        # Only who shows them for others reads records, and with the states come all names.
        states = self._ask(lambda: dict(task_states(*asked, in_task=in_task)), is_needed=True)
        self._states = states
        names = [name for name, state in states.items() if state in _MAY_HAVE_FAILED]
        names.sort(key=lambda name: _MAY_HAVE_FAILED.index(states[name]))
        tasks = list(dict.fromkeys(unindexed(name)[0] for name in names))
        found: list[Any] = []
        deadline = Deadline(_RECORDS)
        self._has_all_records = False
        for start in range(0, len(tasks), _TASKS_AT_ONCE):
            if deadline.remaining < 0:
                return found
            some = tasks[start : start + _TASKS_AT_ONCE]
            try:
                found += self._ask(partial(xcoms_of_run, self._ti, some, key))
            except StateTimeoutError:
                return found
        self._has_all_records = True
        return found

    def has_all_records(self) -> bool:
        """Tell whether there was time to read all of them; those of running tasks come last."""
        return self._has_all_records

    def is_slow(self) -> bool:
        """Tell whether answers take so long that only what must be done is to be done."""
        return self._patience.is_slow

    def total(self) -> int:
        """Return how many tasks the run had when the records were read; 0 if that is not known."""
        return len(self._states)

    def failed(self) -> Sequence[str]:
        """Return the tasks that had failed for good by then, as `event.indexed` calls them."""
        return [name for name, state in self._states.items() if state == "failed"]

    def ended_well(self) -> Sequence[str]:
        """Return the tasks that had succeeded or were skipped by then."""
        return [name for name, state in self._states.items() if state in _ENDED_WELL]

    def _ask(self, question: Callable[[], Result], *, is_needed: bool = False) -> Result:
        try:
            return self._patience.ask(question, is_needed=is_needed)
        except StateTimeoutError:
            self.answers = False
            raise
