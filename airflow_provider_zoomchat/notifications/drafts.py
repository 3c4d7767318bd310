"""An alert on its way from a context to one of Zoom's doors. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..zoom import plain
from ..zoom.arguments import card
from ..zoom.cards import formats as card_formats
from ..zoom.contacts import read_mentions
from ..zoom.errors import ConfigError
from ..zoom.text import Text, filling
from ..zoom.text.slots import Slots
from .alert import Alert, Post, fill
from .alerts import READY_MADE
from .event import Event

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

    def without_authors(self, error: object) -> Draft:
        """Return the ready-made alert, with a line that says what is wrong with the author's."""
        said = f"The author's own text for this alert failed: {error}"
        return replace(self, message=None, content=None).noting(said)


def draft_for(
    event: Event,
    alerts: Sequence[Alert],
    given: Mapping[str, Any],
    failed: Mapping[str, str],
    slots: Slots,
    mask: plain.Mask,
    *,
    in_markdown: bool = False,
    in_zooms_markdown: bool = False,
) -> Draft:
    """Return the draft for an event.

    :param alerts: the author's own ready-made alerts.
    :param given: the author's arguments, rendered.
    :param failed: the arguments that could not be rendered, each with its error.
    :param slots: what the filters gave with which they were rendered.
    :param mask: replaces secrets.
    :param in_markdown: the author's message is markdown.
    :param in_zooms_markdown: it, or all of the author's card, is Zoom's own markdown.
    """
    own = {alert.event: alert for alert in alerts}
    arguments = dict(given)
    message, content = arguments.pop("message", None), arguments.pop("content", None)
    draft = Draft(
        fill(own.get(event.name, READY_MADE[event.name]), event),
        zoom_conn_id=arguments.pop("zoom_conn_id"),
        mentions=tuple(map(mask, read_mentions(arguments.pop("mention", None)))),
        arguments=arguments,
    )

    def clean(words: str) -> str:
        return plain.fit(words, _MOST_OF_MESSAGE, mask)

    def clean_source(words: str) -> str:
        return plain.fit(words, _MOST_OF_MESSAGE, mask, has_links=True)

    def read(message: object) -> Text:
        if isinstance(message, Text):
            return message.each(clean)
        return filling.message(
            str(message),
            slots,
            in_markdown=in_markdown,
            in_zooms_markdown=in_zooms_markdown,
            clean=clean_source if in_markdown or in_zooms_markdown else clean,
        )

    try:
        if content not in (None, ""):
            filled = filling.card(
                card(content), slots, in_zooms_markdown=in_zooms_markdown, clean=clean_source
            )
            filled = _card_without_secrets(card_formats.read(filled), mask)
            draft = replace(draft, content=filled)
        elif message is not None:
            text = _without_secrets(read(message), mask)
            if not text:
                raise ConfigError("message is empty.")
            draft = replace(draft, message=text)
    except RecursionError:
        draft = draft.without_authors("content is nested too deeply for a card.")
    except ConfigError as error:
        draft = draft.without_authors(error)
    for name, why in failed.items():
        if name in ("message", "content"):
            draft = draft.without_authors(f"{name}: {why}")
        else:
            draft = draft.noting(f"This alert goes without its {name}, which failed: {why}")
    return draft


def _without_secrets(text: Text, mask: plain.Mask) -> Text:
    """Return a text, in plain words if formats have hidden a secret in it, or in an address."""
    if mask(text.message) != text.message:
        return Text(mask(text.message))
    return Text(text.message, tuple(span for span in text.spans if mask(span.attr) == span.attr))


def _card_without_secrets(part: Any, mask: plain.Mask) -> Any:
    if isinstance(part, Text):
        return _without_secrets(part, mask)
    if isinstance(part, Mapping):
        return {key: _card_without_secrets(value, mask) for key, value in part.items()}
    if isinstance(part, list):
        return [_card_without_secrets(inner, mask) for inner in part]
    return part
