"""What all triggers of an event loop share: connections, tokens, threads, and a pace.

Nothing here holds the loop up. Airflow's connections and Zoom are asked in threads of
`sync_to_async`, which alone may ask the triggerer of Airflow 3.0 and 3.1: it asks on the loop.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

from ..zoom.deadline import Threads
from ..zoom.errors import CredentialsError
from ..zoom.retry import Pace

if TYPE_CHECKING:
    from ..hooks.zoom import ZoomHook
    from ..zoom.http import Request
    from ..zoom.threads import Thread

Result = TypeVar("Result")

_log = logging.getLogger(__name__)

#: Calls of a process in a second, so that with one for a token, or a late one, there are no more
#: than 7. So 100 sensors look every 17 seconds at most, and Zoom has room for other calls: it takes
#: 20 of an account in a second (label MEDIUM, on a Pro account; on a Free one 2).
#: Source: https://developers.zoom.us/docs/api/rate-limits/.
CALLS_PER_SECOND = 6.0

#: Calls that wait for Zoom at the same time.
_THREADS = 8

#: Seconds after which a connection is read again, since a triggerer runs for weeks.
_CONNECTION_LIFE = 300.0

#: Seconds for one call, with the token that it may need.
_TIME_BUDGET = 20.0

_polling: WeakKeyDictionary[asyncio.AbstractEventLoop, Polling] = WeakKeyDictionary()


def of_this_loop() -> Polling:
    """Return what the triggers of the running event loop share."""
    return _polling.setdefault(asyncio.get_running_loop(), Polling())


class Polling:
    """Reads threads for the triggers of one event loop."""

    def __init__(self) -> None:
        self._pace = Pace(CALLS_PER_SECOND)
        self._threads = asyncio.Semaphore(_THREADS)
        self._locks: dict[str, asyncio.Lock] = {}
        self._hooks: dict[str, tuple[ZoomHook, float]] = {}

    async def read(
        self, conn_id: str, message_id: str, since: datetime | None, target: Mapping[str, Any]
    ) -> Thread:
        """Return a thread, with one call for each page of it.

        :param target: the other arguments of `ZoomHook.read_thread`.
        :raises ZoomChatError: a call failed, or the connection is none.
        """
        hook = await self._hook(conn_id)
        try:
            return await self._read(hook, message_id, since, target)
        except CredentialsError:
            # A secret that was changed in Airflow must not end what waits.
            fresh = await self._hook(conn_id, instead_of=hook)
            if fresh.settings == hook.settings:
                raise
            return await self._read(fresh, message_id, since, target)

    async def _read(
        self, hook: ZoomHook, message_id: str, since: datetime | None, target: Mapping[str, Any]
    ) -> Thread:
        now = asyncio.get_running_loop().time

        def send(request: Request) -> dict[str, Any]:
            from ..zoom.client import Delivery

            hook.client.fetch_token()  # else calls that wait for one would go out all at once
            while wait := self._pace.wait(now()):
                threading.Event().wait(wait)
            return hook.client.send(request, time_budget=_TIME_BUDGET, delivery=Delivery(once=True))

        async with self._threads:
            return await _in_thread(
                lambda: hook.read_thread(message_id, since, send=send, **target)
            )

    async def _hook(self, conn_id: str, instead_of: ZoomHook | None = None) -> ZoomHook:
        """Return the hook of a connection, with its fields read and its secrets masked.

        :param instead_of: one whose secret may be outdated.
        """
        now = asyncio.get_running_loop().time
        async with self._locks.setdefault(conn_id, asyncio.Lock()):
            hook, read_at = self._hooks.get(conn_id, (None, 0.0))
            if hook is None or hook is instead_of or now() - read_at > _CONNECTION_LIFE:
                try:
                    fresh = await _in_thread(lambda: _load(conn_id))
                except Exception as error:  # of a secrets backend, of Airflow's database
                    if hook is None:
                        raise
                    _log.warning("Connection %s is used as it was: %r", conn_id, error)
                    fresh = hook
                if hook is None or fresh.settings != hook.settings:
                    hook = fresh  # else the one that has its session
                self._hooks[conn_id] = hook, now()
            return hook


async def _in_thread(function: Callable[[], Result]) -> Result:
    from asgiref.sync import sync_to_async

    call: Callable[[], Awaitable[Result]] = sync_to_async(
        function, thread_sensitive=False, executor=Threads()
    )
    return await call()


def _load(conn_id: str) -> ZoomHook:
    from ..hooks.zoom import ZoomHook

    hook = ZoomHook(conn_id)
    _ = hook.settings
    return hook
