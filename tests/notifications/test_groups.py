from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_zoomchat.hooks.variables import StateError, StateTimeoutError
from airflow_provider_zoomchat.notifications.alert import Post
from airflow_provider_zoomchat.notifications.event import Event
from airflow_provider_zoomchat.notifications.failures import Failure
from airflow_provider_zoomchat.notifications.groups import (
    WEBHOOK_ALERTS,
    Group,
    GroupedAlert,
)
from airflow_provider_zoomchat.notifications.head import decode, encode, group_key
from airflow_provider_zoomchat.notifications.timeouts import LONGEST_WAIT, Waits
from airflow_provider_zoomchat.zoom.errors import RateLimitError, RejectedError, ZoomChatError

KEY = "zoomchat_group_sales_0123456789abcdef"
START = 1_774_000_000.0


class Airflow:
    """Airflow's Variables and XComs as the processes of a run see them, and its clock.

    :param trouble: called before each call; what it raises, the call raises.
    """

    def __init__(self) -> None:
        self.variables: dict[str, str] = {}
        self.xcoms: dict[tuple[object, object], dict[str, Any]] = {}
        self.clock = START
        self.slept: list[float] = []
        self.trouble: Callable[[str], None] = lambda call: None
        #: What another process does while this one sleeps.
        self.meanwhile: Callable[[], None] = lambda: None

    def sleep(self, seconds: float) -> None:
        """Let time pass, and another process do something."""
        self.clock += seconds
        self.slept.append(round(seconds, 1))
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()

    def head(self, key: str) -> dict[str, Any] | None:
        """Read a Variable."""
        self.trouble("head")
        return decode(self.variables.get(key))

    def write_head(self, key: str, head: Mapping[str, Any]) -> None:
        """Write a Variable."""
        self.trouble("write_head")
        self.variables[key] = encode(head)

    def delete(self, key: str) -> None:
        """Remove a Variable."""
        self.trouble("delete")
        self.variables.pop(key, None)

    def record(self, value: Mapping[str, Any]) -> None:
        """Write the XCom of a task."""
        self.trouble("record")
        self.xcoms[value["task_id"], value["index"]] = dict(value)

    def records(self) -> list[Any]:
        """Read the XComs of the run."""
        self.trouble("records")
        return list(self.xcoms.values())

    def total(self) -> int:
        """Count the tasks of the run."""
        return 160


class Zoom:
    """The chat: its messages, with what each shows now, and the replies."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.replies: list[str] = []
        self.edits = 0
        self.refuses: ZoomChatError | None = None

    def post(self, post: Post | None) -> dict[str, Any]:
        """Post a message."""
        self.messages.append(text(post) if post else "as it is")
        return {"message_id": str(len(self.messages) - 1)}

    def edit(self, message: Mapping[str, Any], post: Post) -> None:
        """Edit a message."""
        if self.refuses:
            raise self.refuses
        self.edits += 1
        self.messages[int(message["message_id"])] = text(post)

    def reply(self, message: Mapping[str, Any], text: str) -> None:
        """Reply in a thread."""
        self.replies.append(text)


def text(post: Post) -> str:
    fields = " ".join(f"{label}: {words}" for label, words in post.fields)
    return f"{post.head}\n{post.quote}\n{fields}"


class Run:
    """A run of a DAG whose tasks fail and end."""

    def __init__(self) -> None:
        self.airflow = Airflow()
        self.zoom = Zoom()
        self.waits = Waits()
        self.base = Group(KEY, Event("task_failed", dag_id="sales", run_id="r1"))

    def _alert(self, group: Group, clock: Callable[[], float] | None = None) -> GroupedAlert:
        return GroupedAlert(
            group,
            self.airflow,
            self.zoom,
            now=clock or (lambda: self.airflow.clock),
            sleep=self.airflow.sleep,
            waits=self.waits,
        )

    def fails(
        self,
        index: int,
        cause: str = "ValueError: no column",
        *,
        clock: Callable[[], float] | None = None,
        retry: bool = False,
        **changes: Any,
    ) -> None:
        """Let a task fail."""
        failure = Failure("load", index, cause=cause, retry=retry)
        self.waits = Waits()  # each task is a process of its own
        self._alert(replace(self.base, failure=failure, **changes), clock).task_failed()

    def ends(self, name: str = "dag_failed", **changes: Any) -> bool:
        """Call the DAG's callback."""
        event = replace(self.base.event, name=name, **changes)
        alert = self._alert(replace(self.base, event=event, may_wait=False))
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
    """Nobody waits where the DAG has a callback of its own, which shows what is left."""
    run.fails(0, dag_has_notifier=True)
    slept = len(run.airflow.slept)
    for index in (1, 2, 3):
        run.fails(index, dag_has_notifier=True)
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


@pytest.mark.parametrize("off", [-90.0, 90.0, 3600.0])
def test_clocks_that_are_off(run: Run, off: float) -> None:
    """A wrong clock may cost an edit or a second message, and loses no failure."""
    for index in range(4):
        shift = off if index % 2 else 0.0
        run.fails(index, clock=lambda shift=shift: run.airflow.clock + shift)  # type: ignore[misc]
        run.airflow.clock += 30
    assert "4 of 160 tasks failed" in run.zoom.messages[-1]
    assert len(run.zoom.messages) <= 2


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
    assert run.airflow.variables == {}


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
        run.fails(index, "no word from the task", may_wait=False)
    assert run.airflow.slept == []
    assert run.airflow.xcoms == {}
    assert "12 of 160 tasks failed" in run.zoom.messages[0]


@pytest.mark.parametrize(
    "value",
    [
        "garbage",
        "[]",
        "null",
        '{"version": 1}',
        '{"version": 1, "message": "x", "since": "yesterday"}',
        '{"version": 99, "message": {"message_id": "0"}}',
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
        run.fails(1)
    assert "HTTP 429. The failure is recorded, and shown with the group's next" in caplog.text
    run.zoom.refuses = None
    run.airflow.clock += 60
    run.fails(2)
    assert len(run.zoom.messages) == 1
    assert "3 of 160 tasks failed" in run.zoom.messages[0]


def test_airflow_that_cannot_be_asked(run: Run) -> None:
    """Where a failure cannot be recorded, the group says so before anything is sent."""

    def broken(call: str) -> None:
        raise StateError("the secrets backend is down")

    run.airflow.trouble = broken
    with pytest.raises(StateError):
        run.fails(0)
    assert run.zoom.messages == []


def test_airflow_that_hangs(run: Run) -> None:
    """An Airflow that gives no answer is asked once, so that the alert goes alone in time."""
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


@pytest.mark.parametrize("seed", range(20))
def test_airflow_that_fails_now_and_then(run: Run, seed: int) -> None:
    """Of a store that fails one call in seven no failure is lost: it is shown, or goes alone."""
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


def test_waits_of_several_notifiers(run: Run) -> None:
    """All notifiers of one task together wait no longer than its process may."""
    waits = Waits()
    assert [waits.take("t", 5.0) for _ in range(4)] == [5.0, LONGEST_WAIT - 5.0, 0.0, 0.0]


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


@pytest.mark.parametrize(("dag_has_notifier", "alone"), [(True, WEBHOOK_ALERTS), (False, 9)])
def test_a_webhook(run: Run, dag_has_notifier: bool, alone: int) -> None:
    """Through a webhook the first few go out; the others in a sum, if there is one."""
    sent = 0
    for index in range(9):
        group = replace(run.base, failure=Failure("load", index), dag_has_notifier=dag_has_notifier)
        sent += run._alert(group).webhook()
        run.airflow.clock += 1
    assert sent == alone
    post = run._alert(replace(run.base, event=Event("dag_failed", dag_id="sales"))).webhook_sum()
    assert post is not None
    assert post.head == "❌ sales failed: 9 of 160 tasks"


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
    """A head is read as it was written, and so much of one as is there."""
    assert decode(encode({"shown": 3, "text": "ü"})) == {"shown": 3, "text": "ü"}
    assert decode(None) is None
