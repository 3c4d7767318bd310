"""An alert on its way from a context to one of Zoom's doors. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..zoom import plain
from ..zoom.arguments import card
from ..zoom.errors import ConfigError
from . import templates
from .alert import Alert, Post, fill
from .alerts import READY_MADE
from .event import Event
from .mentions import read_mentions
from .templates import Marks, Piece

#: Characters of an error that an alert shows of its own template.
_MOST_OF_NOTE = 300


@dataclass(frozen=True)
class Draft:
    """An alert before it is known where it goes.

    :param ready_made: the alert for the event: sent if the author gives no other, or a wrong one.
    :param message: the author's message instead.
    :param content: the author's card instead.
    :param mentions: whom to call.
    :param notes: lines about the alert itself, such as a template's error.
    :param arguments: where it goes and the like, under the hook's names.
    """

    ready_made: Post
    zoom_conn_id: str
    message: tuple[Piece, ...] = ()
    content: dict[str, Any] | None = None
    mentions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_ready_made(self) -> bool:
        """Tell whether the author has given no alert."""
        return not self.message and self.content is None

    def noting(self, note: str) -> Draft:
        """Return the same alert with a line about it."""
        note = plain.cut(plain.one_line(note), _MOST_OF_NOTE)
        return replace(self, notes=(*self.notes, note))

    def without_authors(self, error: object) -> Draft:
        """Return the ready-made alert, with a line that says what is wrong with the author's."""
        said = f"The author's own text for this alert failed: {error}"
        return replace(self, message=(), content=None).noting(said)


def draft_for(
    event: Event,
    alerts: Sequence[Alert],
    given: Mapping[str, Any],
    failed: Mapping[str, str],
    marks: Marks,
    mask: plain.Mask,
) -> Draft:
    """Return the draft for an event.

    :param alerts: the author's own ready-made alerts.
    :param given: the author's arguments, rendered.
    :param failed: the arguments that could not be rendered, each with its error.
    :param marks: the filters with which they were rendered.
    :param mask: replaces secrets.
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
    try:
        if content not in (None, ""):
            draft = replace(draft, content=_clean(card(content), marks, mask))
        elif message is not None:
            draft = replace(draft, message=_pieces(message, marks, mask))
    except ConfigError as error:
        draft = draft.without_authors(error)
    for name, why in failed.items():
        if name in ("message", "content"):
            draft = draft.without_authors(f"{name}: {why}")
        else:
            draft = draft.noting(f"This alert goes without its {name}, which failed: {why}")
    return draft


def _pieces(message: object, marks: Marks, mask: plain.Mask) -> tuple[Piece, ...]:
    pieces = marks.pieces(str(message))
    words = templates.as_plain(pieces)
    if not words.strip():
        raise ConfigError("message is empty.")
    # A filter may have gone through the middle of a secret.
    return pieces if mask(words) == words else (Piece("plain", mask(words)),)


def _clean(value: Any, marks: Marks, mask: plain.Mask, in_markdown: bool = False) -> Any:
    """Return a card whose texts are harmless, hold no secrets, and no marks of filters."""
    if isinstance(value, str):
        pieces = marks.pieces(value)
        has_marks = in_markdown and any(piece.kind != "plain" for piece in pieces)
        return templates.as_markdown(pieces) if has_marks else mask(templates.as_plain(pieces))
    if isinstance(value, Mapping):
        in_markdown = value.get("is_markdown_support", in_markdown) is True
        # Keys and types are Zoom's words, even where somebody's secret is one of them.
        return {
            key: each if key == "type" else _clean(each, marks, mask, in_markdown)
            for key, each in value.items()
        }
    if isinstance(value, Sequence):
        return [_clean(inner, marks, mask, in_markdown) for inner in value]
    return value
