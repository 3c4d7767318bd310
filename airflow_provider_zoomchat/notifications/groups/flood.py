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
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any

from ...hooks.variables import PREFIX, StateError
from ...zoom.errors import ZoomChatError
from .. import lenient
from ..alerts import FilledAlert
from .group import Sender, cause_of, lost_key
from .state import MessageStatus, Shared, read_status
from .summary import flood_alert

log = logging.getLogger(__name__)

#: Variables among which the records of a channel are spread, and how often a record is tried.
_SLOTS, _TRIES = 16, 6

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
    """

    def __init__(self, key: str, shared: Shared) -> None:
        self._key = key
        self._shared = shared
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
            # Groups that nobody resolves any more, or the oldest if there are too many.
            old = [name for name, at in groups.items() if self._age(at) > _KEPT]
            old = (old or list(groups)[: max(0, len(groups) - _MAX_GROUPS + 1)])[:_MAX_REMOVED]
            kept = {name: at for name, at in groups.items() if name not in old}
            self._write({**kept, group: self._shared.now()}, replies)
            self._old_groups = old
        return True

    def remove_old_groups(self) -> None:
        """Remove the Variables of groups that `count_message` has found to be old."""
        with suppress(StateError):
            for key in (key for name in self._old_groups for key in (name, lost_key(name))):
                if self._shared.state.is_slow():
                    return
                self._shared.state.delete(key)

    def count_reply(self) -> bool:
        """Count a reply; return False if the channel has had too many."""
        with suppress(StateError):
            groups, replies = self._read()
            recent = [at for at in (*groups.values(), *replies) if self._age(at) < 100]
            if len(recent) >= _MAX_WITH_REPLIES:
                return False
            self._write(groups, [*replies[-_MAX_WITH_REPLIES:], self._shared.now()])
        return True

    def _age(self, at: float) -> float:
        return abs(self._shared.now() - at)

    def _read(self) -> tuple[dict[str, float], list[float]]:
        """Return when each group has had its message, and when there were replies."""
        found = self._shared.read(self._key)
        groups = {
            name: at
            for name, at in lenient.get_dict(found, "groups").items()
            if lenient.is_finite(at) and name.startswith(PREFIX)
        }
        return groups, [at for at in lenient.get_list(found, "replies") if lenient.is_finite(at)]

    def _write(self, groups: Mapping[str, float], replies: list[float]) -> None:
        self._shared.write(self._key, {"groups": dict(groups), "replies": replies})


@dataclass(frozen=True)
class FloodStatus(MessageStatus):
    """The status of the message that shows what a channel has refused.

    :param waiting: whether anything is recorded that it does not show.
    """

    REPEAT_INTERVAL = _LASTS

    waiting: bool = False


class Flood:
    """The refused alerts of one channel.

    :param key: the start of the names of its Variables.
    :param chance: gives a number from 0 to 1.
    """

    def __init__(
        self,
        key: str,
        shared: Shared,
        sender: Sender,
        *,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._key = key
        self._shared = shared
        self._sender = sender
        self._chance = chance

    def add(self) -> bool:
        """Record an alert that was refused, and show it if that is possible now.

        :returns: whether it is recorded.
        """
        try:
            if not self._record():
                return False
        except StateError as error:
            log.warning("What the channel refused could not be recorded. %s", error)
            return False
        self._sum_up_or_leave()
        return True

    def show_waiting(self) -> None:
        """Show what is recorded and was not shown, now that the channel takes messages."""
        with suppress(StateError):
            if self._read().waiting:
                self._sum_up_or_leave()

    def _sum_up_or_leave(self) -> None:
        """Show all that is recorded, or leave it to the next alert."""
        try:
            self._sum_up()
        except StateError as error:
            log.warning("What the channel refused is recorded, and shown later. %s", error)
            with suppress(StateError):  # or others would leave it to this process for a while
                status = self._read(is_needed=True)
                self._write(replace(status, claim="", editing=0.0, waiting=True))

    def _record(self) -> bool:
        event = self._shared.event
        name = f"{event.dag_id} {event.run_id}"
        entry = [event.dag_id, cause_of(event), self._shared.now()]
        for _ in range(_TRIES):
            key = f"{self._key}_{int(self._chance() * _SLOTS) % _SLOTS}"
            began = self._shared.now()
            self._shared.write(key, {"refused": {**self._recent(key), name: entry}})
            # Whoever has read before this was written has written too by then.
            self._shared.settle(began, 1 + 0.3 * self._chance())
            if name in self._recent(key):
                return True
        return False

    def _recent(self, key: str) -> dict[str, list[Any]]:
        """Return the records of a Variable that count still, and are records."""
        return {
            name: entry
            for name, entry in lenient.get_dict(self._shared.read(key), "refused").items()
            if isinstance(entry, list)
            and len(entry) == 3
            and lenient.is_finite(entry[2])
            and abs(self._shared.now() - entry[2]) < _LASTS
        }

    def _all(self) -> list[tuple[str, str, float]]:
        """Return the DAG, the cause and the time of each record, the oldest first."""
        found: dict[str, list[Any]] = {}
        for slot in range(_SLOTS):
            found.update(self._recent(f"{self._key}_{slot}"))
        refused = [(str(dag), str(cause), float(at)) for dag, cause, at in found.values()]
        return sorted(refused, key=lambda one: one[2])

    def _sum_up(self) -> None:
        """Show all that is recorded in one message, unless another process is about to.

        As for a group: one process posts, or waits for the interval to end, takes its claim away,
        and reads the records after that. Whoever saw the claim and left had recorded before.
        """
        shared, status = self._shared, self._claim()
        if status is None:
            log.info("This alert is one of those that are shown in one message of the channel.")
            return
        shown: FloodStatus | None = status
        if status.is_open(shared.now()):
            shared.wait(_INTERVAL - abs(shared.now() - status.edited))
        else:
            shown = self._show(FloodStatus())
        if shown is None:
            self._write(FloodStatus(waiting=True))
            return
        now = shared.now()
        status = replace(shown, edited=now, claim="", editing=now, waiting=True)
        self._write(status)
        shown = self._show(status)
        self._write(replace(shown or status, editing=0.0, waiting=shown is None))

    def _claim(self) -> FloodStatus | None:
        """Claim to show all that is recorded, and return the status; None if another does."""
        shared, status = self._shared, self._shared.after_edit(self._read(), self._read)
        # Who ends at this moment may write over the claim, so it is made once more.
        for _ in range(2):
            if status.is_claimed(shared.now()):
                break
            claimed = replace(status, claim=shared.me, claimed=shared.now(), waiting=True)
            there = shared.write_and_read_back(self._key, asdict(claimed))
            status = read_status(FloodStatus, there) or FloodStatus()
        return status if status.claim == shared.me else None

    def _show(self, status: FloodStatus) -> FloodStatus | None:
        """Put all records into the channel's message, and return its status.

        None if Zoom refuses that.
        """
        refused = self._all()
        digest = f"{len(refused)} {refused[-1][2]}" if refused else status.digest
        if digest == status.digest:
            return status
        try:
            message = self._put(status.message, flood_alert(self._shared.event, refused))
        except ZoomChatError as error:
            log.warning("%s %d alerts are recorded, and shown later.", error, len(refused))
            return None
        posted = status.posted or self._shared.now()
        return replace(status, message=message, digest=digest, posted=posted)

    def _put(self, message: dict[str, Any], alert: FilledAlert) -> dict[str, Any]:
        if message:
            try:
                self._sender.edit(message, alert)
                return message
            except ZoomChatError as error:
                if error.passing:  # a second message would not get through either
                    raise
        return self._sender.post(alert)

    def _read(self, *, is_needed: bool = False) -> FloodStatus:
        found = self._shared.read(self._key, is_needed=is_needed)
        return read_status(FloodStatus, found) or FloodStatus()

    def _write(self, status: FloodStatus) -> None:
        self._shared.write(self._key, asdict(status))
