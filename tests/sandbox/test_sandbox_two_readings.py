"""The check of cards and the sandbox: two readings of Zoom's documentation, held together."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_zoomchat.sandbox.card_rules import fault_in
from airflow_provider_zoomchat.zoom.cards.check import check_card, corrected
from airflow_provider_zoomchat.zoom.errors import ConfigError
from sandbox.samples import GOOD, OPTIONS, STYLE, URL
from sandbox.test_sandbox_card_rules import places, replaced

PAYLOADS = Path(__file__).parents[1] / "zoom" / "cards"
CARDS: dict[str, Any] = {
    **{path.stem: json.loads(path.read_text("utf-8"))["content"] for path in PAYLOADS.iterdir()},
    **{f"sandbox-{kind}": {"body": [block]} for kind, block in GOOD.items()},
}

#: What stands in place of each value, in turn; the first takes it away.
ODD: list[Any] = [
    *(..., None, "", " ", "x", "None", URL),
    *(-1, 0, 1, 2.5, True, [], ["x"], {}),
]

#: What each dict gets, in turn.
MORE: list[dict[str, Any]] = [
    *({"style": STYLE}, {"style": {}}, {"link": URL}, {"editable": True}, {"new": 1}),
    *({"is_markdown_support": True}, {"static_source": "members"}, {"limit": 0}),
]


def refusal(card: Any, zoom_markdown: bool = False) -> str | None:
    """Return why the check refuses a card, or None."""
    try:
        check_card(card, zoom_markdown=zoom_markdown)
    except ConfigError as error:
        return str(error)
    return None


def fault(card: Any, zoom_markdown: bool = False) -> str | None:
    """Return why the sandbox refuses a card, as far as the check would send it, or None."""
    return fault_in(corrected(copy.deepcopy(card)), zoom_markdown)


def body(kind: str, **keys: Any) -> dict[str, Any]:
    """Return a card of one block."""
    return {"body": [{"type": kind, **keys}]}


@pytest.mark.parametrize(
    ("card", "taken"),
    [
        (body("message", text="a", link=URL), True),
        (body("message", text="a", link=URL, style=STYLE), False),
        (body("fields", items=[{"key": "a", "value": "b", "link": URL}]), True),
        (body("fields", items=[{"key": "a", "value": "b", "link": URL, "style": STYLE}]), False),
        (body("image", images=[{"image_url": URL}]), True),
        (body("actions", items=[{**OPTIONS[0], "style": "Thumbsuped"}]), True),
        (body("actions", items=[{**OPTIONS[0], "dialog": {"link": URL, "title": "a"}}]), True),
        (body("actions", items=OPTIONS, limit=1), True),
        (body("select", text="a", select_items=OPTIONS), True),
        (body("select", select_items=OPTIONS), False),
        (body("select", static_source="members"), True),
        (body("datepicker", action_id="a"), True),
        (body("plain_text_input", action_id="a", min_length=2, max_length=2), True),
        (body("plain_text_input", action_id="a", min_length=3, max_length=2), False),
        (body("alert", text="a", closeable=True), True),
        ({"head": {"text": "a"}, "settings": None, "body": None}, True),
    ],
    ids=lambda given: json.dumps(given)[:60],
)
def test_both_say_the_same(card: Any, taken: bool) -> None:
    """What the documentation allows both take, and what it does not both refuse."""
    assert (refusal(card) is None) is taken
    assert (fault(card) is None) is taken


#: Where the check refuses what the sandbox takes: the error's words, why, and such a card.
KNOWN: dict[str, tuple[str, str, Any]] = {
    "a key that nobody knows": (
        r"has no key ",
        "The sandbox assumes that Zoom ignores it; an author has misspelt something.",
        body("message", text="a", colour="#fff"),
    ),
    "seconds": (
        r"\.ts: .* is not a moment in milliseconds",
        "Zoom would take it, and show a day in 1970.",
        body("section", sections=[{"type": "divider"}], ts=1560446471),
    ),
    "half an option": (
        r"\.(selected_item|initial_option)\b",
        "No page shows whether the value alone is enough, so the sandbox lets it pass; whoever "
        "sends the whole option is right in both cases.",
        body("select", text="a", select_items=OPTIONS, selected_item="a"),
    ),
    "too much text": (
        r"its texts have \d+ characters",
        "Zoom documents no limit; of bots' cards the sandbox has none.",
        body("message", text="x" * 4001),
    ),
}


@pytest.mark.parametrize("name", KNOWN)
def test_known_differences(name: str) -> None:
    """Where the two differ, it is the check that is the stricter, and for a reason."""
    words, reason, card = KNOWN[name]
    assert reason
    assert re.search(words, refusal(card) or "")
    assert fault(card) is None


def changed(card: Any) -> Iterator[Any]:
    """Yield the card with one value in it changed, each in turn."""
    yield card
    for place in [*places(card)]:
        for odd in ODD:
            yield replaced(card, place, odd)
        holder = card
        for step in place:
            holder = holder[step]
        if isinstance(holder, dict):
            for more in MORE:
                yield replaced(card, place, {**holder, **more})


@pytest.mark.parametrize("zoom_markdown", [False, True], ids=["plain", "markdown"])
@pytest.mark.parametrize("name", CARDS)
def test_no_other_differences(name: str, zoom_markdown: bool) -> None:
    """Whatever one value of a card is changed into, both take it or both refuse it."""
    known = re.compile("|".join(words for words, _, _ in KNOWN.values()))
    for card in changed(CARDS[name]):
        said, found = refusal(card, zoom_markdown), fault(card, zoom_markdown)
        if said is None or not known.search(said):
            assert (said is None) == (found is None), (card, said, found)
