"""What a DAG file pays to import operators or notifiers, over Airflow's own base classes.

Each import happens in a process of its own; bytecode is warm.
"""

from __future__ import annotations

import importlib.util
import statistics
import subprocess
import sys

RUNS = 11

PROBE = """
import gc, time
from airflow.providers.common.compat.sdk import BaseHook, BaseOperator, BaseOperatorLink, XCom
from airflow.providers.common.compat.sdk import AirflowFailException, BaseNotifier, timezone
gc.collect()  # the garbage of Airflow's own import is not ours
start = time.perf_counter()
{statement}
print((time.perf_counter() - start) * 1000)
"""

IMPORTS = {
    "both operators": (
        "from airflow_provider_zoomchat.operators.zoom import "
        "ZoomChatMessageOperator, ZoomChatbotMessageOperator"
    ),
    "the report operator": (
        "from airflow_provider_zoomchat.transfers.sql_to_zoom_chat import SqlToZoomChatOperator"
    ),
    "the cards' builders": "from airflow_provider_zoomchat.zoom.cards import card, fields, message",
    "the notifiers": (
        "from airflow_provider_zoomchat.notifications.zoom import "
        "ZoomChatNotifier, ZoomChatbotNotifier, ZoomWebhookNotifier"
    ),
    "the hook too": "from airflow_provider_zoomchat.hooks.zoom import ZoomHook",
}
SLACK = "from airflow.providers.slack.operators.slack import SlackAPIPostOperator"


def milliseconds(statement: str) -> float:
    """Return the time of one import in a fresh process."""
    probe = PROBE.format(statement=statement)
    run = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    return float(run.stdout.split()[-1])


def main() -> None:
    """Print the median of each import."""
    imports = dict(IMPORTS)
    if importlib.util.find_spec("airflow.providers.slack"):
        imports["SlackAPIPostOperator"] = SLACK
    for statement in imports.values():
        milliseconds(statement)  # writes the bytecode
    # In turns, so that a busy moment of the machine hits all of them.
    times: dict[str, list[float]] = {name: [] for name in imports}
    for _ in range(RUNS):
        for name, statement in imports.items():
            times[name].append(milliseconds(statement))
    for name, found in times.items():
        print(f"{name:22} {statistics.median(found):7.1f} ms (median of {RUNS} processes)")


if __name__ == "__main__":
    main()
