"""The client for a connection, for whoever has its settings; knows no Airflow."""

from __future__ import annotations

from collections.abc import Callable

from ..zoom.client import ZoomClient
from ..zoom.transport import Transport
from .connection import Settings


def client_for(
    settings: Settings,
    *,
    time_budget: float = 60.0,
    on_token: Callable[[str], None] = lambda token: None,
) -> ZoomClient:
    """Return the client that sends a connection's requests; it makes no call before it must.

    :param time_budget: seconds for everything that one of its calls does, waits included.
    :param on_token: called with each new token, before it is used.
    """
    return ZoomClient(
        settings.credentials,
        settings.at,
        transport=Transport(
            timeout=settings.timeout, proxy=settings.proxy, ca_bundle=settings.ca_bundle
        ),
        time_budget=time_budget,
        on_token=on_token,
    )
