"""`zoomchat preview --dag`: every message of a DAG file, and nothing else of it is run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

from airflow_provider_zoomchat._compat import AIRFLOW
from airflow_provider_zoomchat.preview import dags, safety
from airflow_provider_zoomchat.preview.shown import Group, PreviewError, Shown

HERE = Path(__file__).parent / "dags"


def preview(path: Path, task_id: str | None = None, **names: Any) -> list[Group]:
    with safety.isolated(with_settings=False), safety.quiet():
        return dags.preview(str(path), task_id=task_id, names=names, doors=())


@pytest.fixture(scope="module")
def awkward() -> Group:
    """The preview of a DAG with everything that is hard."""
    return preview(HERE / "awkward.py")[0]


def named(group: Group, name: str) -> Shown:
    return next(one for one in group.shown if one.name == name)


def text(shown: Shown) -> str:
    assert shown.message is not None, shown.refusals
    return str(shown.message["text"])


@pytest.mark.parametrize("path", sorted((ROOT / "example_dags").glob("*.py")), ids=lambda p: p.stem)
def test_every_example(path: Path) -> None:
    """Every message of every example DAG is shown, and none is refused."""
    if path.stem in ("zoom_approval", "zoom_deadline_alert") and AIRFLOW < (3, 1):
        with pytest.raises(PreviewError, match=r"has no DAG here\.$"):
            preview(path)
        return
    for group in preview(path):
        assert group.missing == []
        for shown in group.shown:
            assert shown.message is not None
            assert shown.refusals == []
            assert shown.wires


def test_tasks_work_on_the_messages_of_others() -> None:
    """An edit, a reply and a deletion find the message that an earlier task has sent."""
    group = preview(ROOT / "example_dags" / "zoom_chat_messages.py")[0]
    edit, reply, gone = (named(group, f"task {name}") for name in ("edit", "reply", "take_back"))
    assert edit.message is not None
    assert reply.message is not None
    assert gone.message is not None
    assert edit.message["edited"]
    assert reply.message["reply_to"] == edit.message["id"]
    assert gone.message["deleted"]
    assert not any(shown.notes for shown in group.shown)


def test_one_task() -> None:
    """One task is shown alone, on top of what those before it have sent."""
    path = ROOT / "example_dags" / "zoom_chat_messages.py"
    group = preview(path, "edit")[0]
    assert [shown.name for shown in group.shown] == ["task edit"]
    assert group.shown[0].message is not None
    assert len(group.shown[0].message["history"]) == 1
    with pytest.raises(PreviewError, match=r"has no task 'nope'\. It has post, edit, reply"):
        preview(path, "nope")


def test_one_notifier_of_many_tasks(awkward: Group) -> None:
    """A notifier that many tasks share is shown once, with the places where it is used."""
    alerts = [shown for shown in awkward.shown if shown.name == "alert task_failed"]
    assert len(alerts) == 1
    assert alerts[0].places[0].startswith("on_failure_callback of ")
    assert alerts[0].places[0].endswith(" more")
    assert "broke: \u2039nobody.knows\u203a" in text(alerts[0])
    assert alerts[0].notes[0].startswith("mention, \u2039whom\u203a, is left out")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("team", "From the team: 2026-03-14"),
        ("mapped", "one 2026-03-14"),
        ("mapped_later", "\u2039load\u203a"),
        (
            "unknown",
            "\u2039var.team\u203a / \u2039conn.db.host\u203a / \u2039nobody\u203a"
            " / ann@example.com",
        ),
        ("counts", "\u2039load\u203a of \u2039load\u203a, \u2039load.rows.name\u203a"),
        ("edit", "Edited"),
        ("answer", "An answer"),
        ("files", "A chart"),
    ],
)
def test_what_only_a_run_knows(awkward: Group, name: str, expected: str) -> None:
    """What is not known has a stand-in; nothing of it is an error."""
    shown = named(awkward, f"task {name}")
    assert text(shown) == expected
    assert shown.refusals == []


def test_it_is_noted(awkward: Group) -> None:
    """Each stand-in is noted where it is shown."""
    notes = {shown.name: " ".join(shown.notes) for shown in awkward.shown}
    assert "its first message is shown" in notes["task mapped"]
    assert "\u2039nobody\u203a" in notes["task unknown"]
    assert "to_channel, \u2039var.channel\u203a, is left out here." in notes["task unknown"]
    assert "that of a stand-in: (an earlier message)" in notes["task edit"]
    assert "The file /nowhere/chart.png is not there" in notes["task files"]
    assert "only in a run" not in notes["task team"]


def test_values_from_a_person() -> None:
    """Names and XComs that a person gives stand in the messages."""
    names: Mapping[str, Any] = {"xcoms": {"load": {"rows": [{"name": "emea"}]}}, "nobody": "me"}
    shown = preview(HERE / "awkward.py", "unknown", **names)[0].shown[0]
    assert "/ me /" in text(shown)
    native = preview(HERE / "native.py", "text", xcoms={"load": "48,210 rows"})[0]
    assert text(native.shown[0]) == "48,210 rows"


def test_no_query_is_run(awkward: Group) -> None:
    """A report shows made-up rows under the columns of its query, and says so."""
    report, card = named(awkward, "task report"), named(awkward, "task card_report")
    for words in ("region", "orders", "region 1", "orders 3"):
        assert words in text(report)
    assert "The query is not run: the rows are made up." in report.notes
    assert card.door == "chatbot"
    assert "region 2" in text(card)


def test_nothing_of_the_authors_is_run(awkward: Group) -> None:
    """A subclass with deeds of its own is named instead of being run."""
    assert awkward.missing == [
        "task careful: Careful has its own execute, which a preview does not run.",
        "on_failure_callback of the DAG: Loud has its own notify, which a preview does not run.",
    ]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("mistaken", "ZeroDivisionError: division by zero"),
        ("unclosed", "TemplateSyntaxError: unexpected end of template"),
        ("long", "message has 5000 characters, and Zoom takes no more than 4096"),
    ],
)
def test_what_would_fail(awkward: Group, name: str, reason: str) -> None:
    """A task that would fail shows why, and the others are shown all the same."""
    shown = named(awkward, f"task {name}")
    assert shown.message is None
    assert reason in shown.refusals[0]


def test_native_values() -> None:
    """Templates that give Python's values have stand-ins, too."""
    for shown in preview(HERE / "native.py")[0].shown:
        assert "\u2039load\u203a" in text(shown)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("missing", r"missing\.py: no such file\.$"),
        ("broken", r"broken\.py, line 8: RuntimeError: no warehouse here$"),
        ("silent", r"silent\.py: DAG silent has no Zoom task and no Zoom notifier\.$"),
        ("ends", r"ends\.py(, line 7| cannot be read): SystemExit: 3\.?$"),
        ("no_dag", r"no_dag\.py has no DAG here\.$"),
        (
            "wants_variable",
            r"wants_variable\.py, line 11: .*AIRFLOW_VAR_ZOOM_PREVIEW_TEAM\.$",
        ),
    ],
)
def test_a_file_that_shows_nothing(name: str, said: str) -> None:
    """A file that cannot be shown is one line that says why, with the line of the file."""
    with pytest.raises(PreviewError, match=said) as caught:
        preview(HERE / f"{name}.py")
    assert "\n" not in str(caught.value)


def test_a_variable_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable in the environment is used."""
    monkeypatch.setenv("AIRFLOW_VAR_ZOOM_PREVIEW_TEAM", "Sales")
    assert text(preview(HERE / "wants_variable.py")[0].shown[0]) == "Sales"


def test_the_environment_is_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the preview sets in the environment is gone behind it."""
    monkeypatch.setenv("AIRFLOW_CONN_ZOOM_DEFAULT", '{"conn_type": "zoom", "login": "real"}')
    before = dict(os.environ)
    preview(HERE / "native.py")
    assert dict(os.environ) == before
