"""Where a preview runs: beside the author's Airflow, with a sandbox in place of Zoom.

`isolated` is entered before Airflow is imported, which reads its settings at that moment, so no
Airflow is imported with this module. `guard` is asked right before anything is sent.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from ...hooks import channel_lookup, user_lookup
from ...sandbox import Sandbox, world
from ...zoom import client
from ...zoom.addresses import ZOOM, channel_jid
from ...zoom.cards import check
from ...zoom.channels import as_name, folded
from ...zoom.errors import ZoomChatError
from ...zoom.validation import ALWAYS_TAKEN, MAX_CARD_TEXT, MAX_MESSAGE
from .shown import PreviewError, Shown, Wire

if TYPE_CHECKING:
    from ...hooks.zoom import ZoomHook

#: When the run of a preview takes place.
NOW = datetime(2026, 3, 14, 6, 6, 12, tzinfo=timezone.utc)

#: Where Airflow's pages are in a preview, unless its configuration names an address.
AIRFLOW_URL = "https://airflow.example.com"

#: What no message raises that cannot be sent: Ctrl-C ends the command. Some of Airflow's own errors
#: are no `Exception`, such as that of an `execution_timeout`.
NOT_REFUSED = (KeyboardInterrupt, GeneratorExit)

#: Seconds for which a token is good: longer than all that a preview shows.
_DAY = 24 * 3600

#: Where incoming webhooks are. Source: https://support.zoom.com KB0067640.
_WEBHOOKS = "https://integrations.zoom.us"

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


@contextmanager
def isolated(*, with_settings: bool) -> Iterator[None]:
    """Have Airflow work without its database, its secrets backend and its connections.

    :param with_settings: keep the settings and plugins of the author's Airflow, which a DAG file
        may need; if there are none, nothing is made there.
    """
    before, place = dict(os.environ), os.open(".", os.O_RDONLY)
    with tempfile.TemporaryDirectory(prefix="zoomchat-preview-") as folder:
        # With neither connections nor a backend nor a database, there is no way to Zoom at all.
        for name in [name for name in os.environ if name.startswith("AIRFLOW_CONN_")]:
            del os.environ[name]
        home = Path(os.environ.get("AIRFLOW_HOME") or Path.home() / "airflow").expanduser()
        if not (home / "airflow.cfg").is_file():
            # Airflow would write one there.
            os.environ.setdefault("AIRFLOW_CONFIG", f"{folder}/airflow.cfg")
        if not (with_settings and home.is_dir()):
            os.environ["AIRFLOW_HOME"] = folder
            os.environ["AIRFLOW_CONFIG"] = f"{folder}/airflow.cfg"
            os.environ.setdefault("AIRFLOW__WEBSERVER__BASE_URL", AIRFLOW_URL)
            os.environ.setdefault("AIRFLOW__API__BASE_URL", AIRFLOW_URL)
        os.environ |= {
            # Empty counts as given, so that a name in airflow.cfg does not.
            "AIRFLOW__SECRETS__BACKEND": "",
            "AIRFLOW__WORKERS__SECRETS_BACKEND": "",
            # A file that is not there: every look into the database fails.
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{folder}/none/airflow.db",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": (
                f"sqlite+aiosqlite:///{folder}/none/airflow.db"
            ),
            # Where it is given by a command in airflow.cfg, Airflow would run that.
            "AIRFLOW__CORE__FERNET_KEY": "",
            "AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS": "False",
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            # So that the line of the DAG file is among those of an error.
            "AIRFLOW__CORE__DAGBAG_IMPORT_ERROR_TRACEBACK_DEPTH": "100",
            "AIRFLOW__LOGGING__BASE_LOG_FOLDER": folder,
            "AIRFLOW__SCHEDULER__CHILD_PROCESS_LOG_DIRECTORY": folder,
            "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": folder,
            "AIRFLOW__LOGGING__REMOTE_LOGGING": "False",
            "AIRFLOW__METRICS__STATSD_ON": "False",
            "AIRFLOW__METRICS__OTEL_ON": "False",
            "AIRFLOW__TRACES__OTEL_ON": "False",
        }
        try:
            yield
        finally:
            _restore(before)
            os.fchdir(place)
            os.close(place)


def _restore(environment: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)


def guard(hook: ZoomHook, url: str) -> None:
    """See that a hook leads to the sandbox and nowhere else.

    :param url: the sandbox's address.
    :raises PreviewError: it does not; nothing may be sent.
    """
    settings = hook.settings
    at = settings.hosts
    addresses = [at.oauth, at.api, at.files, at.web, settings.webhook_url or url]
    if settings.proxy or not all(f"{each}/".startswith(f"{url}/") for each in addresses):
        raise PreviewError(
            f"connection {hook.zoom_conn_id!r} does not lead to the sandbox, so nothing was sent. "
            "This is a bug in the preview."
        )


class Runner:
    """A sandbox, to be entered before anything is sent."""

    def __init__(self) -> None:
        #: What time it is in the sandbox, in seconds since 1970.
        self.now = NOW.timestamp()
        self.zoom = Sandbox(open_world=True, token_lifetime=_DAY, now=lambda: self.now)
        self._environment = dict(os.environ)
        # What stands in a request for what the sandbox or the preview has made up.
        self._known = dict(_FROM_CONNECTION)
        # Up to where messages and requests are known already.
        self._version = self._requests = 0

    def __enter__(self) -> Runner:
        # Tokens of an earlier sandbox are not valid here.
        client.forget()
        user_lookup.forget()
        channel_lookup.forget()
        self.zoom.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.zoom.stop()
        client.forget()
        _restore(self._environment)

    def hook(self, conn_id: object, app_type: str) -> ZoomHook:
        """Return a hook for a connection, which leads to the sandbox from now on.

        :raises ConfigError: it is no id of a connection.
        :raises PreviewError: the hook does not lead there.
        """
        from ...hooks.zoom import ZoomHook

        # Any other the hook itself refuses: no environment has it.
        if isinstance(conn_id, str) and conn_id and not {"=", "\0"} & set(conn_id):
            connection = json.dumps(self.zoom.connection(app_type))
            os.environ[f"AIRFLOW_CONN_{conn_id.upper()}"] = connection
        hook = ZoomHook(conn_id)  # type: ignore[arg-type]
        guard(hook, self.zoom.url)
        return hook

    def channel(self, name: str) -> str:
        """Return an id for a channel that is given by its name, which only Zoom knows."""
        made_up = hashlib.sha256(folded(name).encode()).hexdigest()[:32]
        if made_up not in self._known:
            self._known[made_up] = f"<id of {name!r}>"
            self._known[channel_jid(made_up, ZOOM.xmpp)] = f"<JID of {name!r}>"
            self.zoom.add_channel(made_up, as_name(name))
        return made_up

    def send(self, shown: Shown, action: Callable[[], object]) -> None:
        """Do something that sends; `shown` gets what comes of it."""
        try:
            action()
        except (PreviewError, *NOT_REFUSED):
            raise
        except BaseException as error:
            shown.refusals.append(described(error))
        self._version, messages = self.zoom.changes(self._version)
        requests = self.zoom.requests()
        made = [each for each in requests[self._requests :] if each["path"] != "/oauth/token"]
        self._requests = len(requests)
        # One that is made again with another token says nothing new.
        shown.wires = [each for each, _ in itertools.groupby(self._wire(each) for each in made)]
        if messages:
            there = {each["id"] for each in messages}
            shown.replies = [each for each in messages if each["reply_to"] in there]
            shown.message = [each for each in messages if each not in shown.replies][-1]
            shown.length = _length(shown.message)
            shown.images = self.zoom.images() if shown.message["files"] else {}
            # A message went in plainer words, which nobody would hear of otherwise.
            shown.refusals += [
                f"Zoom refuses this at first (HTTP {each.status}: {each.said}); "
                "it goes in a simpler form."
                for each in shown.wires
                if each.is_refused and each.method != "GET"
            ]
            if shown.message["interactive_cards"]:
                shown.notes.append(
                    "As a user, Zoom takes cards of the app itself alone: others go as text."
                )
        elif not (shown.refusals or shown.notes):
            shown.notes.append("Nothing was sent.")

    def _wire(self, request: Mapping[str, Any]) -> Wire:
        """Return a request as it would go to Zoom, with what a real run gives."""

        def real(value: Any) -> Any:
            return self._known.get(value, value) if isinstance(value, str) else value

        path: str = request["path"]
        host = ZOOM.files if path.endswith("/files") else ZOOM.api
        host = _WEBHOOKS if path.startswith("/chat/webhooks/") else host.removesuffix("/v2")
        url = host + "/".join(quote(real(part), safe=_READABLE) for part in path.split("/"))
        if request["query"]:
            query = {name: real(value) for name, value in request["query"].items()}
            url += f"?{urlencode(query, safe=_READABLE, quote_via=quote)}"
        body, answer, said = request["body"], request["answer"], ""
        if isinstance(body, dict):
            # What an author has written is no field of the connection, whatever it says.
            written = ("message", "content")
            body = {name: value if name in written else real(value) for name, value in body.items()}
        if (request["status"] or 0) >= 400:
            said = answer.get("message", "") if isinstance(answer, dict) else answer
            said = str(said or "no reason is given").strip().rstrip(".")
        return Wire(request["method"], url, body, request["status"], said)


def described(error: BaseException) -> str:
    """Return an error in one line: the provider's own words, of any other its type too."""
    for ours in (error, error.__cause__):
        if isinstance(ours, ZoomChatError):
            return str(ours)
    text = re.sub(r"\s+", " ", str(error)).strip()[:300]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _length(message: Mapping[str, Any]) -> str:
    """Return how long a message is, and which of Zoom's limits holds; empty of a deleted one."""
    if message["deleted"]:
        return ""
    cards = [json.loads(each["card_json"]) for each in message["interactive_cards"]]
    cards += [message["content"]] if message["content"] else []
    count = sum(map(check.length, cards)) if cards else len(message["text"])
    if cards or message["api"] == "incoming_webhook":
        return f"{count:,} of {MAX_CARD_TEXT:,} characters of text, the limit of a card"
    said = f"{count:,} of {MAX_MESSAGE:,} characters, the limit in Zoom's samples"
    limit = f"the {ALWAYS_TAKEN:,} of its specification"
    if count > ALWAYS_TAKEN:
        return f"{said}, but above {limit}: Zoom may refuse it"
    return f"{said}, and within {limit}"
