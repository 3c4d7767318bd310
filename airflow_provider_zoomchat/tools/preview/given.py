"""What a person hands over: a text, a file, standard input; and names for templates. No Airflow."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from .shown import PreviewError

Kind: TypeAlias = Literal["text", "markdown", "card"]

#: What a file holds, by the end of its name. With ``.j2`` behind it a file is a template as well;
#: the others are, too, since whatever an operator is given is one.
_KINDS: dict[str, Kind] = {
    ".txt": "text",
    ".md": "markdown",
    ".json": "card",
}

#: Names whose values are Airflow's objects: of these, a person gives attributes.
OBJECTS = ("dag", "dag_run", "task", "task_instance", "ti")

_KNOWN = ".md, .md.j2, .json, .json.j2 or .txt"


@dataclass(frozen=True)
class Given:
    """What is to be shown.

    :param kind: how it is meant.
    :param value: a text; of a card its JSON value, or a text if it is a template.
    :param name: what a person knows it by.
    """

    kind: Kind
    value: Any
    name: str


def message(text: str, *, markdown: bool) -> Given:
    """Return a message that stands on the command line."""
    if not text.strip():
        raise PreviewError("--message is empty: Zoom has no empty messages.")
    return Given("markdown" if markdown else "text", text, "message")


def file(path: str, read_stdin: Callable[[], bytes], *, markdown: bool) -> Given:
    """Return what stands in a file, or on standard input for ``-``.

    Standard input is a card if it begins like a JSON object, otherwise a text.

    :raises PreviewError: there is nothing to read, or it is not what the file's name says.
    """
    kind: Kind
    if path == "-":
        name = "standard input"
        text = _decoded(read_stdin(), name)
        is_card = text.lstrip().startswith("{") and not text.lstrip().startswith(("{{", "{%"))
        kind = "card" if is_card and not markdown else "markdown" if markdown else "text"
    else:
        name = path
        given = Path(path.removesuffix(".j2")).suffix.lower()
        if given not in _KINDS and not Path(path).is_file():
            # A text that was typed without --message.
            raise PreviewError(f"{path}: no such file. For a text, write --message {path!r}.")
        if given not in _KINDS:
            raise PreviewError(f"{path}: its name ends in none of {_KNOWN}.")
        kind, text = _KINDS[given], read(path)
        kind = "markdown" if markdown and kind == "text" else kind
    if not text.strip():
        raise PreviewError(f"{name} is empty: Zoom has no empty messages.")
    is_template = path.endswith(".j2") or "{{" in text or "{%" in text
    if kind == "card" and not is_template:
        return Given("card", _object(text, name, "a card"), name)
    return Given(kind, text, name)


def context(path: str) -> dict[str, Any]:
    """Return the names that templates see, from a JSON file.

    :raises PreviewError: it cannot be read, or is not a JSON object.
    """
    found = _object(read(path), path, "names with their values")
    if not isinstance(found.get("xcoms", {}), dict):
        raise PreviewError(f"{path}: xcoms must be an object: a value for each task id.")
    for name in OBJECTS:
        if not isinstance(found.get(name, {}), dict):
            raise PreviewError(f"{path}: {name} must be an object: a value for each attribute.")
    return found


def read(path: str) -> str:
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
        raise PreviewError(f"{name}: it is no UTF-8 (byte {error.start + 1}).") from None
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
        kind = {list: "an array", str: "a text", bool: "a boolean"}.get(type(value), "a number")
        kind = "null" if value is None else kind
        raise PreviewError(f"{name}: expected a JSON object ({of}), found {kind}.")
    return value
