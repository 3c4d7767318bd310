"""`zoomchat demo`: the example DAGs, run by a real Airflow against a local Zoom.

Airflow works in a folder of its own that is thrown away, with nothing of the person's own Airflow:
neither its home nor its settings nor its connections.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ..sandbox import Sandbox
from ..sandbox.activity_log import Watcher, transcript

#: The DAGs, each with the channel of the sandbox where it posts.
DAGS = {
    "zoom_chat_messages": "data-pipelines",
    "zoom_chatbot_messages": "data-team",
    "zoom_pipeline_status": "data-team",
    "zoom_alerts": "incidents",
    "zoom_formatting": "data-pipelines",
    "zoom_report": "data-team",
}

#: The one that fails on purpose, since that is what its alerts are about.
_FAILING = "zoom_alerts"

#: The one that draws and queries, and the packages of the extra that it needs for that.
_REPORT = ("zoom_report", ("matplotlib", "apache-airflow-providers-sqlite"))

#: Seconds for one command of Airflow; it takes some 15 on two cores.
_TIME_LIMIT = 240.0


class DemoError(Exception):
    """The demo could not be shown to its end; the text says why in one line."""


def run(*, keep: bool = False, open_page: Callable[[str], None] | None = None) -> None:
    """Run the example DAGs, print what happens while it does, and the chat at its end.

    :param keep: leave Airflow's folder, with its logs, behind.
    :param open_page: called with the address of the chat's page at the beginning; the page is there
        until Ctrl-C then.
    :raises DemoError: something went wrong.
    """
    started = time.monotonic()

    def say(line: str) -> None:
        print(f"{time.monotonic() - started:5.1f} s  {line}", flush=True)

    with _Airflow(keep) as airflow, Sandbox() as zoom:
        say(f"A local Zoom answers at {zoom.url}. It needs no account.")
        if open_page:
            open_page(zoom.url)
        dags = _dags(say)
        say("Airflow sets up its database ...")
        airflow.start("empty", {}, "db", "migrate")
        airflow.wait("empty")
        waiting = list(dags)

        def start_next() -> None:
            dag_id = waiting.pop(0)
            # A home for each, so that they can run side by side: SQLite knows one writer. The
            # database alone is copied; airflow.cfg would lead back to the one it was made for.
            (airflow.folder / dag_id).mkdir()
            shutil.copy2(airflow.folder / "empty" / "airflow.db", airflow.folder / dag_id)
            environment = {
                **_connections(zoom, dags[dag_id]),
                "AIRFLOW_CONN_ZOOM_REPORT_DB": json.dumps(
                    {"conn_type": "sqlite", "host": str(airflow.folder / "report.db")}
                ),
            }
            airflow.start(dag_id, environment, "dags", "test", dag_id)
            say(f"airflow dags test {dag_id}")

        def is_done() -> bool:
            while waiting and airflow.running < (os.cpu_count() or 1):
                start_next()
            return not airflow.running

        _show_until(is_done, zoom, say)
        if waiting:
            raise DemoError(f"{waiting[0]} did not start within {_TIME_LIMIT:.0f} s.")
        for dag_id in dags:
            airflow.wait(dag_id, failing=dag_id == _FAILING)
            say(f"{dag_id}: done")
        chat = [message for name in sorted(set(dags.values())) for message in zoom.messages(name)]
        print(f"\nThe chat as it stands now:\n\n{transcript(chat)}\n")
        if {message["channel_name"] for message in chat} != set(dags.values()):
            raise DemoError("A DAG ended well but posted nothing: this should not be.")
        print(_NEXT)
        if open_page:
            with contextlib.suppress(KeyboardInterrupt):
                print(f"\nThe chat is at {zoom.url}/ until Ctrl-C.", flush=True)
                threading.Event().wait()
            print()


def _dags(say: Callable[[str], None]) -> dict[str, str]:
    """Return the DAGs that can run here."""
    dag_id, packages = _REPORT
    try:
        for package in packages:
            version(package)
    except PackageNotFoundError:
        say(f"{dag_id} is left out: pip install 'airflow-provider-zoomchat[examples]'")
        return {name: channel for name, channel in DAGS.items() if name != dag_id}
    return DAGS


def example_dags() -> Path:
    """Return the folder of the example DAGs: in the installed package, or beside it in a clone."""
    package = Path(__file__).parents[1]
    inside = package / "example_dags"
    return inside if inside.is_dir() else package.parent / "example_dags"


def _connections(zoom: Sandbox, channel: str) -> dict[str, str]:
    """Return the connections of every API, with this channel as their default."""
    ids = {known["name"]: known["id"] for known in zoom.state()["channels"]}
    found = {}
    for name, value in zoom.environment().items():
        connection: dict[str, Any] = json.loads(value)
        connection["extra"]["channel"] = ids[channel]
        found[name] = json.dumps(connection)
    return found


class _Airflow:
    """Commands of Airflow, each with a home of its own in a folder that is thrown away.

    :param keep: leave the folder behind.
    """

    def __init__(self, keep: bool) -> None:
        self._keep = keep
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> _Airflow:
        self.folder = Path(tempfile.mkdtemp(prefix="zoomchat-demo-"))
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._running.values():
            process.kill()
            process.wait()
        if self._keep:
            print(f"Airflow's folder is kept: {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, home: str, environment: Mapping[str, str], *arguments: str) -> None:
        """Start a command with this home and more environment."""
        # An Airflow that is set up on this machine, maybe in production, must not be touched.
        inherited = {key: text for key, text in os.environ.items() if not key.startswith("AIRFLOW")}
        with (self.folder / f"{home}.log").open("wb") as log:
            self._running[home] = subprocess.Popen(
                [sys.executable, "-m", "airflow", *arguments],
                env={
                    **inherited,
                    "AIRFLOW_HOME": str(self.folder / home),
                    "AIRFLOW__CORE__DAGS_FOLDER": str(example_dags()),
                    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
                    "AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS": "False",
                    **environment,
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    @property
    def running(self) -> int:
        """How many commands have not ended."""
        return sum(process.poll() is None for process in self._running.values())

    def wait(self, home: str, *, failing: bool = False) -> None:
        """Wait for the command with this home.

        :param failing: its DAG fails on purpose, which Airflow 3 and late versions of 2 tell.
        :raises DemoError: it failed, or takes too long.
        """
        process = self._running[home]
        command = " ".join(["airflow", *process.args[3:]])  # type: ignore[index]
        try:
            status = process.wait(_TIME_LIMIT)
        except subprocess.TimeoutExpired:
            raise DemoError(f"{command} did not end within {_TIME_LIMIT:.0f} s.") from None
        if status != 0 and not (failing and status == 1):
            reason = _reason(self.folder / f"{home}.log")
            raise DemoError(f"{command} ended with status {status}: {reason}")


def _show_until(is_done: Callable[[], bool], zoom: Sandbox, say: Callable[[str], None]) -> None:
    watcher = Watcher(zoom)
    said = time.monotonic()
    until = said + _TIME_LIMIT
    ended = False
    while not ended and time.monotonic() < until:
        time.sleep(0.1)
        ended = is_done()
        for line in watcher.lines():
            say(line)
            said = time.monotonic()
        if not ended and time.monotonic() > said + 5:
            say("Airflow is at work ...")
            said = time.monotonic()


def _reason(log: Path) -> str:
    """Return the last line of a log of Airflow's that names an error."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines()]
    named = [line for line in lines if re.match(r"[\w.]*(Error|Exception)\b", line)]
    return (named or lines or ["it said nothing"])[-1][:500]


_NEXT = """\
To post into a real channel, make a Zoom app and give Airflow its connection:

  airflow connections add zoom_default --conn-type zoom \\
    --conn-login CLIENT_ID --conn-password CLIENT_SECRET \\
    --conn-extra '{"account_id": "...", "user_id": "airflow@example.com", "channel": "..."}'
  airflow dags test zoom_chat_messages

The README tells which app to make, which scopes it needs and where each id is found.
To try DAGs of your own without an account: zoomchat sandbox"""
