"""What stands in for things that only a real run has: earlier messages, files, places, rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .unknown import marked

if TYPE_CHECKING:
    from ..hooks.zoom import ZoomHook

#: Arguments that say where a message goes or who sends it, and what they are without.
PLACES = ("to_channel", "to_contact", "to_jid", "user_id", "user_jid", "visible_to_user", "mention")

#: Arguments that name a message which is there already.
_MESSAGES = ("message_id", "reply_main_message_id", "reply_to")

#: What an earlier message says that the preview knows nothing of.
EARLIER = "(an earlier message)"

#: Rows of a query that is not run.
ROWS = 3


def places(given: Any) -> list[str]:
    """Leave out of an operator's or a notifier's arguments the places that are not known.

    :return: a note for each.
    """
    notes = []
    for name in PLACES:
        value = getattr(given, name, None)
        found = marked(value) or [m for each in _each(value) for m in marked(each)]
        if found:
            setattr(given, name, None)
            notes.append(f"{name}, {found[0]}, is left out here.")
    if marked(getattr(given, "is_markdown_support", None)):
        given.is_markdown_support = None
    return notes


def messages(task: Any, hook: ZoomHook, known: Iterable[str]) -> list[str]:
    """Post a stand-in for a message that a task edits, deletes or answers.

    :param known: the ids of the messages that are there.
    :return: a note for each.
    """
    notes = []
    ids = set(known)
    for name in _MESSAGES:
        value = getattr(task, name, None)
        if not isinstance(value, str) or value.strip() in ("", "None") or value.strip() in ids:
            continue
        if task.app_type == "chatbot":
            posted = hook.send_chatbot_message(
                message=EARLIER, to_jid=task.to_jid, user_jid=task.user_jid
            )
        else:
            posted = hook.send_message(
                message=EARLIER,
                to_channel=task.to_channel,
                to_contact=task.to_contact,
                user_id=task.user_id,
            )
        setattr(task, name, posted)
        notes.append(f"{name}, {value[:60]}, is that of a stand-in: {EARLIER}.")
    return notes


def files(task: Any) -> list[str]:
    """Put stand-ins in place of files that are not there, and leave out ids that nobody knows.

    :return: a note for each.
    """
    notes = []
    given = getattr(task, "files", None)
    if isinstance(given, (str, Path)):
        given = [given]
    if isinstance(given, Sequence):
        found = []
        for file in given:
            name, content = file if _is_pair(file) else (None, file)
            if isinstance(content, (str, Path)) and not Path(content).is_file():
                name = name or Path(content).name
                notes.append(f"The file {content} is not there: a stand-in is shown.")
                file = (str(name), b"(stand-in)\n")
            found.append(file)
        task.files = found
    if getattr(task, "file_ids", None):
        task.file_ids = None
        notes.append("file_ids are left out: only a real run has uploaded them.")
    return notes


class SampleDatabase:
    """The hook of a database that is not asked: its rows are made up.

    :param sql: the query, or several.
    """

    def __init__(self, sql: object) -> None:
        statements = list(sql) if isinstance(sql, (list, tuple)) else [sql]
        self.columns = columns(str(statements[-1]))

    def run(self, sql: object, *, handler: Callable[[Any], Any], **_: Any) -> None:
        """Hand over a cursor with sample rows."""
        handler(_Cursor(self.columns))


class _Cursor:
    """A database's cursor, as far as a report reads it."""

    def __init__(self, names: Sequence[str]) -> None:
        self.description = [(name, None, None, None, None, None, None) for name in names]
        self._rows = [tuple(f"{name} {row}" for name in names) for row in range(1, ROWS + 1)]

    def fetchmany(self, size: int = 1) -> list[tuple[str, ...]]:
        """Return the next rows."""
        rows, self._rows = self._rows[:size], self._rows[size:]
        return rows

    def fetchall(self) -> list[tuple[str, ...]]:
        """Return the rows that are left."""
        return self.fetchmany(ROWS)

    def fetchone(self) -> tuple[str, ...] | None:
        """Return the next row."""
        return next(iter(self.fetchmany()), None)


def columns(sql: str) -> list[str]:
    """Return what a query's columns are called, as far as it is easy to see.

    >>> columns("SELECT region, count(*) AS orders FROM t")
    ['region', 'orders']
    """
    plain = re.sub(r"--[^\n]*|/\*.*?\*/", " ", sql, flags=re.DOTALL)
    while re.search(r"\([^()]*\)", plain):  # what is in parentheses names no column
        plain = re.sub(r"\([^()]*\)", " ", plain)
    found = re.search(r"\bselect\b\s*(?:distinct\b)?(.*?)(?:\bfrom\b|;|$)", plain, re.I | re.S)
    names = []
    for number, part in enumerate((found[1] if found else "").split(","), 1):
        last = re.search(r"[\"`\[]?(\w+)[\"`\]]?\s*$", part)
        names.append(last[1] if last else f"column {number}")
    return names


def _each(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []


def _is_pair(file: Any) -> bool:
    return isinstance(file, (list, tuple)) and len(file) == 2
