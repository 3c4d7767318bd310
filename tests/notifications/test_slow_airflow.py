"""Forty tasks that fail at once while Airflow answers slowly, on a clock that only they move."""

from __future__ import annotations

import heapq
import json
import random
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from airflow_provider_zoomchat.hooks.variables import StateError, StateTimeoutError
from airflow_provider_zoomchat.notifications.alerts import FilledAlert
from airflow_provider_zoomchat.notifications.event import Event
from airflow_provider_zoomchat.notifications.groups.flood import Channel
from airflow_provider_zoomchat.notifications.groups.group import Failure, Group
from airflow_provider_zoomchat.notifications.groups.message import GroupedAlert
from airflow_provider_zoomchat.notifications.groups.state import Records, Shared, decode, encode
from airflow_provider_zoomchat.notifications.groups.timeouts import TaskPatience, WaitBudget

TASKS = 40

#: Seconds after its task within which a process is ended, for one call to Zoom, and for all XComs.
ENDED_AFTER, ZOOM, RECORDS = 20.0, 0.3, 4.0


class Killed(BaseException):
    """The process was ended."""


class Clock:
    """Moves on when all processes wait. Only one of them runs at a time."""

    def __init__(self) -> None:
        self.now = 1_774_000_000.0
        self._waiting: list[tuple[float, int, threading.Event]] = []
        self._count = 0

    def _turn(self, at: float) -> threading.Event:
        """Return what is set when it is this process's turn."""
        self._count += 1
        turn = threading.Event()
        heapq.heappush(self._waiting, (at, self._count, turn))
        return turn

    def _next(self) -> None:
        if self._waiting:
            at, _, turn = heapq.heappop(self._waiting)
            self.now = max(self.now, at)
            turn.set()

    def wait(self, seconds: float) -> None:
        """Let others run until so many seconds are over."""
        turn = self._turn(self.now + seconds)
        self._next()
        turn.wait()

    def run(self, processes: Sequence[tuple[float, Callable[[], None]]]) -> None:
        """Run processes, each of which begins after some seconds."""

        def body(turn: threading.Event, process: Callable[[], None]) -> None:
            turn.wait()
            try:
                process()
            finally:
                self._next()

        threads = [
            threading.Thread(target=body, args=(self._turn(self.now + after), process))
            for after, process in processes
        ]
        for thread in threads:
            thread.start()
        self._next()
        for thread in threads:
            thread.join()


class Storm:
    """A run whose tasks fail within three seconds.

    :param answer: seconds that Airflow takes for each answer, on average.
    :param mapped: whether it is one task, whose XComs are one call.
    """

    def __init__(self, answer: float, *, mapped: bool, seed: int) -> None:
        self.answer = answer
        self.mapped = mapped
        self.random = random.Random(seed)
        self.clock = Clock()
        self.variables: dict[str, str] = {}
        self.xcoms: dict[tuple[str, int], Any] = {}
        self.ended: list[str] = []
        self.messages: list[str] = []
        self.killed = self.ungrouped = 0
        starts = sorted(self.random.uniform(0, 3) for _ in range(TASKS))
        self.clock.run(
            [(at, lambda number=number: self.fail(number)) for number, at in enumerate(starts)]  # type: ignore[misc]
        )

    def fail(self, number: int) -> None:
        """Be the process of a task that has failed."""
        failure = Failure("load", number) if self.mapped else Failure(f"load_{number}", -1)
        group = Group(
            "zoomchat_group_sales_0123456789abcdef",
            Event("task_failed", dag_id="sales", run_id="r1", task_id=failure.task_id),
            FilledAlert("❌ 1 of 40 tasks failed", "#D92D20"),
            failure=failure,
            watched=frozenset({"load", *(f"load_{one}" for one in range(TASKS))}),
        )
        process = Process(self)
        try:
            process.read("zoomchat_silences")
            shared = Shared(
                process,
                group.event,
                now=lambda: self.clock.now,
                sleep=process.wait,
                waits=WaitBudget(),
            )
            channel = Channel("zoomchat_channel_0123456789abcdef", shared)
            GroupedAlert(group, shared, process, channel).task_failed()
        except Killed:
            self.killed += 1
        except StateError:
            self.ungrouped += 1
        self.ended.append(f"load [{number}]" if self.mapped else f"load_{number}")


class Process:
    """What one process has of Airflow and of Zoom."""

    def __init__(self, storm: Storm) -> None:
        self.storm = storm
        self.ends = storm.clock.now + ENDED_AFTER
        self.patience = TaskPatience(lambda: storm.clock.now, self._call)

    def wait(self, seconds: float) -> None:
        """Wait, unless the process is ended before."""
        clock = self.storm.clock
        clock.wait(min(seconds, max(0.0, self.ends - clock.now)))
        if clock.now >= self.ends:
            raise Killed

    def _call(self, question: Callable[[], Any], seconds: float) -> Any:
        """Answer half of the time after the question has had its effect; perhaps too late."""
        takes = self.storm.answer * self.storm.random.uniform(0.7, 1.3)
        self.wait(min(takes / 2, seconds))
        if takes / 2 > seconds:
            raise StateTimeoutError("no answer")
        result = question()
        self.wait(min(takes, seconds) - takes / 2)
        if takes > seconds:
            raise StateTimeoutError("no answer")
        return result

    def read(self, key: str, *, is_needed: bool = False) -> dict[str, Any] | None:
        """Read a Variable."""
        variables = self.storm.variables
        return decode(self.patience.ask(lambda: variables.get(key), is_needed=is_needed))

    def write(self, key: str, value: Mapping[str, Any]) -> None:
        """Write a Variable."""
        text, variables = encode(value), self.storm.variables
        self.patience.ask(lambda: variables.update({key: text}), is_needed=True)

    def delete(self, key: str) -> None:
        """Remove a Variable."""
        self.patience.ask(lambda: self.storm.variables.pop(key, None), is_needed=True)

    def record(self, key: str, value: Mapping[str, Any]) -> None:
        """Write the XCom of this task."""
        name, there = (value["task_id"], value["index"]), json.loads(json.dumps(value))
        self.patience.ask(lambda: self.storm.xcoms.update({name: there}), is_needed=True)

    def records(self, key: str) -> Records:
        """Read the XComs of the run, as far as there is time."""
        storm = self.storm
        self.patience.ask(lambda: None, is_needed=True)  # the states of all tasks
        tasks = [list(storm.xcoms)] if storm.mapped else [[name] for name in storm.xcoms]
        ended, found = list(storm.ended), list[Any]()
        until = storm.clock.now + RECORDS
        for names in tasks:
            try:
                found += self.patience.ask(
                    lambda names=names: [storm.xcoms[name] for name in names]  # type: ignore[misc]
                )
            except StateTimeoutError:
                return Records(found, False, TASKS, ended)
            if storm.clock.now > until:
                return Records(found, False, TASKS, ended)
        return Records(found, True, TASKS, ended)

    def is_slow(self) -> bool:
        """Say whether answers take long."""
        return self.patience.is_slow

    def post(self, alert: FilledAlert | None) -> dict[str, Any]:
        """Post a message."""
        self.wait(self.storm.answer + ZOOM)  # its connection is asked for
        self.storm.messages.append(alert.head if alert else "❌ 1 of 40 tasks failed")
        return {"message_id": str(len(self.storm.messages) - 1)}

    def edit(self, message: Mapping[str, Any], alert: FilledAlert) -> None:
        """Edit a message."""
        self.wait(ZOOM)
        self.storm.messages[int(message["message_id"])] = alert.head

    def reply(self, message: Mapping[str, Any], text: str, mentions: Sequence[str] = ()) -> None:
        """Reply in a thread."""
        self.wait(ZOOM)

    def mark_recovered(self, message: Mapping[str, Any]) -> None:
        """React to a message."""


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("answer", [0.05, 0.2, 0.5, 1.0, 1.6])
@pytest.mark.parametrize("mapped", [True, False], ids=["mapped", "distinct"])
def test_all_are_counted(mapped: bool, answer: float, seed: int) -> None:
    """One message counts all tasks, however their processes come together."""
    storm = Storm(answer, mapped=mapped, seed=seed)
    assert storm.messages == ["❌ sales: 40 of 40 tasks failed"]
    assert (storm.killed, storm.ungrouped) == (0, 0)
