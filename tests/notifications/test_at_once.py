"""Processes that share a store, in a simulated time: each seed gives another order of writes."""

from __future__ import annotations

import heapq
import random
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from test_groups import CHANNEL, KEY, START, Airflow, Run, Zoom

from airflow_provider_zoomchat.notifications.alerts import FilledAlert
from airflow_provider_zoomchat.notifications.event import Event
from airflow_provider_zoomchat.notifications.groups.flood import Channel, Flood
from airflow_provider_zoomchat.notifications.groups.group import Failure
from airflow_provider_zoomchat.notifications.groups.message import GroupedAlert
from airflow_provider_zoomchat.notifications.groups.state import Records, Shared
from airflow_provider_zoomchat.notifications.groups.timeouts import WaitBudget


class Clock:
    """A time in which processes, here threads, run one after the other.

    :param seed: of the seconds that calls take.
    """

    def __init__(self, seed: int) -> None:
        self.now = START
        self.random = random.Random(seed)
        self.errors: list[BaseException] = []
        self._numbers = count()
        self._due: list[tuple[float, int, threading.Semaphore]] = []
        self._running = threading.Semaphore(0)
        self._sleeps = threading.Semaphore(0)

    def start(self, seconds: float, action: Callable[[], object]) -> None:
        """Start a process after some seconds."""
        wakes = threading.Semaphore(0)

        def process() -> None:
            wakes.acquire()
            try:
                action()
            except BaseException as error:
                self.errors.append(error)
            finally:
                self._sleeps.release()

        threading.Thread(target=process, daemon=True).start()
        self._wake(wakes, seconds)

    def _wake(self, wakes: threading.Semaphore, seconds: float) -> None:
        heapq.heappush(self._due, (self.now + seconds, next(self._numbers), wakes))

    def run(self) -> None:
        """Let all processes run to their ends."""
        while self._due:
            self.now, _, self._running = heapq.heappop(self._due)
            self._running.release()
            self._sleeps.acquire()
        assert self.errors == []

    def sleep(self, seconds: float) -> None:
        """Let others run meanwhile."""
        me = self._running
        self._wake(me, seconds)
        self._sleeps.release()
        me.acquire()

    def takes(self, seconds: float) -> None:
        """Sleep for about that long."""
        self.sleep(seconds * self.random.uniform(0.0, 2.0))

    def shared(self, airflow: Airflow, event: Event) -> Shared:
        """Return what the processes share, for a new one."""
        return Shared(airflow, event, now=lambda: self.now, sleep=self.sleep, waits=WaitBudget())


class SlowAirflow(Airflow):
    """An Airflow whose calls take time, half of it before they do something."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def _takes(self, call: Callable[[], Any], seconds: float = 0.3) -> Any:
        self._clock.takes(seconds / 2)
        result = call()
        self._clock.takes(seconds / 2)
        return result

    def read(self, key: str, *, is_needed: bool = False) -> dict[str, Any] | None:
        """Read a Variable."""
        found: dict[str, Any] | None = self._takes(lambda: super(SlowAirflow, self).read(key))
        return found

    def write(self, key: str, value: Mapping[str, Any]) -> None:
        """Write a Variable."""
        self._takes(lambda: super(SlowAirflow, self).write(key, value))

    def record(self, key: str, value: Mapping[str, Any]) -> None:
        """Write the XCom of a task."""
        self._takes(lambda: super(SlowAirflow, self).record(key, value))

    def records(self, key: str) -> Records:
        """Read the XComs of the run."""
        found: Records = self._takes(lambda: super(SlowAirflow, self).records(key), 1.2)
        return found


class SlowZoom(Zoom):
    """A chat whose answers take time."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def post(self, alert: FilledAlert | None) -> dict[str, Any]:
        """Post a message."""
        self._clock.takes(1.0)
        return super().post(alert)

    def edit(self, message: Mapping[str, Any], alert: FilledAlert) -> None:
        """Edit a message."""
        self._clock.takes(1.0)
        super().edit(message, alert)

    def reply(self, message: Mapping[str, Any], text: str, mentions: Sequence[str] = ()) -> None:
        """Reply in a thread."""
        self._clock.takes(1.0)
        super().reply(message, text, mentions)


@pytest.mark.parametrize("seed", range(12))
def test_failures_in_any_order(seed: int) -> None:
    """Of 60 failures within half a minute all are shown, and of none people are told twice."""
    clock = Clock(seed)
    airflow, zoom, base = SlowAirflow(clock), SlowZoom(clock), Run().base

    def fail(index: int) -> None:
        group = replace(base, failure=Failure("load", index, cause="ValueError: no column"))
        shared = clock.shared(airflow, group.event)
        GroupedAlert(group, shared, zoom, Channel(CHANNEL, shared)).task_failed()

    for index in range(60):
        clock.start(clock.random.uniform(0, 30), lambda index=index: fail(index))  # type: ignore[misc]
    clock.run()
    assert len(zoom.messages) == 1
    assert "60 of 160 tasks failed" in zoom.messages[0]
    named = [name for reply in zoom.replies for name in re.findall(r"\[\d+\]", reply)]
    assert len(named) == len(set(named))
    assert len(zoom.replies) <= 5


@pytest.mark.parametrize("seed", range(12))
def test_refused_alerts_in_any_order(seed: int) -> None:
    """Of 30 DAGs whose alerts a channel refuses within 40 s, all are in its message."""
    clock = Clock(seed)
    airflow, zoom = SlowAirflow(clock), SlowZoom(clock)

    def refuse(number: int) -> None:
        event = Event("task_failed", dag_id=f"dag_{number}", run_id="r1", exception="ValueError")
        shared = clock.shared(airflow, event)
        Flood(KEY, shared, zoom, chance=clock.random.random).add()

    for number in range(30):
        clock.start(clock.random.uniform(0, 40), lambda number=number: refuse(number))  # type: ignore[misc]
    clock.run()
    assert len(zoom.messages) == 1
    assert "30 more DAGs failed" in zoom.messages[0]
