"""An exception in words: what it says, what led to it, what was noted on it. Pure.

Nothing is taken for granted: exceptions come from anywhere, and from Airflow some as texts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..zoom import sanitize
from . import lenient

#: Characters of an exception that an event keeps.
MAX_EXCEPTION = 2000

#: Characters of the first line of a cause, of a note, of a member of a group.
_MAX_LINE = 200

#: Causes, notes, and members of a group that are shown.
_MOST_CAUSES, _MOST_NOTES, _MOST_MEMBERS = 3, 3, 3

#: Exceptions of a chain or a group that are looked at.
_MOST_LOOKED_AT = 100


def exception_text(error: Any, mask: sanitize.Mask) -> str | None:
    """Return an exception in the words in which Python prints it; what led to it comes behind.

    ::

        RuntimeError: load failed
        for the shop in Bonn
        Caused by KeyError: 'shop_id'
        While handling TimeoutError: no answer
    """
    if error is None:
        return None
    if type(error).__name__ == "AirflowTaskTimeout":
        # Airflow's own text is a PID.
        return f"{type(error).__name__}: it ran longer than its execution_timeout"
    text = _said(error, MAX_EXCEPTION, mask)
    if not isinstance(error, BaseException):
        return text or None
    lines = [*_notes(error, mask), *_members(error, mask), *_causes(error, mask)]
    # What led to it is short, and often all that helps.
    room = MAX_EXCEPTION - sum(len(line) + 1 for line in lines)
    text = sanitize.cut(text, max(room, MAX_EXCEPTION // 4))
    return sanitize.cut("\n".join((text, *lines)), MAX_EXCEPTION)


def _said(error: Any, limit: int, mask: sanitize.Mask) -> str:
    kind = type(error).__name__ if isinstance(error, BaseException) else ""
    text = sanitize.excerpt(lenient.text(error), limit, mask)
    return ": ".join(part for part in (kind, text) if part)


def _line(error: Any, mask: sanitize.Mask) -> str:
    """Return what an exception says in its first line."""
    said = _said(error, MAX_EXCEPTION, mask).strip()
    return sanitize.cut(said.partition("\n")[0].rstrip(), _MAX_LINE)


def _notes(error: BaseException, mask: sanitize.Mask) -> Iterator[str]:
    """Yield the notes on an exception, which Python has from 3.11 on."""
    for note in lenient.get_list(error, "__notes__")[:_MOST_NOTES]:
        if text := sanitize.excerpt(lenient.text(note), _MAX_LINE, mask):
            yield text


def _causes(error: BaseException, mask: sanitize.Mask) -> Iterator[str]:
    """Yield what led to an exception, the nearest first; of many the last is the root."""
    found: list[tuple[str, BaseException, bool]] = []
    seen = {id(error)}
    while len(seen) < _MOST_LOOKED_AT:
        how, cause = "Caused by", lenient.get(error, "__cause__")
        if cause is None and not lenient.get(error, "__suppress_context__"):
            how, cause = "While handling", lenient.get(error, "__context__")
        if not isinstance(cause, BaseException) or id(cause) in seen:
            break
        # Whoever wraps an error often repeats what it says, as our operators do.
        found.append((how, cause, lenient.text(cause) == lenient.text(error)))
        seen.add(id(cause))
        error = cause
    left_out = len(found) - _MOST_CAUSES
    if left_out > 0:
        found = [*found[: _MOST_CAUSES - 1], found[-1]]
    for index, (how, cause, is_repeated) in enumerate(found):
        if left_out > 0 and index == _MOST_CAUSES - 1:
            yield f"[…{left_out} more…]"
        yield f"{how} {type(cause).__name__ if is_repeated else _line(cause, mask)}"
        yield from _members(cause, mask)


def _members(error: BaseException, mask: sanitize.Mask) -> Iterator[str]:
    """Yield the first members of an exception group, those of groups within it too."""
    members = list(_leaves(error, {id(error)}))
    for member in members[:_MOST_MEMBERS]:
        yield f"- {_line(member, mask)}"
    if len(members) > _MOST_MEMBERS:
        yield f"- and {len(members) - _MOST_MEMBERS} more"


def _leaves(group: BaseException, seen: set[int]) -> Iterator[BaseException]:
    """Yield what a group holds, also one of the package `exceptiongroup` before Python 3.11."""
    for member in lenient.get_list(group, "exceptions"):
        if not isinstance(member, BaseException) or id(member) in seen:
            continue
        seen.add(id(member))
        if len(seen) > _MOST_LOOKED_AT or not lenient.get_list(member, "exceptions"):
            yield member
        else:
            yield from _leaves(member, seen)
