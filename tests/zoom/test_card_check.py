from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_zoomchat.zoom.cards import (
    actions,
    block,
    button,
    card,
    datepicker,
    divider,
    field,
    fields,
    message,
    option,
    page,
    pages,
    plain_text_input,
    progress_bar,
    section,
    select,
    style,
)
from airflow_provider_zoomchat.zoom.cards import check as card_check
from airflow_provider_zoomchat.zoom.cards.check import check_card, schema, types
from airflow_provider_zoomchat.zoom.cards.check import length as card_length
from airflow_provider_zoomchat.zoom.errors import ConfigError
from airflow_provider_zoomchat.zoom.validation import MAX_CARD_TEXT

PAYLOADS = [
    json.loads(path.read_text("utf-8"))["content"]
    for path in sorted((Path(__file__).parent / "cards").glob("*.json"))
]
REMEDY = "Correct it, or send it unchecked with validate=False."
TYPES = ", ".join(map(repr, types()))

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def refusal(content: object, **others: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        check_card(content, **others)
    return str(caught.value)


@pytest.mark.parametrize(
    ("block", "words"),
    [
        (
            actions(button("a"), button("b", "b", "Blue")),
            ".items[1].style: 'Blue' is not one of 'Primary', 'Default', 'Danger', 'Disabled', "
            "'Thumbsup', 'Thumbsdown', 'Thumbsuped', 'Thumbsdowned'.",
        ),
        ("a", ": 'a' is not a block, which is a dict with type."),
        ({"text": "a"}, ": a block needs 'type'."),
        (
            {"type": "mesage", "text": "a"},
            ".type: 'mesage' is no type of block; did you mean 'message'?",
        ),
        ({"type": "dropdown"}, ".type: 'dropdown' is no type of block; did you mean 'select'?"),
        ({"type": "xyz"}, f".type: 'xyz' is no type of block; there are {TYPES}."),
        ({"type": ["message"]}, f".type: a list is no type of block; there are {TYPES}."),
        ({"type": "message"}, ": a message needs 'text'."),
        (
            message("a", style={"colour": "#fff"}),
            ".style: a style has no key 'colour'; did you mean 'color'?",
        ),
        (
            {"type": "divider", "width": 3},
            ": a divider has no key 'width'; there are 'type', 'style'.",
        ),
        (
            message("a", style=style("red")),
            ".style.color: 'red' is not a colour such as '#2e9e5b'.",
        ),
        (
            message("a", style=style("#1234\n")),
            ".style.color: '#1234\\n' is not a colour such as '#2e9e5b'.",
        ),
        (
            message("a", link="javascript:alert(1)"),
            ".link: 'javascript:alert(1)' is not a web address: it has to begin with https:// or "
            "http://.",
        ),
        (
            message("a", link="https://example.com/a\n"),
            ".link: 'https://example.com/a\\n' is not a web address: it has to begin with https:// "
            "or http://.",
        ),
        (
            message("a", link="ftp://" + "x" * 100),
            ".link: 'ftp://xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…' is not a web address: it has to "
            "begin with https:// or http://.",
        ),
        (
            fields({"Table": ""}),
            ".items[0].value: '' is not a text to show: give one space (\" \") for a blank one, or "
            "leave the field out.",
        ),
        ({"type": "fields", "items": [{"key": "Table"}]}, ".items[0]: a field needs 'value'."),
        (message(""), ".text: '' is not a text with at least one character."),
        (
            {"type": "message", "text": ["a"]},
            ".text: a list is not a text with at least one character.",
        ),
        (
            {"type": "message", "text": "a", "style": "bold"},
            ".style: 'bold' is not a style, which is a dict with color, bold or italic.",
        ),
        ({"type": "actions", "items": []}, ".items: [] is not a list of at least one button."),
        (
            {"type": "message", "text": "a", "editable": "perhaps"},
            ".editable: 'perhaps' is not true or false.",
        ),
        (progress_bar(130), ".value: 130 is not a number from 0 to 100."),
        (progress_bar("most"), ".value: 'most' is not a number from 0 to 100."),
        (
            section(divider(), ts=1560446471),
            ".ts: 1560446471 is not a moment in milliseconds since 1970, such as 1560446471819.",
        ),
        (
            select("a", ["b"], static_source="members"),
            ".select_items: cannot stand beside static_source: Zoom takes one of them.",
        ),
        (select("a"), ": a select without static_source needs 'select_items'."),
        (
            select("a", static_source="people"),
            ".static_source: 'people' is not one of 'members', 'channels'.",
        ),
        (
            section(section(divider())),
            ".sections[0].type: 'section' cannot stand in a section, only in the body itself.",
        ),
        (
            pages(page(message("a"))),
            ".pages[0].body[0].type: 'message' cannot stand on a page: put it into a section.",
        ),
        (
            pages(page(section(message("a", zoom_markdown=True), {"type": "alert"}))),
            ".pages[0].body[0].sections[1]: an alert needs 'text'.",
        ),
        (
            {
                "type": "attachments",
                "resource_url": "https://example.com",
                "ImageProvider_url": "https://example.com/a.png",
                "information": {"title": {"text": "a"}},
            },
            ": a block of type attachments has no key 'ImageProvider_url'; did you mean 'img_url'?",
        ),
        (
            {**message("a"), "markdown": True},
            ": a message has no key 'markdown'; did you mean 'is_markdown_support'?",
        ),
        (
            message("a", style=style(bold=True), link="https://example.com"),
            ".style: cannot stand beside link: Zoom has no style for links.",
        ),
        (
            fields(field("a", "b", style=style(bold=True), link="https://example.com")),
            ".items[0].style: cannot stand beside link: Zoom has no style for links.",
        ),
        (actions(button("a"), limit=0), ".limit: 0 is not a whole number, 1 or more."),
        (
            {"type": "select", "select_items": [{"text": "a", "value": "a"}]},
            ": a select without static_source needs 'text'.",
        ),
        (datepicker("a", ""), ".initial_date: '' is not a text with at least one character."),
        (
            plain_text_input("a", min_length=5, max_length=4),
            ".min_length: 5 is more than max_length, 4.",
        ),
        (
            actions(button("a", dialog={"link": "https://example.com", "title": {"words": "b"}})),
            ".items[0].dialog.title: the title of a dialog needs 'text'.",
        ),
        (
            message("a", style=style(bold=True), zoom_markdown=True),
            ".style: cannot stand beside markdown: Zoom takes one of them in a part.",
        ),
        (
            message("a", link="https://example.com", zoom_markdown=True),
            ".link: cannot stand beside markdown: write the link as <https://...|words> in the "
            "text.",
        ),
        (
            message("a", editable=True, zoom_markdown=True),
            ".editable: cannot be true beside markdown: Zoom takes one of them in a part.",
        ),
    ],
)
def test_faults_of_blocks(block: Any, words: str) -> None:
    """What Zoom would refuse is refused with its place, the rule and what to do."""
    place = "content.body[1]"
    assert refusal({"body": [divider(), block]}) == f"{place}{words} {REMEDY}"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"head": {"style": {}}}, "content.head: a head needs 'text'."),
        ({"head": "", "body": [divider()]}, "content.head: '' is not a head, which is a dict with"),
        (
            {"head": {"text": "a", "sub_head": "b"}},
            "content.head.sub_head: 'b' is not a sub_head, which is a dict with text.",
        ),
        (
            {**card("a"), "is_markdown_support": True},
            "content: a card has no key 'is_markdown_support'; there are 'settings', 'head',",
        ),
        (card("a", color="blue"), "content.settings.default_sidebar_color: 'blue' is not a colour"),
        ({**card("a"), "settings": {"theme": 1}}, "content.settings: settings has no key 'theme';"),
        ({"content": card("a")}, "content is not a card: it has neither head nor body"),
        (
            [card("a")],
            "content is not a card: a card is a dict with head or body, not a value of type",
        ),
        ("Load finished", "content is not a card: it is a text, but not one in JSON."),
        (
            card("a", block("message", text=datetime(2026, 1, 1))),
            "content cannot be written as JSON: ",
        ),
        (card("a", progress_bar(float("nan"))), "content cannot be written as JSON: "),
        (card("a", progress_bar(10**5000)), "content cannot be written as JSON: "),
    ],
)
def test_faults_of_cards(content: Any, words: str) -> None:
    """A card that is none is refused in one line."""
    said = refusal(content)
    assert said.startswith(words)
    assert "\n" not in said


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (card("a", style=style(bold=True)), "head.style"),
        (card("a", sub_head="b", sub_head_style=style(bold=True)), "head.sub_head.style"),
        (card("a", message("b", link="https://example.com")), "body[0].link"),
        (card("a", section(message("b", editable=True))), "body[0].sections[0].editable"),
        (card("a", fields(field("b", "c", editable=True))), "body[0].items[0].editable"),
        (
            card("a", pages(page(section(message("b", style={}))))),
            "body[0].pages[0].body[0].sections[0].style",
        ),
    ],
)
def test_markdown_beside_the_card(content: Any, place: str) -> None:
    """Markdown that is switched on for all of a card meets style, link and editable everywhere."""
    assert check_card(content) == content
    assert check_card(content, zoom_markdown="False") == content
    said = refusal(content, zoom_markdown=True)
    assert said.startswith(f"content.{place}: cannot ")
    assert said == refusal(content, zoom_markdown="true")


def test_what_may_stand_beside_markdown() -> None:
    """Buttons, dividers and fields that nobody edits keep their style."""
    content = card(
        "a", actions(button("b")), divider(bold=True), fields(field("c", "d", editable=False))
    )
    assert check_card(content, zoom_markdown=True) == content


def test_the_first_fault_in_reading_order() -> None:
    """Of several faults the one that a reader comes to first is told, whatever the rules' order."""
    first = {"value": "", "key": "", "colour": 1}
    blocks = [{"items": [first, {}], "type": "fields"}, {"type": "nothing"}]
    assert refusal({"body": blocks}).startswith("content.body[0].items[0]: a field has no key")
    del first["colour"]
    assert refusal({"body": blocks}).startswith("content.body[0].items[0].value: ''")
    first["value"] = "a"
    assert refusal({"body": blocks}).startswith("content.body[0].items[0].key: ''")
    first["key"] = "a"
    assert refusal({"body": blocks}).startswith("content.body[0].items[1]: a field needs 'key'")


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (progress_bar("42"), progress_bar(42)),
        (progress_bar(" 99.5\n"), progress_bar(99.5)),
        (section(divider(), ts="1560446471819"), section(divider(), ts=1560446471819)),
        (section(divider(), ts="1560446471819.0"), section(divider(), ts=1560446471819)),
        (message("a", style={"bold": "True"}), message("a", style={"bold": True})),
        (message("a", editable="false"), message("a", editable=False)),  # type: ignore[arg-type]
        ({"type": "message", "text": 48210}, message("48210")),
        ({"type": "message", "text": True}, message("true")),
        (fields({"key": "a", "value": "b", "short": None}), fields({"a": "b"}, short=None)),
        (section(divider(), ts="1741932000123.456"), section(divider(), ts=1741932000123)),
        (section(divider(), ts=1741932000123.9), section(divider(), ts=1741932000124)),
        (message("a", link="None", style={"color": "None"}), message("a", style={})),
        (message("None"), message("None")),
        (
            {"type": "fields", "items": [{"key": "a", "value": True}, {"key": "b", "value": 3}]},
            fields({"a": "true", "b": "3"}, short=None),
        ),
        (
            select("a", [{"text": 1, "value": 2}], selected={"text": 1, "value": 2}),
            select("a", [option("1", "2")], selected="2"),
        ),
        (fields({"key": "Rows", "value": 4.5}), fields({"key": "Rows", "value": "4.5"})),
        (
            {"type": "fields", "items": ({"key": "a", "value": "b"},)},
            fields({"a": "b"}, short=None),
        ),
    ],
)
def test_what_templates_make_of_values(given: Any, sent: Any) -> None:
    """A template gives texts alone and a task whatever it likes; Zoom gets what it wants."""
    before = copy.deepcopy(given)
    assert check_card({"body": [given]}) == {"body": [sent]}
    assert given == before


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({**card("a"), "settings": None, "body": None}, card("a")),
        ({**card("a"), "settings": "None"}, card("a")),
        ({"head": {"text": "a", "style": None, "sub_head": None}}, card("a")),
        ({"body": (divider(), message("a"))}, card(None, divider(), message("a"))),
    ],
)
def test_what_is_left_out(given: Any, sent: Any) -> None:
    """None, which a template writes as a word, is a key that is not there; a tuple is a list."""
    assert check_card(given) == sent


def test_which_values_are_numbers_and_flags() -> None:
    """The keys that are read as numbers and flags are those that the schema describes so."""
    numbers = "ts size limit cur_page pageNo cur_index image_index min_length max_length"
    flags = (
        "bold italic dotted short editable is_markdown_support multiline is_split_sidebar form "
        "closable closeable initial_selected"
    )
    assert card_check.keys_of("count") == set(numbers.split())
    assert card_check.keys_of("flag") == set(flags.split())


@pytest.mark.parametrize(
    ("content", "length"),
    [
        (card("four", sub_head="four"), 8),
        (card("four", message("x" * 100), section(message("four"), footer="four")), 112),
        (card("four", fields({"four": "four"})), 12),
        # What the app is told, and what stands behind a link, nobody reads.
        (card("four", actions(button("four", "x" * 5000))), 8),
        (card("four", message("four", link="https://example.com/" + "x" * 5000)), 8),
        (card("four", select("four", ["four"], selected="four")), 12),
    ],
)
def test_how_much_is_read(content: Any, length: int) -> None:
    """The texts that people read are counted, each once."""
    assert card_length(content) == length
    assert check_card(content) == content


def test_too_much_text() -> None:
    """A card takes 4000 characters of text, and no more, wherever they stand."""
    room = MAX_CARD_TEXT - len("head")
    assert check_card(card("head", message("x" * room)))
    halves = section(message("x" * (room // 2)), message("x" * (room - room // 2 + 1)))
    assert refusal(card("head", halves)) == (
        "content: its texts have 4001 characters, and a card takes no more than 4000; shorten "
        f"them, or send the rest as a reply. {REMEDY}"
    )


@pytest.mark.usefixtures("no_collection")
@pytest.mark.parametrize("depth", [2, 100, 10_000, 100_000])
def test_nested_without_end(depth: int) -> None:
    """Sections within sections are refused in one line, however many."""
    nested = divider()
    for _ in range(depth):
        nested = {"type": "section", "sections": [nested]}
    said = refusal({"body": [nested]})
    assert re.match(r"content.*(cannot stand in a section|JSON|nested too deeply)", said)
    assert "\n" not in said
    assert len(said) < 300


@pytest.mark.usefixtures("no_collection")
@pytest.mark.parametrize("depth", [100, 900, 10_000])
def test_a_text_that_is_a_deep_list(depth: int) -> None:
    """What stands where a text belongs is told without a look inside."""
    nested: list[Any] = []
    for _ in range(depth):
        nested = [nested]
    said = refusal({"body": [{"type": "message", "text": nested}]})
    assert re.match(r"content.*(a list is not a text|JSON|nested too deeply)", said)


@given(JSON, st.none() | st.booleans())
def test_any_json_value(value: Any, zoom_markdown: bool | None) -> None:
    """Whatever comes in, it passes or is refused in one short line."""
    for content in (value, {"body": [value]}, {"head": value, "body": [{"type": value}]}):
        try:
            check_card(content, zoom_markdown=zoom_markdown)
        except ConfigError as error:
            said = str(error)
            assert "\n" not in said
            assert len(said) < 500


def places(part: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every place in a card, as what holds it and the key or number in there."""
    for key in range(len(part)) if isinstance(part, list) else list(part):
        yield part, key
        if isinstance(part[key], (dict, list)):
            yield from places(part[key])


@st.composite
def damaged(draw: st.DrawFn) -> Any:
    """Return one of the payloads with up to three changes in it."""
    content = copy.deepcopy(draw(st.sampled_from(PAYLOADS)))
    for _ in range(draw(st.integers(0, 3))):
        holder, key = draw(st.sampled_from(list(places(content)) or [(content, "head")]))
        change = draw(st.sampled_from(["value", "leave out", "add", "swap"]))
        if change == "leave out" and len(holder) > 1:
            del holder[key]
        elif change == "add" and isinstance(holder, dict):
            name = draw(st.sampled_from(["style", "link", "text", "value", "type", "items", "new"]))
            holder[name] = draw(JSON)
        elif change == "swap":
            other = draw(st.sampled_from(PAYLOADS))
            inner, name = draw(st.sampled_from(list(places(other))))
            holder[key] = copy.deepcopy(inner[name])
        else:
            holder[key] = draw(JSON)
    return content


@given(damaged())
def test_the_schema_alone_says_the_same(content: Any) -> None:
    """Any tool that knows JSON Schema accepts and refuses the cards that the check does."""
    try:
        passed = bool(check_card(content))
    except ConfigError:
        passed = False
    whole = jsonschema.Draft202012Validator(schema())
    meant = card_check.corrected(json.loads(json.dumps(content)))
    assert passed == (whole.is_valid(meant) and card_length(meant) <= MAX_CARD_TEXT)


def test_every_rule_has_its_source() -> None:
    """The schema is one, each type names a page, and what is assumed about it says so."""
    jsonschema.Draft202012Validator.check_schema(schema())
    rules = schema()["$defs"]
    for kind in types():
        assert "https://" in rules[kind]["$comment"], kind
        assert rules[kind]["additionalProperties"] is False, kind
        assert rules[kind]["properties"]["type"] == {"const": kind}
    for name in set(rules) - set(types()) - {"any_text", "flag", "count", "block", "pictures"}:
        assert re.search("https://|assumed", rules[name]["$comment"]), name
