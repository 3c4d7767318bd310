from __future__ import annotations

from typing import Any

import pytest
import requests

from airflow_provider_zoomchat.sandbox import Sandbox
from sandbox.caller import Caller, code

ACCOUNT = "SandboxAccount-0000000"


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


@pytest.mark.parametrize(
    ("login", "password", "form", "expected"),
    [
        (
            None,
            "wrong",
            {"grant_type": "account_credentials", "account_id": ACCOUNT},
            {"reason": "Invalid client_id or client_secret", "error": "invalid_client"},
        ),
        (
            None,
            None,
            {"account_id": ACCOUNT},
            {"reason": "Missing grant type.", "error": "invalid_request"},
        ),
        (
            None,
            None,
            {"grant_type": "client_credentials"},
            {"reason": "Unsupported grant type.", "error": "unsupported_grant_type"},
        ),
        (
            None,
            None,
            {"grant_type": "account_credentials", "account_id": "other"},
            {"reason": "Account does not exist", "error": "invalid_request"},
        ),
        (
            "sandbox-bot-client-id",
            "sandbox-bot-client-secret",
            {"grant_type": "account_credentials", "account_id": ACCOUNT},
            {
                "reason": "Account does not enabled the OAuth app type",
                "error": "invalid_request",
            },
        ),
    ],
    ids=["wrong secret", "no grant", "wrong grant", "unknown account", "bot as account"],
)
def test_refusals(
    caller: Caller,
    login: str | None,
    password: str | None,
    form: dict[str, str],
    expected: dict[str, str],
) -> None:
    """What is wrong with a token request is told with Zoom's reason and error."""
    connection: dict[str, Any] = dict(caller.user)
    connection["login"] = login or connection["login"]
    connection["password"] = password or connection["password"]

    answer = caller.token(connection, **form)

    assert (answer.status_code, answer.json()) == (400, expected)


GRANT = {"grant_type": "client_credentials"}


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


def test_several_tokens(caller: Caller) -> None:
    """A new token leaves the older ones alive."""
    second = Caller(caller.zoom)

    assert (caller.send().status_code, second.send().status_code) == (201, 201)


def test_end() -> None:
    """A token ends with its lifetime, and says so."""
    clock = [1_000_000.0]
    with Sandbox(token_lifetime=60, now=lambda: clock[0]) as zoom:
        caller = Caller(zoom)
        clock[0] += 59
        before = caller.send()
        clock[0] += 1
        after = caller.send()

    assert before.status_code == 201
    assert (after.status_code, after.json()) == (
        401,
        {"code": 124, "message": "Access token is expired."},
    )


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

    assert (as_user.status_code, as_user.json()) == (
        401,
        {"code": 124, "message": "Invalid access token."},
    )
    assert (as_bot.status_code, as_bot.json()) == (
        401,
        {"code": 7010, "message": "Invalid authorization token.", "result": False},
    )
