"""Messages that are read: the list of a channel, threads and reactions, and what is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from typing import Any

import pytest
import requests

from airflow_provider_zoomchat.sandbox import Sandbox, world
from airflow_provider_zoomchat.sandbox.activity_log import changes, transcript
from airflow_provider_zoomchat.sandbox.page import messages_of
from sandbox.caller import Caller, code

NOON = datetime(2026, 11, 26, 12, tzinfo=timezone.utc).timestamp()
LONG_AGO = "2020-05-01T19:13:02Z"


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
        ({"to_channel": world.FINANCE.id}, (404, 4130)),
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


def test_every_answer_has_the_time(zoom: Sandbox, at: Callable[[float], None]) -> None:
    """The header Date goes by the same clock as the messages."""
    at(0)
    answer = Caller(zoom).send()
    assert answer.headers["Date"] == "Thu, 26 Nov 2026 12:00:00 GMT"
    assert zoom.message()["time"] == "2026-11-26T12:00:00.000Z"


def react(
    caller: Caller, message_id: str, *, user: str = "airflow@example.com", **fields: Any
) -> requests.Response:
    body = {"action": "add", "emoji": "U+1F600", "to_channel": caller.channel, **fields}
    given = {name: value for name, value in body.items() if value is not ...}
    return caller.chat("PATCH", f"{message_id}/emoji_reactions", user=user, json=given)


def thread(caller: Caller, message_id: str, **query: Any) -> requests.Response:
    params = {"to_channel": caller.channel, "from": LONG_AGO, **query}
    return caller.chat("GET", f"{message_id}/thread", params=params)


def test_reactions(caller: Caller) -> None:
    """Each user has each emoji once on a message, anybody's, and the message tells of all."""
    message_id = caller.send().json()["id"]
    for user in ("airflow@example.com", "ann@example.com", "ann@example.com"):
        answer = react(caller, message_id, user=user)
        assert (answer.status_code, answer.content) == (204, b"")
    react(caller, f"{{{message_id.upper()}}}", emoji="U+2705")
    assert react(caller, message_id, action="remove").status_code == 204
    assert react(caller, message_id, action="remove", emoji="U+1F600").status_code == 204
    assert caller.zoom.message()["reactions"] == {
        "😀": ["ann@example.com"],
        "✅": ["airflow@example.com"],
    }
    version, _ = caller.zoom.changes(0)
    assert react(caller, message_id, action="remove").status_code == 204
    assert caller.zoom.changes(version) == (version, [])  # there was none to remove
    read = caller.chat("GET", message_id, params={"to_channel": caller.channel}).json()
    assert read["reactions"][0] == {
        "emoji": "U+1F600",
        "total_count": 1,
        "user_ids": ["aNNSandboxUser00000002"],
        "member_ids": ["ann-member-00000000002"],
    }


def test_a_reaction_to_a_bot(caller: Caller) -> None:
    """A bot's message takes reactions too."""
    message_id = caller.as_bot("POST", json=caller.card()).json()["message_id"]
    assert react(caller, message_id).status_code == 204
    assert caller.zoom.message()["reactions"] == {"😀": ["airflow@example.com"]}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"to_channel": ...}, (400, 300)),
        ({"to_channel": world.DATA_TEAM.id}, (400, 200)),
        ({"action": "toggle"}, (400, 300)),
        ({"action": ...}, (400, 300)),
        ({"emoji": ...}, (400, 300)),
        ({"emoji": "😀"}, (400, 300)),
        ({"emoji": "smile"}, (400, 300)),
        ({"emoji": "U+1F44D U+1F3FB"}, (400, 300)),
        ({"emoji": "U+D83D"}, (400, 300)),
        ({"emoji": "U+110000"}, (400, 300)),
        ({"emoji": ["U+1F600"]}, (400, 300)),
        ({"custom_emoji": True}, (400, 300)),
    ],
)
def test_refused_reactions(
    caller: Caller, fields: dict[str, Any], expected: tuple[int, int]
) -> None:
    """A reaction that Zoom would refuse is refused with Zoom's code, and changes nothing."""
    message_id = caller.send().json()["id"]
    assert code(react(caller, message_id, **fields)) == expected
    assert caller.zoom.message()["reactions"] == {}


def test_messages_that_are_gone(caller: Caller) -> None:
    """A message that was deleted, or never was, is told of in the words of each call."""
    gone = caller.send().json()["id"]
    caller.chat("DELETE", gone, params={"to_channel": caller.channel})
    for message_id in (gone, "no-such-message"):
        assert react(caller, message_id).json() == {
            "code": 300,
            "message": f"Message does not exist: {message_id}",
        }
        answer = thread(caller, message_id)
        assert code(answer) == (404, 4131)
        assert answer.json()["message"] == f"Message does not exist: {message_id}."


def test_a_thread(caller: Caller) -> None:
    """A thread has its first message and all replies but deleted ones, the newest first."""
    first = caller.send("one").json()["id"]
    replies = [
        caller.send(f"reply {number}", reply_main_message_id=first).json()["id"]
        for number in range(4)
    ]
    caller.send("elsewhere")
    caller.chat("DELETE", replies[2], params={"to_channel": caller.channel})
    answer = thread(caller, first).json()
    assert answer["total"] == 3
    assert [each["message"] for each in answer["messages"]] == [
        *("reply 3", "reply 1", "reply 0"),
        "one",
    ]
    newest, *_, main = answer["messages"]
    assert newest == {
        "msg_id": f"{{{replies[3].upper()}}}",
        "message": "reply 3",
        "is_reply": True,
        "timestamp": newest["timestamp"],
        "sender_user_id": "aIRfLoWSandbox00000001",
        "sender_email": "airflow@example.com",
        "sender_member_id": "airflow-member-0000001",
        "sender_display_name": "Airflow",
        "message_type": "plain_text_message",
        "interactive_cards": [],
    }
    assert not main["is_reply"]
    oldest = thread(caller, first, sort="asc", limit=2).json()
    assert [each["message"] for each in oldest["messages"]] == ["one", "reply 0", "reply 1"]
    assert oldest["total"] == 3
    bare = thread(caller, first, need_main_message="false", limit=1).json()
    assert [each["message"] for each in bare["messages"]] == ["reply 3"]


def test_ten_replies_unless_told_otherwise(caller: Caller) -> None:
    """Without a limit an answer has ten replies."""
    first = caller.send("one").json()["id"]
    for number in range(12):
        caller.send(f"reply {number}", reply_main_message_id=first)
    assert len(thread(caller, first, need_main_message="false").json()["messages"]) == 10
    answer = thread(caller, first, need_main_message="false", limit=100).json()
    assert (len(answer["messages"]), answer["total"]) == (12, 12)


def test_from_and_to_in_a_thread(zoom: Sandbox, at: Callable[[float], None]) -> None:
    """Replies are those from one second to another, both included."""
    at(0)
    first = Caller(zoom).send("one").json()["id"]
    for second in range(4):
        at(second)
        Caller(zoom).send(f"reply {second}", reply_main_message_id=first)
    span = {"from": "2026-11-26T12:00:01Z", "to": "2026-11-26T12:00:02Z", "sort": "asc"}
    answer = thread(Caller(zoom), first, need_main_message="false", **span).json()
    assert [each["message"] for each in answer["messages"]] == ["reply 1", "reply 2"]


def test_what_is_asked_for_by_name(caller: Caller) -> None:
    """Reactions, files, formats and mentions come if they are asked for."""
    bold = {"format_type": "Bold", "format_attr": "", "start_position": 0, "end_position": 2}
    everybody = {"at_type": 2, "start_position": 0, "end_position": 3}
    path = "/v2/chat/users/airflow@example.com/files"
    file_id = caller.call("POST", path, files={"file": ("a.txt", b"x")}).json()["id"]
    more = {"rich_text": [bold], "at_items": [everybody], "file_ids": [file_id]}
    first = caller.send("one @all").json()["id"]
    reply = caller.send("@all", reply_main_message_id=first, **more).json()["id"]
    react(caller, reply)
    react(caller, reply, user="ann@example.com")
    names = ("need_emoji", "need_attachment", "need_rich_text", "need_at_items")
    answer = thread(caller, first, **dict.fromkeys(names, "true")).json()
    found = answer["messages"][0]
    assert found["reactions"] == [{"emoji_id": "U+1F600", "count": 2, "is_sender": True}]
    assert [each["file_id"] for each in found["files"]] == [file_id]
    assert (found["rich_text"], found["at_items"]) == ([bold], [everybody])
    assert (found["message_type"], found["interactive_cards"]) == ("file_and_text", [])
    main = answer["messages"][1]
    assert main["last_reply_time"] == found["timestamp"]
    assert (main["message_type"], "last_reply_time" in found) == ("plain_text_message", False)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"limit": 101}, (400, 4231)),
        ({"limit": 0}, (400, 300)),
        ({"sort": "newest"}, (400, 4232)),
        ({"from": ""}, (400, 4233)),
        ({"from": "2026-11-26"}, (400, 300)),
        ({"from": "2026-13-26T12:00:00Z"}, (400, 300)),
        ({"to": "2026-11-26T12:00:00+00:00"}, (400, 300)),
        ({"to_channel": ""}, (400, 4234)),
        ({"to_channel": world.DATA_TEAM.id}, (404, 4131)),
    ],
)
def test_refused_threads(caller: Caller, query: dict[str, Any], expected: tuple[int, int]) -> None:
    """A thread that Zoom would not give is refused with Zoom's code."""
    first = caller.send().json()["id"]
    assert code(thread(caller, first, **query)) == expected


def test_a_reply_has_no_thread(caller: Caller) -> None:
    """The thread of a reply is asked for by its first message."""
    first = caller.send().json()["id"]
    reply = caller.send("two", reply_main_message_id=first).json()["id"]
    assert code(thread(caller, reply)) == (404, 4131)


@pytest.mark.parametrize(
    ("scope", "method", "path", "needed"),
    [
        ("team_chat:update:message_emoji", "PATCH", "/messages/m/emoji_reactions", True),
        ("team_chat:read:thread_message", "GET", "/messages/m/thread", True),
        ("team_chat:write:user_message", "POST", "/messages", True),
        ("team_chat:update:user_message", "PUT", "/messages/m", True),
        ("team_chat:delete:user_message", "DELETE", "/messages/m", True),
        ("team_chat:read:user_message", "GET", "/messages/m", True),
        ("team_chat:write:files", "POST", "/files", True),
        ("team_chat:read:list_user_channels", "GET", "/channels", True),
        ("team_chat:read:list_user_messages", "GET", "/messages", True),
        ("team_chat:read:list_user_channels", "POST", "/messages", False),
    ],
)
def test_a_missing_scope(zoom: Sandbox, scope: str, method: str, path: str, needed: bool) -> None:
    """An app without the scope of a call is told so, by the token and by the call."""
    zoom.withhold(f"{scope}:admin")
    caller = Caller(zoom)
    form = {"grant_type": "account_credentials", "account_id": "SandboxAccount-0000000"}
    assert scope not in caller.token(caller.user, **form).json()["scope"]
    answer = caller.call(method, f"/v2/chat/users/airflow@example.com{path}", json={})
    words = f"Invalid access token, does not contain scopes:[{scope}, {scope}:admin]."
    assert (answer.json() == {"code": 4711, "message": words}) is needed


def test_withheld_scopes_come_back(zoom: Sandbox, caller: Caller) -> None:
    """Tokens of before end where a scope is withheld, and a reset gives it back."""
    zoom.withhold("team_chat:write:user_message:admin")
    assert code(caller.send()) == (401, 124)
    zoom.reset()
    assert Caller(zoom).send().status_code == 201


def test_what_people_see(zoom: Sandbox, caller: Caller) -> None:
    """The page counts reactions below their message, and the terminal tells of each."""
    message_id = caller.send("one").json()["id"]
    before = zoom.messages()
    react(caller, message_id)
    react(caller, message_id, user="ann@example.com")
    (shown,) = messages_of(zoom.chat, caller.channel)["messages"]
    who = "airflow@example.com, ann@example.com"
    assert f'<div class="reactions"><span title="{who}">😀 2</span></div>' in shown["html"]
    after = zoom.messages()
    assert list(changes(before, after)) == [
        f"#data-pipelines  {user}@example.com reacts 😀 to: one" for user in ("airflow", "ann")
    ]
    assert transcript(after).endswith("  Airflow  one  😀 2")
    react(caller, message_id, action="remove")
    assert list(changes(after, zoom.messages())) == [
        "#data-pipelines  airflow@example.com takes 😀 back from: one"
    ]
    caller.chat("DELETE", message_id, params={"to_channel": caller.channel})
    assert "reactions" not in messages_of(zoom.chat, caller.channel)["messages"][0]["html"]
