"""Which address leads where: Zoom's, and the sandbox's own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from urllib.parse import unquote

from starlette.responses import Response
from starlette.routing import compile_path

from airflow_provider_zoomchat.sandbox import (
    accounts,
    chatbot,
    control,
    messages,
    oauth,
    page,
    team_chat,
    webhook,
)
from airflow_provider_zoomchat.sandbox.http import Answer, Call, refuse

CHAT = "/v2/chat/users/{user_id}"
MESSAGE = f"{CHAT}/messages/{{message_id}}"

#: Zoom's method and address, what carries the call out (it gets the call, and the parameters of the
#: path by name), and the label of the rate limit that holds for it:
#: https://developers.zoom.us/docs/api/rate-limits/. Tokens and webhooks have no documented limit.
ZOOM: tuple[tuple[str, str, Callable[..., Response], str], ...] = (
    ("POST", "/oauth/token", oauth.issue_token, ""),
    ("GET", "/oauth/authorize", oauth.ask_user, ""),
    ("POST", "/oauth/authorize", oauth.answer_user, ""),
    ("POST", f"{CHAT}/messages", team_chat.send_message, "Medium"),
    ("GET", f"{CHAT}/messages", messages.list_messages, "Medium"),
    ("GET", MESSAGE, messages.get_message, "Medium"),
    ("PUT", MESSAGE, team_chat.edit_message, "Medium"),
    ("DELETE", MESSAGE, team_chat.delete_message, "Medium"),
    ("PATCH", f"{MESSAGE}/emoji_reactions", team_chat.react_to_message, "Medium"),
    ("GET", f"{MESSAGE}/thread", messages.list_replies, "Medium"),
    ("GET", "/v2/chat/messages/schedule", team_chat.list_scheduled, "Light"),
    ("DELETE", "/v2/chat/messages/schedule/{draft_id}", team_chat.cancel_draft, "Light"),
    ("POST", f"{CHAT}/files", team_chat.upload, "Medium"),
    ("GET", f"{CHAT}/channels", accounts.list_channels, "Medium"),
    ("GET", f"{CHAT}/channels/{{channel_id}}", accounts.read_user_channel, "Medium"),
    ("GET", "/v2/chat/channels/{channel_id}", accounts.read_channel, "Medium"),
    ("GET", "/v2/users/{user_id}", accounts.read_user, "Light"),
    ("POST", "/v2/im/chat/messages", chatbot.send_message, "Medium"),
    ("PUT", "/v2/im/chat/messages/{message_id}", chatbot.edit_message, "Medium"),
    ("DELETE", "/v2/im/chat/messages/{message_id}", chatbot.delete_message, "Medium"),
    ("POST", "/chat/webhooks/incomingwebhook/{webhook_id}", webhook.post, ""),
    ("POST", "/incoming/hook/{webhook_id}", webhook.post, ""),
)


def list_addresses(call: Call) -> Response:
    """``GET /sandbox/``: what this answers to."""
    zooms = [f"{method:<6} {path}" for method, path, _, _ in ZOOM]
    return Answer(200, "\n".join([control.ADDRESSES, "Zoom's own addresses:", *zooms, ""]))


#: The sandbox's own. Links into the chat lead to its page: a person follows them, not a program.
OWN: tuple[tuple[str, str, Callable[..., Response]], ...] = (
    ("GET", "/", page.document),
    ("GET", "/launch/chat/v2/{token}", accounts.follow_link),
    ("GET", "/launch/chat", accounts.follow_bot_link),
    ("GET", "/sandbox/page/{name}", page.part),
    ("GET", "/sandbox/messages", page.messages),
    ("GET", "/sandbox/requests", page.requests),
    ("GET", "/sandbox/events", page.stream),
    ("GET", "/sandbox/", list_addresses),
    ("GET", "/sandbox/state.json", control.read_state),
    ("GET", "/sandbox/files/{file_id}", control.serve_file),
    ("POST", "/sandbox/faults", control.add_fault),
    ("DELETE", "/sandbox/faults", control.clear_faults),
    ("POST", "/sandbox/limits", control.switch_limits),
    ("POST", "/sandbox/reset", control.reset),
    ("GET", "/sandbox/people", control.list_people),
    ("POST", "/sandbox/answers", control.answer),
    ("POST", "/sandbox/reactions", control.react),
    ("POST", "/sandbox/expire-tokens", control.expire_tokens),
    ("POST", "/sandbox/max-tokens", control.limit_tokens),
)

_ROUTES = [
    (method, compile_path(path)[0], function, label)
    for method, path, function, label in (*ZOOM, *((*own, "") for own in OWN))
]


def find(method: str, path: str) -> tuple[Callable[[Call], Response], str]:
    """Return what carries a call out, and the label of its rate limit, if any.

    :param path: as it came over the wire: an id may contain an encoded slash.
    """
    for known, pattern, function, label in _ROUTES:
        found = pattern.match(path) if method == known else None
        if found:
            parameters = {name: unquote(text) for name, text in found.groupdict().items()}
            return partial(function, **parameters), label
    return _unknown, ""


def is_own(path: str) -> bool:
    """Whether a path is one of the sandbox's own, where no call of Zoom's ever goes."""
    return path == "/" or path[1:].partition("/")[0] in ("sandbox", "launch")


def _unknown(call: Call) -> Response:
    names = f" (query: {', '.join(sorted(call.query))})" if call.query else ""
    raise refuse(404, 404, f"The sandbox does not play {call.method} {call.path}{names}.")
