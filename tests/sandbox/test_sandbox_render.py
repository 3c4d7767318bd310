"""What a message looks like: one table of cases for the page, the terminal and the plain text."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_zoomchat.sandbox import Sandbox
from airflow_provider_zoomchat.sandbox.card_rules import TYPES, fault_in
from airflow_provider_zoomchat.sandbox.fields import FORMATS as KINDS
from airflow_provider_zoomchat.sandbox.render import html
from airflow_provider_zoomchat.sandbox.render.lines import (
    FORMATS,
    Line,
    Words,
    emphasis,
    plain_text,
    read_lines,
    wrap_line,
)
from airflow_provider_zoomchat.sandbox.render.text import Span, formatting
from sandbox.caller import Caller
from sandbox.samples import BLANK, BLOCKS, GOOD, card_message, line, link, user_message
from sandbox.test_sandbox_card_rules import JSON, odd_cards

TAGS = {
    *("article", "section", "header", "main", "div", "span", "bdi", "time", "a", "h2", "p"),
    *("b", "i", "s", "u", "ul", "ol", "li", "blockquote", "pre", "code", "br", "hr"),
    *("img", "dl", "dt", "dd", "details", "summary"),
}
ATTRIBUTES = {"class", "style", "href", "target", "rel", "datetime", "title", "value", "src", "alt"}
RULE = (
    r"(--ink|(border-|border-top-|background-)color):#[0-9A-Fa-f]{6}|font-weight:400"
    r"|border-top-style:dotted|border-top-width:2px|width:\d+%|margin-left:\d+px"
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


def shown(message: dict[str, Any]) -> str:
    """Return the HTML of what a message says; all of it was found harmless."""
    source = html.message(message)
    Reader(source)
    source.encode()
    return source.split("</header>")[1].removesuffix("</div></article>\n")


def runs(message: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the words that a message shows, each with its formats in one text."""
    return [(text, " ".join(sorted(formats))) for text, formats in emphasis(message)]


def in_terminal(message: dict[str, Any]) -> list[str]:
    return [f"{line.mark}{line.text}".rstrip() for line in read_lines(message)]


END = ("\n", "")


@pytest.mark.parametrize(
    ("text", "spans", "expected", "words"),
    [
        pytest.param("", [], None, [], id="empty"),
        pytest.param("a b", [], line("a b"), [("a b", "")], id="no formatting"),
        pytest.param("ab c", [(0, 1, "Bold", "")], line("<b>ab</b> c"), None, id="inclusive end"),
        pytest.param("🚨 ab", [(3, 4, "Bold", "")], line("🚨 <b>ab</b>"), None, id="emoji before"),
        pytest.param("🚨", [(1, 1, "Bold", "")], line("<b>🚨</b>"), None, id="half an emoji"),
        pytest.param("ab", [(0, 2, "Bold", "")], line("ab"), [("ab", "")], id="beyond the end"),
        pytest.param("ab", [(1, 0, "Bold", "")], line("ab"), [("ab", "")], id="backwards"),
        pytest.param(
            "abcd",
            [(0, 2, "Bold", ""), (1, 3, "Italic", "")],
            line("<b>a</b><b><i>bc</i></b><i>d</i>"),
            [("a", "bold"), ("bc", "bold italic"), ("d", "italic")],
            id="overlap",
        ),
        pytest.param(
            "abc",
            [(0, 2, "AddLink", "https://x.io/?a=1&b"), (1, 1, "Bold", "")],
            line(link("https://x.io/?a=1&amp;b", "a<b>b</b>c")),
            [("a", "link"), ("b", "bold link"), ("c", "link")],
            id="bold in a link",
        ),
        pytest.param(
            "a",
            [(0, 0, "FontColor", "FF0000"), (0, 0, "BackgroundColor", "00ff00")],
            line('<span style="--ink:#FF0000;background-color:#00ff00">a</span>'),
            [("a", "code")],
            id="colours",
        ),
        pytest.param(
            "a",
            [(0, 0, "BackgroundColor", "00ff00")],
            line('<span class="backed" style="background-color:#00ff00">a</span>'),
            [("a", "code")],
            id="a background needs dark letters",
        ),
        pytest.param(
            "a",
            [(0, 0, "FontSize", "l")],
            line('<span class="size-l">a</span>'),
            [("a", "")],
            id="size",
        ),
        pytest.param(
            "ab\nc\nd",
            [(1, 3, "BulletedList", "")],
            f"<ul><li>{line('ab')}</li><li>{line('c')}</li></ul>{line('d')}",
            [("ab", "bullet"), END, ("c", "bullet"), END, ("d", "")],
            id="a list takes whole lines",
        ),
        pytest.param(
            "a\n\nb",
            [(0, 3, "Quote", "")],
            f"<blockquote>{line('a')}{line('<br>')}{line('b')}</blockquote>",
            [("a", "quote"), ("\n\n", ""), ("b", "quote")],
            id="empty line in a quote",
        ),
        pytest.param(
            "a\nb",
            [(0, 0, "Paragraph", "h1"), (2, 2, "LeftIndent", "20")],
            '<div class="line h1">a</div>' + line("b", ' style="margin-left:20px"'),
            [("a", "heading"), END, ("b", "")],
            id="heading and indent",
        ),
        pytest.param(
            "a",
            [(0, 0, "Quote", ""), (0, 0, "NumberedList", "")],
            f"<blockquote><ol><li>{line('a')}</li></ol></blockquote>",
            [("a", "number quote")],
            id="a list on a quote",
        ),
        pytest.param(
            "(see https://x.io/a).",
            [],
            line(f"(see {link('https://x.io/a', 'https://x.io/a')})."),
            [("(see ", ""), ("https://x.io/a", "link"), (").", "")],
            id="bare address",
        ),
        pytest.param(
            "https://x.io/a",
            [(0, 13, "AddLink", "https://x.io/b"), (0, 0, "LeftIndent", "99999")],
            line(link("https://x.io/b", "https://x.io/a"), ' style="margin-left:400px"'),
            [("https://x.io/a", "link")],
            id="an address with a link of its own, and a wide indent",
        ),
        pytest.param(
            "\" ' &amp;", [], line("&#34; &#39; &amp;amp;"), [("\" ' &amp;", "")], id="quotes"
        ),
        pytest.param(
            "a\x00b\x1bc\x85d\ud83d", [], line("a�b�c�d�"), [("a�b�c�d�", "")], id="unshowable"
        ),
        pytest.param("a\r\nb", [], line("a") + line("b"), None, id="two signs end a line"),
    ],
)
def test_user_text(
    text: str, spans: list[Any], expected: str | None, words: list[tuple[str, str]] | None
) -> None:
    """Formatting lies where its positions say, on whole lines where it is of lines."""
    message = user_message(text, *spans, edited=True, visible_to_user="ann")
    text = f'<div class="text">{expected}</div>' if expected else ""
    assert shown(message) == f'{text}<span class="note">(edited)</span>'
    if words is not None:
        assert runs(message) == words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*a* _b_ ~c~ ~~d~~ `e`", "<b>a</b> <i>b</i> <s>c</s> <s>d</s> <code>e</code>"),
        ("~~d~", "<s>d</s>"),
        ("*a _b_*", "<b>a </b><b><i>b</i></b>"),
        ("2*3*4 snake_case_name * a *", "2*3*4 snake_case_name * a *"),
        ("`*a* <b>`", "<code>*a* &lt;b&gt;</code>"),
        ("<https://x.io/?a&amp;b|the log>", link("https://x.io/?a&amp;b", "the log")),
        ("<https://x.io>", link("https://x.io", "https://x.io")),
        ("*<https://x.io/_a_|log>*", link("https://x.io/_a_", "<b>log</b>")),
        (
            "&lt;https://x.io/a&gt; and https://x.io/?a=1&amp;b=2&amp;",
            f"&lt;{link('https://x.io/a', 'https://x.io/a')}&gt; and "
            f"{link('https://x.io/?a=1&amp;b=2', 'https://x.io/?a=1&amp;b=2')}&amp;",
        ),
        ("see https://x.io/_a_b.", f"see {link('https://x.io/_a_b', 'https://x.io/_a_b')}."),
        ("<javascript:x|a>", "&lt;javascript:x|a&gt;"),
        ("<img:javascript:x>", "🖼 javascript:x"),
        ("<!a@xmpp.zoom.us|Ann>", '<span class="mention">@Ann</span>'),
        ("&lt;b&gt; &amp;amp; &quot;", "&lt;b&gt; &amp;amp; &amp;quot;"),
        ("<img:https://x.io/a.png>", link("https://x.io/a.png", "🖼 https://x.io/a.png")),
        ("```a", "```a"),
    ],
)
def test_markdown_in_a_line(text: str, expected: str) -> None:
    """Zoom's Markdown is read where it is on; the rest, and all of it elsewhere, is left alone."""
    block = {"type": "message", "text": text}
    assert f'<div class="block">{line(expected)}</div>' in shown(
        card_message(block, is_markdown=True)
    )
    assert line(expected) in shown(card_message({**block, "is_markdown_support": True}))
    assert Reader(shown(card_message(block))).words.split() == text.split()
    assert plain_text(card_message(block)["content"]) == text


LISTS = "List\n- one\n- *two* `x`\n\n3. a\n0. b\n\n> c\n> - d\n-e\n>f\n```\nx *y*\n\n  z\n```\ng"


def test_markdown_lines() -> None:
    """Lists, quotes and blocks of code are read line by line, on the page as in a terminal."""
    message = card_message({"type": "message", "text": LISTS}, is_markdown=True)
    two = "<b>two</b> <code>x</code>"
    assert "".join(
        [
            *(line("List"), f"<ul><li>{line('one')}</li><li>{line(two)}</li></ul>", line("<br>")),
            f'<ol><li value="3">{line("a")}</li><li value="0">{line("b")}</li></ol>{line("<br>")}',
            f"<blockquote>{line('c')}<ul><li>{line('d')}</li></ul></blockquote>",
            f"{line('-e')}{line('&gt;f')}<pre>\nx *y*\n\n  z</pre>{line('g')}",
        ]
    ) in shown(message)
    assert in_terminal(message) == [
        *("List", "• one", "• two x", "", "3. a", "0. b", "", "│ c", "│ • d"),
        *("-e", ">f", "x *y*", "", "  z", "g"),
    ]
    assert Words("two", frozenset({"bold", "bullet"})) in read_lines(message)[2].words
    # A block of code reads like a user's lines with a background.
    lines = user_message(">f\nx *y*\n\n  z\ng", (3, 12, "BackgroundColor", "EEEEEE"))
    assert runs(message)[-7:] == runs(lines)[-7:]


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_blocks(kind: str) -> None:
    """Each block that the sandbox takes shows what it says: on the page, in a terminal, as text."""
    block = BLOCKS[kind]
    message = card_message(GOOD[kind])
    assert block.html in shown(message)
    assert plain_text(message["content"]) == block.plain
    assert in_terminal(message) == block.lines


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ({"type": "select", "static_source": "members"}, "Choose from members</span>"),
        ({"type": "datepicker", "action_id": "d"}, "📅 Choose</span>"),
        ({"type": "plain_text_input", "action_id": "i", "value": "x"}, '"input">x</span>'),
        ({"type": "alert", "text": "x", "level": "<b>"}, '<div class="alert info">'),
        ({"type": "message", "text": "see https://x.io", "style": {"color": "#123456"}}, "<a "),
        (
            {"type": "message", "text": "a\nb", "link": "https://x.io"},
            line(link("https://x.io", "a")) + line(link("https://x.io", "b")),
        ),
        (
            {"type": "message", "text": "x", "link": "https://x/\"onclick='x'><b>"},
            'href="https://x/&#34;onclick=&#39;x&#39;&gt;&lt;b&gt;"',
        ),
        (
            {
                "type": "video",
                "title": {"text": "*x*", "is_markdown_support": True},
                "video_url": "https://x.io",
            },
            f'<div class="title">{line("<b>x</b>")}</div>',
        ),
        (
            {"type": "section", "sections": [GOOD["divider"]], "ts": 10**20},
            '<hr style="border-top-color:#F56416;border-top-style:dotted;border-top-width:2px;">'
            "</div></div>",
        ),
    ],
)
def test_variants(block: dict[str, Any], expected: str) -> None:
    """What else a block can be is shown, too."""
    assert fault_in({"body": [block]}, False) is None
    assert expected in shown(card_message(block))


@pytest.mark.parametrize(
    ("link", "color"),
    [
        ("javascript:alert(1)", "red"),
        ("JAVASCRIPT:x", "#fff"),
        ("data:text/html,x", "#12345g"),
        ("https:x", "#123456;x:y"),
        (" https://x", "url(x)"),
        ("", None),
    ],
)
def test_hostile_values(link: str, color: str | None) -> None:
    """Only an address of the web becomes a link, and only #RRGGBB a colour."""
    block = {"type": "message", "text": "words", "link": link}
    source = shown(card_message(block, settings={"default_sidebar_color": color}))
    assert "<a " not in source
    assert '<div class="bar" style="border-color:#0E72ED">' in source


def test_card() -> None:
    """A card has its head, a bar for each section and for what is between, and its footer."""
    section = {
        "type": "section",
        "sidebar_color": "#00FF00",
        "sections": [{"type": "message", "text": "inside"}],
        "footer": "*a* <https://x.io|log>",
    }
    message = card_message(
        {"type": "message", "text": "*before*"},
        section,
        {"type": "fields", "items": [{"key": "DAG", "value": "load"}]},
        {"type": "actions", "items": [{"text": text, "value": "v"} for text in "AB"]},
        settings={"default_sidebar_color": "#FF0000", "is_split_sidebar": True},
        head={"text": "Late", "sub_head": {"text": "today"}},
        is_markdown=True,
    )
    source = shown(message)
    assert '<div class="card split">' in source
    assert re.findall(r"border-color:(#\w+)", source) == ["#FF0000", "#00FF00", "#FF0000"]
    assert f'<div class="foot">{line("*a* " + link("https://x.io", "log"))}</div>' in source
    lines = read_lines(message)
    assert [line.text.rstrip() for line in lines] == [
        *("Late", "today", "before", "inside", "*a* log", "DAG: load", "[ A ] [ B ]")
    ]
    assert [line.bars for line in lines[2:5]] == [("#FF0000",), ("#00FF00",), ("#00FF00",)]
    assert [run for run in runs(message) if run != END] == [
        *[("Late", "heading"), ("today", ""), ("before", "bold"), ("inside", "")],
        *[("*a* ", ""), ("log", "link"), ("DAG", ""), ("load", ""), ("A", ""), ("B", "")],
    ]


def test_styles_of_a_card() -> None:
    """A style colours words but no bare address in them; a plain head says that it is not bold."""
    style = {"bold": True, "italic": True, "color": "#123456"}
    message = card_message(
        {"type": "message", "text": "see https://x.io", "style": style},
        head={"text": "Late", "style": {"bold": False}},
    )
    source = shown(message)
    assert f'<div class="head">{line("""<span style="font-weight:400">Late</span>""")}' in source
    assert '<span style="--ink:#123456"><b><i>see </i></b></span>' in source
    assert link("https://x.io", "<b><i>https://x.io</i></b>") in source
    assert runs(message)[2:] == [("see ", "bold italic"), ("https://x.io", "bold italic link")]


def test_signs_of_a_message() -> None:
    """A message shows its sender, time, mentions, files, and that it was edited or deleted."""
    mention = {"start_position": 3, "end_position": 6, "at_type": 2}
    message = user_message(
        "🚨 @all look",
        sender="<Airflow>",
        edited=True,
        visible_to_user="ann",
        reply_to="m0",
        at_items=[mention],
        files=[{"id": "f1", "name": "f<1", "size": 5, "image": ""}],
    )
    source = html.message(message)
    assert Reader(source).words.split()[1:] == [
        *("<Airflow>", "06:06Only", "visible", "to", "ann", "🚨", "@all", "look"),
        *("📄", "f<1", "5", "B(edited)"),
    ]
    assert line('🚨 <span class="mention">@all</span> look') in source
    assert "f&lt;1" in source
    assert '<article class="message reply">' in source
    assert in_terminal(message) == ["🚨 @all look", "(edited)"]
    assert Sandbox.shown(message) == "🚨 @all look"
    gone = user_message("secret", deleted=True)
    assert "secret" not in html.message(gone)
    assert in_terminal(gone) == ["This message was deleted."]
    assert runs(gone) == []


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
    assert "default-src 'none'" in source
    assert not re.search(r"<script|<link|<img|src=|@import|url\(", source)
    assert "Nothing was posted." in html.page([], "Chat")


# The same words in the same emphasis, for each API in its own way.
TEXT = "Load failed\nfirst\nqty is bad, see log\nquoted\n1 2\n@Ann"
SPANS = [
    ("Load", "Bold", ""),
    ("failed", "Italic", ""),
    ("first", "BulletedList", ""),
    ("qty", "BackgroundColor", "F0F0F0"),
    ("bad", "Strikethrough", ""),
    ("log", "AddLink", "https://x.io/log"),
    ("quoted", "Quote", ""),
    ("1 2", "BackgroundColor", "F0F0F0"),
]
MARKDOWN = (
    "*Load* _failed_\n- first\n`qty` is ~bad~, see <https://x.io/log|log>\n> quoted\n"
    "```\n1 2\n```\n<!annsandboxuser00000002@xmpp.zoom.us|Ann>"
)
EXPECTED = [
    *[("Load", "bold"), (" ", ""), ("failed", "italic"), END, ("first", "bullet"), END],
    *[("qty", "code"), (" is ", ""), ("bad", "strike"), (", see ", ""), ("log", "link"), END],
    *[("quoted", "quote"), END, ("1 2", "code"), END, ("@Ann", "mention")],
]


def at(words: str) -> dict[str, int]:
    start = TEXT.index(words)
    return {"start_position": start, "end_position": start + len(words) - 1}


def as_user(caller: Caller) -> None:
    rich_text = [
        {**at(words), "format_type": kind, "format_attr": attribute}
        for words, kind, attribute in SPANS
    ]
    mention = {**at("@Ann"), "at_type": 1, "at_contact": "ann@example.com"}
    caller.send(TEXT, rich_text=rich_text, at_items=[mention])


def as_bot(caller: Caller) -> None:
    content = {"body": [{"type": "message", "text": MARKDOWN}]}
    caller.as_bot("POST", json=caller.card(content=content, is_markdown_support=True))


def as_webhook(caller: Caller) -> None:
    extra = caller.zoom.connection("incoming_webhook")["extra"]
    block = {"type": "message", "text": MARKDOWN, "is_markdown_support": True}
    requests.post(
        f"{extra['webhook_url']}?format=full",
        json={"content": {"body": [block]}},
        headers={"Authorization": extra["verification_token"]},
    )


@pytest.mark.parametrize("send", [as_user, as_bot, as_webhook])
def test_every_api(caller: Caller, send: Any) -> None:
    """The same words in the same emphasis read the same, whatever API they came through."""
    send(caller)

    (message,) = caller.zoom.messages()
    assert runs(message) == EXPECTED
    assert caller.zoom.shown(message) == TEXT
    assert Reader(html.page([message], "Chat").split("<body>")[1].split("</body>")[0])


def test_stored_as_sent(caller: Caller) -> None:
    """What one entry clears of another is a matter of showing it: it is returned as it was sent."""
    span = {"start_position": 0, "end_position": 3, "format_attr": ""}
    rich_text = [{**span, "format_type": kind} for kind in ("Quote", "Bold", "NumberedList")]
    message_id = caller.send("Load", rich_text=rich_text).json()["id"]

    read = caller.chat("GET", message_id, params={"to_channel": caller.channel}).json()
    assert read["rich_text"] == caller.zoom.messages()[0]["rich_text"] == rich_text
    assert runs(caller.zoom.messages()[0]) == [("Load", "number quote")]


@pytest.mark.parametrize(("end", "taken"), [(3, 1), (5, 0)])
def test_link_over_lines(caller: Caller, end: int, taken: int) -> None:
    """A link over several lines is dropped in silence; emojis before it do not matter."""
    span = {"start_position": 2, "end_position": end, "format_type": "AddLink"}
    answer = caller.send("🚨 a\nb", rich_text=[{**span, "format_attr": "https://x.io"}])

    assert answer.status_code == 201
    assert len(caller.zoom.messages()[0]["rich_text"]) == taken


SIGNS = st.text(st.sampled_from("ab<>&\"'*_~`|!-. \n🚨\r\x00/:@") | st.characters(), max_size=40)
WORDS = st.text(st.characters(exclude_categories=["Cc", "Cs"], include_characters="\n"))
ATTRIBUTE = st.sampled_from(["", "FF0000", "s", "h2", "30", "https://x.io/"]) | SIGNS
TEXT_SPANS = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 50), st.sampled_from(sorted(KINDS)), ATTRIBUTE),
    max_size=8,
)


@given(text=WORDS | st.text("ab <&\n🚨"), spans=TEXT_SPANS)
def test_any_text(text: str, spans: list[Any]) -> None:
    """No sign of a text becomes HTML and none of its words is lost, whatever its formatting."""
    message = user_message(text, *spans)
    assert Reader(shown(message)).words.split() == text.split()
    assert Sandbox.shown(message).split() == text.split()
    assert re.sub(r"\s", "", "".join(in_terminal(user_message(text)))) == re.sub(r"\s", "", text)
    assert all(formats <= FORMATS for _, formats in emphasis(message))
    assert all(text.isspace() or "\n" not in text for text, _ in emphasis(message))


@given(text=SIGNS, sender=SIGNS, spans=TEXT_SPANS)
def test_any_signs(text: str, sender: str, spans: list[Any]) -> None:
    """No sign, not even one that HTML cannot hold, makes anything but harmless HTML."""
    shown(user_message(text, *spans, sender=sender))


@given(content=odd_cards(SIGNS | JSON), is_markdown=st.booleans())
def test_any_card(content: Any, is_markdown: bool) -> None:
    """No card that is taken, whatever is in it, makes anything but harmless HTML."""
    if fault_in(content, is_markdown) is None:
        message = {**BLANK, "content": content, "is_markdown_support": is_markdown}
        shown(message)
        emphasis(message)


QUOTED = {"Bold", "Strikethrough", "Underline", "FontSize", "FontColor", "BackgroundColor"}
CLEARED_BY = {
    **{kind: {"Quote"} for kind in (*QUOTED, "Paragraph")},
    **{kind: {"Quote", "AddLink"} for kind in ("BackgroundColor", "FontColor", "Underline")},
    "BulletedList": {"NumberedList"},
    "NumberedList": {"BulletedList"},
    "Quote": {"BulletedList", "NumberedList"},
    "LeftIndent": {"BulletedList", "NumberedList", "Quote"},
}
PLACES = st.tuples(st.integers(0, 12), st.integers(0, 12)).map(lambda ends: range(*ends))


@given(
    st.lists(st.tuples(PLACES, st.sampled_from([*KINDS, "mention"]), st.sampled_from("abc"))),
    st.sampled_from([0, 1, 12]),
)
def test_any_spans(spans: list[Span], length: int) -> None:
    """Each character has the last span of a kind that came before anything that clears it."""
    spans = [span for span in spans if span[0].stop <= length]
    found: list[dict[str, str]] = [{} for _ in range(length)]
    for places, kind, attribute in spans:
        for place in places:
            if not CLEARED_BY.get(kind, set()) & found[place].keys():
                found[place][kind] = attribute
    assert formatting(length, spans) == found


def test_a_pile_of_spans() -> None:
    """As many spans as a body holds, each over most of a long text, are shown without delay."""
    spans = [(number % 9, 3999, "FontColor", f"{number:06x}") for number in range(20_000)]
    first, rest = (f'<span style="--ink:#{number:06x}">' for number in (19_998, 19_999))
    assert line(f"{first}x</span>{rest}{'x' * 3999}</span>") in shown(
        user_message("x" * 4000, *spans)
    )


@given(st.text(alphabet="ab \u2007\u00e9\U0001f680", max_size=200), st.integers(10, 60))
def test_wrapping_keeps_all_words(text: str, width: int) -> None:
    """A wrapped line has the same words, and no piece that is much wider than asked for."""
    pieces = list(wrap_line(Line(("#000000",), "│ • ", [Words(text)]), width))
    assert re.sub(r"\s", "", "".join(piece.text for piece in pieces)) == re.sub(r"\s", "", text)
    assert all(len(piece.text.strip()) <= max(20, width) for piece in pieces)
    assert {piece.bars for piece in pieces} == {("#000000",)}
    assert [piece.mark for piece in pieces] == ["│ • ", *["│   "] * (len(pieces) - 1)]
