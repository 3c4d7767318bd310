"""The `zoomchat` command, as a person types it."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ROOT

from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.sandbox import Sandbox
from airflow_provider_zoomchat.sandbox.transcript import changes, transcript


def zoomchat(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "airflow_provider_zoomchat", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_help() -> None:
    """The help shows the commands with examples."""
    shown = zoomchat("--help")
    assert shown.returncode == 0
    assert "zoomchat demo" in shown.stdout


@pytest.mark.parametrize("arguments", [[], ["dance"], ["sandbox", "--port", "http"]])
def test_wrong_use(arguments: list[str]) -> None:
    """Wrong use ends with status 2 and says how to use it."""
    shown = zoomchat(*arguments)
    assert shown.returncode == 2
    assert shown.stderr.startswith("usage: zoomchat")


def test_a_port_that_is_taken() -> None:
    """A taken port is one line and status 1."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        shown = zoomchat("sandbox", "--port", str(port))
    assert shown.returncode == 1
    assert shown.stderr == (
        f"zoomchat: no server on port {port}: Address already in use. Choose another --port.\n"
    )


def test_the_sandbox_for_a_shell(tmp_path: Path) -> None:
    """The printed lines, evaluated by a shell, connect every door; Ctrl-C ends it cleanly."""
    server = subprocess.Popen(
        [sys.executable, "-m", "airflow_provider_zoomchat", "sandbox"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    lines: list[str] = []
    while not lines or "What is posted" not in lines[-1]:
        lines.append(server.stdout.readline())
    script = tmp_path / "connections.sh"
    script.write_text("".join(lines))
    post = (
        "from airflow_provider_zoomchat.hooks.zoom import ZoomHook\n"
        "ZoomHook().send_message(message='as a user')\n"
        "ZoomHook('zoom_chatbot_default').send_chatbot_message(message='as a bot')\n"
        "ZoomHook('zoom_webhook_default').send_webhook_message(message='through a webhook')\n"
    )
    subprocess.run(
        ["bash", "-c", '. "$1" && exec "$2" -c "$3"', "bash", script, sys.executable, post],
        check=True,
        capture_output=True,
    )
    time.sleep(0.5)
    server.send_signal(signal.SIGINT)
    out, err = server.communicate(timeout=10)
    assert server.returncode == 0
    assert err == ""
    assert re.findall(r"posts: (.*)", out) == ["as a user", "as a bot", "through a webhook"]
    assert re.search(r"# The chat, as it changes: http://127\.0\.0\.1:\d+/$", lines[1])


def test_a_fresh_process_makes_two_calls(zoom: Sandbox) -> None:
    """A fresh operator in a fresh process asks for a token and posts: two calls, no more."""
    code = (
        "from airflow_provider_zoomchat.operators.zoom import ZoomChatMessageOperator\n"
        "class Ti:\n"
        "    max_tries = 0\n"
        "    def xcom_push(self, **_): pass\n"
        "ZoomChatMessageOperator(task_id='post', message='Hi').execute({'ti': Ti()})\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    assert [request["path"] for request in zoom.requests()] == [
        "/oauth/token",
        "/v2/chat/users/airflow@example.com/messages",
    ]


def test_the_demo(tmp_path: Path) -> None:
    """The demo runs every example DAG, shows the chat, and leaves nothing behind."""
    shown = zoomchat("demo", AIRFLOW__CORE__DAGS_FOLDER="/nowhere", TMPDIR=str(tmp_path))
    assert shown.returncode == 0, shown.stdout + shown.stderr
    shown_elsewhere = {"zoom_deadline_alert", "zoom_approval"}  # they want a whole Airflow
    for name in {path.stem for path in (ROOT / "example_dags").glob("*.py")} - shown_elsewhere:
        assert f"{name}: done" in shown.stdout
    chat = shown.stdout.partition("The chat as it stands now:")[2]
    for words in ("#data-pipelines", "(edited)", "(deleted)", "      └ ", "all rules hold"):
        assert words in chat
    for words in (
        "✅ zoom_alerts / load_orders succeeded",
        "⏳ zoom_alerts / check_orders failed and will be tried again",
        "❌ zoom_alerts / check_orders failed",
        "❌ zoom_alerts failed",
    ):
        assert chat.count(f"{words}\n") == 1
    assert "airflow connections add zoom_default" in chat
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_a_demo_that_is_ended(tmp_path: Path, end: signal.Signals) -> None:
    """Ended in the middle, the demo takes Airflow and its folder with it."""
    demo = subprocess.Popen(
        [sys.executable, "-m", "airflow_provider_zoomchat", "demo"],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert demo.stdout is not None
    while "sets up its database" not in demo.stdout.readline():
        pass
    time.sleep(0.5)
    demo.send_signal(end)
    _, err = demo.communicate(timeout=20)
    assert demo.returncode == 130
    assert err == ""
    assert list(tmp_path.iterdir()) == []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            assert bytes(tmp_path) not in environment.read_bytes()


def test_a_demo_that_fails(tmp_path: Path) -> None:
    """If Airflow cannot run, the demo says why in one line and ends with status 1."""
    (tmp_path / "airflow").mkdir()
    (tmp_path / "airflow" / "__init__.py").write_text("raise RuntimeError('no Airflow today')")
    (tmp_path / "airflow" / "__main__.py").write_text("")
    shown = zoomchat("demo", PYTHONPATH=str(tmp_path))
    assert shown.returncode == 1
    assert shown.stderr == (
        "zoomchat: the demo failed: airflow db migrate ended with status 1: "
        "RuntimeError: no Airflow today\n"
    )


def test_the_transcript(zoom: Sandbox) -> None:
    """Channels apart, replies under what they answer, what was edited and what deleted."""
    assert transcript(zoom.messages()) == "Nothing was posted."
    hook = ZoomHook()
    first = hook.send_message(message="one\ntwo")
    other = hook.send_message(message="gone")
    assert first
    assert other
    hook.send_message(message="why", reply_main_message_id=first)
    hook.send_message(message="Hi Ann", to_contact="ann@example.com")
    hook.edit_message(first, message="three\nfour")
    hook.delete_message(other)
    text = re.sub(r"\d\d:\d\d:\d\d", "HH:MM:SS", transcript(zoom.messages()))
    assert text == (
        "#data-pipelines\n"
        "  HH:MM:SS  Airflow  three  (edited)\n"
        "                     four\n"
        "      └ HH:MM:SS  Airflow  why\n"
        "  HH:MM:SS  Airflow  (deleted)\n"
        "\n"
        "to ann@example.com\n"
        "  HH:MM:SS  Airflow  Hi Ann"
    )


def test_changes(zoom: Sandbox) -> None:
    """Each look tells what has happened since the last, and nothing twice."""
    hook = ZoomHook()
    first = hook.send_message(message="one")
    assert first
    before = zoom.messages()
    assert list(changes([], before)) == ["#data-pipelines  Airflow posts: one"]
    hook.edit_message(first, message="two\nlines")
    hook.send_message(message="why", reply_main_message_id=first)
    hook.delete_message(first)
    after = zoom.messages()
    assert list(changes(before, after)) == [
        "#data-pipelines  Airflow edits: two ...",
        "#data-pipelines  Airflow deletes: two ...",
        "#data-pipelines  Airflow answers: why",
    ]
    assert list(changes(after, after)) == []
