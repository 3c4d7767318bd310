"""Alerts when much fails at once: messages, calls, what is lost, and how long callbacks take.

Each task is a thread of one of eight processes, with the notifiers' own code for groups. They share
a store with the times of Airflow's API (15 ms for a read, 20 ms for a write), and post to the
sandbox, whose limits for a channel are those of Zoom.

    python benchmarks/storm.py             # 1,000 tasks of one run, in 64 slots, within 60 s
    python benchmarks/storm.py --dags      # 300 DAGs that each fail once, within 60 s and at once
"""

from __future__ import annotations

import argparse
import json
import logging
import multiprocessing
import os
import random
import threading
import time
from collections.abc import Mapping, MutableMapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from airflow_provider_zoomchat.hooks.variables import StateError
from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.notifications import alerts
from airflow_provider_zoomchat.notifications.alerts import FilledAlert, fill
from airflow_provider_zoomchat.notifications.event import Event
from airflow_provider_zoomchat.notifications.groups.flood import Channel, Flood
from airflow_provider_zoomchat.notifications.groups.group import Failure, Group, group_key
from airflow_provider_zoomchat.notifications.groups.message import GroupedAlert
from airflow_provider_zoomchat.notifications.groups.state import Records, Shared
from airflow_provider_zoomchat.notifications.groups.timeouts import WaitBudget
from airflow_provider_zoomchat.notifications.rendering import Draft, as_plain_text
from airflow_provider_zoomchat.sandbox import Sandbox
from airflow_provider_zoomchat.zoom.errors import ZoomChatError
from airflow_provider_zoomchat.zoom.text import Text

READ, WRITE = 0.015, 0.020

PROCESSES = 8

#: What makes two channels two, and the names of what is kept of this one.
WHERE = ["storm"]
CHANNEL, FLOOD = "zoomchat_channel_storm", "zoomchat_flood_storm"


class Killed(BaseException):
    """A process that is gone."""


@dataclass
class Store:
    """Variables and XComs of all tasks.

    :param variables: texts by their names; all processes see the same ones.
    :param records: the XComs of all tasks.
    :param tasks: how many the run has.
    :param broken: how many of the calls fail, from 0 to 1.
    """

    variables: MutableMapping[str, str]
    records_: MutableMapping[Any, Any]
    tasks: int
    broken: float = 0.0

    def _takes(self, seconds: float) -> None:
        time.sleep(seconds / 2 + random.expovariate(2 / seconds))
        if random.random() < self.broken:
            raise StateError("the store is out of order")

    def read(self, key: str, *, is_needed: bool = False) -> dict[str, Any] | None:
        """Read a Variable."""
        self._takes(READ)
        found = self.variables.get(key)
        return None if found is None else dict(json.loads(found))

    def write(self, key: str, value: Mapping[str, Any]) -> None:
        """Write a Variable."""
        self._takes(WRITE)
        self.variables[key] = json.dumps(value)

    def delete(self, key: str) -> None:
        """Remove a Variable."""
        self._takes(WRITE)
        self.variables.pop(key, None)

    def record(self, key: str, value: Mapping[str, Any]) -> None:
        """Write the XCom of a task."""
        self._takes(WRITE)
        self.records_[value["task_id"], value["index"]] = dict(value)

    def records(self, key: str) -> Records:
        """Read the XComs of the run."""
        self._takes(3 * READ)
        return Records(list(self.records_.values()), total=self.tasks)

    def is_slow(self) -> bool:
        """Say that it is not."""
        return False


class Chat:
    """Messages as a user, over a hook of its own, as each process has it."""

    def __init__(self, head: str, seconds: float = 10) -> None:
        self._hook = ZoomHook("zoom_storm", time_budget=seconds)
        self._head = head

    def post(self, alert: FilledAlert | None) -> dict[str, Any]:
        """Post a message."""
        text = as_plain_text(Draft(alert, "")) if alert else self._head
        return self._hook.describe(self._hook.send_message(message=text))

    def edit(self, message: Mapping[str, Any], alert: FilledAlert) -> None:
        """Edit a message."""
        self._hook.edit_message(message, message=Text(as_plain_text(Draft(alert, ""))).cut(4000))

    def reply(self, message: Mapping[str, Any], text: str, mentions: Sequence[str] = ()) -> None:
        """Reply in a thread."""
        self._hook.send_message(message=text, reply_main_message_id=message["message_id"])

    def mark_recovered(self, message: Mapping[str, Any]) -> None:
        """React to nothing."""


@dataclass
class Outcome:
    """What happened in one process."""

    longest: float = 0.0
    alone: int = 0
    lost: int = 0
    killed: int = 0
    lock: Any = field(default_factory=threading.Lock, repr=False)

    def count(self, name: str, happened: bool = True) -> None:
        """Count something that has happened."""
        with self.lock:
            setattr(self, name, getattr(self, name) + happened)


@dataclass
class Storm:
    """Failures to come.

    :param seconds: within which they come.
    :param dags: whether each is one of another DAG.
    :param skew: seconds by which clocks are off at most.
    :param killed: how many of the processes that wait are killed, from 0 to 1.
    """

    name: str
    store: Store
    seconds: float
    dags: bool = False
    skew: float = 0.0
    killed: float = 0.0

    def fail(self, number: int, began: float, outcome: Outcome) -> None:
        """Call what the callback of a task calls, and note how it ends."""
        time.sleep(max(0.0, began + number * self.seconds / self.store.tasks - time.time()))
        dag_id = f"dag_{number}" if self.dags else "sales"
        event = Event("task_failed", dag_id=dag_id, run_id=self.name, exception="no answer")
        ready_made = fill(alerts.TASK_FAILED, event)
        failure = Failure("load", -1 if self.dags else number, cause=f"no part {number}")
        own = Store(self.store.variables, {}, 1) if self.dags else self.store
        off, chat = random.uniform(-self.skew, self.skew), Chat(f"{dag_id} / load failed")

        def now() -> float:
            return time.time() + off

        def wait(seconds: float) -> None:
            if random.random() < self.killed and seconds > 1:
                raise Killed
            time.sleep(seconds)

        shared = Shared(own, event, now=now, sleep=wait, waits=WaitBudget())
        group = Group(group_key(event, WHERE, by="run"), event, ready_made, failure=failure)
        alert = GroupedAlert(group, shared, chat, Channel(CHANNEL, shared))
        started = time.monotonic()
        try:
            alert.task_failed()
        except StateError:
            outcome.count("alone")
        except ZoomChatError as error:
            flood = Flood(FLOOD, shared, Chat("", 4))
            outcome.count("lost", not (error.passing and flood.add()))
        except Killed:
            outcome.count("killed")
        outcome.longest = max(outcome.longest, time.monotonic() - started)


def share(storm: Storm, began: float, numbers: range, slots: int) -> tuple[float, int, int, int]:
    """Let the failures of one process happen."""
    logging.disable()
    outcome = Outcome()
    with ThreadPoolExecutor(slots) as threads:
        list(threads.map(lambda number: storm.fail(number, began, outcome), numbers))
    return outcome.longest, outcome.alone, outcome.lost, outcome.killed


def run(storm: Storm, zoom: Sandbox, slots: int) -> None:
    """Let a storm happen, and print what the channel shows after it."""
    zoom.reset()
    tasks, began = storm.store.tasks, time.time() + 5  # the processes start meanwhile
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=context) as processes:
        running = [
            processes.submit(share, storm, began, range(one, tasks, PROCESSES), slots // PROCESSES)
            for one in range(PROCESSES)
        ]
        ended = [one.result() for one in running]
    took = time.time() - began
    if storm.dags:  # the next alert of the channel, once Zoom takes messages again
        time.sleep(20)
        last = Event("task_failed", dag_id="dag_last", run_id=storm.name)
        Flood(FLOOD, Shared(storm.store, last), Chat("")).show_waiting()
    messages = [one for one in zoom.messages() if not one.get("reply_to")]
    edits = sum(len(one["history"]) for one in messages)
    alone, lost, killed = (sum(one[place] for one in ended) for place in (1, 2, 3))
    named = {one["text"].partition(" / ")[0] for one in messages if " / load" in one["text"]}
    summed = [one["text"].partition(" since")[0] for one in messages if "more DAG" in one["text"]]
    shown = (
        f"{len(named)} DAGs with a message of their own, {summed}"
        if storm.dags
        else repr(messages[-1]["text"].partition("\n")[0])
    )
    print(
        f"{storm.name}: {len(messages)} message(s), {edits} edits, {len(zoom.requests())} calls; "
        f"{shown}; {alone} alone, {lost} lost, {killed} killed; longest callback "
        f"{max(one[0] for one in ended):.1f} s, all over after {took:.0f} s",
        flush=True,
    )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dags", action="store_true")
    parser.add_argument("--tasks", type=int, default=1000)
    arguments = parser.parse_args()
    logging.disable()
    with Sandbox() as zoom, multiprocessing.Manager() as shared:
        zoom.limits = True
        os.environ["AIRFLOW_CONN_ZOOM_STORM"] = json.dumps(zoom.connection("server_to_server"))

        def store(tasks: int, broken: float = 0.0) -> Store:
            return Store(shared.dict(), shared.dict(), tasks, broken)

        if arguments.dags:
            run(Storm("300 DAGs within 60 s", store(300), 60, dags=True), zoom, 304)
            run(Storm("300 DAGs within a second", store(300), 1, dags=True), zoom, 304)
            return
        tasks = arguments.tasks
        for storm in (
            Storm("failures of one run", store(tasks), 60),
            Storm("one store call in ten fails", store(tasks, 0.1), 60),
            Storm("clocks off by 90 s", store(tasks), 60, skew=90),
            Storm("one waiting process in five is killed", store(tasks), 60, killed=0.2),
        ):
            run(storm, zoom, 64)


if __name__ == "__main__":
    main()
