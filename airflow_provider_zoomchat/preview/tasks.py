"""The messages of tasks: the operator itself sends them, to the sandbox."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from airflow.providers.common.compat.sdk import XComArg

from ..operators.base import ZoomMessageOperator
from ..sandbox.connections import DEFAULT_IDS
from ..transfers import doors
from ..transfers.sql_to_zoom_chat import SqlToZoomChatOperator
from . import safety, standins
from .lookups import XComs
from .shown import Shown
from .stage import Outcome, Stage, named
from .unknown import Unknown, marked, settled


def kind_of(task: Any) -> type[ZoomMessageOperator] | None:
    """Return the class of a task that is one of this provider's, a mapped one too."""
    kind = task.operator_class if is_mapped(task) else type(task)
    is_ours = isinstance(kind, type) and issubclass(kind, ZoomMessageOperator)
    return kind if is_ours else None


def is_mapped(task: Any) -> bool:
    """Tell whether a task is made several times over, by `expand`."""
    return hasattr(task, "_expand_input_attr")


def rendered(task: Any, context: dict[str, Any]) -> Any:
    """Return a copy of any task whose templates are rendered, as far as they can be."""
    with suppress(Exception):
        ready = task.prepare_for_execution()
        ready.render_template_fields(context, _env(ready))
        return ready
    return task


def show(
    stage: Stage,
    task: Any,
    context: dict[str, Any],
    xcoms: XComs,
    *,
    name: str = "",
    notes: Iterable[str] = (),
) -> Shown:
    """Send the message of a task, and return how it looks.

    :param task: is left as it is.
    :param context: of its run.
    :param xcoms: what earlier tasks left; what this one leaves is put in.
    :param notes: what is known of it already.
    """
    shown = Shown(name or f"task {task.task_id}", app_type_of(task))
    shown.notes += notes
    ready = _ready(task, context, shown)
    if ready is None:
        return shown
    ready.app_type = shown.door
    if marked(ready.zoom_conn_id):
        ready.zoom_conn_id = "zoom_preview"
    hook = stage.hook(ready.zoom_conn_id, shown.door)
    shown.notes += standins.places(ready)
    shown.notes += standins.files(ready)
    known = [each["id"] for each in stage.zoom.messages()]
    before = stage.attempt(lambda: standins.messages(ready, hook, known))
    shown.notes += before.value or []
    if before.refusals:
        # Where it cannot stand, neither can what the task sends; that is said in the same words.
        return stage.filled(shown, Outcome(wires=before.wires, refusals=before.refusals))
    if isinstance(ready, SqlToZoomChatOperator):
        database: Any = standins.SampleDatabase(ready.sql)
        ready.get_db_hook = lambda: database  # type: ignore[method-assign]
        shown.notes.append("The query is not run: the rows are made up.")
    # Airflow wants `execute` to be called by itself alone, and this asks in its place.
    ready.allow_nested_operators = True

    def send() -> Any:
        safety.guard(ready.hook, stage.zoom.url)
        return ready.execute(context)

    outcome = stage.attempt(send)
    if not outcome.refusals:
        value = [outcome.value] if is_mapped(task) else outcome.value
        xcoms[task.task_id, "return_value"] = value
    return stage.filled(shown, outcome)


def app_type_of(task: Any) -> str:
    """Return the App type of a task's connection; of a report, as far as its arguments tell."""
    kind = kind_of(task)
    if kind is None or not issubclass(kind, SqlToZoomChatOperator):
        return str(getattr(kind, "app_type", "server_to_server"))
    given = {**getattr(task, "partial_kwargs", {}), **vars(task)}
    for app_type, door in doors.DOORS.items():
        if app_type != "server_to_server" and any(given.get(name) for name in door.targets):
            return app_type
    by_id = {conn_id: app_type for app_type, conn_id in DEFAULT_IDS.items()}
    default = "chatbot" if given.get("send_as") == "card" else "server_to_server"
    return by_id.get(str(given.get("zoom_conn_id")), default)


def _ready(task: Any, context: dict[str, Any], shown: Shown) -> Any:
    """Return a task whose templates are rendered; None if they cannot be."""
    note = context["ti"].note
    try:
        if is_mapped(task):
            ready = task.unmap(_first(task, note, shown))
            context["ti"].map_index = 0
        else:
            ready = task.prepare_for_execution()
        for name in ready.template_fields:
            found = _resolved(getattr(ready, name, None), context["ti"], note)
            setattr(ready, name, settled(found))
        ready.render_template_fields(context, _env(ready))
        for name in ready.template_fields:
            setattr(ready, name, settled(getattr(ready, name, None)))
    except Exception as error:  # whatever a template, or a mapped task's argument, may be
        said = f"no such file: {error}" if type(error).__name__ == "TemplateNotFound" else None
        if Unknown.__name__ in str(error) or marked(str(error)):
            # Python's own functions take no stand-in; a real run has the value.
            shown.notes.append("It cannot be shown without a value that only a run knows.")
        else:
            shown.refusals.append(f"Its templates cannot be rendered: {said or named(error)}")
        return None
    return ready


def _env(task: Any) -> Any:
    """Return where a task's templates are rendered: to texts, what is not known."""
    env = task.get_template_env()
    given = env.finalize or (lambda value: value)
    env.finalize = lambda value: str(value) if isinstance(value, Unknown) else given(value)
    return env


def _first(task: Any, note: Any, shown: Shown) -> Mapping[str, Any]:
    """Return the arguments of the first of a mapped task's instances."""
    value = getattr(task, task._expand_input_attr).value
    shown.notes.append("A mapped task: its first message is shown.")
    if isinstance(value, Mapping):
        return {name: _first_of(each, name, note) for name, each in value.items()}
    found = next(iter(value), None) if isinstance(value, (list, tuple)) else None
    if not isinstance(found, Mapping):
        shown.notes.append("What it is mapped over is known only when it runs.")
        return {}
    return found


def _first_of(value: Any, name: str, note: Any) -> Any:
    if isinstance(value, (list, tuple)) and value:
        return value[0]
    if isinstance(value, Mapping) and value:
        return next(iter(value.items()))
    if isinstance(value, XComArg):
        # Resolved with the other templates.
        return str(_of_xcom(value, None, note))
    return str(Unknown(name, note))


def _resolved(value: Any, ti: Any, note: Any) -> Any:
    """Return a value with what earlier tasks left in place of references to them."""
    if isinstance(value, XComArg):
        return _of_xcom(value, ti, note)
    if isinstance(value, (list, tuple)) and type(value) in (list, tuple):
        return type(value)(_resolved(each, ti, note) for each in value)
    if isinstance(value, dict):
        return {name: _resolved(each, ti, note) for name, each in value.items()}
    if hasattr(value, "iter_references"):  # an argument of a task group that is mapped
        return str(Unknown(str(getattr(value, "_key", "mapped")), note))
    return value


def _of_xcom(value: Any, ti: Any, note: Any) -> Any:
    task_id = getattr(getattr(value, "operator", None), "task_id", None)
    if task_id is None:  # made of several, or by a function
        return Unknown("xcom", note)
    key = getattr(value, "key", "return_value")
    if ti is None:
        return Unknown(task_id if key == "return_value" else f"{task_id}.{key}", note)
    return ti.xcom_pull(task_ids=task_id, key=key)
