"""Which group an alert of a notifier belongs to, and how the notifier changes its message."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..._compat import DAG_PROCESSOR_READS_XCOMS, is_in_test, shares_variables
from ...hooks.arguments import may_be_template
from ...hooks.variables import PREFIX, StateError, hashed
from ...zoom.deadline import Deadline, Result
from ...zoom.errors import ConfigError, RateLimitError, UnreachableError, ZoomChatError
from .. import lenient
from ..alerts import FilledAlert
from ..base import SECONDS
from .flood import Channel, Flood
from .group import Group, failure_of, group_key
from .message import GroupedAlert
from .state import AirflowState, Shared, State, read_status
from .status import GroupStatus

if TYPE_CHECKING:
    from ...hooks.zoom import ZoomHook
    from ..base import ZoomNotifier
    from ..rendering import Draft

#: Seconds for the message of what a channel has refused: the alert itself has had its own before.
_FLOOD_BUDGET = 4.0

#: What is kept of a message besides what the hook knows of it.
_OURS = ("is_card", "is_reduced", "notes", "thread")

#: The reaction to a group's message when its run has recovered.
RECOVERED = "✅"

#: Failures of a run that go out one by one through a webhook, whose messages cannot be edited.
WEBHOOK_ALERTS = 5


def send_grouped(
    notifier: ZoomNotifier,
    draft: Draft,
    context: Mapping[str, Any],
    state: AirflowState | None,
    reason: object | None,
) -> bool:
    """Send an alert as a part of its group; False if it is to be sent ungrouped.

    :param reason: why there is no alert, such as a silence; None if there is one. A recovery
        without an alert still edits the group's message, which would stay red for ever.
    :raises ZoomChatError: it could not be sent.
    """
    if state is None or not shares_variables(state.in_dag_processor):
        return False
    group = group_of(notifier, draft, context)
    if group is None:
        return False
    is_recovery = draft.event.name == "dag_succeeded"
    if not state.answers and not is_recovery:  # of which only the group's message tells
        return False
    group = replace(
        group,
        interval=0.0 if is_in_test(lenient.task_instance(context)) else group.interval,
        in_dag_processor=state.in_dag_processor,
        held_back=reason is not None,
        watched=frozenset(task for task in group.watched if not state.silences_task(task)),
    )
    try:
        is_sent = send_in(group, notifier, draft, state)
    except ZoomChatError:
        raise
    except StateError as error:
        what = "If the run has recovered, its message does not show it"
        notifier.log.warning(
            "%s, since Airflow's state cannot be used. %s",
            what if is_recovery else "This alert is sent ungrouped",
            error,
        )
        return False
    except Exception:  # a second message is better than none
        notifier.log.exception("This alert is sent ungrouped, since its group could not be shown.")
        return False
    if is_sent and reason is not None:
        notifier.log.info("%s: a recovery only changes the message of the group.", reason)
    return is_sent


def group_of(notifier: ZoomNotifier, draft: Draft, context: Mapping[str, Any]) -> Group | None:
    """Return the group that an alert belongs to; None if it is sent ungrouped."""
    event, by = draft.event, _grouped_by(notifier)
    if by is None or not event.kind.is_grouped or not (event.dag_id and event.run_id):
        return None
    ti = lenient.task_instance(context)
    index, dag = lenient.number(lenient.get(ti, "map_index")), lenient.get(context, "dag")
    return Group(
        group_key(event, target_of(notifier, draft), by=by),
        event,
        draft.ready_made,
        conn_id=draft.zoom_conn_id,
        by=by,
        failure=failure_of(event, -1 if index is None else index, draft.ready_made, draft.mentions)
        if event.task_id
        else None,
        interval=notifier.group_interval,
        dag_has_notifier=_has_notifier(dag, notifier),
        own_text=not draft.is_ready_made,
        watched=frozenset(
            task.task_id for task in lenient.get_list(dag, "tasks") if _has_notifier(task, notifier)
        ),
    )


def send_in(
    group: Group,
    notifier: ZoomNotifier,
    draft: Draft,
    state: State,
    **clock: Any,
) -> bool:
    """Send an alert as a part of a group; False if it is to be sent ungrouped.

    :param clock: ``now`` in place of this machine's, as `Shared` takes it.
    :raises StateError: it is to be sent ungrouped, since the state cannot be used.
    :raises ZoomChatError: it could not be sent.
    """
    shared = Shared(state, group.event, can_wait=group.can_wait, **clock)
    sender, target = _Sender(notifier, draft), hashed(target_of(notifier, draft))
    channel = Channel(f"{PREFIX}channel_{target}", shared)
    alert = GroupedAlert(group, shared, sender, channel)
    is_recovery = group.event.name == "dag_succeeded"
    if group.held_back and not is_recovery:
        # Others would take a task that has recorded nothing for one that was killed.
        if not group.in_dag_processor:
            with suppress(StateError):
                alert.kept.record()
        return False
    if not notifier.api.can_edit:
        return not is_recovery and _send_by_webhook(notifier, draft, alert)
    if is_recovery:
        return alert.dag_succeeded()
    flood = Flood(f"{PREFIX}flood_{target}", shared, _Sender(notifier, draft, most=_FLOOD_BUDGET))
    try:
        if group.event.name == "dag_failed":
            alert.dag_failed()
        else:
            alert.task_failed()
    except ZoomChatError as error:
        # When many DAGs fail at once, Zoom refuses calls, or answers too late.
        may_show = error.passing and not (isinstance(error, RateLimitError) and error.daily)
        if error.may_have_arrived and notifier.delivery == "at_most_once":
            may_show = False
        if not (may_show and flood.add()):
            raise
        notifier.log.warning(
            "%s The alert is recorded, and shown with others of the channel.", error
        )
    else:
        if sender.has_sent:  # so the channel takes messages again
            flood.show_waiting()
    return True


def message_of(notifier: ZoomNotifier, context: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the message of the group of a context's run; see `ZoomNotifier.find_message`."""
    by, name = _grouped_by(notifier), type(notifier).__name__
    if by is None:
        raise ConfigError(
            f"{name}: without a group each failure has a message of its own: give group_by='run'."
        )
    if not notifier.api.can_edit:
        raise ConfigError(f"{name}: what a webhook has posted cannot be replied to: it has no id.")
    draft = notifier.draft(context, include_repeated=True)
    state = AirflowState.of(context, draft.event) if draft else None
    if draft is None or state is None or not (draft.event.dag_id and draft.event.run_id):
        return None
    try:
        found = state.read(group_key(draft.event, target_of(notifier, draft), by=by))
    except StateError as error:
        raise UnreachableError(
            f"The message of the run cannot be looked up, since Airflow's Variables cannot be "
            f"read: {error}. Try again."
        ) from error
    status = read_status(GroupStatus, found)
    return _where(status.message) if status and status.message else None


def target_of(notifier: ZoomNotifier, draft: Draft) -> tuple[str, ...]:
    """Return what tells the target of an alert from all others: connection, API, arguments."""
    return (draft.zoom_conn_id, notifier.api.name, *sorted(map(str, draft.arguments.items())))


def _send_by_webhook(notifier: ZoomNotifier, draft: Draft, alert: GroupedAlert) -> bool:
    """Send an alert whose message cannot be edited; False if it is to be sent ungrouped.

    The first few failures of a run are sent ungrouped. The DAG's own alert sums them all up;
    without one, all are sent ungrouped.
    """
    group = alert.group
    alert.kept.record()
    found = alert.kept.failures(GroupStatus())
    if group.failure is not None:
        number = [one.key for one in found.failures].index(group.failure.key)
        return number >= WEBHOOK_ALERTS and group.dag_has_notifier and DAG_PROCESSOR_READS_XCOMS
    alert.kept.forget()
    if len(found.failures) <= WEBHOOK_ALERTS:
        return False
    summed_up = alert.filled_alert(found, GroupStatus())
    notifier.send(replace(draft, ready_made=summed_up, message=None, content=None))
    return True


def _has_notifier(owner: object, notifier: ZoomNotifier) -> bool:
    """Tell whether a DAG's or a task's failure callback has a notifier of the same group."""
    found = lenient.get(owner, "on_failure_callback")
    callbacks = found if isinstance(found, (list, tuple)) else [found]
    return any(
        share_target(one, notifier) and _grouped_by(one) == _grouped_by(notifier)
        for one in callbacks
    )


def share_target(one: Any, notifier: ZoomNotifier) -> bool:
    """Tell whether something is a notifier that surely posts where another one does.

    What a template names is known only in a run, and need not be the same for a task and its DAG.
    """
    names = ("zoom_conn_id", *notifier.api.arguments)
    return type(one) is type(notifier) and all(
        getattr(one, name) == getattr(notifier, name) and not may_be_template(getattr(one, name))
        for name in names
    )


def _grouped_by(notifier: ZoomNotifier) -> str | None:
    """Return what shares a message: by default, alerts with a text of the author's own do not."""
    if notifier.group_by != "auto":
        return notifier.group_by
    has_own = notifier.message is not None or notifier.content is not None
    return None if has_own else "run"


class _Sender:
    """`group.Sender` for a notifier: all that it does to a group's message, within its time budget.

    :param most: seconds, where these are fewer than its time budget.
    """

    def __init__(self, notifier: ZoomNotifier, draft: Draft, most: float = math.inf) -> None:
        self.notifier = notifier
        self.draft = draft
        self._left = min(most, notifier.time_budget or SECONDS)
        #: The arguments of the alert that edits and replies have too.
        self._arguments = {
            name: draft.arguments.get(name)
            for name in (notifier.api.reader, notifier.api.sender)
            if name
        }
        #: Whether Zoom has taken anything.
        self.has_sent = False

    def post(self, alert: FilledAlert | None) -> dict[str, Any]:
        """Post a message, or the alert as it is, and return where it is."""
        draft = replace(self.draft, ready_made=alert) if alert else self.draft
        return self._within_budget(lambda notifier: notifier.send(draft))

    def edit(self, message: Mapping[str, Any], alert: FilledAlert) -> None:
        """Put another text into a message."""
        if message.get("is_reduced"):
            alert = replace(alert, fields=(), quote="")
        draft, where = replace(self.draft, ready_made=alert).for_edit(), _where(message)
        for note in lenient.get_list(message, "notes"):
            draft = draft.with_note(lenient.text(note))

        def edit(hook: ZoomHook) -> None:
            from ...zoom.cards.prepare import prepare
            from ...zoom.text import Text
            from ...zoom.validation import ALWAYS_TAKEN, MAX_CARD_TEXT
            from ..rendering import as_card, as_plain_text

            form, label = dict(self._arguments), hook.settings.label
            # As a card where Zoom has accepted one; else in words: its edit knows no formats.
            if message.get("is_card"):
                card = as_card(draft, label)
                form["content"] = prepare(card, {}, limit=MAX_CARD_TEXT, validate=False)
            else:
                form["message"] = Text(as_plain_text(draft, label)).cut(ALWAYS_TAKEN)
            getattr(hook, self.notifier.api.methods["edit"])(where, **form)

        self._change(edit)

    def reply(self, message: Mapping[str, Any], text: str, mentions: Sequence[str] = ()) -> None:
        """Reply in the message's thread, or in the one that it is in itself, and mention people."""
        from ...zoom.text import Text, join
        from ..rendering import mentions_text

        if message.get("is_reduced"):
            text, mentions = text.partition(":")[0], ()
        words = join("\n", [Text(text), mentions_text(mentions)]) if mentions else text
        api = self.notifier.api
        thread = api.thread or ""
        first = _where(message)
        first["message_id"] = message.get("thread") or first.get("message_id")
        form = {**self._arguments, thread: first, "message": words}
        self._change(lambda hook: getattr(hook, api.methods["send"])(**form))

    def mark_recovered(self, message: Mapping[str, Any]) -> None:
        """React to the message of a run that has recovered, if the author wants that."""
        if self.notifier.react_when_recovered:
            where = _where(message)
            self._change(lambda hook: hook.react(where, RECOVERED))

    def _change(self, change: Callable[[ZoomHook], Any]) -> None:
        self._within_budget(lambda notifier: notifier.change(self.draft, change))

    def _within_budget(self, act: Callable[[ZoomNotifier], Result]) -> Result:
        """Do something in Zoom in what is left of the time for all of it.

        Waits for other processes do not count.
        """
        if self._left <= 0:
            raise UnreachableError("Zoom was not called: the alert's time_budget is used up.")
        deadline = Deadline(self._left)
        hurried = copy.copy(self.notifier)
        hurried.time_budget = self._left
        try:
            result = act(hurried)
        finally:
            self._left = deadline.remaining
        self.has_sent = True
        return result


def _where(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is known of a message as the hook takes it."""
    return {name: value for name, value in message.items() if name not in _OURS}
