"""Rendered templates with what their filters gave put in."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_zoomchat.zoom.cards.prepare import read
from airflow_provider_zoomchat.zoom.text import Text, concat, styled, zoom_markdown
from airflow_provider_zoomchat.zoom.text.template_filters import FilterResults

CODE = styled("a_b", Code="")
KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "markdown": {"commonmark": True},
    "Zoom's markdown": {"zoom_markdown": True},
}


@pytest.mark.parametrize(
    ("kind", "text", "written"),
    [
        ("plain", "**x** " + CODE, "*\N{HAIR SPACE}*\N{HAIR SPACE}x** `a_b`"),
        ("markdown", styled("x", Bold="") + " " + CODE, "*x* `a_b`"),
        ("Zoom's markdown", styled("**x** ", ZoomMarkdown="") + CODE, "**x** `a_b`"),
    ],
)
def test_a_message(kind: str, text: Text, written: str) -> None:
    """The words around a mark are read as plain words, as markdown, or go as they are."""
    results = FilterResults()
    source = f"**x** {results.mark(CODE)}"
    filled = results.message(source, **KINDS[kind])
    assert filled == text
    assert zoom_markdown.write(filled) == written


@pytest.mark.parametrize("kind", KINDS)
def test_words_are_cleaned(kind: str) -> None:
    """Words around marks are made harmless, and what filters gave is left as it is."""
    results = FilterResults()
    source = f"hunter2 {results.mark(Text('hunter2'))}"

    def clean(words: str) -> str:
        return words.replace("hunter2", "xxx")

    assert results.message(source, **KINDS[kind], clean=clean).message == "xxx hunter2"


def test_a_card() -> None:
    """Every text of a card that has marks gets them filled, and nothing else changes."""
    results = FilterResults()
    mark = results.mark(CODE)
    card = {
        "head": {"text": "Load"},
        "body": [
            {"type": "message", "text": f"see {mark}", "style": {"bold": True}},
            {"type": "message", "text": f"**see** {mark}", "markdown": True},
            {"type": "message", "text": "**see**", "markdown": True},
            {"type": "message", "text": f"*see* {mark}", "is_markdown_support": True},
            {"type": "fields", "items": [{"key": "Table", "value": mark}]},
            7,
            None,
        ],
    }
    bold = styled("see", Bold="")
    assert read(card, results) == {
        "head": {"text": "Load"},
        "body": [
            {"type": "message", "text": "see " + CODE, "style": {"bold": True}},
            {"type": "message", "text": bold + " " + CODE},
            {"type": "message", "text": bold},
            {
                "type": "message",
                "text": styled("*see* ", ZoomMarkdown="") + CODE,
                "is_markdown_support": True,
            },
            {"type": "fields", "items": [{"key": "Table", "value": CODE}]},
            7,
            None,
        ],
    }


def test_a_filled_card_can_be_filled_again() -> None:
    """What was filled is left alone by the next time."""
    results = FilterResults()
    card = {"body": [{"type": "message", "text": f"**a** {results.mark(CODE)}", "markdown": True}]}
    once = read(card, results)
    assert read(once, results) == once


@pytest.mark.parametrize("part", [None, 1, True, b"x", "", [], {}, "a", Text("a"), [["a"]]])
def test_what_has_no_marks(part: Any) -> None:
    """What no filter had a part in stays as it was."""
    results = FilterResults()
    results.mark(CODE)
    assert read(part, results) == part


def test_a_mark_that_stands_twice() -> None:
    """A template may use what a filter gave more than once."""
    results = FilterResults()
    mark = results.mark(CODE)
    assert results.fill(f"{mark} {mark}") == concat([CODE, " ", CODE])


def test_an_address() -> None:
    """Marks are found in an address too, which markdown has quoted."""
    results = FilterResults()
    mark = results.mark(Text("b c"))
    filled = results.message(f"[a](https://a.example/%2F{mark})", commonmark=True)
    assert [span.attr for span in filled.spans] == ["https://a.example/%2Fb%20c"]
    assert results.words("https://a.example/%20") == "https://a.example/%20"
