from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from airflow_provider_zoomchat.zoom import auth, webhook
from airflow_provider_zoomchat.zoom.addresses import GOVERNMENT, ZOOM
from airflow_provider_zoomchat.zoom.errors import UnreachableError

S2S = auth.App("id", "s3cret", "account_credentials", "ACC 1")
BOT = auth.App("id", "s3cret", "client_credentials")


@pytest.mark.parametrize(
    ("app", "form"),
    [
        (S2S, b"grant_type=account_credentials&account_id=ACC+1"),
        (BOT, b"grant_type=client_credentials"),
    ],
)
def test_token_request(app: auth.App, form: bytes) -> None:
    """The parameters stand in the form body, never in the query, and the app in the header."""
    request = app.token_request(ZOOM)
    assert (request.method, request.url) == ("POST", "https://zoom.us/oauth/token")
    assert request.params == {}
    assert request.body == form
    assert request.headers == {
        "Authorization": "Basic " + base64.b64encode(b"id:s3cret").decode(),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    assert request.repeatable


def test_government_token_host() -> None:
    """Zoom for Government gives its own tokens."""
    assert S2S.token_request(GOVERNMENT).url == "https://zoomgov.com/oauth/token"


@pytest.mark.parametrize(
    ("expires_in", "renew_after"),
    [
        (3600, 3540.0),
        ("3600", 3540.0),
        (90, 45.0),
        (None, 3540.0),
        ("soon", 3540.0),
        (10**400, 3540.0),
    ],
)
def test_token_is_renewed_before_its_end(expires_in: object, renew_after: float) -> None:
    """A token is renewed a minute early, or at half time if it is short-lived."""
    token = auth.read_token({"access_token": "t", "expires_in": expires_in}, now=100.0)
    assert token.renew_at == 100.0 + renew_after


def test_token_scopes() -> None:
    """The scopes are told apart, however Zoom separates them."""
    token = auth.read_token({"access_token": "t", "scope": "a:b:admin, c:d  e"}, now=0.0)
    assert token.scopes == ("a:b:admin", "c:d", "e")
    token = auth.read_token({"access_token": "t", "scope": "a:\x1b[31mb\nc\x07:d"}, now=0.0)
    assert token.scopes == ("a:b", "c:d")


@pytest.mark.parametrize("answer", [{}, {"access_token": ""}, {"access_token": 5}])
def test_answer_without_token(answer: dict[str, object]) -> None:
    """An answer without a token says so and where to look."""
    with pytest.raises(UnreachableError, match=r"no access_token\. Check Host"):
        auth.read_token(answer, now=0.0)


@pytest.mark.parametrize("secret", [S2S, auth.read_token({"access_token": "s3cret"}, 0.0)])
def test_secrets_do_not_show(secret: object) -> None:
    """Nothing that holds a secret shows it when it is printed."""
    assert "s3cret" not in repr(secret)
    assert "s3cret" not in repr(S2S.token_request(ZOOM))
    assert "s3cret" not in repr(auth.Webhook("s3cret", "s3cret"))


def test_plain_webhook() -> None:
    """A plain webhook carries its token as it is, without a scheme."""
    request = webhook.send("https://integrations.zoom.us/hook", message="Hi")
    signed = auth.Webhook("vtoken").authorized(request, 1_700_000_000_000)
    assert signed.headers["Authorization"] == "vtoken"
    assert signed.params == {"format": "message"}


@pytest.mark.parametrize(
    ("content", "kind"), [(None, "message"), ({"head": {"text": "a"}}, "full")]
)
def test_signed_webhook(content: dict[str, object] | None, kind: str) -> None:
    """A signed webhook signs format, timestamp and the exact body; the time goes into the query."""
    request = webhook.send(
        "https://integrations.zoom.us/hook", message=None if content else "Hé", content=content
    )
    signed = auth.Webhook("vtoken", "key").authorized(request, 1_700_000_000_123)
    text = f"{kind}&1700000000123&".encode() + (request.body or b"")
    digest = hmac.new(b"key", text, hashlib.sha256).digest()
    assert signed.headers["Authorization"] == base64.b64encode(digest).decode()
    assert signed.params == {"format": kind, "timestamp": "1700000000123"}
    assert signed.body == request.body
