"""Reactions: an emoji that a user adds to a message, or takes back. Pure.

Source of every rule here, unless named otherwise: https://developers.zoom.us/docs/api/team-chat/
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

from .errors import ConfigError
from .hosts import url
from .http import Request, json_request
from .team_chat import named

Action = Literal["add", "remove"]

#: The two ways to show one character, as words or as a picture. A reaction is a picture.
_VARIATION_SELECTORS = "\ufe0e\ufe0f"

#: What makes one picture of several characters, or another picture of one.
#: Source: https://unicode.org/reports/tr51/#Emoji_Sequences
_SEQUENCES = (
    ("a skin tone", re.compile("[\U0001f3fb-\U0001f3ff]")),
    ("a flag", re.compile("[\U0001f1e6-\U0001f1ff]|[\U000e0020-\U000e007f]")),
    ("a keycap", re.compile("\u20e3")),
    ("several emoji joined into one", re.compile("\u200d")),
)

#: Emoji that Unicode counts among punctuation and letters: exclamation marks, a dash, an i.
_MORE_EMOJI = "\u203c\u2049\u3030\u2139"


def emoji(given: object) -> str:
    """Return an emoji as Zoom writes it.

    >>> emoji("✅"), emoji("u+1f600")
    ('U+2705', 'U+1F600')

    Zoom takes one code point and documents no way to write several, so no skin tones, no flags.

    :param given: the character, or its code point as Zoom writes it.
    :raises ConfigError: it is something else; the text says what.
    """
    if not isinstance(given, str) or given.strip() in ("", "None"):
        raise ConfigError(f"emoji must be an emoji, not {given!r}: give one such as '✅'.")
    text = given.strip()
    code = re.fullmatch(r"U\+([0-9A-F]{4,6})", text, re.IGNORECASE)
    if code and int(code[1], 16) < 0x110000:
        text = chr(int(code[1], 16))
    shown = repr(given[:40])
    for what, pattern in _SEQUENCES:
        if pattern.search(text):
            raise ConfigError(
                f"emoji {shown} is {what}, and Zoom's reactions are one code point each: give a "
                "plain emoji such as '✅'."
            )
    character = text.rstrip(_VARIATION_SELECTORS)
    if len(character) == 1 and _may_be_emoji(character):
        return f"U+{ord(character):04X}"
    if len(text) > 1 and all(map(_may_be_emoji, re.sub(rf"[{_VARIATION_SELECTORS}\s]", "", text))):
        raise ConfigError(f"emoji {shown} is several emoji: add them one by one.")
    raise ConfigError(
        f"emoji {shown} is not an emoji: give the character, such as '✅', or its code point, such "
        "as 'U+2705'. Zoom's reactions have no names."
    )


def _may_be_emoji(character: str) -> bool:
    """Tell whether a character is a symbol; which of them Zoom shows is for Zoom to judge.

    The newest emoji are in none of Python's categories yet.
    """
    if "\U0001f000" <= character <= "\U0001faff":
        return True
    is_symbol = character > "\xa8" and unicodedata.category(character) in ("So", "Sm")
    return is_symbol or character in _MORE_EMOJI


def react(
    base_url: str,
    user_id: str,
    message_id: str,
    given: object,
    *,
    action: Action,
    target: tuple[str, str],
) -> Request:
    """Return the request that adds a user's reaction to a message, or takes it back.

    It may be made again: a user has each emoji once on a message. Needs the scope
    ``team_chat:update:message_emoji:admin`` (classic: ``chat_message:write:admin``).

    :param given: what `emoji` takes.
    :param target: where the message is; what `team_chat.target` returned.

    Answer: 204 without a body.
    """
    code = emoji(given)
    doing = "add the reaction {} to" if action == "add" else "remove the reaction {} from"
    return json_request(
        {"action": action, "emoji": code, target[0]: target[1]},
        doing=f"{doing.format(chr(int(code[2:], 16)))} a message in {named(target)}",
        api="team_chat",
        method="PATCH",
        url=url(base_url, "chat", "users", user_id, "messages", message_id, "emoji_reactions"),
        repeatable=True,
    )
