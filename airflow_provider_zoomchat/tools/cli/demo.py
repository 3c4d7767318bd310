"""`zoomchat demo`: the example DAGs, run by a real Airflow against a local Zoom.

Airflow works in a folder of its own that is thrown away, with nothing of the person's own Airflow:
neither its home nor its settings nor its connections.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from .terminal import CommandError, need_server, open_page

if TYPE_CHECKING:
    from ...sandbox import Sandbox

HELP = "run the example DAGs on a real Airflow against a local Zoom"
DESCRIPTION = """\
Run the example DAGs on a real Airflow against a local Zoom, and show the chat. Takes less than a
minute and leaves nothing behind.
"""
EXAMPLES = """\
examples:
  zoomchat demo
  zoomchat demo --open   and look at the chat in the browser, until Ctrl-C
"""

#: What `airflow dags test` runs, each with the channel of the sandbox where it posts.
RUNS = {
    "zoom_chat_messages": "data-pipelines",
    "zoom_chatbot_messages": "data-team",
    "zoom_pipeline_status": "data-team",
    "zoom_alerts": "incidents",
    "zoom_storm": "incidents",
    """zoom_storm --conf '{"outage": false}'""": "incidents",
    "zoom_formatting": "data-pipelines",
    "zoom_report": "data-team",
    "zoom_ask": "data-team",
}

#: What people of the sandbox answer, by a word of the question, and who.
_ANSWERS = {"Answer here: publish": ("publish", "ann@example.com")}

#: Those that fail on purpose, since that is what their alerts are about.
_FAILING = ("zoom_alerts", "zoom_storm")

#: The one that draws and queries, and the packages of the extra that it needs for that.
_REPORT = "zoom_report"
_REPORT_PACKAGES = ("matplotlib", "apache-airflow-providers-sqlite")

#: Seconds for one command of Airflow; it takes some 15 on two cores.
_TIME_LIMIT = 240.0

_NEXT = """\
To post into a real channel, make a Zoom app and give Airflow its connection:

  airflow connections add zoom_default --conn-type zoom \\
    --conn-login CLIENT_ID --conn-password CLIENT_SECRET \\
    --conn-extra '{"account_id": "...", "user_id": "airflow@example.com", "channel": "..."}'
  airflow dags test zoom_chat_messages

docs/getting-started.md tells which app to make, which scopes it needs and where each id is found.
To try DAGs of your own without an account: zoomchat sandbox"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.add_argument("--keep", action="store_true", help="keep Airflow's folder with its logs")
    parser.add_argument(
        "--open",
        action="store_true",
        dest="in_browser",
        help="open the chat in the browser, and keep it there until Ctrl-C",
    )


def run(chosen: argparse.Namespace) -> int:
    """Run the example DAGs, print what happens while they do, and the chat at the end."""
    need_server()
    from ...sandbox import Sandbox

    folder = Path(tempfile.mkdtemp(prefix="zoomchat-demo-"))
    try:
        with Sandbox() as zoom:
            _show(folder, zoom, in_browser=chosen.in_browser)
    except BrokenPipeError:
        raise  # whoever read it has seen enough
    except OSError as error:
        raise _failed(str(error)) from None
    finally:
        if chosen.keep:
            print(f"Airflow's folder is kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return 0


def _failed(why: str) -> CommandError:
    return CommandError(f"the demo failed: {why}")


def _show(folder: Path, zoom: Sandbox, *, in_browser: bool) -> None:
    from ...sandbox.activity_log import transcript

    started = time.monotonic()

    def say(line: str) -> None:
        print(f"{time.monotonic() - started:5.1f} s  {line}", flush=True)

    say(f"A local Zoom answers at {zoom.url}. It needs no account.")
    if in_browser:
        open_page(f"{zoom.url}/")
    runs = dict(RUNS)
    try:
        for package in _REPORT_PACKAGES:
            version(package)
    except PackageNotFoundError:
        say(f"{_REPORT} is left out: pip install 'airflow-provider-zoomchat[examples]'")
        del runs[_REPORT]
    commands = {"db migrate": dict[str, str]()} | {
        f"dags test {run}": _connections(zoom, channel, folder) for run, channel in runs.items()
    }
    _follow(commands, folder, zoom, say)
    chat = [message for name in sorted(set(runs.values())) for message in zoom.messages(name)]
    print(f"\nThe chat as it stands now:\n\n{transcript(chat)}\n")
    if {message["channel_name"] for message in chat} != set(runs.values()):
        raise _failed("A DAG succeeded but posted nothing. Please report this.")
    print(_NEXT)
    if in_browser:
        with contextlib.suppress(KeyboardInterrupt):
            print(f"\nThe chat is at {zoom.url}/ until Ctrl-C.", flush=True)
            # A wait without end is not interrupted by a signal that another thread has taken.
            while True:
                time.sleep(0.5)
        print()


def _connections(zoom: Sandbox, channel: str, folder: Path) -> dict[str, str]:
    """Return the connections of every API, with this channel as their default, and the report's."""
    (channel_id,) = (one["id"] for one in zoom.state()["channels"] if one["name"] == channel)
    database = {"conn_type": "sqlite", "host": str(folder / "report.db")}
    found = {"AIRFLOW_CONN_ZOOM_REPORT_DB": json.dumps(database)}
    for name, value in zoom.environment().items():
        connection = json.loads(value)
        connection["extra"]["channel"] = channel_id
        found[name] = json.dumps(connection)
    return found


def example_dags() -> Path:
    """Return the folder of the example DAGs: in the installed package, or beside it in a clone."""
    package = Path(__file__).parents[2]
    inside = package / "example_dags"
    return inside if inside.is_dir() else package.parent / "example_dags"


def _follow(
    commands: Mapping[str, Mapping[str, str]],
    folder: Path,
    zoom: Sandbox,
    say: Callable[[str], None],
) -> None:
    """Run commands of Airflow, each with its environment, and say what is posted meanwhile.

    :raises CommandError: one failed, or takes too long.
    """
    from ...sandbox.activity_log import Watcher

    watcher = Watcher(zoom.changes)
    with _airflow(folder, commands) as process:
        for command in commands:
            say(f"airflow {command} ...")
            last_line = time.monotonic()
            ends = last_line + _TIME_LIMIT
            status = None
            while status is None:
                time.sleep(0.1)
                if time.monotonic() > ends:
                    raise _failed(f"airflow {command} did not end within {_TIME_LIMIT:.0f} s.")
                status = _exit_status(process, _file(folder, command, "status"))
                _answer(zoom)
                lines = list(watcher.lines())
                if status is None and not lines and time.monotonic() > last_line + 5:
                    lines = ["Airflow is running ..."]
                for line in lines:
                    say(line)
                    last_line = time.monotonic()
            # Airflow 3 and late versions of 2 tell of a DAG that failed.
            if status != 0 and not (status == 1 and command.endswith(_FAILING)):
                reason = _reason(_file(folder, command, "log"))
                raise _failed(f"airflow {command} ended with status {status}: {reason}")
            say(f"airflow {command}: done")


def _answer(zoom: Sandbox) -> None:
    """Answer what a DAG has asked, in place of whoever would read the chat."""
    messages = zoom.messages()
    answered = {message["reply_to"] for message in messages}
    for message in messages:
        for words, (answer, person) in _ANSWERS.items():
            if words in message["text"] and message["id"] not in answered:
                zoom.answer(message, answer, by=person)


@contextlib.contextmanager
def _airflow(
    folder: Path, commands: Mapping[str, Mapping[str, str]]
) -> Iterator[subprocess.Popen[str]]:
    """Run `run_commands` in a process with a home of its own, for the time of a `with` block."""
    # An Airflow that is set up on this machine, maybe in production, must not be touched.
    inherited = {key: text for key, text in os.environ.items() if not key.startswith("AIRFLOW")}
    process = subprocess.Popen(
        [sys.executable, "-c", f"import {__name__} as demo; demo.run_commands()"],
        env={
            **inherited,
            "AIRFLOW_HOME": str(folder),
            "AIRFLOW__CORE__DAGS_FOLDER": str(example_dags()),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS": "False",
        },
        stdin=subprocess.PIPE,
        text=True,
    )
    try:
        if process.stdin is not None:
            with process.stdin:
                json.dump(commands, process.stdin)
        yield process
    finally:
        process.kill()
        process.wait()


def run_commands() -> None:
    """Run the commands on standard input, one after the other: Airflow takes seconds to import.

    Each leaves a log and its exit status in Airflow's home.
    """
    home = Path(os.environ["AIRFLOW_HOME"])
    for command, environment in json.load(sys.stdin).items():
        with _file(home, command, "log").open("wb") as log:
            os.dup2(log.fileno(), sys.stdout.fileno())
            os.dup2(log.fileno(), sys.stderr.fileno())
        os.environ.update(environment)
        sys.argv = ["airflow", *shlex.split(command)]
        status = 0
        try:
            runpy.run_module("airflow", run_name="__main__")
        except SystemExit as end:  # of a DAG that failed, with a text
            status = end.code if isinstance(end.code, int) else int(bool(end.code))
        except BaseException:
            traceback.print_exc()
            status = 1
        sys.stdout.flush()
        _file(home, command, "status").write_text(str(status))


def _file(home: Path, command: str, kind: str) -> Path:
    return home / f"{command.replace(' ', '_')}.{kind}"


def _exit_status(process: subprocess.Popen[str], file: Path) -> int | None:
    """Return the status that a command has left; None if it has not ended."""
    is_over = process.poll() is not None
    text = file.read_text() if file.exists() else ""
    return int(text) if text else (process.returncode or 1) if is_over else None


def _reason(log: Path) -> str:
    """Return the last line of a log of Airflow's that names an error."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines()]
    named = [line for line in lines if re.match(r"[\w.]*(Error|Exception)\b", line)]
    return (named or lines or ["no output"])[-1][:500]
