"""Many triggers that wait for answers in one event loop, as in one triggerer.

The triggers run in a process of their own, against a sandbox in this one, at the pace of the first
ten minutes. People answer at random moments, each message once.

    python benchmarks/reply_sensors.py                 # 100 triggers for 90 s
    python benchmarks/reply_sensors.py --triggers 300
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
import random
import subprocess
import sys
import time
from datetime import datetime, timezone
from typing import Any

from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.sandbox import Sandbox, world

#: Seconds between two looks at whether the event loop goes on.
TICK = 0.005


async def measure(message_ids: list[str], seconds: float) -> None:
    """Run a trigger for each message; prints when each has seen its answer, and the longest gap."""
    from airflow_provider_zoomchat.triggers.zoom import ZoomChatReplyTrigger

    place = {
        "user_id": world.AIRFLOW.email,
        "to_channel": world.DATA_PIPELINES.id,
        "to_contact": None,
    }
    longest = 0.0

    async def tick() -> None:
        nonlocal longest
        while True:
            before = time.monotonic()
            await asyncio.sleep(TICK)
            longest = max(longest, time.monotonic() - before - TICK)

    async def wait(message_id: str) -> tuple[str, float]:
        trigger = ZoomChatReplyTrigger(
            zoom_conn_id="zoom_default",
            message_id=message_id,
            place=place,
            options=["publish"],
            asked_by=[world.AIRFLOW.email],
            started=datetime.now(timezone.utc).isoformat(),
            timeout=seconds,
        )
        async for event in trigger.run():
            if "replies" in event.payload:
                return message_id, time.time()
        return message_id, 0.0

    ticking = asyncio.create_task(tick())
    await asyncio.sleep(1)
    idle, longest = longest, 0.0
    seen = dict(await asyncio.gather(*map(wait, message_ids)))
    ticking.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await ticking
    print(json.dumps({"idle": idle, "gap": longest, "seen": seen}))


def most_in_a_second(times: list[float]) -> int:
    """Return how many calls there were in the busiest second, wherever that begins."""
    return max(sum(begin <= one < begin + 1 for one in times) for begin in times)


def moment(text: str) -> float:
    """Return a time that the sandbox has written, in seconds since 1970."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--triggers", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=90)
    parser.add_argument("--wait", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.wait:
        logging.disable()
        asyncio.run(measure(json.load(sys.stdin), chosen.seconds))
        return
    with Sandbox() as zoom:
        os.environ |= zoom.environment()
        ids = [ZoomHook().send_message(message=f"{one}?") for one in range(chosen.triggers)]
        posted = len(zoom.requests())
        began = time.time()
        triggers = subprocess.Popen(
            [sys.executable, "-W", "ignore", __file__, "--wait", "--seconds", str(chosen.seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert triggers.stdin
        with triggers.stdin as pipe:
            json.dump(ids, pipe)
        answered: dict[str, float] = {}
        # The last ones leave the longest time that an answer may take.
        span = chosen.seconds - 30
        for second, message_id in sorted((random.uniform(5, span), str(one)) for one in ids):
            time.sleep(max(0.0, began + second - time.time()))
            zoom.answer(message_id, "publish", by="ann@example.com")
            answered[message_id] = time.time()
        assert triggers.stdout
        found: dict[str, Any] = json.loads(triggers.stdout.read().splitlines()[-1])
        triggers.wait()
        calls = zoom.requests()[posted:]
    looks = [moment(call["time"]) for call in calls if "/thread" in call["path"]]
    tokens = sum("/oauth/token" in call["path"] for call in calls)
    took = sorted(seen - answered[one] for one, seen in found["seen"].items() if seen)
    print(
        f"{chosen.triggers} triggers: {len(took)} answers seen, the slowest after {took[-1]:.1f} s "
        f"(median {took[len(took) // 2]:.1f} s); {len(looks)} looks, at most "
        f"{most_in_a_second(looks)} in a second; {tokens} token call(s); longest gap in the event "
        f"loop {found['gap'] * 1000:.0f} ms (with nothing in it {found['idle'] * 1000:.0f} ms)"
    )


if __name__ == "__main__":
    main()
