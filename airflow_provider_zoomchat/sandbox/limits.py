"""Zoom's rate limits. Every method takes the time, in seconds, as an argument."""

from __future__ import annotations

from collections import defaultdict, deque

# https://developers.zoom.us/docs/api/rate-limits/: calls per second of a Pro account, by label.
PER_SECOND = {"Light": 30, "Medium": 20}

# https://developers.zoom.us/docs/api/team-chat (OAS of February 2026): messages, within seconds,
# and the seconds the channel is then blocked.
FLOOD = ((10, 1, 10), (30, 10, 30), (60, 100, 60), (450, 1000, 300))


class RateLimits:
    """Counts the calls of the account and the messages of each channel.

    A call that is refused does not count.
    """

    def __init__(self) -> None:
        self._calls = {label: deque[float](maxlen=most) for label, most in PER_SECOND.items()}
        self._messages = defaultdict[str, "deque[float]"](lambda: deque(maxlen=FLOOD[-1][0]))
        self._blocked_until: dict[str, float] = {}

    def allow_call(self, label: str, now: float) -> bool:
        """Count a call, or say that this second has no room for it."""
        calls = self._calls[label]
        if len(calls) == calls.maxlen and calls[0] > now - 1:
            return False
        calls.append(now)
        return True

    def calls_left(self, label: str, now: float) -> int:
        """Return how many more calls this second has room for."""
        return PER_SECOND[label] - sum(time > now - 1 for time in self._calls[label])

    def allow_message(self, channel_id: str, now: float) -> bool:
        """Count a message, or say that the channel is blocked for a while."""
        if now < self._blocked_until.get(channel_id, now):
            return False
        times = self._messages[channel_id]
        pauses = [
            pause
            for most, seconds, pause in FLOOD
            if len(times) >= most and times[-most] > now - seconds
        ]
        if pauses:
            self._blocked_until[channel_id] = now + max(pauses)
            return False
        times.append(now)
        return True
