from __future__ import annotations

from typing import Any

import pytest
import requests

from airflow_provider_zoomchat.sandbox import Sandbox
from sandbox.caller import Caller, code

AS_ACCOUNT = {"grant_type": "account_credentials", "account_id": "SandboxAccount-0000000"}
BOT = {"login": "sandbox-bot-client-id", "password": "sandbox-bot-client-secret"}
GRANT = {"grant_type": "client_credentials"}


def test_answer(caller: Caller) -> None:
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
def test_refusals(
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


def test_end() -> None:
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
