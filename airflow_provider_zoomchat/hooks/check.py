"""What `Test connection` tells: who answered, and whether that is enough to post."""

from __future__ import annotations

from ..zoom.client import ZoomClient
from . import scopes
from .connection import Settings

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
    missing = scopes.lacking(settings.app_type, token.scopes)
    if scopes.FOR[settings.app_type][0] in missing:
        return False, f"{app}, but the app may not send messages. {scopes.remedy(missing[:1])}"
    needed = [scope for scope in missing if scope.needed]
    warning = f" {scopes.remedy(needed)}" if needed else ""
    held = ", ".join(sorted(token.scopes)) or "none named"
    if len(held) > _MAX_SCOPES:
        held = held[:_MAX_SCOPES].rpartition(", ")[0] + ", ..."
    return True, f"{app}. Scopes: {held}.{warning}"
