"""Airflow's Variables: the one thing that all processes of a deployment may read and write.

Airflow has no compare-and-set. Who wants to be the only one to do something writes a claim, waits
until whoever wrote at the same moment has written too, and reads back whose claim it is.

Every call may fail or hang, as a secrets backend may that is asked for each Variable. Two writes at
once may raise (Airflow 2.11 and 3.0).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from .. import _compat
from ..zoom import sanitize
from ..zoom.deadline import Deadline, Result, within
from ..zoom.errors import UnreachableError

# Defined in zoom, which may not import this; everybody else takes it from here.
from ..zoom.shared_token import StateError as StateError

#: The start of the names of all Variables of this provider.
PREFIX = "zoomchat_"

#: Seconds for one call, and for one without which nothing goes on. Those for importing Airflow.
SECONDS, PATIENT, _IMPORT = 3.0, 10.0, 30.0

#: Characters of Airflow's own words in an error.
_MAX_WORDS = 200


def hashed(parts: Sequence[Any]) -> str:
    """Return a short text that is the same for the same JSON values, for the name of a Variable."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


class StateTimeoutError(StateError):
    """Airflow gave no answer in time."""


def ask(function: Callable[[], Result], seconds: float = SECONDS) -> Result:
    """Call Airflow, for no longer than it may take.

    In Airflow 3.0 and 3.1 only one thread may ask, so there a call cannot be cut short.

    :raises StateError: it failed, or took too long.
    """
    try:
        return within(Deadline(seconds), function) if _compat.THREADS_MAY_ASK else function()
    except UnreachableError:
        raise StateTimeoutError(f"no answer within {seconds:g} s") from None
    except Exception as error:
        raise StateError(f"{type(error).__name__}: {_words(error)}") from error


def _words(error: Exception) -> str:
    """Return what an error says, without the query that SQLAlchemy puts around a driver's words."""
    words = ""
    with suppress(Exception):  # its own __str__ is at fault, and that is somebody else's
        words = sanitize.one_line(str(getattr(error, "orig", None) or error))
    return words[:_MAX_WORDS]


def make_ready() -> None:
    """Import Airflow and open its database, which takes seconds.

    :raises StateError: Variables cannot be read.
    """
    variable = ask(_compat.variables, _IMPORT)
    ask(lambda: variable.get(PREFIX, None), PATIENT)


def retried(question: Callable[[], Result]) -> Result:
    """Ask Airflow up to three times, unless it does not answer at all."""
    for _ in range(2):
        try:
            return question()
        except StateTimeoutError:
            raise
        except StateError:
            continue
    return question()


class SharedVariables:
    """Variables that processes share; see `zoom.shared_token.Store`.

    :param description: what Airflow's page says of each.
    :param seconds: for one call.
    """

    def __init__(self, description: str, seconds: float = SECONDS) -> None:
        self._description = description
        self._seconds = seconds

    @property
    def is_outdated(self) -> bool:
        """Whether what is read may be what was there minutes ago."""
        return _compat.variables_are_cached()

    def read(self, name: str) -> str | None:
        """Return the text of a Variable; None if there is none."""
        text = self._ask(lambda variable: variable.get(name, None))
        return text if isinstance(text, str) else None

    def write(self, name: str, text: str) -> None:
        """Replace the text of a Variable."""
        self._ask(lambda variable: variable.set(name, text, self._description))

    def delete(self, name: str) -> None:
        """Remove a Variable."""
        self._ask(lambda variable: variable.delete(name))

    def _ask(self, function: Callable[[Any], Result]) -> Result:
        if not _compat.this_thread_may_ask():
            raise StateError("Airflow 3.0 and 3.1 answer the main thread alone")
        if not _compat.shares_variables(in_dag_processor=False):
            raise StateError("with [core] multi_team each team has Variables of its own")
        # Imports what a command has not imported yet, which takes seconds.
        variable = ask(_compat.variables, _IMPORT)
        return retried(lambda: ask(lambda: function(variable), self._seconds))
