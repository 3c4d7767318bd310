from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_zoomchat.sandbox import Sandbox, cards, html
from airflow_provider_zoomchat.sandbox.fields import FORMATS
from sandbox.caller import Caller

BLANK: dict[str, Any] = {
    "id": "m1",
    "channel": "c1",
    "channel_name": "data-pipelines",
    "contact": None,
    "sender": "Airflow",
    "text": "",
    "content": None,
    "at_items": [],
    "rich_text": [],
    "files": [],
    "interactive_cards": [],
    "is_markdown_support": False,
    "visible_to_user": None,
    "reply_to": None,
    "edited": False,
    "deleted": False,
    "time": "2026-03-14T06:06:12.000Z",
}
FILE = {"id": "f1", "name": "f<1", "size": 5, "image": ""}
TAGS = {
    *("article", "section", "header", "main", "div", "span", "bdi", "time", "a", "h2", "p"),
    *("b", "i", "s", "u", "ul", "ol", "li", "blockquote", "pre", "code", "br", "hr"),
    "img",
    *("dl", "dt", "dd", "details", "summary"),
}
ATTRIBUTES = {"class", "style", "href", "target", "rel", "datetime", "title", "value", "src", "alt"}
RULE = (
    r"(--ink|(border-|border-top-|background-)color):#[0-9A-Fa-f]{6}"
    r"|font-weight:[46]00|font-style:italic|border-top-style:dotted|border-top-width:2px|width:\d+%|margin-left:\d+px"
)


class Reader(HTMLParser):
    """Reads a piece of HTML as a browser would, and refuses what no message may bring about."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.words = ""
        self.open: list[str] = []
        self.links: dict[str, str] = {}
        self._link = ""
        self.feed(source)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Check an element and what it brings along."""
        given = {name: value or "" for name, value in attrs}
        assert tag in TAGS
        assert given.keys() <= ATTRIBUTES
        for rule in filter(None, given.get("style", "").split(";")):
            assert re.fullmatch(RULE, rule)
        if tag == "a":
            assert re.match("https?://", given["href"], re.IGNORECASE)
            assert "a" not in self.open
            self._link = given["href"]
        if tag not in ("br", "hr", "img"):
            self.open.append(tag)
        if tag not in ("a", "b", "i", "s", "u", "span", "code"):
            self.words += "\n"

    def handle_endtag(self, tag: str) -> None:
        """Check that elements end in the order in which they began, backwards."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Keep the words, and those of each link."""
        self.words += data
        if "a" in self.open:
            self.links[self._link] = self.links.get(self._link, "") + data

    def handle_decl(self, decl: str) -> None:
        """Refuse a declaration."""
        raise AssertionError(decl)

    def handle_comment(self, data: str) -> None:
        """Refuse a comment, an instruction, and whatever else is no element and no text."""
        raise AssertionError(data)

    handle_pi = unknown_decl = handle_comment


def shown(text: str = "", **fields: Any) -> str:
    """Return a message as HTML that was found harmless."""
    source = html.message({**BLANK, "text": text, **fields})
    Reader(source)
    return source


def body(text: str, *spans: tuple[int, int, str, str]) -> str:
    """Return the HTML of a user's text with such formatting."""
    names = ("start_position", "end_position", "format_type", "format_attr")
    rich_text = [dict(zip(names, span, strict=True)) for span in spans]
    source = shown(text, rich_text=rich_text)
    return source.split('<div class="text">')[1].removesuffix("</div></div></article>\n")


def line(inner: str, extra: str = "") -> str:
    return f'<div class="line"{extra}>{inner}</div>'


def link(url: str, inner: str) -> str:
    return f'<a href="{url}" target="_blank" rel="noopener noreferrer">{inner}</a>'


def block(value: Any, *, is_markdown: bool = False) -> str:
    """Return the HTML of a card of one block."""
    return shown(content={"body": [value]}, is_markdown_support=is_markdown)


def markdown(text: str) -> str:
    source = block({"type": "message", "text": text}, is_markdown=True)
    return source.split('<div class="block">')[1].split("</div></div></div></div></article>")[0]


@pytest.mark.parametrize(
    ("text", "spans", "expected"),
    [
        pytest.param("a b", [], line("a b"), id="no formatting"),
        pytest.param("ab c", [(0, 1, "Bold", "")], line("<b>ab</b> c"), id="inclusive end"),
        pytest.param("🚨 ab", [(3, 4, "Bold", "")], line("🚨 <b>ab</b>"), id="emoji before"),
        pytest.param("🚨", [(1, 1, "Bold", "")], line("<b>🚨</b>"), id="half an emoji"),
        pytest.param("ab", [(0, 2, "Bold", "")], line("ab"), id="beyond the end"),
        pytest.param("ab", [(1, 0, "Bold", "")], line("ab"), id="backwards"),
        pytest.param(
            "abcd",
            [(0, 2, "Bold", ""), (1, 3, "Italic", "")],
            line("<b>a</b><i><b>bc</b></i><i>d</i>"),
            id="overlap",
        ),
        pytest.param(
            "abc",
            [(0, 2, "AddLink", "https://x.io/?a=1&b"), (1, 1, "Bold", "")],
            line(link("https://x.io/?a=1&amp;b", "a<b>b</b>c")),
            id="bold in a link",
        ),
        pytest.param(
            "a",
            [(0, 0, "FontColor", "FF0000"), (0, 0, "BackgroundColor", "00ff00")],
            line('<span style="--ink:#FF0000;background-color:#00ff00">a</span>'),
            id="colours",
        ),
        pytest.param(
            "a", [(0, 0, "FontSize", "l")], line('<span class="size-l">a</span>'), id="size"
        ),
        pytest.param(
            "ab\nc\nd",
            [(1, 3, "BulletedList", "")],
            f"<ul><li>{line('ab')}</li><li>{line('c')}</li></ul>{line('d')}",
            id="a list takes whole lines",
        ),
        pytest.param(
            "a\n\nb",
            [(0, 3, "Quote", "")],
            f"<blockquote>{line('a')}{line('<br>')}{line('b')}</blockquote>",
            id="empty line in a quote",
        ),
        pytest.param(
            "a\nb",
            [(0, 0, "Paragraph", "h1"), (2, 2, "LeftIndent", "20")],
            '<div class="line h1">a</div>' + line("b", ' style="margin-left:20px"'),
            id="heading and indent",
        ),
        pytest.param(
            "a",
            [(0, 0, "Quote", ""), (0, 0, "Bold", ""), (0, 0, "Italic", "")],
            f"<blockquote>{line('<i>a</i>')}</blockquote>",
            id="a quote clears bold behind it, but not italic",
        ),
        pytest.param(
            "a",
            [(0, 0, "BulletedList", ""), (0, 0, "NumberedList", ""), (0, 0, "Quote", "")],
            f"<ul><li>{line('a')}</li></ul>",
            id="a list clears the other list and a quote behind it",
        ),
        pytest.param(
            "a",
            [(0, 0, "Quote", ""), (0, 0, "NumberedList", "")],
            f"<blockquote><ol><li>{line('a')}</li></ol></blockquote>",
            id="a list on a quote",
        ),
        pytest.param(
            "a",
            [(0, 0, "AddLink", "https://x.io"), (0, 0, "Underline", "")],
            line(link("https://x.io", "a")),
            id="a link clears an underline behind it",
        ),
        pytest.param(
            "a\nb",
            [(0, 2, "AddLink", "https://x.io")],
            line("a") + line("b"),
            id="a link over two lines",
        ),
        pytest.param(
            "(see https://x.io/a).",
            [],
            line(f"(see {link('https://x.io/a', 'https://x.io/a')})."),
            id="bare address",
        ),
    ],
)
def test_user_text(text: str, spans: list[tuple[int, int, str, str]], expected: str) -> None:
    """Formatting lies where its positions say, on whole lines where it is of lines."""
    assert expected == body(text, *spans)


def test_mention() -> None:
    """A mention is highlighted where its positions say."""
    at_items = [{"start_position": 3, "end_position": 6, "at_type": 2}]
    assert line('🚨 <span class="mention">@all</span> look') in shown(
        "🚨 @all look", at_items=at_items
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("\" ' &amp;", "&quot; &#x27; &amp;amp;"),
        ("a\x00b\x1bc\x85d", "a\ufffdb\ufffdc\ufffdd"),
        ("a\r\nb", '<div class="line">a</div><div class="line">b</div>'),
        ("a\ud83db", "a\ufffdb"),
    ],
)
def test_hostile_text(text: str, expected: str) -> None:
    """Text is shown as it is; what HTML cannot hold is shown as a replacement."""
    source = shown(text, sender=text)
    assert expected in source
    source.encode()


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "JAVASCRIPT:x", "data:text/html,x", "https:x", " https://x", "", 5, {}],
)
def test_hostile_link(url: Any) -> None:
    """Only an address of the web becomes a link."""
    assert "<a " not in block({"type": "message", "text": "words", "link": url})


def test_quotes_in_an_address() -> None:
    """An address cannot leave its attribute."""
    source = block({"type": "message", "text": "words", "link": "https://x/\"onclick='x'><b>"})
    assert Reader(source).links == {"https://x/\"onclick='x'><b>": "words"}


@pytest.mark.parametrize("color", ["red", "#fff", "#12345g", "#123456;x:y", "url(x)", 5, None, []])
def test_hostile_color(color: Any) -> None:
    """Only a colour of the form #RRGGBB is taken; the bar is blue without one."""
    content = {"settings": {"default_sidebar_color": color}, "head": {"text": "Late"}}
    assert '<div class="bar" style="border-color:#0E72ED">' in shown(content=content)


def test_settings() -> None:
    """The card's colour is the bar's, and a section's own colour is that section's."""
    section = {
        "type": "section",
        "sidebar_color": "#00FF00",
        "sections": [{"type": "message", "text": "inside"}],
    }
    source = shown(
        content={
            "settings": {"default_sidebar_color": "#FF0000", "is_split_sidebar": True},
            "head": {"text": "Late", "sub_head": {"text": "today"}},
            "body": [{"type": "message", "text": "before"}, section],
        }
    )
    assert '<div class="card split">' in source
    bars = re.findall(r"border-color:(#\w+)", source)
    assert bars == ["#FF0000", "#00FF00"]
    assert Reader(source).words.split()[3:] == ["Late", "today", "before", "inside"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*a* _b_ ~c~ ~~d~~ `e`", "<b>a</b> <i>b</i> <s>c</s> <s>d</s> <code>e</code>"),
        ("*a _b_*", "<b>a <i>b</i></b>"),
        ("2*3*4 snake_case_name * a *", "2*3*4 snake_case_name * a *"),
        ("`*a* <b>`", "<code>*a* &lt;b&gt;</code>"),
        ("<https://x.io/?a&amp;b|the log>", link("https://x.io/?a&amp;b", "the log")),
        ("<https://x.io>", link("https://x.io", "https://x.io")),
        ("*<https://x.io/_a_|log>*", f"<b>{link('https://x.io/_a_', 'log')}</b>"),
        (
            "&lt;https://x.io/a&gt; and https://x.io/?a=1&amp;b=2&amp;",
            f"&lt;{link('https://x.io/a', 'https://x.io/a')}&gt; and "
            f"{link('https://x.io/?a=1&amp;b=2', 'https://x.io/?a=1&amp;b=2')}&amp;",
        ),
        ("see https://x.io/_a_b.", f"see {link('https://x.io/_a_b', 'https://x.io/_a_b')}."),
        ("<javascript:x|a>", "&lt;javascript:x|a&gt;"),
        ("<!a@xmpp.zoom.us|Ann>", '<span class="mention">@Ann</span>'),
        ("&lt;b&gt; &amp;amp; &quot;", "&lt;b&gt; &amp;amp; &amp;quot;"),
        (
            "<img:https://x.io/a.png>",
            link("https://x.io/a.png", '<span class="image">🖼 https://x.io/a.png</span>'),
        ),
    ],
)
def test_markdown_in_a_line(text: str, expected: str) -> None:
    """Zoom's Markdown is read where it is on; the rest stands as it is."""
    assert line(expected) == markdown(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- a\n- b\nc", f"<ul><li>{line('a')}</li><li>{line('b')}</li></ul>{line('c')}"),
        ("7. a", f'<ol><li value="7">{line("a")}</li></ol>'),
        ("> a\n> - b", f"<blockquote>{line('a')}<ul><li>{line('b')}</li></ul></blockquote>"),
        ("a\n```\nx *y*\n  z\n```\nb", f"{line('a')}<pre>\nx *y*\n  z</pre>{line('b')}"),
        ("```a", line("```a")),
        ("-a\n>b", line("-a") + line("&gt;b")),
    ],
)
def test_markdown_lines(text: str, expected: str) -> None:
    """Lists, quotes and blocks of code are read line by line."""
    assert expected == markdown(text)


def test_markdown_is_off() -> None:
    """Without the switch, a card's text stands as it is."""
    assert line("*a* &amp;amp;") in block({"type": "message", "text": "*a* &amp;"})


BLOCKS: list[tuple[dict[str, Any], str]] = [
    ({"type": "message", "text": "plain"}, "plain"),
    ({"type": "message", "text": "*x*", "is_markdown_support": True}, "<b>x</b>"),
    (
        {"type": "message", "text": "x", "style": {"color": "#123456", "bold": True}},
        'style="--ink:#123456;font-weight:600"',
    ),
    ({"type": "message", "text": "x", "editable": True}, "✎"),
    (
        {"type": "fields", "items": [{"key": "DAG", "value": "load", "short": True}]},
        '<div class="short"><dt>DAG</dt><dd><div class="line">load</div></dd></div>',
    ),
    (
        {"type": "actions", "items": [{"text": "Retry", "value": "r", "style": "Danger"}]},
        '<span class="button danger">Retry</span>',
    ),
    (
        {
            "type": "actions",
            "limit": 1,
            "items": [{"text": "A", "value": "a"}, {"text": "B", "value": "b"}],
        },
        '<span class="button default">A</span><details><summary>More</summary>',
    ),
    (
        {
            "type": "select",
            "text": "Who?",
            "select_items": [{"text": "Ann", "value": "1"}, {"text": "Bob", "value": "2"}],
            "selected_item": "2",
        },
        "<summary>Bob</summary><div>Ann</div>",
    ),
    ({"type": "select", "static_source": "members"}, "Choose from members"),
    (
        {
            "type": "attachments",
            "resource_url": "https://x.io",
            "img_url": "https://x.io/a.png",
            "information": {"title": {"text": "Report"}, "description": {"text": "of March"}},
            "ext": "pdf",
            "size": 2500,
        },
        "pdf · 2 kB",
    ),
    (
        {
            "type": "section",
            "sections": [{"type": "message", "text": "in"}],
            "footer": "Airflow",
            "ts": 1560446471819,
            "layout": "horizontal",
        },
        '<div class="foot">Airflow · 2019-06-13 17:21 UTC</div>',
    ),
    (
        {
            "type": "page",
            "pages": [
                {
                    "pageNo": number,
                    "body": [{"type": "section", "sections": [{"type": "message", "text": text}]}],
                }
                for number, text in enumerate(("one", "two"), 1)
            ],
        },
        "Page 1 of 2</div>",
    ),
    (
        {"type": "file", "title": {"text": "a.csv", "file_url": "https://x.io/a"}},
        link("https://x.io/a", line("a.csv")),
    ),
    ({"type": "divider", "style": {"dotted": True}}, '<hr style="border-top-style:dotted">'),
    ({"type": "progress_bar", "value": 75}, "width:75%"),
    ({"type": "alert", "text": "Careful", "level": "warning"}, '<div class="alert warning">'),
    ({"type": "images", "images": [{"image_url": "https://x.io/a", "alt_text": "A"}]}, "A</span>"),
    ({"type": "image", "images": [{"image_url": "https://x.io/a", "alt_text": "A"}]}, "A</span>"),
    ({"type": "datepicker", "action_id": "d", "initial_date": "2026-03-14"}, "📅 2026-03-14"),
    ({"type": "timepicker", "action_id": "t", "initial_time": "06:00"}, "🕒 06:00"),
    (
        {
            "type": "radio_buttons",
            "action_id": "r",
            "initial_option": "b",
            "options": [{"value": "a", "text": "A"}, {"value": "b", "text": "B"}],
        },
        "<div>○ A</div><div>◉ B</div>",
    ),
    (
        {
            "type": "checkboxes",
            "action_id": "c",
            "options": [{"text": "A", "value": "a", "initial_selected": True}],
        },
        "<div>☑ A</div>",
    ),
    ({"type": "plain_text_input", "action_id": "i", "placeholder": "Tell"}, "Tell</span>"),
    (
        {"type": "video", "title": {"text": "How to"}, "video_url": "https://x.io/v"},
        link("https://x.io/v", line("How to")),
    ),
]


@pytest.mark.parametrize(("value", "expected"), BLOCKS)
def test_blocks(value: dict[str, Any], expected: str) -> None:
    """Each block of a card that the sandbox takes shows what it says."""
    assert cards.fault_in({"body": [value]}, False) is None
    assert expected in block(value)


def test_every_type_of_block() -> None:
    """The table above leaves out no type the sandbox takes, and a bare one is no trouble."""
    assert {value["type"] for value, _ in BLOCKS} == cards.TYPES
    for kind in cards.TYPES:
        block({"type": kind})


def test_sections_in_sections() -> None:
    """Sections may be nested deeper than anybody could read."""
    inner: dict[str, Any] = {"type": "message", "text": "deep"}
    for _ in range(100):
        inner = {"type": "section", "sections": [inner]}
    assert "…" in block(inner)


def test_footer() -> None:
    """A footer takes links and no other Markdown."""
    section = {"type": "section", "sections": [], "footer": "*a* <https://x.io|log>"}
    expected = f'<div class="foot">*a* {link("https://x.io", "log")}</div>'
    assert expected in block(section, is_markdown=True)


def test_signs_of_a_message() -> None:
    """A message shows its sender, time, files, and that it was edited, seen by one, or deleted."""
    source = shown("x", edited=True, visible_to_user="ann", files=[FILE], reply_to="m0")
    assert "Airflow\n06:06Only visible to ann" in Reader(source).words
    assert "f&lt;1" in source
    assert "(edited)" in source
    assert '<article class="message reply">' in source
    assert "secret" not in shown("secret", deleted=True)


def test_page() -> None:
    """A page is one document by channel, each reply under its thread, with nothing to load."""
    source = html.page(
        [
            {**BLANK, "id": "1", "text": "first"},
            {**BLANK, "id": "2", "text": "second"},
            {**BLANK, "id": "3", "text": "answer", "reply_to": "1"},
            {**BLANK, "id": "4", "text": "private", "channel": None, "contact": "ann@x.io"},
            {**BLANK, "id": "5", "text": "again", "reply_to": "3"},
        ],
        "<Chat>",
    )
    chat = source.split("<body>")[1].split("</body>")[0]
    found = re.findall(
        "# data-pipelines|To ann@x.io|first|second|answer|again|private", Reader(chat).words
    )
    assert found == [
        *("# data-pipelines", "first", "answer", "again", "second"),
        *("To ann@x.io", "private"),
    ]
    assert "<title>&lt;Chat&gt;</title>" in source
    assert not re.search(r"<script|<link|<img|src=|@import|url\(", source)
    assert "Nothing was posted." in html.page([], "Chat")


def test_what_the_sandbox_holds(zoom: Sandbox, caller: Caller) -> None:
    """Messages are shown as the running sandbox lists them."""
    caller.send("Load is late")
    caller.as_bot("POST", json=caller.card("From a bot"))

    source = html.page(zoom.messages(), "Chat")
    assert "Load is late" in source
    assert "From a bot" in source


MANY = settings(max_examples=300, deadline=None, database=None)
SIGNS = st.text(st.sampled_from("ab<>&\"'*_~`|!-. \n🚨\r\x00/:@") | st.characters(), max_size=40)
WORDS = st.text(st.characters(exclude_categories=["Cc", "Cs"], include_characters="\n"))
POSITIONS = st.integers(0, 50)
SPANS = st.lists(
    st.fixed_dictionaries(
        {
            "start_position": POSITIONS,
            "end_position": POSITIONS,
            "format_type": st.sampled_from(sorted(FORMATS)),
            "format_attr": st.sampled_from(["", "FF0000", "s", "h2", "30", "https://x.io/"])
            | SIGNS,
        }
    ),
    max_size=8,
)


@MANY
@given(text=WORDS | st.text("ab <&\n🚨"), spans=SPANS, mentions=SPANS)
def test_any_text(text: str, spans: list[Any], mentions: list[Any]) -> None:
    """No sign of a text becomes HTML and none of its words is lost, whatever its formatting."""
    source = shown(text, rich_text=spans, at_items=mentions)
    source = source.split("</header>")[1].removesuffix("</div></article>\n")
    assert text.split() == Reader(source).words.split()


@MANY
@given(text=SIGNS, sender=SIGNS, spans=SPANS)
def test_any_signs(text: str, sender: str, spans: list[Any]) -> None:
    """No sign, not even one that HTML cannot hold, makes anything but harmless HTML."""
    shown(text, sender=sender, rich_text=spans)


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | SIGNS,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["text", "value", "color", "bold"]), inner, max_size=3)
    ),
    max_leaves=6,
)
NAMES = sorted(
    {name for value, _ in BLOCKS for name in value}
    - {"type", "text", "items", "sections", "pages", "select_items", "static_source"}
)
EXTRAS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=4)
TEXTS = SIGNS.filter(bool)
PAIRS = st.lists(
    st.fixed_dictionaries(
        {"key": TEXTS, "text": TEXTS, "value": TEXTS},
        optional={"style": VALUES, "short": VALUES, "link": VALUES, "editable": VALUES},
    ),
    min_size=1,
    max_size=3,
)


def odd_block(kind: str, items: Any, text: str, extras: dict[str, Any]) -> dict[str, Any]:
    own = {"select": {"select_items": items}, "fields": {"items": items}}.get(kind, {"text": text})
    return {**extras, "type": kind, **({"items": items} if kind == "actions" else own)}


ODD = st.builds(
    odd_block,
    st.sampled_from(sorted(cards.TYPES - {"section", "page"})),
    PAIRS,
    TEXTS,
    EXTRAS,
)


@MANY
@given(body=st.lists(ODD, max_size=4), settings=EXTRAS, section=EXTRAS, is_markdown=st.booleans())
def test_any_card(
    body: list[Any], settings: dict[str, Any], section: dict[str, Any], is_markdown: bool
) -> None:
    """No card, whatever stands in it, makes anything but harmless HTML."""
    blocks = [{**section, "type": "section", "sections": body}, *body]
    content = {"settings": settings, "head": {"text": "x"}, "body": blocks}
    shown(content=content, is_markdown_support=is_markdown)
