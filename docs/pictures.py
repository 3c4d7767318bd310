"""Take the README's pictures: send messages to a local Zoom and let a browser draw it.

Alerts are sent as their notifiers would, a storm by the preview, the examples by a real Airflow.

It needs Debian's ``chromium``, and looks best with ``fonts-inter`` and
``fonts-noto-color-emoji``::

    python docs/pictures.py
"""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.notifications.zoom import (
    ZoomChatbotNotifier,
    ZoomChatNotifier,
    ZoomWebhookNotifier,
)
from airflow_provider_zoomchat.sandbox import Sandbox
from airflow_provider_zoomchat.sandbox.render.html import page, sections
from airflow_provider_zoomchat.tools.preview import isolation, storm
from airflow_provider_zoomchat.zoom.cards import actions, button, card, fields, message, section

WIDTH = 720  # CSS pixels
SCALE = 2  # device pixels in each of them
SECONDS = 60  # for one run of the browser

DOCS = Path(__file__).parent
AIRFLOW = "https://airflow.example.com"
NOW = datetime(2026, 3, 14, 6, 6, 12, tzinfo=timezone.utc)


def picture(document: str, path: Path) -> None:
    """Write a PNG of a page."""
    with tempfile.TemporaryDirectory() as folder:
        shown = Path(folder) / "page.html"
        shown.write_text(document, encoding="utf-8")
        _browse(
            shown,
            f"--screenshot={path.resolve()}",
            f"--window-size={WIDTH},{_height(document, Path(folder))}",
            f"--force-device-scale-factor={SCALE}",
        )


def _height(document: str, folder: Path) -> int:
    """Return how high a document stands, in CSS pixels."""
    # The document forbids scripts, so one measures it from outside.
    frame = folder / "frame.html"
    frame.write_text(
        f'<!doctype html><meta charset="utf-8"><iframe srcdoc="{html.escape(document)}"'
        f' style="width:{WIDTH}px;height:1px;border:0" onload="document.title ='
        ' `height ${this.contentDocument.documentElement.scrollHeight}`"></iframe>',
        encoding="utf-8",
    )
    measured = re.search("<title>height ([0-9]+)</title>", _browse(frame, "--dump-dom"))
    if measured is None:
        raise SystemExit("The browser did not measure the page.")
    return int(measured[1])


def _browse(file: Path, *options: str) -> str:
    command = ["chromium", "--headless", "--no-sandbox", "--hide-scrollbars", *options]
    run = subprocess.run(
        [*command, file.as_uri()], capture_output=True, text=True, check=True, timeout=SECONDS
    )
    return run.stdout


def post_alerts() -> None:
    """Send an alert through each of the three APIs."""
    ZoomChatNotifier(mention="ann@example.com", on_error="raise")(failed_task())
    ZoomChatbotNotifier(on_error="raise")(asked_approval())
    ZoomWebhookNotifier(on_error="raise")(retried_task())


def failed_task() -> dict[str, Any]:
    """Return the context of a task that has failed for good."""
    ti = task_instance(state="failed", try_number=2)
    return {"ti": ti, "exception": ValueError("column 'qty' is missing"), **run()}


def retried_task() -> dict[str, Any]:
    """Return the context of a task that will be tried again."""
    ti = task_instance(state="up_for_retry", try_number=1)
    return {"ti": ti, "exception": ConnectionError("the shop does not answer"), **run()}


def asked_approval() -> dict[str, Any]:
    """Return the context of a task that asks somebody."""
    ti = task_instance(state="running", task_id="publish")
    ti.task.subject = "Publish the sales of 2026-03-14?"
    ti.task.body = "48,210 rows, 12 without a quantity."
    ti.task.options = ["Publish", "Keep back"]
    return {"ti": ti, "task": ti.task, **run()}


def task_instance(**known: Any) -> SimpleNamespace:
    """Return a task instance as Airflow hands it to callbacks."""
    known = {"task_id": "load_orders", "try_number": 1, **known}
    url = f"{AIRFLOW}/dags/sales_daily/runs/scheduled__2026-03-14/tasks/{known['task_id']}"
    return SimpleNamespace(
        dag_id="sales_daily",
        map_index=-1,
        max_tries=1,
        start_date=NOW - timedelta(minutes=4, seconds=12),
        end_date=NOW,
        log_url=f"{url}?try_number={known['try_number']}",
        task=SimpleNamespace(owner="data-team", retry_delay=timedelta(minutes=5)),
        **known,
    )


def run() -> dict[str, Any]:
    """Return what a context holds of the run."""
    dag_run = SimpleNamespace(
        dag_id="sales_daily",
        run_id="scheduled__2026-03-14",
        run_type="scheduled",
        logical_date=datetime(2026, 3, 14, 6, tzinfo=timezone.utc),
        state="running",
    )
    return {"dag_run": dag_run}


def post_card() -> None:
    """Send the README's card."""
    content = card(
        "Data quality of orders",
        message("**12 of 48,210 rows** have no price.", markdown=True),
        fields({"Table": "sales.orders", "Run": "scheduled__2026-03-14"}),
        section(message("Two rules are broken"), color="#d64545", footer="since yesterday"),
        actions(button("Open", "open", style="Primary"), button("Ignore", "ignore")),
        color="#2e9e5b",
    )
    ZoomHook("zoom_chatbot_default").send_chatbot_message(content=content)


def run_example(dag_id: str) -> None:
    """Run an example DAG for the day of `NOW` with an Airflow of its own."""
    with tempfile.TemporaryDirectory() as folder:
        database = {"conn_type": "sqlite", "host": f"{folder}/report.db"}
        environment = {
            **os.environ,
            "AIRFLOW_HOME": folder,
            "AIRFLOW__CORE__DAGS_FOLDER": str(DOCS.parent / "example_dags"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW_CONN_ZOOM_REPORT_DB": json.dumps(database),
        }
        day = NOW.date().isoformat()
        for arguments in (["db", "migrate"], ["dags", "test", dag_id, day]):
            command = [sys.executable, "-m", "airflow", *arguments]
            subprocess.run(command, env=environment, check=True, capture_output=True)


def storm_page() -> str:
    """Return a bot's message at its first failure, in a storm, and when the run has recovered.

    It is what ``zoomchat preview --alert group`` shows.
    """
    with isolation.isolated(with_settings=False), isolation.quiet():
        (group,) = storm.ready_made(["chatbot"])
    moments = {
        one.name.capitalize(): [one.message, *one.replies] for one in group.shown if one.message
    }
    return sections(moments, "storm")


if __name__ == "__main__":
    picture(storm_page(), DOCS / "storm.png")
    # A fixed clock, so that a picture changes only if what it shows does.
    with Sandbox(now=NOW.timestamp) as zoom:
        os.environ.update(zoom.environment())
        posts: dict[str, Callable[[], None]] = {
            "alerts": post_alerts,
            "card": post_card,
            "formatting": lambda: run_example("zoom_formatting"),
            "report": lambda: run_example("zoom_report"),
        }
        for name, post in posts.items():
            zoom.reset()
            post()
            # The last one of the formatting example is a card, of which there is a picture.
            picture(page(zoom.messages()[:3], name, zoom.images()), DOCS / f"{name}.png")
