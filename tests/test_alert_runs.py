"""Alerts of tasks that wait, and of runs that end, on a real Airflow."""

from __future__ import annotations

import re
from collections import Counter
from types import ModuleType

import pytest
from conftest import dag_file
from test_airflow import AIRFLOW, heads

from airflow_provider_zoomchat.sandbox import Sandbox


@pytest.fixture(scope="module")
def dags(airflow_home: str) -> ModuleType:
    """The DAGs of these tests."""
    return dag_file("zoom_waits")


def said_of(zoom: Sandbox, head: str) -> str:
    """Return the last alert with a head."""
    found = [message["text"] for message in zoom.messages() if message["text"].startswith(head)]
    return str(found[-1])


def test_tasks_that_wait(dags: ModuleType, zoom: Sandbox) -> None:
    """A task that defers or is rescheduled starts once in each try, and took all of its time."""
    if AIRFLOW == (3, 0):
        pytest.skip("its dag.test() fails a sensor that is rescheduled")
    dags.waits.test()
    expected = []
    for task in ("defers", "looks"):
        name = f"zoom_waits / {task}"
        once = [f"▶ {name} started", f"✅ {name} succeeded"]
        again = [line.replace(task, f"{task}_again") for line in once]
        retry = f"⏳ {name}_again failed and will be tried again"
        expected += [*once, again[0], retry, *again]
    assert heads(zoom) == Counter(expected)
    if AIRFLOW < (3, 0):
        return  # its `dag.test()` knows of no task how long it took
    for task, parts in (("defers", 2), ("looks", 3), ("defers_again", 2), ("looks_again", 3)):
        text = said_of(zoom, f"✅ zoom_waits / {task} succeeded")
        took = re.search(r"Took: (?:(\d+) min ?)?(?:([\d.]+) s)?", text)
        if AIRFLOW < (3, 2) and task.startswith("defers"):
            assert took is None
        else:
            assert took is not None, text
            minutes, seconds = (float(part or 0) for part in took.groups())
            assert 60 * minutes + seconds >= parts - 1


def test_a_run_that_ends_well_although_a_task_failed(dags: ModuleType, zoom: Sandbox) -> None:
    """A run that succeeds with its last task says which others have failed."""
    dags.ends_well.test()
    head, fields, *_ = said_of(zoom, "✅").splitlines()
    assert head == "✅ zoom_ends_well succeeded, although 2 tasks failed"
    assert fields.startswith("Failed: ")
    assert {"check", "load [1]"} == set(fields.split(" · ")[0].removeprefix("Failed: ").split(", "))
    assert "Upstream failed: 1" in fields


def test_a_run_that_fails_in_a_test(dags: ModuleType, zoom: Sandbox) -> None:
    """Under `dag.test()` too the alert of a DAG names the tasks that failed."""
    dags.ends_badly.test()
    head, fields, *_ = said_of(zoom, "❌").splitlines()
    assert head == "❌ zoom_ends_badly failed"
    failed = set(fields.split(" · ")[0].removeprefix("Failed: ").split(", "))
    assert failed == {"check", "load [1]", "clean_up"}
    assert "Upstream failed: 1" in fields
