"""Time: nothing that an alert does in Zoom takes longer than its budget."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TimeoutError
from typing import Any, TypeVar

from ..zoom.deadline import Deadline

Result = TypeVar("Result")

#: Seconds that all notifiers of one task wait at most: Airflow ends the process of a task 20 s
#: after the task, and other callbacks, listeners and e-mail share these.
#: Source: https://github.com/apache/airflow (`[workers] task_success_overtime`, default 20).
LONGEST_WAIT = 6.0

#: Seconds that the budget may be overrun by what ends by itself when its time is over.
GRACE = 0.5


def within(deadline: Deadline, function: Callable[[], Result]) -> Result:
    """Return what a function returns, waiting for it no longer than until the deadline.

    Python cannot end a call into a library that hangs, so the call has a thread of its own, which
    is left to itself then and does not keep the process alive.

    :raises UnreachableError: it took too long.
    """
    context = contextvars.copy_context()
    future = Threads().submit(context.run, function)
    try:
        result: Result = future.result(max(0.0, deadline.remaining) + GRACE)
    except TimeoutError:  # of the future, or of the function itself
        raise deadline.passed() from None
    return result


class Threads(ThreadPoolExecutor):
    """Runs each call in a daemon thread of its own, for which nothing waits at exit."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call a function in a thread of its own."""
        future: Future[Any] = Future()

        def run() -> None:
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:  # handed to whoever waits
                future.set_exception(error)
            else:
                future.set_result(result)

        future.set_running_or_notify_cancel()
        threading.Thread(target=run, name="zoomchat-alert", daemon=True).start()
        return future


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
