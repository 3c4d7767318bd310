"""When a call is made again, and when one is not made at all. The client does the waiting.

A message must never be posted twice, and Zoom knows no idempotency key. So what may have been
posted is not sent again, unless its sender prefers a second copy to none; edits, deletions and
tokens may be repeated. How often is a matter of time alone: the waits grow, and the budget ends
them.
"""

from __future__ import annotations

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
