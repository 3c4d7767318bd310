"""The sandbox that a preview sends to, and what comes of it: messages, requests, refusals."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from ...hooks import channel_lookup, user_lookup
from ...sandbox import Sandbox, world
from ...zoom import client
from ...zoom.cards import walk
from ...zoom.channels import as_name, folded
from ...zoom.errors import ZoomChatError
from ...zoom.hosts import ZOOM
from ...zoom.ids import channel_jid
from ...zoom.validation import ALWAYS_TAKEN, MAX_CARD_TEXT, MAX_MESSAGE
from .context import NOW
from .isolation import guard
from .shown import PreviewError, Shown, Wire

if TYPE_CHECKING:
    from ...hooks.zoom import ZoomHook

#: Seconds for which a token is good: longer than all that a preview shows.
_DAY = 24 * 3600

#: Where incoming webhooks are. Source: https://support.zoom.com KB0067640.
_WEBHOOKS = "https://integrations.zoom.us"

#: What ends the command, and not one message alone.
NOT_REFUSED = (KeyboardInterrupt, GeneratorExit)

#: Characters of an address that are left as people read them.
_READABLE = "@<> '"

#: What the sandbox's connections give, with what the author's will give in its place.
_FROM_CONNECTION = {
    world.ACCOUNT_ID: "<Account ID>",
    world.ROBOT_JID: "<Bot JID>",
    world.AIRFLOW.email: "<Acting user>",
    world.DATA_PIPELINES.id: "<Default channel>",
    world.DATA_PIPELINES.jid: "<Default channel's JID>",
    world.PLAIN_WEBHOOK.id: "<webhook's id>",
}


class Runner:
    """A sandbox, to be entered before anything is sent."""

    def __init__(self) -> None:
        #: What time it is in the sandbox, in seconds since 1970.
        self.now = NOW.timestamp()
        self.zoom = Sandbox(open_world=True, token_lifetime=_DAY, now=lambda: self.now)
        self._environment: dict[str, str | None] = {}
        # What stands in a request for a made-up id: of channels that are given by name.
        self._ids: dict[str, str] = {}
        # Up to where messages and requests are known already.
        self._version = self._requests = 0

    def __enter__(self) -> Runner:
        # Tokens of an earlier sandbox are not valid here.
        client.forget()
        user_lookup.forget()
        channel_lookup.forget()
        self.zoom.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.zoom.stop()
        client.forget()
        for name, value in self._environment.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value

    def hook(self, conn_id: object, app_type: str) -> ZoomHook:
        """Return a hook for a connection, which leads to the sandbox from now on.

        :raises ConfigError: it is no id of a connection.
        :raises PreviewError: the hook does not lead there.
        """
        from ...hooks.zoom import ZoomHook

        # Any other the hook itself refuses: no environment has it.
        if isinstance(conn_id, str) and conn_id and not {"=", "\0"} & set(conn_id):
            name = f"AIRFLOW_CONN_{conn_id.upper()}"
            self._environment.setdefault(name, os.environ.get(name))
            os.environ[name] = json.dumps(self.zoom.connection(app_type))
        hook = ZoomHook(conn_id)  # type: ignore[arg-type]
        guard(hook, self.zoom.url)
        return hook

    def channel(self, name: str) -> str:
        """Return an id for a channel that is given by its name, which only Zoom knows."""
        made_up = hashlib.sha256(folded(name).encode()).hexdigest()[:32]
        if made_up not in self._ids:
            self._ids[made_up] = f"<id of {name!r}>"
            self._ids[channel_jid(made_up, ZOOM.xmpp)] = f"<JID of {name!r}>"
            self.zoom.add_channel(made_up, as_name(name))
        return made_up

    def send(self, shown: Shown, action: Callable[[], Any]) -> Any:
        """Do something that sends, and return what it returns; `shown` gets what comes of it."""
        value = None
        try:
            value = action()
        except (PreviewError, *NOT_REFUSED):
            raise
        except BaseException as error:  # some of Airflow's own are no Exception
            _put_error(shown, error)
        self._version, messages = self.zoom.changes(self._version)
        requests = self.zoom.requests()
        made, self._requests = requests[self._requests :], len(requests)
        made = [each for each in made if each["path"] != "/oauth/token"]
        if messages:
            there = {each["id"] for each in messages}
            shown.replies = [each for each in messages if each["reply_to"] in there]
            shown.message = [each for each in messages if each not in shown.replies][-1]
            shown.images = self.zoom.images() if shown.message["files"] else {}
            # A message went in plainer words, which nobody would hear of otherwise.
            shown.refusals += [
                f"Zoom refuses this at first (HTTP {each['status']}: {_said(each['answer'])}); "
                "it goes in a simpler form."
                for each in made
                if (each["status"] or 0) >= 400 and each["method"] != "GET"
            ]
        # One that is made again with another token says nothing new.
        known = {**_FROM_CONNECTION, **self._ids}
        shown.wires = [each for each, _ in itertools.groupby(_wire(each, known) for each in made)]
        shown.length = _length(shown.wires)
        if shown.message and shown.message["interactive_cards"]:
            shown.notes.append(
                "As a user, Zoom takes cards of the app itself alone: others go as text."
            )
        if not (shown.message or shown.refusals or shown.notes):
            shown.notes.append("Nothing was sent.")
        return value

    def message_ids(self) -> set[str]:
        """Return the ids of the messages that are there."""
        return {each["id"] for each in self.zoom.messages()}

    def as_zoom(self, value: Any) -> Any:
        """Return what a task has left with Zoom's address in place of the sandbox's."""
        return json.loads(json.dumps(value).replace(self.zoom.url, ZOOM.web))


def named(error: BaseException) -> str:
    """Return an error of somebody else's in one line."""
    text = re.sub(r"\s+", " ", str(error)).strip()[:300]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _put_error(shown: Shown, error: BaseException) -> None:
    cause = error.__cause__
    if isinstance(error, ZoomChatError):
        shown.refusals.append(str(error))
    elif isinstance(cause, ZoomChatError):
        shown.refusals.append(str(cause))
    elif type(error).__name__ == "AirflowSkipException":
        shown.notes.append(f"The task would be skipped: {error}")
    else:
        shown.refusals.append(named(error))


def _wire(request: Mapping[str, Any], known: Mapping[str, str]) -> Wire:
    """Return a request as it would go to Zoom.

    :param known: what a real run gives in place of the sandbox's values.
    """

    def authors(value: Any) -> Any:
        return known.get(value, value) if isinstance(value, str) else value

    path: str = request["path"]
    host = ZOOM.files if path.endswith("/files") else ZOOM.api
    host = _WEBHOOKS if path.startswith("/chat/webhooks/") else host.removesuffix("/v2")
    url = host + "/".join(quote(authors(part), safe=_READABLE) for part in path.split("/"))
    query = {name: authors(value) for name, value in request["query"].items()}
    if query:
        url += f"?{urlencode(query, safe=_READABLE, quote_via=quote)}"
    body, status = request["body"], request["status"]
    if isinstance(body, dict):
        # What an author has written is no field of the connection, whatever it says.
        body = {
            name: value if name in ("message", "content") else authors(value)
            for name, value in body.items()
        }
    said = _said(request["answer"]) if (status or 0) >= 400 else ""
    return Wire(request["method"], url, body, status, said)


def _said(answer: Any) -> str:
    text = answer.get("message", "") if isinstance(answer, dict) else answer
    return str(text or "no reason is given").strip().rstrip(".")


def _length(wires: Sequence[Wire]) -> str:
    """Return how long a message is, and which of Zoom's limits holds; empty if none was sent."""
    of_replies = [wire for wire in wires if _is_reply(wire)]
    for wire in reversed([wire for wire in wires if wire not in of_replies] or of_replies):
        body = wire.body if isinstance(wire.body, dict) else {}
        count = 0
        if wire.url.startswith(_WEBHOOKS) and isinstance(wire.body, str):
            count = len(wire.body)
        elif isinstance(body.get("content"), dict):
            count = walk.length(body["content"])
        elif body.get("interactive_cards"):
            count = walk.length(json.loads(body["interactive_cards"][0]["card_json"]))
        if count:
            return f"{count:,} of {MAX_CARD_TEXT:,} characters of text, the limit of a card"
        if isinstance(body.get("message"), str):
            return _length_of_text(len(body["message"]))
    return ""


def _is_reply(wire: Wire) -> bool:
    return isinstance(wire.body, dict) and bool(
        {"reply_main_message_id", "reply_to"} & {*wire.body}
    )


def _length_of_text(count: int) -> str:
    said = f"{count:,} of {MAX_MESSAGE:,} characters, the limit in Zoom's samples"
    if count > ALWAYS_TAKEN:
        return f"{said}, but above the {ALWAYS_TAKEN:,} of its specification: Zoom may refuse it"
    return f"{said}, and within the {ALWAYS_TAKEN:,} of its specification"
