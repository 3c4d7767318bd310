"""One message, card or ready-made alert on every API that can show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from airflow.providers.common.compat.sdk import DAG

from ... import _compat
from ...notifications import zoom as notifiers
from ...notifications.alert import EVENTS
from ...operators.zoom import (
    ZoomChatbotMessageOperator,
    ZoomChatMessageOperator,
    ZoomWebhookMessageOperator,
)
from . import callbacks, lookups, sample, tasks
from .given import Given
from .shown import CALLED, Group, PreviewError
from .stage import Stage
from .templates import Noted, macros, prepare

_OPERATORS: Mapping[str, Any] = {
    "server_to_server": ZoomChatMessageOperator,
    "chatbot": ZoomChatbotMessageOperator,
    "incoming_webhook": ZoomWebhookMessageOperator,
}
_NOTIFIERS: Mapping[str, Any] = {
    "server_to_server": notifiers.ZoomChatNotifier,
    "chatbot": notifiers.ZoomChatbotNotifier,
    "incoming_webhook": notifiers.ZoomWebhookNotifier,
}


def preview(given: Given, app_types: Sequence[str], names: Mapping[str, Any]) -> list[Group]:
    """Return a message or a card on each API.

    :param app_types: none stands for every App type that can show it.
    :param names: what templates see in place of what they would; `xcoms` by task id.
    :raises PreviewError: an API cannot show it, or every API refuses it for the same reason.
    """
    is_card = given.kind == "card"
    if is_card and "server_to_server" in app_types:
        raise PreviewError(
            "a user cannot post cards in Zoom: use --app-type chatbot or --app-type "
            "incoming_webhook."
        )
    able = [each for each in _OPERATORS if not (is_card and each == "server_to_server")]
    what: dict[str, Any] = {"content" if is_card else "message": given.value}
    if given.kind == "markdown":
        what["markdown"] = True
    group = Group(given.name)
    note = Noted()
    with Stage() as stage:
        for app_type in app_types or able:
            folder = str(Path(given.name).resolve().parent)
            with DAG("sales_daily", schedule=None, template_searchpath=[folder]) as dag:
                task = _OPERATORS[app_type](task_id="load_orders", **what)
            prepare(dag, note)
            xcoms: lookups.XComs = {
                (str(name), "return_value"): value for name, value in names.get("xcoms", {}).items()
            }
            context = sample.context(
                dag,
                task,
                "",
                xcoms=xcoms,
                names=names,
                macros=macros(_compat.template_macros()),
                note=note,
                base_url=_compat.base_url(),
            )
            shown = tasks.show(stage, task, context, xcoms, name=CALLED[app_type])
            shown.notes += note.taken()
            group.shown.append(shown)
    reasons = {" ".join(shown.refusals) for shown in group.shown}
    if len(reasons) == 1 and not any(shown.message for shown in group.shown) and any(reasons):
        raise PreviewError(f"{given.name}: {reasons.pop()}")
    return [group]


def alert(event: str, app_types: Sequence[str], names: Mapping[str, Any]) -> list[Group]:
    """Return the ready-made alert for an event on each API.

    :param event: its name, for example ``task_failed``.
    :raises PreviewError: there is no such event.
    """
    known = [name for name in EVENTS if name != "unknown"]
    if event not in known:
        raise PreviewError(f"there is no event {event!r}. The events are {', '.join(known)}.")
    group = Group(f"alert {event}")
    task, dag = sample.task_and_dag(event)
    with Stage() as stage:
        for app_type in app_types or CALLED:
            context = sample.context(
                dag,
                task,
                event,
                xcoms={},
                names=names,
                macros=None,
                note=lambda _: None,
                base_url=_compat.base_url(),
            )
            notifier = _NOTIFIERS[app_type]()
            group.shown.append(callbacks.show(stage, notifier, context, name=CALLED[app_type]))
    return [group]
