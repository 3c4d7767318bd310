"""A text with formats and mentions, for no API yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_zoomchat.zoom.errors import ConfigError
from airflow_provider_zoomchat.zoom.text import (
    Span,
    Text,
    concat,
    join,
    link,
    mention,
    styled,
    units,
)


def covered(text: Text) -> list[tuple[str, str]]:
    """Return the spans of a text as pairs of kind and words."""
    assert all(0 <= span.start < span.end <= len(text.message) for span in text.spans)
    return [(span.kind, text.message[span.start : span.end]) for span in text.spans]


BOLD = styled("late", Bold="")
ANN = mention("ann@example.com")


@pytest.mark.parametrize(
    ("text", "message", "spans"),
    [
        pytest.param(BOLD + BOLD, "latelate", [("Bold", "late")] * 2, id="texts"),
        pytest.param("It is " + BOLD, "It is late", [("Bold", "late")], id="words in front"),
        pytest.param(BOLD + "r, 🚀", "later, 🚀", [("Bold", "late")], id="words behind"),
        pytest.param(BOLD + "", "late", [("Bold", "late")], id="nothing behind"),
        pytest.param(
            "🚀 " + ANN + ": " + BOLD,
            "🚀 @ann@example.com: late",
            [("Mention", "@ann@example.com"), ("Bold", "late")],
            id="all of it",
        ),
        pytest.param(
            (BOLD + "!").formatted("Italic"),
            "late!",
            [("Italic", "late!"), ("Bold", "late")],
            id="a format around",
        ),
        pytest.param(Text("").formatted("Bold"), "", [], id="a format around nothing"),
        pytest.param(concat([]), "", [], id="nothing at all"),
    ],
)
def test_put_together(text: Text, message: str, spans: list[tuple[str, str]]) -> None:
    """Each format stays on its own words, however texts and plain words are put together."""
    assert (text.message, covered(text)) == (message, spans)


@pytest.mark.parametrize("other", [None, 1, b"x", ["x"]])
def test_what_is_no_text(other: object) -> None:
    """Only texts and plain words can be added to a text."""
    with pytest.raises(TypeError):
        BOLD + other  # type: ignore[operator]
    with pytest.raises(TypeError):
        other + BOLD  # type: ignore[operator]


@pytest.mark.parametrize(
    ("text", "readable"),
    [
        pytest.param(Text(""), "", id="nothing"),
        pytest.param(Text("a\n\nb"), "a\n\nb", id="plain"),
        pytest.param(BOLD + " " + ANN, "late @ann@example.com", id="formats of words"),
        pytest.param(link("Log", "https://a.example"), "Log (https://a.example)", id="link"),
        pytest.param(link("", "https://a.example"), "https://a.example", id="bare link"),
        pytest.param(
            "see " + link("one", "https://a.example/1") + ", " + link("two", "https://a.example/2"),
            "see one (https://a.example/1), two (https://a.example/2)",
            id="two links",
        ),
        pytest.param(styled("a\nb", BulletedList=""), "• a\n• b", id="bullets"),
        pytest.param(styled("a\nb\nc", NumberedList=""), "1. a\n2. b\n3. c", id="numbers"),
        pytest.param(styled("a\nb", Quote=""), "> a\n> b", id="quote"),
        pytest.param(
            styled("a", Quote="", NumberedList="") + "\nb", "> 1. a\nb", id="list in a quote"
        ),
        pytest.param(
            styled("a", NumberedList="") + "\n" + styled("b", NumberedList=""),
            "1. a\n1. b",
            id="two lists",
        ),
        pytest.param(
            styled("Load", Paragraph="h1") + "\n" + styled("x = 1", CodeBlock=""),
            "Load\nx = 1",
            id="heading and code",
        ),
        pytest.param(
            (link("a", "https://a.example") + "\nb").formatted("BulletedList"),
            "• a (https://a.example)\n• b",
            id="link in a list",
        ),
        pytest.param(
            Text("a\nb", (Span(0, 1, "Quote"),)), "> a\nb", id="a quote that ends with its line"
        ),
    ],
)
def test_readable(text: Text, readable: str) -> None:
    """Where only plain words are shown, marks and addresses say what the formats say."""
    assert text.readable() == str(text) == readable


def test_lines() -> None:
    """Each line has its own words, the kinds of the line, and its number in a list."""
    text = "Load\n" + ("a" + BOLD + "\nb").formatted("NumberedList") + "\n"
    lines = [(line.words.message, sorted(line.kinds), line.number) for line in text.lines()]
    assert lines == [
        ("Load", [], 0),
        ("alate", ["NumberedList"], 1),
        ("b", ["NumberedList"], 2),
        ("", [], 0),
    ]
    assert [covered(line.words) for line in text.lines()][1] == [("Bold", "late")]


def test_runs() -> None:
    """Runs are the longest words with the same formats."""
    text = ("a" + link("b", "https://a.example")).formatted("Bold") + "c"
    assert list(text.runs()) == [
        ("a", {"Bold": ""}),
        ("b", {"Bold": "", "AddLink": "https://a.example"}),
        ("c", {}),
    ]


@pytest.mark.parametrize(
    ("text", "contacts"),
    [
        (Text("@ann@example.com"), ()),
        (
            ANN + " " + mention("bob@example.com") + " " + ANN,
            ("ann@example.com", "bob@example.com"),
        ),
        (mention("all"), ("all",)),
        (styled("Log", AddLink="ann@example.com", FontColor="ff0000"), ()),
    ],
    ids=["plain", "each once", "all", "a link"],
)
def test_contacts(text: Text, contacts: tuple[str, ...]) -> None:
    """Who is mentioned is known, each once, and mentions can be taken out with the words left."""
    assert text.contacts() == contacts
    assert text.without_mentions().contacts() == ()
    assert text.without_mentions().message == text.message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ANN, "@ann@example.com"),
        (mention("ann@example.com", "Ann\nLee"), "@Ann Lee"),
        (mention("data team"), "@data team"),
        (mention("all"), "@all"),
    ],
    ids=["address", "name in one line", "no address", "all"],
)
def test_mention(text: Text, message: str) -> None:
    """A mention shows its name, or else by what somebody is called."""
    assert (text.message, covered(text)) == (message, [("Mention", message)])


@pytest.mark.parametrize(
    ("text", "changed", "spans"),
    [
        pytest.param("{a}" + styled("{a}", Bold=""), "AlfaAlfa", [("Bold", "Alfa")], id="longer"),
        pytest.param(BOLD + styled("{none}", Bold=""), "late", [("Bold", "late")], id="gone"),
        pytest.param(
            link("see {a}", "https://a.example/{a}") + "{a}",
            "see AlfaAlfa",
            [("AddLink", "see Alfa")],
            id="link",
        ),
        pytest.param(Text("{a}"), "Alfa", [], id="plain"),
        pytest.param(Text(""), "", [], id="nothing"),
    ],
)
def test_each(text: Text, changed: str, spans: list[tuple[str, str]]) -> None:
    """A text whose words are rendered keeps its formats on them, and addresses are rendered too."""

    def render(words: str) -> str:
        return words.replace("{a}", "Alfa").replace("{none}", "")

    rendered = text.each(render)
    assert (rendered.message, covered(rendered)) == (changed, spans)
    assert all("{" not in span.attr for span in rendered.spans)


def test_a_cut_text_keeps_its_formats_whole() -> None:
    """What is left keeps its formats; a link or a mention that is cut is none any more."""
    text = join(
        "\n",
        [
            styled("A head that is bold", Bold=""),
            link("word " * 60, "https://a.example"),
            Text("x" * 400),
            ANN,
        ],
    ).cut(200)
    assert units(text.message) <= 200
    assert covered(text) == [("Bold", "A head that is bold"), ("Mention", "@ann@example.com")]


def test_a_format_goes_as_far_as_its_words() -> None:
    """Where the middle is cut out, head and tail keep a format; a link that is cut is gone."""
    bold = styled("head " + "x" * 400 + " tail", Bold="").cut(100)
    (head, tail) = covered(bold)
    assert head[1].startswith("head x")
    assert tail[1].endswith("x tail")
    assert bold.message.startswith(head[1])
    assert bold.message.endswith(tail[1])
    for parts in (("", " tail"), ("head ", "")):
        linked = parts[0] + styled("a " + "x" * 400 + " b", AddLink="https://a.example") + parts[1]
        cut = linked.cut(100)
        assert ("a x" in cut.message, "x b" in cut.message) == (True, True)
        assert cut.spans == ()


@pytest.mark.parametrize(
    ("words", "url", "text"),
    [
        ("Log", "https://a.example", styled("Log", AddLink="https://a.example")),
        ("Log", "HTTP://a.example", styled("Log", AddLink="HTTP://a.example")),
        ("", "https://a.example", styled("https://a.example", AddLink="https://a.example")),
        ("Log", "{{ ti.log_url }}", styled("Log", AddLink="{{ ti.log_url }}")),
        ("Log", "file:///tmp/log", Text("Log (file:///tmp/log)")),
        ("Log", "https://a.example/a b", Text("Log (https://a.example/a b)")),
        ("", "mailto:ann", Text("mailto:ann")),
        ("Log", " ", Text("Log")),
        ("", "", Text("")),
        ("a\nb", "https://a.example", styled("a b", AddLink="https://a.example")),
        ("  ", "https://a.example", styled("https://a.example", AddLink="https://a.example")),
    ],
)
def test_links(words: str, url: str, text: Text) -> None:
    """An address that Zoom does not open stands behind its words; words are in one line."""
    assert link(words, url) == text


@pytest.mark.parametrize(
    ("make", "given", "said"),
    [
        (mention, [" "], "contact is missing"),
        (mention, [5], "contact must be a text, not a value of type int."),
        (mention, ["ann", 5], "name must be a text, not a value of type int."),
        (link, [None, "https://a.example"], "words must be a text"),
        (link, ["Log", None], "url must be a text"),
    ],
)
def test_bad_parts(make: Callable[..., Text], given: list[Any], said: str) -> None:
    """What is no text is refused by its name."""
    with pytest.raises(ConfigError, match=said):
        make(*given)


@pytest.mark.parametrize("limit", [0, 1, 10, 40, 99, 100, 199])
def test_a_cut_counts_in_zooms_unit(limit: int) -> None:
    """Characters that count as two do not make a cut text too long, and none of them is halved."""
    text = styled("🚀" * 100, Bold="").cut(limit)
    assert units(text.message) <= limit
    text.message.encode("utf-8")
    assert text == text.cut(limit)


def test_what_is_short_enough_is_not_cut() -> None:
    """A text within the limit stays the very same."""
    for text in (Text("🚀 late"), BOLD, Text("")):
        assert text.cut(units(text.message)) is text


@pytest.mark.parametrize("nothing", [Text(""), Text("  \n"), styled("", Bold="")])
def test_nothing_takes_no_line(nothing: Text) -> None:
    """A text with nothing to read leaves no empty line."""
    assert not nothing
    assert join("\n", [nothing, Text("a"), nothing, Text("b")]).message == "a\nb"


words = st.text(st.sampled_from("ab \n🔥é"), min_size=1, max_size=30)


@given(st.lists(st.tuples(words, st.booleans()), max_size=12), st.integers(30, 120))
def test_every_span_covers_its_own_words(parts: list[tuple[str, bool]], limit: int) -> None:
    """However a text is put together and cut, each format lies inside it, on words of its own."""
    whole = concat(styled(part, Bold="") if bold else part for part, bold in parts)
    bolds = [part for part, bold in parts if bold]
    assert covered(whole) == [("Bold", part) for part in bolds]
    assert "".join(run for run, _ in whole.runs()) == whole.message
    assert "\n".join(line.words.message for line in whole.lines()) == whole.message
    short = whole.cut(limit)
    assert units(short.message) <= limit
    assert all(any(part in bold for bold in bolds) for _, part in covered(short))
