"""What an alert asks Airflow for, and what it builds where no version has it right."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow import configuration

from airflow_provider_zoomchat import _compat
from airflow_provider_zoomchat._compat import AIRFLOW
from airflow_provider_zoomchat.notifications import airflow_lookups
from airflow_provider_zoomchat.notifications.airflow_lookups import is_repeated_callback, look_up
from airflow_provider_zoomchat.notifications.context import read_event
from airflow_provider_zoomchat.notifications.event import Event

NOW = datetime(2026, 11, 20, 6, tzinfo=timezone.utc)

STATES = {
    "extract": "success",
    "load_0": "success",
    "load_1": "failed",
    "check": "failed",
    "check_2": "failed",
    "report": "upstream_failed",
    "publish": "upstream_failed",
    "archive": None,
}


@pytest.fixture
def base_url(monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of Airflow's pages, below a path."""
    url = "https://a.example/airflow"
    section = "WEBSERVER" if AIRFLOW < (3, 0) else "API"
    monkeypatch.setenv(f"AIRFLOW__{section}__BASE_URL", f"{url}/")
    return url


def run_context() -> dict[str, Any]:
    """Return what a DAG's callback gets, as far as it answers questions here."""

    def get_task_states(dag_id: str, run_ids: list[str]) -> dict[str, Any]:
        assert (dag_id, run_ids) == ("d", ["r"])
        return {"r": STATES}

    def get_task_instances() -> list[SimpleNamespace]:
        mapped = {"load_0": ("load", 0), "load_1": ("load", 1)}
        found = []
        for name, state in STATES.items():
            task_id, index = mapped.get(name, (name, -1))
            found.append(SimpleNamespace(task_id=task_id, map_index=index, state=state))
        return found

    return {
        "ti": SimpleNamespace(get_task_states=get_task_states),
        "dag": SimpleNamespace(task_ids=["extract", "load", "check", "check_2", "report"]),
        "dag_run": SimpleNamespace(get_task_instances=get_task_instances),
    }


@pytest.mark.parametrize("name", ["dag_failed", "dag_succeeded"])
def test_failed_tasks(name: str) -> None:
    """The failed tasks of a run are known by name, and what they held up by number."""
    event = look_up(Event(name, dag_id="d", run_id="r"), run_context())
    if AIRFLOW == (3, 0):  # asking would end its DAG processor
        assert event.failed_tasks == ()
    else:
        assert event.failed_tasks == ("load [1]", "check", "check_2")
        assert event.upstream_failed == 2


@pytest.mark.parametrize("context", [{}, {"ti": None, "dag_run": None}, {"ti": object()}])
@pytest.mark.parametrize("name", ["dag_failed", "dag_succeeded"])
def test_nobody_answers(name: str, context: dict[str, Any]) -> None:
    """Where nobody can be asked, the failed tasks are not known, and that is all."""
    event = look_up(Event(name, dag_id="d"), context)
    assert (event.failed_tasks, event.upstream_failed) == ((), 0)


def on_airflow_3(**attributes: Any) -> SimpleNamespace:
    """Return a task instance as the task runner of Airflow 3 has it."""
    from_server = SimpleNamespace(
        next_method=attributes.pop("next_method", None),
        start_date=attributes.pop("began", None),
    )
    return SimpleNamespace(
        **{"state": "running", "_ti_context_from_server": from_server, **attributes}
    )


WAITS = SimpleNamespace(reschedule=True)
FROM_TRIGGER = SimpleNamespace(
    start_from_trigger=True, start_trigger_args=SimpleNamespace(next_method="execute_complete")
)


@pytest.mark.parametrize(
    ("method", "count", "task", "has_started_before"),
    [
        (None, 0, WAITS, False),
        (None, None, WAITS, False),
        ("execute_complete", 0, None, True),
        ("__fail__", 0, None, True),
        ("execute_complete", 0, FROM_TRIGGER, False),
        ("once_more", 0, FROM_TRIGGER, True),
        (None, 3, WAITS, AIRFLOW >= (3, 0)),
        # Airflow 3.3 had not yet found its DAG.
        (None, 3, SimpleNamespace(reschedule=False), False),
        (None, 3, SimpleNamespace(), False),
    ],
)
def test_a_task_that_goes_on(
    method: str | None, count: int | None, task: Any, has_started_before: bool
) -> None:
    """A task has started once, however often it waits without a worker and goes on."""
    ti = on_airflow_3(next_method=method) if AIRFLOW >= (3, 0) else SimpleNamespace()
    if AIRFLOW < (3, 0):
        ti.next_method = method
    context = {"ti": ti, "task": task, "task_reschedule_count": count}
    assert is_repeated_callback(Event("task_started"), context) is has_started_before
    assert is_repeated_callback(Event("approval_asked"), context) is has_started_before
    assert is_repeated_callback(Event("task_succeeded"), context) is False


@pytest.mark.skipif(AIRFLOW < (3, 0), reason="Airflow 2 keeps it in its database")
def test_the_time_of_all_parts() -> None:
    """What a try took counts from its first part on; what nobody knows is not told wrongly."""
    event = Event("task_succeeded", started=NOW, duration=0.1)
    before = NOW - timedelta(minutes=5)

    def asked(answer: Any) -> Any:
        def get_first_reschedule_date(context: Any) -> Any:
            assert context["task_reschedule_count"] == 3
            return answer

        return on_airflow_3(get_first_reschedule_date=get_first_reschedule_date, state="success")

    def seen(ti: Any, count: Any) -> tuple[Any, Any]:
        found = look_up(event, {"ti": ti, "task_reschedule_count": count})
        return found.started, found.duration

    assert seen(asked(before), 3) == (before, 300.1)
    assert seen(on_airflow_3(next_method="x", began=before), 0) == (before, 300.1)
    assert seen(on_airflow_3(next_method="x", began=NOW), 0) == (NOW, 0.1)
    assert seen(on_airflow_3(), 0) == (NOW, 0.1)
    # Once it is known that another try is due, Airflow has forgotten.
    assert seen(asked(None), 3) == (None, None)
    assert seen(on_airflow_3(), 3) == (None, None)
    # Airflow 3.0 and 3.1 know the last part alone.
    known = (NOW, 0.1) if AIRFLOW >= (3, 2) else (None, None)
    assert seen(on_airflow_3(next_method="x"), 0) == known


def test_addresses(base_url: str) -> None:
    """An event whose context has no address gets them from Airflow's configuration."""
    run = look_up(Event("deadline_missed", dag_id="d", run_id="r+1"), {})
    task = look_up(
        Event("task_failed", dag_id="d", run_id="r+1", task_id="g.t", try_number=2),
        {"ti": SimpleNamespace(map_index=3)},
    )
    if AIRFLOW < (3, 0):
        assert run.run_url == f"{base_url}/dags/d/grid?dag_run_id=r%2B1"
        assert task.log_url is None
    else:
        assert run.run_url == f"{base_url}/dags/d/runs/r%2B1"
        assert task.log_url == f"{run.run_url}/tasks/g.t/mapped/3?try_number=2"


def test_what_airflow_says_is_kept(base_url: str) -> None:
    """An address that the context had stays."""
    told = Event("task_failed", dag_id="d", run_id="r", task_id="t", log_url="l", run_url="u")
    event = look_up(told, {})
    assert (event.log_url, event.run_url) == ("l", "u")


@pytest.mark.skipif(AIRFLOW < (3, 1), reason="approvals came with Airflow 3.1")
def test_answers(base_url: str) -> None:
    """Each option of a question leads to its page with that option chosen."""
    context = {
        "task": SimpleNamespace(options=["Publish", 'All "100%"']),
        "ti": SimpleNamespace(map_index=-1),
    }
    asked = Event(
        "approval_asked",
        dag_id="d",
        run_id="r+1",
        task_id="t",
        options=(("Publish", ""), ('All "100%"', "")),
    )
    page = f"{base_url}/dags/d/runs/r%2B1/tasks/t/required_actions"
    assert look_up(asked, context).options == (
        ("Publish", f"{page}?_options=%5B%22Publish%22%5D"),
        ('All "100%"', f"{page}?_options=%5B%22All+%5C%22100%2525%5C%22%22%5D"),
    )
    asked = replace(asked, defaults=("Publish",))
    assert look_up(asked, context).options == (("Publish", page), ('All "100%"', page))
    context["task"].options = ["Approve", "Reject"]
    asked = replace(asked, options=(("Approve", ""), ("Reject", "")))
    assert look_up(asked, context).options[1] == ("Reject", f"{page}?_options=%5B%22Reject%22%5D")


@pytest.mark.parametrize(
    "log_url",
    [
        None,
        "http://localhost:8080/dags/d/runs/r/tasks/t?try_number=1",
        "http://localhost:8080/dags/d/grid?dag_run_id=r&task_id=t&tab=logs",
    ],
)
def test_no_address_is_configured(log_url: str | None) -> None:
    """Without a configured address there are no links, least of all to the reader's machine."""
    for more in ({}, {"reason": "task_failure"}):  # the task's callback, and the DAG's
        event = look_up(read_event({"ti": ti_with(log_url), "run_id": "r", **more}), {})
        assert (event.log_url, event.run_url) == (None, None)


def test_an_address_that_only_the_context_knows() -> None:
    """An address of a real machine stays, whoever has configured it."""
    url = "https://a.example/dags/d/runs/r/tasks/t?try_number=1"
    event = look_up(read_event({"ti": ti_with(url)}), {})
    assert (event.log_url, event.run_url) == (url, "https://a.example/dags/d/runs/r")


def test_localhost_that_somebody_wants(monkeypatch: pytest.MonkeyPatch) -> None:
    """The address of one's own machine is one if somebody has configured it."""
    section = "WEBSERVER" if AIRFLOW < (3, 0) else "API"
    monkeypatch.setenv(f"AIRFLOW__{section}__BASE_URL", "http://localhost:8080")
    url = "http://localhost:8080/dags/d/runs/r/tasks/t?try_number=1"
    event = look_up(read_event({"ti": ti_with(url)}), {})
    assert event.log_url == url
    run = look_up(Event("deadline_missed", dag_id="d", run_id="r"), {})
    assert str(run.run_url).startswith("http://localhost:8080/dags/d/")


def ti_with(log_url: str | None) -> SimpleNamespace:
    """Return a failed task instance with the address of its log."""
    return SimpleNamespace(
        dag_id="d", task_id="t", run_id="r", state="failed", try_number=1, log_url=log_url
    )


def test_one_warning(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """That alerts go without links is said once in a process, with the setting to set."""
    section = "webserver" if AIRFLOW < (3, 0) else "api"
    variable = f"AIRFLOW__{section.upper()}__BASE_URL"
    wanted = f"Set [{section}] base_url ({variable})."
    # Airflow has made an airflow.cfg, defaults and all, which its next process finds. It reads that
    # when it is imported, so what the next one has read takes the place of this one's.
    for conf, url, times in (
        (configuration.conf, "", 1),
        (configuration.initialize_config(), "", 1),
        (configuration.conf, "https://a.example", 0),
    ):
        monkeypatch.setattr(configuration, "conf", conf)
        if url:
            monkeypatch.setenv(variable, url)
        airflow_lookups._warn_of_missing_links.cache_clear()
        caplog.clear()
        for run in "abc":
            look_up(Event("deadline_missed", dag_id="d", run_id=run), {})
        assert caplog.text.count(wanted) == times


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("https://a.example/airflow/", "https://a.example/airflow"),
        ("http://localhost:8080", None if AIRFLOW < (3, 0) else "http://localhost:8080"),
        ("http://localhost:9090", "http://localhost:9090"),
    ],
)
def test_an_address_in_airflows_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, read: str | None
) -> None:
    """An address that stands in airflow.cfg is one, unless Airflow has written it there itself."""
    section = "webserver" if AIRFLOW < (3, 0) else "api"
    file = tmp_path / "airflow.cfg"
    file.write_text(f"[{section}]\nbase_url = {written}\n")
    # Airflow reads it when it is imported.
    monkeypatch.setattr(configuration, "AIRFLOW_CONFIG", str(file))
    monkeypatch.setattr(configuration, "conf", configuration.initialize_config())
    assert _compat.base_url() == read
