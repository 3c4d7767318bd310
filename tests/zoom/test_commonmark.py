"""Markdown as people write it: what it becomes for a user, for a bot, and in plain words."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_zoomchat.sandbox.render.lines import emphasis
from airflow_provider_zoomchat.sandbox.render.text import read_markdown
from airflow_provider_zoomchat.sandbox.state import Message
from airflow_provider_zoomchat.zoom.errors import ConfigError
from airflow_provider_zoomchat.zoom.text import Text, rich_text, zoom_markdown
from airflow_provider_zoomchat.zoom.text.commonmark import MOST_OF_SOURCE
from airflow_provider_zoomchat.zoom.text.commonmark import markdown as read

HAIR, JOINER, EDGE = "\N{HAIR SPACE}", "\N{WORD JOINER}", "\N{ZERO WIDTH SPACE}"
RULE = "─" * 12
LOG = "https://a.example/log"

Spans = list[tuple[str, str]]


def covered(text: Text) -> Spans:
    """Return the spans of a text as pairs of kind and words."""
    assert all(0 <= span.start < span.end <= len(text.message) for span in text.spans)
    return [(span.kind, text.message[span.start : span.end]) for span in text.spans]


#: Source, words, their spans, Zoom's markdown, and plain words where they are not the words alone.
Case = tuple[str, str, Spans, str] | tuple[str, str, Spans, str, str]

WORDS: dict[str, Case] = {
    "bold": ("a **b** __c__", "a b c", [("Bold", "b"), ("Bold", "c")], "a *b* *c*"),
    "italic": ("*a* _b_.", "a b.", [("Italic", "a"), ("Italic", "b")], "_a_ _b_."),
    "strike": ("~~a~~ ~b~", "a ~b~", [("Strikethrough", "a")], f"~a~ ~{HAIR}b~"),
    "nested": (
        "**b *c* ~~d~~**",
        "b c d",
        [("Bold", "b c d"), ("Italic", "c"), ("Strikethrough", "d")],
        "*b _c_ ~d~*",
    ),
    "both": ("***a***", "a", [("Italic", "a"), ("Bold", "a")], "*_a_*"),
    "in a word": (
        "un*frigging*real",
        "unfriggingreal",
        [("Italic", "frigging")],
        f"un{EDGE}_frigging_{EDGE}real",
    ),
    "ids": (
        "load_orders dim__date 3*4",
        "load_orders dim__date 3*4",
        [],
        "load_orders dim__date 3*4",
    ),
    "no marks": ("a * b _ c ~ d", "a * b _ c ~ d", [], "a * b _ c ~ d"),
    "unclosed": ("**a [b](c", "**a [b](c", [], f"*{HAIR}*{HAIR}a [b](c"),
    "escaped": (r"\*a\* \# \`b\`", "*a* # `b`", [], f"*{HAIR}a* # \u02cbb\u02cb"),
    "entities": ("&amp; &lt; &#x1F680;", "& < 🚀", [], "&amp; &lt; 🚀"),
    "code": ("`a_b` ``c`d``", "a_b c`d", [("Code", "a_b"), ("Code", "c`d")], "`a_b` `c'd`"),
    "bold code": ("**`a`**", "a", [("Bold", "a"), ("Code", "a")], "*`a`*"),
    "emoji": ("👩\u200d💻 **🚀 b**", "👩\u200d💻 🚀 b", [("Bold", "🚀 b")], "👩\u200d💻 *🚀 b*"),
    "combining mark": ("**e\u0301**s", "e\u0301s", [("Bold", "e\u0301")], f"*e\u0301*{EDGE}s"),
    "right to left": ("**שלום** עולם", "שלום עולם", [("Bold", "שלום")], "*שלום* עולם"),
    "html": ("<b>a</b> <br/>", "<b>a</b> <br/>", [], "&lt;b&gt;a&lt;/b&gt; &lt;br/&gt;"),
    "html block": ("<div>\nb\n</div>", "<div>\nb\n</div>", [], "&lt;div&gt;\nb\n&lt;/div&gt;"),
    "comment": ("<!-- x -->", "<!-- x -->", [], "&lt;!-- x --&gt;"),
    "mentions": ("@all <!all>", "@all <!all>", [], "@all &lt;!all&gt;"),
    "tag": ("#tag", "#tag", [], f"{JOINER}#tag"),
    "footnote": ("a[^1]\n\n[^1]: b", "a[^1]\n\n[^1]: b", [], "a[^1]\n\n[^1]: b"),
}
LINKS: dict[str, Case] = {
    "link": (f"[Log]({LOG}) x", "Log x", [("AddLink", "Log")], f"<{LOG}|Log> x", f"Log ({LOG}) x"),
    "formats in a link": (
        f"[a *b* c]({LOG})",
        "a b c",
        [("AddLink", "a b c"), ("Italic", "b")],
        f"<{LOG}|a b c>",
        f"a b c ({LOG})",
    ),
    "bold link": (
        f"**[a]({LOG})**",
        "a",
        [("Bold", "a"), ("AddLink", "a")],
        f"*<{LOG}|a>*",
        f"a ({LOG})",
    ),
    "title": (
        f"[Log]({LOG} 'of today')",
        "Log (of today)",
        [("AddLink", "Log")],
        f"<{LOG}|Log> (of today)",
        f"Log ({LOG}) (of today)",
    ),
    "over two lines": (
        f"[a\nb]({LOG})",
        "a b",
        [("AddLink", "a b")],
        f"<{LOG}|a b>",
        f"a b ({LOG})",
    ),
    "no words": (f"[]({LOG})", LOG, [("AddLink", LOG)], f"<{LOG}|{LOG}>"),
    "no address": ("[a]()", "a", [], "a"),
    "autolink": (f"<{LOG}>", LOG, [("AddLink", LOG)], f"<{LOG}|{LOG}>"),
    "bare address": (f"{LOG}?a_b=~c", f"{LOG}?a_b=~c", [], f"{LOG}?a_b=~c"),
    "marks in an address": (
        "https://a.example/_x_/~~y~~ *b*",
        "https://a.example/_x_/~~y~~ b",
        [("Italic", "b")],
        "https://a.example/_x_/~~y~~ _b_",
    ),
    "an address in a format": (
        "_https://a.example/_ (**https://a.example/x_y**)",
        "https://a.example/ (https://a.example/x_y)",
        [("Italic", "https://a.example/"), ("Bold", "https://a.example/x_y")],
        "_https://a.example/_ (*https://a.example/x_y*)",
    ),
    "an address as words of a link": (f"[{LOG}]({LOG})", LOG, [("AddLink", LOG)], f"<{LOG}|{LOG}>"),
    "an autolink of mail": ("<a@b.example>", "a@b.example", [], "a@b.example"),
    "mailto": (
        "[Ann](mailto:a@b.example)",
        "Ann (mailto:a@b.example)",
        [],
        "Ann (mailto:a@b.example)",
    ),
    "javascript": ("[x](javascript:alert)", "[x](javascript:alert)", [], "[x](javascript:alert)"),
    "relative": ("[x](/a/b)", "x (/a/b)", [], "x (/a/b)"),
    "another scheme": ("[x](ftp://a.example)", "x (ftp://a.example)", [], "x (ftp://a.example)"),
    "capitals": (
        "[x](HTTPS://a.example)",
        "x",
        [("AddLink", "x")],
        "<HTTPS://a.example|x>",
        "x (HTTPS://a.example)",
    ),
    "image": (
        f"![chart]({LOG}.png)",
        "chart",
        [("AddLink", "chart")],
        f"<{LOG}.png|chart>",
        f"chart ({LOG}.png)",
    ),
    "an image without words": (
        f"![]({LOG}.png)",
        f"{LOG}.png",
        [("AddLink", f"{LOG}.png")],
        f"<{LOG}.png|{LOG}.png>",
    ),
    "a linked image": (
        f"[![a]({LOG}.png)]({LOG})",
        f"a ({LOG}.png)",
        [("AddLink", f"a ({LOG}.png)")],
        f"<{LOG}|a ({LOG}.png)>",
        f"a ({LOG}.png) ({LOG})",
    ),
    "a local image": ("![a](a.png)", "a (a.png)", [], "a (a.png)"),
    "definition": (f"[a]: {LOG}\n[a]", f"[a]: {LOG}\n[a]", [], f"[a]: {LOG}\n[a]"),
    "a log's line": ("[ERROR]: disk full", "[ERROR]: disk full", [], "[ERROR]: disk full"),
}
BLOCKS: dict[str, Case] = {
    "headings": (
        "# One\n## Two\n### Three",
        "One\nTwo\nThree",
        [("Paragraph", "One"), ("Paragraph", "Two"), ("Paragraph", "Three")],
        "*One*\n*Two*\n*Three*",
    ),
    "small headings": (
        "#### Four\n##### Five\n###### *Six*",
        "Four\nFive\nSix",
        [("Bold", "Four"), ("Bold", "Five"), ("Bold", "Six"), ("Italic", "Six")],
        "*Four*\n*Five*\n*_Six_*",
    ),
    "underlined headings": (
        "One\n===\nTwo\n---",
        "One\nTwo",
        [("Paragraph", "One"), ("Paragraph", "Two")],
        "*One*\n*Two*",
    ),
    "bullets": (
        "- a\n- **b**",
        "a\nb",
        [("BulletedList", "a\nb"), ("Bold", "b")],
        "- a\n- *b*",
        "• a\n• b",
    ),
    "other bullets": (
        "+ a\n* b",
        "a\nb",
        [("BulletedList", "a"), ("BulletedList", "b")],
        "- a\n- b",
        "• a\n• b",
    ),
    "numbers": ("1. a\n2. b", "a\nb", [("NumberedList", "a\nb")], "1. a\n2. b", "1. a\n2. b"),
    "brackets": ("1) a\n1) b", "a\nb", [("NumberedList", "a\nb")], "1. a\n2. b", "1. a\n2. b"),
    "from 3": ("3. a\n4. b", "3. a\n4. b", [], f"{JOINER}3. a\n{JOINER}4. b"),
    "a year": ("2026. A year", "2026. A year", [], f"{JOINER}2026. A year"),
    "nested list": (
        "- a\n  - *b*\n    1. c\n- d",
        "• a\n    • b\n        1. c\n• d",
        [("Italic", "b")],
        "• a\n    • _b_\n        1. c\n• d",
    ),
    "loose list": ("- a\n\n- b", "a\nb", [("BulletedList", "a\nb")], "- a\n- b", "• a\n• b"),
    "two paragraphs in an item": ("- a\n\n  b\n- c", "• a\n    b\n• c", [], "• a\n    b\n• c"),
    "an empty item": ("- a\n-\n- b", "• a\n• \n• b", [], "• a\n• \n• b"),
    "lines of an item": (
        "- a\n  b\n- c",
        "a b\nc",
        [("BulletedList", "a b\nc")],
        "- a b\n- c",
        "• a b\n• c",
    ),
    "code in an item": (
        "- a\n  ```\n  x\n   y\n  ```",
        "• a\nx\n y",
        [("CodeBlock", "x\n y")],
        "• a\n```\nx\n y\n```",
    ),
    "a quote in an item": ("- > a\n- b", "• \n    > a\n• b", [], "• \n    &gt; a\n• b"),
    "tasks": (
        "- [ ] a\n- [x] b",
        "[ ] a\n[x] b",
        [("BulletedList", "[ ] a\n[x] b")],
        "- [ ] a\n- [x] b",
        "• [ ] a\n• [x] b",
    ),
    "quote": ("> a\n> b\nc", "a\nb\nc", [("Quote", "a\nb\nc")], "> a\n> b\n> c", "> a\n> b\n> c"),
    "paragraphs in a quote": (
        "> a\n>\n> b",
        "a\n\nb",
        [("Quote", "a\n\nb")],
        "> a\n> \n> b",
        "> a\n> \n> b",
    ),
    "list in a quote": (
        "> - a\n> - b\n\nc",
        "a\nb\n\nc",
        [("Quote", "a\nb"), ("BulletedList", "a\nb")],
        "> - a\n> - b\n\nc",
        "> • a\n> • b\n\nc",
    ),
    "a quote in a quote": (
        "> a\n> > b",
        "a\nb",
        [("Quote", "a\nb"), ("Quote", "b")],
        "> a\n> b",
        "> a\n> b",
    ),
    "code in a quote": (
        "> ```\n> x\n> ```",
        "x",
        [("Quote", "x"), ("CodeBlock", "x")],
        "> `x`",
        "> x",
    ),
    "code block": (
        "```python\nx = 1\n\n  *y*\n```\nz",
        "x = 1\n\n  *y*\nz",
        [("CodeBlock", "x = 1\n\n  *y*")],
        "```\nx = 1\n\n  *y*\n```\nz",
    ),
    "code that does not end": ("~~~\na", "a", [("CodeBlock", "a")], "```\na\n```"),
    "no code": ("```\n```", "", [], ""),
    "indented code": (
        "a\n\n    b\n      c",
        "a\n\nb\n  c",
        [("CodeBlock", "b\n  c")],
        "a\n\n```\nb\n  c\n```",
    ),
    "table": (
        "| a | b |\n|:--|--:|\n| x | 1 |\n| yy | 22 |",
        "a    b\n--  --\nx    1\nyy  22",
        [("CodeBlock", "a    b\n--  --\nx    1\nyy  22")],
        "```\na    b\n--  --\nx    1\nyy  22\n```",
    ),
    "formats in a table": (
        f"| **a** |\n|---|\n| [`b`]({LOG}) |",
        f"a\n{'-' * (len(LOG) + 4)}\nb ({LOG})",
        [("CodeBlock", f"a\n{'-' * (len(LOG) + 4)}\nb ({LOG})")],
        f"```\na\n{'-' * (len(LOG) + 4)}\nb ({LOG})\n```",
    ),
    "a table with more cells than columns": (
        "| a |\n|--:|\n| b | c\\|d | e |\n| f |",
        "a\n-  ---  -\nb  c|d  e\nf",
        [("CodeBlock", "a\n-  ---  -\nb  c|d  e\nf")],
        "```\na\n-  ---  -\nb  c|d  e\nf\n```",
    ),
    "words around a table": (
        "a\n\n| b |\n|---|\n\nc",
        "a\n\nb\n-\n\nc",
        [("CodeBlock", "b\n-")],
        "a\n\n```\nb\n-\n```\n\nc",
    ),
    "rule": ("a\n\n---\n\nb", f"a\n\n{RULE}\n\nb", [], f"a\n\n{RULE}\n\nb"),
    "lines": ("a\nb\n\nc\n\n\n\nd\n", "a\nb\n\nc\n\nd", [], "a\nb\n\nc\n\nd"),
    "forced lines": ("a  \nb\\\nc", "a\nb\nc", [], "a\nb\nc"),
    "Windows line ends": (
        "a\r\n- b\r\n- c\r\n\r\nd",
        "a\nb\nc\n\nd",
        [("BulletedList", "b\nc")],
        "a\n- b\n- c\n\nd",
        "a\n• b\n• c\n\nd",
    ),
    "nothing": ("", "", [], ""),
    "blanks": (" \n\t\r\n", "", [], ""),
    "indented by its Python": (
        "\n        # T\n        a\n          - b\n        ",
        "T\na\nb",
        [("Paragraph", "T"), ("BulletedList", "b")],
        "*T*\na\n- b",
        "T\na\n• b",
    ),
}


ALL = WORDS | LINKS | BLOCKS


@pytest.mark.parametrize("case", ALL.values(), ids=ALL)
def test_elements(case: Case) -> None:
    """Each element of markdown reads the same on every API, with what the API has of its look."""
    source, message, spans, written, *readable = case
    text = read(source)
    assert (text.message, covered(text)) == (message, spans)
    assert zoom_markdown.write(text) == written
    assert text.readable() == (readable or [message])[0]


@pytest.mark.parametrize("case", ALL.values(), ids=ALL)
def test_line_ends_and_positions(case: Case) -> None:
    """Line ends of Windows read as others, and positions are on the words they came from."""
    assert read(re.sub("\r?\n", "\r\n", case[0])) == read(case[0])
    text = "🚀 " + read(case[0])
    units = text.message.encode("utf-16-le")
    known = {words for _, words in covered(text)}
    for entry in rich_text.formats(text):
        assert 0 <= entry["start_position"] <= entry["end_position"] < len(units) // 2
        words = units[entry["start_position"] * 2 : entry["end_position"] * 2 + 2]
        assert any(words.decode("utf-16-le") in all_of_it for all_of_it in known)


@pytest.mark.parametrize("case", BLOCKS.values(), ids=BLOCKS)
def test_an_indented_source(case: Case) -> None:
    """A source in the middle of Python code may be set in as a whole."""
    source = case[0].replace("\n", "\n        ")
    assert read(f"        {source}") == read(case[0])


@pytest.mark.parametrize(
    ("source", "attrs"),
    [
        ("# a\n## b\n### c", ["h1", "h2", "h3"]),
        (f"[a]({LOG}) <{LOG}?b=1&c=2>", [LOG, f"{LOG}?b=1&c=2"]),
        ("[a](https://a.example/ö?x=ü%20)", ["https://a.example/%C3%B6?x=%C3%BC%20"]),
        ("```python title\na\n```", ["python title"]),
        ("**a** `b`", ["", ""]),
    ],
    ids=["headings", "links", "an address that is none yet", "language", "no attribute"],
)
def test_attributes(source: str, attrs: list[str]) -> None:
    """A heading has its level, a link its address, code its language."""
    assert [span.attr for span in read(source).spans] == attrs


# What may stand in a source that is not read as words: marks, and parts of no word.
MARKS = [*"*_~`#>-+.)([]!|:<>&;\\\"'=/ \n\t", "\n\n", "\r\n", "    ", "```", "---", "1. ", "- "]
LETTERS = ["ab", "Éc", "日本", "שלום", "x1", "🚀", "e\u0301"]
FRAGMENTS = [
    *("**{}**", "*{}*", "~~{}~~", "`{}`", "***{}***", "a_{}_b", "\\{}", "&{};", "<{}>", "{}  \n"),
    *("# {}\n", "#### {}\n", "{}\n===\n", "- {}\n", "  - {}\n", "3. {}\n", "1. {}\n", "{}\n"),
    *("> {}\n", "> > {}\n", "> - {}\n", "- > {}\n", "- # {}\n", "- {}\n\n  {}\n", "\n\n{}"),
    *("[{}](https://a.example/{})", "![{}](https://a.example/b.png)", "[{}]: {}\n", "[{}]({})"),
    *("    {}\n", "```\n{}\n```\n", "<!-- {} -->", "<div>{}</div>"),
    "| {} | b |\n|---|--:|\n| c | {} |\n",
]
soup = st.lists(st.sampled_from(LETTERS + MARKS), max_size=40).map("".join)
piece = st.recursive(
    st.sampled_from(LETTERS),
    lambda inner: (
        st.builds(
            lambda form, one, two: form.replace("{}", one, 1).replace("{}", two),
            st.sampled_from(FRAGMENTS),
            inner,
            inner,
        )
        | st.lists(inner, max_size=4).map(" ".join)
    ),
    max_leaves=12,
)
sources = soup | piece | st.lists(piece | soup, max_size=5).map("".join)


def words_in(text: str) -> Counter[str]:
    """Return the words of a text: runs of letters."""
    return Counter(re.findall(r"[^\W\d_]+", text))


def lost(source: str, *shown: str) -> Counter[str]:
    """Return the words of a source that are nowhere in what is shown."""
    # What CommonMark itself reads as something else than words.
    source = re.sub(r"&[\w#]+;", " ", source)
    source = re.sub(r"(?m)(?<=```).*$|(?<=~~~).*$", "", source)
    found = words_in(source)
    # A word may stand alone in the source and as a part of one in what is shown, or vice versa.
    letters = "".join(words_in(" ".join(shown)).elements())
    return Counter({word: count for word, count in found.items() if word not in letters})


@given(sources)
def test_no_word_is_lost(source: str) -> None:
    """Whatever the markdown, every word of it is in the message or in an attribute."""
    text = read(source)
    covered(text)
    attrs = [unquote(span.attr) for span in text.spans]
    assert lost(source, unquote(text.message), *attrs) == Counter()
    assert lost(source, unquote(text.readable()), *attrs) == Counter()
    assert lost(source, unquote(zoom_markdown.write(text)), *attrs) == Counter()


def shown_in(written: str) -> str:
    """Return the words that a chat shows of Zoom's markdown."""
    words = "".join(run.text for line in read_markdown(written) for run in line.runs)
    words = re.sub("&(amp|lt|gt)", "", words)  # of an entity right behind an address
    return re.sub(f"[{HAIR}{JOINER}{EDGE}\\s]", "", words).replace("\u02cb", "`")


@given(sources)
def test_a_bot_shows_the_words_of_a_user(source: str) -> None:
    """Words at the bot's API are those at the user's, whatever marks are between them."""
    text = read(source)
    assert words_in(shown_in(zoom_markdown.write(text))) == words_in(
        re.sub(r"\s", "", text.message)
    )


FORMATTED = [
    *("**{}**", "*{}*", "~~{}~~", "`{}`", "- {}\n", "1. {}\n", "{} {}", "{}{}", "{}\n{}", "_{}_")
]
formatted = st.recursive(
    st.sampled_from(["ab", "1", "É", "(cd)", "e.", "🚀", "f-g", "2 x 3"]),
    lambda inner: st.builds(
        lambda form, one, two: form.replace("{}", one, 1).replace("{}", two),
        st.sampled_from(FORMATTED),
        inner,
        inner,
    ),
    max_leaves=8,
)


def letters(api: str, text: str, **more: Any) -> list[tuple[str, frozenset[str]]]:
    """Return the letters that a message shows, each with its formats."""
    message = Message("id", api, "c", "ops", None, "Airflow", "airflow@example.com", text, **more)
    runs = emphasis(vars(message))
    letters = [(letter, formats) for words, formats in runs for letter in words]
    return [found for found in letters if found[0].isalpha() and found[0] != "\u02cb"]


def hides_a_mark(text: Text) -> bool:
    """Tell whether a format has its own mark in it, or is in itself, which Zoom's cannot be."""
    marks = {"Bold": "*", "Italic": "_", "Strikethrough": "~"}
    spans = [span for span in text.spans if span.kind in marks]
    return any(
        marks[one.kind] in text.message[one.start : one.end]
        or any(
            two is not one and two.kind == one.kind and one.start <= two.start < one.end
            for two in spans
        )
        for one in spans
    )


@given(formatted.filter(lambda source: not hides_a_mark(read(source))))
def test_a_bot_shows_the_formats_of_a_user(source: str) -> None:
    """Every letter has the same formats at the bot's API as at the user's, however they nest."""
    text = read(source)
    block = {"type": "message", "text": zoom_markdown.write(text), "is_markdown_support": True}
    assert letters("chatbot", "", content={"body": [block]}) == letters(
        "team_chat", text.message, rich_text=rich_text.formats(text)
    )


@given(sources)
def test_spans_of_any_markdown(source: str) -> None:
    """Whatever the markdown, all positions are inside and in order, and a link is in one line."""
    text = read(source)
    units = text.message.encode("utf-16-le")
    ranks = []
    for entry in rich_text.formats(text):
        assert 0 <= entry["start_position"] <= entry["end_position"] < len(units) // 2
        words = units[entry["start_position"] * 2 : entry["end_position"] * 2 + 2]
        shown = words.decode("utf-16-le")
        assert entry["format_type"] != "AddLink" or "\n" not in shown
        ranks.append(rich_text._ORDER.get(entry["format_type"], 9))
    assert ranks == sorted(ranks)
    assert "\r" not in text.message


@given(st.text())
def test_any_text_at_all(source: str) -> None:
    """Nothing that a text can hold stops it from being read and written."""
    text = read(source)
    covered(text)
    assert zoom_markdown.write(text).strip() or not text


@given(sources, st.integers(30, 200))
def test_a_cut_of_any_markdown(source: str, limit: int) -> None:
    """What was read from markdown can be cut at any place, and stays whole."""
    text = read(source).cut(limit)
    covered(text)
    assert len(text.message) <= limit
    zoom_markdown.write(text)


@pytest.mark.parametrize("source", ["*", "[", "![", "> ", "- ", "`", "<", "a\r\n", "**a "])
def test_a_source_that_is_too_long(source: str) -> None:
    """A million of anything is refused at once, with the number and what to do."""
    with pytest.raises(ConfigError) as caught:
        read((source * 1_000_000)[:1_000_000])
    assert str(caught.value) == (
        "message has 1000000 characters of markdown, and no more than 20000 are read. "
        "Shorten it, or send a file."
    )


HOSTILE = [
    *("*", "[", "]", "![", ">", "> ", "- ", "`", "<", "~~a ", "[a](", "**a", "***a** b*", "a\n\n"),
    *("> **a**\n\n", "|a|b|\n|-|-|\n", "&amp;", "\\*", "# a\n", "1. a\n", "- a\n\n  b\n"),
    *("🚀", "a\u0301", "_a __b ", "``` a\n", "- > ", "> - ", "\t", "<a@b.c>", "[a](b) "),
    "[[a](b)](c) ",
]


@pytest.mark.parametrize("source", HOSTILE)
def test_a_long_source(source: str) -> None:
    """What is as long as may be is read, sent and written, however often it opens something."""
    text = read((source * MOST_OF_SOURCE)[:MOST_OF_SOURCE])
    covered(text)
    rich_text.formats(text)
    zoom_markdown.write(text)
    text.readable()


@pytest.mark.parametrize(
    "source",
    [
        "*a " * 3000 + "b* " * 3000,
        "**a " * 2000 + "b** " * 2000,
        "*a **b " * 1000 + "c** d* " * 1000,
        "~~a " * 2000 + "b~~ " * 2000,
        "[" * 5000 + "a" + "](b)" * 3000,
        "> " * 5000 + "a",
        "- " * 5000 + "a",
        "\n".join(f"{'  ' * level}- a" for level in range(100)),
        "\n".join(f"{'> ' * level}a" for level in range(100)),
    ],
    ids=["italic", "bold", "both", "strike", "links", "quotes", "items", "lists", "quote by quote"],
)
def test_what_is_nested_too_deeply(source: str) -> None:
    """What is in one another more often than can be shown is plain words, all of them."""
    text = read(source)
    assert lost(source, text.message) == Counter()
    assert lost(source, zoom_markdown.write(text)) == Counter()
