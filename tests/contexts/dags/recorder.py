"""Write down, as JSON, what Airflow hands to a callback or a notifier."""

from __future__ import annotations

import inspect
import json
import os
import platform
import re
import warnings
from collections.abc import Callable, Generator
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any, cast

from airflow import __version__
from airflow.configuration import conf
from airflow.providers.common.compat.sdk import BaseNotifier

# What an alert may read, as far as a version has it.
ATTRIBUTES = {
    "ti": "dag_id task_id run_id map_index rendered_map_index try_number max_tries state start_date"
    " end_date duration log_url mark_success_url operator hostname",
    "dag_run": "dag_id run_id run_type logical_date execution_date run_after start_date end_date"
    " state conf data_interval_start data_interval_end clear_number",
    "dag": "dag_id dag_display_name owner tags fileloc description schedule schedule_interval"
    " timetable",
    "task": "task_id owner retries retry_delay retry_exponential_backoff task_display_name doc_md"
    " subject body options defaults params multiple",
}
ATTRIBUTES |= {"task_instance": ATTRIBUTES["ti"], "timetable": "summary expression"}

# Which process runs a callback is told by the modules that led to it; the first one found counts.
PROCESSES = {
    "airflow.dag_processing.processor": "dag processor",
    "airflow.jobs.triggerer_job_runner": "triggerer",
    "airflow.sdk.execution_time.task_runner": "task",
    "airflow.models.taskinstance": "task",
    "airflow.executors.local_executor": "executor",
    "airflow.jobs.scheduler_job_runner": "scheduler",
}


def plain(value: Any) -> Any:
    """Give a value as JSON, an object other than dates, enums and errors as the name of its class.

    A lazy proxy stays what it is: to look behind it asks Airflow for something.
    """
    if type(value).__name__ == "Proxy":
        return named(value)
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, datetime):
        return {"datetime": value.isoformat()}
    if isinstance(value, timedelta):
        return {"seconds": value.total_seconds()}
    if isinstance(value, BaseException):
        return {"exception": type(value).__name__, "text": str(value)}
    if type(value).__name__.endswith("ParamsDict"):
        return plain(value.dump())
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(plain(item) for item in value)
    return named(value)


def named(value: Any) -> dict[str, Any]:
    """Give the class of an object, or the name of a module."""
    kind = type(value)
    if inspect.ismodule(value):
        return {"class": "module", "name": value.__name__}
    return {"class": f"{kind.__module__}.{kind.__qualname__}"}


def attempt(read: Callable[..., Any], *arguments: Any) -> Any:
    """Give what a function returns as JSON, or the error it raises."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return plain(read(*arguments))
    except BaseException as error:  # Airflow's own may be no `Exception`; none may get out of here
        return {"error": f"{type(error).__name__}: {error}"}


def has(value: Any, name: str) -> bool:
    """Say whether an object has an attribute, also if reading it fails."""
    try:
        getattr(value, name)
    except AttributeError:
        return hasattr(type(value), name)
    except BaseException:
        return True
    return True


def retry_time(ti: Any) -> Any:
    """Ask a task instance when it is tried again."""
    return ti.next_retry_datetime()


def task_states(ti: Any) -> Any:
    """Ask a task instance of Airflow 3 for the states of its run."""
    if __version__.startswith("3.0.") and process() == "dag processor":
        raise RuntimeError("not asked: it never answers, and the process is killed for that")
    return ti.get_task_states(dag_id=ti.dag_id, run_ids=[ti.run_id])


def task_instances(run: Any) -> Any:
    """Ask a run of Airflow 2 for the states of its tasks."""
    return [[ti.task_id, ti.map_index, ti.state] for ti in run.get_task_instances()]


CALLS: dict[str, dict[str, Callable[[Any], Any]]] = {
    "ti": {"next_retry_datetime": retry_time, "get_task_states": task_states},
    "dag_run": {"get_task_instances": task_instances},
}
CALLS["task_instance"] = CALLS["ti"]


def described(key: str, value: Any) -> Any:
    """Give a value of a context: an object an alert reads with its attributes, another's class."""
    if key not in ATTRIBUTES or value is None or isinstance(value, dict):
        return plain(value)
    names = [name for name in ATTRIBUTES[key].split() if has(value, name)]
    found = {
        name: attempt(lambda name: described(name, getattr(value, name)), name) for name in names
    }
    for name, call in CALLS.get(key, {}).items():
        if hasattr(type(value), name):
            found[f"{name}()"] = attempt(call, value)
    return {**named(value), "attributes": found}


def read(context: Any, key: str) -> Any:
    """Give a value of a context without the warnings Airflow 2 has for old keys."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return context[key]


def links(context: Any) -> dict[str, str]:
    """Give the link with which Airflow answers for each option of an approval."""
    task = context["task"]
    return {
        option: task.generate_link_to_ui_from_context(context=context, options=[option])
        for option in task.options
    }


def process() -> str:
    """Name the kind of process this code runs in."""
    modules = {frame.f_globals.get("__name__") for frame, *_ in inspect.stack(0)}
    return next((name for module, name in PROCESSES.items() if module in modules), "other")


class Ordinary(BaseNotifier):
    """A notifier as everybody writes them, to learn whether one works with a context."""

    template_fields = ("text",)

    def __init__(self) -> None:
        super().__init__()
        self.text = "{{ run_id | default('no run_id') }}"
        self.sent = ""

    def notify(self, context: Any) -> None:
        """Keep the rendered text."""
        self.sent = self.text

    def try_with(self, context: Any) -> str:
        """Render and return the text."""
        self({key: read(context, key) for key in context})
        return self.sent


class Recorder(BaseNotifier):
    """Write the context to the folder that the environment names; never raise, never change it.

    It is called without BaseNotifier's rendering, which does not work with every context.
    """

    def __init__(self, case: str, callback: str, level: str, context: Any = None) -> None:
        super().__init__()
        self.case, self.callback, self.level = case, callback, level
        self.context = cast("Any", context or {})

    def __call__(self, *args: Any) -> None:
        """Record what a callback gets."""
        self.notify(args[0])

    def notify(self, context: Any) -> None:
        """Record the context, and whether an ordinary notifier works with it."""
        self.write(context, ordinary_notifier=attempt(Ordinary().try_with, context))

    async def async_notify(self, context: Any) -> None:
        """Record the context in the triggerer."""
        self.write(context)

    def __await__(self) -> Generator[Any, None, None]:
        """Record without rendering, as above."""
        return self.async_notify(self.context).__await__()

    def write(self, context: Any, **more: Any) -> None:
        """Write the file of this case, or a numbered one if Airflow calls again."""
        how = os.environ["RECORDED_HOW"]
        told = {
            "airflow": __version__,
            "python": ".".join(platform.python_version_tuple()[:2]),
            "callback": self.callback,
            "level": self.level,
            "how": how,
            "process": process() if how == "scheduler" else "test",
            "base_url": {
                section: attempt(conf.get, section, "base_url") for section in ("api", "webserver")
            },
            **more,
        }
        if self.level == "hitl":
            told["links"] = attempt(links, context)
        told["context"] = {
            key: attempt(described, key, read(context, key)) for key in sorted(context)
        }
        name = self.case if how == "scheduler" else f"{re.sub('[ .]', '_', how)}_{self.case}"
        text = json.dumps(told, indent=1, ensure_ascii=False, default=str)
        # A task and its state fit on one line.
        text = re.sub(r'\[\s+("[^"]*"),\s+(-?\d+),\s+("[^"]*"|null)\s+\]', r"[\1, \2, \3]", text)
        for number in range(1, 10):
            file = Path(os.environ["RECORDINGS"], f"{name}{number if number > 1 else ''}.json")
            if not file.exists():
                file.write_text(text + "\n", encoding="utf-8")
                return


def callbacks(level: str = "task", **cases: str) -> Any:
    """Give recorders as callbacks: `on_failure="task_failed"` becomes `on_failure_callback`."""
    return {
        f"{name}_callback": Recorder(case, f"{name}_callback", level)
        for name, case in cases.items()
    }
