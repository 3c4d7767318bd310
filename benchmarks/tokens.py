"""Token calls and seconds where many processes post one message each, with and without sharing.

Each process is forked from one that has imported Airflow, and knows no token, as a task that has
just begun. They share Airflow's Variables in a SQLite file of their own, and post to the sandbox.

    python benchmarks/tokens.py                    # 200 processes, 16 at a time
    python benchmarks/tokens.py --at-once 200      # all at the same moment
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from typing import Any

from airflow_provider_zoomchat.sandbox import Sandbox

#: How one of the connections may differ.
CONNECTIONS = {"each its own": {}, "share_tokens": {"share_tokens": True}}


def post_all(processes: int, at_once: int) -> None:
    """Fork processes that each post one message; prints how long it took, and the longest of them.

    :param at_once: how many run at the same moment.
    """
    from airflow import settings
    from airflow.models import Variable

    from airflow_provider_zoomchat.hooks.zoom import ZoomHook

    logging.disable()
    _ = ZoomHook("zoom_tokens").settings
    Variable.get("zoomchat_none", None)  # so that all is imported
    engine: Any = settings.engine
    engine.dispose()  # its connections cannot be shared
    began = time.monotonic()
    running: dict[int, float] = {}
    seconds: list[float] = []
    failed = 0

    def wait_for_one() -> None:
        nonlocal failed
        child, status = os.wait()
        failed += status != 0
        seconds.append(time.monotonic() - running.pop(child))

    for number in range(processes):
        if len(running) >= at_once:
            wait_for_one()
        child = os.fork()
        if not child:
            status = 1
            try:
                ZoomHook("zoom_tokens").send_message(message=str(number))
                status = 0
            finally:
                os._exit(status)
        running[child] = time.monotonic()
    while running:
        wait_for_one()
    took = time.monotonic() - began
    print(json.dumps({"took": took, "longest": max(seconds), "failed": failed}))


def measure(name: str, zoom: Sandbox, processes: int, at_once: int) -> None:
    """Have an Airflow of its own post, and print the figures."""
    zoom.renew()
    connection = zoom.connection("server_to_server")
    connection["extra"].update(CONNECTIONS[name])
    with tempfile.TemporaryDirectory() as home:
        environment = {
            **os.environ,
            "AIRFLOW_HOME": home,
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW_CONN_ZOOM_TOKENS": json.dumps(connection),
        }
        migrate = [sys.executable, "-m", "airflow", "db", "migrate"]
        subprocess.run(migrate, env=environment, check=True, capture_output=True)
        run = subprocess.run(
            [sys.executable, "-W", "ignore", __file__, "--post", str(processes), str(at_once)],
            env=environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    found = json.loads(run.stdout.splitlines()[-1])
    calls = len(zoom.requests("/oauth/token"))
    print(
        f"{name}: {calls} token calls, {len(zoom.messages())} messages of {processes}, "
        f"{found['failed']} failed; {found['took']:.1f} s in all, longest process "
        f"{found['longest']:.1f} s"
    )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=200)
    parser.add_argument("--at-once", type=int, default=16)
    parser.add_argument("--post", type=int, nargs=2, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.post:
        post_all(*chosen.post)
        return
    with Sandbox() as zoom:
        for name in CONNECTIONS:
            measure(name, zoom, chosen.processes, chosen.at_once)


if __name__ == "__main__":
    main()
