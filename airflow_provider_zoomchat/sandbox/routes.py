"""Which address leads to which function. The whole surface of the sandbox is this table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from airflow_provider_zoomchat.sandbox import (
    channels,
    chatbot,
    control,
    files,
    page,
    page_data,
    team_chat,
    tokens,
    webhook,
)
from airflow_provider_zoomchat.sandbox.http import Answer, Call, Refusal, refuse
from airflow_provider_zoomchat.sandbox.rate_limits import rate_headers, refuse_rush
from airflow_provider_zoomchat.sandbox.state import Chat

Handler = Callable[..., Answer]  # (chat, call, *the segments at "{}")

# https://developers.zoom.us/docs/api/rate-limits/: the last column. Token endpoint and webhook
# have no documented limit.
ROUTES: Sequence[tuple[str, str, Handler, str | None]] = (
    ("POST", "/oauth/token", tokens.issue, None),
    ("POST", "/v2/chat/users/{}/messages", team_chat.send, "Medium"),
    ("GET", "/v2/chat/users/{}/messages/{}", team_chat.read, "Medium"),
    ("PUT", "/v2/chat/users/{}/messages/{}", team_chat.edit, "Medium"),
    ("DELETE", "/v2/chat/users/{}/messages/{}", team_chat.delete, "Medium"),
    ("POST", "/v2/chat/users/{}/files", files.upload, "Medium"),
    ("GET", "/v2/chat/users/{}/channels", channels.list_channels, "Medium"),
    ("GET", "/v2/chat/users/{}/channels/{}", channels.read_user_channel, "Medium"),
    ("GET", "/v2/chat/channels/{}", channels.read_channel, "Medium"),
    ("GET", "/v2/users/{}", channels.read_user, "Light"),
    ("POST", "/v2/im/chat/messages", chatbot.send, "Medium"),
    ("PUT", "/v2/im/chat/messages/{}", chatbot.edit, "Medium"),
    ("DELETE", "/v2/im/chat/messages/{}", chatbot.delete, "Medium"),
    ("POST", "/chat/webhooks/incomingwebhook/{}", webhook.post, None),
    ("POST", "/incoming/hook/{}", webhook.post, None),
    ("GET", "/launch/chat/v2/{}", page_data.show, None),
    ("GET", "/launch/chat", page_data.show_bot, None),
)
OWN_ROUTES: Sequence[tuple[str, str, Handler, str | None]] = (
    ("GET", "/", page.document, None),
    ("GET", "/sandbox/page/{}", page.part, None),
    ("GET", "/sandbox/messages", page.messages, None),
    ("GET", "/sandbox/requests", page.requests, None),
    ("GET", "/sandbox/", control.addresses, None),
    ("GET", "/sandbox/state.json", control.state, None),
    ("GET", "/sandbox/files/{}", files.serve, None),
    ("POST", "/sandbox/faults", control.add_fault, None),
    ("DELETE", "/sandbox/faults", control.clear_faults, None),
    ("POST", "/sandbox/limits", control.switch_limits, None),
    ("POST", "/sandbox/reset", control.reset, None),
    ("POST", "/sandbox/expire-tokens", control.expire_tokens, None),
)
_TABLE = [
    (method, tuple(path.split("/")[1:]), handler, label)
    for method, path, handler, label in (*ROUTES, *OWN_ROUTES)
]


def is_own(call: Call) -> bool:
    """Whether the sandbox itself is addressed, not the Zoom it plays.

    Links into the chat lead to the sandbox's page: a person follows them, not a program.
    """
    return call.segments[0] in ("", "sandbox", "launch")


def answer(chat: Chat, call: Call) -> Answer:
    """Carry a call out and return its answer; a refusal is an answer too."""
    try:
        with chat.lock:
            return _answer(chat, call)
    except Refusal as refusal:
        return refusal.answer
    except Exception as error:
        # A fault of the sandbox itself; a caller must be able to tell it from one of Zoom's.
        return Answer(500, {"code": 500, "message": f"The sandbox itself failed: {error!r}."})


def _answer(chat: Chat, call: Call) -> Answer:
    for method, path, handler, label in _TABLE:
        if method != call.method or len(path) != len(call.segments):
            continue
        pairs = list(zip(path, call.segments, strict=True))
        if any(wanted not in ("{}", given) for wanted, given in pairs):
            continue
        values = [given for wanted, given in pairs if wanted == "{}"]
        if label is None or not chat.limits:
            return handler(chat, call, *values)
        refuse_rush(chat, call, label)
        found = handler(chat, call, *values)
        return replace(found, headers={**found.headers, **rate_headers(chat, label)})
    names = f" (query: {', '.join(sorted(call.query))})" if call.query else ""
    raise refuse(404, 404, f"The sandbox does not play {call.method} {call.path}{names}.")
