from __future__ import annotations

import base64
import json
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_provider_zoomchat.sandbox import Sandbox
from sandbox.caller import Caller, code, fill

OLD_PROJECT = "e31d7a58b04c4f26a9f58c20d7e6b913"
FINANCE = "92b6c0e47fd14a3b8a15de706c43f98b"
SEALED = "4f7c28d1a6e94b05b3f90e8d52c71ab6"
DATA_TEAM = "b7e41f90c25d4a8e83d6017fa9c2be54"


def test_send_edit_delete(caller: Caller) -> None:
    """A message is sent, edited and deleted, and the chat remembers all of it."""
    message_id = caller.send("Load is late").json()["id"]
    target = {"to_channel": caller.channel}
    edited = caller.chat("PUT", message_id, json={"message": "Load is done", **target})
    deleted = caller.chat("DELETE", message_id, params=target)

    assert (edited.status_code, edited.content) == (204, b"")
    assert (deleted.status_code, deleted.content) == (204, b"")
    (message,) = caller.zoom.messages(channel="data-pipelines")
    assert {**message, "time": "...", "number": 1} == {
        "id": message_id,
        "api": "team_chat",
        "channel": caller.channel,
        "channel_name": "data-pipelines",
        "contact": None,
        "sender": "Airflow",
        "sender_id": "airflow@example.com",
        "text": "Load is done",
        "content": None,
        "at_items": [],
        "rich_text": [],
        "file_ids": [],
        "files": [],
        "reactions": {},
        "interactive_cards": [],
        "is_markdown_support": False,
        "visible_to_user": None,
        "reply_to": None,
        "replies": 0,
        "edited": True,
        "deleted": True,
        "time": "...",
        "history": ["Load is late"],
        "number": 1,
        "scheduled_time": "",
        "draft_id": "",
    }


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"to_channel": ""}, (400, 300)),
        ({"to_channel": FINANCE, "to_contact": "ann@example.com"}, (400, 300)),
        ({"to_channel": "0" * 32}, (404, 4130)),
        ({"to_channel": DATA_TEAM + "@conference.xmpp.zoom.us"}, (404, 4130)),
        ({"to_channel": FINANCE}, (404, 4130)),
        ({"to_channel": OLD_PROJECT}, (400, 5420)),
        ({"to_channel": SEALED}, (400, 5419)),
        ({"to_contact": "nobody@example.com"}, (404, 1001)),
        ({"to_contact": "carol@example.com"}, (400, 5301)),
        ({"reply_main_message_id": "none"}, (400, 300)),
        ({"file_ids": ["none"]}, (400, 5404)),
        ({"file_ids": ["none"] * 7}, (400, 300)),
        ({"message": ["no text"]}, (400, 300)),
        ({"message": ""}, (400, 300)),
        ({"message": "x" * 4097}, (400, 300)),
        ({"rich_text": "no list"}, (400, 300)),
        (
            {"rich_text": [{"format_type": "Loud", "start_position": 0, "end_position": 1}]},
            (400, 300),
        ),
        ({"at_items": [{"at_type": 1, "start_position": 0, "end_position": 1}]}, (400, 300)),
    ],
)
def test_refused_sends(caller: Caller, fields: dict[str, Any], expected: tuple[int, int]) -> None:
    """A send that Zoom would refuse is refused with Zoom's code, and posts nothing."""
    answer = caller.send(**{"message": "hi", **fields})

    assert code(answer) == expected
    assert caller.zoom.messages() == []


def test_field_errors(caller: Caller) -> None:
    """Fields of the wrong type are named."""
    answer = caller.chat("POST", json={"to_channel": 5})

    assert answer.json() == {
        "code": 300,
        "message": "Validation Failed.",
        "errors": [
            {"field": "message", "message": "is required"},
            {"field": "to_channel", "message": "must be a string"},
        ],
    }


@pytest.mark.parametrize("user", ["me", "nobody@example.com"])
def test_unknown_user(caller: Caller, user: str) -> None:
    """Nobody else can act, and `me` is nobody for a Server-to-Server app."""
    answer = caller.chat("POST", user=user, json={"message": "x", "to_channel": caller.channel})

    assert answer.json() == {"code": 1001, "message": f"User does not exist: {user}."}


@pytest.mark.parametrize("contact", ["ann@example.com", "aNNSandboxUser00000002"])
def test_contact(caller: Caller, contact: str) -> None:
    """A contact is reached by e-mail or by user id."""
    message_id = caller.send(to_contact=contact).json()["id"]
    deleted = caller.chat("DELETE", message_id, params={"to_contact": "ann@example.com"})

    assert deleted.status_code == 204
    assert caller.zoom.messages()[0]["contact"] == "ann@example.com"


def test_threads(caller: Caller) -> None:
    """A message can be replied to, a reply cannot."""
    main = caller.send().json()["id"]
    reply = caller.send(reply_main_message_id=f"{{{main.upper()}}}").json()["id"]

    assert caller.zoom.messages()[1]["reply_to"] == main
    assert code(caller.send(reply_main_message_id=reply)) == (400, 5402)


def test_silently_dropped(caller: Caller) -> None:
    """Formatting without format_attr or beyond the text is dropped, and the message is sent."""
    span = {"start_position": 0, "end_position": 3}
    good = {**span, "format_type": "Bold", "format_attr": ""}
    answer = caller.send(
        "Load",
        rich_text=[
            good,
            {**span, "format_type": "Italic"},
            {**good, "end_position": 4},
            {**span, "format_type": "Paragraph", "format_attr": "h9"},
        ],
    )

    assert answer.status_code == 201
    assert caller.zoom.messages()[0]["rich_text"] == [good]


def test_refused_changes(caller: Caller) -> None:
    """Only the sender changes a message, by naming where it stands, and until it is deleted."""
    message_id = caller.send().json()["id"]
    here, elsewhere = {"to_channel": caller.channel}, {"to_channel": DATA_TEAM}

    def change(target: dict[str, str], user: str = "airflow@example.com") -> list[Any]:
        body = {"message": "x", **target}
        edited = caller.chat("PUT", message_id, user=user, json=body)
        return [edited, caller.chat("DELETE", message_id, user=user, params=target)]

    by_ann = change(here, "ann@example.com")
    assert by_ann[0].json()["message"] == "Only the sender of this message can make updates."
    assert [code(answer) for answer in by_ann] == [(400, 200)] * 2
    assert [code(answer) for answer in change(elsewhere)] == [(400, 200)] * 2
    assert code(caller.chat("DELETE", message_id)) == (400, 300)
    assert code(caller.chat("DELETE", message_id, json=here)) == (400, 300)
    assert caller.chat("DELETE", message_id, params=here).status_code == 204
    assert [code(answer) for answer in change(here)] == [(400, 300)] * 2


def test_strict_length() -> None:
    """The stricter reading of Zoom's length limit can be had."""
    with Sandbox(message_limit=1024) as zoom:
        caller = Caller(zoom)
        answers = [caller.send("x" * length).status_code for length in (1024, 1025)]

    assert answers == [201, 400]


def test_links(caller: Caller) -> None:
    """The links of a message and of a channel lead to their places on the page."""
    message_id = caller.send().json()["id"]
    message = caller.chat("GET", message_id, params={"to_channel": caller.channel}).json()
    channel = caller.call("GET", f"/v2/chat/channels/{caller.channel}").json()

    for link, place in (
        (message["message_url"], f"{caller.channel}/{message_id}"),
        (channel["channel_url"], caller.channel),
    ):
        answer = requests.get(link, allow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (302, f"/#{place}")
        assert requests.get(link).headers["content-type"].startswith("text/html")
    half = base64.b64encode(b'{"sid":"a@xmpp.zoom.us","mid":"\\ud800"}').decode()
    for token in ("nonsense", half):
        assert requests.get(f"{caller.zoom.url}/launch/chat/v2/{token}").status_code == 404


def test_channel_pages(caller: Caller) -> None:
    """The channels of a user come in pages, and only the user's own."""
    path = "/v2/chat/users/airflow@example.com/channels"
    first = caller.call("GET", path, params={"page_size": 3}).json()
    token = first["next_page_token"]
    rest = caller.call("GET", path, params={"page_size": 3, "next_page_token": token}).json()

    assert rest["next_page_token"] == ""
    names = [channel["name"] for channel in first["channels"] + rest["channels"]]
    assert names == ["data-pipelines", "data-team", "incidents", "old-project", "sealed"]
    other = {"to_channel": caller.channel, "next_page_token": token}
    assert code(caller.chat("GET", params=other)) == (400, 300), "a token is good for its own list"


def in_form(caller: Caller, **fields: str) -> requests.Response:
    """Send a message as Zoom's older collections do: a form of texts."""
    parts = {"to_channel": caller.channel, "message": "@Ann look", **fields}
    given = {name: (None, text) for name, text in parts.items() if text}
    return caller.chat("POST", files=given)


MENTION = {"at_type": 1, "at_contact": "ann@example.com", "start_position": 0, "end_position": 3}


def test_a_message_in_a_form(caller: Caller) -> None:
    """A form does what JSON does; its mentions are a text of JSON."""
    answer = in_form(caller, at_items=json.dumps([MENTION]))

    assert answer.status_code == 201
    (message,) = caller.zoom.messages()
    assert (message["text"], message["at_items"]) == ("@Ann look", [MENTION])
    assert caller.zoom.requests("/messages")[-1]["body"]["message"] == "@Ann look"


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"to_channel": "0" * 32}, (404, 4130)),
        ({"at_items": "[{"}, (400, 300)),
        ({"at_items": "Ann"}, (400, 300)),
        ({"message": ""}, (400, 300)),
        ({"message": "x" * 3_000_000}, (400, 300)),
    ],
)
def test_a_form_that_is_refused(
    caller: Caller, fields: dict[str, str], refusal: tuple[int, int]
) -> None:
    """A form gets the codes that JSON gets, whatever stands in it."""
    assert code(in_form(caller, **fields)) == refusal
    assert caller.zoom.messages() == []


def test_odd_forms(caller: Caller) -> None:
    """A form's thread is checked like any; one that is broken or holds a file is refused."""
    first = in_form(caller).json()["id"]
    reply = in_form(caller, reply_main_message_id=first).json()["id"]
    assert code(in_form(caller, reply_main_message_id=reply)) == (400, 5402)
    url = f"{caller.zoom.url}/v2/chat/users/airflow@example.com/messages"
    token = {"authorization": f"Bearer {caller.user_token}"}
    broken = requests.post(url, data=b"x", headers={**token, "content-type": "multipart/form-data"})
    assert code(broken) == (400, 300)
    file = {"message": (None, "a"), "file": ("a.txt", b"a")}
    assert code(caller.chat("POST", files=file)) == (400, 300)


def test_a_channel_in_capitals(caller: Caller) -> None:
    """A channel's id counts without regard to case: one channel, one name, one list."""
    first = caller.send().json()["id"]
    second = caller.send(to_channel=caller.channel.upper()).json()["id"]
    params = {"to_channel": caller.channel.upper()}

    assert caller.chat("GET", first, params=params).status_code == 200
    assert caller.chat("DELETE", second, params=params).status_code == 204
    assert {message["channel"] for message in caller.zoom.messages()} == {caller.channel}
    assert len(caller.zoom.messages(caller.channel.upper())) == 2
    assert caller.call("GET", f"/v2/chat/channels/{caller.channel.upper()}").status_code == 200
    with Sandbox(open_world=True) as zoom:
        other = Caller(zoom)
        for channel in ("AbcdEfgh" * 4, "aBCDeFGH" * 4):
            assert other.send(to_channel=channel).status_code == 201
        assert len({message["channel_name"] for message in zoom.messages()}) == 1


def test_what_a_message_is_read_with(caller: Caller) -> None:
    """Its mentions have member ids, and a bot's has its card."""
    sent = caller.send("@Ann look", at_items=[MENTION]).json()["id"]
    there = {"to_channel": caller.channel}
    message = caller.chat("GET", sent, params=there).json()

    assert message["at_items"][0]["at_contact_member_id"] == "ann-member-00000000002"
    assert "bot_message" not in message
    card = caller.as_bot("POST", json=caller.card("Done")).json()["message_id"]
    assert caller.chat("GET", card, params=there).json()["bot_message"]["head"]["text"] == "Done"


def test_messages_are_bounded_by_bytes(caller: Caller) -> None:
    """Large cards push the oldest messages out, and one that is edited on and on loses its past."""
    large = "x" * 1_500_000
    (first,) = fill(caller.zoom, large)
    sent = [caller.as_bot("POST", json=caller.card(large)).json()["message_id"] for _ in range(2)]
    fill(caller.zoom, *[large] * 39)
    assert [each["id"] for each in caller.zoom.messages()][:3] == [first, *sent]
    fill(caller.zoom, *[large] * 4)
    assert caller.zoom.messages()[0]["id"] == sent[1]
    (last,) = fill(caller.zoom, "")
    with caller.zoom.chat:
        for _ in range(60):
            caller.zoom.chat.edit(caller.zoom.chat.messages[last], large)
    kept = caller.zoom.messages()
    assert kept[-1]["id"] == last
    assert len(kept[-1]["history"]) < 50


FIELDS = ("at_type", "at_contact", "start_position", "end_position", "format_type")
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=len(FIELDS))
    ),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(at_items=VALUES, rich_text=VALUES, file_ids=VALUES, message=VALUES)
def test_any_fields(
    caller: Caller, at_items: Any, rich_text: Any, file_ids: Any, message: Any
) -> None:
    """No field, however odd, upsets the Team Chat API."""
    answer = caller.send(
        message or "Load is late", at_items=at_items, rich_text=rich_text, file_ids=file_ids
    )
    assert answer.status_code in (201, 400)
