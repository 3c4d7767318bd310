"""Which group an alert of a notifier belongs to, and how the notifier changes its message."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .._compat import is_in_test, shares_variables
from ..hooks.variables import StateError
from ..zoom.errors import RateLimitError
from . import lenient
from .alert import Post
from .event import LOST
from .failures import failure_of
from .flood import Flood
from .groups import Group, GroupedAlert
from .head import flood_key, group_key
from .state import AirflowState

if TYPE_CHECKING:
    from ..hooks.zoom import ZoomHook
    from .base import ZoomNotifier
    from .rendering import Draft

#: Seconds for the message of what a channel has refused: the alert itself has had its own before.
_FLOOD_BUDGET = 4.0

#: The events of which a run has one message; all others have their own.
_GROUPED = ("task_failed", "task_retry", "dag_failed", "dag_succeeded")


def send_grouped(notifier: ZoomNotifier, draft: Draft, context: Mapping[str, Any]) -> bool:
    """Send an alert as a part of its group; False if it is to go alone.

    :raises ZoomChatError: it could not be sent.
    """
    event = draft.event
    by = notifier.group_by
    if by == "auto":
        by = "run" if draft.is_ready_made else None
    if by is None or event.name not in _GROUPED or not (event.dag_id and event.run_id):
        return False
    ti = lenient.first_there(context, "task_instance", "ti")
    is_in_test_run = is_in_test(ti)
    # Under `dag.test()` of Airflow 3.0 a task's callback looks like that of one that was killed.
    may_be = event.name.startswith("dag_") or event.exception == LOST
    in_dag_processor = may_be and not is_in_test_run
    if not shares_variables(in_dag_processor) or not AirflowState.is_there(context, event):
        return False
    where = (draft.zoom_conn_id, notifier.app_type, *sorted(map(str, draft.arguments.items())))
    index = lenient.number(lenient.at(ti, "map_index"))
    group = Group(
        group_key(event, where, by=by),
        event,
        by=by,
        failure=failure_of(event, -1 if index is None else index) if event.task_id else None,
        interval=0.0 if is_in_test_run else notifier.group_interval,
        may_wait=not in_dag_processor,
        dag_has_notifier=_dag_has_notifier(notifier, context),
        own_text=not draft.is_ready_made,
    )
    state = AirflowState(context, event, in_dag_processor=in_dag_processor)
    sender = _Sender(notifier, draft)
    alert = GroupedAlert(group, state, sender)
    hurried = copy.copy(notifier)
    hurried.time_budget = min(_FLOOD_BUDGET, notifier.time_budget or _FLOOD_BUDGET)
    flood = Flood(flood_key(where), state, _Sender(hurried, draft), may_wait=group.waits)
    try:
        return _send(sender, alert, flood)
    except StateError as error:
        notifier.log.warning(
            "This alert goes alone, since Airflow's state cannot be used. %s", error
        )
        return False


def _send(sender: _Sender, alert: GroupedAlert, flood: Flood) -> bool:
    notifier, draft, event = sender.notifier, sender.draft, sender.draft.event
    if notifier.app_type == "incoming_webhook":
        if event.name == "dag_succeeded":
            return False
        if event.name != "dag_failed":
            return not alert.webhook()
        if (post := alert.webhook_sum()) is None:
            return False
        notifier.send(replace(draft, ready_made=post, message=None, content=None))
        return True
    if event.name == "dag_succeeded":
        return alert.dag_succeeded()
    try:
        if event.name == "dag_failed":
            alert.dag_failed()
        else:
            alert.task_failed()
    except RateLimitError as error:
        # The whole account is out of calls, or this channel has too many messages.
        if error.daily or not flood.add(event):
            raise
        notifier.log.warning(
            "%s The alert is recorded, and shown with others of the channel.", error
        )
        return True
    if sender.has_sent:  # so the channel takes messages again
        flood.show_waiting(event)
    return True


def _dag_has_notifier(notifier: ZoomNotifier, context: Mapping[str, Any]) -> bool:
    """Tell whether the DAG's own failure callback has a notifier of the same group."""
    found = lenient.at(lenient.at(context, "dag"), "on_failure_callback")
    callbacks = found if isinstance(found, (list, tuple)) else [found]
    names = ("zoom_conn_id", *notifier.hook_arguments)
    return any(
        type(one) is type(notifier)
        and all(getattr(one, name) == getattr(notifier, name) for name in names)
        for one in callbacks
    )


class _Sender:
    """What a notifier does to the message of a group."""

    def __init__(self, notifier: ZoomNotifier, draft: Draft) -> None:
        self.notifier = notifier
        self.draft = draft
        #: Whether Zoom has taken anything.
        self.has_sent = False

    def post(self, post: Post | None) -> dict[str, Any]:
        """Post a message, or the alert as it is, and return where it is."""
        message = self.notifier.send(self._showing(post) if post else self.draft)
        self.has_sent = True
        return message

    def edit(self, message: Mapping[str, Any], post: Post) -> None:
        """Put another text into a message."""
        draft = self._showing(post)
        self._change(lambda hook: self.notifier.edit(hook, message, draft))

    def reply(self, message: Mapping[str, Any], text: str) -> None:
        """Reply in the message's thread."""
        arguments = self.draft.arguments
        self._change(lambda hook: self.notifier.reply(hook, message, text, arguments))

    def _showing(self, post: Post) -> Draft:
        return replace(self.draft, ready_made=post)

    def _change(self, change: Callable[[ZoomHook], None]) -> None:
        self.notifier.change(self.draft, change)
        self.has_sent = True
