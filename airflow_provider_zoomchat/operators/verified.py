"""Sending a message, and asking Zoom for it where its answer was lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from airflow.providers.common.compat.sdk import AirflowTaskTimeout

from ..hooks.posted import look, sent_now, time_in_zoom
from ..zoom import posted
from ..zoom.errors import UnreachableError, ZoomChatError
from ..zoom.http import MAY_HAVE_ARRIVED, Request
from .base import ZoomMessageOperator, with_id
from .durable import EarlierTries
from .same_run import SameRun

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

#: How often a try sends a message that Zoom surely has not posted.
_SENDS = 2


class VerifiedSend:
    """The send of a task, whose message is looked for where its end is not known.

    Zoom can be asked for what a user has posted alone. Whatever a bot or a webhook may have posted
    stays unclear.

    :param earlier: what earlier tries of the task have left.
    :param message: what is known of the message, see `ZoomHook.describe`.
    """

    def __init__(
        self,
        operator: ZoomMessageOperator,
        earlier: EarlierTries,
        message: Mapping[str, Any],
        context: Context,
    ) -> None:
        self._operator = operator
        self._hook = operator.hook
        self._earlier = earlier
        self._message = message
        self._run = SameRun(operator, context, ZoomMessageOperator)
        self._target = ""

    def find_earlier(self) -> Literal["send", "edit", "keep", "look"]:
        """Look for what an earlier try may have posted, and return what this one has to do.

        :raises UnreachableError: it is not known whether it was posted.
        """
        unclear = UnreachableError(
            f"An earlier try ended while it was sending. {MAY_HAVE_ARRIVED} To send it again, "
            "clear the task.",
            may_have_arrived=True,
        )
        sent = posted.Sent.of_json(self._earlier.sent)
        # Its call had so much time; when within it the try ended is not known.
        until = sent.since + sent.slack + self._hook.settings.timeout if sent else 0.0
        message_id = self._find(sent, until, unclear)
        if message_id is None:
            return "send"
        self._earlier.was_posted(with_id(self._message, message_id))
        return self._earlier.decide()

    def post(self, call: Callable[[], str | None]) -> str | None:
        """Send the message and return its id.

        :param call: sends it by the hook.
        :raises ZoomChatError: it was not posted, or it is not known whether it was.
        """
        self._hook.delivery = replace(
            self._hook.delivery,
            before_write=self._before_write,
            not_posted=self._earlier.not_posted,
        )
        sends = 0
        with timeout_as_unclear_send(self._earlier):
            while True:
                try:
                    return call()
                except ZoomChatError as error:
                    if not error.may_have_arrived:
                        raise
                    sends += 1
                    sent = posted.Sent.of_json(self._earlier.sent)
                    found = self._find(sent, time_in_zoom(self._hook), error)
                    if found is not None:
                        return found
                    if sends >= _SENDS:
                        raise

    @property
    def has_moved(self) -> bool:
        """Whether the channel's name had come to mean another one than is known of the message."""
        return self._target not in ("", str(self._message["target"]).lower())

    def _before_write(self, request: Request) -> None:
        """Leave marks, for later tries and for other tasks, before the message goes out."""
        self._target = request.target or ""
        sent = sent_now(self._hook, request)
        if sent is not None:
            self._run.announce(sent, self._message)
        self._earlier.before_write(sent.as_json() if sent else None)

    def _find(self, sent: posted.Sent | None, until: float, unclear: ZoomChatError) -> str | None:
        """Return the id of a message that may have been posted; None if it surely was not.

        :param until: when its call was surely over, by Zoom's clock.
        :param unclear: the error that says that it may have been posted.
        :raises ZoomChatError: that error, where Zoom does not tell.
        """
        if sent is None:
            raise unclear
        self._run.announce(sent, self._message)
        verdict = look(
            self._hook,
            sent,
            until=until,
            others=lambda: self._run.others(sent),
            after=self._operator.looks,
        )
        if isinstance(verdict, posted.Unknown):
            unclear.args = (f"{unclear} {verdict.why}", *unclear.args[1:])
            raise unclear
        if isinstance(verdict, posted.Absent):
            self._operator.log.warning(
                "The message was not posted: Zoom lists newer ones. It is sent anew."
            )
            return None
        return verdict.message_id


@contextmanager
def timeout_as_unclear_send(earlier: EarlierTries) -> Iterator[None]:
    """Have a send that Airflow's `execution_timeout` cuts off count as one that may have arrived.

    :raises UnreachableError: it was cut off after the message went out.
    """
    try:
        yield
    except AirflowTaskTimeout:
        if not earlier.is_on_its_way:
            raise
        raise UnreachableError(
            "Could not send a message: the task's execution_timeout ended it on its way. "
            f"{MAY_HAVE_ARRIVED}",
            may_have_arrived=True,
        ) from None
