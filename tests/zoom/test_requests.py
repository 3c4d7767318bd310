"""The three APIs: arguments to exactly the call that goes out."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from airflow_provider_zoomchat.zoom import chatbot, team_chat, webhook
from airflow_provider_zoomchat.zoom.cards.prepare import prepare
from airflow_provider_zoomchat.zoom.errors import ConfigError
from airflow_provider_zoomchat.zoom.http import Request
from airflow_provider_zoomchat.zoom.text import Text, link, markdown, mention

API = "https://api.zoom.us/v2"
CHANNEL = "0123456789abcdef0123456789abcdef"
CHANNEL_JID = f"{CHANNEL}@conference.xmpp.zoom.us"
TARGET = ("to_channel", CHANNEL)
BOT = chatbot.Bot("v1bot@xmpp.zoom.us", "ACC")
CARD = {"head": {"text": "Load"}}
HOOK = "https://integrations.zoom.us/chat/webhooks/incomingwebhook/abc"


def wire(request: Request) -> tuple[str, str, dict[str, str], Any]:
    """Return what goes over the wire: method, address, query and JSON body."""
    body = None if request.body is None else json.loads(request.body)
    return request.method, request.url, dict(request.params), body


MESSAGES = f"{API}/chat/users/u/messages"
ANN = {"at_type": 1, "at_contact": "ann@example.com", "start_position": 0, "end_position": 3}
BOLD = {"format_type": "Bold", "start_position": 5, "end_position": 8}
FOR_BOT = {"robot_jid": "v1bot@xmpp.zoom.us", "account_id": "ACC"}
FULL = {"format": "full"}

#: What is asked for, and what goes over the wire: method, address, query and body.
CALLS: dict[str, tuple[Request, tuple[str, str, dict[str, str], Any]]] = {
    "send as user": (
        team_chat.send(API, "airflow@example.com", message="Hi\n🚀", target=TARGET),
        (
            *("POST", f"{API}/chat/users/airflow%40example.com/messages", {}),
            {"message": "Hi\n🚀", "to_channel": CHANNEL},
        ),
    ),
    "send as user with everything": (
        team_chat.send(
            API,
            "u",
            message="@Ann look",
            target=("to_contact", "ann@example.com"),
            reply_main_message_id="m1",
            at_items=[ANN],
            rich_text=[BOLD],
            file_ids=["f1"],
        ),
        (
            *("POST", MESSAGES, {}),
            {
                "message": "@Ann look",
                "to_contact": "ann@example.com",
                "reply_main_message_id": "m1",
                "at_items": [ANN],
                "rich_text": [{**BOLD, "format_attr": ""}],
                "file_ids": ["f1"],
            },
        ),
    ),
    "edit as user, without its files": (
        team_chat.edit(API, "u", "{A/B}", message="New", target=TARGET, file_ids=[]),
        (
            *("PUT", f"{MESSAGES}/%7BA%2FB%7D", {}),
            {"message": "New", "to_channel": CHANNEL, "file_ids": []},
        ),
    ),
    "edit as user": (
        team_chat.edit(API, "u", "m", message="New", target=TARGET),
        ("PUT", f"{MESSAGES}/m", {}, {"message": "New", "to_channel": CHANNEL}),
    ),
    "a card as user": (
        team_chat.send(API, "u", message="Load", target=TARGET, card=prepare(CARD, {})),
        (
            *("POST", MESSAGES, {}),
            {
                "message": "Load",
                "to_channel": CHANNEL,
                "interactive_cards": [{"card_json": '{"content": {"head": {"text": "Load"}}}'}],
            },
        ),
    ),
    "another card as user": (
        team_chat.edit(API, "u", "m", message="New", target=TARGET, card=prepare(CARD, {})),
        (
            *("PUT", f"{MESSAGES}/m", {}),
            {
                "message": "New",
                "to_channel": CHANNEL,
                "interactive_cards": [{"card_json": '{"content": {"head": {"text": "Load"}}}'}],
            },
        ),
    ),
    "edit as user, without its card": (
        team_chat.edit(API, "u", "m", message="New", target=TARGET, card=team_chat.NO_CARD),
        (
            *("PUT", f"{MESSAGES}/m", {}),
            {"message": "New", "to_channel": CHANNEL, "interactive_cards": []},
        ),
    ),
    "delete as user": (
        team_chat.delete(API, "u", "m1", target=TARGET),
        ("DELETE", f"{MESSAGES}/m1", {"to_channel": CHANNEL}, None),
    ),
    "send as bot with everything": (
        chatbot.send(
            API,
            chatbot.Bot("v1bot@xmpp.zoom.us", "ACC", "u@xmpp.zoom.us"),
            card=CARD,
            to_jid=CHANNEL_JID,
            reply_to="m0",
            visible_to_user="uid",
            zoom_markdown="true",
        ),
        (
            *("POST", f"{API}/im/chat/messages", {}),
            {
                **FOR_BOT,
                "user_jid": "u@xmpp.zoom.us",
                "content": CARD,
                "is_markdown_support": True,
                "to_jid": CHANNEL_JID,
                "reply_to": "m0",
                "visible_to_user": "uid",
            },
        ),
    ),
    "edit as bot": (
        chatbot.edit(API, BOT, "m/1", card=CARD),
        ("PUT", f"{API}/im/chat/messages/m%2F1", {}, {**FOR_BOT, "content": CARD}),
    ),
    "delete as bot": (
        chatbot.delete(API, BOT, "m1"),
        ("DELETE", f"{API}/im/chat/messages/m1", FOR_BOT, None),
    ),
    "a card through a webhook": (
        webhook.send(HOOK, content=CARD),
        ("POST", HOOK, FULL, {"content": CARD}),
    ),
    # A bare text knows no switch.
    "markdown through a webhook": (
        webhook.send(HOOK, message="*Hi*", zoom_markdown=True),
        (
            *("POST", HOOK, FULL),
            {
                "is_markdown_support": True,
                "content": {"body": [{"type": "message", "text": "*Hi*"}]},
            },
        ),
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_calls(name: str) -> None:
    """Each call goes out as Zoom documents it; only edits and deletions may be repeated."""
    request, expected = CALLS[name]
    assert wire(request) == expected
    sends = request.method == "POST"
    assert request.repeatable is not sends
    id_key = {"team_chat": "id", "chatbot": "message_id"}.get(request.api)
    assert request.id_key == (id_key if sends else None)
    if request.body is not None:
        assert request.headers["Content-Type"] == "application/json"


def test_formats_as_user() -> None:
    """Markdown becomes plain words with positions; an edit, which knows none, says it in words."""
    source = "**late**: [log](https://a.example) " + "🚀"
    body = wire(team_chat.send(API, "u", message=markdown(source), target=TARGET))[3]
    assert body == {
        "message": "late: log 🚀",
        "to_channel": CHANNEL,
        "rich_text": [
            {
                "format_type": "AddLink",
                "format_attr": "https://a.example",
                "start_position": 6,
                "end_position": 8,
            },
            {"format_type": "Bold", "format_attr": "", "start_position": 0, "end_position": 3},
        ],
    }
    edit = team_chat.edit(API, "u", "m", message=markdown(source), target=TARGET)
    assert wire(edit)[3]["message"] == "late: log (https://a.example) 🚀"


TABLE = "| day | rows |\n|---|---:|\n| Mon | 7 |"


@pytest.mark.parametrize(
    ("source", "message"),
    [(TABLE, "day  rows\n---  ----\nMon     7"), ("| a |\n|---|\n| b  c |", "a\n---\nb c")],
    ids=["columns", "one column"],
)
def test_a_table_as_user(source: str, message: str) -> None:
    """Zoom has no type of code, so a table's blanks and rule are as wide as digits; edited too."""
    wide = re.sub("(?m)^ +|  +", lambda blanks: "\N{FIGURE SPACE}" * len(blanks[0]), message)
    wide = wide.replace("-", "\N{FIGURE DASH}")
    sent = team_chat.send(API, "u", message=markdown(source), target=TARGET)
    edited = team_chat.edit(API, "u", "m", message=markdown(source), target=TARGET)
    assert wire(sent)[3]["message"] == wire(edited)[3]["message"] == wide


def test_a_mention_as_user() -> None:
    """Mentions are sent beside the words, and one that is none is words alone."""
    message = mention("ann@example.com") + " " + mention("data team")
    body = wire(team_chat.send(API, "u", message=message, target=TARGET))[3]
    assert body == {
        "message": "@ann@example.com @data team",
        "to_channel": CHANNEL,
        "at_items": [
            {"at_type": 1, "at_contact": "ann@example.com", "start_position": 0, "end_position": 15}
        ],
    }


def test_the_length_of_an_edit() -> None:
    """An edit names the addresses of links, unless it would be too long for that alone."""
    short, long = link("x" * 70, "https://a.example"), link("x" * 4090, "https://a.example")
    edited = team_chat.edit(API, "u", "m", message=short, target=TARGET)
    assert wire(edited)[3]["message"] == f"{'x' * 70} (https://a.example)"
    edited = team_chat.edit(API, "u", "m", message=long, target=TARGET)
    assert wire(edited)[3]["message"] == "x" * 4090


@pytest.mark.parametrize(
    ("message", "card", "text"),
    [
        ("Look", CARD, "Look"),
        (None, CARD, "Load"),
        ("", {"body": [{"type": "message", "text": Text("48,210 rows\nmore")}]}, "48,210 rows"),
        (None, {"body": [{"type": "message", "text": link("Log", "https://a.b")}]}, "Log"),
        (None, {"body": [{"type": "images", "images": []}]}, "…"),
    ],
)
def test_the_text_above_a_card(message: Any, card: Any, text: str) -> None:
    """Above a card stands the message, or else the card's first line, which is never empty."""
    prepared = prepare(card, {}, validate=False)
    assert team_chat.text_of(message, None, prepared) == Text(text)


def test_a_long_first_line_of_a_card() -> None:
    """The first line of a card is cut to what Zoom takes for certain."""
    prepared = prepare({"head": {"text": "a" * 2000}}, {})
    assert len(team_chat.text_of(None, None, prepared).message) <= 1024


@pytest.mark.parametrize(
    ("to_channel", "to_contact", "default", "target"),
    [
        (CHANNEL, None, None, TARGET),
        (CHANNEL_JID, None, None, TARGET),
        (None, None, CHANNEL_JID, TARGET),
        ("", "", CHANNEL, TARGET),
        (None, "ann@example.com", CHANNEL, ("to_contact", "ann@example.com")),
        (f" {CHANNEL} ", None, "other", TARGET),
    ],
)
def test_targets(to_channel: Any, to_contact: Any, default: Any, target: tuple[str, str]) -> None:
    """A message goes where it is told, else to the connection's channel; a JID is shortened."""
    assert team_chat.target(to_channel, to_contact, default) == target


@pytest.mark.parametrize(
    ("to_channel", "to_contact", "words"),
    [
        (None, None, "No target: give to_channel or to_contact, or fill Default channel"),
        ("a", "b", "Both to_channel and to_contact are given"),
        ("ann@example.com", None, "no channel id: give a person as to_contact"),
        ("x@xmpp.zoom.us", None, "is a JID of a user or a bot"),
        (None, CHANNEL_JID, "is a channel: give it as to_channel"),
        (None, "x@xmpp.zoom.us", "is a JID: give an e-mail address or a user id"),
        (7, None, "to_channel must be a text"),
    ],
)
def test_wrong_targets(to_channel: Any, to_contact: Any, words: str) -> None:
    """No target, two, or one of the wrong kind is refused before anything is sent."""
    with pytest.raises(ConfigError, match=words):
        team_chat.target(to_channel, to_contact, None)


@pytest.mark.parametrize(
    ("to_jid", "jid"),
    [
        (CHANNEL, CHANNEL_JID),
        (CHANNEL_JID, CHANNEL_JID),
        ("u@xmpp.zoom.us", "u@xmpp.zoom.us"),
        ("u@xmppdev.zoom.us", "u@xmppdev.zoom.us"),
    ],
)
def test_jids(to_jid: str, jid: str) -> None:
    """A bare channel id becomes its JID; a JID stays as it is."""
    assert chatbot.target_jid(to_jid, BOT, "xmpp.zoom.us") == jid


@pytest.mark.parametrize(
    ("to_jid", "words"),
    [
        ("ann@example.com", "neither a channel's id nor a JID"),
        ("v1bot@xmpp.zoom.us", "the bot's own JID"),
    ],
)
def test_wrong_jids(to_jid: str, words: str) -> None:
    """A JID of the wrong kind is refused before anything is sent."""
    with pytest.raises(ConfigError, match=words):
        chatbot.target_jid(to_jid, BOT, "xmpp.zoom.us")


@pytest.mark.parametrize("wrong", [CHANNEL_JID, "ann@example.com", "abc"])
def test_wrong_user_jid(wrong: str) -> None:
    """Only a user's JID can speak for a user."""
    with pytest.raises(ConfigError, match="is no user's JID"):
        chatbot.user_jid(wrong)


def test_plain_text_through_a_webhook() -> None:
    """A plain text goes bare, without quotes, whatever query the URL came with."""
    request = webhook.send(f"{HOOK}?format=full", message='Say "hé"')
    assert (request.method, request.url) == ("POST", HOOK)
    assert request.params == {"format": "message"}
    assert request.body == 'Say "hé"'.encode()
    assert not request.repeatable


def test_half_an_emoji_is_sent() -> None:
    """A lone surrogate, which no encoding knows, does not stop a message."""
    assert webhook.send(HOOK, message="a\ud83d").body == b"a?"
    assert wire(team_chat.send(API, "u", message="a\ud83d", target=TARGET))[3]["message"]
