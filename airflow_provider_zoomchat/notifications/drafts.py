"""An alert on its way from a context to one of Zoom's doors. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..zoom import plain
from ..zoom.arguments import card
from ..zoom.errors import ConfigError
from .alerts import READY_MADE, Alert, Post, fill
from .event import Event
from .mentions import read_mentions
from .templates import Marks, Piece

#: Characters of a message beyond which its middle is not even looked at; what is sent is shorter.
_MOST_OF_MESSAGE = 20_000

#: Characters of an error that an alert shows of its own template.
_MOST_OF_NOTE = 300


@dataclass(frozen=True)
class Draft:
    """An alert before it is known where it goes.

    :param ready_made: the alert for the event: sent if the author gives no other, or a wrong one.
    :param message: the author's message instead.
    :param content: the author's card instead.
    :param mentions: whom to call.
    :param arguments: where it goes and the like, under the hook's names.
    """

    ready_made: Post
    zoom_conn_id: str
    message: tuple[Piece, ...] = ()
    content: dict[str, Any] | None = None
    mentions: tuple[str, ...] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_ready_made(self) -> bool:
        """Tell whether the author has given no alert."""
        return not self.message and self.content is None

    def noting(self, error: object) -> Draft:
        """Return the ready-made alert, with a line that says what is wrong with the author's."""
        note = plain.cut(
            f"The alert's own text failed: {plain.one_line(str(error))}", _MOST_OF_NOTE
        )
        post = replace(self.ready_made, notes=(*self.ready_made.notes, note))
        return replace(self, ready_made=post, message=(), content=None)


def draft_for(
    event: Event,
    alerts: Sequence[Alert],
    given: Mapping[str, Any],
    marks: Marks,
    mask: Callable[[str], str],
) -> Draft:
    """Return the draft for an event.

    :param alerts: the author's own ready-made alerts.
    :param given: the author's arguments, rendered.
    :param marks: the filters with which they were rendered.
    :param mask: replaces secrets.
    """
    own = {alert.event: alert for alert in alerts}
    arguments = dict(given)
    message, content = arguments.pop("message", None), arguments.pop("content", None)
    draft = Draft(
        fill(own.get(event.name, READY_MADE[event.name]), event),
        zoom_conn_id=arguments.pop("zoom_conn_id"),
        mentions=read_mentions(arguments.pop("mention", None)),
        arguments=arguments,
    )
    try:
        if content not in (None, ""):
            return replace(draft, content=_clean(card(content), mask))
        if message is not None:
            return replace(draft, message=_pieces(message, marks, mask))
    except ConfigError as error:
        return draft.noting(error)
    return draft


def _pieces(message: object, marks: Marks, mask: Callable[[str], str]) -> tuple[Piece, ...]:
    pieces = marks.pieces(plain.cut(str(message), _MOST_OF_MESSAGE))
    if not any(piece.words.strip() for piece in pieces):
        raise ConfigError("message is empty.")
    return tuple(replace(piece, words=mask(piece.words)) for piece in pieces)


def _clean(value: Any, mask: Callable[[str], str]) -> Any:
    """Return a card whose texts are harmless and hold no secrets."""
    if isinstance(value, str):
        return mask(plain.harmless(plain.cut(value, _MOST_OF_MESSAGE)))
    if isinstance(value, Mapping):
        return {key: _clean(inner, mask) for key, inner in value.items()}
    if isinstance(value, Sequence):
        return [_clean(inner, mask) for inner in value]
    return value
