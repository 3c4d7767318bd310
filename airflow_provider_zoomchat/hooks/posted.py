"""Asking Zoom whether a message that may have been posted is there."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from airflow.providers.common.compat.sdk import timezone

from ..zoom import posted
from ..zoom.addresses import is_email
from ..zoom.deadline import Deadline
from ..zoom.errors import ConfigError, CredentialsError, ZoomChatError
from ..zoom.http import Request
from ..zoom.posted import Listed, Sent, Unknown, Verdict
from . import app_types
from .app_types import Scope

if TYPE_CHECKING:
    from .base import ZoomBaseHook

Result = TypeVar("Result")


class Others(NamedTuple):
    """What else may have been posted with the same words.

    :param held: the `posted.key` of each message that is known to be another's.
    :param are_sending: whether another may be on its way.
    """

    held: frozenset[str] = frozenset()
    are_sending: bool = False


def look(
    hook: ZoomBaseHook,
    sent: Sent,
    *,
    until: float,
    others: Callable[[], Others],
    after: Sequence[float],
    seconds: float = 20.0,
) -> Verdict:
    """Ask Zoom for a message that may have been posted, and log it if it was.

    It raises nothing of Zoom's.

    :param until: when its call was surely over, in seconds since 1970 by Zoom's clock.
    :param others: tells what others have posted; asked after Zoom, so that it knows of all that is
        listed.
    :param after: the seconds after which Zoom is asked, ascending; each next time only if the one
        before did not tell.
    :param seconds: for all answers, beside those between the looks.
    """
    deadline = Deadline(max(after, default=0.0) + seconds)
    verdict: Verdict = Unknown("Zoom was not asked.")
    waited = 0.0
    try:
        sender = _address(hook, sent, deadline)
        for moment in after:
            deadline.sleep(moment - waited)
            waited = moment
            verdict = _look_once(hook, sent, sender, until, others, deadline)
            if not isinstance(verdict, Unknown):
                break
    except ZoomChatError as error:
        return Unknown(str(error))
    if isinstance(verdict, posted.Found):
        hook.log.info("The message was posted although Zoom's answer was lost: Zoom lists it.")
    return verdict


def send_or_find(hook: ZoomBaseHook, call: Callable[[], str | None], seconds: float) -> str | None:
    """Send a message and return its id, also where Zoom's answer is lost and Zoom lists it.

    For one whose words nobody else sends, and that may as well be sent twice.

    :param call: sends it by the hook.
    :param seconds: for looking.
    :raises ZoomChatError: it was not posted, or it is not known whether it was.
    """
    noted: list[Sent | None] = []
    hook.delivery = replace(
        hook.delivery, before_write=lambda request: noted.append(sent_now(hook, request))
    )
    try:
        return call()
    except ZoomChatError as error:
        sent = noted[-1] if error.may_have_arrived and noted else None
        if sent is None:
            raise
        until = time_in_zoom(hook)
        verdict = look(hook, sent, until=until, others=Others, after=(0.0,), seconds=seconds)
        if not isinstance(verdict, posted.Found):
            raise
        return verdict.message_id


def sent_now(hook: ZoomBaseHook, request: Request) -> Sent | None:
    """Return what a message that goes out now is known by; None where Zoom cannot be asked."""
    if request.post is None:
        return None
    return posted.sent(request.post, timezone.utcnow(), hook.client.clock_ahead)


def time_in_zoom(hook: ZoomBaseHook) -> float:
    """Return the time by Zoom's clock, as far as that is known, in seconds since 1970."""
    return float(timezone.utcnow().timestamp()) + (hook.client.clock_ahead or 0.0)


def _look_once(
    hook: ZoomBaseHook,
    sent: Sent,
    sender: str,
    until: float,
    others: Callable[[], Others],
    deadline: Deadline,
) -> Verdict:
    settled = posted.settled_at(sent, until)
    to = min(time_in_zoom(hook), settled)
    listed = _listed(hook, sent, deadline, since=sent.since - sent.slack, to=to)
    known = others() if posted.concern(sent, sender, listed) else Others()

    def decide() -> Verdict:
        return posted.decide(
            sent, sender, listed, until=until, held=known.held, has_rival=known.are_sending
        )

    verdict = decide()
    now = time_in_zoom(hook)  # which may have been learnt by the answer
    if isinstance(verdict, Unknown) and now > settled == to:
        listed += _listed(hook, sent, deadline, since=settled, to=now, max_pages=1)
        verdict = decide()
    return verdict


def _listed(
    hook: ZoomBaseHook,
    sent: Sent,
    deadline: Deadline,
    *,
    since: float,
    to: float,
    max_pages: int | None = None,
) -> list[Listed]:
    """Return the messages between two moments, all of them unless that would be too many.

    :param max_pages: how many pages are enough; by default all are read.
    :raises ZoomChatError: Zoom does not tell.
    """
    listed: list[Listed] = []
    token = ""
    for _ in range(max_pages or posted.MAX_PAGES):
        request = posted.messages_page(
            hook.settings.hosts.api, sent, since=since, to=math.ceil(to) + 1, next_page_token=token
        )
        answer: dict[str, Any] = _allowed(
            hook,
            hook.settings.app.list_messages,
            lambda request=request: hook.client.send(  # type: ignore[misc]
                request, time_budget=deadline.remaining
            ),
        )
        listed += posted.read_page(answer)
        token = str(answer.get("next_page_token") or "")
        if not token:
            return listed
    if max_pages is None:
        raise ConfigError(f"Zoom lists more than {len(listed)} messages since it went out.")
    return listed


def _address(hook: ZoomBaseHook, sent: Sent, deadline: Deadline) -> str:
    """Return the e-mail address of a message's sender, by which Zoom lists it.

    :raises ZoomChatError: Zoom does not tell.
    """
    if is_email(sent.sender):
        return sent.sender
    user = _allowed(
        hook,
        hook.settings.app.read_user,
        lambda: hook.find_user(sent.sender, time_budget=deadline.remaining),
    )
    address = user.get("email")
    if not isinstance(address, str) or not address:
        raise ConfigError(f"Zoom tells no e-mail address of user {sent.sender!r}.")
    return address


def _allowed(hook: ZoomBaseHook, scope: Scope, ask: Callable[[], Result]) -> Result:
    """Return Zoom's answer; where the app lacks the scope for it, that is named.

    :raises ZoomChatError: Zoom does not tell.
    """
    try:
        return ask()
    except CredentialsError as error:
        if not app_types.lacks_scope(error):
            raise
        lacking = app_types.remedy(hook.settings.app, [scope])
        raise ConfigError(f"Zoom cannot be asked whether it was. {lacking}") from None
