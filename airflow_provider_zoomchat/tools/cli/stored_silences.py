"""The silences in Airflow's database: read, and changed without losing another command's change."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..output import quietly
from .terminal import CommandError

if TYPE_CHECKING:
    from ...notifications.silences import Silence

#: How often the Variable is written at most, and the seconds until it is read back: whoever has
#: read it before has written it by then.
_TRIES, _SETTLE = 6, 0.3

#: Characters of an error that is passed on.
_MAX_REASON = 250


def stored() -> tuple[Silence, ...]:
    """Return the silences that are set, those that have ended too.

    :raises CommandError: there is no database, or they cannot be understood.
    """
    from ... import _compat
    from ...notifications.silences import KEY, SilencesError, decode

    try:
        with quietly():
            text = _compat.stored_variable(KEY)
    except Exception as error:  # SQLAlchemy's, its driver's, or Airflow's
        raise CommandError(
            f"could not read Variable {KEY} in Airflow's database ({_reason(error)}). Run this "
            "on a machine that reaches it, or set the Variable by hand: zoomchat silence --print "
            "shows it."
        ) from None
    try:
        return decode(text)
    except SilencesError as error:
        raise CommandError(str(error)) from None


def _write(silences: tuple[Silence, ...]) -> None:
    from ... import _compat
    from ...notifications.silences import DESCRIPTION, KEY, encode

    with quietly():
        _compat.variables().set(KEY, encode(silences), DESCRIPTION)


def change(
    wanted: Callable[[tuple[Silence, ...]], tuple[Silence, ...]],
    *,
    read: Callable[[], tuple[Silence, ...]] = stored,
    write: Callable[[tuple[Silence, ...]], None] = _write,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Change the silences, and forget those that have ended.

    Airflow's Variables have no atomic change: of two commands that write at the same moment, one
    may overwrite what the other has written. So it is read back, and written again if it is gone.

    :param wanted: returns what there should be, from what there is.
    :raises CommandError: they could not be read or written.
    """
    from ...notifications.silences import KEY, active

    problem = (
        f"What is written is not what is read: is it set in the environment (AIRFLOW_VAR_"
        f"{KEY.upper()}) or in a secrets backend as well? Then change it there."
    )
    for tries in range(_TRIES + 1):
        known = active(read(), time.time())
        new = wanted(known)
        if new == known:
            return
        if tries < _TRIES:
            try:
                write(new)
            except Exception as error:  # another command may write at this very moment
                problem = f"{_reason(error)}."
            sleep(_SETTLE * (1 + random.random()))
    raise CommandError(f"could not write Variable {KEY}. {problem}")


def _reason(error: Exception) -> str:
    """Return the first line of an error, whose others are SQL."""
    from ...zoom import masking, sanitize

    words = masking.without_passwords(str(error).partition("\n")[0])
    return sanitize.one_line(f"{type(error).__name__}: {words}")[:_MAX_REASON]
