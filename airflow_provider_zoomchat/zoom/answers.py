"""Reading what Zoom answered: the one place that turns a status into an error. Pure."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, quote_plus, unquote, urlsplit

from .errors import (
    CredentialsError,
    RateLimitError,
    RejectedError,
    ServerError,
    UnreachableError,
    ZoomChatError,
)
from .hints import advice
from .http import MAY_HAVE_ARRIVED, Request, Response, afterwards, host

#: Zoom's codes for a token that it does not accept (any more) or that lacks a scope; 401 says the
#: same without a code.
#: Source: https://developers.zoom.us/docs/api/errors/, devforum.zoom.us 108207.
_TOKEN_REFUSED = {104, 124, 4700, 4711, 7010}

#: Statuses with which Zoom refuses what a message is made of, and codes that say that it does not:
#: sender, target and app would be the same in any form.
#: Source of the codes: https://developers.zoom.us/docs/api/team-chat/ and .../chatbot/
_ABOUT_THE_FORM = (400, 413, 422)
_NOT_ABOUT_THE_FORM = (200, 4130, 5301, 5402, 5403, 5418, 5419, 5420, 5421, 7002, 7003, 7004, 7010)

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


def read(request: Request, response: Response) -> dict[str, Any]:
    """Return the JSON object that Zoom answered with; empty where it says nothing.

    Success is any 2xx (Zoom documents 200, 201 and 204), unless the body holds a code other than 0:
    Zoom has been seen to refuse with HTTP 200 (https://github.com/Jericho/ZoomNet).

    :raises RejectedError: or one of its kind: Zoom said no.
    :raises UnreachableError: the answer cannot be read, so nobody knows what happened.
    """
    answer = _json_object(response.body)
    code = _code(answer)
    if not 200 <= response.status < 300 or code:
        raise _refusal(request, response, answer, code)
    if request.door == "webhook":
        # What a webhook answers on success is documented nowhere; a page in HTML is not from it.
        if _is_html(response):
            raise _unreadable(request, response)
        return answer or {}
    if answer is None and (request.id_key or response.body.strip()):
        raise _unreadable(request, response)
    message_id = (answer or {}).get(request.id_key or "")
    if request.id_key and not (isinstance(message_id, str) and message_id):
        raise UnreachableError(
            f"Could not {request.doing}: Zoom accepted it (HTTP {response.status}) but named no "
            f"{request.id_key}. {afterwards(request)}".strip(),
            may_have_arrived=not request.repeatable,
        )
    return answer or {}


def is_about_the_form(error: RejectedError) -> bool:
    """Tell whether Zoom might take the same message in another form."""
    return error.status in _ABOUT_THE_FORM and error.code not in _NOT_ABOUT_THE_FORM


def is_too_long(error: RejectedError) -> bool:
    """Tell whether Zoom might take a shorter message.

    Of a user's message it says so with code 300, which means much else too, so its words decide.
    What a bot or a webhook answers is documented nowhere.
    """
    if error.code == 300 and error.status != 413:
        return bool(_ABOUT_LENGTH.search(error.said))
    return is_about_the_form(error)


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
    for parse in (parsedate_to_datetime, _iso_instant):
        try:
            until = parse(value)
        except (ValueError, OverflowError):
            continue
        if until.tzinfo is None:
            until = until.replace(tzinfo=timezone.utc)
        return max(0.0, (until - now).total_seconds())
    return None


def _iso_instant(value: str) -> datetime:
    return datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", value))


def _refusal(
    request: Request, response: Response, answer: dict[str, Any] | None, code: int | None
) -> ZoomChatError:
    status = response.status
    words = _words(request, response, answer)
    who = host(request.url) if _is_html(response) else "Zoom"
    said = f"Zoom said {words!r}" if words else f"{who} answered with {_shape(response)}"
    known = [f"HTTP {status}"]
    if code is not None:
        known.append(f"code {code}")
    if response.tracking_id:
        known.append(f"tracking id {_one_line(response.tracking_id, 80)}")
    error = _error_type(request, status, code)("", status, code, response.tracking_id)
    error.said = words or ""
    if isinstance(error, RateLimitError):
        error.retry_after = retry_after(response.headers, response.time)
        limit = response.headers.get("x-ratelimit-type", "") + (words or "")
        error.daily = "daily" in limit.lower()
        todo = _wait_advice(error)
    elif 300 <= status < 400:
        said = f"{host(request.url)} answered with a redirect{_target(response)}"
        todo = _ELSEWHERE if request.follows else _CHECK_ADDRESSES
    elif _is_html(response) and status != 413:
        todo = _BETWEEN
    else:
        todo = advice(request.door, status, code, words or "")
    if isinstance(error, ServerError) and not request.repeatable:
        error.may_have_arrived = True
        todo = MAY_HAVE_ARRIVED
    error.args = (f"Could not {request.doing}: {said} ({', '.join(known)}). {todo}".strip(),)
    return error


def _error_type(request: Request, status: int, code: int | None) -> type[RejectedError]:
    if status == 429 or code == 429:
        return RateLimitError
    # 409 from the token endpoint is passing trouble too: two at once asked for a token.
    # Source: a public C++ client of Zoom.
    if status >= 500 or (request.door == "token" and status == 409):
        return ServerError
    if status == 401 or code in _TOKEN_REFUSED or (request.door == "token" and status >= 400):
        return CredentialsError
    return RejectedError


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


def _unreadable(request: Request, response: Response) -> UnreachableError:
    return UnreachableError(
        f"Could not {request.doing}: {host(request.url)} answered with {_shape(response)} "
        f"(HTTP {response.status}), not in Zoom's words. {_BETWEEN} {afterwards(request)}".strip(),
        may_have_arrived=not request.repeatable,
    )


def _words(request: Request, response: Response, answer: dict[str, Any] | None) -> str | None:
    """Return what Zoom said, in one line, without the credentials of the call."""
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
    elif request.door == "webhook" and not _is_html(response):
        said = response.body[:2000].decode("utf-8", "replace")
    if not said or not said.strip():
        return None
    return _one_line(_masked(said, request), 300)


def _masked(said: str, request: Request) -> str:
    """Return a text without the secrets of a call, in whatever way it quotes them."""
    forms = {
        form
        for secret in _secrets(request)
        for form in (secret, quote(secret), quote(secret, ""), quote_plus(secret), unquote(secret))
    }
    # The longest first: one may be a part of another.
    known = "|".join(re.escape(form) for form in sorted(filter(None, forms), key=len, reverse=True))
    return re.sub(known, "***", said, flags=re.IGNORECASE) if known else said


def _secrets(request: Request) -> Iterator[str]:
    """Yield what an answer might quote of a call and nobody may read."""
    authorization = request.headers.get("Authorization", "").rpartition(" ")[2]
    if authorization:
        yield authorization
    if request.door == "token":
        with suppress(ValueError):
            yield base64.b64decode(authorization, validate=True).decode().partition(":")[2]
    if request.door == "webhook":
        yield request.url
        path = urlsplit(request.url).path.rstrip("/")
        yield path
        yield path.rpartition("/")[2]


def _one_line(value: str, limit: int) -> str:
    line = " ".join("".join(c if c.isprintable() else " " for c in value).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


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
    return "HTML" if _is_html(response) else "something that is no JSON object"


def _target(response: Response) -> str:
    location = response.headers.get("location", "")
    return f" to {host(location)}" if "://" in location else ""
