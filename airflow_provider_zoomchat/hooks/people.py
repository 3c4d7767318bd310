"""Who is mentioned: a bot knows people by their JID alone, and looks up who is given otherwise."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from ..zoom.contacts import is_address, is_jid, is_person
from ..zoom.deadline import Deadline
from ..zoom.errors import RejectedError, ZoomChatError
from ..zoom.users import NO_SUCH_USER

if TYPE_CHECKING:
    from .delivery import ZoomDeliveryHook

log = logging.getLogger(__name__)

#: Seconds at most for finding out who everybody is: the message matters more than its mentions.
MOST_SECONDS = 3.0

#: Seconds for which an app that may not look people up is not tried again, nor somebody whom Zoom
#: does not know; and for which nobody is looked up after an answer that did not come.
_PAUSE, _SHORT_PAUSE = 600.0, 30.0

_INSTEAD = "A JID needs no look-up; an address needs the scope user:read:user:admin."

#: Whom this process has looked up: JID and name, by app and address.
_KNOWN: dict[tuple[str | None, str], tuple[str, str]] = {}

#: Until when nobody is looked up by an app ("" for everybody), or somebody in particular.
_PAUSED: dict[tuple[str | None, str], Deadline] = {}


def forget() -> None:
    """Forget whom this process has looked up, and which apps may not."""
    _KNOWN.clear()
    _PAUSED.clear()


def find(
    contacts: Iterable[str], hook: ZoomDeliveryHook, seconds: float = MOST_SECONDS
) -> Mapping[str, tuple[str, str]]:
    """Return the JID and the name of those whom Zoom knows; the others are plain words.

    There is no mention of everybody: https://developers.zoom.us/docs/team-chat/customizing-messages/

    :param contacts: JIDs, with a name behind a ``|`` if there is one; user ids; e-mail addresses,
        which a bot can look up if its app has the scope ``user:read:user:admin``.
    :param seconds: for all look-ups together.
    """
    deadline = Deadline(min(MOST_SECONDS, seconds))
    found: dict[str, tuple[str, str]] = {}
    for contact in contacts:
        who, _, name = contact.partition("|")
        if is_jid(who):
            found[contact] = who, name or who.partition("@")[0]
        elif is_address(who):
            known = _looked_up(who, hook, deadline)
            if known:
                found[contact] = known
        elif is_person(who):
            # https://devsupport.zoom.us/hc/en-us/articles/360060332871
            found[contact] = f"{who.lower()}@{hook.settings.at.xmpp}", name or who
    return found


def _looked_up(address: str, hook: ZoomDeliveryHook, deadline: Deadline) -> tuple[str, str] | None:
    app = hook.settings.client_id
    if (app, address) in _KNOWN:
        return _KNOWN[app, address]
    pauses = (_PAUSED.get((app, "")), _PAUSED.get((app, address)))
    paused = any(pause and pause.remaining > 0 for pause in pauses)
    if hook.settings.app_type != "chatbot" or hook.settings.muted or paused:
        return None
    try:
        deadline.check()
        user = hook.find_user(address, time_budget=deadline.remaining)
        _KNOWN[app, address] = str(user["jid"]), str(user.get("display_name") or address)
    except RejectedError as error:
        # Somebody who does not exist says nothing about the others.
        _PAUSED[app, address if error.code == NO_SUCH_USER else ""] = Deadline(_PAUSE)
        log.info("%s is mentioned in plain words. %s %s", address, error, _INSTEAD)
        return None
    except (ZoomChatError, KeyError) as error:
        _PAUSED[app, ""] = Deadline(_SHORT_PAUSE)
        log.info("%s is mentioned in plain words, no answer came. %s", address, error)
        return None
    return _KNOWN[app, address]
