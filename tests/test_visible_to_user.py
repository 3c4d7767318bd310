"""What one person alone sees of a bot stays so when it is edited."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from test_operators import Store, run

from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.operators.zoom import ZoomChatbotMessageOperator
from airflow_provider_zoomchat.sandbox import Sandbox, world


def bot(**arguments: Any) -> ZoomChatbotMessageOperator:
    return ZoomChatbotMessageOperator(task_id="t", **arguments)


def readers(zoom: Sandbox) -> list[tuple[str, str | None]]:
    """Return each call that sent or edited, with the reader it named."""
    return [
        (call["method"], call["body"].get("visible_to_user"))
        for call in zoom.requests("/im/chat/messages")
    ]


def test_an_edit_names_its_reader(zoom: Sandbox) -> None:
    """An edit carries the reader that it is given, templated, and none if none is given."""
    first = run(bot(message="one", visible_to_user=world.ANN.jid))
    edit = bot(
        operation="edit", message_id=first, message="two", visible_to_user="{{ params.who }}"
    )
    edit.render_template_fields({"params": {"who": world.ANN.jid}})
    run(edit)
    run(bot(operation="edit", message_id=first, message="three"))
    ann = world.ANN.jid
    assert readers(zoom) == [("POST", ann), ("PUT", ann), ("PUT", None)]
    assert "visible_to_user" not in zoom.requests("/im/chat/messages")[2]["body"]
    assert zoom.messages()[0]["text"] == "three"


def test_the_hook_edits_for_one_reader(zoom: Sandbox) -> None:
    """The hook's edit takes the reader as its send does."""
    hook = ZoomHook("zoom_chatbot_default")
    first = hook.send_chatbot_message(message="one", visible_to_user=world.ANN.id)
    assert first
    hook.edit_chatbot_message(first, message="two", visible_to_user=world.ANN.id)
    assert readers(zoom) == [("POST", world.ANN.id), ("PUT", world.ANN.id)]


def test_a_retry_edits_for_the_same_reader(zoom: Sandbox) -> None:
    """A task that is tried again with another text edits what one person sees, for that person."""
    store = Store()
    first = run(bot(message="one", visible_to_user=world.ANN.jid), store=store)
    assert run(bot(message="two", visible_to_user=world.ANN.jid), store=store) == first
    assert readers(zoom) == [("POST", world.ANN.jid), ("PUT", world.ANN.jid)]


def test_a_report_edits_for_the_same_reader(
    zoom: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, airflow_home: str
) -> None:
    """A report that is tried again edits for the person who alone sees it."""
    pytest.importorskip("airflow.providers.sqlite")
    from airflow_provider_zoomchat.transfers.sql_to_zoom_chat import SqlToZoomChatOperator

    sqlite3.connect(tmp_path / "x.db").close()
    value = json.dumps({"conn_type": "sqlite", "host": str(tmp_path / "x.db")})
    monkeypatch.setenv("AIRFLOW_CONN_SALES", value)
    store = Store()
    for number in (1, 2):
        report = SqlToZoomChatOperator(
            task_id="report",
            sql=f"SELECT {number} AS n",
            sql_conn_id="sales",
            visible_to_user=world.ANN.jid,
            zoom_conn_id="zoom_chatbot_default",
        )
        run(report, store=store)
    assert readers(zoom) == [("POST", world.ANN.jid), ("PUT", world.ANN.jid)]
