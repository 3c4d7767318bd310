"""What the alerts of one channel know of each other: how many there were, and which are refused.

Zoom blocks a channel that gets more than 10 messages in a second, 30 in ten or 60 in a hundred.
When many DAGs fail at once, each has a message of its own, and the later ones are refused. What is
refused is recorded in Variables, and whoever gets a message through shows all of it in one.

Airflow's Variables have no atomic change, so two processes that write one at the same moment lose
what one of them wrote. A refused alert is therefore recorded in one of several Variables, is read
back after it was written, and goes into another one where it is missing. The count of messages has
no such care: a lost entry allows one message more.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from ...hooks.variables import PREFIX, StateError
from ...zoom.errors import ZoomChatError
from .. import lenient
from ..alerts import FilledAlert
from ..event import Event
from .failures import cause_of
from .group import lost_key
from .state import State
from .summary import flood_alert
from .timeouts import CLAIM, WAIT_BUDGET, WaitBudget, settle, task_key

if TYPE_CHECKING:
    from .group import Sender

log = logging.getLogger(__name__)

#: Variables among which the records of a channel are spread, and how often a record is tried.
_SLOTS, _TRIES = 32, 6

#: Seconds for which records and their message count as one flood.
_LASTS = 3600.0

#: Seconds between two edits of the message.
_INTERVAL = 5.0

#: New messages of groups that a channel gets within a minute, before the rest go into one.
MAX_MESSAGES = 10

#: Messages of a channel within 100 s, replies among them, from which on there are no replies.
_MAX_WITH_REPLIES = 30

#: Seconds after which the Variable of a group is removed: a run that fails on Friday may recover on
#: Monday. How many groups are remembered for that, and how many one callback removes at most.
_KEPT, _MAX_GROUPS, _MAX_REMOVED = 7 * 24 * 3600.0, 200, 5


class Channel:
    """The messages that the groups of one channel have had, of all of Airflow's processes.

    It is one Variable. It also remembers the groups, since a run that never recovers leaves its
    group's Variable behind, and only Airflow 3.3 can look for Variables by their names.

    :param key: the name of its Variable.
    :param now: seconds since 1970, by this machine's clock.
    """

    def __init__(self, key: str, state: State, *, now: Callable[[], float] = time.time) -> None:
        self._key = key
        self._state = state
        self._now = now
        self._old_groups: Sequence[str] = ()

    def count_message(self, group: str) -> bool:
        """Count a new message; return False if the channel has had too many.

        :param group: the name of the Variable of its group.
        """
        with suppress(StateError):
            groups, replies = self._read()
            recent = [at for at in groups.values() if self._age(at) < 60]
            if len(recent) >= MAX_MESSAGES:
                return False
            groups.pop(group, None)
            old = self._old(groups)
            kept = {name: at for name, at in groups.items() if name not in old}
            self._write({**kept, group: self._now()}, replies)
            self._old_groups = old
        return True

    def remove_old_groups(self) -> None:
        """Remove the Variables of groups that `count_message` has found to be old."""
        if self._state.is_slow():
            return
        with suppress(StateError):
            for name in self._old_groups:
                self._state.delete(name)
                self._state.delete(lost_key(name))

    def _old(self, groups: Mapping[str, float]) -> list[str]:
        """Return the groups that nobody resolves any more, or the oldest if there are too many."""
        old = [name for name, at in groups.items() if self._age(at) > _KEPT]
        return (old or list(groups)[: max(0, len(groups) - _MAX_GROUPS + 1)])[:_MAX_REMOVED]

    def count_reply(self) -> bool:
        """Count a reply; return False if the channel has had too many."""
        with suppress(StateError):
            groups, replies = self._read()
            recent = [at for at in (*groups.values(), *replies) if self._age(at) < 100]
            if len(recent) >= _MAX_WITH_REPLIES:
                return False
            self._write(groups, [*replies[-_MAX_WITH_REPLIES:], self._now()])
        return True

    def _age(self, at: float) -> float:
        return abs(self._now() - at)

    def _read(self) -> tuple[dict[str, float], list[float]]:
        """Return when each group has had its message, and when there were replies."""
        found = self._state.read(self._key) or {}
        groups, replies = found.get("groups"), found.get("replies")
        return (
            {
                name: at
                for name, at in (groups.items() if isinstance(groups, dict) else ())
                if lenient.is_finite(at) and name.startswith(PREFIX)
            },
            [at for at in replies if lenient.is_finite(at)] if isinstance(replies, list) else [],
        )

    def _write(self, groups: Mapping[str, float], replies: list[float]) -> None:
        self._state.write(self._key, {"groups": dict(groups), "replies": replies})


class Flood:
    """The refused alerts of one channel.

    :param key: the start of the names of its Variables.
    :param can_wait: whether this process may wait until others have written.
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
        can_wait: bool = True,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
        waits: WaitBudget = WAIT_BUDGET,
    ) -> None:
        self._key = key
        self._state = state
        self._sender = sender
        self._now = now
        self._sleep = sleep if can_wait else lambda seconds: None
        self._chance = chance
        self._waits = waits
        self._me = uuid4().hex

    def add(self, event: Event) -> bool:
        """Record an alert that was refused, and show it if that is possible now.

        :returns: whether it is recorded.
        """
        try:
            if not self._record(event):
                return False
        except StateError as error:
            log.warning("What the channel refused could not be recorded. %s", error)
            return False
        try:
            self._sum_up(event)
        except StateError as error:
            log.warning("What the channel refused is recorded, and shown later. %s", error)
            with suppress(StateError):  # or others would leave it to this process for a while
                head = self._state.read(self._key, is_needed=True) or {}
                self._state.write(self._key, {**head, "claimed": 0, "waiting": True})
        return True

    def show_waiting(self, event: Event) -> None:
        """Show what is recorded and was not shown, now that the channel takes messages."""
        with suppress(StateError):
            head = self._state.read(self._key)
            if head and head.get("waiting") is True:
                self._sum_up(event)

    def _record(self, event: Event) -> bool:
        name = f"{event.dag_id} {event.run_id}"
        entry = [event.dag_id, cause_of(event), self._now()]
        for _ in range(_TRIES):
            key = f"{self._key}_{int(self._chance() * _SLOTS) % _SLOTS}"
            began = self._now()
            kept = self._recent(self._state.read(key))
            kept[name] = entry
            self._state.write(key, {"refused": kept})
            # Whoever has read before this was written has written too by then.
            self._sleep(settle(self._now() - began) * (1 + 0.3 * self._chance()))
            if name in self._recent(self._state.read(key)):
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
            and lenient.is_finite(entry[2])
            and abs(self._now() - entry[2]) < _LASTS
        }

    def _all(self) -> list[tuple[str, str, float]]:
        """Return the DAG, the cause and the time of each record, the oldest first."""
        found: dict[str, list[Any]] = {}
        for slot in range(_SLOTS):
            found.update(self._recent(self._state.read(f"{self._key}_{slot}")))
        refused = [(str(dag), str(cause), float(at)) for dag, cause, at in found.values()]
        return sorted(refused, key=lambda one: one[2])

    def _sum_up(self, event: Event) -> None:
        """Show all that is recorded in one message, unless another process is about to.

        As for a group: one process posts, or waits for the interval to end, takes its claim away,
        and reads the records after that. Whoever saw the claim and left had recorded before.
        """
        head = self._state.read(self._key) or {}
        if self._is_claimed(head):
            log.info("This alert is one of those that are shown in one message of the channel.")
            return
        began = self._now()
        claim = {"claim": self._me, "claimed": began, "waiting": True}
        self._state.write(self._key, {**head, **claim})
        self._sleep(settle(self._now() - began))
        if (self._state.read(self._key) or {}).get("claim") != self._me:
            return
        if self._is_recent(head):
            since_edit = abs(self._now() - head["edited"])
            self._sleep(self._waits.take(task_key(event), _INTERVAL - since_edit))
        else:
            head = {}
            if not self._show(head, event):
                self._state.write(self._key, {"waiting": True})
                return
        head = {name: head.get(name) for name in ("message", "posted", "shown")}
        head.update(edited=self._now(), waiting=True)
        self._state.write(self._key, head)
        is_shown = self._show(head, event)
        # Another process may have claimed meanwhile.
        there = self._state.read(self._key) or {}
        claim = {name: there.get(name) for name in ("claim", "claimed")}
        head["waiting"] = not is_shown or self._is_claimed(claim)
        self._state.write(self._key, {**head, **claim})

    def _show(self, head: dict[str, Any], event: Event) -> bool:
        """Put all records into the channel's message; False if Zoom refuses it."""
        refused = self._all()
        shown = [len(refused), refused[-1][2]] if refused else None
        if shown is None or shown == head.get("shown"):
            return True
        try:
            head["message"] = self._put(head.get("message"), flood_alert(event, refused))
        except ZoomChatError as error:
            log.warning("%s %d alerts are recorded, and shown later.", error, len(refused))
            return False
        head.update(shown=shown, posted=head.get("posted") or self._now())
        return True

    def _is_claimed(self, head: Mapping[str, Any]) -> bool:
        claimed = head.get("claimed")
        return lenient.is_finite(claimed) and abs(self._now() - (claimed or 0)) < CLAIM

    def _is_recent(self, head: Mapping[str, Any]) -> bool:
        times = [head.get("posted"), head.get("edited")]
        is_open = isinstance(head.get("message"), dict) and all(map(lenient.is_finite, times))
        return is_open and abs(self._now() - head["posted"]) < _LASTS

    def _put(self, message: dict[str, Any] | None, alert: FilledAlert) -> dict[str, Any]:
        if message is not None:
            try:
                self._sender.edit(message, alert)
                return message
            except ZoomChatError as error:
                if error.passing:  # a second message would not get through either
                    raise
        return self._sender.post(alert)
