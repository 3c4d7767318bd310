"""Whether Zoom can be reached and accepts the app: hosts, token, app type, scopes, users."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from ...hooks import scopes, targets
from ...hooks.connection import Settings, client_for, label, read_connection
from ...zoom import sanitize, users
from ...zoom.auth import Token
from ...zoom.chatbot import LOOK_UP, Bot
from ...zoom.client import ZoomClient
from ...zoom.errors import ConfigError, CredentialsError, ZoomChatError
from ...zoom.http import Request, host
from ...zoom.users import is_address
from .connection import Step
from .source import STDIN, find

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
        actions = [scope.action for scope in scopes.FOR[settings.app_type] if scope not in missing]
        yield Step("scopes", "ok", f"The app may {', '.join(actions)}.")
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


def check_lookup(conn_id: str, settings: Settings, time_budget: float) -> Iterator[Step]:
    """Yield whether the Look-up connection of a bot is one, and may look people up.

    :param conn_id: that of the bot's own connection.
    :param time_budget: seconds for the call.
    """
    if settings.app_type != "chatbot":
        return
    other_id, named = settings.lookup_conn_id, label("lookup_conn_id")
    if other_id is None:
        yield Step("look-up", "skipped", f"{named} is empty: people can be given by JID alone.")
        return
    if other_id in (conn_id, STDIN):
        yield Step("look-up", "failed", f"{named} is this connection itself. {LOOK_UP}")
        return
    try:
        found = find(other_id, str)
        other = read_connection(found.connection, found.called)
    except ConfigError as error:
        yield Step("look-up", "failed", f"{named} cannot be used. {error}")
        return
    if other.app_type != "server_to_server":
        kind = f"{named} is {other_id!r}, which has App type {other.app_type!r}"
        yield Step("look-up", "failed", f"{kind}. {LOOK_UP}")
        return
    try:
        token = client_for(other, time_budget=time_budget).new_token()
    except ZoomChatError as error:
        yield Step("look-up", "failed", f"Of {named}, {other_id!r}: {error}")
        return
    if token is None or not token.scopes:
        text = "Zoom named no scopes of it, so whether people are found is not checked."
        yield Step("look-up", "note", f"{named} is {other_id!r}. {text}")
    elif scopes.READ_USER in scopes.lacking("server_to_server", token.scopes):
        remedy = scopes.remedy([scopes.READ_USER])
        yield Step("look-up", "failed", f"{named} is {other_id!r}. {remedy}")
    else:
        yield Step("look-up", "ok", f"{named} is {other_id!r}, whose app may look people up.")
    if other.account_id != settings.account_id:
        yield Step(
            "look-up",
            "failed",
            f"{named} is {other_id!r}, which is of account {other.account_id!r}, and this one is "
            f"of {settings.account_id!r}: take one of the same account.",
        )


def bot(settings: Settings, client: ZoomClient) -> Bot:
    """Return the bot that posts, with the JID of the user on whose behalf it does."""
    found = targets.bot(settings)
    behalf = found.user_jid and jid(settings, found.user_jid, client)
    return replace(found, user_jid=behalf)


def jid(settings: Settings, given: str, client: ZoomClient) -> str:
    """Return the JID of a person who is given by e-mail address, and anything else as it is.

    :raises ZoomChatError: there is no such person, or no way to look people up.
    """
    if not is_address(given):
        return given
    found = find(settings.lookup_conn_id or "", str)
    other = read_connection(found.connection, found.called)
    through = client_for(other, time_budget=client.time_budget)
    user = through.send(users.read(other.at.api, given))
    return str(user.get("jid") or given)


def check_sender(settings: Settings, client: ZoomClient) -> Iterator[Step]:
    """Yield who posts, as far as Zoom tells."""
    if settings.app_type == "chatbot":
        yield _bot(settings)
    elif settings.user_id is None:
        yield Step(
            "sender",
            "note",
            f"{label('user_id')} is empty, so each message must name its user_id.",
        )
    else:
        yield _user(settings, client, settings.user_id)


def _user(settings: Settings, client: ZoomClient, user_id: str) -> Step:
    try:
        user = client.send(users.read(settings.at.api, user_id))
    except ZoomChatError as error:
        if lacks_scope(error):
            return Step(
                "sender",
                "note",
                f"Whether acting user {user_id!r} exists cannot be checked without the scope "
                f"{scopes.READ_USER}, which messages do not need.",
            )
        return Step("sender", "failed", str(error))
    name = sanitize.one_line(str(user.get("display_name") or user.get("email") or user_id))
    status = str(user.get("status") or "")
    if status not in ("", "active"):
        return Step(
            "sender",
            "failed",
            f"Acting user {user_id!r} is {name}, whose status in Zoom is {status!r}: a Zoom admin "
            "activates users under User Management > Users.",
        )
    active = ", an active user" if status else "; whether active, Zoom does not say"
    return Step("sender", "ok", f"Acting user {user_id!r} is {name}{active}.")


def _bot(settings: Settings) -> Step:
    """Return whether a bot's JIDs look like such: with a bot's token nobody can be looked up."""
    try:
        bot = targets.bot(settings)
    except ConfigError as error:
        return Step("sender", "failed", f"{label('user_jid')}: {error}")
    behalf = f", on behalf of {bot.user_jid!r}" if bot.user_jid else ""
    if not bot.robot_jid.startswith("v1"):
        return Step(
            "sender",
            "note",
            f"{label('robot_jid')} is {bot.robot_jid!r}; Zoom's begin with v1. It stands at "
            "marketplace.zoom.us > Manage > Created Apps > your app > Features > Surface > Team "
            "Chat Subscription.",
        )
    return Step(
        "sender",
        "skipped",
        f"Not checked: whether Bot {bot.robot_jid!r}{behalf} is this app's. Zoom tells with the "
        "first message: --send tries it.",
    )
