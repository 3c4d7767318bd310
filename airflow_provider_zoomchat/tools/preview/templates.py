"""Where the templates of a DAG are rendered: what is not known has a stand-in, and is noted.

A template may use functions of its author's, which may do anything: none of them is called.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

from . import unknown, views


class Noted:
    """What is not known and was shown, as a note for the message that shows it."""

    def __init__(self) -> None:
        self._names: dict[str, None] = {}

    def __call__(self, name: str) -> None:
        """Keep a name."""
        self._names[name] = None

    def taken(self) -> list[str]:
        """Return a note about the names since the last call; none if there are none."""
        names = ", ".join(unknown.mark(name) for name in self._names)
        is_one = len(self._names) == 1
        self._names.clear()
        known = "is known" if is_one else "are known"
        return [f"{names} {known} only in a run; --context can give a value."] if names else []


def prepare(dag: Any, note: unknown.Note) -> None:
    """Have the templates of a DAG take what is not known, and its author's code, for stand-ins."""
    dag.template_undefined = unknown.undefined(note)
    own = dag.jinja_environment_kwargs or {}
    dag.jinja_environment_kwargs = {name: own[name] for name in own if _is_setting(own[name])}
    extensions = [each for each in own.get("extensions", ()) if str(each).startswith("jinja2.")]
    if extensions:
        dag.jinja_environment_kwargs["extensions"] = extensions
    given = dag.user_defined_macros or {}
    dag.user_defined_macros = {name: views.plain(given[name], name, note) for name in given}
    theirs = {name: _stand_in(name, note) for name in dag.user_defined_filters or {}}
    dag.user_defined_filters = {**unknown.filters(), **theirs}


def macros(given: Any) -> Any:
    """Return Airflow's macros without those of plugins, which are their author's code."""
    if given is None:
        return None
    return SimpleNamespace(
        **{
            name: value
            for name, value in vars(given).items()
            if not (isinstance(value, ModuleType) and ".macros." in value.__name__)
            and not name.startswith("_")
        }
    )


def _is_setting(value: Any) -> bool:
    return isinstance(value, (str, bool, int))


def _stand_in(name: str, note: unknown.Note) -> Callable[..., Any]:
    return lambda *_, **__: unknown.Unknown(name, note)
