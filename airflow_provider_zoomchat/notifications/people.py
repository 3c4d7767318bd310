"""Mentions in Zoom's markdown, which knows people by their JID alone."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..zoom import markdown
from ..zoom.errors import ZoomChatError
from .mentions import is_address, is_jid, is_person

if TYPE_CHECKING:
    from ..hooks.zoom import ZoomHook

log = logging.getLogger(__name__)

#: Seconds at most for finding out who somebody is: the alert is more important than the mention.
_MOST_SECONDS = 3.0

#: What was found, by app and address; None if nothing was. One question for each and process.
_KNOWN: dict[tuple[str | None, str], tuple[str, str] | None] = {}


def as_markdown(contacts: Sequence[str], hook: ZoomHook, remaining: float) -> Iterator[str]:
    """Yield each mention in Zoom's markdown, or as plain words if Zoom knows nobody by that name.

    There is no mention of everybody: https://developers.zoom.us/docs/team-chat/customizing-messages/

    :param contacts: JIDs, with a name behind a ``|`` if there is one; user ids; e-mail addresses,
        which a bot can look up if its app has the scope ``user:read:user:admin``.
    :param remaining: seconds.
    """
    for contact in contacts:
        jid, _, name = contact.partition("|")
        if is_address(jid) and hook.settings.app_type == "chatbot":
            found = _looked_up(jid, hook, remaining)
        elif is_jid(jid):
            found = jid, name or jid.partition("@")[0]
        elif is_person(jid) and not is_address(jid):
            # https://devsupport.zoom.us/hc/en-us/articles/360060332871
            found = f"{jid.lower()}@{hook.settings.at.xmpp}", name or jid
        else:
            found = None
        yield markdown.mention(*found) if found else markdown.escape(f"@{name or jid}")


def _looked_up(address: str, hook: ZoomHook, remaining: float) -> tuple[str, str] | None:
    key = hook.settings.client_id, address
    if key not in _KNOWN:
        hook.client.time_budget = min(_MOST_SECONDS, remaining / 3)
        try:
            user = hook.find_user(address)
            _KNOWN[key] = str(user["jid"]), str(user.get("display_name") or address)
        except (ZoomChatError, KeyError) as error:
            log.info("%s is mentioned as plain text: %s", address, error)
            if isinstance(error, ZoomChatError) and error.passing:
                return None
            _KNOWN[key] = None
    return _KNOWN[key]
