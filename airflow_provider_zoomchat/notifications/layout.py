"""Alerts as Zoom shows them: a text with formats for users, a card for bots and webhooks. Pure.

Text that came from data stands in a card only where Zoom does not read its markdown, so that there
is nothing to escape and ids keep their underscores; links and mentions stand in blocks of their own
that do have markdown. (Markdown and `style` must not meet in one block.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..zoom import plain, text
from ..zoom.cards import card, field, fields, message, style
from ..zoom.contacts import is_person
from ..zoom.text import Text, join, styled
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
    facts = (
        styled(f"{_line(name)}:", Bold="") + Text(f" {_line(value)}") for name, value in post.fields
    )
    return join(
        "\n",
        [
            head,
            mentioned(mentions),
            _quote(post.quote),
            join(" · ", facts),
            join(" · ", _links(post)),
            *noted(notes),
        ],
    )


def as_card(
    post: Post,
    label: str | None = None,
    mentions: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> Card:
    """Return an alert as a card, whose texts may have formats; see `cards.prepare`.

    :param mentions: whom to mention, as the author has given it.
    """
    quote: Any = post.quote
    if isinstance(quote, str) and quote:
        quote = message(plain.harmless(quote).strip(), style=style(italic=True))
    items = [
        field(_line(name), _line(value) or " ", short=len(value) < 40)
        for name, value in post.fields
    ]
    links = join(" · ", _links(post))
    return card(
        _line(labelled(post.head, label)),
        _mention_block(mentions),
        quote or None,
        fields(*items) if items else None,
        links or None,
        _note_blocks(notes),
        style=style(bold=True),
        color=post.color,
    )


def _quote(quote: str | Text) -> Text:
    """Return what is set apart; Zoom lets a quote reach over whole lines, without other formats."""
    if isinstance(quote, Text):
        return quote
    return styled(plain.harmless(quote).strip(), Quote="")


def _links(post: Post) -> Iterable[Text]:
    for words, url in post.links:
        yield text.link(_line(words), url) if url else Text(_line(words))


def authors_text(draft: Draft, label: str | None = None) -> Text:
    """Return the author's own message as a user's message."""
    words = labelled("", label) + (draft.message or Text(""))
    return join("\n", [words, mentioned(draft.mentions), *noted(draft.notes)])


def authors_card(draft: Draft, label: str | None = None) -> Card:
    """Return the author's own message or card as a card, with label and mentions added."""
    called, notes = _mention_block(draft.mentions), _note_blocks(draft.notes)
    if draft.content is None:
        return card(None, labelled("", label) + (draft.message or Text("")), called, notes)
    found = dict(draft.content)
    head = found.get("head")
    if label and isinstance(head, Mapping) and isinstance(head.get("text"), (str, Text)):
        found["head"] = {**head, "text": labelled("", label) + head["text"]}
    elif label and not head:
        found["head"] = {"text": labelled("", label).strip()}
    added = [called] if called else []
    if added or notes:
        found["body"] = [*added, *(found.get("body") or []), *notes]
    return found


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


def _mention_block(contacts: Sequence[str]) -> Card | None:
    """Return a block that mentions people; a JID may have a name behind a ``|``."""
    mentions = (text.mention(contact, contact.partition("|")[2]) for contact in contacts)
    return message(join(" ", mentions)) if contacts else None


def _note_blocks(notes: Iterable[str]) -> list[Card]:
    return [message(_line(note), style=style(italic=True)) for note in notes]


def _line(text: str) -> str:
    return plain.cut(plain.one_line(text), MOST_OF_LINE)
