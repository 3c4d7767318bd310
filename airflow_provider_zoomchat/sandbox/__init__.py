"""A local stand-in for Zoom Team Chat: try and test everything without a Zoom account.

Read it in this order: ``world`` (its users and channels), ``state`` (what happened), ``http`` (a
request and its answer), Zoom's APIs (``tokens``, ``team_chat``, ``chatbot``, ``webhook``,
``files``) with what they check (``fields``, ``card_rules``) and keep (``file_store``), ``routes``,
``faults``, ``app``, ``server_thread``, ``finders``, ``server`` and ``fixture``; then how it looks:
``render``, ``page_data``, ``emphasis`` and ``activity_log``.

Nothing here is shared with the code that talks to the real Zoom: both follow Zoom's documentation
on their own, so one misreading cannot hide in both.
"""

from __future__ import annotations

from airflow_provider_zoomchat.sandbox.fixture import ZoomSandbox
from airflow_provider_zoomchat.sandbox.server import Sandbox

__all__ = ["Sandbox", "ZoomSandbox"]
