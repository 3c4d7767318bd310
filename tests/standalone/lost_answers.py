"""A worker that is killed after Zoom has taken its message, and before it hears of that."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import quote

from local_airflow import Failure, LocalAirflow, wait_for

from airflow_provider_zoomchat.sandbox import Sandbox

DAG_ID = "lost_answer"
WORDS = "✅ Load finished & <checked>"


def lose_answer(airflow: LocalAirflow, zoom: Sandbox, say: Callable[[str], None]) -> str:
    """Kill the worker of a task whose message Zoom has taken, and return the id of the run."""
    # Longer than all of this takes.
    zoom.hang(600, path="/messages", accept=True)
    run_id = airflow.trigger(DAG_ID)
    wait_for("Zoom to take the message", lambda: zoom.messages(text=WORDS), 120)
    for pid in (airflow.home / "pids").read_text().split()[::-1]:
        with suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)
    say(f"{DAG_ID}: Zoom has the message, and the worker was killed before it knew")
    return run_id


def check_lost_answer(
    airflow: LocalAirflow, zoom: Sandbox, run_id: str, say: Callable[[str], None]
) -> None:
    """See that the retry succeeds with the one message that is there.

    It wants Airflow 3.3, whose task state store tells the retry what the first try has done.

    :raises Failure: something does not hold.
    """
    wait_for(
        f"{DAG_ID} to end",
        lambda: airflow.run_state(DAG_ID, run_id) in ("success", "failed"),
        240,
    )
    task = f"/dags/{DAG_ID}/dagRuns/{quote(run_id)}/taskInstances/post"
    state, tries = (airflow.get(task)[name] for name in ("state", "try_number"))
    messages = zoom.messages(text=WORDS)
    returned = airflow.get(f"{task}/xcomEntries/return_value")["value"]
    is_one = (state, tries, len(messages)) == ("success", 2, 1)
    if not is_one or messages[0]["id"] not in str(returned):
        raise Failure(
            f"{DAG_ID} ended as {state} in try {tries} with {returned!r}, and the chat has "
            f"{messages}"
        )
    say(f"{DAG_ID}: the retry has found the message: one is there, and its id is the task's")
