"""The few differences between Airflow 2.11 and 3.x, each with the version at which it ends."""

from __future__ import annotations

from airflow import __version__

#: Airflow's version, as far as it makes a difference.
AIRFLOW = tuple(int(part) for part in __version__.split(".")[:2])

#: Whether a task's threads may ask Airflow for connections one beside the other. In 3.0 and 3.1 an
#: answer goes to whoever reads first.
THREADS_MAY_ASK = not (3, 0) <= AIRFLOW < (3, 2)


#: Characters.
_SHORTEST_SECRET = 5


def mask_secret(secret: str) -> None:
    """Have Airflow replace a secret by ``***`` in logs, rendered fields and alerts.

    Airflow 3 refuses to mask what is so short that it stands in everything; Airflow 2 would.

    `airflow.providers.common.compat.sdk` has this from 1.22 on, which needs Python 3.11.
    """
    if len(secret) < _SHORTEST_SECRET:
        return
    try:
        from airflow.sdk.log import mask_secret
    except ImportError:  # ends with Airflow 2.11
        from airflow.utils.log.secrets_masker import mask_secret  # type: ignore[no-redef]
    mask_secret(secret)


def redact(text: str) -> str:
    """Return a text with the secrets that Airflow knows of replaced by ``***``."""
    try:
        from airflow.sdk.log import redact
    except ImportError:
        try:
            from airflow.sdk.execution_time.secrets_masker import redact  # type: ignore
        except ImportError:  # ends with Airflow 2.11; the one above with 3.0
            from airflow.utils.log.secrets_masker import redact  # type: ignore[no-redef]
    return str(redact(text))


def base_url() -> str | None:
    """Return the address of Airflow's pages, if it is configured.

    `airflow.providers.common.compat.sdk` has `conf` from 1.12 on.
    """
    from airflow.configuration import conf

    section = "webserver" if AIRFLOW < (3, 0) else "api"
    url: str | None = conf.get(section, "base_url", fallback=None)
    return url.rstrip("/") if url else None
