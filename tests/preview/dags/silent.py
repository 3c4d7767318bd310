"""A DAG that says nothing."""

from __future__ import annotations

from airflow.providers.common.compat.sdk import DAG, task

with DAG("silent", schedule=None) as dag:

    @task
    def load() -> None:
        """Load."""

    load()
