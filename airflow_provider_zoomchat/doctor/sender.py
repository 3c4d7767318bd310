"""Who posts: the acting user of a Server-to-Server app, or a bot."""

from __future__ import annotations

from collections.abc import Iterator

from ..hooks import scopes, targets
from ..hooks.connection import Settings, label
from ..zoom import plain, users
from ..zoom.client import ZoomClient
from ..zoom.errors import ConfigError, ZoomChatError
from .access import lacks_scope
from .step import Step


def check(settings: Settings, client: ZoomClient) -> Iterator[Step]:
    """Yield who posts, as far as Zoom tells."""
    if settings.app_type == "chatbot":
        yield _bot(settings)
    elif settings.user_id is None:
        yield Step(
            "sender",
            "note",
            f"{label('user_id')} is empty, so each message must name its user_id.",
        )
    else:
        yield _user(settings, client, settings.user_id)


def _user(settings: Settings, client: ZoomClient, user_id: str) -> Step:
    try:
        user = client.send(users.read(settings.at.api, user_id))
    except ZoomChatError as error:
        if lacks_scope(error):
            return Step(
                "sender",
                "note",
                f"Whether acting user {user_id!r} exists cannot be checked without the scope "
                f"{scopes.READ_USER}, which messages do not need.",
            )
        return Step("sender", "failed", str(error))
    name = plain.one_line(str(user.get("display_name") or user.get("email") or user_id))
    status = str(user.get("status") or "")
    if status not in ("", "active"):
        return Step(
            "sender",
            "failed",
            f"Acting user {user_id!r} is {name}, whose status in Zoom is {status!r}: a Zoom admin "
            "activates users under User Management > Users.",
        )
    active = ", an active user" if status else "; whether active, Zoom does not say"
    return Step("sender", "ok", f"Acting user {user_id!r} is {name}{active}.")


def _bot(settings: Settings) -> Step:
    """Return whether a bot's JIDs look like such: with a bot's token nobody can be looked up."""
    try:
        bot = targets.bot(settings)
    except ConfigError as error:
        return Step("sender", "failed", f"{label('user_jid')}: {error}")
    behalf = f", on behalf of {bot.user_jid!r}" if bot.user_jid else ""
    if not bot.robot_jid.startswith("v1"):
        return Step(
            "sender",
            "note",
            f"{label('robot_jid')} is {bot.robot_jid!r}; Zoom's begin with v1. It stands at "
            "marketplace.zoom.us > Manage > Created Apps > your app > Features > Surface > Team "
            "Chat Subscription.",
        )
    return Step(
        "sender",
        "skipped",
        f"Not checked: whether Bot {bot.robot_jid!r}{behalf} is this app's. Zoom tells with the "
        "first message: --send tries it.",
    )
