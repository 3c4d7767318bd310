from __future__ import annotations

import itertools
import time
from typing import Any

import pytest
import requests
from requests.exceptions import ChunkedEncodingError

from airflow_provider_zoomchat.sandbox import Sandbox
from airflow_provider_zoomchat.sandbox.faults import RateLimits
from sandbox.caller import Caller, code


def test_status(caller: Caller) -> None:
    """So many calls of a path get a status, with Zoom's own words, and take no effect."""
    caller.zoom.fail(503, path="/v2/chat", times=2)

    answers = [caller.send() for _ in range(3)]

    assert [answer.status_code for answer in answers] == [503, 503, 201]
    assert answers[0].json() == {"code": 503, "message": "Service Unavailable."}
    assert len(caller.zoom.messages()) == 1


@pytest.mark.parametrize(
    ("status", "body", "headers", "text"),
    [
        (429, None, {"Retry-After": "2"}, '"code": 429'),
        (200, {"code": 300, "message": "no"}, {}, '{"code": 300, "message": "no"}'),
        (502, "<html>Bad Gateway</html>", {}, "<html>Bad Gateway</html>"),
        (201, b"{cut", {}, "{cut"),
    ],
)
def test_answers(
    caller: Caller, status: int, body: Any, headers: dict[str, str], text: str
) -> None:
    """A fault may bring its own body and headers."""
    caller.zoom.fail(status, body=body, headers=headers)

    answer = caller.send()

    assert answer.status_code == status
    assert text in answer.text
    assert {name: answer.headers[name] for name in headers} == headers


def test_redirect(caller: Caller) -> None:
    """A call can be sent elsewhere."""
    caller.zoom.redirect("http://127.0.0.1:1/", path="/v2/chat")
    path = f"{caller.zoom.url}/v2/chat/channels/{caller.channel}"

    answer = requests.get(path, allow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (302, "http://127.0.0.1:1/")


@pytest.mark.parametrize("accept", [False, True])
@pytest.mark.parametrize(
    ("fault", "error"),
    [("drop", r"RemoteDisconnected|reset by peer"), ("cut", "IncompleteRead|ended prematurely")],
)
def test_drop_and_cut(caller: Caller, fault: str, error: str, accept: bool) -> None:
    """No byte comes, or the beginning of an answer; the message is there only if so wished."""
    getattr(caller.zoom, fault)(accept=accept)

    with pytest.raises((requests.ConnectionError, ChunkedEncodingError), match=error):
        caller.send()

    assert len(caller.zoom.messages()) == accept
    assert caller.zoom.requests("/v2/chat")[0]["status"] is None


@pytest.mark.parametrize("accept", [False, True])
def test_hang(caller: Caller, accept: bool) -> None:
    """A caller who gives up finds the message there only if it took effect before."""
    caller.zoom.hang(30, accept=accept)

    with pytest.raises(requests.ReadTimeout):
        caller.chat("POST", json={"message": "x", "to_channel": caller.channel}, timeout=0.1)

    ends = time.monotonic() + 60
    while not (caller.zoom.messages() if accept else caller.zoom.requests("/v2/chat")):
        assert time.monotonic() < ends, "it did not arrive"
        time.sleep(0.01)
    assert len(caller.zoom.messages()) == accept


def test_short_hang(caller: Caller) -> None:
    """A caller who waits is answered."""
    caller.zoom.hang(0.1)
    began = time.monotonic()

    assert caller.send().status_code == 201
    assert time.monotonic() - began >= 0.1


def test_drip_and_flood(caller: Caller) -> None:
    """An answer goes on byte by byte until the caller leaves, or is as large as one likes."""
    caller.zoom.flood(3)
    assert len(caller.send().content) > 3_000_000
    caller.zoom.drip(0.01)
    answer = caller.chat("POST", json={"message": "x", "to_channel": caller.channel}, stream=True)

    pieces = list(itertools.islice(answer.iter_content(1), 5))
    answer.close()

    assert answer.status_code == 201
    assert pieces == [b"{", b" ", b" ", b" ", b" "]


@pytest.mark.parametrize(
    "fault",
    [
        {},
        [],
        {"kind": "earthquake"},
        {"kind": []},
        {"kind": "status"},
        {"kind": "status", "status": "503"},
        {"kind": "hang", "seconds": -1},
        {"kind": "drop", "times": 0},
        {"kind": "drop", "color": "red"},
        {"kind": "status", "status": 429, "headers": {"Retry-After": "1\n2"}},
    ],
)
def test_bad_faults(caller: Caller, fault: Any) -> None:
    """A fault that makes no sense is refused with one line."""
    answer = requests.post(caller.zoom.url + "/sandbox/faults", json=fault)

    assert answer.status_code == 400
    assert answer.text.count("\n") == 1


@pytest.mark.parametrize("body", [float("inf"), {"a": [float("nan")]}, object(), {1, 2}])
def test_a_body_that_is_none(caller: Caller, body: Any) -> None:
    """What no JSON can say is refused at once, instead of breaking the answer and the page."""
    with pytest.raises(ValueError, match=r"^body must be a text, bytes or a JSON value; it is "):
        caller.zoom.fail(400, body=body)
    assert caller.zoom.state()["faults"] == []


def test_over_http(caller: Caller) -> None:
    """Faults can be set and cleared by another process."""
    url = caller.zoom.url + "/sandbox/faults"
    requests.post(url, json={"kind": "status", "status": 503, "times": 5})
    failed = caller.send().status_code
    waiting = caller.zoom.state()["faults"]
    requests.delete(url)

    assert failed == 503
    assert [fault["times"] for fault in waiting] == [4]
    assert caller.send().status_code == 201


@pytest.mark.parametrize(
    ("gap", "most", "pause"), [(0, 10, 10), (0.2, 30, 30), (1, 60, 60), (2, 450, 300)]
)
def test_a_flood_of_messages(gap: float, most: int, pause: float) -> None:
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


def test_limits() -> None:
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
