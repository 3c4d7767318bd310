"""The trigger that waits for an answer in a thread."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowNotFoundException, timezone
from airflow.triggers.base import BaseTrigger, TriggerEvent

from ..zoom import answers
from ..zoom.errors import RateLimitError, ZoomChatError
from . import polling

if TYPE_CHECKING:
    from ..zoom.threads import Thread


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
        thread = await polling.of_this_loop().read(
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
        judged = new = progress.new(thread.replies)
        candidates = answers.candidates(
            new,
            from_users=self.arguments["from_users"],
            asked_by=[*asked_by, self.arguments["target"]["user_id"]],
            say=self.log.info,
        )
        options = self.arguments["options"]
        found: list[dict[str, Any]] = []
        if options:
            answer = answers.first_answer(
                candidates, partial(answers.option_of, options), self.log.info
            )
            found = [answer] if answer else []
        else:
            found = list(islice(candidates, answers.MOST_HANDED_OVER))
            if len(found) == answers.MOST_HANDED_OVER:
                judged = new[: new.index(found[-1]) + 1]
        progress = progress.after(thread.replies, judged)
        self.arguments |= {
            "asked_by": asked_by,
            "since": progress.since.isoformat() if progress.since else None,
            "seen": list(progress.seen),
        }
        if not found:
            return None
        return {"replies": [answers.as_json(reply) for reply in found], "arguments": self.arguments}
