"""The `zoomchat` command, as a person types it."""

from __future__ import annotations

import ast
import io
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests
from conftest import Terminal, as_typed
from test_operators import run

from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.operators.zoom import ZoomChatMessageOperator
from airflow_provider_zoomchat.sandbox import Sandbox
from airflow_provider_zoomchat.sandbox.activity_log import changes, transcript
from airflow_provider_zoomchat.sandbox.state import Message
from airflow_provider_zoomchat.tools.cli import COMMANDS, main
from airflow_provider_zoomchat.tools.cli.terminal import Paint, make_printable

pytestmark = pytest.mark.usefixtures("keeps_signals")


def zoomchat(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "airflow_provider_zoomchat", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def started(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Start the command in a process that Ctrl-C can end."""
    return subprocess.Popen(
        as_typed(*arguments),
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def read_until(process: subprocess.Popen[str], words: str, *, log: bool = False) -> str:
    """Return what a process prints up to a line with these words, or to its end.

    :param log: whether what it says on standard error is read.
    """
    stream = process.stderr if log else process.stdout
    assert stream is not None
    lines = [stream.readline()]
    while lines[-1] and words not in lines[-1]:
        lines.append(stream.readline())
    assert words in lines[-1], "".join(lines)
    return "".join(lines)


def end(process: subprocess.Popen[str], number: int = signal.SIGINT) -> tuple[int, str, str]:
    """End a process with a signal, and return its status and what it prints until then."""
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


@pytest.fixture
def browser(tmp_path: Path) -> Path:
    """A browser that writes down what it is to open, and one for the terminal beside it."""
    for name in ("browser", "lynx"):
        program = tmp_path / name
        program.write_text('#!/bin/sh\necho "$1" >> "$0.log"\n')
        program.chmod(0o755)
    return tmp_path / "browser"


def opened(browser: Path) -> str:
    """Return what a browser was told to open, as soon as it was."""
    log = browser.with_suffix(".log")
    ends = time.monotonic() + 60
    while not (log.exists() and log.read_text()):
        assert time.monotonic() < ends, "no browser was called"
        time.sleep(0.02)
    return log.read_text()


@pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS)], ids=str)
def test_help(command: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """The help of the whole and of each command is there, with examples to type."""
    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"])
    shown = capsys.readouterr()
    assert (ended.value.code, shown.err) == (0, "")
    assert " ".join(("  zoomchat", *command)) in shown.out.partition("examples:")[2]


def test_help_is_light() -> None:
    """Help imports nothing of Airflow, of the server or of the network."""
    code = (
        "import sys; from airflow_provider_zoomchat.tools.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(ast.literal_eval(shown.stdout.splitlines()[-1]))
    heavy = {"airflow", "requests", "starlette", "uvicorn", "jinja2", "asyncio", "jsonschema"}
    assert loaded.isdisjoint(heavy)


@pytest.mark.parametrize(
    ("stream", "name", "value", "is_on"),
    [
        (Terminal(), "TERM", "xterm", True),
        (Terminal(), "NO_COLOR", "", True),
        (Terminal(), "NO_COLOR", "1", False),
        (Terminal(), "TERM", "dumb", False),
        (io.StringIO(), "TERM", "xterm", False),
    ],
)
def test_colours(
    stream: io.StringIO, name: str, value: str, is_on: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There are colours on a terminal that takes them, unless NO_COLOR says no."""
    monkeypatch.delenv("TERM", raising=False)
    monkeypatch.setenv(name, value)
    paint = Paint(stream)
    assert paint("x", "bold", "#0b5cff") == ("\x1b[1;38;2;11;92;255mx\x1b[0m" if is_on else "x")
    assert paint("x") == "x"


@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
def test_whoever_reads_has_seen_enough(unbuffered: str) -> None:
    """A reader that goes away ends it, and is no error that anybody has to read."""
    shown = subprocess.run(
        f"{shlex.quote(sys.executable)} -m airflow_provider_zoomchat --help | true; "
        f"{shlex.quote(sys.executable)} -m airflow_provider_zoomchat demo | head -n 1; "
        f"{shlex.quote(sys.executable)} -m airflow_provider_zoomchat sandbox | head -n 1",
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
        shell=True,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    demo, sandbox = shown.stdout.splitlines()
    assert "A local Zoom answers at" in demo
    assert sandbox.startswith("export AIRFLOW_CONN_ZOOM_DEFAULT=")
    assert all(line.startswith("#") for line in shown.stderr.splitlines() if line)


@pytest.mark.parametrize("arguments", [[], ["dance"], ["sandbox", "--port", "http"]])
def test_wrong_use(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Wrong use ends with status 2 and says how to use it."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: zoomchat")


def test_a_port_that_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    """A taken port is one line and status 1."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["sandbox", "--port", str(port)]) == 1
    assert capsys.readouterr().err == (
        f"zoomchat: cannot listen on port {port}: Address already in use. Choose another --port.\n"
    )


def in_shell(lines: str) -> dict[str, str]:
    """Return the connections that a shell has after these lines."""
    shell = subprocess.run(
        ["bash", "-c", f"{lines}\nenv -0"], check=True, capture_output=True, text=True
    )
    entries = (entry.split("=", 1) for entry in shell.stdout.rstrip("\0").split("\0"))
    return {name: value for name, value in entries if name.startswith("AIRFLOW_CONN_")}


def test_the_sandbox_for_a_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its output, evaluated by a shell, connects every API; its log is apart; Ctrl-C ends it."""
    server = started("sandbox", "--channel", f"{'c1' * 16}=#data-alerts")
    log = read_until(server, "What is posted", log=True)
    lines = read_until(server, "AIRFLOW_CONN_ZOOM_WEBHOOK_DEFAULT")
    assert all(line.startswith("export AIRFLOW_CONN_") for line in lines.splitlines())
    for name, value in in_shell(lines).items():
        monkeypatch.setenv(name, value)
    ZoomHook().send_message(message="as a user", to_channel="c1" * 16)
    ZoomHook("zoom_chatbot_default").send_chatbot_message(message="as a bot")
    ZoomHook("zoom_webhook_default").send_webhook_message(message="through a webhook")
    posted = read_until(server, "through a webhook", log=True)
    assert end(server) == (0, "", "\n")
    assert re.findall(r"posts: (.*)", posted) == ["as a user", "as a bot", "through a webhook"]
    assert "#data-alerts  Airflow posts: as a user" in posted
    assert re.search(r"# The chat, as it changes: http://127\.0\.0\.1:\d+/\n", log)


def test_connections_in_a_file(tmp_path: Path) -> None:
    """The file is its owner's alone, a shell reads it, and it takes the place of an earlier one."""
    file = tmp_path / "zoom's.env"
    for _ in range(2):
        server = started("sandbox", "--env-file", str(file))
        log = read_until(server, "What is posted", log=True)
        found = in_shell(re.findall("(set -a; .*; set -?.a)", log)[0])
        url = re.findall(r"http://127\.0\.0\.1:\d+", log)[0]
        assert json.loads(found["AIRFLOW_CONN_ZOOM_DEFAULT"])["host"] == url
        assert end(server)[:2] == (0, "")
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_of_somebody_elses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What this command has not written is never overwritten; one line says so."""
    file = tmp_path / ".env"
    file.write_text("SECRET=1\n")
    for path, words in (
        (file, "is there already, and not written by this command: give another --env-file."),
        (tmp_path, "cannot be written: Is a directory."),
    ):
        assert main(["sandbox", "--env-file", str(path)]) == 1
        assert capsys.readouterr().err == f"zoomchat: {path} {words}\n"
    assert file.read_text() == "SECRET=1\n"


@pytest.mark.parametrize("text", ["data-alerts", "c1=data", f"{'c1' * 16}="])
def test_a_channel_that_is_none(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A channel of one's own needs an id as Zoom's are, and a name."""
    with pytest.raises(SystemExit):
        main(["sandbox", "--channel", text])
    assert "is not ID=NAME" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("zoomchat san", {"sandbox"}),
        ("zoomchat preview --app-type ch", {"chatbot"}),
        ("zoomchat doctor zoom_m", {"zoom_mine"}),
        ("zoomchat sandbox --e", {"--env-file"}),
    ],
)
def test_completion(typed: str, offered: set[str]) -> None:
    """A shell that has the line of the help completes commands, options, choices and ids."""
    script = (
        'eval "$(register-python-argcomplete zoomchat)"; COMP_LINE=$1; COMP_POINT=${#1}; '
        "COMP_TYPE=9; _python_argcomplete zoomchat; printf '%s\n' \"${COMPREPLY[@]}\""
    )
    folder = Path(sys.executable).parent
    shown = subprocess.run(
        ["bash", "-c", script, "bash", typed],
        env={
            **os.environ,
            "PATH": f"{folder}:{os.environ['PATH']}",
            "AIRFLOW_CONN_ZOOM_MINE": '{"conn_type": "zoom"}',
            "AIRFLOW_CONN_OTHER_M": "http://",
        },
        check=True,
        capture_output=True,
        text=True,
    )
    assert {word.strip() for word in shown.stdout.split()} == offered


@pytest.mark.parametrize("encoding", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C"}])
def test_a_terminal_without_utf8(encoding: dict[str, str], zoom: Sandbox) -> None:
    """Where the terminal has no UTF-8, signs are words and letters in ASCII, and nothing fails."""
    doctor, listed = zoomchat("doctor", **encoding), zoomchat("channels", "--json", **encoding)
    assert [doctor.stderr, listed.stderr] == ["", ""]
    is_utf8 = "LC_ALL" in encoding  # a pipe is no terminal: Python's own rule is kept
    assert doctor.stdout.startswith("✓ connection" if is_utf8 else "[ok]      connection")
    assert {"data-team", "incidents"} <= {one["name"] for one in json.loads(listed.stdout)}


def test_what_stands_for_a_character() -> None:
    """Signs become words, letters lose their accents, lines stay lines, and the rest is a ?."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    make_printable(stream)
    stream.write("✅ é\u2007\u2013 │ └ ⚠️ \u2039x\u203a 日 📎")
    stream.flush()
    written = stream.buffer.getvalue()
    assert written == b"[ok] e - | `- [warning] <x> ? [file]"


def test_a_terminal_in_the_c_locale(zoom: Sandbox) -> None:
    """A terminal of which LC_ALL says that it has no UTF-8 gets none."""
    code = (
        "import os, pty, sys\n"
        "status = pty.spawn([sys.executable, '-m', 'airflow_provider_zoomchat', 'doctor'])\n"
        "sys.exit(os.waitstatus_to_exitcode(status))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "LC_ALL": "C", "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert shown.stdout.startswith(b"[ok]      connection")
    assert shown.stdout.isascii()


@pytest.mark.parametrize("ignored", ["", "yes"], ids=["a terminal", "nohup and &"])
def test_a_terminal_that_is_closed(ignored: str) -> None:
    """It ends cleanly with its terminal, unless it was started to outlive that, and Ctrl-C."""
    start = (
        "import os, signal, sys\n"
        "how = signal.SIG_IGN if sys.argv[1] else signal.SIG_DFL\n"
        "for number in (signal.SIGHUP, signal.SIGINT): signal.signal(number, how)\n"
        "os.execv(sys.executable, sys.argv[2:])"
    )
    command = [sys.executable, "-m", "airflow_provider_zoomchat", "sandbox"]
    server = subprocess.Popen(
        [sys.executable, "-c", start, ignored, *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    first = read_until(server, "What is posted", log=True)
    if ignored:
        server.send_signal(signal.SIGHUP)
        server.send_signal(signal.SIGINT)
        url = re.findall(r"http://127\.0\.0\.1:\d+", first)[0]
        assert requests.get(url).status_code == 200
    status, _, err = end(server, signal.SIGTERM if ignored else signal.SIGHUP)
    assert (status, err) == (0, "\n")


@pytest.mark.parametrize("name", ["browser", "no-such-browser", "lynx"])
def test_the_page_in_a_browser(browser: Path, name: str) -> None:
    """With --open the page is opened in the browser; without one, a line says where it is.

    One that lives in the terminal is none.
    """
    server = started("sandbox", "--open", BROWSER=str(browser.with_name(name)), PATH="/nowhere")
    shown = read_until(server, "What is posted", log=True)
    url = re.findall(r"http://127\.0\.0\.1:\d+/", shown)[0]
    if name == "browser":
        assert opened(browser) == f"{url}\n"
    else:
        read_until(server, f"# No browser was found here: open {url} in one.\n", log=True)
    status, _, err = end(server, signal.SIGTERM)
    assert (status, err) == (0, "\n")


def test_a_browser_that_stays(browser: Path) -> None:
    """A browser that returns only when it is closed holds nothing up."""
    stays = 'exec >/dev/null 2>&1; while [ -e "$0" ]; do /bin/sleep 0.02; done\n'
    browser.write_text(f"{browser.read_text()}{stays}")
    server = started("sandbox", "--open", BROWSER=str(browser))
    name = "AIRFLOW_CONN_ZOOM_WEBHOOK_DEFAULT="
    words = shlex.split(read_until(server, name).splitlines()[-1])[1]
    webhook = json.loads(words.removeprefix(name))["extra"]
    opened(browser)
    requests.post(
        webhook["webhook_url"],
        data="still here",
        headers={"Authorization": webhook["verification_token"]},
        timeout=60,
    ).raise_for_status()
    read_until(server, "posts: still here", log=True)
    status, _, err = end(server)
    browser.unlink()
    assert (status, err) == (0, "\n")


def test_a_fresh_operator_makes_two_calls(zoom: Sandbox) -> None:
    """An operator without a token asks for one and posts: two calls, no more."""
    run(ZoomChatMessageOperator(task_id="post", message="Hi"))
    assert [request["path"] for request in zoom.requests()] == [
        "/oauth/token",
        "/v2/chat/users/airflow@example.com/messages",
    ]


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


def test_what_a_terminal_would_obey(zoom: Sandbox) -> None:
    """No part of a line tells a terminal anything, nor turns the direction of what follows."""
    sly = "a\x1b[2Jb\tc\u202ed\x9be\ud83df"
    seen = "a\ufffd[2Jb c\ufffdd\ufffde\ufffdf"
    card = {"content": {"head": {"text": sly}}}
    zoom.chat.post(
        Message(
            id="m",
            api="team_chat",
            channel="c",
            channel_name=sly,
            contact=None,
            sender=f"{sly}\n",
            sender_id="s",
            text=f"{sly}\n{sly}",
            interactive_cards=[{"card_id": "1", "card_json": json.dumps(card)}],
        )
    )
    posted = zoom.messages()
    whole = re.sub(r"\d\d:\d\d:\d\d", "HH:MM:SS", transcript(posted))
    head = f"  HH:MM:SS  {seen}\ufffd  "
    indent = " " * len(head)
    assert whole == f"#{seen}\n{head}{seen}\n{indent}{seen}\n{indent}{seen}"
    assert list(changes([], posted)) == [f"#{seen}  {seen}\ufffd posts: {seen} ..."]
