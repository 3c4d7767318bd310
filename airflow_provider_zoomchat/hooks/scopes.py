"""The scopes an app needs, in both of Zoom's spellings, and what `Test connection` says of them.

Sources: https://developers.zoom.us/docs/api/team-chat/ and .../users/ (granular and classic),
https://github.com/zoom/chatbot-nodejs-quickstart (imchat).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..zoom.client import ZoomClient
from .connection import Settings

#: Where an app gets its scopes.
WHERE = "marketplace.zoom.us > Manage > Created Apps > your app > Scopes > Add Scopes"


class Scope(NamedTuple):
    """A right of an app.

    :param action: what it is for, to stand behind "to".
    :param spellings: one of them is enough; the first is the granular one.
    :param needed: whether the provider is of little use without.
    """

    action: str
    spellings: tuple[str, ...]
    needed: bool = True

    def __str__(self) -> str:
        return f"{' or '.join(self.spellings)} (to {self.action})"


#: The classic spelling of all that is done to messages.
_WRITE = "chat_message:write:admin"

LIST_CHANNELS = Scope(
    "find channels by name",
    ("team_chat:read:list_user_channels:admin", "chat_channel:read:admin"),
    needed=False,
)
READ_USER = Scope("look up users", ("user:read:user:admin", "user:read:admin"), needed=False)

#: What each app type needs or can use; the first of each is the one to send with.
FOR: dict[str, tuple[Scope, ...]] = {
    "server_to_server": (
        Scope("send messages", ("team_chat:write:user_message:admin", _WRITE)),
        Scope("edit messages", ("team_chat:update:user_message:admin", _WRITE)),
        Scope("delete messages", ("team_chat:delete:user_message:admin", _WRITE)),
        Scope("upload files", ("team_chat:write:files:admin", _WRITE), needed=False),
        Scope("add reactions", ("team_chat:update:message_emoji:admin", _WRITE), needed=False),
        Scope(
            "read replies",
            ("team_chat:read:thread_message:admin", "chat_message:read:admin"),
            needed=False,
        ),
        LIST_CHANNELS,
        READ_USER,
    ),
    "chatbot": (Scope("send, edit and delete messages", ("imchat:bot", "imchat:userapp")),),
    "incoming_webhook": (),
}


def lacking(app_type: str, held: Iterable[str]) -> tuple[Scope, ...]:
    """Return what an app is not allowed; nothing if Zoom named no scopes at all.

    With or without ``:admin``: user-managed apps have the names without.
    """
    known = {_plain(scope) for scope in held}
    if not known:
        return ()
    return tuple(scope for scope in FOR[app_type] if known.isdisjoint(map(_plain, scope.spellings)))


def typical(app_type: str, held: Iterable[str]) -> list[str]:
    """Return those of the scopes that only an app of this type can have."""
    spellings = {name for scope in FOR[app_type] if scope != READ_USER for name in scope.spellings}
    families = {name.partition(":")[0] for name in spellings}
    return [scope for scope in held if scope.partition(":")[0] in families]


def remedy(missing: Sequence[Scope]) -> str:
    """Return which scopes an app lacks, and where it gets them, in whole sentences."""
    many = "s" if len(missing) > 1 else ""
    return (
        f"The app lacks the scope{many} {'; '.join(map(str, missing))}. Add "
        f"{'them' if many else 'it'} at {WHERE}; a new token is fetched by itself."
    )


def _plain(scope: str) -> str:
    return scope.removesuffix(":admin")


#: Characters of the list of scopes; Airflow keeps 2,000 of the whole text.
_MAX_SCOPES = 1200


def connection_test(settings: Settings, client: ZoomClient) -> tuple[bool, str]:
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
    missing = lacking(settings.app_type, token.scopes)
    if FOR[settings.app_type][0] in missing:
        return False, f"{app}, but the app may not send messages. {remedy(missing[:1])}"
    needed = [scope for scope in missing if scope.needed]
    warning = f" {remedy(needed)}" if needed else ""
    held = ", ".join(sorted(token.scopes)) or "none named"
    if len(held) > _MAX_SCOPES:
        held = held[:_MAX_SCOPES].rpartition(", ")[0] + ", ..."
    return True, f"{app}. Scopes: {held}.{warning}"
