"""Whether Zoom can be reached and accepts the app: hosts, token, app type, scopes, sender."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from urllib.parse import urlsplit

from ...hooks import app_types, targets
from ...hooks.app_types import APP_TYPES, CHATBOT, TEAM_CHAT, WEBHOOK
from ...hooks.connection import Settings, field_label
from ...zoom import sanitize
from ...zoom.auth import Token
from ...zoom.errors import ConfigError, CredentialsError, ZoomChatError
from ...zoom.http import Request, host
from .connection import PlainHook
from .step import Step, failed, note, ok, skipped


def check_hosts(hook: PlainHook) -> tuple[list[Step], str | None]:
    """Return whether each host that a connection needs answers, over TLS, whatever it answers.

    Beside the steps: the host without which nothing else can be tried, if there is one.
    """
    settings = hook.settings
    steps: list[Step] = []
    lost = None
    needed = needed_hosts(settings)
    urls = dict(needed)
    if settings.app.api == TEAM_CHAT:
        # Without the host of files, all but files can be tried. Assumed: its answer is short too.
        urls.setdefault(host(settings.hosts.files), f"{settings.hosts.files}/users/me")
    for name, url in urls.items():
        try:
            status = reach(hook, f"reach {name}", url)
        except ZoomChatError as error:
            steps.append(failed("host", error))
            lost = lost or (name if name in needed else None)
            continue
        how = "over TLS" if url.startswith("https") else "without TLS, on this machine"
        steps.append(ok("host", f"{name} answers {how} (HTTP {status}; any answer will do)."))
    return steps, lost


def needed_hosts(settings: Settings) -> dict[str, str]:
    """Return the hosts without which nothing can be sent, each with an address of a short answer.

    Assumed: none of these gives a page of HTML to whoever has no token.
    """
    if settings.app.api == WEBHOOK:
        parts = urlsplit(settings.webhook_url or "")
        # The last part is the secret one.
        path = parts.path.rstrip("/").rpartition("/")[0]
        return {host(settings.webhook_url or ""): f"{parts.scheme}://{parts.netloc}{path}"}
    urls = {host(settings.hosts.oauth): f"{settings.hosts.oauth}/oauth/token"}
    urls.setdefault(host(settings.hosts.api), f"{settings.hosts.api}/users/me")
    return urls


def reach(hook: PlainHook, doing: str, url: str) -> int:
    """Call an address once, without a token, and return the status of the answer.

    :param doing: what errors say could not be done.
    :raises ZoomChatError: nobody answers.
    """
    return hook.client.reach(Request(doing, "team_chat", "GET", url, repeatable=True))


def check_token(hook: PlainHook) -> tuple[list[Step], Token | None]:
    """Return whether Zoom gives a new token, and whether the app is of the type it should be.

    Beside the steps: the token, if there is one.
    """
    try:
        token = hook.client.new_token()
    except CredentialsError as error:
        return [failed("token", error), *_try_other_type(hook)], None
    except ZoomChatError as error:
        text = "Not checked: there is no token."
        return [failed("token", error), skipped("app type", text)], None
    if token is None:  # of a webhook, which has none
        return [], None
    text = f"Zoom gives a token to the app with Client ID {hook.settings.client_id!r}."
    return [ok("token", text), _check_app_type(hook.settings, token)], token


def _check_app_type(settings: Settings, token: Token) -> Step:
    """Return whether the scopes of a token are those of the app type that it should have."""
    other = settings.app.mistaken_for
    typical = app_types.typical(settings.app, token.scopes)
    typical_of_other = app_types.typical(APP_TYPES[other], token.scopes) if other else []
    if other and typical_of_other and not typical:
        scope = f"{typical_of_other[0]} is a scope of a {APP_TYPES[other].app}"
        return _wrong_type(settings, other, f"{scope}.")
    if settings.app.api == CHATBOT and not typical:
        text = "Not checked: Zoom gave a token, but named no scope of a bot to tell the app by."
        return skipped("app type", text)
    return ok("app type", f"{settings.app_type!r} it is: Zoom takes it for a {settings.app.app}.")


def _try_other_type(hook: PlainHook) -> Iterator[Step]:
    """Yield whether an app that gets no token would get one as the type it is mistaken for."""
    other = hook.settings.app.mistaken_for
    if other is None:
        return
    settings = dataclasses.replace(hook.settings, app_type=other, share_tokens=False)
    try:
        dataclasses.replace(hook, settings=settings).client.new_token()
    except CredentialsError:
        text = f"Zoom refuses the app as {other!r} too, so App type is probably right."
        yield note("app type", text)
    except ZoomChatError as error:
        yield skipped("app type", f"Not checked. {error}")
    else:
        found = f"the app is a {APP_TYPES[other].app}: as {other!r} Zoom gives it a token."
        yield _wrong_type(hook.settings, other, found)


def _wrong_type(settings: Settings, other: str, found: str) -> Step:
    needs = APP_TYPES[other].own_field
    fill = f" and fill {field_label(needs)}" if needs and not getattr(settings, needs) else ""
    return failed(
        "app type",
        f"{field_label('app_type')} is {settings.app_type!r}, but {found} Set App type to "
        f"{other!r}{fill}, or take Client ID and Client secret of a {settings.app.app}.",
    )


def check_scopes(settings: Settings, token: Token) -> list[Step]:
    """Return what the app of a connection may do, and which scopes would give it what it lacks."""
    if not token.scopes:
        text = "Zoom named no scopes, so what the app may do is not known."
        return [note("scopes", text)]
    missing = app_types.lacking(settings.app, token.scopes)
    needed = [scope for scope in missing if scope.needed]
    optional = [scope for scope in missing if not scope.needed]
    if needed:
        steps = [failed("scopes", app_types.remedy(settings.app, needed))]
    else:
        actions = [scope.action for scope in settings.app.scopes if scope not in missing]
        steps = [ok("scopes", f"The app may {', '.join(actions)}.")]
    for scope in optional:
        granular, *classic = scope.spellings
        steps.append(
            note("scopes", f"{scope.feature}: add {granular} (classic: {' or '.join(classic)}).")
        )
    if optional:
        steps.append(note("scopes", f"Scopes are added {app_types.where(settings.app)}."))
    return steps


def check_sender(hook: PlainHook) -> list[Step]:
    """Return who posts, as far as Zoom tells, and through whom a bot finds people."""
    if hook.settings.app.api == CHATBOT:
        return [_check_bot(hook.settings), *_check_lookup(hook)]
    if hook.settings.app.acts_for_one_user:
        return [_check_user(hook, "me")]
    if hook.settings.user_id is None:
        text = f"{field_label('user_id')} is empty, so each message must name its user_id."
        return [note("sender", text)]
    return [_check_user(hook, hook.settings.user_id)]


def _check_user(hook: PlainHook, user_id: str) -> Step:
    try:
        user = hook.find_user(user_id)
    except ZoomChatError as error:
        if app_types.lacks_scope(error):
            return note(
                "sender",
                f"Who acting user {user_id!r} is cannot be checked without the scope "
                f"{hook.settings.app.read_user}, which messages do not need.",
            )
        return failed("sender", error)
    who = "The app's user" if user_id == "me" else f"Acting user {user_id!r}"
    name = sanitize.one_line(str(user.get("display_name") or user.get("email") or user_id))
    status = str(user.get("status") or "")
    if status not in ("", "active"):
        return failed(
            "sender",
            f"{who} is {name}, whose status in Zoom is {status!r}: a Zoom admin "
            "activates users under User Management > Users.",
        )
    active = ", an active user" if status else "; whether active, Zoom does not say"
    return ok("sender", f"{who} is {name}{active}.")


def _check_bot(settings: Settings) -> Step:
    """Return whether a bot's JIDs look like such: with a bot's token nobody can be looked up."""
    try:
        bot = targets.bot(settings)
    except ConfigError as error:
        return failed("sender", f"{field_label('user_jid')}: {error}")
    behalf = f", on behalf of {bot.user_jid!r}" if bot.user_jid else ""
    who = f"whether Bot {bot.robot_jid!r}{behalf} is this app's"
    text = f"Not checked: {who}. Zoom tells with the first message: --send tries it."
    return skipped("sender", text)


def _check_lookup(hook: PlainHook) -> list[Step]:
    """Return whether a bot's Look-up connection may look people up."""
    if hook.settings.lookup_conn_id is None:
        text = f"{field_label('lookup_conn_id')} is empty: people can be given by JID alone."
        return [skipped("look-up", text)]
    other = hook.lookup
    if isinstance(other, ConfigError):
        return [failed("look-up", other)]
    named = f"{field_label('lookup_conn_id')} is {other.zoom_conn_id!r}"
    try:
        token = other.client.new_token()
    except ZoomChatError as error:
        return [failed("look-up", f"{named}. {error}")]
    if token is None or not token.scopes:
        text = "Zoom named no scopes of it, so whether people are found is not checked."
        steps = [note("look-up", f"{named}. {text}")]
    elif other.settings.app.read_user in app_types.lacking(other.settings.app, token.scopes):
        remedy = app_types.remedy(other.settings.app, [other.settings.app.read_user])
        steps = [failed("look-up", f"{named}. {remedy}")]
    else:
        steps = [ok("look-up", f"{named}, whose app may look people up.")]
    accounts = other.settings.account_id, hook.settings.account_id
    if accounts[0] != accounts[1]:
        text = (
            f"which is of account {accounts[0]!r}, and this one is of {accounts[1]!r}: take one of "
            "the same account."
        )
        steps.append(failed("look-up", f"{named}, {text}"))
    return steps
