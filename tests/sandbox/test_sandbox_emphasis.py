from __future__ import annotations

from typing import Any

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_zoomchat.sandbox import Sandbox
from airflow_provider_zoomchat.sandbox.emphasis import FORMATS, emphasis
from airflow_provider_zoomchat.sandbox.fields import FORMATS as FORMAT_TYPES
from sandbox.caller import Caller

Runs = list[tuple[str, set[str]]]

# The same words in the same emphasis, for each API in its own way.
TEXT = "Load failed\nfirst\nqty is bad, see log\nquoted\n1 2\n@Ann"
SPANS = [
    ("Load", "Bold", ""),
    ("failed", "Italic", ""),
    ("first", "BulletedList", ""),
    ("qty", "BackgroundColor", "F0F0F0"),
    ("bad", "Strikethrough", ""),
    ("log", "AddLink", "https://x.io/log"),
    ("quoted", "Quote", ""),
    ("1 2", "BackgroundColor", "F0F0F0"),
]
MARKDOWN = (
    "*Load* _failed_\n- first\n`qty` is ~bad~, see <https://x.io/log|log>\n> quoted\n"
    "```\n1 2\n```\n<!annsandboxuser00000002@xmpp.zoom.us|Ann>"
)
EXPECTED: Runs = [
    *[("Load", {"bold"}), (" ", set()), ("failed", {"italic"}), ("\n", set())],
    *[("first", {"bullet"}), ("\n", set())],
    *[("qty", {"code"}), (" is ", set()), ("bad", {"strike"}), (", see ", set())],
    *[("log", {"link"}), ("\n", set())],
    *[("quoted", {"quote"}), ("\n", set())],
    *[("1 2", {"code"}), ("\n", set())],
    *[("@Ann", {"mention"})],
]


def at(words: str, text: str = TEXT) -> dict[str, int]:
    start = text.index(words)
    return {"start_position": start, "end_position": start + len(words) - 1}


def runs(message: dict[str, Any]) -> Runs:
    return [(text, set(formats)) for text, formats in emphasis(message)]


def as_user(caller: Caller) -> None:
    caller.send(
        TEXT,
        rich_text=[
            {**at(words), "format_type": kind, "format_attr": attribute}
            for words, kind, attribute in SPANS
        ],
        at_items=[{**at("@Ann"), "at_type": 1, "at_contact": "ann@example.com"}],
    )


def as_bot(caller: Caller) -> None:
    content = {"body": [{"type": "message", "text": MARKDOWN}]}
    caller.as_bot("POST", json=caller.card(content=content, is_markdown_support=True))


def as_webhook(caller: Caller) -> None:
    extra = caller.zoom.connection("incoming_webhook")["extra"]
    block = {"type": "message", "text": MARKDOWN, "is_markdown_support": True}
    requests.post(
        f"{extra['webhook_url']}?format=full",
        json={"content": {"body": [block]}},
        headers={"Authorization": extra["verification_token"]},
    )


@pytest.mark.parametrize("send", [as_user, as_bot, as_webhook])
def test_every_api(caller: Caller, send: Any) -> None:
    """The same words in the same emphasis read the same, whatever API they came through."""
    send(caller)

    (message,) = caller.zoom.messages()
    assert runs(message) == EXPECTED
    assert caller.zoom.shown(message) == TEXT


def user(text: str, *spans: tuple[str, str, str]) -> dict[str, Any]:
    """Return a user's message with such formatting."""
    return {
        **{"id": "m", "channel": "c", "channel_name": "c", "sender": "Airflow", "text": text},
        **{"time": "2026-03-14T06:06:12.000Z", "content": None, "visible_to_user": "ann"},
        **{"reply_to": None, "edited": True, "deleted": False, "at_items": []},
        **{"interactive_cards": [], "files": [{"id": "f", "name": "n", "size": 1, "image": ""}]},
        "rich_text": [
            {**at(words, text), "format_type": kind, "format_attr": attribute}
            for words, kind, attribute in spans
        ],
    }


@pytest.mark.parametrize(
    ("text", "spans", "expected"),
    [
        pytest.param("a b", [], [("a b", set())], id="nothing"),
        pytest.param("", [], [], id="empty"),
        pytest.param(
            "ab c",
            [("ab", "Bold", ""), ("b c", "Italic", "")],
            [("a", {"bold"}), ("b", {"bold", "italic"}), (" c", {"italic"})],
            id="overlap",
        ),
        pytest.param(
            "T\n\nb",
            [("T", "Paragraph", "h2")],
            [("T", {"heading"}), ("\n\n", set()), ("b", set())],
            id="heading and empty line",
        ),
        pytest.param(
            "a\nb\nc",
            [("b\nc", "NumberedList", "")],
            [("a", set()), ("\n", set()), ("b", {"number"}), ("\n", set()), ("c", {"number"})],
            id="numbers",
        ),
        pytest.param("https://x.io", [], [("https://x.io", {"link"})], id="bare address"),
        pytest.param("a", [("a", "FontColor", "FF0000")], [("a", set())], id="colour"),
        pytest.param("a <b> & c", [], [("a <b> & c", set())], id="signs of HTML"),
        pytest.param(
            "a\nb",
            [("a\nb", "AddLink", "https://x.io")],
            [("a", set()), ("\n", set()), ("b", set())],
            id="a link over lines",
        ),
        pytest.param(
            "a",
            [("a", "Quote", ""), ("a", "Bold", ""), ("a", "Italic", "")],
            [("a", {"quote", "italic"})],
            id="a quote clears bold behind it",
        ),
        pytest.param(
            "a",
            [("a", "Bold", ""), ("a", "Quote", "")],
            [("a", {"quote", "bold"})],
            id="and not before it",
        ),
        pytest.param(
            "a",
            [("a", "Quote", ""), ("a", "BulletedList", ""), ("a", "NumberedList", "")],
            [("a", {"quote", "bullet"})],
            id="a list clears the other list behind it",
        ),
        pytest.param(
            "a",
            [("a", "BulletedList", ""), ("a", "Quote", "")],
            [("a", {"bullet"})],
            id="a list clears a quote behind it",
        ),
        pytest.param(
            "a",
            [("a", "AddLink", "https://x.io"), ("a", "BackgroundColor", "EEEEEE")],
            [("a", {"link"})],
            id="a link clears a background behind it",
        ),
    ],
)
def test_users_text(text: str, spans: list[tuple[str, str, str]], expected: Runs) -> None:
    """Formatting shows as far as it takes hold; sender, time, notes and files are no words."""
    assert runs(user(text, *spans)) == expected


def test_stored_as_sent(caller: Caller) -> None:
    """What one entry clears of another is a matter of showing it: it is returned as it was sent."""
    span = {"start_position": 0, "end_position": 3, "format_attr": ""}
    rich_text = [{**span, "format_type": kind} for kind in ("Quote", "Bold", "NumberedList")]
    message_id = caller.send("Load", rich_text=rich_text).json()["id"]

    read = caller.chat("GET", message_id, params={"to_channel": caller.channel}).json()
    assert read["rich_text"] == caller.zoom.messages()[0]["rich_text"] == rich_text
    assert runs(caller.zoom.messages()[0]) == [("Load", {"quote", "number"})]


@pytest.mark.parametrize(("end", "taken"), [(3, 1), (5, 0)])
def test_link_over_lines(caller: Caller, end: int, taken: int) -> None:
    """A link over several lines is dropped in silence; emojis before it do not matter."""
    link = {"start_position": 2, "end_position": end, "format_type": "AddLink"}
    answer = caller.send("🚨 a\nb", rich_text=[{**link, "format_attr": "https://x.io"}])

    assert answer.status_code == 201
    assert len(caller.zoom.messages()[0]["rich_text"]) == taken


def test_card() -> None:
    """A card's head is a heading, a bold style is bold, and each part stands on its own lines."""
    content = {
        "head": {"text": "Late", "sub_head": {"text": "today", "style": {"italic": True}}},
        "body": [
            {"type": "message", "text": "now", "style": {"bold": True}, "editable": True},
            {"type": "fields", "items": [{"key": "DAG", "value": "load"}]},
            {"type": "actions", "items": [{"text": text, "value": "v"} for text in "AB"]},
        ],
    }
    message = {**user(""), "content": content, "is_markdown_support": False}
    parts = [run for run in runs(message) if run[0] != "\n"]
    assert parts == [
        *[("Late", {"heading"}), ("today", {"italic"}), ("now", {"bold"})],
        *[("DAG", set()), ("load", set()), ("A", set()), ("B", set())],
    ]


def test_code_with_empty_lines() -> None:
    """A block of code reads line by line, like a user's lines with a background."""
    block = {"type": "message", "text": "a\n```\nx\n\n y\n```\nb"}
    bot = {**user(""), "content": {"body": [block]}, "is_markdown_support": True}
    lines = user("a\nx\n\n y\nb", ("x\n\n y", "BackgroundColor", "EEEEEE"))
    assert runs(bot) == runs(lines)


def test_deleted() -> None:
    """A deleted message shows no words."""
    assert runs({**user("gone"), "deleted": True}) == []


WORDS = st.text(
    st.characters(exclude_categories=["Cc", "Cs"], include_characters="\n"), max_size=60
)
SPAN = st.fixed_dictionaries(
    {
        "start_position": st.integers(0, 40),
        "end_position": st.integers(0, 40),
        "format_type": st.sampled_from(sorted(FORMAT_TYPES)),
        "format_attr": st.sampled_from(["", "FF0000", "s", "h1", "20", "https://x.io"]),
    }
)


@settings(max_examples=200, deadline=None, database=None)
@given(text=WORDS, spans=st.lists(SPAN, max_size=8))
def test_no_word_is_lost(text: str, spans: list[Any]) -> None:
    """Whatever the formatting, every word of a text is shown once, and no format is unknown."""
    message = {**user(text), "rich_text": spans}
    found = emphasis(message)

    assert Sandbox.shown(message).split() == text.split()
    assert all(formats <= FORMATS for _, formats in found)
    assert all(text.isspace() or "\n" not in text for text, _ in found)
