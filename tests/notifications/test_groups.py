from __future__ import annotations

import copy
import json
import logging
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_zoomchat.hooks.variables import StateError, StateTimeoutError
from airflow_provider_zoomchat.notifications.alerts import FilledAlert
from airflow_provider_zoomchat.notifications.event import LOST, Event
from airflow_provider_zoomchat.notifications.groups.flood import Channel
from airflow_provider_zoomchat.notifications.groups.group import Failure, Group, Pairs, group_key
from airflow_provider_zoomchat.notifications.groups.message import GroupedAlert
from airflow_provider_zoomchat.notifications.groups.state import (
    AirflowState,
    Records,
    Shared,
    decode,
    encode,
)
from airflow_provider_zoomchat.notifications.groups.timeouts import WaitBudget
from airflow_provider_zoomchat.zoom.errors import (
    RateLimitError,
    RejectedError,
    UnreachableError,
    ZoomChatError,
)

KEY = "zoomchat_group_sales_0123456789abcdef"
CHANNEL = "zoomchat_channel_0123456789abcdef"
START = 1_774_000_000.0


class Airflow:
    """Airflow's Variables and XComs as the processes of a run see them, and its clock.

    :param trouble: called before each call; what it raises, the call raises.
    """

    def __init__(self) -> None:
        self.variables: dict[str, str] = {}
        self.xcoms: dict[tuple[object, ...], dict[str, Any]] = {}
        self.clock = START
        self.slept: list[float] = []
        self.failed_tasks: list[str] = []
        self.good_tasks: list[str] = []
        self.reads_all = True
        self.slow = False
        self.trouble: Callable[[str], None] = lambda call: None
        #: What another process does while this one sleeps.
        self.meanwhile: Callable[[], None] = lambda: None

    def sleep(self, seconds: float) -> None:
        """Let time pass, and another process do something."""
        self.clock += seconds
        self.slept.append(round(seconds, 1))
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()

    def read(self, key: str, *, is_needed: bool = False) -> dict[str, Any] | None:
        """Read a Variable."""
        self.trouble("read")
        return decode(self.variables.get(key))

    def write(self, key: str, value: Mapping[str, Any]) -> None:
        """Write a Variable."""
        self.trouble("write")
        self.variables[key] = encode(value)

    def delete(self, key: str) -> None:
        """Remove a Variable."""
        self.trouble("delete")
        self.variables.pop(key, None)

    def record(self, key: str, value: Mapping[str, Any]) -> None:
        """Write the XCom of a task."""
        self.trouble("record")
        self.xcoms[key, value["task_id"], value["index"]] = json.loads(json.dumps(value))

    def records(self, key: str) -> Records:
        """Read the XComs of the run, and the states of its tasks."""
        self.trouble("records")
        found = [value for name, value in self.xcoms.items() if name[0] == key]
        return Records(found, self.reads_all, 160, self.failed_tasks, self.good_tasks)

    def is_slow(self) -> bool:
        """Say whether answers take long."""
        return self.slow


class Zoom:
    """The chat: its messages, with what each shows now, and the replies."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.replies: list[str] = []
        self.edits = 0
        self.refuses: ZoomChatError | None = None
        self.reactions: list[str] = []
        self.refuses_reactions: ZoomChatError | None = None
        self.refuses_replies: ZoomChatError | None = None
        self.refuses_posts: Exception | None = None
        self.takes_long: Callable[[], None] = lambda: None

    def post(self, alert: FilledAlert | None) -> dict[str, Any]:
        """Post a message."""
        if self.refuses_posts:
            self.takes_long()
            raise self.refuses_posts
        self.messages.append(text(alert) if alert else "as it is")
        return {"message_id": str(len(self.messages) - 1)}

    def edit(self, message: Mapping[str, Any], alert: FilledAlert) -> None:
        """Edit a message."""
        if self.refuses:
            self.takes_long()
            raise self.refuses
        self.edits += 1
        self.messages[int(message["message_id"])] = text(alert)

    def reply(self, message: Mapping[str, Any], text: str, mentions: Sequence[str] = ()) -> None:
        """Reply in a thread."""
        if self.refuses_replies:
            raise self.refuses_replies
        self.replies.append(" ".join([text, *mentions]))

    def mark_recovered(self, message: Mapping[str, Any]) -> None:
        """React to a message."""
        if self.refuses_reactions:
            raise self.refuses_reactions
        self.reactions.append(message["message_id"])


def text(post: FilledAlert) -> str:
    fields = " ".join(f"{label}: {words}" for label, words in post.fields)
    links = " ".join(f"{words}: {url}" for words, url in post.links)
    return f"{post.head}\n{post.quote}\n{fields}\n{links}"


class Run:
    """A run of a DAG whose tasks fail and end."""

    def __init__(self) -> None:
        self.airflow = Airflow()
        self.zoom = Zoom()
        self.waits = WaitBudget()
        self.base = Group(
            KEY,
            Event("task_failed", dag_id="sales", run_id="r1"),
            FilledAlert("As it is", "#D92D20"),
        )

    def _alert(self, group: Group, clock: Callable[[], float] | None = None) -> GroupedAlert:
        shared = Shared(
            self.airflow,
            group.event,
            can_wait=group.can_wait,
            now=clock or (lambda: self.airflow.clock),
            sleep=self.airflow.sleep,
            waits=self.waits,
        )
        return GroupedAlert(group, shared, self.zoom, Channel(CHANNEL, shared))

    def fails(
        self,
        index: int,
        cause: str = "ValueError: no column",
        *,
        clock: Callable[[], float] | None = None,
        retry: bool = False,
        mentions: tuple[str, ...] = (),
        fields: Pairs = (),
        links: Pairs = (),
        **changes: Any,
    ) -> None:
        """Let a task fail."""
        failure = Failure(
            "load", index, cause=cause, retry=retry, mentions=mentions, fields=fields, links=links
        )
        self.waits = WaitBudget()  # each task is a process of its own
        self._alert(replace(self.base, failure=failure, **changes), clock).task_failed()

    def ends(self, name: str = "dag_failed", **changes: Any) -> bool:
        """Call the DAG's callback."""
        own_text = changes.pop("own_text", self.base.own_text)
        event = replace(self.base.event, name=name, **changes)
        alert = self._alert(
            replace(self.base, event=event, in_dag_processor=True, own_text=own_text)
        )
        if name == "dag_succeeded":
            self.airflow.xcoms.clear()  # the tasks were cleared, and ran again
            return alert.dag_succeeded()
        alert.dag_failed()
        return True


@pytest.fixture
def run() -> Run:
    return Run()


def test_one_failure(run: Run) -> None:
    """A single failure is posted as it is, and costs no more than the settling of the claim."""
    run.fails(0)
    assert run.zoom.messages == ["as it is"]
    assert run.zoom.replies == []
    assert run.airflow.slept == [0.4]


def test_without_an_interval_nobody_waits(run: Run) -> None:
    """Where tasks fail one after the other in one process, nothing is waited for."""
    for index in range(3):
        run.fails(index, interval=0.0)
    assert run.airflow.slept == []
    assert run.zoom.messages[0].startswith("❌ sales: 3 of 160 tasks failed\n")


def test_a_message_grows(run: Run) -> None:
    """A later failure edits the message and is told of in its thread."""
    run.fails(0)
    run.airflow.clock += 60
    run.fails(1)
    assert len(run.zoom.messages) == 1
    assert "2 of 160 tasks failed" in run.zoom.messages[0]
    assert "load [0], [1]" in run.zoom.messages[0]
    assert run.zoom.replies == ["1 more task failed: load [1]\nValueError: no column"]


def test_the_interval(run: Run) -> None:
    """A failure within the interval waits for its end; others leave it to that process."""
    run.fails(0)
    run.airflow.clock += 1
    run.airflow.meanwhile = lambda: run.fails(2)
    run.fails(1)
    assert sum(run.airflow.slept) <= 5.0
    assert run.zoom.edits == 1
    assert "3 of 160 tasks failed" in run.zoom.messages[0]


def test_who_waits(run: Run) -> None:
    """Also where the DAG has a callback of its own one process waits: the run may take hours."""
    run.fails(0, dag_has_notifier=True)
    run.airflow.clock += 1
    run.airflow.meanwhile = lambda: run.fails(2, dag_has_notifier=True)
    run.fails(1, dag_has_notifier=True)
    assert run.zoom.edits == 1
    assert "3 of 160 tasks failed" in run.zoom.messages[0]


def test_who_waits_in_the_dag_processor(run: Run) -> None:
    """There nobody waits, and the DAG's own callback shows what is left."""
    given: Any = {"dag_has_notifier": True, "in_dag_processor": True}
    run.fails(0, **given)
    slept = len(run.airflow.slept)
    for index in (1, 2, 3):
        run.fails(index, **given)
    assert len(run.airflow.slept) == slept
    run.ends()
    assert run.zoom.messages[0].startswith("❌ sales failed: 4 of 160 tasks\n")
    assert run.zoom.replies[-1].startswith("3 more tasks failed: load [1], [2], [3]")


def test_failures_at_one_moment(run: Run) -> None:
    """Of two processes that claim to post at once, one posts for both."""
    run.airflow.meanwhile = lambda: run.fails(1)
    run.fails(0)
    assert len(run.zoom.messages) == 1
    assert "2 of 160 tasks failed" in run.zoom.messages[0]


def test_a_claim_that_nobody_fulfils(run: Run) -> None:
    """Where a process was killed between claim and post, the next failure posts for it."""
    run.airflow.meanwhile = lambda: (_ for _ in ()).throw(KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        run.fails(0)
    run.fails(1)
    assert run.zoom.messages == []
    run.airflow.clock += 30
    run.fails(2)
    assert "3 of 160 tasks failed" in run.zoom.messages[0]


def test_a_waiting_process_is_killed(run: Run) -> None:
    """Where the process that waits is killed, a later failure edits for it."""
    run.fails(0)

    def killed() -> None:
        raise KeyboardInterrupt

    def claims() -> None:
        run.airflow.meanwhile = killed

    run.airflow.meanwhile = claims
    with pytest.raises(KeyboardInterrupt):
        run.fails(1)
    run.airflow.clock += 30
    run.fails(2)
    assert "3 of 160 tasks failed" in run.zoom.messages[0]


def _writes(run: Run, editor: str, due: float) -> Callable[[], None]:
    """Return what another process does that writes the status with an editor."""

    def write() -> None:
        status = run.airflow.read(KEY)
        assert status
        run.airflow.write(KEY, {**status, "editor": editor, "due": due})

    return write


def test_a_claim_to_edit_that_is_written_over(run: Run) -> None:
    """Who ends an edit may write over the claim to make the next one; it is made all the same."""
    run.fails(0)
    run.airflow.clock += 1
    run.airflow.meanwhile = _writes(run, "", 0.0)
    run.fails(1)
    assert "2 of 160 tasks failed" in run.zoom.messages[0]


def test_an_edit_during_an_edit(run: Run) -> None:
    """Who ends an edit does not give back the claim of one that was due meanwhile."""
    run.fails(0)
    run.airflow.clock += 60
    calls: list[str] = []

    def another_edit(call: str) -> None:
        calls.append(call)
        if call == "records":
            _writes(run, "another", run.airflow.clock - 1)()

    run.airflow.trouble = another_edit
    run.fails(1)
    run.airflow.trouble = lambda call: None
    assert "records" in calls
    run.airflow.clock += 1
    run.fails(2)
    assert "3 of 160 tasks failed" in run.zoom.messages[0]


def test_records_that_cannot_be_read_for_an_edit(run: Run) -> None:
    """Where no callback of the DAG follows, a failure is shown with those that the status holds."""
    run.fails(0)
    run.airflow.clock += 60

    def unreadable(call: str) -> None:
        if call == "records":
            raise StateTimeoutError("no answer within 5 s")

    run.airflow.trouble = unreadable
    run.fails(1)
    assert "❌ sales: 2 tasks failed\n" in run.zoom.messages[0]


def test_tasks_that_were_killed(run: Run) -> None:
    """What was killed and never called back is in the next message, with all others of its kind."""
    run.airflow.failed_tasks = ["load [7]", "load [8]", "cleanup"]
    run.fails(0, watched=frozenset({"load"}))
    assert run.zoom.messages[0].splitlines()[:5] == [
        "❌ sales: 3 of 160 tasks failed",
        "no word from the task: its process was killed, or its worker was lost",
        "    load [7], [8]",
        "ValueError: no column",
        "    load [0]",
    ]


def test_callbacks_of_lost_tasks(run: Run) -> None:
    """In the DAG processor one edit shows all tasks that were lost at once, and no one waits."""
    run.airflow.failed_tasks = [f"load [{index}]" for index in range(40)]
    for index in range(40):
        run.fails(index, LOST, in_dag_processor=True, watched=frozenset({"load"}))
    assert "40 of 160 tasks failed" in run.zoom.messages[0]
    assert (len(run.zoom.messages), run.zoom.edits, run.airflow.slept) == (1, 0, [])


def test_lost_tasks_of_two_runs(run: Run) -> None:
    """In a message of all runs of a DAG, a run's lost tasks do not forget those of another."""
    run.base = replace(run.base, by="dag", in_dag_processor=True, interval=0.0)
    events = [replace(run.base.event, run_id=name) for name in ("r1", "r2", "r1")]
    for index, event in enumerate(events):
        run.base = replace(run.base, event=event)
        run.fails(index, LOST)
        run.airflow.clock += 60
    assert "2 of 160 tasks failed" in run.zoom.messages[0]
    assert "load [0], [2]" in run.zoom.messages[0]


@pytest.mark.parametrize("off", [-90.0, 90.0, 3600.0])
def test_clocks_that_are_off(run: Run, off: float) -> None:
    """A wrong clock may cost an edit or a second message, and loses no failure."""
    for index in range(4):
        shift = off if index % 2 else 0.0
        run.fails(index, clock=lambda shift=shift: run.airflow.clock + shift)  # type: ignore[misc]
        run.airflow.clock += 30
    assert "4 of 160 tasks failed" in run.zoom.messages[-1]
    assert len(run.zoom.messages) <= 2


def test_a_claim_by_a_clock_that_is_off(run: Run) -> None:
    """A claim that looks old has the time to become a message before another one is posted."""
    run.fails(0)
    status = run.airflow.variables[KEY]
    run.airflow.variables[KEY] = encode({"claim": "other", "claimed": START - 90})
    run.airflow.meanwhile = lambda: run.airflow.variables.update({KEY: status})
    run.fails(1)
    assert len(run.zoom.messages) == 1
    assert "2 of 160 tasks failed" in run.zoom.messages[0]


def test_causes(run: Run) -> None:
    """Failures are told by cause, the most frequent first; numbers make no other cause."""
    for index in range(9):
        cause = "OSError: no answer" if index in (2, 5) else f"ValueError: row {index * 37} is bad"
        run.fails(index, cause, interval=0.0)
    assert run.zoom.messages[0].splitlines()[1:5] == [
        "ValueError: row 0 is bad",
        "    load [0], [1], [3] and 4 more",
        "OSError: no answer",
        "    load [2], [5]",
    ]


def test_what_the_author_has_added(run: Run) -> None:
    """A group shows own fields and links that say the same of all its tasks, and the DAG's own."""
    run.fails(0, fields=(("Team", "Loads"), ("Step", "0")), links=(("Runbook", "https://a"),))
    run.fails(1, fields=(("Team", "Loads"), ("Step", "1")))
    assert run.zoom.messages[0].splitlines()[-2:] == [
        "Since: 2026-03-20 09:46:40 UTC Team: Loads",
        "Runbook: https://a",
    ]
    run.base = replace(
        run.base, alert=FilledAlert("", "#663399", (("Run", "r1"), ("Team", "Night")))
    )
    run.ends()
    assert run.zoom.messages[0].splitlines()[-2:] == [
        "Since: 2026-03-20 09:46:40 UTC Run: r1 Team: Night",
        "Runbook: https://a",
    ]


@pytest.mark.parametrize("pairs", [None, 5, "ab", ["ab"], [["a"]], [["a", 1]], {"a": "b"}, [[]]])
def test_garbage_in_place_of_what_was_added(run: Run, pairs: object) -> None:
    """Whatever a record holds in place of fields and links, its failure is shown."""
    run.fails(0)
    for record in run.airflow.xcoms.values():
        record |= {"fields": pairs, "links": pairs}
    run.fails(1)
    assert "2 of 160 tasks failed" in run.zoom.messages[0]


def test_replies_are_few(run: Run) -> None:
    """A group has at most five replies while it grows, however often it does."""
    for index in range(20):
        run.fails(index)
        run.airflow.clock += 60
    assert len(run.zoom.messages) == 1
    assert len(run.zoom.replies) == 5


def test_recovered(run: Run) -> None:
    """The message of a run that succeeds after all turns green; nothing is left of its group."""
    for index in range(3):
        run.fails(index, interval=0.0)
    run.ends()
    run.airflow.clock += 3 * 3600 + 600
    assert run.ends("dag_succeeded")
    head = "✅ sales recovered after 3 h 10 min (3 tasks had failed)"
    assert run.zoom.messages[0].startswith(head)
    assert run.zoom.replies[-1] == head
    assert list(run.airflow.variables) == [CHANNEL]


def test_a_recovered_run_has_a_reaction(run: Run) -> None:
    """The message that has turned green gets a reaction, wherever it is then."""
    run.fails(0)
    assert run.zoom.reactions == []
    run.ends("dag_succeeded")
    assert run.zoom.reactions == ["0"]
    run.fails(1)
    run.zoom.refuses = RejectedError("gone")
    run.ends("dag_succeeded")
    assert len(run.zoom.messages) == 3
    assert run.zoom.reactions == ["0", "2"]


def test_a_reaction_that_is_refused(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    """A refused reaction is one line in the log; the recovery is told of, and the group ends."""
    run.fails(0)
    run.zoom.refuses_reactions = RejectedError("Could not add the reaction.")
    assert run.ends("dag_succeeded")
    assert run.zoom.messages[0].startswith("✅ sales recovered")
    assert [record.getMessage() for record in caplog.records] == [
        "Could not add the reaction. The recovery is told without it."
    ]
    assert list(run.airflow.variables) == [CHANNEL]


def test_a_busy_channel(run: Run) -> None:
    """The eleventh run that fails within a minute posts no message, but is refused like a flood."""
    for number in range(10):
        run.base = replace(run.base, key=f"{KEY}{number}")
        run.fails(0)
    run.base = replace(run.base, key=f"{KEY}_late")
    with pytest.raises(RateLimitError, match="10 new alerts in a minute"):
        run.fails(0)
    assert len(run.zoom.messages) == 10
    run.airflow.clock += 61
    run.fails(0)
    assert len(run.zoom.messages) == 11


def test_a_thread_in_a_busy_channel(run: Run) -> None:
    """Nobody is told of further failures in a thread while the channel is full of messages."""
    for number in range(30):
        run.base = replace(run.base, key=f"{KEY}{number}")
        run.airflow.xcoms.clear()
        run.fails(0, interval=0.0)
        run.fails(1, interval=0.0)
        run.airflow.clock += 6
    assert len(run.zoom.messages) == 30
    assert 20 < len(run.zoom.replies) < 28


def test_groups_that_nobody_resolves(run: Run) -> None:
    """The Variables of runs that never recover are removed by a later alert of the channel."""
    for number in range(8):
        run.base = replace(run.base, key=f"{KEY}{number}")
        run.fails(0, LOST, in_dag_processor=True)
        run.airflow.clock += 60
    assert len(run.airflow.variables) == 1 + 2 * 8
    for number in (8, 9):
        run.airflow.clock += 8 * 24 * 3600
        run.base = replace(run.base, key=f"{KEY}{number}")
        run.fails(0)
    assert sorted(run.airflow.variables) == [CHANNEL, f"{KEY}9"]


@pytest.mark.parametrize("garbage", ["x", "[]", '{"groups": 3, "replies": {"a": []}}', "{}"])
def test_garbage_about_a_channel(run: Run, garbage: str) -> None:
    """What stands in the Variable of a channel prevents no alert."""
    run.airflow.variables[CHANNEL] = garbage
    run.fails(0)
    run.fails(1)
    assert (len(run.zoom.messages), len(run.zoom.replies)) == (1, 1)


def test_a_run_without_trouble(run: Run) -> None:
    """A run that succeeds and never failed has nothing to recover from."""
    assert not run.ends("dag_succeeded")
    assert run.zoom.messages == []


def test_two_good_ends_at_once(run: Run) -> None:
    """A group that is resolved twice is told of once."""
    run.fails(0)
    assert run.ends("dag_succeeded")
    assert not run.ends("dag_succeeded")


def test_a_good_end_with_failed_tasks(run: Run) -> None:
    """A run that ends well with its last tasks does not claim that all of them did."""
    run.fails(0)
    run.fails(1)
    assert run.ends("dag_succeeded", failed_tasks=("load [1]",))
    assert "although 1 task failed" in run.zoom.messages[0]


def test_failing_again_after_a_clear(run: Run) -> None:
    """What fails again after it was cleared is told of in the thread, and the message says so."""
    run.fails(0)
    run.ends()
    run.airflow.clock += 600
    run.airflow.xcoms.clear()
    run.fails(0, "OSError: disk full")
    assert len(run.zoom.messages) == 1
    assert "OSError: disk full" in run.zoom.messages[0]
    assert run.zoom.replies[-1].startswith("1 task failed: load [0]")


def test_failing_again_after_a_day(run: Run) -> None:
    """So it is where the end of the run was told by a message that was posted anew."""
    run.fails(0)
    run.airflow.clock += 25 * 3600
    run.ends()
    run.airflow.xcoms.clear()
    run.fails(0, "OSError: disk full")
    assert len(run.zoom.messages) == 2
    assert run.zoom.replies[-1].startswith("1 task failed: load [0]")


def test_a_retry_that_fails_for_good(run: Run) -> None:
    """The last try of a task that was to be tried again is told of."""
    run.fails(0, retry=True)
    run.airflow.clock += 60
    run.fails(0)
    assert run.zoom.messages[0].startswith("❌ sales: 1 of 160 tasks failed")
    assert len(run.zoom.replies) == 1


def test_the_end_of_a_run_without_failures(run: Run) -> None:
    """A run of which no task had an alert is told of as ever, and may recover."""
    run.ends()
    assert run.zoom.messages == ["as it is"]
    assert run.ends("dag_succeeded")
    assert run.zoom.messages[0].startswith("✅ sales recovered")


def test_silenced_tasks(run: Run) -> None:
    """A silenced failure is in no message of other tasks, and last in that of the DAG itself."""
    run.base = replace(run.base, watched=frozenset({"load", "check"}))
    for task_id, index in (("load", 0), ("check", -1)):
        failure = Failure(task_id, index, cause="no column")
        run._alert(replace(run.base, failure=failure, held_back=True)).kept.record()
        run.airflow.clock += 60
    run.airflow.failed_tasks = ["load [0]", "check"]
    run.fails(1, "no column")
    run.airflow.clock += 60
    run.fails(2, "no column")
    head, *named = run.zoom.messages[0].splitlines()[:3]
    assert (head, named) == ("❌ sales: 2 of 160 tasks failed", ["no column", "    load [1], [2]"])
    run.ends(failed_tasks=("check", "load [0]", "load [1]", "load [2]"))
    head, *named = run.zoom.messages[0].splitlines()[:3]
    assert head == "❌ sales failed: 4 of 160 tasks"
    assert named == ["no column", "    load [1], [2], [0] · check"]
    assert run.zoom.replies[1:] == ["2 more tasks failed: load [0] · check\nno column"]


def test_records_that_cannot_be_read_at_the_end(run: Run) -> None:
    """Where nobody knows what is recorded, no task is said to have been killed."""

    def no_records(call: str) -> None:
        if call == "records":
            raise StateError("the DAG processor cannot ask")

    run.base = replace(run.base, watched=frozenset({"load"}))
    run.fails(0)
    run.airflow.trouble = no_records
    run.ends(failed_tasks=("load [0]", "load [1]"))
    assert run.zoom.messages[0].startswith("❌ sales failed: 2 tasks\n")
    assert LOST not in run.zoom.messages[0]


def test_a_silenced_recovery(run: Run) -> None:
    """It turns the message green, tells nobody, and posts nothing where that cannot be edited."""
    run.fails(0)
    run.base = replace(run.base, held_back=True)
    assert run.ends("dag_succeeded")
    assert run.zoom.messages[0].startswith("✅ sales recovered")
    assert run.zoom.replies == []
    assert list(run.airflow.variables) == [CHANNEL]
    run.base = replace(run.base, held_back=False)
    run.fails(0)
    run.base = replace(run.base, held_back=True)
    run.zoom.refuses = RejectedError("Message does not exist.", 400)
    assert run.ends("dag_succeeded")
    assert run.zoom.messages[1:] == ["as it is"]


def test_a_silenced_recovery_of_the_authors_own_text(run: Run) -> None:
    """A text that is never edited has its reply, or it would say for ever that the run failed."""
    run.base = replace(run.base, own_text=True)
    run.fails(0)
    run.base = replace(run.base, held_back=True)
    assert run.ends("dag_succeeded")
    assert run.zoom.messages == ["as it is"]
    assert [reply[:17] for reply in run.zoom.replies] == ["✅ sales recovered"]


def test_tasks_without_a_record(run: Run) -> None:
    """A failed task whose callback never ran is named at the end."""
    run.fails(0)
    run.ends(failed_tasks=("load [0]", "check"), upstream_failed=12)
    assert "2 of 160 tasks" in run.zoom.messages[0]
    assert "check" in run.zoom.messages[0]
    assert "12 tasks could not start" in run.zoom.messages[0]


def test_killed_tasks(run: Run) -> None:
    """The DAG processor, which may write no XCom, shows each killed task, and waits for nothing."""
    for index in range(12):
        run.fails(index, "no word from the task", in_dag_processor=True)
    assert run.airflow.slept == []
    assert run.airflow.xcoms == {}
    assert "12 of 160 tasks failed" in run.zoom.messages[0]


OPEN = {
    "message": {"message_id": "0"},
    **dict.fromkeys(("since", "posted", "edited"), START),
    **dict.fromkeys(("most", "replies", "runs"), 1),
    **{name: [] for name in ("failures", "told", "called", "failed_runs")},
    "digest": "",
    "ended": False,
}


@pytest.mark.parametrize("name", [*OPEN, "editor", "due", "claim", "claimed", "run_after"])
@pytest.mark.parametrize(
    "value",
    [None, "x", [], {}, True, -1, math.nan, math.inf, 1e300, 10**400, [1], [[]], {"a": [{}]}],
    ids=repr,
)
def test_a_status_with_one_wrong_value(run: Run, name: str, value: object) -> None:
    """Whatever stands in a status, the alert arrives."""
    run.zoom.messages = ["as it was"]
    run.airflow.variables[KEY] = encode({**OPEN, name: value})
    run.airflow.clock += 3600
    run.fails(0)
    run.fails(1)
    run.ends()
    assert "2 of 160 tasks" in " ".join(run.zoom.messages)


def test_a_status_of_a_newer_version(run: Run) -> None:
    """What a newer version has written is left to it, and the alert is sent ungrouped."""
    newer = '{"version": 99, "message": {"message_id": "0"}}'
    run.airflow.variables[KEY] = newer
    with pytest.raises(StateError, match="version 99"):
        run.fails(0)
    assert run.airflow.variables[KEY] == newer


def test_who_is_mentioned(run: Run) -> None:
    """People whom only a later failure mentions are told in the thread, each once."""
    for index, name in enumerate(["ann", "bob", "ann", "bob"]):
        run.fails(index, mentions=(name,))
        run.airflow.clock += 60
    assert [reply.count("bob") for reply in run.zoom.replies] == [1, 0, 0]
    assert not any("ann" in reply for reply in run.zoom.replies)


def test_who_is_mentioned_at_one_moment(run: Run) -> None:
    """Of failures that share their first message, each one's people are mentioned."""
    run.airflow.meanwhile = lambda: run.fails(1, mentions=("ann", "bob"))
    run.fails(0, mentions=("ann",))
    run.fails(2, mentions=("bob",), interval=0.0)
    assert len(run.zoom.messages) == 1
    assert [reply.split()[-1] for reply in run.zoom.replies][:1] == ["bob"]
    assert "".join(run.zoom.replies).count("bob") == 1
    assert "ann" not in "".join(run.zoom.replies)


def test_a_group_that_is_over_meanwhile(run: Run) -> None:
    """A failure that waits does not turn a message red again that has recovered meanwhile."""
    run.base = replace(run.base, by="dag")
    run.fails(0)

    def later_run_is_good() -> None:
        run.ends("dag_succeeded")

    def claims() -> None:
        run.airflow.meanwhile = later_run_is_good

    run.airflow.meanwhile = claims
    run.fails(1)
    assert run.zoom.messages[0].startswith("✅ sales")
    assert list(run.airflow.variables) == [CHANNEL]


def test_a_message_that_is_posted_anew_meanwhile(run: Run) -> None:
    """A failure that waits edits the message that there is when it has waited."""
    run.fails(0)

    def another() -> None:
        status = decode(run.airflow.variables[KEY])
        assert status
        run.zoom.messages.append("posted anew")
        run.airflow.variables[KEY] = encode({**status, "message": {"message_id": "1"}})

    def claims() -> None:
        run.airflow.meanwhile = another

    run.airflow.meanwhile = claims
    run.fails(1)
    assert "2 of 160 tasks failed" in run.zoom.messages[1]


def test_replies_name_what_is_new(run: Run) -> None:
    """A reply names the tasks of which people were not told, whatever the clocks."""
    run.fails(0, clock=lambda: run.airflow.clock + 90)
    run.airflow.clock += 60
    run.fails(1)
    run.airflow.clock += 60
    run.fails(2)
    assert [reply.splitlines()[0] for reply in run.zoom.replies] == [
        "1 more task failed: load [1]",
        "1 more task failed: load [2]",
    ]


def test_a_reply_that_zoom_refuses(run: Run) -> None:
    """What a refused reply would have told is told in the next one."""
    run.fails(0)
    run.airflow.clock += 60
    run.zoom.refuses_replies = RejectedError("Could not post: HTTP 400.", 400)
    run.fails(1)
    run.airflow.clock += 60
    run.zoom.refuses_replies = None
    run.fails(2)
    assert run.zoom.replies[0].startswith("2 more tasks failed: load [1], [2]")


def test_the_end_of_a_run_with_a_text_of_the_authors_own(run: Run) -> None:
    """Where the author's text stays, the end of the run is a reply."""
    run.fails(0, own_text=True)
    run.ends(own_text=True)
    assert run.zoom.messages == ["as it is"]
    assert run.zoom.replies == ["❌ sales failed: 1 of 160 tasks"]


def test_a_post_that_fails(run: Run) -> None:
    """Where a message cannot be posted, the next failure posts it at once, for both."""
    run.zoom.refuses_posts = ValueError("a fault of ours")
    with pytest.raises(ValueError, match="a fault"):
        run.fails(0)
    run.zoom.refuses_posts = None
    run.fails(1)
    assert "2 of 160 tasks failed" in run.zoom.messages[0]


def test_a_lost_task_that_is_fine_again(run: Run) -> None:
    """A task that was killed, cleared and good does not count as failed any more."""
    run.fails(0, LOST, in_dag_processor=True)
    run.airflow.good_tasks = ["load [0]"]
    run.airflow.clock += 600
    assert run.ends("dag_succeeded")
    assert run.zoom.messages[0].startswith("✅ sales recovered after")


def test_zoom_that_hangs_in_the_dag_processor(run: Run) -> None:
    """There one callback waits for Zoom in vain, and all later ones are recorded and leave."""
    run.zoom.refuses_posts = UnreachableError("Could not post: no answer.")
    run.zoom.takes_long = lambda: run.airflow.sleep(10)
    with pytest.raises(UnreachableError):
        run.fails(0, LOST, in_dag_processor=True)
    hangs = run.waits
    run.zoom.refuses_posts = None
    failure = Failure("load", 1, cause=LOST)
    run.waits = hangs
    run._alert(replace(run.base, failure=failure, in_dag_processor=True)).task_failed()
    assert run.zoom.messages == []
    run.fails(2)
    assert "3 of 160 tasks failed" in run.zoom.messages[0]


def test_another_run_whose_failures_cannot_all_be_read(run: Run) -> None:
    """A message over runs counts the failures of the latest run, not those of the one before."""
    run.base = replace(run.base, by="dag")
    run.fails(0)
    run.airflow.clock += 60
    run.airflow.xcoms.clear()
    run.airflow.reads_all = False
    run.base = replace(run.base, event=replace(run.base.event, run_id="r2"))
    run.fails(1)
    assert "1 of 160 tasks failed" in run.zoom.messages[0]


def test_over_runs_for_a_day(run: Run) -> None:
    """The message is posted anew after a day, once, and knows since when and how often."""
    for number in range(26):
        event = Event("task_failed", dag_id="sales", run_id=f"r{number}")
        run.base = replace(run.base, event=event, by="dag")
        run.airflow.xcoms.clear()
        run.fails(0)
        run.fails(1)
        run.airflow.clock += 3600
    assert len(run.zoom.messages) == 2
    assert "In a row: 26th run that failed" in run.zoom.messages[1]
    run.airflow.clock += 25 * 3600
    run.ends()
    assert "In a row: 26th run that failed" in run.zoom.messages[2]


def test_runs_side_by_side(run: Run) -> None:
    """Each failed run counts once, and only a good one after the last of them ends the trouble."""

    def event(number: int) -> Event:
        day = datetime(2026, 3, number, tzinfo=timezone.utc)
        return Event("task_failed", dag_id="sales", run_id=f"r{number}", run_after=day)

    for number in (5, 3, 5, 3):
        run.base = replace(run.base, event=event(number), by="dag")
        run.fails(number)
        run.airflow.clock += 60
    assert "In a row: 2nd run that failed" in run.zoom.messages[0]
    run.base = replace(run.base, event=event(4))
    assert not run.ends("dag_succeeded")
    run.base = replace(run.base, event=event(6))
    assert run.ends("dag_succeeded")


def test_groups_of_two_channels(run: Run) -> None:
    """A message shows the failures of tasks that alert its channel, and no others."""
    run.fails(0)
    run.base = replace(run.base, key="zoomchat_group_sales_fedcba9876543210")
    run.fails(1)
    assert run.zoom.messages == ["as it is", "as it is"]


@pytest.mark.parametrize(
    "value",
    [
        "garbage",
        "[]",
        "null",
        '{"version": 1}',
        '{"version": 1, "message": "x", "since": "yesterday"}',
        "[" * 100_000,
        '{"version": 1, "claimed": NaN}',
        '{"version": 1, "claimed": 1%s}' % ("0" * 400),
        '{"version": 1, "message": {}, "since": 1e300}',
        "\x00",
    ],
)
def test_a_variable_of_garbage(run: Run, value: str) -> None:
    """What cannot be read under the group's name prevents no alert."""
    run.airflow.variables[KEY] = value
    run.fails(0)
    assert run.zoom.messages == ["as it is"]
    run.airflow.clock += 60
    run.fails(1)
    assert "2 of 160 tasks failed" in run.zoom.messages[0]


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists) | st.text())
def test_records_of_garbage(value: Any) -> None:
    """Whatever another task has stored under the key of records, the others are told of."""
    run = Run()
    run.airflow.xcoms["x", 0] = value
    run.fails(0)
    run.airflow.clock += 60
    run.fails(1)
    assert "2 of 160 tasks failed" in run.zoom.messages[0]


def test_a_message_that_was_deleted(run: Run) -> None:
    """Where somebody has deleted the message, a new one shows the group from then on."""
    run.fails(0)
    run.airflow.clock += 60
    run.zoom.refuses = RejectedError("Message does not exist.", 400)
    run.fails(1)
    assert len(run.zoom.messages) == 2
    run.zoom.refuses = None
    run.airflow.clock += 60
    run.fails(2)
    assert "3 of 160 tasks failed" in run.zoom.messages[1]


def test_a_channel_that_is_blocked(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    """What cannot be shown now is recorded and shown with the next failure; the log says so."""
    run.fails(0)
    run.airflow.clock += 60
    run.zoom.refuses = RateLimitError("Could not edit: HTTP 429.", 429)
    with caplog.at_level(logging.WARNING):
        run.fails(1, dag_has_notifier=True)
    assert "HTTP 429. What is recorded is shown with the group's next edit" in caplog.text
    run.zoom.refuses = None
    run.airflow.clock += 60
    run.fails(2)
    assert len(run.zoom.messages) == 1
    assert "3 of 160 tasks failed" in run.zoom.messages[0]


def test_a_last_edit_that_zoom_refuses(run: Run) -> None:
    """Where no callback of the DAG comes after it, the error is told, and not left to others."""
    run.fails(0)
    run.airflow.clock += 60
    run.zoom.refuses = RateLimitError("Could not edit: HTTP 429.", 429)
    with pytest.raises(RateLimitError):
        run.fails(1)


def test_a_limit_that_the_first_message_meets(run: Run) -> None:
    """The next tasks leave for a while: what is refused of a run is told once, with others."""
    run.zoom.refuses_posts = RateLimitError("Could not post: HTTP 429.", 429)
    with pytest.raises(RateLimitError):
        run.fails(0)
    run.zoom.refuses_posts = None
    run.fails(1)
    assert run.zoom.messages == []
    run.airflow.clock += 30
    run.fails(2)
    assert "3 of 160 tasks failed" in run.zoom.messages[0]


def test_a_claim_that_airflow_does_not_confirm(run: Run) -> None:
    """A claim whose answer did not come in time may be there, so it is fulfilled."""

    def late(call: str) -> None:
        if call == "write":
            run.airflow.trouble = lambda call: None
            run.airflow.variables[KEY] = encode({"claim": "late", "claimed": run.airflow.clock})
            raise StateTimeoutError("no answer within 5 s")

    run.airflow.trouble = late
    run.fails(0)
    assert run.zoom.messages == ["as it is"]


def test_records_of_which_there_was_no_time_to_read_all(run: Run) -> None:
    """The names of failed tasks are enough to count them; none of them is taken for killed."""
    run.fails(0)
    run.airflow.clock += 60
    run.airflow.xcoms.clear()
    run.airflow.reads_all = False
    run.airflow.failed_tasks = ["load [2]", "load [3]"]
    run.fails(1, watched=frozenset({"load"}))
    assert "4 of 160 tasks failed" in run.zoom.messages[0]
    assert LOST not in run.zoom.messages[0]
    assert "load [2], [3]" in run.zoom.messages[0]


def test_an_airflow_that_is_slow(run: Run) -> None:
    """Then the first failure goes out as it is, and others are shown by the look after that."""
    run.airflow.slow = True
    calls: list[str] = []
    run.airflow.trouble = calls.append
    run.airflow.meanwhile = lambda: run.fails(1)
    run.fails(0)
    assert "2 of 160 tasks failed" in run.zoom.messages[0]
    assert run.zoom.edits == 1
    assert calls.count("records") == 1


def another_run(run: Run) -> Run:
    """Return another run of the same DAG, which reads the XComs of its own tasks alone."""
    other = Run()
    other.airflow, other.zoom = copy.copy(run.airflow), run.zoom
    other.airflow.xcoms = {}
    other.base = replace(run.base, event=replace(run.base.event, run_id="r2"))
    return other


def test_two_runs_at_once(run: Run) -> None:
    """In a message of all runs, each run edits for itself: its process reads its own records."""
    run.base = replace(run.base, by="dag")
    run.fails(0)
    run.airflow.clock += 1
    other = another_run(run)
    run.airflow.meanwhile = lambda: other.fails(2)
    run.fails(1)
    assert run.zoom.edits == 2


def test_two_runs_that_fail_at_one_moment(run: Run) -> None:
    """In a message of all runs, who loses the claim to post to another run edits after it."""
    run.base = replace(run.base, by="dag")
    other = another_run(run)
    run.airflow.meanwhile = lambda: other.fails(2)
    run.fails(1)
    assert len(run.zoom.messages) == 1
    assert run.zoom.edits == 1


def test_a_recovery_that_only_the_message_tells(run: Run) -> None:
    """A silenced recovery that Zoom refuses leaves the group as it is, for the next good run."""
    run.fails(0)
    run.base = replace(run.base, held_back=True)
    run.zoom.refuses = RateLimitError("Could not edit: HTTP 429.", 429)
    assert run.ends("dag_succeeded")
    assert KEY in run.airflow.variables


def test_zoom_that_hangs_at_an_edit(run: Run) -> None:
    """In the DAG processor an edit without an answer is the last call to Zoom."""
    run.fails(0, LOST, in_dag_processor=True)
    run.airflow.clock += 60
    run.zoom.refuses = UnreachableError("Could not edit: no answer.")
    run.zoom.takes_long = lambda: run.airflow.sleep(10)
    run.fails(1, LOST, in_dag_processor=True, dag_has_notifier=True)
    assert run.waits.hanging == {run.base.conn_id}


@pytest.mark.parametrize(
    ("seconds", "conn_id"), [(0, ""), (10, "another")], ids=["at once", "another connection"]
)
def test_zoom_that_others_need_not_wait_for(run: Run, seconds: float, conn_id: str) -> None:
    """In the DAG processor a call that fails at once holds back nothing, nor does it elsewhere."""
    run.zoom.refuses_posts = UnreachableError("Could not post: connection refused.")
    run.zoom.takes_long = lambda: run.airflow.sleep(seconds)
    with pytest.raises(UnreachableError):
        run.fails(0, LOST, in_dag_processor=True)
    hangs = run.waits
    run.zoom.refuses_posts = None
    run.waits = hangs
    failure = Failure("load", 1, cause=LOST)
    changes: dict[str, Any] = {"failure": failure, "in_dag_processor": True, "conn_id": conn_id}
    run._alert(replace(run.base, **changes)).task_failed()
    assert len(run.zoom.messages) == 1


def test_the_day_of_a_message_that_was_posted_anew(run: Run) -> None:
    """A message that took the place of a deleted one is edited for a day from then on."""
    run.fails(0)
    run.airflow.clock += 20 * 3600
    run.zoom.refuses = RejectedError("Could not edit: it is gone.", 404)
    run.fails(1)
    run.zoom.refuses = None
    run.airflow.clock += 20 * 3600
    run.fails(2)
    assert len(run.zoom.messages) == 2
    assert "3 of 160 tasks failed" in run.zoom.messages[1]


def test_airflow_that_cannot_be_asked(run: Run) -> None:
    """Where a failure cannot be recorded, the group says so before anything is sent."""

    def broken(call: str) -> None:
        raise StateError("the secrets backend is down")

    run.airflow.trouble = broken
    with pytest.raises(StateError):
        run.fails(0)
    assert run.zoom.messages == []


def test_airflow_that_hangs(run: Run) -> None:
    """An Airflow that gives no answer is asked once, so that the alert is sent in time."""
    asked: list[str] = []

    def hangs(call: str) -> None:
        asked.append(call)
        raise StateTimeoutError("no answer within 3 s")

    run.airflow.trouble = hangs
    with pytest.raises(StateError):
        run.fails(0)
    assert asked == ["record"]


def test_records_that_cannot_be_read(run: Run) -> None:
    """Who has claimed to post does so, since others have left for it."""

    def unreadable(call: str) -> None:
        if call == "records":
            raise StateError("HTTP 500")

    run.airflow.trouble = unreadable
    run.fails(0)
    assert run.zoom.messages == ["as it is"]
    run.airflow.trouble = lambda call: None
    run.airflow.clock += 60
    run.fails(1)
    assert "2 of 160 tasks failed" in run.zoom.messages[0]


class TaskInstance:
    """A task of a run of two, of which one's record cannot be read."""

    dag_id, task_id, map_index, state = "sales", "load", -1, "failed"

    def get_task_states(self, **asked: Any) -> dict[str, dict[str, str]]:
        """Return the states of all tasks, as Airflow 3 does."""
        return {"r1": {"load": "failed", "check": "up_for_retry", "report": "success"}}

    def get_task_instances(self) -> list[SimpleNamespace]:
        """Return the same as a run of Airflow 2 does."""
        states = self.get_task_states()["r1"].items()
        return [SimpleNamespace(task_id=one, map_index=-1, state=state) for one, state in states]

    def xcom_pull(self, task_ids: list[str], **asked: Any) -> list[Any]:
        """Return records, of one task a call or of all."""
        if "check" in task_ids:
            raise ValueError("HTTP 500")
        return [{"task_id": one} for one in task_ids]


def test_one_record_that_cannot_be_read() -> None:
    """The others count, and so do the tasks that Airflow names."""
    ti = TaskInstance()
    event = Event("task_failed", dag_id="sales", run_id="r1", task_id="load")
    state = AirflowState({"ti": ti, "dag_run": ti}, event, in_dag_processor=False)
    records = state.records("zoomchat_failure_0123456789abcdef")
    assert list(records.found) in ([], [{"task_id": "load"}])  # Airflow 2 asks for all at once
    assert (records.is_complete, records.total) == (False, 3)
    assert (records.failed, records.ended_well) == (["load"], ["report"])


@pytest.mark.parametrize("seed", range(20))
def test_airflow_that_fails_now_and_then(run: Run, seed: int) -> None:
    """Of a store that fails one call in seven no failure is lost: shown, or sent ungrouped."""
    calls = iter(range(seed, 100_000))

    def now_and_then(call: str) -> None:
        if next(calls) % 7 == 0:
            raise StateError(call)

    run.airflow.trouble = now_and_then
    alone = 0
    for index in range(12):
        try:
            run.fails(index)
        except StateError:
            alone += 1
        run.airflow.clock += 30
    run.airflow.trouble = lambda call: None
    run.ends()
    shown = run.zoom.messages[-1]
    assert "12 of 160 tasks" in shown or alone


def test_after_a_day(run: Run) -> None:
    """A group that goes on is posted anew after the repeat interval."""
    run.fails(0)
    run.airflow.clock += 25 * 3600
    run.fails(1)
    assert len(run.zoom.messages) == 2
    assert "2 of 160 tasks failed" in run.zoom.messages[1]


def moment(hour: int) -> datetime:
    return datetime(2026, 3, 14, hour, tzinfo=timezone.utc)


def test_over_runs(run: Run) -> None:
    """Runs of a DAG that fail one after another share a message, until a later one is good."""
    for number in (1, 2, 3):
        event = replace(run.base.event, run_id=f"r{number}", run_after=moment(number))
        run.base = replace(run.base, event=event, by="dag")
        run.airflow.xcoms.clear()
        run.fails(0)
        run.airflow.clock += 3600
    assert len(run.zoom.messages) == 1
    assert "In a row: 3rd run that failed" in run.zoom.messages[0]
    assert not run.ends("dag_succeeded", run_id="r0", run_after=moment(0))
    assert run.ends("dag_succeeded", run_id="r4", run_after=moment(4))
    assert run.zoom.messages[0].startswith("✅ sales recovered after 3 h")


def test_a_text_of_the_authors_own(run: Run) -> None:
    """An author's text stays as it is; later failures and the good end are replies."""
    for index in range(3):
        run.fails(index, own_text=True, interval=0.0)
    assert run.zoom.messages == ["as it is"]
    assert [one.partition(":")[0] for one in run.zoom.replies] == ["1 more task failed"] * 2


KEYS = [
    ("sales", "r1"),
    ("sales", "r2"),
    ("a" * 250, "r1"),
    ("a/b c/ü 🔥", "r1"),
    ("a_b_c___", "r1"),
]


def test_names_of_variables() -> None:
    """Each group has a name of its own that Airflow takes: short, without slashes."""
    names = [
        group_key(Event("x", dag_id=dag, run_id=run), ["zoom_default", channel], by="run")
        for dag, run in KEYS
        for channel in ("a", "b")
    ]
    assert len(set(names)) == len(names)
    for name in names:
        assert name.startswith("zoomchat_group_")
        assert len(name) <= 200
        assert "/" not in name
        assert name.isascii()


def test_backfills_are_apart() -> None:
    """Backfills of a DAG are no part of the group over its other runs."""
    scheduled = Event("x", dag_id="sales", run_id="r1", run_type="scheduled")
    manual, backfill = (replace(scheduled, run_type=kind) for kind in ("manual", "backfill"))
    keys = [group_key(event, ["c"], by="dag") for event in (scheduled, manual, backfill)]
    assert keys[0] == keys[1] != keys[2]


def test_what_is_kept_can_be_read() -> None:
    """A status is read as it was written, and so much of one as is there."""
    assert decode(encode({"shown": 3, "text": "ü"})) == {"shown": 3, "text": "ü"}
    assert decode(None) is None
