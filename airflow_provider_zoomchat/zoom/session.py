"""A session of `requests` whose calls end in time, and of which it is known how far they came.

The timeouts of sockets count each read anew, so an answer that drips, in its headers or its body,
never runs into them. A `Watch` shuts its call's connection down when the time is over, wherever the
call is; an upload, which may take long, also when it stands still. One thread serves the calls of
all threads, since a timer for each would cost more than the rest of the call.

The errors of `requests` do not tell for sure whether a call went out; a `Watch` on its connection
does. This file imports `requests` at its top and must itself be imported inside of functions.
"""

from __future__ import annotations

import math
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection


class _Current(threading.local):
    """The watch of the call that each thread is making."""

    watch: Watch | None = None


_current = _Current()


class CallStoppedError(Exception):
    """Nothing of a request was written, for a reason that the watch knows."""


class Watch:
    """One call: how far it came, and its end after some seconds.

    :param seconds: after them the call's connection is shut down.
    :param opening: the limit until the first byte goes out; `seconds` by default.
    :param pause: the limit between two parts of a request that go out.
    :param before_write: called once, right before the first piece of the request goes out; if it
        raises, nothing does.
    """

    def __init__(
        self,
        seconds: float,
        *,
        opening: float = math.inf,
        pause: float = math.inf,
        before_write: Callable[[], None] = lambda: None,
    ) -> None:
        #: Whether a part of the request was handed to the network: it may have arrived.
        self.written = False
        #: Whether the time ran out.
        self.expired = False
        #: Whether that was because nothing moved.
        self.stood_still = False
        self.seconds = seconds
        self.opening = min(opening, seconds)
        self.pause = pause
        #: What `before_write` raised.
        self.stopped_by: BaseException | None = None
        self._before_write = before_write
        self._over = math.inf
        self._socket: Any = None

    def __enter__(self) -> Watch:
        _current.watch = self
        now = time.monotonic()
        self._over = now + self.seconds
        _watchman.add(self, now + self.opening)
        return self

    def __exit__(self, *_: object) -> None:
        _watchman.remove(self)
        _current.watch = None

    def has_connected(self, connection: Any) -> None:
        """Note which socket to shut down."""
        self._socket = connection
        if self.expired:
            self.expire()

    def about_to_write(self) -> None:
        """Note that a piece of the request goes out now.

        :raises CallStoppedError: it must not, since `before_write` failed or the time is over.
        """
        if self.written:
            return
        try:
            self._before_write()
        except BaseException as error:
            self.stopped_by = error
            raise CallStoppedError from error
        if self.expired:
            raise CallStoppedError
        self.written = True

    def note_progress(self) -> None:
        """Note that a piece of the request went out."""
        if self.pause < math.inf and not self.expired:
            _watchman.add(self, min(time.monotonic() + self.pause, self._over))

    def expire(self) -> None:
        """End the call."""
        self.stood_still = self.stood_still or time.monotonic() < self._over
        self.expired = True
        if self._socket is not None:
            with suppress(OSError):  # it may have ended by itself
                # Of the plain socket: the TLS layer belongs to the thread that reads from it.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


class _Watchman:
    """The thread that ends what is over; it sleeps until the next end."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Start anew, as a forked process must: it has the lock, but not the thread."""
        self._condition = threading.Condition()
        self._ends: dict[Watch, float] = {}
        self._wakes_at = math.inf
        self._thread: threading.Thread | None = None

    def add(self, watch: Watch, end: float) -> None:
        """Expire a watch at this time."""
        with self._condition:
            self._ends[watch] = end
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="zoom-watch", daemon=True)
                self._thread.start()
            if end < self._wakes_at:
                self._condition.notify()

    def remove(self, watch: Watch) -> None:
        """Let a watch be; the thread may wake for nothing, which is cheaper than telling it."""
        with self._condition:
            self._ends.pop(watch, None)

    def _run(self) -> None:
        with self._condition:
            while True:
                now = time.monotonic()
                for watch in [watch for watch, end in self._ends.items() if end <= now]:
                    del self._ends[watch]
                    watch.expire()
                self._wakes_at = min(self._ends.values(), default=math.inf)
                self._condition.wait(None if self._wakes_at == math.inf else self._wakes_at - now)


_watchman = _Watchman()
os.register_at_fork(after_in_child=_watchman.forget)


#: Connections kept open per host: one for each thread that sends at the same time.
_POOL_SIZE = 64


class _Watched(HTTPConnection):
    """A connection that tells the watch of its call how far it came; a part of others."""

    _opening = False

    def connect(self) -> None:
        self._opening = True
        try:
            super().connect()
        finally:
            self._opening = False

    def send(self, data: Any) -> None:
        if self.sock is None and not self._opening:
            self.connect()
        call = _current.watch
        if call is not None and self.sock is not None:
            call.has_connected(self.sock)
            # Connecting has a limit of its own; the watch sees whether a file moves.
            self.sock.settimeout(call.seconds)
            # What goes out while connecting is for a proxy on the way, not for Zoom.
            if not self._opening:
                call.about_to_write()
        try:
            super().send(data)
        except (ConnectionResetError, ssl.SSLEOFError):
            if self._opening:
                raise
            # Who has read enough may answer and hang up: after this error urllib3 reads the answer.
            raise BrokenPipeError from None
        if call is not None and not self._opening:
            call.note_progress()


@cache
def _watched(pool: type[HTTPConnectionPool]) -> type[HTTPConnectionPool]:
    """Return a pool whose connections are watched: of HTTP, of TLS, or through a SOCKS proxy."""
    connection = type("WatchedConnection", (_Watched, pool.ConnectionCls), {})
    return type("WatchedPool", (pool,), {"ConnectionCls": connection})


class _Adapter(HTTPAdapter):
    """Makes watched connections, directly and through proxies."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        self._watch(self.poolmanager)

    def proxy_manager_for(self, proxy: Any, **options: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **options)
        self._watch(manager)
        return manager

    @staticmethod
    def _watch(manager: Any) -> None:
        manager.pool_classes_by_scheme = {
            scheme: pool if issubclass(pool.ConnectionCls, _Watched) else _watched(pool)
            for scheme, pool in manager.pool_classes_by_scheme.items()
        }


class Session(requests.Session):
    """A session that may be shared between threads.

    :param trust_env: whether the environment's proxy and certificates count.
    """

    def __init__(self, *, trust_env: bool) -> None:
        super().__init__()
        self.trust_env = trust_env
        # A cookie would tie calls of different threads to one of Zoom's machines.
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        for scheme in ("https://", "http://"):
            self.mount(scheme, _Adapter(pool_maxsize=_POOL_SIZE))

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return no target: requests would read even a redirect it does not follow to its end."""
        return None
