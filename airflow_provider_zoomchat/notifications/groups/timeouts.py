"""How long callbacks wait: for each other, and for Airflow's answers."""

from __future__ import annotations

import time
from collections.abc import Callable

from ...hooks.variables import StateTimeoutError, ask
from ...zoom.deadline import Result
from ..event import Event

#: Seconds that all notifiers of one task wait at most: Airflow ends the process of a task 20 s
#: after the task, and other callbacks, listeners and e-mail share these.
#: Source: https://github.com/apache/airflow (`[workers] task_success_overtime`, default 20).
LONGEST_WAIT = 6.0

#: Seconds for which a claim to post or to edit counts; its process may have been killed.
CLAIM = 20.0

#: Seconds for one call: by a task, by the DAG processor, and for the first one there, which starts
#: an API server in its process: 2.5 s on an idle machine.
_CALL_OF_TASK, _CALL_OF_DAG_PROCESSOR, _FIRST_CALL_OF_DAG_PROCESSOR = 5.0, 3.0, 15.0

#: Seconds above which an answer is slow, and of slow answers that a process accepts in all. When
#: many tasks fail at once, an API server takes a second and more for each answer.
_SLOW, _MAX_SLOW_OF_TASK, _MAX_SLOW_OF_DAG_PROCESSOR = 0.5, 10.0, 4.0


class WaitBudget:
    """How long the notifiers of one task may still wait, all of them together."""

    def __init__(self) -> None:
        self._waited: dict[object, float] = {}
        #: Whether Zoom did not answer a callback in the DAG processor, where no others may wait.
        self.zoom_hangs = False

    def take(self, task: object, seconds: float) -> float:
        """Return how many of these seconds may be waited, and count them."""
        waited = self._waited.get(task, 0.0)
        granted = max(0.0, min(seconds, LONGEST_WAIT - waited))
        self._waited = {task: waited + granted}
        return granted


WAIT_BUDGET = WaitBudget()


class Patience:
    """How long the callbacks of one process wait for Airflow's answers.

    A task's process is ended 20 s after the task. The DAG processor calls one callback after the
    other and is killed after 50 s (`[dag_processor] dag_file_processor_timeout`), so what hangs
    there may hang only once.

    :param now: seconds of a clock that only goes on.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._has_answered = False
        self._hangs = False
        self._slow = 0.0

    def ask(
        self, function: Callable[[], Result], *, in_dag_processor: bool, is_write: bool = False
    ) -> Result:
        """Call Airflow, for no longer than it may take.

        :param is_write: whether others rely on it, so that it is done after many slow answers too:
            a claim that is never taken back holds up the whole group.
        :raises StateError: the call failed or timed out, or earlier ones have used up the time.
        """
        longest = _MAX_SLOW_OF_DAG_PROCESSOR if in_dag_processor else _MAX_SLOW_OF_TASK
        if self._hangs or (self._slow > longest and not is_write):
            raise StateTimeoutError("earlier questions had no answer in time")
        is_first = in_dag_processor and not self._has_answered
        seconds = _CALL_OF_DAG_PROCESSOR if in_dag_processor else _CALL_OF_TASK
        began = self._now()
        try:
            result = ask(function, _FIRST_CALL_OF_DAG_PROCESSOR if is_first else seconds)
        except StateTimeoutError:
            self._hangs = in_dag_processor
            raise
        took = self._now() - began
        self._slow += took if took > _SLOW and not is_first else 0.0
        self._has_answered = True
        return result


PATIENCE = Patience()


def task_key(event: Event) -> tuple[str | None, ...]:
    """Return what tells a task of a run from all others."""
    return event.dag_id, event.run_id, event.task_id, event.map_index


def settle(write: float) -> float:
    """Return the seconds to wait until what others have written at the same moment can be read.

    :param write: the seconds that writing one took here.
    """
    return min(max(0.4, 3 * write), 4.0)
