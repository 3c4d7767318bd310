"""What a notifier does to the message of a group, through the sandbox."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, ClassVar

from test_groups import Airflow

from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.notifications.groups.sending import group_of, send_in
from airflow_provider_zoomchat.notifications.rendering import Draft
from airflow_provider_zoomchat.notifications.zoom import ZoomChatNotifier
from airflow_provider_zoomchat.sandbox import Sandbox


class Noted(ZoomChatNotifier):
    """Notes how many seconds each call has."""

    budgets: ClassVar[list[float]] = []

    def change(self, draft: Draft, change: Callable[[ZoomHook], Any]) -> None:
        """Note it."""
        self.budgets.append(self.time_budget or 0.0)
        super().change(draft, change)


def fails(airflow: Airflow, notifier: ZoomChatNotifier, task_id: str) -> None:
    """Let a task of a run fail, a minute after the one before."""
    ti = SimpleNamespace(
        dag_id="sales", task_id=task_id, run_id="r1", map_index=-1, try_number=1, state="failed"
    )
    context = {"ti": ti, "run_id": "r1", "exception": ValueError("no column")}
    draft = notifier.draft(context)
    assert draft
    group = group_of(notifier, draft, context)
    assert group
    send_in(replace(group, interval=0.0), notifier, draft, airflow, now=lambda: airflow.clock)
    airflow.clock += 60


def test_one_time_budget(zoom: Sandbox) -> None:
    """All that one callback does in Zoom is in one time budget; the next one has its own."""
    airflow, notifier = Airflow(), Noted(time_budget=50, on_error="raise")
    Noted.budgets.clear()
    for task_id in ("extract", "load", "report"):
        fails(airflow, notifier, task_id)
    edits, replies = Noted.budgets[::2], Noted.budgets[1::2]
    assert edits == [50, 50]
    assert all(0 < reply < 50 for reply in replies)
    assert len(replies) == 2
    assert "3 of 160 tasks failed" in zoom.messages()[0]["text"]


def test_a_thread_that_is_gone(zoom: Sandbox) -> None:
    """An alert whose thread is gone goes without it, once, and what replies to it stands there."""
    hook = ZoomHook()
    gone = hook.send_message(message="to be deleted")
    assert gone
    hook.delete_message(gone)
    calls = len(zoom.requests("/messages"))
    airflow = Airflow()
    notifier = ZoomChatNotifier(
        "boom", group_by="run", reply_main_message_id=gone, on_error="raise", mention="Ann"
    )
    fails(airflow, notifier, "extract")
    assert len(zoom.requests("/messages")) - calls == 2
    fails(airflow, notifier, "load")
    _, alert, reply = zoom.messages()
    assert (alert["reply_to"], reply["reply_to"]) == (None, alert["id"])
