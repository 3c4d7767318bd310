"""A point in time by which everything is over."""

from __future__ import annotations

import time

from .errors import UnreachableError


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
