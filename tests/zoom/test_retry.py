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
from airflow_provider_zoomchat.zoom.retry import MAX_TRIES, wait_before_retry


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
    """Each wait is twice the one before, up to the last try."""
    waits = [
        wait_before_retry(UnreachableError(""), tries=tries, remaining=60.0, jitter=0.0)
        for tries in range(1, MAX_TRIES + 1)
    ]
    assert waits == [1.0, 2.0, 4.0, 8.0, None]


def test_a_wait_beyond_the_budget_is_not_begun() -> None:
    """What cannot end in time fails at once instead of after the wait."""
    assert wait_before_retry(UnreachableError(""), tries=4, remaining=7.9, jitter=0.0) is None
