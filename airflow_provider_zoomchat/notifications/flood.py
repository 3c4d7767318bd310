"""One message of a channel for the alerts that Zoom refuses, since there were too many at once.

Zoom blocks a channel that gets more than 10 messages in a second, 30 in ten or 60 in a hundred.
When many DAGs fail at once, each has a message of its own, and the later ones are refused. What is
refused is recorded in Variables, and whoever gets a message through shows all of it.

Airflow's Variables have no atomic change, so two processes that write one at the same moment lose
what one of them wrote. A record is therefore one of several Variables, is read back after it was
written, and goes into another one where it is missing.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any
from uuid import uuid4

from ..hooks.variables import StateError
from ..zoom.errors import ZoomChatError
from .alert import Post
from .event import Event
from .failures import cause_of, flood_post
from .groups import Sender
from .state import State

log = logging.getLogger(__name__)

#: Variables among which the records of a channel are spread, and how often a record is tried.
_SLOTS, _TRIES = 16, 6

#: Seconds at most until a record is read back: others that write now have written by then.
_SETTLE = 0.3

#: Seconds for which records and their message count as one flood.
_LASTS = 3600.0

#: Seconds for which one process may be at summing up.
_CLAIM = 20.0


class Flood:
    """The refused alerts of one channel.

    :param key: the start of the names of its Variables.
    :param may_wait: whether this process may wait until others have written.
    :param now: seconds since 1970, by this machine's clock.
    :param sleep: waits that many seconds.
    :param chance: gives a number from 0 to 1.
    """

    def __init__(
        self,
        key: str,
        state: State,
        sender: Sender,
        *,
        may_wait: bool = True,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._key = key
        self._state = state
        self._sender = sender
        self._now = now
        self._sleep = sleep if may_wait else lambda seconds: None
        self._chance = chance
        self._me = uuid4().hex

    def add(self, event: Event) -> bool:
        """Record an alert that was refused, and show it if that is possible now.

        :returns: whether it is recorded.
        """
        try:
            if not self._record(event):
                return False
            self._sum_up(event)
        except StateError as error:
            log.warning("What the channel refused could not be recorded. %s", error)
            return False
        return True

    def show_waiting(self, event: Event) -> None:
        """Show what is recorded and was not shown, now that the channel takes messages."""
        with suppress(StateError):
            head = self._state.head(self._key)
            if head and head.get("waiting") is True:
                self._sum_up(event)

    def _record(self, event: Event) -> bool:
        name = f"{event.dag_id} {event.run_id}"
        entry = [event.dag_id, cause_of(event), self._now()]
        for _ in range(_TRIES):
            key = f"{self._key}_{int(self._chance() * _SLOTS) % _SLOTS}"
            kept = self._recent(self._state.head(key))
            kept[name] = entry
            self._state.write_head(key, {"refused": kept})
            self._sleep(_SETTLE * (0.3 + 0.7 * self._chance()))
            if name in self._recent(self._state.head(key)):
                return True
        return False

    def _recent(self, slot: Mapping[str, Any] | None) -> dict[str, list[Any]]:
        """Return the records of a Variable that count still, and are records."""
        found = (slot or {}).get("refused")
        return {
            name: entry
            for name, entry in (found.items() if isinstance(found, dict) else ())
            if isinstance(entry, list)
            and len(entry) == 3
            and isinstance(entry[2], (int, float))
            and abs(self._now() - entry[2]) < _LASTS
        }

    def _all(self) -> list[tuple[str, str, float]]:
        """Return the DAG, the cause and the time of each record, the oldest first."""
        found: dict[str, list[Any]] = {}
        for slot in range(_SLOTS):
            found.update(self._recent(self._state.head(f"{self._key}_{slot}")))
        refused = [(str(dag), str(cause), float(at)) for dag, cause, at in found.values()]
        return sorted(refused, key=lambda one: one[2])

    def _sum_up(self, event: Event) -> None:
        """Show all that is recorded in one message, unless another process is about to."""
        head = self._state.head(self._key) or {}
        claimed = head.get("claimed")
        if isinstance(claimed, (int, float)) and abs(self._now() - claimed) < _CLAIM:
            # It reads the records once more when it is done, and this one is written.
            log.info("This alert is one of those that are shown in one message of the channel.")
            return
        self._state.write_head(
            self._key, {**head, "claim": self._me, "claimed": self._now(), "waiting": True}
        )
        self._sleep(_SETTLE)
        if (self._state.head(self._key) or {}).get("claim") != self._me:
            return
        message = head.get("message") if self._is_recent(head) else None
        posted = head.get("posted") if message else self._now()
        shown = 0
        # Once more after the claim is taken away: who saw it and left had recorded before.
        while len(refused := self._all()) > shown:
            post = flood_post(event, refused)
            waiting = False
            try:
                message = self._put(message, post)
            except ZoomChatError as error:
                log.warning("%s %d alerts are recorded, and shown later.", error, len(refused))
                waiting = True
            shown = len(refused)
            kept = {"message": message, "posted": posted, "waiting": waiting}
            self._state.write_head(self._key, kept)

    def _is_recent(self, head: Mapping[str, Any]) -> bool:
        posted = head.get("posted")
        return (
            isinstance(head.get("message"), dict)
            and isinstance(posted, (int, float))
            and abs(self._now() - posted) < _LASTS
        )

    def _put(self, message: dict[str, Any] | None, post: Post) -> dict[str, Any]:
        if message is not None:
            with suppress(ZoomChatError):
                self._sender.edit(message, post)
                return message
        return self._sender.post(post)
