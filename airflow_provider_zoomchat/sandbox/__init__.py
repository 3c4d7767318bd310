"""A local stand-in for Zoom Team Chat: try and test everything without a Zoom account.

Read it in this order: ``sandbox`` (what a test starts and asks), ``world`` (users and channels),
``state`` (what happened) with ``file_store``, ``people`` (who answer and react), ``routes`` (which
address leads where), ``server``, ``http`` (a call and its answer), then Zoom's APIs: ``oauth``
(tokens), ``accounts`` (users, channels, conversations), ``team_chat`` with ``fields``, ``messages``
(those that are read), ``chatbot``, ``webhook``, and what they share: ``card_rules``.
``control`` and ``faults`` (rate limits too) are the sandbox's own API. How it looks: ``render``,
``page`` and ``activity_log``. ``connections`` lead to it.

It shares no code with the real client: both follow Zoom's documentation on their own, so one
misreading cannot hide in both.
"""

from __future__ import annotations

from airflow_provider_zoomchat.sandbox.sandbox import Sandbox, ZoomSandbox

__all__ = ["Sandbox", "ZoomSandbox"]
