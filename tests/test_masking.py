"""No secret shows, however it is written: in errors, in logs, on both lines of Airflow."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timezone
from typing import Any
from urllib.parse import quote

import pytest
import requests_mock
from test_connection import BOT, HOOK, S2S, connection, redacted

from airflow_provider_zoomchat.hooks.connection import read_connection
from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.zoom import auth, users, webhook
from airflow_provider_zoomchat.zoom.addresses import ZOOM
from airflow_provider_zoomchat.zoom.errors import RejectedError
from airflow_provider_zoomchat.zoom.http import Request, Response
from airflow_provider_zoomchat.zoom.masking import in_url, spellings, without_secrets
from airflow_provider_zoomchat.zoom.responses import parse

SECRET = 'p@s/s"w%3Ard&+ü'
NOW = datetime(2026, 11, 26, tzinfo=timezone.utc)
WRITTEN = {
    "as it is": SECRET,
    "percent-encoded": quote(SECRET, safe=""),
    "percent-encoded in small letters": quote(SECRET, safe="").lower(),
    "percent-encoded twice": quote(quote(SECRET, safe=""), safe=""),
    "in a path": quote(SECRET),
    "decoded": 'p@s/s"w:rd&+ü',
    "in JSON": json.dumps(SECRET)[1:-1],
    "in JSON with slashes": json.dumps(SECRET)[1:-1].replace("/", "\\/"),
    "in HTML": "p@s/s&quot;w%3Ard&amp;+ü",
    "in base64": base64.b64encode(SECRET.encode()).decode(),
}


@pytest.mark.parametrize("form", WRITTEN.values(), ids=WRITTEN)
def test_each_way_to_write_a_secret(form: str) -> None:
    """A secret is found in a text however it is written there."""
    shown = without_secrets(f"before {form} behind", [SECRET])
    assert shown.replace("=", "") == "before *** behind"


@pytest.mark.parametrize(
    ("url", "secrets"),
    [
        ("http://me:p%40ss@proxy:3128", ["p%40ss", base64.b64encode(b"me:p@ss").decode()]),
        ("socks5h://me:a:b@proxy", ["a:b"]),
        ("http://proxy:3128", []),
        ("http://me@proxy", []),
        ("http://[", []),
        (None, []),
    ],
)
def test_the_password_in_an_address(url: str | None, secrets: list[str]) -> None:
    """The password in the address of a proxy is a secret, and so is the header it goes out in."""
    found = in_url(url)
    assert [secret for secret in secrets if secret.rstrip("=") in found] == secrets
    assert bool(found) == bool(secrets)


def basic(client_id: str, secret: str) -> str:
    return base64.b64encode(f"{client_id}:{secret}".encode()).decode()


SENT: dict[str, tuple[dict[str, Any], list[str]]] = {
    "client secret": ({**S2S, "password": "s3cr/t-one"}, ["s3cr/t-one", "s3cr%2Ft-one"]),
    "basic header": ({**S2S, "password": "s3cret-two"}, [basic("id", "s3cret-two")]),
    "bot": ({**BOT, "password": "s3cret-bot"}, ["s3cret-bot", basic("id", "s3cret-bot")]),
    "proxy": (
        {**S2S, "proxy": "http://me:pr0xy%2Fpass@proxy.example.com:3128"},
        ["pr0xy%2Fpass", "pr0xy/pass", basic("me", "pr0xy/pass")],
    ),
    "socks": ({**S2S, "proxy": "socks5h://me:s0cks-pass@proxy.example.com"}, ["s0cks-pass"]),
    "host": ({**S2S, "host": "https://me:h0st-pass@zoom.example.com"}, ["h0st-pass"]),
    "webhook": (
        {**HOOK, "verification_token": "v/token", "secret_token": 'si"gning'},
        ["v/token", "v%2Ftoken", 'si"gning', 'si\\"gning', HOOK["webhook_url"]],
    ),
}


@pytest.mark.parametrize("case", SENT)
def test_airflow_masks_each_of_them(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Airflow's own logs show none of a connection's secrets, the proxy's password included."""
    fields, secrets = SENT[case]
    given = connection(**fields)
    value = {"conn_type": "zoom", "extra": json.loads(given.extra)}
    value |= {name: getattr(given, name) for name in ("host", "login", "password")}
    monkeypatch.setenv("AIRFLOW_CONN_ZOOM_TEST", json.dumps(value))
    settings = ZoomHook("zoom_test").settings
    for secret in secrets:
        assert "***" in redacted(f"it is {secret}!"), secret
        assert secret.rstrip("=") in settings.secrets


CALLS: dict[str, tuple[Request, list[str]]] = {
    "token": (
        auth.App("id", SECRET, "client_credentials").token_request(ZOOM),
        [SECRET, basic("id", SECRET), f"Basic {basic('id', SECRET)}"],
    ),
    "refresh": (
        Request("get a token", "token", "POST", "https://zoom.us", body=b"refresh_token=r3fresh"),
        ["r3fresh"],
    ),
    "bearer": (
        users.get_user("https://api.zoom.us/v2", "u").with_headers(Authorization="Bearer t0k/en.x"),
        ["t0k/en.x", "Bearer t0k/en.x", "t0k%2Fen.x"],
    ),
    "webhook": (
        auth.Webhook("v3rify").authorized(
            webhook.send("https://integrations.zoom.us/chat/webhooks/x/id7", message="Hi"), 5
        ),
        ["v3rify", "https://integrations.zoom.us/chat/webhooks/x/id7", "id7"],
    ),
    "signed": (
        auth.Webhook(None, "s1gn").authorized(
            webhook.send("https://integrations.zoom.us/chat/webhooks/x/id7", message="Hi"), 5
        ),
        [],
    ),
}


@pytest.mark.parametrize("case", CALLS)
@pytest.mark.parametrize("where", ["reason", "errors", "header", "location"])
def test_an_answer_that_quotes_its_call(case: str, where: str) -> None:
    """What an answer quotes of a call, in its words or its headers, is struck out."""
    request, secrets = CALLS[case]
    sent = request.headers.get("Authorization")
    for secret in [*secrets, *([sent] if sent else [])]:
        body: dict[str, Any] = {"reason": f"no {secret}." if where == "reason" else "no"}
        if where == "errors":
            body["errors"] = [{"field": "x", "message": secret}]
        headers = {"x-zm-trackingid": secret} if where == "header" else {}
        status = 400
        if where == "location":
            status, headers = 302, {"location": f"https://{quote(secret, safe='')}.example.com/"}
        with pytest.raises(RejectedError) as caught:
            parse(request, Response(status, headers, json.dumps(body).encode(), NOW))
        known = [secret, secret.rpartition(" ")[2].rstrip("=")]
        for shown in (str(caught.value), repr(vars(caught.value))):
            assert not [one for one in known if one in shown and one not in request.doing]


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        ("v=2.0;clid=us06;rid=WEB_0123abc", "v=2.0;clid=us06;rid=WEB_0123abc"),
        ("\x1b[31mred\x1b[0m \u202e<b>{{ x }}", "31mred 0m b x"),
        ("x" * 5000, "x" * 80),
        ("\x00 \n", None),
    ],
)
def test_a_tracking_id_of_any_kind(header: str, shown: str | None) -> None:
    """What stands in the header of the tracking id is short and harmless when it is shown."""
    request = users.get_user("https://api.zoom.us/v2", "u")
    with pytest.raises(RejectedError) as caught:
        parse(request, Response(404, {"x-zm-trackingid": header}, b"{}", NOW))
    assert caught.value.tracking_id == shown
    assert (f"tracking id {shown})" in str(caught.value)) == bool(shown)


def test_a_secret_at_a_cut() -> None:
    """A long answer is cut only after its secrets are struck out."""
    request = CALLS["webhook"][0]
    for room in (290, 298, 1998):
        body = (
            b"a" * 280 + b" " * (room - 281) + b" https://integrations.zoom.us/chat/webhooks/x/id7"
        )
        with pytest.raises(RejectedError) as caught:
            parse(request, Response(400, {}, body, NOW))
        assert "integrations.zoom.us/chat" not in str(caught.value)


@pytest.mark.parametrize("quoted", ["c1ient-secret", "pr0xy%2Fpass", "pr0xy/pass"])
def test_secrets_that_are_not_in_the_call(
    quoted: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A call that carries a token alone does not have another secret of the connection quoted."""
    extra = {"account_id": "acc", "user_id": "u", "channel": "c1" * 16}
    extra["proxy"] = "http://me:pr0xy%2Fpass@proxy.example.com:3128"
    value = {"conn_type": "zoom", "login": "id", "password": "c1ient-secret", "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_ZOOM_TEST", json.dumps(value))
    with requests_mock.Mocker() as wire:
        wire.post("https://zoom.us/oauth/token", json={"access_token": "t0ken", "expires_in": 9})
        wire.post(
            "https://api.zoom.us/v2/chat/users/u/messages",
            status_code=400,
            json={"code": 300, "message": f"bad {quoted}"},
        )
        with pytest.raises(RejectedError) as caught:
            ZoomHook("zoom_test").send_message(message="Hi")
    assert "Zoom said 'bad ***'" in str(caught.value)
    assert quoted not in caplog.text


def test_nothing_is_masked_that_is_no_secret() -> None:
    """Fields that people must read are not among the secrets."""
    settings = read_connection(connection(**BOT, proxy="http://proxy.example.com:3128"), "It")
    assert {"id", "acc", "v1bot@xmpp.zoom.us"}.isdisjoint(settings.secrets)
    assert spellings("") == ()
