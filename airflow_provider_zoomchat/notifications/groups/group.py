"""A group of alerts, the failures that it shows, and the names of what is kept of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from ...hooks.variables import PREFIX, hashed
from ...zoom import sanitize
from .. import lenient
from ..alerts import READY_MADE, FilledAlert
from ..event import LOST, Event, indexed, try_text, unindexed

#: Characters of a cause; of a DAG's id in the name of a Variable, which has 250 at most.
_MAX_CAUSE, _MAX_NAME = 200, 80

#: Fields that the author has added, and links, which are kept of each failure; characters at which
#: a field is cut, and beyond which the address of a link is not kept.
_MAX_OWN, _MAX_FIELD, _MAX_URL = 5, 300, 1000

#: Labels or words, each with its text or address.
Pairs: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Failure:
    """One task that failed, as its own process records it.

    :param index: the map index; -1 of a task that is not mapped.
    :param label: how Airflow's pages call a mapped one.
    :param cause: the first line of the exception.
    :param at: seconds since 1970, by the clock of its machine.
    :param retry: whether Airflow tries it again.
    :param tries: which try of how many: ``2 of 3``.
    :param held_back: whether its alert is held back, by a silence or by its author's conditions.
    :param mentions: whom its alert mentions.
    :param fields: fields of its alert that the author has added to the ready-made one.
    :param links: such links.
    """

    task_id: str
    index: int = -1
    label: str = ""
    cause: str = ""
    at: float = 0.0
    retry: bool = False
    tries: str = ""
    log_url: str = ""
    held_back: bool = False
    mentions: tuple[str, ...] = ()
    fields: Pairs = ()
    links: Pairs = ()

    @property
    def key(self) -> tuple[str, int]:
        """What makes it the same task."""
        return self.task_id, self.index


@dataclass(frozen=True)
class Group:
    """The group that one callback belongs to.

    :param key: the name of its Variable.
    :param alert: the callback's alert, as it would be sent alone.
    :param conn_id: the connection to Zoom.
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
        recorded, and a recovery only changes the message, or replies to one of the author's own.
    """

    key: str
    event: Event
    alert: FilledAlert
    conn_id: str = ""
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


def failure_of(
    event: Event, index: int, alert: FilledAlert, mentions: tuple[str, ...] = ()
) -> Failure:
    """Return the failure that an event tells of, with what the author has added to its alert."""
    fields, links = own_parts(event, alert)
    return Failure(
        event.task_id or "",
        index,
        event.map_index or "",
        cause_of(event),
        retry=event.name == "task_retry",
        tries=try_text(event) or "",
        log_url=event.log_url or "",
        mentions=mentions,
        fields=tuple((label, sanitize.cut(text, _MAX_FIELD)) for label, text in fields[:_MAX_OWN]),
        links=tuple(link for link in links if len(link[1]) <= _MAX_URL)[:_MAX_OWN],
    )


def cause_of(event: Event) -> str:
    """Return the first line of an event's exception."""
    return sanitize.cut((event.exception or "").strip().partition("\n")[0], _MAX_CAUSE)


def own_parts(event: Event, alert: FilledAlert) -> tuple[Pairs, Pairs]:
    """Return the fields and the links of an alert that the ready-made one does not have."""
    ready_made = READY_MADE[event.name]
    fields = tuple(pair for pair in alert.fields if pair[0] not in ready_made.fields)
    return fields, tuple(pair for pair in alert.links if pair[0] not in ready_made.links)


def read_record(value: Any) -> Failure | None:
    """Return the failure of a record; None for anything else, as of a newer version."""
    if not isinstance(value, Mapping):
        return None
    mentions = lenient.get_list(value, "mentions")
    known = {
        **value,
        "mentions": tuple(one for one in mentions if isinstance(one, str)),
        "fields": _read_pairs(value, "fields"),
        "links": _read_pairs(value, "links"),
    }
    return lenient.as_dataclass(Failure, known)


def _read_pairs(record: Mapping[str, Any], name: str) -> Pairs:
    return tuple(
        (pair[0], pair[1])
        for pair in lenient.get_list(record, name)
        if isinstance(pair, (list, tuple))
        and len(pair) == 2
        and all(isinstance(one, str) for one in pair)
    )


def merged(failures: Iterable[Failure]) -> tuple[Failure, ...]:
    """Return failures in the order in which they came, one for each task, the later one."""
    found: dict[tuple[str, int], Failure] = {}
    for failure in failures:
        before = found.get(failure.key)
        if before is None or failure.at >= before.at:
            found[failure.key] = failure
    return tuple(sorted(found.values(), key=lambda failure: failure.at))


def unrecorded(
    names: Iterable[str], known: Iterable[Failure], watched: Container[str], at: float
) -> list[Failure]:
    """Return the failed tasks of which nothing is recorded.

    :param names: all failed ones, as `event.indexed` calls them.
    :param watched: the tasks that record their failures: of these, one that did not was killed.
    """
    there = {indexed(*one.key) for one in known}
    found = []
    for name in dict.fromkeys(names):
        if name not in there:
            task, index = unindexed(name)
            found.append(Failure(task, index, cause=LOST if task in watched else "", at=at))
    return found


def new_mentions(failures: Iterable[Failure], called: Container[str]) -> list[str]:
    """Return the people whom failures mention, and who were not called before."""
    names = dict.fromkeys(name for one in failures for name in one.mentions)
    return [name for name in names if name not in called]


def final(failures: Iterable[Failure]) -> tuple[Failure, ...]:
    """Return the failures that Airflow does not try again."""
    return tuple(one for one in failures if not one.retry)


def digest(failures: Iterable[Failure]) -> str:
    """Return a text that is another one when a message of these failures says something else."""
    parts = [[*one.key, one.cause, one.retry] for one in failures]
    return hashed(sorted(parts))
