"""A DAG that asks in the chat, waits in the triggerer, and is answered on the sandbox's page."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from browser import Browser
from local_airflow import Failure, LocalAirflow, wait_for

from airflow_provider_zoomchat.sandbox import Sandbox

DAG_ID = "zoom_ask"
QUESTION = "❓ 12 of 48,210 rows have no quantity. Answer here: publish, or keep back?"
REPLY = " Keep back "
TOLD = "12 of 48,210 rows have no quantity: keep back, says Ann."

#: What must become of the tasks when somebody has answered.
STATES = {
    "ask": "success",
    "answer": "success",
    "told": "success",
    "decide": "success",
    "publish": "skipped",
    "keep_back": "success",
}


def check_answer(
    airflow: LocalAirflow, zoom: Sandbox, browser: Browser | None, say: Callable[[str], None]
) -> None:
    """Let a DAG ask, answer it, and see that it goes on with that answer.

    :param browser: to answer on the page of the chat, if there is one.
    :raises Failure: something does not hold.
    """
    run_id = airflow.trigger(DAG_ID)
    tasks = f"/dags/{DAG_ID}/dagRuns/{quote(run_id)}/taskInstances"
    wait_for("the question", lambda: zoom.messages(text=QUESTION), 60)
    wait_for(
        "its task to wait in the triggerer",
        lambda: airflow.get(f"{tasks}/answer")["state"] == "deferred",
        60,
    )
    if browser:
        browser.open(f"{zoom.url}/", QUESTION)
        browser.answer(QUESTION, REPLY)
        say(f"{DAG_ID}: answered on the page of the chat")
    else:
        zoom.answer(zoom.message(text=QUESTION), REPLY, by="ann@example.com")
        say(f"{DAG_ID}: answered, without the page: there is no Chromium or no selenium")
    wait_for(
        f"{DAG_ID} to end",
        lambda: airflow.run_state(DAG_ID, run_id) in ("success", "failed"),
        60,
    )
    states = {one["task_id"]: one["state"] for one in airflow.get(tasks)["task_instances"]}
    if states != STATES:
        raise Failure(f"{DAG_ID} ended with {states}")
    if [message["history"] for message in zoom.messages(text=TOLD)] != [[QUESTION]]:
        raise Failure(f"{DAG_ID}: the question was not edited into its answer.")
    say(f"{DAG_ID}: the DAG has followed the answer, and the question tells it")
