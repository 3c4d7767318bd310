"""Many failures at once: one message a run, nothing lost, and a good end."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from local_airflow import Failure, LocalAirflow, wait_for

from airflow_provider_zoomchat.sandbox import Sandbox

#: The DAGs whose tasks fail, each with how many.
STORMS = {"storm_user": 40, "storm_bot": 40, "zoom_storm": 13, "storm_killed": 40, "storm_lost": 40}

#: At most so many replies in the thread of a run, and calls to Zoom for its alerts on average.
REPLIES, CALLS = 7, 30


def texts(zoom: Sandbox, words: str) -> list[str]:
    """Return the messages whose first lines name this."""
    return [
        message["text"]
        for message in zoom.messages()
        if words in message["text"].partition("\n")[0]
    ]


def check_storms(airflow: LocalAirflow, zoom: Sandbox, say: Callable[[str], None]) -> None:
    """Let tasks fail, mend what is wrong, and look at the one message of each run.

    Two storms at a time, while tasks that are lost wait for the heartbeat's time-out, 16 by 16.

    :raises Failure: something does not hold.
    """
    before = len(zoom.requests())
    runs = {dag_id: airflow.trigger(dag_id) for dag_id in ("storm_lost", "storm_user", "storm_bot")}
    for dag_id in ("storm_user", "storm_bot"):
        _check(airflow, zoom, dag_id, runs[dag_id], say)
    _recover(airflow, zoom, runs, ("storm_user", "storm_bot"), say)
    runs |= {dag_id: airflow.trigger(dag_id) for dag_id in ("zoom_storm", "storm_killed")}
    for dag_id in ("zoom_storm", "storm_killed"):
        _check(airflow, zoom, dag_id, runs[dag_id], say)
    _recover(airflow, zoom, runs, ("zoom_storm",), say)
    _check(airflow, zoom, "storm_lost", runs["storm_lost"], say)
    calls = len(zoom.requests()) - before
    if calls > CALLS * len(STORMS):
        raise Failure(f"The alerts of {len(STORMS)} storms took {calls} calls.")
    say(f"the alerts of all storms took {calls} calls")
    late = [line for line in airflow.log_lines("dag-processor") if "killing it" in line]
    if late:
        raise Failure(f"The DAG processor has killed a process that took too long: {late}")


def _check(
    airflow: LocalAirflow, zoom: Sandbox, dag_id: str, run_id: str, say: Callable[[str], None]
) -> None:
    """Wait for a run to fail, and see that its one message counts all failures."""
    count = STORMS[dag_id]
    wait_for(f"{dag_id} to end", lambda: airflow.run_state(dag_id, run_id) == "failed", 240)
    try:
        wait_for(f"all {count} failures of {dag_id}", lambda: _shows(zoom, dag_id, count), 90)
    except Failure as failure:
        said = "\n".join(line for line in airflow.logged() if "zoomchat" in line)
        raise Failure(f"{failure} Zoom has: {texts(zoom, dag_id)}\n{said}") from None
    first, *others = (one for one in zoom.messages() if dag_id in one["text"].partition("\n")[0])
    replies = [one for one in zoom.messages() if one["reply_to"] == first["id"]]
    say(f"{dag_id}: 1 message, {len(replies)} replies: {first['text']!r}")
    if others or len(replies) > REPLIES:
        raise Failure(f"The failures of {dag_id} are not one message: {zoom.messages()}")


def _shows(zoom: Sandbox, dag_id: str, count: int) -> bool:
    """Tell whether all failures are counted; a DAG's own alert names eight of them."""
    counted = re.compile(rf"\b{count} of \d+ tasks| \+{count - 8} · ")
    return any(counted.search(text) for text in texts(zoom, dag_id))


def _recover(
    airflow: LocalAirflow,
    zoom: Sandbox,
    runs: Mapping[str, str],
    dag_ids: Sequence[str],
    say: Callable[[str], None],
) -> None:
    """Mend what is wrong with some DAGs, clear their tasks, and see that their messages say so."""
    mended = airflow.home / "mended"
    mended.touch()
    for dag_id in dag_ids:
        body = {"only_failed": True, "dry_run": False, "reset_dag_runs": True}
        airflow.call(
            "POST", f"/dags/{dag_id}/clearTaskInstances", {**body, "dag_run_id": runs[dag_id]}
        )
    for dag_id in dag_ids:
        wait_for(
            f"{dag_id} to recover",
            lambda dag_id=dag_id: any(  # type: ignore[misc]
                f"{dag_id} recovered" in text for text in texts(zoom, dag_id)
            ),
            240,
        )
        if not any(f"({STORMS[dag_id]} tasks had failed)" in text for text in texts(zoom, dag_id)):
            raise Failure(f"{dag_id} does not say how many had failed: {texts(zoom, dag_id)}")
        wait_for(
            f"no Variable of {dag_id} to be left",
            lambda dag_id=dag_id: not any(dag_id in one["key"] for one in _variables(airflow)),  # type: ignore[misc]
            10,
        )
        say(f"{dag_id} has recovered: {texts(zoom, dag_id)}")
    mended.unlink()


def _variables(airflow: LocalAirflow) -> list[dict[str, Any]]:
    pattern = quote("zoomchat_group_%")
    found: list[dict[str, Any]] = airflow.get(f"/variables?variable_key_pattern={pattern}")[
        "variables"
    ]
    return found
