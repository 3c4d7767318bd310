"""How long callbacks wait for Airflow's answers."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest

from airflow_provider_zoomchat.hooks.variables import StateError, StateTimeoutError
from airflow_provider_zoomchat.notifications.groups.timeouts import (
    LONGEST_WAIT,
    Patience,
    WaitBudget,
    settle,
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


@pytest.fixture
def patience(clock: Clock) -> Patience:
    return Patience(lambda: clock.now)


@pytest.mark.parametrize(
    ("seconds", "in_dag_processor", "answered"),
    [
        (0.1, False, 100),  # none of them is slow
        (2.0, False, 6),
        (4.9, False, 3),
        (0.1, True, 100),
        (2.0, True, 4),  # the first one starts an API server, and does not count
    ],
)
def test_slow_answers(
    clock: Clock, patience: Patience, seconds: float, in_dag_processor: bool, answered: int
) -> None:
    """Slow answers are waited for until they have used up what a process has for them."""
    for _ in range(answered):
        patience.ask(clock.takes(seconds), in_dag_processor=in_dag_processor)
    if answered < 100:
        with pytest.raises(StateError, match="earlier questions had no answer in time"):
            patience.ask(clock.takes(seconds), in_dag_processor=in_dag_processor)
    assert clock.asked == answered


@pytest.mark.parametrize("in_dag_processor", [False, True])
def test_what_others_rely_on(clock: Clock, patience: Patience, in_dag_processor: bool) -> None:
    """After many slow answers a claim is still fulfilled or taken back, and nothing is read."""
    asked = {"in_dag_processor": in_dag_processor}
    patience.ask(clock.takes(0.1), **asked)
    patience.ask(clock.takes(30.0), **asked)
    with pytest.raises(StateError):
        patience.ask(clock.takes(0.1), **asked)
    patience.ask(clock.takes(0.1), is_write=True, **asked)
    assert clock.asked == 3


@pytest.mark.parametrize(("in_dag_processor", "asked"), [(False, 1), (True, 0)])
def test_airflow_that_hangs(
    clock: Clock, patience: Patience, in_dag_processor: bool, asked: int
) -> None:
    """In the DAG processor, whose other callbacks wait meanwhile, Airflow may hang once."""
    with pytest.raises(StateTimeoutError):
        patience.ask(hangs, in_dag_processor=in_dag_processor)
    with suppress(StateTimeoutError):
        patience.ask(clock.takes(0.1), in_dag_processor=in_dag_processor, is_write=True)
    assert clock.asked == asked


def test_waits_of_several_notifiers() -> None:
    """All notifiers of one task together wait no longer than its process may."""
    waits = WaitBudget()
    assert [waits.take("t", 5.0) for _ in range(4)] == [5.0, LONGEST_WAIT - 5.0, 0.0, 0.0]


@pytest.mark.parametrize(("write", "wait"), [(0.0, 0.4), (0.1, 0.4), (0.5, 1.5), (9.0, 4.0)])
def test_how_long_a_claim_settles(write: float, wait: float) -> None:
    """Others that write at the same moment are waited for, longer where writing is slow."""
    assert settle(write) == pytest.approx(wait)
