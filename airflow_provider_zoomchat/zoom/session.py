"""A session of `requests` whose calls end in time, and of which it is known how far they came.

The errors of `requests` do not tell for sure whether a call went out; a `Watch` on its connection
does. This file imports `requests` at its top and must itself be imported inside of functions.
"""

from __future__ import annotations

import ssl
from functools import cache
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection

from .watch import current

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
        call = current.watch
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
