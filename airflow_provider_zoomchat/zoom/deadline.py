"""A point in time by which everything is over, and calls that are waited for no longer."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable
from concurrent.futures import (
    Future,
    ThreadPoolExecutor,
    TimeoutError,  # in Python 3.10 it is no built-in one
)
from typing import Any, TypeVar

from .errors import UnreachableError

Result = TypeVar("Result")

#: Seconds that the budget may be overrun by what ends by itself when its time is over.
GRACE = 0.5


class Deadline:
    """A point in time, some seconds from when this was made."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._ends = time.monotonic() + seconds

    @property
    def remaining(self) -> float:
        """The seconds that are left, negative behind the deadline."""
        return self._ends - time.monotonic()

    def check(self) -> None:
        """Go on only if there is time left.

        :raises UnreachableError: there is none. Avoids sending after a failure was reported.
        """
        if self.remaining <= 0:
            raise self.passed()

    def sleep(self, seconds: float) -> None:
        """Wait, at most until the deadline."""
        time.sleep(max(0.0, min(seconds, self.remaining)))

    def passed(self) -> UnreachableError:
        """Return the error for what did not end in time."""
        return UnreachableError(
            f"Could not send it within {self.seconds:g} s (time_budget): a template, a question to "
            "Airflow, a secrets backend or the name server took longer."
        )


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
        threading.Thread(target=run, name="zoomchat", daemon=True).start()
        return future
