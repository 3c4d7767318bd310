"""The few differences between Airflow 2.11 and 3.x, each with the version at which it ends."""

from __future__ import annotations


def mask_secret(secret: str) -> None:
    """Have Airflow replace a secret by ``***`` in logs and rendered fields.

    `airflow.providers.common.compat.sdk` has this from 1.22 on, which needs Python 3.11.
    """
    try:
        from airflow.sdk.log import mask_secret
    except ImportError:  # ends with Airflow 2.11
        from airflow.utils.log.secrets_masker import mask_secret  # type: ignore[no-redef]
    mask_secret(secret)
