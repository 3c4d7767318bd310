"""`zoomchat login`, with the sandbox as Zoom and a script as the browser of a user."""

from __future__ import annotations

import io
import json
import re
import signal
import socket
import subprocess
import sys
import time
import webbrowser
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from airflow.models import Variable
from conftest import Terminal, as_typed
from conftest import stored_variables as variables

from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.sandbox import Sandbox
from airflow_provider_zoomchat.tools.cli import main
from airflow_provider_zoomchat.zoom import client

pytestmark = pytest.mark.usefixtures("without_variables", "zoom")

ELSEWHERE = "https://airflow.example.com/zoom"

#: A user who answers Zoom's question and follows its answer to the command; what is shown then
#: goes into a file.
USER = """#!{python}
import sys
from urllib.parse import parse_qsl, urlsplit

import requests

url = sys.argv[1]
form = dict(parse_qsl(urlsplit(url).query)) | {{"decision": {decision!r}}}
answer = requests.post(url.partition("?")[0], data=form, allow_redirects=False)
target = answer.headers["Location"].replace({old!r}, {new!r})
icon = requests.get(target.partition("?")[0].rpartition("/")[0] + "/favicon.ico")
shown = requests.get(target)
open({shown!r}, "w").write(f"{{icon.status_code}} {{shown.status_code}} {{shown.text}}")
"""


@pytest.fixture
def uri() -> str:
    """An address on this machine at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"http://127.0.0.1:{free.getsockname()[1]}/callback"


@pytest.fixture
def user(tmp_path: Path) -> Callable[..., Path]:
    """Give a browser whose user decides; the file holds what the browser shows in the end."""

    def browser(decision: str = "allow", old: str = "\0", new: str = "") -> Path:
        shown = tmp_path / "shown.html"
        script = tmp_path / "browser"
        script.write_text(
            USER.format(
                python=sys.executable, decision=decision, old=old, new=new, shown=str(shown)
            )
        )
        script.chmod(0o755)
        # What BROWSER says is read once in a process.
        webbrowser.register(
            str(script), None, webbrowser.GenericBrowser(str(script)), preferred=True
        )
        return shown

    return browser


def shown_page(file: Path) -> str:
    """Return what the browser shows, once it does."""
    for _ in range(100):
        if file.exists() and file.read_text().endswith("</html>\n"):
            return file.read_text()
        time.sleep(0.1)
    raise AssertionError("the browser shows nothing")


def post(zoom: Sandbox) -> str:
    """Post as a process that knows nothing yet."""
    client.forget()
    ZoomHook("zoom_user_oauth").send_message(message="Hi")
    return str(zoom.messages()[-1]["sender_id"])


def test_a_browser_on_this_machine(
    user: Callable[..., Path], uri: str, zoom: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    """The browser brings the code and shows that it worked; a task can post at once."""
    shown = user()
    assert main(["login", "zoom_user_oauth", "--open", "--redirect-uri", uri]) == 0
    said = capsys.readouterr().err
    assert "/oauth/authorize?response_type=code&client_id=sandbox-user-client-id" in said
    assert "The app may now act for Airflow (airflow@example.com)." in said
    page = shown_page(shown)
    assert page.startswith("404 200 ")
    assert "You can close this page" in page
    assert "It worked" in page
    (name,) = variables()
    assert name in said
    assert post(zoom) == "airflow@example.com"
    for secret in (*zoom.chat.tokens, *zoom.chat.refresh_tokens):
        assert secret not in said + page


def test_a_user_who_declines(
    user: Callable[..., Path], uri: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says so, here and in the browser, and stores nothing."""
    shown = user("deny")
    assert main(["login", "zoom_user_oauth", "--open", "--redirect-uri", uri]) == 1
    assert capsys.readouterr().err.endswith(
        "zoomchat: you have declined, so the app may not act for you.\n"
    )
    assert "It did not work" in shown_page(shown)
    assert list(variables()) == []


@pytest.mark.parametrize(("old", "new"), [("state=", "state=x"), ("&state=", "&other=")])
def test_the_answer_to_another_login(
    old: str, new: str, user: Callable[..., Path], uri: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A state that differs, or is missing, ends it: the code may be somebody else's."""
    shown = user(old=old, new=new)
    assert main(["login", "zoom_user_oauth", "--open", "--redirect-uri", uri]) == 1
    assert "this is the answer to another login (its state differs)" in capsys.readouterr().err
    assert "It did not work" in shown_page(shown)
    assert list(variables()) == []


class Pasting(io.TextIOBase):
    """Standard input of somebody who answers Zoom and pastes what the browser shows.

    :param printed: returns what the command has printed.
    :param paste: makes of the address what is pasted.
    """

    def __init__(self, printed: Callable[[], str], paste: Callable[[str], str]) -> None:
        super().__init__()
        self._printed = printed
        self._paste = paste

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]
        """Return what is pasted."""
        (url,) = re.findall(r"http\S+/oauth/authorize\S+", self._printed())
        form = dict(parse_qsl(urlsplit(url).query))
        answer = requests.post(
            url.partition("?")[0], data={**form, "decision": "allow"}, allow_redirects=False
        )
        return self._paste(answer.headers["Location"]) + "\n"


def pasted(
    monkeypatch: pytest.MonkeyPatch, paste: Callable[[str], str], *options: str
) -> tuple[int, str, str]:
    """Return the status of a login at which something is pasted, and what it prints."""
    out, err = io.StringIO(), Terminal()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    monkeypatch.setattr(sys, "stdin", Pasting(err.getvalue, paste))
    status = main(["login", "zoom_user_oauth", *options])
    return status, out.getvalue(), err.getvalue()


def code_of(address: str) -> str:
    """Return the code in an address."""
    return dict(parse_qsl(urlsplit(address).query))["code"]


@pytest.mark.parametrize("options", [("--no-listen",), ("--redirect-uri", ELSEWHERE)])
@pytest.mark.parametrize("paste", [str, code_of, lambda address: f"  {address} "])
def test_a_browser_on_another_machine(
    monkeypatch: pytest.MonkeyPatch,
    paste: Callable[[str], str],
    options: tuple[str, ...],
    zoom: Sandbox,
) -> None:
    """The whole address may be pasted, or the code alone."""
    status, _, said = pasted(monkeypatch, paste, *options)
    assert status == 0, said
    assert "Paste the address to which Zoom has sent the browser" in said
    assert post(zoom) == "airflow@example.com"


@pytest.mark.parametrize(
    ("paste", "words"),
    [
        (lambda address: address.replace("state=", "state=x"), "its state differs"),
        (lambda address: "", "nothing was pasted"),
        (lambda address: "nonsense", "Invalid authorization code.' (HTTP 400). A code lives for 5"),
        (lambda address: re.sub("code=[^&]*", "code=", address), "holds no code"),
    ],
)
def test_what_is_pasted_wrongly(
    monkeypatch: pytest.MonkeyPatch, paste: Callable[[str], str], words: str
) -> None:
    """It says what is wrong, stores nothing, and repeats nothing of what was pasted."""
    status, _, said = pasted(monkeypatch, paste, "--no-listen")
    assert status == 1
    assert words in re.sub(r", tracking id \w+", "", said)
    assert "code=" not in said.rpartition("\n\n")[2]
    assert list(variables()) == []


def test_a_code_that_is_too_old(monkeypatch: pytest.MonkeyPatch, zoom: Sandbox) -> None:
    """Whoever takes more than five minutes begins again."""

    def late(address: str) -> str:
        zoom.chat.codes[code_of(address)].ends = 0
        return address

    status, _, said = pasted(monkeypatch, late, "--no-listen")
    assert status == 1
    assert "Code is expired." in said
    assert "begin again" in said


def test_a_wrong_client_secret(monkeypatch: pytest.MonkeyPatch, zoom: Sandbox) -> None:
    """The secret is named by its field."""
    connection = zoom.connection("user_oauth") | {"password": "wr0ng-secret"}
    monkeypatch.setenv("AIRFLOW_CONN_ZOOM_USER_OAUTH", json.dumps(connection))
    status, _, said = pasted(monkeypatch, str, "--no-listen")
    assert status == 1
    assert "Copy Client ID and Client secret again" in said
    assert "wr0ng-secret" not in said


def test_printed_and_set_by_hand(monkeypatch: pytest.MonkeyPatch, zoom: Sandbox) -> None:
    """The name and the value that are printed work once somebody has set them."""
    status, out, said = pasted(monkeypatch, str, "--no-listen", "--print")
    assert status == 0, said
    assert list(variables()) == []
    assert "AIRFLOW_VAR_... is of no use" in said
    name, value = out.split()
    Variable.set(name, value)
    assert post(zoom) == "airflow@example.com"
    zoom.expire_tokens()
    assert post(zoom) == "airflow@example.com"


def test_scopes(monkeypatch: pytest.MonkeyPatch, zoom: Sandbox) -> None:
    """What the app needs and lacks is told, also where it may not know its user."""
    answer = {**zoom.authorize(), "scope": "team_chat:update:user_message"}
    zoom.fail(200, path="/oauth/token", body=answer)
    zoom.fail(400, path="/users/me", body={"code": 4711, "message": "no scopes:[user:read:user]"})
    zoom.fail(200, path="/oauth/token", body={**answer, "access_token": "another"})
    zoom.fail(400, path="/users/me", body={"code": 4711, "message": "no scopes:[user:read:user]"})
    status, _, said = pasted(monkeypatch, str, "--no-listen")
    assert status == 0, said
    assert "The app may now act for you. But: The app lacks the scopes team_chat:write" in said


def test_a_variable_of_the_environment(monkeypatch: pytest.MonkeyPatch, zoom: Sandbox) -> None:
    """It is refused before anybody is asked, since tasks could not write it."""
    shared = ZoomHook("zoom_user_oauth").client._shared
    assert shared is not None
    monkeypatch.setenv(f"AIRFLOW_VAR_{shared.name.upper()}", "x")
    status, _, said = pasted(monkeypatch, str, "--no-listen")
    assert status == 1
    assert "takes the place of Airflow's Variable, and cannot be written" in said
    assert zoom.requests("/oauth/") == []


def test_a_port_in_use(uri: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It names the address and what to do."""
    with socket.create_server(("127.0.0.1", urlsplit(uri).port or 0)):
        assert main(["login", "zoom_user_oauth", "--redirect-uri", uri]) == 1
    said = capsys.readouterr().err
    assert f"cannot listen at {uri}: Address already in use" in said
    assert "--no-listen" in said


def test_nobody_answers(uri: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It does not wait for ever."""
    options = ["--redirect-uri", uri, "--timeout", "0.2"]
    assert main(["login", "zoom_user_oauth", *options]) == 1
    assert f"no answer came to {uri} within 0.2 s." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("conn_id", "words"),
    [
        ("zoom_default", "has App type 'server_to_server', which nobody has to authorize"),
        ("zoom_nowhere", "Connection 'zoom_nowhere' does not exist."),
        ("-", "standard input holds the connection"),
    ],
)
def test_connections_that_nobody_can_authorize(
    conn_id: str, words: str, zoom: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says so before anybody is asked."""
    assert main(["login", conn_id, "--no-listen"]) == 1
    assert words in capsys.readouterr().err
    assert zoom.requests() == []


@pytest.mark.parametrize("option", ["--timeout=0", "--timeout=soon"])
def test_wrong_use(option: str) -> None:
    """A time that is none is wrong use."""
    with pytest.raises(SystemExit) as caught:
        main(["login", option])
    assert caught.value.code == 2


def test_without_a_database(
    zoom: Sandbox, no_database: None, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says so before anybody is asked, and what to do."""
    assert main(["login", "zoom_user_oauth"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "zoomchat: Airflow's Variables cannot be used here (" in said.err
    assert said.err.endswith("Airflow's database can be reached, or with --print.\n")
    assert zoom.requests() == []


def test_ctrl_c(uri: str) -> None:
    """Ctrl-C ends it while it waits, with nothing but its status, and its port is free again."""
    command = as_typed("login", "zoom_user_oauth", "--redirect-uri", uri)
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        lines = iter(process.stderr.readline, "")
        assert any(line.startswith("Waiting at") for line in lines)
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == ""
        assert process.wait() == 130
    with socket.create_server(("127.0.0.1", urlsplit(uri).port or 0)):
        pass
