"""Zoom's rate limits, and the answer when one is reached. Times are in seconds, and an argument."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING

from airflow_provider_zoomchat.sandbox.faults import zooms_words
from airflow_provider_zoomchat.sandbox.http import Call, Refusal
from airflow_provider_zoomchat.sandbox.world import Channel, User

if TYPE_CHECKING:
    from airflow_provider_zoomchat.sandbox.state import Chat

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


def refuse_rush(chat: Chat, call: Call, label: str) -> None:
    """Refuse a call beyond what the account may do in a second."""
    if chat.limits and not chat.rates.allow_call(label, chat.now()):
        # devforum.zoom.us 18928: the per-second limit comes without Retry-After.
        headers = {**rate_headers(chat, label), "X-RateLimit-Type": "QPS"}
        raise Refusal(429, zooms_words(429, call.path), headers=headers)


def refuse_flood(chat: Chat, call: Call, place: Channel | User) -> None:
    """Refuse a message to a channel that got too many of them."""
    if not chat.limits or not isinstance(place, Channel):
        return
    if not chat.rates.allow_message(place.id, chat.now()):
        # How Zoom signals this block is not documented; 429 is its answer to every other excess.
        # No header tells how long the block lasts.
        why = f"channel {place.name!r} is blocked (flood)"
        raise Refusal(429, zooms_words(429, call.path), why=why)


def rate_headers(chat: Chat, label: str) -> dict[str, str]:
    """Return the headers that tell how much of the limit is left."""
    # https://marketplace.zoom.us/docs/api-reference/rate-limits (older page)
    return {
        "X-RateLimit-Category": label,
        "X-RateLimit-Limit": str(PER_SECOND[label]),
        "X-RateLimit-Remaining": str(chat.rates.calls_left(label, chat.now())),
    }
