from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_zoomchat.sandbox import cards, html
from airflow_provider_zoomchat.sandbox.activity_log import transcript
from airflow_provider_zoomchat.sandbox.emphasis import emphasis
from sandbox.caller import Caller, code

URL = "https://x.io/a"
OPTIONS = [{"text": "Ann", "value": "a"}, {"text": "Bob", "value": "b"}]
STYLE = {"color": "#F56416", "bold": True, "italic": False}

#: A block of every type with every key that is documented, and how it reads.
GOOD: dict[str, tuple[dict[str, Any], str]] = {
    "message": ({"text": "Late", "style": STYLE, "editable": True}, "Late"),
    "fields": (
        {"items": [{"key": "DAG", "value": " ", "short": True, "editable": False, "style": STYLE}]},
        "DAG:  ",
    ),
    "actions": (
        {
            "items": [
                {"text": "Retry", "value": "r", "style": "Primary"},
                {"text": "Skip", "value": "s", "style": "Default"},
                {"text": "Stop", "value": "x", "style": "Danger"},
                {"text": "Wait", "value": "w", "style": "Disabled"},
                {"text": "Yes", "value": "y", "style": "Thumbsup"},
                {
                    **{"text": "Ask", "value": "a", "action": "dialog"},
                    "dialog": {"size": "S", "link": URL, "title": {"text": "Why?"}},
                },
            ],
            "limit": 2,
        },
        "[Retry] [Skip] [Stop] [Wait] [Yes] [Ask]",
    ),
    "select": (
        {"text": "Who?", "select_items": OPTIONS, "selected_item": OPTIONS[0]},
        "Who? [Ann] [Bob]",
    ),
    "attachments": (
        {
            "resource_url": URL,
            "img_url": URL,
            "information": {
                "title": {"text": "Report", "style": STYLE},
                "description": {"text": "of March"},
            },
            "ext": "pdf",
            "size": 2500,
        },
        f"Report ({URL})\nof March",
    ),
    "section": (
        {
            "sidebar_color": "#F56416",
            "sections": [{"type": "message", "text": "in"}, {"type": "divider"}],
            "footer": "Airflow",
            "footer_icon": URL,
            "ts": 1560446471819,
            "layout": "horizontal",
        },
        "in\n---\nAirflow",
    ),
    "page": (
        {
            "cur_page": 1,
            "pages": [
                {
                    "pageNo": 1,
                    "body": [{"type": "section", "sections": [{"type": "alert", "text": "!"}]}],
                }
            ],
        },
        "!",
    ),
    "file": (
        {
            "icon_url": URL,
            "title": {"text": "a.csv", "file_url": URL},
            "description": {"text": "12 kB"},
        },
        f"a.csv ({URL})\n12 kB",
    ),
    "divider": ({"style": {"bold": True, "dotted": True, "color": "#F56416"}}, "---"),
    "progress_bar": ({"value": 62.5}, "62.5 %"),
    "alert": ({"text": "Careful", "level": "warning", "closable": True}, "Careful"),
    "images": (
        {
            "cur_index": 0,
            "images": [
                {"image_url": URL, "alt_text": "Chart", "image_index": 0},
                {"image_url": URL, "image_index": 1},
            ],
        },
        f"Chart\n{URL}",
    ),
    "image": ({"images": [{"image_url": URL, "alt_text": "Chart"}]}, "Chart"),
    "datepicker": ({"initial_date": "2026-03-14", "action_id": "d"}, "[2026-03-14]"),
    "timepicker": ({"initial_time": "06:00", "action_id": "t"}, "[06:00]"),
    "radio_buttons": (
        {"initial_option": OPTIONS[1], "options": OPTIONS, "action_id": "r"},
        "( ) Ann\n(x) Bob",
    ),
    "checkboxes": (
        {
            "options": [{**OPTIONS[0], "initial_selected": True}, OPTIONS[1]],
            "action_id": "c",
            "style": "switch",
        },
        "[x] Ann\n[ ] Bob",
    ),
    "plain_text_input": (
        {
            **{"action_id": "i", "text": "Why?", "value": "", "placeholder": "Tell"},
            **{"multiline": True, "min_length": 1, "max_length": 100},
        },
        "Why? [Tell]",
    ),
    "video": (
        {
            "title": {"text": "How to", "is_markdown_support": False},
            **dict.fromkeys(("title_url", "video_url", "thumbnail_url", "provider_icon_url"), URL),
            **{"action_id": "v", "author_name": "Ann", "provider_name": "X"},
        },
        f"How to ({URL})",
    ),
}


def fault(kind: str, value: Any, is_markdown: bool = False) -> str | None:
    """Return what is wrong with a card of one block."""
    return cards.fault_in({"body": [{**value, "type": kind}]}, is_markdown)


def places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield where each value stands in another, the innermost last."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for name, each in inner:
        yield (*place, name)
        if isinstance(each, (dict, list)):
            yield from places(each, (*place, name))


def replaced(value: Any, place: tuple[Any, ...], new: Any) -> Any:
    """Return a copy in which something else stands at this place; ``...`` takes it away."""
    changed = copy.deepcopy(value)
    inner = changed
    for name in place[:-1]:
        inner = inner[name]
    if new is ...:
        del inner[place[-1]]
    else:
        inner[place[-1]] = new
    return changed


@pytest.mark.parametrize("kind", GOOD)
def test_accepted(kind: str) -> None:
    """A block with every documented key is taken, reads as plain text and shows in HTML."""
    value, text = GOOD[kind]
    content = {"body": [{**value, "type": kind}]}

    assert cards.fault_in(content, is_markdown=False) is None
    assert cards.plain_text(content) == text
    assert html.message(message(content, is_markdown=False))


def test_every_type() -> None:
    """The table has every type the sandbox takes."""
    assert GOOD.keys() == cards.TYPES


#: By type: the keys without which it is refused, as places in the block.
REQUIRED: dict[str, list[tuple[Any, ...]]] = {
    "message": [("text",)],
    "fields": [("items",), ("items", 0), ("items", 0, "key"), ("items", 0, "value")],
    "actions": [("items",), ("items", 0, "text"), ("items", 0, "value")],
    "select": [
        ("text",),
        ("select_items",),
        ("select_items", 0, "text"),
        ("select_items", 0, "value"),
    ],
    "attachments": [
        ("resource_url",),
        ("information",),
        ("information", "title"),
        ("information", "title", "text"),
    ],
    "section": [("sections",)],
    "page": [
        ("pages",),
        ("pages", 0, "pageNo"),
        ("pages", 0, "body"),
        ("pages", 0, "body", 0, "sections"),
    ],
    "file": [("title",), ("title", "text"), ("title", "file_url")],
    "divider": [],
    "progress_bar": [("value",)],
    "alert": [("text",)],
    "images": [("images",), ("images", 0, "image_url")],
    "datepicker": [("action_id",)],
    "timepicker": [("action_id",)],
    "radio_buttons": [("action_id",), ("options",), ("options", 0, "value")],
    "checkboxes": [("action_id",), ("options",), ("options", 0, "text")],
    "plain_text_input": [("action_id",)],
    "video": [("title",), ("title", "text"), ("video_url",)],
}


@pytest.mark.parametrize(
    ("kind", "place"),
    [(kind, place) for kind, places in REQUIRED.items() for place in places if place[-1] != 0],
    ids=lambda given: ".".join(map(str, given)) if isinstance(given, tuple) else given,
)
@pytest.mark.parametrize("new", [..., None, "", [], {}, 5], ids=repr)
def test_required(kind: str, place: tuple[Any, ...], new: Any) -> None:
    """A key that a block cannot do without is missed by its place, and so is an empty one."""
    if new == 5 and place[-1] in ("value", "pageNo") and kind in ("progress_bar", "page"):
        return  # the only numbers among them
    found = fault(kind, replaced(GOOD[kind][0], place, new))
    assert found
    assert found.startswith("body[0]")


@pytest.mark.parametrize(
    ("kind", "place"),
    [(kind, place) for kind, (value, _) in GOOD.items() for place in places(value)],
    ids=lambda given: ".".join(map(str, given)) if isinstance(given, tuple) else given,
)
def test_types(kind: str, place: tuple[Any, ...]) -> None:
    """Of whatever type a documented key is, a value of none of the usual types is refused."""
    wrong = [["x"]] if not isinstance(place[-1], int) else "x"
    assert fault(kind, replaced(GOOD[kind][0], place, wrong))


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
        ("actions", {"items": [{**OPTIONS[0], "style": "primary"}]}, "is not one of"),
        ("actions", {"items": [{**OPTIONS[0], "style": {"bold": True}}]}, "is not one of"),
        ("actions", {"items": OPTIONS, "limit": 0}, "limit must be a whole number of at least 1"),
        ("select", {"text": "x"}, "needs either select_items or static_source"),
        (
            "select",
            {"text": "x", "select_items": OPTIONS, "static_source": "members"},
            "needs either select_items or static_source",
        ),
        ("select", {"static_source": "people"}, "is not one of 'members', 'channels'"),
        ("select", {"static_source": "members", "style": STYLE}, "style is not for this"),
        (
            "select",
            {"text": "x", "select_items": [{**OPTIONS[0], "style": STYLE}]},
            "select_items[0].style is not for this",
        ),
        ("fields", {"items": [{"key": "k", "value": ""}]}, "body[0].items[0].value must be"),
        ("fields", {"items": [{"key": "k", "value": 5}]}, "body[0].items[0].value must be"),
        ("fields", {"items": [{**ITEM, "style": {"color": "red"}}]}, "colour such as #0E72ED"),
        ("fields", {"items": [{**ITEM, "short": "yes"}]}, "short must be true or false"),
        ("message", {**MESSAGE, "style": {"bold": 1}}, "body[0].style.bold must be true or false"),
        ("message", {**MESSAGE, "style": "Bold"}, "body[0].style must be an object"),
        ("message", {**MESSAGE, "link": "javascript:alert(1)"}, "link must be an address"),
        ("message", {**MESSAGE, "link": URL, "style": STYLE}, "style is not for a link"),
        ("fields", {"items": [{**ITEM, "link": URL, "style": STYLE}]}, "style is not for a link"),
        (
            "message",
            {**MESSAGE, "style": STYLE, "is_markdown_support": True},
            "body[0]: style cannot be mixed with Markdown",
        ),
        (
            "message",
            {**MESSAGE, "link": URL, "is_markdown_support": True},
            "body[0]: link cannot be mixed with Markdown",
        ),
        (
            "message",
            {**MESSAGE, "editable": True, "is_markdown_support": True},
            "body[0]: editable cannot be mixed with Markdown",
        ),
        ("section", {"sections": [{"type": "section", "sections": []}]}, "sections[0]: a section"),
        ("section", {"sections": [{"type": "page", "pages": []}]}, "sections[0]: a page stands"),
        ("section", {"sections": ["text"]}, "body[0].sections[0]: unknown type None"),
        ("section", {"sections": [{"type": "message", **MESSAGE}], "ts": "now"}, "ts must be"),
        (
            "section",
            {"sections": [{"type": "divider"}], "footer": {"text": "x"}},
            "footer must be a text",
        ),
        ("section", {"sections": [{"type": "divider"}], "layout": "vertical"}, "is not one of"),
        (
            "page",
            {"pages": [{"pageNo": 1, "body": [{"type": "divider"}]}]},
            "a page holds sections alone",
        ),
        ("progress_bar", {"value": 101}, "value must be a number from 0 to 100"),
        ("progress_bar", {"value": -1}, "value must be a number from 0 to 100"),
        ("progress_bar", {"value": "50"}, "value must be a number from 0 to 100"),
        ("progress_bar", {"value": True}, "value must be a number from 0 to 100"),
        ("divider", {"style": {"color": "blue"}}, "style.color must be a colour"),
        ("plain_text_input", {"action_id": "i", "min_length": 5, "max_length": 4}, "is more than"),
        ("plain_text_input", {"action_id": "i", "max_length": -1}, "at least 0"),
        ("attachments", {**GOOD["attachments"][0], "size": "2 kB"}, "size must be a whole number"),
        ("header", {"text": "x"}, "body[0]: unknown type 'header'"),
        ("styled_text", {"text": "x"}, "body[0]: unknown type 'styled_text'"),
        ("Message", {"text": "x"}, "body[0]: unknown type 'Message'"),
        (["message"], {"text": "x"}, "body[0]: unknown type ['message']"),
    ],
)
def test_refused(kind: Any, value: dict[str, Any], expected: str) -> None:
    """Each rule is held to, and its breach told with the place."""
    found = fault(kind, value)
    assert found
    assert expected in found


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "content must be an object"),
        ("Late", "content must be an object"),
        ([], "content must be an object"),
        ({}, "with head or body"),
        ({"head": {}, "body": []}, "with head or body"),
        ({"head": "Late"}, "head must be an object"),
        ({"head": {"text": ""}}, "head.text must be a text"),
        ({"head": {"text": "x", "style": {"color": "#12345"}}}, "head.style.color"),
        ({"head": {"text": "x", "sub_head": "y"}}, "head.sub_head must be an object"),
        ({"head": {"text": "x", "sub_head": {"text": 5}}}, "head.sub_head.text"),
        ({"body": {"type": "message", "text": "x"}}, "body must be an array"),
        ({"body": ["x"]}, "body[0]: unknown type None"),
        ({"head": {"text": "x"}, "settings": []}, "settings must be an object"),
        ({"head": {"text": "x"}, "settings": {}}, None),
        ({"head": {"text": "x"}, "settings": "red"}, "settings must be an object"),
        ({"head": {"text": "x"}, "settings": {"default_sidebar_color": "red"}}, "a colour"),
        ({"head": {"text": "x"}, "settings": {"is_split_sidebar": "yes"}}, "true or false"),
        ({"head": {"text": "x", "style": None, "more": 5}, "body": None, "more": {}}, None),
    ],
)
def test_whole(content: Any, expected: str | None) -> None:
    """A card is an object with a head or a body; keys nobody knows and nulls are passed over."""
    found = cards.fault_in(content, is_markdown=False)
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
    assert cards.fault_in(content, is_markdown=False) is None
    assert "cannot be mixed with Markdown" in (cards.fault_in(content, is_markdown=True) or "")


def test_reason(caller: Caller) -> None:
    """The caller is told the place and the rule in a header of one line."""
    block = {"type": "alert", "text": "x" * 500, "level": 5}
    answer = caller.as_bot("POST", json=caller.card(content={"body": [block]}))

    assert code(answer) == (400, 7001)
    assert answer.headers["x-sandbox-reason"] == "body[0].level must be a text that is not empty"


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
    assert code(caller.send("Look", interactive_cards=cards)) == (400, 5405)
    assert caller.zoom.messages() == []
    message_id = caller.send().json()["id"]
    body = {"to_channel": caller.channel, "interactive_cards": cards}
    expected = 5046 if "card_id" in card else 5045
    assert code(caller.chat("PUT", message_id, json=body)) == (400, expected)


def test_users_many_cards(caller: Caller) -> None:
    """Five cards are taken, and the sixth is refused."""
    answers = [caller.send(interactive_cards=[{"card_json": CARD}] * many) for many in (5, 6)]
    assert [answer.status_code for answer in answers] == [201, 400]


def message(content: Any, *, is_markdown: bool) -> dict[str, Any]:
    return {
        **{"id": "m", "channel": "c", "channel_name": "c", "sender": "Airflow", "text": ""},
        **{"time": "2026-03-14T06:06:12.000Z", "content": content, "visible_to_user": None},
        **{"reply_to": None, "edited": False, "deleted": False, "at_items": [], "rich_text": []},
        **{"interactive_cards": [], "files": [], "is_markdown_support": is_markdown},
    }


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)
BLOCKS = st.sampled_from([{**value, "type": kind} for kind, (value, _) in GOOD.items()])


@st.composite
def odd_cards(draw: st.DrawFn) -> Any:
    """Return cards of which some values, somewhere, are anything that JSON knows."""
    content: Any = {
        "settings": {"default_sidebar_color": "#F56416", "is_split_sidebar": True},
        "head": {"text": "Late", "style": STYLE, "sub_head": {"text": "today"}},
        "body": draw(st.lists(BLOCKS, max_size=3)),
    }
    for _ in range(draw(st.integers(0, 3))):
        found = list(places(content))
        if found:
            content = replaced(content, draw(st.sampled_from(found)), draw(JSON | st.just(...)))
    return content


@settings(max_examples=300, deadline=None, database=None)
@given(content=odd_cards() | JSON, is_markdown=st.booleans())
def test_any_card(content: Any, is_markdown: bool) -> None:
    """Any JSON is judged without a fault of the judge's; what passes reads and shows."""
    found = cards.fault_in(content, is_markdown)

    assert found is None or found
    if isinstance(content, dict):
        html.message(message(content, is_markdown=is_markdown))
    if found is None:
        assert isinstance(cards.plain_text(content), str)
        emphasis(message(content, is_markdown=is_markdown))
