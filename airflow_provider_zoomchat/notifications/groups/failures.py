"""The failures of one group of alerts: what is kept of each, and which are of one cause. Pure.

A task that fails many times over, mapped or not, fails for few causes. So failures are told by
cause: the first line of the exception, with numbers and ids left out of the comparison.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

from ...hooks.variables import hashed
from ...zoom import sanitize
from .. import lenient
from ..alerts import READY_MADE, FilledAlert
from ..event import LOST, Event, indexed, try_text, unindexed

#: Characters of a cause.
_MAX_CAUSE = 200

#: Failures that the head holds besides, for a process that cannot read the records.
MAX_KEPT = 100

#: Fields that the author has added, and links, which are kept of each failure; characters at which
#: a field is cut, and beyond which the address of a link is not kept.
_MAX_OWN, _MAX_FIELD, _MAX_URL = 5, 300, 1000

#: What differs between two exceptions of one cause: UUIDs, long hexadecimal ids, numbers.
_VARIABLE = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|0x[0-9a-fA-F]+|[0-9a-f]{12,}|\d+")


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


def cause_of(event: Event) -> str:
    """Return the first line of an event's exception."""
    return sanitize.cut((event.exception or "").strip().partition("\n")[0], _MAX_CAUSE)


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


def own_parts(event: Event, alert: FilledAlert) -> tuple[Pairs, Pairs]:
    """Return the fields and the links of an alert that the ready-made one does not have."""
    ready_made = READY_MADE[event.name]
    fields = tuple(pair for pair in alert.fields if pair[0] not in ready_made.fields)
    return fields, tuple(pair for pair in alert.links if pair[0] not in ready_made.links)


def as_records(failures: tuple[Failure, ...]) -> list[dict[str, Any]]:
    """Return the first of some failures as plain JSON values, for a group's head."""
    return [asdict(failure) for failure in failures[:MAX_KEPT]]


def read_record(value: Any) -> Failure | None:
    """Return the failure of a record; None for anything else, as of a newer version."""
    if not isinstance(value, Mapping):
        return None
    kinds: dict[str, Any] = {
        "task_id": str,
        "index": int,
        "label": str,
        "cause": str,
        "retry": bool,
        "tries": str,
        "log_url": str,
        "held_back": bool,
    }
    given: dict[str, Any] = {name: value.get(name) for name in kinds}
    numbers, mentions = (value.get("index"), value.get("at")), value.get("mentions")
    if not all(map(lenient.is_finite, numbers)) or not all(
        isinstance(given[name], kind) for name, kind in kinds.items()
    ):
        return None
    named = mentions if isinstance(mentions, (list, tuple)) else ()
    known = tuple(one for one in named if isinstance(one, str))
    fields, links = (_read_pairs(value.get(name)) for name in ("fields", "links"))
    return Failure(**given, at=value["at"], mentions=known, fields=fields, links=links)


def _read_pairs(value: Any) -> Pairs:
    pairs = value if isinstance(value, (list, tuple)) else ()
    return tuple(
        (pair[0], pair[1])
        for pair in pairs
        if isinstance(pair, (list, tuple))
        and len(pair) == 2
        and all(isinstance(one, str) for one in pair)
    )


def merged(*lists: Iterable[Failure]) -> tuple[Failure, ...]:
    """Return failures in the order in which they came, one for each task, the later one."""
    found: dict[tuple[str, int], Failure] = {}
    for failure in (one for failures in lists for one in failures):
        before = found.get(failure.key)
        if before is None or failure.at >= before.at:
            found[failure.key] = failure
    return tuple(sorted(found.values(), key=lambda failure: failure.at))


def by_cause(failures: Iterable[Failure]) -> list[tuple[str, list[Failure]]]:
    """Return failures by cause, the most frequent one first."""
    causes: dict[str, list[Failure]] = {}
    for failure in failures:
        causes.setdefault(_VARIABLE.sub("#", failure.cause), []).append(failure)
    found = sorted(causes.values(), key=len, reverse=True)
    return [(same[0].cause, same) for same in found]


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
