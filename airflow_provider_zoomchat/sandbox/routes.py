"""Which address leads where: Zoom's, and the sandbox's own."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from airflow_provider_zoomchat.sandbox import (
    accounts,
    chatbot,
    control,
    message_list,
    oauth,
    page,
    team_chat,
    threads,
    webhook,
)
from airflow_provider_zoomchat.sandbox.http import Answer, Call
from airflow_provider_zoomchat.sandbox.state import Chat

Handlers = dict[str, Callable[..., Response]]  # method -> (chat, call, **parameters of the path)


def list_addresses(chat: Chat, call: Call) -> Response:
    """``GET /sandbox/``: what this answers to."""
    zooms = [f"{', '.join(how):<17}  {path}" for path, how, _ in ZOOM_ROUTES]
    return Answer(200, "\n".join([control.ADDRESSES, "Zoom's own addresses:", *zooms, ""]))


# https://developers.zoom.us/docs/api/rate-limits/: the label. Token endpoint and webhook have no
# documented limit.
ZOOM_ROUTES: list[tuple[str, Handlers, str | None]] = [
    ("/oauth/token", {"POST": oauth.issue_token}, None),
    ("/oauth/authorize", {"GET": oauth.ask_user, "POST": oauth.answer_user}, None),
    (
        "/v2/chat/users/{user_id}/messages",
        {"GET": message_list.list_messages, "POST": team_chat.send_message},
        "Medium",
    ),
    (
        "/v2/chat/users/{user_id}/messages/{message_id}",
        {
            "GET": team_chat.get_message,
            "PUT": team_chat.edit_message,
            "DELETE": team_chat.delete_message,
        },
        "Medium",
    ),
    (
        "/v2/chat/users/{user_id}/messages/{message_id}/emoji_reactions",
        {"PATCH": threads.react_to_message},
        "Medium",
    ),
    (
        "/v2/chat/users/{user_id}/messages/{message_id}/thread",
        {"GET": threads.list_replies},
        "Medium",
    ),
    ("/v2/chat/messages/schedule", {"GET": team_chat.list_scheduled}, "Light"),
    ("/v2/chat/messages/schedule/{draft_id}", {"DELETE": team_chat.cancel_draft}, "Light"),
    ("/v2/chat/users/{user_id}/files", {"POST": team_chat.upload}, "Medium"),
    ("/v2/chat/users/{user_id}/channels", {"GET": accounts.list_channels}, "Medium"),
    (
        "/v2/chat/users/{user_id}/channels/{channel_id}",
        {"GET": accounts.read_user_channel},
        "Medium",
    ),
    ("/v2/chat/channels/{channel_id}", {"GET": accounts.read_channel}, "Medium"),
    ("/v2/users/{user_id}", {"GET": accounts.read_user}, "Light"),
    ("/v2/im/chat/messages", {"POST": chatbot.send_message}, "Medium"),
    (
        "/v2/im/chat/messages/{message_id}",
        {"PUT": chatbot.edit_message, "DELETE": chatbot.delete_message},
        "Medium",
    ),
    ("/chat/webhooks/incomingwebhook/{webhook_id}", {"POST": webhook.post}, None),
    ("/incoming/hook/{webhook_id}", {"POST": webhook.post}, None),
]

#: The sandbox's own. Links into the chat lead to its page: a person follows them, not a program.
OWN_ROUTES: list[tuple[str, Handlers]] = [
    ("/", {"GET": page.document}),
    ("/launch/chat/v2/{token}", {"GET": accounts.follow_link}),
    ("/launch/chat", {"GET": accounts.follow_bot_link}),
    ("/sandbox/page/{name}", {"GET": page.part}),
    ("/sandbox/messages", {"GET": page.messages}),
    ("/sandbox/requests", {"GET": page.requests}),
    ("/sandbox/events", {"GET": page.stream}),
    ("/sandbox/", {"GET": list_addresses}),
    ("/sandbox/state.json", {"GET": control.read_state}),
    ("/sandbox/files/{file_id}", {"GET": control.serve_file}),
    ("/sandbox/faults", {"POST": control.add_fault, "DELETE": control.clear_faults}),
    ("/sandbox/limits", {"POST": control.switch_limits}),
    ("/sandbox/reset", {"POST": control.reset}),
    ("/sandbox/people", {"GET": control.list_people}),
    ("/sandbox/answers", {"POST": control.answer}),
    ("/sandbox/reactions", {"POST": control.react}),
    ("/sandbox/expire-tokens", {"POST": control.expire_tokens}),
    ("/sandbox/max-tokens", {"POST": control.limit_tokens}),
]
OWN = ("", "sandbox", "launch")  # first parts of their paths
