"""What `Test connection` tells: who answered, and whether that is enough to post."""

from __future__ import annotations

from ..zoom.client import ZoomClient
from .connection import Settings

#: Of the scopes of each kind of app, one is enough to send; with or without ``:admin``.
#: Sources: https://developers.zoom.us/docs/api/team-chat/ (both spellings),
#: https://github.com/zoom/chatbot-nodejs-quickstart (imchat).
TO_SEND = {
    "server_to_server": ("team_chat:write:user_message:admin", "chat_message:write:admin"),
    "chatbot": ("imchat:bot", "imchat:userapp"),
}

#: Characters of the list of scopes; Airflow keeps 2,000 of the whole text.
_MAX_SCOPES = 1200


def connection(settings: Settings, client: ZoomClient) -> tuple[bool, str]:
    """Ask Zoom for a token and return whether the app may send, and what answered.

    :raises ZoomChatError: Zoom gives no token.
    """
    token = client.new_token()
    if token is None:
        return True, (
            "All fields of the webhook are filled. Whether they are right shows the first "
            "message: Zoom has no way to try a webhook without posting."
        )
    app = (
        f"Zoom gave a token to the {settings.app_type} app with Client ID {settings.client_id!r} "
        f"of account {settings.account_id!r}"
    )
    needed = TO_SEND[settings.app_type]
    held = {scope.removesuffix(":admin") for scope in token.scopes}
    if held and held.isdisjoint(scope.removesuffix(":admin") for scope in needed):
        return False, (
            f"{app}, but the app may not send messages: it lacks the scope {' or '.join(needed)}. "
            "Add it at marketplace.zoom.us > Manage > Created Apps > your app > Scopes."
        )
    scopes = ", ".join(sorted(token.scopes)) or "none named"
    if len(scopes) > _MAX_SCOPES:
        scopes = scopes[:_MAX_SCOPES].rpartition(", ")[0] + ", ..."
    return True, f"{app}. Scopes: {scopes}."
