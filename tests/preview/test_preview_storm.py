"""`zoomchat preview --alert group`: how the message of a run that fails grows and recovers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from conftest import ROOT

from airflow_provider_zoomchat.tools.cli import main
from airflow_provider_zoomchat.tools.output import without_output
from airflow_provider_zoomchat.tools.preview import dag_files, storm
from airflow_provider_zoomchat.tools.preview.dag_files import Wanted
from airflow_provider_zoomchat.tools.preview.runner import isolated
from airflow_provider_zoomchat.tools.preview.shown import PreviewError, Section, Shown, is_refused

HERE = Path(__file__).parent / "dags"
MANY = "39 more tasks failed: check_stock · load_items [2], [3], [4] and 35 more"
CAUSE = "ConnectionError: warehouse does not answer"


def preview(path: Path, *, task_id: str | None = None, alert: str = "group") -> dict[str, Section]:
    """Return the previews of a file's DAGs, by their titles."""
    with isolated(with_settings=False), without_output():
        found = dag_files.preview([str(path)], Wanted(task_id, alert))
    return {group.title: group for group in found}


@pytest.fixture(scope="module")
def ready_made() -> list[Section]:
    """The life of ready-made alerts on each API."""
    with isolated(with_settings=False), without_output():
        return storm.ready_made()


@pytest.fixture(scope="module")
def storms() -> dict[str, Section]:
    """The previews of DAGs with tasks of their own."""
    return preview(HERE / "failing.py")


@pytest.fixture(scope="module")
def groups() -> dict[str, Section]:
    """The previews of DAGs with every kind of group."""
    return preview(ROOT / "tests" / "dags" / "zoom_groups.py")


def said(shown: Shown) -> list[str]:
    """Return the lines of a message."""
    assert shown.message is not None, shown.refusals
    return str(shown.message["text"]).splitlines()


def replies(shown: Shown) -> list[str]:
    """Return the lines of the replies that came with a message."""
    return [line for each in shown.replies for line in each["text"].splitlines()]


@pytest.mark.parametrize("at", [0, 1], ids=["user", "bot"])
def test_one_message(ready_made: list[Section], at: int) -> None:
    """As a user and as a bot one message is shown at three moments, with what is in its thread."""
    group = ready_made[at]
    assert group.title == ("alert group as a user", "alert group as a bot")[at]
    first, more, recovered = group.shown
    assert [shown.name for shown in group.shown] == [
        "a task fails",
        "more tasks fail, and the run ends",
        "the run succeeds after a clear",
    ]
    assert said(first)[:2] == [
        "❌ sales_daily / load_orders failed",
        "ValueError: column 'qty' is missing",
    ]
    assert said(more)[:6] == [
        "❌ sales_daily failed: 40 of 46 tasks",
        CAUSE,
        "    check_stock · load_items [2], [3], [4] and 35 more",
        "ValueError: column 'qty' is missing",
        "    load_orders",
        "4 tasks could not start",
    ]
    assert replies(more) == [MANY, CAUSE]
    head = "✅ sales_daily recovered after 3 h 10 min (40 tasks had failed)"
    assert said(recovered)[0] == head
    assert replies(recovered) == [head]
    assert "Open failed tasks" in "".join(said(more))
    assert "Open failed tasks" not in "".join(said(recovered))
    shown = [each.message or {} for each in group.shown]
    assert [each["edited"] for each in shown] == [False, True, True]
    assert [each["replies"] for each in shown] == [0, 1, 2]
    assert len({each["id"] for each in shown}) == 1
    assert [wire.method for wire in recovered.wires] == ["PUT", "POST"]
    assert not is_refused([group])


def test_lengths(ready_made: list[Section]) -> None:
    """The length that is told is that of the message, and not that of a reply."""
    user = ready_made[0].shown[1]
    count = len("\n".join(said(user)))
    assert user.length.startswith(f"{count} of 4,096 characters")


def test_a_webhook(ready_made: list[Section]) -> None:
    """Through a webhook there is the first alert and the sum at the end; what is not is said."""
    first, more, recovered = ready_made[2].shown
    assert said(first)[0] == "❌ sales_daily / load_orders failed"
    assert said(more)[0] == "❌ sales_daily failed: 40 of 46 tasks"
    assert (first.message or {})["id"] != (more.message or {})["id"]
    assert "A webhook cannot edit: the first 5 failures of a run go out" in more.notes[0]
    assert recovered.message is None
    assert "A webhook cannot edit: no message turns green." in recovered.notes


def test_one_api() -> None:
    """An API that is asked for is shown alone."""
    with isolated(with_settings=False), without_output():
        assert [group.title for group in storm.ready_made(["chatbot"])] == ["alert group as a bot"]


@pytest.mark.parametrize(
    ("name", "kind", "moments", "note"),
    [
        ("over_runs", "as a user", [CAUSE, "✅ zoom_groups_over_runs recovered after 3 h"], ""),
        ("user", "as a user", [CAUSE, None], "on_success_callback=ZoomChatNotifier(only_recovere"),
        ("bot", "as a bot", [CAUSE, None], "on_success_callback=ZoomChatbotNotifier(only_recove"),
        ("own", "as a user", ["❌ zoom_groups_own failed: 39 of ", None], "stays as it is"),
        ("alone", "as a user", [], "group_by=None: each failure has a message of its own"),
        ("webhook", "through a webhook", [CAUSE, None], "no message turns green"),
    ],
)
def test_groups_of_every_kind(
    groups: dict[str, Section], name: str, kind: str, moments: Sequence[str | None], note: str
) -> None:
    """With a group of any kind, and without one, it is shown or said what happens."""
    first, *more = groups[f"DAG zoom_groups_{name}, alert group {kind}"].shown
    assert "check" in said(first)[0] or name == "own"
    assert len(more) == len(moments)
    for shown, words in zip(more, moments, strict=True):
        assert words in "\n".join(said(shown)) if words else shown.message is None
    assert note in " ".join([first, *more][-1].notes)


def test_an_authors_own_text() -> None:
    """A text of the author's own without group_by has no group, and that is said."""
    (group,) = preview(HERE / "awkward.py", task_id="team").values()
    assert [shown.name for shown in group.shown] == ["a task fails"]
    assert group.shown[0].notes[-1].startswith("The author's own text has no group: each failure")


def test_the_order_of_dags(storms: dict[str, Section]) -> None:
    """The DAGs of a file stand in the order of their ids, whatever order Airflow gives."""
    ids = [title.removeprefix("DAG ").partition(",")[0] for title in storms]
    assert ids == sorted(ids)


def test_tasks_of_the_dag(storms: dict[str, Section]) -> None:
    """Tasks that can fail at once do, mapped ones many times; those that wait could not start."""
    first, more, recovered = storms["DAG storms_wide, alert group as a bot"].shown
    assert said(first)[0] == "❌ storms_wide / load_orders failed"
    assert "ann" in said(first)[1]
    assert said(more)[0] == "❌ storms_wide failed: 39 of 44 tasks"
    assert "    load_items [2], [3], [4] and 35 more" in said(more)
    assert "2 tasks could not start" in said(more)
    assert not any("made up" in note.lower() for note in more.notes)
    assert more.places[0].startswith("on_failure_callback of start, ")
    assert more.places[1] == "on_failure_callback of the DAG"
    assert said(recovered)[0].endswith("recovered after 3 h 10 min (39 tasks had failed)")


def test_a_dag_with_too_few_tasks(storms: dict[str, Section]) -> None:
    """Where too few tasks can fail at once, more are made up, and named as such."""
    first, more, _ = storms["DAG storms_line, alert group as a user"].shown
    assert said(first)[0] == "❌ storms_line / load_orders failed"
    assert said(more)[0] == "❌ storms_line: 40 of 43 tasks failed"
    assert more.notes == ["Made up, since the DAG has too few tasks: check_stock, load_items."]
    assert replies(more)[0] == MANY


def test_a_policy(storms: dict[str, Section]) -> None:
    """What a policy has added is shown: alerts of tasks, and the recovery."""
    *_, more, recovered = storms["DAG storms_policy, alert group as a user"].shown
    assert more.name == "more tasks fail"
    assert said(recovered)[0].startswith("✅ storms_policy recovered")


def test_an_alert_of_the_run_alone(storms: dict[str, Section]) -> None:
    """Where no task tells of its failure, the message appears when the run fails."""
    first, recovered = storms["DAG storms_run_alone, alert group as a user"].shown
    assert (first.name, said(first)[0]) == ("the run fails", "❌ storms_run_alone failed")
    assert recovered.message is None


def test_what_is_not_shown(storms: dict[str, Section]) -> None:
    """A wrong name is refused once; a class with a method of its own is named, and not run."""
    (wrong,) = storms["DAG storms_tries, alert group as a user"].shown
    assert "no run of Airflow" in wrong.refusals[0]
    (reason,) = storms["DAG storms_loud"].missing
    assert reason.endswith(": Loud has its own notify, which a preview does not run.")
    assert not any("quiet" in title for title in storms)


def test_one_event_of_a_dag() -> None:
    """With an event, a DAG's alerts for it are shown, and nothing else; or it has none."""
    path = ROOT / "example_dags" / "zoom_alerts.py"
    (group,) = preview(path, alert="task_retry").values()
    assert [shown.name for shown in group.shown] == ["alert task_retry"]
    with pytest.raises(PreviewError, match="zoom_alerts has no Zoom notifier for deadline_missed"):
        preview(path, alert="deadline_missed")
    with pytest.raises(PreviewError, match="has no Zoom notifier for failures"):
        preview(ROOT / "example_dags" / "zoom_report.py")


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The terminal and the page show each moment, with the reply below its message."""
    html = tmp_path / "page.html"
    example = str(ROOT / "example_dags" / "zoom_storm.py")
    assert main(["preview", "--dag", example, "--alert", "group", "--html", str(html)]) == 0
    printed, page = capsys.readouterr().out, html.read_text()
    below = printed.partition("    └ a reply in its thread\n")[2]
    assert below.startswith("          ▌ 38 more tasks failed: load_items [2], [3], [4] and 35")
    assert "recovered after 3 h 10 min" in printed
    assert page.count('<article class="message">') == 3
    assert page.count('<article class="message reply">') == 2
    assert ">2 replies<" in page


def test_an_unknown_alert(capsys: pytest.CaptureFixture[str]) -> None:
    """An alert that there is not is one line, with a DAG and without one."""
    for more in ([], ["--dag", str(HERE / "failing.py")]):
        assert main(["preview", "--alert", "storm", *more]) == 1
        assert capsys.readouterr().err.endswith(
            "sla_missed; and group, a message for a run that fails.\n"
        )
