"""`card.schema.json` made ready to be asked about one part of a card at a time.

As a whole the schema works in any tool, but slowly: for each block it tries every type, and it
tells of what is wrong with one in terms of all of them. Here the type decides what is asked.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

#: A rule of nothing but these says of a text how long it is, or what it is.
_OF_PLAIN_TEXTS = {"description", "type", "minLength", "const"}


@functools.cache
def schema() -> dict[str, Any]:
    """Return the schema as it is shipped."""
    text = resources.files(__package__).joinpath("card.schema.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def types() -> list[str]:
    """Return the types of blocks."""
    found: list[str] = schema()["$defs"]["block"]["properties"]["type"]["enum"]
    return found


@functools.cache
def validator(name: str) -> Validator:
    """Return the rules of a type, or of ``card``, without those of the blocks in it."""
    from jsonschema import Draft202012Validator, validators

    rules = schema() if name == "card" else schema()["$defs"][name]
    extend: Callable[..., type[Validator]] = validators.extend
    return extend(Draft202012Validator, {"properties": _properties})(_flat(rules))


def _flat(rule: Any) -> Any:
    """Return a rule with those it refers to in their places: following a reference takes time."""
    if isinstance(rule, list):
        return [_flat(part) for part in rule]
    if not isinstance(rule, dict):
        return rule
    name = str(rule.get("$ref", "")).rpartition("/")[2]
    if name in ("block", "section"):
        return True
    inner = {key: value for key, value in rule.items() if key not in ("$ref", "$comment", "$defs")}
    return (_flat(schema()["$defs"][name]) if name else {}) | {
        key: _flat(value) for key, value in inner.items()
    }


def _properties(asked: Any, rules: Any, part: Any, rule: Any) -> Iterator[Any]:
    """Yield what is wrong with the values of a dict; jsonschema is not asked about plain ones.

    Most of a card is texts and flags, and to ask takes twenty times as long as to look.
    """
    if isinstance(part, dict):
        for key, inner in rules.items():
            if key in part and not _is_plainly_right(part[key], inner):
                yield from asked.descend(part[key], inner, path=key, schema_path=key)


def _is_plainly_right(value: Any, rule: dict[str, Any]) -> bool:
    if isinstance(value, str):
        return (
            rule.keys() <= _OF_PLAIN_TEXTS
            and rule.get("type", "string") == "string"
            and rule.get("const", value) == value
            and len(value) >= rule.get("minLength", 0)
        )
    return isinstance(value, bool) and rule.get("type") == "boolean"
