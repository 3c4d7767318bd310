"""`zoomchat preview`, as a person types it."""

from __future__ import annotations

import json
import os
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


def zoomchat(*arguments: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    # What a test session has set for its own Airflow is nothing that a person has.
    own = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    return subprocess.run(
        [sys.executable, "-m", "airflow_provider_zoomchat", "preview", *arguments],
        env={**own, "AIRFLOW_HOME": "/nowhere", **more},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_message() -> None:
    """A message is printed for the door that is asked for, and nothing beside it."""
    done = zoomchat("--message", "Load **finished**", "--markdown", "--door", "bot")
    assert done.stderr == ""
    assert done.returncode == 0
    first, _, rest = done.stdout.partition("\n")
    assert first == "message"
    assert "Load finished" in rest
    assert '"text": "Load *finished*"' in rest
    assert "Nothing was sent to Zoom." in rest


def test_a_page_on_standard_output() -> None:
    """A page on standard output is the page alone."""
    done = zoomchat("-", "--html", "-", "--door", "webhook", stdin='{"head": {"text": "Hi"}}')
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("<!doctype html>")
    assert done.stdout.endswith("</html>\n")


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
    from airflow_provider_zoomchat.cli import main

    try:
        found = main(["preview", *arguments])
    except SystemExit as ended:
        found = int(ended.code or 0)
    assert found == status
    assert said in capsys.readouterr().err


def test_unwritable_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A page that cannot be written is one line."""
    from airflow_provider_zoomchat.cli import main

    names = tmp_path / "names.json"
    names.write_text(json.dumps({"team": "Sales"}))
    page = str(tmp_path / "nowhere" / "page.html")
    arguments = ("--message", "{{ team }}", "--context", str(names), "--html", page)
    assert main(["preview", *arguments]) == 1
    assert (
        capsys.readouterr().err
        == f"zoomchat: {page} cannot be written: No such file or directory.\n"
    )
