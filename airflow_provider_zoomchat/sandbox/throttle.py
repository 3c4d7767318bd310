"""What a caller hears when the rate limits are on and reached."""

from __future__ import annotations

from airflow_provider_zoomchat.sandbox.calls import Call, Refusal
from airflow_provider_zoomchat.sandbox.chat import Chat
from airflow_provider_zoomchat.sandbox.faults import zooms_words
from airflow_provider_zoomchat.sandbox.limits import PER_SECOND
from airflow_provider_zoomchat.sandbox.world import Channel


def refuse_rush(chat: Chat, call: Call, label: str) -> None:
    """Refuse a call beyond what the account may do in a second."""
    if chat.limits and not chat.rates.allow_call(label, chat.now()):
        # devforum.zoom.us 18928: the per-second limit comes without Retry-After.
        headers = {**rate_headers(chat, label), "X-RateLimit-Type": "QPS"}
        raise Refusal(429, zooms_words(429, call.path), headers=headers)


def refuse_flood(chat: Chat, call: Call, channel: Channel) -> None:
    """Refuse a message to a channel that got too many of them."""
    if chat.limits and not chat.rates.allow_message(channel.id, chat.now()):
        # How Zoom signals this block is not documented; 429 is its answer to every other excess.
        # No header tells how long the block lasts.
        raise Refusal(
            429, zooms_words(429, call.path), why=f"channel {channel.name!r} is blocked (flood)"
        )


def rate_headers(chat: Chat, label: str) -> dict[str, str]:
    """Return the headers that tell how much of the limit is left."""
    # https://marketplace.zoom.us/docs/api-reference/rate-limits (older page)
    return {
        "X-RateLimit-Category": label,
        "X-RateLimit-Limit": str(PER_SECOND[label]),
        "X-RateLimit-Remaining": str(chat.rates.calls_left(label, chat.now())),
    }
