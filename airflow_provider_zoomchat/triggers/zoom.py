"""The trigger that waits for an answer in a thread, and what the triggers of a process share."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from airflow.providers.common.compat.sdk import AirflowNotFoundException, timezone
from airflow.triggers.base import BaseTrigger, TriggerEvent

from ..zoom import answers
from ..zoom.deadline import Result, Threads
from ..zoom.errors import CredentialsError, RateLimitError, ZoomChatError

if TYPE_CHECKING:
    from ..hooks.zoom import ZoomHook
    from ..zoom.http import Request
    from ..zoom.threads import Thread

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


class ZoomChatReplyTrigger(BaseTrigger):
    """Waits for a reply in a message's thread that may be the answer.

    All it knows is in its arguments, which Airflow keeps: where it is started again, it goes on
    from its last event, with the time and the pace of its first start. Its events are dicts:
    ``{"replies": [...], "arguments": {...}}`` with the replies to judge and the arguments of a
    trigger that goes on behind them, ``{"timeout": words}`` with what was wrong at last, or
    ``{"error": words}``.

    :param zoom_conn_id: the connection.
    :param message_id: the first message of the thread.
    :param target: ``to_channel`` or ``to_contact`` where it is, and ``user_id`` who reads it.
    :param options: what a reply must say, as `answers.option_of` compares; any reply if there are
        none: a pattern is matched in the task, since `re` would hold up all triggers.
    :param from_users: who may answer, as `answers.read_people` gives it; anybody if empty.
    :param asked_by: by what the user is known who asks.
    :param since: from when on replies are wanted, in ISO 8601; None for all.
    :param seen: which replies from then on have been judged, as `answers.Progress` has it.
    :param started: when the sensor began to wait, in ISO 8601.
    :param timeout: seconds from then on.
    :param poke_interval: seconds between two looks; None for those of `answers.interval`.
    """

    def __init__(
        self,
        *,
        zoom_conn_id: str,
        message_id: str,
        target: Mapping[str, Any],
        started: str,
        timeout: float,
        options: Sequence[str] = (),
        from_users: Sequence[str] = (),
        asked_by: Sequence[str] = (),
        since: str | None = None,
        seen: Sequence[str] = (),
        poke_interval: float | None = None,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.arguments: dict[str, Any] = {
            "zoom_conn_id": zoom_conn_id,
            "message_id": message_id,
            "target": dict(target),
            "started": started,
            "timeout": timeout,
            "options": list(options),
            "from_users": list(from_users),
            "asked_by": list(asked_by),
            "since": since,
            "seen": list(seen),
            "poke_interval": poke_interval,
        }

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return the class and the arguments with which Airflow starts it again."""
        return f"{type(self).__module__}.{type(self).__qualname__}", self.arguments

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look into the thread again and again; yield one event."""
        started = datetime.fromisoformat(self.arguments["started"])
        timeout = self.arguments["timeout"]
        problem = ""
        while True:
            at_least = 0.0
            try:
                event = await self._look()
                problem = ""
            except AirflowNotFoundException as error:
                event = {"error": f"The connection is gone: {error}"}
            except ZoomChatError as error:
                event = None if error.passing else {"error": str(error)}
                if event is None and not problem:
                    self.log.warning("%s Looking again later.", error)
                problem = str(error)
                if isinstance(error, RateLimitError):
                    at_least = error.retry_after or 0.0
            waited = max(0.0, (timezone.utcnow() - started).total_seconds())
            if event is None and waited >= timeout:
                event = {"timeout": problem}
            if event is not None:
                yield TriggerEvent(event)  # type: ignore[no-untyped-call]
                return
            pause = self.arguments["poke_interval"] or answers.interval(waited)
            await asyncio.sleep(min(max(pause, at_least), timeout - waited))

    async def _look(self) -> dict[str, Any] | None:
        """Return the event for what is new in the thread, if there may be an answer in it."""
        since = self.arguments["since"]
        progress = answers.Progress(
            datetime.fromisoformat(since) if since else None, tuple(self.arguments["seen"])
        )
        thread = await of_this_loop().read(
            self.arguments["zoom_conn_id"],
            self.arguments["message_id"],
            progress.since,
            # The sensor has asked, unless Zoom was out of reach then.
            {**self.arguments["target"], "need_main_message": not self.arguments["asked_by"]},
        )
        # In a thread, since a thousand long replies take longer than a loop can be held up.
        return await asyncio.to_thread(self._judge, thread, progress)

    def _judge(self, thread: Thread, progress: answers.Progress) -> dict[str, Any] | None:
        asked_by = self.arguments["asked_by"] or list(thread.asked_by)
        options = self.arguments["options"]
        found, progress = answers.judge(
            thread.replies,
            progress,
            from_users=self.arguments["from_users"],
            asked_by=[*asked_by, self.arguments["target"]["user_id"]],
            answer_of=partial(answers.option_of, options) if options else None,
            say=self.log.info,
        )
        self.arguments |= {
            "asked_by": asked_by,
            "since": progress.since.isoformat() if progress.since else None,
            "seen": list(progress.seen),
        }
        if not found:
            return None
        return {"replies": [answers.as_json(reply) for reply in found], "arguments": self.arguments}


_polling: WeakKeyDictionary[asyncio.AbstractEventLoop, Polling] = WeakKeyDictionary()


def of_this_loop() -> Polling:
    """Return what the triggers of the running event loop share."""
    return _polling.setdefault(asyncio.get_running_loop(), Polling())


class Pace:
    """Lets a process make so many calls in a second and no more, evenly.

    May be shared between threads.

    :param per_second: calls.
    """

    def __init__(self, per_second: float) -> None:
        self._gap = 1 / per_second
        self._lock = threading.Lock()
        self._next = 0.0

    def wait(self, now: float) -> float:
        """Return the seconds until a call may be made; 0 is leave to make one, now.

        Who has waited asks again. So a call that comes late does not come close to the next one.
        """
        with self._lock:
            if now < self._next:
                return self._next - now
            self._next = now + self._gap
            return 0.0


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
