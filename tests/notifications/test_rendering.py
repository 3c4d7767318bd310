"""Alerts as Zoom shows them: text and card."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_zoomchat.notifications.alerts import FilledAlert
from airflow_provider_zoomchat.notifications.rendering import (
    Draft,
    as_card,
    as_plain_card,
    as_text,
)
from airflow_provider_zoomchat.sandbox.card_rules import fault_in
from airflow_provider_zoomchat.zoom.cards.prepare import prepare
from airflow_provider_zoomchat.zoom.text import Text, link, mention, rich_text, styled

POST = FilledAlert(
    head="❌ sales_daily / load_orders failed",
    color="#D92D20",
    fields=(("Run", "2026-11-20"), ("Why", "x" * 60), ("Blank", "")),
    quote="ValueError: *b* <!all> _c_\nand more",
    links=(("Open log", "https://a.example/log?a=1&b=2"),),
)
NOTE = "The author's own text for this alert failed: message: UndefinedError: 'x' is undefined"


def ready_made(*mentions: str) -> Draft:
    """Return a draft without a text of its author's."""
    return Draft(POST, "zoom_default", mentions=mentions, notes=(NOTE,))


def test_a_text() -> None:
    """A user's message: bold coloured head, mention, quoted exception, fields, links, notes."""
    text = as_text(ready_made("ann@example.com", "data-team"), "staging")
    assert text.message == (
        "[staging] ❌ sales_daily / load_orders failed\n@ann@example.com @data-team\n"
        "ValueError: *b* <!all> _c_\nand more\n"
        f"Run: 2026-11-20 · Why: {'x' * 60} · Blank: \nOpen log\n{NOTE}"
    )
    spans = {(text.message[span.start : span.end], span.kind) for span in text.spans}
    head = "[staging] ❌ sales_daily / load_orders failed"
    assert {(head, "Bold"), (head, "FontColor"), ("Run:", "Bold"), ("Open log", "AddLink")} < spans
    assert ("ValueError: *b* <!all> _c_\nand more", "Quote") in spans
    assert (NOTE, "Italic") in spans
    assert [entry["at_contact"] for entry in rich_text.mentions(text)] == ["ann@example.com"]


def test_a_card() -> None:
    """A card: coloured bar, head, mention, exception, fields, links; markdown only in our words."""
    people = {"ann@example.com": ("a@xmpp.zoom.us", "Ann")}
    card = prepare(as_card(ready_made("ann@example.com"), "staging"), people)
    assert card["settings"] == {"default_sidebar_color": "#D92D20"}
    assert card["head"]["text"] == "[staging] ❌ sales_daily / load_orders failed"
    with_markdown = [block for block in card["body"] if block.get("is_markdown_support")]
    assert [block["text"] for block in with_markdown] == [
        "<!a@xmpp.zoom.us|Ann>",
        "<https://a.example/log?a=1&b=2|Open log>",
    ]
    assert card["body"][1]["text"] == POST.quote
    (fields,) = [block for block in card["body"] if block["type"] == "fields"]
    assert fields["items"] == [
        {"key": "Run", "value": "2026-11-20", "short": True},
        {"key": "Why", "value": "x" * 60, "short": False},
        {"key": "Blank", "value": " ", "short": True},
    ]
    assert fault_in(card, is_markdown=False) is None


def test_a_plain_card() -> None:
    """The plainest card holds everything as text, addresses too."""
    card = as_plain_card(draft(), "staging")
    assert card["head"] == {"text": "[staging] ❌ sales_daily / load_orders failed"}
    (block,) = card["body"]
    assert block["type"] == "message"
    assert "Run: 2026-11-20" in block["text"]
    assert block["text"].endswith("Open log: https://a.example/log?a=1&b=2")
    assert as_plain_card(Draft(FilledAlert("head", "#000000"), ""))["body"][0]["text"] == "head"


def draft(
    message: Text | None = None, content: Any = None, mentions: tuple[str, ...] = ()
) -> Draft:
    """Return a draft of an author's."""
    return Draft(POST, "zoom_default", message=message, content=content, mentions=mentions)


MESSAGE = "see_ " + link("the log", "https://a.example") + styled("a_b", Code="")


def test_an_authors_text() -> None:
    """An author's message gets the label in front and the mention behind."""
    text = as_text(draft(MESSAGE, mentions=("all",)), "staging")
    assert text.message == "[staging] see_ the loga_b\n@all"
    assert {entry["format_type"] for entry in rich_text.formats(text)} == {
        *("AddLink", "FontColor", "BackgroundColor")
    }


@pytest.mark.parametrize(
    ("message", "zoom_markdown", "block"),
    [
        (Text("a_b"), None, {"type": "message", "text": "[x] a_b"}),
        (Text("*a*").formatted("ZoomMarkdown"), True, {"type": "message", "text": "[x] *a*"}),
        (
            MESSAGE,
            None,
            {
                "type": "message",
                "text": "[x] see_ <https://a.example|the log>`a_b`",
                "is_markdown_support": True,
            },
        ),
        (
            mention("ann@example.com") + " *a*",
            None,
            {
                "type": "message",
                "text": "[x] <!a@xmpp.zoom.us|Ann> *\N{HAIR SPACE}a*",
                "is_markdown_support": True,
            },
        ),
    ],
    ids=["plain", "Zoom's markdown", "formats", "mention"],
)
def test_an_authors_message_in_a_card(
    message: Text, zoom_markdown: bool | None, block: dict[str, Any]
) -> None:
    """Plain stays plain; formats bring markdown, and then all the rest is escaped."""
    people = {"ann@example.com": ("a@xmpp.zoom.us", "Ann")}
    card = as_card(draft(message), "x")
    assert prepare(card, people, zoom_markdown=bool(zoom_markdown)) == {"body": [block]}


def test_an_authors_text_is_cut_with_its_formats() -> None:
    """A text that is too long for a card is cut where it is words, and what is left stays whole."""
    message = Text("x" * 9000) + " " + link("the log", "https://a.example")
    (block,) = prepare(as_card(draft(message)), {}, limit=4000)["body"]
    assert len(block["text"]) <= 4000
    assert block["text"].endswith("x <https://a.example|the log>")


@pytest.mark.parametrize(
    ("content", "head"),
    [
        ({"head": {"text": "mine"}}, {"text": "[x] mine"}),
        ({"body": [{"type": "message", "text": "mine"}]}, {"text": "[x]"}),
        ({"head": {"text": styled("mine", Bold="")}}, {"text": "[x] mine"}),
    ],
    ids=["head", "body alone", "formats"],
)
def test_an_authors_card(content: dict[str, Any], head: dict[str, Any]) -> None:
    """An author's card gets the label into its head and the mention on top, and is not changed."""
    before = repr(content)
    card = prepare(as_card(draft(content=content, mentions=("ann",)), "x"), {})
    assert card["head"] == head
    assert card["body"][0]["text"] == "@ann"
    assert repr(content) == before


def test_a_card_is_cut() -> None:
    """Too much text is cut where most of it is; addresses stay whole."""
    link = "<https://a.example/" + "x" * 500 + "|Log>"
    card = {
        "head": {"text": "head"},
        "body": [
            {"type": "message", "text": "y" * 3000},
            {"type": "section", "sections": [{"type": "message", "text": "z" * 2500}]},
            {"type": "message", "text": link, "is_markdown_support": True},
        ],
    }
    short = prepare(card, {}, limit=4000)
    texts = [short["body"][0]["text"], short["body"][1]["sections"][0]["text"]]
    assert len("head") + sum(map(len, texts)) + len(link) <= 4000
    assert all("characters cut…" in text for text in texts)
    assert short["body"][2]["text"] == link
    assert prepare({"head": {"text": "head"}}, {}, limit=4000) == {"head": {"text": "head"}}
    no_link = {"head": {"text": "<a|" + "x" * 9000}}
    assert len(prepare(no_link, {}, limit=4000, validate=False)["head"]["text"]) <= 4000
