"""Which group an alert of a notifier belongs to, and how the notifier changes its message."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .._compat import is_in_test, shares_variables
from ..zoom.errors import RateLimitError
from . import lenient
from .alert import Post
from .event import LOST
from .failures import failure_of
from .flood import Flood
from .groups import Group, GroupedAlert
from .head import flood_key, group_key
from .state import AirflowState, StateError

if TYPE_CHECKING:
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
    # Under `dag.test()` of Airflow 3.0 a task's callback looks like that of one that was killed.
    may_be = event.name.startswith("dag_") or event.exception == LOST
    in_dag_processor = may_be and not is_in_test(
        lenient.first_there(context, "task_instance", "ti")
    )
    if not shares_variables(in_dag_processor) or not AirflowState.is_there(context, event):
        return False
    state = AirflowState(context, event, in_dag_processor=in_dag_processor)
    where = (draft.zoom_conn_id, notifier.app_type, *sorted(map(str, draft.arguments.items())))
    group = _group(notifier, draft, context, where, by=by, may_wait=not in_dag_processor)
    alert = GroupedAlert(group, state, _Sender(notifier, draft))
    hurried = copy.copy(notifier)
    hurried.time_budget = min(_FLOOD_BUDGET, notifier.time_budget or _FLOOD_BUDGET)
    flood = Flood(flood_key(where), state, _Sender(hurried, draft))
    if not (group.may_wait and group.interval):
        flood = Flood(flood_key(where), state, _Sender(hurried, draft), sleep=lambda seconds: None)
    try:
        return _send(notifier, alert, flood, draft)
    except StateError as error:
        notifier.log.warning(
            "This alert goes alone, since Airflow's state cannot be used. %s", error
        )
        return False


def _send(notifier: ZoomNotifier, alert: GroupedAlert, flood: Flood, draft: Draft) -> bool:
    event = draft.event
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
    flood.show_waiting(event)
    return True


def _group(
    notifier: ZoomNotifier,
    draft: Draft,
    context: Mapping[str, Any],
    where: tuple[str, ...],
    *,
    by: str,
    may_wait: bool,
) -> Group:
    event = draft.event
    ti = lenient.first_there(context, "task_instance", "ti")
    failure = None
    if event.task_id is not None:
        index = lenient.number(lenient.at(ti, "map_index"))
        failure = failure_of(event, -1 if index is None else index)
    interval = 0.0 if is_in_test(ti) else notifier.group_interval
    return Group(
        group_key(event, where, by=by),
        event,
        by=by,
        failure=failure,
        interval=interval,
        may_wait=may_wait,
        has_end=_has_end(notifier, context),
        own_text=not draft.is_ready_made,
    )


def _has_end(notifier: ZoomNotifier, context: Mapping[str, Any]) -> bool:
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
        self._notifier = notifier
        self._draft = draft

    def post(self, post: Post | None) -> dict[str, Any]:
        """Post a message, or the alert as it is, and return where it is."""
        draft = self._draft if post is None else replace(self._draft, ready_made=post)
        return self._notifier.send(draft)

    def edit(self, message: Mapping[str, Any], post: Post) -> None:
        """Put another text into a message."""
        draft = replace(self._draft, ready_made=post)
        self._notifier.change(draft, lambda hook: self._notifier.edit(hook, message, draft))

    def reply(self, message: Mapping[str, Any], text: str) -> None:
        """Reply in the message's thread."""
        draft = self._draft
        self._notifier.change(
            draft, lambda hook: self._notifier.reply(hook, message, text, draft.arguments)
        )
