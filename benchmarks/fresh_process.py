"""What a process pays that posts one message, as each task is one: import, token, message.

Ours and, where it is installed, Slack's operator take turns, each in a process of its own, against
one server that answers every call at once. Airflow's own classes are there already; bytecode is
warm.

    pip install apache-airflow-providers-slack
    python benchmarks/fresh_process.py
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

from measuring import connections, instant_server, print_ratios

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
    operators = dict(OPERATORS)
    if not importlib.util.find_spec("airflow.providers.slack"):
        del operators["SlackAPIPostOperator"]
    times: dict[str, list[float]] = {name: [] for name in operators}
    with instant_server() as url:
        environment = {**os.environ, **connections(url)}
        for number in range(RUNS + 1):
            for name, statement in operators.items():
                command = [sys.executable, "-c", PROBE.format(statement=statement)]
                run = subprocess.run(
                    command, env=environment, capture_output=True, text=True, check=True
                )
                if number:  # the first one warms the bytecode
                    times[name].append(float(run.stdout.splitlines()[-1]))
    print_ratios(times, list(operators)[-1])


if __name__ == "__main__":
    main()
