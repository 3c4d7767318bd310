"""What the doctor says: one step for each thing that it looks at."""

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


def ok(name: str, text: str) -> Step:
    """Return a step for what is right."""
    return Step(name, "ok", text)


def failed(name: str, text: object) -> Step:
    """Return a step for what is wrong: a text or an error."""
    return Step(name, "failed", str(text))


def note(name: str, text: str) -> Step:
    """Return a step for what is worth knowing."""
    return Step(name, "note", text)


def skipped(name: str, text: str) -> Step:
    """Return a step for what could not be looked at."""
    return Step(name, "skipped", text)
