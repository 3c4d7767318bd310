"""How a preview is shown: as text in a terminal, and as a page."""

from __future__ import annotations

from html.parser import HTMLParser

from sandbox.samples import card_message, user_message

from airflow_provider_zoomchat.tools.preview.shown import (
    APPROXIMATE,
    Section,
    Shown,
    Wire,
    page,
    report,
)

EVIL = "<script>alert(1)</script>\x1b[31m\u202e"


def no_paint(text: str, *_: str) -> str:
    return text


def test_colours() -> None:
    """What has a format is painted, and a word of the message keeps its colour."""
    block = {"type": "message", "text": "*a* `b` <https://x.io|c> d"}
    colored = {"type": "message", "text": "e", "style": {"color": "#123456"}}
    bars = {"default_sidebar_color": "#654321"}
    shown = Shown("task a", "chatbot", message=card_message(block, is_markdown=True))
    other = Shown("task b", "chatbot", message=card_message(colored, settings=bars))
    painted: dict[str, list[str]] = {}

    def paint(text: str, *styles: str) -> str:
        painted.setdefault(text.strip(), []).extend(styles)
        return text

    assert "    ▌ a b c d" in list(
        report([Section("x", [shown, other])], paint, width=80, requests=False)
    )
    assert [painted[text] for text in "abcde"] == [
        ["bold"],
        ["yellow"],
        ["underline"],
        [],
        ["#123456"],
    ]
    assert "#654321" in painted["▌"]


def sample() -> list[Section]:
    return [
        Section(
            f"DAG {EVIL}",
            [
                Shown(
                    f"task {EVIL}",
                    "server_to_server",
                    places=(f"on_failure_callback of {EVIL}",),
                    message=user_message(f"Hello {EVIL}"),
                    length="12 of 4,096 characters; Zoom's specification says 1,024",
                    wires=[Wire("POST", f"https://api.zoom.us/{EVIL}", {"message": EVIL}, 201)],
                    notes=[f"a note {EVIL}"],
                ),
                Shown("task b", "chatbot", refusals=[f"content is not a card {EVIL}"]),
            ],
            missing=[f"task c {EVIL}"],
        )
    ]


def test_the_terminal_obeys_nothing() -> None:
    """Nothing of a message, or of a DAG file, is a command to the terminal."""
    said = "\n".join(report(sample(), no_paint, width=80, requests=True))
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "refused: content is not a card" in said
    assert APPROXIMATE in said


def test_requests_are_shown_on_demand() -> None:
    """The body of a request is shown if it is asked for, its address always."""
    for requests in (True, False):
        said = "\n".join(report(sample(), no_paint, width=0, requests=requests))
        assert "POST https://api.zoom.us/" in said
        assert ('"message": ' in said) is requests


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_the_page_runs_and_loads_nothing() -> None:
    """Nothing that was handed over becomes HTML, and the page has no script and no source."""
    document = page(sample())
    elements = _Elements()
    elements.feed(document)
    assert elements.tags.isdisjoint({"script", "iframe", "img", "link", "object"})
    assert not any(name.startswith("on") for name in elements.attributes)
    assert "default-src 'none'" in document
    assert "&lt;script&gt;" in document
    assert "\x1b" not in document
    assert APPROXIMATE.replace("'", "&#39;") in document
    for words in ("Refused: content is not a card", "12 of 4,096"):
        assert words in document
