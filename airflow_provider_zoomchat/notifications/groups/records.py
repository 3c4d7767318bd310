"""The failures of a group, as the tasks that failed have recorded them.

A task records its failure in an XCom of its own. One whose process is gone cannot: the DAG
processor keeps it in a Variable beside the group's head.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from ...hooks.variables import StateError, retried
from ..event import indexed, unindexed
from .failures import Failure, merged, read_record, unrecorded
from .group import Group, lost_key, record_key
from .head import Head
from .state import State

#: Records of tasks whose process is gone, of all runs of a group that share a message.
_MAX_LOST = 200


class Records:
    """What is recorded of a group.

    :param now: seconds since 1970, by this machine's clock.
    """

    def __init__(self, group: Group, state: State, now: Callable[[], float]) -> None:
        self._group = group
        self._state = state
        self._now = now

    def add(self) -> None:
        """Record the failure of this task, where a process that edits the message finds it."""
        failure = self._group.failure
        if failure is None:
            return
        if not self._group.in_dag_processor:
            key = record_key(self._group.key)
            retried(lambda: self._state.record(key, asdict(failure)))
        else:
            record = {**asdict(failure), "run": self._group.event.run_id}
            lost = {"failures": [*self._lost(), record][-_MAX_LOST:]}
            retried(lambda: self._state.write(lost_key(self._group.key), lost))

    def _lost(self) -> list[dict[str, Any]]:
        """Return the records of tasks whose process is gone, of all runs of the group."""
        kept = retried(lambda: self._state.read(lost_key(self._group.key))) or {}
        found = kept.get("failures")
        return [one for one in (found if isinstance(found, list) else ()) if isinstance(one, dict)]

    def _lost_of_run(self) -> list[dict[str, Any]]:
        return [one for one in self._lost() if one.get("run") == self._group.event.run_id]

    def forget_lost(self) -> None:
        """Remove what the DAG processor has kept."""
        with suppress(StateError):
            self._state.delete(lost_key(self._group.key))

    def own(self) -> tuple[Failure, ...]:
        """Return the failure of this task alone, for whoever has no time to read the others."""
        return (self._group.failure,) if self._group.failure is not None else ()

    def failures(self, head: Head) -> tuple[Failure, ...]:
        """Return all failures of the run that are recorded, this one among them.

        Where there was no time to read them all, those that the head holds and the names of all
        failed tasks stand for the rest.

        :raises StateError: Airflow cannot be asked.
        """
        records = retried(lambda: self._state.records(record_key(self._group.key)))
        if not self._state.is_slow():
            with suppress(StateError):  # a task that was lost is rare
                records = [*records, *self._lost_of_run()]
        if self._state.has_all_records():
            return self._with_own(records, self._group.watched)
        return self._with_own([*head.failures, *records], self._group.watched, has_all=False)

    def failures_or_stored(self, head: Head) -> tuple[Failure, ...]:
        """Return all failures; if they cannot be read, those that the head holds.

        So it is in the DAG processor of Airflow 3.0, and in a DAG's callback under `dag.test()`.
        """
        with suppress(StateError):
            return self.failures(head)
        lost: list[dict[str, Any]] = []
        with suppress(StateError):
            lost = self._lost_of_run()
        return self._with_own([*head.failures, *lost], frozenset())

    def _with_own(
        self, records: Iterable[Any], watched: frozenset[str], *, has_all: bool = True
    ) -> tuple[Failure, ...]:
        """Return the failures of some records, this one, and those that were never recorded.

        Failures whose alerts are held back appear only in the DAG's own alert, at its end.

        Airflow 3 calls nobody back for a task that was killed while its worker lived on
        (https://github.com/apache/airflow/issues/60858); only its state tells.

        :param watched: the tasks of the group, if their states are known.
        :param has_all: whether these are all records, so that who has left none was killed.
        """
        good = set(self._state.ended_well())
        found = [one for one in map(read_record, records) if one is not None]
        found = [one for one in found if indexed(*one.key) not in good]
        if self._group.failure is not None:
            found.append(self._group.failure)
        known = merged(found)
        failed = [one for one in self._state.failed() if unindexed(one)[0] in watched]
        names = [*self._group.event.failed_tasks, *failed]
        killed = watched if has_all else frozenset()
        known = merged(known, unrecorded(names, known, killed, self._now()))
        shown = (one for one in known if self._group.failure is None or not one.held_back)
        return tuple(sorted(shown, key=lambda one: one.held_back))
