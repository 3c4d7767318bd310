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

HERE = Path(__file__).parent / "dags"

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


def zoomchat(
    *arguments: str, stdin: str = "", place: Path | None = None, **more: str
) -> subprocess.CompletedProcess[str]:
    # What a test session has set for its own Airflow is nothing that a person has.
    own = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    return subprocess.run(
        [sys.executable, "-m", "airflow_provider_zoomchat", "preview", *arguments],
        env={**own, "AIRFLOW_HOME": "/nowhere", **more},
        cwd=place,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_message() -> None:
    """A message is printed for the API that is asked for, and nothing beside it."""
    done = zoomchat("--message", "Load **finished**", "--markdown", "--app-type", "chatbot")
    assert done.stderr == ""
    assert done.returncode == 0
    first, _, rest = done.stdout.partition("\n")
    assert first == "message"
    assert "Load finished" in rest
    assert '"text": "Load *finished*"' in rest
    assert "Nothing was sent to Zoom." in rest


def test_a_page_on_standard_output() -> None:
    """A page on standard output is the page alone, in UTF-8 whatever the terminal has."""
    card = '{"head": {"text": "Café"}}'
    done = zoomchat(
        "-", "--html", "-", "--app-type", "incoming_webhook", stdin=card, PYTHONIOENCODING="ascii"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("<!doctype html>")
    assert done.stdout.endswith("</html>\n")
    assert "Café" in done.stdout


def test_a_restless_dag_file(tmp_path: Path) -> None:
    """What a DAG file does on the screen and to the working directory is not seen behind it."""
    folder = tmp_path / "dags" / "team"
    folder.mkdir(parents=True)
    (folder / "restless.py").write_text(RESTLESS)
    (tmp_path / "dags" / "words.py").write_text("GREETING = 'Good morning'\n")
    path = str(folder / "restless.py")
    home = str(tmp_path)
    done = zoomchat("--dag", path, "--html", "page.html", place=tmp_path, AIRFLOW_HOME=home)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout.startswith("DAG restless\n")
    assert "Good morning" in done.stdout
    assert "noise" not in done.stdout
    assert "Good morning" in (tmp_path / "page.html").read_text()


def test_an_error_that_would_write_to_the_terminal(tmp_path: Path) -> None:
    """An error is one line that a terminal shows and does not obey, and no traceback."""
    path = tmp_path / "hostile\x1b[31m.py"
    path.write_text("raise ValueError('\\x1b]0;title\\x07 \\x1b[2J \\u202e')")
    done = zoomchat("--dag", str(path))
    assert done.returncode == 1
    assert done.stdout == ""
    assert "line 1: ValueError: \ufffd]0;title\ufffd \ufffd[2J \ufffd\n" in done.stderr
    assert done.stderr.count("\n") == 1
    assert "\x1b" not in done.stderr


@pytest.mark.parametrize(
    ("rest", "status", "said"),
    [
        ("- <&-", 1, "zoomchat: standard input is empty: Zoom has no empty messages.\n"),
        ("--message Hi >&-", 0, ""),
    ],
    ids=["input", "output"],
)
def test_streams_that_are_closed(rest: str, status: int, said: str) -> None:
    """Without standard input or output there is no traceback."""
    done = subprocess.run(
        f"{shlex.quote(sys.executable)} -m airflow_provider_zoomchat preview {rest}",
        shell=True,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (status, said)


def test_the_authors_airflow_is_left_alone(tmp_path: Path) -> None:
    """Neither the secrets backend nor the database nor the connections of an Airflow are asked."""
    home, seen = tmp_path / "home", tmp_path / "seen"
    home.mkdir()
    (tmp_path / "spy.py").write_text(SPY.replace("SEEN", repr(str(seen))))
    (home / "airflow.cfg").write_text(
        "[secrets]\nbackend = spy.Spy\n"
        f"[database]\nsql_alchemy_conn = sqlite:///{tmp_path}/author.db\n"
    )
    before = sorted(home.rglob("*"))
    done = zoomchat(
        "--dag",
        str(ROOT / "example_dags" / "zoom_formatting.py"),
        AIRFLOW_HOME=str(home),
        AIRFLOW_CONN_ZOOM_DEFAULT='{"conn_type": "zoom", "login": "real", "password": "x"}',
        AIRFLOW__SECRETS__BACKEND="spy.Spy",
        PYTHONPATH=str(tmp_path),
    )
    assert done.returncode == 0, done.stderr
    assert "task as_card" in done.stdout
    assert not seen.exists()
    assert not (tmp_path / "author.db").exists()
    assert sorted(home.rglob("*")) == before


def test_a_dag_that_would_be_refused(tmp_path: Path) -> None:
    """A refusal gives status 1, with all other messages and in the page too."""
    html = tmp_path / "page.html"
    done = zoomchat("--dag", str(HERE / "awkward.py"), "--html", str(html))
    assert done.returncode == 1
    assert done.stderr == ""
    assert "refused: message has 5000 characters" in done.stdout
    assert "Refused: message has 5000 characters" in html.read_text()


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
    from airflow_provider_zoomchat.tools.cli import main

    try:
        found = main(["preview", *arguments])
    except SystemExit as ended:
        found = int(ended.code or 0)
    assert found == status
    assert said in capsys.readouterr().err


def test_unwritable_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A page that cannot be written is one line."""
    from airflow_provider_zoomchat.tools.cli import main

    names = tmp_path / "names.json"
    names.write_text(json.dumps({"team": "Sales"}))
    page = str(tmp_path / "nowhere" / "page.html")
    arguments = ("--message", "{{ team }}", "--context", str(names), "--html", page)
    assert main(["preview", *arguments]) == 1
    assert (
        capsys.readouterr().err
        == f"zoomchat: {page} cannot be written: No such file or directory.\n"
    )
