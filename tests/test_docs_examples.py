"""What the README and the pages show works as it stands."""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from pages import DOCS, README, Block, all_pages, blocks, page

from airflow_provider_zoomchat._compat import AIRFLOW, dags_in
from airflow_provider_zoomchat.hooks.connection import read_connection
from airflow_provider_zoomchat.hooks.connection_sources import parse_connection
from airflow_provider_zoomchat.notifications.zoom import ZoomChatNotifier
from airflow_provider_zoomchat.sandbox import Sandbox
from airflow_provider_zoomchat.tools.cli import COMMANDS, main

#: A page whose blocks go on from each other; all others stand alone.
CONTINUED = "cards.md"

#: What no test can run as it stands, by its beginning, and what does so instead.
NOT_RUN = {
    r"pip install ": "it wants the network; .ci/run installs the wheel",
    r"git clone ": "it wants the network",
    r"python3 -m venv ": "it wants the network; .ci/run does it",
    r"zoomchat login ": "it waits for a browser; tests/test_login.py is one",
    r"zoomchat sandbox": "it runs until Ctrl-C; tests/test_command.py does it",
    r"export AIRFLOW_HOME=": "it is for a shell of its own, like the two below it",
    r"airflow db migrate": "the fixture `airflow_home` does it",
    r"airflow dags test ": "test_getting_started runs these DAGs",
    r"set -a; ": "tests/test_command.py reads such a file",
    r"pytest": "tests/test_pytest_plugin.py runs the example",
}


@pytest.mark.parametrize("block", blocks("python"), ids=lambda block: block.id)
def test_python_runs(block: Block, zoom: Sandbox, tmp_path: Path) -> None:
    """Every block of Python works as it stands, on every Airflow that it is for."""
    if block.since > AIRFLOW[:2]:
        pytest.skip("the page says that it is for a newer Airflow")
    if "with DAG(" in block.text:
        check_dags(block, tmp_path / "dags.py")
        return
    names: dict[str, Any] = {}
    if block.page == CONTINUED:
        exec("from airflow_provider_zoomchat.zoom import cards", names)
    exec(compile(block.text, block.id, "exec"), names)
    if "announce" in names:
        names["announce"](48_210)
        assert [message["text"] for message in zoom.messages()] == ["Load finished: 48210 rows"]


def check_dags(block: Block, file: Path) -> None:
    """See that Airflow takes a DAG file, with a task in place of ``...``."""
    task = "ZoomWebhookMessageOperator(task_id='told', message='Done')"
    told = f"    from airflow_provider_zoomchat.operators.zoom import {task[:26]}\n    {task}\n"
    file.write_text(re.sub(r"^    \.\.\.\n", told, block.text, flags=re.M), "utf-8")
    dags, errors = dags_in(str(file))
    assert not errors
    assert dags
    for dag in dags:
        assert dag.tasks
        assert dag.start_date is not None, "Airflow 2 takes no DAG without one"
        assert dag.catchup is False, "Airflow 2 would run all the days since"


@pytest.mark.oldest_and_newest
@pytest.mark.parametrize("outcome", ["✅ Sales load: 48,210 rows", "❌ Sales load: load failed"])
def test_the_status_post_ends_right(
    outcome: str, zoom: Sandbox, dag_from: Callable[[str], Any]
) -> None:
    """The README's status post says how the run ended, and a run that failed has failed."""
    (block,) = [one for one in page(README).blocks if '"sales_load"' in one.text]
    dag = dag_from(block.text)
    fails = "failed" in outcome
    if fails:
        dag.get_task("load").python_callable = lambda: 1 / 0
    run = dag.test()
    assert [message["text"] for message in zoom.messages()] == [outcome]
    assert run.state == ("failed" if fails else "success")


@pytest.mark.oldest_and_newest
def test_getting_started(zoom: Sandbox, dag_from: Callable[[str], Any]) -> None:
    """The first message and the first alert of a new user arrive."""
    for block in page(DOCS / "getting-started.md").blocks:
        if "with DAG(" in block.text:
            dag_from(block.text).test()
    message, alert = (message["text"] for message in zoom.messages())
    assert message == "Hello from Airflow"
    assert alert.startswith("❌ first_alert / divide failed")


def commands(block: Block) -> Iterator[str]:
    """Yield the commands of a block, each in one line."""
    line = ""
    for part in block.text.splitlines():
        line = f"{line}\n{part}" if line else part
        with suppress(ValueError):  # a quotation that goes on in the next line
            shlex.split(line)
            yield line
            line = ""
    assert not line, block.id


def author_files(folder: Path) -> None:
    """Write the files that the pages speak of."""
    shutil.copytree(ROOT / "tests" / "authors" / "dags", folder / "dags")
    (folder / "card.json").write_text('{"head": {"text": "Load finished"}}')
    (folder / "connection.json").write_text(os.environ["AIRFLOW_CONN_ZOOM_DEFAULT"])


@pytest.mark.oldest_and_newest
@pytest.mark.parametrize("block", blocks("shell"), ids=lambda block: block.id)
def test_shell_runs(
    block: Block,
    zoom: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    without_variables: None,
    keeps_signals: None,
) -> None:
    """Every command works as it stands, but those that no test can run."""
    author_files(tmp_path)
    monkeypatch.chdir(tmp_path)
    for command in commands(block):
        if any(re.match(start, command) for start in NOT_RUN):
            continue
        if command.startswith("export AIRFLOW_CONN_"):
            check_connection(command)
            continue
        name, *arguments = shlex.split(command, comments=True)
        assert name == "zoomchat", command
        if "<" in arguments:
            file = arguments[arguments.index("<") + 1]
            arguments = arguments[: arguments.index("<")]
            monkeypatch.setattr("sys.stdin", (tmp_path / file).open())
        assert main(arguments) == 0, command


def check_connection(export: str) -> None:
    """See that a shell sets a connection that can be used."""
    _, name, _ = re.split(r"export |=", export, maxsplit=2)
    shell = subprocess.run(
        ["bash", "-c", f'{export}\nprintf %s "${name}"'], capture_output=True, text=True, check=True
    )
    assert read_connection(parse_connection(shell.stdout, name), name).app_type


def test_every_exception_is_needed() -> None:
    """What is not run is on a page."""
    written = [command for block in blocks("shell") for command in commands(block)]
    for start in NOT_RUN:
        assert any(re.match(start, command) for command in written), start


def parser(command: str) -> argparse.ArgumentParser:
    """Return what reads the arguments of a command."""
    made = argparse.ArgumentParser(command)
    COMMANDS[command].add_arguments(made)
    return made


def test_commands_in_a_line_of_text() -> None:
    """What a page says to type in passing is a command with its arguments."""
    written = [
        code
        for path in all_pages()
        for code in page(path).inline
        if code.startswith("zoomchat ") and "PATTERN" not in code
    ]
    assert len(written) > 15
    for code in written:
        command, *arguments = shlex.split(code)[1:]
        if arguments:
            parser(command).parse_args(arguments)


#: Where each command is described.
PAGES = {
    "demo": "sandbox",
    "sandbox": "sandbox",
    "preview": "preview",
    "doctor": "doctor",
    "channels": "doctor",
    "login": "user-oauth",
    "silence": "silences",
    "silences": "silences",
}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_described(command: str) -> None:
    """A command's page has all its options."""
    text = (DOCS / f"{PAGES[command]}.md").read_text("utf-8")
    options = re.findall(r"--[a-z][a-z-]+", parser(command).format_help())
    for option in {*options} - {"--help"}:
        assert re.search(rf"{option}\b", text), option


def test_the_alert_of_the_readme(zoom: Sandbox) -> None:
    """The alert at the README's beginning is what a failed task sends, word for word."""
    code = (DOCS / "pictures.py").read_text("utf-8")
    names: dict[str, Any] = {"__name__": "pictures", "__file__": "docs/pictures.py"}
    exec(compile(code, "docs/pictures.py", "exec"), names)
    ZoomChatNotifier(on_error="raise")(names["failed_task"]())
    (message,) = zoom.messages()
    assert f"```text\n{message['text']}\n```" in README.read_text("utf-8")
