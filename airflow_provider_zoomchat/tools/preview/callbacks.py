"""The alerts of notifiers: the notifier itself sends them, to the sandbox."""

from __future__ import annotations

import copy
from typing import Any

from ...notifications.base import ZoomNotifier
from . import standins
from .shown import Shown
from .stage import NOT_REFUSED, Stage, named
from .unknown import marked

#: Seconds; nobody waits for the author's own budget here.
_TIME_BUDGET = 60.0


def show(
    stage: Stage,
    notifier: ZoomNotifier,
    context: dict[str, Any],
    *,
    name: str,
    places: tuple[str, ...] = (),
) -> Shown:
    """Send the alert of a notifier, and return how it looks.

    :param notifier: is left as it is.
    :param context: of the callback.
    """
    shown = Shown(name, notifier.app_type, places)
    # A copy says why it could not be sent, instead of writing that into a log.
    ready = copy.copy(notifier)
    ready.on_error, ready.time_budget = "raise", _TIME_BUDGET
    try:
        draft = ready.draft(context)
    except NOT_REFUSED:
        raise
    except BaseException as error:  # some of Airflow's own are no Exception
        shown.refusals.append(str(error) if _is_ours(error) else named(error))
        return shown
    if draft is None:
        shown.notes.append("For this, Airflow calls twice: nothing is sent the second time.")
        return shown
    for note in draft.notes:
        # What a stand-in breaks, a real run may not.
        (shown.notes if marked(note) else shown.refusals).append(note)
    given = {**draft.arguments, "mention": list(draft.mentions)}
    for argument in standins.PLACES:
        if argument in given and marked(str(given[argument])):
            setattr(ready, argument, None)
            found = marked(str(given[argument]))[0]
            shown.notes.append(f"{argument}, {found}, is left out here.")
    for argument in ("reply_to", "reply_main_message_id"):
        if given.get(argument):
            setattr(ready, argument, None)
            shown.notes.append(f"{argument} is left out: the thread is known only in a run.")
    # As it is now: rendered again, a template might name another.
    ready.zoom_conn_id = "zoom_preview" if marked(draft.zoom_conn_id) else draft.zoom_conn_id

    def send() -> None:
        stage.hook(ready.zoom_conn_id, notifier.app_type)
        ready.notify(context)

    return stage.filled(shown, stage.attempt(send))


def _is_ours(error: BaseException) -> bool:
    return type(error).__module__.startswith(__name__.partition(".")[0])
