"""`zoomchat preview --dag`: every message of a DAG file, and nothing of it is sent."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

from airflow_provider_zoomchat._compat import AIRFLOW
from airflow_provider_zoomchat.tools.output import without_output
from airflow_provider_zoomchat.tools.preview import dag_files
from airflow_provider_zoomchat.tools.preview.dag_files import Wanted
from airflow_provider_zoomchat.tools.preview.runner import isolated
from airflow_provider_zoomchat.tools.preview.shown import PreviewError, Section, Shown, is_refused

HERE = Path(__file__).parent / "dags"
EXAMPLES = ROOT / "example_dags"


def preview(
    *paths: Path, task_id: str | None = None, app_types: Sequence[str] = (), **names: Any
) -> list[Section]:
    with isolated(with_settings=False), without_output():
        files = [str(path) for path in paths]
        return dag_files.preview(files, Wanted(task_id, None, names, app_types))


@pytest.fixture(scope="module")
def awkward() -> Section:
    """The preview of a DAG with everything that is hard."""
    return preview(HERE / "awkward.py")[0]


@pytest.fixture(scope="module")
def values() -> Section:
    """The preview of a DAG with values in every place."""
    return preview(HERE / "values.py")[0]


@pytest.fixture(scope="module")
def wrong() -> Section:
    """The preview of a DAG with names that are not there."""
    return preview(HERE / "names.py")[0]


@pytest.fixture(scope="module")
def examples() -> dict[str, Section]:
    """The previews of the example DAGs: of a folder."""
    return {group.title.removeprefix("DAG "): group for group in preview(EXAMPLES)}


def named(group: Section, name: str) -> Shown:
    return next(one for one in group.shown if one.name == name)


def text(shown: Shown) -> str:
    assert shown.message is not None, shown.refusals
    return str(shown.message["text"])


def marks(text: str) -> str:
    return text.replace("<", "\u2039").replace(">", "\u203a")


def test_every_example(examples: dict[str, Section]) -> None:
    """Every message of every example DAG is shown, and none is refused."""
    newer = {"zoom_approval", "zoom_deadline_alert"} if AIRFLOW < (3, 1) else set()
    assert set(examples) == {path.stem for path in EXAMPLES.glob("*.py")} - newer
    for group in examples.values():
        assert group.missing == []
        for shown in group.shown:
            assert (shown.refusals, bool(shown.message), bool(shown.wires)) == ([], True, True)


def test_tasks_work_on_the_messages_of_others(examples: dict[str, Section]) -> None:
    """An edit, a reply and a deletion find the message that an earlier task has sent."""
    group = examples["zoom_chat_messages"]
    edit, reply, gone = (
        named(group, f"task {name}").message or {} for name in ("edit", "reply", "take_back")
    )
    assert edit["edited"]
    assert reply["reply_to"] == edit["id"]
    assert gone["deleted"]
    assert not any("stand-in" in note for shown in group.shown for note in shown.notes)


def test_one_task() -> None:
    """One task is shown alone, on top of what those before it have sent."""
    path = EXAMPLES / "zoom_chat_messages.py"
    (group,) = preview(path, task_id="edit")
    assert [shown.name for shown in group.shown] == ["task edit"]
    assert len((group.shown[0].message or {})["history"]) == 1
    with pytest.raises(PreviewError, match=r"has no task 'nope'\. It has post, edit, reply"):
        preview(path, task_id="nope")


def test_one_notifier_of_many_tasks(awkward: Section) -> None:
    """A notifier that many tasks share is shown once, with the places where it is used."""
    (alert,) = [shown for shown in awkward.shown if shown.name == "alert task_failed"]
    assert alert.places[0].startswith("on_failure_callback of ")
    assert alert.places[0].endswith(" more")
    assert marks("broke: <var.team.lead>") in text(alert)
    assert marks("mention, <var.whom>, is left out here.") in alert.notes


@pytest.mark.parametrize(
    ("name", "expected", "note"),
    [
        ("team", "From the team: 2026-03-14", ""),
        ("mapped", "one 2026-03-14", "its first message is shown"),
        ("mapped_later", "<load>", ""),
        ("unknown", "<var.team> / <conn.db.host> / <dag_run.conf.day> / ann@example.com", "<var"),
        ("unknown", "<var.team>", "to_channel, <var.channel>, is left out here."),
        ("counts", "<load> of <load>, <load.rows.name>", "<load>, <load.rows>"),
        ("own", "Sales! 4.0 ACME data-team awkward", ""),
        ("edit", "Edited", "that of a stand-in: (an earlier message)"),
        ("answer", "An answer", "that of a stand-in: (an earlier message)"),
        ("files", "A chart", "The file /nowhere/chart.png is not there"),
        ("any", "region 1", "assumed: App type server_to_server"),
        ("report", "orders 3", "The query is not run: the rows are made up, "),
        ("card_report", "region 2", "The query is not run: the rows are made up, "),
    ],
)
def test_what_only_a_run_knows(awkward: Section, name: str, expected: str, note: str) -> None:
    """What only a run knows has a placeholder and a note; the author's own functions are called."""
    shown = named(awkward, f"task {name}")
    assert marks(expected) in text(shown)
    assert shown.refusals == []
    assert marks(note) in " ".join(shown.notes)


def test_addresses_of_requests(examples: dict[str, Section]) -> None:
    """A request is shown with the address that a real run calls, a file's on its own host."""
    upload, post = named(examples["zoom_report"], "task rows").wires
    assert upload.url.startswith("https://file.zoom.us/v2/chat/users/<Acting user>/files?")
    assert post.url == "https://api.zoom.us/v2/chat/users/<Acting user>/messages"


def test_the_length_of_a_reply_with_a_file(examples: dict[str, Section]) -> None:
    """A reply has a length as any message, with a file too; a deletion has none."""
    reply = named(examples["zoom_report"], "task rows")
    assert reply.length.startswith("10 of 4,096 characters, the limit in Zoom's samples")
    assert named(examples["zoom_chat_messages"], "task take_back").length == ""


def test_channels_by_name(tmp_path: Path) -> None:
    """A name that a real run looks up is shown as such, and nobody is asked for it."""
    file = tmp_path / "by_name.py"
    file.write_text(
        "from airflow import DAG\n"
        "from airflow_provider_zoomchat.notifications.zoom import ZoomChatNotifier\n"
        "from airflow_provider_zoomchat.operators.zoom import *\n"
        "with DAG('by_name', on_failure_callback=ZoomChatNotifier(to_channel='#alerts')):\n"
        "    ZoomChatMessageOperator(task_id='a', message='A', to_channel='alerts')\n"
        "    ZoomChatbotMessageOperator(task_id='b', message='B', to_jid='Alerts')\n"
    )
    (group,) = preview(file)
    places = {
        shown.name: [wire.body.get("to_channel") or wire.body["to_jid"] for wire in shown.wires]
        for shown in group.shown
        if all(isinstance(wire.body, dict) for wire in shown.wires)
    }
    assert places == {
        "task a": ["<id of 'alerts'>"],
        "task b": ["<JID of 'alerts'>"],
        "alert dag_failed": ["<id of 'alerts'>"],
    }
    assert not is_refused([group])


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("halved", "It cannot be shown without a value that only a run knows: TypeError: int()"),
        ("pairs", "It cannot be shown without a value that only a run knows: ValueError: not"),
        ("fetched", "It cannot be shown without a value that only a run knows: "),
        ("mapped_kwargs", "What it is mapped over is known only when it runs."),
        ("never", "It is mapped over nothing: no task is made."),
    ],
)
def test_what_cannot_be_shown(awkward: Section, name: str, note: str) -> None:
    """A message that needs a value of a run is not made up, and that is no refusal."""
    shown = named(awkward, f"task {name}")
    assert (shown.message, shown.refusals) == (None, [])
    assert shown.notes[0].startswith(note)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("mistaken", "message, {{ 1 / 0 }}: ZeroDivisionError: division by zero"),
        ("unclosed", "message, {{ ds: TemplateSyntaxError: unexpected end of template"),
        ("long", "message has 5000 characters, and Zoom takes no more than 4096"),
        ("nowhere", "zoom_conn_id must be a text, not None"),
        ("unnamed", "zoom_conn_id must be a text, not ''"),
        ("numbered", "zoom_conn_id must be a text, not 5"),
        ("odd", "Connection 'a=b' "),  # in which words, the version of Airflow decides
    ],
)
def test_what_would_fail(awkward: Section, name: str, reason: str) -> None:
    """A task that would fail shows why, and the others are shown all the same."""
    shown = named(awkward, f"task {name}")
    assert shown.message is None
    assert len(shown.refusals) == 1
    assert reason in shown.refusals[0]


def test_what_would_do_more_than_send(awkward: Section) -> None:
    """What has an `execute` or a `notify` of its author's is named instead of being run."""
    assert [each.removesuffix(", which a preview does not run.") for each in awkward.missing] == [
        "task careful: Careful has its own execute",
        "task many: Careful has its own execute",
        "task changed: ZoomChatMessageOperator has its own execute",
        "on_failure_callback of the DAG: Loud has its own notify",
        "on_failure_callback of the DAG: ZoomChatNotifier has its own notify",
    ]


@pytest.mark.parametrize(
    ("task_id", "expression", "name", "near"),
    [
        ("top", "{{ dsss }}", "dsss", "ds"),
        ("called", "{{ dsss() }}", "dsss", "ds"),
        ("decides", "{% if dsss %}", "dsss", "ds"),
        ("loops", "{% for each in dsss %}", "dsss", "ds"),
        ("compares", "{{ 'y' if dsss == 3 else 'z' }}", "dsss", "ds"),
        ("adds", "{{ dsss + 1 }}", "dsss", "ds"),
        ("filtered", "{{ dsss | upper }}", "dsss", "ds"),
        ("method", "{{ ti.xcom_pulls('load') }}", "ti.xcom_pulls", "xcom_pull"),
        ("attribute", "{{ dag.dag_idd }}", "dag.dag_idd", "dag_id"),
        ("connection", "{{ conn.db.hostt }}", "conn.db.hostt", "host"),
        ("list", "{{ inlets.cout }}", "inlets.cout", "count"),
        ("variable", "{{ var.value.team.uper() }}", "var.value.team.uper", "upper"),
        ("value", "{{ logical_date.strfime('%d') }}", "logical_date.strfime", "strftime"),
        ("private", "{{ ti._state }}", "ti._state", "state"),
        ("two", "{{ dsss }}", "dsss", "ds"),
    ],
)
def test_names_that_no_run_knows(
    wrong: Section, task_id: str, expression: str, name: str, near: str
) -> None:
    """A name that no run of this Airflow knows is refused with its place, each of several."""
    refusals = named(wrong, f"task {task_id}").refusals
    known = f"no run of Airflow {'.'.join(map(str, AIRFLOW))} knows {name!r}"
    assert refusals[0] == f"message, {expression}: {known}. Did you mean {near!r}?"
    assert len(refusals) == (2 if task_id == "two" else 1)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("filter", "message, {{ ds | shoutt }}: TemplateAssertionError: No filter named 'shoutt'."),
        ("test", "message, {{ ds is evenn }}: TemplateAssertionError: No test named 'evenn'."),
        ("branch", "{{ ti.xcom_pull('x') if ds | a }}: TemplateRuntimeError: No filter named 'a'"),
        ("callback", "message, {{ exception }}: no run of Airflow "),
        ("unsafe", "message, {{ ti.__class__ }}: no run of Airflow "),
    ],
)
def test_what_no_template_has(wrong: Section, name: str, said: str) -> None:
    """A filter or a test that is not there is refused, and so is what only callbacks have.

    So is what Airflow keeps from templates.
    """
    (refusal,) = named(wrong, f"task {name}").refusals
    assert said in refusal


@pytest.mark.parametrize(
    ("task_id", "name", "now"),
    [
        ("old", "execution_date", "logical_date"),
        ("removed", "next_ds", "data_interval_end | ds"),
    ],
)
def test_names_of_another_airflow(wrong: Section, task_id: str, name: str, now: str) -> None:
    """A name of Airflow 2 is refused on 3, with what says the same now."""
    refusals = named(wrong, f"task {task_id}").refusals
    assert bool(refusals) is (AIRFLOW >= (3, 0))
    assert all(f"knows {name!r}. Did you mean {now!r}?" in each for each in refusals)


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("param", "The DAG declares no param 'day': only a run can bring it."),
        ("macro", "macros.acme is not installed here: only a plugin can bring it."),
        ("conf", "<dag_run.conf.day> is known only in a run; --context can give a value."),
        ("dated", "data_interval_start, ts have no value in a run without a logical date"),
        ("guarded", ""),
        ("loop", ""),
    ],
)
def test_names_that_a_run_may_bring(wrong: Section, name: str, note: str) -> None:
    """What some runs bring and others not is a note."""
    assert named(wrong, f"task {name}").refusals == []
    notes = named(wrong, f"task {name}").notes
    is_noted = any(each.startswith(marks(note)) for each in notes)
    assert is_noted is (bool(note) and (name != "dated" or AIRFLOW >= (3, 0)))


@pytest.mark.skipif(AIRFLOW == (3, 0), reason="3.0 does not let a DAG's callback ask for tasks")
def test_the_failed_task_of_a_run(tmp_path: Path) -> None:
    """An alert for a DAG names a task of that DAG."""
    path = tmp_path / "fails.py"
    path.write_text(
        "from airflow.providers.common.compat.sdk import DAG\n"
        "from airflow_provider_zoomchat.notifications.zoom import ZoomChatNotifier\n"
        "from airflow_provider_zoomchat.operators.zoom import ZoomChatMessageOperator\n"
        "with DAG('fails', schedule=None, on_failure_callback=ZoomChatNotifier()):\n"
        "    ZoomChatMessageOperator(task_id='extract', message='Hello')\n"
    )
    shown = text(named(preview(path)[0], "alert dag_failed"))
    assert "extract" in shown
    assert "load_orders" not in shown


def test_names_in_notifiers_and_cards(wrong: Section) -> None:
    """Names of notifiers, of their alerts and of cards are refused with their places, too."""
    assert "content, {{ a }}: no run" in named(wrong, "task card").refusals[0]
    succeeded, failed = named(wrong, "alert dag_succeeded"), named(wrong, "alert dag_failed")
    assert [each.partition(" knows ")[2] for each in succeeded.refusals] == [
        "'event.dagid'. Did you mean 'dag_id'?"
    ]
    assert succeeded.notes == ["exception has no value in this callback, only in others."]
    assert [each.partition(": ")[0] for each in failed.refusals] == [
        "content, {{ dag.dag_id | shoutt }}",
        "mention, {{ task.ownr }}",
    ]
    alerts = named(wrong, "alert task_failed").refusals
    assert [each.partition(": ")[0] for each in alerts] == ["alerts, {{ ti.task_idd }}"]


def test_values_from_a_person() -> None:
    """Names, XComs and attributes of Airflow's objects that a person gives are shown."""
    names: dict[str, Any] = {
        "xcoms": {"load": [{"message": "first"}, {}]},
        "conn": {"db": {"host": "me"}},
        "task": {"owner": "bob"},
    }
    (group,) = preview(HERE / "awkward.py", **names)
    assert "/ me /" in text(named(group, "task unknown"))
    assert text(named(group, "task mapped_kwargs")) == "first"
    assert text(named(group, "task own")) == "Sales! 4.0 ACME bob awkward"


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
    (one,) = preview(HERE / "values.py", task_id=name, xcoms={"load": left})[0].shown
    assert one.refusals == []
    assert text(one) == shown


def test_an_app_type_that_nothing_tells() -> None:
    """A report's app type is assumed where only its connection tells it; --app-type changes it."""
    (group,) = preview(HERE / "awkward.py", task_id="any", app_types=("chatbot",))
    assert [shown.app_type for shown in group.shown] == ["chatbot"]


def test_placeholders_where_no_text_fits(values: Section) -> None:
    """Where a placeholder would break a rule it is left out, and that is no refusal."""
    card, lists = named(values, "task card"), named(values, "task lists")
    assert card.message is not None
    assert card.message["content"]["body"][0]["link"] == marks(
        "https://<var.base>/report/2026-03-14"
    )
    assert card.message["content"]["settings"] == {}
    left_out = marks("content.settings.default_sidebar_color, <var.color>, is left out here.")
    assert left_out in card.notes
    assert any(marks("items[0].short, <") in note for note in card.notes)
    assert text(lists) == "x"
    notes = [note.partition(",")[0] for note in lists.notes]
    assert notes[-2:] == ["at_items", "rich_text"]
    mentions = named(values, "task mentions")
    assert marks("at_items, <var.ann>, is left out here.") in mentions.notes
    for shown in (card, lists, mentions, named(values, "alert task_failed")):
        assert shown.refusals == []


def test_a_card_that_only_a_run_knows(values: Section) -> None:
    """A card of which too little is known is not shown, and one that is wrong anyway is refused."""
    for name in ("no_card", "whole_card"):
        unknown = named(values, f"task {name}")
        assert (unknown.message, unknown.refusals) == (None, [])
        assert "It cannot be shown without a value that only a run knows." in unknown.notes
    assert "'massage' is no type of block" in named(values, "task wrong_card").refusals[0]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("decides", "rows"),
        ("links", "https://zoom.us/launch/chat/v2/"),
        ("objects", "<DAG: values> <Task(ZoomChatMessageOperator): objects>"),
    ],
)
def test_nothing_of_the_preview_itself(values: Section, name: str, expected: str) -> None:
    """A message shows Zoom's addresses and Airflow's names; there are more rows than none."""
    assert text(named(values, f"task {name}")).startswith(expected)


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


@pytest.mark.skipif(AIRFLOW < (3, 1), reason="deadlines came with Airflow 3.1")
def test_names_of_a_deadline(tmp_path: Path) -> None:
    """A deadline's alert has names of its own, and any other is refused with its place."""
    path = tmp_path / "late.py"
    path.write_text(
        (EXAMPLES / "zoom_deadline_alert.py")
        .read_text()
        .replace('"mention": "ann@example.com"', '"message": "{{ dag_run.dag_id }} {{ ds }}"')
    )
    (shown,) = preview(path)[0].shown
    assert shown.refusals[0].startswith("message, {{ ds }}: no such callback of Airflow ")
    path.write_text(path.read_text().replace("{{ ds }}", "is late"))
    assert text(preview(path)[0].shown[0]) == "zoom_deadline_alert is late"


def test_a_dag_without_tasks(tmp_path: Path) -> None:
    """The alerts of a DAG that has no task yet are shown, too."""
    path = tmp_path / "bare.py"
    path.write_text(
        "from airflow.providers.common.compat.sdk import DAG\n"
        "from airflow_provider_zoomchat.notifications.zoom import ZoomChatNotifier\n"
        "alert = ZoomChatNotifier('{{ dag.dag_id }}')\n"
        "dag = DAG('bare', schedule=None, on_failure_callback=alert)\n"
    )
    assert text(preview(path)[0].shown[0]) == "bare"


def test_native_values() -> None:
    """Templates that give Python's values have placeholders, too."""
    (group,) = preview(HERE / "native.py")
    for shown in group.shown:
        assert marks("<load>") in text(shown)
    assert [bool(shown.refusals) for shown in group.shown] == [False, True, False]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, r"it\.py: no such file\.$"),
        ("\nraise RuntimeError('no warehouse')", r"it\.py, line 2: RuntimeError: no warehouse$"),
        ("import sys\nsys.exit(3)", r"it\.py(, line 2| cannot be read): SystemExit: 3\.?$"),
        ("", r"it\.py has no DAG here\.$"),
        (
            "from airflow.providers.common.compat.sdk import DAG\na = DAG('silent', schedule=None)",
            r"it\.py: DAG silent has no Zoom task and no Zoom notifier\.$",
        ),
        (
            "from airflow.models import Variable\nVariable.get('zoom_preview_team')",
            r"it\.py, line 2: .*AIRFLOW_VAR_ZOOM_PREVIEW_TEAM\.$",
        ),
        ("import time\ntime.sleep(60)", r"it\.py takes longer than 0\.5 s to import\.$"),
    ],
    ids=["missing", "broken", "ends", "no-dag", "silent", "variable", "slow"],
)
def test_a_file_that_shows_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None, said: str
) -> None:
    """A file that cannot be shown is one line that says why, with the line of the file."""
    if content and "sleep" in content:
        monkeypatch.setenv("AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT", "0.5")
    path = tmp_path / "it.py"
    if content is not None:
        path.write_text(content)
    with pytest.raises(PreviewError, match=said) as caught:
        preview(path)
    assert "\n" not in str(caught.value)


def test_several_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files, archives and folders are shown together; a broken one hides no other, but fails."""
    monkeypatch.setenv("AIRFLOW_VAR_ZOOM_PREVIEW_TEAM", "Sales")
    folder = tmp_path / "dags"
    folder.mkdir()
    (folder / "reads.py").write_text(
        "from airflow.models import Variable\n"
        "from airflow.providers.common.compat.sdk import DAG\n"
        "from airflow_provider_zoomchat.operators.zoom import ZoomChatMessageOperator\n"
        "with DAG('reads', schedule=None):\n"
        "    ZoomChatMessageOperator(task_id='a', message=Variable.get('zoom_preview_team'))\n"
    )
    archive = tmp_path / "dags.zip"
    with zipfile.ZipFile(archive, "w") as writing:
        writing.write(HERE / "native.py", "native.py")
    reads, native = preview(folder, archive)
    assert text(reads.shown[0]) == "Sales"
    assert native.title == "DAG native"
    assert not is_refused([reads])
    broken = folder / "broken.py"
    broken.write_text("# a DAG of Airflow\nraise RuntimeError('no warehouse')")
    groups = preview(folder)
    assert [group.title for group in groups] == ["DAG reads", str(broken)]
    assert groups[1].missing == [f"{broken}, line 2: RuntimeError: no warehouse"]
    assert is_refused(groups)


def test_the_environment_is_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the preview sets in the environment is gone behind it."""
    monkeypatch.setenv("AIRFLOW_CONN_ZOOM_DEFAULT", '{"conn_type": "zoom", "login": "real"}')
    before = dict(os.environ)
    preview(HERE / "native.py")
    assert dict(os.environ) == before


def test_an_error_of_airflows_that_is_no_exception(tmp_path: Path) -> None:
    """A template that raises what is no `Exception` is one refusal, and the others are shown."""
    path = tmp_path / "it.py"
    path.write_text(
        """
from airflow.providers.common.compat.sdk import DAG, AirflowTaskTimeout
from airflow_provider_zoomchat.notifications.zoom import ZoomChatNotifier
from airflow_provider_zoomchat.operators.zoom import ZoomChatMessageOperator

def stop():
    raise AirflowTaskTimeout("x")

class Odd(ZoomChatNotifier):
    def forms(self, *arguments):
        stop()

with DAG("d", schedule=None, user_defined_macros={"stop": stop}, on_failure_callback=Odd()):
    ZoomChatMessageOperator(task_id="one", message="{{ stop() }}")
    ZoomChatMessageOperator(task_id="two", message="Hi")
"""
    )
    (group,) = preview(path)
    assert "AirflowTaskTimeout: x" in named(group, "task one").refusals[0]
    assert not named(group, "task two").refusals
    assert named(group, "alert dag_failed").refusals == ["AirflowTaskTimeout: x"]
