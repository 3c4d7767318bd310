"""Takes the README's pictures of messages: posts them to a local Zoom and lets a browser draw it.

It needs Debian's ``chromium``, and looks best with ``fonts-inter`` and
``fonts-noto-color-emoji``::

    python docs/pictures.py
"""

# ruff: noqa: TID251, TID253 - it is a client of the sandbox, and no DAG file.

from __future__ import annotations

import html
import re
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import requests

from airflow_provider_zoomchat.sandbox import Sandbox, world
from airflow_provider_zoomchat.sandbox.html import page

WIDTH = 720  # CSS pixels
SCALE = 2  # device pixels in each of them
SECONDS = 60  # for one run of the browser

DOCS = Path(__file__).parent
RED = "#E02828"
LOG = "https://airflow.example.com/dags/load_orders/runs/2026-03-14/tasks/load"
EXCEPTION = 'ProgrammingError: relation "staging.orders" does not exist'


def picture(messages: Iterable[Mapping[str, Any]], path: Path) -> None:
    """Write a PNG of messages, as the sandbox's state lists them."""
    document = page(messages, path.stem)
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


def post_samples(zoom: Sandbox) -> None:
    """Post an alert through each of the three doors."""
    _post_as_user(zoom)
    _post_as_bot(zoom)
    _post_to_webhook(zoom)


def _post_as_user(zoom: Sandbox) -> None:
    head, words = "❌ load failed in load_orders", "Log · Rerun"
    text = f"{head}\n{EXCEPTION}\nTry 3 of 3 after 4 min 12 s. {words}\n@Ann please have a look."
    spans = [
        _span(text, head, "Bold"),
        _span(text, head, "FontColor", RED[1:]),
        _span(text, EXCEPTION, "Quote"),
        *(_span(text, word, "AddLink", LOG) for word in words.split(" · ")),
    ]
    ann = {**_span(text, "@Ann", ""), "at_type": 1, "at_contact": world.ANN.email}
    _call(
        f"{zoom.url}/v2/chat/users/{world.AIRFLOW.email}/messages",
        _token(zoom, world.SERVER_TO_SERVER),
        {
            "message": text,
            "to_channel": world.DATA_PIPELINES.id,
            "rich_text": spans,
            "at_items": [ann],
        },
    )


def _span(text: str, part: str, kind: str, attribute: str = "") -> dict[str, Any]:
    """Return the place of a part, in UTF-16 units with an inclusive end."""
    before = text[: text.index(part)]
    start, length = (len(piece.encode("utf-16-le")) // 2 for piece in (before, part))
    return {
        "start_position": start,
        "end_position": start + length - 1,
        "format_type": kind,
        "format_attr": attribute,
    }


def _post_as_bot(zoom: Sandbox) -> None:
    body = {
        "robot_jid": world.ROBOT_JID,
        "account_id": world.ACCOUNT_ID,
        "to_jid": world.DATA_PIPELINES.jid,
        "is_markdown_support": True,
        "content": _card(),
    }
    _call(f"{zoom.url}/v2/im/chat/messages", _token(zoom, world.CHATBOT), body)


def _post_to_webhook(zoom: Sandbox) -> None:
    webhook = world.PLAIN_WEBHOOK
    url = f"{zoom.url}/chat/webhooks/incomingwebhook/{webhook.id}?format=full"
    _call(url, webhook.verification_token, {"is_markdown_support": True, "content": _card()})


def _card() -> dict[str, Any]:
    facts = {"DAG": "load_orders", "Task": "load", "Try": "3 of 3", "Took": "4 min 12 s"}
    return {
        "settings": {"default_sidebar_color": RED},
        "head": {
            "text": "❌ load failed",
            "sub_head": {"text": "scheduled run of 14 March, 06:00"},
        },
        "body": [
            {
                "type": "fields",
                "items": [{"key": key, "value": facts[key], "short": True} for key in facts],
            },
            {"type": "message", "text": f"```\n{EXCEPTION}\n```"},
            {"type": "message", "text": f"<{LOG}|Open the log> · <{LOG}|Rerun the task>"},
        ],
    }


def _token(zoom: Sandbox, app: world.App) -> str:
    form = {"grant_type": app.grant_type, "account_id": world.ACCOUNT_ID}
    answer = requests.post(
        f"{zoom.url}/oauth/token", data=form, auth=(app.client_id, app.client_secret), timeout=10
    )
    answer.raise_for_status()
    return f"Bearer {answer.json()['access_token']}"


def _call(url: str, authorization: str, body: Mapping[str, Any]) -> None:
    answer = requests.post(url, json=body, headers={"Authorization": authorization}, timeout=10)
    answer.raise_for_status()


if __name__ == "__main__":
    # A fixed clock, so that a picture changes only if what it shows does.
    with Sandbox(now=lambda: 1_773_468_372.0) as zoom:
        post_samples(zoom)
        picture(zoom.messages(), DOCS / "alerts.png")
