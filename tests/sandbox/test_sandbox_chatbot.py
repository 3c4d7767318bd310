from __future__ import annotations

from typing import Any

import pytest
import requests

from sandbox.caller import Caller, code


def test_send_edit_delete(caller: Caller) -> None:
    """A card is sent, replaced and deleted, and reads as plain lines."""
    field = {"type": "fields", "items": [{"key": "DAG", "value": "x"}]}
    blocks = [{"type": "message", "text": "Try 2"}, {"type": "section", "sections": [field]}]
    content = {"head": {"text": "Late", "sub_head": {"text": "load"}}, "body": blocks}
    sent = caller.as_bot("POST", json=caller.card(content=content))
    message_id = sent.json()["message_id"]
    edited = caller.as_bot("PUT", message_id, json=caller.card("Done"))
    query = {name: caller.card()[name] for name in ("account_id", "robot_jid")}
    deleted = caller.as_bot("DELETE", message_id, params=query)

    assert [answer.status_code for answer in (sent, edited, deleted)] == [201, 200, 200]
    assert {answer.json()["message_id"] for answer in (sent, edited, deleted)} == {message_id}
    (message,) = caller.zoom.messages("data-pipelines")
    assert message["history"] == ["Late\nload\nTry 2\nDAG: x"]
    assert (message["text"], message["edited"], message["deleted"]) == ("Done", True, True)
    assert (message["api"], message["sender"]) == ("chatbot", "Airflow Bot")


STYLED = {"type": "message", "text": "x", "style": {"bold": True}}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"robot_jid": ""}, (404, 7002)),
        ({"robot_jid": "v1other@xmpp.zoom.us"}, (403, 7003)),
        ({"to_jid": "0@conference.xmpp.zoom.us"}, (403, 7004)),
        ({"to_jid": "5a0d3c1f8e2b47d69c04b1a7e6f35d20"}, (403, 7004)),
        ({"account_id": "other"}, (403, 7004)),
        ({"account_id": ""}, (400, 7001)),
        ({"reply_to": "none"}, (404, 8001)),
        ({"visible_to_user": "nobody"}, (403, 7004)),
        ({"content": None}, (400, 7001)),
        ({"content": {"body": [STYLED]}, "is_markdown_support": True}, (400, 7001)),
    ],
)
def test_refused_sends(caller: Caller, fields: dict[str, Any], expected: tuple[int, int]) -> None:
    """A card that Zoom would refuse is refused with Zoom's code, and posts nothing."""
    answer = caller.as_bot("POST", json=caller.card(**fields))

    assert code(answer) == expected
    assert answer.json()["result"] is False
    assert caller.zoom.messages() == []


def test_reason(caller: Caller) -> None:
    """What Zoom's words leave open stands in a header, and with the request."""
    content = {"body": [{"type": "header", "text": "x"}]}
    answer = caller.as_bot("POST", json=caller.card(content=content))

    assert answer.json()["message"] == "Invalid Request Body format."
    assert answer.headers["x-sandbox-reason"] == "body[0]: unknown type 'header'"
    assert caller.zoom.requests()[-1]["why"] == "body[0]: unknown type 'header'"


def test_no_token(caller: Caller) -> None:
    """A call without a token is told what it lacks."""
    answer = requests.post(caller.zoom.url + "/v2/im/chat/messages", json=caller.card())

    missing = {"code": 7010, "message": "Missing Authorization header.", "result": False}
    assert (answer.status_code, answer.json()) == (401, missing)


def test_where_to(caller: Caller) -> None:
    """A user goes by JID, a channel's in capitals is the same one, and a reply has its parent."""
    jid = "annsandboxuser00000002@xmpp.zoom.us"
    sent = caller.as_bot("POST", json=caller.card(to_jid=jid, user_jid=jid)).json()
    capitals = f"{caller.channel}@conference.xmpp.zoom.us".upper()
    main = caller.as_bot("POST", json=caller.card(to_jid=capitals)).json()["message_id"]
    caller.as_bot("POST", json=caller.card(reply_to=main, visible_to_user="ann@example.com"))

    assert (sent["to_jid"], sent["user_jid"]) == (jid, jid)
    direct, first, reply = caller.zoom.messages()
    assert (direct["contact"], first["channel"]) == ("ann@example.com", caller.channel)
    assert (reply["reply_to"], reply["visible_to_user"]) == (main, "ann@example.com")


def test_unknown_message(caller: Caller) -> None:
    """A user's message is none of the bot's."""
    message_id = caller.send().json()["id"]

    assert code(caller.as_bot("PUT", message_id, json=caller.card())) == (404, 8001)


@pytest.mark.parametrize("where", ["params", "json", "data"])
def test_where_a_deletion_has_its_parameters(caller: Caller, where: str) -> None:
    """Account and bot stand in the query, or in the body as Zoom's guide has them."""
    message_id = caller.as_bot("POST", json=caller.card()).json()["message_id"]
    parameters = {name: caller.card()[name] for name in ("account_id", "robot_jid")}

    assert code(caller.as_bot("DELETE", message_id)) == (400, 7001)
    assert caller.as_bot("DELETE", message_id, **{where: parameters}).status_code == 200


def test_flags_as_texts(caller: Caller) -> None:
    """A client may write true and false as texts, anywhere in a card; they are flags then."""
    style = {"bold": "true", "italic": "False"}
    content = {"head": {"text": "a", "style": style}, "body": [{"type": "message", "text": "b"}]}
    caller.as_bot("POST", json=caller.card(content=content, is_markdown_support="false"))
    (message,) = caller.zoom.messages()

    assert message["content"]["head"]["style"] == {"bold": True, "italic": False}
    assert message["is_markdown_support"] is False
    style["bold"] = "maybe"
    assert code(caller.as_bot("POST", json=caller.card(content=content))) == (400, 7001)
