"""`zoomchat demo`: the example DAGs on a real Airflow, of which nothing is left."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import time
from pathlib import Path

import pytest
import requests
from conftest import ROOT
from test_command import browser, end, opened, read_until, started

from airflow_provider_zoomchat.tools.cli import main

__all__ = ["browser"]  # a fixture

pytestmark = pytest.mark.usefixtures("keeps_signals")

#: Where `.ci/run` has kept what the README's command for the demo has just printed: it takes half a
#: minute of CPU, which is not spent twice.
DEMO_LOG = os.environ.get("ZOOMCHAT_DEMO_LOG")


def check_chat(out: str) -> None:
    """See that the demo has run every example DAG and shown the chat."""
    need_a_whole_airflow = {"zoom_deadline_alert", "zoom_approval"}
    for name in {path.stem for path in (ROOT / "example_dags").glob("*.py")} - need_a_whole_airflow:
        assert f"{name}: done" in out
    chat = out.partition("The chat as it stands now:")[2]
    for words in ("#data-pipelines", "(edited)", "(deleted)", "      └ ", "all rules hold"):
        assert words in chat
    for words in (
        "✅ zoom_alerts / load_orders succeeded",
        "❌ zoom_alerts failed: 1 of 3 tasks",
    ):
        assert chat.count(words) == 1
    # The message of a storm, and the reply in its thread that tells of its end.
    assert re.search(r"Airflow Bot edits: ❌ zoom_storm failed: 13 (of 14 )?tasks", out)
    assert chat.count("✅ zoom_storm recovered after ") == 2
    # The demo answers as one of the sandbox's people, and the DAG follows that.
    assert "12 of 48,210 rows have no quantity: publish, says Ann." in chat
    for table in ("Nightly load of zoom_chat_messages has finished: 3 tables", "orders 31,004"):
        assert table in chat
    assert "airflow connections add zoom_default" in chat


def test_the_demo(tmp_path: Path, browser: Path) -> None:
    """The demo runs every example DAG, shows the chat and its page, and leaves nothing behind."""
    if DEMO_LOG:
        check_chat(Path(DEMO_LOG).read_text("utf-8"))
        return
    elsewhere = {"AIRFLOW__CORE__DAGS_FOLDER": "/nowhere", "TMPDIR": str(tmp_path)}
    demo = started("demo", "--open", BROWSER=str(browser), **elsewhere)
    out = read_until(demo, "until Ctrl-C")
    url = re.findall(r"The chat is at (\S+) until", out)[0]
    assert opened(browser) == f"{url}\n"
    assert "Trouble" in requests.get(url).text
    assert end(demo) == (0, "\n", "")
    check_chat(out)
    assert {path.name for path in tmp_path.iterdir()} == {"browser", "browser.log", "lynx"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_demo_that_is_ended(tmp_path: Path, number: signal.Signals) -> None:
    """Ended in the middle, the demo takes Airflow and its folder with it."""
    demo = started("demo", TMPDIR=str(tmp_path))
    read_until(demo, "airflow db migrate")
    time.sleep(0.5)
    status, _, err = end(demo, number)
    assert (status, err) == (130, "")
    assert list(tmp_path.iterdir()) == []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            assert bytes(tmp_path) not in environment.read_bytes()


def test_a_demo_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """If Airflow cannot run, the demo says why in one line and ends with status 1."""
    (tmp_path / "airflow").mkdir()
    (tmp_path / "airflow" / "__init__.py").write_text("raise RuntimeError('no Airflow today')")
    (tmp_path / "airflow" / "__main__.py").write_text("")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert main(["demo"]) == 1
    assert capsys.readouterr().err == (
        "zoomchat: the demo failed: airflow db migrate ended with status 1: "
        "RuntimeError: no Airflow today\n"
    )
