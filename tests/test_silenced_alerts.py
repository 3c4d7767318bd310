"""Alerts that somebody has silenced, in whole runs on a real Airflow."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from types import ModuleType, SimpleNamespace

import pytest
from conftest import dag_file
from conftest import stored_variables as variables
from test_airflow import AIRFLOW, logged

from airflow_provider_zoomchat.notifications.zoom import ZoomChatNotifier
from airflow_provider_zoomchat.sandbox import Sandbox

__all__ = ["logged"]  # a fixture

KEY = "zoomchat_silences"
Logged = Callable[[], str]

pytestmark = pytest.mark.usefixtures("without_variables")


@pytest.fixture(scope="module")
def dags(airflow_home: str) -> ModuleType:
    """The DAG of these tests."""
    return dag_file("zoom_silences")


def silence(dags: str, *, tasks: str | None = None, version: int = 1) -> None:
    """Set the Variable as a person may do it on Airflow's page."""
    from airflow.models import Variable

    until = datetime.now(timezone.utc) + timedelta(days=3)
    entry = {"id": "a", "dags": dags, "until": until.isoformat(), "reason": "JIRA-123"}
    entry |= {"tasks": tasks} if tasks else {}
    Variable.set(KEY, json.dumps({"version": version, "silences": [entry]}))


def posted(zoom: Sandbox) -> list[str]:
    return sorted(message["text"].partition("\n")[0] for message in zoom.messages())


def test_a_silenced_run(dags: ModuleType, zoom: Sandbox, logged: Logged) -> None:
    """Nothing is posted and no group begins; each alert is a line with reason and end."""
    silence("zoom_sil*")
    dags.dag.test()
    assert zoom.messages() == []
    assert zoom.requests() == []
    assert list(variables()) == [KEY]
    lines = [line for line in logged().splitlines() if "Silenced until " in line]
    for head in (
        "▶ zoom_silences / load [0] started",
        "❌ zoom_silences / load [1] failed",
        "❌ zoom_silences / check failed",
        "❌ zoom_silences failed",
    ):
        assert any(f" UTC (JIRA-123): no alert of '{head}'." in line for line in lines), head


def test_silenced_tasks(dags: ModuleType, zoom: Sandbox) -> None:
    """With a pattern for tasks the other tasks and the DAG itself have their alerts."""
    silence("zoom_silences", tasks="lo*")
    dags.dag.test()
    heads = posted(zoom)
    assert heads.count("awaited") == 1
    assert "❌ zoom_silences / check failed" in heads  # through the webhook
    assert not [head for head in heads if head.startswith(("▶", "❌ zoom_silences / load"))]
    # The DAG's own alert, which names all tasks that failed.
    assert [head for head in heads if head.startswith("❌ zoom_silences failed")]


@pytest.mark.oldest_and_newest
def test_silences_that_are_not_understood(dags: ModuleType, zoom: Sandbox, logged: Logged) -> None:
    """What a newer version has written silences nothing and stays as it is; the log says so."""
    silence("zoom_silences", version=2)
    before = variables()[KEY]
    dags.dag.test()
    heads = posted(zoom)
    assert heads.count("awaited") == 3
    assert len([head for head in heads if head.endswith(" started")]) == 2
    assert any(head.startswith("❌ zoom_silences") for head in heads)
    text = logged()
    assert "no alert of" not in text
    assert "Silences cannot be read, so this alert goes out. Variable" in text
    assert "has version 2, which a newer" in text
    assert variables()[KEY] == before


@pytest.mark.oldest_and_newest
def test_a_group_that_is_open(
    zoom: Sandbox,
    logged: Logged,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A recovery turns the message green although it is silenced, and nobody is told of it."""
    dag = dag_file("zoom_groups").over_runs
    dag.test()
    before = posted(zoom)
    silence("zoom_groups_*")
    dag.test()
    assert posted(zoom) == before
    assert any(name.startswith("zoomchat_group_") for name in variables())
    monkeypatch.setenv("ZOOM_GROUPS_MENDED", "yes")
    dag.test()
    first, *others = [message["text"].partition("\n")[0] for message in zoom.messages()]
    assert first.startswith("✅ zoom_groups_over_runs recovered")
    assert len(others) == len(before) - 1
    assert not [head for head in others if "recovered" in head]
    assert not any(name.startswith("zoomchat_group_") for name in variables())
    assert "JIRA-123): a recovery only changes the message of the group." in logged()


@pytest.mark.skipif(AIRFLOW >= (3, 0), reason="Airflow 3 has no SLAs")
def test_an_sla(zoom: Sandbox) -> None:
    """An SLA that was missed is silenced too, whose callback gets hardly anything."""
    dag = SimpleNamespace(dag_id="sales_daily")
    silence("sales_*")
    ZoomChatNotifier(on_error="raise")(dag, "load_orders on 2026-11-20", "", [], [])
    assert zoom.messages() == []
    silence("other")
    ZoomChatNotifier(on_error="raise")(dag, "load_orders on 2026-11-20", "", [], [])
    assert posted(zoom) == ["⏰ sales_daily has missed an SLA"]


@pytest.mark.skipif((3, 0) <= AIRFLOW < (3, 2), reason="their answers cannot be cut short")
def test_variables_that_hang(
    zoom: Sandbox, hangs: Callable[[str], None], logged: Callable[[], str]
) -> None:
    """Where Airflow does not answer, the alert goes out after a few seconds, and alone."""
    hangs("variable")
    dag = SimpleNamespace(dag_id="sales_daily")
    if AIRFLOW < (3, 0):
        ZoomChatNotifier(on_error="raise")(dag, "load_orders", "", [], [])
    else:
        ti = SimpleNamespace(dag_id="sales_daily", run_id="r")
        context = {"dag": dag, "ti": ti, "run_id": "r", "reason": "task_failure"}
        ZoomChatNotifier(on_error="raise")(context)
    assert len(posted(zoom)) == 1
    wanted = "Silences cannot be read, so this alert goes out. no answer within "
    # Airflow 2 logs it to the console too.
    assert logged().count(wanted) == (2 if AIRFLOW < (3, 0) else 1)
