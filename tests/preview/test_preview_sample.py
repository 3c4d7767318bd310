"""The context of a preview: it has what a real run's has, and nothing of an author's is run."""

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
from airflow_provider_zoomchat.notifications import event
from airflow_provider_zoomchat.operators.zoom import ZoomChatMessageOperator
from airflow_provider_zoomchat.tools.preview import sample
from airflow_provider_zoomchat.tools.preview.unknown import marked

RECORDED = sorted((ROOT / "tests" / "contexts").glob("3.*/deadline_missed*.json"))
RUN = "scheduled__2026-03-14T06:00:00+00:00"


class Guarded(Asset):
    """An author's asset, whose attributes are the author's code."""

    def __init__(self) -> None:
        """Leave out Airflow's own, which reads them."""

    def __getattribute__(self, name: str) -> Any:
        if name == "uri":
            raise SystemExit("this was run")
        return super().__getattribute__(name)


def dag_of(schedule: Any = None, **declared: Any) -> tuple[Any, Any]:
    with DAG("sales", schedule=schedule, start_date=datetime(2026, 1, 1)) as dag:
        return dag, BaseOperator(task_id="load", **declared)


def context(event: str, about: tuple[Any, Any] | None = None, /, **names: Any) -> dict[str, Any]:
    dag, task = about or dag_of()
    return sample.context(dag, task, event, xcoms={}, names=names, macros=None, note=lambda _: None)


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


def test_every_field_of_a_deadline() -> None:
    """A deadline's alert has the fields that one of any recorded Airflow has, and no others."""
    recorded = [json.loads(path.read_text())["context"]["dag_run"] for path in RECORDED]
    run = context("deadline_missed")["dag_run"]
    assert set(keys(run)) == set().union(*(keys(each) for each in recorded))
    assert json.loads(json.dumps(run)) == run


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
    found = context("deadline_missed", **{name: {"owner": "ann"}}, extra=1, dag_run={"note": "x"})
    assert name not in found
    assert (found["extra"], found["dag_run"]["note"]) == (1, "x")
    assert event.read_event(found).name == "deadline_missed"


def test_attributes_of_objects() -> None:
    """Of an object that a context has, a person's attributes stand in place of the sample's."""
    found = context("task_failed", ti={"try_number": 7}, task={"owner": "ann"}, ds="today")
    assert found["ti"].try_number == found["task_instance"].try_number == 7
    assert (found["task"].owner, found["task"].task_id, found["ds"]) == ("ann", "load", "today")


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
    found = context("", dag_of(schedule))
    if AIRFLOW < (3, 0):
        run_type = run_type.replace("asset", "dataset")
    assert found["dag_run"].run_type == run_type
    assert found["run_id"] == found["ti"].run_id == RUN.replace("scheduled", run_type)
    assert found["run_id"] in found["ti"].get_task_states()
    for name in ("triggering_asset_events", "triggering_dataset_events"):
        shown = rendered(
            "{% for asset, events in " + name + ".items() %}{{ events[0].extra.rows }}{% endfor %}",
            found,
        )
        assert shown == (
            "" if run_type == "scheduled" else f"\u2039{name}.value[0].extra.rows\u203a"
        )


@pytest.mark.parametrize("event", ["", "task_failed", "dag_failed"])
def test_assets_of_a_task(event: str) -> None:
    """A task's assets are there as data; an author's own class has a stand-in instead."""
    dag, task = dag_of(inlets=[Asset("a", extra={"team": "sales"}), AssetAlias("latest")])
    task.outlets = [Guarded()]
    found = context(event, (dag, task))
    asset, alias = found["inlets"]
    assert (asset.uri, asset.extra, alias.name) == ("a", {"team": "sales"}, "latest")
    assert hasattr(asset, "name") == hasattr(asset, "group") == (AIRFLOW >= (3, 0))
    assert marked(str(found["outlets"][0])) == ["\u2039outlets[0]\u203a"]


def test_assets_of_a_mapped_task() -> None:
    """What a mapped task declares for all its instances is there, too."""
    with DAG("sales", schedule=None, start_date=datetime(2026, 1, 1)) as dag:
        some = ZoomChatMessageOperator.partial(task_id="load", outlets=[Asset("a")])
        task = some.expand(message=["one", "two"])
    assert [asset.uri for asset in context("", (dag, task))["outlets"]] == ["a"]


@pytest.mark.parametrize(
    ("event", "template", "expected"),
    [
        ("", "{{ ti }}", f"<TaskInstance: sales.load {RUN} [running]>"),
        ("task_failed", "{{ [task_instance] }}", f"[<TaskInstance: sales.load {RUN} [failed]>]"),
        (
            "dag_failed",
            "{{ dag_run }}",
            f"<DagRun sales @ 2026-03-14 06:00:00+00:00: {RUN}, state:failed, "
            "queued_at: 2026-03-14 06:00:00+00:00. run_type: scheduled>",
        ),
        (
            "dag_failed",
            "{{ dag_run.get_task_instances() }}",
            f"[<TaskInstance: sales.load {RUN} [failed]>]",
        ),
    ],
)
def test_objects_in_a_text(event: str, template: str, expected: str) -> None:
    """Airflow's objects are shown as Airflow shows them, with nothing of the preview's own."""
    assert rendered(template, context(event)) == expected


def test_a_mapped_instance_in_a_text() -> None:
    """The instance of a mapped task says which one it is."""
    shown = str(context("", ti={"map_index": 2})["ti"])
    assert shown == f"<TaskInstance: sales.load {RUN} map_index=2 [running]>"
