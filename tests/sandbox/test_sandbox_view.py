"""What the page is told: all of a place first, then what changes, and never too much at once."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from airflow_provider_zoomchat.sandbox import Sandbox, world
from airflow_provider_zoomchat.sandbox.page import (
    DRAWN,
    NEWEST,
    View,
    found_requests,
    messages_of,
)
from sandbox.caller import Caller, fill

PIPELINES = world.DATA_PIPELINES.id


def look(view: View) -> dict[str, Any]:
    """Return what is shown next."""
    event = view.next()
    assert event
    return event[1]


def looked(view: View) -> tuple[str, list[str]]:
    """Return the kind of what is shown next, and the ids of its messages."""
    event = view.next()
    assert event
    return event[0], [message["id"] for message in event[1]["messages"]]


def test_snapshot_and_changes(zoom: Sandbox, caller: Caller) -> None:
    """A look begins with all of the place; then each change comes once, in order."""
    first = caller.send("one").json()["id"]
    view = View(zoom.chat, PIPELINES)
    assert looked(view) == ("snapshot", [first])
    assert view.next() is None
    second = caller.send("two").json()["id"]
    caller.chat("PUT", first, json={"message": "three", "to_channel": caller.channel})
    assert looked(view) == ("changes", [second, first])
    assert view.next() is None
    caller.chat("DELETE", second, params={"to_channel": caller.channel})
    assert "This message was deleted." in look(view)["messages"][0]["html"]


def test_the_panel(zoom: Sandbox, caller: Caller) -> None:
    """Told are faults and limits, answered calls, and how much is posted elsewhere, not what."""
    view = View(zoom.chat, PIPELINES)
    view.next()
    caller.send("elsewhere", to_channel=world.DATA_TEAM.id)
    shown = look(view)
    assert shown["messages"] == []
    posted = {each["name"]: each["posted"] for each in shown["panel"]["places"]}
    assert (posted["# data-team"], posted["# data-pipelines"]) == (1, 0)
    assert shown["panel"]["calls"] == shown["panel"]["answered"] > 0
    zoom.fail(503, times=2)
    fault = {"kind": "status", "status": 503, "seconds": 0, "path": "", "times": 2}
    assert look(view)["panel"]["faults"] == [fault]
    caller.send()
    assert look(view)["panel"]["faults"][0]["times"] == 1
    zoom.limits = True
    assert look(view)["panel"]["limits"] is True
    zoom.reset()
    assert looked(view) == ("snapshot", [])


def test_too_much_at_once(zoom: Sandbox) -> None:
    """If more has come than is shown, a look begins anew with the newest."""
    view = View(zoom.chat, PIPELINES)
    view.next()
    ids = fill(zoom, *map(str, range(NEWEST + 5)))
    assert looked(view) == ("snapshot", ids[5:])


def test_the_place_of_the_last_message(zoom: Sandbox, caller: Caller) -> None:
    """Without a place, a look is at the one where something was posted last."""
    assert looked(View(zoom.chat, "")) == ("snapshot", [])
    caller.send("one")
    there = caller.send("two", to_contact="ann@example.com").json()["id"]
    assert looked(View(zoom.chat, "")) == ("snapshot", [there])


def test_pages(zoom: Sandbox, caller: Caller) -> None:
    """Older messages come page by page, each of them once."""
    ids = fill(zoom, *map(str, range(2 * NEWEST + 1)))
    caller.send("elsewhere", to_channel=world.DATA_TEAM.id)
    part: dict[str, Any] = messages_of(zoom.chat, PIPELINES)
    assert (part["older"], part["newer"]) == (True, False)
    found = part["messages"]
    while part["older"]:
        query = {"place": PIPELINES, "before": str(found[0]["number"])}
        part = requests.get(zoom.url + "/sandbox/messages", params=query).json()
        assert part["newer"]
        found = part["messages"] + found
    assert [message["id"] for message in found] == ids


@pytest.mark.parametrize("before", ["", "-1", "x", "9" * 20, "\u0663"])
def test_no_number(zoom: Sandbox, before: str) -> None:
    """What is no number of a message is refused."""
    query = {"place": PIPELINES, "before": before}
    assert requests.get(zoom.url + "/sandbox/messages", params=query).status_code == 400


@pytest.mark.parametrize(("at", "shown"), [(0, (0, 100)), (60, (10, 110)), (240, (150, 250))])
def test_around_a_message(zoom: Sandbox, at: int, shown: tuple[int, int]) -> None:
    """A link to a message leads to it and those around it, however old it is."""
    ids = fill(zoom, *map(str, range(250)))
    view = View(zoom.chat, PIPELINES, ids[at])
    found = look(view)
    assert [each["id"] for each in found["messages"]] == ids[slice(*shown)]
    assert (found["older"], found["newer"]) == (shown[0] > 0, shown[1] < 250)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("page.css", "text/css"), ("page.js", "text/javascript"), ("messages.js", "text/javascript")],
)
def test_the_parts_of_the_page(zoom: Sandbox, name: str, kind: str) -> None:
    """The page's own files are there, with a policy that lets nothing else run."""
    answer = requests.get(f"{zoom.url}/sandbox/page/{name}")
    assert answer.headers["Content-Type"] == f"{kind}; charset=utf-8"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("name", ["nope.js", "__init__.py", "page.html", "..%2Fchat.py", ".."])
def test_no_part_of_the_page(zoom: Sandbox, name: str) -> None:
    """Nothing else is served from there."""
    connection = http.client.HTTPConnection("127.0.0.1", int(zoom.url.rpartition(":")[2]))
    connection.request("GET", f"/sandbox/page/{name}")  # as it is: requests would tidy it up
    assert connection.getresponse().status == 404
    connection.close()


def test_drawn_once(zoom: Sandbox, caller: Caller) -> None:
    """A message is drawn once for all pages, and anew when it changes."""
    first = caller.send("one").json()["id"]
    (one,), (same,) = (messages_of(zoom.chat, PIPELINES)["messages"] for _ in "ab")
    assert one is same
    caller.chat("PUT", first, json={"message": "two", "to_channel": caller.channel})
    (other,) = messages_of(zoom.chat, PIPELINES)["messages"]
    assert "two" in other["html"]
    for _ in range(0, DRAWN + 1, NEWEST):
        fill(zoom, *["one"] * NEWEST)
        messages_of(zoom.chat, PIPELINES)
    assert len(zoom.chat.drawn) <= DRAWN


def test_threads(zoom: Sandbox, caller: Caller) -> None:
    """A message names the first of its thread, through answers to answers too."""
    first, other = (caller.as_bot("POST", json=caller.card()).json()["message_id"] for _ in "ab")
    answer = caller.as_bot("POST", json=caller.card(reply_to=first)).json()["message_id"]
    deeper = caller.as_bot("POST", json=caller.card(reply_to=answer)).json()["message_id"]
    shown = messages_of(zoom.chat, PIPELINES)["messages"]
    assert {each["id"]: each["thread"] for each in shown} == {
        first: first,
        other: other,
        answer: first,
        deeper: first,
    }


def test_replies_are_counted(zoom: Sandbox, caller: Caller) -> None:
    """The first message of a thread tells how many replies it has, as they come and go."""
    main = caller.send("one").json()["id"]
    view = View(zoom.chat, PIPELINES)
    assert "repl" not in look(view)["messages"][0]["html"]
    replies = []
    for shown in ("1 reply", "2 replies"):
        replies.append(caller.send("more", reply_main_message_id=main).json()["id"])
        html = {each["id"]: each["html"] for each in look(view)["messages"]}
        assert list(html) == [replies[-1], main]
        assert f">{shown}<" in html[main]
    caller.chat("DELETE", replies[0], params={"to_channel": caller.channel})
    assert ">1 reply<" in look(view)["messages"][1]["html"]
    assert [each["replies"] for each in zoom.messages()] == [1, 0, 0]
    # Nobody has changed the message itself.
    assert len([*found_requests(zoom.chat, main)]) == 1


def test_requests(zoom: Sandbox, caller: Caller) -> None:
    """Behind a message stand all requests that made or named it, refused ones and uploads too."""
    message_id = caller.send("one").json()["id"]
    caller.send("another")
    caller.chat("PUT", message_id, json={"message": "two", "to_channel": caller.channel})
    caller.chat("PUT", message_id, json={"message": ""})
    listed = requests.get(
        zoom.url + "/sandbox/requests", params={"message": message_id}, timeout=5
    ).json()["requests"]
    assert [(each["method"], each["status"]) for each in listed] == [
        ("PUT", 400),
        ("PUT", 204),
        ("POST", 201),
    ]
    numbers = [each["number"] for each in found_requests(zoom.chat)]
    assert numbers == sorted(numbers, reverse=True)
    assert len(numbers) == 4
    path = "/v2/chat/users/airflow@example.com/files"
    file_id = caller.call("POST", path, files={"file": ("a.txt", b"x")}).json()["id"]
    message_id = caller.send("one", file_ids=[file_id]).json()["id"]
    found = [*found_requests(zoom.chat, message_id)]
    assert [each["path"].rpartition("/")[2] for each in found] == ["messages", "files"]


def test_requests_are_text(zoom: Sandbox, caller: Caller) -> None:
    """Bodies and answers come as text to be read, in which numbers are as they were sent."""
    requests.post(
        zoom.url + "/v2/im/chat/messages?a=b", data='{"n": 12345678901234567890, "x": 1.0}'
    )
    (found,) = requests.get(zoom.url + "/sandbox/requests").json()["requests"][:1]
    assert found["path"] == "/v2/im/chat/messages?a=b"
    assert found["body"] == '{\n  "n": 12345678901234567890,\n  "x": 1.0\n}'


@pytest.mark.parametrize(
    ("fit", "found"),
    [
        ({"status": "4"}, ["nowhere", "refused"]),
        ({"status": "2", "place": PIPELINES}, ["a card", "Load is late"]),
        ({"place": world.DATA_TEAM.id}, ["refused", "elsewhere"]),
        ({"place": "ann@example.com"}, ["in private"]),
        ({"words": "LOAD late"}, ["Load is late"]),
        ({"words": "load is early"}, []),
        # An id may have these figures too.
        ({"words": "4130 exist"}, ["nowhere"]),
        ({"words": "/v2/im/chat"}, ["refused", "a card"]),
        ({"status": "none"}, []),
        ({"place": world.INCIDENTS.id}, []),
    ],
)
def test_requests_that_fit(caller: Caller, fit: dict[str, str], found: list[str]) -> None:
    """Requests are found by channel or person, status and words, the latest first."""
    caller.send()
    caller.send("in private", to_contact="ann@example.com")
    caller.send("elsewhere", to_channel=world.DATA_TEAM.id)
    caller.as_bot("POST", json=caller.card("a card"))
    caller.as_bot("POST", json={**caller.card("refused", to_jid=world.DATA_TEAM.jid), "content": 1})
    caller.send("nowhere", to_channel="nothing")
    query = {"words": "", **fit}
    answer = requests.get(f"{caller.zoom.url}/sandbox/requests", params=query, timeout=5).json()
    words = ("Load is late", "in private", "elsewhere", "a card", "nowhere")
    said = [
        next((each for each in words if each in exchange["body"]), "refused")
        for exchange in answer["requests"]
    ]
    assert said == found


def test_an_answer_in_private(zoom: Sandbox, caller: Caller) -> None:
    """An answer in a conversation of two is shown beneath what it answers, and counted there."""
    main = caller.send("Publish?", to_contact="ann@example.com").json()["id"]
    view = View(zoom.chat, "ann@example.com")
    view.next()
    answer = zoom.answer(main, "publish", by="ann@example.com")
    assert looked(view) == ("changes", [answer["id"], main])
    places = {each["key"]: each["posted"] for each in look(View(zoom.chat, ""))["panel"]["places"]}
    assert places["ann@example.com"] == 2
    assert "airflow@example.com" not in places
    assert len(messages_of(zoom.chat, "ann@example.com")["messages"]) == 2


def test_scheduled_messages() -> None:
    """What waits for its time is told with the place where it is to be posted, until it is."""
    now = [1_800_000_000.0]
    with Sandbox(now=lambda: now[0]) as zoom:
        caller = Caller(zoom)
        caller.send("later", scheduled_time="2027-01-15T09:00:00Z")
        view, elsewhere = View(zoom.chat, PIPELINES), View(zoom.chat, world.DATA_TEAM.id)
        (draft,) = look(view)["panel"]["scheduled"]
        assert "Scheduled for" in draft["html"]
        assert look(elsewhere)["panel"]["scheduled"] == []
        now[0] += 3600
        shown = look(view)
        assert shown["panel"]["scheduled"] == []
        assert "later" in shown["messages"][0]["html"]
        assert "Scheduled for" not in shown["messages"][0]["html"]
        # The request behind it is the one that has scheduled it.
        (request,) = found_requests(zoom.chat, shown["messages"][0]["id"])
        assert request["answer"] == json.dumps({"id": draft["id"]}, indent=2)


@pytest.fixture
def stream(zoom: Sandbox) -> Iterator[Iterator[tuple[str, Any]]]:
    """The events that a page gets."""
    answer = requests.get(
        f"{zoom.url}/sandbox/events?place={PIPELINES}", stream=True, timeout=(5, 10)
    )
    assert answer.headers["content-type"] == "text/event-stream"

    def events() -> Iterator[tuple[str, Any]]:
        lines = answer.iter_lines(chunk_size=1, decode_unicode=True)
        for line in lines:
            if line.startswith("event: "):
                yield line.removeprefix("event: "), json.loads(next(lines).removeprefix("data: "))

    with answer:
        yield events()


def test_events(stream: Iterator[tuple[str, Any]], caller: Caller) -> None:
    """A page is told of what is posted as it comes, half a character included."""
    kind, value = next(stream)
    assert (kind, value["place"], value["messages"]) == ("snapshot", PIPELINES, [])
    sent = caller.send("lone \ud800 half").json()["id"]
    kind, value = next(event for event in stream if event[1]["messages"])
    assert (kind, [each["id"] for each in value["messages"]]) == ("changes", [sent])


def test_stop_with_a_page_open() -> None:
    """A page that is open does not hold up the end, and its connection ends well."""
    with (
        Sandbox() as zoom,
        requests.get(f"{zoom.url}/sandbox/events", stream=True, timeout=5) as answer,
    ):
        zoom.stop()
        assert b"snapshot" in answer.content
