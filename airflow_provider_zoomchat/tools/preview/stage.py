"""Where a preview takes place: a sandbox in this process, and connections that lead to it."""

from __future__ import annotations

import itertools
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from ...hooks import user_lookup
from ...sandbox import Sandbox, world
from ...zoom import client
from ...zoom.addresses import ZOOM
from ...zoom.errors import ZoomChatError
from . import safety
from .lengths import length
from .sample import NOW
from .shown import PreviewError, Shown, Wire

if TYPE_CHECKING:
    from ...hooks.zoom import ZoomHook

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


@dataclass
class Outcome:
    """What became of one attempt to send.

    :param value: what it returned.
    :param messages: what was posted or changed, as the sandbox lists it.
    """

    value: Any = None
    messages: list[dict[str, Any]] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Stage:
    """A sandbox, to be entered before anything is sent."""

    def __init__(self) -> None:
        self.zoom = Sandbox(open_world=True, now=NOW.timestamp)
        #: The ids of the messages that are there.
        self.ids: set[str] = set()
        self._before: dict[str, str | None] = {}
        # Up to where messages and requests are known already.
        self._version = self._number = 0

    def __enter__(self) -> Stage:
        # Those of an earlier sandbox are none of this one's.
        client.forget()
        user_lookup.forget()
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
        for name, value in self._before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
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
            self._before.setdefault(name, os.environ.get(name))
            os.environ[name] = json.dumps(self.zoom.connection(app_type))
        hook = ZoomHook(conn_id)  # type: ignore[arg-type]
        safety.guard(hook, self.zoom.url)
        return hook

    def attempt(self, action: Callable[[], Any]) -> Outcome:
        """Do something that sends, and tell what came of it."""
        outcome = Outcome()
        try:
            outcome.value = action()
        except PreviewError:
            raise
        except NOT_REFUSED:
            raise
        except BaseException as error:  # some of Airflow's own are no Exception
            self._failed(error, outcome)
        self._version, outcome.messages = self.zoom.changes(self._version)
        self.ids |= {each["id"] for each in outcome.messages}
        made = [each for each in self._made() if each["path"] != "/oauth/token"]
        # One that is made again with another token says nothing new.
        outcome.wires = [each for each, _ in itertools.groupby(map(_wire, made))]
        refused = [each for each in made if (each["status"] or 0) >= 400]
        if refused and outcome.messages:
            # A message went in plainer words, which nobody would hear of otherwise.
            outcome.refusals += [
                f"Zoom refuses this at first (HTTP {each['status']}: {_said(each['answer'])}); "
                "it goes in a simpler form."
                for each in refused
                if each["method"] != "GET"
            ]
        return outcome

    def as_zoom(self, value: Any) -> Any:
        """Return what a task has left with Zoom's address in place of the sandbox's."""
        if isinstance(value, str):
            return value.replace(self.zoom.url, ZOOM.web)
        if isinstance(value, dict):
            return {name: self.as_zoom(inner) for name, inner in value.items()}
        return [self.as_zoom(inner) for inner in value] if isinstance(value, list) else value

    def filled(self, shown: Shown, outcome: Outcome) -> Shown:
        """Return what is shown, with what came of an attempt."""
        if outcome.messages:
            shown.message = outcome.messages[-1]
            shown.images = self.zoom.images() if shown.message["files"] else {}
        shown.wires = outcome.wires
        shown.length = length(outcome.wires)
        shown.refusals += outcome.refusals
        shown.notes += outcome.notes
        if not (shown.message or shown.refusals or shown.notes):
            shown.notes.append("Nothing was sent.")
        return shown

    def _made(self) -> list[dict[str, Any]]:
        """Return the requests since the last call."""
        chat = self.zoom.chat
        with chat.lock:
            new = itertools.takewhile(
                lambda each: each.number > self._number, reversed(chat.traffic)
            )
            made = [dict(vars(each)) for each in new][::-1]
        self._number = made[-1]["number"] if made else self._number
        return made

    @staticmethod
    def _failed(error: BaseException, outcome: Outcome) -> None:
        cause = error.__cause__
        if isinstance(error, ZoomChatError) or isinstance(cause, ZoomChatError):
            outcome.refusals.append(str(error if isinstance(error, ZoomChatError) else cause))
        elif type(error).__name__ == "AirflowSkipException":
            outcome.notes.append(f"The task would be skipped: {error}")
        else:
            outcome.refusals.append(named(error))


def named(error: BaseException) -> str:
    """Return an error of somebody else's in one line."""
    text = re.sub(r"\s+", " ", str(error)).strip()[:300]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _wire(exchange: dict[str, Any]) -> Wire:
    path: str = exchange["path"]
    if path.startswith("/chat/webhooks/"):
        host = _WEBHOOKS
    else:
        is_file = path.endswith("/files")
        host = (ZOOM.files if is_file else ZOOM.api).removesuffix("/v2")
    parts = (_theirs(part) for part in path.split("/"))
    url = host + "/".join(quote(part, safe=_READABLE) for part in parts)
    query = {name: _theirs(value) for name, value in exchange["query"].items()}
    if query:
        url += f"?{urlencode(query, safe=_READABLE, quote_via=quote)}"
    status = exchange["status"]
    said = _said(exchange["answer"]) if (status or 0) >= 400 else ""
    return Wire(exchange["method"], url, _theirs(exchange["body"]), status, said)


def _theirs(value: Any) -> Any:
    """Return a value with the author's connection in place of the sandbox's."""
    if isinstance(value, dict):
        # What an author has written is no field of the connection, whatever it says.
        return {
            name: inner if name in ("message", "content") else _theirs(inner)
            for name, inner in value.items()
        }
    return _FROM_CONNECTION.get(value, value) if isinstance(value, str) else value


def _said(answer: Any) -> str:
    text = answer.get("message", "") if isinstance(answer, dict) else answer
    return str(text or "no reason is given").strip().rstrip(".")
