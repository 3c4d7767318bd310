"""Tokens: who an app is, and whom a user has let it act for.

Sources: https://developers.zoom.us/docs/internal-apps/s2s-oauth/ and .../docs/integrations/oauth/.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment

from airflow_provider_zoomchat.sandbox import world
from airflow_provider_zoomchat.sandbox.http import Answer, Call, Refusal, refuse
from airflow_provider_zoomchat.sandbox.state import KEPT, Chat

# https://developers.zoom.us/docs/integrations/oauth-error-messages/ (4733)
CODE_LIFETIME = 300.0  # seconds

_PAGE = Environment(autoescape=True).from_string(
    """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{{ title }}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 32rem; margin: 4rem auto; padding: 0 1rem }
button { font: inherit; padding: .4rem 1.2rem; margin-right: .6rem; border-radius: .5rem;
  border: 1px solid #0b5cff; background: #0b5cff; color: #fff }
button[value=deny] { background: none; color: inherit; border-color: #888 }
</style>
<h1>{{ title }}</h1>
{% if error %}<p>{{ error }}</p>{% else %}
<p>A local Zoom asks what Zoom would ask. You are signed in as
<b>{{ user.display_name }}</b> ({{ user.email }}). The app may then:</p>
<ul>{% for scope in scopes %}<li><code>{{ scope }}</code></li>{% endfor %}</ul>
<form method="post">
{% for name, text in fields.items() %}<input type="hidden" name="{{ name }}" value="{{ text }}">
{% endfor %}
<button name="decision" value="allow">Allow</button><button name="decision" value="deny">Decline
</button></form>{% endif %}
</html>
"""
)


@dataclass
class Token:
    """An access token.

    :param user: for whom it speaks; None of an app that names the user in each call.
    """

    app: world.App
    ends: float
    user: world.User | None = None
    scopes: tuple[str, ...] = ()


@dataclass
class Code:
    """What an app gets when a user has authorized it, to be traded for a token.

    :param challenge: of PKCE, if the app has sent one.
    """

    app: world.App
    user: world.User
    redirect_uri: str
    challenge: str | None
    ends: float


def ask_user(call: Call) -> Answer:
    """``GET /oauth/authorize``: the page on which a user lets an app act for them."""
    app = _authorizable(call.query)
    page = _PAGE.render(
        title=f"{app.name} wants to use your Zoom account",
        user=world.AIRFLOW,
        scopes=app.scope.split(),
        fields=call.query,
    )
    return Answer(200, page)


def answer_user(call: Call) -> Answer:
    """``POST /oauth/authorize``: what the page sends, Allow or Decline."""
    form = call.form_fields or {}
    app = _authorizable(form)
    answer = {"error": "access_denied"}  # https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1
    if form.get("decision") == "allow":
        challenge = form.get("code_challenge") or None
        ends = call.chat.now() + CODE_LIFETIME
        answer = {"code": _random()}
        call.chat.codes[answer["code"]] = Code(
            app, world.AIRFLOW, form["redirect_uri"], challenge, ends
        )
    if "state" in form:
        answer["state"] = form["state"]
    mark = "&" if urlsplit(form["redirect_uri"]).query else "?"
    location = f"{form['redirect_uri']}{mark}{urlencode(answer)}"
    return Answer(302, None, {"location": location})


def _authorizable(query: Mapping[str, str]) -> world.App:
    """Return the app that a user is asked about; Zoom shows what is wrong on a page."""
    app = world.APPS.get(query.get("client_id", ""))
    challenge, method = query.get("code_challenge"), query.get("code_challenge_method")
    error = ""
    if app is None or not app.redirect_uris:
        error = f"Invalid client_id: {query.get('client_id', '')} (4,702)"
    elif not any(_is_same(query.get("redirect_uri", ""), one) for one in app.redirect_uris):
        error = f"Invalid redirect: {query.get('redirect_uri', '')} (4,700)"
    elif query.get("response_type") != "code":
        error = "Invalid response_type"
    elif challenge and method != "S256":
        error = "Invalid code_challenge_method"  # assumed: Zoom takes plain too, which is no use
    if app is None or error:
        page = _PAGE.render(title="This app cannot be authorized", error=error)
        raise Refusal(400, page)
    return app


def _is_same(redirect_uri: str, registered: str) -> bool:
    """Tell whether an app may be answered at an address; the port of this machine counts not.

    Source: https://developers.zoom.us/changelog/platform/pkce-loopback.
    """
    try:
        given, known = urlsplit(redirect_uri), urlsplit(registered)
        _ = given.port
    except ValueError:
        return False
    if known.hostname not in ("127.0.0.1", "localhost"):
        return redirect_uri == registered
    return (given.scheme, given.hostname, given.path) == (known.scheme, known.hostname, known.path)


def issue_token(call: Call) -> Answer:
    """``POST /oauth/token``."""
    # https://developers.zoom.us/docs/internal-apps/s2s-oauth/: in the query or in the body. (One
    # report says that the query is no longer read: devforum.zoom.us 124925.) Which of two counts is
    # not documented: the body's.
    if call.form_fields is None and call.content.strip():
        raise _refuse_token("The request body must be application/x-www-form-urlencoded.")
    form = {**call.query, **(call.form_fields or {})}
    app = _app(call.headers.get("authorization", ""))
    grant_type = form.get("grant_type", "")
    # https://developers.zoom.us/docs/integrations/oauth-error-messages/ (4706, 4705): no shape or
    # words are given for these two; the names of the errors are those of RFC 6749.
    if not grant_type:
        raise _refuse_token("Missing grant type.")
    if grant_type not in app.grant_types:
        if grant_type == "account_credentials":
            # Zoom's words to an app of another type, as public code quotes them.
            raise _refuse_token("Account does not enabled the OAuth app type")
        raise _refuse_token("Unsupported grant type.", "unsupported_grant_type")
    if grant_type == "account_credentials" and form.get("account_id") != world.ACCOUNT_ID:
        raise _refuse_token("Account does not exist")
    user: world.User | None = None
    if grant_type == "authorization_code":
        user = _user_of_code(call.chat, app, form)
    elif grant_type == "refresh_token":
        user = call.chat.refresh_tokens.pop(form.get("refresh_token", ""), None)
        if user is None:
            # https://github.com/raycast/extensions (issue 10896)
            raise _refuse_token("Invalid Token!", "invalid_grant")
    return Answer(200, {**grant(call.chat, app, user), "api_url": call.site})


def grant(chat: Chat, app: world.App, user: world.User | None = None) -> dict[str, Any]:
    """Return the answer that gives an app a token.

    :param user: who has authorized the app.
    """
    value = new_token(chat, app, user)
    answer: dict[str, Any] = {
        "access_token": value,
        "token_type": "bearer",
        "expires_in": int(chat.options.token_lifetime),
        "scope": " ".join(chat.tokens[value].scopes),
    }
    if user is not None:
        answer["refresh_token"] = refresh_token = _random()  # good for one use
        chat.refresh_tokens[refresh_token] = user
        if len(chat.refresh_tokens) > KEPT:
            chat.refresh_tokens.popitem(last=False)
    return answer


def new_token(chat: Chat, app: world.App, user: world.User | None = None) -> str:
    """Return a new token, with its app's scopes; the older ones stay valid, up to `max_tokens`.

    :param user: who has authorized the app.
    """
    # https://developers.zoom.us/docs/internal-apps/s2s-oauth/: several live at once.
    value = _random()
    scopes = tuple(scope for scope in app.scope.split() if scope not in chat.withheld)
    chat.tokens[value] = Token(app, chat.now() + chat.options.token_lifetime, user, scopes)
    if len(chat.tokens) > KEPT:
        chat.tokens.popitem(last=False)
    if chat.options.max_tokens is not None:
        live = [name for name, token in chat.tokens.items() if token.app == app]
        for name in live[: -chat.options.max_tokens]:
            del chat.tokens[name]
    chat.tokens_issued += 1
    return value


def _user_of_code(chat: Chat, app: world.App, form: Mapping[str, str]) -> world.User:
    """Return who has authorized an app, by the code that Zoom has sent to the app."""
    code: Code | None = chat.codes.pop(form.get("code", ""), None)
    # The words are Zoom's where https://developers.zoom.us/docs/integrations/oauth-error-messages/
    # has any (4709, 4733, 4734).
    if code is None or code.app != app:
        raise _refuse_token("Invalid authorization code.")
    if code.ends <= chat.now():
        raise _refuse_token("Code is expired.")
    if code.redirect_uri != form.get("redirect_uri"):
        raise _refuse_token("Redirect URI mismatch.")
    if code.challenge is not None:
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).decode().rstrip("=") != code.challenge:
            # https://www.rfc-editor.org/rfc/rfc7636#section-4.6
            raise _refuse_token("Invalid code verifier.", "invalid_grant")
    # https://developers.zoom.us/docs/integrations/oauth-error-messages/ (4741): what the user has
    # allowed the app before ends.
    for value, token in list(chat.tokens.items()):
        if (token.app, token.user) == (app, code.user):
            del chat.tokens[value]
    for value, owner in list(chat.refresh_tokens.items()):
        if owner == code.user:
            del chat.refresh_tokens[value]
    return code.user


def require_user_token(call: Call, *, status: int = 401) -> Token:
    """Let only a token pass with which an app speaks for a user, and return it.

    :param status: of the refusal; the file host has its own.
    """
    # https://developers.zoom.us/docs/api/team-chat (OAS). What a bot's token is told is not
    # documented beyond "fails" (devforum.zoom.us 88038); the same words are the likeliest.
    token = call.chat.tokens.get(_bearer(call))
    if token is None or token.app == world.CHATBOT:
        raise refuse(status, 124, "Invalid access token.")
    if token.ends <= call.chat.now():
        raise refuse(status, 124, "Access token is expired.")
    return token


def require_bot_token(call: Call) -> None:
    """Refuse any token but the bot's."""
    # https://developers.zoom.us/docs/api/chatbot (OAS), devforum.zoom.us 88038
    if not call.headers.get("authorization"):
        raise refuse(401, 7010, "Missing Authorization header.", result=False)
    token = call.chat.tokens.get(_bearer(call))
    live = token is not None and token.ends > call.chat.now()
    if not live or token is None or token.app != world.CHATBOT:
        raise refuse(401, 7010, "Invalid authorization token.", result=False)


def _app(authorization: str) -> world.App:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        # Error 4706 has no documented words.
        raise _refuse_token("Missing client_id or client_secret", "invalid_client")
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        client_id = secret = ""
    app = world.APPS.get(client_id)
    if app is None or app.client_secret != secret:
        # 400 is what clients of the real endpoint saw; Zoom's older pages say 401.
        raise _refuse_token("Invalid client_id or client_secret", "invalid_client")
    return app


def _bearer(call: Call) -> str:
    scheme, _, value = call.headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""


def _refuse_token(reason: str, error: str = "invalid_request") -> Refusal:
    return Refusal(400, {"reason": reason, "error": error})


def _random() -> str:
    return uuid.uuid4().hex + uuid.uuid4().hex
