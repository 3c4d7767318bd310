"""Zoom's own markdown."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_zoomchat.zoom import markdown


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a & b < c > d", "a &amp; b &lt; c &gt; d"),
        ("load_orders", "load⁠_orders"),
        ("*x* ~y~ `z`", "⁠*x⁠* ⁠~y⁠~ ⁠`z⁠`"),
        ("- no list\n1. none\n> no quote", "⁠- no list\n⁠1. none\n&gt; no quote"),
        ("<!jid|Ann> @all", "&lt;!jid|Ann&gt; @all"),
    ],
)
def test_escape(text: str, written: str) -> None:
    """Nothing that was escaped opens a format, a link or a mention."""
    assert markdown.escape(text) == written


@given(st.text())
def test_escape_loses_nothing(text: str) -> None:
    """What was escaped reads as before, and has neither tags nor marks at the edge of a word."""
    written = markdown.escape(text)
    back = written.replace("\u2060", "").replace("&lt;", "<").replace("&gt;", ">")
    assert back.replace("&amp;", "&") == text.replace("\u2060", "")
    assert "<" not in written
    assert not re.search(r"(^|[^\u2060])[*_~`]", written)


@pytest.mark.parametrize(
    ("text", "written"),
    [("a_b", "`a_b`"), ("a`b", "`a'b`"), ("a\nb<", "```\na\nb&lt;\n```"), ("", "")],
)
def test_code(text: str, written: str) -> None:
    """Code stands in backticks and cannot leave them."""
    assert markdown.code(text) == written


@pytest.mark.parametrize(
    ("words", "url", "written"),
    [
        ("Log", "https://a.example/?a=1&b=2", "<https://a.example/?a=1&b=2|Log>"),
        ("a|b\nc", "https://a.example", "<https://a.example|a/b c>"),
        ("x", "https://a.example/a|b> c", "<https://a.example/a%7Cb%3E%20c|x>"),
        ("", "https://a.example", "<https://a.example|https://a.example>"),
    ],
)
def test_link(words: str, url: str, written: str) -> None:
    """Neither words nor address can leave a link."""
    assert markdown.link(words, url) == written


def test_mention() -> None:
    """A person is mentioned by JID, with a name that cannot leave the mention."""
    assert (
        markdown.mention("ann@xmpp.zoom.us", "Ann <|> L") == "<!ann@xmpp.zoom.us|Ann &lt;/&gt; L>"
    )
