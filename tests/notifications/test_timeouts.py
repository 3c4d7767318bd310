"""How long callbacks wait for Airflow's answers."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest

from airflow_provider_zoomchat.hooks.variables import StateError, StateTimeoutError
from airflow_provider_zoomchat.notifications.event import Event
from airflow_provider_zoomchat.notifications.groups.state import AirflowState
from airflow_provider_zoomchat.notifications.groups.timeouts import (
    MAX_WAIT,
    DagProcessorPatience,
    Patience,
    TaskPatience,
    WaitBudget,
    settling_time,
)
from airflow_provider_zoomchat.zoom.errors import UnreachableError


class Clock:
    """A clock on which each answer of Airflow's takes some seconds."""

    def __init__(self) -> None:
        self.now = 100.0
        self.asked = 0

    def takes(self, seconds: float) -> Callable[[], None]:
        """Return a question whose answer takes so long."""

        def question() -> None:
            self.asked += 1
            self.now += seconds

        return question


def hangs() -> None:
    """Give no answer in time."""
    raise UnreachableError("no answer")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=[TaskPatience, DagProcessorPatience])
def patience(request: pytest.FixtureRequest, clock: Clock) -> Patience:
    made: Patience = request.param(lambda: clock.now)
    return made


@pytest.mark.parametrize(
    ("kind", "seconds", "answered"),
    [
        (TaskPatience, 0.25, 60),  # a task has 15 s for its questions
        (TaskPatience, 2.0, 8),
        (TaskPatience, 4.5, 4),
        (DagProcessorPatience, 0.25, 100),  # none of them is slow
        (DagProcessorPatience, 2.0, 4),  # the first one starts an API server, and does not count
    ],
)
def test_slow_answers(
    clock: Clock, kind: Callable[..., Patience], seconds: float, answered: int
) -> None:
    """Answers are waited for until they have used up what a process has for them."""
    patience = kind(lambda: clock.now)
    for _ in range(answered):
        patience.ask(clock.takes(seconds))
    if answered < 100:
        with pytest.raises(StateError, match=r"no answer in time|no time left"):
            patience.ask(clock.takes(seconds))
    assert clock.asked == answered


def test_what_others_rely_on(clock: Clock, patience: Patience) -> None:
    """After many slow answers a claim is still fulfilled or taken back, and nothing else asked."""
    patience.ask(clock.takes(0.1))
    patience.ask(clock.takes(16.0))
    with pytest.raises(StateError):
        patience.ask(clock.takes(0.1))
    patience.ask(clock.takes(0.1), is_needed=True)
    assert clock.asked == 3


def test_a_task_that_is_about_to_be_ended(clock: Clock) -> None:
    """A task's process, which is ended 20 s after the task, asks for nothing more before that."""
    patience = TaskPatience(lambda: clock.now)
    clock.now += 19.5
    with pytest.raises(StateError, match="no time left"):
        patience.ask(clock.takes(0.1), is_needed=True)


def test_when_only_what_must_be_done_is_done(clock: Clock, patience: Patience) -> None:
    """Some slow answers are enough to leave out what nobody relies on."""
    patience.ask(clock.takes(0.1))
    assert not patience.is_slow
    for _ in range(4):
        patience.ask(clock.takes(0.9), is_needed=True)
    assert patience.is_slow


@pytest.mark.parametrize(
    ("kind", "needed", "asked"),
    [
        (TaskPatience, False, 1),
        (TaskPatience, True, 1),
        (DagProcessorPatience, False, 0),
        (DagProcessorPatience, True, 1),
    ],
)
def test_airflow_that_hangs(
    clock: Clock, kind: Callable[..., Patience], needed: bool, asked: int
) -> None:
    """In the DAG processor, whose other callbacks wait meanwhile, Airflow may hang once."""
    patience = kind(lambda: clock.now)
    with pytest.raises(StateTimeoutError):
        patience.ask(hangs)
    with suppress(StateTimeoutError):
        patience.ask(clock.takes(0.1), is_needed=needed)
    assert clock.asked == asked


def test_airflow_that_hangs_twice(clock: Clock) -> None:
    """In the DAG processor even what others rely on is not asked after a second hang."""
    patience = DagProcessorPatience(lambda: clock.now)
    for _ in range(2):
        with pytest.raises(StateTimeoutError):
            patience.ask(hangs, is_needed=True)
    with pytest.raises(StateTimeoutError):
        patience.ask(clock.takes(0.1), is_needed=True)
    assert clock.asked == 0


def test_each_callback_has_its_own() -> None:
    """The tasks that `dag.test()` runs in one process do not use up each other's time."""
    one = Event("task_failed", dag_id="d", run_id="r", task_id="a")

    def patience(event: Event, *, in_dag_processor: bool = False) -> Patience:
        return AirflowState({}, event, in_dag_processor=in_dag_processor).patience

    first = patience(one)
    assert patience(one) is first
    for other in (replace(one, task_id="b"), replace(one, name="task_retry")):
        assert patience(other) is not first
    processor = patience(one, in_dag_processor=True)
    assert patience(replace(one, task_id="b"), in_dag_processor=True) is processor


def test_waits_of_several_notifiers() -> None:
    """All notifiers of one task together wait no longer than its process may."""
    waits = WaitBudget()
    assert [waits.take("t", 5.0) for _ in range(4)] == [5.0, MAX_WAIT - 5.0, 0.0, 0.0]


@pytest.mark.parametrize(("write", "wait"), [(0.0, 0.4), (0.1, 0.4), (0.5, 1.5), (9.0, 3.0)])
def test_how_long_a_claim_settles(write: float, wait: float) -> None:
    """Others that write at the same moment are waited for, longer where writing is slow."""
    assert settling_time(write) == pytest.approx(wait)
