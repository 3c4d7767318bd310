"""What to do about each of Zoom's codes: one table, every row with its source.

A code means different things on different APIs, and one code (200, 300) means many things at one
API, told apart by Zoom's words. So the first row that fits wins, and rows with words come first.
Fields of the connection are named as its form names them.
"""

from __future__ import annotations

from .cards import CARDS
from .row import Hint as Hint
from .team_chat import TEAM_CHAT
from .token import TOKEN

HINTS: tuple[Hint, ...] = (*TOKEN, *TEAM_CHAT, *CARDS)

#: What to do where the message is not there that was to be changed.
#: Sources: https://developers.zoom.us/docs/api/team-chat/ (300), .../chatbot/ (8001).
_GONE = {
    "DELETE": "The message has been deleted already: nothing is left to do.",
    "PUT": "The message has been deleted, or message_id is that of a message in another place: "
    "send a new one.",
}

#: What to do about an answer of 500 and above, on every API.
IN_TROUBLE = (
    "Zoom, or a proxy on the way, is in trouble. Try again later; status.zoom.us tells of outages. "
    "If it stays, check Host and Proxy in the connection."
)


def gone(method: str) -> str:
    """Return what to do where the message is not there that was to be edited or deleted."""
    return _GONE[method]


def advice(api: str, status: int, code: int | None, words: str, method: str = "") -> str:
    """Return what to do about an answer, in whole sentences; empty if nothing is known.

    :param method: of the call: what a code means may depend on what was to be done.
    """
    number = status if code is None else code
    said = words.lower()
    for hint in HINTS:
        if hint.api != api or hint.words not in said:
            continue
        if (not hint.code or number in hint.code) and (not hint.methods or method in hint.methods):
            return hint.advice
    return ""
