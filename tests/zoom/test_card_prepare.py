"""Texts with formats inside a card."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from airflow_provider_zoomchat.zoom.cards import prepare
from airflow_provider_zoomchat.zoom.errors import ConfigError
from airflow_provider_zoomchat.zoom.text import Text, link, mention, styled

LOG = "https://a.example/log"
BOLD = "Load " + styled("failed", Bold="")
PEOPLE = {"ann@example.com": ("a@xmpp.zoom.us", "Ann")}


def block(text: Any, **more: Any) -> dict[str, Any]:
    """Return a block with a text."""
    return {"type": "message", "text": text, **more}


def written(card: dict[str, Any], zoom_markdown: bool = False) -> Any:
    """Return a card as it is sent, which is plain JSON and leaves the author's own as it was."""
    before = copy.deepcopy(card)
    found = prepare.write_card(prepare.read_card(card), PEOPLE, zoom_markdown)
    assert card == before
    assert json.loads(json.dumps(found)) == found
    return found


MARKED = {"is_markdown_support": True}


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        pytest.param(block("**a**"), block("**a**"), id="words"),
        pytest.param(block("**a** b_c", markdown=True), block("*a* b_c", **MARKED), id="markdown"),
        pytest.param(block("a_b & c", markdown=True), block("a_b & c"), id="markdown without any"),
        pytest.param(block("**a**", markdown=False), block("**a**"), id="no markdown"),
        pytest.param(block("**a**", markdown="true"), block("*a*", **MARKED), id="from a template"),
        pytest.param(block(BOLD), block("Load *failed*", **MARKED), id="a text with formats"),
        pytest.param(block(Text("*a* & b")), block("*a* & b"), id="a text without"),
        pytest.param(
            block(mention("ann@example.com") + " " + mention("bob@example.com")),
            block("<!a@xmpp.zoom.us|Ann> @bob@example.com", **MARKED),
            id="mentions",
        ),
        pytest.param(
            {"type": "section", "sections": [block("**a**", markdown=True)], "footer": "x"},
            {"type": "section", "sections": [block("*a*", **MARKED)], "footer": "x"},
            id="in a section",
        ),
        pytest.param(
            {"type": "fields", "items": [{"key": "Log", "value": link("log", LOG)}]},
            {"type": "fields", "items": [{"key": "Log", "value": f"log ({LOG})"}]},
            id="where Zoom reads no markdown",
        ),
        pytest.param(
            {"type": "fields", "items": [{"key": "Log", "value": link("log", LOG), **MARKED}]},
            {"type": "fields", "items": [{"key": "Log", "value": f"<{LOG}|log>", **MARKED}]},
            id="where Zoom does",
        ),
        pytest.param(
            {"type": "select", "markdown": True, "text": "**a**"},
            {"type": "select", "markdown": True, "text": "**a**"},
            id="of another type",
        ),
        pytest.param(
            block("# A\n- b\n- c", markdown=True), block("*A*\n- b\n- c", **MARKED), id="lines"
        ),
    ],
)
def test_blocks(given: dict[str, Any], sent: dict[str, Any]) -> None:
    """Formats are written in Zoom's markdown where Zoom reads it, and else as plain words."""
    assert written({"body": [given]}) == {"body": [sent]}


def test_a_head() -> None:
    """The head of a card has no markdown, unless all of the card has."""
    assert written({"head": {"text": BOLD}}) == {"head": {"text": "Load failed"}}
    assert written({"head": {"text": BOLD}}, True) == {"head": {"text": "Load *failed*"}}


def test_a_card_in_zooms_markdown() -> None:
    """Where Zoom reads its markdown in all texts, no block needs to say so."""
    card = {"body": [block("**a**", markdown=True), block("*a*"), block(Text("*a*"))]}
    assert written(card, True) == {"body": [block("*a*"), block("*a*"), block("*\N{HAIR SPACE}a*")]}


def test_contacts() -> None:
    """Who is mentioned anywhere in a card is known, each once."""
    ann, bob = mention("ann@example.com"), mention("bob@example.com")
    card = {"head": {"text": ann}, "body": [block(bob + ann), {"items": [{"value": ann}]}]}
    assert prepare.contacts(card) == ("ann@example.com", "bob@example.com")
    assert prepare.contacts({"head": {"text": "@ann@example.com"}}) == ()


@pytest.mark.parametrize(
    ("text", "markdown", "words"),
    [
        ("*" * 20_001, True, "message has 20001 characters of markdown"),
        ("a", "maybe", "markdown must be true or false, not 'maybe'"),
    ],
    ids=["too long", "no flag"],
)
def test_markdown_that_is_refused(text: str, markdown: object, words: str) -> None:
    """What cannot be read is refused in one line."""
    with pytest.raises(ConfigError, match=words):
        prepare.read_card({"body": [block(text, markdown=markdown)]})


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"style": {"bold": True}}, "style: cannot stand beside markdown"),
        ({"style": {}}, "style: cannot stand beside markdown"),
        ({"link": LOG}, "link: cannot stand beside markdown: write the link as <https://"),
        ({"editable": True}, "editable: cannot be true beside markdown"),
        ({"editable": "True"}, "editable: cannot be true beside markdown"),
    ],
    ids=["style", "empty style", "link", "editable", "editable from a template"],
)
@pytest.mark.parametrize("text", ["done", "**done**", BOLD], ids=["words", "formats", "text"])
def test_what_cannot_stand_beside_markdown(text: Any, more: dict[str, Any], words: str) -> None:
    """Beside markdown it is refused with its place, whatever the words of the day are."""
    card = {"body": [{"type": "section", "sections": [block(text, markdown=True, **more)]}]}
    with pytest.raises(ConfigError) as caught:
        prepare.read_card(card)
    assert str(caught.value).startswith(f"content.body[0].sections[0].{words}")


@pytest.mark.parametrize(
    "more", [{"style": None}, {"link": None, "editable": False}, {"editable": "false"}], ids=repr
)
def test_what_is_not_given_beside_markdown(more: dict[str, Any]) -> None:
    """What is None or false is not there."""
    assert written({"body": [block("a", markdown=True, **more)]}) == {"body": [block("a", **more)]}
    marked = block("**a**", style={"bold": True}, markdown=False)
    assert written({"body": [marked]}) == {"body": [block("**a**", style={"bold": True})]}


@pytest.mark.usefixtures("no_collection")
def test_a_bottomless_card() -> None:
    """A card nested beyond measure, or one that holds itself, is refused in one line."""
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"sections": [deep]}
    endless: dict[str, Any] = {}
    endless["sections"] = [endless]
    for card in (deep, endless):
        with pytest.raises(ConfigError, match="content is nested too deeply for a card"):
            prepare.read_card(card)
