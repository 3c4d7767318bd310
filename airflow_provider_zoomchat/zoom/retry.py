"""When a call is made again. One pure function; the client does the waiting.

A message must never be posted twice, and Zoom knows no idempotency key. So what may have been
posted is not sent again; edits, deletions and tokens may be.
"""

from __future__ import annotations

from .errors import RateLimitError, ZoomChatError

#: Calls in all for one request, the first included.
MAX_TRIES = 5

#: Seconds before the second try; doubled before each further one.
FIRST_WAIT = 1.0


def wait_before_retry(
    error: ZoomChatError, *, tries: int, remaining: float, jitter: float
) -> float | None:
    """Return the seconds to wait before the next try, or None if there is none.

    :param tries: how often it was made so far.
    :param remaining: seconds that are left for everything; a longer wait means giving up at once.
    :param jitter: between 0 and 1, so that many workers do not come back at the same moment.
    """
    if tries >= MAX_TRIES or error.may_have_arrived or not error.passing:
        return None
    wait = FIRST_WAIT * 2.0 ** (tries - 1) * (1.0 + jitter)
    if isinstance(error, RateLimitError):
        if error.daily:
            return None
        if error.retry_after is not None:
            wait = error.retry_after + jitter
    return wait if wait < remaining else None
