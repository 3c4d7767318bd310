"""One HTTP call over `requests`; the only file that knows that library.

Whatever goes wrong becomes an `UnreachableError` that says whether the call may have taken effect.
Texts of `requests` are never quoted: they hold whole URLs.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .addresses import is_loopback
from .errors import ConfigError, UnreachableError, ZoomChatError
from .http import Request, Response, afterwards, host

if TYPE_CHECKING:
    import requests

#: Bytes of an answer. Zoom's are a few hundred; what is larger does not come from Zoom.
MAX_ANSWER = 1024 * 1024

#: Connections kept open per host: one for each thread that sends at the same time.
_POOL_SIZE = 64


class Transport:
    """Makes calls through one kept session; may be shared between threads.

    :param timeout: seconds for one call, from connecting to the last byte.
    :param proxy: the URL of a proxy; left out, the environment's (``HTTPS_PROXY``) is used.
    :param ca_bundle: the path of certificates to trust instead of the usual ones.
    :param now: a clock that only goes forward, in seconds.
    """

    def __init__(
        self,
        *,
        timeout: float = 10.0,
        proxy: str | None = None,
        ca_bundle: str | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._timeout = timeout
        self._proxies = {"http": proxy, "https": proxy} if proxy else {}
        self._ca_bundle = ca_bundle
        self._now = now
        self._lock = threading.Lock()
        self._session: requests.Session | None = None

    def call(self, request: Request, deadline: float) -> Response:
        """Make a call and return the answer, whatever its status.

        :param deadline: on the clock of `now`: the call is over by then.
        """
        seconds = min(self._timeout, deadline - self._now())
        if seconds <= 0:
            raise UnreachableError(f"Could not {request.doing}: no time was left for the call.")
        session = self._kept_session(request.url)
        from urllib3.exceptions import HTTPError

        failure: ZoomChatError
        try:
            return self._exchange(session, request, seconds)
        except _TooMuchError as error:
            failure = _lost(request, f"{host(request.url)} answered with {error}")
        except (OSError, HTTPError, ValueError) as error:
            # requests' own errors are OSErrors, but reading the raw body raises urllib3's.
            failure = _as_zoom_error(request, error, seconds)
        # Raised out here, so that no log can find the original, which quotes whole URLs, behind it.
        raise failure

    def _exchange(self, session: requests.Session, request: Request, seconds: float) -> Response:
        from urllib3 import Timeout

        until = self._now() + seconds
        answer = session.request(
            request.method,
            request.url,
            params=dict(request.params),
            data=request.body,
            headers=dict(request.headers),
            # One limit for connecting and waiting together; requests alone counts them apart.
            timeout=Timeout(total=seconds),  # type: ignore[arg-type]
            proxies=self._proxies,
            verify=self._ca_bundle or True,
            # A redirect would repeat a POST, or turn it into a GET.
            allow_redirects=False,
            stream=True,
            # Without this, an entry in ~/.netrc would replace the Authorization header.
            auth=_as_it_is,
        )
        with answer:
            body = b"".join(self._read(answer.raw, until))
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Response(answer.status_code, headers, body, datetime.now(timezone.utc))

    def _read(self, raw: Any, until: float) -> Iterator[bytes]:
        # read() would wait for a full buffer, and so without end for an answer that drips;
        # urllib3 has read1() since 2.1, and byte by byte does the same for the small answers.
        read = getattr(raw, "read1", None) or (lambda _, **options: raw.read(1, **options))
        size = 0
        while chunk := read(65536, decode_content=True):
            size += len(chunk)
            if size > MAX_ANSWER:
                raise _TooMuchError(f"more than {MAX_ANSWER // 1024} KiB, which is not from Zoom")
            if self._now() > until:
                raise _TooMuchError("a body that did not end in time")
            yield chunk

    def _kept_session(self, url: str) -> requests.Session:
        with self._lock:
            if self._session is None:
                self._session = self._new_session(url)
            return self._session

    def _new_session(self, url: str) -> requests.Session:
        import requests
        from requests.adapters import HTTPAdapter

        if self._ca_bundle and not Path(self._ca_bundle).exists():
            raise ConfigError(
                f"CA bundle {self._ca_bundle!r} does not exist on this machine. "
                "Correct the path in the connection, or leave CA bundle empty."
            )
        session = requests.Session()
        # The environment's proxy is for the world outside, not for a server on this machine.
        session.trust_env = not is_loopback(url)
        # A cookie would tie calls of different threads to one of Zoom's machines.
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        session.mount("https://", HTTPAdapter(pool_maxsize=_POOL_SIZE))
        session.mount("http://", HTTPAdapter(pool_maxsize=_POOL_SIZE))
        return session


class _TooMuchError(Exception):
    """An answer that is too large or too slow to be Zoom's."""


def _as_it_is(prepared: requests.PreparedRequest) -> requests.PreparedRequest:
    return prepared


def _lost(request: Request, problem: str) -> UnreachableError:
    """Return the error for a call that went out and whose end is not known."""
    return UnreachableError(
        f"Could not {request.doing}: {problem}. {afterwards(request)}".strip(),
        may_have_arrived=not request.repeatable,
    )


def _as_zoom_error(request: Request, error: Exception, seconds: float) -> ZoomChatError:
    """Return the error for what `requests` or urllib3 raised.

    Only where no connection was made is it sure that nothing arrived.
    """
    import requests
    from requests.exceptions import InvalidHeader, InvalidSchema, InvalidURL, MissingSchema
    from urllib3.exceptions import NewConnectionError, ReadTimeoutError

    unusable = (InvalidHeader, InvalidSchema, InvalidURL, MissingSchema, UnicodeError)
    if isinstance(error, unusable):
        return ConfigError(
            f"Could not {request.doing}: an address or a token in the connection cannot be used. "
            "Check Host, Proxy, Webhook URL and Verification token."
        )
    causes = list(_causes(error))
    where = host(request.url)
    reason = next((f" ({c.strerror})" for c in causes if isinstance(c, OSError) and c.strerror), "")
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        problem = (
            f"the certificate of {where} is not trusted here. Put the certificate authority of "
            "your proxy or network into a file and fill its path as CA bundle in the connection."
        )
    elif isinstance(error, requests.exceptions.ProxyError):
        problem = f"the proxy cannot be reached or refuses{reason}. Check Proxy in the connection."
    elif isinstance(error, requests.exceptions.ConnectTimeout):
        problem = (
            f"no connection to {where} within {seconds:.0f} s. "
            "Check Host and Proxy in the connection, and this machine's way out."
        )
    elif any(isinstance(cause, NewConnectionError) for cause in causes):
        problem = (
            f"no connection to {where}{reason}. "
            "Check Host and Proxy in the connection, and this machine's way out."
        )
    elif any(isinstance(cause, (TimeoutError, ReadTimeoutError)) for cause in causes):
        return _lost(request, f"{where} gave no answer within {seconds:.0f} s")
    elif any(isinstance(cause, ssl.SSLError) for cause in causes):
        return _lost(request, f"TLS with {where} failed; check CA bundle and Proxy")
    else:
        return _lost(request, f"{where} broke the connection{reason}")
    return UnreachableError(f"Could not {request.doing}: {problem}")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what lies beneath; urllib3 keeps it in `reason` or in the arguments."""
    seen: list[BaseException] = []
    waiting = [error]
    while waiting:
        one = waiting.pop(0)
        if not isinstance(one, BaseException) or one in seen:
            continue
        seen.append(one)
        yield one
        waiting += [getattr(one, "reason", None), one.__cause__, one.__context__, *one.args]
