"""What stands in for things that only a real run has: messages, files, values in cards, rows."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from ...hooks.app_types import SENDERS, TARGETS, THREADS
from ...hooks.zoom import ZoomHook
from ...zoom import validation
from ...zoom.addresses import may_be_channel_id
from ...zoom.cards.check import check_card
from ...zoom.errors import ConfigError
from .placeholders import marked

#: Arguments without which a message is shown all the same: its place, its sender, lists of dicts.
_LEFT_OUT = [*TARGETS, *SENDERS, "visible_to_user", "mention"]
_LEFT_OUT += ["at_items", "rich_text", "zoom_markdown"]

#: What an earlier message says that the preview knows nothing of.
EARLIER = "(an earlier message)"

#: Where the place of a card's fault stands in the words for it.
_PLACE_IN_CARD = re.compile(r"content((?:\.\w+|\[\d+\])+): ")


def replace_unknown(
    arguments: dict[str, Any], notes: list[str], id_of: Callable[[str], str]
) -> None:
    """Put in place, or leave out, what a real run looks up or only it knows.

    :param arguments: rendered ones, with the connection and the target.
    :param notes: gets one for each.
    :param id_of: returns an id for the name of a channel.
    """
    if marked(arguments["zoom_conn_id"]):
        arguments["zoom_conn_id"] = "zoom_preview"
    for name in _LEFT_OUT:
        if found := marked(str(arguments.get(name))):
            arguments[name] = None
            notes.append(f"{name}, {found[0]}, is left out here.")
    for name in ("to_channel", "to_jid"):
        value = arguments.get(name)
        if value and isinstance(value, str) and "@" not in value and not may_be_channel_id(value):
            arguments[name] = id_of(value)


def replace_files(task: Any, notes: list[str]) -> None:
    """Put stand-ins in place of files that are not there, with a note for each."""
    given = getattr(task, "files", None)
    if isinstance(given, (str, Path)):
        given = [given]
    if isinstance(given, Sequence):
        task.files = list(given)
        for place, file in enumerate(given):
            is_pair = isinstance(file, (list, tuple)) and len(file) == 2
            name, content = file if is_pair else (None, file)
            if isinstance(content, (str, Path)) and not Path(content).is_file():
                notes.append(f"The file {content} is not there: a stand-in is shown.")
                task.files[place] = (str(name or Path(content).name), b"(stand-in)\n")
    if getattr(task, "file_ids", None):
        task.file_ids = None
        notes.append("file_ids are left out: only a real run has uploaded them.")


def mend_card(task: Any, notes: list[str]) -> bool:
    """Leave out of a card what its rules would refuse for a placeholder's sake alone.

    A web address only gets a beginning; of what is left out, there is a note.

    :return: whether a card is left that can be shown.
    """
    is_whole = True
    content = getattr(task, "content", None)
    try:
        if marked(content):
            task.content = content = validation.card(content)
    except ConfigError:
        return False
    # With what filters gave in it, a card is kept beside the one that people see.
    cards = [each for each in (content, task._card) if isinstance(each, dict)]
    while cards:
        try:
            check_card(cards[0], zoom_markdown=getattr(task, "zoom_markdown", None))
            break
        except ConfigError as error:
            found = _PLACE_IN_CARD.match(str(error))
            place = found[1] if found else ""
            value: Any = None
            with suppress(LookupError, TypeError):  # the card itself, or what it lacks
                part, key = _part(cards[0], place)
                value = part[key]
            if not marked(value):
                return is_whole
            is_address = "web address" in str(error) and not value.startswith("https://")
            for card in cards:
                part, key = _part(card, place)
                if is_address:
                    part[key] = f"https://{value}"
                else:
                    del part[key]
            if not is_address:
                is_whole = False
                notes.append(f"content{place}, {marked(value)[0]}, is left out here.")
    return True


def _part(card: Any, place: str) -> tuple[Any, str | int]:
    """Return the part of a card in which a place such as ``.body[0].text`` is, and its key."""
    found = re.findall(r"\.(\w+)|\[(\d+)\]", place)
    keys = [int(index) if index else name for name, index in found]
    for key in keys[:-1]:
        card = card[key]
    return card, keys[-1]


def post_earlier(task: Any, notes: list[str], hook: ZoomHook, known: set[str]) -> None:
    """Post a stand-in for a message that a task edits, deletes or answers, with a note for each.

    :param known: the ids of the messages that are there.
    """
    given = (*task.api.targets, task.api.sender)
    place = {name: getattr(task, name) for name in given if name and hasattr(task, name)}
    for name in ("message_id", *THREADS):
        value = getattr(task, name, None)
        if not isinstance(value, str) or value.strip() in ("", "None", *known):
            continue
        posted = getattr(hook, task.api.methods["send"])(message=EARLIER, **place)
        # With its place, as a real run finds it.
        known_place = {name: value for name, value in place.items() if name != "user_jid"}
        setattr(task, name, hook.describe(posted, **known_place))
        notes.append(f"{name}, {value[:60]}, is that of a stand-in: {EARLIER}.")


class SampleDatabase:
    """The hook of a database that is not asked: its rows are made up.

    :param sql: the query, or several.
    """

    def __init__(self, sql: object) -> None:
        statements = list(sql) if isinstance(sql, (list, tuple)) else [sql]
        self._columns = _columns(str(statements[-1]))

    def run(self, sql: object, *, handler: Callable[[Any], Any], **_: Any) -> None:
        """Hand over a cursor with three sample rows."""
        row = "SELECT " + ", ".join(f'? AS "{name}"' for name in self._columns)
        values = [f"{name} {number}" for number in (1, 2, 3) for name in self._columns]
        with closing(sqlite3.connect(":memory:")) as database:
            handler(database.execute(" UNION ALL ".join([row] * 3), values))


def _columns(sql: str) -> list[str]:
    """Return what a query's columns are called, where it says so simply; the others have numbers.

    >>> _columns("WITH x AS (SELECT a FROM t) SELECT region, sum(a) AS total, 1 + 2 FROM x")
    ['region', 'total', 'column 3']
    """
    nested = 1
    while nested:
        sql, nested = re.subn(r"\([^()]*\)", "", sql)
    selected = re.search(r"\bselect\s+(?:distinct\s+)?(.*?)(?:\bfrom\b|;|$)", sql, re.I | re.S)
    found = []
    for number, each in enumerate(selected[1].split(",") if selected else [""], 1):
        name = re.fullmatch(r"(?:.*\sas\s+|\s*(?:\w+\.)*)\"?([^\W\d]\w*)\"?\s*", each, re.I | re.S)
        found.append(name[1] if name else f"column {number}")
    return found
