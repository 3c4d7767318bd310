"""Time: nothing that an alert does takes longer than its budget."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from ..zoom.errors import UnreachableError

Result = TypeVar("Result")

#: Alerts that are on their way at once from one event loop; the next ones wait.
_MOST_AT_ONCE = 16

#: Seconds that the budget may be overrun by what ends by itself when its time is over.
GRACE = 0.5


class Deadline:
    """A point in time, some seconds from when this was made."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._ends = time.monotonic() + seconds

    @property
    def remaining(self) -> float:
        """The seconds that are left; never quite none, since none is no time for anything."""
        return max(0.01, self._ends - time.monotonic())

    def passed(self) -> UnreachableError:
        """Return the error for what did not end in time."""
        return UnreachableError(
            f"Could not send it within {self.seconds:g} s (time_budget): something on the way does "
            "not answer, such as a secrets backend or the name server."
        )


def within(deadline: Deadline, function: Callable[[], Result]) -> Result:
    """Return what a function returns, waiting for it no longer than until the deadline.

    Python cannot end a call into a library that hangs, so the call has a thread of its own, which
    is left to itself then and does not keep the process alive.

    :raises UnreachableError: it took too long.
    """
    results: list[Result] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(function())
        except BaseException as error:  # handed to the caller
            errors.append(error)

    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(run,), name="zoomchat-alert", daemon=True)
    thread.start()
    thread.join(deadline.remaining + GRACE)
    if errors:
        raise errors[0]
    if not results:
        raise deadline.passed()
    return results[0]


@cache
def threads() -> ThreadPoolExecutor:
    """Return the threads in which awaited alerts are sent; other users of the loop have theirs."""
    return ThreadPoolExecutor(_MOST_AT_ONCE, thread_name_prefix="zoomchat-alert")
