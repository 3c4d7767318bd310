"""DAGs that a real Airflow runs in the tests."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from airflow.providers.common.compat.sdk import DAG, AirflowSkipException, task

from airflow_provider_zoomchat.notifications.zoom import ZoomChatbotNotifier, ZoomChatNotifier
from airflow_provider_zoomchat.operators.zoom import (
    ZoomChatbotMessageOperator,
    ZoomChatMessageOperator,
)
from airflow_provider_zoomchat.zoom import client


def fail_once(context: Any, result: Any = None) -> None:
    """Fail a task that has done its work, as a lost worker does."""
    if context["ti"].try_number == 1:
        raise RuntimeError("the worker was lost after the message was posted")


common: dict[str, Any] = {
    "schedule": None,
    "start_date": datetime(2026, 1, 1),
    "catchup": False,
    "default_args": {"retry_delay": timedelta(0)},
}

with DAG("zoom_runs_retry", **common) as retry:
    ZoomChatMessageOperator(
        task_id="post",
        message="try {{ ti.try_number }}",
        retries=1,
        post_execute=fail_once,
    )

with DAG("zoom_runs_refused", **common) as refused:
    ZoomChatMessageOperator(task_id="post", message="Hi", to_channel="0" * 32, retries=3)

with DAG("zoom_runs_passing", **common) as passing:
    ZoomChatMessageOperator(
        task_id="post",
        message="Hi",
        retries=1,
        # In `dag.test()` a retry is no process of its own, and remembers the limit of the first.
        on_retry_callback=lambda context: client.forget(),
    )

with DAG("zoom_runs_timeout", **common) as timeout:
    ZoomChatMessageOperator(
        task_id="post", message="Hi", retries=2, execution_timeout=timedelta(seconds=2)
    )

with DAG("zoom_runs_skipped", **common) as skipped:

    @task
    def skip() -> str:
        """Skip, so that there is no message id."""
        raise AirflowSkipException("nothing to load today")

    ZoomChatMessageOperator(
        task_id="done",
        operation="edit",
        message_id=skip(),
        message="Load finished",
        trigger_rule="all_done",
        retries=2,
    )

with DAG("zoom_runs_mapped", **common) as mapped:
    ZoomChatbotMessageOperator.partial(task_id="post").expand(
        message=["orders", "customers", "returns"]
    )

with DAG("zoom_runs_places", **common) as places:
    there = ZoomChatMessageOperator(
        task_id="there", message="one", to_channel="{{ dag_run.conf['channel'] }}"
    )
    ZoomChatMessageOperator(
        task_id="edit", operation="edit", message_id=there.output, message="two"
    )
    ZoomChatMessageOperator(task_id="reply", message="a reply", reply_main_message_id=there.output)
    direct = ZoomChatMessageOperator(
        task_id="direct", message="for Ann", to_contact="ann@example.com"
    )
    gone = ZoomChatMessageOperator(
        task_id="gone",
        operation="delete",
        message_id="{{ ti.xcom_pull('direct') }}",
        trigger_rule="all_done",
    )
    direct >> gone
    card = ZoomChatbotMessageOperator(
        task_id="card", message="a bot's", to_jid="{{ dag_run.conf['channel'] }}"
    )
    ZoomChatbotMessageOperator(task_id="answer", message="answered", reply_to=card.output)
    many = ZoomChatMessageOperator.partial(
        task_id="many", to_channel="{{ dag_run.conf['channel'] }}"
    ).expand(message=["m0", "m1"])
    edits = ZoomChatMessageOperator.partial(
        task_id="edits", operation="edit", message="edited {{ ti.map_index }}"
    ).expand(message_id=many.output)

    @task
    def after(ids: Any) -> int:
        """Count what was edited."""
        return len(list(ids))

    after(edits.output)

with DAG("zoom_runs_native", render_template_as_native_obj=True, **common) as native:
    texts = ["{{ 5 }}", "'{{ 't' }}' is late", "'{{ 'a' }}' '{{ 'b' }}'", "{{ '48,210' }}"]
    for number, text in enumerate(texts):
        ZoomChatMessageOperator(
            task_id=f"native_{number}", message=text, to_channel="{{ '12345678' * 4 }}"
        )
    ZoomChatMessageOperator.partial(task_id="mapped", to_channel="{{ '12345678' * 4 }}").expand(
        message=["{{ 6 }}", "[{{ 7 }}]"]
    )

    @task
    def five() -> int:
        """Return a number."""
        return 5

    ZoomChatMessageOperator(task_id="from_xcom", message=five(), to_channel="12345678" * 4)

with DAG("zoom_runs_endings", **common) as endings:
    ZoomChatMessageOperator(task_id="sentence", message="See the notes in weekly.md.j2")
    ZoomChatMessageOperator(
        task_id="block",
        message="""
            Load
              {{ "done" }}
        """,
    )

with DAG("zoom_runs_files", **common) as files:
    ZoomChatMessageOperator(task_id="note", message="zoom_note.md.j2")
    ZoomChatbotMessageOperator(task_id="card", content="zoom_card.json.j2")

alert = ZoomChatNotifier(on_error="raise", group_by=None)
said = ZoomChatbotNotifier("{{ dag.dag_id }} has ended: {{ event.name }}", on_error="raise")

with DAG(
    "zoom_runs_alerts",
    **{
        **common,
        "default_args": {
            "owner": "data-team",
            "retry_delay": timedelta(0),
            "on_execute_callback": alert,
            "on_success_callback": alert,
            "on_failure_callback": alert,
            "on_retry_callback": alert,
            "on_skipped_callback": alert,
        },
    },
    on_failure_callback=[alert, said],
) as alerts:

    @task
    def works() -> None:
        """Succeed."""

    @task
    def leaves() -> None:
        """Skip."""
        raise AirflowSkipException("nothing to load today")

    @task(retries=1)
    def breaks() -> None:
        """Fail, and again."""
        raise ValueError("column 'qty' is missing")

    @task(trigger_rule="all_done")
    def loads(region: str) -> None:
        """Fail for one of the regions."""
        if region == "us":
            raise ValueError(f"no file for {region}")

    loads.expand(region=["eu", "us"])
    works() >> leaves()
    breaks()

with DAG("zoom_runs_fine", **common, on_success_callback=[alert, said]) as fine:

    @task
    def works_too() -> None:
        """Succeed."""

    works_too()

with DAG("zoom_runs_policed", **common) as policed:

    @task
    def loads_region(region: str) -> None:
        """Fail."""
        raise ValueError(f"no file for {region}")

    loads_region.expand(region=["eu"])
