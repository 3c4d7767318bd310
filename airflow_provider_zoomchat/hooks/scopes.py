"""Whether an app has the scopes that it needs, and what `Test connection` says of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..zoom.client import ZoomClient
from ..zoom.codes import LACKS_SCOPE
from ..zoom.error_hints import APP
from ..zoom.errors import CredentialsError, ZoomChatError
from .app_types import AppType, Scope
from .connection import Settings

#: Where an app gets its scopes.
WHERE = f"{APP} > Scopes > Add Scopes"


def lacking(app: AppType, held: Iterable[str]) -> tuple[Scope, ...]:
    """Return what an app is not allowed; nothing if Zoom named no scopes at all.

    With or without ``:admin``: user-managed apps have the names without.
    """
    known = {_plain(scope) for scope in held}
    if not known:
        return ()
    return tuple(scope for scope in app.scopes if known.isdisjoint(map(_plain, scope.spellings)))


def lacks_scope(error: ZoomChatError) -> bool:
    """Tell whether Zoom refused a call because the app lacks a scope."""
    return (
        isinstance(error, CredentialsError) and error.code in LACKS_SCOPE and "scope" in str(error)
    )


def typical(app: AppType, held: Iterable[str]) -> list[str]:
    """Return those of the scopes that only an app of this type can have."""
    spellings = [name for scope in app.scopes for name in scope.spellings]
    # Any app may have those for users.
    families = {name.partition(":")[0] for name in spellings} - {"user"}
    return [scope for scope in held if scope.partition(":")[0] in families]


def remedy(app: AppType, missing: Sequence[Scope]) -> str:
    """Return which scopes an app lacks, and where it gets them, in whole sentences."""
    many = "s" if len(missing) > 1 else ""
    return (
        f"The app lacks the scope{many} {'; '.join(map(str, missing))}. Add "
        f"{'them' if many else 'it'} {where(app)}."
    )


def where(app: AppType) -> str:
    """Return where an app gets its scopes, and what is to be done then."""
    # Zoom refuses a refresh token whose scopes are not the app's (4711):
    # https://developers.zoom.us/docs/integrations/oauth-error-messages/.
    then = (
        "then authorize the app again with zoomchat login"
        if app.rotates_token
        else "a new token is fetched by itself"
    )
    return f"at {WHERE}; {then}"


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
    account = f" of account {settings.account_id!r}" if settings.account_id else ""
    gave = (
        f"Zoom gave a token to the {settings.app_type} app with Client ID {settings.client_id!r}"
        f"{account}"
    )
    missing = lacking(settings.app, token.scopes)
    if settings.app.scopes[0] in missing:
        cure = remedy(settings.app, missing[:1])
        return False, f"{gave}, but the app may not send messages. {cure}"
    needed = [scope for scope in missing if scope.needed]
    warning = f" {remedy(settings.app, needed)}" if needed else ""
    held = ", ".join(sorted(token.scopes)) or "none named"
    if len(held) > _MAX_SCOPES:
        held = held[:_MAX_SCOPES].rpartition(", ")[0] + ", ..."
    return True, f"{gave}. Scopes: {held}.{warning}"
