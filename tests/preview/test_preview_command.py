"""`zoomchat preview`, as a person types it."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

from airflow_provider_zoomchat.tools.cli import main

HERE = Path(__file__).parent / "dags"
COMMAND = f"{shlex.quote(sys.executable)} -m airflow_provider_zoomchat preview"

#: A secrets backend that notes that it was asked, and leads to the real Zoom.
SPY = """
from airflow.secrets import BaseSecretsBackend
class Spy(BaseSecretsBackend):
    def get_conn_value(self, conn_id):
        open(SEEN, "a").write(conn_id)
        return '{"conn_type": "zoom", "login": "real", "password": "x"}'
    def get_variable(self, key):
        open(SEEN, "a").write(key)
"""

#: A DAG file that writes to the screen in every way, goes elsewhere, and has a neighbour.
RESTLESS = """
import os, sys
from airflow.providers.common.compat.sdk import DAG
from airflow_provider_zoomchat.operators.zoom import ZoomChatMessageOperator
from words import GREETING
print("noise")
os.write(1, b"noise")
os.write(2, b"noise")
os.system("echo noise")
sys.__stdout__.write("noise")
os.chdir("/")
with DAG("restless", schedule=None):
    ZoomChatMessageOperator(task_id="greet", message=GREETING)
"""


def shell(
    command: str, *, stdin: str = "", place: Path | None = None, **more: str
) -> subprocess.CompletedProcess[str]:
    # What a test session has set for its own Airflow is nothing that a person has.
    own = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        env={**own, "AIRFLOW_HOME": "/nowhere", **more},
        cwd=place,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_restless_dag_file(tmp_path: Path) -> None:
    """What a DAG file does on the screen is not seen, and the author's Airflow is left alone.

    Neither its secrets backend nor its database nor its connections are asked.
    """
    home, seen = tmp_path / "home", tmp_path / "seen"
    folder = home / "dags" / "team"
    folder.mkdir(parents=True)
    (folder / "restless.py").write_text(RESTLESS)
    (home / "dags" / "words.py").write_text("GREETING = 'Good morning'\n")
    (tmp_path / "spy.py").write_text(SPY.replace("SEEN", repr(str(seen))))
    (home / "airflow.cfg").write_text(
        "[secrets]\nbackend = spy.Spy\n"
        f"[database]\nsql_alchemy_conn = sqlite:///{tmp_path}/author.db\n"
    )
    before = sorted(path for path in home.rglob("*") if "__pycache__" not in str(path))
    done = shell(
        f"{COMMAND} --dag {folder / 'restless.py'} --html page.html",
        place=tmp_path,
        AIRFLOW_HOME=str(home),
        AIRFLOW_CONN_ZOOM_DEFAULT='{"conn_type": "zoom", "login": "real", "password": "x"}',
        AIRFLOW__SECRETS__BACKEND="spy.Spy",
        PYTHONPATH=f"{tmp_path}:{ROOT}",
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("DAG restless\n")
    assert "Good morning" in done.stdout
    assert "noise" not in done.stdout
    assert "Good morning" in (tmp_path / "page.html").read_text()
    assert not seen.exists()
    assert not (tmp_path / "author.db").exists()
    assert sorted(path for path in home.rglob("*") if "__pycache__" not in str(path)) == before


def test_standard_input_that_is_closed() -> None:
    """Without standard input there is no message, and no traceback."""
    done = shell(f"{COMMAND} - <&-")
    said = "zoomchat: standard input is empty: Zoom has no empty messages.\n"
    assert (done.stderr, done.stdout, done.returncode) == (said, "", 1)


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        ((), 2, "give one of FILE, --message, --alert and --dag"),
        (("a.md", "--message", "b"), 2, "give one of"),
        (("--message", "b", "--task", "c"), 2, "--task needs --dag"),
        (("--alert", "task_failed", "--markdown"), 2, "--markdown is for FILE and --message"),
        (("--message", ""), 1, "zoomchat: --message is empty: Zoom has no empty messages.\n"),
        (("nowhere.md",), 1, "zoomchat: nowhere.md: no such file.\n"),
        (("Load finished",), 1, "For a text, write --message 'Load finished'.\n"),
    ],
    ids=["nothing", "two", "task", "markdown", "blank", "missing", "text"],
)
def test_wrong_use(
    arguments: tuple[str, ...], status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wrong use is status 2, wrong input status 1, each with one line that says what to do."""
    try:
        found = main(["preview", *arguments])
    except SystemExit as ended:
        found = int(ended.code or 0)
    assert found == status
    assert said in capsys.readouterr().err


def test_a_message(capsys: pytest.CaptureFixture[str]) -> None:
    """A message is printed for the API that is asked for, and nothing beside it."""
    arguments = ["--message", "Load **finished**", "--markdown", "--app-type", "chatbot"]
    assert main(["preview", *arguments]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert printed.out.startswith("message\n")
    for words in ("Load finished", '"text": "Load *finished*"', "Nothing was sent to Zoom."):
        assert words in printed.out


def test_a_page_on_standard_output(
    capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    """A page on standard output is the page alone, in UTF-8 whatever the terminal has."""
    path = tmp_path / "card.json"
    path.write_text('{"head": {"text": "Caf\u00e9"}}')
    assert main(["preview", str(path), "--html", "-", "--app-type", "incoming_webhook"]) == 0
    printed = capsysbinary.readouterr().out
    assert printed.startswith(b"<!doctype html>")
    assert printed.endswith(b"</html>\n")
    assert "Caf\u00e9".encode() in printed


def test_dags_that_would_be_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A refusal gives status 1, with all other messages of all files and in the page too."""
    html = tmp_path / "page.html"
    files = [str(HERE / "awkward.py"), str(HERE / "native.py")]
    arguments = ["--dag", files[0], "--dag", files[1], "--html", str(html)]
    assert main(["preview", *arguments]) == 1
    printed = capsys.readouterr()
    assert printed.err == ""
    assert "refused: message has 5000 characters" in printed.out
    assert "\nDAG native\n" in printed.out
    assert "Refused: message has 5000 characters" in html.read_text()


def test_an_error_that_would_write_to_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An error is one line that a terminal shows and does not obey, and no traceback."""
    path = tmp_path / "hostile\x1b[31m.py"
    path.write_text("raise ValueError('\\x1b]0;title\\x07 \\x1b[2J \\u202e')")
    assert main(["preview", "--dag", str(path)]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "line 1: ValueError: \ufffd]0;title\ufffd \ufffd[2J \ufffd\n" in printed.err
    assert printed.err.count("\n") == 1
    assert "\x1b" not in printed.err


def test_unwritable_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A page that cannot be written is one line."""
    names = tmp_path / "names.json"
    names.write_text(json.dumps({"team": "Sales"}))
    page = str(tmp_path / "nowhere" / "page.html")
    arguments = ("--message", "{{ team }}", "--context", str(names), "--html", page)
    assert main(["preview", *arguments]) == 1
    said = f"zoomchat: {page} cannot be written: No such file or directory.\n"
    assert capsys.readouterr().err == said
