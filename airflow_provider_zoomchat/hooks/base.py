"""The base of the hook: its connection, its client, its cards, and what sends a request."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from typing import Any
from uuid import uuid4

from airflow.providers.common.compat.sdk import AirflowNotFoundException, BaseHook

from .._compat import mask_secret
from ..zoom import chatbot, users, validation
from ..zoom.addresses import is_channel_id
from ..zoom.cards import as_text
from ..zoom.cards.prepare import PreparedCard, contacts, prepare, read_card
from ..zoom.client import Delivery, ZoomClient
from ..zoom.deadline import Deadline
from ..zoom.error_codes import CHANNEL_GONE
from ..zoom.errors import ConfigError, GoneError, RejectedError, ZoomChatError
from ..zoom.http import Request
from ..zoom.retry import DELIVERIES
from ..zoom.text import Text
from . import channel_lookup, connection_sources, targets, user_lookup
from .app_types import CHATBOT, TEAM_CHAT, Api
from .arguments import check_choice
from .connection import HOOK_NAME, Settings, client_for, connection_test, read_connection
from .connection_sources import MisreadError
from .targets import Target

#: The start of the message ids that a muted connection returns.
MUTED = "muted-"


class ZoomBaseHook(BaseHook):
    """A Zoom connection, and the client that sends with it.

    Nothing is looked up before it is needed, so that a hook may be made while a DAG is parsed.

    :param zoom_conn_id: the connection to use.
    :param time_budget: seconds for everything that one call of a method does, waits included. A
        file has more, in proportion to its size.
    :param delivery: ``"at_most_once"`` raises if a message may have been posted,
        ``"at_least_once"`` sends it again.
    """

    conn_name_attr = "zoom_conn_id"
    default_conn_name = "zoom_default"
    conn_type = "zoom"
    hook_name = HOOK_NAME

    def __init__(
        self,
        zoom_conn_id: str = default_conn_name,
        *,
        time_budget: float = 60.0,
        delivery: str = "at_most_once",
    ) -> None:
        super().__init__()
        check_choice("delivery", delivery, DELIVERIES)
        self.zoom_conn_id = zoom_conn_id
        self.time_budget = time_budget
        self.delivery = Delivery(at_least_once=delivery == "at_least_once")

    def test_connection(self) -> tuple[bool, str]:
        """Ask Zoom for a token, and tell which app, account and scopes answered."""
        try:
            settings = self._read_settings("This connection")
            return connection_test(settings, self._client(settings))
        except ZoomChatError as error:
            return False, str(error)

    def get_conn(self) -> ZoomClient:
        """Return the client that sends this connection's requests."""
        return self.client

    @cached_property
    def settings(self) -> Settings:
        """The connection's fields, checked."""
        return self._read_settings(f"Connection {self.zoom_conn_id!r}")

    @cached_property
    def client(self) -> ZoomClient:
        """The client that sends this connection's requests."""
        return self._client(self.settings)

    def settings_for(self, api: Api) -> Settings:
        """Return the connection's fields, if its App type is one that calls an API.

        :raises ConfigError: it calls another one; no app of Zoom's can do both.
        """
        settings = self.settings
        if settings.app.api != api:
            able = " or ".join(map(repr, api.app_types))
            methods = ", ".join([*api.methods.values(), *api.more_methods])
            raise ConfigError(
                f"Zoom has no app of this kind for that: connection {self.zoom_conn_id!r} has App "
                f"type {settings.app_type!r}, and {api.operator} ({methods}) needs {able}. Use "
                f"such a connection, or {settings.app.api.operator}."
            )
        return settings

    def find_user(self, user_id: str, *, time_budget: float | None = None) -> dict[str, Any]:
        """Return what Zoom knows of a user, such as ``id``, ``jid`` and ``display_name``.

        The app needs the scope ``user:read:user:admin`` (classic: ``user:read:admin``). A bot asks
        through its Look-up connection, since its own token cannot. An app of type ``user_oauth``
        knows nobody but its own user, as ``me``, and needs the scope ``user:read:user``.

        :param user_id: an e-mail address or a user id.
        :param time_budget: seconds for it, by default the hook's.
        """
        name = validation.optional_text("user_id", user_id)
        if not name:
            raise ConfigError("user_id is missing. Give it an e-mail address or a user id.")
        if self.settings.app.api.needs_lookup:
            return user_lookup.asked_through(self.lookup, name, time_budget)
        settings = self.settings_for(TEAM_CHAT)
        targets.user(settings, name)
        return self.client.send(users.get_user(settings.hosts.api, name), time_budget=time_budget)

    @cached_property
    def lookup(self) -> ZoomBaseHook | ConfigError:
        """The hook through which a bot finds people by e-mail address, or why there is none."""
        return user_lookup.lookup_hook(
            self, lambda conn_id: type(self)(conn_id, time_budget=self.time_budget)
        )

    def fetch_all(self, api: Api, arguments: Mapping[str, Any]) -> None:
        """Ask Airflow for all that a message may need: connections, and what processes share.

        :param arguments: those with which it is sent.
        :raises ConfigError: the connection of the message is none, or of another kind.
        """
        settings = self.settings_for(api)
        _ = self.lookup
        if settings.shares_token and not settings.muted:
            self.client.fetch_token()
        with suppress(ZoomChatError):  # which sending raises again
            self.describe_at(self.target(arguments), None)

    def describe(
        self,
        message_id: str | Mapping[str, Any] | None = None,
        *,
        to_channel: str | None = None,
        to_contact: str | None = None,
        reply_main_message_id: str | Mapping[str, Any] | None = None,
        user_id: str | None = None,
        to_jid: str | None = None,
        reply_to: str | Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return what is known of a message, as plain JSON values.

        Zoom is asked only for a channel that is given by name, and that only once a day.

        It takes the arguments with which the message is sent, edited or deleted, and returns
        ``app_type``, ``target``, the same under the hook's name for it (``to_channel``,
        ``to_contact`` or ``to_jid``), ``message_id``, ``sender`` and ``link``, which opens its
        channel in Zoom; None where something is not known. The other methods take it
        wherever they take a message id.
        """
        return self.describe_at(self.target(locals()), message_id)  # all the arguments

    def target(self, arguments: Mapping[str, Any]) -> Target:
        """Return who sends a message and where it goes; a channel's name is not looked up yet.

        :param arguments: those with which the message is sent, edited or deleted.
        """
        settings, given = self.settings, arguments.get
        message = given("message_id")
        about = message or given("reply_main_message_id") or given("reply_to")
        if settings.app.api == TEAM_CHAT:
            place = given("to_channel"), given("to_contact")
            return targets.of_user(
                settings, given("user_id"), *place, message=message, parent=about
            )
        if settings.app.api == CHATBOT:
            return targets.of_bot(settings, given("to_jid"), about)
        return Target(settings, settings.robot_jid or "", given="the webhook's channel")

    def describe_at(self, target: Target, message_id: object) -> dict[str, Any]:
        """Return what `describe` does, of a message whose target is there already."""
        self._look_up(target)
        return target.describe(message_id)

    def _existing(
        self, message: object, user_id: object, to_channel: object, to_contact: object
    ) -> tuple[str, Target]:
        """Return the id of a message that a user has posted, who asks for it, and where it is."""
        settings = self.settings_for(TEAM_CHAT)
        message_id = validation.message_id(targets.id_of(message))
        target = targets.of_user(settings, user_id, to_channel, to_contact, message=message)
        if not message_id.startswith(MUTED):  # of one that was never sent, nobody is asked
            self._look_up(target)
        return message_id, target

    def _look_up(self, target: Target, gone: str | None = None) -> None:
        """Put the id or the JID of a channel that is given by name into its target.

        :param gone: an id that Zoom does not accept any more: the name is looked up again.
        """
        if target.is_looked_up and gone is None:
            return
        if self.settings.muted or not target.is_channel:
            return
        if self.settings.app.api.needs_lookup:
            target.value = channel_lookup.jid_of(target.given, self, gone=gone)
        else:
            target.value = channel_lookup.id_of(target.given, self, target.sender, gone=gone)
        target.is_looked_up = True

    def _has_moved(self, error: RejectedError, target: Target) -> bool:
        """Tell whether Zoom knows a channel no more that is another one now, which is looked up.

        A name may have come to mean another channel since it was looked up, and what looked like
        an id may be a name.
        """
        if error.code not in CHANNEL_GONE or is_channel_id(target.given):
            return False
        gone = target.value
        with suppress(ZoomChatError):
            self._look_up(target, gone)
        return target.value != gone

    def _users_card(self, content: object, validate: object) -> PreparedCard | None:
        """Return the card of a user's message, if it has one."""
        # Of markdown it has that of single blocks: beside the list of cards there is no switch.
        return None if content in (None, "") else self._card(content, validate)

    def _card(
        self,
        content: object,
        validate: object,
        message: object = None,
        markdown: object = None,
        zoom_markdown: object = None,
    ) -> PreparedCard:
        """Return a card as Zoom takes it, with its texts written and, unless unwanted, checked."""
        if isinstance(content, PreparedCard):
            return content
        in_zoom_markdown = validation.flag("zoom_markdown", zoom_markdown) is True
        if (
            in_zoom_markdown
            and isinstance(message, str)
            and not validation.flag("markdown", markdown)
        ):
            message = Text(message).formatted("ZoomMarkdown")
        card = read_card(validation.card_or_text(content, message, markdown))
        return prepare(
            card,
            user_lookup.find(contacts(card), self, self.client.time_budget / 3, strict=True),
            zoom_markdown=in_zoom_markdown,
            validate=validation.flag("validate", validate) is not False,
        )

    def _deliver(self, request: Request, time_budget: float | None = None) -> str | None:
        """Send a request and return the id in Zoom's answer, if it has one.

        A muted connection gives a placeholder instead, so that what follows goes on as ever.

        :param time_budget: seconds for it, by default the hook's.
        """
        if self.settings.muted:
            self.log.info(
                "Connection %r is muted; without that, this would %s%s",
                self.zoom_conn_id,
                request.doing,
                f": {_shown(request.body)}" if request.body else "",
            )
            return f"{MUTED}{uuid4().hex}" if request.id_key else None
        answer = self.client.send(request, time_budget=time_budget, delivery=self.delivery)
        return str(answer[request.id_key]) if request.id_key else None

    def _deliver_best(
        self,
        build: Callable[[], Request],
        deadline: Deadline,
        *fallbacks: Callable[[RejectedError], str | None],
    ) -> str | None:
        """Send a request, in another form or elsewhere if Zoom refuses it, and return the id.

        :param build: returns the request, and another after a fallback has changed what is sent.
        :param fallbacks: each changes that once, if an error calls for it, and returns how it goes
            then, to stand behind "It goes".
        """
        left = list(fallbacks)
        while True:
            try:
                return self._deliver(build(), deadline.remaining)
            except RejectedError as error:  # so it has not been posted
                for fallback in left:
                    instead = fallback(error)
                    if instead is not None:
                        break
                else:
                    raise
                left.remove(fallback)
                self.log.warning("%s It goes %s.", error, instead)

    def _was_never_sent(self, existing: str) -> bool:
        """Tell whether there is nothing to change, since the message was muted, and log it."""
        if self.settings.muted or not existing.startswith(MUTED):
            return False
        self.log.info(
            "Nothing to do: message %s was never sent, since the connection was muted.", existing
        )
        return True

    def _change(self, existing: str, request: Request, deadline: Deadline) -> str:
        """Send a request that changes a message, and return the id of the message."""
        if not self._was_never_sent(existing):
            self._deliver(request, deadline.remaining)
        return existing

    def _thread(self, name: str, message_id: object) -> str | None:
        """Return the id of a message to reply to; None for one that was never sent."""
        given = validation.optional_text(name, targets.id_of(message_id))
        if given and given.startswith(MUTED):
            self.log.info("It goes without its thread, whose first message was muted.")
            return None
        return given

    def _remove(self, existing: str, request: Request, deadline: Deadline) -> str:
        """Send a request that deletes a message, and return its id.

        One that is not there is deleted already, by this very request perhaps, whose first answer
        was lost.
        """
        try:
            return self._change(existing, request, deadline)
        except GoneError as error:
            self.log.info("%s", error)
            return existing

    def _bot(self, user_jid: object, deadline: Deadline) -> chatbot.Bot:
        bot = targets.bot(self.settings, user_jid)
        behalf = user_lookup.jid("user_jid", bot.user_jid, self, deadline)
        return replace(bot, user_jid=behalf)

    def _bot_jid(self, target: Target, deadline: Deadline) -> Any:
        """Return the JID of where a bot's message is or goes; empty where nobody says."""
        self._look_up(target)
        return user_lookup.jid("to_jid", target.value, self, deadline)

    def _read_settings(self, called: str) -> Settings:
        if not isinstance(self.zoom_conn_id, str) or not self.zoom_conn_id:
            raise ConfigError(f"zoom_conn_id must be a text, not {self.zoom_conn_id!r}.")
        settings = read_connection(_connection(self, self.zoom_conn_id), called)
        for secret in settings.secrets:
            mask_secret(secret)
        return settings

    def _client(self, settings: Settings) -> ZoomClient:
        return client_for(
            settings, self.zoom_conn_id, time_budget=self.time_budget, on_token=mask_secret
        )


def _connection(hook: BaseHook, conn_id: str) -> Any:
    """Return Airflow's connection.

    :raises ConfigError: there is none, or it is set and cannot be read, which is the same to
        Airflow.
    """
    try:
        connection_sources.in_environment(conn_id)
    except MisreadError:
        # Airflow would take it all the same, unless a backend before the environment has another.
        connection_sources.search(conn_id, in_task=True)
    except ConfigError:
        for secret in connection_sources.environment_secrets(conn_id):
            mask_secret(secret)
    try:
        return hook.get_connection(conn_id)
    except AirflowNotFoundException:
        pass
    # It raises why there is none. Airflow 3.0 takes none whose extra it cannot read: that is told
    # when the extra is read.
    return connection_sources.search(conn_id, in_task=True).connection


def _shown(body: bytes) -> str:
    """Return a body as people read it: a card as its words."""
    text = body.decode("utf-8", "replace")
    with suppress(ValueError):
        value = json.loads(text)
        cards = [json.loads(card["card_json"]) for card in value.get("interactive_cards", ())]
        above = value.get("message", "") if cards else ""
        words = [above, *(as_text(card.get("content")) for card in (value, *cards))]
        text = "\n".join(filter(None, words)) or json.dumps(value, ensure_ascii=False)
    return text
