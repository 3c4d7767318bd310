"""The list of a channel's messages: which, in which order, page by page, and what is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from typing import Any

import pytest
import requests

from airflow_provider_zoomchat.sandbox import Sandbox, world
from sandbox.caller import Caller, code

NOON = datetime(2026, 11, 26, 12, tzinfo=timezone.utc).timestamp()


@pytest.fixture
def at(zoom: Sandbox) -> Iterator[Callable[[float], None]]:
    """Set the sandbox's clock, in seconds from a noon."""
    now = zoom.chat.now

    def to(seconds: float) -> None:
        zoom.chat.now = lambda: NOON + seconds
        zoom.chat.expire_tokens()

    yield to
    zoom.chat.now = now
    zoom.chat.expire_tokens()


def listed(caller: Caller, **query: Any) -> requests.Response:
    return caller.chat("GET", params={"to_channel": caller.channel, **query})


def texts(caller: Caller, **query: Any) -> list[str]:
    return [each["message"] for each in listed(caller, **query).json()["messages"]]


def test_the_newest_first(caller: Caller) -> None:
    """Today's messages of one place are listed, of whoever sent them, the newest first."""
    first = caller.send("one").json()["id"]
    caller.send("elsewhere", to_channel=world.DATA_TEAM.id)
    caller.chat(
        "POST", user="ann@example.com", json={"message": "two", "to_channel": caller.channel}
    )
    caller.send("three", reply_main_message_id=first)
    answer = listed(caller).json()
    assert [each["message"] for each in answer["messages"]] == ["three", "two", "one"]
    assert (answer["page_size"], answer["next_page_token"]) == (10, "")
    three, two, one = answer["messages"]
    assert one["id"] == first
    assert "reply_main_message_id" not in one
    assert "status" not in one
    assert three["reply_main_message_id"] == first
    assert three["reply_main_message_timestamp"] == one["timestamp"]
    assert (two["sender"], two["send_member_id"], two["sender_display_name"]) == (
        *("ann@example.com", "ann-member-00000000002"),
        "Ann",
    )
    sent = caller.zoom.message(text="two")
    assert two["date_time"] == f"{sent['time'][:19]}Z"
    moment = datetime.fromisoformat(sent["time"].replace("Z", "+00:00")).timestamp()
    assert two["timestamp"] == round(moment * 1000)


def test_a_conversation(caller: Caller) -> None:
    """With a contact both sides' messages are listed, and nobody else's."""
    caller.send("to Ann", to_contact="ann@example.com")
    caller.send("to Bob", to_contact="bob@example.com")
    back = {"message": "from Ann", "to_contact": "airflow@example.com"}
    caller.chat("POST", user="ann@example.com", json=back)
    assert texts(caller, to_channel="", to_contact="ann@example.com") == ["from Ann", "to Ann"]


def test_without_replies(caller: Caller) -> None:
    """Replies are left out on request."""
    first = caller.send("one").json()["id"]
    caller.send("two", reply_main_message_id=first)
    assert texts(caller, exclude_child_message="true") == ["one"]
    assert texts(caller, exclude_child_message="false") == ["two", "one"]


def test_deleted_and_edited(caller: Caller) -> None:
    """A deleted message is listed only on request, and then each has its status."""
    ids = [caller.send(text).json()["id"] for text in ("one", "two", "three")]
    caller.chat("DELETE", ids[0], params={"to_channel": caller.channel})
    caller.chat("PUT", ids[1], json={"message": "new", "to_channel": caller.channel})
    assert texts(caller) == ["three", "new"]
    answer = listed(caller, include_deleted_and_edited_message="true").json()
    assert [(each["message"], each["status"]) for each in answer["messages"]] == [
        *[("three", "Normal"), ("new", "Edited")],
        ("", "Deleted"),
    ]


def test_pages(zoom: Sandbox, caller: Caller) -> None:
    """Pages follow each other without a gap, also where something is posted in between."""
    for number in range(7):
        caller.send(f"{number}")
    seen, token = [], ""
    while True:
        answer = listed(caller, page_size=3, next_page_token=token).json()
        seen += [each["message"] for each in answer["messages"]]
        token = answer["next_page_token"]
        if not token:
            break
        caller.send("late")
    assert seen == ["6", "5", "4", "3", "2", "1", "0"]


def test_ten_unless_told_otherwise(caller: Caller) -> None:
    """A page has ten messages, and fifty at most."""
    for number in range(12):
        caller.send(f"{number}")
    assert len(texts(caller)) == 10
    assert len(texts(caller, page_size=50)) == 12


def test_from_and_to(zoom: Sandbox, at: Callable[[float], None]) -> None:
    """Messages are those from one second to another; `date` stands for a day, and goes before."""
    for second in (-86_400, 0, 1, 2, 3):
        at(second)
        Caller(zoom).send(f"{second}")
    caller = Caller(zoom)
    span = {"from": "2026-11-26T12:00:01Z", "to": "2026-11-26T12:00:02Z"}
    answer = listed(caller, **span).json()
    assert [each["message"] for each in answer["messages"]] == ["2", "1"]
    assert {name: answer[name] for name in span} == span
    assert texts(caller, **{"from": "2026-11-26T12:00:01Z"}) == ["3", "2", "1"]
    assert texts(caller) == ["3", "2", "1", "0"]
    assert texts(caller, date="2026-11-25", **span) == ["-86400"]
    at(16 * 60)
    assert texts(Caller(zoom), **{"from": "2026-11-26T12:00:00Z", "page_size": 1}) == ["3"]


def test_a_page_token_lives_a_quarter_of_an_hour(
    zoom: Sandbox, at: Callable[[float], None]
) -> None:
    """After that, and where it is none of Zoom's, Zoom says so."""
    at(0)
    caller = Caller(zoom)
    for text in ("one", "two"):
        caller.send(text)
    token = listed(caller, page_size=1).json()["next_page_token"]
    at(15 * 60)
    assert texts(Caller(zoom), page_size=1, next_page_token=token) == ["one"]
    at(15 * 60 + 1)
    for wrong in (token, "R4aF9Oj0fVM2hhezJTEmSKaBSkfesDwGy42", "?"):
        answer = listed(Caller(zoom), page_size=1, next_page_token=wrong)
        assert code(answer) == (400, 300)
        assert answer.json()["message"] == "The next page token is invalid or expired."


def test_a_search(caller: Caller) -> None:
    """Words are looked for in one place, or wherever the user is; names of files as well."""
    caller.send("Load is LATE")
    caller.send("late again", to_channel=world.DATA_TEAM.id)
    caller.send("not late", to_contact="bob@example.com")
    hidden = {"message": "late too", "to_channel": world.FINANCE.id}
    caller.chat("POST", user="ann@example.com", json=hidden)
    path = "/v2/chat/users/airflow@example.com/files"
    file_id = caller.call("POST", path, files={"file": ("late.csv", b"x")}).json()["id"]
    caller.send("report", file_ids=[file_id])
    search = {"search_type": "message", "search_key": "late"}
    assert texts(caller, **search) == ["Load is LATE"]
    assert texts(caller, to_channel="", **search) == ["not late", "late again", "Load is LATE"]
    answer = listed(caller, search_type="file", search_key="LATE").json()["messages"]
    assert [each["file_name"] for each in answer] == ["late.csv"]
    assert answer[0]["message_type"] == "file_and_text"


def test_what_a_message_carries(caller: Caller) -> None:
    """Reactions, mentions, formats and a bot's card stand beside the text."""
    bold = {"format_type": "Bold", "format_attr": "", "start_position": 0, "end_position": 2}
    ann = {"at_type": 1, "at_contact": "ann@example.com", "start_position": 4, "end_position": 7}
    sent = caller.send("one @Ann", rich_text=[bold], at_items=[ann]).json()["id"]
    reaction = {"action": "add", "emoji": "U+1F600", "to_channel": caller.channel}
    caller.chat("PATCH", f"{sent}/emoji_reactions", json=reaction)
    caller.as_bot("POST", json=caller.card("two"))
    bot, one = listed(caller).json()["messages"]
    assert bot["bot_message"] == {"head": {"text": "two"}}
    assert (bot["sender"], bot["message"]) == ("", "two")
    assert one["rich_text"] == [bold]
    assert one["at_items"][0]["at_contact"] == "aNNSandboxUser00000002"
    assert one["reactions"] == [
        {
            "emoji": "U+1F600",
            "total_count": 1,
            "senders": [
                {"user_id": "aIRfLoWSandbox00000001", "member_id": "airflow-member-0000001"}
            ],
        }
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"page_size": 51}, (400, 300)),
        ({"page_size": 0}, (400, 300)),
        ({"page_size": "many"}, (400, 300)),
        ({"to_channel": ""}, (400, 300)),
        ({"to_contact": "ann@example.com"}, (400, 300)),
        ({"to_channel": "", "to_contact": "nobody@example.com"}, (404, 1001)),
        ({"to_channel": world.FINANCE.id}, (404, 4130)),
        ({"from": "2026-11-26"}, (400, 300)),
        ({"from": "2026-11-26T12:00:00.000Z"}, (400, 300)),
        ({"from": "2020-01-01T00:00:00Z"}, (400, 300)),
        ({"date": "26.11.2026"}, (400, 300)),
        ({"date": "2026-13-01"}, (400, 300)),
        ({"search_key": "late"}, (400, 300)),
        ({"search_type": "message"}, (400, 300)),
        ({"search_type": "channel", "search_key": "late"}, (400, 300)),
        ({"search_type": "message", "search_key": "x" * 257}, (400, 300)),
        (
            {
                "search_type": "message",
                "search_key": "x",
                "include_deleted_and_edited_message": "true",
            },
            (400, 300),
        ),
    ],
)
def test_refused_lists(caller: Caller, query: dict[str, Any], expected: tuple[int, int]) -> None:
    """A list that Zoom would not give is refused with Zoom's code."""
    assert code(listed(caller, **query)) == expected


def test_who_may_list(zoom: Sandbox) -> None:
    """An app needs the scope to list, and the user must be one that Zoom knows."""
    zoom.withhold("team_chat:read:list_user_messages:admin")
    caller = Caller(zoom)
    assert code(listed(caller)) == (400, 4711)
    zoom.reset()
    assert code(Caller(zoom).chat("GET", user="nobody@example.com")) == (404, 1001)


def test_every_answer_has_the_time(zoom: Sandbox, at: Callable[[float], None]) -> None:
    """The header Date goes by the same clock as the messages."""
    at(0)
    answer = Caller(zoom).send()
    assert answer.headers["Date"] == "Thu, 26 Nov 2026 12:00:00 GMT"
    assert zoom.message()["time"] == "2026-11-26T12:00:00.000Z"
