"""Alerts as Zoom shows them: a text with formats for users, a card for bots and webhooks. Pure.

Text that came from data stands in a card only where Zoom does not read its markdown, so that there
is nothing to escape and ids keep their underscores; links and mentions stand in blocks of their own
that do have markdown. (Markdown and `style` must not meet in one block.)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from ..zoom import plain, text
from ..zoom.arguments import MAX_CARD_TEXT
from ..zoom.cards import formats as card_formats
from ..zoom.cards import values
from ..zoom.contacts import is_person
from ..zoom.text import Text, join, styled, zoom_markdown
from .alert import Post
from .drafts import Draft

#: Characters of one link word, head or label: a card's parts are not documented to be bounded, but
#: nobody reads more.
MOST_OF_LINE = 300

Card = dict[str, Any]


def as_text(
    post: Post,
    label: str | None = None,
    mentions: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> Text:
    """Return an alert as a user's message.

    ::

        [staging] sales_daily / load_orders failed
        @ann@example.com
        ValueError: column "qty" missing
        Run: 2026-11-20 06:00 UTC, scheduled · Try: 2 of 2 · Took: 3 min 10 s
        Open log · Open run

    :param label: the connection's.
    :param mentions: e-mail addresses or member ids, or "all".
    :param notes: lines about the alert itself.
    """
    head = styled(_line(labelled(post.head, label)), Bold="", FontColor=post.color.lstrip("#"))
    fields = (
        styled(f"{_line(name)}:", Bold="") + Text(f" {_line(value)}") for name, value in post.fields
    )
    links = (
        text.link(_line(words), url) if url else Text(_line(words)) for words, url in post.links
    )
    return join(
        "\n",
        [
            head,
            mentioned(mentions),
            _quote(post.quote),
            join(" · ", fields),
            join(" · ", links),
            *noted(notes),
        ],
    )


def as_card(
    post: Post,
    label: str | None = None,
    mentions: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> Card:
    """Return an alert as a card.

    :param mentions: each as Zoom's markdown, or as a plain text that was escaped.
    """
    body: list[Card] = []
    if mentions:
        body.append(markdown_block(" ".join(mentions)))
    if isinstance(post.quote, Text):
        body.append(markdown_block(_written(post.quote)))
    elif post.quote:
        body.append(italic_block(plain.harmless(post.quote).strip()))
    if post.fields:
        items = [
            {"key": _line(name), "value": _line(value) or " ", "short": len(value) < 40}
            for name, value in post.fields
        ]
        body.append({"type": "fields", "items": items})
    if post.links:
        links = (
            zoom_markdown.link(_line(words), url) if url else zoom_markdown.escape(_line(words))
            for words, url in post.links
        )
        body.append(markdown_block(" · ".join(links)))
    body += note_blocks(notes)
    head = {"text": _line(labelled(post.head, label)), "style": {"bold": True}}
    return {"settings": {"default_sidebar_color": post.color}, "head": head, "body": body}


def _quote(quote: str | Text) -> Text:
    """Return what is set apart; Zoom lets a quote reach over whole lines, without other formats."""
    if isinstance(quote, Text):
        return quote
    return styled(plain.harmless(quote).strip(), Quote="")


def _written(quote: Text) -> str:
    """Return a quote in Zoom's markdown: longer than its words, and not cut through its marks."""
    limit = len(quote.message)
    while len(written := zoom_markdown.write(quote.cut(limit), {})) > MAX_CARD_TEXT * 3 // 4:
        limit = limit * 3 // 4
    return written


def authors_text(draft: Draft, label: str | None = None) -> Text:
    """Return the author's own message as a user's message."""
    words = labelled("", label) + (draft.message or Text(""))
    return join("\n", [words, mentioned(draft.mentions), *noted(draft.notes)])


def authors_card(
    draft: Draft,
    label: str | None = None,
    mentions: Sequence[str] = (),
    in_markdown: bool | None = None,
    people: Mapping[str, tuple[str, str]] = MappingProxyType({}),
) -> Card:
    """Return the author's own message or card as a card, with label and mentions added.

    :param in_markdown: whether the author writes Zoom's own markdown.
    :param people: the JID and the name of whom the author mentions.
    """
    called = [markdown_block(" ".join(mentions))] if mentions else []
    notes = note_blocks(draft.notes)
    if draft.content is None:
        front = labelled("", label)
        words = (zoom_markdown.escape(front) if in_markdown else front) + (
            draft.message or Text("")
        )
        limit = MAX_CARD_TEXT - 500
        while True:
            block = {"type": "message", "text": words.cut(limit)}
            written: Card = card_formats.write(block, people, bool(in_markdown))
            # Written it is longer, and what is cut then is cut through the middle of marks.
            if len(written["text"]) <= MAX_CARD_TEXT - 500 or limit < 100:
                break
            limit = limit * 3 // 4
        return {"body": [written, *called, *notes]}
    card: Card = card_formats.write(draft.content, people, bool(in_markdown))
    head = card.get("head")
    if label and isinstance(head, dict) and isinstance(head.get("text"), str):
        head["text"] = labelled(head["text"], label)
    elif label and not head:
        card["head"] = {"text": f"[{plain.one_line(label)}]"}
    if called or notes:
        card["body"] = [*called, *(card.get("body") or []), *notes]
    return card


def plain_card(post: Post, label: str | None = None, notes: Sequence[str] = ()) -> Card:
    """Return an alert as a card of nothing but a head and a text."""
    words = as_text(post, label, (), notes).message
    head, _, rest = words.partition("\n")
    links = "\n".join(f"{words}: {url}" for words, url in post.links if url)
    parts = [part for part in (rest, links) if part]
    return {
        "head": {"text": head},
        "body": [{"type": "message", "text": "\n".join(parts) or head}],
    }


def labelled(words: str, label: str | None) -> str:
    """Return a text with the connection's label in front."""
    return f"[{plain.one_line(label)}] {words}" if label else words


def mentioned(contacts: Iterable[str]) -> Text:
    """Return mentions one behind the other; who is nobody that Zoom could know is a plain text."""
    return join(
        " ",
        (
            text.mention(contact) if contact == "all" or is_person(contact) else Text(f"@{contact}")
            for contact in contacts
        ),
    )


def noted(notes: Iterable[str]) -> Iterable[Text]:
    """Yield the lines about the alert itself."""
    yield from (styled(_line(note), Italic="") for note in notes)


def note_blocks(notes: Iterable[str]) -> list[Card]:
    """Return the lines about the alert itself, as blocks of a card."""
    return [italic_block(_line(note)) for note in notes]


def italic_block(text: str) -> Card:
    """Return a block of a card that is set apart from the others."""
    return {"type": "message", "text": text, "style": {"italic": True}}


def markdown_block(text: str) -> Card:
    """Return a block of a card in which Zoom reads its markdown."""
    return {"type": "message", "text": text, "is_markdown_support": True}


def cut_card(card: Card, limit: int = MAX_CARD_TEXT) -> Card:
    """Return a card with at most so many characters of text: the longest texts are cut first.

    Texts with links and mentions are left whole, unless nobody would read one that long.
    """
    while True:
        texts = [(part, key, part[key]) for part, key in values.texts(card)]
        excess = sum(len(text) for _, _, text in texts) - limit
        parts = [
            entry
            for entry in texts
            if len(entry[2]) > limit // 2 or not re.search(r"<[^>]*\|", entry[2])
        ]
        if excess <= 0 or not parts:
            return card
        holder, key, text = max(parts, key=lambda entry: len(entry[2]))
        shorter = plain.cut(text, max(len(text) - excess, len(text) // 2, 1))
        if len(shorter) >= len(text):
            return card
        holder[key] = shorter


def _line(text: str) -> str:
    return plain.cut(plain.one_line(text), MOST_OF_LINE)
