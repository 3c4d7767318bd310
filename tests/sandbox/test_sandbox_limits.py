from __future__ import annotations

import pytest

from airflow_provider_zoomchat.sandbox import Sandbox
from airflow_provider_zoomchat.sandbox.faults import RateLimits
from sandbox.caller import Caller, code


@pytest.mark.parametrize(
    ("gap", "most", "pause"), [(0, 10, 10), (0.2, 30, 30), (1, 60, 60), (2, 450, 300)]
)
def test_flood(gap: float, most: int, pause: float) -> None:
    """Too many messages to one channel block it for a while, and another one not."""
    rates = RateLimits()
    allowed = [rates.allow_message("a", number * gap) for number in range(most + 1)]
    blocked_at = most * gap

    assert allowed == [True] * most + [False]
    assert rates.allow_message("b", blocked_at)
    assert not rates.allow_message("a", blocked_at + pause - 0.1)
    assert rates.allow_message("a", blocked_at + max(pause, 1000))


def test_calls_per_second() -> None:
    """The twenty-first call within a second waits for the next one."""
    rates = RateLimits()
    allowed = [rates.allow_call("Medium", 0.01 * number) for number in range(21)]

    assert allowed == [True] * 20 + [False]
    assert rates.allow_call("Medium", 1.0)


def test_answers() -> None:
    """Both limits answer 429; only the per-second one tells more in its headers."""
    clock = [1_000_000.0]
    with Sandbox(limits=True, now=lambda: clock[0]) as zoom:
        caller = Caller(zoom)
        posted = [caller.send() for _ in range(11)]
        reads = [caller.call("GET", f"/v2/chat/channels/{caller.channel}") for _ in range(10)]
        zoom.limits = False
        free = caller.send()

    assert [answer.status_code for answer in posted] == [201] * 10 + [429]
    assert posted[0].headers["X-RateLimit-Remaining"] == "19"
    assert [answer.status_code for answer in reads] == [200] * 9 + [429]
    assert code(reads[-1]) == (429, 429)
    headers = {
        name: text
        for name, text in reads[-1].headers.items()
        if name.lower().startswith(("x-ratelimit", "retry"))
    }
    assert headers == {
        "x-ratelimit-category": "Medium",
        "x-ratelimit-type": "QPS",
        "x-ratelimit-limit": "20",
        "x-ratelimit-remaining": "0",
    }
    assert free.status_code == 201
