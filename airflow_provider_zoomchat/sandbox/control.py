"""The sandbox's own addresses: its state, and faults for the next calls."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from starlette.responses import FileResponse, Response

from airflow_provider_zoomchat.sandbox import people, world
from airflow_provider_zoomchat.sandbox.faults import KINDS, fault_from_json
from airflow_provider_zoomchat.sandbox.http import Answer, Call, Refusal
from airflow_provider_zoomchat.sandbox.state import Chat

ADDRESSES = f"""A local stand-in for Zoom Team Chat.

GET    /                         the chat, live
GET    /sandbox/                 this list
GET    /sandbox/state.json       channels, users, messages, scheduled ones, files,
                                 requests, faults
GET    /sandbox/requests         the newest requests; ?message={{id}}: those behind a message;
                                 ?place=, status= (4: 4xx; none: unanswered), words=: those that fit
GET    /sandbox/files/{{id}}       a file as it was uploaded
GET    /sandbox/messages         the page's messages; /sandbox/events streams them
POST   /sandbox/faults           {{"kind": "status", "status": 503, "path": "/v2/chat", "times": 1}}
                                 kinds: {", ".join(KINDS)}
DELETE /sandbox/faults           forget the faults that wait
POST   /sandbox/limits           {{"on": true}}: Zoom's rate limits
GET    /sandbox/people           those who can answer a message, ?message={{id}}
POST   /sandbox/answers          {{"message": "id", "text": "publish", "by": "ann@example.com"}}
POST   /sandbox/reactions        {{"message": "id", "emoji": "✅", "by": "ann@example.com"}};
                                 "add": false takes it back
POST   /sandbox/expire-tokens    end every token issued so far
POST   /sandbox/max-tokens       {{"max": 20}}: of one app, the oldest ends first; null: no limit
POST   /sandbox/reset            forget messages, files, requests and faults
"""


def read_state(call: Call) -> Response:
    """``GET /sandbox/state.json``."""
    return Answer(200, state_json(call.chat).encode())


def state_json(chat: Chat) -> str:
    """Return everything there is to see, as JSON."""
    with chat:
        channels, users = chat.world.channels.values(), chat.world.users
        return json.dumps(
            {
                "channels": [{**vars(channel), "jid": channel.jid} for channel in channels],
                "users": [{**vars(user), "jid": user.jid} for user in users],
                "robots": [{"jid": world.ROBOT_JID, "display_name": world.CHATBOT.name}],
                "messages": [vars(message) for message in chat.messages.values()],
                "scheduled": [vars(draft) for draft in chat.drafts],
                "files": [vars(file) for file in chat.files.entries.values()],
                "requests": [vars(exchange) for exchange in chat.traffic],
                "tokens_issued": chat.tokens_issued,
                "faults": [fault.as_json() for fault in chat.faults],
                "limits": chat.options.limits,
            },
            allow_nan=False,
        )


def add_fault(call: Call) -> Response:
    """``POST /sandbox/faults``."""
    with _refusing():
        call.chat.faults.append(fault_from_json(call.json_value))
    return _faults(call.chat)


def clear_faults(call: Call) -> Response:
    """``DELETE /sandbox/faults``."""
    call.chat.faults.clear()
    return _faults(call.chat)


def switch_limits(call: Call) -> Response:
    """``POST /sandbox/limits``."""
    on = _body(call).get("on")
    if not isinstance(on, bool):
        raise Refusal(400, 'The body must be {"on": true} or {"on": false}.\n')
    call.chat.options.limits = on
    return Answer(200, {"limits": on})


def list_people(call: Call) -> Response:
    """``GET /sandbox/people?message=...``."""
    with _refusing():
        found = people.in_conversation(call.chat, call.query.get("message", ""))
    listed = [{"email": each.email, "display_name": each.display_name} for each in found]
    return Answer(200, {"people": listed})


def answer(call: Call) -> Response:
    """``POST /sandbox/answers``."""
    with _refusing():
        posted = people.answer(call.chat, *_texts(call, "message", "text", "by"))
    return Answer(201, {"id": posted.id})


def react(call: Call) -> Response:
    """``POST /sandbox/reactions``."""
    message_id, emoji, by = _texts(call, "message", "emoji", "by")
    with _refusing():
        people.react(call.chat, message_id, emoji, by, add=call.json_value.get("add") is not False)
    return Answer(204)


def reset(call: Call) -> Response:
    """``POST /sandbox/reset``."""
    call.chat.reset()
    return Answer(204)


def expire_tokens(call: Call) -> Response:
    """``POST /sandbox/expire-tokens``."""
    call.chat.expire_tokens()
    return Answer(204)


def limit_tokens(call: Call) -> Response:
    """``POST /sandbox/max-tokens``."""
    most = _body(call).get("max", 0)
    if most is not None and (type(most) is not int or most < 1):
        raise Refusal(400, 'The body must be {"max": 20}, or {"max": null}.\n')
    call.chat.options.max_tokens = most
    return Answer(200, {"max": most})


def serve_file(call: Call, file_id: str) -> Response:
    """``GET /sandbox/files/{id}``: the bytes; a picture is shown, all else is downloaded."""
    try:
        path = call.chat.files.path(file_id)
    except LookupError as error:
        raise Refusal(404, f"{error.args[0]}\n") from None
    file = call.chat.files.entries[file_id]
    disposition = "inline" if file.image else "attachment"
    name = quote(file.name, safe="", errors="replace")
    return FileResponse(
        path,
        headers={
            # Nobody vouches for what a file says it is, and it stands on the sandbox's own origin.
            "content-type": file.image or "application/octet-stream",
            "content-disposition": f"{disposition}; filename*=UTF-8''{name}",
            "x-content-type-options": "nosniff",
            "content-security-policy": "default-src 'none'; sandbox",
        },
    )


def _body(call: Call) -> dict[str, Any]:
    return call.json_value if isinstance(call.json_value, dict) else {}


def _texts(call: Call, *names: str) -> list[str]:
    body = _body(call)
    found = [body[name] for name in names if isinstance(body.get(name), str)]
    if len(found) < len(names):
        raise Refusal(400, f"The body must be an object with the texts {', '.join(names)}.\n")
    return found


@contextmanager
def _refusing() -> Iterator[None]:
    """Answer what there cannot be with the reason."""
    try:
        yield
    except (LookupError, ValueError) as error:
        raise Refusal(400, f"{error}\n") from None


def _faults(chat: Chat) -> Response:
    return Answer(200, {"faults": [fault.as_json() for fault in chat.faults]})
