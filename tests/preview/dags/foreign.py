"""A DAG with code of its author's in places where Airflow would run it."""

from __future__ import annotations

import copy
import traceback
from datetime import datetime
from typing import Any

from airflow.providers.common.compat.sdk import DAG, task

from airflow_provider_zoomchat.notifications.alert import Alert
from airflow_provider_zoomchat.notifications.zoom import ZoomChatNotifier
from airflow_provider_zoomchat.operators.zoom import ZoomChatMessageOperator
from airflow_provider_zoomchat.transfers.sql_to_zoom_chat import SqlToZoomChatOperator


def run(*_: Any, **__: Any) -> Any:
    """Do what nobody may do in a preview, but Airflow while it reads the file."""
    if any(frame.name == "dags_in" for frame in traceback.extract_stack()):
        return ""
    raise SystemExit("this was run")


#: What is no id of a connection, by task.
NO_IDS: dict[str, Any] = {"nowhere": None, "unnamed": "", "numbered": 5, "odd": "a=b"}


class Warehouse:
    """A macro with a property."""

    rows = property(run)


class Acme(ZoomChatMessageOperator):
    """An operator of another provider."""

    __module__ = "airflow.providers.acme.operators.zoom"
    execute = run


class Chatty(ZoomChatMessageOperator):
    """Has a property that a template may look at."""

    secret = property(run)


class Lazy(str):
    """A text that is made when it is looked at."""

    __slots__ = ()
    __str__ = run


class Rendered(ZoomChatMessageOperator):
    """Has a field of its own, which is made when it is looked at."""

    template_fields = (*ZoomChatMessageOperator.template_fields, "region")
    region = property(run, lambda *_: None)


class Made(ZoomChatMessageOperator):
    """Does something when one is made; for a mapped task Airflow makes several, in the run."""

    def __init__(self, *, table: str, **kwargs: Any) -> None:
        run()
        super().__init__(message=table, **kwargs)


class Worded(Alert):
    """An alert that is made when it is looked at."""

    color = property(run)


class Wrapped(DAG):
    """A company's own DAG."""

    get_template_env = run


with DAG(
    "foreign",
    schedule=None,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    user_defined_macros={
        "ask": run,
        "team": "Sales",
        "config": {"rows": [3], "ask": run},
        "warehouse": Warehouse(),
    },
    user_defined_filters={"shout": run},
) as dag:

    @task
    def load() -> Any:
        """Never run in a preview."""
        run()

    ZoomChatMessageOperator(
        task_id="macros",
        message=(
            "{{ ask() }} {{ team }} {{ config.rows[0] }} {{ config.ask(1) }} {{ warehouse.rows }}"
        ),
    )
    ZoomChatMessageOperator(task_id="filters", message="{{ team | shout }}")
    Chatty(
        task_id="views",
        owner="ann",
        message="{{ task.task_id }} {{ task.owner }} {{ dag.dag_id }} {{ task.secret }}",
    )
    ZoomChatMessageOperator(task_id="called", message="{{ ti.xcom_pull('load').strftime('%d') }}")
    Acme(task_id="acme", message="x")
    replaced: Any = ZoomChatMessageOperator(task_id="replaced", message="x")
    replaced.execute = run
    Rendered(task_id="rendered", message="x")
    Made.partial(task_id="made").expand(table=["a", "b"])
    ZoomChatMessageOperator(task_id="lazy", message=Lazy("x"))
    for name, no_id in NO_IDS.items():
        ZoomChatMessageOperator(task_id=name, message="x", zoom_conn_id=no_id)
    SqlToZoomChatOperator(
        task_id="report", sql="SELECT region FROM t", sql_conn_id="nowhere", zoom_conn_id="team"
    )
    ZoomChatMessageOperator.partial(task_id="mapped").expand_kwargs(load())
    ZoomChatMessageOperator.partial(task_id="never").expand(message=[])
    alert: Any = ZoomChatNotifier("x")
    alert.notify = run
    worded: Any = copy.copy(ZoomChatNotifier())
    worded.alerts = [object.__new__(Worded)]
    ZoomChatMessageOperator(
        task_id="alerts", message="x", on_failure_callback=alert, on_retry_callback=worded
    )

with Wrapped("wrapped", schedule=None, start_date=datetime(2026, 1, 1), catchup=False):
    ZoomChatMessageOperator(task_id="wrapped", message="x")
