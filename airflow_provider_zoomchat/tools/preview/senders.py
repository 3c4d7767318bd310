"""What sends: the operator or the notifier itself, prepared so that the sandbox can take it.

An author's own `execute`, `notify` or `__call__` is not run: it may do anything.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import XComArg, literal

from ...hooks.app_types import APP_TYPES, TEAM_CHAT, THREADS
from ...notifications.base import ZoomNotifier
from ...operators.base import ZoomMessageOperator
from ...sandbox.connections import DEFAULT_IDS
from ...transfers.sql_to_zoom_chat import SqlToZoomChatOperator
from ...zoom.addresses import ZOOM
from .context import SampleRun
from .placeholders import Placeholder, Record, marked, plain
from .runner import NOT_REFUSED, Runner, described, guard
from .shown import CALLED, Shown
from .stand_ins import (
    EARLIER,
    SampleDatabase,
    mend_card,
    post_earlier,
    replace_files,
    replace_unknown,
)

if TYPE_CHECKING:
    from ...notifications.rendering import Draft

#: Seconds for a preview, in place of the author's time_budget.
_TIME_BUDGET = 60.0

_UNSHOWN = "It cannot be shown without a value that only a run knows"

#: By these, an error shows that a value of a run, or a question to Airflow, is behind it.
_OF_RUN = re.compile(
    rf"{Placeholder.__name__}|SUPERVISOR_COMMS|OperationalError|(VARIABLE|CONNECTION)_NOT_FOUND|"
    r"Variable \S+ does not exist|AirflowNotFoundException"
)

#: What a draft says of a template of its author's that raised an error.
_TEMPLATE_FAILED = re.compile(r"failed: (?:\w+: )?[A-Z]\w*(?:: |$)")


def own_code(name: str, sender: Any, kind: type, *methods: str) -> str | None:
    """Return why a preview does not run a sender; None if it does.

    :param name: of the sender, for people.
    :param sender: a notifier, or a task, which if it is mapped is of another class than `kind`.
    :param methods: those that do what the provider's do, unless an author has put others there.
    """
    ours = __name__.partition(".")[0]
    for each in methods:
        if each in vars(sender) or not getattr(kind, each).__module__.startswith(ours):
            return f"{name}: {kind.__name__} has its own {each}, which a preview does not run."
    return None


def operator_class(task: Any) -> type[ZoomMessageOperator] | None:
    """Return the class of a task that is one of this provider's, a mapped one too."""
    kind = task.operator_class if is_mapped(task) else type(task)
    is_ours = isinstance(kind, type) and issubclass(kind, ZoomMessageOperator)
    return kind if is_ours else None


def is_mapped(task: Any) -> bool:
    """Tell whether a task is made several times over, by `expand`."""
    return hasattr(task, "_expand_input_attr")


def arguments_of(task: Any) -> dict[str, Any]:
    """Return what a task or a DAG was given; a mapped task, what all of its instances are."""
    return {**getattr(task, "partial_kwargs", {}), **vars(task)}


def show_task(
    runner: Runner, sample: SampleRun, task: Any, *, name: str = "", app_types: Sequence[str] = ()
) -> Shown:
    """Send the message of a task, and return how it looks.

    :param task: is left as it is.
    :param app_types: the App types that are asked for; nothing is any.
    """
    app_type, is_certain = _app_type(task, app_types)
    shown = Shown(name or f"task {task.task_id}", app_type)
    if not is_certain:
        shown.notes.append(
            f"assumed: App type {app_type}, since its connection is not looked up; --app-type "
            "shows another."
        )
    ready, context = rendered(sample, task, shown)
    if ready is None:
        return shown
    ready.api, ready.durable = APP_TYPES[app_type].api, False
    replace_unknown(vars(ready), shown.notes, runner.channel)
    replace_files(ready, shown.notes)
    if not mend_card(ready, shown.notes):
        shown.notes.append(f"{_UNSHOWN}.")
        return shown
    earlier, known = Shown(EARLIER, app_type), {each["id"] for each in runner.zoom.messages()}

    def post() -> None:
        post_earlier(ready, shown.notes, runner.hook(ready.zoom_conn_id, app_type), known)

    runner.send(earlier, post)
    if earlier.refusals:
        # Where it cannot stand, neither can what the task sends; that is said in the same words.
        shown.refusals, shown.wires = earlier.refusals, earlier.wires
        return shown
    if isinstance(ready, SqlToZoomChatOperator):
        database: Any = SampleDatabase(ready.sql)
        ready.get_db_hook = lambda: database  # type: ignore[method-assign]
        shown.notes.append(
            "The query is not run: the rows are made up, and so is the name of a column that the "
            "query does not name."
        )
    # Airflow wants `execute` to be called by itself alone, and this asks in its place.
    ready.allow_nested_operators = True

    def send() -> None:
        guard(ready.hook, runner.zoom.url)
        value = ready.execute(context)
        sample.xcoms[task.task_id, "return_value"] = [value] if is_mapped(task) else value
        for key, left in sample.xcoms.items():
            if key[0] == task.task_id:
                as_zoom = json.dumps(left).replace(runner.zoom.url, ZOOM.web)
                sample.xcoms[key] = json.loads(as_zoom)

    runner.send(shown, send)
    return shown


@dataclass
class Use:
    """A notifier with an event that it is used for.

    :param tasks: those that use it; none where only the DAG does.
    :param places: where it is used, for example ``on_failure_callback of load``.
    """

    notifier: ZoomNotifier
    event: str
    tasks: list[Any] = field(default_factory=list)
    places: list[str] = field(default_factory=list)

    @property
    def own_code(self) -> str | None:
        """Why a preview does not run the notifier; None if it does."""
        methods = ("notify", "async_notify", "__call__")
        return own_code(self.places[0], self.notifier, type(self.notifier), *methods)


def show_use(runner: Runner, sample: SampleRun, use: Use, task: Any, *, name: str = "") -> Shown:
    """Send the alert of a notifier, and return how it looks.

    :param use: its notifier is left as it is.
    :param task: as in `SampleRun.context`.
    """
    shown = Shown(name or f"alert {use.event}", use.notifier.api.app_type, use.places)
    if use.notifier.only_recovered:
        shown.notes.append(
            "It is sent only where a run recovers, and edits its message then: --alert group."
        )
    found = prepared(runner, sample, use, shown, task)
    if found is not None:
        notifier, draft, _ = found

        def send() -> None:
            runner.hook(draft.zoom_conn_id, shown.app_type)
            # Not `notify`: it asks Airflow for groups and silences, and logs what goes wrong.
            notifier.send(draft)

        runner.send(shown, send)
    return shown


def prepared(
    runner: Runner, sample: SampleRun, use: Use, shown: Shown, task: Any, **more: Any
) -> tuple[ZoomNotifier, Draft, dict[str, Any]] | None:
    """Return a notifier that can send to the sandbox, its draft and context; None if it sends none.

    :param use: its notifier is left as it is.
    :param shown: gets the notes and the refusals.
    :param task: as in `SampleRun.context`, like `more`.
    """
    notifier = copy.copy(use.notifier)
    notifier.time_budget = _TIME_BUDGET
    fields = {each: getattr(notifier, each, None) for each in notifier.template_fields}
    fields["alerts"] = [list(vars(alert).values()) for alert in notifier.alerts]
    record = sample.record = Record(is_callback=True, arguments=fields)
    try:
        record.context = context = sample.context(task, use.event, **more)
        record.observe(sample.dag if "dag" in context else notifier)
        draft = notifier.draft(context)
    except NOT_REFUSED:
        raise
    except BaseException as error:
        shown.refusals.append(described(error))
        return None
    shown.notes += record.notes
    shown.refusals += record.refusals
    if draft is None:
        shown.notes.append("Airflow repeats this callback; the repeat sends nothing.")
        return None
    for note in draft.notes:
        is_of_template = _TEMPLATE_FAILED.search(note) is not None
        if marked(note) or (is_of_template and _needs_run(note, record)):
            shown.notes.append(note)
        elif not (is_of_template and record.refusals):  # which say it already
            shown.refusals.append(note)
    given = dict(draft.arguments)
    for argument in THREADS:
        if given.pop(argument, None):
            shown.notes.append(f"{argument} is left out: the thread is known only in a run.")
    given |= {"mention": list(draft.mentions), "zoom_conn_id": draft.zoom_conn_id}
    replace_unknown(given, shown.notes, runner.channel)
    draft = replace(
        draft,
        mentions=tuple(given.pop("mention") or ()),
        zoom_conn_id=given.pop("zoom_conn_id"),
        arguments=given,
    )
    return notifier, draft, context


def rendered(
    sample: SampleRun, task: Any, shown: Shown, event: str = ""
) -> tuple[Any, dict[str, Any]]:
    """Return a task whose templates are rendered, None if they cannot be; and its context.

    :param shown: gets the notes and the refusals.
    """
    record = sample.record = Record()
    record.observe(sample.dag)
    ready, context = None, dict[str, Any]()
    try:
        ready = _first_instance(sample, task, shown)
        if ready is None:
            return None, context
        context = sample.context(ready, event, map_index=0 if is_mapped(task) else -1)
        fields = {name: getattr(ready, name, None) for name in ready.template_fields}
        record.context, record.arguments = context, fields
        for name, value in fields.items():
            setattr(ready, name, _resolved(value, sample))
        ready.render_template_fields(context)
    except NOT_REFUSED:
        raise
    except BaseException as error:  # whatever a template, or a mapped task's argument, may be
        ready = None
        said = described(error)
        if _needs_run(said, record):
            shown.notes.append(f"{_UNSHOWN}: {said}.")
        elif not record.refusals:
            place = f"{record.place()}: " if record.source else ""
            said = said.replace("TemplateNotFound", "no such file")
            shown.refusals.append(f"Its templates cannot be rendered: {place}{said}")
    shown.notes += record.notes
    shown.refusals += record.refusals
    return ready, context


def _needs_run(error: str, record: Record) -> bool:
    """Tell whether a template has failed for want of a run.

    Functions that get a placeholder take it for what they like; others ask Airflow's server or its
    database, which are not there. A template that is wrong itself is so in every run.
    """
    if re.search(r"\bTemplate(?:NotFound|\w*Error)\b", error):
        return False
    return bool(record.placeholders or marked(error) or _OF_RUN.search(error))


def _resolved(value: Any, sample: SampleRun) -> Any:
    """Return a value with what earlier tasks left in place of references to them."""
    if isinstance(value, XComArg):
        # It is taken as it is: no template is looked for in it.
        return literal(plain(_left_by(value, sample)))
    if type(value) in (list, tuple):
        return type(value)(_resolved(each, sample) for each in value)
    if type(value) is dict:
        return {name: _resolved(each, sample) for name, each in value.items()}
    if hasattr(value, "_key"):  # an argument of a task group that is mapped
        return str(sample.placeholder(value._key))
    return value


def _left_by(reference: Any, sample: SampleRun) -> Any:
    """Return what stands behind a reference to an earlier task."""
    task_id = getattr(getattr(reference, "operator", None), "task_id", None)
    if task_id is None:  # made of several, or by a function
        return sample.placeholder("xcom")
    return sample.pull(task_id, key=getattr(reference, "key", "return_value"))


def _first_instance(sample: SampleRun, task: Any, shown: Shown) -> Any:
    """Return a task as it runs, of a mapped one the first; None if there is none."""
    if not is_mapped(task):
        return task.prepare_for_execution()
    value = getattr(task, task._expand_input_attr).value
    try:
        if isinstance(value, Mapping):
            first: Any = {name: _first_of(each, sample) for name, each in value.items()}
        else:
            first = _first_of(value, sample)
    except IndexError:
        shown.notes.append("It is mapped over nothing: no task is made.")
        return None
    if not isinstance(first, Mapping):
        shown.notes.append("What it is mapped over is known only when it runs.")
        return None
    shown.notes.append("A mapped task: its first message is shown.")
    return task.unmap(first)


def _first_of(value: Any, sample: SampleRun) -> Any:
    """Return what the first instance gets.

    :raises IndexError: there is nothing.
    """
    left = _left_by(value, sample) if isinstance(value, XComArg) else value
    if isinstance(left, Placeholder):
        return str(left)
    left = list(left.items()) if isinstance(left, Mapping) else left
    first = left[0] if isinstance(left, (list, tuple)) else str(sample.placeholder("mapped"))
    if not isinstance(value, XComArg):
        return first
    # It is taken as it is: no template is looked for in it.
    if isinstance(first, Mapping):
        return {name: literal(each) for name, each in first.items()}
    return literal(first)


def _app_type(task: Any, wanted: Sequence[str]) -> tuple[str, bool]:
    """Return the App type of a task's connection, and whether the task tells it.

    :param wanted: the App types that are preferred where a report's arguments do not tell.
    """
    kind = operator_class(task)
    if kind is None or not issubclass(kind, SqlToZoomChatOperator):
        return getattr(kind, "api", TEAM_CHAT).app_type, True
    given = arguments_of(task)
    for app_type in sorted(CALLED, key=lambda each: each == TEAM_CHAT.app_type):
        if any(given.get(name) for name in APP_TYPES[app_type].api.arguments):
            return app_type, True
    conn_id = given.get("zoom_conn_id", DEFAULT_IDS[TEAM_CHAT.app_type])
    shape = given.get("send_as")
    by_id = [each for each in CALLED if DEFAULT_IDS[each] == conn_id and shape != "csv"]
    able = [each for each in CALLED if shape in (None, *APP_TYPES[each].api.shapes)]
    assumed = next((each for each in able if each in wanted), able[0])
    return (*by_id, assumed)[0], bool(by_id) or shape == "csv"
