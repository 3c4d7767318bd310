"""What the sandbox's people do: answer in a thread, and react."""

from __future__ import annotations

import pytest
import requests

from sandbox.caller import Caller

ANN, BOB = "ann@example.com", "bob@example.com"


def test_an_answer(caller: Caller) -> None:
    """An answer stands in the thread, by the person who is named, and Zoom's API tells of it."""
    main = caller.send("Publish?").json()["id"]
    first = caller.zoom.answer(main, "publish", by=ANN)
    second = caller.zoom.answer(first, "wait", by="bOBSandboxUser00000003")
    assert caller.zoom.messages(thread=main) == [first, second]
    assert [each["sender"] for each in (first, second)] == ["Ann", "Bob"]
    assert caller.zoom.messages()[0]["replies"] == 2
    query = {"to_channel": caller.channel, "from": "2020-05-01T19:13:02Z", "sort": "asc"}
    thread = caller.chat("GET", f"{main}/thread", params=query).json()["messages"]
    said = [(each["message"], each["sender_email"]) for each in thread[1:]]
    assert said == [("publish", ANN), ("wait", BOB)]


def test_an_answer_in_private(caller: Caller) -> None:
    """In a conversation of two the answer goes to the other one, and both find the thread."""
    main = caller.send("Publish?", to_contact=ANN).json()["id"]
    answer = caller.zoom.answer(main, "publish", by=ANN)
    assert (answer["channel"], answer["contact"]) == (None, "airflow@example.com")
    again = caller.zoom.answer(answer, "done", by="airflow@example.com")
    assert again["contact"] == ANN
    query = {"to_contact": ANN, "from": "2020-05-01T19:13:02Z"}
    assert caller.chat("GET", f"{main}/thread", params=query).json()["total"] == 2


def test_an_answer_to_a_bot(caller: Caller) -> None:
    """A bot's message is answered as a user's is, in a channel and in private."""
    shared = caller.as_bot("POST", json=caller.card()).json()["message_id"]
    jid = "annsandboxuser00000002@xmpp.zoom.us"
    private = caller.as_bot("POST", json=caller.card(to_jid=jid)).json()["message_id"]
    assert caller.zoom.answer(shared, "fine", by=BOB)["reply_to"] == shared
    answer = caller.zoom.answer(private, "fine", by=ANN)
    assert answer["contact"] == caller.bot["extra"]["robot_jid"]
    assert caller.zoom.messages(thread=private) == [answer]


def test_a_reaction(caller: Caller) -> None:
    """A person reacts, and takes the reaction back; of an emoji counts the one code point."""
    main = caller.send().json()["id"]
    caller.zoom.react(main, "✅", by=ANN)
    caller.zoom.react(main, "❤️", by=BOB)
    assert caller.zoom.message()["reactions"] == {"✅": [ANN], "❤": [BOB]}
    caller.zoom.react(main, "✅", by=ANN, add=False)
    assert caller.zoom.message()["reactions"] == {"❤": [BOB]}


@pytest.mark.parametrize(
    ("text", "by", "words"),
    [
        ("publish", "zoe@example.com", "The sandbox knows nobody .* 'zoe@example.com'"),
        ("publish", "dan@example.com", "Dan is not in data-pipelines"),
        (" \n", ANN, "must have a text"),
        ("x" * 4097, ANN, "at most 4,096 characters; this one has 4,097"),
    ],
)
def test_an_answer_that_there_cannot_be(caller: Caller, text: str, by: str, words: str) -> None:
    """Who is not there, and what is no message, gets an error that says so, and nothing changes."""
    main = caller.send().json()["id"]
    with pytest.raises((LookupError, ValueError), match=words):
        caller.zoom.answer(main, text, by=by)
    assert len(caller.zoom.messages()) == 1


@pytest.mark.parametrize("emoji", ["", "ok", "✅✅", "👍🏽", "a", "1", " "])
def test_what_is_no_emoji(caller: Caller, emoji: str) -> None:
    """A word, a sequence and a skin tone are no reaction that Zoom's API can name."""
    main = caller.send().json()["id"]
    with pytest.raises(ValueError, match="is not one emoji"):
        caller.zoom.react(main, emoji, by=ANN)
    assert caller.zoom.message()["reactions"] == {}


def test_a_message_that_is_gone(caller: Caller) -> None:
    """A message that was never there, or is deleted, takes no answer and no reaction."""
    main = caller.send().json()["id"]
    caller.chat("DELETE", main, params={"to_channel": caller.channel})
    with pytest.raises(LookupError, match="has been deleted"):
        caller.zoom.answer(main, "publish", by=ANN)
    with pytest.raises(LookupError, match="'nothing' does not exist"):
        caller.zoom.react("nothing", "✅", by=ANN)


def own(caller: Caller, path: str, **value: object) -> requests.Response:
    return requests.post(f"{caller.zoom.url}/sandbox/{path}", json=value, timeout=5)


def test_over_http(caller: Caller) -> None:
    """The sandbox's own addresses do the same, and tell in words what cannot be done."""
    main = caller.send("Publish?").json()["id"]
    answer = own(caller, "answers", message=main, text="publish", by=ANN)
    assert answer.status_code == 201
    assert caller.zoom.message(thread=main)["id"] == answer.json()["id"]
    for add in (True, True, False):
        done = own(caller, "reactions", message=main, emoji="✅", by=ANN, add=add)
        assert done.status_code == 204
    own(caller, "reactions", message=main, emoji="👀", by=BOB)
    assert caller.zoom.messages()[0]["reactions"] == {"👀": [BOB]}
    refused = own(caller, "answers", message=main, text="publish", by="dan@example.com")
    assert (refused.status_code, refused.text) == (400, "Dan is not in data-pipelines.\n")
    refused = own(caller, "reactions", message="nothing", emoji="✅", by=ANN)
    assert (refused.status_code, refused.text) == (400, "The message 'nothing' does not exist.\n")


@pytest.mark.parametrize(
    ("target", "names"),
    [
        ({}, ["Ann", "Bob", "Airflow"]),
        ({"to_contact": ANN}, ["Ann", "Airflow"]),
        ({"to_contact": "airflow@example.com"}, ["Airflow"]),
    ],
)
def test_who_can_answer(caller: Caller, target: dict[str, str], names: list[str]) -> None:
    """Those can answer who see the message; the one whom DAGs post as is named last."""
    main = caller.send("Publish?", **target).json()["id"]
    query = {"message": main}
    found = requests.get(f"{caller.zoom.url}/sandbox/people", params=query, timeout=5).json()
    assert [each["display_name"] for each in found["people"]] == names
