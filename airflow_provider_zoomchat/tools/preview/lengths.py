"""How long a message is, against the limits: read from the request that sends it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ...zoom.cards import walk
from ...zoom.validation import MAX_CARD_TEXT, MAX_MESSAGE
from .shown import Wire

#: Characters of a user's message that Zoom takes for certain.
#: Source: https://developers.zoom.us/docs/api/team-chat/ (`message`, maxLength).
ALWAYS_TAKEN = 1024


def length(wires: Sequence[Wire]) -> str:
    """Return how long the message of the last request is that has one; empty if none has."""
    for wire in reversed(wires):
        body = wire.body
        if wire.url.startswith("https://integrations.") and isinstance(body, str):
            return _of_card(len(body))
        if isinstance(body, dict) and isinstance(body.get("content"), dict):
            return _of_card(walk.length(body["content"]))
        if isinstance(body, dict) and isinstance(body.get("message"), str):
            return _of_text(len(body["message"]))
    return ""


def _of_text(count: int) -> str:
    says = f"Zoom's specification says {ALWAYS_TAKEN:,}"
    if count > ALWAYS_TAKEN:
        return f"{count:,} of {MAX_MESSAGE:,} characters, but {says}: Zoom may refuse it"
    return f"{count:,} of {MAX_MESSAGE:,} characters; {says}"


def _of_card(count: int) -> str:
    return f"{count:,} of {MAX_CARD_TEXT:,} characters of text"
