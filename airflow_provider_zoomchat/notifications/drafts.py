"""An alert on its way from a context to one of Zoom's doors. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..zoom import plain
from ..zoom.arguments import card
from ..zoom.cards import prepare, walk
from ..zoom.contacts import read_mentions
from ..zoom.errors import ConfigError, RejectedError
from ..zoom.text import Text
from ..zoom.text.template_filters import FilterResults
from .alert import Alert, Post, Render, fill
from .alerts import READY_MADE
from .event import NOBODY, Event

#: Arguments that name a thread, a place, and who sends.
_THREADS = ("reply_main_message_id", "reply_to")
_TARGETS = ("to_channel", "to_contact", "to_jid")
_SENDERS = ("user_id", "user_jid")

#: Zoom's codes for a thread whose first message is gone, or is a reply itself; and for a channel or
#: a contact that is gone, archived, encrypted or closed to the sender.
_THREAD_IS_GONE = (4131, 5401, 5402, 8001)
_PLACE_IS_GONE = (200, 1001, 4130, 5301, 5418, 5419, 5420, 5421, 7004)

#: Characters of a message beyond which its middle is not even looked at; what is sent is shorter.
_MOST_OF_MESSAGE = 20_000

#: Characters of an error that an alert shows of its own template.
_MOST_OF_NOTE = 300


@dataclass(frozen=True)
class Draft:
    """An alert before it is known where it goes.

    :param ready_made: the alert for the event: sent if the author gives no other, or a wrong one.
    :param message: the author's message instead.
    :param content: the author's card instead; its texts may have formats.
    :param mentions: whom to call.
    :param notes: lines about the alert itself, such as a template's error.
    :param arguments: where it goes and the like, under the hook's names.
    """

    ready_made: Post
    zoom_conn_id: str
    message: Text | None = None
    content: dict[str, Any] | None = None
    mentions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_ready_made(self) -> bool:
        """Tell whether the author has given no alert."""
        return self.message is None and self.content is None

    def noting(self, note: str) -> Draft:
        """Return the same alert with a line about it."""
        note = plain.cut(plain.one_line(note), _MOST_OF_NOTE)
        return replace(self, notes=(*self.notes, note))

    def noting_once(self, note: str) -> Draft:
        """Return the same alert with a line about it, unless it has that line already."""
        return self if note in self.notes else self.noting(note)

    def nearer(self, error: RejectedError, channel: str | None) -> Draft | None:
        """Return what to send instead where Zoom refused the target; None if nothing is better.

        Where the thread is gone, the same place without it. Where the place is gone, the
        connection's channel with the head and the links alone: what was meant for few is not shown
        to many.

        Codes from https://developers.zoom.us/docs/api/team-chat/ and .../chatbot/.

        :param channel: the connection's.
        """
        given = {name: value for name, value in self.arguments.items() if value}
        threads = [name for name in _THREADS if name in given]
        if threads and (error.code in _THREAD_IS_GONE or _says_message_is_gone(error)):
            kept = {name: value for name, value in given.items() if name not in threads}
            note = f"It was meant for a thread that is gone ({_said(error)})."
            return replace(self, arguments=kept).noting(note)
        targets = [name for name in _TARGETS if name in given]
        same = channel is None or all(given[name] == channel for name in targets)
        if same or not targets or error.code not in _PLACE_IS_GONE:
            return None
        kept = {name: value for name, value in given.items() if name in _SENDERS}
        note = f"It was meant for {given[targets[0]]!r}, which is refused ({_said(error)})."
        head = replace(self.ready_made, fields=(), quote="")
        return replace(
            self, ready_made=head, message=None, content=None, mentions=(), arguments=kept
        ).noting(note)

    def without_authors(self, error: object) -> Draft:
        """Return the ready-made alert, with a line that says what is wrong with the author's."""
        said = f"The author's own text for this alert failed: {error}"
        return replace(self, message=None, content=None).noting(said)


def draft_for(
    event: Event,
    alerts: Sequence[Alert],
    given: Mapping[str, Any],
    failed: Mapping[str, str],
    results: FilterResults,
    mask: plain.Mask,
    *,
    render: Render | None = None,
    nobody: str = NOBODY,
    commonmark: bool = False,
    zoom_markdown: bool = False,
) -> Draft:
    """Return the draft for an event.

    :param alerts: the author's own ready-made alerts.
    :param given: the author's arguments, rendered.
    :param failed: the arguments that could not be rendered, each with its error.
    :param results: of the filters with which they were rendered.
    :param mask: replaces secrets.
    :param render: renders a template that stands in an alert.
    :param nobody: the owner of tasks that name none, who is not mentioned.
    :param commonmark: the author's message is CommonMark.
    :param zoom_markdown: it, or all of the author's card, is Zoom's own markdown.
    """
    own = {alert.event: alert for alert in alerts}
    arguments = dict(given)
    message, content = arguments.pop("message", None), arguments.pop("content", None)
    notes: list[str] = []
    ready_made = fill(
        own.get(event.name, READY_MADE[event.name]), event, render=render, mask=mask, notes=notes
    )
    mentions = read_mentions(arguments.pop("mention", None))
    draft = Draft(
        ready_made,
        zoom_conn_id=arguments.pop("zoom_conn_id"),
        mentions=tuple(mask(name) for name in mentions if name not in (nobody, NOBODY)),
        arguments=arguments,
    )
    for note in notes:
        draft = draft.noting(note)

    def clean(words: str) -> str:
        return plain.fit(words, _MOST_OF_MESSAGE, mask)

    def clean_source(words: str) -> str:
        return plain.fit(words, _MOST_OF_MESSAGE, mask, has_links=True)

    def read(message: object) -> Text:
        if isinstance(message, Text):
            return message.each(clean)
        return results.message(
            str(message),
            commonmark=commonmark,
            zoom_markdown=zoom_markdown,
            clean=clean_source if commonmark or zoom_markdown else clean,
        )

    try:
        if content not in (None, ""):
            filled = prepare.read(
                card(content), results, zoom_markdown=zoom_markdown, clean=clean_source
            )
            draft = replace(draft, content=_card_without_secrets(filled, mask))
        elif message is not None:
            text = _without_secrets(read(message), mask)
            if not text:
                raise ConfigError("message is empty.")
            draft = replace(draft, message=text)
    except ConfigError as error:
        draft = draft.without_authors(error)
    for name, why in failed.items():
        if name in ("message", "content"):
            draft = draft.without_authors(f"{name}: {why}")
        else:
            draft = draft.noting(f"This alert goes without its {name}, which failed: {why}")
    return draft


def _says_message_is_gone(error: RejectedError) -> bool:
    # 300 is said of much else.
    return error.code == 300 and "does not exist" in str(error)


def _said(error: RejectedError) -> str:
    return f"HTTP {error.status}" + ("" if error.code is None else f", code {error.code}")


def _without_secrets(text: Text, mask: plain.Mask) -> Text:
    """Return a text, in plain words if formats have hidden a secret in it, or in an address."""
    if mask(text.message) != text.message:
        return Text(mask(text.message))
    return Text(text.message, tuple(span for span in text.spans if mask(span.attr) == span.attr))


def _card_without_secrets(card: Any, mask: plain.Mask) -> Any:
    return walk.rebuild(
        card, lambda text, *_: _without_secrets(text, mask) if isinstance(text, Text) else text
    )
