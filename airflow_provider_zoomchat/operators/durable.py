"""One send for each task instance, however often the task is tried.

Since 3.3 Airflow keeps a small store for each task instance (``context["task_state_store"]``) that
outlives a try. What was posted is written there, and a later try finds it: it does not post again,
or edits the message if its text has changed since. Without that store everything is sent as ever.

A task that a person clears is meant to post again. Airflow then raises the task instance's
``max_tries``, which a retry leaves alone, so the two can be told apart; but a task that is cleared
*while it runs* keeps its ``max_tries`` and looks like a retry.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from typing import Any, Literal

log = logging.getLogger(__name__)

KEY = "zoom_message"


def fingerprint(value: object) -> str:
    """Return a short text that is the same for the same JSON value."""
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


class Earlier:
    """What earlier tries of a task instance posted.

    :param context: the task's context.
    :param place: where a message goes; the same text to another place is another message.
    :param text: what is said.
    """

    def __init__(self, context: Mapping[str, Any], place: object, text: object) -> None:
        self._store = context.get("task_state_store")
        self._mark = {
            "max_tries": getattr(context.get("ti"), "max_tries", None),
            "place": fingerprint(place),
            "text": fingerprint(text),
        }
        kept = self._store.get(KEY) if self._store is not None else None
        self._kept: Mapping[str, Any] = kept if isinstance(kept, Mapping) else {}

    @property
    def message_id(self) -> str | None:
        """The id of the message that an earlier try posted."""
        value = self._kept.get("message_id")
        return value if isinstance(value, str) else None

    def todo(self) -> Literal["send", "edit", "keep"]:
        """Return what this try has to do."""
        kept, mark = self._kept, self._mark
        if not kept or any(kept.get(name) != mark[name] for name in ("max_tries", "place")):
            return "send"
        return "keep" if kept.get("text") == mark["text"] else "edit"

    def remember(self, message_id: str | None) -> None:
        """Keep what this try posted.

        The message is in Zoom by now, so a store that fails must not fail the task: the next try
        would post again.
        """
        if self._store is None:
            return
        try:
            self._store.set(KEY, {**self._mark, "message_id": message_id})
        except Exception as error:
            log.warning(
                "The message is posted, but Airflow could not keep its id (%s): should this task "
                "be tried again, it will post again.",
                type(error).__name__,
            )
