"""What alerts say and what they keep to themselves, over a socket to the local Zoom."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import DAG, AirflowTaskTimeout
from test_notifiers import failed, texts

from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.notifications.alerts import Alert
from airflow_provider_zoomchat.notifications.zoom import (
    ZoomChatbotNotifier,
    ZoomChatNotifier,
    ZoomWebhookNotifier,
)
from airflow_provider_zoomchat.sandbox import Sandbox, world
from airflow_provider_zoomchat.sandbox.render.lines import emphasis

DSN = "postgresql://etl:hunter2-hunter2@db/shop"


@pytest.mark.parametrize(
    "message",
    [
        None,
        "{{ exception }}",
        "{{ event.exception }}",
        "{{ params.dsn }}",
        "{{ params.dsn | zoom_code }}",
        "{{ params.dsn[:20] | zoom_code }}{{ params.dsn[20:] }}",
        "{{ ('https://etl:hunter2-hunter2@a.example/' ~ ds) | zoom_link('log of db/shop') }}",
        "{{ 1 / 0 if exception else '' }} {{ params.dsn }}",
        "{{ no_such_name(params.dsn) }}",
    ],
)
def test_a_password_in_an_address(zoom: Sandbox, message: str | None) -> None:
    """A password that Airflow knows nothing of is shown in no form of an alert, its host is."""
    context = failed(error=ValueError(f"no route to {DSN}"), params={"dsn": DSN}, ds="2026-11-20")
    ZoomChatNotifier(message, mention=DSN, on_error="raise")(context)
    ZoomChatNotifier(message, markdown=True, on_error="raise")(context)
    ZoomChatbotNotifier(message, on_error="raise")(context)
    if message:
        card = {"head": {"text": message}, "body": [{"type": "message", "text": DSN}]}
        ZoomChatbotNotifier(content=card, on_error="raise")(context)
    assert "hunter2" not in json.dumps([zoom.messages(), zoom.requests("/chat")])
    assert all("db/shop" in text for text in texts(zoom))


def test_a_link_that_was_signed(zoom: Sandbox) -> None:
    """A signed address that the author hands on as a link stays one; in an error it is masked."""
    url = "https://a.example/report?X-Amz-Signature=abc123"
    ZoomChatNotifier("{{ url | zoom_link('Report') }}: {{ event.exception }}", on_error="raise")(
        failed(error=ValueError(url), url=url)
    )
    (message,) = zoom.messages()
    assert message["text"] == "Report: ValueError: https://a.example/report?X-Amz-Signature=***"
    assert url in json.dumps(message["rich_text"])


def test_a_password_in_the_log(zoom: Sandbox, logged: Callable[[], str]) -> None:
    """The line, and the traceback, for an error that nobody thought of name no password."""

    class Faulty(ZoomChatNotifier):
        def forms(self, *arguments: Any) -> Any:
            raise RuntimeError(f"no route to {DSN}")

    Faulty()(failed())
    said = logged()
    assert "No alert was sent. RuntimeError: no route to postgresql://etl:***@db/shop" in said
    assert "Traceback (most recent call last)" in said
    assert "hunter2" not in said


@pytest.mark.parametrize(
    ("notifier", "place"),
    [
        (ZoomChatNotifier, world.DATA_PIPELINES.id),
        (ZoomChatbotNotifier, world.DATA_PIPELINES.id),
        (ZoomWebhookNotifier, "the webhook's channel"),
        (lambda: ZoomChatNotifier(to_contact="ann@example.com"), "ann@example.com"),
        (lambda: ZoomChatNotifier("{{ event.task_id }} broke\nfor good"), world.DATA_PIPELINES.id),
        (
            lambda: ZoomChatbotNotifier(content={"head": {"text": "load_orders broke"}}),
            world.DATA_PIPELINES.id,
        ),
    ],
)
def test_a_sent_alert_leaves_a_line(
    zoom: Sandbox, logged: Callable[[], str], notifier: Any, place: str
) -> None:
    """The log says that an alert was sent, where to, and its id where Zoom gives one."""
    notifier()(failed())
    (message,) = zoom.messages()
    lines = [line for line in logged().splitlines() if "Alert sent to" in line]
    assert len({line[line.index("Alert sent to") :] for line in lines}) == 1
    assert place in lines[0]
    assert "load_orders" in lines[0]
    assert "for good" not in lines[0]
    assert ("message id" in lines[0]) == (notifier is not ZoomWebhookNotifier)
    if notifier is not ZoomWebhookNotifier:
        assert message["id"] in lines[0]


def test_an_alert_that_was_not_sent_leaves_no_such_line(
    connect: Callable[..., ZoomHook], zoom: Sandbox, logged: Callable[[], str]
) -> None:
    """Neither a muted connection nor a refusal says that an alert was sent."""
    connect(muted=True)
    ZoomChatNotifier(zoom_conn_id="zoom_test")(failed())
    zoom.fail(403, path="/chat/users")
    ZoomChatNotifier()(failed())
    assert "Alert sent" not in logged()


def test_a_question_in_markdown(zoom: Sandbox) -> None:
    """The body of a question arrives with its formats, as a user and as a bot."""
    task = SimpleNamespace(
        task_id="ask", subject="Publish?", body="**12** rows, `orders`", options=["Yes"], owner=""
    )
    ti = SimpleNamespace(dag_id="d", task_id="ask", run_id="r", state="running", task=task)
    for notifier in (ZoomChatNotifier, ZoomChatbotNotifier, ZoomWebhookNotifier):
        notifier(on_error="raise")({"ti": ti, "task": task})
    for message in zoom.messages():
        seen = dict(emphasis(message))
        assert seen["12"] == {"bold"}
        assert seen["orders"] == {"code"}


@pytest.mark.parametrize("kind", [ZoomChatNotifier, ZoomChatbotNotifier])
def test_an_alert_between_delimiters_of_the_dags_own(zoom: Sandbox, kind: Any) -> None:
    """An alert's templates have the delimiters of the DAG, and all else in braces stays words."""
    own = {
        **{"variable_start_string": "<<", "variable_end_string": ">>"},
        **{"block_start_string": "<%", "block_end_string": "%>"},
    }
    dag = DAG("sales_daily", schedule=None, jinja_environment_kwargs=own)
    mine = Alert(
        "task_failed",
        "<< params.team >>: {task} of {dag} <% if 1 %>broke<% endif %>",
        fields={"Braces": "{{ params.team }} {task}", "Words": "{run}"},
        links={"Runbook": "https://wiki.example.com/<< params.team >>/{dag}"},
    )
    context = failed(dag=dag, params={"team": "data"}, error=ValueError("<< no >> {dag}"))
    kind(alerts=[mine], on_error="raise")(context)
    (message,) = zoom.messages()
    shown = f"{Sandbox.shown(message)}{message['rich_text']}{message['content']}"
    assert "data: load_orders of sales_daily broke" in shown
    assert "{{ params.team }} load_orders" in shown
    assert "https://wiki.example.com/data/sales_daily" in shown
    assert "Note" not in shown


def test_a_template_that_runs_out_of_time(zoom: Sandbox) -> None:
    """An alert goes without the part whose template Airflow has ended, and says so."""

    def end(*_: object) -> None:
        raise AirflowTaskTimeout("took too long")

    mine = Alert("task_failed", "{task} broke", fields={"Rows": "{{ rows() }}"})
    ZoomChatNotifier(alerts=[mine], on_error="raise")(failed(rows=end))
    (message,) = zoom.messages()
    assert "load_orders broke" in message["text"]
    assert "AirflowTaskTimeout: took too long" in message["text"]
