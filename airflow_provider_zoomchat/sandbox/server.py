"""The sandbox as one object: what a test starts, asks, and troubles."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

from airflow_provider_zoomchat.sandbox import connections
from airflow_provider_zoomchat.sandbox.chat import Chat
from airflow_provider_zoomchat.sandbox.faults import Fault
from airflow_provider_zoomchat.sandbox.thread import ServerThread


class Sandbox:
    """A local Zoom on a loopback address.

    ::

        with Sandbox() as zoom:
            os.environ.update(zoom.environment())
            ...
            assert zoom.messages(channel="data-pipelines", text="is late")

    :param port: 0 takes a free one.
    :param token_lifetime: of every access token, in seconds.
    :param limits: whether Zoom's rate limits hold.
    :param message_limit: most characters of a user's message. Zoom's specification says 1024, its
        samples 4096; which of them the real service enforces is not documented.
    :param now: the clock, in seconds since the UTC epoch.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        token_lifetime: float = 3600,
        limits: bool = False,
        message_limit: int = 4096,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.chat = Chat(
            token_lifetime=token_lifetime, limits=limits, message_limit=message_limit, now=now
        )
        self._port = port
        self._server: ServerThread | None = None

    def start(self) -> Sandbox:
        """Start the server; return when it answers.

        :raises OSError: the port is taken.
        """
        self._server = ServerThread(self.chat, self._port)
        self._port = self._server.port
        return self

    def stop(self) -> None:
        """Stop the server; calls that still hang are cut off."""
        if self._server is not None:
            self._server.stop()
            self._server = None

    def __enter__(self) -> Sandbox:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The address of the sandbox, without a slash at the end."""
        return f"http://127.0.0.1:{self._port}"

    def connection(self, app_type: str, *, signed: bool = False) -> dict[str, Any]:
        """Return an Airflow connection to the sandbox, as a JSON value.

        :param app_type: "server_to_server", "chatbot" or "incoming_webhook".
        :param signed: a signed incoming webhook.
        """
        return connections.connection(self.url, app_type, signed=signed)

    def environment(self) -> dict[str, str]:
        """Return the environment variables that define the default connections."""
        return {
            f"AIRFLOW_CONN_{conn_id.upper()}": json.dumps(self.connection(app_type))
            for app_type, conn_id in connections.DEFAULT_IDS.items()
        }

    def state(self) -> dict[str, Any]:
        """Return what ``/sandbox/state.json`` serves."""
        state: dict[str, Any] = json.loads(self.chat.state_json())
        return state

    def messages(self, channel: str | None = None, text: str | None = None) -> list[dict[str, Any]]:
        """Return the messages, newest last; a deleted one too, marked as such.

        :param channel: only those of this channel, by id or name.
        :param text: only those whose text contains this.
        """
        with self.chat.lock:
            found = [
                vars(message)
                for message in self.chat.messages.values()
                if (channel is None or channel in (message.channel, message.channel_name))
                and (text is None or text in message.text)
            ]
            return _copy(found)

    def requests(self, path: str | None = None) -> list[dict[str, Any]]:
        """Return the requests to Zoom's addresses, oldest first.

        :param path: only those whose path contains this.
        """
        with self.chat.lock:
            return _copy([vars(each) for each in self.chat.traffic if (path or "") in each.path])

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
        """
        self._expect(
            Fault("status", path, times, accept, status=status, body=body, headers=headers or {})
        )

    def redirect(self, location: str, *, path: str = "", times: int = 1, status: int = 302) -> None:
        """Let the next calls be sent elsewhere."""
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

    def expire_tokens(self) -> None:
        """End every token issued so far."""
        with self.chat.lock:
            self.chat.expire_tokens()

    @property
    def limits(self) -> bool:
        """Whether Zoom's rate limits hold."""
        return self.chat.limits

    @limits.setter
    def limits(self, on: bool) -> None:
        self.chat.limits = on

    def reset(self) -> None:
        """Forget messages, requests and faults; tokens and the world stay."""
        with self.chat.lock:
            self.chat.reset()

    def _expect(self, fault: Fault) -> None:
        with self.chat.lock:
            self.chat.faults.append(fault)


def _copy(values: list[dict[str, Any]]) -> list[dict[str, Any]]:
    copied: list[dict[str, Any]] = json.loads(json.dumps(values))
    return copied
