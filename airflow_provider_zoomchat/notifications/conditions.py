"""Why an alert is held back: a silence, `only_if`, or too few failed runs (`after_runs`).

How many runs have failed in a row is counted in a Variable for the DAG and the target, which is
deleted when a run succeeds: no version of Airflow tells every callback this number.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from .._compat import shares_variables
from ..hooks.variables import StateError, retried
from .groups.group import group_key
from .groups.sending import target_of

if TYPE_CHECKING:
    from .base import ZoomNotifier
    from .groups.state import AirflowState
    from .rendering import Draft

log = logging.getLogger(__name__)


def reason_to_hold_back(
    notifier: ZoomNotifier, draft: Draft, state: AirflowState | None
) -> object | None:
    """Return why an alert is held back, for the log; None if it is sent.

    :param state: None where Airflow cannot be asked.
    """
    silence = state.silence() if state else None
    counter = state if notifier.after_runs > 1 else None
    if counter and draft.event.name == "dag_succeeded" and draft.event.dag_id:
        # A good run ends the row, whether or not anybody wants to hear of it.
        with suppress(StateError):
            counter.delete(_key(notifier, draft))
    try:
        if notifier.only_if is not None and not notifier.only_if(draft.event):
            return silence or "only_if says no"
    except Exception:  # the author's fault must not cost an alert
        log.exception("This alert is sent, since its only_if failed.")
    # A run that is silenced counts too.
    return (_too_few_runs(notifier, draft, counter) if counter else None) or silence


def _key(notifier: ZoomNotifier, draft: Draft) -> str:
    """Return the name of the Variable in which failed runs are counted."""
    return f"{group_key(draft.event, target_of(notifier, draft), by='dag')}_runs"


def _too_few_runs(notifier: ZoomNotifier, draft: Draft, state: AirflowState) -> str | None:
    """Count a run that fails, and return why there is no alert of it yet."""
    event = draft.event
    if not (event.dag_id and event.run_id):
        return None
    key = _key(notifier, draft)
    if not (event.kind.is_failure and shares_variables(state.in_dag_processor)):
        return None
    try:
        known = (retried(lambda: state.read(key)) or {}).get("failed_runs")
    except StateError as error:
        log.warning("How many runs have failed is not known, so this alert goes out. %s", error)
        return None
    before = [run for run in known if run != event.run_id] if isinstance(known, list) else []
    runs = [*before, event.run_id][-notifier.after_runs :]
    # A task that is tried again has not failed its run yet.
    if event.kind.state == "failed" and runs != known:
        with suppress(StateError):  # of two tasks that write the same at once, one may fail
            retried(lambda: state.write(key, {"failed_runs": runs}))
    if len(runs) >= notifier.after_runs:
        return None
    return f"Run {len(runs)} of {notifier.after_runs} that fail in a row (after_runs)"
