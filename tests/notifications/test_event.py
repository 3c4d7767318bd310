"""What has happened, read from contexts of real Airflows and from bad ones."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest
import recordings

from airflow_provider_zoomchat.notifications.context import read_event
from airflow_provider_zoomchat.notifications.event import LOST, Event

NOW = datetime(2026, 11, 20, 6, tzinfo=timezone.utc)

EVENTS = {
    ("task", "on_execute_callback"): "task_started",
    ("task", "on_success_callback"): "task_succeeded",
    ("task", "on_failure_callback"): "task_failed",
    ("task", "on_retry_callback"): "task_retry",
    ("task", "on_skipped_callback"): "task_skipped",
    ("dag", "on_success_callback"): "dag_succeeded",
    ("dag", "on_failure_callback"): "dag_failed",
    ("deadline", "deadline"): "deadline_missed",
    ("hitl", "notifiers"): "approval_asked",
}


@pytest.mark.parametrize("name", recordings.NAMES)
def test_a_recorded_context(name: str) -> None:
    """Of every callback of every version it is known what happened, to what, and where to look."""
    recording, context = recordings.read(name)
    event = read_event(context)
    expected = EVENTS[recording["level"], recording["callback"]]
    attributes = recording["context"].get("task_instance", {}).get("attributes", {})
    if "lost" in name and attributes["try_number"] <= attributes["max_tries"]:
        expected = "task_retry"  # 3.1 and 3.2 call on_failure_callback although a try is left
    assert event.name == expected
    assert event.dag_id
    assert event.dag_id.startswith("recorded_")
    assert event.run_id
    if event.name.startswith("task_"):
        assert event.task_id
        assert event.map_index == ("us" if "mapped" in name else None)
        assert event.try_number
        assert event.tries
        assert event.try_number <= event.tries
    if event.name in ("task_failed", "task_retry"):
        told = recording["context"].get("exception")
        assert event.owner == "data-team"
        assert (event.exception == LOST) == ("lost" in name or "killed" in name)
        if told and event.exception != LOST:
            assert event.exception
            assert event.exception.startswith(told["exception"])
    if (log_url := attributes.get("log_url")) and "example.comdags" not in log_url:
        assert event.run_url
        assert log_url.startswith(event.run_url.split("?")[0])
    if event.name == "approval_asked":
        assert event.subject
        assert event.subject.startswith("Publish the sales of")


def ti(**attributes: Any) -> SimpleNamespace:
    """Return a task instance as little as one can be."""
    return SimpleNamespace(**{"dag_id": "d", "task_id": "t", "run_id": "r", **attributes})


@pytest.mark.parametrize(
    ("context", "name"),
    [
        ({}, "unknown"),
        ({"ti": None, "dag": None, "exception": None}, "unknown"),
        (
            {"dag": SimpleNamespace(dag_id="d"), "run_id": "r", "reason": "task_failure"},
            "dag_failed",
        ),
        ({"dag": SimpleNamespace(dag_id="d"), "run_id": "r", "reason": "success"}, "dag_succeeded"),
        ({"dag": SimpleNamespace(dag_id="d"), "run_id": "r", "reason": None}, "unknown"),
        ({"ti": {"dag_id": "d", "task_id": "t", "state": "failed"}}, "task_failed"),
        ({"ti": ti(state="failed"), "exception": "as a text"}, "task_failed"),
        ({"exception": "nothing but a text"}, "task_failed"),
        ({"ti": ti(state="up_for_retry")}, "task_retry"),
        ({"ti": ti(state="running")}, "task_started"),
        ({"ti": ti(state="success", map_index=3)}, "task_succeeded"),
        ({"ti": ti(state="deferred")}, "unknown"),
        ({"dag_run": {"dag_id": "d", "state": "failed"}}, "dag_failed"),
        ({"dag_run": {"dag_id": "d", "state": "running"}}, "unknown"),
        ({"ti": ti(state="success"), "reason": "an argument of its own"}, "task_succeeded"),
        ({"ti": ti(state="success"), "deadline": "the same"}, "task_succeeded"),
        ({"ti": ti(state="upstream_failed"), "reason": "task_failure"}, "dag_failed"),
        ({"deadline": {}, "dag_run": {}}, "deadline_missed"),
        ({"deadline": {"deadline_time": "no time"}, "dag_run": "no run"}, "deadline_missed"),
        ({"dag": SimpleNamespace(dag_id="d"), "task_list": "t on 2026-11-20"}, "sla_missed"),
    ],
)
def test_a_context_of_another_kind(context: dict[str, Any], name: str) -> None:
    """Empty, of three keys, of dicts, without a DAG: there is always an event."""
    assert read_event(context).name == name


def test_an_object_that_raises() -> None:
    """What cannot be looked at is not known, and that is all."""

    class Detached:
        dag_id = "d"
        state = "failed"

        def __getattr__(self, name: str) -> Any:
            raise RuntimeError("no database here")

    assert read_event({"ti": Detached()}) == Event("task_failed", dag_id="d")


@pytest.mark.parametrize(
    ("attributes", "duration"),
    [
        ({"start_date": NOW, "end_date": NOW + timedelta(seconds=90)}, 90.0),
        ({"start_date": NOW, "end_date": None, "duration": None}, None),
        ({"start_date": NOW, "end_date": None, "duration": 4}, 4.0),
        ({"start_date": None, "end_date": NOW, "duration": float("nan")}, None),
        ({"start_date": NOW, "end_date": NOW - timedelta(seconds=1), "duration": -1}, None),
        ({"duration": True}, None),
        ({"start_date": "2026-11-20T06:00:00Z", "end_date": "2026-11-20T06:00:02.500000Z"}, 2.5),
    ],
)
def test_how_long_it_took(attributes: dict[str, Any], duration: float | None) -> None:
    """A duration is known or not; it is never negative and never no number."""
    assert read_event({"ti": ti(state="failed", **attributes)}).duration == duration


class Loud(Exception):
    """An exception that cannot say what it is."""

    def __str__(self) -> str:
        raise RuntimeError("not even that")


class AirflowTaskTimeout(BaseException):
    """Named as Airflow's, whose text is no help."""


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError("column 'qty' is missing"), "ValueError: column 'qty' is missing"),
        (KeyError(), "KeyError"),
        (Loud(), "Loud"),
        ("a text", "a text"),
        ("", None),
        (None, None),
        (
            AirflowTaskTimeout("PID: 42"),
            "AirflowTaskTimeout: it ran longer than its execution_timeout",
        ),
        (ValueError("\x1b[31mred\x1b[0m\r\n\u202eabc"), "ValueError: red\nabc"),
        (ValueError("{{ 7 * 6 }} <!all> *x* @all"), "ValueError: {{ 7 * 6 }} <!all> *x* @all"),
        ("{'DAG Id': 'd', 'Task Id': 't', 'Run Id': 'r', 'Hostname': 'h'}", LOST),
        ({"as": "a dict"}, "{'as': 'a dict'}"),
    ],
)
def test_exceptions(error: Any, text: str | None) -> None:
    """An exception is told in the way Python prints it, harmless, and never wrongly."""
    assert read_event({"ti": ti(state="failed"), "exception": error}).exception == text


def test_secrets_are_masked() -> None:
    """What Airflow masks in logs is masked here, in the exception and in all other words."""
    event = read_event(
        {
            "ti": ti(state="running"),
            "task": SimpleNamespace(subject="say hunter2?", options=["x"], owner="hunter2 team"),
            "exception": ValueError("login failed for hunter2"),
        },
        lambda text: text.replace("hunter2", "***"),
    )
    assert "hunter2" not in str(event)
    assert event.exception == "ValueError: login failed for ***"


@pytest.mark.parametrize(
    ("owner", "named"),
    [
        ("airflow", None),
        ("data-team", "data-team"),
        ("airflow, ann", "ann"),
        ("", None),
        (None, None),
    ],
)
def test_owners(owner: str | None, named: str | None) -> None:
    """The owner is named unless it is the one that Airflow gives to everybody."""
    assert read_event({"ti": ti(state="failed", task=SimpleNamespace(owner=owner))}).owner == named


@pytest.mark.parametrize(
    ("log_url", "run_url"),
    [
        ("https://a.example/dags/d/runs/r/tasks/t?try_number=1", "https://a.example/dags/d/runs/r"),
        (
            "https://a.example/dags/d/grid?dag_run_id=r&task_id=t&tab=logs",
            "https://a.example/dags/d/grid?dag_run_id=r",
        ),
        ("https://a.exampledags/d/runs/r/tasks/t", None),  # seen with Airflow 3.0
        ("https://a.example/elsewhere", None),
        ("no address", None),
        (None, None),
    ],
)
def test_the_address_of_the_run(log_url: str | None, run_url: str | None) -> None:
    """The page of a run is found from that of its log, on Airflow 3 and on 2."""
    event = read_event({"ti": ti(state="failed", log_url=log_url)})
    assert event.run_url == run_url
    assert event.log_url == (log_url if run_url else None)


def test_the_next_try() -> None:
    """The next try is known where Airflow says it, or where the delay leaves no doubt."""
    plain = SimpleNamespace(retry_delay=timedelta(minutes=5), retry_exponential_backoff=False)
    backoff = SimpleNamespace(retry_delay=timedelta(minutes=5), retry_exponential_backoff=True)
    known = {"state": "up_for_retry", "end_date": NOW}
    assert read_event({"ti": ti(**known, task=plain)}).next_try == NOW + timedelta(minutes=5)
    assert read_event({"ti": ti(**known, task=backoff)}).next_try is None
    told = ti(**known, task=backoff, next_retry_datetime=lambda: NOW)
    assert read_event({"ti": told}).next_try == NOW


def test_a_megabyte_of_exception() -> None:
    """Of a long exception its head and its tail are kept."""
    error = ValueError("x" * 1_000_000 + " at last")
    text = read_event({"ti": ti(state="failed"), "exception": error}).exception
    assert text
    assert len(text) < 4100
    assert text.startswith("ValueError: xxx")
    assert text.endswith(" at last")
