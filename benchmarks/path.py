"""How much of this package one message goes through: calls, functions, files, changes of file.

Not a matter of speed but of reading: these are the places that somebody visits who follows a
message from the operator, or an alert from the callback, to the request. Counted in a warm process
with `sys.setprofile`: calls of the package's own Python functions, in all threads.
"""

from __future__ import annotations

import copy
import inspect
import logging
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType, SimpleNamespace
from typing import Any

import airflow_provider_zoomchat
from airflow_provider_zoomchat.notifications.zoom import ZoomChatbotNotifier, ZoomChatNotifier
from airflow_provider_zoomchat.operators.zoom import ZoomChatMessageOperator
from airflow_provider_zoomchat.sandbox import Sandbox

PACKAGE = str(Path(airflow_provider_zoomchat.__file__).parent)
#: What plays Zoom is not on the way of a message.
SANDBOX = f"{PACKAGE}/sandbox"


class Counter:
    """Counts the calls of the package's functions.

    :param reports: prints each call as ``file:function``, a line each.
    """

    def __init__(self, *, reports: bool = False) -> None:
        self.calls = self.changes = 0
        self.functions: set[tuple[str, str]] = set()
        self.files: set[str] = set()
        self._reports = reports
        self._generators: list[FrameType] = []
        self._last = ""

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        """Count a call; a profiler of `sys.setprofile`."""
        name = frame.f_code.co_filename
        if event != "call" or not name.startswith(PACKAGE) or name.startswith(SANDBOX):
            return
        # Comprehensions are part of their function, and a generator that goes on is no new call.
        if frame.f_code.co_name.startswith("<") or frame in self._generators:
            return
        if frame.f_code.co_flags & inspect.CO_GENERATOR:
            self._generators.append(frame)
        self.calls += 1
        self.functions.add((name, frame.f_code.co_name))
        self.files.add(name)
        self.changes += name != self._last
        self._last = name
        if self._reports:
            print(f"  {name.removeprefix(PACKAGE)[1:]}:{frame.f_code.co_name}")

    def count(self, action: Callable[[], object]) -> None:
        """Do something, and count what it calls."""
        threading.setprofile(self)
        sys.setprofile(self)
        try:
            action()
        finally:
            sys.setprofile(None)
            threading.setprofile(None)


def failed_task() -> dict[str, Any]:
    """Return the context of a task that has failed."""
    ti = SimpleNamespace(
        dag_id="sales_daily",
        task_id="load_orders",
        run_id="manual__1",
        map_index=-1,
        try_number=2,
        max_tries=1,
        state="failed",
        log_url="https://airflow.example.com/dags/sales_daily/runs/manual__1/tasks/load_orders",
    )
    return {"ti": ti, "run_id": "manual__1", "exception": ValueError("column 'qty' is missing")}


def main() -> None:
    """Print the figures of a message, an alert and a card alert."""
    # Before Airflow is imported; it logs in a way of its own.
    logging.disable(logging.CRITICAL)
    reports = "--calls" in sys.argv

    class Ti:
        max_tries = 0

        def xcom_push(self, **_: Any) -> None:
            """Take it."""

    def run() -> None:
        operator = copy.copy(template)
        context: Any = {"ti": Ti()}
        operator.render_template_fields(context)
        operator.execute(context)

    template = ZoomChatMessageOperator(
        task_id="post",
        message="Load **finished**, see [the log](https://example.com)",
        markdown=True,
    )
    as_user, as_bot = ZoomChatNotifier(on_error="raise"), ZoomChatbotNotifier(on_error="raise")
    actions: dict[str, Callable[[], object]] = {
        "message (operator, markdown)": run,
        "alert (user)": lambda: as_user(failed_task()),
        "alert (bot, a card)": lambda: as_bot(failed_task()),
    }
    with Sandbox() as zoom:
        os.environ.update(zoom.environment())
        print(f"{'':30} {'calls':>6} {'functions':>10} {'files':>6} {'changes':>8}")
        for name, action in actions.items():
            action()  # what only the first one pays: imports, token, caches
            action()
            if reports:
                print(name)
            counter = Counter(reports=reports)
            counter.count(action)
            print(
                f"{name:30} {counter.calls:6} {len(counter.functions):10} {len(counter.files):6} "
                f"{counter.changes:8}"
            )


if __name__ == "__main__":
    main()
