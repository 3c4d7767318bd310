"""Finding channels: Zoom takes their ids alone, and people know their names.

A channel that is given by its name is looked up among those of the acting user; a bot asks through
its Look-up connection, since its own token lists none. What was found is remembered for a day: by
this process, and in an Airflow Variable for all others.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from ..zoom import channels
from ..zoom.addresses import channel_id, channel_jid, id_in_link, is_channel_jid, may_be_channel_id
from ..zoom.channels import Channel
from ..zoom.client import ZoomClient
from ..zoom.deadline import Deadline, Result
from ..zoom.errors import (
    ConfigError,
    CredentialsError,
    UnknownChannelError,
    UnreachableError,
    ZoomChatError,
)
from . import targets
from .app_types import lacks_scope
from .user_lookup import LookupHook
from .variables import PREFIX, SharedVariables, StateError, StateTimeoutError, hashed

log = logging.getLogger(__name__)

#: Of one list; with `channels.PAGE_SIZE`, 30,000 channels.
MAX_PAGES = 100

#: Seconds for one list, and at most for the one before a message, which has half of its time.
SECONDS, _MAX_SECONDS = 60.0, 20.0

#: Seconds for which a name is not looked up again, and after which it is forgotten.
_FRESH, _FORGOTTEN = 24 * 3600.0, 7 * 24 * 3600.0

_DESCRIPTION = "Ids of Zoom channels that are given by name. Kept by airflow-provider-zoomchat."


class _Known(NamedTuple):
    """What a name has led to.

    :param time: when it was looked up, in seconds since 1970.
    """

    id: str
    time: float

    @property
    def age(self) -> float:
        """Seconds since it was looked up."""
        return _now() - self.time


def _now() -> float:
    """Return the seconds since 1970."""
    # The doctor lists channels without importing Airflow.
    from airflow.providers.common.compat.sdk import timezone

    return timezone.utcnow().timestamp()


#: What this process knows: by the name of the Variable, then by the name of the channel.
_KNOWN: dict[str, dict[str, _Known]] = {}

#: Seconds for which no Variable is asked for after one that gave no answer; and until when.
_PAUSE = 60.0
_PAUSED: list[Deadline] = []


def forget() -> None:
    """Forget which channels this process has looked up."""
    _KNOWN.clear()
    _PAUSED.clear()


@dataclass(frozen=True)
class Listing:
    """The channels that a user sees, as far as they have come.

    :param total: how many Zoom counts.
    :param left_out: after the last page, what is left out, as a sentence; empty if nothing is.
    """

    channels: list[Channel]
    total: int
    left_out: str = ""


def list_channels(
    client: ZoomClient, base_url: str, user_id: str, *, seconds: float = SECONDS
) -> Iterator[Listing]:
    """Yield the channels that a user sees, each once: after every page those of all pages so far.

    A page may be empty and yet not be the last. At most `MAX_PAGES` pages are read.

    :param seconds: for all pages together.
    :raises ZoomChatError: Zoom refuses, does not answer, or gives the same page for ever.
    """
    deadline = Deadline(seconds)
    found: dict[str, Channel] = {}
    tokens = {""}
    token, total, limit = "", 0, f"{MAX_PAGES} pages"
    for number in range(MAX_PAGES):
        request = channels.list_page(base_url, user_id, token)
        try:
            left = min(client.time_budget, deadline.remaining)
            page = channels.page_of(client.send(request, time_budget=left))
        except ZoomChatError:
            # Only a first page must be there; of the others, what there is time for.
            if deadline.remaining > 0 or not number:
                raise
            limit = f"{seconds:g} s"
            break
        for channel in page.channels:
            found.setdefault(channel.id, channel)
        total = max(page.total, len(found))
        yield Listing(list(found.values()), total)
        token = page.next_page_token
        if not token:
            return
        if token in tokens:
            raise UnreachableError(
                f"Could not list the channels of user {user_id!r}: Zoom returned the same page "
                f"twice ({len(found):,} channels so far). Try again later."
            )
        tokens.add(token)
    counted = f"; Zoom counts {total:,}" if total > len(found) else ""
    left_out = (
        f"The list ends after {limit}, with {len(found):,} channels{counted}. The others are left "
        "out: the link of a channel, copied in Zoom, has its id too (zoomchat channels --link)."
    )
    yield Listing(list(found.values()), total, left_out)


def id_of(text: str, hook: LookupHook, user_id: str, *, gone: str | None = None) -> str:
    """Return the id of a channel that is given by name; an id as it is.

    :param text: what cannot be an id is a name.
    :param hook: whose app lists the channels.
    :param user_id: whose channels they are.
    :param gone: an id that Zoom knows no more: what leads there is looked up anew.
    :raises UnknownChannelError: there is no such channel, or several, or the app may not look.
    :raises ZoomChatError: Zoom gives no answer.
    """
    if gone is None and may_be_channel_id(text):
        return text
    linked = id_in_link(text)
    if linked:
        raise UnknownChannelError(f"{text!r} is a link to a channel. Give its id: {linked}")
    name, key = channels.folded(text), _variable(hook, user_id)
    known = _remembered(key, name)
    if known is not None and known.id != gone and known.age < _FRESH:
        return known.id
    try:
        found = _looked_up(text, hook, user_id)
    except ZoomChatError as error:
        if known is None or known.id == gone:
            raise
        log.warning("%s The id of %s is used that was known before.", error, text)
        return known.id
    _remember(key, name, found)
    return found


def jid_of(text: str, hook: LookupHook, *, gone: str | None = None) -> str:
    """Return the JID of a bot's channel that is given by name; any other JID as it is.

    :param text: as `targets.of_bot` returns it.
    :param gone: as for `id_of`, a JID.
    """
    name = channel_id(text)
    if not is_channel_jid(text) or (gone is None and may_be_channel_id(name)):
        return text
    found = id_of(name, *through(hook, name), gone=gone and channel_id(gone))
    return channel_jid(found, hook.settings.hosts.xmpp)


def through(hook: LookupHook, name: str) -> tuple[LookupHook, str]:
    """Return the hook and the user through whom a bot finds a channel by name.

    :raises UnknownChannelError: there is none.
    """
    other = hook.lookup
    try:
        if isinstance(other, ConfigError):
            raise other
        return other, targets.user(other.settings, None)
    except ConfigError as error:
        where = "" if isinstance(other, ConfigError) else f"{other.zoom_conn_id!r}: "
        raise UnknownChannelError(
            f"{name!r} is no id of a channel, and a bot's own token cannot look up its name. Give "
            f"the id (32 letters and digits), or let a Look-up connection look. {where}{error}"
        ) from None


def _looked_up(text: str, hook: LookupHook, user_id: str) -> str:
    """Return the id of the one channel with a name."""
    seconds = min(_MAX_SECONDS, hook.client.time_budget / 2)
    try:
        pages = list_channels(hook.client, hook.settings.hosts.api, user_id, seconds=seconds)
        *_, listing = pages
    except ZoomChatError as error:
        # What is wrong with the app itself would be so for any call.
        if isinstance(error, CredentialsError) and not lacks_scope(error):
            raise
        error.args = (f"{error} {_why(text, hook)}",)
        if error.passing:
            raise
        raise UnknownChannelError(*error.args) from error
    found = channels.named(listing.channels, text)
    if len(found) == 1:
        log.info("Channel %r has the id %s.", text, found[0].id)
        return found[0].id
    if found:
        raise UnknownChannelError(channels.several(found, text))
    hint = channels.near(listing.channels, text) or "Add that user to the channel, or give its id."
    raise UnknownChannelError(
        f"{text!r} is neither the id of a channel nor the name of one of the "
        f"{len(listing.channels)} that {user_id!r} sees. {hint} {listing.left_out}".strip()
    )


def _why(text: str, hook: LookupHook) -> str:
    """Return why channels were listed, and what it needs."""
    return (
        f"They were listed because channel {text!r} is given by its name, which needs the scope "
        f"{hook.settings.app.list_channels}; its id needs none."
    )


def _variable(hook: LookupHook, user_id: str) -> str:
    """Return the name of the Variable for an app and the user for whom it asks."""
    settings = hook.settings
    asker = (settings.hosts.oauth, settings.client_id, settings.account_id, user_id)
    return f"{PREFIX}names_{hashed(asker)}"


def _remembered(key: str, name: str) -> _Known | None:
    """Return what is known of a name: in this process, else in the Variable."""
    known = _KNOWN.get(key, {}).get(name)
    if known is None or known.age >= _FRESH:
        stored = _read(key).get(name)
        if stored is not None and (known is None or stored.time > known.time):
            known = _KNOWN.setdefault(key, {})[name] = stored
    return known


def _remember(key: str, name: str, found: str) -> None:
    """Remember a name, here and for other processes; two at once may cost each other a look-up."""
    known = _Known(found, _now())
    _KNOWN.setdefault(key, {})[name] = known
    kept = {other: one for other, one in _read(key).items() if one.age < _FORGOTTEN}
    text = json.dumps(kept | {name: known}, ensure_ascii=False)
    try:
        _ask(lambda variables: variables.write(key, text))
    except StateError as error:
        log.info("Other processes look up channel %r themselves: %s.", name, error)


def _read(key: str) -> dict[str, _Known]:
    """Return what stands in a Variable; nothing where it cannot be read."""
    with suppress(StateError, ValueError, TypeError, AttributeError):
        stored = json.loads(_ask(lambda variables: variables.read(key)) or "{}")
        return {name: _Known(str(id_), float(time)) for name, (id_, time) in stored.items()}
    return {}


def _ask(function: Callable[[SharedVariables], Result]) -> Result:
    """Ask for Variables, unless they gave no answer a moment ago: the message is what counts.

    :raises StateError: there is no answer.
    """
    if _PAUSED and _PAUSED[-1].remaining > 0:
        raise StateError("no answer a moment ago")
    try:
        return function(SharedVariables(_DESCRIPTION))
    except StateTimeoutError:
        _PAUSED[:] = [Deadline(_PAUSE)]
        raise
