"""Reading what Zoom answered: the one place that turns a status into an error. Pure."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from . import sanitize
from .error_codes import NOT_ABOUT_THE_FORM, THREAD_GONE, TOKEN_REFUSED, advice
from .errors import (
    CredentialsError,
    GoneError,
    RateLimitError,
    RejectedError,
    ServerError,
    UnreachableError,
    ZoomChatError,
)
from .http import MAY_HAVE_ARRIVED, Request, Response, host, unclear
from .masking import without_secrets

#: The fields of a token request that must not be shown.
_SECRET_FIELDS = ("client_secret", "refresh_token", "code", "code_verifier", "assertion")

#: Statuses with which Zoom refuses what a message is made of.
_ABOUT_THE_FORM = (400, 413, 422)

#: Zoom's words about a length, which are documented nowhere; or it names the field of the text, or
#: nothing at all.
_ABOUT_LENGTH = re.compile(
    r"\b(too (long|large|big|many)|(max|min)(imum)?|exceed\w*|length|size|limit\w*|longer|larger"
    r"|characters?|bytes|(at|no) mo(st|re)|up to|less than|shorten|truncat\w*)\b"
    r"|\bmax_?len|\b(message|content)(\.\S+)?: |\A\W*(validation failed\W*)?\Z",
    re.IGNORECASE,
)

_CHECK_ADDRESSES = "Check Host, Proxy and Webhook URL in the connection."

_ELSEWHERE = (
    "Neither the file nor the token was sent there: both go to Zoom's own hosts over https, or to "
    "the connection's. Check Host and Proxy in the connection."
)

_BETWEEN = "A proxy or a login page may stand between: check Host and Proxy in the connection."

#: What to do where the message is not there that was to be changed.
#: Sources: https://developers.zoom.us/docs/api/team-chat/ (300), .../chatbot/ (8001).
_GONE = {
    "DELETE": "The message has been deleted already: nothing is left to do.",
    "PUT": "The message has been deleted, or message_id is that of a message in another place: "
    "send a new one.",
    "PATCH": "The message has been deleted, or message_id is that of a message in another place.",
    "GET": "The message has been deleted, or message_id is not that of the first message of a "
    "thread in this place.",
}

#: What to do about an answer of 500 and above, on every API.
_IN_TROUBLE = (
    "Zoom, or a proxy on the way, is in trouble. Try again later; status.zoom.us tells of outages. "
    "If it stays, check Host and Proxy in the connection."
)


def parse(request: Request, response: Response, secrets: Iterable[str] = ()) -> dict[str, Any]:
    """Return the JSON object that Zoom answered with; empty where it says nothing.

    Success is any 2xx (Zoom documents 200, 201 and 204), unless the body holds a code other than 0:
    Zoom has been seen to refuse with HTTP 200 (https://github.com/Jericho/ZoomNet).

    :param secrets: what errors must not quote, beside the credentials of the call itself.
    :raises RejectedError: or one of its kind: Zoom said no.
    :raises UnreachableError: the answer cannot be read, so nobody knows what happened.
    """
    answer = _json_object(response.body)
    code = _code(answer)
    if not 200 <= response.status < 600:
        # Such as 103, behind which the real answer comes; HTTP knows none above.
        raise _unreadable(request, response)
    if not 200 <= response.status < 300 or code:
        raise _refusal(request, response, answer, code, (*secrets, *_secrets(request)))
    if request.api == "webhook":
        # What a webhook answers on success is documented nowhere; a page in HTML is not from it.
        if _is_html(response):
            raise _unreadable(request, response)
        return answer or {}
    if answer is None and (request.id_key or response.body.strip()):
        raise _unreadable(request, response)
    message_id = (answer or {}).get(request.id_key or "")
    if request.id_key and not (isinstance(message_id, str) and message_id):
        accepted = f"Zoom accepted it (HTTP {response.status}) but named no {request.id_key}."
        raise unclear(request, accepted)
    return answer or {}


def is_about_the_form(error: RejectedError) -> bool:
    """Tell whether Zoom might take the same message in another form.

    A refusal may come with a status of success, see `parse`.
    """
    if isinstance(error, CredentialsError):
        return False
    may_be = error.status in _ABOUT_THE_FORM or error.status < 300
    return may_be and error.code not in NOT_ABOUT_THE_FORM


def is_too_long(error: RejectedError) -> bool:
    """Tell whether Zoom might take a shorter message.

    Of a user's message it says so with code 300, which means much else too, so its words decide.
    What a bot or a webhook answers is documented nowhere.
    """
    if error.code == 300 and error.status != 413:
        return bool(_ABOUT_LENGTH.search(error.said))
    return is_about_the_form(error)


def is_thread_gone(error: RejectedError) -> bool:
    """Tell whether the message that was to be replied to is not there, or is a reply itself."""
    return error.code in THREAD_GONE or _says_gone(error.code, error.said)


def _says_gone(code: int | None, said: str) -> bool:
    """Tell whether Zoom says with code 300, which means much else too, that something is gone."""
    return code == 300 and "does not exist" in said.lower()


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds that Zoom asks to wait, or None if it does not say.

    Zoom documents an ISO instant; whole seconds and an HTTP date have been met too.
    Sources: https://marketplace.zoom.us/docs/api-reference/rate-limits,
    https://github.com/walmartlabs/concord-plugins (seconds),
    https://github.com/Jericho/ZoomNet (date).
    """
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", value):
        return float(value)
    for read in (parsedate_to_datetime, _iso_instant):
        try:
            until = read(value)
        except (ValueError, OverflowError):
            continue
        if until.tzinfo is None:
            until = until.replace(tzinfo=timezone.utc)
        return max(0.0, (until - now).total_seconds())
    return None


def _iso_instant(value: str) -> datetime:
    return datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", value))


def _refusal(
    request: Request,
    response: Response,
    answer: dict[str, Any] | None,
    code: int | None,
    secrets: tuple[str, ...],
) -> ZoomChatError:
    status = response.status
    words = _words(request, response, answer, secrets)
    tracking_id = _tracking_id(response, secrets)
    who = host(request.url) if _is_html(response) else "Zoom"
    said = f"Zoom said {words!r}" if words else f"{who} answered with {_shape(response)}"
    known = [f"HTTP {status}"]
    if code is not None:
        known.append(f"code {code}")
    if tracking_id:
        known.append(f"tracking id {tracking_id}")
    error = _error_type(request, status, code, words or "")("", status, code, tracking_id)
    error.said = words or ""
    if isinstance(error, RateLimitError):
        error.retry_after = retry_after(response.headers, response.time)
        limit = response.headers.get("x-ratelimit-type", "") + (words or "")
        error.daily = "daily" in limit.lower()
        todo = _wait_advice(error)
    elif 300 <= status < 400:
        target = _one_line(without_secrets(_target(response), secrets), 100)
        said = f"{host(request.url)} answered with a redirect{target and ' '}{target}"
        todo = _ELSEWHERE if request.follows else _CHECK_ADDRESSES
    elif isinstance(error, GoneError):
        todo = _GONE[request.method]
    elif status >= 500:
        todo = _IN_TROUBLE
    elif _is_html(response) and status != 413:
        todo = _BETWEEN
    else:
        todo = advice(request.api, status, code, words or "", request.method)
    if isinstance(error, ServerError) and not request.repeatable:
        error.may_have_arrived = True
        todo = MAY_HAVE_ARRIVED
    error.args = (f"Could not {request.doing}: {said} ({', '.join(known)}). {todo}".strip(),)
    return error


def _error_type(request: Request, status: int, code: int | None, words: str) -> type[RejectedError]:
    if status == 429 or code == 429:
        return RateLimitError
    # 409 from the token endpoint is passing trouble too: two at once asked for a token.
    # Source: a public C++ client of Zoom.
    if status >= 500 or (request.api == "token" and status == 409):
        return ServerError
    if status == 401 or code in TOKEN_REFUSED or (request.api == "token" and status >= 400):
        return CredentialsError
    return GoneError if _is_gone(request, code, words.lower()) else RejectedError


def _is_gone(request: Request, code: int | None, said: str) -> bool:
    """Tell whether the message that a call is about is not there.

    Sources: https://developers.zoom.us/docs/api/chatbot/ (8001) and .../team-chat/ (4131 of a
    thread, and 300), where 300 means much else too, and "Channel does not exist" is said with the
    id of the message.
    """
    if request.method == "GET":
        return request.api == "team_chat" and code == 4131
    if request.method not in ("PUT", "DELETE", "PATCH"):
        return False
    if request.api == "chatbot":
        return code == 8001
    if not _says_gone(code, said):
        return False
    message_id = unquote(urlsplit(request.url).path.rpartition("/")[2]).strip("{}").lower()
    if "message does not exist" in said or message_id in said:
        return True
    # A deletion whose words name nothing is about the message; its target may be named, though.
    target = any(value.lower() in said for value in request.params.values())
    return request.method == "DELETE" and not target


def _wait_advice(error: RateLimitError) -> str:
    if error.daily:
        until = f" for {error.retry_after:.0f} more seconds" if error.retry_after else ""
        return (
            f"The account's quota of calls for the day is used up{until}, so waiting is of no use "
            "here. Send less, or ask Zoom for a larger quota."
        )
    wait = f"Zoom asks to wait {error.retry_after:.0f} s. " if error.retry_after else ""
    return (
        f"{wait}All apps of the account share one limit: send less at a time, for example with "
        "an Airflow pool."
    )


def limit_still_holds(request: Request, met: RateLimitError, seconds: float) -> RateLimitError:
    """Return the error for a message that is not sent, since a limit was met a moment ago.

    :param seconds: for which it holds.
    """
    error = RateLimitError("", met.status, met.code, met.tracking_id)
    error.retry_after, error.daily = seconds, met.daily
    said = "the account's quota of calls for the day" if met.daily else "a limit"
    error.args = (
        f"Could not {request.doing}: Zoom has named {said} before (HTTP {met.status}), which is "
        f"taken to hold for {seconds:.0f} more seconds, so it was not asked. "
        f"{_wait_advice(error)}",
    )
    return error


def _unreadable(request: Request, response: Response) -> UnreachableError:
    answer = f"{host(request.url)} answered with {_shape(response)} (HTTP {response.status})"
    return unclear(request, f"{answer}, not in Zoom's words. {_BETWEEN}")


def _tracking_id(response: Response, secrets: tuple[str, ...]) -> str | None:
    """Return Zoom's own name for a call, which its support asks for.

    It reads like ``v=2.0;clid=us06;rid=WEB_0123``, but whoever stands on the way can put anything
    into the header.
    """
    given = without_secrets(response.headers.get("x-zm-trackingid", ""), secrets)
    return re.sub(r"[^\w.:;,=+/*-]+", " ", given, flags=re.ASCII).strip()[:80] or None


def _words(
    request: Request, response: Response, answer: dict[str, Any] | None, secrets: tuple[str, ...]
) -> str | None:
    """Return what Zoom said, in one line, without secrets."""
    said = None
    if answer is not None:
        # Source of the order: https://github.com/Jericho/ZoomNet, and the token endpoint's shape.
        keys = ("reason", "message", "error_message", "errorMessage", "error_description", "error")
        said = next((str(answer[key]) for key in keys if answer.get(key)), None)
        fields = answer.get("errors")
        if said and isinstance(fields, list):
            named = [
                f"{entry.get('field')}: {entry.get('message')}"
                for entry in fields[:5]
                if isinstance(entry, dict)
            ]
            said = f"{said} ({'; '.join(named)})" if named else said
    elif request.api == "webhook" and not _is_html(response):
        said = response.body.decode("utf-8", "replace")
    if not said or not said.strip():
        return None
    # Before it is cut: a secret that a cut went through could not be found any more.
    return _one_line(without_secrets(said, secrets), 300)


def _secrets(request: Request) -> Iterator[str]:
    """Yield what an answer might quote of a call and must not be shown."""
    authorization = request.headers.get("Authorization", "").rpartition(" ")[2]
    if authorization:
        yield authorization
    if request.api == "token":
        with suppress(ValueError):
            yield authorization.rstrip("=")
            yield base64.b64decode(authorization, validate=True).decode().partition(":")[2]
        form = dict(parse_qsl((request.body or b"").decode("utf-8", "replace")))
        yield from (form[name] for name in _SECRET_FIELDS if form.get(name))
    if request.api == "webhook":
        yield request.url
        path = urlsplit(request.url).path.rstrip("/")
        yield path
        yield path.rpartition("/")[2]


def _one_line(value: str, limit: int) -> str:
    line = sanitize.one_line(value)
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def _json_object(body: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _code(answer: dict[str, Any] | None) -> int | None:
    for key in ("code", "errorCode", "error_code"):
        value = (answer or {}).get(key)
        if isinstance(value, bool) or value is None:
            continue
        if isinstance(value, int) or re.fullmatch(r"\d{1,9}", str(value)):
            return int(value)
    return None


def _is_html(response: Response) -> bool:
    kind = response.headers.get("content-type", "")
    return "html" in kind.lower() or response.body.lstrip()[:1] == b"<"


def _shape(response: Response) -> str:
    if not response.body.strip():
        return "an empty body"
    return "HTML" if _is_html(response) else "something that is not a JSON object"


def _target(response: Response) -> str:
    location = response.headers.get("location", "")
    return f"to {host(location)}" if "://" in location else ""
