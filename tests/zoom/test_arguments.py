from __future__ import annotations

import json
from functools import partial
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


at_items = partial(validation.entries, "at_items")


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
    assert refusal(validation.message_text, message) == words


@given(st.text(min_size=1, max_size=validation.MAX_MESSAGE).filter(str.strip))
def test_any_other_text_stays_as_it_is(message: str) -> None:
    """Nothing is cut, stripped or changed."""
    assert validation.message_text(message) == Text(message)


def test_texts_with_formats() -> None:
    """Markdown is read if it is said to be some, and a text that has formats stays as it is."""
    late = styled("late", Bold="")
    assert validation.message_text("**late**", markdown=True) == late
    assert validation.message_text("**late**", markdown="None") == Text("**late**")
    assert validation.message_text(late, markdown=True) is late


@pytest.mark.parametrize(
    "value", [float("nan"), {1}, object(), {"a": [b"x"]}], ids=["NaN", "set", "object", "bytes"]
)
def test_what_is_no_json(value: object) -> None:
    """What JSON cannot say is refused by the name of its argument."""
    said = refusal(validation.check_json, "content", {"head": {"text": value}})
    assert said.startswith("content cannot be written as JSON: ")
    assert len(said.splitlines()) == 1


def test_ids() -> None:
    """A template that yields nothing leaves an id out; blanks around one do no harm."""
    for missing in (None, "", "  ", "None"):
        assert validation.optional_text("to_channel", missing) is None
        assert refusal(validation.message_id, missing) == (
            "message_id is missing: the task that should have sent the message gave none (was it "
            "skipped, or does it send through a webhook, which names none?). Give message_id the "
            "output of the task that sends it."
        )
    assert validation.message_id(" {7DF8-CC5B}\n") == "{7DF8-CC5B}"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (7, "must be a text"),
        (["a"], "must be one id"),
        ({"message_id": "a"}, "must be one id"),
        # Dots would lead to another address, and what cannot be printed is in no id.
        *(
            (wrong, "holds characters that no id or address has")
            for wrong in (".", "..", "a\nb", "a\x00", "a\ud83d")
        ),
    ],
)
def test_wrong_ids(wrong: object, words: str) -> None:
    """What is no text, and what cannot stand in an address, is refused by its name."""
    assert refusal(validation.message_id, wrong).startswith(f"message_id {words}")
    assert refusal(validation.optional_text, "user_id", wrong).startswith(f"user_id {words}")


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


def test_cards() -> None:
    """A template file gives a card as a text, a native template a tuple; a text becomes a body."""
    assert validation.card(CARD) == validation.card(json.dumps(CARD)) == CARD
    assert validation.card({"body": tuple(CARD["body"])}) == {"body": CARD["body"]}
    assert validation.card_or_text(None, "Hi") == {
        "body": [{"type": "message", "text": Text("Hi")}]
    }
    assert "Both message and content" in refusal(validation.card_or_text, CARD, "Hi")
    assert "Neither message nor content" in refusal(validation.card_or_text, None, None)


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


def test_flags() -> None:
    """A yes or no may come from a form or a template; what is neither is refused by its name."""
    meanings: dict[bool | None, tuple[object, ...]] = {
        True: (True, "True", "on", 1),
        False: (False, "no", 0),
        None: (None, "", "None"),
    }
    for meaning, values in meanings.items():
        for value in values:
            assert validation.flag("zoom_markdown", value) is meaning
    assert refusal(validation.flag, "zoom_markdown", "maybe") == (
        "zoom_markdown must be true or false, not 'maybe'."
    )


@pytest.mark.parametrize(
    ("check", "value", "words"),
    [
        (validation.file_ids, "abc", "file_ids must be a list of texts"),
        (validation.file_ids, ["a", 5], "file_ids must be a list of texts"),
        (validation.file_ids, list("abcdefg"), "file_ids has 7 entries, and a message takes 6"),
        (at_items, "abc", "at_items must be a list of dicts"),
        (at_items, [1], "at_items must be a list of dicts"),
        (at_items, {"at_type": 1}, "at_items must be a list of dicts"),
        (at_items, [{"at": {1}}], "at_items cannot be written as JSON"),
    ],
)
def test_wrong_lists(check: Any, value: object, words: str) -> None:
    """Files are a list of at most six ids; mentions and formats are lists of dicts in JSON."""
    assert refusal(check, value).startswith(words)


@pytest.mark.usefixtures("no_collection")
def test_a_bottomless_card() -> None:
    """A card nested beyond measure is refused in one line, as a dict and as a text."""
    card: dict[str, object] = {"type": "section"}
    for _ in range(100_000):
        card = {"sections": [card]}
    assert "cannot be written as JSON" in refusal(
        validation.check_json, "content", {"body": [card]}
    )
    assert "content is not a card" in refusal(validation.card, '{"body":' + "[" * 100_000)
