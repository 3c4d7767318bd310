"""One send for each task instance, however often the task is tried.

Since 3.3 Airflow keeps a small store for each task instance (``context["task_state_store"]``) that
outlives a try. Right before a message is handed to the network a mark goes there, afterwards what
is known of the message. A later try that finds the message does not post again, or edits it if its
text has changed since. One that finds the mark alone knows that a try ended while it was sending:
the message may be there, so Zoom is asked, or somebody has to look. Without that store everything
is sent as ever.

A task that a person clears is meant to post again. Airflow then raises the task instance's
``max_tries``, which a retry leaves alone, so the two can be told apart. Not so where a task is
cleared while it runs and its executor does not tell of its end, or where the DAG's `retries` were
lowered in between: such a clear looks like a retry.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from airflow.providers.common.compat.sdk import AirflowTaskTimeout

from .. import _compat
from ..hooks.posted import Others, look, sent_now, time_in_zoom
from ..zoom import posted
from ..zoom.errors import UnreachableError, ZoomChatError
from ..zoom.http import MAY_HAVE_ARRIVED, Request
from ..zoom.posted import Sent, key
from .base import XCOM_KEY, ZoomMessageOperator, with_id

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

log = logging.getLogger(__name__)

#: The key in Airflow's task state store: the same word as `XCOM_KEY`, in another place.
STORE_KEY = "zoom_message"


def fingerprint(value: object) -> str:
    """Return a short text that is the same for the same JSON value."""
    # What is no JSON is a text with formats, which count too.
    text = json.dumps(value, sort_keys=True, default=repr)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


class EarlierTries:
    """What earlier tries of a task instance posted.

    :param context: the task's context.
    :param target: where a message goes; the same text to another target is another message.
    :param text: what is said.
    :param at_least_once: whether a message that may have been posted is sent again.
    """

    def __init__(
        self,
        context: Mapping[str, Any],
        target: object,
        text: object,
        *,
        at_least_once: bool = False,
    ) -> None:
        self._at_least_once = at_least_once
        self._store = context.get("task_state_store")
        ti = context.get("ti")
        self._mark = {
            "max_tries": getattr(ti, "max_tries", None),
            "target": fingerprint(target),
            "text": fingerprint(text),
        }
        self._kept: Mapping[str, Any] = {}
        #: Whether this try has come as far as to post the message.
        self.is_on_its_way = False
        #: How to recognise the message that this try, or an earlier one, was sending: a JSON value,
        #: see `zoom.posted.Sent`; None if there is nothing.
        self.sent: Any = None
        if self._store is not None:
            try:
                self._kept = self._store.get(STORE_KEY) or {}
            except Exception:
                # Nothing can be there before the first try; later the task waits for Airflow.
                if getattr(ti, "try_number", None) != 1:
                    raise
        self.sent = self._kept.get("sent")

    @property
    def message(self) -> dict[str, Any]:
        """All that is known of the message that an earlier try posted."""
        return dict(self._kept.get("message") or {})

    def decide(self) -> Literal["send", "edit", "keep", "look"]:
        """Return what this try has to do; "look" is for who can see the chat."""
        kept, mark = self._kept, self._mark
        if not kept or any(kept.get(name) != mark[name] for name in ("max_tries", "target")):
            return "send"
        if "message" not in kept:
            return "send" if self._at_least_once else "look"
        return "keep" if kept.get("text") == mark["text"] else "edit"

    def before_write(self, sent: Any = None) -> None:
        """Leave the mark that a message is on its way: its first byte goes out next.

        :param sent: what it is known by.
        """
        self.sent = sent
        if self._store is not None:
            try:
                self._store.set(STORE_KEY, {**self._mark, **({"sent": sent} if sent else {})})
            except BaseException:
                # Also at an execution_timeout: the mark may be there, but nothing was sent.
                with suppress(Exception):
                    self._store.delete(STORE_KEY)
                raise
        self.is_on_its_way = True

    def not_posted(self) -> None:
        """Take the mark back: nothing was posted, and the next try may send."""
        if self.is_on_its_way:
            self._write("delete", STORE_KEY)
        self.is_on_its_way = False

    def keep_found(self, message: Mapping[str, Any]) -> None:
        """Note that the message of an earlier try, with that one's text, is there."""
        self._kept = {**self._kept, "message": dict(message)}
        self._write("set", STORE_KEY, self._kept)

    def keep(self, message: Mapping[str, Any]) -> None:
        """Keep all that is known of the message.

        It is in Zoom by now, so a store that fails must not fail the task. Should the task be
        tried again, it finds the mark alone.
        """
        self._write("set", STORE_KEY, {**self._mark, "message": dict(message)})

    def _write(self, method: str, *arguments: Any) -> None:
        """Change the store, and only log if that fails."""
        if self._store is None:
            return
        try:
            getattr(self._store, method)(*arguments)
        except Exception as error:
            log.warning(
                "Airflow could not note what became of the message (%s): should this task be tried "
                "again, it has to look for it in the chat.",
                type(error).__name__,
            )


#: How often a try sends a message that Zoom surely has not posted.
_SENDS = 2


class VerifiedSend:
    """The send of a task, whose message is looked for where its end is not known.

    Zoom lists only what a user has posted. Whatever a bot or a webhook may have posted stays
    unclear.

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
        self._same_run = SameRun(operator, context)
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
        sent = Sent.of_json(self._earlier.sent)
        # Its call had so much time; when within it the try ended is not known.
        until = sent.since + sent.slack + self._hook.settings.timeout if sent else 0.0
        message_id = self._find(sent, until, unclear)
        if message_id is None:
            return "send"
        self._earlier.keep_found(with_id(self._message, message_id))
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
                    sent = Sent.of_json(self._earlier.sent)
                    found = self._find(sent, time_in_zoom(self._hook), error)
                    if found is not None:
                        return found
                    if sends >= _SENDS:
                        raise

    @property
    def channel_has_changed(self) -> bool:
        """Whether the channel's name had come to mean another one than is known of the message."""
        return self._target not in ("", str(self._message["target"]).lower())

    def _before_write(self, request: Request) -> None:
        """Leave marks, for later tries and for other tasks, before the message goes out."""
        self._target = request.target or ""
        sent = sent_now(self._hook, request)
        if sent is not None:
            self._same_run.announce(sent, self._message)
        self._earlier.before_write(sent.as_json() if sent else None)

    def _find(self, sent: Sent | None, until: float, unclear: ZoomChatError) -> str | None:
        """Return the id of a message that may have been posted; None if it surely was not.

        :param until: when its call was surely over, by Zoom's clock.
        :param unclear: the error that says that it may have been posted.
        :raises ZoomChatError: that error, where Zoom does not tell.
        """
        if sent is None:
            raise unclear
        self._same_run.announce(sent, self._message)
        verdict = look(
            self._hook,
            sent,
            until=until,
            others=lambda: self._same_run.others(sent),
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


class SameRun:
    """The tasks of this run that send messages: this one, and others.

    The XCom ``zoom_message`` of each holds the id of what it has posted. Where there are others,
    each announces there what it is about to send. A task that finds a message in the chat can then
    tell whether another task may have posted it.

    :param operator: the one that is running.
    """

    def __init__(self, operator: Any, context: Mapping[str, Any]) -> None:
        self._ti = context["ti"]
        self._me = [operator.task_id, getattr(self._ti, "map_index", -1)]
        dag = operator.get_dag()
        self._tasks = [task.task_id for task in dag.tasks if _sends(task)] if dag else []
        self._is_alone = self._me[1] in (-1, None) and set(self._tasks) <= {operator.task_id}
        self._announced: Sent | None = None

    def announce(self, sent: Sent, message: Mapping[str, Any]) -> None:
        """Say what this task is about to send; once, however often it is tried.

        :param message: what is known of it.
        """
        if self._is_alone or (self._announced and self._announced.text_hash == sent.text_hash):
            return
        own = {"message_id": None, "text_hash": sent.text_hash, "by": self._me}
        self._ti.xcom_push(key=XCOM_KEY, value={**message, **own})
        self._announced = sent

    def others(self, sent: Sent) -> Others:
        """Return what the others have posted, and whether one of them may be sending the same."""
        if self._is_alone:
            return Others()
        try:
            values = _compat.xcoms_of_run(self._ti, self._tasks, XCOM_KEY)
        except Exception as error:
            log.warning("What other tasks have posted cannot be read (%s).", type(error).__name__)
            return Others(are_sending=True)
        messages = [
            value for value in values if isinstance(value, Mapping) and value.get("by") != self._me
        ]
        return Others(
            frozenset(key(one["message_id"]) for one in messages if one.get("message_id")),
            any(
                one.get("text_hash") == sent.text_hash and one.get("target") == sent.target[1]
                for one in messages
                if not one.get("message_id")
            ),
        )


def _sends(task: Any) -> bool:
    """Tell whether a task of a DAG, mapped or not, sends messages."""
    if not issubclass(getattr(task, "operator_class", type(task)), ZoomMessageOperator):
        return False
    arguments = getattr(task, "partial_kwargs", None)
    arguments = vars(task) if arguments is None else arguments
    return bool(arguments.get("operation", "send") == "send")
