"""uvicorn in a thread of its own, on a loopback address.

A fault can close a connection without an answer. ASGI has no word for that, so uvicorn's protocol
class is made to tell which transport belongs to which client.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from airflow_provider_zoomchat.sandbox.app import Application
from airflow_provider_zoomchat.sandbox.state import Chat


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


GRACE = 1.0  # seconds for calls that are being answered


class _Server(uvicorn.Server):
    """uvicorn's server, which ends as soon as it is told to and not at its next tick."""

    def __init__(self, config: uvicorn.Config, stopping: asyncio.Event) -> None:
        super().__init__(config)
        self._stopping = stopping

    async def main_loop(self) -> None:
        """Wait until the server is to end, with uvicorn's ticks in between."""
        ticks = 0
        while not await self.on_tick(ticks):
            ticks = (ticks + 1) % 864_000
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), 0.1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close what is open, and end what hangs after a second.

        uvicorn's own waits a tenth of a second even if nothing is open, for each test that ends.
        """
        for listener in (*self.servers, *(sockets or ())):
            listener.close()
        state = self.server_state
        for connection in list(state.connections):
            connection.shutdown()
        loop = asyncio.get_running_loop()
        ends = loop.time() + GRACE
        while (state.connections or state.tasks) and loop.time() < ends:
            await asyncio.sleep(0.001)
        for task in state.tasks:
            task.cancel()


class ServerThread:
    """A running server; it answers as soon as this object exists.

    :param port: 0 takes a free one.
    """

    def __init__(self, chat: Chat, port: int) -> None:
        listener = socket.create_server(("127.0.0.1", port))
        self.port: int = listener.getsockname()[1]
        self._stopping = asyncio.Event()
        self._sockets = Sockets()
        self._uvicorn = _Server(
            uvicorn.Config(
                Application(chat, self._sockets, self._stopping),
                http=self._sockets.protocol(),
                loop="asyncio",
                ws="none",
                lifespan="off",
                proxy_headers=False,
                server_header=False,
                access_log=False,
                log_config=None,
                log_level="critical",
                timeout_keep_alive=60,
            ),
            self._stopping,
        )
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(listener)), name="zoom-sandbox", daemon=True
        )
        self._thread.start()
        while not self._uvicorn.started:
            if not self._thread.is_alive():
                raise RuntimeError("The sandbox's server did not start.")
            time.sleep(0.002)

    async def _serve(self, listener: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        await self._uvicorn.serve(sockets=[listener])
        self._sockets.close_all()  # those a client did not read to the end
        await asyncio.sleep(0)  # for the loop to carry that out

    def stop(self) -> None:
        """End the server, within about a second even if calls hang."""
        self._uvicorn.should_exit = True
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(timeout=5)
