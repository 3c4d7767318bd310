"""Have an Airflow 3 in this process do no more than it must for `dag.test()`.

Importing it is all. A pytest of its own takes it as a plugin: ``-p quick_airflow``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import suppress
from typing import Any


def once_for_the_same_files(sync: Callable[..., None]) -> Callable[..., None]:
    """Return what stores the DAGs of a folder, but not again while its files are the same."""
    stored = set()

    def sync_new(bag: Any, *arguments: Any, **options: Any) -> None:
        files = tuple(sorted(bag.file_last_changed.items()))
        if files not in stored:
            sync(bag, *arguments, **options)
            stored.add(files)

    return sync_new


with suppress(ImportError):  # Airflow 2
    from airflow.api_fastapi.execution_api import versions
    from airflow.sdk.execution_time import supervisor
    from cadwyn import HeadVersion, Version, VersionBundle

    # `dag.test()` makes Airflow's API anew for each task, which takes up to 3 s a task.
    make: Any = supervisor.in_process_api_server
    vars(supervisor)["in_process_api_server"] = functools.cache(make)
    # It is made in all of its versions, each of which takes half a second. Tasks speak the newest.
    newest, *_, oldest = versions.bundle.versions
    changes = [change for version in versions.bundle.versions for change in version.changes]
    for change in changes:
        change._bound_version_bundle = None
    vars(versions)["bundle"] = VersionBundle(
        HeadVersion(), Version(newest.value, *changes), Version(oldest.value)
    )
with suppress(ImportError):  # Airflow 2
    from structlog import dev

    # Airflow 3.0 colours each traceback, with all variables, which takes a second.
    vars(dev)["RichTracebackFormatter"].__call__ = staticmethod(dev.plain_traceback)
with suppress(ImportError):  # Airflow 2.11 and 3.0
    from airflow.dag_processing import dagbag

    # From 3.3 on it also stores all DAGs of the folder anew for each run.
    if hasattr(dagbag, "sync_bag_to_db"):
        vars(dagbag)["sync_bag_to_db"] = once_for_the_same_files(dagbag.sync_bag_to_db)
