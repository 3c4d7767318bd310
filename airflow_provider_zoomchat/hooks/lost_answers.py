"""Asking Zoom whether a message that may have been posted is there."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

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


class Others(NamedTuple):
    """What else may have been posted with the same words.

    :param held: the `posted.key` of each message that is known to be another's.
    :param are_sending: whether another may be on its way.
    """

    held: frozenset[str] = frozenset()
    are_sending: bool = False


class Search:
    """Asks Zoom for a message that may have been posted.

    :param until: when its call was surely over, in seconds since 1970 by Zoom's clock.
    :param others: tells what others have posted; asked after Zoom, so that it knows of all that is
        listed.
    """

    def __init__(
        self,
        hook: ZoomBaseHook,
        sent: Sent,
        until: float,
        others: Callable[[], Others] = Others,
    ) -> None:
        self._hook = hook
        self._sent = sent
        self._until = until
        self._others = others
        self._deadline = Deadline(0.0)

    def look(self, after: Sequence[float], seconds: float = 20.0) -> Verdict:
        """Return whether the message is there, and log it if it is. It raises nothing of Zoom's.

        :param after: the seconds after which Zoom is asked, ascending; each next time only if the
            one before did not tell.
        :param seconds: for all answers, beside those between the looks.
        """
        self._deadline = Deadline(max(after, default=0.0) + seconds)
        verdict: Verdict = Unknown("Zoom was not asked.")
        waited = 0.0
        try:
            sender = self._address()
            for moment in after:
                self._deadline.sleep(moment - waited)
                waited = moment
                verdict = self._look_once(sender)
                if not isinstance(verdict, Unknown):
                    break
        except ZoomChatError as error:
            return Unknown(str(error))
        if isinstance(verdict, posted.Found):
            self._hook.log.info(
                "The message was posted although Zoom's answer was lost: Zoom lists it."
            )
        return verdict

    def _look_once(self, sender: str) -> Verdict:
        sent, until = self._sent, self._until
        settled = posted.settled_at(sent, until)
        to = min(time_in_zoom(self._hook), settled)
        listed = self._listed(sent.since - sent.slack, to)
        known = self._others() if posted.concern(sent, sender, listed) else Others()

        def decide() -> Verdict:
            return posted.decide(
                sent, sender, listed, until=until, held=known.held, has_rival=known.are_sending
            )

        verdict = decide()
        now = time_in_zoom(self._hook)  # which may have been learnt by the answer
        if isinstance(verdict, Unknown) and now > settled == to:
            listed += self._listed(settled, now, max_pages=1)
            verdict = decide()
        return verdict

    def _listed(self, since: float, to: float, max_pages: int | None = None) -> list[Listed]:
        """Return the messages between two moments, all of them unless that would be too many.

        :param max_pages: how many pages are enough; by default all are read.
        :raises ZoomChatError: Zoom does not tell.
        """
        listed: list[Listed] = []
        token = ""
        for _ in range(max_pages or posted.MAX_PAGES):
            request = posted.messages_page(
                self._hook.settings.hosts.api,
                self._sent,
                since=since,
                to=math.ceil(to) + 1,
                next_page_token=token,
            )
            with self._naming_scope(self._hook.settings.app.list_messages):
                answer = self._hook.client.send(request, time_budget=self._deadline.remaining)
            listed += posted.read_page(answer)
            token = str(answer.get("next_page_token") or "")
            if not token:
                return listed
        if max_pages is None:
            raise ConfigError(f"Zoom lists more than {len(listed)} messages since it went out.")
        return listed

    def _address(self) -> str:
        """Return the e-mail address of the message's sender, by which Zoom lists it.

        :raises ZoomChatError: Zoom does not tell.
        """
        sender = self._sent.sender
        if is_email(sender):
            return sender
        with self._naming_scope(self._hook.settings.app.read_user):
            user = self._hook.find_user(sender, time_budget=self._deadline.remaining)
        address = user.get("email")
        if not isinstance(address, str) or not address:
            raise ConfigError(f"Zoom tells no e-mail address of user {sender!r}.")
        return address

    @contextmanager
    def _naming_scope(self, scope: Scope) -> Iterator[None]:
        """Name the scope where the app lacks it."""
        try:
            yield
        except CredentialsError as error:
            if not app_types.lacks_scope(error):
                raise
            lacking = app_types.remedy(self._hook.settings.app, [scope])
            raise ConfigError(f"Zoom cannot be asked whether it was. {lacking}") from None


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
        verdict = Search(hook, sent, until).look((0.0,), seconds)
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
