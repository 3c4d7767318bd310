"""The token endpoint, and which token each API takes."""

from __future__ import annotations

import base64
import binascii

from airflow_provider_zoomchat.sandbox import world
from airflow_provider_zoomchat.sandbox.http import Answer, Call, Refusal, refuse
from airflow_provider_zoomchat.sandbox.state import Chat


def issue(chat: Chat, call: Call) -> Answer:
    """``POST /oauth/token``."""
    # https://developers.zoom.us/docs/internal-apps/s2s-oauth/: in the query or in the body. (One
    # report says that the query is no longer read: devforum.zoom.us 124925.) Which of two counts is
    # not documented: the body's.
    if call.form is None and call.body.strip():
        raise _refuse("The request body must be application/x-www-form-urlencoded.")
    form = {**call.query, **(call.form or {})}
    app = _app(call.headers.get("authorization", ""))
    grant_type = form.get("grant_type", "")
    # https://developers.zoom.us/docs/integrations/oauth-error-messages/ (4706, 4705): no shape or
    # words are given for these two; the names of the errors are those of RFC 6749.
    if not grant_type:
        raise _refuse("Missing grant type.")
    if grant_type not in {known.grant_type for known in world.APPS.values()}:
        raise _refuse("Unsupported grant type.", "unsupported_grant_type")
    if grant_type != app.grant_type:
        if grant_type == "account_credentials":
            # Zoom's words to an app of another type, as public code quotes them.
            raise _refuse("Account does not enabled the OAuth app type")
        raise _refuse("Unsupported grant type.", "unsupported_grant_type")
    if grant_type == "account_credentials" and form.get("account_id") != world.ACCOUNT_ID:
        raise _refuse("Account does not exist")
    return Answer(
        200,
        {
            "access_token": chat.issue_token(grant_type),
            "token_type": "bearer",
            "expires_in": int(chat.token_lifetime),
            "scope": app.scope,
            "api_url": call.site,
        },
    )


def require_user_token(chat: Chat, call: Call, *, status: int = 401) -> None:
    """Let only the token of the Server-to-Server app pass.

    :param status: of the refusal; the file host has its own.
    """
    # https://developers.zoom.us/docs/api/team-chat (OAS). What a bot's token is told is not
    # documented beyond "fails" (devforum.zoom.us 88038); the same words are the likeliest.
    token = chat.tokens.get(_bearer(call))
    if token is None or token.grant_type != world.SERVER_TO_SERVER.grant_type:
        raise refuse(status, 124, "Invalid access token.")
    if token.ends <= chat.now():
        raise refuse(status, 124, "Access token is expired.")


def require_bot_token(chat: Chat, call: Call) -> None:
    """Let only the token of the bot's app pass."""
    # https://developers.zoom.us/docs/api/chatbot (OAS), devforum.zoom.us 88038
    if not call.headers.get("authorization"):
        raise refuse(401, 7010, "Missing Authorization header.", result=False)
    token = chat.tokens.get(_bearer(call))
    live = token is not None and token.ends > chat.now()
    if not live or token is None or token.grant_type != world.CHATBOT.grant_type:
        raise refuse(401, 7010, "Invalid authorization token.", result=False)


def _app(authorization: str) -> world.App:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        # Error 4706 has no documented words.
        raise _refuse("Missing client_id or client_secret", "invalid_client")
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        client_id = secret = ""
    app = world.APPS.get(client_id)
    if app is None or app.client_secret != secret:
        # 400 is what clients of the real endpoint saw; Zoom's older pages say 401.
        raise _refuse("Invalid client_id or client_secret", "invalid_client")
    return app


def _bearer(call: Call) -> str:
    scheme, _, value = call.headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""


def _refuse(reason: str, error: str = "invalid_request") -> Refusal:
    return Refusal(400, {"reason": reason, "error": error})
