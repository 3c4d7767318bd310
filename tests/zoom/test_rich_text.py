"""A user's message with formats and mentions."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_zoomchat.zoom.rich_text import Text, join, link, mention, styled


def covered(text: Text, entry: dict[str, Any]) -> str:
    """Return the words between the positions of an entry, as Zoom reads them."""
    units = text.message.encode("utf-16-le")
    start, end = entry["start_position"] * 2, entry["end_position"] * 2 + 2
    assert 0 <= start < end <= len(units)
    return units[start:end].decode("utf-16-le")


def test_positions() -> None:
    """Positions are those of the words in the whole text, both ends inclusive."""
    text = join("\n", [styled("Failed", Bold=""), Text("why"), link("Log", "https://a.example")])
    assert text.message == "Failed\nwhy\nLog"
    assert text.rich_text() == [
        {"format_type": "Bold", "format_attr": "", "start_position": 0, "end_position": 5},
        {
            "format_type": "AddLink",
            "format_attr": "https://a.example",
            "start_position": 11,
            "end_position": 13,
        },
    ]
    assert text.at_items() == []


def test_positions_behind_an_emoji() -> None:
    """An emoji counts as two, as in UTF-16."""
    text = Text("🔥 ") + styled("hot", Bold="")
    (entry,) = text.rich_text()
    assert (entry["start_position"], entry["end_position"]) == (3, 5)


def test_mentions() -> None:
    """A person is mentioned by address, everybody by type, and the words are in the text."""
    text = join(" ", [mention("ann@example.com"), mention("all")])
    assert text.message == "@ann@example.com @all"
    assert text.at_items() == [
        {"at_type": 1, "at_contact": "ann@example.com", "start_position": 0, "end_position": 15},
        {"at_type": 2, "start_position": 17, "end_position": 20},
    ]
    assert text.without_mentions().at_items() == []
    assert text.without_mentions().message == text.message


def test_a_cut_text_keeps_its_formats_whole() -> None:
    """What is left keeps its formats; a link or a mention that is cut is none any more."""
    text = join(
        "\n",
        [
            styled("A head that is bold", Bold=""),
            link("word " * 60, "https://a.example"),
            Text("x" * 400),
            mention("ann@example.com"),
        ],
    ).cut(200)
    assert len(text.message) <= 200
    assert [covered(text, entry) for entry in text.rich_text()] == ["A head that is bold"]
    assert [covered(text, entry) for entry in text.at_items()] == ["@ann@example.com"]


def test_a_link_in_one_line() -> None:
    """A link's words stand in one line, since a link over two is none; without words it is read."""
    assert link("a\nb", "https://a.example").message == "a b"
    assert link("  ", "https://a.example").message == "https://a.example"


@pytest.mark.parametrize("nothing", [Text(""), Text("  \n"), styled("", Bold="")])
def test_nothing_takes_no_line(nothing: Text) -> None:
    """A text with nothing to read leaves no empty line."""
    assert join("\n", [nothing, Text("a"), nothing, Text("b")]).message == "a\nb"


words = st.text(st.sampled_from("ab \n🔥é"), min_size=1, max_size=30)


@given(st.lists(st.tuples(words, st.booleans()), max_size=12), st.integers(30, 120))
def test_every_span_covers_its_own_words(parts: list[tuple[str, bool]], limit: int) -> None:
    """However a text is put together and cut, each format lies inside it, on words of its own."""
    texts = [styled(part, Bold="") if bold else Text(part) for part, bold in parts]
    whole = Text("")
    for text in texts:
        whole += text
    assert [covered(whole, entry) for entry in whole.rich_text()] == [
        part for part, bold in parts if bold
    ]
    short = whole.cut(limit)
    assert len(short.message) <= limit
    bolds = [part for part, bold in parts if bold]
    for entry in short.rich_text():
        assert any(covered(short, entry) in part for part in bolds)
