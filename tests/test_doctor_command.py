"""`zoomchat doctor` and `zoomchat channels`, as a person types them."""

from __future__ import annotations

import argparse
import io
import json
import logging
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow import configuration
from conftest import Terminal
from test_command import end, started

from airflow_provider_zoomchat.sandbox import Sandbox, world
from airflow_provider_zoomchat.tools.cli import channels, doctor, main
from airflow_provider_zoomchat.tools.cli.terminal import CommandError


def run(command: Any, *arguments: str) -> int:
    """Run a command in this process."""
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    status: int = command.run(parser.parse_args(arguments))
    return status


def test_each_step_is_a_line(zoom: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    """A connection that works: a line for each step, and status 0."""
    assert run(doctor) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == (
        "✓ connection  Connection 'zoom_default' comes from the environment variable "
        "AIRFLOW_CONN_ZOOM_DEFAULT."
    )
    assert lines[-2:] == ["", "No step failed."]
    assert {line[0] for line in lines[:-2]} == {"✓", "-"}
    assert zoom.messages() == []


def test_a_failure_ends_with_status_1(
    zoom: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A connection on standard input that fails: its step says why, and the status is 1."""
    connection = zoom.connection("server_to_server") | {"password": "wr0ng-secret"}
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(connection)))
    assert run(doctor, "-") == 1
    out = capsys.readouterr().out
    assert "✗ token       Could not get a token from Zoom: Zoom said 'Invalid client_id" in out
    assert out.endswith("\n1 of 9 steps failed.\n")
    assert "wr0ng-secret" not in out


def test_steps_as_json(zoom: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    """With --json there is one object on standard output, and nothing else."""
    assert run(doctor, "zoom_chatbot_default", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["conn_id"], found["ok"]) == ("zoom_chatbot_default", True)
    assert found["steps"][3] == {
        "name": "token",
        "outcome": "ok",
        "text": "Zoom gives a token to the app with Client ID 'sandbox-bot-client-id'.",
    }


def test_a_target_means_a_message(zoom: Sandbox) -> None:
    """Who names a target wants a message there."""
    assert run(doctor, "--to", "incidents") == 0
    (message,) = zoom.messages(channel="incidents")
    assert message["deleted"]


@pytest.mark.parametrize("to", ["", " ", "#", " # "])
def test_an_empty_target_is_wrong_use(zoom: Sandbox, to: str) -> None:
    """A target that is empty, such as an unset variable, means no channel at all."""
    with pytest.raises(SystemExit) as end:
        run(doctor, "--to", to)
    assert end.value.code == 2
    assert zoom.messages() == []


def test_a_connection_is_no_id(capsys: pytest.CaptureFixture[str]) -> None:
    """A connection in the place of its id is shown in no output, and in none about wrong use."""
    uri = "zoom://id:s3cret@h"
    assert run(doctor, uri, "--json") == 1
    shown = capsys.readouterr().out
    assert json.loads(shown)["conn_id"] is None
    for arguments in (
        [uri],
        ["doctor", "x", uri],
        ["doctor", "--to", uri],
        ["channels", "{password:", "s3cret}"],
    ):
        with pytest.raises(SystemExit) as end:
            main(arguments)
        assert end.value.code == 2
        shown += capsys.readouterr().err
    assert "s3cret" not in shown


def test_what_is_logged_goes_to_standard_error(
    zoom: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever Airflow does with log lines, those about waiting leave the JSON alone."""
    root, printed = logging.getLogger(), logging.StreamHandler(sys.stdout)
    root.addHandler(printed)
    try:
        for command in (doctor, channels):
            zoom.fail(503, path="/channels")
            assert run(command, "--json") == 0
            captured = capsys.readouterr()
            assert json.loads(captured.out)
            assert "Trying again in" in captured.err
    finally:
        root.removeHandler(printed)


@pytest.mark.parametrize("options", [(), ("--json",)], ids=str)
def test_a_deletion_that_is_interrupted(zoom: Sandbox, options: tuple[str, ...]) -> None:
    """Ctrl-C during the deletion ends with status 130, after it was said what stays where."""
    zoom.hang(60, path="/messages/")
    looking = started("doctor", "--send", *options)
    ends = time.monotonic() + 60
    while not zoom.requests("/messages/"):
        assert time.monotonic() < ends, "nothing was deleted"
        time.sleep(0.02)
    status, out, err = end(looking)
    assert (status, err.strip()) == (130, "")
    (message,) = zoom.messages()
    words = f"Test message {message['id']!r} stays in {world.DATA_PIPELINES.id!r}"
    if options:
        found = json.loads(out)
        assert found["ok"] is False
        out = found["steps"][-1]["text"]
    assert words in out


@pytest.mark.parametrize(
    ("how", "status", "err"),
    [
        (">&-", 0, ""),
        ("2>&-", 0, ""),
        ("- <&-", 1, ""),
        ("<&- >&- 2>&-", 0, ""),
        ("> /dev/full", 1, "zoomchat: could not go on: No space left on device.\n"),
        ("2> /dev/full", 0, ""),
    ],
)
def test_streams_that_are_closed_or_full(zoom: Sandbox, how: str, status: int, err: str) -> None:
    """A stream that is closed takes everything; one that is full is one line and status 1."""
    shown = subprocess.run(
        f"{shlex.quote(sys.executable)} -m airflow_provider_zoomchat doctor {how}",
        shell=True,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (shown.returncode, shown.stderr) == (status, err)


@pytest.mark.parametrize(("no_color", "styled"), [("", True), ("1", False)])
def test_colours_are_for_a_terminal(
    zoom: Sandbox, monkeypatch: pytest.MonkeyPatch, no_color: str, styled: bool
) -> None:
    """On a terminal there are colours, and what does not fit hangs beneath; NO_COLOR has none."""
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    assert run(doctor) == 0
    assert ("\x1b[32m✓\x1b[0m" in screen.getvalue()) == styled
    lines = re.sub(r"\x1b\[\d+m", "", screen.getvalue()).splitlines()
    assert (max(map(len, lines)) <= 80) == styled


def test_a_person_is_told_what_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever is asked for a connection on a terminal is told so; empty, it is one line."""
    monkeypatch.setattr(sys, "stdin", Terminal(""))
    assert run(doctor, "-") == 1
    captured = capsys.readouterr()
    assert captured.err == "Paste a connection as JSON or as a URI, then Ctrl-D:\n"
    assert captured.out.startswith("✗ connection  Standard input is empty: ")
    assert captured.out.count("\n") == 1


LISTED = f"""\
{world.DATA_PIPELINES.id}  private  data-pipelines
{world.DATA_TEAM.id}  private  data-team
{world.INCIDENTS.id}  public   incidents
{world.OLD_PROJECT.id}  private  old-project
{world.SEALED.id}  private  sealed
"""


INCIDENTS = {
    "id": world.INCIDENTS.id,
    "name": "incidents",
    "type": "public",
    "jid": world.INCIDENTS.jid,
}
NO_SUCH_CHANNEL = "User 'airflow@example.com' sees no channel with 'zzz' in its name, of 5.\n"


@pytest.mark.parametrize(
    ("arguments", "status", "out", "err"),
    [
        ([], 0, LISTED, ""),
        (
            ["--match", "INCI"],
            0,
            f"{world.INCIDENTS.id}  public  incidents\n\nFor the extra of a connection:\n"
            f'"channel": "{world.INCIDENTS.id}"\n',
            "",
        ),
        (["--json", "--match", "incidents"], 0, json.dumps([INCIDENTS], indent=2) + "\n", ""),
        (["--match", "zzz"], 1, "", NO_SUCH_CHANNEL),
        (["--match", "zzz", "--json"], 1, "[]\n", NO_SUCH_CHANNEL),
    ],
    ids=["all", "one, ready to paste", "json", "none", "none as json"],
)
def test_channels(
    zoom: Sandbox,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    status: int,
    out: str,
    err: str,
) -> None:
    """The acting user's channels by name, none of others; status 1 and a line if there are none."""
    assert run(channels, *arguments) == status
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == (out, err)


def test_many_channels_are_paged_with_progress(
    zoom: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A long list comes in pages; a terminal shows how far it is, and keeps nothing of it."""
    for number in range(1200):
        zoom.add_channel(f"{number:032x}", f"channel {number}")
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    assert run(channels) == 0
    assert capsys.readouterr().out.count("\n") == 1205
    assert "\r900 of 1,205 channels" in screen.getvalue()
    assert screen.getvalue().endswith("\r\x1b[K")
    assert len(zoom.requests("/channels")) == 5


NO_SCOPE = {"code": 4711, "message": "Invalid access token, does not contain scopes:[a]."}
SAME_PAGE = {"channels": [{"id": "c", "name": "n"}], "total_records": 9, "next_page_token": "t"}
NO_LINK = ("--link", "https://zoom.us/j/5551112222")


@pytest.mark.parametrize(
    ("arguments", "fault", "words"),
    [
        (("zoom_chatbot_default",), None, "'server_to_server' or 'user_oauth' may list channels"),
        (("zoom_webhook_default",), None, "'server_to_server' or 'user_oauth' may list channels"),
        ((), (400, NO_SCOPE), "Add the scopes that Zoom names"),
        ((), (200, SAME_PAGE), "Zoom returned the same page twice"),
        (("zoom_away",), None, "Check Host and Proxy"),
        (NO_LINK, None, "this is no link to a channel"),
    ],
)
def test_what_cannot_be_listed(
    zoom: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    fault: tuple[int, dict[str, Any]] | None,
    words: str,
) -> None:
    """What cannot be listed is one line with the remedy; nobody waits for a host that is away."""
    connection = zoom.connection("server_to_server") | {"host": "http://127.0.0.1:1"}
    monkeypatch.setenv("AIRFLOW_CONN_ZOOM_AWAY", json.dumps(connection))
    if fault:
        zoom.fail(fault[0], path="/channels", times=99, body=fault[1])
    with pytest.raises(CommandError, match=words):
        run(channels, *arguments)
    assert capsys.readouterr().err == ""


def test_a_short_limit_is_waited_for(zoom: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    """A rate limit of a second keeps nobody from the list."""
    zoom.fail(429, path="/channels")
    assert run(channels) == 0
    captured = capsys.readouterr()
    assert captured.out == LISTED
    assert captured.err.count("Trying again in") == 1


def test_a_list_that_is_too_long(zoom: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a list with more pages than anybody waits for, the first are shown, and it says so."""
    for number in range(100):
        listed = [{"id": f"c{number:03}", "name": f"n{number:03}"}]
        body = {"channels": listed, "total_records": 45_000, "next_page_token": f"t{number}"}
        zoom.fail(200, path="/channels", body=body)
    assert run(channels) == 0
    shown = capsys.readouterr()
    assert len(shown.out.splitlines()) == 100
    assert shown.err == (
        "The list ends after 100 pages, with 100 channels; Zoom counts 45,000. The others are left "
        "out: the link of a channel, copied in Zoom, has its id too (zoomchat channels --link).\n"
    )


def test_the_id_in_a_link(capsys: pytest.CaptureFixture[str]) -> None:
    """A channel's link tells its id without a connection."""
    link = "https://us06web.zoom.us/launch/chat/v2/eyJzaWQiOiJjMUBjb25mZXJlbmNlLnhtcHAuem9vbS51cyJ9"
    assert run(channels, "--link", link) == 0
    assert capsys.readouterr().out == "c1\n"


def test_no_airflow_for_the_environment(zoom: Sandbox, tmp_path: Path) -> None:
    """A connection of the environment needs no Airflow: none is imported, nothing set up."""
    code = (
        "import sys\n"
        "from airflow_provider_zoomchat.tools.cli import main\n"
        "status = main(['doctor'])\n"
        "assert not any(name.split('.')[0] == 'airflow' for name in sys.modules)\n"
        "sys.exit(status)\n"
    )
    home = tmp_path / "airflow"
    shown = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "AIRFLOW_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.endswith("No step failed.\n")
    assert not home.exists()


@pytest.fixture
def stored(zoom: Sandbox, airflow_home: str) -> Iterator[str]:
    """A connection that is in Airflow's database for one test."""
    from airflow.models import Connection
    from airflow.utils.session import create_session

    text = json.dumps(zoom.connection("server_to_server"))
    connection = Connection.from_json(text, conn_id="zoom_stored")
    with create_session() as session:
        session.add(connection)
    yield "zoom_stored"
    with create_session() as session:
        session.delete(connection)


def test_airflows_database(stored: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A connection in Airflow's database is found, and Airflow prints nothing in between."""
    assert run(doctor, stored) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert shown.out.startswith(
        "✓ connection  Connection 'zoom_stored' comes from Airflow's database.\n✓ fields "
    )
    with pytest.raises(CommandError, match=r"'zoom_store' does not exist. Create .*'zoom_stored'"):
        run(channels, "zoom_store")


def test_without_a_database(no_database: None, capsys: pytest.CaptureFixture[str]) -> None:
    """Where Airflow was never set up, one line says that."""
    assert run(doctor, "zoom_nowhere") == 1
    shown = capsys.readouterr()
    assert (shown.out.count("\n"), shown.err) == (1, "")
    assert "Airflow's database is not set up here; airflow db migrate does that" in shown.out


def test_a_secrets_backend_in_airflows_own_file(
    zoom: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A secrets backend of airflow.cfg is asked before the environment."""
    file = tmp_path / "airflow.cfg"
    file.write_text("[secrets]\nbackend = vault.Vault\n")
    (tmp_path / "vault.py").write_text(
        "from airflow.secrets import BaseSecretsBackend\n"
        "class Vault(BaseSecretsBackend):\n"
        "    def get_conn_value(self, conn_id, **_):\n"
        '        return \'{"conn_type": "zoom", "login": "of the vault"}\'\n'
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    monkeypatch.setattr(configuration, "AIRFLOW_CONFIG", str(file))
    monkeypatch.setattr(configuration, "conf", configuration.initialize_config())
    capsys.readouterr()
    run(doctor)
    assert capsys.readouterr().out.startswith(
        "✓ connection  Connection 'zoom_default' comes from the secrets backend Vault.\n"
    )
