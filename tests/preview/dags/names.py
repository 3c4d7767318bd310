"""A DAG whose templates have names that are not there."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from airflow.providers.common.compat.sdk import DAG

from airflow_provider_zoomchat.notifications.alerts import TASK_FAILED
from airflow_provider_zoomchat.notifications.zoom import ZoomChatbotNotifier, ZoomChatNotifier
from airflow_provider_zoomchat.operators.zoom import (
    ZoomChatbotMessageOperator,
    ZoomChatMessageOperator,
)

#: Templates by the task that has them.
MESSAGES = {
    "top": "At {{ ds }}: {{ dsss }}",
    "method": "{{ ti.xcom_pulls('load') }}",
    "attribute": "{{ dag.dag_idd }}",
    "connection": "{{ conn.db.hostt }}",
    "list": "{{ inlets.cout }}",
    "variable": "{{ var.value.team.uper() }}",
    "value": "{{ logical_date.strfime('%d') }}",
    "called": "{{ dsss() }}",
    "decides": "{% if dsss %}x{% endif %}y",
    "loops": "{% for each in dsss %}x{% endfor %}y",
    "compares": "{{ 'y' if dsss == 3 else 'z' }}",
    "adds": "{{ dsss + 1 }}",
    "filtered": "{{ dsss | upper }}",
    "filter": "Now {{ ds | shoutt }}",
    "test": "{{ ds is evenn }}",
    "branch": "{{ ti.xcom_pull('x') if ds | a }}",
    "old": "{{ execution_date }}",
    "removed": "{{ next_ds }}",
    "callback": "{{ exception }}",
    "private": "{{ ti._state }}",
    "unsafe": "{{ ti.__class__ }}",
    "two": "{{ dsss }} {{ dag.dag_idd }}",
    "param": "{{ params.day }}",
    "macro": "{{ macros.acme.day() }}",
    "conf": "{{ dag_run.conf.day }}",
    "guarded": "{{ dsss | default('x') }} {{ 'y' if dsss is defined }}",
    "loop": "{% for each in [1, 2] %}{{ loop.index }}{% endfor %}",
    "dated": "{{ ts }} {{ data_interval_start }}",
}

with DAG(
    "names",
    schedule=None,
    start_date=datetime(2026, 1, 1),
    on_success_callback=ZoomChatNotifier("{{ exception }} {{ reason }} {{ event.dagid }}"),
    on_failure_callback=ZoomChatbotNotifier(
        content={"head": {"text": "{{ dag.dag_id | shoutt }}"}}, mention="{{ task.ownr }}"
    ),
) as dag:
    for task_id, message in MESSAGES.items():
        ZoomChatMessageOperator(task_id=task_id, message=message)
    ZoomChatbotMessageOperator(
        task_id="card",
        content={
            "body": [{"type": "message", "text": "x"}, {"type": "message", "text": "{{ a }}"}]
        },
        on_failure_callback=ZoomChatNotifier(
            alerts=[
                replace(TASK_FAILED, links={"Runbook": "https://example.com/{{ ti.task_idd }}"})
            ]
        ),
    )
