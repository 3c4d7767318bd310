"""Whether a bot can find people by e-mail address: through its Look-up connection."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..hooks import scopes, targets
from ..hooks.connection import Settings, client_for, label, read_connection
from ..zoom import users
from ..zoom.chatbot import LOOK_UP, Bot
from ..zoom.client import ZoomClient
from ..zoom.contacts import is_address
from ..zoom.errors import ConfigError, ZoomChatError
from .source import STDIN, find
from .step import Step


def check(conn_id: str, settings: Settings, time_budget: float) -> Iterator[Step]:
    """Yield whether the Look-up connection of a bot is one, and may look people up.

    :param conn_id: that of the bot's own connection.
    :param time_budget: seconds for the call.
    """
    if settings.app_type != "chatbot":
        return
    other_id, named = settings.lookup_conn_id, label("lookup_conn_id")
    if other_id is None:
        yield Step("look-up", "skipped", f"{named} is empty: people can be given by JID alone.")
        return
    if other_id in (conn_id, STDIN):
        yield Step("look-up", "failed", f"{named} is this connection itself. {LOOK_UP}")
        return
    try:
        found = find(other_id, str)
        other = read_connection(found.connection, found.called)
    except ConfigError as error:
        yield Step("look-up", "failed", f"{named} cannot be used. {error}")
        return
    if other.app_type != "server_to_server":
        kind = f"{named} is {other_id!r}, which has App type {other.app_type!r}"
        yield Step("look-up", "failed", f"{kind}. {LOOK_UP}")
        return
    try:
        token = client_for(other, time_budget=time_budget).new_token()
    except ZoomChatError as error:
        yield Step("look-up", "failed", f"Of {named}, {other_id!r}: {error}")
        return
    if token is None or not token.scopes:
        text = "Zoom named no scopes of it, so whether people are found is not checked."
        yield Step("look-up", "note", f"{named} is {other_id!r}. {text}")
    elif scopes.READ_USER in scopes.lacking("server_to_server", token.scopes):
        remedy = scopes.remedy([scopes.READ_USER])
        yield Step("look-up", "failed", f"{named} is {other_id!r}. {remedy}")
    else:
        yield Step("look-up", "ok", f"{named} is {other_id!r}, whose app may look people up.")
    if other.account_id != settings.account_id:
        yield Step(
            "look-up",
            "failed",
            f"{named} is {other_id!r}, which is of account {other.account_id!r}, and this one is "
            f"of {settings.account_id!r}: take one of the same account.",
        )


def bot(settings: Settings, client: ZoomClient) -> Bot:
    """Return the bot that posts, with the JID of the user on whose behalf it does."""
    found = targets.bot(settings)
    behalf = found.user_jid and jid(settings, found.user_jid, client)
    return replace(found, user_jid=behalf)


def jid(settings: Settings, given: str, client: ZoomClient) -> str:
    """Return the JID of a person who is given by e-mail address, and anything else as it is.

    :raises ZoomChatError: there is no such person, or no way to look people up.
    """
    if not is_address(given):
        return given
    found = find(settings.lookup_conn_id or "", str)
    other = read_connection(found.connection, found.called)
    through = client_for(other, time_budget=client.time_budget)
    user = through.send(users.read(other.at.api, given))
    return str(user.get("jid") or given)
