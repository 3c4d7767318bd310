"""A DAG file that cannot be imported."""

from __future__ import annotations

from airflow.providers.common.compat.sdk import DAG

with DAG("broken", schedule=None) as dag:
    raise RuntimeError("no warehouse here")
