"""Which messages the other tasks of a run have posted, so that none is taken for another's."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from ..hooks.posted import Others
from ..zoom.posted import Sent, key
from .link import XCOM_KEY

log = logging.getLogger(__name__)


class SameRun:
    """The tasks of this run that send messages: this one, and others.

    The XCom ``zoom_message`` of each holds the id of what it has posted. Where there are others,
    each says there what it is about to send, before it does. Who then finds a message in the chat
    can tell whether it may be another's, since who posted it had said so before.

    :param operator: the one that is running.
    :param kind: the class of the operators that send.
    """

    def __init__(self, operator: Any, context: Mapping[str, Any], kind: type) -> None:
        self._ti = context["ti"]
        self._me = [operator.task_id, getattr(self._ti, "map_index", -1)]
        dag = operator.get_dag()
        self._tasks = [task.task_id for task in dag.tasks if _sends(task, kind)] if dag else []
        self._is_alone = self._me[1] in (-1, None) and set(self._tasks) <= {operator.task_id}
        self._announced: Sent | None = None

    def announce(self, sent: Sent, message: Mapping[str, Any]) -> None:
        """Say what this task is about to send; once, however often it is tried.

        :param message: what is known of it.
        """
        if self._is_alone or (self._announced and self._announced.words == sent.words):
            return
        own = {"message_id": None, "words": sent.words, "by": self._me}
        self._ti.xcom_push(key=XCOM_KEY, value={**message, **own})
        self._announced = sent

    def others(self, sent: Sent) -> Others:
        """Return what the others have posted, and whether one of them may be sending the same."""
        if self._is_alone:
            return Others()
        try:
            # Without `map_indexes`, all that a task was mapped to.
            values = list(self._ti.xcom_pull(task_ids=self._tasks, key=XCOM_KEY))
        except Exception as error:
            log.warning("What other tasks have posted cannot be read (%s).", type(error).__name__)
            return Others(are_sending=True)
        messages = [
            value for value in values if isinstance(value, Mapping) and value.get("by") != self._me
        ]
        return Others(
            frozenset(key(one["message_id"]) for one in messages if one.get("message_id")),
            any(
                one.get("words") == sent.words and one.get("target") == sent.target[1]
                for one in messages
                if not one.get("message_id")
            ),
        )


def _sends(task: Any, kind: type) -> bool:
    """Tell whether a task of a DAG, mapped or not, sends messages."""
    if not issubclass(getattr(task, "operator_class", type(task)), kind):
        return False
    arguments = getattr(task, "partial_kwargs", None)
    arguments = vars(task) if arguments is None else arguments
    return bool(arguments.get("operation", "send") == "send")
