"""Deep links: ``/launch/chat/v2/{token}`` leads to a place on the sandbox's page."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

from airflow_provider_zoomchat.sandbox import world
from airflow_provider_zoomchat.sandbox.calls import Answer, Call, Refusal
from airflow_provider_zoomchat.sandbox.chat import Chat


def show(chat: Chat, call: Call, token: str) -> Answer:
    """``GET /launch/chat/v2/{token}``: a channel, a person or a message."""
    try:
        padded = token + "=" * (-len(token) % 4)
        target = json.loads(base64.b64decode(padded, altchars=b"-_"))
        place = chat.world.by_jid(target["sid"])
        message_id = str(target.get("mid", ""))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        place = None
    if place is None:
        raise Refusal(404, "This link leads to no channel and no person of the sandbox.\n")
    key = place.id if isinstance(place, world.Channel) else place.email
    parts = (quote(part, safe="@") for part in (key, message_id) if part)
    return Answer(302, headers={"location": f"/#{'/'.join(parts)}"})


def show_bot(chat: Chat, call: Call) -> Answer:
    """``GET /launch/chat?jid=robot_...``: the bot, whose messages stand in the channels."""
    return Answer(302, headers={"location": "/"})
