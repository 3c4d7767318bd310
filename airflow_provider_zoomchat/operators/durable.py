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
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Literal

log = logging.getLogger(__name__)

KEY = "zoom_message"


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
        #: What the message is known by that this try, or an earlier one, was sending: a JSON value,
        #: see `zoom.posted.Sent`; None if there is nothing.
        self.sent: Any = None
        if self._store is not None:
            try:
                self._kept = self._store.get(KEY) or {}
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
                self._store.set(KEY, {**self._mark, **({"sent": sent} if sent else {})})
            except BaseException:
                # Also at an execution_timeout: the mark may be there, but nothing was sent.
                with suppress(Exception):
                    self._store.delete(KEY)
                raise
        self.is_on_its_way = True

    def not_posted(self) -> None:
        """Take the mark back: nothing was posted, and the next try may send."""
        if self.is_on_its_way:
            self._write("delete", KEY)
        self.is_on_its_way = False

    def was_posted(self, message: Mapping[str, Any]) -> None:
        """Note that the message of an earlier try, with that one's text, is there."""
        self._kept = {**self._kept, "message": dict(message)}
        self._write("set", KEY, self._kept)

    def posted(self, message: Mapping[str, Any]) -> None:
        """Keep all that is known of the message.

        It is in Zoom by now, so a store that fails must not fail the task. Should the task be
        tried again, it finds the mark alone.
        """
        self._write("set", KEY, {**self._mark, "message": dict(message)})

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
