"""Mentions in Zoom's markdown, which knows people by their JID alone."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..zoom import markdown
from ..zoom.errors import ZoomChatError
from .limits import Deadline
from .mentions import is_address, is_jid, is_person

if TYPE_CHECKING:
    from ..hooks.zoom import ZoomHook

log = logging.getLogger(__name__)

#: Seconds at most for finding out who everybody is: the alert is more important than its mentions.
_MOST_SECONDS = 3.0

#: Seconds for which an app that may not look people up is not tried again.
_PAUSE = 600.0

#: Whom this process has looked up: JID and name, by app and address.
_KNOWN: dict[tuple[str | None, str], tuple[str, str]] = {}

#: Apps whose last look-up failed, and until when none is tried.
_PAUSED: dict[str | None, Deadline] = {}


def forget() -> None:
    """Forget whom this process has looked up, and which apps may not."""
    _KNOWN.clear()
    _PAUSED.clear()


def as_markdown(contacts: Sequence[str], hook: ZoomHook, remaining: float) -> Iterator[str]:
    """Yield each mention in Zoom's markdown, or as plain words if Zoom knows nobody by that name.

    There is no mention of everybody: https://developers.zoom.us/docs/team-chat/customizing-messages/

    :param contacts: JIDs, with a name behind a ``|`` if there is one; user ids; e-mail addresses,
        which a bot can look up if its app has the scope ``user:read:user:admin``.
    :param remaining: seconds, of which a third is taken at most.
    """
    deadline = Deadline(min(_MOST_SECONDS, remaining / 3))
    for contact in contacts:
        jid, _, name = contact.partition("|")
        found: tuple[str, str] | None = None
        if is_jid(jid):
            found = jid, name or jid.partition("@")[0]
        elif is_address(jid):
            found = _looked_up(jid, hook, deadline)
        elif is_person(jid):
            # https://devsupport.zoom.us/hc/en-us/articles/360060332871
            found = f"{jid.lower()}@{hook.settings.at.xmpp}", name or jid
        yield markdown.mention(*found) if found else markdown.escape(f"@{name or jid}")


def _looked_up(address: str, hook: ZoomHook, deadline: Deadline) -> tuple[str, str] | None:
    app = hook.settings.client_id
    if (app, address) in _KNOWN:
        return _KNOWN[app, address]
    paused = app in _PAUSED and _PAUSED[app].remaining > 0
    if hook.settings.app_type != "chatbot" or hook.settings.muted or paused:
        return None
    hook.client.time_budget = deadline.remaining
    try:
        deadline.check()
        user = hook.find_user(address)
        _KNOWN[app, address] = str(user["jid"]), str(user.get("display_name") or address)
    except (ZoomChatError, KeyError) as error:
        _PAUSED[app] = Deadline(_PAUSE)
        log.info(
            "People are mentioned as plain text: the bot's app could not look %s up, which takes "
            "the scope user:read:user:admin. A JID needs no look-up. (%s)",
            address,
            error,
        )
        return None
    return _KNOWN[app, address]
