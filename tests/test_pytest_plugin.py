"""The pytest plugin, used as the author of a DAG uses it: by a pytest of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from conftest import ROOT
from pages import DOCS, README, page

from airflow_provider_zoomchat.get_provider_info import get_provider_info
from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.sandbox import ZoomSandbox
from airflow_provider_zoomchat.sandbox.connections import FIELDS

PLUGIN = "airflow_provider_zoomchat.pytest_plugin"


def run_pytest(folder: Path, *arguments: str, **environment: str) -> str:
    """Run the tests of a folder in a process of their own, and return what that printed."""
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
        cwd=folder,
        # Nothing of this run is to count in that one.
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        | environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return run.stdout + run.stderr


def run_alone(folder: Path, test: str, *arguments: str) -> str:
    """Run a test with no plugin but ours, where every warning is an error."""
    (folder / "test_it.py").write_text(test)
    (folder / "pytest.ini").write_text("[pytest]\n")
    return run_pytest(
        folder, "-W", "error", "-p", PLUGIN, *arguments, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1"
    )


def code(path: Path, pattern: str) -> list[str]:
    """Return the blocks of Python on a page in which a pattern is found."""
    texts = (block.text for block in page(path).blocks if block.language == "python")
    return [text for text in texts if re.search(pattern, text)]


#: Each test sees every call, those for tokens and people too, and may undo its own changes. With
#: App type user_oauth a message can be sent at once: nobody has to log in.
WITH_AIRFLOW = """
import os

import pytest

from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.zoom.text import mention


@pytest.mark.parametrize("turn", [1, 2])
def test_it(zoom_sandbox, turn, monkeypatch):
    monkeypatch.undo()
    bot = ZoomHook("zoom_chatbot_default")
    bot.send_chatbot_message(message=mention("dana@example.com"))
    paths = [request["path"] for request in zoom_sandbox.requests()]
    assert "/oauth/token" in paths
    assert any("dana" in path for path in paths)


def test_an_app_that_a_user_has_authorized(zoom_sandbox):
    zoom_sandbox.connect("zoom_default", "user_oauth", label="staging")
    ZoomHook().send_message(message="Hi")
    assert zoom_sandbox.message(text="Hi")["sender_id"] == "airflow@example.com"
    assert zoom_sandbox.requests("/oauth/token") == []


def test_a_connection_that_is_wrong(zoom_sandbox):
    zoom_sandbox.connect("zoom_default", "user_oauth", timeout="soon")
"""


@pytest.mark.oldest_and_newest
def test_the_examples_of_the_pages(tmp_path: Path, airflow_home: str) -> None:
    """The tests on the pages pass as they stand, beside the DAGs that they are about.

    pytest finds the plugin by itself. With them, since Airflow takes seconds to import, runs what
    only a test with an Airflow can try.
    """
    dags = tmp_path / "dags"
    copytree(ROOT / "tests" / "authors" / "dags", dags)
    for name, dag_id in (
        ("recipes.md", "shops"),
        ("recipes.md", "sales_load"),
        ("asking.md", "sales"),
    ):
        (text,) = code(DOCS / name, rf'DAG\(\s*"{dag_id}"')
        (dags / f"{dag_id}.py").write_text(text)
    tests = [
        test
        for path in (README, DOCS / "testing.md", DOCS / "recipes.md")
        for test in code(path, r"def test_\w+\(")
    ]
    assert len(tests) == 6
    assert len([line for line in tests[0].splitlines() if line]) <= 10
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    for number, test in enumerate(tests):
        (tmp_path / f"test_{number}.py").write_text(test)
    (tmp_path / "test_with_airflow.py").write_text(WITH_AIRFLOW)
    printed = run_pytest(
        tmp_path,
        *("-p", "quick_airflow"),
        AIRFLOW__CORE__DAGS_FOLDER=str(dags),
        PYTHONPATH=str(ROOT / "tests"),
    )
    assert f"{len(tests) + 4} passed" in printed, printed[-3000:]


def test_each_test_has_its_own(tmp_path: Path) -> None:
    """The chat begins empty, the connections end with the test, and the author's come back."""
    printed = run_alone(
        tmp_path,
        """
import json
import os
import urllib.request

import pytest

KEPT = {"AIRFLOW_CONN_ZOOM_DEFAULT": "mine"}
os.environ.update(KEPT)


def connections():
    return {name: value for name, value in os.environ.items() if name.startswith("AIRFLOW_CONN_")}


def send():
    extra = json.loads(os.environ["AIRFLOW_CONN_ZOOM_WEBHOOK_DEFAULT"])["extra"]
    headers = {"Authorization": extra["verification_token"]}
    request = urllib.request.Request(extra["webhook_url"] + "?format=message", b"Late", headers)
    urllib.request.urlopen(request).close()


@pytest.mark.parametrize("turn", [1, 2])
def test_two(zoom_sandbox, turn, monkeypatch):
    assert sorted(connections()) == [
        "AIRFLOW_CONN_ZOOM_CHATBOT_DEFAULT",
        "AIRFLOW_CONN_ZOOM_DEFAULT",
        "AIRFLOW_CONN_ZOOM_USER_OAUTH",
        "AIRFLOW_CONN_ZOOM_WEBHOOK_DEFAULT",
    ]
    assert zoom_sandbox.requests() == []
    send()
    assert zoom_sandbox.message(channel="data-pipelines")["text"] == "Late"
    # Whatever a test puts there itself goes too.
    zoom_sandbox.connect("zoom_alerts", "chatbot")
    monkeypatch.setenv("AIRFLOW_CONN_ZOOM_DEFAULT", "of the test")
    zoom_sandbox.connect("zoom_default", label="staging")


def test_then():
    assert connections() == KEPT
""",
    )
    assert "3 passed" in printed, printed
    assert "warning" not in printed


def test_an_error_points_at_the_test(tmp_path: Path) -> None:
    """Whoever misses a message sees their own line and the chat, and no line of ours."""
    printed = run_alone(
        tmp_path, "def test_it(zoom_sandbox):\n    zoom_sandbox.message(text='late')\n"
    )
    assert ">   " in printed
    assert "E       AssertionError: There is no message with text='late'." in printed
    assert "sandbox.py" not in printed


def test_it_costs_nothing_where_it_is_not_used(tmp_path: Path) -> None:
    """A run that does not ask for the fixture imports nothing but the plugin's own file."""
    printed = run_alone(
        tmp_path,
        """
import json
import sys


def test_it():
    # What comes with pytest and with Python's own library is not ours.
    print("LOADED", json.dumps(sorted(sys.modules)))
""",
        "-s",
    )
    loaded = set(json.loads(printed.partition("LOADED ")[2].splitlines()[0]))
    assert {name for name in loaded if name.startswith("airflow")} == {
        "airflow_provider_zoomchat",
        PLUGIN,
    }
    heavy = {"requests", "starlette", "uvicorn", "python_multipart", "jinja2", "jsonschema"}
    assert heavy.isdisjoint(loaded)


@pytest.mark.parametrize("name", ["starlette", "uvicorn", "python_multipart"])
def test_without_the_extra(tmp_path: Path, name: str) -> None:
    """Where the sandbox's server is not installed, one line says what is to be."""
    (tmp_path / "conftest.py").write_text(f"import sys\n\nsys.modules[{name!r}] = None\n")
    printed = run_alone(tmp_path, "def test_it(zoom_sandbox):\n    pass\n")
    said = f"needs {name}, which is not installed: pip install 'airflow-provider-zoomchat[sandbox]'"
    assert f"The fixture zoom_sandbox {said}" in printed
    assert "1 error" in printed
    assert "Traceback" not in printed
    assert "ImportError" not in printed


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[ZoomSandbox]:
    """What the fixture gives, without the plugin, which this run may or may not have loaded."""
    found = ZoomSandbox(monkeypatch.setenv)
    with found:
        yield found


@pytest.mark.parametrize(
    ("app_type", "fields", "place"),
    [
        ("server_to_server", {"channel": "c" * 32, "user_id": "eve@example.com"}, "extra"),
        ("chatbot", {"label": "staging", "muted": True}, "extra"),
        ("incoming_webhook", {"verification_token": "another"}, "extra"),
        ("chatbot", {"password": "another"}, "beside"),
    ],
)
def test_connect(sandbox: ZoomSandbox, app_type: str, fields: dict[str, Any], place: str) -> None:
    """A connection works as it is, and differs in the fields that the test names."""
    sandbox.connect("zoom_alerts", app_type, **fields)
    connection = json.loads(os.environ["AIRFLOW_CONN_ZOOM_ALERTS"])
    usual = sandbox.connection(app_type)
    (usual["extra"] if place == "extra" else usual).update(fields)
    assert connection == usual


def test_a_signed_webhook(sandbox: ZoomSandbox) -> None:
    """A signed webhook has its secret."""
    sandbox.connect("zoom_alerts", "incoming_webhook", signed=True)
    ZoomHook("zoom_alerts").send_webhook_message(message="Late")
    assert sandbox.message()["text"] == "Late"


def test_a_field_that_there_is_not(sandbox: ZoomSandbox) -> None:
    """A slip in a field's name, or in the kind of app, is told at once."""
    with pytest.raises(TypeError, match=r"no field 'lable'; its fields are host, login, .*label"):
        sandbox.connect("zoom_alerts", lable="staging")
    with pytest.raises(ValueError, match="app_type must be one of server_to_server, user_oauth"):
        sandbox.connect("zoom_alerts", "bot")
    assert "AIRFLOW_CONN_ZOOM_ALERTS" not in os.environ


def test_every_field_of_the_form() -> None:
    """The fields that may differ are those that a connection has."""
    form = get_provider_info()["connection-types"][0]
    known = [*form["ui-field-behaviour"]["relabeling"], *form["conn-fields"]]
    assert sorted(FIELDS) == sorted({"host", *known})


def test_channels_and_people_of_their_own(sandbox: ZoomSandbox) -> None:
    """A DAG's own channel is known, bears the name that the test gives, and can be in trouble."""
    sandbox.add_channel("0c51" * 8, "orders")
    sandbox.connect("zoom_alerts", channel="0c51" * 8)
    sandbox.fail(429, path="/chat/users", headers={"Retry-After": "0"})
    hook = ZoomHook("zoom_alerts")
    first = hook.send_message(message="Late")
    hook.send_message(message="Why?", reply_main_message_id=first)
    hook.send_message(message="Late", to_contact="eve@example.com")

    assert sandbox.message(channel="orders", text="Late")["id"] == first
    assert sandbox.message(thread=first)["text"] == "Why?"
    assert [call["status"] for call in sandbox.requests("/chat/users")] == [429, 201, 201, 201]


def test_a_connection_with_a_channels_name(
    sandbox: ZoomSandbox, monkeypatch: pytest.MonkeyPatch, airflow_home: str
) -> None:
    """The channel that a connection names is there, under the name that it is given."""
    real = {"conn_type": "zoom", "extra": {"channel": "#Data Platform"}}
    monkeypatch.setenv("AIRFLOW_CONN_ZOOM_PLATFORM", json.dumps(real))
    sandbox.connect_all(os.environ)
    sandbox.connect("zoom_alerts", channel="On call")
    for conn_id in ("zoom_platform", "zoom_alerts"):
        ZoomHook(conn_id).send_message(message="Late")
    sandbox.message(channel="Data Platform")
    sandbox.message(channel="On call")


@pytest.mark.parametrize(
    ("value", "app_type", "kept"),
    [
        ({"conn_type": "zoom", "login": "real"}, "server_to_server", {}),
        (
            {"conn_type": "zoom", "extra": {"app_type": "chatbot", "label": "eu", "channel": "c"}},
            "chatbot",
            {"label": "eu", "channel": "c"},
        ),
        (
            {"conn_type": "zoom", "extra": '{"app_type": "incoming_webhook", "webhook_url": "x"}'},
            "incoming_webhook",
            {},
        ),
        ("zoom://real:secret@zoom.us?app_type=chatbot&label=eu", "chatbot", {"label": "eu"}),
        ("zoom://?__extra__=%7B%22muted%22%3A+true%7D", "server_to_server", {"muted": True}),
        ({"conn_type": "zoom", "extra": {"app_type": "unknown"}}, "server_to_server", {}),
        ({"conn_type": "zoom", "extra": "no json"}, "server_to_server", {}),
    ],
    ids=str,
)
def test_no_connection_leads_to_the_real_zoom(
    sandbox: ZoomSandbox, value: Any, app_type: str, kept: dict[str, Any]
) -> None:
    """A connection that the test has not thought of leads to its Zoom, with what it was for."""
    text = value if isinstance(value, str) else json.dumps(value)
    for name in ("AIRFLOW_CONN_TEAM", "AIRFLOW_CONN_ZOOM_DEFAULT"):
        sandbox.connect_all({name: text})
        assert json.loads(os.environ[name]) == {
            **sandbox.connection(app_type),
            "extra": {**sandbox.connection(app_type)["extra"], **kept},
        }


@pytest.mark.parametrize(
    "value", ['{"conn_type": "http"}', "http://zoom.us", "", "{no json", "postgres://zoom:x@y"]
)
def test_other_connections_stay(sandbox: ZoomSandbox, value: str) -> None:
    """Connections to anything else are left as they are."""
    sandbox.connect_all({"AIRFLOW_CONN_OTHER": value, "PATH": '{"conn_type": "zoom"}'})
    assert "AIRFLOW_CONN_OTHER" not in os.environ
    assert "zoom" not in os.environ["PATH"]
