"""One HTTP call over `requests`, and what its failure means.

Whatever goes wrong becomes an `UnreachableError` that says whether the call may have taken effect.
Texts of `requests` are never quoted: they hold whole URLs.
"""

from __future__ import annotations

import os
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from . import masking
from .addresses import is_loopback
from .errors import ConfigError, UnreachableError, ZoomChatError
from .http import Request, Response, host, unclear

if TYPE_CHECKING:
    import requests

    from .session import Session, Watch

#: Bytes of an answer. Zoom's are a few hundred; what is larger does not come from Zoom.
MAX_ANSWER = 1024 * 1024

#: Of the seconds for one call, how many times as long an upload may stand still: what was sent
#: waits in buffers on its way, and Zoom puts a file away before it answers (assumed).
PAUSES = 6


class NoTimeLeftError(UnreachableError):
    """The time was over before a request could be written. What went wrong before it says more."""


class Transport:
    """Makes calls through one kept session; may be shared between threads.

    :param timeout: seconds for one call, from connecting to the last byte. A file may take longer,
        in proportion to its size, but not stand still for longer than `PAUSES` times as much.
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
        #: What must not be shown: the proxy's password.
        self.secrets = masking.in_url(proxy)
        self._timeout = timeout
        self._proxies = {"http": proxy, "https": proxy} if proxy else {}
        self._ca_bundle = ca_bundle
        self._now = now
        self._lock = threading.Lock()
        self._session: Session | None = None
        self._process = 0

    def call(
        self,
        request: Request,
        deadline: float,
        *,
        timeout: float | None = None,
        before_write: Callable[[], None] = lambda: None,
    ) -> Response:
        """Make a call and return the answer, whatever its status.

        :param deadline: on the clock of `now`: the call is over by then.
        :param timeout: seconds for this call, if these are fewer than the transport's.
        :param before_write: called once a connection is there, right before the first byte of the
            request is written to it. What it raises is raised here, and nothing is written.
        """
        from .session import Watch

        limit = self._timeout if timeout is None else min(timeout, self._timeout)
        seconds = min(limit + request.transfer_time, deadline - self._now())
        if seconds <= 0:
            raise NoTimeLeftError(f"Could not {request.doing}: no time was left for the call.")
        session = self.session(request.url)

        if request.streamed is None:
            watch = Watch(seconds, before_write=before_write)
        else:
            # Without `before_write`, which is about the message that these files will go with.
            watch = Watch(seconds, opening=self._timeout, pause=PAUSES * self._timeout)
        failure: BaseException
        try:
            with watch:
                response = self._exchange(session, request, watch)
            if not watch.expired:
                return response
            # To its reader, the end that the watch made looks like that of the answer.
            raise TimeoutError
        except ConfigError:
            raise  # what was to be streamed cannot be read
        except Exception as error:  # of requests, urllib3, http.client, ssl: all mean the same
            failure = watch.stopped_by or _as_zoom_error(request, error, watch, timeout=limit)
        # Raised out here, so that no log can find the original, which quotes whole URLs, behind it.
        raise failure

    def session(self, url: str) -> Session:
        """Return the kept session; a forked process gets its own, for sockets cannot be shared.

        :param url: what is to be called; all calls of a transport go to one Zoom.

        :raises ConfigError: the CA bundle cannot be used.
        """
        with self._lock:
            if self._session is None or self._process != os.getpid():
                from .session import Session

                if self._ca_bundle:
                    _check_ca_bundle(self._ca_bundle)
                # The environment's proxy is for the world outside, not for this machine.
                self._session = Session(trust_env=not is_loopback(url))
                self._process = os.getpid()
            return self._session

    def _exchange(self, session: Session, request: Request, watch: Watch) -> Response:
        from urllib3 import Timeout

        answer = session.request(
            request.method,
            request.url,
            params=dict(request.params),
            data=request.body if request.streamed is None else request.streamed,
            headers={"Accept-Encoding": "identity", **request.headers},
            # One limit for connecting and waiting together; requests alone counts them apart.
            timeout=Timeout(connect=watch.opening, total=watch.seconds),  # type: ignore[arg-type]
            proxies=self._proxies,
            verify=self._ca_bundle or True,
            # It would repeat a POST, or turn it into a GET, and lose the token. Where a redirect is
            # right, `redirected` says so.
            allow_redirects=False,
            stream=True,
            # Without this, an entry in ~/.netrc would replace the Authorization header.
            auth=_as_it_is,
        )
        body = b""
        with answer:
            for chunk in answer.iter_content(65536):
                body += chunk
                if len(body) > MAX_ANSWER:
                    raise _TooMuchError
        length = answer.headers.get("Content-Length", "")
        whole = not length.isdecimal() or len(body) >= int(length)
        if not whole and "Content-Encoding" not in answer.headers:
            raise ConnectionError  # urllib3 sees this by itself since 2.0
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Response(answer.status_code, headers, body, datetime.now(timezone.utc))


class _TooMuchError(Exception):
    """An answer that is too large to be Zoom's."""


def _check_ca_bundle(ca_bundle: str) -> None:
    try:
        if Path(ca_bundle).is_dir():
            ssl.create_default_context(capath=ca_bundle)
        else:
            ssl.create_default_context(cafile=ca_bundle)
        return
    except FileNotFoundError:
        problem = "does not exist on this machine"
    except (OSError, ValueError):  # ssl's errors are OSErrors
        problem = "holds no certificates that can be read"
    raise ConfigError(
        f"CA bundle {ca_bundle!r} {problem}. Correct the path in the connection, or leave CA "
        "bundle empty."
    )


def _as_it_is(prepared: requests.PreparedRequest) -> requests.PreparedRequest:
    return prepared


def _as_zoom_error(
    request: Request, error: Exception, watch: Watch, *, timeout: float
) -> ZoomChatError:
    """Return the error for what `requests` or urllib3 raised.

    Whatever was written to a connection may have arrived, and nothing else has, whatever the error
    is called: behind a proxy a lost answer is a ProxyError, and one with two lengths an
    InvalidHeader, as a wrong token is before anything is sent.

    :param timeout: seconds that the call would have had, had its deadline not been closer.
    """
    import requests
    from requests.exceptions import InvalidHeader, InvalidSchema, InvalidURL, MissingSchema

    where = host(request.url)
    causes = list(_causes(error))
    reason = next((f" ({c.strerror})" for c in causes if isinstance(c, OSError) and c.strerror), "")
    if watch.written:
        if isinstance(error, _TooMuchError):
            problem = f"{where} answered with more than {MAX_ANSWER // 1024} KiB: not from Zoom"
        elif watch.stood_still:
            problem = f"the connection to {where} stood still for {watch.pause:.0f} s"
        elif watch.expired or isinstance(error, requests.exceptions.ReadTimeout):
            problem = f"{where} gave no whole answer within {watch.seconds:.0f} s"
        elif any(map(_is_unreadable, causes)):
            problem = f"the answer of {where} is no HTTP"
        else:
            problem = f"{where} broke the connection{reason}"
        return unclear(request, f"{problem}.")
    if isinstance(error, (InvalidHeader, InvalidSchema, InvalidURL, MissingSchema, UnicodeError)):
        return ConfigError(
            f"Could not {request.doing}: an address or a token in the connection cannot be used. "
            "Check Host, Proxy (socks5 needs: pip install 'requests[socks]'), Webhook URL and "
            "Verification token."
        )
    check = "Check Host and Proxy in the connection, and this machine's way out."
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        problem = (
            f"the certificate of {where} is not trusted here. Put the certificate authority of "
            "your proxy or network into a file and fill its path as CA bundle in the connection."
        )
    elif isinstance(error, requests.exceptions.ProxyError):
        problem = f"the proxy cannot be reached or refuses{reason}. Check Proxy in the connection."
    elif isinstance(error, requests.exceptions.SSLError):
        problem = f"no TLS with {where}{reason}. {check}"
    elif watch.expired or isinstance(error, requests.exceptions.ConnectTimeout):
        problem = f"no connection to {where} within {watch.opening:.0f} s. {check}"
        if watch.opening < timeout:
            return NoTimeLeftError(f"Could not {request.doing}: {problem}")
    else:
        problem = f"no connection to {where}{reason}. {check}"
    return UnreachableError(f"Could not {request.doing}: {problem}")


def _is_unreadable(cause: BaseException) -> bool:
    from http.client import HTTPException, IncompleteRead

    broken = isinstance(cause, (IncompleteRead, ConnectionError))  # its own, when it ends too soon
    return isinstance(cause, (HTTPException, ValueError)) and not broken


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
