"""Have an Airflow 3 in this process do no more than it must for `dag.test()`.

Importing it is all. A pytest of its own takes it as a plugin: ``-p quick_airflow``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any


def once_for_the_same_files(make: Callable[..., Any]) -> Callable[..., Any]:
    """Return what reads the DAGs of a folder, but not again while its files are the same."""

    @functools.cache
    def read(folder: str, files: tuple[tuple[str, int], ...], **options: Any) -> Any:
        return make(folder, **options)

    def read_new(dag_folder: str | Path, **options: Any) -> Any:
        folder = Path(dag_folder)
        found = {str(file): file.stat().st_mtime_ns for file in (folder, *folder.rglob("*.py"))}
        return read(str(folder), tuple(found.items()), **options)

    return read_new


def once_for_the_same_arguments(read: Callable[..., Any]) -> Callable[..., Any]:
    """Return what reads a function's signature, but not again for the same arguments."""
    known: dict[Any, Any] = {}

    def read_new(**arguments: Any) -> Any:
        key = tuple(
            (name, tuple(value) if isinstance(value, list) else value)
            for name, value in sorted(arguments.items())
        )
        if key not in known:
            known[key] = read(**arguments)
        return known[key]

    return read_new


with suppress(ImportError):  # Airflow 2
    from airflow.api_fastapi.execution_api import versions
    from airflow.sdk.execution_time import supervisor
    from cadwyn import HeadVersion, Version, VersionBundle
    from fastapi.dependencies import utils

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
    # It replaces some of the API's dependencies; FastAPI then reads all signatures anew for each
    # request, which is a tenth of a task's time.
    vars(utils)["get_dependant"] = once_for_the_same_arguments(utils.get_dependant)
with suppress(ImportError):  # Airflow 2
    from structlog import dev

    # Airflow 3.0 colours each traceback, with all variables, which takes a second.
    vars(dev)["RichTracebackFormatter"].__call__ = staticmethod(dev.plain_traceback)
with suppress(ImportError):  # Airflow 2.11 and 3.0
    from airflow.dag_processing import dagbag

    # From 3.3 on it also reads and stores all DAGs of the folder anew for each run.
    if hasattr(dagbag, "sync_bag_to_db"):
        vars(dagbag)["BundleDagBag"] = once_for_the_same_files(dagbag.BundleDagBag)
        vars(dagbag)["sync_bag_to_db"] = functools.cache(dagbag.sync_bag_to_db)
