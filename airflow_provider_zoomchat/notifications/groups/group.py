"""A group of alerts, the names of what is kept of it in Airflow, what it needs of Zoom. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ...hooks.variables import PREFIX, StateError, hashed
from ..alerts import FilledAlert
from ..event import Event
from .failures import Failure

#: The version of what is written; another version's is left alone.
_VERSION = 1

#: Characters of a DAG's id in the name of a Variable, which has 250 at most.
_MAX_NAME = 80


@dataclass(frozen=True)
class Group:
    """The group that one callback belongs to.

    :param key: the name of its Variable.
    :param alert: the callback's alert, as it would be sent alone.
    :param by: ``"run"`` or ``"dag"``.
    :param failure: of the task that has failed; None in a callback of the DAG.
    :param interval: seconds between two edits; with 0 nobody waits for anything.
    :param in_dag_processor: whether the callback runs there: it can write Variables, but no XComs,
        and must not wait, since one callback is called after the other, in a process that is killed
        after 50 s.
    :param dag_has_notifier: whether the DAG's own failure callback shows the final states.
    :param own_text: whether the author has given the text: then it is never replaced.
    :param watched: the tasks that have a notifier of the group, without those that are silenced.
    :param held_back: whether nobody is to be told, see `conditions`: then a failure is only
        recorded, and a recovery only edits the message.
    """

    key: str
    event: Event
    alert: FilledAlert
    by: str = "run"
    failure: Failure | None = None
    interval: float = 5.0
    in_dag_processor: bool = False
    dag_has_notifier: bool = False
    own_text: bool = False
    watched: frozenset[str] = frozenset()
    held_back: bool = False

    @property
    def can_wait(self) -> bool:
        """Whether this process may wait for others."""
        return not self.in_dag_processor and self.interval > 0


def group_key(event: Event, where: Iterable[object], *, by: str) -> str:
    """Return the name of the Variable of a group.

    :param where: what the message depends on: the connection, the target, the thread.
    :param by: ``"run"`` or ``"dag"``. Backfills are no part of a DAG's other runs.
    """
    run = event.run_id if by == "run" else event.run_type == "backfill"
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", event.dag_id or "")[:_MAX_NAME]
    return f"{PREFIX}group_{name}_{hashed([*map(str, where), event.dag_id, by, run])}"


def record_key(key: str) -> str:
    """Return the key of the XComs in which the tasks of a group record their failures.

    Each group has its own: a task may alert two channels, and another task only one of them.
    """
    return f"{PREFIX}failure_{key.rpartition('_')[2]}"


def lost_key(key: str) -> str:
    """Return the name of the Variable for a group's tasks that cannot record their failure.

    Their processes are gone, and the DAG processor can write no XCom.
    """
    return f"{key}_lost"


def channel_key(where: Iterable[object]) -> str:
    """Return the name of the Variable of a channel's messages.

    :param where: as in `group_key`.
    """
    return f"{PREFIX}channel_{hashed([*map(str, where)])}"


def flood_key(where: Iterable[object]) -> str:
    """Return the start of the names of the Variables for what one channel has refused.

    :param where: as in `group_key`.
    """
    return f"{PREFIX}flood_{hashed([*map(str, where)])}"


def encode(value: Mapping[str, Any]) -> str:
    """Return a JSON object as the text of a Variable."""
    return json.dumps({"version": _VERSION, **value}, ensure_ascii=False)


def decode(text: object) -> dict[str, Any] | None:
    """Return the JSON object in the text of a Variable; None for garbage.

    :raises StateError: a newer version has written it, and goes on using it.
    """
    try:
        found = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    version = found.pop("version", None)
    if isinstance(version, int) and version > _VERSION:
        raise StateError(f"version {version} of airflow-provider-zoomchat has written it")
    return found if version == _VERSION else None


class Sender(Protocol):
    """What a group needs of Zoom."""

    def post(self, alert: FilledAlert | None) -> dict[str, Any]:
        """Post a message, or the alert as it is, and return where it is."""

    def edit(self, message: Mapping[str, Any], alert: FilledAlert) -> None:
        """Put another text into a message."""

    def reply(self, message: Mapping[str, Any], text: str, mentions: Sequence[str] = ()) -> None:
        """Reply in the message's thread, and mention people."""

    def mark_recovered(self, message: Mapping[str, Any]) -> None:
        """React to the message of a run that has recovered, if the author wants that."""
