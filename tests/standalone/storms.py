"""Many failures at once: one message a run, nothing lost, and a good end."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from local_airflow import Failure, LocalAirflow, wait_for

from airflow_provider_zoomchat.sandbox import Sandbox

#: The DAGs whose tasks fail, each with how many.
STORMS = {"storm_user": 40, "storm_bot": 40, "zoom_storm": 13, "storm_killed": 40, "storm_lost": 40}

#: Those whose tasks are fine once something is mended.
MENDABLE = ("storm_user", "storm_bot", "zoom_storm")

#: At most so many replies in the thread of a run, and calls to Zoom for its alerts.
REPLIES, CALLS = 7, 60


def texts(zoom: Sandbox, words: str) -> list[str]:
    """Return the messages whose first lines name this."""
    return [
        message["text"]
        for message in zoom.messages()
        if words in message["text"].partition("\n")[0]
    ]


def check_storms(airflow: LocalAirflow, zoom: Sandbox, say: Callable[[str], None]) -> None:
    """Let tasks fail, mend what is wrong, and look at the one message of each run.

    :raises Failure: something does not hold.
    """
    for dag_id, count in STORMS.items():
        before, calls = len(zoom.messages()), len(zoom.requests())
        run_id = airflow.trigger(dag_id)
        wait_for(
            f"{dag_id} to end",
            lambda dag_id=dag_id, run_id=run_id: airflow.run_state(dag_id, run_id) == "failed",  # type: ignore[misc]
            240,
        )
        try:
            wait_for(
                f"all {count} failures of {dag_id}",
                lambda dag_id=dag_id, count=count: _shows(zoom, dag_id, count),  # type: ignore[misc]
                90,
            )
        except Failure as failure:
            said = "\n".join(line for line in airflow.logged() if "zoomchat" in line)
            raise Failure(f"{failure} Zoom has: {texts(zoom, dag_id)}\n{said}") from None
        messages, replies = texts(zoom, dag_id), len(zoom.messages()) - before - 1
        calls = len(zoom.requests()) - calls
        say(f"{dag_id}: {len(messages)} message, {replies} replies, {calls} calls: {messages[0]!r}")
        if len(messages) != 1 or replies > REPLIES or calls > CALLS:
            raise Failure(f"The failures of {dag_id} are not one message: {zoom.messages()}")
        if dag_id in MENDABLE:
            _recover(airflow, zoom, dag_id, run_id, count)
            say(f"{dag_id} has recovered: {texts(zoom, dag_id)}")
    late = [line for line in airflow.log_lines("dag-processor") if "killing it" in line]
    if late:
        raise Failure(f"The DAG processor has killed a process that took too long: {late}")


def _shows(zoom: Sandbox, dag_id: str, count: int) -> bool:
    """Tell whether all failures are counted; a DAG's own alert names eight of them."""
    counted = re.compile(rf"\b{count} of \d+ tasks| \+{count - 8} · ")
    return any(counted.search(text) for text in texts(zoom, dag_id))


def _recover(airflow: LocalAirflow, zoom: Sandbox, dag_id: str, run_id: str, count: int) -> None:
    mended = airflow.home / "mended"
    mended.touch()
    airflow.call(
        "POST",
        f"/dags/{dag_id}/clearTaskInstances",
        {"dag_run_id": run_id, "only_failed": True, "dry_run": False, "reset_dag_runs": True},
    )
    wait_for(
        f"{dag_id} to recover",
        lambda: any(f"{dag_id} recovered" in text for text in texts(zoom, dag_id)),
        240,
    )
    mended.unlink()
    if not any(f"({count} tasks had failed)" in text for text in texts(zoom, dag_id)):
        raise Failure(f"{dag_id} does not say how many had failed: {texts(zoom, dag_id)}")
    wait_for(
        f"no Variable of {dag_id} to be left",
        lambda: not any(dag_id in one["key"] for one in _variables(airflow)),
        10,
    )


def _variables(airflow: LocalAirflow) -> list[dict[str, Any]]:
    pattern = quote("zoomchat_group_%")
    found: list[dict[str, Any]] = airflow.get(f"/variables?variable_key_pattern={pattern}")[
        "variables"
    ]
    return found
