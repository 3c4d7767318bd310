"""Zoom's own markdown."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_zoomchat.sandbox.render.text import read_markdown
from airflow_provider_zoomchat.sandbox.render.tree import PLAIN, Line
from airflow_provider_zoomchat.zoom.text import (
    Text,
    link,
    mention,
    styled,
    zoom_markdown,
)

HAIR, JOINER, EDGE = "\N{HAIR SPACE}", "\N{WORD JOINER}", "\N{ZERO WIDTH SPACE}"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a & b < c > d", "a &amp; b &lt; c &gt; d"),
        ("load_orders 3*4 a~b", "load_orders 3*4 a~b"),
        ("2 * 3 * 4 _", f"2 * 3 * 4 _{HAIR}"),
        ("a__b 2**3", f"a__b 2**{HAIR}3"),
        ("*x* ~y~ _z_", f"*{HAIR}x* ~{HAIR}y~ _{HAIR}z_"),
        ("__init__", f"_{HAIR}_{HAIR}init__"),
        ("(*x*) **y**", f"(*{HAIR}x*) *{HAIR}*{HAIR}y**{HAIR}"),
        ("`z`", "\u02cbz\u02cb"),
        ("- no list\n1. none\n> no quote", f"{JOINER}- no list\n{JOINER}1. none\n&gt; no quote"),
        ("https://a.example/~ann/_x_ ~b", f"https://a.example/~ann/_x_ ~{HAIR}b"),
        ("# no heading\na - b 1. c", f"{JOINER}# no heading\na - b 1. c"),
        ("<!jid|Ann> @all", "&lt;!jid|Ann&gt; @all"),
        ("", ""),
    ],
    ids=[
        *(
            "entities",
            "inside words",
            "alone",
            "two inside words",
            "marks",
            "a name of Python's",
            "two marks",
            "backticks",
            "lists",
        ),
        *("address", "headings", "mentions", "nothing"),
    ],
)
def test_escape(text: str, written: str) -> None:
    """Nothing that was escaped opens a format, a link or a mention; ids stay as they are."""
    assert zoom_markdown.escape(text) == written


def back(written: str) -> str:
    """Return what was escaped as it reads."""
    for mark, read in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"), ("\u02cb", "`")):
        written = written.replace(mark, read)
    return re.sub(f"[{HAIR}{JOINER}{EDGE}]", "", written)


@given(st.text() | st.text(st.sampled_from("a1 \n*_~`<>&-#.|!é🚀")))
def test_escape_loses_nothing(text: str) -> None:
    """What was escaped reads as before, and has neither tags nor a mark that opens a format."""
    written = zoom_markdown.escape(text)
    assert back(written) == re.sub(f"[{HAIR}{JOINER}{EDGE}]", "", text.replace("\u02cb", "`"))
    assert not re.search(r"[<>`]", written)
    assert not re.search(r"(?<!\w)[*_~](?=\S)", written)
    assert not re.search(r"(?m)^(- |# |\d+\. )", written)


@given(st.text(st.sampled_from("a1 \n*_~`<>&-#.|!é🚀")))
def test_escaped_words_show_no_formats(text: str) -> None:
    """A chat that reads Zoom's markdown shows what was escaped as the words alone."""
    for line in read_markdown(zoom_markdown.escape(text)):
        assert line == Line(line.runs)
        assert all(run.style == PLAIN for run in line.runs)


@pytest.mark.parametrize(
    ("text", "written"),
    [("a_b", "`a_b`"), ("a`b", "`a'b`"), ("a\nb<", "```\na\nb&lt;\n```"), ("", "")],
    ids=["code", "a backtick", "lines", "nothing"],
)
def test_code(text: str, written: str) -> None:
    """Code stands in backticks and cannot leave them."""
    assert zoom_markdown.code(text) == written


@pytest.mark.parametrize(
    ("words", "url", "written"),
    [
        ("Log", "https://a.example/?a=1&b=2", "<https://a.example/?a=1&b=2|Log>"),
        ("a|b\nc", "https://a.example", "<https://a.example|a/b c>"),
        ("x", "https://a.example/a|b> c", "<https://a.example/a%7Cb%3E%20c|x>"),
        ("", "https://a.example", "<https://a.example|https://a.example>"),
        ("*x* <b>", "https://a.example", f"<https://a.example|*{HAIR}x* &lt;b&gt;>"),
    ],
    ids=["link", "bar and lines", "an address with marks", "no words", "words with marks"],
)
def test_link(words: str, url: str, written: str) -> None:
    """Neither words nor address can leave a link."""
    assert zoom_markdown.link(words, url) == written


def test_mention() -> None:
    """A person is mentioned by JID, with a name that cannot leave the mention."""
    assert (
        zoom_markdown.mention("ann@xmpp.zoom.us", "Ann <|> L")
        == "<!ann@xmpp.zoom.us|Ann &lt;/&gt; L>"
    )


LOG = "https://a.example"
PEOPLE = {"ann@example.com": ("a@xmpp.zoom.us", "Ann Lee")}


@pytest.mark.parametrize(
    ("text", "written"),
    [
        pytest.param(Text(""), "", id="nothing"),
        pytest.param(Text("load_orders & co"), "load_orders &amp; co", id="plain"),
        pytest.param("a " + styled("b", Bold="") + " c", "a *b* c", id="bold"),
        pytest.param(styled("a", Italic="") + ".", "_a_.", id="italic"),
        pytest.param(styled("a", Strikethrough=""), "~a~", id="strike"),
        pytest.param(styled("a", Bold="", Italic="", Strikethrough=""), "*_~a~_*", id="nested"),
        pytest.param(
            (styled("a", Italic="") + " b").formatted("Bold"), "*_a_ b*", id="one in another"
        ),
        pytest.param(
            ("(a)" + styled("b", Italic="")).formatted("Strikethrough"),
            f"~(a)~{EDGE}{EDGE}_{EDGE}~b~_",
            id="mark at mark",
        ),
        pytest.param(styled(" a ", Bold="") + "b", " *a* b", id="blanks stand outside"),
        pytest.param(
            "a" + styled("b", Bold="") + "c", f"a{EDGE}*b*{EDGE}c", id="in the middle of a word"
        ),
        pytest.param(styled("  ", Bold=""), "  ", id="blanks alone"),
        pytest.param(styled("2*3", Bold=""), "2*3", id="a format with its own mark"),
        pytest.param(styled("a\nb", Bold=""), "*a*\n*b*", id="over two lines"),
        pytest.param(styled("a_b", Code=""), "`a_b`", id="code"),
        pytest.param(styled("a_b", Bold="", Code=""), "*`a_b`*", id="bold code"),
        pytest.param(
            "x\n" + styled("a\n  b < c", CodeBlock="") + "\ny",
            "x\n```\na\n  b &lt; c\n```\ny",
            id="block of code",
        ),
        pytest.param(styled("a\nb", CodeBlock="", Quote=""), "> `a`\n> `b`", id="code in a quote"),
        pytest.param(styled("Load", Paragraph="h1") + "\na", "*Load*\na", id="heading"),
        pytest.param(styled("a\nb", BulletedList=""), "- a\n- b", id="bullets"),
        pytest.param(styled("a\nb", NumberedList=""), "1. a\n2. b", id="numbers"),
        pytest.param(styled("- a", BulletedList=""), "- - a", id="a mark that is none"),
        pytest.param(styled("a\nb", Quote=""), "> a\n> b", id="quote"),
        pytest.param(styled("- a", Quote=""), f"> {JOINER}- a", id="no list in a quote"),
        pytest.param(styled("a", Quote="", BulletedList=""), "> - a", id="list in a quote"),
        pytest.param(styled("a", FontColor="ff0000"), "a", id="colours are unknown"),
        pytest.param(link("Log", LOG), f"<{LOG}|Log>", id="link"),
        pytest.param(link("Log", LOG).formatted("Bold"), f"*<{LOG}|Log>*", id="bold link"),
        pytest.param(
            ("see " + styled("log", Bold="") + " 1").formatted("AddLink", LOG),
            f"<{LOG}|see log 1>",
            id="formats in a link",
        ),
        pytest.param(mention("ann@example.com"), "<!a@xmpp.zoom.us|Ann Lee>", id="mention"),
        pytest.param(
            mention("bob@example.com") + " " + mention("all"),
            "@bob@example.com @all",
            id="who is not known",
        ),
        pytest.param(
            Text("*a*").formatted("ZoomMarkdown") + "*b*", f"*a**{HAIR}b*", id="Zoom's markdown"
        ),
    ],
)
def test_write(text: Text, written: str) -> None:
    """Each format gets Zoom's mark where Zoom can take it for one, and else reads as words."""
    assert zoom_markdown.write(text, PEOPLE) == written
