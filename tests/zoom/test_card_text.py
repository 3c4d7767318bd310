from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_zoomchat.zoom.cards import (
    actions,
    button,
    card,
    divider,
    field,
    fields,
    message,
    page,
    pages,
    progress_bar,
    section,
)
from airflow_provider_zoomchat.zoom.cards.as_text import as_formatted, as_text
from airflow_provider_zoomchat.zoom.cards.prepare import read_card

PAYLOADS = Path(__file__).parent / "cards"

#: What a reader sees of each file in `cards/`.
TEXTS = {
    "actions": "[Approve] [Later] [Reject] [Closed]",
    "alert": "ERROR: The disk is nearly full",
    "attachment": "Report (https://example.com/report.pdf)\nOrders of the day",
    "card": "Load finished\n48,210 rows\nTable: orders\nTook: 3 min\n[Open]",
    "checkboxes": "[x] orders\n[ ] customers",
    "datepicker": "2026/11/20",
    "dialog": "[Edit]",
    "divider": "---",
    "feedback": "[Good] [Bad]",
    "fields": "Run id: manual__2026\nRows: 48210\nComment",
    "file": "orders.csv (https://example.com/orders.csv)\n48,210 rows",
    "form": "Run it again?",
    "head": "Load finished\norders",
    "horizontal_section": "Run it for\n2026/11/20",
    "images": (
        "Rows per day (https://example.com/rows.png)\n"
        "Minutes per day (https://example.com/time.png)"
    ),
    "link": "Log (https://example.com/log)",
    "member_select": "members",
    "message": "48,210 rows",
    "pages": "Page 1 of 2\norders\nPage 2 of 2\ncustomers",
    "plain_text_input": "Why?: One sentence",
    "progress_bar": "50 %",
    "radio_buttons": "( ) Production\n(x) Staging",
    "section": "48,210 rows\norders · 2019-06-13 17:21 UTC",
    "select": "Where: Staging",
    "styled_message": "Late",
    "switches": "[x] Tell me\n[ ] Mute",
    "timepicker": "12:00",
    "video": "How to run it again (https://example.com/how)\nAnn · Example",
    "zoom_markdown": "*48,210* rows, <https://example.com/log|log>",
}

ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["head", "body", "type", "text", "items", "sections", "pages", "ts", "value"]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


@pytest.mark.parametrize("path", sorted(PAYLOADS.glob("*.json")), ids=lambda path: str(path.stem))
def test_every_part_as_text(path: Path) -> None:
    """Each part of a card reads as lines of plain text, with the addresses behind their words."""
    assert as_text(json.loads(path.read_text("utf-8"))["content"]) == TEXTS[path.stem]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (None, ""),
        (5, ""),
        ([], ""),
        ({}, ""),
        ("a text", "a text"),
        ({"head": "a", "body": "b"}, ""),
        ({"body": [None, "a", {"type": ["message"], "text": "b"}]}, "b"),
        (card("a", {"type": "of next year", "text": "b"}), "a\nb"),
        (card("a", message(" \n")), "a"),
        (
            card("a", fields(field("b", "c", link="https://example.com"))),
            "a\nb: c (https://example.com)",
        ),
        (card("a", progress_bar("{{ b }}")), "a\n{{ b }} %"),
        (card("a", section(divider(), ts=10**400)), "a\n---"),
        (card("a", section(divider(), ts=float("nan"))), "a\n---"),
        (card("a", progress_bar(10**5000)), "a"),
        (
            card("a", actions(button("b")), pages(page(section(message("c"))))),
            "a\n[b]\nPage 1 of 1\nc",
        ),
    ],
)
def test_odd_cards(content: Any, text: str) -> None:
    """What cannot be read is left out, and what is new shows its text."""
    assert as_text(content) == text


def test_formats() -> None:
    """As text for a user, head and keys are bold, styles and markdown stay, and links open."""
    content = card(
        "Load",
        message("**48,210** rows", markdown=True),
        message("late", style={"italic": True}),
        fields(field("Log", "open", link="https://example.com")),
    )
    text = as_formatted(read_card(content))
    assert text.message == "Load\n48,210 rows\nlate\nLog: open"
    assert [(text.message[span.start : span.end], span.kind) for span in text.spans] == [
        ("Load", "Bold"),
        ("48,210", "Bold"),
        ("late", "Italic"),
        ("Log", "Bold"),
        ("open", "AddLink"),
    ]


@pytest.mark.usefixtures("no_collection")
def test_a_bottomless_card() -> None:
    """Sections in sections end somewhere."""
    nested = message("a")
    for _ in range(100_000):
        nested = {"type": "section", "sections": [nested], "footer": "b"}
    assert as_text({"body": [nested]}) == "\n".join(["b"] * 8)


@given(ANY, st.sampled_from(sorted(TEXTS)))
def test_no_card_is_too_odd(value: Any, kind: str) -> None:
    """Whatever comes in, a text comes out."""
    block = {**value, "type": kind} if isinstance(value, dict) else value
    for content in (
        value,
        {"head": value, "body": [block]},
        {"body": [{"type": kind, "items": [value]}]},
    ):
        assert isinstance(as_text(content), str)
