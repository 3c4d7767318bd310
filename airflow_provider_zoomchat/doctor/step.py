"""One finding of the doctor, as a plain value."""

from __future__ import annotations

from typing import Literal, NamedTuple

Outcome = Literal["ok", "failed", "note", "skipped"]


class Step(NamedTuple):
    """What was looked at, what came of it, and what was found.

    :param outcome: ``note`` is worth knowing and no failure; ``skipped`` could not be looked at.
    :param text: one line, without secrets; of a failure, with what to do about it.
    """

    name: str
    outcome: Outcome
    text: str
