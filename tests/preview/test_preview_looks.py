"""How a preview is shown: as text in a terminal, and as a page."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from typing import Any

from hypothesis import given as examples
from hypothesis import strategies as st

from airflow_provider_zoomchat.sandbox import emphasis
from airflow_provider_zoomchat.tools.preview.lines import Line, lines, wrapped
from airflow_provider_zoomchat.tools.preview.page import page
from airflow_provider_zoomchat.tools.preview.shown import Group, Shown, Wire
from airflow_provider_zoomchat.tools.preview.text import APPROXIMATE, report

EVIL = "<script>alert(1)</script>\x1b[31m\u202e"


def message(text: str = "", **more: Any) -> dict[str, Any]:
    return {
        "id": "1",
        "api": "chatbot" if "content" in more else "team_chat",
        "channel": "c" * 20,
        "channel_name": "ops",
        "contact": None,
        "sender": "Airflow",
        "sender_id": "airflow@example.com",
        "text": text,
        "content": None,
        "at_items": [],
        "rich_text": [],
        "file_ids": [],
        "interactive_cards": [],
        "files": [],
        "is_markdown_support": False,
        "visible_to_user": None,
        "reply_to": None,
        "edited": False,
        "deleted": False,
        "time": "2026-03-14T06:06:12.000Z",
        "history": [],
        **more,
    }


def card(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return message(content={"body": list(blocks), **more}, is_markdown_support=True)


def shown_lines(value: dict[str, Any]) -> list[str]:
    return [f"{line.mark}{line.text}".rstrip() for line in lines(value)]


def no_paint(text: str, *_: str) -> str:
    return text


def test_lists_and_quotes() -> None:
    """Each item has its bullet or its number, and each line of a quote its bar."""
    value = card({"type": "message", "text": "List\n- one\n- *two* `x`\n\n1. a\n2. b\n\n> c\n> d"})
    assert shown_lines(value) == [
        *("List", "\u2022 one", "\u2022 two x", "", "1. a", "2. b", "", "\u2502 c", "\u2502 d")
    ]
    assert ("two", frozenset({"bold"})) in lines(value)[2].runs
    assert ("x", frozenset({"yellow"})) in lines(value)[2].runs


def test_cards() -> None:
    """A card shows its bars in their colours, its fields, its buttons and its progress."""
    value = card(
        {"type": "fields", "items": [{"key": "Rules", "value": "12"}]},
        {
            "type": "section",
            "sidebar_color": "#d64545",
            "sections": [{"type": "message", "text": "Broken"}],
        },
        {"type": "actions", "items": [{"text": "Open", "value": "o"}]},
        {"type": "progress_bar", "value": 50},
        head={"text": "Quality", "sub_head": {"text": "of orders"}},
    )
    found = lines(value)
    assert shown_lines(value) == [
        *("Quality", "of orders", "Rules: 12", "Broken", "[ Open ]"),
        "\u2588" * 10 + "\u2591" * 10,
        "50 %",
    ]
    bars = {line.text.strip(): line.bars for line in found}
    assert bars["Quality"] != bars["Broken"]
    assert bars["Broken"] == ("#d64545",)


@examples(st.text(max_size=300))
def test_no_word_is_lost(text: str) -> None:
    """The words of a text are those that the sandbox shows, in any text."""
    value = message(text)
    squeezed = re.sub(r"\s", "", "".join(line.text for line in lines(value)))
    assert squeezed == re.sub(r"\s", "", emphasis.shown(value))


@examples(st.text(alphabet="ab \u2007\u00e9\U0001f680", max_size=200), st.integers(10, 60))
def test_wrapping_keeps_all_words(text: str, width: int) -> None:
    """A wrapped line has the same words, and no piece that is much wider than asked for."""
    line = Line(("#000000",), "- ", [(text, frozenset())])
    pieces = list(wrapped(line, width))
    assert re.sub(r"\s", "", "".join(piece.text for piece in pieces)) == re.sub(r"\s", "", text)
    assert all(len(piece.text.strip()) <= max(20, width) for piece in pieces)
    assert {piece.bars for piece in pieces} == {("#000000",)}


def sample() -> list[Group]:
    return [
        Group(
            f"DAG {EVIL}",
            [
                Shown(
                    f"task {EVIL}",
                    "server_to_server",
                    places=(f"on_failure_callback of {EVIL}",),
                    message=message(f"Hello {EVIL}"),
                    length="12 of 4,096 characters; Zoom's specification says 1,024",
                    wires=[Wire("POST", f"https://api.zoom.us/{EVIL}", {"message": EVIL}, 201)],
                    notes=[f"a note {EVIL}"],
                ),
                Shown("task b", "chatbot", refusals=[f"content is not a card {EVIL}"]),
            ],
            missing=[f"task c {EVIL}"],
        )
    ]


def test_the_terminal_obeys_nothing() -> None:
    """Nothing of a message, or of a DAG file, is a command to the terminal."""
    said = "\n".join(report(sample(), no_paint, width=80, requests=True))
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "refused: content is not a card" in said
    assert APPROXIMATE in said


def test_requests_are_shown_on_demand() -> None:
    """The body of a request is shown if it is asked for, its address always."""
    for requests in (True, False):
        said = "\n".join(report(sample(), no_paint, width=0, requests=requests))
        assert "POST https://api.zoom.us/" in said
        assert ('"message": ' in said) is requests


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_the_page_runs_and_loads_nothing() -> None:
    """Nothing that was handed over becomes HTML, and the page has no script and no source."""
    document = page(sample())
    elements = _Elements()
    elements.feed(document)
    assert elements.tags.isdisjoint({"script", "iframe", "img", "link", "object"})
    assert not any(name.startswith("on") for name in elements.attributes)
    assert "default-src 'none'" in document
    assert "&lt;script&gt;" in document
    assert "\x1b" not in document
    for words in (html.escape(APPROXIMATE), "Refused: content is not a card", "12 of 4,096"):
        assert words in document
