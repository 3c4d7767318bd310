from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_zoomchat.zoom import cards
from airflow_provider_zoomchat.zoom.cards import (
    Block,
    Card,
    actions,
    alert,
    attachment,
    block,
    button,
    card,
    checkboxes,
    datepicker,
    dialog,
    divider,
    field,
    fields,
    file,
    image,
    images,
    message,
    option,
    page,
    pages,
    plain_text_input,
    progress_bar,
    radio_buttons,
    section,
    select,
    style,
    timepicker,
    video,
)
from airflow_provider_zoomchat.zoom.cards import builders as card_builders
from airflow_provider_zoomchat.zoom.cards import inputs as card_inputs
from airflow_provider_zoomchat.zoom.cards.check import check_card, types
from airflow_provider_zoomchat.zoom.errors import ConfigError
from airflow_provider_zoomchat.zoom.text import Text

PAYLOADS = Path(__file__).parent / "cards"
ICON = "https://example.com/icon.png"
PLACES = {"Production": "prod", "Staging": "stg"}

#: What is written, and the file in `cards/` with what Zoom shall get for it.
BLOCKS: Mapping[str, Block] = {
    "message": message("48,210 rows", editable=True),
    "styled_message": message("Late", style=style("#0099ff", bold=True, italic=False)),
    "link": message("Log", link="https://example.com/log"),
    "zoom_markdown": message("*48,210* rows, <https://example.com/log|log>", zoom_markdown=True),
    "fields": fields(
        {"Run id": "manual__2026"}, {"Rows": 48210}, field("Comment", " ", False, editable=True)
    ),
    "actions": actions(
        button("Approve", "approve", "Primary"),
        button("Later", "later"),
        button("Reject", "reject", "Danger"),
        button("Closed", "closed", "Disabled"),
        limit=3,
    ),
    "feedback": actions(button("Good", "good", "Thumbsup"), button("Bad", "bad", "Thumbsdown")),
    "dialog": actions(
        button(
            "Edit",
            "edit",
            dialog=dialog("https://example.com/edit", title="Edit the run", size="S"),
        )
    ),
    "select": select("Where", PLACES, selected="stg"),
    "member_select": select(static_source="members"),
    "attachment": attachment(
        "Report",
        "https://example.com/report.pdf",
        description="Orders of the day",
        img_url="https://example.com/report.png",
        ext="pdf",
        size=1_000_000,
        title_style=style(bold=True),
    ),
    "section": section(
        message("48,210 rows"), color="#F56416", footer="orders", footer_icon=ICON, ts=1560446471819
    ),
    "horizontal_section": section(
        message("Run it for"), datepicker("day", "2026/11/20"), horizontal=True
    ),
    "pages": pages(page(section(message("orders"))), page(section(message("customers")))),
    "file": file(
        "orders.csv", "https://example.com/orders.csv", description="48,210 rows", icon_url=ICON
    ),
    "divider": divider(),
    "progress_bar": progress_bar(50),
    "alert": alert("The disk is nearly full", closable=True),
    "images": images(
        image("https://example.com/rows.png", "Rows per day"),
        image("https://example.com/time.png", "Minutes per day"),
    ),
    "datepicker": datepicker("day", "2026/11/20"),
    "timepicker": timepicker("time", "12:00"),
    "radio_buttons": radio_buttons("where", PLACES, selected="stg"),
    "checkboxes": checkboxes("tables", ["orders", "customers"], selected=["orders"]),
    "switches": checkboxes(
        "notices", [option("Tell me", "tell", initial_selected=True), "Mute"], style="toggle_switch"
    ),
    "plain_text_input": plain_text_input(
        "reason",
        "Why?",
        value="",
        placeholder="One sentence",
        multiline=False,
        min_length=0,
        max_length=500,
    ),
    "video": video(
        "How to run it again",
        "https://example.com/how.mp4",
        title_url="https://example.com/how",
        thumbnail_url="https://example.com/how.png",
        author_name="Ann",
        provider_name="Example",
        provider_icon_url=ICON,
        action_id="video",
    ),
}
CARDS: Mapping[str, Card] = {
    "card": card(
        "Load finished",
        message("48,210 rows"),
        fields({"Table": "orders", "Took": "3 min"}),
        actions(button("Open", "open", "Primary")),
        color="#2e9e5b",
    ),
    "head": card(
        "Load finished",
        style=style("#8338EC", bold=True, italic=False),
        sub_head="orders",
        sub_head_style=style("#13C4A3", bold=False, italic=True),
    ),
    "form": card("Run it again?", split_sidebar=True, form_id="rerun"),
    **{name: card(None, built) for name, built in BLOCKS.items()},
}


def payload(name: str) -> Any:
    """Return what Zoom shall get."""
    return json.loads((PAYLOADS / f"{name}.json").read_text("utf-8"))


@pytest.mark.parametrize("name", CARDS)
def test_payloads(name: str) -> None:
    """Each function gives the JSON that Zoom's documentation shows, and the check lets it pass."""
    expected = payload(name)["content"]
    assert CARDS[name] == expected
    assert check_card(CARDS[name]) == expected


def test_every_payload_names_its_source() -> None:
    """A reader can hold each file beside the page that it follows, and none is left over."""
    names = {path.stem for path in PAYLOADS.glob("*.json")}
    assert names == set(CARDS)
    assert all(payload(name)["_source"].startswith("https://") for name in names)


def test_every_type_is_built() -> None:
    """Each type of block that the schema knows has a function, but for a twin of images."""
    assert {built["type"] for built in BLOCKS.values()} == set(types()) - {"image"}


def test_everything_is_imported_from_one_place() -> None:
    """Whatever builds a part can be had from `cards`."""
    built_elsewhere = {
        name
        for module in (card_builders, card_inputs)
        for name, value in vars(module).items()
        if inspect.isfunction(value) and not name.startswith("_")
    }
    assert built_elsewhere - {"without_none", "numbered"} <= set(vars(cards))


@pytest.mark.parametrize(
    ("built", "expected"),
    [
        (card(), {}),
        (card("a"), {"head": {"text": "a"}}),
        (card("a", None, [None]), {"head": {"text": "a"}}),
        (card("a", "b"), card("a", message("b"))),
        (card("a", ["b", Text("c")]), card("a", message("b"), message(Text("c")))),
        (card("a", (message(text) for text in "bc")), card("a", message("b"), message("c"))),  # type: ignore[arg-type]
        (section("a"), section(message("a"))),
        (card(None, sub_head="a"), {"head": {"sub_head": {"text": "a"}}}),
        (card("a", sub_head_style={}), {"head": {"text": "a", "sub_head": {"style": {}}}}),
        (card(None, [divider(), None], [message("a")]), card(None, divider(), message("a"))),
        (section([message("a")], None), section(message("a"))),
        (page([section(divider())]), page(section(divider()))),
        (fields(Table="orders"), fields({"Table": "orders"})),
        (fields({"a": "b"}, short=None), {"type": "fields", "items": [{"key": "a", "value": "b"}]}),
        (fields(fields({"a": 1.5})["items"][0]), fields({"a": "1.5"})),
        (fields({"a": None}), fields({"a": " "})),
        (fields({"a": float("nan")}), fields({"a": " "})),
        (fields(a=Decimal("3.50"), b=0.1 + 0.2), fields(a="3.50", b="0.3")),
        (fields(a=date(2026, 3, 1), b=timedelta(hours=1)), fields(a="2026-03-01", b="1:00:00")),
        (fields(a=True), fields(a="true")),
        (
            fields({"key": "a", "value": 5}),
            {"type": "fields", "items": [{"key": "a", "value": "5"}]},
        ),
        (button("Open"), button("Open", "Open", "Default")),
        (option("a"), {"text": "a", "value": "a"}),
        (select("a", [option("b", "c")]), select("a", {"b": "c"})),
        (select("a", ["b"], selected="{{ it }}")["selected_item"], option("{{ it }}")),
        (select("a", ["b"], selected=option("c", "d"))["selected_item"], option("c", "d")),
        (timepicker("a"), {"type": "timepicker", "action_id": "a"}),
        (style(bold=False), {"bold": False}),
        (message("a", markdown=True), {"type": "message", "text": "a", "markdown": True}),
        (block("newer", text="a", shape=None), {"type": "newer", "text": "a"}),
        (section(divider(), ts=datetime(2026, 11, 20, tzinfo=timezone.utc))["ts"], 1795132800000),
    ],
)
def test_what_may_be_left_out_or_shortened(built: object, expected: object) -> None:
    """Short forms give what the long ones give, and nothing that is None is in any of them."""
    assert built == expected


#: What is no part of a card.
FIVE: Any = 5
WORD: Any = "b"
BYTES: Any = b"b"


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: card("a", FIVE), "content.body[0]: 5 is not a block"),
        (lambda: card("a", [divider(), BYTES]), "content cannot be written as JSON"),
        (lambda: card(None, sub_head="b"), "content.head: a head needs 'text'"),
        (lambda: card("a", sub_head_style={}), "content.head.sub_head: a sub_head needs 'text'"),
        (lambda: card("a", section(FIVE)), "content.body[0].sections[0]: 5 is not a block"),
        (lambda: card("a", pages(page("b"))), "content.body[0].pages[0].body[0].type: 'message' "),
        (lambda: card("a", pages(FIVE)), "content.body[0].pages[0]: 5 is not a page"),
        (lambda: card("a", fields(FIVE)), "content.body[0].items[0]: 5 is not a field"),
        (lambda: card("a", fields(WORD)), "content.body[0].items[0]: 'b' is not a field"),
        (lambda: card("a", actions(WORD)), "content.body[0].items[0]: 'b' is not a button"),
        (lambda: card("a", images(WORD)), "content.body[0].images[0]: 'b' is not an image"),
        (lambda: card("a", select("b", FIVE)), "content.body[0].select_items: 5 is not a list"),
        (
            lambda: card("a", select("b", [FIVE])),
            "content.body[0].select_items[0]: 5 is not an option",
        ),
        (
            lambda: card("a", select("b", ["c"], selected=FIVE)),
            ".selected_item: 5 is not an option",
        ),
        (
            lambda: card("a", checkboxes("b", [FIVE])),
            "content.body[0].options[0]: 5 is not an option",
        ),
    ],
    ids=range(15),
)
def test_what_is_no_part_keeps_its_place(build: Any, words: str) -> None:
    """Building never fails while a DAG is parsed; the check tells the place of what is none."""
    with pytest.raises(ConfigError) as caught:
        check_card(build())
    assert words in str(caught.value)


def test_templates_stay_as_they_are() -> None:
    """Nothing is counted, escaped or looked up in what is rendered later."""
    built = card(
        "{{ a }}",
        message("{{ b }}" * 5000, link="{{ c }}"),
        fields({"{{ d }}": "{{ e }}"}),
        progress_bar("{{ f }}"),
        section(divider("{{ g }}"), ts="{{ h }}"),
        color="{{ i }}",
    )
    text = json.dumps(built)
    assert [text.count("{{ " + name + " }}") for name in "abcdefghi"] == [1, 5000, *[1] * 7]


def test_parts_may_be_used_again() -> None:
    """A part that stands in two cards is changed by neither."""
    shared = fields({"Table": "orders"})
    before = json.dumps(shared)
    first, second = card("a", shared), card("b", section(shared))
    first["body"][0]["items"] = []
    assert json.dumps(shared) == before == json.dumps(second["body"][0]["sections"][0])
