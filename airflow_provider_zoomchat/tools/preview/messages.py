"""One message, card or ready-made alert: what a person hands over, shown on each of Zoom's APIs.

Airflow is imported inside the functions that show something: what is handed over is read before the
command has set Airflow's settings.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...hooks.app_types import APP_TYPES
from .shown import CALLED, STORM, PreviewError, Section

#: What a file holds, by the end of its name. With ``.j2`` behind it a file is a template as well;
#: the others are, too, since whatever an operator is given is one.
_KINDS = {".txt": "text", ".md": "markdown", ".json": "card"}
_ENDINGS = ".md, .md.j2, .json, .json.j2 or .txt"

#: What JSON calls values that are no object, by their types.
_JSON_TYPES = {list: "an array", str: "a text", bool: "a boolean", type(None): "null"}

#: Names of templates whose values are Airflow's objects: of these, a person gives attributes.
OBJECTS = ("dag", "dag_run", "task", "task_instance", "ti")


@dataclass(frozen=True)
class Message:
    """A message that a person hands over.

    :param kind: "text", "markdown" or "card".
    :param value: a text; of a card its JSON value, or a text if it is a template.
    :param name: what a person knows it by.
    """

    kind: str
    value: Any
    name: str


def from_argument(text: str, *, markdown: bool) -> Message:
    """Return a message that stands on the command line."""
    if not text.strip():
        raise PreviewError("--message is empty: Zoom has no empty messages.")
    return Message("markdown" if markdown else "text", text, "message")


def from_file(path: str, read_stdin: Callable[[], bytes], *, markdown: bool) -> Message:
    """Return what stands in a file, or on standard input for ``-``.

    Standard input is a card if it begins like a JSON object, otherwise a text.

    :raises PreviewError: there is nothing to read, or it is not what the file's name says.
    """
    kind, name = "text", "standard input" if path == "-" else path
    if path == "-":
        text = _decoded(read_stdin(), name)
        start = text.lstrip()
        is_card = start.startswith("{") and not start.startswith(("{{", "{%"))
        kind = "card" if is_card and not markdown else "text"
    else:
        ending = Path(path.removesuffix(".j2")).suffix.lower()
        if ending not in _KINDS and not Path(path).is_file():
            # A text that was typed without --message.
            raise PreviewError(f"{path}: no such file. For a text, write --message {path!r}.")
        if ending not in _KINDS:
            raise PreviewError(f"{path}: its name ends in none of {_ENDINGS}.")
        kind, text = _KINDS[ending], _read(path)
    if not text.strip():
        raise PreviewError(f"{name} is empty: Zoom has no empty messages.")
    if kind == "text" and markdown:
        kind = "markdown"
    is_template = path.endswith(".j2") or "{{" in text or "{%" in text
    if kind == "card" and not is_template:
        return Message("card", _object(text, name, "a card"), name)
    return Message(kind, text, name)


def read_names(path: str) -> dict[str, Any]:
    """Return the names that templates see, from a JSON file.

    :raises PreviewError: it cannot be read, or is not a JSON object.
    """
    found = _object(_read(path), path, "names with their values")
    for name in ("xcoms", *OBJECTS):
        if not isinstance(found.get(name, {}), dict):
            key = "task id" if name == "xcoms" else "attribute"
            raise PreviewError(f"{path}: {name} must be an object: a value for each {key}.")
    return found


def preview(message: Message, app_types: Sequence[str], names: Mapping[str, Any]) -> Section:
    """Return a message or a card on each API.

    :param app_types: none stands for all of them.
    :param names: what templates see in place of what they would; ``xcoms`` by task id.
    :raises PreviewError: every API refuses it for the same reason.
    """
    from airflow.providers.common.compat.sdk import DAG

    from ...operators import zoom as operators
    from .context import SampleRun
    from .runner import Runner
    from .senders import show_task

    arguments = {"content" if message.kind == "card" else "message": message.value}
    arguments |= {"markdown": True} if message.kind == "markdown" else {}
    section = Section(message.name)
    folder = str(Path(message.name).resolve().parent)
    with Runner() as runner:
        for app_type in app_types or CALLED:
            operator: Any = getattr(operators, APP_TYPES[app_type].api.operator)
            with DAG("sales_daily", schedule=None, template_searchpath=[folder]) as dag:
                task = operator(task_id="load_orders", **arguments)
            sample = SampleRun(dag, names)
            section.shown.append(show_task(runner, sample, task, name=CALLED[app_type]))
    reasons = {" ".join(shown.refusals) for shown in section.shown}
    if len(reasons) == 1 and not any(shown.message for shown in section.shown) and any(reasons):
        raise PreviewError(f"{message.name}: {reasons.pop()}")
    return section


def check_alert(name: str) -> None:
    """Refuse an alert that there is not.

    :raises PreviewError: it is neither an event nor the one of a group.
    """
    from ...notifications.event import EVENTS

    events = [event for event in EVENTS if event != "unknown"]
    if name not in (STORM, *events):
        raise PreviewError(
            f"there is no event {name!r}. The events are {', '.join(events)}; and {STORM}, a "
            "message for a run that fails."
        )


def alert(event: str, app_types: Sequence[str], names: Mapping[str, Any]) -> Section:
    """Return the ready-made alert for an event on each API.

    :param event: its name, for example ``task_failed``.
    :param names: as in `preview`.
    """
    from ...notifications import zoom as notifiers
    from .context import SampleRun, sample_task
    from .runner import Runner
    from .senders import Use, show_use

    section, task = Section(f"alert {event}"), sample_task(event)
    sample = SampleRun(task.dag, names)
    with Runner() as runner:
        for app_type in app_types or CALLED:
            use = Use(getattr(notifiers, APP_TYPES[app_type].api.notifier)(), event)
            section.shown.append(show_use(runner, sample, use, task, name=CALLED[app_type]))
    return section


def _read(path: str) -> str:
    """Return what stands in a file of text.

    :raises PreviewError: it is not there, or no text.
    """
    try:
        return _decoded(Path(path).read_bytes(), path)
    except OSError as error:
        reason = "no such file" if isinstance(error, FileNotFoundError) else error.strerror
        raise PreviewError(f"{path}: {reason}.") from None


def _decoded(content: bytes, name: str) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PreviewError(f"{name}: it is not UTF-8 (byte {error.start + 1}).") from None
    # As Python reads a text: its lines end in one way.
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _object(text: str, name: str, of: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise PreviewError(
            f"{name}, line {error.lineno}, column {error.colno}: this is not JSON. {error.msg}."
        ) from None
    except RecursionError:
        raise PreviewError(f"{name}: its JSON is nested too deeply.") from None
    except ValueError as error:  # such as a number of thousands of digits
        raise PreviewError(f"{name}: its JSON cannot be read: {error}.") from None
    if not isinstance(value, dict):
        found = _JSON_TYPES.get(type(value), "a number")
        raise PreviewError(f"{name}: expected a JSON object ({of}), found {found}.")
    return value
