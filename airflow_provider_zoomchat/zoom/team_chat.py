"""Messages that a user posts, and reactions to messages: arguments to requests. Pure.

Source of every rule here, unless named otherwise: https://developers.zoom.us/docs/api/team-chat/
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any, Literal

from . import validation
from .addresses import channel_id, is_channel_jid, is_user_jid, url
from .cards.as_text import as_formatted, first_line
from .cards.prepare import PreparedCard
from .errors import ConfigError
from .http import Request, UserMessage, json_request
from .text import Text, join
from .text.rich_text import formats, in_columns, mentions

#: In place of a new card, it takes the old one away.
NO_CARD = PreparedCard({}, {})


def send(
    base_url: str,
    user_id: str,
    *,
    message: str | Text,
    target: tuple[str, str],
    card: PreparedCard | None = None,
    reply_main_message_id: str | None = None,
    at_items: Any = None,
    rich_text: Any = None,
    file_ids: list[str] | None = None,
) -> Request:
    """Return the request that posts a message as a user.

    :param target: what `target` returned.
    :param card: what `cards.prepare.prepare` returned; it stands below the message.
    :param reply_main_message_id: the first message of the thread; a reply is refused (code 5402).
    :param at_items: mentions, with positions into `message`.
    :param rich_text: formats, with positions into `message`.

    Answer: 201 ``{"id": ...}``.
    """
    text = in_columns(validation.message_text(message))
    called = validation.entries("at_items", at_items) or []
    formatted = validation.entries("rich_text", rich_text) or []
    if text.spans and (called or formatted):
        raise ConfigError(
            "Both a message with formats and rich_text or at_items are given, whose positions "
            "count in a plain message. Leave them out: markdown and mention() compute them."
        )
    optional = {
        "reply_main_message_id": reply_main_message_id,
        "at_items": called + mentions(text),
        # Without format_attr Zoom drops the format and says nothing (devforum.zoom.us 94890).
        "rich_text": [
            {**entry, "format_attr": entry.get("format_attr") or ""}
            for entry in formatted + formats(text)
        ],
        "file_ids": file_ids,
        "interactive_cards": _cards(card),
    }
    body: dict[str, Any] = {"message": text.message, target[0]: target[1]}
    body |= {key: value for key, value in optional.items() if value}
    return json_request(
        body,
        doing=f"send a message to {named(target)}",
        api="team_chat",
        method="POST",
        url=url(base_url, "chat", "users", user_id, "messages"),
        id_key="id",
        target=target[1].lower(),
        post=UserMessage(user_id, target, reply_main_message_id, text.message),
    )


def edit(
    base_url: str,
    user_id: str,
    message_id: str,
    *,
    message: str | Text,
    target: tuple[str, str],
    card: PreparedCard | None = None,
    file_ids: list[str] | None = None,
) -> Request:
    """Return the request that replaces text and card of a message that the same user sent.

    Zoom's edit knows no formats and no mentions: of these it keeps what can be said in words. A
    card keeps its looks.

    :param card: the new card, or `NO_CARD`. Left out, it is not sent (whether Zoom keeps the old
        card then is not documented).
    :param file_ids: an empty list takes the files away; left out, it is not sent (whether Zoom
        keeps the files then is not documented).

    Answer: 204 without a body.
    """
    text = in_columns(validation.message_text(message))
    words = text.readable()
    if len(words) > validation.MAX_MESSAGE:  # with the addresses of links
        words = text.message
    body: dict[str, Any] = {"message": words, target[0]: target[1]}
    if file_ids is not None:
        body["file_ids"] = file_ids
    if card is not None:
        body["interactive_cards"] = _cards(card)
    return json_request(
        body,
        doing=f"edit a message in {named(target)}",
        api="team_chat",
        method="PUT",
        url=url(base_url, "chat", "users", user_id, "messages", message_id),
        repeatable=True,
    )


def text_of(message: object, markdown: object, card: PreparedCard | None) -> Text:
    """Return the text of a message; beside a card that has none, the card's first line.

    Zoom's reference requires `message` also where there are cards. Whether it takes an empty one
    there is not documented, and neither is what a notification shows: assumed is the text.
    """
    if card and message in (None, ""):
        return Text(first_line(card.source)).cut(validation.ALWAYS_TAKEN)
    return validation.message_text(message, markdown)


def card_in_words(card: PreparedCard, above: Text | None, *, plain: bool = False) -> Text:
    """Return the text of a message whose card Zoom does not take.

    :param above: the text that stood above the card.
    :param plain: whether there are positions into that text, which forbid other formats.
    """
    words = as_formatted(card.source)
    words = Text(words.readable()) if plain else words
    return join("\n", [above or Text(""), words]).cut(validation.MAX_MESSAGE)


def delete(base_url: str, user_id: str, message_id: str, *, target: tuple[str, str]) -> Request:
    """Return the request that deletes a message that the same user sent.

    Answer: 204 without a body.
    """
    return Request(
        doing=f"delete a message in {named(target)}",
        api="team_chat",
        method="DELETE",
        url=url(base_url, "chat", "users", user_id, "messages", message_id),
        params={target[0]: target[1]},
        repeatable=True,
    )


def target(to_channel: Any, to_contact: Any, default_channel: str | None = None) -> tuple[str, str]:
    """Return where a message goes, as Zoom's key and its value.

    :param to_channel: a channel's id; its JID is accepted and shortened.
    :param to_contact: a contact of the sender: e-mail address, user id or member id.
    :param default_channel: taken if neither is given.
    """
    channel = validation.optional_text("to_channel", to_channel)
    contact = validation.optional_text("to_contact", to_contact)
    if channel and contact:
        raise ConfigError("Both to_channel and to_contact are given, and a message has one target.")
    if contact and is_channel_jid(contact):
        raise ConfigError(f"to_contact {contact!r} is a channel: give it as to_channel.")
    if contact and is_user_jid(contact):
        raise ConfigError(f"to_contact {contact!r} is a JID: give an e-mail address or a user id.")
    if contact:
        return "to_contact", contact
    channel = channel or default_channel
    if not channel:
        raise ConfigError(
            "No target: give to_channel or to_contact, or fill Default channel in the connection."
        )
    if "@" in channel and not is_channel_jid(channel):
        hint = "no channel id: give a person as to_contact"
        if is_user_jid(channel):
            hint = "a JID of a user or a bot"
        raise ConfigError(f"to_channel {channel!r} is {hint}. A channel's id has no '@'.")
    return "to_channel", channel_id(channel)


def _cards(card: PreparedCard | None) -> list[dict[str, str]]:
    """Return a card as Zoom's list, in which it is a text of JSON.

    Source: https://developers.zoom.us/docs/api/team-chat/ (`interactive_cards`, at most 5).
    """
    return [{"card_json": json.dumps({"content": card}, ensure_ascii=False)}] if card else []


def named(target: tuple[str, str]) -> str:
    """Return how errors name a target."""
    return f"{'channel' if target[0] == 'to_channel' else 'contact'} {target[1]!r}"


#: What is done with an emoji.
Reaction = Literal["add", "remove"]

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
    action: Reaction,
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
