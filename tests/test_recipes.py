"""The recipes of `docs/recipes.md`: each is run as it stands, and the channel looked at."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowSkipException
from conftest import ROOT
from test_airflow import AIRFLOW, states

from airflow_provider_zoomchat.operators.zoom import ZoomChatMessageOperator
from airflow_provider_zoomchat.sandbox import Sandbox, world
from airflow_provider_zoomchat.sandbox.activity_log import transcript

TEXT = (ROOT / "docs" / "recipes.md").read_text()
RECIPES = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", TEXT, re.DOTALL | re.MULTILINE))
STATUS = "A status post that ends right whatever happens"
SHOP = "5d3e8f10a2b74c6d9e1f0a3b5c7d9e2f"

pytestmark = pytest.mark.usefixtures("without_variables")
since_3_1 = pytest.mark.skipif(AIRFLOW < (3, 1), reason="came with Airflow 3.1")


def blocks(title: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", RECIPES[title], re.DOTALL | re.MULTILINE)


def code(title: str) -> str:
    (block,) = blocks(title, "python")
    return block


@pytest.fixture
def recipe(
    dag_from: Callable[[str], Any], zoom: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Any]:
    """Give the DAG of a recipe."""
    section = "WEBSERVER" if AIRFLOW < (3, 0) else "API"
    monkeypatch.setenv(f"AIRFLOW__{section}__BASE_URL", "https://airflow.example.com")
    zoom.add_channel(SHOP, "shop-team")
    return lambda title: dag_from(code(title))


def fail(dag: Any, *task_ids: str) -> None:
    """Let tasks fail from now on."""

    def failing(*args: Any, **kwargs: Any) -> None:
        raise ValueError("column 'qty' is missing")

    for task_id in task_ids:
        dag.get_task(task_id).python_callable = failing


def comparable(chat: str) -> list[str]:
    """Return the lines of a chat without what differs between runs and versions of Airflow."""
    lines = []
    for line in chat.splitlines():
        line = re.sub(
            r"\d\d:\d\d:\d\d(?=  \w)", "00:00:00", line.translate({0x2007: " ", 0x2012: "-"})
        )
        line = re.sub(r"\(\d[\d.]* k?B\)", "(1 kB)", line)
        indent = line[: len(line) - len(line.lstrip())]
        fields = line.strip().split(" · ")
        kept = [one for one in fields if not re.match(r"(Run|Started|Took|Since|Deadline): ", one)]
        # Airflow 3.0 to 3.2 hand the exception to no callback in tests.
        is_unknown = (3, 0) <= AIRFLOW < (3, 3) and "ValueError: " in line
        if any(kept) and not is_unknown:
            lines.append(indent + " · ".join(kept))
    return lines


def check_chat(zoom: Sandbox, title: str) -> None:
    """Compare the chat with what the recipe says it shows."""
    (shown,) = blocks(title, "text")
    chat = transcript(zoom.messages())
    assert comparable(chat) == comparable(shown), chat


def test_all_are_listed_and_tried() -> None:
    """Each recipe is linked to at the top of the page, and run by a test here."""
    links = dict(re.findall(r"\[([^]]+)\]\(#([^)]+)\)", TEXT.partition("\n## ")[0]))
    slugs = {re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in RECIPES}
    assert set(links.values()) == slugs
    # It is a test itself, and run with those of the other pages, in test_pytest_plugin.py.
    assert blocks("A test with pytest", "text") == ["1 passed\n"]
    tests = Path(__file__).read_text()
    assert [title for title in RECIPES if f'"{title}"' not in tests] == []


@pytest.mark.parametrize(
    ("fails", "shown"),
    [((), 0), (("extract",), 1), (("load",), None)],
    ids=["success", "upstream failed", "a failing step"],
)
def test_a_status_post(
    recipe: Callable[[str], Any], zoom: Sandbox, fails: tuple[str, ...], shown: int | None
) -> None:
    """The one message ends with the rows or with the names of the tasks that failed."""
    dag = recipe(STATUS)
    fail(dag, *fails)
    run = dag.test()
    assert states(run)["finished"] == "success"
    assert str(run.state) == ("failed" if fails else "success")
    (message,) = zoom.messages()
    said = blocks(STATUS, "text")[0].splitlines()
    if shown is not None:
        assert f"{message['text']}  (edited)" == said[shown]
    else:
        assert message["text"] == "❌ Sales load: load failed"
    assert message["edited"]


def test_a_status_post_of_a_load_that_is_skipped(
    recipe: Callable[[str], Any], zoom: Sandbox
) -> None:
    """What returns no rows has loaded none."""

    def skip(*_: Any) -> None:
        raise AirflowSkipException

    dag = recipe(STATUS)
    dag.get_task("load").python_callable = skip
    dag.test()
    assert zoom.message()["text"] == "✅ Sales load: 0 rows"


def test_a_status_post_in_another_channel(recipe: Callable[[str], Any], zoom: Sandbox) -> None:
    """The edit finds the message wherever it was posted."""
    dag = recipe(STATUS)
    dag.get_task("started").to_channel = world.DATA_TEAM.id
    dag.test()
    (message,) = zoom.messages()
    assert message["channel"] == world.DATA_TEAM.id
    assert message["text"] == "✅ Sales load: 48,210 rows"


def test_a_status_post_that_zoom_does_not_take(recipe: Callable[[str], Any], zoom: Sandbox) -> None:
    """The load goes on, all tasks are a success, and so is the run."""
    body = {"code": 5301, "message": "Message sending failed."}
    zoom.fail(400, path="/chat/", body=body, times=100)
    dag = recipe(STATUS)
    # Of several that send, each says before what it is about to send.
    with dag:
        ZoomChatMessageOperator(task_id="another", message="Hi", on_error="log")
    run = dag.test()
    assert set(states(run).values()) == {"success"}
    assert str(run.state) == "success"
    assert zoom.messages() == []


def test_mapped_tasks(recipe: Callable[[str], Any], zoom: Sandbox) -> None:
    """Each element has its message, and the one that fails holds no other back."""
    title = "Mapped tasks with one message each"
    dag = recipe(title)
    load = dag.get_task("each.load").python_callable

    def fails_for_lyon(shop: str) -> Any:
        if shop == "Lyon":
            raise ValueError("no file of Lyon")
        return load(shop)

    dag.get_task("each.load").python_callable = fails_for_lyon
    dag.test()
    (shown,) = blocks(title, "text")
    # In which order the others come is Airflow's to say.
    assert sorted(comparable(transcript(zoom.messages()))) == sorted(comparable(shown))


def test_a_report(
    recipe: Callable[[str], Any], zoom: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A table, with a chart and all rows in its thread."""
    title, file = "A report with chart and CSV", tmp_path / "orders.db"
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE orders (region, price)")
        rows = [("EMEA", 3000), ("EMEA", 100), ("APAC", 1250)]
        database.executemany("INSERT INTO orders VALUES (?, ?)", rows)
    connection = json.dumps({"conn_type": "sqlite", "host": str(file)})
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", connection)
    monkeypatch.setenv("MPLCONFIGDIR", str(tmp_path / "mpl"))
    recipe(title).test()
    check_chat(zoom, title)
    _, chart, _ = zoom.messages()
    assert zoom.file_bytes(chart["files"][0]["id"]).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("title", "task"),
    [
        ("Alerts for one team to its own channel", "shop.load_orders"),
        ("An owner's mention and a runbook link", "load_prices"),
        ("A notifier of your own", "load_stock"),
    ],
)
def test_whom_to_tell(recipe: Callable[[str], Any], zoom: Sandbox, title: str, task: str) -> None:
    """The alert goes where the recipe says, and says what it says."""
    dag = recipe(title)
    fail(dag, task)
    dag.test()
    check_chat(zoom, title)


def test_other_teams(recipe: Callable[[str], Any], zoom: Sandbox) -> None:
    """What is not the team's is told to the connection's channel."""
    dag = recipe("Alerts for one team to its own channel")
    fail(dag, "load_prices")
    dag.test()
    assert zoom.message()["channel_name"] == "data-pipelines"


def test_an_owner_of_one_task(recipe: Callable[[str], Any], zoom: Sandbox) -> None:
    """The mention is that of the task that failed, and the link leads to its runbook."""
    dag = recipe("An owner's mention and a runbook link")
    fail(dag, "check_prices")
    dag.test()
    message = zoom.message()
    assert [item["at_contact"] for item in message["at_items"]] == ["bob@example.com"]
    assert "https://wiki.example.com/prices/check_prices" in json.dumps(message["rich_text"])


DAGS = """
from datetime import datetime

from airflow.providers.common.compat.sdk import DAG, task


@task
def load():
    raise ValueError("column 'qty' is missing")


for name, tags in (("anything", ["sales"]), ("without", ["no-zoom-alerts"])):
    with DAG(name, schedule=None, start_date=datetime(2026, 1, 1), tags=tags):
        load()
"""

#: Runs the command line of Airflow for each DAG: Airflow takes seconds to import.
DAGS_TEST = """
import runpy, sys
import quick_airflow
for dag_id in ("anything", "without"):
    sys.argv = ["airflow", "dags", "test", dag_id]
    try:
        runpy.run_module("airflow", run_name="__main__")
    except SystemExit as end:
        assert end.code, dag_id
    else:
        raise AssertionError(dag_id)
"""


@pytest.mark.oldest_and_newest
def test_alerts_for_all_dags(airflow_home: str, zoom: Sandbox, tmp_path: Path) -> None:
    """The policy file as it stands gives every DAG its alerts but those with the tag.

    `airflow dags test` runs them, and prints no secret.
    """
    title = "Alerts for all DAGs"
    (tmp_path / "airflow_local_settings.py").write_text(code(title))
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "dags.py").write_text(DAGS)
    run = subprocess.run(
        [sys.executable, "-c", DAGS_TEST],
        env={
            **os.environ,
            "AIRFLOW__CORE__DAGS_FOLDER": str(tmp_path / "dags"),
            "AIRFLOW__API__BASE_URL": "https://airflow.example.com",
            "AIRFLOW__WEBSERVER__BASE_URL": "https://airflow.example.com",
            "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT / "tests")]),
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    printed = run.stdout + run.stderr
    assert run.returncode == 0, printed[-6000:]
    check_chat(zoom, title)
    assert "sandbox-client-secret" not in printed


def test_after_the_third_failure(recipe: Callable[[str], Any], zoom: Sandbox) -> None:
    """The first two runs that fail in a row are silent, and a good run begins a new row."""
    title = "An alert only after the third failure"
    dag = recipe(title)
    fetch = dag.get_task("fetch").python_callable

    def run(*, good: bool = False) -> int:
        """Run the DAG, and return how many messages there are then."""
        dag.get_task("fetch").python_callable = fetch
        fail(dag, *([] if good else ["fetch"]))
        dag.test()
        return len(zoom.messages())

    assert [run(), run(), run(good=True), run(), run()] == [0] * 5
    assert run() == 1
    check_chat(zoom, title)
    assert [run(), run(good=True), run()] == [2, 2, 2]


@pytest.fixture
def backfills() -> Iterator[None]:
    """Make a backfill of each run that begins."""
    from airflow.models import DagRun
    from sqlalchemy import event

    def begin(mapper: Any, connection: Any, run: Any) -> None:
        run.run_type = "backfill"

    event.listen(DagRun, "before_insert", begin)
    yield
    event.remove(DagRun, "before_insert", begin)


NO_BACKFILLS = "No alerts for backfills"


def test_a_backfill(recipe: Callable[[str], Any], zoom: Sandbox, backfills: None) -> None:
    """A backfill that fails posts nothing."""
    dag = recipe(NO_BACKFILLS)
    fail(dag, "load_returns")
    assert str(dag.test().state) == "failed"
    assert zoom.messages() == []


def test_no_backfill(recipe: Callable[[str], Any], zoom: Sandbox) -> None:
    """Any other run has its alerts."""
    dag = recipe(NO_BACKFILLS)
    fail(dag, "load_returns")
    dag.test()
    check_chat(zoom, NO_BACKFILLS)


@since_3_1
def test_a_deadline(recipe: Callable[[str], Any], zoom: Sandbox) -> None:
    """What the triggerer makes of the deadline's callback sends the alert."""
    title = "A deadline"
    found = recipe(title).deadline
    (deadline,) = found if isinstance(found, list) else [found]
    moment = datetime(2026, 3, 14, 7, tzinfo=timezone.utc)
    run = {"dag_id": "closing", "dag_run_id": "r", "logical_date": moment - timedelta(hours=1)}
    context = {"deadline": {"deadline_time": moment}, "dag_run": run}
    module, _, name = deadline.callback.path.rpartition(".")
    notifier = getattr(import_module(module), name)

    async def send() -> None:
        await notifier(**deadline.callback.kwargs, context=context)

    asyncio.run(send())
    check_chat(zoom, title)


@since_3_1
def test_an_approval(recipe: Callable[[str], Any], zoom: Sandbox) -> None:
    """The question is asked in the channel, with a link for each answer."""
    title = "An approval"
    dag = recipe(title)

    def end(context: Any) -> None:
        """End the task: without a scheduler it would wait for ever."""
        raise RuntimeError("nobody is there to answer")

    dag.get_task("approve").notifiers.append(end)
    dag.test()
    check_chat(zoom, title)


def test_a_thread_under_an_alert(recipe: Callable[[str], Any], zoom: Sandbox) -> None:
    """What a later task says is a reply to the alert, and the run still counts as failed."""
    title = "A thread under an alert"
    dag = recipe(title)
    fail(dag, "load")
    assert str(dag.test().state) == "failed"
    check_chat(zoom, title)


def test_no_thread_without_an_alert(recipe: Callable[[str], Any], zoom: Sandbox) -> None:
    """Where nothing has failed, nothing is said."""
    run = recipe("A thread under an alert").test()
    assert states(run)["roll_back"] == "skipped"
    assert zoom.messages() == []
