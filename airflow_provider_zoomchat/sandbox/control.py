"""The sandbox's own addresses: what happened, what shall go wrong next."""

from __future__ import annotations

from typing import Any

from airflow_provider_zoomchat.sandbox.calls import Answer, Call, Refusal
from airflow_provider_zoomchat.sandbox.chat import Chat
from airflow_provider_zoomchat.sandbox.faults import KINDS, from_json

ADDRESSES = f"""A local stand-in for Zoom Team Chat.

GET    /                         the chat, live
GET    /sandbox/                 this list
GET    /sandbox/state.json       channels, users, messages, files, requests, faults
GET    /sandbox/requests          the newest requests; ?message={{id}}: those behind a message
GET    /sandbox/files/{{id}}       a file as it was uploaded
POST   /sandbox/faults           {{"kind": "status", "status": 503, "path": "/v2/chat", "times": 1}}
                                 kinds: {", ".join(KINDS)}
DELETE /sandbox/faults           forget the faults that wait
POST   /sandbox/limits           {{"on": true}}: Zoom's rate limits
POST   /sandbox/expire-tokens    end every token issued so far
POST   /sandbox/reset            forget messages, files, requests and faults

Zoom's own addresses:
POST   /oauth/token
POST   /v2/chat/users/{{userId}}/messages               PUT, DELETE, GET with /{{messageId}}
POST   /v2/chat/users/{{userId}}/files
GET    /v2/chat/users/{{userId}}/channels   /v2/chat/channels/{{channelId}}   /v2/users/{{userId}}
POST   /v2/im/chat/messages                           PUT, DELETE with /{{message_id}}
POST   /chat/webhooks/incomingwebhook/{{id}}            or /incoming/hook/{{id}}
GET    /launch/chat/v2/{{token}}                        leads to the chat
"""


def addresses(chat: Chat, call: Call) -> Answer:
    """``GET /sandbox/``: what this answers to."""
    return Answer(200, ADDRESSES)


def state(chat: Chat, call: Call) -> Answer:
    """``GET /sandbox/state.json``."""
    return Answer(200, chat.state_json().encode(), {"content-type": "application/json"})


def add_fault(chat: Chat, call: Call) -> Answer:
    """``POST /sandbox/faults``."""
    try:
        chat.faults.append(from_json(call.json))
    except ValueError as error:
        raise Refusal(400, f"{error}\n") from None
    return _faults(chat)


def clear_faults(chat: Chat, call: Call) -> Answer:
    """``DELETE /sandbox/faults``."""
    chat.faults.clear()
    return _faults(chat)


def switch_limits(chat: Chat, call: Call) -> Answer:
    """``POST /sandbox/limits``."""
    on: Any = call.json.get("on") if isinstance(call.json, dict) else None
    if not isinstance(on, bool):
        raise Refusal(400, 'The body must be {"on": true} or {"on": false}.\n')
    chat.limits = on
    return Answer(200, {"limits": on})


def reset(chat: Chat, call: Call) -> Answer:
    """``POST /sandbox/reset``."""
    chat.reset()
    return Answer(204)


def expire_tokens(chat: Chat, call: Call) -> Answer:
    """``POST /sandbox/expire-tokens``."""
    chat.expire_tokens()
    return Answer(204)


def _faults(chat: Chat) -> Answer:
    return Answer(200, {"faults": [fault.as_json() for fault in chat.faults]})
