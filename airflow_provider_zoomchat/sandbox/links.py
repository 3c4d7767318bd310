"""Deep links: ``/launch/chat/v2/{token}`` shows a channel and its messages as plain text."""

from __future__ import annotations

import base64
import json

from airflow_provider_zoomchat.sandbox import world
from airflow_provider_zoomchat.sandbox.calls import Answer, Call, Refusal
from airflow_provider_zoomchat.sandbox.chat import Chat, Message
from airflow_provider_zoomchat.sandbox.transcript import attached

SHOWN = 20  # newest messages


def show(chat: Chat, call: Call, token: str) -> Answer:
    """``GET /launch/chat/v2/{token}``."""
    try:
        padded = token + "=" * (-len(token) % 4)
        target = json.loads(base64.b64decode(padded, altchars=b"-_"))
        place = world.find_by_jid(target["sid"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        place = None
    if place is None:
        raise Refusal(404, "This link leads to no channel and no person of the sandbox.\n")
    if isinstance(place, world.Channel):
        title, messages = (
            f"Channel {place.name}",
            [message for message in chat.messages.values() if message.channel == place.id],
        )
    else:
        title, messages = (
            f"Messages to {place.display_name}",
            [message for message in chat.messages.values() if message.contact == place.email],
        )
    lines = [
        f"{'> ' if message.id == target.get('mid') else '  '}{message.time}  {message.sender}: "
        f"{'(deleted)' if message.deleted else _words(message)}"
        for message in messages[-SHOWN:]
    ]
    return Answer(200, "\n".join([title, "", *lines, ""]))


def _words(message: Message) -> str:
    return "  ".join(part for part in (message.text, *attached(vars(message))) if part)
