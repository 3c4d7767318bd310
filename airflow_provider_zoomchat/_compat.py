"""The few differences between Airflow 2.11 and 3.x, each with the version at which it ends."""

from __future__ import annotations

import sys
import threading
from importlib.metadata import version
from pathlib import Path
from typing import Any

#: Airflow's version, as far as it makes a difference. Without importing it: see `notifications`.
AIRFLOW = tuple(int(part) for part in version("apache-airflow").split(".")[:2])

#: Whether a task's threads may ask Airflow for connections one beside the other. In 3.0 and 3.1 an
#: answer goes to whoever reads first.
THREADS_MAY_ASK = not (3, 0) <= AIRFLOW < (3, 2)

#: Whether the DAG processor may ask for XComs and for the states of tasks. That of 3.0 is ended for
#: being asked.
DAG_PROCESSOR_READS_XCOMS = AIRFLOW != (3, 0)

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
    """Return the address of Airflow's pages, if somebody has configured it.

    The default of Airflow 2.11 is that of a machine on which nobody else's browser runs, and it
    writes that into the airflow.cfg that it makes: it is somebody's in the environment alone.
    `airflow.providers.common.compat.sdk` has `conf` from 1.12 on.
    """
    import os

    from airflow.configuration import conf

    section = "webserver" if AIRFLOW < (3, 0) else "api"
    url: str | None = conf.get(section, "base_url", fallback=None)
    url = url.rstrip("/") if url else None
    if AIRFLOW < (3, 0) and url == "http://localhost:8080":
        return url if "AIRFLOW__WEBSERVER__BASE_URL" in os.environ else None
    return url or None


def default_owner() -> str:
    """Return the owner of tasks that name none; "airflow" unless it is configured."""
    from airflow.configuration import conf

    return str(conf.get("operators", "default_owner", fallback="airflow") or "airflow")


def default_deferrable() -> bool:
    """Return whether operators wait in the triggerer unless a DAG says otherwise.

    `airflow.providers.common.compat.sdk` has `conf` from 1.12 on.
    """
    from airflow.configuration import conf

    return bool(conf.getboolean("operators", "default_deferrable", fallback=False))


def secrets_backends() -> list[Any]:
    """Return the places where Airflow looks for connections, in its order; its database is last.

    `BaseHook.get_connection` does not look into the database from Airflow 3.0 on, unless a task or
    a server runs. Tasks of Airflow 3 ask a backend of their own first, then their environment.
    """
    from airflow.configuration import conf, ensure_secrets_loaded

    backends = list(ensure_secrets_loaded())
    if AIRFLOW < (3, 0) or not conf.get("workers", "secrets_backend", fallback=None):
        return backends
    from airflow.configuration import get_custom_secret_backend

    backends.sort(key=lambda backend: type(backend).__name__ != "EnvironmentVariablesBackend")
    return [get_custom_secret_backend(worker_mode=True), *backends]


def connection_ids() -> set[str]:
    """Return the ids of the connections in Airflow's database."""
    from airflow.models import Connection
    from airflow.utils.session import create_session

    with create_session() as session:
        return {conn_id for (conn_id,) in session.query(Connection.conn_id)}


def dag_ids() -> set[str]:
    """Return the ids of the DAGs in Airflow's database."""
    from airflow.models import DagModel
    from airflow.utils.session import create_session

    with create_session() as session:
        return {dag_id for (dag_id,) in session.query(DagModel.dag_id)}


def dags_in(path: str) -> tuple[list[Any], dict[str, str]]:
    """Return the DAGs of a file or a folder, and what failed while they were read, by file.

    No database is asked. A failure is the text of its traceback, or what Airflow says. Of a folder,
    files are read that look as if they had a DAG, as Airflow does it.
    """
    more: dict[str, Any] = {}
    try:
        from airflow.dag_processing.dagbag import DagBag
    except ImportError:  # ends with Airflow 3.1
        from airflow.models.dagbag import DagBag  # type: ignore[no-redef]
    if AIRFLOW < (3, 3):
        more["include_examples"] = False
    bag = DagBag(path, safe_mode=Path(path).is_dir(), **more)
    return list(bag.dags.values()), dict(bag.import_errors)


def dags_folder() -> str:
    """Return where Airflow looks for DAG files; its own processes can import what is there.

    `airflow.providers.common.compat.sdk` has `conf` from 1.12 on.
    """
    from airflow.configuration import conf

    folder: str = conf.get("core", "dags_folder", fallback="") or ""
    return folder


def template_context(
    task: Any, run: dict[str, Any], ti: dict[str, Any], *, session: Any
) -> tuple[Any, Any, dict[str, Any]]:
    """Return a DAG run and a task instance, and the context that Airflow builds of them.

    :param run: the values of the run, under the names of Airflow 3.
    :param ti: the values of the task instance.
    :param session: answers what Airflow 2 asks its database for.
    """
    if AIRFLOW < (3, 0):
        return _template_context_2(task, run, ti, session)
    from uuid import UUID

    from airflow.sdk.api.datamodels._generated import DagRun, TIRunContext
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

    dag_run = DagRun.model_validate({name: run.get(name) for name in DagRun.model_fields})
    instance = RuntimeTaskInstance.model_construct(
        id=UUID(int=1),
        dag_id=dag_run.dag_id,
        run_id=dag_run.run_id,
        task_id=task.task_id,
        task=task,
        _ti_context_from_server=TIRunContext.model_construct(
            dag_run=dag_run, max_tries=ti["max_tries"]
        ),
        **{name: value for name, value in ti.items() if name != "duration"},
    )
    return dag_run, instance, dict(instance.get_template_context())


def _template_context_2(
    task: Any, run: dict[str, Any], ti: dict[str, Any], session: Any
) -> tuple[Any, Any, dict[str, Any]]:
    """The same for Airflow 2."""
    from airflow import models

    new_run, new_instance = (getattr(models, name) for name in ("DagRun", "TaskInstance"))
    dag_run = new_run(
        **{name: run[name] for name in ("dag_id", "run_id", "run_type", "state", "start_date")},
        execution_date=run["logical_date"],
        queued_at=run["start_date"],
        external_trigger=False,
        conf=run["conf"],
        data_interval=(run["data_interval_start"], run["data_interval_end"]),
    )
    dag_run.end_date = run["end_date"]
    instance = new_instance(task, run_id=dag_run.run_id)
    instance.dag_run = dag_run
    for name, value in ti.items():
        setattr(instance, name, value)
    for name in ("get_previous_dagrun", "get_previous_execution_date"):
        vars(instance)[name] = lambda **_: None
    return dag_run, instance, dict(instance.get_template_context(session=session))


def run_answer(run: dict[str, Any]) -> dict[str, Any]:
    """Return a run as Airflow's API answers it, which the alert of a deadline is handed.

    :param run: its values; before Airflow 3.1, which has brought deadlines, they are the answer.
    """
    if AIRFLOW < (3, 1):
        return run
    from airflow.api_fastapi.core_api.datamodels.dag_run import DAGRunResponse

    return DAGRunResponse.model_validate(run).model_dump(mode="json")


def first_rescheduled(ti: Any) -> Any:
    """Return when the first part of a try began that was rescheduled; None if it was not.

    For Airflow 2.11 alone: from 3.0 on the context knows. The session is one of its own, since that
    of the thread belongs to Airflow.
    """
    if not is_task_of_database(ti):
        return None
    from airflow import settings
    from airflow.models.taskreschedule import TaskReschedule
    from sqlalchemy.orm import Session

    began = TaskReschedule.stmt_for_task_instance(ti).with_only_columns(TaskReschedule.start_date)
    with Session(settings.engine) as session:
        return session.scalar(began.limit(1))


def states_in_process(dag_id: str, run_id: str) -> list[tuple[str, int, str]]:
    """Return the tasks of a run with map index and state, under `dag.test()` of Airflow 3.

    There is no supervisor to be asked then, as there is for every other callback, but a session:
    what it has not yet written is visible in it alone.
    """
    from airflow import settings
    from airflow.models.taskinstance import TaskInstance as Row
    from sqlalchemy import select

    if has_supervisor():
        return []
    query = select(Row.task_id, Row.map_index, Row.state).where(
        Row.dag_id == dag_id, Row.run_id == run_id
    )
    session: Any = settings.Session  # None before Airflow has begun
    return [(task, index, str(state or "")) for task, index, state in session().execute(query)]


def xcoms_of_run(ti: Any, task_ids: list[str], key: str) -> list[Any]:
    """Return what tasks of a run have left under a key, mapped or not, without those that have not.

    Airflow 2 reads its database while the list is gone through, in a session that nobody closes.
    Left behind in another thread, SQLite's would be an error in the task's log.
    """
    if AIRFLOW < (3, 0):
        from airflow.utils.session import create_session

        with create_session() as session:
            found = list(ti.xcom_pull(task_ids=task_ids, key=key, session=session))
    else:
        found = ti.xcom_pull(task_ids=task_ids, key=key) or []
    return [one for one in found if one is not None]


def has_supervisor() -> bool:
    """Tell whether this process may ask Airflow 3 for Variables and XComs."""
    # Who has one has imported this, which takes a second otherwise.
    task_runner = sys.modules.get("airflow.sdk.execution_time.task_runner")
    return hasattr(task_runner, "SUPERVISOR_COMMS")


def this_thread_may_ask() -> bool:
    """Tell whether this thread may ask Airflow for something; see `THREADS_MAY_ASK`.

    In the triggerer, where notifiers are awaited, Airflow sees to it that one asks at a time.
    """
    if THREADS_MAY_ASK or threading.current_thread() is threading.main_thread():
        return True
    from airflow.sdk.execution_time import task_runner

    comms = getattr(task_runner, "SUPERVISOR_COMMS", None)
    return type(comms).__name__ == "TriggerCommsDecoder"


def is_task_of_database(ti: Any) -> bool:
    """Tell whether a task instance is one of Airflow 2's database."""
    from airflow.models import TaskInstance

    return issubclass(type(ti), TaskInstance)  # `isinstance` runs code of an object that has any


def is_in_test(ti: Any) -> bool:
    """Tell whether a task runs under `dag.test()`, where one follows the other in one process."""
    if AIRFLOW < (3, 0):
        return getattr(ti, "job_id", None) is None
    from airflow.sdk.execution_time import task_runner

    comms = getattr(task_runner, "SUPERVISOR_COMMS", None)
    return comms is None or type(comms).__name__ == "InProcessSupervisorComms"


def shares_variables(in_dag_processor: bool) -> bool:
    """Tell whether what one process writes into a Variable is what the next one reads."""
    from airflow.configuration import conf

    if conf.getboolean("core", "multi_team", fallback=False):
        return False
    return not (in_dag_processor and conf.getboolean("secrets", "use_cache", fallback=False))


def variables_are_cached() -> bool:
    """Tell whether this process may read a Variable as it was minutes ago.

    The DAG processor does, with `[secrets] use_cache`, and so do the callbacks that it calls.
    """
    try:
        from airflow.sdk.execution_time.cache import SecretCache
    except ImportError:  # ends with Airflow 3.0
        from airflow.secrets.cache import SecretCache  # type: ignore
    return SecretCache._cache is not None


def variables() -> Any:
    """Return Airflow's class of Variables for this process: `get(key, None)`, `set`, `delete`.

    Under `dag.test()` of Airflow 3 the callbacks of a DAG have no supervisor, but a database.
    """
    if AIRFLOW < (3, 0) or not has_supervisor():
        from airflow.models import Variable
    else:
        from airflow.sdk import Variable  # type: ignore[assignment]
    return Variable


def stored_variable(key: str) -> str | None:
    """Return a Variable for a command, which has no supervisor; None if there is none.

    `Variable.get` takes one that it cannot decrypt, and a database that does not answer, for none.

    :raises ValueError: it is there, and cannot be decrypted.
    :raises Exception: SQLAlchemy's, or Airflow's: there is no database.
    """
    from airflow.models import Variable
    from airflow.utils.session import create_session

    with create_session() as session:
        is_there = session.query(Variable.key).filter(Variable.key == key).first() is not None
    text: str | None = Variable.get(key, None)
    if text is None and is_there:
        raise ValueError(f"Variable {key} cannot be decrypted with this [core] fernet_key")
    return text
