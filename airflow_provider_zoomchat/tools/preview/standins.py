"""What stands in for things that only a real run has: earlier messages, files, places."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...zoom import validation
from ...zoom.cards.check import check_card
from ...zoom.errors import ConfigError
from .unknown import marked

if TYPE_CHECKING:
    from ...hooks.zoom import ZoomHook

#: Arguments that say where a message goes or who sends it, and what they are without.
PLACES = ("to_channel", "to_contact", "to_jid", "user_id", "user_jid", "visible_to_user", "mention")

#: Arguments that are lists of dicts.
_LISTS = ("at_items", "rich_text")

#: Arguments that name a message which is there already.
_MESSAGES = ("message_id", "reply_main_message_id", "reply_to")

#: What an earlier message says that the preview knows nothing of.
EARLIER = "(an earlier message)"


def places(given: Any) -> list[str]:
    """Leave out of an operator's or a notifier's arguments the places that are not known.

    :return: a note for each.
    """
    notes = []
    for name in (*PLACES, *_LISTS):
        value = getattr(given, name, None)
        found = marked(str(value))
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
        # With its place, as a real run finds it.
        places = {"to_channel", "to_contact", "to_jid", "user_id"}
        known = {each: getattr(task, each) for each in places if hasattr(task, each)}
        setattr(task, name, hook.describe(posted, **known))
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


def card(given: Any) -> tuple[list[str], bool]:
    """Leave out of an operator's card what its rules would refuse for a stand-in's sake alone.

    A web address only gets a beginning.

    :return: a note for each, and whether a card is left that can be shown.
    """
    notes: list[str] = []
    content = getattr(given, "content", None)
    if isinstance(content, str) and marked(content):
        try:
            given.content = validation.card(content)
        except ConfigError:
            return notes, False
    # With what filters gave in it, a card is kept beside the one that people see.
    both = (getattr(given, "content", None), given._card)
    cards = [each for each in both if isinstance(each, dict)]
    while cards:
        try:
            check_card(cards[0], is_markdown_support=given.is_markdown_support)
        except ConfigError as error:
            steps = _steps(str(error))
            value = _at(cards[0], steps)
            if not steps or not marked(value):
                return notes, not notes
            if "web address" in str(error) and not value.startswith("https://"):
                for each in cards:
                    _at(each, steps[:-1])[steps[-1]] = f"https://{value}"
            else:
                for each in cards:
                    del _at(each, steps[:-1])[steps[-1]]
                place = str(error).partition(":")[0]
                notes.append(f"{place}, {marked(value)[0]}, is left out here.")
        else:
            break
    return notes, True


def _steps(fault: str) -> list[str | int]:
    """Return the place that the words about a card begin with, as keys and indexes."""
    place = re.match(r"content((?:\.\w+|\[\d+\])*): ", fault)
    found = re.findall(r"\.(\w+)|\[(\d+)\]", place[1]) if place else []
    return [name or int(index) for name, index in found]


def _at(part: Any, steps: Sequence[str | int]) -> Any:
    """Return what stands at a place; None if there is nothing, as where a key is missing."""
    try:
        for step in steps:
            part = part[step]
    except (LookupError, TypeError):
        return None
    return part


def _is_pair(file: Any) -> bool:
    return isinstance(file, (list, tuple)) and len(file) == 2
