"""Whether a message was posted: what is asked, how texts are compared, what is concluded."""

from __future__ import annotations

import html
import json
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_zoomchat.zoom import posted, team_chat
from airflow_provider_zoomchat.zoom.errors import UnreachableError
from airflow_provider_zoomchat.zoom.http import Response, UserMessage
from airflow_provider_zoomchat.zoom.posted import Absent, Found, Sent, Unknown, Verdict
from airflow_provider_zoomchat.zoom.text import markdown

NOW = datetime(2026, 11, 26, 12, tzinfo=timezone.utc)
ME, ANN = "airflow@example.com", "ann@example.com"
POST = UserMessage(ME, ("to_channel", "c1"), None, "Load is late")


def sent(post: UserMessage = POST, ahead: float | None = 0.0) -> Sent:
    found = posted.sent(post, NOW, ahead)
    assert found
    return found


def entry(
    seconds: float, text: str = "Load is late", sender: str = ME, message_id: str = "m", **more: Any
) -> dict[str, Any]:
    """Return a message as Zoom lists it, so many seconds after it went out."""
    time = round((NOW.timestamp() + seconds) * 1000)
    return {"id": message_id, "message": text, "sender": sender, "timestamp": time, **more}


def decide(*entries: dict[str, Any], message: Sent | None = None, **more: Any) -> Verdict:
    """Decide for a call that was over after a second."""
    listed = posted.read_page({"messages": list(entries)})
    until = NOW.timestamp() + 1
    return posted.decide(message or sent(), ME, listed, until=until, **more)


LATER = entry(60, "hello", ANN, "later")
IN_THREAD = {"reply_main_message_id": "{T1}"}

VERDICTS: dict[str, tuple[list[dict[str, Any]], Verdict | str]] = {
    "it is there": ([entry(0.3)], Found("m")),
    "by a clock that is a little late": ([entry(-1.5)], Found("m")),
    "in other capitals of the address": ([entry(0.3, sender="Airflow@Example.com")], Found("m")),
    "beside others": ([LATER, entry(2, "x", ANN), entry(0.3), entry(1, "y")], Found("m")),
    "from before": ([entry(-2.5), LATER], Absent()),
    "twice": ([entry(0.3), entry(0.5, message_id="n")], "2 messages with its words"),
    "somebody else's": ([entry(0.3, sender=ANN)], "could be it"),
    "somebody else's, and something later": ([entry(0.3, sender=ANN), LATER], "could be it"),
    "with other words": ([entry(0.3, "Load is la"), LATER], "could be it"),
    "as a reply": ([entry(0.3, **IN_THREAD), LATER], "could be it"),
    "long after": ([entry(60), LATER], "could be it"),
    "once at once and once long after": ([entry(60, message_id="n"), entry(0.3)], Found("m")),
    "nothing": ([], "nor anything newer"),
    "nothing that is later": ([entry(0.5, "x", ANN)], "nor anything newer"),
    "something later of its sender": ([entry(60, "x")], Absent()),
    "something later of another": ([LATER], Absent()),
    "something later of nobody known": ([entry(60, "x", "")], Absent()),
    "something while Zoom may still post": ([entry(3.9, "x", ANN)], "nor anything newer"),
    "something right after that": ([entry(4.1, "x", ANN)], Absent()),
}


@pytest.mark.parametrize(("entries", "expected"), VERDICTS.values(), ids=VERDICTS)
def test_verdicts(entries: list[dict[str, Any]], expected: Verdict | str) -> None:
    """One message of the sender with its words is it; it is absent only behind something later."""
    verdict = decide(*entries)
    if isinstance(expected, str):
        assert isinstance(verdict, Unknown)
        assert expected in verdict.why
    else:
        assert verdict == expected
    # In whichever order Zoom lists them.
    assert decide(*reversed(entries)) == verdict


def test_what_others_hold() -> None:
    """What another task has posted is not this one's, whatever the spelling of its id."""
    other = entry(0.2, message_id="{ABC}")
    assert decide(other, entry(0.3), held={"abc"}) == Found("m")
    assert decide(other, LATER, held={"abc"}) == Absent()
    assert isinstance(decide(other, held={"abc"}), Unknown)


def test_what_others_may_be_sending() -> None:
    """Where another task may be sending the same words, one message may be its; none is none's."""
    verdict = decide(entry(0.3), has_rival=True)
    assert isinstance(verdict, Unknown)
    assert "another task of this run" in verdict.why
    assert decide(LATER, has_rival=True) == Absent()


def test_a_reply() -> None:
    """A reply is a message in the same thread."""
    reply = sent(replace(POST, thread="t1"))
    assert decide(entry(0.3, **IN_THREAD), entry(0.5, message_id="n"), message=reply) == Found("m")
    elsewhere = entry(0.3, reply_main_message_id="t2")
    assert isinstance(decide(elsewhere, LATER, message=reply), Unknown)


def test_a_clock_that_is_not_known() -> None:
    """Before Zoom's first answer this machine's clock may be wrong by a minute."""
    message = sent(ahead=None)
    assert decide(entry(-50), message=message) == Found("m")
    assert isinstance(decide(entry(60, "x", ANN), message=message), Unknown)
    assert decide(entry(62, "x", ANN), message=message) == Absent()


def test_zooms_clock_counts() -> None:
    """When it went out is told by Zoom's clock."""
    assert sent(ahead=300.0).since == NOW.timestamp() + 300


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Thu, 26 Nov 2026 12:00:05 GMT", 5.0),
        ("Thu, 26 Nov 2026 11:59:00 -0000", -60.0),
        ("Thu, 26 Nov 2026 13:00:00 +0100", 0.0),
        ("now", None),
        ("", None),
        ("Thu, 99 Nov 2026 12:00:05 GMT", None),
    ],
)
def test_the_clock_of_an_answer(date: str, expected: float | None) -> None:
    """The header Date says by how much Zoom's clock is ahead; what is no date says nothing."""
    assert posted.clock_ahead(Response(200, {"date": date}, b"", NOW)) == expected
    assert posted.clock_ahead(Response(200, {}, b"", NOW)) is None


SAME = [
    ("a  b\r\n c", "a b c"),
    ("a < b && c > 'd'", "a &lt; b &amp;&amp; c &gt; &#39;d&#39;"),
    ("&lt;", "&amp;lt;"),
    ("&", "&" + "amp;" * 1000),
    ("✔️ done", "✔ done"),
    ("zero\u200bwidth", "zerowidth"),
    ("é", "e\u0301"),
    (" padded ", "padded"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_words(one: str, other: str) -> None:
    """What Zoom may change of a text makes no difference."""
    assert posted.normalised(one) == posted.normalised(other)


def test_other_words() -> None:
    """Every letter, sign and capital counts."""
    texts = ("Load 1.0", "Load 10", "load 10", "Load 10!", "Load", "✅ Load 10", "")
    assert len({posted.normalised(text) for text in texts}) == len(texts)


@given(st.text())
def test_any_text(text: str) -> None:
    """A text that is written for HTML once more, or set in, or read twice, is the same."""
    plain = posted.normalised(text)
    assert posted.normalised(plain) == plain
    assert posted.normalised(f"\n {html.escape(text)}\t") == plain


@given(st.text(), st.text(), st.none() | st.floats(-1e6, 1e6))
def test_kept_as_json(text: str, sender: str, ahead: float | None) -> None:
    """What is known of a message survives being kept; what has no words is not looked for."""
    message = posted.sent(UserMessage(sender, ("to_contact", "c"), None, text), NOW, ahead)
    if message is None:
        assert posted.normalised(text) == ""
    else:
        assert Sent.of_json(json.loads(json.dumps(message.as_json()))) == message


@pytest.mark.parametrize(
    "value", [None, {}, "x", [], 1, {"target": ["a"]}, {"target": ["a", "b"], "since": 1}]
)
def test_what_was_not_kept(value: Any) -> None:
    """What somebody else has left, or an earlier version, is nothing to look for."""
    assert Sent.of_json(value) is None


def test_what_is_asked() -> None:
    """The messages of the place are asked for, as its sender, from one second to another."""
    start = NOW.timestamp()
    request = posted.messages_page("https://api", sent(), since=start + 0.9, to=start + 20)
    assert (request.method, request.repeatable, request.id_key) == ("GET", True, None)
    assert request.url == "https://api/chat/users/airflow%40example.com/messages"
    assert request.params == {
        "to_channel": "c1",
        "from": "2026-11-26T12:00:00Z",
        "to": "2026-11-26T12:00:20Z",
        "page_size": "50",
    }
    second = posted.messages_page("https://api", sent(), since=start, to=start, next_page_token="t")
    assert second.params["next_page_token"] == "t"


BROKEN: list[Any] = [
    {},
    {"messages": None},
    {"messages": ["m"]},
    {"messages": [{"id": "m"}]},
    {"messages": [{"id": "", "timestamp": 1}]},
    {"messages": [{"id": "m", "timestamp": "soon"}]},
]


@pytest.mark.parametrize("answer", BROKEN)
def test_a_list_that_cannot_be_read(answer: Any) -> None:
    """An entry that cannot be read may be the message, so nothing is concluded."""
    with pytest.raises(UnreachableError, match="cannot be read"):
        posted.read_page(answer)


def test_what_a_request_posts() -> None:
    """A user's message knows what it posts, as it goes out; nothing else does."""
    target = ("to_channel", "c1")
    request = team_chat.send(
        "https://api",
        ME,
        message=markdown("**late** &amp;"),
        target=target,
        reply_main_message_id="t1",
    )
    assert request.post == UserMessage(ME, target, "t1", json.loads(request.body or b"")["message"])
    assert team_chat.edit("https://api", ME, "m", message="x", target=target).post is None
