"""See that every alert arrives, and leads back, with a real Airflow and a local Zoom.

Start it with the Python of an Airflow 3.1 or newer with ``airflow-provider-zoomchat[sandbox]``::

    python tests/standalone/run.py

It starts `airflow standalone` in a folder that is thrown away, runs the examples of alerts and the
DAGs in `dags`, compares what the chat says, follows every link, and answers an approval. That is
done in a browser if there is Chromium, its driver (Debian: `chromium` and `chromium-driver`) and
the package `selenium`, else over Airflow's REST API. Then two DAGs are silenced and run again, one
asks in the chat and is answered on the sandbox's page, and many tasks fail at once. Before that a
worker is killed when it has sent a message and not yet had the answer; its retry must find that
message (Airflow 3.3 and newer). It takes about five minutes on two cores. The status is 0 only if
all of it holds.

With ``--postgres`` Airflow has a PostgreSQL and 16 tasks at once, which then really write at the
same moment; else SQLite and 6. That wants Debian's package `postgresql`, and from PyPI
`psycopg2-binary` and `asyncpg`.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import quote

from airflow import __version__
from answers import REPLY, TOLD, check_answer
from browser import Browser, browser_if_there
from chat_alerts import (
    APPROVAL,
    DEADLINES,
    EXPECTED,
    FAILED,
    MAPPED,
    Message,
    check_links,
    check_words,
    find,
    head,
    links,
)
from local_airflow import Failure, LocalAirflow, wait_for
from lost_answers import WORDS as LOST
from lost_answers import check_lost_answer, lose_answer
from postgres import Postgres
from storms import check_storms

from airflow_provider_zoomchat.sandbox import Sandbox
from airflow_provider_zoomchat.tools.cli.demo import example_dags

#: The DAGs to run, each with the state in which its run must end.
DAGS = {
    "zoom_alerts": "failed",
    "zoom_approval": "success",
    "zoom_deadline_alert": "success",
    "standalone_tasks": "success",
    "standalone_deadline": "success",
}

#: What is answered to the approval, and what its DAG posts then.
ANSWER = "Publish"
ANSWERED = "Sales: Publish"

#: The DAGs that are silenced and run again, and alerts of theirs that are lines in a log then: of a
#: task's process, of the DAG processor, of the triggerer.
SILENCED = ("standalone_tasks", "standalone_deadline")
SILENCED_ALERTS = (
    "standalone_tasks / load started",
    "standalone_tasks succeeded",
    "standalone_deadline has missed its deadline",
)

AIRFLOW = tuple(int(part) for part in __version__.split(".")[:2])

#: Seconds in which nothing more may be posted, and the triggerer must stay alive.
QUIET = 15

#: What a notifier logs if an alert is not what it should be.
TROUBLE = ("No alert was sent", "in a simpler form", "is mentioned as plain text")

Say = Callable[[str], None]


def store_connection(airflow: LocalAirflow, zoom: Sandbox) -> None:
    """Store a connection in Airflow's database, with a channel of its own."""
    connection = zoom.connection("server_to_server")
    channels = {channel["name"]: channel["id"] for channel in zoom.state()["channels"]}
    extra = {**connection["extra"], "channel": channels["data-team"]}
    body = {**connection, "connection_id": "zoom_in_database", "extra": json.dumps(extra)}
    airflow.call("POST", "/connections", body)


def knows_dags(airflow: LocalAirflow) -> bool:
    """Tell whether Airflow has read every DAG."""
    return DAGS.keys() <= {dag["dag_id"] for dag in airflow.get("/dags")["dags"]}


def complaints(airflow: LocalAirflow) -> str:
    """Return what the notifiers have logged about alerts that are not what they should be."""
    return "\n".join(line for line in airflow.logged() if any(words in line for words in TROUBLE))


def wait_for_alerts(airflow: LocalAirflow, zoom: Sandbox, say: Say) -> None:
    """Wait until every alert is there, and say each as it comes."""
    said: set[str] = set()

    def complete() -> bool:
        for message in zoom.messages():
            if message["id"] not in said:
                said.add(message["id"])
                say(f"#{message['channel_name']}: {head(message)}")
        return all(find(zoom.messages(), expected) for expected in EXPECTED)

    try:
        wait_for("every alert", complete, 120)
    except Failure as failure:
        missing = [alert.head for alert in EXPECTED if not find(zoom.messages(), alert)]
        raise Failure(f"{failure} Missing: {missing}\n{complaints(airflow)}") from None


def answer(
    airflow: LocalAirflow, question: Message, run_id: str, browser: Browser | None, say: Say
) -> None:
    """Answer an approval in the way there is."""
    details = f"/dags/zoom_approval/dagRuns/{quote(run_id)}/taskInstances/ask/-1/hitlDetails"
    if browser:
        lines = browser.open(links(question)[ANSWER], "48,210 rows")
        others = [one for one in airflow.get(details)["options"] if one != ANSWER]
        if ANSWER not in lines or any(one in lines for one in others):
            raise Failure(f"The link to {ANSWER!r} opens a page without it chosen: {lines}")
        say(f"the page of the link has {ANSWER!r} chosen")
        browser.press("Respond")
        wait_for("the answer", lambda: airflow.get(details)["response_received"], 20)
    else:
        say("no Chromium or no selenium: the answer is given over the REST API instead")
        airflow.call("PATCH", details, {"chosen_options": [ANSWER], "params_input": {}})
    chosen = airflow.get(details)["chosen_options"]
    if chosen != [ANSWER]:
        raise Failure(f"Airflow has stored {chosen} as the answer.")


def look_at_logs(browser: Browser, messages: Sequence[Message]) -> None:
    """See that links to logs open the log, of a task and of a mapped one."""
    for expected, words in (
        (FAILED, "column 'qty' is empty"),
        (MAPPED, "Returned value was: us"),
    ):
        (message,) = find(messages, expected)
        browser.open(links(message)["Open log"], words)


def check_deadlines(airflow: LocalAirflow, zoom: Sandbox, runs: Mapping[str, str]) -> None:
    """See that both deadline alerts came while the run was still going, and from the triggerer."""
    for expected in DEADLINES:
        (message,) = find(zoom.messages(), expected)
        run = airflow.get(f"/dags/{expected.dag_id}/dagRuns/{quote(runs[expected.dag_id])}")
        if moment(message["time"]) >= moment(run["end_date"]):
            raise Failure(f"{expected.head!r} came when the run had ended.")
    sent = [line for line in airflow.log_lines("triggerer") if "CallbackState.SUCCESS" in line]
    if len(sent) != len(DEADLINES):
        raise Failure(f"The triggerer tells of {len(sent)} callbacks that went well: {sent}")


def check_triggerer(airflow: LocalAirflow, zoom: Sandbox) -> None:
    """See that the triggerer was not hurt by the alerts that it sent."""
    sent = max(moment(find(zoom.messages(), one)[0]["time"]) for one in DEADLINES)

    def still_beats() -> bool:
        triggerer = airflow.get("/monitor/health")["triggerer"]
        if triggerer["status"] != "healthy":
            raise Failure(f"The triggerer is not healthy any more: {triggerer}")
        beat = moment(triggerer["latest_triggerer_heartbeat"])
        return beat > sent + timedelta(seconds=QUIET)

    wait_for("a later heartbeat of the triggerer", still_beats, 60)


def silence(airflow: LocalAirflow) -> None:
    """Silence some DAGs, and run them again."""
    until = datetime.now(timezone.utc) + timedelta(hours=1)
    entry = {"id": "a", "dags": "standalone_*", "until": until.isoformat(), "reason": "a test"}
    value = json.dumps({"version": 1, "silences": [entry]})
    airflow.call("POST", "/variables", {"key": "zoomchat_silences", "value": value})
    for dag_id in SILENCED:
        airflow.trigger(dag_id)


def check_silence(airflow: LocalAirflow) -> None:
    """See that each silenced alert is a line in a log, whichever process it is of."""

    def are_there() -> bool:
        lines = [line for line in airflow.logged() if "Silenced until " in line]
        return all(any(words in line for line in lines) for words in SILENCED_ALERTS)

    wait_for(f"the log lines of silenced alerts: {SILENCED_ALERTS}", are_there, 60)


def moment(text: str) -> datetime:
    """Return a time that Airflow or the sandbox has written."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def check_everything(airflow: LocalAirflow, zoom: Sandbox, say: Say) -> None:
    """Do all of it.

    :raises Failure: something does not hold.
    """
    store_connection(airflow, zoom)
    wait_for("Airflow to know the DAGs", lambda: knows_dags(airflow), 120)
    runs = {dag_id: airflow.trigger(dag_id) for dag_id in DAGS}
    say(f"triggered {', '.join(runs)}")
    wait_for_alerts(airflow, zoom, say)

    alerts = zoom.messages()
    check_words(alerts)
    say(f"{len(alerts)} alerts, each once and with the right words")
    followed = 0
    for expected in EXPECTED:
        (message,) = find(alerts, expected)
        followed += check_links(airflow, message, expected, runs[expected.dag_id])
    say(f"{followed} links lead to the runs, tasks and tries they name")
    # Airflow tries it again after the heartbeat's time-out, while all else goes on.
    lost_run = lose_answer(airflow, zoom, say) if AIRFLOW >= (3, 3) else None
    with browser_if_there(airflow.url) as browser:
        if browser:
            look_at_logs(browser, alerts)
            say("the pages of logs show the logs")

        answer(airflow, find(alerts, APPROVAL)[0], runs["zoom_approval"], browser, say)
        wait_for("the post after the approval", lambda: zoom.messages(text=ANSWERED), 60)
        say(f"the approval is answered, and its DAG has gone on: {ANSWERED}")
        wait_for(
            f"the runs to end as they must: {DAGS}",
            lambda: all(airflow.run_state(dag_id, runs[dag_id]) == DAGS[dag_id] for dag_id in DAGS),
            60,
        )
        say("every run has ended as it must")
        check_deadlines(airflow, zoom, runs)
        check_triggerer(airflow, zoom)
        say("the triggerer has sent the deadline alerts and is healthy after that")

        silence(airflow)
        say(f"silenced and triggered again: {', '.join(SILENCED)}")
        quiet_until = time.monotonic() + QUIET
        check_answer(airflow, zoom, browser, say)
    time.sleep(max(0.0, quiet_until - time.monotonic()))
    check_silence(airflow)
    say("the silenced alerts are lines in the logs of the task, the DAG processor, the triggerer")
    later = [one for one in zoom.messages() if one["text"] not in (ANSWERED, TOLD, REPLY, LOST)]
    check_words(later)
    say(f"{QUIET} s later nothing was posted twice")
    if lost_run:
        check_lost_answer(airflow, zoom, lost_run, say)
    check_storms(airflow, zoom, say)
    if trouble := complaints(airflow):
        raise Failure(f"The notifiers complain:\n{trouble}")


@contextmanager
def database(postgres: bool) -> Iterator[dict[str, str]]:
    """Have a database, and give Airflow's settings for it."""
    if not postgres:
        yield {"AIRFLOW__CORE__PARALLELISM": "6"}
        return
    with Postgres() as server:
        yield {
            "AIRFLOW__CORE__PARALLELISM": "16",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": server.url,
        }


def main() -> int:
    """Do all of it, and return the status to end with."""
    parser = argparse.ArgumentParser(description="See that every alert arrives.")
    parser.add_argument("--postgres", action="store_true", help="not SQLite, and 16 tasks at once")
    arguments = parser.parse_args()
    if AIRFLOW < (3, 1):
        raise SystemExit(f"This wants Airflow 3.1 or newer and not {__version__}.")
    # What was started is ended even when this is.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    started = time.monotonic()

    def say(line: str) -> None:
        sys.stdout.write(f"{time.monotonic() - started:5.1f} s  {line}\n")
        sys.stdout.flush()

    say(f"Airflow {__version__} on {'PostgreSQL' if arguments.postgres else 'SQLite'} ...")
    folders = (example_dags(), Path(__file__).parent / "dags")
    try:
        with (
            database(arguments.postgres) as settings,
            Sandbox() as zoom,
            LocalAirflow(folders, {**zoom.environment(), **settings}) as airflow,
        ):
            say(f"Airflow answers at {airflow.url}, the local Zoom at {zoom.url}")
            check_everything(airflow, zoom, say)
    except Failure as failure:
        say(f"This does not hold: {failure}")
        return 1
    say("All of it holds.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
