"""Nothing of a preview may reach Zoom, or the author's Airflow. No Airflow is imported here.

`isolated` is entered before Airflow is imported, which reads its settings at that moment; `guard`
is asked right before anything is sent.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from .shown import PreviewError

if TYPE_CHECKING:
    from ...hooks.zoom import ZoomHook

#: Where Airflow's pages are in a preview, unless its configuration names an address.
AIRFLOW_URL = "https://airflow.example.com"


@contextlib.contextmanager
def isolated(*, with_settings: bool) -> Iterator[None]:
    """Have Airflow work without its database, its secrets backend and its connections.

    :param with_settings: keep the settings and plugins of the author's Airflow, which a DAG file
        may need; if there are none, nothing is made there.
    """
    before, place = dict(os.environ), os.open(".", os.O_RDONLY)
    with tempfile.TemporaryDirectory(prefix="zoomchat-preview-") as folder:
        # With neither connections nor a backend nor a database, there is no way to Zoom at all.
        for name in [name for name in os.environ if name.startswith("AIRFLOW_CONN_")]:
            del os.environ[name]
        home = Path(os.environ.get("AIRFLOW_HOME") or Path.home() / "airflow").expanduser()
        if not (home / "airflow.cfg").is_file():
            # Airflow would write one there.
            os.environ.setdefault("AIRFLOW_CONFIG", f"{folder}/airflow.cfg")
        if not (with_settings and home.is_dir()):
            os.environ["AIRFLOW_HOME"] = folder
            os.environ["AIRFLOW_CONFIG"] = f"{folder}/airflow.cfg"
            os.environ.setdefault("AIRFLOW__WEBSERVER__BASE_URL", AIRFLOW_URL)
            os.environ.setdefault("AIRFLOW__API__BASE_URL", AIRFLOW_URL)
        os.environ |= {
            # Empty counts as given, so that a name in airflow.cfg does not.
            "AIRFLOW__SECRETS__BACKEND": "",
            "AIRFLOW__WORKERS__SECRETS_BACKEND": "",
            # A file that is not there: every look into the database fails.
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{folder}/none/airflow.db",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": (
                f"sqlite+aiosqlite:///{folder}/none/airflow.db"
            ),
            # Where it is given by a command in airflow.cfg, Airflow would run that.
            "AIRFLOW__CORE__FERNET_KEY": "",
            "AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS": "False",
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            # So that the line of the DAG file is among those of an error.
            "AIRFLOW__CORE__DAGBAG_IMPORT_ERROR_TRACEBACK_DEPTH": "100",
            "AIRFLOW__LOGGING__BASE_LOG_FOLDER": folder,
            "AIRFLOW__SCHEDULER__CHILD_PROCESS_LOG_DIRECTORY": folder,
            "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": folder,
            "AIRFLOW__LOGGING__REMOTE_LOGGING": "False",
            "AIRFLOW__METRICS__STATSD_ON": "False",
            "AIRFLOW__METRICS__OTEL_ON": "False",
            "AIRFLOW__TRACES__OTEL_ON": "False",
        }
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)
            os.fchdir(place)
            os.close(place)


def guard(hook: ZoomHook, url: str) -> None:
    """See that a hook leads to the sandbox and nowhere else.

    :param url: the sandbox's address.
    :raises PreviewError: it does not; nothing may be sent.
    """
    settings = hook.settings
    at = settings.hosts
    addresses = [at.oauth, at.api, at.files, at.web, settings.webhook_url or url]
    if settings.proxy or not all(f"{each}/".startswith(f"{url}/") for each in addresses):
        raise PreviewError(
            f"connection {hook.zoom_conn_id!r} does not lead to the sandbox, so nothing was sent. "
            "This is a bug in the preview."
        )
