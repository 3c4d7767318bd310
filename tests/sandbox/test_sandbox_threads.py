"""Reactions and threads in the sandbox, called as a plain client does."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import requests

from airflow_provider_zoomchat.sandbox import Sandbox
from airflow_provider_zoomchat.sandbox.activity_log import changes, transcript
from airflow_provider_zoomchat.sandbox.page import messages_of
from sandbox.caller import Caller, code

FINANCE = "92b6c0e47fd14a3b8a15de706c43f98b"
DATA_TEAM = "b7e41f90c25d4a8e83d6017fa9c2be54"
LONG_AGO = "2020-05-01T19:13:02Z"


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
        ({"to_contact": "ann@example.com"}, (400, 300)),
        ({"to_channel": DATA_TEAM}, (400, 200)),
        ({"to_channel": FINANCE}, (404, 4130)),
        ({"to_channel": ..., "to_contact": "nobody@example.com"}, (404, 1001)),
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


def test_from_and_to(zoom: Sandbox, caller: Caller) -> None:
    """Replies are those from one second to another, both included."""
    start = datetime(2026, 11, 26, 12, tzinfo=timezone.utc)
    now = zoom.chat.now
    try:
        first = caller.send("one").json()["id"]
        for second in range(4):
            moment = (start + timedelta(seconds=second)).timestamp()
            zoom.chat.now = lambda moment=moment: moment  # type: ignore[misc]
            caller.send(f"reply {second}", reply_main_message_id=first)
    finally:
        zoom.chat.now = now
    span = {"from": "2026-11-26T12:00:01Z", "to": "2026-11-26T12:00:02Z", "sort": "asc"}
    answer = thread(caller, first, need_main_message="false", **span).json()
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
        ({"limit": "many"}, (400, 300)),
        ({"sort": "newest"}, (400, 4232)),
        ({"from": ""}, (400, 4233)),
        ({"from": "2026-11-26"}, (400, 300)),
        ({"from": "2026-11-26T12:00:00.000Z"}, (400, 300)),
        ({"from": "2026-13-26T12:00:00Z"}, (400, 300)),
        ({"to": "2026-11-26T12:00:00+00:00"}, (400, 300)),
        ({"to_channel": ""}, (400, 4234)),
        ({"to_channel": FINANCE}, (404, 4130)),
        ({"to_channel": DATA_TEAM}, (404, 4131)),
        ({"to_channel": "", "to_contact": "nobody@example.com"}, (404, 1001)),
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
