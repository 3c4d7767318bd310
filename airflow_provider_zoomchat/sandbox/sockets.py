"""The open connections of the server, so that a fault can close one without an answer.

ASGI has no word for that, so uvicorn's own protocol class is made to tell which transport belongs
to which client.
"""

from __future__ import annotations

import asyncio
import socket

from uvicorn.protocols.http.h11_impl import H11Protocol


class Sockets:
    """The transports, by the client's address."""

    def __init__(self) -> None:
        self._transports: dict[tuple[str, int], asyncio.Transport] = {}

    def close(self, client: tuple[str, int], *, flush: bool) -> None:
        """Close the connection of a client; ``flush``: after what was written went out."""
        transport = self._transports.get(client)
        if transport is None:
            return  # the client went first
        if flush:
            transport.close()
        else:
            transport.abort()

    def close_all(self) -> None:
        """Close every connection, sent or not what was written."""
        for transport in list(self._transports.values()):
            transport.abort()

    def protocol(self) -> type[asyncio.Protocol]:
        """Return uvicorn's h11 protocol, reporting its connections here."""
        transports = self._transports

        class Protocol(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                # asyncio sees to this only for sockets that name their protocol; without it each
                # answer, sent as head and body, waits 40 ms for the client's acknowledgement.
                sock = transport.get_extra_info("socket")
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                transports[transport.get_extra_info("peername")] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                transports.pop(self.transport.get_extra_info("peername"), None)
                super().connection_lost(exc)

        return Protocol
