"""Take the pictures of messages: send them to a local Zoom and let a browser draw it.

Alerts are sent as their notifiers would, a storm by the preview, the examples by a real Airflow,
and blocks of cards as the code above their pictures in ``cards.md`` has them.

It needs Debian's ``chromium``, and looks best with ``fonts-inter`` and
``fonts-noto-color-emoji``::

    python docs/pictures.py         # all of them
    python docs/pictures.py cards   # those of single blocks alone
"""

from __future__ import annotations

import ast
import html
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
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
from airflow_provider_zoomchat.tools.output import without_output
from airflow_provider_zoomchat.tools.preview import storm
from airflow_provider_zoomchat.tools.preview.runner import isolated
from airflow_provider_zoomchat.zoom import cards
from airflow_provider_zoomchat.zoom.cards import actions, button, card, fields, message, section

WIDTH = 720  # CSS pixels
CARD_WIDTH = 500  # of a picture of one block
SCALE = 2  # device pixels in each of them
SECONDS = 60  # for one run of the browser

DOCS = Path(__file__).parent
AIRFLOW = "https://airflow.example.com"
NOW = datetime(2026, 3, 14, 6, 6, 12, tzinfo=timezone.utc)


def picture(document: str, path: Path, width: int = WIDTH) -> None:
    """Write a PNG of a page."""
    with tempfile.TemporaryDirectory() as folder:
        shown = Path(folder) / "page.html"
        shown.write_text(document, encoding="utf-8")
        _browse(
            shown,
            f"--screenshot={path.resolve()}",
            f"--window-size={width},{_height(document, Path(folder), width)}",
            f"--force-device-scale-factor={SCALE}",
        )


def _height(document: str, folder: Path, width: int) -> int:
    """Return how high a document stands, in CSS pixels."""
    # The document forbids scripts, so one measures it from outside.
    frame = folder / "frame.html"
    frame.write_text(
        f'<!doctype html><meta charset="utf-8"><iframe srcdoc="{html.escape(document)}"'
        f' style="width:{width}px;height:1px;border:0" onload="document.title ='
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
    """Send the first card of ``cards.md``."""
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
    with isolated(with_settings=False), without_output():
        (group,) = storm.ready_made(["chatbot"])
    moments = {
        one.name.capitalize(): [one.message, *one.replies] for one in group.shown if one.message
    }
    return sections(moments, "storm")


def examples() -> Iterator[tuple[str, Any]]:
    """Yield each picture in ``cards.md`` with the block that the code above it gives."""
    code = r'```python\n([^`]*)```\n\n<img src="cards/(\w+)\.png"'
    for source, name in re.findall(code, (DOCS / "cards.md").read_text("utf-8")):
        expression = ast.parse(source.strip(), mode="eval")
        yield name, eval(compile(expression, name, "eval"), {"cards": cards})


def take_cards(zoom: Sandbox) -> None:
    """Take the pictures of single blocks."""
    alone = (
        "<style>h2, header, .avatar { display: none } .message, section { padding: 4px }</style>"
    )
    for name, block in examples():
        zoom.reset()
        whole = block if name == "card" else card(None, block)
        ZoomHook("zoom_chatbot_default").send_chatbot_message(content=whole)
        document = page(zoom.messages(), name).replace("</head>", f"{alone}</head>")
        picture(document, DOCS / "cards" / f"{name}.png", CARD_WIDTH)


if __name__ == "__main__":
    is_for_all = sys.argv[1:] != ["cards"]
    if is_for_all:
        picture(storm_page(), DOCS / "storm.png")
    # A fixed clock, so that a picture changes only if what it shows does.
    with Sandbox(now=NOW.timestamp) as zoom:
        os.environ.update(zoom.environment())
        take_cards(zoom)
        posts: dict[str, Callable[[], None]] = {
            "alerts": post_alerts,
            "card": post_card,
            "formatting": lambda: run_example("zoom_formatting"),
            "report": lambda: run_example("zoom_report"),
        }
        for name, post in posts.items() if is_for_all else ():
            zoom.reset()
            post()
            # The last one of the formatting example is a card, of which there is a picture.
            picture(page(zoom.messages()[:3], name, zoom.images()), DOCS / f"{name}.png")
