"""The sandbox as one object: what a test starts, asks, and troubles."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_provider_zoomchat.sandbox import connections, control, oauth, people, world
from airflow_provider_zoomchat.sandbox.activity_log import tell_of_search
from airflow_provider_zoomchat.sandbox.faults import Fault
from airflow_provider_zoomchat.sandbox.render.lines import shown
from airflow_provider_zoomchat.sandbox.server import ServerThread
from airflow_provider_zoomchat.sandbox.state import Chat, Options

if TYPE_CHECKING:
    from typing_extensions import Self

MAX_IMAGE = 1_000_000  # bytes of a picture that is put into a page


@dataclass(kw_only=True, eq=False, repr=False)
class Sandbox(Options):
    """A local Zoom on a loopback address.

    ::

        with Sandbox() as zoom:
            os.environ.update(zoom.environment())
            ...
            assert zoom.messages(channel="data-pipelines", text="is late")

    :param port: 0 takes a free one.
    :param token_lifetime: of every access token, in seconds.
    :param max_tokens: of one app; the oldest ends when there are more. Zoom has such a limit, and
        does not tell it (devforum.zoom.us 72070, 94662).
    :param limits: whether Zoom's rate limits hold; it can be switched.
    :param message_limit: most characters of a user's message. Zoom's specification says 1024, its
        samples 4096; which of them the real service enforces is not documented.
    :param file_limit: most bytes of a file. Zoom's specification says 1 GB, other pages less.
    :param open_world: whether every well-formed id of a channel and every e-mail address is known,
        so that DAGs find targets of their own; else only those in :mod:`.world` and those added.
        Channel ``00000000000000000000000000000000`` and ``nobody@example.com`` never are.
    :param owns_cards: whether the app owns the cards that a user posts with it; it can be switched.
        Zoom refuses others; which apps own any shows only there.
    :param now: the clock, in seconds since the UTC epoch.
    """

    port: int = 0

    def __post_init__(self) -> None:
        self._given = dict(vars(self))
        self.chat = Chat(self)
        self._server: ServerThread | None = None

    def start(self) -> Self:
        """Start the server; return when it answers.

        :raises OSError: the port is taken.
        """
        self._server = ServerThread(self.chat, self.port)
        self.port = self._server.port
        return self

    def stop(self) -> None:
        """Stop the server; calls that still hang are cut off, and the bytes of files deleted."""
        if self._server is not None:
            self._server.stop()
            self._server = None
        with self.chat:
            self.chat.files.close()

    def renew(self) -> None:
        """Begin anew at the same address, as a sandbox that was just made.

        Calls that are still under way go on with what was there before, and change nothing here.
        """
        with self.chat:
            self.chat.files.close()
        vars(self).update(self._given, port=self.port)
        self.chat = Chat(self)
        if self._server is None:
            self.start()
        else:
            self._server.application.chat = self.chat

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The address of the sandbox, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def connection(self, app_type: str, *, signed: bool = False) -> dict[str, Any]:
        """Return an Airflow connection to the sandbox, as a JSON value.

        :param app_type: "server_to_server", "user_oauth", "chatbot" or "incoming_webhook".
        :param signed: a signed incoming webhook.
        """
        return connections.connection(self.url, app_type, signed=signed)

    def environment(self) -> dict[str, str]:
        """Return the environment variables that define the default connections."""
        return {
            f"{connections.PREFIX}{conn_id.upper()}": json.dumps(self.connection(app_type))
            for app_type, conn_id in connections.DEFAULT_IDS.items()
        }

    def messages(
        self,
        channel: str | None = None,
        text: str | None = None,
        thread: str | Mapping[str, Any] | None = None,
    ) -> list[dict[str, Any]]:
        """Return the messages that fit, newest last; a deleted one too, marked as such.

        :param channel: only those of this channel, by id, JID or name.
        :param text: only those that show these words, in their text or on a card.
        :param thread: only the replies of this thread, by its first message or that one's id.
        """
        main = None if thread is None else _id(thread)
        with self.chat:
            found = _copied(self.chat.find(channel, main))
        if text is None:
            return found
        return [each for each in found if text in each["text"] or text in self.shown(each)]

    def message(
        self,
        channel: str | None = None,
        text: str | None = None,
        thread: str | Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the one message that fits; the arguments are those of :meth:`messages`.

        :raises AssertionError: there is none, or there are several; it shows what was posted
            instead, and which calls were refused.
        """
        __tracebackhide__ = True  # pytest then points at the line of the test
        found = self.messages(channel, text, thread)
        if len(found) == 1:
            return found[0]
        main = None if thread is None else _id(thread)
        asked = {"channel": channel, "text": text, "thread": main}
        posted = self.messages()
        with self.chat:
            raise AssertionError(tell_of_search(asked, found, posted, self.chat.traffic))

    def state(self) -> dict[str, Any]:
        """Return what ``/sandbox/state.json`` serves."""
        state: dict[str, Any] = json.loads(control.state_json(self.chat))
        return state

    def changes(self, since: int) -> tuple[int, list[dict[str, Any]]]:
        """Return the messages that were posted or changed, and what to ask with the next time.

        :param since: what the last call returned first; 0 for all.
        """
        with self.chat:
            changed = self.chat.changed_since(since)
            return self.chat.version, _copied(changed)

    def add_channel(self, channel_id: str, name: str = "") -> None:
        """Add a channel; everybody is a member."""
        with self.chat:
            self.chat.world.add_channel(channel_id, name)

    def add_user(self, email: str, display_name: str = "") -> None:
        """Add a person whom everybody can write to and mention."""
        with self.chat:
            self.chat.world.add_user(email, display_name)

    def answer(self, message: str | Mapping[str, Any], text: str, *, by: str) -> dict[str, Any]:
        """Let one of the sandbox's people answer in a message's thread; return the answer.

        :param message: a message, or its id: the first of a thread, or another one in it.
        :param by: who answers, by e-mail address or user id.
        :raises LookupError: there is no such message, or nobody of that name.
        :raises ValueError: the text is empty or too long, or this person cannot write there.
        """
        with self.chat:
            answer = people.answer(self.chat, _id(message), text, by)
            return _copied([answer])[0]

    def react(
        self, message: str | Mapping[str, Any], emoji: str, *, by: str, add: bool = True
    ) -> None:
        """Let one of the sandbox's people react to a message.

        :param message: a message, or its id.
        :param emoji: one character, such as "✅".
        :param by: who reacts, by e-mail address or user id.
        :param add: False takes this reaction back.
        :raises LookupError: there is no such message, or nobody of that name.
        :raises ValueError: this is no emoji, or this person cannot see the message.
        """
        with self.chat:
            people.react(self.chat, _id(message), emoji, by, add=add)

    def files(self) -> list[dict[str, Any]]:
        """Return what is known of the files, newest last: see :class:`.file_store.File`."""
        with self.chat:
            return _copied(self.chat.files.entries.values())

    def file_bytes(self, file_id: str) -> bytes:
        """Return what is in a file.

        :raises LookupError: there is no such file, or its bytes are no longer kept: the newest
            256 MiB of all files are, until the sandbox stops or is reset.
        """
        with self.chat:
            return self.chat.files.path(file_id).read_bytes()

    def images(self) -> dict[str, str]:
        """Return the pictures of at most 1 MB as ``data:`` URIs, by file id: for ``html.page``."""
        found = {}
        with self.chat:
            files = self.chat.files
            for file in files.entries.values():
                if files.is_picture(file.id) and file.size <= MAX_IMAGE:
                    content = base64.b64encode(files.path(file.id).read_bytes())
                    found[file.id] = f"data:{file.image};base64,{content.decode()}"
        return found

    @staticmethod
    def shown(message: Mapping[str, Any]) -> str:
        """Return the words of a message as :meth:`messages` lists it, without sender and files."""
        return shown(message)

    def requests(self, path: str | None = None) -> list[dict[str, Any]]:
        """Return the requests to Zoom's addresses, oldest first.

        :param path: only those whose path contains this.
        """
        with self.chat:
            return _copied(each for each in self.chat.traffic if (path or "") in each.path)

    def expire_tokens(self) -> None:
        """End every token issued so far."""
        with self.chat:
            self.chat.expire_tokens()

    def withhold(self, *scopes: str) -> None:
        """Take scopes such as "user:read:user:admin" from the apps; every token so far ends."""
        with self.chat:
            self.chat.withheld.update(scopes)
            self.chat.expire_tokens()

    def authorize(self) -> dict[str, Any]:
        """Return Zoom's answer to the code of a user who has authorized the app of user_oauth."""
        with self.chat:
            return oauth.grant(self.chat, world.USER_OAUTH, world.AIRFLOW)

    def reset(self) -> None:
        """Forget messages, files, requests, faults, withheld scopes; tokens and the world stay."""
        with self.chat:
            self.chat.reset()

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
        self, seconds_between_bytes: float, *, path: str = "", times: int = 1, accept: bool = False
    ) -> None:
        """Let the next calls get an answer that never ends, byte by byte."""
        self._expect(Fault("drip", path, times, accept, seconds=seconds_between_bytes))

    def flood(
        self, megabytes: float, *, path: str = "", times: int = 1, accept: bool = False
    ) -> None:
        """Let the next calls get an answer of that size."""
        self._expect(Fault("flood", path, times, accept, megabytes=megabytes))

    def _expect(self, fault: Fault) -> None:
        with self.chat:
            self.chat.faults.append(fault)


class ZoomSandbox(Sandbox):
    """What the fixture ``zoom_sandbox`` gives: a sandbox to which connections can lead.

    Every well-formed id of a channel and every e-mail address is known to it, but for the channel
    ``00000000000000000000000000000000`` and ``nobody@example.com``.

    :param setenv: sets an environment variable until the test ends.
    """

    def __init__(self, setenv: Callable[[str, str], None] = os.environ.__setitem__) -> None:
        super().__init__(open_world=True)
        self._setenv = setenv

    def begin_test(self, setenv: Callable[[str, str], None]) -> None:
        """Begin anew for another test, with every connection to Zoom leading here."""
        self.renew()
        self._setenv = setenv
        self.connect_all(os.environ)

    def connect(
        self,
        conn_id: str,
        app_type: str = "server_to_server",
        *,
        signed: bool = False,
        **fields: Any,
    ) -> None:
        """Let a connection lead here until the test ends.

        ::

            zoom_sandbox.connect("zoom_alerts", "chatbot", label="staging")

        :param app_type: "server_to_server", "user_oauth", "chatbot" or "incoming_webhook".
        :param signed: a signed incoming webhook.
        :param fields: what is to differ from a connection that works, under the names in which
            Airflow keeps it: ``channel``, ``label``, ``muted``, ...
        :raises ValueError: there is no such ``app_type``.
        :raises TypeError: there is no such field.
        """
        connection = connections.connection(self.url, app_type, signed=signed, **fields)
        self._setenv(f"{connections.PREFIX}{conn_id.upper()}", json.dumps(connection))
        self.chat.world.add_named(str(connection["extra"]["channel"] or ""))

    def connect_all(self, environment: Mapping[str, str]) -> None:
        """Let every connection to Zoom in an environment lead here, and each API's default one.

        A connection that a test has not thought of would lead to the real Zoom.
        """
        found = self.environment()
        for name, text in environment.items():
            is_one = name.startswith(connections.PREFIX)
            redirected = connections.redirected(text, self.url) if is_one else None
            if redirected is not None:
                found[name.upper()] = json.dumps(redirected)
                with self.chat:
                    self.chat.world.add_named(str(redirected["extra"].get("channel") or ""))
        for name, text in found.items():
            self._setenv(name, text)


def _id(message: str | Mapping[str, Any]) -> str:
    name: str = message["id"] if isinstance(message, Mapping) else message
    return name


def _copied(values: Iterable[object]) -> list[dict[str, Any]]:
    """Return the fields of these values as JSON values that stay as they are now."""
    fields = [vars(each) for each in values]
    copies: list[dict[str, Any]] = json.loads(json.dumps(fields, allow_nan=False))
    return copies
