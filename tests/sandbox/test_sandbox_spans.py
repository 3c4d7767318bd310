"""Formatting that lies on formatting: the quick way gives what the rule says."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_zoomchat.sandbox.fields import FORMATS
from airflow_provider_zoomchat.sandbox.html.spans import Span, styles
from airflow_provider_zoomchat.sandbox.html.text import rich

LENGTH = 12
LISTS = {"BulletedList", "NumberedList"}
QUOTED = {"Bold", "Strikethrough", "Underline", "FontSize", "FontColor", "BackgroundColor"}
LINKED = {"BackgroundColor", "FontColor", "Underline"}
CLEARED_BY = {
    **{kind: {"Quote"} for kind in (*QUOTED, "Paragraph")},
    **{kind: {"Quote", "AddLink"} for kind in LINKED},
    "BulletedList": {"NumberedList"},
    "NumberedList": {"BulletedList"},
    "Quote": LISTS,
    "LeftIndent": {*LISTS, "Quote"},
}


def by_the_rule(length: int, spans: list[Span]) -> list[dict[str, str]]:
    """Return what :func:`styles` should, character by character and span by span."""
    found: list[dict[str, str]] = [{} for _ in range(length)]
    for places, kind, attribute in spans:
        for place in places:
            if not CLEARED_BY.get(kind, set()) & found[place].keys():
                found[place][kind] = attribute
    return found


PLACES = st.tuples(st.integers(0, LENGTH), st.integers(0, LENGTH)).map(lambda ends: range(*ends))
SPANS = st.lists(
    st.tuples(PLACES, st.sampled_from([*FORMATS, "mention"]), st.sampled_from("abc")), max_size=25
)


@settings(max_examples=500, deadline=None, database=None)
@given(spans=SPANS)
def test_any_spans(spans: list[Span]) -> None:
    """Each character has the last span of a kind that came before anything that clears it."""
    assert styles(LENGTH, spans) == by_the_rule(LENGTH, spans)


@pytest.mark.parametrize("length", [0, 1])
def test_no_spans(length: int) -> None:
    """A text without formatting has a style for each character, and none is set."""
    assert styles(length, []) == [{}] * length


def test_a_pile_of_spans() -> None:
    """As many spans as a body holds, each over a whole long text, are shown without delay."""
    text = "x" * 4000
    rich_text = [
        {
            "start_position": 0,
            "end_position": len(text) - 1,
            "format_type": "FontColor",
            "format_attr": f"{number:06x}",
        }
        for number in range(20_000)
    ]
    assert rich(text, rich_text, []) == (
        f'<div class="line"><span style="--ink:#004e1f">{text}</span></div>'
    )
