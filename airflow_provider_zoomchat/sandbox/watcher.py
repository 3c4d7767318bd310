"""What happens in a sandbox, told as it happens: for terminals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from airflow_provider_zoomchat.sandbox.chat import KEPT
from airflow_provider_zoomchat.sandbox.server import Sandbox
from airflow_provider_zoomchat.sandbox.transcript import changes


class Watcher:
    """Tells what has happened in a sandbox since it was asked last."""

    def __init__(self, zoom: Sandbox) -> None:
        self._zoom = zoom
        self._version = 0
        self._seen: dict[str, Mapping[str, Any]] = {}

    def lines(self) -> Iterator[str]:
        """Yield a line for everything that has happened; see :func:`.transcript.changes`."""
        self._version, after = self._zoom.changes(self._version)
        before = [self._seen[each["id"]] for each in after if each["id"] in self._seen]
        yield from changes(before, after)
        self._seen.update((each["id"], each) for each in after)
        for message_id in list(self._seen)[:-KEPT]:
            del self._seen[message_id]
