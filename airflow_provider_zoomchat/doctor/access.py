"""Whether Zoom can be reached and lets the app in: hosts, token, kind of app, scopes."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Iterator
from urllib.parse import urlsplit

from ..hooks import scopes
from ..hooks.connection import Settings, client_for, label
from ..zoom.auth import Token
from ..zoom.client import ZoomClient
from ..zoom.errors import CredentialsError, ZoomChatError
from ..zoom.http import Request, host
from .step import Step

#: Seconds for one call with its waits: who asks is sitting in front of it.
TIME_BUDGET = 20.0

#: Of each kind of app that asks for a token the other one, what Zoom calls it, what it needs more
#: of its connection, and how its scopes begin.
_OTHER = {"server_to_server": "chatbot", "chatbot": "server_to_server"}
_APPS = {"server_to_server": "Server-to-Server OAuth app", "chatbot": "General App with a bot"}
_NEEDS = {"server_to_server": "user_id", "chatbot": "robot_jid"}
_SCOPES = {
    "server_to_server": ("team_chat:", "chat_message:", "chat_channel:"),
    "chatbot": ("imchat:",),
}


def hosts(settings: Settings, client: ZoomClient) -> Generator[Step, None, str | None]:
    """Yield whether each host that a connection needs answers, over TLS, whatever it answers.

    Returns the host without which nothing else can be tried, if there is one.
    """
    lost = None
    needed = addresses(settings)
    urls = dict(needed)
    if settings.app_type == "server_to_server":
        # Without the host of files, all but files can be tried. Assumed: its answer is short too.
        urls.setdefault(host(settings.at.files), f"{settings.at.files}/users/me")
    for name, url in urls.items():
        request = Request(f"reach {name}", "team_chat", "GET", url, repeatable=True)
        try:
            status = client.reach(request)
        except ZoomChatError as error:
            yield Step("host", "failed", str(error))
            lost = lost or (name if name in needed else None)
            continue
        how = "over TLS" if url.startswith("https") else "without TLS, on this machine"
        yield Step("host", "ok", f"{name} answers {how} (HTTP {status}; any answer will do).")
    return lost


def addresses(settings: Settings) -> dict[str, str]:
    """Return the hosts without which nothing can be sent, each with an address of a short answer.

    Assumed: none of these gives a page of HTML to whoever has no token.
    """
    if settings.webhook_url and settings.app_type == "incoming_webhook":
        parts = urlsplit(settings.webhook_url)
        # The last part is the secret one.
        path = parts.path.rstrip("/").rpartition("/")[0]
        return {host(settings.webhook_url): f"{parts.scheme}://{parts.netloc}{path}"}
    at = settings.at
    found = {host(at.oauth): f"{at.oauth}/oauth/token"}
    found.setdefault(host(at.api), f"{at.api}/users/me")
    return found


def token(settings: Settings, client: ZoomClient) -> Generator[Step, None, Token | None]:
    """Yield whether Zoom gives a new token, and whether the app is of the kind that it should be.

    Returns the token, if there is one.
    """
    app = f"the app with Client ID {settings.client_id!r}"
    try:
        given = client.new_token()
    except CredentialsError as error:
        yield Step("token", "failed", str(error))
        yield _other_kind(settings, client)
        return None
    except ZoomChatError as error:
        yield Step("token", "failed", str(error))
        yield Step("app type", "skipped", "There is no token to tell it by.")
        return None
    if given is None:  # a webhook, which is never asked
        return None
    yield Step("token", "ok", f"Zoom gives a token to {app}.")
    yield _kind(settings, given)
    return given


def _kind(settings: Settings, given: Token) -> Step:
    """Return whether the scopes of a token are those of the kind of app that it should be."""
    mine, other = settings.app_type, _OTHER[settings.app_type]
    held = {
        kind: [scope for scope in given.scopes if scope.startswith(begins)]
        for kind, begins in _SCOPES.items()
    }
    if held[other] and not held[mine]:
        return Step(
            "app type",
            "failed",
            f"{label('app_type')} is {mine!r}, but {held[other][0]} is a scope of a "
            f"{_APPS[other]}. {_change(settings, other)}",
        )
    if mine == "chatbot" and not held[mine]:
        text = "Not checked: Zoom gave a token, but named no scope of a bot to tell the app by."
        return Step("app type", "skipped", text)
    return Step("app type", "ok", f"{mine!r} it is: Zoom takes it for a {_APPS[mine]}.")


def _other_kind(settings: Settings, client: ZoomClient) -> Step:
    """Return whether an app that gets no token would get one as the other kind."""
    mine, other = settings.app_type, _OTHER[settings.app_type]
    as_other = dataclasses.replace(settings, app_type=other)
    try:
        client_for(as_other, time_budget=client.time_budget).new_token()
    except CredentialsError:
        text = f"Zoom refuses the app as {other!r} too, so App type may well be right."
        return Step("app type", "note", text)
    except ZoomChatError as error:
        return Step("app type", "skipped", f"It could not be told. {error}")
    return Step(
        "app type",
        "failed",
        f"{label('app_type')} is {mine!r}, but the app is a {_APPS[other]}: as {other!r} Zoom "
        f"gives it a token. {_change(settings, other)}",
    )


def _change(settings: Settings, other: str) -> str:
    need = _NEEDS[other]
    fill = "" if getattr(settings, need) else f" and fill {label(need)}"
    return (
        f"Set App type to {other!r}{fill}, or take Client ID and Client secret of a "
        f"{_APPS[settings.app_type]}."
    )


def check_scopes(settings: Settings, given: Token) -> Iterator[Step]:
    """Yield which of the scopes that a connection needs, or could use, its app lacks."""
    if not given.scopes:
        yield Step("scopes", "note", "Zoom named no scopes, so what the app may do is not known.")
        return
    missing = scopes.lacking(settings.app_type, given.scopes)
    needed = [scope for scope in missing if scope.needed]
    optional = [scope for scope in missing if not scope.needed]
    if needed:
        yield Step("scopes", "failed", scopes.remedy(needed))
    else:
        deeds = [scope.deed for scope in scopes.FOR[settings.app_type] if scope not in missing]
        yield Step("scopes", "ok", f"The app may {', '.join(deeds)}.")
    if optional:
        yield Step("scopes", "note", f"Messages need no more. {scopes.remedy(optional)}")


def lacks_scope(error: ZoomChatError) -> bool:
    """Tell whether Zoom refused a call because the app lacks a scope.

    Sources: devforum.zoom.us 108207 and 6558, https://developers.zoom.us/docs/api/errors/.
    """
    return (
        isinstance(error, CredentialsError)
        and error.code in (104, 4700, 4711)
        and "scope" in str(error)
    )
