"""Record what Airflow hands to callbacks and notifiers, from real runs of the Airflow it runs with.

Start it with the Python of the Airflow to record::

    python tests/contexts/record.py

It starts `airflow standalone` in a throw-away folder, runs the DAGs of `dags/recording.py`, then
runs some of them again through `airflow dags test` and `dag.test()`, and replaces the files in the
folder named as the version. It takes four to seven minutes on two cores.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from airflow import __version__

HERE = Path(__file__).parent
DAGS = HERE / "dags"
AIRFLOW = tuple(int(part) for part in __version__.split(".")[:2])
EXPECTED = (
    "task_started task_succeeded task_failed task_retry task_failed_after_retry task_skipped"
    " task_failed_mapped task_failed_timeout task_lost"
    " dag_failed dag_succeeded dag_timed_out"
)
# Airflow 3 calls nobody back for a task that was killed but not its supervisor.
EXPECTED += " task_killed" if AIRFLOW < (3,) else ""
# Airflow 3.0 calls a lost task with a try left a failed one.
EXPECTED += " task_lost_retry" if AIRFLOW != (3, 0) else ""
EXPECTED += " deadline_missed approval_asked" if AIRFLOW >= (3, 1) else ""
# The scheduler of Airflow 3.2.2 ends when the callback of this one has run.
LAST = "recorded_deadline_missed_sync"
# Stands in every link, so that the recordings do not depend on the machine.
BASE_URL = "https://airflow.example.com"
PATIENCE = 300  # seconds until what has not been recorded is given up
LEFTOVERS = 30  # seconds in which something may be called that nobody expects, or called again


def say(line: str) -> None:
    """Tell whoever waits for the recordings."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def free_port() -> int:
    """Give a port nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def environment(home: Path, port: int, recordings: Path) -> dict[str, str]:
    """Give the variables for an Airflow of its own, which notices lost tasks quickly."""
    own = {
        "AIRFLOW_HOME": str(home),
        "CORE__DAGS_FOLDER": str(DAGS),
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "CORE__PARALLELISM": "4",
        "LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
        "LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port()),
    }
    if AIRFLOW >= (3,):
        own |= {
            "API__HOST": "127.0.0.1",
            "API__PORT": str(port),
            "API__WORKERS": "1",
            "API__BASE_URL": BASE_URL,
            "CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
            "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
            "SCHEDULER__TASK_INSTANCE_HEARTBEAT_SEC": "3",
            "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
        }
    else:
        own |= {
            "WEBSERVER__WEB_SERVER_HOST": "127.0.0.1",
            "WEBSERVER__WEB_SERVER_PORT": str(port),
            "WEBSERVER__WORKERS": "1",
            "WEBSERVER__BASE_URL": BASE_URL,
            "API__AUTH_BACKENDS": "airflow.api.auth.backend.basic_auth",
            "SCHEDULER__LOCAL_TASK_JOB_HEARTBEAT_SEC": "3",
            "SCHEDULER__SCHEDULER_ZOMBIE_TASK_THRESHOLD": "20",
        }
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")},
        **{name if "HOME" in name else f"AIRFLOW__{name}": own[name] for name in own},
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        # A deadline's callback is imported by name, in processes which read no DAG files.
        "PYTHONPATH": str(DAGS),
        "NO_PROXY": "127.0.0.1,localhost",
        "RECORDINGS": str(recordings),
        "RECORDED_HOW": "scheduler",
    }


@contextmanager
def airflow(variables: dict[str, str], log: Path) -> Iterator[None]:
    """Run `airflow standalone`, and end whatever belongs to it."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "airflow", "standalone"],
            env=variables,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGKILL):
                with suppress(ProcessLookupError):  # raised as soon as all of them are gone
                    os.killpg(process.pid, number)
                    for _ in range(20):
                        process.poll()
                        os.killpg(process.pid, 0)
                        time.sleep(1)


class Api:
    """The REST API of an Airflow, of either line."""

    def __init__(self, port: int, home: Path) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self.home = home
        self.prefix = "/api/v2" if AIRFLOW >= (3,) else "/api/v1"

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request and return the answer."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Authorization": self.authorization()}
        return self.open(method, self.prefix + path, data, headers)

    def open(self, method: str, path: str, data: bytes | None, headers: dict[str, str]) -> Any:
        """Send what needs no further words and return the answer."""
        request = urllib.request.Request(self.base + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read())

    def authorization(self) -> str:
        """Give the header with which this Airflow lets everything be done."""
        if AIRFLOW >= (3,):
            return f"Bearer {self.open('GET', '/auth/token', None, {})['access_token']}"
        password = (self.home / "standalone_admin_password.txt").read_text().strip()
        return f"Basic {b64encode(f'admin:{password}'.encode()).decode()}"


def wait_for(what: str, done: Callable[[], Any], seconds: float) -> bool:
    """Ask until the answer is yes, taking errors for a no."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if done():
                return True
        except (OSError, ValueError, KeyError):
            pass
        time.sleep(1)
    say(f"gave up: {what}")
    return False


def run_everything(api: Api, recordings: Path) -> None:
    """Trigger the DAGs, mark the task that waits for it as failed, and wait for the files."""
    known = "recorded_approval" if AIRFLOW >= (3, 1) else "recorded_tasks"
    wait_for("the DAGs", lambda: api("GET", f"/dags/{known}"), 180)
    dags = {dag["dag_id"] for dag in api("GET", "/dags")["dags"]}
    for dag in sorted(dags - {"recorded_run_succeeded", LAST}):  # the first has a schedule
        trigger(api, dag)
    marked = False

    def everything() -> bool:
        nonlocal marked
        if not marked:
            marked = mark_failed(api)
        return marked and all((recordings / f"{case}.json").exists() for case in EXPECTED.split())

    wait_for("some recordings", everything, PATIENCE)
    if LAST in dags:
        trigger(api, LAST)
    time.sleep(LEFTOVERS)


def trigger(api: Api, dag: str) -> None:
    """Start a run, without a logical date where that is possible."""
    when = {"logical_date": None} if AIRFLOW >= (3,) else {}
    api("POST", f"/dags/{dag}/dagRuns", {**when, "conf": {"source": "shop"}})


def mark_failed(api: Api) -> bool:
    """Set the state of the task that waits for it once it runs."""
    run = api("GET", "/dags/recorded_accidents/dagRuns")["dag_runs"][0]["dag_run_id"]
    path = f"/dags/recorded_accidents/dagRuns/{urllib.parse.quote(run)}/taskInstances/marked"
    if api("GET", path)["state"] != "running":
        return False
    time.sleep(5)  # until the task really works
    api("PATCH", path, {"new_state": "failed", **({} if AIRFLOW >= (3,) else {"dry_run": False})})
    return True


def run_tests(variables: dict[str, str], home: Path) -> None:
    """Run the DAGs a test may run, by command and in process."""
    listed = "import recording; print('\\n'.join(recording.TESTED))"
    told = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", listed],
        env=variables,
        capture_output=True,
        text=True,
        check=True,
    )
    for dag in [line for line in told.stdout.split() if line.startswith("recorded_")]:
        for how, command in (
            ("dags test", ["-m", "airflow", "dags", "test", dag]),
            ("dag.test", ["-c", f"import recording; recording.TESTED[{dag!r}].test()"]),
        ):
            with (home / f"{how} {dag}.log").open("wb") as output:
                try:
                    subprocess.run(
                        [sys.executable, *command],
                        env={**variables, "RECORDED_HOW": how},
                        stdout=output,
                        stderr=output,
                        timeout=90,  # one waits for a human, and nobody answers
                        check=False,
                    )
                except subprocess.TimeoutExpired:
                    say(f"gave up: {how} {dag}")


def tidy(recordings: Path, home: Path) -> None:
    """Replace what differs from machine to machine, and move the files to their place."""
    place = HERE / __version__
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    hosts = {socket.getfqdn(), socket.gethostname()}
    for file in sorted(recordings.glob("*.json")):
        text = file.read_text(encoding="utf-8")
        for found, placeholder in (
            (str(DAGS), "<dags>"),
            (str(home), "<home>"),
            *((f"{q}{name}{q}", f"{q}<host>{q}") for q in "\"'" for name in hosts),
        ):
            text = text.replace(found, placeholder)
        text = re.sub(r'("hostname": )"[^"]+"', r'\1"<host>"', text)
        text = re.sub(r"PID: \d+", "PID: <pid>", text)
        text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<uuid>", text)
        (place / file.name).write_text(text, encoding="utf-8")


def main() -> None:
    """Record everything this Airflow has."""
    # What was started is ended even when this is.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    home = Path(tempfile.mkdtemp(prefix="zoomchat-contexts-"))
    recordings = home / "recordings"
    recordings.mkdir()
    port = free_port()
    variables = environment(home, port, recordings)
    say(f"Airflow {__version__} in {home}")
    with airflow(variables, home / "standalone.log"):
        run_everything(Api(port, home), recordings)
    tidy(recordings, home)
    run_tests(variables, home)
    tidy(recordings, home)
    missing = [case for case in EXPECTED.split() if not (recordings / f"{case}.json").exists()]
    say(f"{len(list(recordings.iterdir()))} recordings, not recorded: {missing or 'nothing'}")


if __name__ == "__main__":
    main()
