"""Tokens: how an app proves who it is, and how a user authorizes one."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from airflow_provider_zoomchat.sandbox import Sandbox, world
from sandbox.caller import Caller, code

APP = world.USER_OAUTH
URI = "http://127.0.0.1:8766/callback"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode()[:-1]
QUERY = {
    "response_type": "code",
    "client_id": APP.client_id,
    "redirect_uri": URI,
    "state": "s t&te",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}

AS_ACCOUNT = {"grant_type": "account_credentials", "account_id": "SandboxAccount-0000000"}
BOT = {"login": "sandbox-bot-client-id", "password": "sandbox-bot-client-secret"}
GRANT = {"grant_type": "client_credentials"}


def test_the_answer_with_a_token(caller: Caller) -> None:
    """A token comes with its type, its lifetime, its scopes and the address of the API."""
    answer = caller.token(caller.bot, grant_type="client_credentials").json()

    assert {**answer, "access_token": "..."} == {
        "access_token": "...",
        "token_type": "bearer",
        "expires_in": 3600,
        "scope": "imchat:bot",
        "api_url": caller.zoom.url,
    }


#: Other credentials than the user's, the form, Zoom's reason and its error.
REFUSALS: dict[str, tuple[dict[str, str], dict[str, str], str, str]] = {
    "secret": (
        *({"password": "wrong"}, AS_ACCOUNT),
        *("Invalid client_id or client_secret", "invalid_client"),
    ),
    "no grant": (
        *({}, {"account_id": AS_ACCOUNT["account_id"]}),
        *("Missing grant type.", "invalid_request"),
    ),
    "grant": ({}, GRANT, "Unsupported grant type.", "unsupported_grant_type"),
    "account": (
        *({}, {**AS_ACCOUNT, "account_id": "other"}),
        *("Account does not exist", "invalid_request"),
    ),
    "bot as account": (
        *(BOT, AS_ACCOUNT),
        *("Account does not enabled the OAuth app type", "invalid_request"),
    ),
}


@pytest.mark.parametrize(("login", "form", "reason", "error"), REFUSALS.values(), ids=REFUSALS)
def test_token_requests_that_are_refused(
    caller: Caller, login: dict[str, str], form: dict[str, str], reason: str, error: str
) -> None:
    """What is wrong with a token request is told with Zoom's reason and error."""
    answer = caller.token({**caller.user, **login}, **form)

    assert (answer.status_code, answer.json()) == (400, {"reason": reason, "error": error})


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ({"data": GRANT}, 200),
        ({"params": GRANT}, 200),
        ({"params": GRANT, "data": {"scope": "imchat:bot"}}, 200),
        ({"params": {"grant_type": "password"}, "data": GRANT}, 200),
        ({"params": GRANT, "data": {"grant_type": "password"}}, 400),
        ({"json": GRANT}, 400),
        ({"params": GRANT, "json": GRANT}, 400),
        ({}, 400),
    ],
)
def test_where_the_parameters_stand(caller: Caller, parts: dict[str, Any], status: int) -> None:
    """In the query or in a form; where both say something, the form counts."""
    auth = (caller.bot["login"], caller.bot["password"])
    answer = requests.post(caller.zoom.url + "/oauth/token", auth=auth, **parts)

    assert answer.status_code == status


def test_the_end_of_a_token() -> None:
    """A token ends with its lifetime and says so; a new one leaves the older ones alive."""
    clock = [1_000_000.0]
    with Sandbox(token_lifetime=60, now=lambda: clock[0]) as zoom:
        caller = Caller(zoom)
        clock[0] += 59
        second = Caller(zoom)
        before = caller.send(), second.send()
        clock[0] += 1
        after = caller.send()

    assert [answer.status_code for answer in before] == [201, 201]
    assert (code(after), after.json()["message"]) == ((401, 124), "Access token is expired.")


def test_expire_tokens(caller: Caller) -> None:
    """All tokens can be ended at once; a fresh one works."""
    caller.zoom.expire_tokens()

    assert code(caller.send()) == (401, 124)
    assert code(caller.as_bot("POST", json=caller.card())) == (401, 7010)
    assert Caller(caller.zoom).send().status_code == 201


def test_wrong_api(caller: Caller) -> None:
    """A bot's token opens no Team Chat, and a user's token no Chatbot API."""
    caller.user_token, caller.bot_token = caller.bot_token, caller.user_token

    as_user, as_bot = caller.send(), caller.as_bot("POST", json=caller.card())

    assert (as_user.status_code, as_bot.status_code) == (401, 401)
    assert as_user.json() == {"code": 124, "message": "Invalid access token."}
    invalid = {"code": 7010, "message": "Invalid authorization token.", "result": False}
    assert as_bot.json() == invalid


@pytest.fixture
def page(zoom: Sandbox) -> str:
    """Where a user is asked."""
    zoom.chat.codes.clear()
    return f"{zoom.url}/oauth/authorize"


def decide(page: str, decision: str = "allow", **fields: str) -> dict[str, str]:
    """Return what the app hears."""
    form = {**QUERY, "decision": decision, **fields}
    answer = requests.post(page, data=form, allow_redirects=False, timeout=5)
    assert answer.status_code == 302, answer.text
    location = answer.headers["Location"]
    assert location.startswith(fields.get("redirect_uri", URI))
    return dict(parse_qsl(urlsplit(location).query))


def trade(caller: Caller, code: str, **fields: str) -> requests.Response:
    """Trade a code for tokens."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": URI}
    connection = caller.zoom.connection("user_oauth")
    return caller.token(connection, **{**form, "code_verifier": VERIFIER, **fields})


def refresh(caller: Caller, token: str) -> requests.Response:
    """Use a refresh token."""
    connection = caller.zoom.connection("user_oauth")
    return caller.token(connection, grant_type="refresh_token", refresh_token=token)


def test_the_page(page: str) -> None:
    """It names the app, the user and what the app may do, and can be linked from anywhere."""
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    shown = requests.get(
        page, params=QUERY, headers={**headers, "Sec-Fetch-Dest": "document"}, timeout=5
    )
    assert shown.status_code == 200
    for words in (APP.name, "airflow@example.com", "team_chat:write:user_message", "Decline"):
        assert words in shown.text
    assert 'value="s t&amp;te"' in shown.text


def test_a_page_of_another_site(page: str) -> None:
    """Another site cannot allow anything in the user's name."""
    headers = {"Origin": "https://example.com"}
    answer = requests.post(page, data={**QUERY, "decision": "allow"}, headers=headers, timeout=5)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"client_id": "another"}, "Invalid client_id: another (4,702)"),
        ({"client_id": world.CHATBOT.client_id}, "Invalid client_id"),
        ({"redirect_uri": "http://127.0.0.1:8766/other"}, "Invalid redirect: http://127.0.0.1"),
        ({"redirect_uri": "https://evil.example.com/zoom"}, "Invalid redirect"),
        ({"redirect_uri": "http://127.0.0.1:port/callback"}, "Invalid redirect"),
        ({"redirect_uri": ""}, "Invalid redirect"),
        ({"response_type": "token"}, "Invalid response_type"),
        ({"code_challenge_method": "plain"}, "Invalid code_challenge_method"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_is_wrong_shows_on_the_page(
    page: str, fields: dict[str, str], words: str, method: str
) -> None:
    """Nobody is sent anywhere that the app has not named."""
    parts: dict[str, Any] = {"params" if method == "GET" else "data": {**QUERY, **fields}}
    answer = requests.request(method, page, allow_redirects=False, timeout=5, **parts)
    assert answer.status_code == 400
    assert words in answer.text


@pytest.mark.parametrize("uri", [URI, "http://127.0.0.1:9/callback", APP.redirect_uris[1]])
def test_where_the_answer_goes(page: str, uri: str) -> None:
    """To an address that the app has, whatever the port of this machine; with the state."""
    assert decide(page, redirect_uri=uri)["state"] == QUERY["state"]


def test_a_user_who_declines(page: str) -> None:
    """The app hears that access is denied, and gets no code."""
    assert decide(page, "deny") == {"error": "access_denied", "state": QUERY["state"]}


def test_a_code_is_traded_once(page: str, caller: Caller) -> None:
    """It gives a token and a refresh token, and is of no use a second time."""
    given = decide(page)["code"]
    answer = trade(caller, given).json()
    assert answer["token_type"] == "bearer"
    assert answer["scope"] == APP.scope
    assert ":admin" not in answer["scope"]
    assert {"access_token", "refresh_token", "expires_in", "api_url"} <= answer.keys()
    again = trade(caller, given)
    assert (again.status_code, again.json()["reason"]) == (400, "Invalid authorization code.")
    traffic = str(caller.zoom.requests("/oauth/token"))
    assert given not in traffic
    assert VERIFIER not in traffic
    assert answer["refresh_token"] not in traffic


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"code": "another"}, "Invalid authorization code."),
        ({"redirect_uri": "http://127.0.0.1:9/callback"}, "Redirect URI mismatch."),
        ({"code_verifier": "w" * 43}, "Invalid code verifier."),
        ({"code_verifier": ""}, "Invalid code verifier."),
        ({"grant_type": "client_credentials"}, "Unsupported grant type."),
        ({"grant_type": "account_credentials"}, "Account does not enabled the OAuth app type"),
        ({"grant_type": "refresh_token"}, "Invalid Token!"),
    ],
)
def test_what_is_refused(page: str, caller: Caller, fields: dict[str, str], reason: str) -> None:
    """A code goes with its redirect URI and its verifier."""
    answer = trade(caller, **{"code": decide(page)["code"], **fields})
    assert (answer.status_code, answer.json()["reason"]) == (400, reason)


def test_a_code_that_is_too_old() -> None:
    """A code lives for five minutes."""
    now = [0.0]
    with Sandbox(now=lambda: now[0]) as zoom:
        given = decide(f"{zoom.url}/oauth/authorize")["code"]
        caller = Caller(zoom)
        now[0] = 301.0
        assert trade(caller, given).json()["reason"] == "Code is expired."


def test_a_code_without_a_challenge(page: str, caller: Caller) -> None:
    """Whoever sends no challenge needs no verifier."""
    given = decide(page, code_challenge="")["code"]
    assert trade(caller, given, code_verifier="").status_code == 200


def test_rotation(page: str, caller: Caller) -> None:
    """Each use of a refresh token gives another and ends it; access tokens live on."""
    first = trade(caller, decide(page)["code"]).json()
    second = refresh(caller, first["refresh_token"]).json()
    third = refresh(caller, second["refresh_token"]).json()
    assert len({first["refresh_token"], second["refresh_token"], third["refresh_token"]}) == 3
    for used in (first, second):
        answer = refresh(caller, used["refresh_token"])
        assert answer.status_code == 400
        assert answer.json() == {"reason": "Invalid Token!", "error": "invalid_grant"}
    for each in (first, second, third):
        caller.user_token = each["access_token"]
        assert (
            caller.chat(
                "POST", user="me", json={"message": "Hi", "to_channel": caller.channel}
            ).status_code
            == 201
        )


def test_a_newer_authorization(page: str, caller: Caller) -> None:
    """It ends what the same user has allowed the app before."""
    first = trade(caller, decide(page)["code"]).json()
    trade(caller, decide(page)["code"])
    assert refresh(caller, first["refresh_token"]).status_code == 400
    caller.user_token = first["access_token"]
    assert code(caller.send()) == (401, 124)


@pytest.mark.parametrize("user", ["airflow@example.com", world.AIRFLOW.id, "ann@example.com"])
def test_the_app_acts_for_its_user_alone(page: str, caller: Caller, user: str) -> None:
    """As "me" it posts as that user; of any other id it hears that its token is invalid."""
    caller.user_token = trade(caller, decide(page)["code"]).json()["access_token"]
    body = {"message": "Hi", "to_channel": caller.channel}
    assert caller.chat("POST", user="me", json=body).status_code == 201
    assert caller.zoom.messages()[-1]["sender_id"] == "airflow@example.com"
    assert code(caller.chat("POST", user=user, json=body)) == (401, 124)
    assert caller.call("GET", "/v2/users/me").json()["email"] == "airflow@example.com"
    assert code(caller.call("GET", f"/v2/users/{user}")) == (401, 124)
    assert caller.as_bot("POST", json=caller.card()).status_code == 201
    caller.bot_token = caller.user_token
    assert code(caller.as_bot("POST", json=caller.card())) == (401, 7010)


def test_too_many_tokens(caller: Caller) -> None:
    """With a limit, the oldest token of the app that asks ends; another app's stays."""
    url = f"{caller.zoom.url}/sandbox/max-tokens"
    assert requests.post(url, json={"max": 2}, timeout=5).json() == {"max": 2}
    for _ in range(2):
        caller.token(caller.user, grant_type="account_credentials", account_id=world.ACCOUNT_ID)
    assert code(caller.send()) == (401, 124)
    assert caller.as_bot("POST", json=caller.card()).status_code == 201
    assert requests.post(url, json={"max": None}, timeout=5).json() == {"max": None}
    wrongs: list[Any] = [{"max": 0}, {"max": "2"}, {"max": True}, {}, []]
    for wrong in wrongs:
        assert requests.post(url, json=wrong, timeout=5).status_code == 400
