from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_zoomchat.zoom import auth, team_chat, webhook
from airflow_provider_zoomchat.zoom.addresses import ZOOM
from airflow_provider_zoomchat.zoom.errors import (
    CredentialsError,
    RateLimitError,
    RejectedError,
    ServerError,
    UnreachableError,
    ZoomChatError,
)
from airflow_provider_zoomchat.zoom.http import Request, Response, host
from airflow_provider_zoomchat.zoom.responses import parse, retry_after

NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=timezone.utc)
SEND = team_chat.send(
    "https://api.zoom.us/v2", "u", message="secret text", target=("to_channel", "abc")
).with_headers(Authorization="Bearer t0ken")
EDIT = team_chat.edit(
    "https://api.zoom.us/v2", "u", "m", message="New", target=("to_channel", "abc")
)
HOOK = Request("send a message through the webhook", "webhook", "POST", "https://h.zoom.us/id7")
ARRIVED = "It may have been posted all the same: look into the chat before you send it again."


def answer(status: int, body: Any = b"", **headers: str) -> Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-").lower(): value for name, value in headers.items()}
    return Response(status, named, raw, NOW)


def failure(request: Request, response: Response) -> ZoomChatError:
    with pytest.raises(ZoomChatError) as caught:
        parse(request, response)
    return caught.value


@pytest.mark.parametrize(
    ("request_", "response", "known"),
    [
        (SEND, answer(201, {"id": "m1"}), {"id": "m1"}),
        (SEND, answer(200, {"id": "m1", "code": 0}), {"id": "m1", "code": 0}),
        (SEND, answer(202, {"id": "m1"}), {"id": "m1"}),
        (EDIT, answer(204), {}),
        (EDIT, answer(200, b" \n"), {}),
        (HOOK, answer(200), {}),
        (HOOK, answer(200, b"ok"), {}),
        (HOOK, answer(204), {}),
    ],
)
def test_success(request_: Request, response: Response, known: dict[str, Any]) -> None:
    """200, 201 and 204 are success, with whatever body an API has."""
    assert parse(request_, response) == known


@pytest.mark.parametrize(
    ("response", "kind", "passing"),
    [
        (answer(401, {"code": 124, "message": "Invalid access token."}), CredentialsError, False),
        (answer(400, {"code": 4711, "message": "scopes:[a]"}), CredentialsError, False),
        (answer(401), CredentialsError, False),
        (answer(429), RateLimitError, True),
        (answer(500), ServerError, True),
        (answer(503, b"<html>"), ServerError, True),
        (answer(404, {"code": 4130, "message": "no"}), RejectedError, False),
        (answer(200, {"code": 300, "message": "no"}), RejectedError, False),
        (answer(200, {"code": "124", "message": "no"}), CredentialsError, False),
        (answer(201, {"code": 429, "message": "no"}), RateLimitError, True),
        (answer(302, Location="https://login.example.com/?q=1"), RejectedError, False),
        (answer(201), UnreachableError, True),
        (answer(201, b"<html>Sign in</html>"), UnreachableError, True),
        (answer(201, b'{"id": "m'), UnreachableError, True),
        (answer(201, {"result": "fine"}), UnreachableError, True),
        (answer(201, {"id": None}), UnreachableError, True),
        (answer(201, {"id": ""}), UnreachableError, True),
        (answer(201, b"[" * 100_000), UnreachableError, True),
    ],
)
def test_kinds(response: Response, kind: type[ZoomChatError], passing: bool) -> None:
    """Each answer becomes the error that says what the caller can do next."""
    error = failure(SEND, response)
    assert type(error) is kind
    assert error.passing is passing


@pytest.mark.parametrize(
    "response",
    [answer(503), answer(201), answer(201, b"<html>"), answer(201, b'{"id"'), answer(200, {})],
)
def test_an_unclear_send_may_have_arrived(response: Response) -> None:
    """Where nobody knows whether the message is posted, the error says so."""
    error = failure(SEND, response)
    assert error.may_have_arrived
    assert str(error).endswith(ARRIVED)


def test_an_unclear_edit_may_be_repeated() -> None:
    """An edit does no harm when it is made twice, so it may be."""
    error = failure(EDIT, answer(503))
    assert not error.may_have_arrived
    assert ARRIVED not in str(error)


def test_a_refusal_has_not_arrived() -> None:
    """What Zoom refused is surely not posted."""
    assert not failure(SEND, answer(404, {"code": 4130, "message": "no"})).may_have_arrived
    assert not failure(SEND, answer(429)).may_have_arrived


def test_the_whole_sentence() -> None:
    """An error has what could not be done, Zoom's words and codes, its tracking id, the remedy."""
    error = failure(
        SEND,
        answer(
            404,
            {"code": 4130, "message": "Channel does not exist: abc."},
            x_zm_trackingid="v=2.0;clid=us06;rid=WEB_1",
        ),
    )
    assert str(error) == (
        "Could not send a message to channel 'abc': Zoom said 'Channel does not exist: abc.' "
        "(HTTP 404, code 4130, tracking id v=2.0;clid=us06;rid=WEB_1). Copy the id of the channel "
        "again (to_channel, or Default channel in the connection), or give its name. Add the "
        "acting user to the channel."
    )
    assert isinstance(error, RejectedError)
    assert (error.status, error.code) == (404, 4130)
    assert error.tracking_id == "v=2.0;clid=us06;rid=WEB_1"


def test_validation_errors_are_named() -> None:
    """Where Zoom names the fields, so does the error."""
    body = {
        "code": 300,
        "message": "Validation Failed.",
        "errors": [{"field": "to_channel", "message": "Invalid field."}],
    }
    assert "'Validation Failed. (to_channel: Invalid field.)'" in str(
        failure(SEND, answer(400, body))
    )


def refused(body: Any) -> tuple[Request, Response]:
    """Return a message that was refused with this body."""
    return SEND, answer(400, body)


def token_refused(secret: str, said: str) -> tuple[Request, Response]:
    """Return a call for a token that was refused in these words."""
    app = auth.App("id", secret, "account_credentials", "acc").token_request(ZOOM)
    return app, answer(400, {"reason": said, "error": "invalid_client"})


def hook_refused(url: str, said: bytes) -> tuple[Request, Response]:
    """Return a webhook's call that was refused in these words."""
    return webhook.send(url, message="Hi"), answer(404, said)


HOOK_URL = "https://h.zoom.us/hooks/id77"


@pytest.mark.parametrize(
    ("call", "words", "hidden"),
    [
        # Zoom's own words, wherever an API keeps them.
        (refused({"reason": "Invalid client_id", "error": "x"}), "'Invalid client_id'", ""),
        (refused({"error_message": "no"}), "'no'", ""),
        (refused({"error": "invalid_request"}), "'invalid_request'", ""),
        (refused({"error_description": "why", "error": "x"}), "'why'", ""),
        (
            refused(b"<html><body>Forbidden</body></html>"),
            "api.zoom.us answered with HTML (HTTP 400). A proxy or a login page",
            "Forbidden",
        ),
        (refused(b""), "Zoom answered with an empty body", ""),
        (refused(b"nope"), "Zoom answered with something that is not a JSON object", "nope"),
        # The webhook answers in plain text.
        (
            (HOOK, answer(400, b"Failed to send bot message")),
            "Zoom said 'Failed to send bot message' (HTTP 400). Usually whoever made the webhook",
            "",
        ),
        # A redirect is not followed, and names no more than its host.
        (
            (SEND, answer(302, Location="https://u:p@login.example.com/x?key=1")),
            "api.zoom.us answered with a redirect to login.example.com (HTTP 302).",
            "key u:p",
        ),
        # Secrets, whatever quotes them and however it writes them.
        (refused({"code": 300, "message": "bad header Bearer t0ken here"}), "***", "t0ken"),
        (token_refused("s3cret-value", "s3cret-value is wrong"), "'*** is wrong'", "s3cret"),
        *(
            (token_refused("a/b+c=", f"bad secret {said}!"), "Zoom said 'bad secret ***!'", said)
            for said in ("a/b+c=", "a%2Fb%2Bc%3D", "a%2fb%2bc%3d", "a/b%2Bc%3D")
        ),
        (
            hook_refused(HOOK_URL, b"Cannot POST /hooks/id77?format=message"),
            "Cannot POST ***",
            "id77",
        ),
        (
            hook_refused(f"{HOOK_URL}/", b"no hook id77 at /hooks/id77/ or ID77"),
            "Zoom said 'no hook ***",
            "77",
        ),
        (
            hook_refused("https://h.zoom.us/hooks/id%377", b"no hook id77 or %2Fhooks%2Fid%25377"),
            "Zoom said 'no hook ***",
            "77",
        ),
        (
            hook_refused(HOOK_URL, b"no hook https%3A%2F%2Fh.zoom.us%2Fhooks%2Fid77"),
            "Zoom said 'no hook ***",
            "77",
        ),
    ],
)
def test_what_an_error_shows(call: tuple[Request, Response], words: str, hidden: str) -> None:
    """An error has Zoom's words, and no secret and nothing of a page in it."""
    error = str(failure(*call))
    assert words in error
    assert [part for part in hidden.split() if part in error.lower()] == []


def test_html_from_a_webhook_is_no_success() -> None:
    """A login page that answers in a webhook's place has posted nothing that we know of."""
    assert failure(HOOK, answer(200, b"<!doctype html>")).may_have_arrived


def test_the_daily_quota_is_told_apart() -> None:
    """A limit of the day is not waited for."""
    words = "You have reached the maximum daily rate limit for this API."
    error = failure(SEND, answer(429, {"code": 429, "message": words}))
    assert isinstance(error, RateLimitError)
    assert error.daily
    header = failure(SEND, answer(429, X_RateLimit_Type="Daily-limit"))
    assert isinstance(header, RateLimitError)
    assert header.daily
    assert "quota of calls for the day is used up" in str(header)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("Fri, 20 Nov 2026 12:00:30 GMT", 30.0),
        ("2026-11-20T12:01:00Z", 60.0),
        ("2026-11-20T13:01:00+01:00", 60.0),
        ("2026-11-20T11:00:00Z", 0.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("99999999999999999999", None),
        ("Thu, 01 Jan 99999999999 00:00:00 GMT", None),
    ],
)
def test_retry_after(value: str, seconds: float | None) -> None:
    """Seconds, an HTTP date and an ISO instant are understood; anything else is not said."""
    assert retry_after({"retry-after": value}, NOW) == seconds


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://id:s3cret@zoom.us:443/oauth?s3cret", "zoom.us:443"),
        ("socks5h://id:s3cret@proxy:1080", "proxy:1080"),
        ("https://zo\x1b[31mom.us\x07/", "zoom.us"),
        ("s3cret", "the server"),
    ],
)
def test_of_an_address_the_host_alone_is_shown(url: str, name: str) -> None:
    """Whatever the scheme is, an error shows the host, harmless, and no more."""
    assert host(url) == name


def test_two_askers_at_once() -> None:
    """The token endpoint's 409 passes."""
    request = auth.App("id", "secret", "client_credentials").token_request(ZOOM)
    assert failure(request, answer(409)).passing


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)
bodies = st.binary(max_size=200) | st.dictionaries(
    st.sampled_from(["code", "message", "reason", "error", "errors", "id", "result"]), json_values
).map(lambda value: json.dumps(value).encode())


@given(st.sampled_from([SEND, EDIT, HOOK]), st.integers(200, 599), bodies, st.text(max_size=40))
def test_any_answer_is_read_or_named(
    request_: Request, status: int, body: bytes, header: str
) -> None:
    """Whatever comes back, there is a JSON object or one line that ends as a sentence."""
    headers = {"retry-after": header, "x-zm-trackingid": header, "location": header}
    try:
        assert isinstance(parse(request_, Response(status, headers, body, NOW)), dict)
    except ZoomChatError as error:
        line = str(error)
        assert len(line.splitlines()) == 1
        assert line.startswith(f"Could not {request_.doing}: ")
        assert line.endswith(".")
        assert len(line) < 1500
        assert "t0ken" not in line
