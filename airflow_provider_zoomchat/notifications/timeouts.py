"""How long the notifiers of one task may wait for each other."""

from __future__ import annotations

#: Seconds that all notifiers of one task wait at most: Airflow ends the process of a task 20 s
#: after the task, and other callbacks, listeners and e-mail share these.
#: Source: https://github.com/apache/airflow (`[workers] task_success_overtime`, default 20).
LONGEST_WAIT = 6.0


class Waits:
    """How long the notifiers of one task have waited, all of them together."""

    def __init__(self) -> None:
        self._waited: dict[object, float] = {}

    def take(self, task: object, seconds: float) -> float:
        """Return how many of these seconds may be waited, and count them."""
        waited = self._waited.get(task, 0.0)
        granted = max(0.0, min(seconds, LONGEST_WAIT - waited))
        self._waited = {task: waited + granted}
        return granted


WAITS = Waits()


def settle(write: float) -> float:
    """Return the seconds after which all claims can be read that were written at one moment.

    :param write: the seconds that writing one took here.
    """
    return min(max(0.4, 3 * write), 2.0)
