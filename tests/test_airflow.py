"""Whole runs on a real Airflow: its own task runner, retries, XComs and command line."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from airflow import __version__ as airflow_version
from conftest import ROOT, dag_file

from airflow_provider_zoomchat.notifications.policy import add_alerts
from airflow_provider_zoomchat.notifications.zoom import ZoomChatNotifier
from airflow_provider_zoomchat.sandbox import Sandbox, world
from airflow_provider_zoomchat.sandbox.render.lines import emphasis
from airflow_provider_zoomchat.zoom import client

AIRFLOW = tuple(int(part) for part in airflow_version.split(".")[:2])


@pytest.fixture(scope="module")
def dags(airflow_home: str) -> ModuleType:
    """The DAGs of these tests."""
    return dag_file("zoom_runs")


@pytest.fixture
def logged(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> Callable[[], str]:
    """Give what Airflow has logged: Airflow 2 does so through logging, Airflow 3 to the console."""

    def read() -> str:
        out, err = capfd.readouterr()
        return caplog.text + out + err

    return read


def states(run: Any) -> dict[str, str]:
    return {ti.task_id: str(ti.state) for ti in run.get_task_instances()}


def test_a_retry_on_a_real_airflow(dags: ModuleType, zoom: Sandbox) -> None:
    """A worker lost after posting: Airflow 3.3 edits on the retry, older ones post again."""
    assert states(dags.retry.test()) == {"post": "success"}
    texts = [message["text"] for message in zoom.messages()]
    assert texts == (["try 2"] if AIRFLOW >= (3, 3) else ["try 1", "try 2"])


def test_a_refusal_ends_the_task(
    dags: ModuleType, zoom: Sandbox, logged: Callable[[], str]
) -> None:
    """Three retries are not used up on a channel that does not exist."""
    assert states(dags.refused.test()) == {"post": "failed"}
    assert len(zoom.requests("/chat/users")) == 1
    if AIRFLOW != (3, 0):  # which logs a task's error to where no test can read it
        assert "AirflowFailException: Could not send a message to channel '000" in logged()


def test_airflows_retry_cures_passing_trouble(dags: ModuleType, zoom: Sandbox) -> None:
    """A limit that is too long to wait for ends the try, and the next one posts."""
    zoom.fail(429, path="/chat/users", headers={"Retry-After": "600"})
    assert states(dags.passing.test()) == {"post": "success"}
    assert len(zoom.messages()) == 1


def test_an_execution_timeout_while_sending(dags: ModuleType, zoom: Sandbox) -> None:
    """A task that is cut off with its message on the way is not tried again by Airflow."""
    zoom.hang(30, path="/chat/users", accept=True)
    assert states(dags.timeout.test()) == {"post": "failed"}
    assert len(zoom.messages()) == 1


@pytest.mark.parametrize("waits_for", ["a token", "a limit"])
def test_an_execution_timeout_while_waiting(
    dags: ModuleType, zoom: Sandbox, waits_for: str
) -> None:
    """A task that is cut off before its message goes out is tried again, and posts once."""
    if waits_for == "a token":
        client.forget()
        zoom.hang(30, path="/oauth/token")
    else:
        zoom.fail(429, path="/chat/users", headers={"Retry-After": "3"})
    if AIRFLOW < (3, 0):  # whose dag.test() ends with it, and does not try again
        with pytest.raises(BaseException, match="Timeout") as caught:
            dags.timeout.test()
        assert type(caught.value).__name__ == "AirflowTaskTimeout"
        assert zoom.messages() == []
        return
    assert states(dags.timeout.test()) == {"post": "success"}
    assert len(zoom.messages()) == 1


def test_a_skipped_task_hands_on_no_id(
    dags: ModuleType, zoom: Sandbox, logged: Callable[[], str]
) -> None:
    """Editing what a skipped task never posted fails for good and says why."""
    run = states(dags.skipped.test())
    assert run == {"skip": "skipped", "done": "failed"}
    if AIRFLOW != (3, 0):
        assert "message_id is missing: the task that should have sent the message" in logged()
    assert zoom.requests() == []


def heads(zoom: Sandbox) -> Counter[str]:
    """Return the first lines of the alerts in the chat, and how often each is there."""
    return Counter(message["text"].partition("\n")[0] for message in zoom.messages())


def test_every_callback(dags: ModuleType, zoom: Sandbox) -> None:
    """One notifier for all tasks and the DAG sends one alert for each thing that happens."""
    dags.alerts.test()
    name = "zoom_runs_alerts"
    assert heads(zoom) == Counter(
        [
            f"▶ {name} / works started",
            f"✅ {name} / works succeeded",
            f"▶ {name} / leaves started",
            f"⏭ {name} / leaves was skipped",
            f"▶ {name} / breaks started",
            f"⏳ {name} / breaks failed and will be tried again",
            f"▶ {name} / breaks started",
            f"❌ {name} / breaks failed",
            f"▶ {name} / loads [0] started",
            f"✅ {name} / loads [0] succeeded",
            f"▶ {name} / loads [1] started",
            f"❌ {name} / loads [1] failed",
            f"❌ {name} failed",
            f"{name} has ended: dag_failed",
        ]
    )
    text = "\n".join(message["text"] for message in zoom.messages())
    for word in ("None", "{{", "nan"):
        assert word not in text
    assert "Owner: data-team" in text
    assert "Try: 2 of 2" in text
    if AIRFLOW < (3, 0) or AIRFLOW >= (3, 3):  # the others hand it to no callback in tests
        assert text.count("ValueError: column 'qty' is missing") == 2


def test_a_run_that_succeeds(dags: ModuleType, zoom: Sandbox) -> None:
    """A DAG's success callback sends the alert for that."""
    dags.fine.test()
    assert heads(zoom) == Counter(
        ["✅ zoom_runs_fine succeeded", "zoom_runs_fine has ended: dag_succeeded"]
    )


def test_alerts_that_a_policy_adds(dags: ModuleType, zoom: Sandbox) -> None:
    """A run's own alert sums up those of its tasks, also of mapped ones, whoever has added both."""
    add_alerts(dags.policed, ZoomChatNotifier(), events=["task_failed", "dag_failed"])
    dags.policed.test()
    assert heads(zoom) == Counter(["❌ zoom_runs_policed failed: 1 of 1 task"])


@pytest.mark.oldest_and_newest
@pytest.mark.parametrize(
    "command",
    [
        ["-c", "import airflow_provider_zoomchat.transfers.sql_to_zoom_chat"],
        ["-m", "airflow_provider_zoomchat", "preview", "--dag", "example_dags/zoom_alerts.py"],
    ],
    ids=lambda command: command[-1],
)
def test_a_policy_that_imports_this_package(airflow_home: str, command: list[str]) -> None:
    """Airflow imports a policy in the middle of its own import, whatever asked for that."""
    run = subprocess.run(
        [sys.executable, *command],
        env={**os.environ, "PYTHONPATH": str(ROOT / "tests" / "policy")},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-3000:]


def test_mapped_tasks(dags: ModuleType, zoom: Sandbox) -> None:
    """A mapped operator posts once for each element."""
    dags.mapped.test()
    texts = Counter(message["text"] for message in zoom.messages())
    assert texts == Counter(["orders", "customers", "returns"])


def is_in(message: dict[str, Any]) -> str:
    return str(message["channel_name"] or message["contact"])


def test_a_message_is_found_where_it_was_posted(dags: ModuleType, zoom: Sandbox) -> None:
    """Edits, deletions and replies go where the message is, also a bot's and from mapped tasks."""
    run = dags.places.test(run_conf={"channel": world.DATA_TEAM.id})
    assert set(states(run).values()) == {"success"}
    assert Counter(
        (is_in(message), message["text"], message["deleted"]) for message in zoom.messages()
    ) == Counter(
        [
            ("data-team", "two", False),
            ("data-team", "a reply", False),
            ("ann@example.com", "for Ann", True),
            ("data-team", "a bot's", False),
            ("data-team", "answered", False),
            ("data-team", "edited 0", False),
            ("data-team", "edited 1", False),
        ]
    )
    by_text = {message["text"]: message for message in zoom.messages()}
    assert by_text["a reply"]["reply_to"] == by_text["two"]["id"]
    assert by_text["answered"]["reply_to"] == by_text["a bot's"]["id"]


def test_a_muted_run_goes_on(
    dags: ModuleType, zoom: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mapped edits have something to map over, and what follows them runs."""
    for name, app_type in (("DEFAULT", "server_to_server"), ("CHATBOT_DEFAULT", "chatbot")):
        connection = zoom.connection(app_type)
        connection["extra"]["muted"] = True
        monkeypatch.setenv(f"AIRFLOW_CONN_ZOOM_{name}", json.dumps(connection))
    run = dags.places.test(run_conf={"channel": world.DATA_TEAM.id})
    assert set(states(run).values()) == {"success"}
    assert {"edits", "after"} <= set(states(run))
    assert zoom.requests() == []


def test_a_dag_of_native_values(dags: ModuleType, zoom: Sandbox) -> None:
    """Texts stay texts where a DAG renders to Python's values: quotes, numbers, ids of digits."""
    zoom.add_channel("12345678" * 4, "digits")
    assert set(states(dags.native.test()).values()) == {"success"}
    assert Counter(message["text"] for message in zoom.messages("digits")) == Counter(
        ["5", "'t' is late", "'a' 'b'", "48,210", "6", "[7]", "5"]
    )


def test_texts_that_look_like_files(dags: ModuleType, zoom: Sandbox) -> None:
    """A sentence that ends in a file's name is one, and a block in quotes is not indented."""
    assert set(states(dags.endings.test()).values()) == {"success"}
    texts = {message["text"] for message in zoom.messages()}
    assert texts == {"See the notes in weekly.md.j2", "Load\n  done"}


def test_messages_from_files(dags: ModuleType, zoom: Sandbox) -> None:
    """A text and a card may stand in template files beside the DAG."""
    assert states(dags.files.test()) == {"note": "success", "card": "success"}
    texts = {message["text"] for message in zoom.messages()}
    assert texts == {"Rows of zoom_runs_files: 42", "zoom_runs_files"}


def as_airflows_page_reads_it(dag: Any) -> Any:
    """Return a DAG as it comes out of Airflow's database, where its page reads it."""
    from airflow.serialization import serialized_objects

    name = (
        "DagSerialization" if hasattr(serialized_objects, "DagSerialization") else "SerializedDAG"
    )
    serialization = getattr(serialized_objects, name)
    return serialization.from_dict(serialization.to_dict(dag))


def test_a_dag_survives_airflows_serialization(dags: ModuleType) -> None:
    """The link is still there on the other side, where Airflow's page reads the DAG."""
    task = as_airflows_page_reads_it(dags.retry).get_task("post")
    assert [link.name for link in task.operator_extra_links] == ["Open in Zoom"]


def test_the_link_in_airflows_page(dags: ModuleType, zoom: Sandbox) -> None:
    """The task's link opens the message's channel: Airflow 3 keeps it, Airflow 2 asks for it."""
    (ti,) = dags.passing.test().get_task_instances()
    task = as_airflows_page_reads_it(dags.passing).get_task("post")
    assert task.get_extra_links(ti, "Open in Zoom").startswith(f"{zoom.url}/launch/chat/v2/")


def example(name: str) -> str:
    """Return the text of an example DAG."""
    return (ROOT / "example_dags" / f"{name}.py").read_text("utf-8")


@pytest.mark.oldest_and_newest
def test_the_same_markdown_at_all_apis(zoom: Sandbox, dag_from: Callable[[str], Any]) -> None:
    """One text shows the same words with the same emphasis as a user, as a bot and in a webhook."""
    dag_from(example("zoom_formatting")).test()
    user, bot, webhook, card = zoom.messages()
    assert [message["api"] for message in (user, bot, webhook)] == [
        "team_chat",
        "chatbot",
        "incoming_webhook",
    ]
    # A bot and a webhook have no headings: bold. A bot finds out what somebody is called.
    alike = {"heading": "bold"}
    seen = [
        [
            (
                words.replace("@Ann", "@ann@example.com"),
                {alike.get(kind, kind) for kind in kinds if kind != "mention"},
            )
            for words, kinds in merged(emphasis(message))
        ]
        for message in (user, bot, webhook)
    ]
    assert seen[0] == seen[1] == seen[2]
    assert ("48,210 rows", {"bold"}) in seen[0]
    assert {"bold", "italic", "strike", "code", "link", "quote", "number"} == {
        kind for _, kinds in seen[0] for kind in kinds
    }
    assert [item["at_contact"] for item in user["at_items"]] == ["ann@example.com"]
    assert card["content"]["head"]["text"].startswith("Orders of 20")


def merged(runs: Iterable[tuple[str, frozenset[str]]]) -> Iterator[tuple[str, set[str]]]:
    """Yield neighbours with the same emphasis as one, with a mention as words like others."""
    for kinds, group in groupby(runs, key=lambda run: run[1] - {"mention"}):
        words = "".join(words for words, _ in group)
        # The blanks and rules of a table are wider where Zoom has no type of code.
        yield words.replace("\u2007", " ").replace("\u2012", "-"), set(kinds)


@pytest.mark.oldest_and_newest
def test_the_report(
    zoom: Sandbox,
    dag_from: Callable[[str], Any],
    logged: Callable[[], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A query's result arrives as a table, with a chart and a CSV file in its thread."""
    database = json.dumps({"conn_type": "sqlite", "host": str(tmp_path / "report.db")})
    monkeypatch.setenv("AIRFLOW_CONN_ZOOM_REPORT_DB", database)
    monkeypatch.setenv("MPLCONFIGDIR", str(tmp_path / "mpl"))
    dag_from(example("zoom_report")).test()
    printed = logged()
    table, chart, rows = zoom.messages("data-pipelines")
    assert table["text"].translate({0x2007: " ", 0x2012: "-"}).splitlines()[1:4] == [
        "region  orders  turnover",
        "------  ------  --------",
        "APAC       300   15300.0",
    ]
    assert chart["reply_to"] == rows["reply_to"] == table["id"]
    (picture,), (sheet,) = chart["files"], rows["files"]
    assert picture["name"] == "turnover.png"
    assert zoom.file_bytes(picture["id"]).startswith(b"\x89PNG")
    lines = zoom.file_bytes(sheet["id"]).decode("utf-8-sig").splitlines()
    assert (lines[0], len(lines)) == ("id,region,price", 601)
    # Airflow 2 says so of an `execute` that another one calls.
    assert "cannot be called outside" not in printed
    assert re.fullmatch(r"orders_\d{4}-\d\d-\d\d\.csv", sheet["name"])
