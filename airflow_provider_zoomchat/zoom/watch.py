"""A time limit for a whole HTTP call.

The timeouts of sockets count each read anew, so an answer that drips, in its headers or its body,
never runs into them. A `Watch` shuts its call's connection down when the time is over, wherever the
call is; an upload, which may take long, also when it stands still. One thread serves the calls of
all threads, since a timer for each would cost more than the rest of the call.
"""

from __future__ import annotations

import math
import os
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any


class _Current(threading.local):
    """The watch of the call that each thread is making."""

    watch: Watch | None = None


current = _Current()


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
        current.watch = self
        now = time.monotonic()
        self._over = now + self.seconds
        _watchman.add(self, now + self.opening)
        return self

    def __exit__(self, *_: object) -> None:
        _watchman.remove(self)
        current.watch = None

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
