"""Finding people: a bot knows them by JID alone.

A person who is given by e-mail address is looked up through the bot's Look-up connection: Zoom does
not answer the bot's own token.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, TypeVar

from ..zoom.addresses import is_email, is_person, is_user_jid
from ..zoom.chatbot import LOOK_UP
from ..zoom.client import ZoomClient
from ..zoom.deadline import Deadline
from ..zoom.error_codes import NO_SUCH_USER
from ..zoom.errors import ConfigError, RejectedError, ZoomChatError
from .connection import Settings, field_label

log = logging.getLogger(__name__)

#: Seconds at most for all look-ups of a message, which matters more than its mentions: they get a
#: third of its time.
MAX_SECONDS = 10.0

#: Seconds for which an app that may not look people up is not tried again, nor somebody whom Zoom
#: does not know; and for which nobody is looked up after an answer that did not come.
_PAUSE, _SHORT_PAUSE = 600.0, 30.0

#: Whom this process has looked up: JID and name, by app and address.
_KNOWN: dict[tuple[str | None, str], tuple[str, str]] = {}

#: Until when nobody is looked up by an app ("" for everybody), or somebody in particular.
_PAUSED: dict[tuple[str | None, str], Deadline] = {}


def forget() -> None:
    """Forget whom this process has looked up, and which apps may not."""
    _KNOWN.clear()
    _PAUSED.clear()


class LookupHook(Protocol):
    """What is needed of a hook to find people: Airflow's hook has it, and the doctor's."""

    @property
    def zoom_conn_id(self) -> str:
        """The id of the connection."""

    @property
    def settings(self) -> Settings:
        """The connection's fields, checked."""

    @property
    def client(self) -> ZoomClient:
        """The client that sends the connection's requests."""

    @property
    def lookup(self) -> LookupHook | ConfigError:
        """What `lookup_hook` returns for it."""

    def find_user(self, user_id: str, *, time_budget: float | None = None) -> dict[str, Any]:
        """Return what Zoom knows of a user."""


_Hook = TypeVar("_Hook", bound=LookupHook)


def lookup_hook(hook: _Hook, connect: Callable[[str], _Hook]) -> _Hook | ConfigError:
    """Return the hook through which a bot finds people by e-mail address, or why there is none.

    :param hook: the bot's.
    :param connect: returns the hook of another connection, by its id.
    """
    settings = hook.settings
    other_id = settings.lookup_conn_id
    named = f"{field_label('lookup_conn_id')} of connection {hook.zoom_conn_id!r}"
    if not settings.app.api.needs_lookup or not other_id:
        return ConfigError(f"{named} is empty. {LOOK_UP}")
    if other_id == hook.zoom_conn_id:
        return ConfigError(f"{named} is that connection itself. {LOOK_UP}")
    try:
        other = connect(other_id)
        settings = other.settings
    except Exception as error:  # the message may be more than its mentions, whatever it is
        why = str(error) if isinstance(error, ConfigError) else type(error).__name__
        return ConfigError(f"{named} cannot be used. {why}")
    if not settings.app.finds_users:
        kind = f"which has App type {settings.app_type!r}"
        return ConfigError(f"{named} is {other_id!r}, {kind}. {LOOK_UP}")
    return other


def find(
    contacts: Iterable[str],
    hook: LookupHook,
    seconds: float,
    *,
    strict: bool = False,
) -> Mapping[str, tuple[str, str]]:
    """Return the JID and the name of each; of an e-mail address, if Zoom knows it.

    There is no mention of everybody: https://developers.zoom.us/docs/team-chat/customizing-messages/

    :param contacts: JIDs, with a name behind a ``|`` if there is one; user ids; e-mail addresses,
        for which a bot needs a Look-up connection.
    :param seconds: for all look-ups together.
    :param strict: whether a Look-up connection that is named and cannot be used is an error.
    :raises ConfigError: it is.
    """
    deadline = Deadline(min(MAX_SECONDS, seconds))
    found: dict[str, tuple[str, str]] = {}
    addresses: dict[str, str] = {}
    for contact in contacts:
        who, _, name = contact.partition("|")
        if is_user_jid(who):
            found[contact] = who, name or who.partition("@")[0]
        elif is_email(who):
            addresses[contact] = who
        elif is_person(who):
            # https://devsupport.zoom.us/hc/en-us/articles/360060332871
            found[contact] = f"{who.lower()}@{hook.settings.hosts.xmpp}", name or who
    if not addresses or not hook.settings.app.api.needs_lookup or hook.settings.muted:
        return found
    other = hook.lookup
    if isinstance(other, ConfigError):
        if strict and hook.settings.lookup_conn_id:
            raise other
        named = ", ".join(dict.fromkeys(addresses.values()))
        log.warning("Mentioned in plain words: %s. %s", named, other)
        return found
    for contact, who in addresses.items():
        known = _looked_up(who, other, deadline)
        if known:
            found[contact] = known
    return found


def jid(name: str, given: Any, hook: LookupHook, deadline: Deadline) -> Any:
    """Return the JID of a person who is given by e-mail address, and anything else as it is.

    :param name: the argument that it was given as.
    :raises ZoomChatError: the bot cannot look people up, or Zoom knows no such person.
    """
    address = given.strip() if isinstance(given, str) else ""
    if not address or not is_email(address):
        return given
    other = hook.lookup
    if isinstance(other, ConfigError):
        raise ConfigError(f"{name} {address!r} is an e-mail address. {other}")
    if hook.settings.muted:
        return address
    return _known(address, other, deadline, called=f"{name} {address!r}")[0]


def asked_through(
    other: LookupHook | ConfigError, user_id: str, time_budget: float | None
) -> dict[str, Any]:
    """Return what Zoom knows of a user, asked through a bot's Look-up connection.

    :param other: what the bot's hook has as `lookup`.
    """
    if isinstance(other, ConfigError):
        raise other
    try:
        return other.find_user(user_id, time_budget=time_budget)
    except ZoomChatError as error:
        error.args = (f"{error} This was asked through Look-up connection {other.zoom_conn_id!r}.",)
        raise


def _known(address: str, other: LookupHook, deadline: Deadline, *, called: str) -> tuple[str, str]:
    """Return the JID and the name of a person, whom Zoom is asked for once.

    :param called: how errors name the person.
    :raises ZoomChatError: Zoom does not tell.
    """
    key = other.settings.client_id, address
    if key not in _KNOWN:
        user = asked_through(other, address, deadline.remaining)
        if not user.get("jid"):
            raise ConfigError(f"Zoom names no JID of {called}: give a JID.")
        _KNOWN[key] = str(user["jid"]), str(user.get("display_name") or address)
    return _KNOWN[key]


def _looked_up(address: str, other: LookupHook, deadline: Deadline) -> tuple[str, str] | None:
    """Return the JID and the name of somebody who is mentioned; None where Zoom does not tell."""
    app = other.settings.client_id
    pauses = (_PAUSED.get((app, "")), _PAUSED.get((app, address)))
    if (app, address) not in _KNOWN:
        if any(pause and pause.remaining > 0 for pause in pauses):
            return None
        if deadline.remaining <= 0:
            log.warning(
                "%s is mentioned in plain words: no time is left to ask who it is.", address
            )
            return None
    try:
        return _known(address, other, deadline, called=repr(address))
    except (RejectedError, ConfigError) as error:
        # Somebody who does not exist, or has no JID, says nothing about the others.
        is_about_one = isinstance(error, ConfigError) or error.code == NO_SUCH_USER
        _PAUSED[app, address if is_about_one else ""] = Deadline(_PAUSE)
        log.warning("%s is mentioned in plain words. %s", address, error)
    except ZoomChatError as error:
        _PAUSED[app, ""] = Deadline(_SHORT_PAUSE)
        log.warning("%s is mentioned in plain words, no answer came. %s", address, error)
    return None
