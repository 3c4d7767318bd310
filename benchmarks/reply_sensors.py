"""Sensors that wait for answers in one triggerer: calls, the event loop's gaps, how soon they see.

The triggers of all sensors run in one event loop, as in a triggerer, and their messages are in the
sandbox, which runs in a process of its own. After a while people answer, one message after the
other. Each figure is of one run; with `--runs` the medians of several.

    python benchmarks/reply_sensors.py                 # 100 sensors for 60 s
    python benchmarks/reply_sensors.py --seconds 120 --runs 3
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import random
import threading
import time
from bisect import bisect_left
from datetime import datetime, timezone
from multiprocessing.connection import Connection
from statistics import median
from typing import Any

from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.sandbox import Sandbox
from airflow_provider_zoomchat.triggers.zoom import ZoomChatReplyTrigger
from airflow_provider_zoomchat.zoom import client

CONN_ID = "zoom_waiting"
ASKER, PERSON = "airflow@example.com", "ann@example.com"

#: Seconds between two beats of the clock that sees gaps of the event loop.
BEAT = 0.005


def play_zoom(pipe: Connection) -> None:
    """Be a Zoom for another process: answer messages, and tell of calls, as it asks."""
    with Sandbox() as zoom:
        pipe.send(zoom.connection("server_to_server"))
        while (order := pipe.recv()) is not None:
            if order == "calls":
                pipe.send([(each["path"], each["time"]) for each in zoom.requests()])
            else:
                pipe.send(zoom.answer(order, "publish", by=PERSON)["time"])


def moment(text: str) -> float:
    """Return a time of the sandbox in seconds since 1970."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def now() -> datetime:
    """Return the time, of this machine as of the sandbox."""
    return datetime.now(timezone.utc)


async def beat(gaps: list[tuple[float, float]]) -> None:
    """Note by how much each beat comes too late, and how much of that this process has worked."""
    clock = asyncio.get_running_loop().time
    while True:
        before, worked = clock(), time.process_time()
        await asyncio.sleep(BEAT)
        gap = clock() - before - BEAT
        gaps.append((gap, min(gap, time.process_time() - worked)))


async def seen(message_id: str) -> tuple[str, float]:
    """Wait for the answer to a message; return when it was seen."""
    trigger = ZoomChatReplyTrigger(
        zoom_conn_id=CONN_ID,
        message_id=message_id,
        target={"to_channel": None, "to_contact": None, "user_id": ASKER},
        started=now().isoformat(),
        timeout=600,
        options=["publish", "keep back"],
        asked_by=[ASKER],
    )
    async for event in trigger.run():
        assert event.payload["replies"][0]["answer"] == "publish", event.payload
    return message_id, now().timestamp()


async def wait(message_ids: list[str], seconds: float, pipe: Connection) -> dict[str, Any]:
    """Let sensors wait for so long while people answer; return what was seen when."""
    gaps: list[tuple[float, float]] = []
    beats = asyncio.create_task(beat(gaps))
    waiting = [asyncio.create_task(seen(message_id)) for message_id in message_ids]
    answered: dict[str, float] = {}
    # All look at least once before the first answer, and all answers are in before the end.
    await asyncio.sleep(seconds / 3)
    threads = threading.active_count()
    for message_id in random.sample(message_ids, len(message_ids)):
        await asyncio.sleep(seconds / 3 / len(message_ids))
        pipe.send(message_id)
        while not pipe.poll():
            await asyncio.sleep(BEAT)
        answered[message_id] = moment(pipe.recv())
        threads = max(threads, threading.active_count())
    saw = dict(await asyncio.gather(*waiting))
    beats.cancel()
    late = [saw[message_id] - answered[message_id] for message_id in message_ids]
    return {
        "gap": max(gap for gap, _ in gaps),
        "own_gap": max(own for _, own in gaps),
        "median": median(late),
        "latest": max(late),
        "threads": threads,
    }


def measure(sensors: int, seconds: float) -> dict[str, float]:
    """Return the figures of one run."""
    pipe, theirs = multiprocessing.get_context("spawn").Pipe()
    zoom = multiprocessing.get_context("spawn").Process(target=play_zoom, args=(theirs,))
    zoom.start()
    try:
        os.environ[f"AIRFLOW_CONN_{CONN_ID.upper()}"] = json.dumps(pipe.recv())
        hook = ZoomHook(CONN_ID)
        sent = [hook.send_message(message="Publish?") for _ in range(sensors)]
        message_ids = [message_id for message_id in sent if message_id]
        client.forget()  # a triggerer that has just begun
        began = now().timestamp()
        figures = asyncio.run(wait(message_ids, seconds, pipe))
        pipe.send("calls")
        calls = [(path, moment(when)) for path, when in pipe.recv()]
        pipe.send(None)
    finally:
        zoom.join(10)
        zoom.kill()
    times = sorted(when for _, when in calls if when >= began)
    figures["calls"] = len(times)
    figures["tokens"] = sum(when >= began and "token" in path for path, when in calls)
    # In the busiest second that begins with a call.
    figures["a_second"] = max(bisect_left(times, when + 1.0) - at for at, when in enumerate(times))
    return figures


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sensors", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--runs", type=int, default=1)
    chosen = parser.parse_args()
    runs = [measure(chosen.sensors, chosen.seconds) for _ in range(chosen.runs)]
    of = {name: median(run[name] for run in runs) for name in runs[0]}
    print(
        f"{chosen.sensors} sensors: longest gap in the event loop {of['own_gap'] * 1000:.0f} ms, "
        f"with what others on this machine took {of['gap'] * 1000:.0f} ms; "
        f"{of['calls']:.0f} calls with {of['tokens']:.0f} for tokens, at most "
        f"{of['a_second']:.0f} in a second; at most {of['threads']:.0f} threads; an answer is seen "
        f"after {of['median']:.1f} s (median), {of['latest']:.1f} s at the latest"
    )


if __name__ == "__main__":
    main()
