"""What an alert costs: with a long exception, with a Zoom that hangs, and awaited ten at a time.

The local Zoom runs in a process of its own, so that its work is not counted.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

ROUNDS = 200
AWAITED = 10
ANSWERS_AFTER = 0.3  # seconds


def play_zoom(connection: Any, hang: float) -> None:
    """Be a Zoom that answers after so many seconds, until told to end."""
    from airflow_provider_zoomchat.sandbox import Sandbox

    with Sandbox() as zoom:
        if hang:
            zoom.hang(hang, path="/chat/users", accept=True, times=1000)
        connection.send(zoom.environment())
        connection.recv()


@contextmanager
def zoom(hang: float = 0) -> Iterator[None]:
    """Have the default connections lead to a Zoom that answers after so many seconds."""
    here, there = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=play_zoom, args=(there, hang))
    process.start()
    os.environ.update(here.recv())
    yield
    here.send("end")
    process.join()


def context(error: str) -> dict[str, Any]:
    """Return the context of a task that has failed."""
    ti = SimpleNamespace(dag_id="sales_daily", task_id="load_orders", run_id="r", state="failed")
    return {"ti": ti, "exception": ValueError(error)}


def time_lengths() -> None:
    """Print what an alert about a megabyte of exception takes, against one about a line."""
    from airflow_provider_zoomchat.notifications.zoom import ZoomChatNotifier

    errors = {"a line": "column 'qty' is missing", "a megabyte": "column 'qty' is gone\n" * 50_000}
    times: dict[str, list[float]] = {name: [] for name in errors}
    notifier = ZoomChatNotifier(on_error="raise")
    contexts = {name: context(error) for name, error in errors.items()}
    with zoom():
        for turn in range(ROUNDS):
            for name in errors:
                started = time.perf_counter()
                notifier(contexts[name])
                if turn:  # the first one imports and asks for a token
                    times[name].append(time.perf_counter() - started)
    medians = {name: statistics.median(found) for name, found in times.items()}
    for name, median in medians.items():
        print(f"an alert about {name:12} {median * 1000:6.1f} ms (median of {ROUNDS - 1})")
    print(f"ratio {medians['a megabyte'] / medians['a line']:.2f}")


def time_hang() -> None:
    """Print how long a callback takes if Zoom hangs."""
    from airflow_provider_zoomchat.notifications.zoom import ZoomChatNotifier

    with zoom(hang=30):
        started = time.perf_counter()
        ZoomChatNotifier()(context("column 'qty' is missing"))
        print(f"a callback while Zoom hangs {time.perf_counter() - started:6.1f} s")


async def longest_gap() -> float:
    """Return the longest time for which the event loop did not get its turn."""
    from airflow_provider_zoomchat.notifications.zoom import ZoomChatNotifier

    gaps = [0.0]

    async def watch() -> None:
        last = time.perf_counter()
        while True:
            await asyncio.sleep(0.001)
            gaps.append(time.perf_counter() - last - 0.001)
            last += gaps[-1] + 0.001

    watching = asyncio.create_task(watch())
    failed = context("column 'qty' is missing")
    await asyncio.gather(*(ZoomChatNotifier(context=failed) for _ in range(AWAITED)))
    watching.cancel()
    return max(gaps)


def time_gaps() -> None:
    """Print the longest gap in an event loop that awaits notifiers."""
    with zoom(hang=ANSWERS_AFTER):
        for name in ("in a new process", "later on"):
            gap = asyncio.run(longest_gap()) * 1000
            print(f"{AWAITED} awaited alerts {name:17} longest gap in the loop {gap:5.1f} ms")


def main() -> None:
    """Print all figures."""
    logging.disable()
    time_gaps()
    time_lengths()
    time_hang()


if __name__ == "__main__":
    main()
