"""One send for each task instance, however often the task is tried.

Since 3.3 Airflow keeps a small store for each task instance (``context["task_state_store"]``) that
outlives a try. Right before a message is handed to the network a mark goes there, afterwards what
is known of the message. A later try that finds the message does not post again, or edits it if its
text has changed since. One that finds the mark alone knows that a try ended while it was sending:
the message may be there, so Zoom is asked, or somebody has to look. Without that store each
try sends anew, and looks for its own message alone.

A task that a person clears is meant to post again. Airflow then raises the task instance's
``max_tries``, which a retry leaves alone, so the two can be told apart. Not so where a task is
cleared while it runs and its executor does not tell of its end, or where the DAG's `retries` were
lowered in between: such a clear looks like a retry.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from airflow.providers.common.compat.sdk import AirflowTaskTimeout

from .. import _compat
from ..hooks.app_types import THREADS
from ..hooks.lost_answers import Others, Search, sent_now, time_in_zoom
from ..zoom.errors import GoneError, UnreachableError, ZoomChatError
from ..zoom.http import MAY_HAVE_ARRIVED, Request
from ..zoom.posted import Absent, Sent, Unknown, key
from .base import XCOM_KEY, PreparedMessage, ZoomMessageOperator, with_id

log = logging.getLogger(__name__)

#: The key in Airflow's task state store: the same word as `XCOM_KEY`, in another place.
STORE_KEY = "zoom_message"

#: Sends of one try at most; the second only where Zoom's list shows that the first was not posted.
_SENDS = 2

#: Arguments that, with what the hook knows of it, say where a message goes.
_TARGET_ARGUMENTS = ("zoom_conn_id", *THREADS, "visible_to_user")


class DurableSend:
    """The send of a task instance, which earlier tries may have begun or finished.

    :param operator: the task's operator, whose hook sends.
    :param prepared: what is sent.
    """

    def __init__(
        self,
        operator: ZoomMessageOperator,
        prepared: PreparedMessage,
        context: Mapping[str, Any],
    ) -> None:
        self._operator = operator
        self._hook = operator.hook
        self._prepared = prepared
        self._same_run = SameRun(operator, context)
        ti = context.get("ti")
        self._mark = {
            "max_tries": getattr(ti, "max_tries", None),
            "text": _fingerprint(prepared.arguments),
        }
        self._look_where()
        #: How to recognise the message that is being sent; None where Zoom cannot be asked.
        self._sent: Sent | None = None
        self._is_on_its_way = False
        self._store = context.get("task_state_store") if operator.durable else None
        self._kept: Mapping[str, Any] = {}
        if self._store is not None:
            try:
                self._kept = self._store.get(STORE_KEY) or {}
            except Exception:
                # Nothing can be there before the first try; later the task waits for Airflow.
                if getattr(ti, "try_number", None) != 1:
                    raise

    def run(self) -> dict[str, Any]:
        """Send the message unless an earlier try has, and return what is known of it.

        :raises ZoomChatError: it was not posted, or it is not known whether it was.
        """
        posted = self._posted_earlier()
        if posted is not None and self._kept["text"] == self._mark["text"]:
            self._operator.log.info("An earlier try posted this: nothing to do.")
            return posted
        if posted is None or not self._edit(posted):
            posted = self._post()
        # It is in Zoom by now, so a store that fails must not fail the task. Should the task be
        # tried again, it finds the mark alone.
        self._write("set", STORE_KEY, {**self._mark, "message": posted})
        return posted

    def _look_where(self) -> None:
        """Learn where the message goes: a channel's name may come to mean another channel."""
        #: What is known of the message, see `ZoomHook.describe`.
        self._message = self._hook.describe_at(self._prepared.target, None)
        # The same text to another target is another message.
        target = {name: getattr(self._operator, name, None) for name in _TARGET_ARGUMENTS}
        self._mark["target"] = _fingerprint({**self._message, **target})

    def _posted_earlier(self) -> dict[str, Any] | None:
        """Return what is known of the message that an earlier try posted; None if none has.

        :raises UnreachableError: it is not known whether it was posted.
        """
        kept = self._kept
        if not kept or any(kept.get(name) != self._mark[name] for name in ("max_tries", "target")):
            return None
        if "message" in kept:
            return dict(kept["message"])
        if self._operator.delivery == "at_least_once":
            return None
        unclear = UnreachableError(
            f"An earlier try ended while it was sending. {MAY_HAVE_ARRIVED} To send it again, "
            "clear the task.",
            may_have_arrived=True,
        )
        sent = Sent.of_json(kept.get("sent"))
        # Its call had so much time; when within it the try ended is not known.
        until = sent.since + sent.slack + self._hook.settings.timeout if sent else 0.0
        message_id = self._find(sent, until, unclear)
        if message_id is None:
            return None
        found = with_id(self._message, message_id)
        self._write("set", STORE_KEY, {**kept, "message": found})
        return found

    def _edit(self, posted: Mapping[str, Any]) -> bool:
        """Edit what an earlier try posted; return False if it is not there any more."""
        log, prepared = self._operator.log, self._prepared
        # What Zoom's edit does to a message's files is not documented, and it takes no new ones.
        if "edit" not in prepared.methods or prepared.files or prepared.arguments.get("files"):
            log.warning("An earlier try posted a different text, which cannot be edited; it stays.")
            return True
        log.info("An earlier try posted this with another text: editing it.")
        try:
            prepared.carry_out("edit", message_id=posted)
        except GoneError:
            log.info("That message was deleted: sending a new one.")
            return False
        return True

    def _post(self) -> dict[str, Any]:
        """Send the message and return what is known of it.

        A send that Airflow's `execution_timeout` cuts off counts as one that may have arrived.

        :raises ZoomChatError: it was not posted, or it is not known whether it was.
        """
        self._hook.delivery = replace(
            self._hook.delivery, before_write=self._before_write, not_posted=self._not_posted
        )
        try:
            message_id = self._send_or_find()
        except AirflowTaskTimeout:
            if not self._is_on_its_way:
                raise
            raise UnreachableError(
                "Could not send a message: the task's execution_timeout ended it on its way. "
                f"{MAY_HAVE_ARRIVED}",
                may_have_arrived=True,
            ) from None
        return with_id(self._message, message_id)

    def _send_or_find(self) -> str | None:
        """Send the message and return its id; look for it where its end is not known."""
        sends = 0
        while True:
            try:
                return self._prepared.carry_out("send")
            except ZoomChatError as error:
                if not error.may_have_arrived:
                    raise
                sends += 1
                found = self._find(self._sent, time_in_zoom(self._hook), error)
                if found is not None:
                    return found
                if sends >= _SENDS:
                    raise

    def _before_write(self, request: Request) -> None:
        """Leave marks, for later tries and for other tasks: the first byte goes out next."""
        if self._message["target"] != self._prepared.target.value:
            self._look_where()
        self._sent = sent = sent_now(self._hook, request)
        if sent is not None:
            self._same_run.announce(sent, self._message)
        if self._store is not None:
            noted = {"sent": sent.as_json()} if sent else {}
            try:
                self._store.set(STORE_KEY, {**self._mark, **noted})
            except BaseException:
                # Also at an execution_timeout: the mark may be there, but nothing was sent.
                with suppress(Exception):
                    self._store.delete(STORE_KEY)
                raise
        self._is_on_its_way = True

    def _not_posted(self) -> None:
        """Take the mark back: nothing was posted, and the next try may send."""
        if self._is_on_its_way:
            self._write("delete", STORE_KEY)
        self._is_on_its_way = False

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

    def _find(self, sent: Sent | None, until: float, unclear: ZoomChatError) -> str | None:
        """Return the id of a message that may have been posted; None if it surely was not.

        Zoom lists only what a user has posted. Whatever a bot or a webhook may have posted stays
        unclear.

        :param until: when its call was surely over, by Zoom's clock.
        :param unclear: the error that says that it may have been posted.
        :raises ZoomChatError: that error, where Zoom does not tell.
        """
        if sent is None:
            raise unclear
        self._same_run.announce(sent, self._message)
        search = Search(self._hook, sent, until, lambda: self._same_run.others(sent))
        verdict = search.look(self._operator.looks)
        if isinstance(verdict, Unknown):
            unclear.args = (f"{unclear} {verdict.why}", *unclear.args[1:])
            raise unclear
        if isinstance(verdict, Absent):
            self._operator.log.warning(
                "The message was not posted: Zoom lists newer ones. It is sent anew."
            )
            return None
        return verdict.message_id


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
        announced = self._announced
        if self._is_alone or (
            announced and (announced.text_hash, announced.target) == (sent.text_hash, sent.target)
        ):
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


def _fingerprint(value: object) -> str:
    """Return a short text that is the same for the same JSON value."""
    # What is no JSON is a text with formats, which count too.
    text = json.dumps(value, sort_keys=True, default=repr)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
