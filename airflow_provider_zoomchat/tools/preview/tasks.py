"""The messages of tasks: the operator itself sends them, to the sandbox."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from airflow.providers.common.compat.sdk import XComArg, literal

from ...operators.base import ZoomMessageOperator
from ...sandbox.connections import DEFAULT_IDS
from ...transfers import report
from ...transfers.sql_to_zoom_chat import SqlToZoomChatOperator
from ...zoom.text import Text
from . import mapped, queries, safety, standins, views
from .lookups import XComs
from .shown import Shown
from .stage import NOT_REFUSED, Outcome, Stage, named
from .unknown import Unknown, marked, settled

_UNSHOWN = "It cannot be shown without a value that only a run knows."


def kind_of(task: Any) -> type[ZoomMessageOperator] | None:
    """Return the class of a task that is one of this provider's, a mapped one too."""
    kind = task.operator_class if mapped.is_mapped(task) else type(task)
    is_ours = isinstance(kind, type) and issubclass(kind, ZoomMessageOperator)
    return kind if is_ours else None


def show(
    stage: Stage,
    task: Any,
    context: dict[str, Any],
    xcoms: XComs,
    *,
    name: str = "",
    app_types: Sequence[str] = (),
) -> Shown:
    """Send the message of a task, and return how it looks.

    :param task: is left as it is.
    :param context: of its run.
    :param xcoms: what earlier tasks left; what this one leaves is put in.
    :param app_types: the App types that are asked for; nothing is any.
    """
    app_type = app_type_of(task)
    shown = Shown(name or f"task {task.task_id}", app_type or _assumed(task, app_types))
    if app_type is None:
        shown.notes.append(
            f"assumed: App type {shown.app_type}, since its connection is not looked up; "
            "--app-type shows another."
        )
    ready = _ready(task, context, shown)
    if ready is None:
        return shown
    ready.app_type = shown.app_type
    if marked(ready.zoom_conn_id):
        ready.zoom_conn_id = "zoom_preview"
    shown.notes += standins.places(ready)
    shown.notes += standins.files(ready)
    notes, is_card = standins.card(ready)
    shown.notes += notes
    if not is_card:
        shown.notes.append(_UNSHOWN)
        return shown
    before = stage.attempt(
        lambda: standins.messages(ready, stage.hook(ready.zoom_conn_id, shown.app_type), stage.ids)
    )
    shown.notes += before.value or []
    if before.refusals:
        # Where it cannot stand, neither can what the task sends; that is said in the same words.
        return stage.filled(shown, Outcome(wires=before.wires, refusals=before.refusals))
    if isinstance(ready, SqlToZoomChatOperator):
        database: Any = queries.SampleDatabase(ready.sql)
        ready.get_db_hook = lambda: database  # type: ignore[method-assign]
        shown.notes.append(
            "The query is not run: the rows are made up, and so is the name of a column that the "
            "query does not name."
        )
    # Airflow wants `execute` to be called by itself alone, and this asks in its place.
    ready.allow_nested_operators = True

    def send() -> Any:
        safety.guard(ready.hook, stage.zoom.url)
        return ready.execute(context)

    outcome = stage.attempt(send)
    if not outcome.refusals:
        value = [outcome.value] if mapped.is_mapped(task) else outcome.value
        xcoms[task.task_id, "return_value"] = value
        for key in [key for key in xcoms if key[0] == task.task_id]:
            xcoms[key] = stage.as_zoom(xcoms[key])
    return stage.filled(shown, outcome)


def app_type_of(task: Any) -> str | None:
    """Return the App type of a task's connection; None if a report's arguments do not tell."""
    kind = kind_of(task)
    if kind is None or not issubclass(kind, SqlToZoomChatOperator):
        return str(getattr(kind, "app_type", "server_to_server"))
    given = mapped.given(task)
    for app_type, options in report.BY_APP_TYPE.items():
        if app_type != "server_to_server" and any(given.get(name) for name in options.targets):
            return app_type
    by_id = {conn_id: app_type for app_type, conn_id in DEFAULT_IDS.items()}
    if any(given.get(name) for name in report.BY_APP_TYPE["server_to_server"].targets):
        return "server_to_server"
    if given.get("send_as") == "csv":
        return "server_to_server"
    return by_id.get(str(given.get("zoom_conn_id", DEFAULT_IDS["server_to_server"])))


def _assumed(task: Any, wanted: Sequence[str]) -> str:
    """Return an App type that a report may be sent with, one of those wanted if there is one."""
    given = mapped.given(task)
    able = [
        app_type
        for app_type, options in report.BY_APP_TYPE.items()
        if given.get("send_as") in (None, *options.shapes)
    ]
    return next((each for each in able if each in wanted), able[0])


def _ready(task: Any, context: dict[str, Any], shown: Shown) -> Any:
    """Return a task whose templates are rendered; None if they cannot be."""
    try:
        ti, left = context["ti"], frozenset[str]()
        if mapped.is_mapped(task):
            first = mapped.first(task, ti)
            shown.notes.append(first.note)
            if first.arguments is None:
                return None
            ready = task.unmap(first.arguments)
            ti.map_index, left = 0, first.from_xcoms
        else:
            ready = task.prepare_for_execution()
        if isinstance(context["task"], views.View):
            context["task"].renew(ready)
        for name in ready.template_fields:
            given = getattr(ready, name, None)
            # What an earlier task has left is taken as it is: no template is looked for in it.
            setattr(ready, name, literal(given) if name in left else _resolved(given, ti))
        ready.render_template_fields(context, _env(ready))
        for name in ready.template_fields:
            setattr(ready, name, settled(getattr(ready, name, None)))
    except NOT_REFUSED:
        raise
    except BaseException as error:  # whatever a template, or a mapped task's argument, may be
        said = f"no such file: {error}" if type(error).__name__ == "TemplateNotFound" else None
        if Unknown.__name__ in str(error) or marked(str(error)):
            # Python's own functions take no stand-in; a real run has the value.
            shown.notes.append(_UNSHOWN)
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


def _resolved(value: Any, ti: Any) -> Any:
    """Return a value with what earlier tasks left in place of references to them."""
    if isinstance(value, XComArg):
        return literal(settled(mapped.xcom(value, ti)))
    if type(value) in (list, tuple):
        return type(value)(_resolved(each, ti) for each in value)
    if type(value) is dict:
        return {name: _resolved(each, ti) for name, each in value.items()}
    if isinstance(value, (type(literal(None)), Text)) or views.is_data(value):
        return value
    # An argument of a task group that is mapped, or an object of the author's, which Airflow would
    # ask what it stands for: that is its author's code.
    name = getattr(value, "_key", None) or getattr(value, "__name__", type(value).__name__)
    return str(Unknown(str(name), ti.note))
