"""Alerts when much fails at once: messages, calls, what is lost, and how long callbacks take.

Each task is a thread with the notifiers' own code for groups. They share a store with the times of
Airflow's API (15 ms for a read, 20 ms for a write), and post to the sandbox, whose limits for a
channel are those of Zoom.

    python benchmarks/storm.py             # 1,000 tasks of one run, in 64 slots, within 60 s
    python benchmarks/storm.py --dags      # 300 DAGs that each fail once, within 60 s and at once
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from airflow_provider_zoomchat.hooks.variables import StateError
from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.notifications.alert import Post
from airflow_provider_zoomchat.notifications.event import Event
from airflow_provider_zoomchat.notifications.failures import Failure
from airflow_provider_zoomchat.notifications.flood import Flood
from airflow_provider_zoomchat.notifications.groups import Group, GroupedAlert
from airflow_provider_zoomchat.notifications.head import flood_key, group_key
from airflow_provider_zoomchat.notifications.rendering import as_plain_text
from airflow_provider_zoomchat.notifications.timeouts import Waits
from airflow_provider_zoomchat.sandbox import Sandbox
from airflow_provider_zoomchat.zoom.errors import RateLimitError, ZoomChatError
from airflow_provider_zoomchat.zoom.text import Text

READ, WRITE = 0.015, 0.020


class Killed(BaseException):
    """A process that is gone."""


class Store:
    """Variables and XComs of all tasks.

    :param broken: how many of the calls fail, from 0 to 1.
    """

    def __init__(self, tasks: int, broken: float = 0.0) -> None:
        self._variables: dict[str, str] = {}
        self._records: dict[tuple[object, object], Mapping[str, Any]] = {}
        self._tasks = tasks
        self._broken = broken

    def _takes(self, seconds: float) -> None:
        time.sleep(seconds / 2 + random.expovariate(2 / seconds))
        if random.random() < self._broken:
            raise StateError("the store is out of order")

    def head(self, key: str) -> dict[str, Any] | None:
        """Read a Variable."""
        self._takes(READ)
        found = self._variables.get(key)
        return None if found is None else dict(json.loads(found))

    def write_head(self, key: str, head: Mapping[str, Any]) -> None:
        """Write a Variable."""
        self._takes(WRITE)
        self._variables[key] = json.dumps(head)

    def delete(self, key: str) -> None:
        """Remove a Variable."""
        self._takes(WRITE)
        self._variables.pop(key, None)

    def record(self, value: Mapping[str, Any]) -> None:
        """Write the XCom of a task."""
        self._takes(WRITE)
        self._records[value["task_id"], value["index"]] = dict(value)

    def records(self) -> list[Any]:
        """Read the XComs of the run."""
        self._takes(3 * READ)
        return list(self._records.values())

    def total(self) -> int:
        """Count the tasks of the run."""
        return self._tasks


class Chat:
    """Messages as a user, over a hook of its own, as each process has it."""

    def __init__(self, head: str) -> None:
        self._hook = ZoomHook("zoom_storm", time_budget=10)
        self._head = head

    def post(self, post: Post | None) -> dict[str, Any]:
        """Post a message."""
        text = as_plain_text(post) if post else self._head
        return self._hook.describe(self._hook.send_message(message=text))

    def edit(self, message: Mapping[str, Any], post: Post) -> None:
        """Edit a message."""
        self._hook.edit_message(message, message=Text(as_plain_text(post)).cut(4000))

    def reply(self, message: Mapping[str, Any], text: str) -> None:
        """Reply in a thread."""
        self._hook.send_message(message=text, reply_main_message_id=message["message_id"])


class Storm:
    """What happened, and how long it took."""

    def __init__(self) -> None:
        self.longest = 0.0
        self.alone = self.lost = self.killed = 0
        self._lock = threading.Lock()

    def callback(self, alert: GroupedAlert, flood: Flood, event: Event) -> None:
        """Call what a task's callback calls, and note how it ends."""
        began = time.monotonic()
        try:
            alert.task_failed()
        except RateLimitError:
            self._count("lost", not flood.add(event))
        except StateError:
            self._count("alone", True)
        except ZoomChatError:
            self._count("lost", True)
        except Killed:
            self._count("killed", True)
        with self._lock:
            self.longest = max(self.longest, time.monotonic() - began)

    def _count(self, name: str, happened: bool) -> None:
        with self._lock:
            setattr(self, name, getattr(self, name) + happened)


def one_run(
    name: str, zoom: Sandbox, tasks: int, *, broken: float = 0, skew: float = 0, killed: float = 0
) -> None:
    """Let the tasks of one run fail."""
    zoom.reset()
    storm, store = Storm(), Store(tasks, broken)
    run = Event("task_failed", dag_id="sales", run_id=name)
    key = group_key(run, ["storm"], by="run")
    began = time.monotonic()

    def fails(index: int) -> None:
        time.sleep(max(0.0, began + index * 60 / tasks - time.monotonic()))
        off = random.uniform(-skew, skew)

        def wait(seconds: float) -> None:
            if random.random() < killed and seconds > 1:
                raise Killed
            time.sleep(seconds)

        failure = Failure("load", index, cause=f"ValueError: part {index} is missing")
        chat = Chat("sales / load failed")
        alert = GroupedAlert(
            Group(key, run, failure=failure),
            store,
            chat,
            now=lambda: time.time() + off,
            sleep=wait,
            waits=Waits(),
        )
        storm.callback(alert, Flood(flood_key(["storm"]), store, chat), run)

    with ThreadPoolExecutor(64) as slots:
        list(slots.map(fails, range(tasks)))
    messages = [one for one in zoom.messages() if not one.get("reply_to")]
    edits = sum(len(one["history"]) - 1 for one in messages)
    shown = messages[-1]["text"].partition("\n")[0] if messages else "nothing"
    calls = len(zoom.requests())
    print(
        f"{name}: {len(messages)} message(s), {edits} edits, {calls} calls, last {shown!r}; "
        f"{storm.alone} alone, {storm.lost} lost, {storm.killed} killed; "
        f"longest callback {storm.longest:.1f} s, all over after {time.monotonic() - began:.0f} s"
    )


def many_dags(name: str, zoom: Sandbox, dags: int, within: float) -> None:
    """Let many DAGs fail once."""
    zoom.reset()
    storm, store = Storm(), Store(1)
    began = time.monotonic()

    def fails(number: int) -> None:
        time.sleep(max(0.0, began + number * within / dags - time.monotonic()))
        event = Event("task_failed", dag_id=f"dag_{number}", run_id="r", exception="no answer")
        chat = Chat(f"dag_{number} / load failed")
        own = Store(1)
        alert = GroupedAlert(
            Group(group_key(event, ["storm"], by="run"), event, failure=Failure("load")),
            own,
            chat,
            waits=Waits(),
        )
        storm.callback(alert, Flood(flood_key(["storm"]), store, chat), event)

    with ThreadPoolExecutor(dags) as slots:
        list(slots.map(fails, range(dags)))
    last = Event("task_failed", dag_id="dag_last", run_id="r", exception="no answer")
    time.sleep(20)
    Flood(flood_key(["storm"]), store, Chat("")).show_waiting(last)
    messages = zoom.messages()
    summed = [one["text"].partition("\n")[0] for one in messages if "more DAG" in one["text"]]
    print(
        f"{name}: {len(messages)} messages, {len(zoom.requests())} calls; {summed}; "
        f"{storm.lost} lost; longest callback {storm.longest:.1f} s"
    )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dags", action="store_true")
    parser.add_argument("--tasks", type=int, default=1000)
    arguments = parser.parse_args()
    logging.disable()
    with Sandbox() as zoom:
        zoom.limits = True
        os.environ["AIRFLOW_CONN_ZOOM_STORM"] = json.dumps(zoom.connection("server_to_server"))
        if arguments.dags:
            many_dags("300 DAGs within 60 s", zoom, 300, 60)
            many_dags("300 DAGs at once", zoom, 300, 1)
            return
        one_run("1,000 tasks", zoom, arguments.tasks)
        one_run("one store call in ten fails", zoom, arguments.tasks, broken=0.1)
        one_run("clocks off by 90 s", zoom, arguments.tasks, skew=90)
        one_run("one waiting process in five is killed", zoom, arguments.tasks, killed=0.2)


if __name__ == "__main__":
    main()
