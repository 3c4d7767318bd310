"""What only a real run knows, as it stands in a preview: its name in angle quotes.

A template may do with it what it likes - take a part of it, call it, calculate with it, go through
it - and gets something to show. Only the template itself can be at fault.
"""

from __future__ import annotations

import functools
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dis import opmap
from types import FrameType
from typing import Any

#: What cursors, data frames and references to tasks are told by.
_KINDS = ("fetchmany", "itertuples", "iter_rows", "iter_references", "template_fields")

#: Methods that say the same in another way.
_SAME = ("strftime", "isoformat", "strip", "lower", "upper", "title")

#: Called with the name of each value that is not known, when it is shown or decided on.
Note = Callable[[str], None]

_BEGIN, _END = "\u2039", "\u203a"
_MARKED = re.compile(f"{_BEGIN}[^{_END}\n]+{_END}")


def marked(value: object) -> list[str]:
    """Return the stand-ins in a text."""
    return _MARKED.findall(value) if isinstance(value, str) else []


def mark(name: str) -> str:
    """Return the stand-in for a value: its name in signs that nobody types."""
    return f"{_BEGIN}{name}{_END}"


class Unknown:
    """A value that is not known.

    >>> marked(str(Unknown("load", print)["rows"][0])) != []
    load.rows[0]
    True
    """

    #: Airflow's templates ask before they call anything; see `jinja2.sandbox`.
    unsafe_callable = alters_data = False

    def __init__(self, name: str, note: Note) -> None:
        self._name = name
        self._note = note

    def __str__(self) -> str:
        self._note(self._name)
        return mark(self._name)

    __repr__ = __str__

    def __format__(self, spec: str) -> str:
        return str(self)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name in _KINDS:
            # Python, and who reads a table, tell a thing's kind by these. In a template they are
            # looked for among its items next, and found there.
            raise AttributeError(name)
        if name == "items":
            parts = (self._part(".key"), self._part(".value"))
            return lambda: [parts]
        if name in ("keys", "values"):
            return lambda: [self._part(f".{name[:-1]}")]
        if name == "get":
            return lambda key, *_: self[key]
        return self if name in _SAME else self._part(f".{name}")

    def __getitem__(self, key: object) -> Unknown:
        return self._part(f".{key}" if isinstance(key, str) else f"[{key!r}]")

    def __call__(self, *_: object, **__: object) -> Unknown:
        """Return itself, as what a method or a macro gives."""
        return self

    def __iter__(self) -> Iterator[Unknown]:
        names = _names_for(sys._getframe(1))
        return iter([self._part(f"[{at}]") for at in range(names)] if names else [self])

    def __len__(self) -> int:
        self._note(self._name)
        return 1

    def __bool__(self) -> bool:
        self._note(self._name)
        return True

    def __contains__(self, _: object) -> bool:
        self._note(self._name)
        return True

    def __add__(self, other: object) -> Any:
        return f"{self}{other}" if isinstance(other, str) else self

    def __radd__(self, other: object) -> Any:
        return f"{other}{self}" if isinstance(other, str) else self

    def _same(self, *_: object) -> Unknown:
        return self

    __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _same
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = _same
    __neg__ = __pos__ = __abs__ = __round__ = _same

    def __eq__(self, other: object) -> bool:
        self._note(self._name)
        return self is other

    __hash__ = object.__hash__

    def _is_more(self, _: object) -> bool:
        # Reports ask whether there are rows, and their authors want to see what is said of them.
        self._note(self._name)
        return True

    def _is_less(self, _: object) -> bool:
        self._note(self._name)
        return False

    __gt__ = __ge__ = _is_more
    __lt__ = __le__ = _is_less

    def _part(self, behind: str) -> Unknown:
        return Unknown(f"{self._name}{behind}", self._note)


def _names_for(caller: FrameType) -> int:
    """Return among how many names the caller shares out a value: ``{% for a, b in rows %}``.

    0 if it goes through the value instead. No other way tells: what is shared out wants to be just
    as long as the names are many.
    """
    code, at = caller.f_code.co_code, caller.f_lasti
    return code[at + 1] if code[at] == opmap["UNPACK_SEQUENCE"] else 0


def undefined(note: Note) -> type[Any]:
    """Return what Jinja takes for a name that nobody has given."""
    from jinja2 import Undefined

    class UnknownName(Unknown, Undefined):  # type: ignore[misc]  # it does more with all of them
        """A name in a template that only a real run knows, or nobody."""

        def __init__(
            self, hint: str | None = None, obj: Any = None, name: Any = None, *_: Any
        ) -> None:
            shown = str(name if name is not None else hint or "?")
            Undefined.__init__(self, hint, name=shown)
            Unknown.__init__(self, shown, note)

        def __bool__(self) -> bool:
            note(self._name)
            return False

    return UnknownName


def filters() -> Mapping[str, Callable[..., Any]]:
    """Return Jinja's filters as they work on values that are not known, too."""
    from jinja2.filters import FILTERS

    # What stands in for a value that is missing is what its author wants to see.
    given = {name: each for name, each in FILTERS.items() if name not in ("default", "d")}
    return {
        **{name: _tolerant(each) for name, each in given.items()},
        "tojson": _tolerant(
            FILTERS["tojson"], lambda value: json.dumps(str(value), ensure_ascii=False)
        ),
    }


def _tolerant(
    given: Callable[..., Any], stand_in: Callable[[Unknown], Any] = lambda value: value
) -> Callable[..., Any]:
    @functools.wraps(given)
    def tolerant(*arguments: Any, **named: Any) -> Any:
        # Of some filters the first argument is Jinja's own.
        for value in arguments[:2]:
            if isinstance(value, Unknown):
                return stand_in(value)
        return given(*arguments, **named)

    return tolerant


def settled(value: Any) -> Any:
    """Return a value with texts for what is not known in it."""
    if isinstance(value, Unknown):
        return str(value)
    if isinstance(value, dict):
        return {key: settled(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)) and type(value) in (list, tuple):
        return type(value)(settled(inner) for inner in value)
    return value
