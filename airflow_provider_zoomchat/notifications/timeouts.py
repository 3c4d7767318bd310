"""How long the notifiers of one task may wait for each other."""

from __future__ import annotations

from .event import Event

#: Seconds that all notifiers of one task wait at most: Airflow ends the process of a task 20 s
#: after the task, and other callbacks, listeners and e-mail share these.
#: Source: https://github.com/apache/airflow (`[workers] task_success_overtime`, default 20).
LONGEST_WAIT = 6.0


#: Seconds for which a claim to post or to edit counts; its process may have been killed.
CLAIM = 20.0


class Waits:
    """How long the notifiers of one task have waited, all of them together."""

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


WAITS = Waits()


def waiter(event: Event) -> tuple[str | None, ...]:
    """Return what all waiting of one task is counted for."""
    return event.dag_id, event.run_id, event.task_id, event.map_index


def settle(write: float) -> float:
    """Return the seconds after which all claims can be read that were written at one moment.

    :param write: the seconds that writing one took here.
    """
    return min(max(0.4, 3 * write), 2.0)
