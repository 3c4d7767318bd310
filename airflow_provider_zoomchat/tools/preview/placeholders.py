"""Placeholders for values known only in a run, and errors for unknown names.

A value that only a run knows is a `Placeholder`. A template may do with it what it likes - take a
part of it, call it, calculate with it, loop over it - and shows it as its name in angle quotes. A
name that is not there is an undefined of Jinja's, which is shown in the same way. A `Record` keeps
both, as the notes and refusals of one message.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial, wraps
from typing import Any

from jinja2 import TemplateSyntaxError, Undefined, meta
from jinja2.filters import FILTERS
from jinja2.nativetypes import NativeEnvironment
from jinja2.utils import missing

from ..._compat import AIRFLOW
from ...zoom import sanitize

_MARKED = re.compile("\u2039[^\u203a\n]+\u203a")
#: In this a template differs from what Python shows of the argument that it stands in.
_LOOKS = re.compile(r"\\[nrt]|[\s\\'\"]")
_EXPRESSION = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)

#: Names of a context that Airflow 3 leaves out for a run without a logical date.
_OF_LOGICAL_DATE = {
    *("logical_date", "ds", "ds_nodash", "ts", "ts_nodash", "ts_nodash_with_tz"),
    *("data_interval_start", "data_interval_end"),
    *("prev_data_interval_start_success", "prev_data_interval_end_success"),
}

#: Names that contexts of some callbacks have, and others not.
_OF_SOME_CALLBACKS = ("exception", "reason", "deadline", "task_list")

#: Names of Airflow 2, and what says the same now, where that is not much alike. Source:
#: https://airflow.apache.org/docs/apache-airflow/2.11.0/templates-ref.html#deprecated-variables
_RENAMED = {
    "execution_date": "logical_date",
    "next_execution_date": "data_interval_end",
    "next_ds": "data_interval_end | ds",
    "next_ds_nodash": "data_interval_end | ds_nodash",
    "prev_execution_date_success": "prev_data_interval_start_success",
    "prev_ds": "macros.ds_add(ds, -1)",
    "yesterday_ds": "macros.ds_add(ds, -1)",
    "tomorrow_ds": "macros.ds_add(ds, 1)",
}

#: Characters of a template that a refusal quotes.
_MOST_OF_EXPRESSION = 80

#: By these, readers of tables tell cursors and data frames, and Airflow tells references to tasks.
#: In a template they are looked for among the items next, and found there.
_KINDS = ("fetchmany", "itertuples", "iter_rows", "iter_references", "template_fields")

#: Methods that say the same in another way.
_SAME = ("strftime", "isoformat", "strip", "lower", "upper", "title")


def mark(name: str) -> str:
    """Return the name of a value as it is shown."""
    return f"\u2039{name}\u203a"


def marked(value: object) -> list[str]:
    """Return the placeholders in a text; none of anything else."""
    return _MARKED.findall(value) if isinstance(value, str) else []


def plain(value: Any) -> Any:
    """Return a value with texts in place of placeholders, also within lists and dicts."""
    if isinstance(value, Placeholder):
        return str(value)
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if type(value) in (list, tuple):
        return type(value)(plain(inner) for inner in value)
    return value


@dataclass
class Record:
    """What the templates of one message use and the preview does not know.

    :param is_callback: whether the templates are a notifier's.
    """

    is_callback: bool = False
    #: The names that the templates see.
    context: Mapping[str, Any] = field(default_factory=dict)
    #: The templates, by the argument that they stand in.
    arguments: Mapping[str, Any] = field(default_factory=dict)
    #: The names of values that only a run knows, in the order in which they were used.
    placeholders: dict[str, None] = field(default_factory=dict)
    #: What no run of this Airflow knows, each with its place.
    refusals: dict[str, None] = field(default_factory=dict)
    #: The template that was compiled last.
    source: str = ""
    #: What templates use of that which some runs lack.
    _dates: dict[str, None] = field(default_factory=dict)
    _notes: dict[str, None] = field(default_factory=dict)

    @property
    def notes(self) -> list[str]:
        """What is to be said of values that the preview does not know."""
        notes = list(self._notes)
        if self._dates and AIRFLOW >= (3, 0):
            has = "has" if len(self._dates) == 1 else "have"
            notes.append(
                f"{', '.join(self._dates)} {has} no value in a run without a logical date: one for "
                "assets, or one that is triggered without it."
            )
        if self.placeholders:
            names = ", ".join(mark(name) for name in self.placeholders)
            known = "is known" if len(self.placeholders) == 1 else "are known"
            notes.append(f"{names} {known} only in a run; --context can give a value.")
        return notes

    def place(self, name: str = "") -> str:
        """Return where the last template stands: ``message, {{ ds }}``.

        :param name: that the expression has.
        """
        source = _LOOKS.sub("", self.source)
        found = [
            name for name, value in self.arguments.items() if source in _LOOKS.sub("", str(value))
        ]
        argument = (*found, "a template")[0]
        word = re.compile(rf"\b{re.escape(name)}\b")
        found = [each for each in _EXPRESSION.findall(self.source) if word.search(each)]
        expression = sanitize.one_line((*found, self.source)[0])
        return f"{argument}, {sanitize.cut(expression, _MOST_OF_EXPRESSION)}"

    def observe(self, owner: Any) -> None:
        """Have templates tell what they use and the preview does not know.

        :param owner: the DAG whose environment they are rendered in, or a notifier without a DAG.
        """
        build = partial(type(owner).get_template_env, owner)
        owner.get_template_env = lambda *given, **options: self._observed(build(*given, **options))

    def _observed(self, env: Any) -> Any:
        """Return an environment after its templates tell what they use."""
        env.undefined = partial(UnknownName, self)
        env.filters |= {
            name: _tolerant(name, apply)
            for name, apply in env.filters.items()
            # A default is for a name that is not there; an author's own filters are called.
            if name not in ("default", "d") and FILTERS.get(name) is apply
        }
        if isinstance(env, NativeEnvironment):
            finalize = env.finalize or (lambda value: value)
            env.finalize = lambda value: finalize(plain(value))
        compiled = env.from_string

        def from_string(source: Any, *arguments: Any, **named: Any) -> Any:
            self.source = str(source)
            try:
                names = meta.find_undeclared_variables(env.parse(source)) & self.context.keys()
                self._dates |= dict.fromkeys(sorted(names & _OF_LOGICAL_DATE))
                return compiled(source, *arguments, **named)
            except TemplateSyntaxError as error:
                quoted = re.search(r"'(.+?)'", str(error.message))
                reason = f"{type(error).__name__}: {error.message}"
                self._refuse(reason, quoted[1] if quoted else "")
                raise

        env.from_string = from_string
        return env

    def missing(self, owner: Any, name: str) -> str:
        """Keep that a template uses a name that is not there, and return what it is called.

        :param owner: what it is looked for in; None stands for the context itself.
        """
        before = rf"([\w.]+)(?:\.|\[['\"]?){re.escape(name)}\b"
        holder = None if owner is None else re.search(before, self.source)
        is_index = isinstance(owner, (list, tuple)) and name.lstrip("-").isdigit()
        part = f"[{name}]" if is_index else f".{name}"
        full = f"{holder[1]}{part}" if holder else name
        if owner is None and self.is_callback and name in _OF_SOME_CALLBACKS:
            self._notes[f"{name} has no value in this callback, only in others."] = None
        elif owner is not None and owner is self.context.get("params"):
            self._notes[f"The DAG declares no param {name!r}: only a run can bring it."] = None
        elif owner is not None and owner is self.context.get("macros"):
            self._notes[f"{full} is not installed here: only a plugin can bring it."] = None
        elif is_index or isinstance(owner, Mapping):
            self.placeholders[full] = None
        else:
            known = self.context if owner is None else dir(owner)
            public = [each for each in known if not each.startswith("_")]
            near = difflib.get_close_matches(name, public, 1)
            near = [_RENAMED[name]] if name in _RENAMED else near
            hint = f" Did you mean {near[0]!r}?" if near else ""
            # The alert of a deadline, or of an SLA, has few of the names of a run.
            who = "run" if "ti" in self.context else "such callback"
            version = ".".join(map(str, AIRFLOW))
            self._refuse(f"no {who} of Airflow {version} knows {full!r}.{hint}", name)
        return full

    def _refuse(self, reason: str, name: str) -> None:
        """Keep what is wrong with the last template."""
        self.refusals[f"{self.place(name)}: {reason}"] = None


def _decides(answer: Any) -> Callable[..., Any]:
    """Return a method by which a template takes one of two ways, which is noted."""

    def method(self: Placeholder, *_: object) -> Any:
        self._use()
        return answer

    return method


class Placeholder:
    """A value that only a run knows.

    >>> str(Placeholder("load", Record())["rows"][0]) == mark("load.rows[0]")
    True
    """

    #: Airflow's templates ask for these before they call anything; see `jinja2.sandbox`.
    unsafe_callable = alters_data = False

    def __init__(self, name: str, record: Record) -> None:
        self._name = name
        self._record = record

    def _use(self) -> str:
        """Have it noted that the value is shown, or decided on; return what it is called."""
        self._record.placeholders[self._name] = None
        return self._name

    def _part(self, behind: str) -> Placeholder:
        return Placeholder(f"{self._name}{behind}", self._record)

    def __str__(self) -> str:
        return mark(self._use())

    __repr__ = __str__

    def __format__(self, spec: str) -> str:
        return str(self)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name in _KINDS:
            raise AttributeError(name)
        if name == "items":
            return lambda: [(self._part(".key"), self._part(".value"))]
        if name in ("keys", "values"):
            return lambda: [self._part(f".{name[:-1]}")]
        if name == "get":
            return lambda key, *_, **__: self[key]
        return self if name in _SAME else self._part(f".{name}")

    def __getitem__(self, key: object) -> Placeholder:
        return self._part(f".{key}" if isinstance(key, str) else f"[{key!r}]")

    def __call__(self, *_: object, **__: object) -> Any:
        """Return itself, as what a method, a macro or arithmetic gives."""
        return self

    def __iter__(self) -> Iterator[Placeholder]:
        self._use()
        return iter([self])

    def __eq__(self, other: object) -> bool:
        self._use()
        return self is other

    __hash__ = object.__hash__

    # Templates ask whether there are rows, and their authors want to see what they say then.
    __bool__ = __contains__ = __gt__ = __ge__ = _decides(True)
    __lt__ = __le__ = _decides(False)
    __len__ = _decides(1)

    def __add__(self, other: object) -> Any:
        return f"{self}{other}" if isinstance(other, str) else self

    def __radd__(self, other: object) -> Any:
        return f"{other}{self}" if isinstance(other, str) else self

    __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __call__
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = __call__
    __neg__ = __pos__ = __abs__ = __round__ = __call__


class TypedPlaceholder(Placeholder):
    """A placeholder for a value of a known type: it has the attributes of an example alone."""

    def __init__(self, name: str, record: Record, example: object) -> None:
        super().__init__(name, record)
        self._example = example

    def __dir__(self) -> list[str]:
        return dir(self._example)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in dir(self):
            raise AttributeError(name)
        return super().__getattr__(name)

    def __getitem__(self, key: object) -> Placeholder:
        if isinstance(key, str):  # Jinja looks for an attribute then
            raise TypeError("it has no items by name")
        return super().__getitem__(key)


class UnknownName(Placeholder, Undefined):  # type: ignore[misc]  # both have all operators
    """A name in a template that is not there: false, and shown by its name.

    :param record: it is told of what is used; the others are as Jinja gives them.
    """

    def __init__(
        self,
        record: Record,
        hint: str | None = None,
        obj: Any = missing,
        name: Any = None,
        **_: Any,  # of what Airflow's templates may not have, an error
    ) -> None:
        Undefined.__init__(self, hint, obj, name)
        Placeholder.__init__(self, str(name if name is not None else hint), record)

    def _use(self) -> str:
        owner = None if self._undefined_obj is missing else self._undefined_obj
        return self._record.missing(owner, self._name)

    def _part(self, behind: str) -> Placeholder:
        self._use()
        return self

    def __call__(self, *_: object, **__: object) -> Any:
        """Return itself: it is noted, and whatever is called is not there either."""
        return self._part("()")

    def __iter__(self) -> Iterator[Placeholder]:
        self._use()
        return iter([])

    __bool__ = _decides(False)
    __len__ = _decides(0)


def _tolerant(name: str, apply: Any) -> Callable[..., Any]:
    """Return a filter of Jinja's that gives a placeholder back as it is."""

    @wraps(apply)
    def tolerant(*arguments: Any, **named: Any) -> Any:
        # Of some filters the first argument is Jinja's own.
        found = [value for value in arguments[:2] if isinstance(value, Placeholder)]
        if not found:
            return apply(*arguments, **named)
        return json.dumps(str(found[0]), ensure_ascii=False) if name == "tojson" else found[0]

    return tolerant
