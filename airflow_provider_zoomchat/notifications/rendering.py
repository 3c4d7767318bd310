"""From an event to a message: the author's texts or a ready-made alert, as text or as card. Pure.

Text that came from data stands in a card only where Zoom does not read its markdown, so that there
is nothing to escape and ids keep their underscores; links and mentions stand in blocks of their own
that do have markdown. (Markdown and `style` must not meet in one block.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from ..hooks.app_types import SENDERS, TARGETS, THREADS
from ..zoom import cards, sanitize, text, validation
from ..zoom.addresses import is_person
from ..zoom.cards import prepare
from ..zoom.cards.as_text import as_formatted
from ..zoom.cards.builders import Card
from ..zoom.error_codes import TARGET_GONE
from ..zoom.errors import ConfigError, RejectedError, UnknownChannelError
from ..zoom.responses import is_thread_gone
from ..zoom.text import Text, concat, join, styled
from ..zoom.text.templating import FilterResults
from .alerts import READY_MADE, FilledAlert, Templates, fill
from .event import Event

if TYPE_CHECKING:
    from .templating import TemplatedNotifier

#: Zoom's no to a message, or ours to the name of its channel.
Refusal: TypeAlias = RejectedError | UnknownChannelError

#: Characters of a message beyond which its middle is not even looked at; what is sent is shorter.
_MAX_MESSAGE = 20_000

#: Characters of an error that an alert shows of its own template.
_MAX_NOTE = 300

#: Characters of one link word, head or label: a card's parts are not documented to be bounded, but
#: nobody reads more.
_MAX_LINE = 300

_UNKNOWN = Event("unknown")


@dataclass(frozen=True)
class Draft:
    """An alert before it is known where it goes.

    :param ready_made: the alert for the event: sent if the author gives no other, or a wrong one.
    :param event: what it tells of.
    :param message: the author's message instead.
    :param content: the author's card instead, or as a user below it; its texts may have formats.
    :param mentions: whom to mention.
    :param notes: lines about the alert itself, such as a template's error.
    :param arguments: where it goes and the like, under the hook's names.
    :param is_reduced: whether it goes elsewhere than it was meant for, and says less for that.
    """

    ready_made: FilledAlert
    zoom_conn_id: str
    event: Event = _UNKNOWN
    message: Text | None = None
    content: dict[str, Any] | None = None
    mentions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)
    is_reduced: bool = False

    @property
    def is_ready_made(self) -> bool:
        """Tell whether the author has given no alert."""
        return self.message is None and self.content is None

    def with_note(self, note: str) -> Draft:
        """Return the same alert with a line about it, which it has once."""
        note = sanitize.cut(sanitize.one_line(note), _MAX_NOTE)
        return self if note in self.notes else replace(self, notes=(*self.notes, note))

    def without_authors_text(self, error: object) -> Draft:
        """Return the ready-made alert, with a line that says what is wrong with the author's."""
        note = f"The author's own text for this alert failed: {error}"
        return replace(self, message=None, content=None).with_note(note)

    def for_edit(self) -> Draft:
        """Return what an edit puts in its place: the ready-made alert, which calls nobody again."""
        return replace(self, message=None, content=None, mentions=())

    def fallback(self, error: Refusal, channel: str | None) -> Draft | None:
        """Return what to send instead where Zoom refused the target; None if nothing is better.

        Where the thread is gone, the same target without it. Where the target is gone, the
        connection's channel with the head and the links alone: what was meant for few is not shown
        to many.

        :param channel: the connection's.
        """
        if isinstance(error, UnknownChannelError):  # a name that leads nowhere
            why, has_thread, has_target = "its name cannot be looked up", True, False
        else:
            why = f"HTTP {error.status}" + ("" if error.code is None else f", code {error.code}")
            has_thread, has_target = not is_thread_gone(error), error.code not in TARGET_GONE
        arguments = {name: value for name, value in self.arguments.items() if value}
        threads = [name for name in THREADS if name in arguments]
        if threads and not has_thread:
            kept = {name: value for name, value in arguments.items() if name not in threads}
            note = f"It was meant for a thread that is gone ({why})."
            return replace(self, arguments=kept).with_note(note)
        targets = [name for name in TARGETS if name in arguments]
        same = channel is None or all(arguments[name] == channel for name in targets)
        if same or not targets or has_target:
            return None
        kept = {name: value for name, value in arguments.items() if name in SENDERS}
        head = replace(self.ready_made, fields=(), quote="")
        reduced = replace(self.for_edit(), ready_made=head, arguments=kept, is_reduced=True)
        return reduced.with_note(
            f"It was meant for {arguments[targets[0]]!r}, which is refused ({why})."
        )


def draft_for(
    event: Event,
    notifier: TemplatedNotifier,
    arguments: Mapping[str, Any],
    failed: Mapping[str, str],
    results: FilterResults,
    mask: sanitize.Mask,
    templates: Templates | None = None,
) -> Draft:
    """Return the draft for an event.

    :param notifier: has the author's own ready-made alerts, and knows how to read the message.
    :param arguments: the author's arguments, rendered; `mention` as `read_mentions` returns it.
    :param failed: the arguments that could not be rendered, each with its error.
    :param results: of the filters with which they were rendered.
    :param mask: replaces secrets.
    :param templates: renders those that stand in an alert.
    """
    own = {alert.event: alert for alert in notifier.alerts}
    commonmark, zoom_markdown = notifier.markdown, notifier.zoom_markdown is True
    others = dict(arguments)
    message, content = others.pop("message", None), others.pop("content", None)
    notes: list[str] = []
    alert = own.get(event.name, READY_MADE[event.name])
    ready_made = fill(alert, event, templates=templates, mask=mask, notes=notes)
    draft = Draft(
        ready_made,
        zoom_conn_id=others.pop("zoom_conn_id"),
        event=event,
        mentions=tuple(map(mask, others.pop("mention", ()))),
        arguments=others,
    )
    for note in notes:
        draft = draft.with_note(note)
    clean = partial(sanitize.fit, limit=_MAX_MESSAGE, mask=mask)
    clean_source = partial(clean, has_links=True)
    try:
        if content not in (None, ""):
            card = prepare.read_card(
                validation.card(content), results, zoom_markdown=zoom_markdown, clean=clean_source
            )
            card = prepare.rebuild(card, lambda text, *_: _without_secrets(text, mask), kinds=Text)
            draft = replace(draft, content=card)
        if message is not None:
            words = (
                message.each(clean)
                if isinstance(message, Text)
                else results.message(
                    str(message),
                    commonmark=commonmark,
                    zoom_markdown=zoom_markdown,
                    clean=clean_source if commonmark or zoom_markdown else clean,
                )
            )
            draft = replace(draft, message=_without_secrets(words, mask))
            if not draft.message:
                raise ConfigError("message is empty.")
    except ConfigError as error:
        draft = draft.without_authors_text(error)
    for name, why in failed.items():
        if name in ("message", "content"):
            draft = draft.without_authors_text(f"{name}: {why}")
        else:
            draft = draft.with_note(f"This alert goes without its {name}, which failed: {why}")
    return draft


def _without_secrets(text: Text, mask: sanitize.Mask) -> Text:
    """Return a text, in plain words if formats have hidden a secret in it, or in an address."""
    if mask(text.message) != text.message:
        return Text(mask(text.message))
    return Text(text.message, tuple(span for span in text.spans if mask(span.attr) == span.attr))


def as_text(draft: Draft, label: str | None = None) -> Text:
    """Return an alert as a user's message, a card of the author's as its words.

    ::

        [staging] sales_daily / load_orders failed
        @ann@example.com
        ValueError: column "qty" missing
        Run: 2026-11-20 06:00 UTC, scheduled · Try: 2 of 2 · Took: 3 min 10 s
        Open log · Open run

    :param label: the connection's.
    """
    mentions = mentions_text(draft.mentions)
    notes = [styled(_line(note), Italic="") for note in draft.notes]
    if not draft.is_ready_made:
        own = join("\n", [draft.message or Text(""), as_formatted(draft.content)])
        return join("\n", [_labelled(label) + own, mentions, *notes])
    alert = draft.ready_made
    head, color = _line(_labelled(label) + alert.head), alert.color.lstrip("#")
    quote = alert.quote
    if isinstance(quote, str):
        # Zoom lets a quote reach over whole lines, without other formats.
        quote = styled(sanitize.harmless(quote).strip(), Quote="")
    fields = [
        concat([styled(f"{_line(name)}:", Bold=""), f" {_line(value)}"])
        for name, value in alert.fields
    ]
    return join(
        "\n",
        [
            styled(head, Bold="", FontColor=color),
            mentions,
            quote,
            join(" · ", fields),
            _links(alert),
            *notes,
        ],
    )


def as_card(draft: Draft, label: str | None = None) -> Card:
    """Return an alert as a card, whose texts may have formats; see `cards.prepare`.

    To a card of the author's, label and mentions are added.
    """
    alert, content, front = draft.ready_made, draft.content, _labelled(label)
    # A JID may have a name behind a `|`.
    called = join(" ", (text.mention(who, who.partition("|")[2]) for who in draft.mentions))
    notes = [cards.message(_line(note), style=cards.style(italic=True)) for note in draft.notes]
    if draft.is_ready_made:
        quote: Any = alert.quote
        if isinstance(quote, str) and quote:
            quote = cards.message(sanitize.harmless(quote).strip(), style=cards.style(italic=True))
        items = [
            cards.field(_line(name), _line(value) or " ", short=len(value) < 40)
            for name, value in alert.fields
        ]
        return cards.card(
            _line(front + alert.head),
            called or None,
            quote or None,
            cards.fields(*items) if items else None,
            _links(alert) or None,
            notes,
            style=cards.style(bold=True),
            color=alert.color,
        )
    if content is None:
        return cards.card(None, front + (draft.message or Text("")), called or None, notes)
    own = dict(content)
    head = own.get("head")
    if label and isinstance(head, Mapping) and isinstance(head.get("text"), (str, Text)):
        own["head"] = {**head, "text": front + head["text"]}
    elif label and not head:
        own["head"] = {"text": front.strip()}
    if called or notes:
        above = [cards.message(called)] if called else []
        own["body"] = [*above, *(own.get("body") or []), *notes]
    return own


def as_plain_card(draft: Draft, label: str | None = None) -> Card:
    """Return a ready-made alert as a card of nothing but a head and a text."""
    head, _, rest = as_plain_text(draft, label).partition("\n")
    return cards.card(head, rest or head)


def as_plain_text(draft: Draft, label: str | None = None) -> str:
    """Return a ready-made alert in words alone, its addresses written out, as an edit takes it."""
    alert = draft.ready_made
    words = as_text(replace(draft.for_edit(), ready_made=replace(alert, links=())), label).message
    return "\n".join([words, *(f"{words}: {url}" for words, url in alert.links if url)])


def mentions_text(contacts: Iterable[str]) -> Text:
    """Return mentions one behind the other; what cannot be a contact is plain text."""
    return join(
        " ",
        (
            text.mention(contact) if contact == "all" or is_person(contact) else Text(f"@{contact}")
            for contact in contacts
        ),
    )


def _links(alert: FilledAlert) -> Text:
    return join(
        " · ",
        (text.link(_line(words), url) if url else Text(_line(words)) for words, url in alert.links),
    )


def _labelled(label: str | None) -> str:
    """Return what stands in front of an alert of a connection with a label."""
    return f"[{sanitize.one_line(label)}] " if label else ""


def _line(text: str) -> str:
    return sanitize.cut(sanitize.one_line(text), _MAX_LINE)
