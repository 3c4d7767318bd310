"""The context of a preview: it has the names that a real run's has, and no others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import DAG, Asset, AssetAlias, BaseOperator
from conftest import ROOT
from jinja2 import Environment

from airflow_provider_zoomchat._compat import AIRFLOW
from airflow_provider_zoomchat.notifications.context import read_event
from airflow_provider_zoomchat.operators.zoom import ZoomChatMessageOperator
from airflow_provider_zoomchat.tools.preview.context import SampleRun
from airflow_provider_zoomchat.tools.preview.placeholders import marked

VERSION = ".".join(map(str, AIRFLOW))
RECORDED = sorted((ROOT / "tests" / "contexts").glob(f"{VERSION}.*/*.json"))
RUN = "scheduled__2026-03-14T06:00:00+00:00"


def context(name: str, about: Any = None, /, **names: Any) -> dict[str, Any]:
    if about is None:
        with DAG("sales", schedule=None, start_date=datetime(2026, 1, 1)):
            about = BaseOperator(task_id="load")
    return SampleRun(about.dag, names).context(about, name)


def rendered(template: str, names: dict[str, Any]) -> str:
    return Environment().from_string(template).render(names)


def keys(value: Any, path: str = "") -> Iterator[str]:
    """Yield the path of everything in a value of JSON, save what a person puts into `conf`."""
    if isinstance(value, dict) and not path.endswith(".conf"):
        for name, inner in value.items():
            yield f"{path}.{name}"
            yield from keys(inner, f"{path}.{name}")
    if isinstance(value, list):
        for inner in value:
            yield from keys(inner, f"{path}[]")


@pytest.mark.skipif(not RECORDED, reason="no contexts of this Airflow were recorded")
@pytest.mark.parametrize(
    "name", ["task_started", "task_succeeded", "task_failed", "dag_failed", "dag_succeeded"]
)
def test_every_name(name: str) -> None:
    """A context has the names that this Airflow gives to a run with a logical date."""
    path = next(path for path in RECORDED if path.stem == f"dag_test_{name}")
    recorded = json.loads(path.read_text())["context"]
    # Python's operators add one, and of some callbacks `dag.test()` knows less than the scheduler.
    expected = set(recorded) - {"templates_dict", "exception"}
    assert set(context(name)) - {"exception"} == expected


@pytest.mark.skipif(AIRFLOW < (3, 1), reason="deadlines came with Airflow 3.1")
def test_every_field_of_a_deadline() -> None:
    """A deadline's alert has the fields that this Airflow gives it."""
    recorded = [path for path in RECORDED if path.stem.startswith("deadline_missed")]
    run = context("deadline_missed")["dag_run"]
    for path in recorded:
        assert set(keys(run)) == set(keys(json.loads(path.read_text())["context"]["dag_run"]))
    assert json.loads(json.dumps(run)) == run


@pytest.mark.skipif(AIRFLOW < (3, 1), reason="deadlines came with Airflow 3.1")
@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ dag_run.queued_at }}", "2026-03-14T06:00:00Z"),
        ("{{ dag_run.conf.get('source', 'nothing') }}", "nothing"),
        ("{{ dag_run.dag_versions[0].version_number }}", "1"),
        ("{{ deadline.deadline_time.strftime('%H:%M') }}", "06:06"),
    ],
)
def test_templates_of_a_deadline(template: str, expected: str) -> None:
    """What a template takes of a deadline is of the kind that a real run sends."""
    assert rendered(template, context("deadline_missed")) == expected


@pytest.mark.parametrize("name", ["dag", "task", "ti", "task_instance"])
def test_a_deadline_stays_one(name: str) -> None:
    """An object that an alert's context has not is not added to it, for it tells what it is."""
    names: dict[str, Any] = {name: {"owner": "ann"}, "extra": 1, "dag_run": {"note": "x"}}
    found = context("deadline_missed", **names)
    assert name not in found
    assert (found["extra"], found["dag_run"]["note"]) == (1, "x")
    assert read_event(found).name == "deadline_missed"


def test_attributes_of_objects() -> None:
    """Of an object that a context has, a person's attributes stand in place of the sample's."""
    names: dict[str, Any] = {"ti": {"try_number": 7}, "task_instance": {"x": 1}, "ds": "today"}
    found = context("task_failed", **names, task={"owner": "ann"})
    assert found["ti"].try_number == found["task_instance"].try_number == 7
    assert (found["ti"].x, found["ti"].task_id, found["ds"]) == (1, "load", "today")
    assert (found["task"].owner, found["task"].task_id) == ("ann", "load")


@pytest.mark.parametrize(
    ("schedule", "run_type"),
    [
        ([Asset("a")], "asset_triggered"),
        (Asset("a") | Asset("b"), "asset_triggered"),
        ("@daily", "scheduled"),
        (None, "scheduled"),
    ],
    ids=["list", "any", "time", "none"],
)
def test_runs_for_assets(schedule: Any, run_type: str) -> None:
    """A DAG that waits for assets has runs of that type, whose events only a run knows."""
    with DAG("sales", schedule=schedule, start_date=datetime(2026, 1, 1)):
        task = BaseOperator(task_id="load")
    found = context("", task)
    if AIRFLOW < (3, 0):
        run_type = run_type.replace("asset", "dataset")
    assert str(getattr(found["dag_run"].run_type, "value", found["dag_run"].run_type)) == run_type
    assert found["run_id"] == found["ti"].run_id == RUN.replace("scheduled", run_type)
    name = f"triggering_{'asset' if AIRFLOW >= (3, 0) else 'dataset'}_events"
    shown = rendered(
        "{% for asset, events in " + name + ".items() %}{{ events[0].extra.rows }}{% endfor %}",
        found if run_type != "scheduled" else {name: dict(found[name])},
    )
    assert shown == ("" if run_type == "scheduled" else f"\u2039{name}.value[0].extra.rows\u203a")


@pytest.mark.parametrize("is_mapped", [False, True])
def test_assets_of_a_task(is_mapped: bool) -> None:
    """A task's assets are there, a mapped one's too."""
    inlets = [Asset("a", extra={"team": "sales"}), AssetAlias("latest")]
    with DAG("sales", schedule=None, start_date=datetime(2026, 1, 1)):
        some = ZoomChatMessageOperator.partial(task_id="load", inlets=inlets)
        task: Any = some.expand(message=["one", "two"])
        if not is_mapped:
            task = BaseOperator(task_id="other", inlets=inlets)
    asset, alias = context("", task)["inlets"]
    assert (asset.uri, asset.extra, alias.name) == ("a", {"team": "sales"}, "latest")


def test_params_without_a_value() -> None:
    """A param that has no valid value yet is a placeholder, and the others have theirs."""
    from airflow.providers.common.compat.sdk import Param

    with DAG("sales", schedule=None, params={"day": Param(type="string"), "team": "Sales"}):
        task = BaseOperator(task_id="load", params={"rows": 3})
    params = context("", task)["params"]
    assert (marked(str(params["day"])), params["team"], params["rows"]) == (
        ["\u2039params.day\u203a"],
        "Sales",
        3,
    )


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ ti }}", "TaskInstance"),
        ("{{ dag_run }}", RUN),
        ("{{ dag }} {{ task }}", "<DAG: sales> <Task(BaseOperator): load>"),
        ("{{ ti.log_url }}", "/dags/sales/runs/scheduled__2026-03-14T06%3A00"),
    ],
)
def test_objects_in_a_text(template: str, expected: str) -> None:
    """Airflow's objects are shown as Airflow shows them, with nothing of the preview's own."""
    shown = rendered(template, context("task_failed"))
    assert expected in shown
    assert "Overlay" not in shown
