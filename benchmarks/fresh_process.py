"""What a process pays that posts one message, as each task is one: import, token, message.

Ours and Slack's operator take turns, each in a process of its own, against one server that answers
every call at once. Airflow's own classes are there already; bytecode is warm.

    pip install apache-airflow-providers-slack
    python benchmarks/fresh_process.py
"""

from __future__ import annotations

import json
import multiprocessing
import os
import socket
import statistics
import subprocess
import sys

from message_cost import serve

RUNS = 15

PROBE = """
import logging, time
from airflow.providers.common.compat.sdk import BaseHook, BaseOperator, BaseOperatorLink, XCom
from airflow.providers.common.compat.sdk import AirflowFailException, timezone
logging.disable(logging.CRITICAL)

class Ti:
    max_tries = 0
    def xcom_push(self, **_): pass

start = time.perf_counter()
{statement}
print((time.perf_counter() - start) * 1000)
"""

OPERATORS = {
    "ZoomChatMessageOperator": "from airflow_provider_zoomchat.operators.zoom import "
    "ZoomChatMessageOperator as Post; Post(task_id='post', message='Done').execute({'ti': Ti()})",
    "SlackAPIPostOperator": "from airflow.providers.slack.operators.slack import "
    "SlackAPIPostOperator as Post; Post(task_id='post', channel='C1', text='Done').execute({})",
}


def main() -> None:
    """Print the median of each operator, and its ratio to Slack's."""
    times: dict[str, list[float]] = {name: [] for name in OPERATORS}
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = multiprocessing.get_context("fork").Process(target=serve, args=(listener,))
        server.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    extra = {"account_id": "acc", "user_id": "airflow@example.com", "channel": "c1" * 16}
    zoom = {"conn_type": "zoom", "host": url, "login": "id", "password": "secret", "extra": extra}
    slack = {"conn_type": "slack", "password": "xoxb-1", "extra": {"base_url": f"{url}/api/"}}
    environment = {
        **os.environ,
        "AIRFLOW_CONN_ZOOM_DEFAULT": json.dumps(zoom),
        "AIRFLOW_CONN_SLACK_API_DEFAULT": json.dumps(slack),
    }
    try:
        for number in range(RUNS + 1):
            for name, statement in OPERATORS.items():
                command = [sys.executable, "-c", PROBE.format(statement=statement)]
                run = subprocess.run(
                    command, env=environment, capture_output=True, text=True, check=True
                )
                if number:  # the first one warms the bytecode
                    times[name].append(float(run.stdout.splitlines()[-1]))
    finally:
        server.kill()
    slacks = statistics.median(times["SlackAPIPostOperator"])
    for name, found in times.items():
        median = statistics.median(found)
        print(f"{name:24} {median:7.1f} ms  {median / slacks:5.2f} x (median of {RUNS})")


if __name__ == "__main__":
    main()
