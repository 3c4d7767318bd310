"""A user's message: the positions of its formats and mentions."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_zoomchat.zoom.text import (
    TABLE,
    Span,
    Text,
    concat,
    join,
    link,
    mention,
    rich_text,
    styled,
)

LOG = "https://a.example/log"


def covered(text: Text, entry: dict[str, Any]) -> str:
    """Return the words between the positions of an entry, as Zoom reads them."""
    units = text.message.encode("utf-16-le")
    start, end = entry["start_position"] * 2, entry["end_position"] * 2 + 2
    assert 0 <= start < end <= len(units)
    return units[start:end].decode("utf-16-le")


def shown(text: Text) -> list[tuple[str, str]]:
    """Return the formats of a text as pairs of type and words, in the order they are sent in."""
    return [(entry["format_type"], covered(text, entry)) for entry in rich_text.formats(text)]


def called(text: Text) -> list[str]:
    """Return the words of the mentions of a text."""
    return [covered(text, entry) for entry in rich_text.mentions(text)]


def test_positions() -> None:
    """Positions are those of the words in the whole text, both ends inclusive."""
    text = join("\n", [styled("Failed", Bold=""), Text("why"), link("Log", "https://a.example")])
    assert text.message == "Failed\nwhy\nLog"
    assert sorted(rich_text.formats(text), key=lambda entry: int(entry["start_position"])) == [
        {"format_type": "Bold", "format_attr": "", "start_position": 0, "end_position": 5},
        {
            "format_type": "AddLink",
            "format_attr": "https://a.example",
            "start_position": 11,
            "end_position": 13,
        },
    ]
    assert rich_text.mentions(text) == []


@pytest.mark.parametrize(
    ("front", "start"),
    [
        ("🔥 ", 3),
        ("👩\u200d💻 ", 6),
        ("e\u0301 ", 3),
        ("é ", 2),
        ("שלום ", 5),
        ("\U00020bb7\U00020bb7", 4),
        ("\ud83d ", 2),
    ],
    ids=["emoji", "joined emoji", "combining mark", "é", "right to left", "letters", "half"],
)
def test_the_unit_of_positions(front: str, start: int) -> None:
    """Positions count in UTF-16 units: an emoji is two, a combining mark one more."""
    (entry,) = rich_text.formats(front + styled("hot", Bold=""))
    assert (entry["start_position"], entry["end_position"]) == (start, start + 2)


def test_mentions() -> None:
    """A person is mentioned by address, everybody by type, and the words are in the text."""
    text = join(" ", [mention("ann@example.com"), mention("all")])
    assert text.message == "@ann@example.com @all"
    assert rich_text.mentions(text) == [
        {"at_type": 1, "at_contact": "ann@example.com", "start_position": 0, "end_position": 15},
        {"at_type": 2, "start_position": 17, "end_position": 20},
    ]
    assert rich_text.formats(text) == []
    assert rich_text.mentions(text.without_mentions()) == []
    assert rich_text.mentions(styled("all", AddLink="ann@example.com", Bold="all")) == []


@pytest.mark.parametrize(
    "contact",
    ["ann", "data-team", "ann@", "@", "a b@example.com", "ann@xmpp.zoom.us", "Everybody", "ALL"],
)
def test_an_address_that_is_none(contact: str) -> None:
    """Who cannot be anybody that Zoom knows is named in plain words."""
    text = "Look, " + mention(contact)
    assert text.message == f"Look, @{contact}"
    assert rich_text.mentions(text) == []


@pytest.mark.parametrize(
    ("text", "formats"),
    [
        pytest.param(styled("a", Bold="", Italic=""), [("Bold", "a"), ("Italic", "a")], id="both"),
        pytest.param(
            styled("a_b", Code=""),
            [("FontColor", "a_b"), ("BackgroundColor", "a_b")],
            id="code is coloured",
        ),
        pytest.param(
            styled("Log", Bold="", Code="", AddLink=LOG),
            [("AddLink", "Log"), ("Bold", "Log")],
            id="no colour on a link",
        ),
        pytest.param(
            ("a " + link("Log", LOG) + " b").formatted("Code"),
            [
                ("AddLink", "Log"),
                *[("FontColor", "a "), ("BackgroundColor", "a ")],
                *[("FontColor", " b"), ("BackgroundColor", " b")],
            ],
            id="colour around a link",
        ),
        pytest.param(
            ("a " + styled("b", Bold="") + link("Log", LOG)).formatted("Quote"),
            [("Quote", "a bLog"), ("AddLink", "Log")],
            id="a quote takes links",
        ),
        pytest.param(
            styled("a\nb", Quote="", NumberedList="", Italic="", Paragraph="h1"),
            [("Quote", "a\nb"), ("NumberedList", "a\nb")],
            id="a quote takes lists",
        ),
        pytest.param(
            (Text("a ") + styled("b", Quote="") + " c").formatted("Bold"),
            [("Quote", "b"), ("Bold", "a "), ("Bold", " c")],
            id="a format around a quote",
        ),
        pytest.param(
            Text("abcd", (Span(0, 3, "Quote"), Span(1, 2, "Quote"), Span(0, 4, "Bold"))),
            [("Quote", "abc"), ("Quote", "b"), ("Bold", "d")],
            id="a quote in a quote",
        ),
        pytest.param(
            Text("abcd", (Span(0, 2, "Quote"), Span(1, 3, "Quote"), Span(0, 4, "Bold"))),
            [("Quote", "ab"), ("Quote", "bc"), ("Bold", "d")],
            id="quotes that overlap",
        ),
        pytest.param(
            Text("abcd", (Span(0, 1, "Quote"), Span(2, 3, "Quote"), Span(0, 4, "Bold"))),
            [("Quote", "a"), ("Quote", "c"), ("Bold", "b"), ("Bold", "d")],
            id="a format between quotes",
        ),
        pytest.param(
            styled("Load", Bold="", Paragraph="h1") + "\n" + styled("a", BulletedList=""),
            [("Paragraph", "Load"), ("BulletedList", "a"), ("Bold", "Load")],
            id="lines before words",
        ),
        pytest.param(Text("*a*").formatted("ZoomMarkdown"), [], id="Zoom's markdown"),
        pytest.param(mention("ann@example.com"), [], id="a mention"),
        pytest.param(Text(""), [], id="nothing"),
    ],
)
def test_formats(text: Text, formats: list[tuple[str, str]]) -> None:
    """What Zoom would drop is left out, and what would clear another comes before it."""
    assert sorted(shown(text)) == sorted(formats)
    ranks = [rich_text._ORDER.get(kind, 9) for kind, _ in shown(text)]
    assert ranks == sorted(ranks)


TABLES = [
    ("region  orders\n------  ------", "region__orders\n======__======"),
    ("EU        -5\na b        7", "EU________-5\na b________7"),
    ("     7  x\n x  -", "_____7__x\n_x__-"),
    ("--  --\n- -\n-", "==__==\n- -\n="),
    ("a-b  --\n--x", "a-b__--\n--x"),
    ("日本  12", "日本__12"),
    ("one word\nand 3 more", "one word\nand 3 more"),
]


@pytest.mark.parametrize(("table", "shown"), TABLES, ids=range(len(TABLES)))
def test_a_table_stays_in_line(table: str, shown: str) -> None:
    """Blanks between columns and the rule become as wide as a digit; words and data stay.

    Here ``_`` is such a blank and ``=`` such a dash.
    """
    wide = str.maketrans("_=", "\N{FIGURE SPACE}\N{FIGURE DASH}")
    text = "a  -\n--\n" + Text(table).formatted("CodeBlock", TABLE) + "\nb  -\n--"
    laid = rich_text.in_columns(text)
    assert laid.message == f"a  -\n--\n{shown.translate(wide)}\nb  -\n--"
    assert laid.spans == text.spans


def test_what_is_no_table_stays() -> None:
    """The blanks of other code, whose author counts on them when it is copied, are left alone."""
    for text in (
        Text("a  b\n----").formatted("CodeBlock", "python"),
        Text("a  b\n----").formatted("CodeBlock"),
        Text("a  b\n----").formatted("Code", TABLE),
        Text("a  b\n----"),
    ):
        assert rich_text.in_columns(text) == text


def test_two_tables_stay_in_line() -> None:
    """Each of several tables is laid out, the words between them are not."""
    table = Text("a  b").formatted("CodeBlock", TABLE)
    laid = rich_text.in_columns(table + "\nc  d\n" + table)
    assert laid.message == "a\u2007\u2007b\nc  d\na\u2007\u2007b"


def test_a_cut_text_keeps_its_positions() -> None:
    """Behind a cut, too, positions are those of the words."""
    text = ("🚀" * 300 + mention("ann@example.com") + " " + styled("late", Bold="")).cut(400)
    assert called(text) == ["@ann@example.com"]
    assert shown(text) == [("Bold", "late")]


KINDS = (
    *("Bold", "Italic", "Strikethrough", "Underline", "FontColor", "BackgroundColor", "AddLink"),
    *("Quote", "Paragraph", "BulletedList", "NumberedList", "Code", "CodeBlock", "Mention"),
)
CLEARED_BY = {
    "Quote": {*KINDS} - {"Quote", "AddLink", "BulletedList", "NumberedList"},
    "AddLink": {"FontColor", "BackgroundColor", "Underline"},
}
words = st.text(st.sampled_from("ab \n🔥é"), max_size=8)
spans = st.builds(Span, st.integers(0, 40), st.integers(1, 40), st.sampled_from(KINDS))


@given(st.lists(words, max_size=8).map("".join), st.lists(spans, max_size=9))
def test_nothing_that_zoom_would_drop(message: str, given: list[Span]) -> None:
    """Whatever formats lie on one another, each entry covers words, and none clears another."""
    inside = tuple(span for span in given if span.start < span.end <= len(message))
    text = Text(message, inside)
    entries = rich_text.formats(text)
    assert all(covered(text, entry) for entry in entries)
    places = [range(entry["start_position"], entry["end_position"] + 1) for entry in entries]
    for one, place in zip(entries, places, strict=True):
        for other, elsewhere in zip(entries, places, strict=True):
            if other["format_type"] in CLEARED_BY.get(one["format_type"], ()):
                assert not set(place) & set(elsewhere)


@given(st.lists(st.tuples(words.filter(bool), st.booleans()), max_size=12))
def test_every_entry_covers_its_own_words(parts: list[tuple[str, bool]]) -> None:
    """However a text is put together, each entry covers the words that were formatted."""
    whole = concat(styled(part, Bold="") if bold else part for part, bold in parts)
    assert shown(whole) == [("Bold", part) for part, bold in parts if bold]
