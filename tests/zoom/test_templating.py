"""Jinja's filters: the same template, right on every API."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment

from airflow_provider_zoomchat.zoom.cards.prepare import read_card
from airflow_provider_zoomchat.zoom.text import Text, concat, rich_text, styled, zoom_markdown
from airflow_provider_zoomchat.zoom.text.templating import (
    MAX_VALUE,
    FilterResults,
    MessageTemplates,
)

CODE = styled("a_b", Code="")
KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "markdown": {"commonmark": True},
    "Zoom's markdown": {"zoom_markdown": True},
}

LOG = "https://a.example/log"
NAMES = {
    "id": "load_orders *x*",
    "url": LOG,
    "lines": "a\n  b",
    "rows": [("orders", 48210), ("items", 7)],
    "none": None,
    "owner": "ann@example.com",
    "hidden": "hunter2",
}


def rendered(template: str, filters: MessageTemplates, **names: Any) -> str:
    """Return a template with the filters applied."""
    env = Environment()
    env.filters.update(filters.by_name)
    return env.from_string(template).render(**NAMES, **names)


def filled(template: str, mask: Any = str, **how: Any) -> Text:
    """Return a template as a text, rendered and filled."""
    filters = MessageTemplates(mask)
    return filters.results.message(rendered(template, filters), **how)


def covered(text: Text) -> list[tuple[str, str]]:
    """Return the spans of a text as pairs of kind and words."""
    return [(span.kind, text.message[span.start : span.end]) for span in text.spans]


@pytest.mark.parametrize(
    ("template", "message", "spans"),
    [
        ("{{ id | zoom_code }}.", "load_orders *x*.", [("Code", "load_orders *x*")]),
        ("{{ lines | zoom_code }}", "a\n  b", [("CodeBlock", "a\n  b")]),
        ("{{ none | zoom_code }}.", ".", []),
        ("{{ id | zoom_escape }}.", "load_orders *x*.", []),
        ("{{ url | zoom_link('Log') }}", "Log", [("AddLink", "Log")]),
        ("{{ url | zoom_link }}", LOG, [("AddLink", LOG)]),
        ("{{ url | zoom_link(lines) }}", "a b", [("AddLink", "a b")]),
        ("{{ owner | zoom_mention }}", "@ann@example.com", [("Mention", "@ann@example.com")]),
        ("{{ '@all' | zoom_mention }}", "@all", [("Mention", "@all")]),
        ("{{ owner | zoom_mention('Ann') }}", "@Ann", [("Mention", "@Ann")]),
        ("{{ none | zoom_mention }}.", ".", []),
        ("{{ id | zoom_code | upper }}", "load_orders *x*", [("Code", "load_orders *x*")]),
    ],
    ids=[
        *("code", "block of code", "nothing", "escape", "link", "bare link", "link in one line"),
        *("mention", "mention of all", "mention by name", "nobody", "with a filter behind"),
    ],
)
def test_filters(template: str, message: str, spans: list[tuple[str, str]]) -> None:
    """Filters give formats on their own words; what came from data stays what it is."""
    text = filled(template)
    assert (text.message, covered(text)) == (message, spans)


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{{ rows | zoom_table }}", ["orders", "48210", "items"]),
        ("{{ rows | zoom_table(['table', 'count']) }}", ["table", "count", "orders"]),
        ("{{ rows | zoom_table(max_rows=1) }}", ["orders", "and 1 more"]),
        ("{{ [{'day': 'Mon', 'n': 3}] | zoom_table }}", ["day", "Mon", "3"]),
    ],
    ids=["rows", "columns", "cut", "dicts"],
)
def test_a_table(template: str, words: list[str]) -> None:
    """Rows become one block of code with columns in line."""
    text = filled(f"Today:\n{template}\nThat is all.")
    ((kind, table),) = covered(text)
    assert kind == "CodeBlock"
    assert [word for word in words if word not in table] == []
    columns = [line for line in table.splitlines() if not line.startswith("and ")]
    assert len({len(line) for line in columns}) == 1


def test_a_template_at_every_api() -> None:
    """One template becomes formats for a user, Zoom's markdown for a bot, and plain words."""
    text = filled("{{ id | zoom_code }} *{{ id | zoom_escape }}* {{ url | zoom_link('Log') }}.")
    assert text.message == "load_orders *x* *load_orders *x** Log."
    assert text.readable() == f"load_orders *x* *load_orders *x** Log ({LOG})."
    assert zoom_markdown.write(text).startswith("`load_orders *x*` *\N{HAIR SPACE}")
    assert zoom_markdown.write(text).endswith(f"<{LOG}|Log>.")
    assert {entry["format_type"] for entry in rich_text.formats(text)} == {
        *("FontColor", "BackgroundColor", "AddLink")
    }


@pytest.mark.parametrize(
    ("template", "message", "spans"),
    [
        ("**{{ id | zoom_escape }}**", "load_orders *x*", [("Bold", "load_orders *x*")]),
        ("*{{ id | zoom_code }}*", "load_orders *x*", [("Italic", ""), ("Code", "")]),
        ("[{{ id | zoom_escape }}]({{ url }})", "load_orders *x*", [("AddLink", "")]),
        ("[Log]({{ url | zoom_escape }})", "Log", [("AddLink", "Log")]),
        ("[{{ lines | zoom_escape }}]({{ url }})", "a   b", [("AddLink", "a   b")]),
        ("- {{ id | zoom_escape }}\n- b", "load_orders *x*\nb", [("BulletedList", "")]),
        ("`{{ id | zoom_escape }}`", "load_orders *x*", [("Code", "load_orders *x*")]),
        ("    {{ id }}\n    b", "load_orders x\nb", [("Italic", "x")]),
        ("```\n{{ id | zoom_escape }}\n```", "load_orders *x*", [("CodeBlock", "")]),
        ("{{ lines | zoom_escape }}", "a\n  b", []),
        ("# {{ owner | zoom_mention }}", "@ann@example.com", [("Paragraph", ""), ("Mention", "")]),
        ("{{ rows | zoom_table(max_rows=9) }}", None, [("CodeBlock", "")]),
        ("| a |\n|---|\n| {{ id | zoom_escape }} |", None, [("CodeBlock", "")]),
        ("| a |\n|---|\n| {{ lines | zoom_escape }} |", None, [("CodeBlock", "")]),
    ],
    ids=[
        *("bold", "code in italic", "link", "address", "lines in a link", "list", "in code"),
        *("unescaped", "block of code", "lines", "heading", "table", "in a table"),
        "lines in a table",
    ],
)
def test_filters_in_markdown(
    template: str, message: str | None, spans: list[tuple[str, str]]
) -> None:
    """What filters give is not read as markdown, and takes the formats around it."""
    text = filled(template, commonmark=True)
    assert message is None or text.message == message
    assert [kind for kind, _ in covered(text)] == [kind for kind, _ in spans]
    assert all(
        words in ("", part) for (_, words), (_, part) in zip(spans, covered(text), strict=True)
    )
    assert "\ue000" not in repr(text)


def test_an_address_that_a_filter_gave() -> None:
    """The address of a link in markdown may come from a filter."""
    text = filled("[Log]({{ url | zoom_escape }})", commonmark=True)
    assert [span.attr for span in text.spans] == [LOG]


def test_filters_for_authors_of_zooms_markdown() -> None:
    """Who writes Zoom's markdown gets it from the filters too, and keeps their own marks."""
    text = filled(
        "*{{ 'x_y *z*' | zoom_escape }}* {{ 'x_y' | zoom_code }} {{ url | zoom_link }}",
        zoom_markdown=True,
    )
    assert zoom_markdown.write(text) == f"*x_y *\N{HAIR SPACE}z** `x_y` <{LOG}|{LOG}>"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("javascript:alert(1)", "Log (javascript:alert(1))"),
        ("s3://bucket/key", "Log (s3://bucket/key)"),
        ("https://", "Log (https://)"),
        ("a b", "Log (a%20b)"),
        (7, "Log (7)"),
        ("", "Log"),
        (None, "Log"),
    ],
)
def test_a_link_to_nowhere(url: Any, shown: str) -> None:
    """What Zoom cannot open stands behind the words."""
    filters = MessageTemplates()
    text = rendered("{{ to | zoom_link('Log') }}", filters, to=url)
    assert filters.results.fill(text) == Text(shown)


@pytest.mark.parametrize(
    ("value", "people"),
    [
        ("ann@example.com, ALL", ["ann@example.com", "all"]),
        (["ann@example.com", "bob@example.com"], ["ann@example.com", "bob@example.com"]),
        ("Ann Lee <ann@example.com>", ["ann@example.com"]),
        (None, []),
    ],
)
def test_whom_a_filter_mentions(value: Any, people: list[str]) -> None:
    """One person, several, or everybody, as in the notifiers' `mention`."""
    filters = MessageTemplates()
    text = filters.results.fill(rendered("{{ who | zoom_mention }}", filters, who=value))
    assert [span.attr for span in text.spans] == people


def test_a_mark_that_a_filter_cuts() -> None:
    """Nothing of a mark is seen, even where a filter of Jinja's has cut it."""
    filters = MessageTemplates()
    text = rendered("{{ 'load_orders' | zoom_code | truncate(9, True, '') }}!", filters)
    assert filters.results.fill(text) == Text("!")


def mask(text: str) -> str:
    """Replace the one secret."""
    return text.replace("hunter2", "***")


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{ hidden | zoom_code }}", "***"),
        ("{{ hidden | zoom_escape }}", "***"),
        ("{{ ('https://a.example/' ~ hidden) | zoom_link('Log') }}", "Log"),
        ("{{ url | zoom_link(hidden) }}", "***"),
        ("{{ (hidden ~ '@example.com') | zoom_mention }}", "@***@example.com"),
        ("{{ owner | zoom_mention(hidden) }}", "@***"),
        ("{{ 'a\x1b[31m\u202e\x00b' | zoom_code }}", "ab"),
    ],
    ids=["code", "escape", "address", "words", "who", "name", "control characters"],
)
def test_filters_mask(template: str, message: str) -> None:
    """Neither a secret nor what could do harm is in what a filter gives."""
    text = filled(template, mask)
    assert text.message == message
    assert "hunter2" not in repr(text)


def test_a_huge_value() -> None:
    """Of a value that nobody can read, the middle is not even looked at."""
    filters = MessageTemplates()
    text = filters.results.fill(rendered("{{ big | zoom_code }}", filters, big="x" * 5_000_000))
    assert len(text.message) <= MAX_VALUE


@given(st.text())
def test_data_cannot_forge_a_mark(text: str) -> None:
    """Whatever data holds, it is plain words."""
    filters = MessageTemplates()
    rendered("{{ id | zoom_code }}", filters)
    forged = text + "\ue0000.0\ue001"
    assert filters.results.fill(forged) == Text(forged)


@given(st.text(st.sampled_from("a{}|0.\ue000\ue001 ")), st.integers(0, 30), st.integers(0, 30))
def test_nothing_of_a_broken_mark_is_left(words: str, start: int, end: int) -> None:
    """Whatever a template does to a mark, its number is not seen in the message."""
    filters = MessageTemplates()
    whole = rendered("{{ id | zoom_code }}", filters)
    number = whole.strip("\ue000\ue001").partition(".")[0]
    filled = filters.results.fill(words + whole[: 1 + len(number) + start % 4] + words + whole)
    assert number not in filled.message
    assert filled.message.endswith("load_orders *x*")
    cut = filters.results.fill(whole[:start] + words + whole[end:])
    assert isinstance(cut, Text)


@pytest.mark.parametrize(
    "part", [None, 1, True, b"x", "", [], {}, "a", Text("a"), [["a"]], {"text": "9 of 19"}]
)
def test_what_has_no_marks_stays(part: Any) -> None:
    """What no filter had a part in stays the very same, digits too."""
    filters = MessageTemplates()
    assert read_card(part, filters.results) == part
    filters.results.mark(CODE)
    assert read_card(part, filters.results) == part
    assert filters.results.fill("9") == Text("9")


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
    assert read_card(card, results) == {
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
    once = read_card(card, results)
    assert read_card(once, results) == once


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
