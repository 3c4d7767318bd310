"""What a test may let go wrong with the next calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_zoomchat.sandbox.chat import Chat
from airflow_provider_zoomchat.sandbox.faults import Fault


class Trouble:
    """A method for each kind of fault; every one of them works on every door, uploads too.

    ``path``: only calls whose path contains it; ``times``: so many of them. A call is read to its
    end before anything goes wrong.
    """

    chat: Chat

    def fail(
        self,
        status: int,
        *,
        path: str = "",
        times: int = 1,
        accept: bool = False,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Let the next calls whose path contains ``path`` get this status.

        :param accept: the call takes effect all the same.
        :param body: text, bytes or a JSON value instead of Zoom's own body for the status.
        :raises ValueError: a value makes no sense.
        """
        self._expect(
            Fault("status", path, times, accept, status=status, body=body, headers=headers or {})
        )

    def redirect(self, location: str, *, path: str = "", times: int = 1, status: int = 302) -> None:
        """Let the next calls be sent elsewhere.

        :param location: where to, as it is: for a call with a query, with that query.
        :param status: 307 is what Zoom's file host answers with.
        """
        self.fail(status, path=path, times=times, body="", headers={"Location": location})

    def hang(self, seconds: float, *, path: str = "", times: int = 1, accept: bool = False) -> None:
        """Let the next calls be answered only after that long.

        :param accept: the call takes effect before the wait, and even if nobody waits for it.
        """
        self._expect(Fault("hang", path, times, accept, seconds=seconds))

    def drop(self, *, path: str = "", times: int = 1, accept: bool = False) -> None:
        """Let the connection of the next calls be closed without an answer."""
        self._expect(Fault("drop", path, times, accept))

    def cut(self, *, path: str = "", times: int = 1, accept: bool = False) -> None:
        """Let the connection of the next calls be closed in the middle of the answer."""
        self._expect(Fault("cut", path, times, accept))

    def drip(
        self,
        seconds_between_bytes: float,
        *,
        path: str = "",
        times: int = 1,
        accept: bool = False,
    ) -> None:
        """Let the next calls get an answer that never ends, byte by byte."""
        self._expect(Fault("drip", path, times, accept, seconds=seconds_between_bytes))

    def flood(
        self, megabytes: float, *, path: str = "", times: int = 1, accept: bool = False
    ) -> None:
        """Let the next calls get an answer of that size."""
        self._expect(Fault("flood", path, times, accept, megabytes=megabytes))

    def _expect(self, fault: Fault) -> None:
        with self.chat.lock:
            self.chat.faults.append(fault)
