"""DAGs whose failures are told of in several ways."""

from __future__ import annotations

from typing import Any

from airflow.providers.common.compat.sdk import DAG, BaseOperator, task

from airflow_provider_zoomchat.notifications.policy import add_alerts
from airflow_provider_zoomchat.notifications.zoom import ZoomChatbotNotifier, ZoomChatNotifier


class Loud(ZoomChatNotifier):
    """Does something of its own, too."""

    def notify(self, context: Any) -> None:
        """Do what nobody may do in a preview."""
        raise SystemExit("this was run")


@task
def load_items(item: str) -> None:
    """Load a part."""


def dag_of(name: str, notifier: Any = None, **more: Any) -> DAG:
    """Return a DAG of two tasks that can fail at once, behind one and before two others."""
    callbacks = {"on_failure_callback": notifier}
    with DAG(f"storms_{name}", schedule=None, default_args=callbacks, **more) as dag:
        start, orders = (BaseOperator(task_id=each) for each in ("start", "load_orders"))
        report, publish = (BaseOperator(task_id=each) for each in ("report", "publish"))
        start >> [orders, load_items.expand(item=["a", "b"])] >> report >> publish
    return dag


bot = ZoomChatbotNotifier(mention="ann@example.com")
wide = dag_of("wide", bot, on_failure_callback=bot, on_success_callback=bot)
policy = dag_of("policy")
add_alerts(policy)
run_alone = dag_of("run_alone", on_failure_callback=ZoomChatNotifier())
tries = dag_of("tries", ZoomChatNotifier("{{ wrong }}", group_by="run"))
loud = dag_of("loud", Loud())
quiet = dag_of("quiet")

with DAG(
    "storms_line", schedule=None, default_args={"on_failure_callback": ZoomChatNotifier()}
) as line:
    BaseOperator(task_id="load_orders") >> BaseOperator(task_id="publish")
