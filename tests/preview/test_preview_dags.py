"""`zoomchat preview --dag`: every message of a DAG file, and nothing else of it is run."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

from airflow_provider_zoomchat._compat import AIRFLOW
from airflow_provider_zoomchat.tools.preview import dags, safety
from airflow_provider_zoomchat.tools.preview.shown import Group, PreviewError, Shown

HERE = Path(__file__).parent / "dags"


def preview(path: Path, task_id: str | None = None, **names: Any) -> list[Group]:
    with safety.isolated(with_settings=False), safety.quiet():
        return dags.preview(str(path), task_id=task_id, names=names, app_types=())


@pytest.fixture(scope="module")
def awkward() -> Group:
    """The preview of a DAG with everything that is hard."""
    return preview(HERE / "awkward.py")[0]


@pytest.fixture(scope="module")
def foreign() -> Group:
    """The preview of a DAG with its author's code in it."""
    return preview(HERE / "foreign.py")[0]


@pytest.fixture(scope="module")
def values() -> Group:
    """The preview of a DAG with values in every place."""
    return preview(HERE / "values.py")[0]


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
    assert report.notes[0].startswith("The query is not run: the rows are made up, ")
    assert card.app_type == "chatbot"
    assert "region 2" in text(card)


def test_nothing_of_the_authors_is_run(awkward: Group) -> None:
    """A subclass with methods of its own is named instead of being run."""
    assert awkward.missing == [
        "task careful: Careful has its own execute, which a preview does not run.",
        "on_failure_callback of the DAG: Loud has its own notify, which a preview does not run.",
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("macros", "<ask> Sales 3 <config.ask> <warehouse.rows>"),
        ("filters", "<shout>"),
        ("views", "views ann foreign <secret>"),
        ("lazy", "<Lazy>"),
        ("called", "<load>"),
    ],
)
def test_no_template_runs_the_authors_code(foreign: Group, name: str, expected: str) -> None:
    """Macros, filters and properties of the author's have stand-ins; their data is shown."""
    shown = named(foreign, f"task {name}")
    assert text(shown) == expected.replace("<", "\u2039").replace(">", "\u203a")
    assert shown.refusals == []


def test_what_the_author_has_replaced(foreign: Group) -> None:
    """A method that another provider or one object replaces is named and not run."""
    assert foreign.missing == [
        "task acme: Acme has its own execute, which a preview does not run.",
        "task replaced: ZoomChatMessageOperator has its own execute, which a preview does not run.",
        "task rendered: Rendered has its own region, which a preview does not run.",
        "task made: Made has its own __init__, which a preview does not run.",
        "on_retry_callback of alerts: Worded has its own color, which a preview does not run.",
        "on_failure_callback of alerts: ZoomChatNotifier has its own notify, which a preview does "
        "not run.",
    ]
    wrapped = preview(HERE / "foreign.py")[1]
    assert wrapped.missing == [
        "its messages: Wrapped has its own get_template_env, which a preview does not run."
    ]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nowhere", "zoom_conn_id must be a text, not None"),
        ("unnamed", "zoom_conn_id must be a text, not ''"),
        ("numbered", "zoom_conn_id must be a text, not 5"),
        ("odd", "Connection 'a=b' "),  # in which words, the version of Airflow decides
    ],
)
def test_no_id_of_a_connection(foreign: Group, name: str, reason: str) -> None:
    """What cannot be a connection is that message's refusal, in the hook's words."""
    (refusal,) = named(foreign, f"task {name}").refusals
    assert reason in refusal


def test_an_app_type_that_nothing_tells(foreign: Group) -> None:
    """A report's app type is assumed where only its connection tells it; --app-type changes it."""
    assert any(
        note.startswith("assumed: App type server") for note in named(foreign, "task report").notes
    )
    with safety.isolated(with_settings=False), safety.quiet():
        path = str(HERE / "foreign.py")
        (group,) = dags.preview(path, task_id="report", names={}, app_types=("chatbot",))
    assert group.shown[0].app_type == "chatbot"
    assert "region 1" in text(group.shown[0])


def test_mapped_over_what_is_not_there(foreign: Group) -> None:
    """Nothing is made up for tasks that nobody knows, or that are never made; XComs make them."""
    mapped, never = named(foreign, "task mapped"), named(foreign, "task never")
    assert mapped.message is None
    assert "What it is mapped over is known only when it runs." in mapped.notes
    assert never.notes == ["It is mapped over nothing: no task is made."]
    assert mapped.refusals == never.refusals == []
    made = preview(HERE / "foreign.py", "mapped", xcoms={"load": [{"message": "first"}, {}]})[0]
    assert text(made.shown[0]) == "first"


@pytest.mark.parametrize(
    ("name", "left", "shown"),
    [
        ("plain", "Use {{ ds }}", "Use {{ ds }}"),
        ("plain", "100 {% of", "100 {% of"),
        ("mapped", ["Read notes.md.j2", "x"], "Read notes.md.j2"),
        ("literal", None, "{{ ds }}"),
    ],
)
def test_what_was_left_is_no_template(name: str, left: Any, shown: str) -> None:
    """What an earlier task has left is shown as it is, as Airflow sends it."""
    (one,) = preview(HERE / "values.py", name, xcoms={"load": left})[0].shown
    assert one.refusals == []
    assert text(one) == shown


def test_stand_ins_where_no_text_fits(values: Group) -> None:
    """Where a stand-in would break a rule it is left out, and that is no refusal."""
    card, lists = named(values, "task card"), named(values, "task lists")
    assert card.message is not None
    assert card.message["content"]["body"][0]["link"] == (
        "https://\u2039var.base\u203a/report/2026-03-14"
    )
    assert card.message["content"]["settings"] == {}
    assert "content.settings.default_sidebar_color, \u2039var.color\u203a, is left out here." in (
        card.notes
    )
    assert any("items[0].short, \u2039" in note for note in card.notes)
    assert text(lists) == "x"
    assert [note.partition(",")[0] for note in lists.notes[:2]] == ["at_items", "rich_text"]
    mentions = named(values, "task mentions")
    assert mentions.notes[0] == "at_items, \u2039var.ann\u203a, is left out here."
    for shown in (card, lists, mentions, named(values, "alert task_failed")):
        assert shown.refusals == []


def test_a_card_that_only_a_run_knows(values: Group) -> None:
    """A card of which too little is known is not shown, and one that is wrong anyway is refused."""
    for name in ("no_card", "whole_card"):
        unknown = named(values, f"task {name}")
        assert unknown.message is None
        assert "It cannot be shown without a value that only a run knows." in unknown.notes
        assert unknown.refusals == []
    assert "'massage' is no type of block" in named(values, "task wrong_card").refusals[0]


def test_ways_that_a_template_takes(values: Group) -> None:
    """Pairs are shared out, there are more rows than none, and what decides is noted."""
    assert text(named(values, "task pairs")) == "\u2039load[0]\u203a: \u2039load[1]\u203a"
    decides = named(values, "task decides")
    assert text(decides) == "rows"
    assert "\u2039load\u203a is known only in a run" in decides.notes[0]


def test_nothing_of_the_preview_itself(values: Group) -> None:
    """A message shows Zoom's addresses and Airflow's names, and none of the preview's."""
    assert text(named(values, "task links")).startswith("https://zoom.us/launch/chat/v2/")
    assert text(named(values, "task objects")) == (
        "<DAG: values> <Task(ZoomChatMessageOperator): objects>"
    )


@pytest.mark.skipif(AIRFLOW < (3, 1), reason="approvals came with Airflow 3.1")
def test_a_mapped_question(tmp_path: Path) -> None:
    """The alert of a mapped question asks what the first of them asks."""
    path = tmp_path / "asks.py"
    path.write_text(
        "from airflow.providers.common.compat.sdk import DAG\n"
        "from airflow.providers.standard.operators.hitl import HITLOperator\n"
        "from airflow_provider_zoomchat.notifications.zoom import ZoomChatNotifier\n"
        "with DAG('asks', schedule=None):\n"
        "    HITLOperator.partial(task_id='ask', options=['Publish'],\n"
        "        notifiers=[ZoomChatNotifier()]).expand(subject=['On {{ ds }}?', 'And then?'])\n"
    )
    shown = text(preview(path)[0].shown[0])
    assert "On 2026-03-14?" in shown
    assert "Publish" in shown


def test_attributes_from_a_person() -> None:
    """A person gives attributes of Airflow's objects; the others are as in the sample."""
    shown = preview(HERE / "foreign.py", "views", task={"owner": "bob"}, dag={"tags": []})[0]
    assert text(shown.shown[0]).startswith("views bob foreign")


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


def test_a_file_that_takes_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Airflow's limit for the import of a DAG file holds, and is what is said."""
    monkeypatch.setenv("AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT", "0.5")
    path = tmp_path / "slow.py"
    path.write_text("import time\ntime.sleep(60)\n")
    with pytest.raises(PreviewError, match=r"slow\.py takes longer than 0\.5 s to import\.$"):
        preview(path)


def test_a_folder_and_an_archive(tmp_path: Path) -> None:
    """A folder is told from a file that is missing; an archive is read as Airflow reads it."""
    with pytest.raises(PreviewError, match=r": a folder; give one DAG file of it\.$"):
        preview(tmp_path)
    archive = tmp_path / "dags.zip"
    with zipfile.ZipFile(archive, "w") as writing:
        writing.write(HERE / "native.py", "native.py")
    assert preview(archive)[0].title == "DAG native"


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
