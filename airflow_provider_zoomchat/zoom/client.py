"""Sending a request: the time budget, the token and the retries."""

from __future__ import annotations

import logging
import os
import random
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from functools import partial
from typing import Any

from .addresses import Hosts
from .auth import App, Token, Webhook, read_token
from .errors import CredentialsError, RateLimitError, RejectedError, ZoomChatError
from .http import MAX_REDIRECTS, Request, redirected
from .posted import clock_ahead
from .responses import limit_still_holds, parse
from .retry import Blocks, wait_before_retry
from .shared_token import SharedToken
from .transport import NoTimeLeftError, Transport

log = logging.getLogger(__name__)


@dataclass
class _Entry:
    """The token of an app, and who asks for the next one."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    token: Token | None = None


class TokenCache:
    """One token for each Zoom app in this process, shared by its threads.

    Its keys hold everything that makes a token what it is, the secret included: a changed secret
    must not find the old token, and a connection id says nothing (Airflow tests connections under
    made-up ids).
    """

    def __init__(self) -> None:
        self.forget()

    def entry(self, key: object) -> _Entry:
        """Return the entry of an app."""
        with self._lock:
            return self._entries.setdefault(key, _Entry())

    def forget(self) -> None:
        """Start anew."""
        self._lock = threading.Lock()
        self._entries: dict[object, _Entry] = {}


#: The tokens of this process. A fork may come while a thread holds one of the locks, and would
#: never see it released.
TOKENS = TokenCache()
os.register_at_fork(after_in_child=TOKENS.forget)

#: The limits that this process has met.
BLOCKS = Blocks()
os.register_at_fork(after_in_child=BLOCKS.forget)


def forget() -> None:
    """Forget tokens and limits, as where another Zoom has the address of an earlier one."""
    TOKENS.forget()
    BLOCKS.forget()


def _nothing(*_: object) -> None:
    """Do nothing."""


@dataclass(frozen=True)
class Delivery:
    """How a message is sent. Requests that may be repeated heed `timeout` and `once` alone.

    :param at_least_once: whether it is sent again when it may have been posted. Without, it is sent
        at most once.
    :param before_write: called with the request right before it is handed to the network. What it
        raises is raised, and nothing is sent.
    :param not_posted: called when a message that was handed to the network was surely not posted:
        before the client waits to try again, and before it gives up.
    :param timeout: seconds for one call, if these are fewer than the connection's.
    :param once: whether only one attempt is made, also where the call may be repeated: the caller
        asks again later anyway.
    """

    at_least_once: bool = False
    before_write: Callable[[Request], None] = _nothing
    not_posted: Callable[[], None] = _nothing
    timeout: float | None = None
    once: bool = False


_PLAIN = Delivery()


class ZoomClient:
    """Sends requests of one connection; may be shared between threads.

    :param credentials: a Zoom app, or those of a webhook.
    :param time_budget: seconds for everything that one `send` does: token, tries and waits. A file
        has more, in proportion to its size.
    :param on_token: called with each new token, before it is used.
    :param transport: makes the calls.
    :param shared: where the app's token is kept together with other processes, if it is.
    :param tokens: where tokens are kept in this process.
    :param now: the transport's clock: only goes forward, in seconds.
    :param sleep: waits that many seconds.
    """

    def __init__(
        self,
        credentials: App | Webhook,
        hosts: Hosts,
        *,
        transport: Transport,
        time_budget: float = 60.0,
        on_token: Callable[[str], None] = lambda token: None,
        shared: SharedToken | None = None,
        tokens: TokenCache = TOKENS,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._credentials = credentials
        self._hosts = hosts
        self._transport = transport
        self.time_budget = time_budget
        self._on_token = on_token
        self._shared = shared
        self._tokens = tokens
        self._now = now
        self._sleep = sleep
        #: By how many seconds Zoom's clock is ahead of this machine's; None before it has answered.
        self.clock_ahead: float | None = None

    def send(
        self, request: Request, *, time_budget: float | None = None, delivery: Delivery = _PLAIN
    ) -> dict[str, Any]:
        """Send a request with this client's credentials and return the JSON of Zoom's answer.

        :param time_budget: seconds for this one, by default the client's.
        :param delivery: how it is posted, if it is a message.
        :raises ZoomChatError: see `errors`.
        """
        seconds = self.time_budget if time_budget is None else time_budget
        deadline = self._now() + seconds + request.transfer_time
        if isinstance(self._credentials, Webhook):
            return self._send_with_retries(request, deadline, delivery)
        token = self._token(self._credentials, deadline)
        refused: CredentialsError | None = None
        while True:
            authorized = request.with_headers(Authorization=f"Bearer {token.value}")
            try:
                return self._send_with_retries(authorized, deadline, delivery)
            except NoTimeLeftError:
                if refused is None:
                    raise
                raise refused from None
            except CredentialsError as error:
                # Zoom may end a token early, and one made before a scope was added lacks that
                # scope. A fresh token tells whether that was the reason.
                if refused is not None and not token.is_shared:
                    raise
                refused = error
            try:
                token = self._token(self._credentials, deadline, instead_of=token)
            except NoTimeLeftError:
                raise refused from None

    def reach(self, request: Request) -> int:
        """Make a call once, without a token, and return the status of any answer.

        :raises ZoomChatError: no answer; the text says what to do about it.
        """
        return self._transport.call(request, self._now() + self.time_budget).status

    @property
    def _entry(self) -> _Entry:
        return self._tokens.entry((self._hosts.oauth, self._credentials))

    def new_token(self) -> Token | None:
        """Ask Zoom for a token now and keep it; None for a webhook, which knows no tokens."""
        if isinstance(self._credentials, Webhook):
            self._transport.session("")  # so that a wrong CA bundle shows
            return None
        deadline = self._now() + self.time_budget
        return self._token(self._credentials, deadline, instead_of=self._entry.token, anew=True)

    def fetch_token(self) -> None:
        """Have a token in this process, so that the next call asks nobody for one."""
        if isinstance(self._credentials, App):
            self._token(self._credentials, self._now() + self.time_budget)

    def log_in(self, code: str, redirect_uri: str, verifier: str) -> Token:
        """Return the token for an authorization code, and keep it in this process.

        :raises ZoomChatError: Zoom gives none.
        """
        assert isinstance(self._credentials, App)
        request = self._credentials.code_request(self._hosts, code, redirect_uri, verifier)
        deadline = self._now() + self.time_budget
        token = self._read_token(self._send_with_retries(request, deadline))
        self._entry.token = token
        return token

    def _token(
        self, app: App, deadline: float, *, instead_of: Token | None = None, anew: bool = False
    ) -> Token:
        """Return the token of this app; while one thread asks for it, the others wait.

        :param instead_of: a token that was refused. Another thread may have replaced it already.
        :param anew: whether Zoom is asked even if other processes have a token.
        """
        entry = self._entry
        if not entry.lock.acquire(timeout=max(0.0, deadline - self._now())):
            raise NoTimeLeftError("Could not get a token from Zoom: it took too long.")
        try:
            kept = entry.token if entry.token is not instead_of else None
            if kept is not None and self._now() < kept.renew_at:
                return kept

            def ask(refresh_token: str | None = None) -> Token:
                if refresh_token:
                    self._on_token(refresh_token)
                request = app.token_request(self._hosts, refresh_token)
                return self._read_token(self._send_with_retries(request, deadline))

            try:
                if self._shared is None:
                    token = ask()
                else:
                    token = self._shared.token(
                        ask,
                        kept=kept,
                        refused=instead_of.value if instead_of else None,
                        anew=anew,
                        remaining=lambda: deadline - self._now(),
                    )
            except ZoomChatError as error:
                if kept is None or not error.passing or self._now() >= kept.ends_at:
                    raise
                log.warning("%s The one from before is still good and goes on.", error)
                return kept
            if token.is_shared:
                self._on_token(token.value)
            entry.token = token
            return token
        finally:
            entry.lock.release()

    def _read_token(self, answer: dict[str, Any]) -> Token:
        token = read_token(answer, self._now())
        for secret in (token.value, token.refresh_token):
            if secret:
                self._on_token(secret)
        return token

    def _send_with_retries(
        self, request: Request, deadline: float, delivery: Delivery = _PLAIN
    ) -> dict[str, Any]:
        """Make a call, and again where that is safe and there is time."""
        app = self._hosts.oauth, self._credentials
        # What limits a message: its app's quota for the day, and its target.
        limited = () if request.target is None else (app, (*app, request.target))
        tries = 0
        failed: ZoomChatError | None = None
        while True:
            self._wait_for_limits(request, limited, deadline)
            tries += 1
            try:
                answer = self._send_once(request, deadline, delivery)
            except ZoomChatError as error:
                if failed is not None and isinstance(error, NoTimeLeftError):
                    raise failed from None
                failed = error
                if not request.repeatable and not error.may_have_arrived:
                    delivery.not_posted()
                in_a_row = tries
                if limited and isinstance(error, RateLimitError):
                    key = limited[0] if error.daily else limited[-1]
                    in_a_row = BLOCKS.met(key, error, self._now())
                elif limited and isinstance(error, RejectedError):
                    BLOCKS.passed(limited[-1])
                wait = wait_before_retry(
                    error,
                    tries=in_a_row,
                    remaining=deadline - self._now(),
                    jitter=random.random(),
                    at_least_once=delivery.at_least_once,
                )
                if wait is None or delivery.once:
                    raise
                log.warning("%s Trying again in %.1f s.", error, wait)
            else:
                BLOCKS.passed(*limited)
                return answer
            self._sleep(wait)

    def _wait_for_limits(
        self, request: Request, limited: Iterable[object], deadline: float
    ) -> None:
        """Wait until a message may be sent, as far as this process knows.

        :raises RateLimitError: that is not within the time; no call was made.
        """
        while True:
            now = self._now()
            wait, limit = BLOCKS.wait(limited, now, deadline)
            if limit is None:
                return
            if now + wait >= deadline:
                raise limit_still_holds(request, limit, wait)
            self._sleep(wait)

    def _send_once(self, request: Request, deadline: float, delivery: Delivery) -> dict[str, Any]:
        """Make a call, follow it to another of Zoom's hosts where it may go, read the answer."""
        if isinstance(self._credentials, Webhook):
            epoch_ms = int(datetime.now(timezone.utc).timestamp() * 1000)
            request = self._credentials.authorized(request, epoch_ms)
        response = self._transport.call(
            request,
            deadline,
            timeout=delivery.timeout,
            before_write=(
                _nothing if request.repeatable else partial(delivery.before_write, request)
            ),
        )
        ahead = clock_ahead(response)
        self.clock_ahead = self.clock_ahead if ahead is None else ahead
        asked = request
        for _ in range(MAX_REDIRECTS):
            target = redirected(request, response, answered_by=asked.url)
            if target is None:
                break
            asked = target
            deadline += request.transfer_time
            response = self._transport.call(asked, deadline)
        else:
            asked = replace(asked, follows=False)  # so that another redirect is named as one
        return parse(asked, response, (*self._credentials.secrets, *self._transport.secrets))
