from __future__ import annotations

import pytest

from airflow_provider_zoomchat.zoom.errors import (
    ConfigError,
    CredentialsError,
    RateLimitError,
    RejectedError,
    ServerError,
    UnreachableError,
    ZoomChatError,
)
from airflow_provider_zoomchat.zoom.retry import Blocks, wait_before_retry


def limited(retry_after: float | None = None, daily: bool = False) -> RateLimitError:
    error = RateLimitError("", 429)
    error.retry_after, error.daily = retry_after, daily
    return error


def server_trouble(may_have_arrived: bool) -> ServerError:
    error = ServerError("", 503)
    error.may_have_arrived = may_have_arrived
    return error


@pytest.mark.parametrize(
    ("error", "wait"),
    [
        pytest.param(limited(), 1.5, id="429 without Retry-After: backoff with jitter"),
        pytest.param(limited(4.0), 4.5, id="429 with a short Retry-After"),
        pytest.param(limited(0.0), 0.5, id="429 with a Retry-After of now"),
        pytest.param(limited(90.0), None, id="429 with a Retry-After beyond the budget"),
        pytest.param(limited(5.0, daily=True), None, id="the day's quota is used up"),
        pytest.param(UnreachableError(""), 1.5, id="no connection was made"),
        pytest.param(UnreachableError("", True), None, id="a send that may have arrived"),
        pytest.param(server_trouble(True), None, id="a send that met a 503"),
        pytest.param(server_trouble(False), 1.5, id="an edit that met a 503"),
        pytest.param(CredentialsError("", 401), None, id="refused credentials"),
        pytest.param(RejectedError("", 400), None, id="a refusal"),
        pytest.param(ConfigError(""), None, id="wrong arguments"),
    ],
)
def test_first_retry(error: ZoomChatError, wait: float | None) -> None:
    """Only what is passing and surely not posted is tried again, after the wait Zoom asks for."""
    assert wait_before_retry(error, tries=1, remaining=60.0, jitter=0.5) == wait


def test_waits_grow() -> None:
    """Each wait is twice the one before, up to 8 s; the time that is left ends them, no number."""
    waits = [
        wait_before_retry(UnreachableError(""), tries=tries, remaining=60.0, jitter=0.0)
        for tries in (1, 2, 3, 4, 5, 2000)
    ]
    assert waits == [1.0, 2.0, 4.0, 8.0, 8.0, 8.0]


@pytest.mark.parametrize(
    ("error", "tries", "remaining", "wait"),
    [
        pytest.param(limited(), 4, 6.0, 5.0, id="it may end within the time, which is used"),
        pytest.param(limited(), 4, 1.5, None, id="too little time is left for a last call"),
        pytest.param(limited(7.0), 1, 6.0, None, id="Zoom says that it does not end in time"),
        pytest.param(UnreachableError(""), 4, 6.0, None, id="nobody says that this ends"),
    ],
)
def test_the_last_call(
    error: ZoomChatError, tries: int, remaining: float, wait: float | None
) -> None:
    """Where a limit may end at any moment, a last call is made at the end of the time."""
    assert wait_before_retry(error, tries=tries, remaining=remaining, jitter=0.0) == wait


@pytest.mark.parametrize("error", [UnreachableError("", True), server_trouble(True)])
def test_at_least_once(error: ZoomChatError) -> None:
    """Who prefers a second copy to none sends again what may have been posted."""
    wait = wait_before_retry(error, tries=1, remaining=9.0, jitter=0.5, at_least_once=True)
    assert wait == 1.5


def test_a_limit_that_zoom_names_is_kept() -> None:
    """Until it ends nobody calls; then one call finds out, while the others wait for it."""
    blocks = Blocks()
    assert blocks.wait(["ops"], now=0.0, deadline=60.0)[0] == 0
    blocks.met("ops", limited(30.0), now=0.0)
    assert blocks.wait(["ops"], now=5.0, deadline=15.0)[0] == 25.0
    assert blocks.wait(["other"], now=5.0, deadline=15.0)[0] == 0
    assert blocks.wait(["ops"], now=30.0, deadline=40.0)[0] == 0
    assert blocks.wait(["ops"], now=30.1, deadline=40.0)[0] == pytest.approx(0.9)
    blocks.passed("ops")
    assert blocks.wait(["ops"], now=30.2, deadline=40.0)[0] == 0


def test_two_limits() -> None:
    """While one of them holds, a call that waits for it takes nobody's turn at the other."""
    blocks = Blocks()
    blocks.met("app", limited(10.0), now=0.0)
    blocks.met("ops", limited(30.0), now=0.0)
    assert blocks.wait(["app", "ops"], now=12.0, deadline=60.0)[0] == 18.0
    assert blocks.wait(["app"], now=12.0, deadline=60.0)[0] == 0
    assert blocks.wait(["app"], now=12.1, deadline=60.0)[0] == pytest.approx(0.9)


def test_a_limit_without_a_time() -> None:
    """It is tried at growing intervals, and by each caller at the end of its own time."""
    blocks = Blocks()
    assert [blocks.met("ops", limited(), now=0.0) for _ in range(4)] == [1, 2, 3, 4]
    assert blocks.wait(["ops"], now=0.0, deadline=60.0)[0] == 8.0
    assert blocks.wait(["ops"], now=0.0, deadline=5.0)[0] == 4.0
    assert blocks.wait(["ops"], now=4.0, deadline=5.0)[0] == 0
    assert blocks.wait(["ops"], now=4.0, deadline=5.0)[0] == 1.0  # which is too late for another


def test_a_limit_is_forgotten() -> None:
    """What was long ago says nothing, however long Zoom asked to wait; and few are kept."""
    blocks = Blocks(most=2)
    blocks.met("ops", limited(90_000.0, daily=True), now=0.0)
    assert blocks.wait(["ops"], now=0.0, deadline=10.0)[0] == 300.0
    assert blocks.met("ops", limited(), now=1000.0) == 1
    for place in ("one", "two"):
        blocks.met(place, limited(30.0), now=1000.0)
    assert blocks.wait(["ops"], now=1000.0, deadline=1010.0)[0] == 0


def test_a_wait_beyond_the_budget_is_not_begun() -> None:
    """What cannot end in time fails at once instead of after the wait."""
    assert wait_before_retry(UnreachableError(""), tries=4, remaining=7.9, jitter=0.0) is None
