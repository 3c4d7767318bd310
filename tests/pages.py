"""The README and the pages of `docs`, as tests read them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

from conftest import ROOT
from markdown_it import MarkdownIt
from markdown_it.token import Token

DOCS = ROOT / "docs"
README = ROOT / "README.md"

#: The repository, below which the addresses of its files stand.
REPOSITORY = "https://github.com/airflow-provider-zoomchat/airflow-provider-zoomchat"


@dataclass
class Block:
    """A block of code.

    :param since: the oldest Airflow that it is for, if the text above it names one.
    """

    page: str
    number: int
    language: str
    text: str
    since: tuple[int, int] = (0, 0)

    @property
    def id(self) -> str:
        """How a test calls it."""
        return f"{self.page}-{self.number}"


@dataclass
class Page:
    """A page, taken apart.

    :param links: addresses of links and pictures.
    :param tables: the cells of each table's rows, its head first, by the heading above it.
    :param inline: the pieces of code in lines of text.
    """

    blocks: list[Block] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    tables: list[tuple[str, list[list[str]]]] = field(default_factory=list)
    inline: list[str] = field(default_factory=list)


def all_pages() -> list[Path]:
    """Return the README and all pages."""
    return [README, *sorted(DOCS.rglob("*.md"))]


def name_of(path: Path) -> str:
    """Return how a test calls a page."""
    return path.relative_to(DOCS if DOCS in path.parents else ROOT).as_posix()


def blocks(language: str) -> list[Block]:
    """Return the blocks of all pages in one language."""
    return [
        block for path in all_pages() for block in page(path).blocks if block.language == language
    ]


@cache
def page(path: Path) -> Page:
    """Return what is on a page."""
    found = Page()
    heading, above = "", ""
    tokens = MarkdownIt("commonmark").enable("table").parse(path.read_text("utf-8"))
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            heading, above = _words(tokens[place + 1]), ""
            found.anchors.add(_slug(heading))
        elif token.type == "fence":
            version = re.search(r"Airflow (\d+)\.(\d+) (?:or|and) newer", above)
            since = (int(version[1]), int(version[2])) if version else (0, 0)
            block = Block(name_of(path), len(found.blocks), token.info, token.content, since)
            found.blocks.append(block)
        elif token.type == "table_open":
            found.tables.append((heading, []))
        elif token.type == "tr_open":
            found.tables[-1][1].append([])
        elif token.type == "inline":
            above += _words(token)
            if tokens[place - 1].type in ("th_open", "td_open"):
                found.tables[-1][1][-1].append(token.content)
            found.links += _links(token)
            found.inline += [
                one.content for one in token.children or () if one.type == "code_inline"
            ]
        elif token.type == "html_block":
            found.links += _sources(token.content)
    return found


def _words(token: Token) -> str:
    shown = ("text", "code_inline", "softbreak")
    return "".join(one.content or " " for one in token.children or () if one.type in shown)


def _links(token: Token) -> Iterator[str]:
    for one in token.children or ():
        address = one.attrs.get("href") or one.attrs.get("src")
        if address:
            yield str(address)
        elif one.type == "html_inline":
            yield from _sources(one.content)


def _sources(html: str) -> list[str]:
    """Return the addresses of the pictures in HTML."""
    found: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.extend(value for name, value in attrs if name in ("src", "href") and value)

    Reader().feed(html)
    return found


def _slug(heading: str) -> str:
    """Return the anchor that GitHub gives a heading, and the site too."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
