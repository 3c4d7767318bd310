"""A DAG with everything that a preview finds hard."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from airflow.models import Variable
from airflow.providers.common.compat.sdk import DAG, task

from airflow_provider_zoomchat.notifications.zoom import ZoomChatbotNotifier, ZoomChatNotifier
from airflow_provider_zoomchat.operators.zoom import (
    ZoomChatbotMessageOperator,
    ZoomChatMessageOperator,
)
from airflow_provider_zoomchat.transfers.sql_to_zoom_chat import SqlToZoomChatOperator

#: What is no id of a connection, by task.
NO_IDS: dict[str, Any] = {"nowhere": None, "unnamed": "", "numbered": 5, "odd": "a=b"}


def fetch() -> Any:
    """Ask Airflow for what is not here."""
    return Variable.get("zoom_preview_nobody")


class TeamMessage(ZoomChatMessageOperator):
    """Has nothing but arguments of its own."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(message="From the team: {{ ds }}", **kwargs)


class Careful(ZoomChatMessageOperator):
    """Does something of its own."""

    def execute(self, context: Any) -> str | None:
        """Do what nobody may do in a preview."""
        raise SystemExit("this was run")


class Loud(ZoomChatNotifier):
    """Does something of its own, too."""

    def notify(self, context: Any) -> None:
        """Do what nobody may do in a preview."""
        raise SystemExit("this was run")


class Wrapped(DAG):
    """A company's own DAG."""

    def get_template_env(self, **options: Any) -> Any:
        """Add a name."""
        env = super().get_template_env(**options)
        env.globals["company"] = "ACME"
        return env


def changed_alert() -> ZoomChatNotifier:
    """Return a notifier that does something of its own."""
    notifier: Any = ZoomChatNotifier()
    notifier.notify = Loud.notify
    return notifier  # type: ignore[no-any-return]


def alert() -> ZoomChatNotifier:
    """Return a notifier that equals the others."""
    return ZoomChatNotifier(
        "{{ event.task_id }} broke: {{ var.json.team.lead }}", mention="{{ var.value.whom }}"
    )


with Wrapped(
    "awkward",
    schedule=None,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    params={"owner": "ann@example.com"},
    default_args={"owner": "data-team", "on_failure_callback": alert()},
    on_failure_callback=[ZoomChatbotNotifier(), Loud(), changed_alert()],
    user_defined_macros={"team": "Sales", "half": lambda value: int(value) / 2, "fetch": fetch},
    user_defined_filters={"shout": lambda value: f"{value}!"},
) as dag:

    @task
    def load() -> Any:
        """Never run in a preview."""
        raise SystemExit("this was run")

    left: Any = load()

    def say(task_id: str, message: Any, **arguments: Any) -> None:
        """Add a task."""
        ZoomChatMessageOperator(task_id=task_id, message=message, **arguments)

    TeamMessage(task_id="team", on_failure_callback=alert())
    Careful(task_id="careful", message="x")
    Careful.partial(task_id="many").expand(message=["x", "y"])
    changed: Any = ZoomChatMessageOperator(task_id="changed", message="x")
    changed.execute = Careful.execute
    ZoomChatMessageOperator.partial(task_id="mapped").expand(message=["one {{ ds }}", "two"])
    ZoomChatMessageOperator.partial(task_id="mapped_later").expand(message=left)
    ZoomChatMessageOperator.partial(task_id="mapped_kwargs").expand_kwargs(left)
    ZoomChatMessageOperator.partial(task_id="never").expand(message=[])
    say(
        "unknown",
        "{{ var.value.team }} / {{ conn.db.host }} / {{ dag_run.conf.day }} / {{ params.owner }}",
        to_channel="{{ var.value.channel }}",
    )
    say(
        "counts",
        "{{ ti.xcom_pull('load') | length }} of {{ ti.xcom_pull('load') + 1 }}"
        "{% for row in ti.xcom_pull('load').rows %}, {{ row.name | upper }}{% endfor %}",
    )
    say("own", "{{ team | shout }} {{ half(8) }} {{ company }} {{ task.owner }} {{ dag.dag_id }}")
    say("fetched", "{{ fetch() }}")
    say("halved", "{{ half(ti.xcom_pull('load')) }}")
    say("pairs", "{% for name, rows in ti.xcom_pull('load') %}{{ name }}: {{ rows }}{% endfor %}")
    say("edit", "Edited", operation="edit", message_id="{{ ti.xcom_pull('elsewhere') }}")
    ZoomChatbotMessageOperator(
        task_id="answer", message="An answer", reply_to="{{ ti.xcom_pull('elsewhere') }}"
    )
    say("files", "A chart", files=["/nowhere/chart.png", "{{ ti.xcom_pull('x') }}"])
    say("mistaken", "{{ 1 / 0 }}")
    say("unclosed", "{{ ds ")
    say("long", "x" * 5000)
    for name, no_id in NO_IDS.items():
        say(name, "x", zoom_conn_id=no_id)
    reports = {"report": "zoom_default", "card_report": "zoom_chatbot_default", "any": "team"}
    for name, conn_id in reports.items():
        SqlToZoomChatOperator(
            task_id=name,
            sql="SELECT region, count(*) AS orders FROM orders",
            sql_conn_id="nowhere",
            zoom_conn_id=conn_id,
            message="Orders",
        )
