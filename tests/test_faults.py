"""When Zoom misbehaves: one line, in time, and nothing sent twice."""

from __future__ import annotations

import socket
import time
import traceback
from collections.abc import Callable
from typing import Any

import pytest
import requests_mock

from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.sandbox import Sandbox
from airflow_provider_zoomchat.zoom import auth
from airflow_provider_zoomchat.zoom.addresses import hosts_of
from airflow_provider_zoomchat.zoom.client import Delivery, TokenCache, ZoomClient
from airflow_provider_zoomchat.zoom.errors import (
    ConfigError,
    RateLimitError,
    RejectedError,
    ServerError,
    UnreachableError,
    ZoomChatError,
)
from airflow_provider_zoomchat.zoom.http import Request
from airflow_provider_zoomchat.zoom.transport import Transport

Connect = Callable[..., ZoomHook]
ARRIVED = "It may have been posted all the same: look into the chat before you send it again."
PATHS = {
    "server_to_server": "/v2/chat/users",
    "chatbot": "/v2/im/chat",
    "incoming_webhook": "/webhooks/",
}


def send(hook: ZoomHook, app_type: str = "server_to_server") -> Any:
    if app_type == "chatbot":
        return hook.send_chatbot_message(message="Hi")
    if app_type == "incoming_webhook":
        return hook.send_webhook_message(message="Hi")
    return hook.send_message(message="Hi")


def failure(action: Callable[..., object], *given: Any, **named: Any) -> ZoomChatError:
    started = time.monotonic()
    with pytest.raises(ZoomChatError) as caught:
        action(*given, **named)
    assert time.monotonic() - started < 25  # the faults last 30
    assert len(str(caught.value).splitlines()) == 1
    return caught.value


@pytest.mark.parametrize("app_type", PATHS)
@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (lambda zoom, path: zoom.fail(503, path=path), "HTTP 503"),
        (lambda zoom, path: zoom.fail(500, path=path, body="<html>"), "answered with HTML"),
        (lambda zoom, path: zoom.hang(30, path=path), "gave no whole answer within"),
        (lambda zoom, path: zoom.hang(30, path=path, accept=True), "gave no whole answer within"),
        (lambda zoom, path: zoom.drop(path=path), "broke the connection"),
        (lambda zoom, path: zoom.drop(path=path, accept=True), "broke the connection"),
        (lambda zoom, path: zoom.cut(path=path, accept=True), "broke the connection"),
        (lambda zoom, path: zoom.drip(0.05, path=path), "gave no whole answer within"),
        (lambda zoom, path: zoom.flood(50, path=path), "more than 1024 KiB"),
        (lambda zoom, path: zoom.fail(200, path=path, body="<html>Sign in"), "answered with HTML"),
    ],
)
def test_an_unclear_send_is_not_repeated(
    connect: Connect, zoom: Sandbox, app_type: str, fault: Any, words: str
) -> None:
    """Whatever leaves open whether a message arrived ends in one call and says so."""
    fault(zoom, PATHS[app_type])
    error = failure(send, connect(app_type, timeout=0.5), app_type)
    assert words in str(error)
    assert str(error).endswith(ARRIVED)
    assert error.may_have_arrived
    assert len(zoom.requests(PATHS[app_type])) <= 1
    assert len(zoom.messages()) <= 1


@pytest.mark.parametrize("app_type", ["server_to_server", "chatbot"])
@pytest.mark.parametrize("body", [b"", b'{"id": "m', {}, b"\x00\xff", b"[]"])
def test_an_answer_without_an_id(connect: Connect, zoom: Sandbox, app_type: str, body: Any) -> None:
    """A success that names no message is none, and is not tried again."""
    zoom.fail(201, path=PATHS[app_type], body=body)
    error = failure(send, connect(app_type), app_type)
    assert isinstance(error, UnreachableError)
    assert str(error).endswith(ARRIVED)
    assert len(zoom.requests(PATHS[app_type])) == 1


@pytest.mark.parametrize("app_type", PATHS)
def test_a_refusal_behind_200(connect: Connect, zoom: Sandbox, app_type: str) -> None:
    """A code in the body counts more than the status."""
    zoom.fail(200, path=PATHS[app_type], body={"code": 300, "message": "Validation Failed."})
    error = failure(send, connect(app_type), app_type)
    assert isinstance(error, RejectedError)
    assert (error.status, error.code) == (200, 300)


@pytest.mark.parametrize("app_type", PATHS)
def test_a_redirect_is_not_followed(connect: Connect, zoom: Sandbox, app_type: str) -> None:
    """A redirect, which would repeat or change the call, is an error that names its host."""
    zoom.redirect("https://login.example.com/?token=abc", path=PATHS[app_type])
    error = failure(send, connect(app_type), app_type)
    assert "answered with a redirect to login.example.com (HTTP 302" in str(error)
    assert len(zoom.requests(PATHS[app_type])) == 1


@pytest.mark.parametrize("accept", [False, True])
def test_an_edit_is_repeated(connect: Connect, zoom: Sandbox, accept: bool) -> None:
    """An edit does no harm when it is made twice, so trouble is overcome."""
    hook = connect()
    message_id = hook.send_message(message="one")
    assert message_id
    zoom.drop(path="/messages/", accept=accept)
    hook.edit_message(message_id, message="two")
    assert zoom.messages()[0]["text"] == "two"


def test_a_token_is_asked_for_again(zoom: Sandbox) -> None:
    """Trouble with the token endpoint is overcome, and the message is sent once."""
    zoom.fail(503, path="/oauth/token")
    ZoomHook().send_message(message="one")
    assert len(zoom.messages()) == 1


def test_no_token_means_nothing_arrived(connect: Connect, zoom: Sandbox) -> None:
    """Without a token nothing was posted, and the error does not claim that it may have been."""
    zoom.fail(503, path="/oauth/token", times=9)
    error = failure(send, connect(time_budget=3))
    assert isinstance(error, ServerError)
    assert not error.may_have_arrived
    assert error.passing
    assert str(error).startswith("Could not get a token from Zoom: ")


@pytest.mark.parametrize(
    ("status", "after"), [(401, "message"), (401, "token"), (503, "message"), (400, "message")]
)
def test_what_went_wrong_before_the_time_was_over(
    requests_mock: requests_mock.Mocker, status: int, after: str
) -> None:
    """When no time is left to try again, the answer to the try before is what is told."""
    past: list[float] = []

    def now() -> float:
        return sum(past)

    def token(*_: Any) -> dict[str, Any]:
        if after == "token" and messages.called:
            past.append(60)
        return {"access_token": "t0ken", "expires_in": 3600}

    def answer(_: Any, context: Any) -> dict[str, Any]:
        context.status_code = status
        if after == "message":
            past.append(60)
        return {"code": 124 if status == 401 else 0, "message": "No."}

    requests_mock.post("https://zoom.us/oauth/token", json=token)
    url = "https://api.zoom.us/v2/chat/users/me/messages"
    messages = requests_mock.post(url, json=answer)
    client = ZoomClient(
        auth.App("id", "s3cret", "account_credentials", "account"),
        hosts_of(None),
        transport=Transport(now=now),
        time_budget=60,
        tokens=TokenCache(),
        now=now,
        sleep=past.append,
    )
    request = Request("send it", "team_chat", "POST", url)
    error = failure(client.send, request, delivery=Delivery(at_least_once=True))
    assert isinstance(error, RejectedError)
    assert error.status == status
    assert messages.call_count == 1


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "1"}])
def test_a_rate_limit_is_waited_for(zoom: Sandbox, headers: dict[str, str]) -> None:
    """After a short limit the message goes out, once."""
    zoom.fail(429, path="/chat/users", headers=headers)
    ZoomHook().send_message(message="one")
    assert [message["text"] for message in zoom.messages()] == ["one"]
    assert len(zoom.requests("/chat/users")) == 2


@pytest.mark.parametrize(
    "answer",
    [
        {"headers": {"Retry-After": "3600"}},
        {"headers": {"Retry-After": "2099-01-01T00:00:00Z"}},
        {"headers": {"Retry-After": "Thu, 01 Jan 2099 00:00:00 GMT"}},
        {"headers": {"Retry-After": "1", "X-RateLimit-Type": "Daily-limit"}},
    ],
)
def test_a_long_limit_is_not_waited_for(zoom: Sandbox, answer: dict[str, Any]) -> None:
    """A limit beyond the budget, or of the whole day, fails at once with the time."""
    zoom.fail(429, path="/chat/users", **answer)
    error = failure(send, ZoomHook())
    assert isinstance(error, RateLimitError)
    assert error.retry_after
    assert not error.may_have_arrived
    assert len(zoom.requests("/chat/users")) == 1


def test_the_budget_holds(connect: Connect, zoom: Sandbox) -> None:
    """Waits and calls together stay within the budget."""
    zoom.fail(429, path="/chat/users", times=99)
    started = time.monotonic()
    failure(send, connect(time_budget=2))
    assert time.monotonic() - started < 30


def test_nobody_listens(connect: Connect) -> None:
    """A closed port is named with the fields to look at, and nothing has arrived."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        error = failure(send, connect(host=f"http://127.0.0.1:{port}", time_budget=0.5))
    assert isinstance(error, UnreachableError)
    assert not error.may_have_arrived
    assert str(error) == (
        f"Could not get a token from Zoom: no connection to 127.0.0.1:{port} (Connection refused)."
        " Check Host and Proxy in the connection, and this machine's way out."
    )


def test_a_proxy_that_is_not_there(connect: Connect, zoom: Sandbox) -> None:
    """A dead proxy is named as such, without its password, and nothing is sent around it."""
    hook = connect(proxy="http://user:pr0xy-secret@127.0.0.1:9", time_budget=0.5)
    error = failure(send, hook)
    assert "the proxy cannot be reached" in str(error)
    assert "pr0xy-secret" not in str(error)
    assert not error.may_have_arrived
    assert zoom.requests() == []


def test_a_ca_bundle_that_is_not_there(connect: Connect, zoom: Sandbox) -> None:
    """A wrong path is refused before any call."""
    error = failure(send, connect(ca_bundle="/nowhere/ca.pem"))
    assert isinstance(error, ConfigError)
    assert "CA bundle '/nowhere/ca.pem' does not exist" in str(error)
    assert zoom.requests() == []


@pytest.mark.parametrize("app_type", PATHS)
@pytest.mark.parametrize("fault", ["drop", "cut", "hang", "fail", "refuse"])
def test_no_secret_in_the_whole_chain(
    connect: Connect, zoom: Sandbox, app_type: str, fault: str
) -> None:
    """Airflow logs an error with everything behind it, and nowhere in there is a secret."""
    hook = connect(app_type, timeout=0.3, time_budget=0.5)
    faults: dict[str, Callable[[], None]] = {
        "drop": lambda: zoom.drop(times=9),
        "cut": lambda: zoom.cut(times=9),
        "hang": lambda: zoom.hang(30, times=9),
        "fail": lambda: zoom.fail(500, times=9),
        "refuse": lambda: zoom.fail(400, times=9, body="Failed"),
    }
    faults[fault]()
    error = failure(send, hook, app_type)
    behind: BaseException | None = error
    told = "".join(traceback.format_exception(error))
    while behind is not None:
        told += repr(behind) + repr(vars(behind))
        behind = behind.__cause__ or behind.__context__
    extra = zoom.connection(app_type)["extra"]
    secrets = [zoom.connection(app_type).get("password"), extra.get("verification_token")]
    path = extra.get("webhook_url", "").rpartition("/")[2]
    for secret in filter(None, [*secrets, path, "Bearer", "Basic"]):
        assert secret not in told
