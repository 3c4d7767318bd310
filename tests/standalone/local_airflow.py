"""`airflow standalone` in a folder of its own, and its REST API."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

Result = TypeVar("Result")


class Failure(Exception):
    """Something does not hold; the text says what."""


class LocalAirflow:
    """A running Airflow; it answers as soon as the ``with`` block begins.

    :param dags: folders with its DAGs.
    :param environment: more variables for it.
    """

    def __init__(self, dags: Iterable[Path], environment: Mapping[str, str]) -> None:
        self._dags = dags
        self._environment = environment

    def __enter__(self) -> LocalAirflow:
        self.home = Path(tempfile.mkdtemp(prefix="zoomchat-standalone-"))
        for folder in self._dags:
            shutil.copytree(
                folder,
                self.home / "dags",
                ignore=shutil.ignore_patterns("__pycache__"),
                dirs_exist_ok=True,
            )
        self.url = f"http://127.0.0.1:{free_port()}"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "airflow", "standalone"],
                env=self._variables(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            wait_for("Airflow to be healthy", self._is_up, 240)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        # To end by itself takes Airflow a quarter of a minute, and nobody needs what it does then.
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):  # raised as soon as the last of the group is gone
                os.killpg(self._process.pid, number)
                for _tenth in range(30):
                    self._process.poll()
                    os.killpg(self._process.pid, 0)
                    time.sleep(0.1)
        shutil.rmtree(self.home, ignore_errors=True)

    def get(self, path: str) -> Any:
        """Return what the REST API says."""
        return self.call("GET", path)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request to the REST API and return the answer.

        :raises Failure: Airflow refuses.
        """
        token = json.loads(fetch(f"{self.url}/auth/token"))["access_token"]
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        return json.loads(
            fetch(f"{self.url}/api/v2{path}", method=method, data=data, headers=headers)
        )

    def trigger(self, dag_id: str) -> str:
        """Start a run and return its id."""
        run = self.call("POST", f"/dags/{dag_id}/dagRuns", {"logical_date": None})
        return str(run["dag_run_id"])

    def run_state(self, dag_id: str, run_id: str) -> str:
        """Return the state of a run."""
        return str(self.get(f"/dags/{dag_id}/dagRuns/{quote(run_id)}")["state"])

    def log_lines(self, component: str) -> list[str]:
        """Return what a component has printed so far.

        :param component: ``triggerer``, ``scheduler``, ``dag-processor`` or ``api-server``.
        """
        lines = self._log.read_text(errors="replace").splitlines()
        return [line for line in lines if component in line.partition("|")[0]]

    def logged(self) -> Iterator[str]:
        """Yield every line of every log: of the components, tasks and triggers."""
        for file in (self._log, *(self.home / "logs").rglob("*.log")):
            yield from file.read_text(errors="replace").splitlines()

    def log_tail(self) -> str:
        """Return the end of what Airflow has printed."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-40:])

    @property
    def _log(self) -> Path:
        return self.home / "standalone.log"

    def _is_up(self) -> bool:
        if self._process.poll() is not None:
            raise Failure(f"Airflow has ended by itself:\n{self.log_tail()}")
        health = self.get("/monitor/health")
        parts = ("metadatabase", "scheduler", "dag_processor", "triggerer")
        return all(health[part]["status"] == "healthy" for part in parts)

    def _variables(self) -> dict[str, str]:
        settings = {
            "CORE__DAGS_FOLDER": str(self.home / "dags"),
            "CORE__LOAD_EXAMPLES": "False",
            "CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
            # What a killed worker leaves behind is found within this time. Tasks beat each 5 s.
            "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
            "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
            "CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
            "DATABASE__LOAD_DEFAULT_CONNECTIONS": "False",
            "API__HOST": "127.0.0.1",
            "API__PORT": self.url.rpartition(":")[2],
            "API__WORKERS": "1",
            "API__BASE_URL": self.url,
            "LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
            "LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port()),
        }
        return {
            # An Airflow that is set up on this machine, maybe in production, must not be touched.
            **{name: text for name, text in os.environ.items() if not name.startswith("AIRFLOW")},
            **{f"AIRFLOW__{name}": value for name, value in settings.items()},
            "AIRFLOW_HOME": str(self.home),
            # It starts its components by the name `airflow`.
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "NO_PROXY": "127.0.0.1",
            **self._environment,
        }


def fetch(
    url: str,
    *,
    method: str = "GET",
    data: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """Return what is at an address.

    :raises Failure: the answer is none of success.
    """
    request = Request(url, data, dict(headers or {}), method=method)
    try:
        with urlopen(request, timeout=30) as answer:
            body: bytes = answer.read()
    except HTTPError as error:
        said = error.read()[:500].decode(errors="replace")
        raise Failure(f"{method} {url}: HTTP {error.code}: {said}") from None
    return body


def wait_for(what: str, ask: Callable[[], Result | None], seconds: float) -> Result:
    """Ask again and again and return the first answer that is something; no answer is none.

    :raises Failure: there is none in that time.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(OSError):
            answer = ask()
            if answer:
                return answer
        time.sleep(0.5)
    raise Failure(f"Waited {seconds:.0f} s in vain for {what}.")


def free_port() -> int:
    """Return a port of the loopback interface that nobody uses."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
