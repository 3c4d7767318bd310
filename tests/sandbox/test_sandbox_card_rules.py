from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_zoomchat.sandbox.activity_log import transcript
from airflow_provider_zoomchat.sandbox.card_rules import TYPES, fault_in
from airflow_provider_zoomchat.sandbox.render.lines import plain_text
from sandbox.caller import Caller, code
from sandbox.samples import GOOD, OPTIONS, STYLE, URL


def fault(kind: str, value: Any, is_markdown: bool = False) -> str | None:
    """Return what is wrong with a card of one block."""
    return fault_in({"body": [{"type": kind, **value}]}, is_markdown)


def places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield where each value stands in another, the innermost last."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for name, each in inner:
        yield (*place, name)
        if isinstance(each, (dict, list)):
            yield from places(each, (*place, name))


def replaced(value: Any, place: tuple[Any, ...], new: Any) -> Any:
    """Return a copy in which something else stands at this place; ``...`` takes it away."""
    name, *rest = place
    changed = value.copy()
    if rest:
        changed[name] = replaced(value[name], tuple(rest), new)
    elif new is ...:
        del changed[name]
    else:
        changed[name] = new
    return changed


def test_accepted() -> None:
    """A block of every type is taken with every documented key."""
    assert GOOD.keys() == TYPES
    for kind, block in GOOD.items():
        assert fault(kind, block) is None, kind


#: By type: where in the block the values stand without which it is refused.
REQUIRED = {
    "message": "text",
    "fields": "items items.0.key items.0.value",
    "actions": "items items.0.text items.0.value",
    "select": "text select_items select_items.0.text select_items.0.value",
    "attachments": "resource_url information information.title information.title.text",
    "section": "sections",
    "page": "pages pages.0.pageNo pages.0.body pages.0.body.0.sections",
    "file": "title title.text title.file_url",
    "progress_bar": "value",
    "alert": "text",
    "images": "images images.0.image_url",
    "datepicker": "action_id",
    "timepicker": "action_id",
    "radio_buttons": "action_id options options.0.value",
    "checkboxes": "action_id options options.0.text",
    "plain_text_input": "action_id",
    "video": "title title.text video_url",
}


#: What is not a value; the first takes it away.
EMPTY: list[Any] = [..., None, "", [], {}, 5]


@pytest.mark.parametrize("kind", REQUIRED)
def test_required(kind: str) -> None:
    """A key that a block cannot do without is missed by its place, and so is an empty one."""
    for path in REQUIRED[kind].split():
        place = tuple(int(part) if part.isdigit() else part for part in path.split("."))
        for new in EMPTY:
            if new == 5 and path in ("value", "pages.0.pageNo"):
                continue  # the only numbers among them
            found = fault(kind, replaced(GOOD[kind], place, new)) or ""
            assert found.startswith("body[0]"), (path, new)


@pytest.mark.parametrize("kind", GOOD)
def test_types(kind: str) -> None:
    """Of whatever type a documented key is, a value of none of the usual types is refused."""
    for place in places(GOOD[kind]):
        wrong = [["x"]] if not isinstance(place[-1], int) else "x"
        assert fault(kind, replaced(GOOD[kind], place, wrong)), place


MESSAGE = {"text": "x"}
ITEM = {"key": "k", "value": "v"}


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (
            "actions",
            {"items": [{**OPTIONS[0], "style": "Blue"}]},
            "body[0].items[0].style: 'Blue' is not one of 'Primary', 'Default', 'Danger', "
            "'Disabled', 'Thumbsup', 'Thumbsdown'",
        ),
        ("actions", {"items": OPTIONS, "limit": 0}, "limit must be a whole number of at least 1"),
        ("select", {"text": "x"}, "needs either select_items or static_source"),
        ("select", {"static_source": "members", "style": STYLE}, "style is not for this"),
        ("fields", {"items": [{"key": "k", "value": ""}]}, "body[0].items[0].value must be"),
        ("fields", {"items": [{**ITEM, "style": {"color": "red"}}]}, "colour such as #0E72ED"),
        ("fields", {"items": [{**ITEM, "short": "yes"}]}, "short must be true or false"),
        ("message", {**MESSAGE, "style": {"bold": 1}}, "body[0].style.bold must be true or false"),
        ("message", {**MESSAGE, "style": "Bold"}, "body[0].style must be an object"),
        ("message", {**MESSAGE, "link": "javascript:alert(1)"}, "link must be an address"),
        ("message", {**MESSAGE, "link": URL, "style": STYLE}, "style is not for a link"),
        (
            "message",
            {**MESSAGE, "style": STYLE, "is_markdown_support": True},
            "body[0]: style cannot be mixed with Markdown",
        ),
        ("section", {"sections": [{"type": "section", "sections": []}]}, "sections[0]: a section"),
        ("section", {"sections": [{"type": "page", "pages": []}]}, "sections[0]: a page stands"),
        ("section", {"sections": ["text"]}, "body[0].sections[0]: unknown type None"),
        (
            "page",
            {"pages": [{"pageNo": 1, "body": [{"type": "divider"}]}]},
            "a page holds sections alone",
        ),
        ("progress_bar", {"value": 101}, "value must be a number from 0 to 100"),
        ("plain_text_input", {"action_id": "i", "min_length": 5, "max_length": 4}, "is more than"),
        ("attachments", {**GOOD["attachments"], "size": "2 kB"}, "size must be a whole number"),
        ("header", {"text": "x"}, "body[0]: unknown type 'header'"),
        (["message"], {"text": "x"}, "body[0]: unknown type ['message']"),
    ],
)
def test_refused(kind: Any, value: dict[str, Any], expected: str) -> None:
    """The breach of a rule is told with its place; all are tried beside the check of cards."""
    found = fault(kind, value)
    assert found
    assert expected in found


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "content must be an object"),
        ({}, "with head or body"),
        ({"head": {}, "body": []}, "with head or body"),
        ({"head": "Late"}, "head must be an object"),
        ({"head": {"text": "x", "style": {"color": "#12345"}}}, "head.style.color"),
        ({"head": {"text": "x", "sub_head": "y"}}, "head.sub_head must be an object"),
        ({"head": {"text": "x", "sub_head": {"text": 5}}}, "head.sub_head.text"),
        ({"body": {"type": "message", "text": "x"}}, "body must be an array"),
        ({"body": ["x"]}, "body[0]: unknown type None"),
        ({"head": {"text": "x"}, "settings": []}, "settings must be an object"),
        ({"head": {"text": "x"}, "settings": {"default_sidebar_color": "red"}}, "a colour"),
        ({"head": {"text": "x"}, "settings": {"is_split_sidebar": "yes"}}, "true or false"),
        ({"head": {"text": "x", "style": None, "more": 5}, "body": None, "more": {}}, None),
    ],
)
def test_whole(content: Any, expected: str | None) -> None:
    """A card is an object with a head or a body; keys nobody knows and nulls are passed over."""
    found = fault_in(content, is_markdown=False)
    assert (found is None) == (expected is None)
    assert (expected or "") in (found or "")


@pytest.mark.parametrize(
    "content",
    [
        {"head": {"text": "x", "style": {"bold": True}}},
        {"head": {"text": "x", "sub_head": {"text": "y", "style": {"bold": True}}}},
        {"body": [{"type": "fields", "items": [ITEM, {**ITEM, "editable": True}]}]},
        {"body": [{"type": "section", "sections": [{"type": "message", **MESSAGE, "link": URL}]}]},
    ],
)
def test_markdown_of_the_whole(content: dict[str, Any]) -> None:
    """What is fine by itself is refused in a message that is Markdown as a whole."""
    assert fault_in(content, is_markdown=False) is None
    assert "cannot be mixed with Markdown" in (fault_in(content, is_markdown=True) or "")


def test_deep(caller: Caller) -> None:
    """A card that nests without end is refused like any other."""
    inner: Any = {"type": "message", "text": "x"}
    for _ in range(90):
        inner = {"type": "section", "sections": [inner]}
    for depth in (1, 50):
        answer = caller.as_bot("POST", json=caller.card(content={"body": [inner] * depth}))
        assert code(answer) == (400, 7001)


CARD = json.dumps({"content": {"head": {"text": "Late"}, "body": [{"type": "message", **MESSAGE}]}})


def test_users_cards(caller: Caller) -> None:
    """A user's message can carry cards, which an edit keeps, replaces or clears."""
    message_id = caller.send("Look", interactive_cards=[{"card_json": CARD}] * 2).json()["id"]
    path = {"to_channel": caller.channel}
    first, second = caller.chat("GET", message_id, params=path).json()["interactive_cards"]

    def after(**fields: Any) -> list[str]:
        caller.chat("PUT", message_id, json={"message": "Look", **path, **fields})
        return [card["card_id"] for card in caller.zoom.messages()[0]["interactive_cards"]]

    assert first == {"card_id": first["card_id"], "card_json": CARD}
    assert "Late\nx" in caller.zoom.shown(caller.zoom.messages()[0])
    assert "Look\n" in transcript(caller.zoom.messages())
    assert "Late\n" in transcript(caller.zoom.messages())
    assert after() == [first["card_id"], second["card_id"]]
    both = {"card_id": second["card_id"], "card_json": "none"}
    (kept, new) = after(interactive_cards=[both, {"card_json": CARD}])
    assert kept == second["card_id"]
    assert new not in (first["card_id"], second["card_id"])
    assert after(interactive_cards=[]) == []


@pytest.mark.parametrize(
    "card",
    [
        {},
        {"card_json": json.loads(CARD)},
        {"card_json": "{"},
        {"card_json": "[]"},
        {"card_json": "{}"},
        {"card_json": '{"content": {"body": [{"type": "header", "text": "x"}]}}'},
        {"card_json": "[" * 10_000},
        {"card_id": "none"},
    ],
)
def test_users_bad_card(caller: Caller, card: dict[str, Any]) -> None:
    """One bad card fails the whole message, on a send and on an edit."""
    cards = [{"card_json": CARD}, card]
    refused = caller.send("Look", interactive_cards=cards)
    assert code(refused) == (400, 5405)
    assert refused.json()["message"] == "Failed to create interactive card."
    assert caller.zoom.messages() == []
    message_id = caller.send().json()["id"]
    body = {"to_channel": caller.channel, "interactive_cards": cards}
    expected = (5045, "Failed to create interactive card.")
    if "card_id" in card:
        expected = (5046, "Interactive Cards does not exist: none.")
    refused = caller.chat("PUT", message_id, json=body)
    assert refused.status_code == 400
    assert (refused.json()["code"], refused.json()["message"]) == expected


def test_cards_of_another_app(caller: Caller) -> None:
    """Where the app owns no cards, each new one is refused, and a kept one stays."""
    message_id = caller.send("Look", interactive_cards=[{"card_json": CARD}]).json()["id"]
    (kept,) = caller.zoom.messages()[0]["interactive_cards"]
    caller.zoom.owns_cards = False
    assert code(caller.send("Look", interactive_cards=[{"card_json": CARD}])) == (400, 5405)
    assert "does not own" in caller.zoom.requests()[-1]["why"]
    body = {"to_channel": caller.channel, "interactive_cards": [{"card_json": CARD}]}
    assert code(caller.chat("PUT", message_id, json=body)) == (400, 5045)
    body["interactive_cards"] = [{"card_id": kept["card_id"]}]
    assert caller.chat("PUT", message_id, json=body).status_code == 204


def test_users_many_cards(caller: Caller) -> None:
    """Five cards are taken, and the sixth is refused."""
    answers = [caller.send(interactive_cards=[{"card_json": CARD}] * many) for many in (5, 6)]
    assert [answer.status_code for answer in answers] == [201, 400]


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)


@st.composite
def odd_cards(draw: st.DrawFn, odd: st.SearchStrategy[Any] = JSON) -> Any:
    """Return cards of which some values, somewhere, are odd or missing."""
    content: Any = {
        "settings": {"default_sidebar_color": "#F56416", "is_split_sidebar": True},
        "head": {"text": "Late", "style": STYLE, "sub_head": {"text": "today"}},
        "body": draw(st.lists(st.sampled_from([*GOOD.values()]), max_size=3)),
    }
    for _ in range(draw(st.integers(0, 3))):
        found = list(places(content))
        if found:
            content = replaced(content, draw(st.sampled_from(found)), draw(odd | st.just(...)))
    return content


@given(content=odd_cards() | JSON, is_markdown=st.booleans())
def test_any_card(content: Any, is_markdown: bool) -> None:
    """Any JSON is judged without a fault of the judge's; what passes can be told as text."""
    if fault_in(content, is_markdown) is None:
        assert isinstance(plain_text(content), str)
