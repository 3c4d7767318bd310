"""The sandbox as one object: what a test starts, asks, and troubles."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from airflow_provider_zoomchat.sandbox import connections, emphasis
from airflow_provider_zoomchat.sandbox.control import Trouble
from airflow_provider_zoomchat.sandbox.finders import Finders, copied
from airflow_provider_zoomchat.sandbox.server_thread import ServerThread
from airflow_provider_zoomchat.sandbox.state import FILE_LIMIT, Chat

if TYPE_CHECKING:
    from typing_extensions import Self

MOST_OF_IMAGE = 1_000_000  # bytes of a picture that is put into a page


class Sandbox(Finders, Trouble):
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
    :param file_limit: most bytes of a file. Zoom's specification says 1 GB, other pages less.
    :param open_world: whether every well-formed id of a channel and every e-mail address is known,
        so that DAGs find targets of their own; else only those in :mod:`.world` and those added.
    :param now: the clock, in seconds since the UTC epoch.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        token_lifetime: float = 3600,
        limits: bool = False,
        message_limit: int = 4096,
        file_limit: int = FILE_LIMIT,
        open_world: bool = False,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.chat = Chat(
            token_lifetime=token_lifetime,
            limits=limits,
            message_limit=message_limit,
            file_limit=file_limit,
            open_world=open_world,
            now=now,
        )
        self._port = port
        self._server: ServerThread | None = None

    def start(self) -> Self:
        """Start the server; return when it answers.

        :raises OSError: the port is taken.
        """
        self._server = ServerThread(self.chat, self._port)
        self._port = self._server.port
        return self

    def stop(self) -> None:
        """Stop the server; calls that still hang are cut off, and the bytes of files deleted."""
        if self._server is not None:
            self._server.stop()
            self._server = None
        with self.chat.lock:
            self.chat.files.close()

    def __enter__(self) -> Self:
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

    def changes(self, since: int) -> tuple[int, list[dict[str, Any]]]:
        """Return the messages that were posted or changed, and what to ask with the next time.

        :param since: what the last call returned first; 0 for all.
        """
        with self.chat.lock:
            changed = self.chat.changed_since(since)
            return self.chat.version, copied([vars(message) for message in changed])

    def add_channel(self, channel_id: str, name: str = "") -> None:
        """Add a channel; everybody is a member."""
        with self.chat.lock:
            self.chat.world.add_channel(channel_id, name)

    def add_user(self, email: str, display_name: str = "") -> None:
        """Add a person whom everybody can write to and mention."""
        with self.chat.lock:
            self.chat.world.add_user(email, display_name)

    def files(self) -> list[dict[str, Any]]:
        """Return what is known of the uploaded files, newest last: see :class:`.store.File`."""
        with self.chat.lock:
            return copied([vars(file) for file in self.chat.files.known.values()])

    def file_bytes(self, file_id: str) -> bytes:
        """Return what is in a file.

        :raises LookupError: there is no such file, or its bytes are no longer kept: the newest
            256 MiB of all files are, until the sandbox stops or is reset.
        """
        with self.chat.lock, self.chat.files.open(file_id) as content:
            return content.read()

    def images(self) -> dict[str, str]:
        """Return the pictures of at most 1 MB as ``data:`` URIs, by file id: for ``html.page``."""
        with self.chat.lock:
            return {
                file.id: f"data:{file.image};base64,{base64.b64encode(content).decode()}"
                for file, content in self.chat.files.pictures(MOST_OF_IMAGE)
            }

    @staticmethod
    def shown(message: Mapping[str, Any]) -> str:
        """Return the words that a message shows, without its sender, time and files.

        :param message: as :meth:`messages` lists it. :func:`.emphasis.emphasis` tells how the
            words are shown, too.
        """
        return emphasis.shown(message)

    def requests(self, path: str | None = None) -> list[dict[str, Any]]:
        """Return the requests to Zoom's addresses, oldest first.

        :param path: only those whose path contains this.
        """
        with self.chat.lock:
            return copied([vars(each) for each in self.chat.traffic if (path or "") in each.path])

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
        """Forget messages, files, requests and faults; tokens and the world stay."""
        with self.chat.lock:
            self.chat.reset()
