"""DAGs that know nothing of alerts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from airflow.providers.common.compat.sdk import DAG, task

common: dict[str, Any] = {"schedule": None, "start_date": datetime(2026, 1, 1), "catchup": False}


@task
def loads(region: str) -> None:
    """Fail."""
    raise ValueError(f"no file for {region}")


with DAG("policy_loud", **common, tags=["sales"]):
    loads.expand(region=["eu"])

with DAG("policy_quiet", **common, tags=["no-zoom-alerts"]):
    loads.expand(region=["eu"])
