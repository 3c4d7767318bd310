"""What the processes of an Airflow know together of an alert: its Variables and XComs.

Each task is a process of its own, so whatever they share is in Airflow's database. Three places are
used (tried on Airflow 2.11 to 3.3):

- A task's own XCom: one writer, gone when the task runs again. There it records its failure.
- A Variable for a group of alerts, its *status*: which message shows the group, and who edits it
  next. Variables are all that the DAG processor may write, so lost tasks are in one too, and so is
  what is known of a channel.
- A Variable for all silences, which alerts only read.

Airflow has no compare-and-set, so processes agree by claims: see `Shared`. How long a call may take
is in `timeouts.py`. Where one fails or hangs, `StateError` is raised, and an alert goes out on its
own.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, ClassVar, Protocol, TypeVar
from uuid import uuid4

from ..._compat import (
    AIRFLOW,
    DAG_PROCESSOR_READS_XCOMS,
    has_supervisor,
    is_in_test,
    is_task_of_database,
    variables,
    xcoms_of_run,
)
from ...hooks.variables import StateError, StateTimeoutError, hashed, retried
from ...zoom.deadline import Deadline, Result
from .. import lenient, silences
from ..event import LOST, Event, unindexed
from .timeouts import (
    CLAIM,
    EDIT_WAIT,
    WAIT_BUDGET,
    Patience,
    WaitBudget,
    dag_processor_patience,
    settling_time,
    task_key,
    task_patience,
)

log = logging.getLogger(__name__)

#: The version of what is written; another version's is left alone.
_VERSION = 1

#: States of a task that may have recorded a failure, the surest first: in its own callback it is
#: running still.
_MAY_HAVE_FAILED = ("failed", "up_for_retry", "restarting", "running")

#: States of a task that has ended well.
_ENDED_WELL = ("success", "skipped")

#: Tasks whose XComs are asked for at once: Airflow 3 makes a call for each. Seconds for all.
_TASKS_AT_ONCE, _RECORDS = 50 if AIRFLOW < (3, 0) else 1, 4.0

#: What Airflow's page says of each Variable.
_DESCRIPTION = "What is known of some alerts in Zoom. Kept by airflow-provider-zoomchat."


@dataclass(frozen=True)
class MessageStatus:
    """The status of a message that many processes edit, as JSON in a Variable.

    All times are seconds since 1970.

    :param message: where it is, see `ZoomHook.describe`; empty before it is posted.
    :param posted: when it was posted.
    :param edited: when it was last edited, or was about to be.
    :param digest: of what it shows, so that nothing is edited in vain.
    :param claim: the process that is about to post it.
    :param claimed: when it said so.
    :param editing: since when an edit is under way; 0 if none is. Until its end only who makes it
        writes the status.
    """

    #: Seconds after which a message is posted anew.
    REPEAT_INTERVAL: ClassVar[float]

    message: dict[str, Any] = field(default_factory=dict)
    posted: float = 0.0
    edited: float = 0.0
    digest: str = ""
    claim: str = ""
    claimed: float = 0.0
    editing: float = 0.0

    def is_open(self, now: float) -> bool:
        """Tell whether there is a message that is edited, and not yet posted anew."""
        return bool(self.message) and abs(now - self.posted) <= self.REPEAT_INTERVAL

    def is_claimed(self, now: float) -> bool:
        """Tell whether a process is about to post the message, unless it was killed."""
        return bool(self.claim) and abs(now - self.claimed) < CLAIM

    def is_being_edited(self, now: float) -> bool:
        """Tell whether an edit is under way, unless its process was killed."""
        return bool(self.editing) and abs(now - self.editing) < CLAIM


Status = TypeVar("Status", bound=MessageStatus)


def read_status(kind: type[Status], found: Mapping[str, Any] | None) -> Status | None:
    """Return the status that a Variable holds, empty if there is none; None for garbage."""
    status = lenient.as_dataclass(kind, found or {})
    if status and status.message and not isinstance(status.message.get("message_id"), str):
        return None
    return status


@dataclass(frozen=True)
class Records:
    """What the tasks of a run have recorded, and how many of them have ended.

    :param found: the records, in no order.
    :param is_complete: whether there was time to read all of them.
    :param total: how many tasks the run has; 0 if that is not known.
    :param failed: the tasks that have failed for good, as `event.indexed` calls them.
    :param ended_well: the tasks that have succeeded or were skipped.
    """

    found: Sequence[Any] = ()
    is_complete: bool = True
    total: int = 0
    failed: Sequence[str] = ()
    ended_well: Sequence[str] = ()


class State(Protocol):
    """What a group of alerts needs of Airflow."""

    def read(self, key: str, *, is_needed: bool = False) -> dict[str, Any] | None:
        """Return the JSON object in a Variable; None if there is none, or garbage.

        :param is_needed: whether others rely on it, see `timeouts.Patience.ask`.
        """

    def write(self, key: str, value: Mapping[str, Any]) -> None:
        """Replace the JSON object in a Variable."""

    def delete(self, key: str) -> None:
        """Remove a Variable."""

    def record(self, key: str, value: Mapping[str, Any]) -> None:
        """Record the failure of this task; replaces an earlier one of the same task and key."""

    def records(self, key: str) -> Records:
        """Return the failures of the run that are recorded under a key."""

    def is_slow(self) -> bool:
        """Tell whether answers take so long that only what must be done is to be done."""


class AirflowState:
    """The state as Airflow keeps it, for one callback.

    :param context: that of the callback.
    :param in_dag_processor: whether it is called there, not in a task's process.
    """

    def __init__(self, context: Mapping[str, Any], event: Event, *, in_dag_processor: bool) -> None:
        self._context = context
        self._event = event
        self._ti = lenient.task_instance(context)
        self.patience: Patience = (
            dag_processor_patience()
            if in_dag_processor
            else task_patience(*task_key(event), event.name)
        )
        self._silences: tuple[silences.Silence, ...] = ()
        self.in_dag_processor = in_dag_processor
        #: Whether every call so far was answered in time.
        self.answers = True

    @classmethod
    def of(cls, context: Mapping[str, Any], event: Event) -> AirflowState | None:
        """Return the state for a callback; None where there is none, as in a unit test."""
        ti = lenient.task_instance(context)
        if AIRFLOW < (3, 0):
            is_there = is_task_of_database(ti) or event.name == "sla_missed"
        else:
            is_there = has_supervisor() or (event.kind.ends_run and ti is not None)
        if not is_there:
            return None
        # Under `dag.test()` of Airflow 3.0 a task's callback looks like that of a killed one.
        may_be = event.kind.ends_run or event.exception == LOST
        return cls(context, event, in_dag_processor=may_be and not is_in_test(ti))

    def variable(self, key: str, *, is_needed: bool = False) -> str | None:
        """Return the text of a Variable; None if there is none."""
        found: str | None = self._ask(lambda: variables().get(key, None), is_needed=is_needed)
        return found

    def silence(self, now: Callable[[], float] = time.time) -> silences.Silence | None:
        """Return the silence that the alert falls under; None if it is to go out.

        :param now: seconds since 1970.
        """
        try:
            found = silences.decode(self.variable(silences.KEY))
            self._silences = silences.active(found, now())
            return silences.silence_of(self._event, self._silences)
        except Exception as error:  # whatever it is, it is no reason to hold an alert back
            log.warning("Silences cannot be read, so this alert goes out. %s", error)
        return None

    def silences_task(self, task_id: str) -> bool:
        """Tell whether the failure of another task of the run is silenced.

        Needs a call of `silence` before it; without one, False.
        """
        event = replace(self._event, name="task_failed", task_id=task_id)
        return silences.silence_of(event, self._silences) is not None

    def read(self, key: str, *, is_needed: bool = False) -> dict[str, Any] | None:
        """Return the JSON object in a Variable; None if there is none, or garbage."""
        return decode(self.variable(key, is_needed=is_needed))

    def write(self, key: str, value: Mapping[str, Any]) -> None:
        """Replace the JSON object in a Variable."""
        self._ask(lambda: variables().set(key, encode(value), _DESCRIPTION), is_needed=True)

    def delete(self, key: str) -> None:
        """Remove a Variable."""
        self._ask(lambda: variables().delete(key), is_needed=True)

    def record(self, key: str, value: Mapping[str, Any]) -> None:
        """Record the failure of this task; replaces an earlier one of the same task and key."""
        self._ask(lambda: self._ti.xcom_push(key=key, value=dict(value)), is_needed=True)

    def records(self, key: str) -> Records:
        """Return the failures of the run that are recorded under a key.

        Those of running tasks are read last.
        """
        if self.in_dag_processor and not DAG_PROCESSOR_READS_XCOMS:
            raise StateError("the DAG processor of Airflow 3.0 cannot ask for XComs")
        from ..airflow_lookups import task_states

        asked, in_task = (self._event, self._context), not self.in_dag_processor
        # Only who shows them for others reads records, and with the states come all names.
        states = self._ask(lambda: dict(task_states(*asked, in_task=in_task)), is_needed=True)
        names = [name for name, state in states.items() if state in _MAY_HAVE_FAILED]
        names.sort(key=lambda name: _MAY_HAVE_FAILED.index(states[name]))
        tasks = list(dict.fromkeys(unindexed(name)[0] for name in names))
        found: list[Any] = []
        is_complete = False
        deadline = Deadline(_RECORDS)
        with suppress(StateError):
            for start in range(0, len(tasks), _TASKS_AT_ONCE):
                if deadline.remaining < 0:
                    break
                some = tasks[start : start + _TASKS_AT_ONCE]
                found += retried(partial(self._ask, partial(xcoms_of_run, self._ti, some, key)))
            else:
                is_complete = True
        return Records(
            found,
            is_complete,
            len(states),
            [name for name, state in states.items() if state == "failed"],
            [name for name, state in states.items() if state in _ENDED_WELL],
        )

    def is_slow(self) -> bool:
        """Tell whether only what must be done is to be done; see `Patience.is_slow`."""
        return self.patience.is_slow

    def _ask(self, question: Callable[[], Result], *, is_needed: bool = False) -> Result:
        try:
            return self.patience.ask(question, is_needed=is_needed)
        except StateTimeoutError:
            self.answers = False
            raise


class Shared:
    """The Variables of one callback's group and channel, and the time that it has for others.

    Airflow has no compare-and-set. Who wants to be the only one to do something writes a claim,
    waits until all who write at that moment have written too, and reads back whose claim stands.

    :param event: that of the callback.
    :param can_wait: whether this process may wait for others.
    :param now: seconds since 1970, by this machine's clock.
    :param sleep: waits that many seconds.
    :param waits: what all notifiers of the task may still wait.
    """

    def __init__(
        self,
        state: State,
        event: Event,
        *,
        can_wait: bool = True,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        waits: WaitBudget = WAIT_BUDGET,
    ) -> None:
        self.state = state
        self.event = event
        self.can_wait = can_wait
        self.now = now
        self.waits = waits
        self._sleep = sleep
        # Runs of a DAG may share a message, and each reads the records of its own tasks alone.
        self._run = hashed([event.run_id])
        #: What stands in a claim of this process.
        self.me = f"{self._run}:{uuid4().hex}"

    def is_of_this_run(self, claim: str) -> bool:
        """Tell whether a process of this run has claimed something."""
        return claim.startswith(self._run)

    def read(self, key: str, *, is_needed: bool = False) -> dict[str, Any] | None:
        """Return the JSON object in a Variable; see `State.read`."""
        return retried(lambda: self.state.read(key, is_needed=is_needed))

    def write(self, key: str, value: Mapping[str, Any]) -> None:
        """Replace the JSON object in a Variable."""
        retried(lambda: self.state.write(key, value))

    def write_and_read_back(self, key: str, claim: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Write a claim, and return what stands there once all have written theirs.

        It is this claim where it may be written, but nobody can tell: others leave for it, and a
        second message is better than none.
        """
        began = self.now()
        with suppress(StateTimeoutError):
            self.write(key, claim)
            if self.can_wait:
                self.settle(began)
                with suppress(StateError):
                    return self.read(key, is_needed=True)
        return claim

    def after_edit(self, status: Status, read: Callable[[], Status]) -> Status:
        """Return a status once no edit is under way, whose end would write over a claim.

        Nobody waits for longer than `EDIT_WAIT`: then Zoom or Airflow hardly answers.

        :param read: reads it again.
        """
        for _ in range(EDIT_WAIT if self.can_wait else 0):
            if not status.is_being_edited(self.now()):
                break
            self.wait(1.0)
            status = read()
        return status

    def settle(self, began: float, factor: float = 1.0) -> None:
        """Wait until what others have written at the same moment can be read.

        :param began: when this process began to write.
        """
        if self.can_wait:
            self._sleep(settling_time(self.now() - began) * factor)

    def wait(self, seconds: float) -> None:
        """Wait for other processes, within the time that all notifiers of the task have for it."""
        if self.can_wait:
            self._sleep(self.waits.take(task_key(self.event), seconds))


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
