"""Which reply is the answer: options, patterns, people, and how far a thread has been read."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_zoomchat.zoom import answers
from airflow_provider_zoomchat.zoom.errors import ConfigError

NOW = datetime(2026, 11, 27, 12, tzinfo=timezone.utc)
OPTIONS = ("publish", "keep back")


def reply(number: int = 1, text: str = "publish", **changes: Any) -> dict[str, Any]:
    """Return a reply of Ann's, so many seconds after noon."""
    return {
        "id": str(number),
        "text": text,
        "sender": "Ann@example.com",
        "sender_id": "aNN",
        "sender_name": "Ann",
        "is_bot": False,
        "time": NOW + timedelta(seconds=number),
        **changes,
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("publish", "publish"),
        ("  PUBLISH\n", "publish"),
        ("Keep Back", "keep back"),
        ("keepback", "keep back"),
        ("keep\u00a0\tback", "keep back"),
        ("\uff50ublish", "publish"),
        ("publish!", None),
        ("please publish", None),
        ("", None),
    ],
)
def test_options(text: str, expected: str | None) -> None:
    """A reply names an option if it says that and no more, in any case and with any whitespace."""
    assert answers.option_of(OPTIONS, text) == expected


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (r"(?i)publish", "Please PUBLISH it", "PUBLISH"),
        (r"rows: (\d+)", "about rows: 12, I think", "12"),
        (r"yes( please)?", "yes", "yes"),
        (r"^no$", "not now", None),
        (r"^no$", "no", "no"),
        (r"x*$", "y" * 4000 + "xx", "xx"),
    ],
)
def test_patterns(pattern: str, text: str, expected: str | None) -> None:
    """A pattern finds its first group anywhere in a reply, or all that it matches."""
    assert answers.found_by(re.compile(pattern), text) == expected


@pytest.mark.parametrize(
    ("read", "value", "words"),
    [
        (answers.read_pattern, "rows: (", "pattern 'rows: (' is no regular expression: missing )"),
        (answers.read_pattern, "a{99999999999}", "is no regular expression"),
        (answers.read_pattern, "", "must be a regular expression"),
        (answers.read_pattern, re.compile("a"), "must be a regular expression, as a text"),
        (answers.read_options, "publish", "options must be a list of texts, such as"),
        (answers.read_options, [], "options is empty"),
        (answers.read_options, ["publish", " "], "has an empty entry"),
        (answers.read_options, ["publish", 1], "options must be a list of texts, not list"),
        (answers.read_options, {"publish": 1}, "options must be a list of texts, not dict"),
        (answers.read_options, ["keep back", "KeepBack"], "two are the same"),
        (answers.read_people, [], "from_users is empty"),
        (answers.read_people, ["Ann Smith"], "neither an e-mail address nor a user id"),
    ],
)
def test_what_is_refused(read: Any, value: object, words: str) -> None:
    """What can be no answer or nobody is refused in one line that names the argument."""
    with pytest.raises(ConfigError) as caught:
        read(value)
    assert words in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ()),
        ("Ann@example.com", ("ann@example.com",)),
        (["aNN ", "bob@example.com"], ("ann", "bob@example.com")),
    ],
)
def test_people(value: object, expected: tuple[str, ...]) -> None:
    """One person needs no list, and e-mail addresses have no case."""
    assert answers.read_people(value) == expected


@pytest.mark.parametrize(
    ("changes", "from_users", "asked_by", "why"),
    [
        ({}, (), (), None),
        ({}, (), ("bob@example.com",), None),
        ({}, ("ann@example.com",), (), None),
        ({}, ("ann",), (), None),
        ({}, ("bob@example.com",), (), "its sender is none of from_users"),
        ({}, (), ("ANN@example.com", "x"), "its sender is the user who asks"),
        ({}, (), ("x", "aNN"), "its sender is the user who asks"),
        ({}, ("ann",), ("aNN",), None),
        ({"is_bot": True}, ("ann",), (), "it is a bot's"),
        ({"is_bot": True, "sender": "", "sender_id": ""}, (), (), "it is a bot's"),
    ],
)
def test_who_may_answer(
    changes: dict[str, Any], from_users: tuple[str, ...], asked_by: tuple[str, ...], why: str | None
) -> None:
    """A bot never answers, whoever asks only where named, others unless somebody else is named."""
    found = answers.why_not(reply(**changes), from_users, asked_by)
    assert (found or "").startswith(why or "")
    assert (found is None) == (why is None)


def test_the_first_answer() -> None:
    """The first reply that is an answer counts, in the thread's order within a second too."""
    said: list[str] = []
    replies = [
        reply(1, "hm"),
        reply(2, "publish", sender="bob@example.com", sender_id="bOB"),
        reply(3, "Keep back"),
        reply(3, "publish", id="4"),
    ]
    found, progress = answers.judge(
        replies,
        answers.Progress(),
        from_users=("ann@example.com",),
        asked_by=(),
        answer_of=lambda text: answers.option_of(OPTIONS, text),
        say=said.append,
    )
    assert found == [{**replies[2], "answer": "keep back"}]
    assert progress.new(replies) == []
    assert said == [
        "A reply of Ann@example.com at 2026-11-27T12:00:01+00:00 is ignored: it is none of the "
        "answers that are waited for.",
        "A reply of bob@example.com at 2026-11-27T12:00:02+00:00 is ignored: its sender is none of "
        "from_users.",
    ]


def test_replies_that_somebody_else_judges() -> None:
    """Without options all replies of those who may answer are handed over, some at a time."""
    most = answers.MOST_HANDED_OVER
    replies = [reply(number, "hm") for number in range(most + 2)]
    progress = answers.Progress()
    handed_over = []
    for expected in (most, 2, 0):
        found, progress = answers.judge(
            replies, progress, from_users=(), asked_by=(), answer_of=None, say=print
        )
        assert len(found) == expected
        handed_over += found
    assert handed_over == replies


@pytest.mark.parametrize(
    ("waited", "expected"),
    [(0, 15), (599, 15), (600, 60), (7199, 60), (7200, 300), (1e6, 300)],
)
def test_the_pace(waited: float, expected: float) -> None:
    """The longer nobody answers, the seldomer Zoom is asked."""
    assert answers.interval(waited) == expected


def test_calls_of_a_day() -> None:
    """A sensor that waits for a day leaves most of a Free account's 2,000 calls to others."""
    waited, calls = 0.0, 0
    while waited < 86_400:
        waited += answers.interval(waited)
        calls += 1
    assert calls == 414


@given(st.lists(st.integers(0, 60), max_size=200), st.integers(1, 30))
def test_each_reply_is_judged_once(times: list[int], at_once: int) -> None:
    """However a thread grows, each reply is new once, also where several share a moment."""
    thread = [
        reply(0, id=str(number), time=NOW + timedelta(seconds=time))
        for number, time in enumerate(sorted(times))
    ]
    progress = answers.Progress()
    judged: list[str] = []
    for end in range(at_once, len(thread) + at_once, at_once):
        since = progress.since
        there = [one for one in thread[:end] if since is None or one["time"] >= since]
        new = progress.new(there)
        some = new[: max(1, len(new) // 2)] if end < len(thread) else new
        judged += [one["id"] for one in some]
        progress = progress.after(there, some)
    assert judged == [one["id"] for one in thread]


def test_a_late_reply() -> None:
    """A reply that comes into the thread a few seconds after its time is not missed."""
    thread = [reply(0, id=f"at once {number}") for number in range(150)]
    progress = answers.Progress().after(thread, thread)
    assert progress.since == NOW - timedelta(seconds=10)
    late = reply(-5)
    assert progress.new([late, *thread]) == [late]


def test_an_edited_reply() -> None:
    """What people edit is judged again, for as long as it is near the end of the thread."""
    thread = [reply(number) for number in range(200)]
    progress = answers.Progress().after(thread, thread)
    assert progress.since == thread[-80]["time"]
    assert len(progress.seen) == 80
    edited = {**thread[150], "text": "keep back"}
    again = [edited if one is thread[150] else one for one in thread[120:]]
    assert progress.new(again) == [edited]
    progress = progress.after(again, [edited])
    assert progress.new(again) == []


def test_replies_travel_as_json() -> None:
    """A trigger hands replies to its task as plain values, and the task has them as they were."""
    assert answers.from_json(answers.as_json(reply())) == reply()
