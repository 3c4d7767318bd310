"""Which alerts are sent at all, and what a task may ask about its run, on a real Airflow."""

from __future__ import annotations

from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from conftest import dag_file, stored_variables
from test_airflow import heads
from test_silenced_alerts import logged

from airflow_provider_zoomchat.hooks.variables import StateError
from airflow_provider_zoomchat.notifications.alerts import FilledAlert
from airflow_provider_zoomchat.notifications.conditions import reason_to_hold_back
from airflow_provider_zoomchat.notifications.event import Event
from airflow_provider_zoomchat.notifications.policy import add_alerts
from airflow_provider_zoomchat.notifications.rendering import Draft
from airflow_provider_zoomchat.notifications.zoom import ZoomChatNotifier, ZoomWebhookNotifier
from airflow_provider_zoomchat.sandbox import Sandbox
from airflow_provider_zoomchat.zoom.errors import ConfigError

__all__ = ["logged"]  # a fixture

pytestmark = pytest.mark.usefixtures("without_variables")


@pytest.fixture(scope="module")
def dags(airflow_home: str) -> ModuleType:
    """The DAGs of these tests."""
    return dag_file("zoom_conditions")


@pytest.mark.oldest_and_newest
def test_an_event_that_nobody_wants(dags: ModuleType, zoom: Sandbox, logged: Any) -> None:
    """It is a line in the log, and no part of what is told of the others."""
    dags.some.test()
    (message,) = zoom.messages()
    assert message["text"].startswith("❌ zoom_conditions_some / wanted failed\n")
    assert "only_if says no: no alert of '❌ zoom_conditions_some / unwanted failed'." in logged()


def test_a_condition_that_fails(dags: ModuleType, zoom: Sandbox) -> None:
    """An alert is not lost for a fault in its condition."""
    dags.faulty_dag.test()
    assert list(heads(zoom)) == ["❌ zoom_conditions_faulty / check failed"]


@pytest.mark.oldest_and_newest
def test_runs_in_a_row(
    dags: ModuleType, zoom: Sandbox, monkeypatch: pytest.MonkeyPatch, logged: Any
) -> None:
    """A run counts once, whatever fails in it; retries of the first are as silent as the rest."""
    dags.row.test()
    assert zoom.messages() == []
    assert "Run 1 of 2 that fail in a row (after_runs): no alert of" in logged()
    dags.row.test()
    told = len(zoom.messages())
    assert told > 0
    assert zoom.messages()[0]["text"].startswith("❌ zoom_conditions_row failed")
    monkeypatch.setenv("ZOOM_CONDITIONS_MENDED", "yes")
    dags.row.test()
    assert [name for name in stored_variables() if name.endswith("_runs")] == []
    monkeypatch.delenv("ZOOM_CONDITIONS_MENDED")
    dags.row.test()
    assert len(zoom.messages()) == told


class Broken:
    """A state that cannot be used."""

    in_dag_processor = False

    def silence(self) -> None:
        """Know of no silence."""

    def read(self, key: str) -> None:
        """Fail."""
        raise StateError("no answer within 3 s")


class Kept:
    """A state in which one Variable is kept."""

    in_dag_processor = False
    deleted = 0

    def silence(self) -> None:
        """Know of no silence."""

    def delete(self, key: str) -> None:
        """Remove the Variable."""
        self.deleted += key.endswith("_runs")


def test_a_good_run_that_nobody_wants_to_hear_of() -> None:
    """It sets the count of failed runs to zero, whatever only_if says of it."""
    state: Any = Kept()
    notifier = ZoomChatNotifier(
        after_runs=3, only_recovered=True, only_if=lambda event: event.try_number == 3
    )
    event = Event("dag_succeeded", dag_id="sales_daily", run_id="r")
    draft = Draft(FilledAlert("", ""), "zoom_default", event)
    assert reason_to_hold_back(notifier, draft, state) == "only_if says no"
    assert state.deleted == 1


@pytest.mark.parametrize("state", [None, Broken()])
def test_a_row_that_nobody_knows(state: Any) -> None:
    """Where Airflow cannot be asked, the alert goes out."""
    event = Event("task_failed", dag_id="sales_daily", run_id="r", task_id="load")
    draft = Draft(FilledAlert("", ""), "zoom_default", event)
    assert reason_to_hold_back(ZoomChatNotifier(after_runs=3), draft, state) is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"only_if": "backfill"}, "only_if must be a function that takes an event, .*'backfill'"),
        ({"after_runs": 0}, "after_runs must be a number of runs from 1, not 0"),
        ({"after_runs": True}, "after_runs must be a number of runs from 1, not True"),
        ({"after_runs": "3"}, "after_runs must be a number of runs from 1, not '3'"),
    ],
)
def test_wrong_conditions(arguments: dict[str, Any], words: str) -> None:
    """A wrong condition is refused when the notifier is made."""
    with pytest.raises(ConfigError, match=words):
        ZoomChatNotifier(**arguments)


def test_a_policy_that_waits_for_a_row() -> None:
    """A DAG that has its alerts from a policy has what ends the row too, also without groups."""
    dag: Any = SimpleNamespace(dag_id="d", tags=(), tasks=[SimpleNamespace()], timetable=None)
    add_alerts(dag, ZoomChatNotifier(after_runs=3, group_by=None))
    (ends,) = dag.on_success_callback
    assert (ends.after_runs, ends.only_recovered) == (3, True)


def test_a_reply_to_an_alert(dags: ModuleType, zoom: Sandbox) -> None:
    """A callback behind the alert finds its message, a bot's as well."""
    dags.thread.test()
    alert, reply = zoom.messages()
    assert reply["reply_to"] == alert["id"]
    assert (reply["text"], reply["channel"]) == ("I look", alert["channel"])


@pytest.mark.parametrize(
    ("notifier", "words"),
    [
        (ZoomChatNotifier(group_by=None), "each failure has a message of its own: give group_by"),
        (ZoomChatNotifier("Late"), "each failure has a message of its own: give group_by"),
        (ZoomWebhookNotifier(), "what a webhook has posted cannot be replied to: it has no id"),
    ],
)
def test_a_message_that_cannot_be_found(notifier: Any, words: str) -> None:
    """Who asks for the message of a notifier that has no such one is told so."""
    with pytest.raises(ConfigError, match=words):
        notifier.find_message({})


def test_no_message() -> None:
    """Outside of a run there is no message to find."""
    assert ZoomChatNotifier().find_message({}) is None


def test_the_tasks_that_failed(dags: ModuleType) -> None:
    """A task that runs last knows what has failed, of mapped tasks each, and not what never ran."""
    run = dags.names.test()
    ti = next(ti for ti in run.get_task_instances() if ti.task_id == "tell")
    assert ti.xcom_pull(task_ids="tell") == ["check", "load [1]"]
