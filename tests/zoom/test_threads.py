"""The replies in a thread: from when on they are asked for, page by page, and what comes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_zoomchat.zoom import threads
from airflow_provider_zoomchat.zoom.errors import ConfigError

API = "https://api.zoom.us/v2"
NOW = datetime(2026, 11, 26, 12, tzinfo=timezone.utc)
BERLIN = timezone(timedelta(hours=1))
SINCE = NOW - timedelta(days=1)


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        (None, NOW - timedelta(days=180)),
        (SINCE, SINCE),
        (datetime(2026, 11, 26, 12, 30, tzinfo=BERLIN), NOW - timedelta(minutes=30)),
        (NOW + timedelta(minutes=4), NOW + timedelta(minutes=4)),
        (datetime.min.replace(tzinfo=BERLIN), datetime(1970, 1, 1, tzinfo=timezone.utc)),
    ],
)
def test_since(since: datetime | None, expected: datetime) -> None:
    """Replies are wanted from an aware moment on, or of the last 180 days; clocks may differ."""
    assert threads.read_since(since, NOW) == expected


@pytest.mark.parametrize(
    ("since", "words"),
    [
        (datetime(2026, 11, 26), "since 2026-11-26T00:00:00 has no time zone"),
        (NOW + timedelta(minutes=6), "since 2026-11-26T12:06:00+00:00 is in the future"),
        (datetime.max.replace(tzinfo=BERLIN), "is in the future"),
        ("2026-11-26", "since must be a datetime, not a value of type str"),
        (NOW.date(), "since must be a datetime, not a value of type date"),
    ],
)
def test_no_moment(since: object, words: str) -> None:
    """A moment that is naive, or in the future, is refused in one line."""
    with pytest.raises(ConfigError) as caught:
        threads.read_since(since, NOW)
    assert words in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("to", "more"),
    [
        (None, {}),
        (datetime(2026, 11, 26, 12, 0, 0, 999_000, tzinfo=BERLIN), {"to": "2026-11-26T11:00:00Z"}),
    ],
)
def test_the_call(to: datetime | None, more: dict[str, str]) -> None:
    """A page is asked for in whole seconds of UTC, without the first message."""
    since = datetime(2026, 11, 25, 12, 0, 0, 1, tzinfo=timezone.utc)
    request = threads.replies_page(
        API, "u", "m", since=since, to=to, target=("to_contact", "a@b.example")
    )
    assert (request.method, request.url) == ("GET", f"{API}/chat/users/u/messages/m/thread")
    assert dict(request.params) == {
        "to_contact": "a@b.example",
        "from": "2026-11-25T12:00:00Z",
        "limit": "100",
        "sort": "desc",
        "need_main_message": "false",
        **more,
    }
    assert request.doing == "read the replies to a message in contact 'a@b.example'"
    assert request.repeatable


ENTRY = {
    "msg_id": "{9011}",
    "message": "Hello",
    "is_reply": True,
    "timestamp": 1705051497817,
    "sender_email": "ann@example.com",
    "sender_display_name": "Ann",
}
TIME = datetime(2024, 1, 12, 9, 24, 57, 817_000, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {}),
        ({"message": None}, {"text": ""}),
        ({"sender_user_id": "u1", "sender_member_id": "m1"}, {"sender_id": "u1"}),
        (
            {"sender_email": "", "sender_user_id": "u1", "sender_member_id": "m1"},
            {"sender": "u1", "sender_id": "u1"},
        ),
        (
            {"sender_email": "", "sender_member_id": "m1"},
            {"sender": "m1", "sender_id": "m1"},
        ),
        (
            {"sender_email": None, "sender_display_name": None},
            {"sender": "", "sender_id": "", "sender_name": "", "is_bot": True},
        ),
        ({"bot_message": {"head": {"text": "Load"}}}, {"is_bot": True}),
    ],
)
def test_a_reply(changes: dict[str, Any], expected: dict[str, Any]) -> None:
    """A reply is plain values, with an aware time, and whoever sent it as far as Zoom tells."""
    reply = {
        "id": "{9011}",
        "text": "Hello",
        "sender": "ann@example.com",
        "sender_id": "ann@example.com",
        "sender_name": "Ann",
        "is_bot": False,
        "time": TIME,
    }
    assert threads.read_reply({**ENTRY, **changes}) == {**reply, **expected}


@pytest.mark.parametrize(
    "entry",
    [
        None,
        [],
        {},
        {**ENTRY, "is_reply": False},
        {**ENTRY, "msg_id": None},
        {**ENTRY, "timestamp": "1"},
        {**ENTRY, "timestamp": 10**20},
        {**ENTRY, "timestamp": 10**15 * 9},
    ],
)
def test_no_reply(entry: object) -> None:
    """The first message of the thread, and what cannot be read, is left out."""
    assert threads.read_reply(entry) is None


class Thread:
    """A thread at Zoom, which may count and cut its pages in any of the ways that are open.

    :param times: of its replies, in seconds behind `SINCE`.
    """

    def __init__(
        self,
        times: list[float],
        *,
        end_counts: bool = True,
        total: Callable[[int, int], int | None] = lambda there, shown: there,
        hidden: Callable[[int], bool] = lambda number: False,
    ) -> None:
        self.times = sorted(times)
        self.end_counts = end_counts
        self.total = total
        self.hidden = hidden
        self.calls = 0

    def ask(self, to: datetime | None) -> dict[str, Any]:
        """Answer with the newest replies up to a moment."""
        self.calls += 1
        end = float("inf") if to is None else (to - SINCE).total_seconds() + 1e-6
        end -= 0 if self.end_counts else 2e-6
        there = [(time, n) for n, time in enumerate(self.times) if time <= end]
        page = [(time, n) for time, n in there[::-1][:100] if not self.hidden(n)]
        entries = [
            {
                "msg_id": str(number),
                "timestamp": round((SINCE.timestamp() + time) * 1000),
                "message": "",
            }
            for time, number in page
        ]
        return {"total": self.total(len(self.times), len(page)), "messages": entries}

    def read(self) -> list[int]:
        """Return the numbers of the replies that are read."""
        return [int(reply["id"]) for reply in threads.read_all(self.ask, SINCE).replies]


SPREAD = [0.7 * number for number in range(1000)]


@pytest.mark.parametrize("end_counts", [True, False])
@pytest.mark.parametrize(
    "total", [lambda there, shown: there, lambda there, shown: shown, lambda there, shown: None]
)
@pytest.mark.parametrize("times", [SPREAD, [n // 10 for n in range(1000)], SPREAD[:100], [1.0]])
def test_pages(times: list[float], total: Any, end_counts: bool) -> None:
    """Every reply is read once, oldest first, whatever Zoom counts and whether an end counts."""
    thread = Thread(times, total=total, end_counts=end_counts)
    assert thread.read() == list(range(len(times)))


def test_a_short_thread_is_one_call() -> None:
    """Where one page has all replies, Zoom is asked once."""
    thread = Thread([1, 2, 3])
    assert thread.read() == [0, 1, 2]
    assert thread.calls == 1


def test_an_empty_thread() -> None:
    """A message without a reply is one call, and an odd answer is no reply."""
    thread = Thread([])
    assert (thread.read(), thread.calls) == ([], 1)
    assert threads.read_all(lambda to: {}, SINCE).replies == []
    assert threads.read_all(lambda to: {"messages": "none", "total": "x"}, SINCE).replies == []


def test_pages_with_gaps() -> None:
    """A page from which Zoom leaves deleted replies out is not taken for the last."""
    thread = Thread(SPREAD, hidden=lambda number: number % 7 == 0)
    assert thread.read() == [number for number in range(1000) if number % 7]


def test_a_zoom_that_repeats_itself() -> None:
    """A Zoom that does not heed the end of a page is not asked for ever."""
    thread = Thread(SPREAD)
    whole = thread.ask(None)
    thread.calls = 0

    def ask(to: datetime | None) -> dict[str, Any]:
        thread.calls += 1
        return whole

    assert len(threads.read_all(ask, SINCE).replies) == 100
    assert thread.calls == 2


def test_what_is_older_is_left_out() -> None:
    """Zoom is asked in whole seconds, and what is older than the moment is not given."""
    start = SINCE + timedelta(milliseconds=500)
    thread = Thread([0.4, 0.5, 0.6])
    assert [reply["id"] for reply in threads.read_all(thread.ask, start).replies] == ["1", "2"]


@given(st.lists(st.integers(0, 200_000).map(lambda ms: ms / 1000), max_size=400), st.booleans())
def test_any_thread(times: list[float], end_counts: bool) -> None:
    """Replies at any moments are all read, in their order, if no second has too many."""
    thread = Thread(times, end_counts=end_counts)
    assert sorted(thread.read()) == list(range(len(times)))
