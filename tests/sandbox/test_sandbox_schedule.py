"""Scheduled messages in the sandbox: kept, listed, deleted, and posted when their time comes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest
import requests

from airflow_provider_zoomchat.sandbox import Sandbox
from sandbox.caller import Caller, code

ANN = "ann@example.com"
NOON = datetime(2026, 3, 14, 12, tzinfo=timezone.utc).timestamp()
HOUR, DAY = 3600.0, 86_400.0


class Clock:
    """A clock that somebody sets."""

    time = NOON


def at(seconds: float) -> str:
    """Return a time that long after noon, as Zoom writes it."""
    return f"{datetime.fromtimestamp(NOON + seconds, timezone.utc):%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Clock, Sandbox]]:
    clock = Clock()
    with Sandbox(now=lambda: clock.time, token_lifetime=400 * DAY) as zoom:
        yield clock, zoom


@pytest.fixture
def clock(running: tuple[Clock, Sandbox]) -> Clock:
    running[0].time = NOON
    return running[0]


@pytest.fixture
def zoom(running: tuple[Clock, Sandbox], clock: Clock) -> Sandbox:
    running[1].reset()
    return running[1]


def schedule(caller: Caller, seconds: float, text: str = "later", **fields: Any) -> str:
    answer = caller.send(text, scheduled_time=at(seconds), **fields)
    assert answer.status_code == 201, answer.text
    draft_id: str = answer.json()["id"]
    return draft_id


def as_me(caller: Caller, method: str, draft_id: str = "", **query: Any) -> requests.Response:
    """Call as the app that Airflow's user has authorized."""
    token: str = caller.zoom.authorize()["access_token"]
    if "to_contact" not in query:
        query.setdefault("to_channel", caller.channel)
    slash = f"/{draft_id}" if draft_id else ""
    return caller.call(method, f"/v2/chat/messages/schedule{slash}", token, params=query)


def test_a_message_waits_for_its_time(clock: Clock, caller: Caller) -> None:
    """A scheduled message is posted when its time comes, and then not scheduled any more."""
    draft_id = schedule(caller, HOUR)
    schedule(caller, 2 * HOUR, "latest")
    clock.time = NOON + HOUR - 1
    assert caller.zoom.messages() == []
    assert caller.zoom.state()["scheduled"][0]["id"] == draft_id
    clock.time = NOON + HOUR + 5
    message = caller.zoom.message()
    assert (message["text"], message["time"]) == ("later", "2026-03-14T13:00:00.000Z")
    assert (message["draft_id"], message["scheduled_time"]) == (draft_id, "")
    assert message["id"] != draft_id
    assert [each["text"] for each in caller.zoom.state()["scheduled"]] == ["latest"]


def test_in_the_order_of_their_times(clock: Clock, caller: Caller) -> None:
    """Messages are posted in the order of their times, before what is posted after them."""
    for seconds in (3 * HOUR, HOUR, 2 * HOUR):
        schedule(caller, seconds, str(seconds))
    clock.time = NOON + DAY
    caller.send("now")
    texts = [each["text"] for each in caller.zoom.messages()]
    assert texts == [str(HOUR), str(2 * HOUR), str(3 * HOUR), "now"]
    assert caller.zoom.changes(0)[1][-1]["text"] == "now"


@pytest.mark.parametrize(
    "time",
    [
        at(30 * 60),
        at(-HOUR),
        at(180 * DAY + 1),
        "tomorrow",
        "2026-03-14T14:00:00.000Z",
        "2026-03-14T14:00:00+00:00",
        "2026-03-32T14:00:00Z",
    ],
)
def test_a_time_that_is_refused(zoom: Sandbox, caller: Caller, time: str) -> None:
    """A time must be more than 30 minutes and at most 180 days ahead, and in Zoom's format."""
    answer = caller.send(scheduled_time=time)
    assert code(answer) == (400, 300)
    assert answer.json()["message"].startswith("Invalid parameter: send_time.")
    assert zoom.state()["scheduled"] == []


@pytest.mark.parametrize("seconds", [30 * 60 + 1, 180 * DAY])
def test_a_time_that_just_fits(caller: Caller, seconds: float) -> None:
    """The limits are those of Zoom's specification."""
    assert schedule(caller, seconds)


def test_what_is_no_text(caller: Caller) -> None:
    """A time that is no text is named as a wrong field, and an empty one is none."""
    assert caller.send(scheduled_time=1).json()["errors"][0]["field"] == "scheduled_time"
    assert caller.send(scheduled_time="").status_code == 201
    assert len(caller.zoom.messages()) == 1


def test_listed(caller: Caller) -> None:
    """The list shows the user's own of one place, soonest first, with all that was sent."""
    main = caller.send("Publish?").json()["id"]
    draft_id = schedule(
        caller,
        2 * HOUR,
        "@Ann later",
        reply_main_message_id=main,
        at_items=[{"at_type": 1, "at_contact": ANN, "start_position": 0, "end_position": 3}],
        rich_text=[
            {"start_position": 5, "end_position": 9, "format_type": "Bold", "format_attr": ""}
        ],
    )
    schedule(caller, HOUR, "sooner")
    schedule(caller, HOUR, "in private", to_contact=ANN)
    body = {"message": "by Ann", "to_channel": caller.channel, "scheduled_time": at(HOUR)}
    assert caller.chat("POST", user=ANN, json=body).status_code == 201
    answer = as_me(caller, "GET").json()
    assert (answer["to_channel"], answer["page_size"]) == (caller.channel, 10)
    assert [each["message"] for each in answer["messages"]] == ["sooner", "@Ann later"]
    assert answer["messages"][1] == {
        "draft_id": draft_id,
        "create_date": at(0),
        "scheduled_time": at(2 * HOUR),
        "message": "@Ann later",
        "rich_text": [
            {"start_position": 5, "end_position": 9, "format_type": "Bold", "format_attr": ""}
        ],
        "at_items": [
            {
                "at_type": 1,
                "at_contact": "aNNSandboxUser00000002",
                "at_contact_member_id": "ann-member-00000000002",
                "start_position": 0,
                "end_position": 3,
            }
        ],
        "files": [],
        "reply_main_message_id": main,
        "reply_main_message_timestamp": NOON * 1000,
    }
    private = as_me(caller, "GET", to_contact=ANN).json()
    assert [each["message"] for each in private["messages"]] == ["in private"]
    assert private["to_contact"] == ANN


def test_pages(caller: Caller) -> None:
    """The list comes in pages of at most 50."""
    for number in range(12):
        schedule(caller, HOUR + number, str(number))
    first = as_me(caller, "GET").json()
    rest = as_me(caller, "GET", next_page_token=first["next_page_token"]).json()
    texts = [each["message"] for page in (first, rest) for each in page["messages"]]
    assert texts == [str(number) for number in range(12)]
    assert rest["next_page_token"] == ""
    assert code(as_me(caller, "GET", page_size=51)) == (400, 300)


def test_cancelled(clock: Clock, caller: Caller) -> None:
    """What is deleted is never posted; what is not there cannot be deleted."""
    draft_id = schedule(caller, HOUR)
    assert code(as_me(caller, "DELETE", draft_id, to_contact=ANN)) == (400, 5404)
    assert as_me(caller, "DELETE", draft_id).status_code == 204
    again = as_me(caller, "DELETE", draft_id)
    assert again.json() == {"code": 5404, "message": f"Invalid draft id: {draft_id}."}
    clock.time = NOON + DAY
    assert caller.zoom.messages() == []
    posted = schedule(caller, 2 * DAY)
    clock.time = NOON + 3 * DAY
    assert code(as_me(caller, "DELETE", posted)) == (400, 5404)


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_place_that_is_not_there(caller: Caller, method: str) -> None:
    """Both calls want the channel or the person that the message goes to."""
    for query, outcome in (({"to_channel": ""}, (400, 300)), ({"to_channel": "x"}, (404, 4130))):
        assert code(as_me(caller, method, "x" * (method == "DELETE"), **query)) == outcome


@pytest.mark.parametrize(
    ("method", "draft_id", "scope"),
    [
        ("GET", "", "team_chat:read:list_scheduled_messages"),
        ("DELETE", "/x", "team_chat:delete:scheduled_message"),
    ],
)
def test_who_may(caller: Caller, method: str, draft_id: str, scope: str) -> None:
    """A Server-to-Server app can schedule, but neither list nor delete: no scope lets it."""
    path, query = f"/v2/chat/messages/schedule{draft_id}", {"to_channel": caller.channel}
    answer = caller.call(method, path, params=query)
    assert code(answer) == (400, 4711)
    assert answer.json()["message"].endswith(f"does not contain scopes:[{scope}].")
    caller.zoom.withhold(scope)
    assert code(as_me(caller, method, draft_id[1:])) == (400, 4711)
    assert code(caller.call(method, path, caller.bot_token, params=query)) == (401, 124)


def test_a_place_that_takes_no_message(caller: Caller) -> None:
    """What could not be posted now is refused, and not kept."""
    archived = "e31d7a58b04c4f26a9f58c20d7e6b913"
    assert code(caller.send(to_channel=archived, scheduled_time=at(HOUR))) == (400, 5420)
