from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_zoomchat.zoom import validation
from airflow_provider_zoomchat.zoom.errors import ConfigError
from airflow_provider_zoomchat.zoom.text import Text, styled

CARD = {"head": {"text": "Load"}, "body": [{"type": "message", "text": "done"}]}


def refusal(check: Any, *given: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        check(*given)
    return str(caught.value)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (None, "message is missing. Give message a text."),
        ("", "message is empty: Zoom has no empty messages. Give message a text."),
        (" \n\t", "message is empty: Zoom has no empty messages. Give message a text."),
        (5, "message must be a text, not a value of type int."),
        (
            "x" * 4097,
            "message has 4097 characters, and Zoom takes no more than 4096. Shorten it, or send "
            "the rest as a reply.",
        ),
    ],
)
def test_wrong_texts(message: object, words: str) -> None:
    """A message that Zoom cannot take is refused before it is sent."""
    assert refusal(validation.text, message) == words


@given(st.text(min_size=1, max_size=validation.MAX_MESSAGE).filter(str.strip))
def test_any_other_text_stays_as_it_is(message: str) -> None:
    """Nothing is cut, stripped or changed."""
    assert validation.text(message) == Text(message)


def test_texts_with_formats() -> None:
    """Markdown is read if it is said to be some, and a text that has formats stays as it is."""
    late = styled("late", Bold="")
    assert validation.text("**late**", markdown=True) == late
    assert validation.text("**late**", markdown="None") == Text("**late**")
    assert validation.text(late, markdown=True) is late


@pytest.mark.parametrize(
    "value", [float("nan"), {1}, object(), {"a": [b"x"]}], ids=["NaN", "set", "object", "bytes"]
)
def test_what_is_no_json(value: object) -> None:
    """What JSON cannot say is refused by the name of its argument."""
    said = refusal(validation.check_json, "content", {"head": {"text": value}})
    assert said.startswith("content cannot be written as JSON: ")
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("missing", [None, "", "  ", "None"])
def test_missing_message_id(missing: object) -> None:
    """A skipped upstream task, which hands on None or its text, is named as the likely cause."""
    assert refusal(validation.message_id, missing) == (
        "message_id is missing: the task that should have sent the message gave none (was it "
        "skipped?). Give message_id the output of the task that sends it."
    )


@pytest.mark.parametrize("wrong", [7, ["a"], {"message_id": "a"}])
def test_wrong_message_id(wrong: object) -> None:
    """Whatever is no text is refused."""
    said = "message_id must be a text" if wrong == 7 else "message_id must be one id"
    assert refusal(validation.message_id, wrong).startswith(said)


@pytest.mark.parametrize("wrong", [".", "..", "a\nb", "a\x00", "a\ud83d"])
def test_what_cannot_stand_in_an_address(wrong: str) -> None:
    """Dots would lead to another address, and what cannot be printed is in no id."""
    words = "holds characters that no id or address has"
    assert words in refusal(validation.message_id, wrong)
    assert words in refusal(validation.optional_text, "user_id", wrong)


@pytest.mark.parametrize("left_out", [None, "", " ", "None"])
def test_what_is_left_out(left_out: object) -> None:
    """A template that yields nothing is an argument that is not given."""
    assert validation.optional_text("to_channel", left_out) is None


def test_message_id_is_stripped() -> None:
    """Blanks that a template leaves around an id do no harm."""
    assert validation.message_id(" {7DF8-CC5B}\n") == "{7DF8-CC5B}"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (5, "a card is a dict with head or body, not a value of type int."),
        (["a"], "a card is a dict with head or body, not a value of type list."),
        ("Load done", "it is a text, but not one in JSON. Give a plain text as message"),
        ("[1]", "a card is a dict with head or body, not a value of type list."),
        ({}, "it has neither head nor body (it has nothing)."),
        ({"text": "a", "x\n": []}, "it has neither head nor body (it has 'text', 'x\\n')."),
        ({"body": "text"}, "its body is a list, not a value of type str."),
        ({"head": 5}, "its head is a dict, not a value of type int."),
        ({"body": []}, "it has neither head nor body (it has 'body')."),
    ],
)
def test_content_that_is_no_card(content: object, words: str) -> None:
    """What is not a card is refused with what a card is."""
    assert words in refusal(validation.card, content)


@pytest.mark.parametrize("content", [CARD, json.dumps(CARD)])
def test_a_card_may_be_a_dict_or_its_json(content: object) -> None:
    """A template file gives a card as a text."""
    assert validation.card(content) == CARD


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"head": {"text": "a" "style"}}', "line 1, column 23: Expecting ',' delimiter"),
        ('{"head":\n {"text": 5', "line 2, column 12: Expecting ',' delimiter"),
        ('{"head": {"text": "se', "line 1, column 19: Unterminated string"),
        ("{'head': 'secret'}", "line 1, column 2: Expecting property name"),
        ('[{"head": secret}]', "line 1, column 11: Expecting value"),
        ('{"body": [' + "1" * 5000 + "]}", "a number in it is too long"),
        ('{"body":' + "[" * 100_000, "it is nested too deeply"),
    ],
    ids=["comma", "line", "text", "quotes", "word", "digits", "depth"],
)
def test_json_that_cannot_be_read(content: str, words: str) -> None:
    """The place of the mistake is told and what helps in a template, but nothing of the card."""
    said = refusal(validation.card, content)
    assert said.startswith(f"content is not a card: its JSON cannot be read, {words}")
    assert said.endswith("write {{ value | tojson }} for a value, without quotes around it.")
    assert "secret" not in said
    assert len(said) < 250


def test_a_body_that_is_a_tuple() -> None:
    """A template that gives Python's own values may give a tuple for a list."""
    assert validation.card({"body": tuple(CARD["body"])}) == {"body": CARD["body"]}


def test_a_plain_text_becomes_a_card() -> None:
    """A bot has nothing but cards, so a text becomes the body of one."""
    assert validation.card_or_text(None, "Hi") == {
        "body": [{"type": "message", "text": Text("Hi")}]
    }


@pytest.mark.parametrize(
    ("message", "markdown", "has"),
    [
        ("x" * 4001, None, "4001 characters"),
        ("x" * 5000, None, "5000 characters"),
        ("**" + "x" * 3999 + "**", True, "3999 characters (4001 as it is written for Zoom)"),
        ("**a** " + "&" * 1000, True, "1002 characters (5004 as it is written for Zoom)"),
    ],
    ids=["just too long", "far too long", "marks", "entities"],
)
def test_a_text_that_is_too_long_for_a_card(message: str, markdown: Any, has: str) -> None:
    """A text is held to what a card takes, counted as it is written, and by its own name."""
    assert refusal(validation.card_or_text, None, message, markdown) == (
        f"message has {has}, and as a bot or through a webhook it may have 4000. Shorten it, or "
        "send the rest with another message."
    )
    assert validation.card_or_text(None, "x" * 4000)


def test_card_and_text_exclude_each_other() -> None:
    """One of the two, not both and not none."""
    assert "Both message and content" in refusal(validation.card_or_text, CARD, "Hi")
    assert "Neither message nor content" in refusal(validation.card_or_text, None, None)


@pytest.mark.parametrize(
    ("value", "meaning"),
    [
        (True, True),
        ("True", True),
        ("on", True),
        (1, True),
        (False, False),
        ("no", False),
        (0, False),
        (None, None),
        ("", None),
        ("None", None),
    ],
)
def test_flags(value: object, meaning: bool | None) -> None:
    """A yes or no may come from a form or a template."""
    assert validation.flag("is_markdown_support", value) is meaning


def test_wrong_flag() -> None:
    """A flag that is neither yes nor no is refused by its name."""
    assert refusal(validation.flag, "is_markdown_support", "maybe") == (
        "is_markdown_support must be true or false, not 'maybe'."
    )


@pytest.mark.parametrize(
    ("check", "value", "words"),
    [
        (validation.file_ids, "abc", "file_ids must be a list of texts"),
        (validation.file_ids, ["a", 5], "file_ids must be a list of texts"),
        (validation.file_ids, list("abcdefg"), "file_ids has 7 entries, and a message takes 6"),
    ],
)
def test_wrong_files(check: Any, value: object, words: str) -> None:
    """Files are a list of at most six ids."""
    assert re.search(words, refusal(check, value))


@pytest.mark.parametrize("value", ["abc", [1], {"at_type": 1}])
def test_wrong_entries(value: object) -> None:
    """Mentions and formats are lists of dicts."""
    assert refusal(validation.entries, "at_items", value).startswith(
        "at_items must be a list of dicts"
    )


def test_entries_are_json() -> None:
    """What JSON cannot say is refused before it is sent."""
    assert refusal(validation.entries, "at_items", [{"at": {1}}]).startswith(
        "at_items cannot be written as JSON"
    )


def test_a_bottomless_card() -> None:
    """A card nested beyond measure is refused in one line, as a dict and as a text."""
    card: dict[str, object] = {"type": "section"}
    for _ in range(100_000):
        card = {"sections": [card]}
    assert "cannot be written as JSON" in refusal(
        validation.check_json, "content", {"body": [card]}
    )
    assert "content is not a card" in refusal(validation.card, '{"body":' + "[" * 100_000)
