"""The sandbox's own addresses and methods: what happened, and what shall go wrong next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_zoomchat.sandbox.faults import KINDS, Fault, from_json
from airflow_provider_zoomchat.sandbox.http import Answer, Call, Refusal
from airflow_provider_zoomchat.sandbox.state import Chat

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


class Trouble:
    """A method for each kind of fault; every one of them works on every API, uploads too.

    ``path``: only calls whose path contains it; ``times``: so many of them. A call is read to its
    end before anything goes wrong.
    """

    chat: Chat

    def fail(
        self,
        status: int,
        *,
        path: str = "",
        times: int = 1,
        accept: bool = False,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Let the next calls whose path contains ``path`` get this status.

        :param accept: the call takes effect all the same.
        :param body: text, bytes or a JSON value instead of Zoom's own body for the status.
        :raises ValueError: a value makes no sense.
        """
        self._expect(
            Fault("status", path, times, accept, status=status, body=body, headers=headers or {})
        )

    def redirect(self, location: str, *, path: str = "", times: int = 1, status: int = 302) -> None:
        """Let the next calls be sent elsewhere.

        :param location: where to, as it is: for a call with a query, with that query.
        :param status: 307 is what Zoom's file host answers with.
        """
        self.fail(status, path=path, times=times, body="", headers={"Location": location})

    def hang(self, seconds: float, *, path: str = "", times: int = 1, accept: bool = False) -> None:
        """Let the next calls be answered only after that long.

        :param accept: the call takes effect before the wait, and even if nobody waits for it.
        """
        self._expect(Fault("hang", path, times, accept, seconds=seconds))

    def drop(self, *, path: str = "", times: int = 1, accept: bool = False) -> None:
        """Let the connection of the next calls be closed without an answer."""
        self._expect(Fault("drop", path, times, accept))

    def cut(self, *, path: str = "", times: int = 1, accept: bool = False) -> None:
        """Let the connection of the next calls be closed in the middle of the answer."""
        self._expect(Fault("cut", path, times, accept))

    def drip(
        self,
        seconds_between_bytes: float,
        *,
        path: str = "",
        times: int = 1,
        accept: bool = False,
    ) -> None:
        """Let the next calls get an answer that never ends, byte by byte."""
        self._expect(Fault("drip", path, times, accept, seconds=seconds_between_bytes))

    def flood(
        self, megabytes: float, *, path: str = "", times: int = 1, accept: bool = False
    ) -> None:
        """Let the next calls get an answer of that size."""
        self._expect(Fault("flood", path, times, accept, megabytes=megabytes))

    def _expect(self, fault: Fault) -> None:
        with self.chat.lock:
            self.chat.faults.append(fault)
