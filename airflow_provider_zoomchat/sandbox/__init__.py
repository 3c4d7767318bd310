"""A local stand-in for Zoom Team Chat: try and test everything without a Zoom account.

Reading order: ``world`` (who lives in it), ``chat`` (what happened in it), ``calls`` (a request
and its answer), the doors (``tokens``, ``team_chat``, ``chatbot``, ``webhook``, ``files``) with
what they check (``fields``, ``cards``) and keep (``store``), ``routes``, ``faults``, ``multipart``,
``web``, ``thread``, ``finders``, ``server`` and ``fixture``; then how it looks: ``html``,
``emphasis`` and ``transcript``.

Nothing here is shared with the code that talks to the real Zoom: both follow Zoom's documentation
on their own, so one misreading cannot hide in both.
"""

from __future__ import annotations

from airflow_provider_zoomchat.sandbox.fixture import ZoomSandbox
from airflow_provider_zoomchat.sandbox.server import Sandbox

__all__ = ["Sandbox", "ZoomSandbox"]
