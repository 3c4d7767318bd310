"""How long callbacks wait: for each other, and for Airflow's answers.

Airflow ends the process of a task 20 s after the task, and all callbacks, listeners and e-mail
share these (`[workers] task_success_overtime`, https://github.com/apache/airflow). The DAG
processor calls one callback after the other and is killed after 50 s (`[dag_processor]
dag_file_processor_timeout`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

from ...hooks.variables import StateTimeoutError, ask
from ...zoom.deadline import Result
from ..event import Event

#: Seconds that all notifiers of one task wait at most for others, as for the interval to end.
MAX_WAIT = 6.0

#: Seconds for which a claim to post or to edit counts; its process may have been killed.
CLAIM = 20.0

#: Seconds that others wait for the end of an edit.
EDIT_WAIT = 5

#: Seconds from a task's first question within which it asks, and within which it still asks and
#: writes what others rely on.
_QUESTIONS_OF_TASK, _NEEDED_OF_TASK = 15.0, 19.0

#: Seconds for one call: by a task, by the DAG processor, and for the first one there, which starts
#: an API server in its process: 2.5 s on an idle machine.
_CALL_OF_TASK, _CALL_OF_DAG_PROCESSOR, _FIRST_CALL_OF_DAG_PROCESSOR = 5.0, 3.0, 15.0

#: Seconds after which a call to Zoom that fails counts as one that hangs.
HANGS = 2.0

#: Seconds above which an answer is slow; of slow answers from which on only what must be done is
#: done; and of these that the DAG processor waits for in all. When many tasks fail at once, an API
#: server takes a second and more for each answer.
_SLOW, _IS_SLOW, _MAX_SLOW_OF_DAG_PROCESSOR = 0.5, 3.0, 4.0


class WaitBudget:
    """How long the notifiers of one task may still wait, all of them together, and for whom."""

    def __init__(self) -> None:
        self._waited: dict[object, float] = {}
        #: Connections through which Zoom did not answer a callback in the DAG processor: no other
        #: one of that process may wait for them.
        self.hanging: set[str] = set()

    def take(self, task: object, seconds: float) -> float:
        """Return how many of these seconds may be waited, and count them."""
        waited = self._waited.get(task, 0.0)
        granted = max(0.0, min(seconds, MAX_WAIT - waited))
        self._waited = {task: waited + granted}
        return granted


WAIT_BUDGET = WaitBudget()


class Patience:
    """How long the callbacks of one process wait for Airflow's answers.

    :param now: seconds of a clock that only goes on.
    :param call: calls Airflow for so many seconds at most; see `hooks.variables.ask`.
    """

    def __init__(
        self, now: Callable[[], float] = time.monotonic, call: Callable[..., Any] = ask
    ) -> None:
        self._now = now
        self._call = call
        self._slow = 0.0

    @property
    def is_slow(self) -> bool:
        """Whether Airflow has been so slow that only what must be done is to be done."""
        return self._slow > _IS_SLOW

    def ask(self, question: Callable[[], Result], *, is_needed: bool = False) -> Result:
        """Call Airflow, for no longer than it may take.

        :param is_needed: whether others rely on it, so that it has more time: a claim that is never
            taken back holds up the whole group.
        :raises StateError: the call failed or timed out, or there is no time left for it.
        """
        raise NotImplementedError

    def _ask_for(self, seconds: float, question: Callable[[], Result]) -> Result:
        began = self._now()
        try:
            result: Result = self._call(question, seconds)
        finally:
            took = self._now() - began
            self._slow += took if took > _SLOW else 0.0
        return result


class TaskPatience(Patience):
    """That of the callbacks for one event of a task, counted from when this was made."""

    def __init__(
        self, now: Callable[[], float] = time.monotonic, call: Callable[..., Any] = ask
    ) -> None:
        super().__init__(now, call)
        self._began = now()

    def ask(self, question: Callable[[], Result], *, is_needed: bool = False) -> Result:
        """Call Airflow; see `Patience.ask`."""
        seconds = _NEEDED_OF_TASK if is_needed else _QUESTIONS_OF_TASK
        left = self._began + seconds - self._now()
        if left <= 0:
            raise StateTimeoutError("there is no time left in the task's callback")
        return self._ask_for(min(left, _CALL_OF_TASK), question)


class DagProcessorPatience(Patience):
    """That of all callbacks in one process of the DAG processor: what hangs may hang only once."""

    _has_answered = False
    _hung = 0

    def ask(self, question: Callable[[], Result], *, is_needed: bool = False) -> Result:
        """Call Airflow; see `Patience.ask`. What is needed is asked once more after a hang."""
        is_over = self._hung or self._slow > _MAX_SLOW_OF_DAG_PROCESSOR
        if self._hung > 1 or (is_over and not is_needed):
            raise StateTimeoutError("earlier questions had no answer in time")
        seconds = _CALL_OF_DAG_PROCESSOR if self._has_answered else _FIRST_CALL_OF_DAG_PROCESSOR
        try:
            result = self._ask_for(seconds, question)
        except StateTimeoutError:
            self._hung += 1
            raise
        if not self._has_answered:
            self._has_answered, self._slow = True, 0.0
        return result


@cache
def dag_processor_patience() -> DagProcessorPatience:
    """Return the patience of a process of the DAG processor; all of its callbacks share it."""
    return DagProcessorPatience()


@lru_cache(maxsize=1)
def task_patience(*callback: str | None) -> TaskPatience:
    """Return the patience of a callback; all of its notifiers share it.

    :param callback: what tells it from the one before.
    """
    return TaskPatience()


def task_key(event: Event) -> tuple[str | None, ...]:
    """Return what tells a task of a run from all others."""
    return event.dag_id, event.run_id, event.task_id, event.map_index


def settling_time(write: float) -> float:
    """Return the seconds to wait until what others have written at the same moment can be read.

    :param write: the seconds that writing one took here.
    """
    return min(max(0.4, 3 * write), 3.0)
