"""When a call is made again, when one waits for a limit, and when none is made. The client waits.

Three layers send again. The client repeats calls that Zoom surely has not carried out. The hook
changes a message that Zoom refuses: no card, no mentions, the channel's new id. The operator or the
notifier decides where it is not known whether a message was posted.

A message must never be posted twice, and Zoom knows no idempotency key. So what may have been
posted is not sent again, unless its sender prefers a second copy to none; edits, deletions and
tokens may be repeated. How often is a matter of time alone: the waits grow, and the budget ends
them. Where a process has met one of Zoom's limits, its other messages wait too.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass

from .errors import RateLimitError, ZoomChatError

#: How a message can be delivered.
DELIVERIES = ("at_most_once", "at_least_once")

#: Seconds before the second try; doubled before each further one, up to the longest.
FIRST_WAIT, LONGEST_WAIT = 1.0, 8.0

#: Seconds that are left for a last call where it is unknown how long a limit holds.
LAST_CALL = 1.0


def wait_before_retry(
    error: ZoomChatError,
    *,
    tries: int,
    remaining: float,
    jitter: float,
    at_least_once: bool = False,
) -> float | None:
    """Return the seconds to wait before the next try, or None to give up.

    :param tries: how often it was made so far; of a limit, how often in a row it was met.
    :param remaining: seconds that are left for everything; a longer wait means giving up at once.
    :param jitter: between 0 and 1, so that many workers do not come back at the same moment.
    :param at_least_once: whether what may have been posted is sent again.
    """
    if not error.passing or (error.may_have_arrived and not at_least_once):
        return None
    if isinstance(error, RateLimitError) and error.daily:
        return None
    known = isinstance(error, RateLimitError) and error.retry_after is not None
    wait = block_length(error, tries)
    wait += jitter if known else jitter * wait
    if isinstance(error, RateLimitError) and not known and remaining > 2 * LAST_CALL:
        # It may end at any moment, so the time is used to its end.
        wait = min(wait, remaining - LAST_CALL)
    return wait if wait < remaining else None


def block_length(error: ZoomChatError, tries: int) -> float:
    """Return the seconds for which an error says that another call is of no use."""
    if isinstance(error, RateLimitError) and error.retry_after is not None:
        return error.retry_after
    return min(FIRST_WAIT * 2.0 ** min(tries - 1, 10), LONGEST_WAIT)


#: Seconds for which a limit is remembered at most. The longest block of a channel lasts as long.
#: Source: https://developers.zoom.us/docs/api/team-chat/ (sending a message, flood limits).
LONGEST_BLOCK = 300.0


@dataclass
class _Block:
    """A limit that was met.

    :param until: on the caller's clock.
    :param tries: how often in a row.
    :param known: whether Zoom itself said how long.
    :param called: when the last call was made.
    """

    error: RateLimitError
    until: float
    tries: int
    known: bool
    called: float


class Blocks:
    """Where this process has met a limit, so that its other messages do not run into it as well.

    Zoom blocks a channel that gets too many messages, and an account that makes too many calls:
    https://developers.zoom.us/docs/api/rate-limits/. May be shared between threads.

    :param most: limits that are kept; the oldest go first.
    """

    def __init__(self, most: int = 1000) -> None:
        self._most = most
        self.forget()

    def forget(self) -> None:
        """Start anew, as a forked process must: a thread that is not there may hold the lock."""
        self._lock = threading.Lock()
        self._blocks: dict[object, _Block] = {}

    def met(self, key: object, error: RateLimitError, now: float) -> int:
        """Note that a call met a limit, and return how often in a row that was.

        :param key: what the limit is for: an app, or a target of messages.
        """
        with self._lock:
            before = self._blocks.pop(key, None)
            tries = 1
            if before is not None and now < before.until + LONGEST_BLOCK:
                tries = before.tries + 1
            seconds = block_length(error, tries)
            if error.daily and error.retry_after is None:
                seconds = LONGEST_BLOCK
            known = error.daily or error.retry_after is not None
            until = now + min(seconds, LONGEST_BLOCK)
            self._blocks[key] = _Block(error, until, tries, known, now)
            while len(self._blocks) > self._most:
                del self._blocks[next(iter(self._blocks))]
            return tries

    def passed(self, *keys: object) -> None:
        """Note that a call met none of these limits."""
        with self._lock:
            for key in keys:
                self._blocks.pop(key, None)

    def wait(
        self, keys: Iterable[object], now: float, deadline: float
    ) -> tuple[float, RateLimitError | None]:
        """Return the seconds before a call may be made under all these limits, and which says so.

        0 seconds lets one caller go on; the others wait for its result. A wait that ends behind the
        deadline means that no call is to be made.
        """
        with self._lock:
            blocks = [self._blocks[key] for key in keys if key in self._blocks]
            for block in blocks:
                due = block.until
                if not block.known and due > deadline - LAST_CALL:
                    due = max(deadline - LAST_CALL, block.called + LAST_CALL)
                if now < due:
                    return due - now, block.error
            for block in blocks:
                block.called, block.until = now, max(block.until, now + LAST_CALL)
            return 0.0, None
