"""How each kind of Zoom app proves who it is. Pure: tokens are asked for and kept by the client.

Three kinds ask for a token, which then goes with every call; a webhook signs each call by itself.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from . import masking, sanitize
from .addresses import Hosts
from .errors import UnreachableError
from .http import Request

#: Seconds before its end at which a token is renewed.
RENEW_BEFORE = 60.0


@dataclass(frozen=True)
class App:
    """A Zoom app that asks for a token with its client id and secret.

    :param grant: what Zoom calls this kind of asking; see `hooks.app_types`.
    :param account_id: goes with the grant ``account_credentials`` alone.
    """

    client_id: str
    client_secret: str = field(repr=False)
    grant: str
    account_id: str | None = None

    @cached_property
    def secrets(self) -> tuple[str, ...]:
        """What must not be shown: the secret, and the header that carries it."""
        basic = f"{self.client_id}:{self.client_secret}"
        return self.client_secret, *masking.in_base64(basic)

    def token_request(self, hosts: Hosts, refresh_token: str | None = None) -> Request:
        """Return the call that asks for a token.

        :param refresh_token: what the grant ``refresh_token`` is asked with.
        """
        account_id = self.account_id if self.grant == "account_credentials" else None
        form = {"grant_type": self.grant, "account_id": account_id, "refresh_token": refresh_token}
        return self._request(hosts, form)

    def code_request(self, hosts: Hosts, code: str, redirect_uri: str, verifier: str) -> Request:
        """Return the call that gives a token, and a refresh token, for an authorization code.

        A code lives for minutes and is good for one use.
        Source: https://developers.zoom.us/docs/integrations/oauth/.

        :param redirect_uri: the one that the code was sent to.
        :param verifier: see `authorization_url`.
        """
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        return self._request(hosts, {**form, "code_verifier": verifier})

    def authorization_url(self, hosts: Hosts, redirect_uri: str, state: str, verifier: str) -> str:
        """Return the address at which a user lets the app act for them.

        Source: https://developers.zoom.us/docs/integrations/oauth/ and .../PKCE/. That an app with
        a client secret may use PKCE too stands in devforum.zoom.us 63830.

        :param state: comes back with the code, and tells that the answer belongs to the question.
        :param verifier: 43 to 128 letters and digits. Only who knows them can use the code.
        """
        digest = hashlib.sha256(verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": redirect_uri,
            "state": state,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        return f"{hosts.oauth}/oauth/authorize?{urlencode(query)}"

    def _request(self, hosts: Hosts, form: Mapping[str, str | None]) -> Request:
        """Return a call of the token endpoint.

        The parameters stand in the body: in the query Zoom answers 400 by now
        (devforum.zoom.us 124925), whatever https://developers.zoom.us/docs/internal-apps/s2s-oauth/
        shows.
        """
        basic = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        return Request(
            doing="get a token from Zoom",
            api="token",
            method="POST",
            url=f"{hosts.oauth}/oauth/token",
            headers={
                "Authorization": f"Basic {basic}",
                "Content-Type": "application/x-www-form-urlencoded",
            },
            body=urlencode({name: value for name, value in form.items() if value}).encode(),
            repeatable=True,
        )


@dataclass(frozen=True)
class Token:
    """A token and how long it is good for.

    :param scopes: what the app may do, as Zoom told.
    :param renew_at: when to ask for the next one, in seconds of the clock `read_token` was given.
    :param ends_at: when it ends, on the same clock.
    :param refresh_token: what the next one is asked for with; of an app of type user_oauth alone.
    :param is_shared: whether it was found where processes share it; see `shared_token`.
    """

    value: str = field(repr=False)
    scopes: tuple[str, ...]
    renew_at: float
    ends_at: float
    refresh_token: str | None = field(default=None, repr=False)
    is_shared: bool = False


def read_token(answer: Mapping[str, Any], now: float) -> Token:
    """Return the token in Zoom's answer.

    :param now: seconds of a clock that only goes forward.
    """
    value = answer.get("access_token")
    if not isinstance(value, str) or not value:
        raise UnreachableError(
            "Could not get a token from Zoom: the answer holds no access_token. "
            "Check Host in the connection."
        )
    try:
        lifetime = float(answer.get("expires_in", 3600))
    except (TypeError, ValueError, OverflowError):
        lifetime = 3600.0
    named = sanitize.one_line(str(answer.get("scope") or ""))
    scopes = tuple(named.replace(",", " ").split())
    renew_at = now + max(lifetime - RENEW_BEFORE, lifetime / 2)
    refresh_token = answer.get("refresh_token")
    return Token(
        value,
        scopes,
        renew_at,
        now + lifetime,
        refresh_token if isinstance(refresh_token, str) and refresh_token else None,
    )


@dataclass(frozen=True)
class Webhook:
    """The credentials of an incoming webhook.

    :param secret_token: only of a signed webhook (``/inc connect -s``).
    """

    verification_token: str | None = field(default=None, repr=False)
    secret_token: str | None = field(default=None, repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be shown."""
        return tuple(filter(None, (self.verification_token, self.secret_token)))

    def authorized(self, request: Request, epoch_ms: int) -> Request:
        """Return a request with its Authorization, which has no scheme in front.

        Plain: the verification token (https://support.zoom.com KB0067640). Signed: the timestamp
        goes into the query, and the header is the standard base64 of an HMAC-SHA256 over format,
        timestamp and exact body; Zoom's page speaks of base64url, but this is what works (a public
        Go client, tried against Zoom 2026-08).

        :param epoch_ms: milliseconds since 1970 UTC; Zoom takes it for 30 minutes.
        """
        if self.secret_token is None:
            return request.with_headers(Authorization=self.verification_token or "")
        signed = f"{request.params['format']}&{epoch_ms}&".encode() + (request.body or b"")
        digest = hmac.new(self.secret_token.encode(), signed, hashlib.sha256).digest()
        request = replace(request, params={**request.params, "timestamp": str(epoch_ms)})
        return request.with_headers(Authorization=base64.b64encode(digest).decode())
