"""What people do in Zoom's client: they answer in a message's thread, and react.

Whoever uses it holds the lock of the state.
"""

from __future__ import annotations

import uuid

from airflow_provider_zoomchat.sandbox import world
from airflow_provider_zoomchat.sandbox.accounts import can_see
from airflow_provider_zoomchat.sandbox.state import Chat, Message


def answer(chat: Chat, message_id: str, text: str, by: str) -> Message:
    """Let somebody answer in the thread of a message.

    :param by: who, by e-mail address or user id.
    :raises LookupError: there is no such message, or nobody of that name.
    :raises ValueError: the text is empty or too long, or this person cannot write there.
    """
    message = _message(chat, message_id)
    person = _person(chat, message, by)
    if not text.strip():
        raise ValueError("An answer must have a text.")
    most = chat.options.message_limit
    if len(text) > most:
        raise ValueError(f"An answer has at most {most:,} characters; this one has {len(text):,}.")
    # A conversation of two: each of them names the other, who may be a bot.
    other = message.sender_id if message.contact == person.email else message.contact
    return chat.post(
        Message(
            id=str(uuid.uuid4()),
            api="team_chat",
            channel=message.channel,
            channel_name=message.channel_name,
            contact=other,
            sender=person.display_name,
            sender_id=person.email,
            text=text,
            reply_to=chat.thread_of(message),
        )
    )


def react(chat: Chat, message_id: str, emoji: str, by: str, *, add: bool) -> None:
    """Add somebody's reaction to a message, or take it back.

    :param emoji: one character; the variation selector that may follow it is left out, since Zoom's
        API names reactions by one code point.
    :param by: who, by e-mail address or user id.
    :raises LookupError: there is no such message, or nobody of that name.
    :raises ValueError: this is no emoji, or this person cannot see the message.
    """
    message = _message(chat, message_id)
    person = _person(chat, message, by)
    plain = emoji.removesuffix("\ufe0f")
    if len(plain) != 1 or plain.isascii() or plain.isalnum() or plain.isspace():
        raise ValueError(f"{emoji!r} is not one emoji, such as '✅'.")
    chat.react(message, plain, person.email, add=add)


def in_conversation(chat: Chat, message_id: str) -> list[world.User]:
    """Return those who can answer a message; the one whom DAGs post as comes last.

    :raises LookupError: there is no such message.
    """
    message = _message(chat, message_id)
    found = [each for each in chat.world.users if can_see(chat, each, message)]
    return sorted(found, key=lambda each: each == world.AIRFLOW)


def _message(chat: Chat, message_id: str) -> Message:
    message = chat.messages.get(message_id)
    if message is None or message.deleted:
        gone = "has been deleted" if message else "does not exist"
        raise LookupError(f"The message {message_id!r} {gone}.")
    return message


def _person(chat: Chat, message: Message, name: str) -> world.User:
    person = chat.world.user(name)
    if person is None:
        raise LookupError(f"The sandbox knows nobody with the e-mail address or id {name!r}.")
    if not can_see(chat, person, message):
        place = message.channel_name or f"the conversation with {message.contact}"
        raise ValueError(f"{person.display_name} is not in {place}.")
    return person
